"""Leave-one-out cross-validation of sampled fits, and the comparison of variants."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.evidence import bayes

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]


class Loo(NamedTuple):
    """Leave-one-out cross-validation by Pareto-smoothed importance sampling (Vehtari, Gelman and Gabry 2017)."""

    elpd: float
    """Sum of log predictive densities; larger is better."""
    se: float
    worst_k: float
    """Largest Pareto k: above 0.7 the sum is unreliable."""
    pointwise: Array


class ModelComparison(NamedTuple):
    """A variant compared with the best one: the difference of their sums, and its error from paired observations."""

    name: str
    loo: Loo
    elpd_difference: float
    elpd_difference_se: float


def loo(tree: "xr.DataTree", name: str) -> Loo:
    """Return the leave-one-out predictive density of the observations `name`."""
    az = bayes.arviz()
    with bayes.quiet_libraries():
        data = az.InferenceData(**{group: node.to_dataset() for group, node in tree.children.items()})
        result = az.loo(data, var_name=name, pointwise=True)
    pointwise = np.asarray(result.loo_i).ravel()
    return Loo(float(pointwise.sum()), _sum_error(pointwise), float(np.max(result.pareto_k)), pointwise)


def compare(trees: "Mapping[str, xr.DataTree]", name: str) -> list[ModelComparison]:
    """Rank variants fitted to the same observations of `name`, the best first."""
    results = {variant: loo(tree, name) for variant, tree in trees.items()}
    best = max(results.values(), key=lambda each: each.elpd).pointwise
    return [
        ModelComparison(variant, each, float((best - each.pointwise).sum()), _sum_error(best - each.pointwise))
        for variant, each in sorted(results.items(), key=lambda pair: -pair[1].elpd)
    ]


def _sum_error(values: Array) -> float:
    return math.sqrt(values.size * float(values.var()))
