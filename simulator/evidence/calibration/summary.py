"""A calibrated model: its effects as factors, its checks, and the files that scenarios and analysts read."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from simulator.core.files import check_output_file, write_text_atomically
from simulator.core.results import AnalysisResult, Header, Note, hidden, optional
from simulator.core.suggestions import InvalidValueError
from simulator.core.version import tool_version
from simulator.engine.options import Progress
from simulator.evidence import bayes
from simulator.evidence.calibration import draws, mcmc, tree
from simulator.evidence.calibration.checks import Checks, Variant, check, require_good, variants
from simulator.evidence.calibration.dataset import MODELS, ModelObservations, collect_observations
from simulator.evidence.calibration.design import FittedModel, fit_model, leave_one_out, read_settings
from simulator.evidence.calibration.mcmc import PredictiveCoverage, SampledEffect, TailScore
from simulator.evidence.calibration.student import Student
from simulator.evidence.diagnostics import Diagnostics
from simulator.records.cells import format_count

if TYPE_CHECKING:
    import xarray as xr

FitMethod = Literal["exact", "mcmc"]
"""How a posterior is computed: in closed form, or by Markov chains."""

_BUDGET_LEVEL = 0.8
"""Level of the upper limit of which a posterior states how often it held."""
_UNREPORTED_GROUPS = ("run", "family", "vendor", "study")
"""Groups whose members do not recur, so that their effects are of no use to the next run."""


@dataclass(frozen=True, slots=True)
class FittedEffect:
    """An effect of a model, as a factor on its quantity.

    Attributes
    ----------
    effect : str
        Its term, such as `generation/hopper`.
    factor : float
        Median.
    low95, high95 : float
        Bounds of the central 95 % interval.

    """

    effect: str
    factor: float
    low95: float
    high95: float


@dataclass(frozen=True, kw_only=True)
class Calibration(AnalysisResult):
    """A model that is calibrated to evidence.

    Attributes
    ----------
    model : str
        Its name: `utilisation`, `power`, `discrepancy`, `rental`.
    about : str
        What it describes.
    observations, own : int
        Number of observations, and of those from the user's table.
    operator : str
        The operator of the user's table if there is only one, else empty.
    until : str
        Year and month of the newest observation.
    sigma : float
        Standard deviation of one run, on the natural logarithm.
    effects : tuple of FittedEffect
    checks : Checks
    variants : tuple of Variant or None
        The model without each of its parts; None with MCMC.
    mcmc : tuple of SampledEffect or None
        Effects by MCMC with heavy tails and estimated scales.
    loo : tuple of TailScore or None
        Comparison of Student-t and normal tails, by MCMC.
    predictive : PredictiveCoverage or None
        Predictive checks by MCMC.
    diagnostics : Diagnostics or None
        Of the chains of the MCMC.
    dataset : ModelObservations
        Not in plain data.
    fit : FittedModel
        The exact posterior; not in plain data.
    chains : mapping of str to DataTree or None
        Fits by MCMC with Student-t and with normal tails; not in plain data.

    Examples
    --------
    >>> import llmcost
    >>> calibration = llmcost.calibrate("power")
    >>> calibration.save("power.csv")
    >>> calibration.checks.coverage_95_leave_one_out > 0.8
    True

    """

    model: str
    about: str
    observations: int
    own: int
    operator: str
    until: str
    sigma: float
    effects: tuple[FittedEffect, ...]
    checks: Checks
    variants: tuple[Variant, ...] | None = optional()
    mcmc: tuple[SampledEffect, ...] | None = optional()
    loo: tuple[TailScore, ...] | None = optional()
    predictive: PredictiveCoverage | None = optional()
    diagnostics: Diagnostics | None = optional()
    dataset: ModelObservations = hidden()
    fit: FittedModel = hidden()
    chains: "Mapping[str, xr.DataTree] | None" = hidden(default=None)

    @property
    def seed(self) -> int:
        """The seed of the draws."""
        return self.header.seed or 0

    def posterior_table(self) -> str:
        """Return the text of the table of draws that a scenario reads, with its provenance."""
        family = self.operator if self.own and f"family/{self.operator}" in self.fit.index else ""
        if self.chains is None:
            columns = draws.build_columns(self.model, self.fit, family=family, seed=self.seed)
        else:
            columns = mcmc.build_columns(self.chains, family=family, seed=self.seed)
        return draws.format_table(self.model, columns, self._provenance())

    def _provenance(self) -> list[tuple[str, str]]:
        owner = f", for the next of {self.operator}" if self.operator and self.own else ""
        own = f", {self.own} of them own" if self.own else ""
        title = f"{MODELS[self.model][0].upper()}{MODELS[self.model][1:]}{owner}"
        method = "exact" if self.chains is None else "mcmc"
        return [
            ("about", f"{title}: posterior of {self.observations} observations{own}{self._held()}"),
            ("date", self.until),
            ("grade", "A" if self.model == "utilisation" else "B"),
            ("source", f"llmcost calibrate {self.model}, method {method}, seed {self.seed}, {tool_version()}"),
            ("source", f"Published facts in priors/evidence, until {self.until}"),
            *draws.evidence_facts(self.model, self.dataset.observations),
        ]

    def _held(self) -> str:
        """Return how often the P80 of the hours was enough for a run that is left out; of utilisation only."""
        pairs = [
            (prediction, each)
            for prediction, each in zip(
                leave_one_out(self.fit.settings, self.dataset.observations), self.dataset.observations, strict=True
            )
            if self.model == "utilisation" and each.kind == "hours"
        ]
        held = sum(Student(*prediction).cdf(each.value) >= 1 - _BUDGET_LEVEL for prediction, each in pairs)
        return f"; of {len(pairs)} runs left out, the hours of {held} were within their P80" if pairs else ""

    def save(self, path: "str | PathLike[str]") -> None:
        """Write the draws for scenarios (.csv), all groups in the ArviZ schema (.nc), or the figures (.json)."""
        path = Path(path)
        check_output_file(path, (".csv", ".nc", ".json"))
        file_writers = writers(self, (path.suffix,)) | {".json": partial(write_text_atomically, text=self.to_json())}
        file_writers[path.suffix](path)

    def groups(self) -> "xr.DataTree":
        """Return all groups in the ArviZ schema."""
        if self.chains is not None:
            return self.chains["student-t"]
        return tree.build_tree(self.fit, self.dataset.observations, self.seed)


def writers(calibration: Calibration, suffixes: Collection[str]) -> dict[str, Callable[[Path], object]]:
    """Return the functions that write the table of draws (.csv) and all groups (.nc), with contents already computed."""
    found: dict[str, Callable[[Path], object]] = {}
    if ".csv" in suffixes:
        found[".csv"] = partial(write_text_atomically, text=calibration.posterior_table())
    if ".nc" in suffixes:
        found[".nc"] = partial(bayes.save, calibration.groups())
    return found


def calibrate(
    model: str, evidence: Path | None = None, *, method: str = "exact", seed: int = 0, progress: Progress = None
) -> Calibration:
    """Fit a model to the library's evidence, and to a user's.

    Parameters
    ----------
    model : str
        One of `dataset.MODELS`.
    evidence : Path or None
        A table of own observations, which are added to the library's.
    method : str
        `exact`, the closed form, or `mcmc` (utilisation only; under a minute).
    seed : int
        Seed of the random draws.
    progress : callable or None
        Called with the steps of the chains that are done, and their total.

    Raises
    ------
    InvalidInputError
        With the issues of the table.
    BadFitError
        If leave-one-out predictions are not calibrated, or chains have not converged.

    """
    if method == "mcmc" and model != "utilisation":
        raise InvalidValueError(f"MCMC is for utilisation only, not for {model}")
    dataset = collect_observations(model, evidence)
    fit = fit_model(read_settings(model), dataset.observations)
    checks = check(fit.settings, dataset.observations)
    require_good(model, checks)
    chains = mcmc.fit(dataset.observations, seed, progress) if method == "mcmc" else None
    compared = None if chains is not None else tuple(variants(model, dataset.observations))
    return summarise_calibration(model, dataset, fit, checks, seed, compared, chains)


def summarise_calibration(
    model: str,
    dataset: ModelObservations,
    fit: FittedModel,
    checks: Checks,
    seed: int = 0,
    model_variants: tuple[Variant, ...] | None = None,
    chains: "Mapping[str, xr.DataTree] | None" = None,
) -> Calibration:
    """Return effects as factors with 95 % intervals, the checks of the fit, and those of the chains of an MCMC."""
    return Calibration(
        header=Header(seed=seed, version=tool_version()),
        model=model,
        about=fit.settings.about,
        observations=checks.observation_count,
        own=len(dataset.own_observations),
        operator=dataset.operator,
        until=dataset.date,
        sigma=fit.posterior.scale,
        effects=tuple(_effect(fit, term) for term in fit.terms if _is_reported(term, dataset.operator)),
        checks=checks,
        variants=model_variants,
        mcmc=None if chains is None else tuple(mcmc.sampled_effects(chains, fit)),
        loo=None if chains is None else tuple(mcmc.compare_tails(chains)),
        predictive=None if chains is None else mcmc.predictive_coverage(chains),
        diagnostics=None if chains is None else bayes.diagnose(chains["student-t"]),
        dataset=dataset,
        fit=fit,
        chains=chains,
        notes=(*dataset.notes, *_own_mfu_notes(dataset, fit)),
    )


def _own_mfu_notes(dataset: ModelObservations, fit: FittedModel) -> list[Note]:
    """Return a note that explains a prediction of the next own run's MFU outside those that own runs report, or none."""
    own = [each for each in dataset.own_observations if each.kind == "mfu"]
    if not own or not dataset.operator:
        return []
    low, high = (math.exp(extreme(each.value for each in own)) for extreme in (min, max))
    next_run = {term: x for term, x in own[-1].terms.items() if term != "reported" and not term.startswith("run/")}
    mfu = math.exp(fit.predictive(next_run, "mfu")[0])
    if low <= mfu <= high:
        return []
    bias = math.exp(fit.interval("reported", 0.95)[1])
    text = (
        f"the next run of {dataset.operator} is predicted to have MFU {mfu:.2f} in the median, where its own report {low:.2f} "
        f"to {high:.2f}: reported MFU is {bias:.2f} times that of whole runs, and {format_count(len(own), 'own run')} "
        f"count beside {fit.observation_count - len(dataset.own_observations)} others"
    )
    return [Note("own-mfu", dataset.operator, text)]


def _is_reported(term: str, operator: str) -> bool:
    group = term.partition("/")[0]
    return group not in _UNREPORTED_GROUPS or term == f"family/{operator}"


def _effect(fit: FittedModel, term: str) -> FittedEffect:
    low, middle, high = (math.exp(x) for x in fit.interval(term, 0.95))
    return FittedEffect(term, middle, low, high)
