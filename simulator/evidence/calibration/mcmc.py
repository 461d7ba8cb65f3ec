"""The model of utilisation by MCMC: with Student-t tails, and scales that are estimated and not fixed as in the exact path.

For a run with MFU and hours, the hours are conditional on the MFU less its bias; for one with hours alone, run and goodput add
up. Scales of families and generations are lognormal about those of the exact path. The model is a check on that path, and
fits better where outliers matter; PSIS-LOO compares normal with Student-t tails.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.engine.options import Progress
from simulator.evidence import bayes
from simulator.evidence.calibration.design import FittedModel, Observation, read_settings
from simulator.evidence.calibration.draws import DRAWS
from simulator.evidence.calibration.linear import Array
from simulator.evidence.cross_validation import compare
from simulator.scenario.posteriors import NEW

if TYPE_CHECKING:
    import xarray as xr

FIXED = ("level", "mixture", "speed", "goodput", "reported")
GROUPS = ("generation", "family")
SCALE_PARTS = (*GROUPS, "run", "lost")
TAILS = ("student-t", "normal")
MIN_GROUP_RUNS = 2
LOG_SCALE_SD = 0.5
"""Standard deviation of the logarithm of each scale, about as wide as the exact path's prior of sigma. Half-normal priors,
whose support includes zero, led to funnels with divergent draws."""
SIZE = bayes.Size(draws=750, tune=500, cores=2, dense=True)
"""For each of four chains: more draws than rows in a table, with R-hat well below its limit, within a minute on two cores."""
TARGETS = (0.99, 0.998)
"""Small steps from the start: at 0.95 and 0.98, with normal tails, a few draws in a thousand diverged for every second seed."""


def fit(observations: Sequence[Observation], seed: int, progress: Progress = None) -> "dict[str, xr.DataTree]":
    """Return the fits with Student-t and with normal tails; raise `BadFitError` if the chains of either do not agree."""
    return {
        tails: bayes.fit(
            build_model(observations, tails),
            seed,
            SIZE,
            targets=TARGETS,
            progress=bayes.in_steps(progress, place, len(TAILS)),
        )[0]
        for place, tails in enumerate(TAILS)
    }


@dataclass(frozen=True)
class _Design:
    """The arrays of the model, by row (observation), term (effect) and part (scale).

    `offset` is the reported MFU on which the hours of a run are conditional, `weights` are the covariates. An effect is its
    prior mean plus its scale, fixed or estimated, times a standard normal variate; the noise of a row is the sum of its parts.
    """

    rows: list[Observation]
    terms: list[str]
    offset: Array
    weights: Array
    prior_mean: Array
    fixed_scales: Array
    estimated_scales: Array
    noise_parts: Array
    scale_guesses: Array

    @property
    def coords(self) -> dict[str, Sequence[str]]:
        """The names of rows, terms and parts."""
        observations = [f"{each.case} ({each.kind})" for each in self.rows]
        return {"term": self.terms, "part": SCALE_PARTS, "observation": observations}


def build_model(observations: Sequence[Observation], tails: str) -> Any:
    """Return the PyMC model: an observation is an offset, the effects of its terms, and noise of the run or of its lost hours.

    Effects are one vector, each its prior mean plus a scale (fixed for `FIXED`, estimated for `GROUPS`) times a standard normal
    variate: few long vectors compile in a fraction of the time of many short ones.
    """
    pm = bayes.pymc()
    design = _build_design(observations)
    with pm.Model(coords=design.coords) as pymc_model:
        scales = pm.LogNormal("spread", np.log(design.scale_guesses), LOG_SCALE_SD, dims="part")
        z = pm.Normal("unit", 0, 1, dims="term")
        effect_scales = design.fixed_scales + (design.estimated_scales * scales).sum(axis=1)
        effect = pm.Deterministic("effect", design.prior_mean + effect_scales * z, dims="term")
        centre = design.offset + (design.weights * effect).sum(axis=1)
        scale = pm.math.sqrt((design.noise_parts * scales**2).sum(axis=1))
        values = np.array([each.value for each in design.rows])
        if tails == "student-t":
            degrees = pm.Gamma("degrees", 2, 0.1)
            pm.StudentT("value", nu=degrees + 1, mu=centre, sigma=scale, observed=values, dims="observation")
        else:
            pm.Normal("value", centre, scale, observed=values, dims="observation")
    return pymc_model


def _build_design(observations: Sequence[Observation]) -> _Design:
    settings = read_settings("utilisation")
    rows = _rows(observations)
    terms = [*FIXED, *(f"{group}/{item}" for group in GROUPS for item in _group_items(observations, group))]
    reported_mfus = [_reported_mfu(each, observations) for each in rows]
    pairs = list(zip(rows, reported_mfus, strict=True))
    sigma = settings.sigma_guess
    scale_names = [_scale_names(row, reported_mfu is None) for row, reported_mfu in pairs]
    part_scales = [settings.noise["hours"] if part == "lost" else settings.prior_scale(f"{part}/") for part in SCALE_PARTS]
    return _Design(
        rows=rows,
        terms=terms,
        offset=np.array([reported_mfu or 0.0 for reported_mfu in reported_mfus]),
        weights=np.array([_covariates(row, terms, reported_mfu is not None) for row, reported_mfu in pairs]),
        prior_mean=np.array([settings.prior_mean(term) for term in terms]),
        fixed_scales=sigma * np.array([settings.prior_scale(term) if term in FIXED else 0.0 for term in terms]),
        estimated_scales=np.array([[term.startswith(f"{part}/") for part in SCALE_PARTS] for term in terms], dtype=float),
        noise_parts=np.array([[part in parts for part in SCALE_PARTS] for parts in scale_names], dtype=float),
        scale_guesses=sigma * np.array(part_scales),
    )


def _covariates(row: Observation, terms: Sequence[str], has_mfu: bool) -> list[float]:
    """Return the covariates of an observation; hours conditional on a reported MFU depend on goodput and its bias alone."""
    if has_mfu:
        return [{"goodput": 1.0, "reported": -1.0}.get(term, 0.0) for term in terms]
    return [row.terms.get(term, 0.0) for term in terms]


def _rows(observations: Sequence[Observation]) -> list[Observation]:
    return sorted(observations, key=lambda each: (each.kind, each.case))


def _reported_mfu(hours: Observation, observations: Sequence[Observation]) -> float | None:
    """Return the logarithm of the reported MFU for the hours of a run with both, else None."""
    if hours.kind != "hours":
        return None
    return next((each.value for each in observations if each.kind == "mfu" and each.case == hours.case), None)


def _scale_names(observation: Observation, without_mfu: bool) -> tuple[str, ...]:
    """Return the noise scales of an observation; the hours of a run with a reported MFU have that of lost hours alone."""
    return (*(("run",) if without_mfu else ()), *(("lost",) if observation.kind == "hours" else ()))


def _group_items(observations: Sequence[Observation], group: str) -> list[str]:
    """Return the items of a group; families need two runs, as one has no information on a shared effect."""
    cases: dict[str, set[str]] = {}
    for each in observations:
        for term in each.terms:
            if term.startswith(f"{group}/"):
                cases.setdefault(term.partition("/")[2], set()).add(each.case)
    min_runs = MIN_GROUP_RUNS if group == "family" else 1
    return sorted(item for item, runs in cases.items() if len(runs) >= min_runs)


def build_columns(fits: "Mapping[str, xr.DataTree]", *, family: str = "", seed: int = 0) -> dict[str, Array]:
    """Return the Student-t fit as the table of draws read by a run."""
    from scipy.special import stdtr, stdtrit

    posterior = fits["student-t"]["posterior"].to_dataset().stack(row=("chain", "draw"))
    draws = DRAWS["utilisation"]
    rng = np.random.default_rng(seed)
    posterior = posterior.isel(row=rng.permutation(posterior.sizes["row"])[:draws])
    effect_draws = {term: posterior["effect"].sel(term=term).values for term in posterior["term"].values.tolist()}
    scales = {part: posterior["spread"].sel(part=part).values for part in SCALE_PARTS}

    def effect(term: str) -> Array:
        """Return the draws of an effect; one without observations is simulated with the scale of its group."""
        return effect_draws[term] if term in effect_draws else scales[term.partition("/")[0]] * rng.standard_normal(draws)

    fitted_terms = [term for term in effect_draws if term.partition("/")[0] in ("level", "mixture", "speed", "generation")]
    table = {term: effect(term) for term in (*fitted_terms, f"generation/{NEW}")}
    degrees = posterior["degrees"].values + 1
    own = effect(f"family/{family}")
    table["own"] = own + scales["run"] * stdtrit(degrees, rng.random(draws))
    goodput = effect("goodput")
    probability_below_one = stdtr(degrees, -goodput / scales["lost"])
    table["goodput"] = goodput + scales["lost"] * stdtrit(degrees, np.maximum(rng.random(draws) * probability_below_one, 1e-12))
    order = np.argsort(sum(table.values(), np.zeros(draws)), kind="stable")
    return {term: column[order] for term, column in sorted(table.items())}


@dataclass(frozen=True, slots=True)
class SampledEffect:
    """An effect by MCMC, as a factor.

    Attributes
    ----------
    effect : str
        Its term, such as `generation/hopper`.
    factor : float
        Median.
    low95, high95 : float
        Bounds of the central 95 % interval.
    exact : float or None
        Median of the exact path; None where it does not have the effect.

    """

    effect: str
    factor: float
    low95: float
    high95: float
    exact: float | None


@dataclass(frozen=True, slots=True)
class TailScore:
    """Leave-one-out score of a fit with Student-t or normal tails, by PSIS-LOO.

    Attributes
    ----------
    variant : str
        `student-t` or `normal`.
    elpd, se : float
        Sum of the log predictive densities, and its standard error.
    behind, behind_se : float
        How far the sum is below that of the best variant, and the standard error of the difference.
    pareto_k : float
        The largest Pareto k: above 0.7 the sum is unreliable.

    """

    variant: str
    elpd: float
    se: float
    behind: float
    behind_se: float
    pareto_k: float


@dataclass(frozen=True, slots=True)
class PredictiveCoverage:
    """Share of the observations inside the central 95 % of their predictions.

    Attributes
    ----------
    inside_prior_95, inside_posterior_95 : float
        Under the prior, and under the posterior.

    """

    inside_prior_95: float
    inside_posterior_95: float


def sampled_effects(fits: "Mapping[str, xr.DataTree]", exact: FittedModel) -> list[SampledEffect]:
    """Return effects beside those of the exact path."""
    effects = fits["student-t"]["posterior"].to_dataset()["effect"]
    rows = []
    for term in effects["term"].values.tolist():
        if term.partition("/")[0] != "family":
            low, middle, high = np.exp(np.quantile(effects.sel(term=term).values, [0.025, 0.5, 0.975])).tolist()
            exact_factor = float(np.exp(exact.interval(term, 0.95)[1])) if term in exact.index else None
            rows.append(SampledEffect(term, middle, low, high, exact_factor))
    return rows


def compare_tails(fits: "Mapping[str, xr.DataTree]") -> list[TailScore]:
    """Compare the fits with Student-t and with normal tails, the better first."""
    return [
        TailScore(each.name, each.loo.elpd, each.loo.se, each.elpd_difference, each.elpd_difference_se, each.loo.worst_k)
        for each in compare(fits, "value")
    ]


def predictive_coverage(fits: "Mapping[str, xr.DataTree]") -> PredictiveCoverage:
    """Return the predictive checks of the fit with Student-t tails."""
    tree = fits["student-t"]
    return PredictiveCoverage(_coverage(tree, "prior_predictive"), _coverage(tree, "posterior_predictive"))


def _coverage(tree: "xr.DataTree", group: str) -> float:
    """Return the share of the observations inside the central 95 % of their predictions in a group of draws."""
    predictions = tree[group].to_dataset()["value"].stack(row=("chain", "draw")).transpose("row", ...).values
    low, high = np.quantile(predictions, [0.025, 0.975], axis=0)
    observed = tree["observed_data"].to_dataset()["value"].values
    return float(np.mean((low <= observed) & (observed <= high)))
