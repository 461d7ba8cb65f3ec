"""A fit of the exact path in the ArviZ schema, for analysts: draws of prior and posterior, what each predicts, densities."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulator.core.version import tool_version
from simulator.evidence.calibration.design import Fitted, Observation, fitted
from simulator.evidence.calibration.linear import Array

if TYPE_CHECKING:
    import xarray as xr

CHAINS, EACH = 4, 500
"""Independent draws have no chains; they are dealt into four, because readers of the schema expect some."""


def tree(model: Fitted, observations: Sequence[Observation], seed: int) -> "xr.DataTree":
    """Return groups prior, prior_predictive, posterior, posterior_predictive, log_likelihood and observed_data.

    Effects are a variable `effect` over the dimension `term`, on the natural logarithm; `sigma` is the spread of one run.
    """
    import xarray as xr

    cases = [f"{each.case} ({each.kind})" for each in observations]
    observed = np.array([each.value for each in observations])
    groups: dict[str, xr.Dataset] = {"/observed_data": xr.Dataset({"value": ("observation", observed)}, {"observation": cases})}
    rng = np.random.default_rng(seed)
    for name, of in (("prior", fitted(model.settings, ())), ("posterior", model)):
        effects, sigma = _draws(of, model.terms, rng)
        means, noise = _means(effects, model, observations)
        spread = sigma[:, None] * noise
        predicted = means + spread * rng.standard_normal(means.shape)
        groups[f"/{name}"] = xr.Dataset(
            {"effect": (("chain", "draw", "term"), _dealt(effects)), "sigma": (("chain", "draw"), _dealt(sigma))},
            {"term": list(model.terms)},
        )
        shape = ("chain", "draw", "observation")
        groups[f"/{name}_predictive"] = xr.Dataset({"value": (shape, _dealt(predicted))}, {"observation": cases})
        if name == "posterior":
            density = -0.5 * ((observed - means) / spread) ** 2 - np.log(spread) - 0.5 * np.log(2 * np.pi)
            groups["/log_likelihood"] = xr.Dataset({"value": (shape, _dealt(density))}, {"observation": cases})
    about = {
        "creation_library": "llmcost",
        "creation_library_version": tool_version(),
        "creation_library_language": "Python",
        "inference_library": "llmcost, exact",
        "sample_dims": ["chain", "draw"],
        "seed": seed,
    }
    made = {name: group.assign_attrs(about) for name, group in groups.items()}
    return xr.DataTree.from_dict({"/": xr.Dataset(attrs=about), **made})


def _draws(model: Fitted, terms: Sequence[str], rng: np.random.Generator) -> tuple[Array, Array]:
    """Return draws of the effects named, and of sigma; an effect that the model does not hold is as its prior has it."""
    n = CHAINS * EACH
    sigma = model.posterior.sigma(rng.random(n))
    own = model.posterior.draws(rng.standard_normal((n, len(model.terms))), sigma)
    found = np.empty((n, len(terms)))
    for place, term in enumerate(terms):
        if term in model.index:
            found[:, place] = own[:, model.index[term]]
        else:
            settings = model.settings
            found[:, place] = settings.expected(term) + settings.spread_of(term) * sigma * rng.standard_normal(n)
    return found, sigma


def _means(effects: Array, model: Fitted, observations: Sequence[Observation]) -> tuple[Array, Array]:
    x = np.zeros((len(observations), len(model.terms)))
    for row, each in enumerate(observations):
        for term, value in each.terms.items():
            x[row, model.index[term]] = value
    return effects @ x.T, np.array([model.settings.noise[each.kind] for each in observations])


def _dealt(values: Array) -> Array:
    """Deal draws into chains, with six decimals: further ones differ between versions of BLAS."""
    return values.round(6).reshape(CHAINS, EACH, *values.shape[1:])
