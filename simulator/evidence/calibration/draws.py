"""Joint draws of a fitted model as the table that a run reads (`simulator.scenario.posteriors`)."""

from collections.abc import Iterable, Mapping

import numpy as np

from simulator.distributions import scores
from simulator.evidence.calibration.design import Fitted
from simulator.evidence.calibration.linear import Array
from simulator.scenario.posteriors import NEW, RENTAL_YEARS, UTILISATION_YEARS

DRAWS = {"utilisation": 2000, "power": 1000, "discrepancy": 1000, "rental": 1000}
_OF_ONE_RUN = ("operator", "family", "run", "study", "vendor")
"""Groups whose members will not come again: the next run, operator or vendor is drawn anew."""
_GROUPS = {
    "utilisation": ("generation",),
    "power": ("kind", "generation"),
    "rental": ("channel", "seller", "chip"),
    "discrepancy": (),
}
_YEARS = {"utilisation": UTILISATION_YEARS, "rental": RENTAL_YEARS}
_ANEW = {"utilisation": ("operator/", "family/", "run/"), "power": ("study/",), "rental": ("vendor/",), "discrepancy": ()}
_NOISE = {"utilisation": "hours", "power": "power", "rental": "price", "discrepancy": "hours"}


def columns(name: str, model: Fitted, *, operator: str = "", draws: int = 0, seed: int = 0) -> dict[str, Array]:
    """Return the effects as columns of joint draws, `own` being what the next run differs by for reasons of its own.

    With `operator`, the next run is of one that the evidence knows. For utilisation the column `goodput` is below zero in every
    draw and its sum with `own` has the predictive distribution of the model: what the sum leaves open is split by the
    conditional normal distribution.
    """
    draws = draws or DRAWS[name]
    rng = np.random.default_rng(seed)
    settings = model.settings
    sigma = model.posterior.sigma((rng.permutation(draws) + 0.5) / draws)
    effects = dict(zip(model.terms, model.posterior.draws(_hypercube(rng, draws, len(model.terms)), sigma).T, strict=True))
    anew = [f"{group}/{NEW}" for group in _GROUPS[name]]
    anew += [f"walk/{year}" for year in range(*_YEARS[name])] if name in _YEARS else []
    for term in anew:
        if term not in effects:
            z = _hypercube(rng, draws, 1)[:, 0]
            effects[term] = settings.expected(term) + settings.spread_of(term) * sigma * z
    groups = [group for group in _ANEW[name] if not (operator and group == "operator/")]
    of_its_own = np.sqrt(sum(settings.spread_of(group) ** 2 for group in groups)) * np.ones(draws)
    noise = settings.noise[_NOISE[name]] * np.ones(draws)
    mean = effects[f"operator/{operator}"] if operator else np.zeros(draws)
    found = {term: column for term, column in effects.items() if term.partition("/")[0] not in _OF_ONE_RUN}
    z = _hypercube(rng, draws, 2)
    if name == "utilisation":
        found["own"], found["goodput"] = _split(mean, of_its_own * sigma, effects["goodput"], noise * sigma, z)
    else:
        found["own"] = mean + sigma * np.hypot(of_its_own, noise) * z[:, 0]
    order = np.argsort(sum(found.values(), np.zeros(draws)), kind="stable")
    return {term: column[order] for term, column in sorted(found.items())}


def _split(mean: Array, spread: Array, goodput: Array, noise: Array, z: Array) -> tuple[Array, Array]:
    """Return what a run's MFU differs by and the logarithm of its goodput: a normal sum, and a goodput below one."""
    from scipy.special import log_ndtr, ndtri_exp

    total = mean + goodput + np.hypot(spread, noise) * z[:, 0]
    share = noise**2 / (spread**2 + noise**2)
    centre = goodput + share * (total - mean - goodput)
    width = spread * noise / np.hypot(spread, noise)
    probability = log_ndtr(-centre / width)  # of a goodput below one, given the sum
    lost = centre + width * ndtri_exp(log_ndtr(z[:, 1]) + probability)
    return total - lost, lost


def _hypercube(rng: np.random.Generator, draws: int, dimensions: int) -> Array:
    """Return normal scores of which each column has one in each of as many equal shares."""
    places = np.stack([rng.permutation(draws) for _ in range(dimensions)], axis=1)
    return np.asarray(scores((places + rng.random((draws, dimensions))) / draws))


def text(model: str, found: Mapping[str, Array], said: Iterable[tuple[str, str]]) -> str:
    """Return the table as a file: what it rests on behind `#`, then the draws with three decimals."""
    head = "".join(f"# {key}: {' '.join(value.split())}\n" for key, value in [("model", model), *said])
    rows = np.stack(list(found.values()), axis=1)
    body = "\n".join(",".join(f"{value:.3f}" for value in row) for row in rows.tolist())
    return f"{head}{','.join(found)}\n{body}\n"
