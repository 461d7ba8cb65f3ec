"""Fitting of distributions to their parameters, to quantiles, to mean and standard deviation, or to the mean of a team."""

import math
from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache
from itertools import pairwise

from simulator.core.suggestions import InvalidValueError, Remedy, swap
from simulator.distributions.base import Distribution, logit, normal_quantile
from simulator.distributions.composite import Truncated
from simulator.distributions.families import (
    Beta,
    Constant,
    Gamma,
    Johnson,
    LogitNormal,
    LogNormal,
    LogUniform,
    Normal,
    Pert,
    StudentT,
    Triangular,
    Uniform,
)
from simulator.distributions.least_squares import solve_quantiles

FAMILIES: dict[str, type[Distribution]] = {
    "constant": Constant,
    "normal": Normal,
    "lognormal": LogNormal,
    "logitnormal": LogitNormal,
    "uniform": Uniform,
    "loguniform": LogUniform,
    "triangular": Triangular,
    "pert": Pert,
    "beta": Beta,
    "gamma": Gamma,
    "student_t": StudentT,
}


def build_distribution(name: str, parameters: dict[str, float]) -> Distribution:
    """Build a distribution of a named family from its own parameters, or from quantiles written `p5`, `p50`, `p97.5`.

    Parameters and quantiles may be combined if they determine the distribution (`pert: {min: 0, p50: 2, p95: 6}`). The
    distribution has all specified quantiles; ValueError if that is impossible.
    """
    quantiles = {key: value for key, value in parameters.items() if is_quantile(key)}
    points = sorted((parse_quantile(key), value) for key, value in quantiles.items())
    return fit_family(name, {key: value for key, value in parameters.items() if key not in quantiles}, points)


def fit_family(name: str, parameters: dict[str, float], points: list[tuple[float, float]]) -> Distribution:
    """Fit a distribution of a named family to its own parameters and to points (probability, value) that it passes through."""
    known, similar = _known_value(parameters, points)
    if known is not None:
        if similar:
            fit_family(name, similar, points)  # refuses what the family does not take
        return Constant(known)
    type_ = FAMILIES[name]
    parameter_names = tuple(f.name for f in fields(type_) if f.init)  # type: ignore[arg-type]
    fixed = dict(parameters)
    if name in ("lognormal", "normal", "gamma", "beta") and {"mean", "sd"} <= fixed.keys() and name != "normal":
        fixed = _from_mean_and_sd(name, fixed)
    unknown = [key for key in fixed if key not in parameter_names]
    if unknown:
        raise ValueError(
            f"{name} has no {unknown[0]!r}; it takes {', '.join(parameter_names)}, or quantiles such as p5 and p95"
        )
    if not points:
        required = [f.name for f in fields(type_) if f.init and f.default is f.default_factory]  # type: ignore[arg-type]
        missing = [key for key in required if key not in fixed]
        if missing:
            raise ValueError(f"{name} needs {', '.join(missing)}, or two quantiles such as p5 and p95")
        return type_(**fixed)
    if len({p for p, _ in points}) < len(points):
        raise ValueError("names one quantile twice")
    return _fit_points(name, type_, parameter_names, fixed, points)


_BOUNDS = ("min", "mode", "max")
_SMALL = 1e-3
"""Relative spread with which parameters are checked that have none."""


def _known_value(parameters: dict[str, float], points: list[tuple[float, float]]) -> tuple[float | None, dict[str, float]]:
    """Return the number to which parameters without a spread reduce (`sd: 0`, equal bounds, equal quantiles), or None.

    The second value are parameters next to them that have a spread.
    """
    for centre, spread in (("mean", "sd"), ("median", "sigma"), ("location", "scale")):
        if parameters.get(spread) == 0 and centre in parameters:
            return parameters[centre], parameters | {spread: _SMALL * (abs(parameters[centre]) or 1.0)}
    if set(parameters) <= set(_BOUNDS) and {"min", "max"} <= parameters.keys() and not points:
        value = _common(list(parameters.values()))
        return value, {} if value is None else parameters | {"max": value + _SMALL * (abs(value) or 1.0)}
    return (_common([x for _, x in points]) if len(points) > 1 and not parameters else None), {}


