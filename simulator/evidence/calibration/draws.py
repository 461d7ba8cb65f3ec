"""Joint draws of a fitted model as the table read by a run (`simulator.scenario.posteriors`)."""

import math
from collections.abc import Iterable, Mapping

import numpy as np

from simulator.distributions import normal_quantiles
from simulator.evidence.calibration.design import FittedModel, Observation
from simulator.evidence.calibration.linear import Array
from simulator.scenario.posteriors import NEW, RENTAL_YEARS, TYPICAL_PEAKS

DRAWS = {"utilisation": 2000, "power": 1000, "discrepancy": 1000, "rental": 1000}
_ONE_TIME_TERMS = ("family", "run", "study", "vendor", "reported")
"""Groups whose members do not recur, as the next run or vendor has an effect of its own, and the bias of reported MFU."""
_GROUPS = {
    "utilisation": ("generation",),
    "power": ("kind", "generation"),
    "rental": ("channel", "seller", "chip"),
    "discrepancy": (),
}
_NEXT_RUN_GROUPS = {
    "utilisation": ("family/", "run/"),
    "power": ("study/",),
    "rental": ("vendor/",),
    "discrepancy": (),
}
_NOISE = {"utilisation": "hours", "power": "power", "rental": "price", "discrepancy": "hours"}


def build_columns(name: str, model: FittedModel, *, family: str = "", draws: int = 0, seed: int = 0) -> dict[str, Array]:
    """Return the effects as columns of joint draws; `own` is the effect of the next run itself.

    With `family`, the next run is of a family in the evidence. For utilisation the column `goodput` is below zero in every
    draw, and its sum with `own` has the predictive distribution of the model; the sum is split by the conditional normal
    distribution.
    """
    draws = draws or DRAWS[name]
    rng = np.random.default_rng(seed)
    settings = model.settings
    sigma = model.posterior.sigma((rng.permutation(draws) + 0.5) / draws)
    effects = dict(zip(model.terms, model.posterior.draws(_hypercube(rng, draws, len(model.terms)), sigma).T, strict=True))
    new_terms = [f"{group}/{NEW}" for group in _GROUPS[name]]
    new_terms += [f"walk/{year}" for year in range(*RENTAL_YEARS)] if name == "rental" else []
    for term in new_terms:
        if term not in effects:
            z = _hypercube(rng, draws, 1)[:, 0]
            effects[term] = settings.prior_mean(term) + settings.prior_scale(term) * sigma * z
    groups = [group for group in _NEXT_RUN_GROUPS[name] if not (family and group == "family/")]
    own_scale = np.sqrt(sum(settings.prior_scale(group) ** 2 for group in groups)) * np.ones(draws)
    noise = settings.noise[_NOISE[name]] * np.ones(draws)
    family_mean = effects[f"family/{family}"] if family else np.zeros(draws)
    table = {term: column for term, column in effects.items() if term.partition("/")[0] not in _ONE_TIME_TERMS}
    z = _hypercube(rng, draws, 2)
    if name == "utilisation":
        table["own"], table["goodput"] = _split(family_mean, own_scale * sigma, effects["goodput"], noise * sigma, z)
    else:
        table["own"] = family_mean + sigma * np.hypot(own_scale, noise) * z[:, 0]
    order = np.argsort(sum(table.values(), np.zeros(draws)), kind="stable")
    return {term: column[order] for term, column in sorted(table.items())}


def _split(mean: Array, own_scale: Array, goodput: Array, noise: Array, z: Array) -> tuple[Array, Array]:
    """Return a run's own effect on MFU and the logarithm of its goodput: their sum is normal, and the goodput below one."""
    from scipy.special import log_ndtr, ndtri_exp

    total = mean + goodput + np.hypot(own_scale, noise) * z[:, 0]
    share = noise**2 / (own_scale**2 + noise**2)
    centre = goodput + share * (total - mean - goodput)
    conditional_sd = own_scale * noise / np.hypot(own_scale, noise)
    probability = log_ndtr(-centre / conditional_sd)  # of a goodput below one, given the sum
    log_goodput = centre + conditional_sd * ndtri_exp(log_ndtr(z[:, 1]) + probability)
    return total - log_goodput, log_goodput


def _hypercube(rng: np.random.Generator, draws: int, dimensions: int) -> Array:
    """Return a Latin hypercube sample of standard normal variates: each column has one in each of `draws` equal shares."""
    places = np.stack([rng.permutation(draws) for _ in range(dimensions)], axis=1)
    return np.asarray(normal_quantiles((places + rng.random((draws, dimensions))) / draws))


def evidence_facts(model: str, observations: Iterable[Observation]) -> list[tuple[str, str]]:
    """Return what a scenario needs to know of the evidence beside the draws: of utilisation, the peak of the fastest chip."""
    speeds = [each.terms["speed"] for each in observations if model == "utilisation"]
    return [("fastest_peak", f"{TYPICAL_PEAKS[model] * math.exp(max(speeds)):.4g}")] if speeds else []


def format_table(model: str, table: Mapping[str, Array], header: Iterable[tuple[str, str]]) -> str:
    """Return the table as CSV text: its provenance as `#` comments, then the draws with three decimals."""
    comments = "".join(f"# {key}: {' '.join(value.split())}\n" for key, value in [("model", model), *header])
    rows = np.stack(list(table.values()), axis=1)
    body = "\n".join(",".join(f"{value:.3f}" for value in row) for row in rows.tolist())
    return f"{comments}{','.join(table)}\n{body}\n"
