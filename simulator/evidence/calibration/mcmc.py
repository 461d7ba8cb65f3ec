"""The model of utilisation by MCMC: with Student-t tails, and scales that are estimated and not fixed as in the exact path.

For a run with MFU and hours, the hours are conditional on the MFU; for one with hours alone, run and goodput add up. Scales of
operators, families, generations and years are lognormal about those of the exact path. The model is a check on that path, and
fits better where outliers matter; PSIS-LOO compares normal with Student-t tails.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.evidence import bayes
from simulator.evidence.calibration.design import FittedModel, Observation, read_settings
from simulator.evidence.calibration.draws import DRAWS
from simulator.evidence.calibration.linear import Array
from simulator.scenario.posteriors import NEW, UTILISATION_YEARS

if TYPE_CHECKING:
    import xarray as xr

FIXED = ("level", "mixture", "size", "goodput")
GROUPS = ("generation", "walk", "operator", "family")
SCALE_PARTS = (*GROUPS, "run", "lost")
MIN_GROUP_RUNS = 2
LOG_SCALE_SD = 0.5
"""Standard deviation of the logarithm of each scale, about as wide as the exact path's prior of sigma. Half-normal priors,
whose support includes zero, led to funnels with divergent draws."""
SIZE = bayes.Size(draws=750, tune=500, cores=2, dense=True)
"""For each of four chains: more draws than rows in a table, with R-hat well below its limit, within a minute on two cores."""
TARGETS = (0.99, 0.998)
"""Small steps from the start: at 0.95 and 0.98, with normal tails, a few draws in a thousand diverged for every second seed."""


def fit(observations: Sequence[Observation], seed: int, progress: bayes.Progress | None = None) -> "dict[str, xr.DataTree]":
    """Return the fits with Student-t and with normal tails; raise `bayes.BadFit` if the chains of either do not agree."""
    return {
        tails: bayes.fit(build_model(observations, tails), seed, SIZE, targets=TARGETS, progress=progress)[0]
        for tails in ("student-t", "normal")
    }


def build_model(observations: Sequence[Observation], tails: str) -> Any:
    """Return the PyMC model: an observation is an offset, the effects of its terms, and noise of the run or of its lost hours.

    Effects are one vector, each its prior mean plus a scale (fixed for `FIXED`, estimated for `GROUPS`) times a standard normal
    variate: few long vectors compile in a fraction of the time of many short ones.
    """
    pm = bayes.pymc()
    settings = read_settings("utilisation")
    rows = _rows(observations)
    terms = [*FIXED, *(f"{group}/{item}" for group in GROUPS for item in _group_items(observations, group))]
    reported_mfus = [_reported_mfu(each, observations) for each in rows]
    offset = np.array([reported_mfu or 0.0 for reported_mfu in reported_mfus])
    weights = np.array([
        [each.terms.get(term, 0.0) if reported_mfu is None or term == "goodput" else 0.0 for term in terms]
        for each, reported_mfu in zip(rows, reported_mfus, strict=True)
    ])  # fmt: skip
    prior_mean = np.array([settings.prior_mean(term) for term in terms])
    fixed_scales = settings.sigma_guess * np.array([settings.prior_scale(term) if term in FIXED else 0.0 for term in terms])
    learned_scales = np.array([[term.startswith(f"{part}/") for part in SCALE_PARTS] for term in terms], dtype=float)
    scale_names = [_scale_names(each, reported_mfu is None) for each, reported_mfu in zip(rows, reported_mfus, strict=True)]
    noise_parts = np.array([[part in parts for part in SCALE_PARTS] for parts in scale_names], dtype=float)
    scale_guesses = settings.sigma_guess * np.array(
        [settings.noise["hours"] if part == "lost" else settings.prior_scale(f"{part}/") for part in SCALE_PARTS]
    )
    coords = {"term": terms, "part": SCALE_PARTS, "observation": [f"{each.case} ({each.kind})" for each in rows]}
    with pm.Model(coords=coords) as pymc_model:
        scales = pm.LogNormal("spread", np.log(scale_guesses), LOG_SCALE_SD, dims="part")
        z = pm.Normal("unit", 0, 1, dims="term")
        effect = pm.Deterministic(
            "effect", prior_mean + (fixed_scales + (learned_scales * scales).sum(axis=1)) * z, dims="term"
        )
        centre = offset + (weights * effect).sum(axis=1)
        scale = pm.math.sqrt((noise_parts * scales**2).sum(axis=1))
        values = np.array([each.value for each in rows])
        if tails == "student-t":
            degrees = pm.Gamma("degrees", 2, 0.1)
            pm.StudentT("value", nu=degrees + 1, mu=centre, sigma=scale, observed=values, dims="observation")
        else:
            pm.Normal("value", centre, scale, observed=values, dims="observation")
    return pymc_model


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
    """Return the items of a group; families and operators need two runs, as one has no information on a shared effect."""
    cases: dict[str, set[str]] = {}
    for each in observations:
        for term in each.terms:
            if term.startswith(f"{group}/"):
                cases.setdefault(term.partition("/")[2], set()).add(each.case)
    min_runs = MIN_GROUP_RUNS if group in ("operator", "family") else 1
    return sorted(item for item, runs in cases.items() if len(runs) >= min_runs)


def build_columns(fits: "dict[str, xr.DataTree]", *, operator: str = "", seed: int = 0) -> dict[str, Array]:
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

    new_terms = [f"generation/{NEW}"] + [f"walk/{year}" for year in range(*UTILISATION_YEARS)]
    fitted_terms = [
        term for term in effect_draws if term.partition("/")[0] in ("level", "mixture", "size", "generation", "walk")
    ]
    table = {term: effect(term) for term in dict.fromkeys([*fitted_terms, *new_terms])}
    degrees = posterior["degrees"].values + 1
    own = effect(f"operator/{operator}") + scales["family"] * rng.standard_normal(draws)
    table["own"] = own + scales["run"] * stdtrit(degrees, rng.random(draws))
    goodput = effect("goodput")
    probability_below_one = stdtr(degrees, -goodput / scales["lost"])
    table["goodput"] = goodput + scales["lost"] * stdtrit(degrees, np.maximum(rng.random(draws) * probability_below_one, 1e-12))
    order = np.argsort(sum(table.values(), np.zeros(draws)), kind="stable")
    return {term: column[order] for term, column in sorted(table.items())}


def summarise_chains(fits: "dict[str, xr.DataTree]", exact: FittedModel) -> dict[str, Any]:
    """Return effects beside those of the exact path, diagnostics of the chains, and PSIS-LOO of both kinds of tails."""
    effects = fits["student-t"]["posterior"].to_dataset()["effect"]
    rows = []
    for term in effects["term"].values.tolist():
        if term.partition("/")[0] not in ("operator", "family"):
            low, middle, high = np.exp(np.quantile(effects.sel(term=term).values, [0.025, 0.5, 0.975])).tolist()
            exact_factor = float(np.exp(exact.interval(term, 0.95)[1])) if term in exact.index else None
            rows.append({"effect": term, "factor": middle, "low95": low, "high95": high, "exact": exact_factor})
    comparisons = [
        {
            "variant": each.name, "elpd": each.loo.elpd, "se": each.loo.se, "behind": each.elpd_difference,
            "behind_se": each.elpd_difference_se, "pareto_k": each.loo.worst_k,
        }
        for each in bayes.compare(fits, "value")
    ]  # fmt: skip
    predictive = {f"inside_{name}_95": _coverage(fits["student-t"], f"{name}_predictive") for name in ("prior", "posterior")}
    return {
        "mcmc": rows,
        "loo": comparisons,
        "predictive": predictive,
        "diagnostics": bayes.diagnose(fits["student-t"]).as_json(),
    }


def _coverage(tree: "xr.DataTree", group: str) -> float:
    """Return the share of the observations inside the central 95 % of their predictions in a group of draws."""
    predictions = tree[group].to_dataset()["value"].stack(row=("chain", "draw")).transpose("row", ...).values
    low, high = np.quantile(predictions, [0.025, 0.975], axis=0)
    observed = tree["observed_data"].to_dataset()["value"].values
    return float(np.mean((low <= observed) & (observed <= high)))