def _common(values: list[float]) -> float | None:
    return values[0] if min(values) == max(values) else None


def is_quantile(key: str) -> bool:
    """Whether a key has the form of a quantile: p5, p50, p97.5."""
    return key[:1] == "p" and key[1:].replace(".", "", 1).isdigit()


def parse_quantile(key: str) -> float:
    """Return the probability of a key such as `p97.5`; 0 and 100 are not allowed."""
    percent = float(key[1:])
    if not 0 < percent < 100:
        raise ValueError(f"{key} is no quantile; use percentages between 0 and 100, such as p5 and p95")
    return percent / 100


def _fit_points(
    name: str,
    type_: type[Distribution],
    parameter_names: tuple[str, ...],
    fixed: dict[str, float],
    points: list[tuple[float, float]],
) -> Distribution:
    """Solve for the free parameters, so that the distribution passes through the points.

    A normal, lognormal or logit-normal distribution has two parameters. If it does not pass through three points, the result is
    a distribution that does, with the tails and the support of the family (`Johnson`).
    """
    if name == "constant":
        raise ValueError("constant has one value and no quantiles")
    values = [x for _, x in points]
    if any(a >= b for a, b in pairwise(values)):
        raise ValueError(f"needs increasing quantiles, not {', '.join(f'{x:g}' for x in values)}")
    if name in SCALES and not fixed.keys() - {"low", "median"} and len(points) >= 2:
        if "median" in fixed:
            points = sorted([*points, (0.5, fixed["median"])])
        low = fixed.get("low", 0.0)
        distribution: Distribution = fit_through(name, points[0], points[-1], low)
        if len(points) == 3 and not _has_quantiles(distribution, points):
            distribution = Johnson(tuple(p for p, _ in points), tuple(x for _, x in points), SCALES[name], low)
    else:
        distribution = solve_quantiles(type_, parameter_names, fixed, points)
    if not _has_quantiles(distribution, points):
        p, x = max(points, key=lambda point: abs(distribution.exact_quantile(point[0]) - point[1]))
        quantile = distribution.exact_quantile(p)
        message = f"no {name} passes through these quantiles: at p{100 * p:g} it has {quantile:.4g}, not {x:g}"
        remedy = Remedy("; write `quantiles` in place of the family to use all of them", edit=swap(name, "quantiles"))
        raise InvalidValueError(message, remedy)
    return distribution


SCALES = {"normal": "linear", "lognormal": "log", "logitnormal": "logit"}
"""Families that are normal on a scale, with that scale."""
TOLERANCE = 1e-6
"""Maximum relative error of a fitted quantile."""


def _has_quantiles(distribution: Distribution, points: list[tuple[float, float]]) -> bool:
    """Whether a distribution passes through the points."""
    span = points[-1][1] - points[0][1]
    return all(abs(distribution.exact_quantile(p) - x) <= max(TOLERANCE * abs(x), 1e-9 * span) for p, x in points)


def fit_within_bounds(
    fit: Callable[[list[tuple[float, float]]], Distribution], points: list[tuple[float, float]], low: float, high: float
) -> Distribution:
    """Return a distribution of the family of `fit`, truncated to bounds, that has the given quantiles after truncation.

    Truncation shifts all quantiles, so the probabilities to fit are corrected iteratively until they converge.
    """
    outside = next((x for _, x in points if not low <= x <= high), None)
    if outside is not None:
        raise ValueError(f"has a quantile of {outside:g}, outside the possible values of {low:g} to {high:g}")
    target = points
    for _ in range(MAX_STEPS):
        distribution = fit(target)
        below, above = distribution.cdf(low) if low > -math.inf else 0.0, distribution.cdf(high) if high < math.inf else 1.0
        last, target = target, [(below + p * (above - below), x) for p, x in points]
        if all(abs(p - q) < 1e-13 for (p, _), (q, _) in zip(last, target, strict=True)):
            return distribution if (below, above) == (0.0, 1.0) else Truncated(distribution, low, high)
    raise ValueError(f"has no distribution with these quantiles within {low:g} to {high:g}: too much of it lies outside")


