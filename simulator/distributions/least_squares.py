"""Parameters of a distribution from its quantiles, by least squares, for families without a closed form."""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from simulator.distributions.base import Array, Distribution
from simulator.distributions.families import Gamma, LogUniform, StudentT

Point = tuple[float, float]
"""A probability and the value of that quantile."""

_TOLERANCE = 1e-6
"""Maximum error of a quantile as a share of the range of the quantiles."""
_WITHOUT_DEFAULTS = {
    "LogNormal": ("median", "sigma"), "Beta": ("a", "b"), "Gamma": ("shape", "scale"), "StudentT": ("location", "scale"),
}  # fmt: skip
"""Parameters to solve for, in families in which others have a default."""
_EXACT = 1e-11
"""Maximum error, as a share of that range, at which no other start is tried."""
_SHIFTS = (0.0, 0.5, -0.5, 1.5)
"""Shifts of the unknowns from which the search starts, one after the other."""
_MOST_STEPS = 100
"""Maximum number of steps from all starts together. Fits of the library need at most 30; a step costs some 10 ms."""
_NO_DISTRIBUTION = 10.0
"""Error of parameters that no distribution has."""
_WIDE = 1e3
"""Ratio of the outer quantiles above which the errors of a positive family are measured on a logarithmic scale.

On the linear scale the lowest of such quantiles has no weight, and the search takes thousands of steps.
"""
_POSITIVE = {"a", "b", "shape", "scale", "sd", "sigma"}
"""Parameters above zero, which are solved for on a logarithmic scale."""


def solve_quantiles(
    type_: type[Distribution], parameter_names: Sequence[str], fixed: Mapping[str, float], points: Sequence[Point]
) -> Distribution:
    """Solve for the parameters that are not `fixed`, so that a distribution of a type passes through the points.

    With more points than parameters the result is the closest distribution, whose accuracy the caller checks.
    """
    free = _free_parameters(type_, parameter_names, fixed, points)
    key: Any = type_  # classes are hashable, which mypy does not see
    distribution = _solve(key, tuple(free), tuple(fixed.items()), tuple(points))
    if distribution is None:
        quantiles = ", ".join(f"p{100 * p:g} = {v:g}" for p, v in points)
        raise ValueError(f"no distribution of this family passes through {quantiles}")
    return distribution


@lru_cache(maxsize=1024)
def _solve(
    type_: type[Distribution], free: tuple[str, ...], fixed: tuple[tuple[str, float], ...], points: tuple[Point, ...]
) -> Distribution | None:
    """Return the distribution, or None if none is accurate; solved once, because a scenario is read several times."""
    problem = _Problem(type_, list(free), dict(fixed), points)
    unknowns = _closest(problem)
    is_exact = len(points) > len(free) or float(np.abs(problem.residuals(unknowns)).max()) <= _TOLERANCE
    return problem.build(unknowns) if is_exact else None


def _closest(problem: "_Problem") -> Array:
    """Return the unknowns with the smallest errors, from several starts until one is exact."""
    from scipy.optimize import least_squares

    start = problem.start()
    best_unknowns, best_cost, steps = start, math.inf, _MOST_STEPS
    for shift in _SHIFTS:
        result = least_squares(problem.residuals, start + shift, xtol=1e-14, ftol=1e-14, gtol=1e-14, max_nfev=steps)
        if result.cost < best_cost:
            best_unknowns, best_cost = result.x, float(result.cost)
        steps -= result.nfev
        if float(np.abs(result.fun).max()) <= _EXACT or steps <= 0:
            break
    return best_unknowns


def _free_parameters(
    type_: type[Distribution], parameter_names: Sequence[str], fixed: Mapping[str, float], points: Sequence[Point]
) -> list[str]:
    """Return the parameters to solve for; refuse points that do not determine them."""
    free = [key for key in _WITHOUT_DEFAULTS.get(type_.__name__, parameter_names) if key not in fixed]
    if type_ is StudentT and "df" not in fixed:
        raise ValueError("student_t needs df in addition to its quantiles")
    if len(free) > len(points):
        raise ValueError(f"{len(points)} quantiles do not determine {', '.join(free)}; give more quantiles or some of these")
    if not free:
        raise ValueError("gives both all parameters and quantiles; omit one of them")
    if type_ is LogUniform and not points[0][1] > 0:
        raise ValueError(f"needs quantiles above zero, not {points[0][1]:g}")
    return free


@dataclass(frozen=True, slots=True)
class _Problem:
    """The search for free parameters, each as an unbounded number relative to the range of the quantiles."""

    type_: type[Distribution]
    free: list[str]
    fixed: dict[str, float]
    points: Sequence[Point]

    @property
    def low(self) -> float:
        """The lowest quantile."""
        return self.points[0][1]

    @property
    def high(self) -> float:
        """The highest quantile."""
        return self.points[-1][1]

    @property
    def span(self) -> float:
        """The range of the quantiles, or the size of a single one."""
        return self.high - self.low if len(self.points) > 1 else abs(self.low) or 1.0

    @property
    def is_wide(self) -> bool:
        """Whether errors are measured on a logarithmic scale."""
        return self.type_ in (Gamma, LogUniform) and self.low > 0 and self.high / self.low > _WIDE

    def start(self) -> Array:
        """Return the unknowns to start from."""
        span, is_log_scale = self.span, self.type_ is LogUniform
        guess = {
            "min": -0.3, "mode": 0.5, "max": math.log(self.high / self.low) * 1.2 if is_log_scale else 1.3, "location": 0.5,
            "a": 1.0, "b": 1.0, "shape": 1.0, "mean": 0.0, "median": 0.0, "sigma": 0.0, "sd": math.log(span / 3),
            "scale": math.log((span if self.type_ is StudentT else max(abs(self.low), span)) / 3),
        }  # fmt: skip
        return np.array([guess[key] for key in self.free])

    def build(self, unknowns: Array) -> Distribution | None:
        """Return the distribution with these unknowns, or None if there is none."""
        parameters = dict(self.fixed)
        try:
            for key, unknown in zip(self.free, unknowns.tolist(), strict=True):
                if key in _POSITIVE:
                    parameters[key] = math.exp(unknown)
                elif self.type_ is LogUniform:
                    parameters[key] = self.low * math.exp(unknown)
                else:
                    parameters[key] = self.low + self.span * unknown
            return self.type_(**parameters)
        except (ValueError, OverflowError):
            return None

    def residuals(self, unknowns: Array) -> Array:
        """Return the errors of the quantiles as shares of their range, or of its logarithm."""
        candidate = self.build(unknowns)
        if candidate is None:
            return np.full(len(self.points), _NO_DISTRIBUTION)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            quantiles = np.array([candidate.exact_quantile(p) for p, _ in self.points])
            values = np.array([value for _, value in self.points])
            if self.is_wide:
                ratios = np.maximum(quantiles / values, sys.float_info.min)
                errors = np.log(ratios) / (math.log(self.high) - math.log(self.low))
            else:
                errors = (quantiles - values) / self.span
        return np.where(np.isfinite(errors), errors, _NO_DISTRIBUTION)
