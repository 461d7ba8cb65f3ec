"""A fit of the exact path in the ArviZ schema, for analysts: draws of prior and posterior, their predictions, densities."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulator.core.version import tool_version
from simulator.evidence.calibration.design import FittedModel, Observation, fit_model
from simulator.evidence.calibration.linear import Array

if TYPE_CHECKING:
    import xarray as xr

CHAINS, DRAWS_PER_CHAIN = 4, 500
"""Independent draws have no chains; they are split into four, because readers of the schema expect several."""


def build_tree(model: FittedModel, observations: Sequence[Observation], seed: int) -> "xr.DataTree":
    """Return groups prior, prior_predictive, posterior, posterior_predictive, log_likelihood and observed_data.

    Effects are a variable `effect` over the dimension `term`, on the natural logarithm; `sigma` is the standard deviation of
    one run.
    """
    import xarray as xr

    cases = [f"{each.case} ({each.kind})" for each in observations]
    observed = np.array([each.value for each in observations])
    groups: dict[str, xr.Dataset] = {"/observed_data": xr.Dataset({"value": ("observation", observed)}, {"observation": cases})}
    rng = np.random.default_rng(seed)
    for name, fitted_model in (("prior", fit_model(model.settings, ())), ("posterior", model)):
        effects, sigma = _draws(fitted_model, model.terms, rng)
        means, noise = _means(effects, model, observations)
        scale = sigma[:, None] * noise
        predictions = means + scale * rng.standard_normal(means.shape)
        groups[f"/{name}"] = xr.Dataset(
            {"effect": (("chain", "draw", "term"), _split_chains(effects)), "sigma": (("chain", "draw"), _split_chains(sigma))},
            {"term": list(model.terms)},
        )
        shape = ("chain", "draw", "observation")
        groups[f"/{name}_predictive"] = xr.Dataset({"value": (shape, _split_chains(predictions))}, {"observation": cases})
        if name == "posterior":
            density = -0.5 * ((observed - means) / scale) ** 2 - np.log(scale) - 0.5 * np.log(2 * np.pi)
            groups["/log_likelihood"] = xr.Dataset({"value": (shape, _split_chains(density))}, {"observation": cases})
    attributes = {
        "creation_library": "llmcost",
        "creation_library_version": tool_version(),
        "creation_library_language": "Python",
        "inference_library": "llmcost, exact",
        "sample_dims": ["chain", "draw"],
        "seed": seed,
    }
    datasets = {name: group.assign_attrs(attributes) for name, group in groups.items()}
    return xr.DataTree.from_dict({"/": xr.Dataset(attrs=attributes), **datasets})


def _draws(model: FittedModel, terms: Sequence[str], rng: np.random.Generator) -> tuple[Array, Array]:
    """Return draws of the named effects and of sigma; an effect that is not in the model has its prior distribution."""
    n = CHAINS * DRAWS_PER_CHAIN
    sigma = model.posterior.sigma(rng.random(n))
    known_effects = model.posterior.draws(rng.standard_normal((n, len(model.terms))), sigma)
    effects = np.empty((n, len(terms)))
    for place, term in enumerate(terms):
        if term in model.index:
            effects[:, place] = known_effects[:, model.index[term]]
        else:
            settings = model.settings
            effects[:, place] = settings.prior_mean(term) + settings.prior_scale(term) * sigma * rng.standard_normal(n)
    return effects, sigma


def _means(effects: Array, model: FittedModel, observations: Sequence[Observation]) -> tuple[Array, Array]:
    x = np.zeros((len(observations), len(model.terms)))
    for row, each in enumerate(observations):
        for term, value in each.terms.items():
            x[row, model.index[term]] = value
    return effects @ x.T, np.array([model.settings.noise[each.kind] for each in observations])


def _split_chains(values: Array) -> Array:
    """Split draws into chains, rounded to six decimals: further ones differ between versions of BLAS."""
    return values.round(6).reshape(CHAINS, DRAWS_PER_CHAIN, *values.shape[1:])