MAX_STEPS = 200


def fit_through(
    name: str, first: tuple[float, float], last: tuple[float, float], low: float = 0.0
) -> Normal | LogNormal | LogitNormal:
    """Return the normal, lognormal (above `low`) or logit-normal distribution through two points (p, value), in closed form."""
    (p, x), (q, y) = first, last
    if name == "lognormal" and x <= low:
        message = f"must be above {low:g} for a lognormal, not {x:g}; use a mixture for a probability of {low:g} itself"
        raise InvalidValueError(message, Remedy("; use normal", edit=swap("lognormal", "normal")))
    if name == "logitnormal" and not 0 < x < y < 1:
        raise ValueError(f"must lie between 0 and 1 for a logit-normal, not {x:g} to {y:g}")
    if name == "lognormal":
        x, y = math.log(x - low), math.log(y - low)
    elif name == "logitnormal":
        x, y = float(logit(x)), float(logit(y))
    sigma = (y - x) / (normal_quantile(q) - normal_quantile(p))
    centre = x - sigma * normal_quantile(p)
    if name == "lognormal":
        return LogNormal(low + math.exp(centre), sigma, low)
    return LogitNormal(1 / (1 + math.exp(-centre)), sigma) if name == "logitnormal" else Normal(centre, sigma)


def _from_mean_and_sd(name: str, parameters: dict[str, float]) -> dict[str, float]:
    mean, sd = parameters["mean"], parameters["sd"]
    rest = {key: value for key, value in parameters.items() if key not in ("mean", "sd")}
    low, high = rest.get("min", rest.get("low", 0.0)), rest.get("max", 1.0)
    if not (mean > low and sd > 0):
        raise ValueError(f"needs a mean above {low:g} and an sd above zero, not {mean:g} and {sd:g}")
    if name == "lognormal":
        sigma = math.sqrt(math.log1p((sd / (mean - low)) ** 2))
        return rest | {"median": low + (mean - low) * math.exp(-(sigma**2) / 2), "sigma": sigma}
    if name == "gamma":
        return rest | {"shape": (mean / sd) ** 2, "scale": sd**2 / mean}
    if not low < high:
        raise ValueError(f"needs min < max, not {low:g} and {high:g}")
    m, s = (mean - low) / (high - low), sd / (high - low)
    if not (0 < m < 1 and s**2 < m * (1 - m)):
        raise ValueError(f"no beta distribution has mean {mean:g} and sd {sd:g}")
    total = m * (1 - m) / s**2 - 1
    return rest | {"a": m * total, "b": (1 - m) * total}


@lru_cache(maxsize=256)  # moments take 5 ms, and many scenarios share their teams
def team_mean(distribution: Distribution, people: float, correlation: float) -> Distribution:
    """Return the distribution of the mean over `people` identically distributed people with pairwise `correlation`.

    It is a lognormal with the mean of one person and the variance sigma^2 (rho + (1 - rho) / n) (Fenton-Wilkinson
    approximation): equal to a lognormal of one person at rho = 1, the narrow mean of independent people at rho = 0. It needs no
    draw per person.
    """
    if distribution.is_constant:
        return distribution
    mean, sd = distribution.moments()
    if sd <= 1e-12 * abs(mean):  # data of one value
        return distribution
    sd *= math.sqrt(correlation + (1 - correlation) / people)
    return build_distribution("lognormal", {"mean": mean, "sd": sd})
