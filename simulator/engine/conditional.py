"""Conditional Monte Carlo: one factor is integrated out of the total, so that quantiles become as smooth as means.

If the total is a + b x in a normal or lognormal input x that is independent of all others (a head count, a price),
P(total <= q) is the mean of P(x <= (q - a) / b) over the draws of the other inputs. This function has no jumps, which suits
Sobol sequences: a few thousand points are as accurate as hundreds of thousands of pseudo-random draws. It also gives a smooth
S-curve.
"""

import contextlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulator.core.suggestions import InvalidValueError
from simulator.core.units import Value
from simulator.distributions import Distribution, LogNormal, Normal, normal_cdf
from simulator.engine.graph import Plan, evaluate
from simulator.engine.sampling.streams import REPLICATES
from simulator.engine.scenario import TOTAL
from simulator.engine.tails import tail_index

Array = NDArray[np.float64]

MOST_DRAWS = 1 << 22
"""Maximum number of draws, which are held in memory at 16 bytes each."""

_TOLERANCE = 1e-5  # relative Newton step after which the next one would be 1e-10
_LINEARITY = 1e-9  # maximum deviation from a straight line, relative to the total, that counts as rounding


@dataclass
class IntegratedTotal:
    """The distribution of a + b x over draws of (a, b): like `accumulators.Accumulator`, without the Monte Carlo error of x.

    Draws i, i + 8, i + 16, ... form one replicate (a batch if draws are independent): the error is their dispersion.
    """

    distribution: LogNormal | Normal
    a: Array
    b: Array
    _replicates: "list[IntegratedTotal] | None" = field(default=None, repr=False)
    _sample: Array | None = field(default=None, repr=False)
    _quantile_cache: dict[float, float] = field(default_factory=dict, repr=False)

    @property
    def count(self) -> int:
        """Number of draws of the other inputs."""
        return len(self.a)

    @property
    def replicates(self) -> "list[IntegratedTotal]":
        """The replicates, whose draws are interleaved."""
        if self._replicates is None:
            number = min(REPLICATES, self.count)
            self._replicates = [IntegratedTotal(self.distribution, self.a[n::number], self.b[n::number]) for n in range(number)]
        return self._replicates

    @property
    def mean(self) -> float:
        """Mean of the total."""
        return float((self.a + self.b * self.distribution.moments()[0]).mean())

    @property
    def sd(self) -> float:
        """Standard deviation of the total."""
        mean, sd = self.distribution.moments()
        return math.sqrt(float((self.a + self.b * mean).var() + np.square(self.b).mean() * sd**2))

    @property
    def low(self) -> float:
        """Minimum over the draws of the other inputs."""
        return (
            float((self.a + self.b * self.distribution.support[0]).min())
            if self.distribution.support[0] > -math.inf
            else -math.inf
        )

    @property
    def mean_error(self) -> float:
        """Monte Carlo standard error of the mean."""
        return self._error(np.array([part.mean for part in self.replicates]))

    @property
    def tail_index(self) -> float:
        """Tail index of the total with x stratified over its distribution (`tails.tail_index`)."""
        self._start(0.5)
        assert self._sample is not None
        return tail_index(self._sample)

    def cdf(self, value: float) -> float:
        """Return P(total <= value)."""
        return self._at(value)[0]

    def cdf_error(self, value: float) -> float:
        """Return the Monte Carlo standard error of P(total <= value)."""
        return self._error(np.array([part.cdf(value) for part in self.replicates]))

    def quantile(self, p: float) -> float:
        """Return one quantile."""
        return float(self.quantiles(np.array([p]))[0])

    def quantiles(self, p: Array) -> Array:
        """Return quantiles, by Newton's method within a bracket."""
        return np.array([self._solve(float(q)) for q in np.asarray(p).ravel()]).reshape(np.shape(p))

    def quantile_errors(self, p: Array) -> Array:
        """Return the Monte Carlo standard errors of quantiles, from the errors of the cdf and the density there."""
        values = self.quantiles(p)
        errors = [self.cdf_error(value) / max(self._at(value)[1], 1e-300) for value in values.ravel().tolist()]
        return np.array(errors).reshape(values.shape)

    def mean_above(self, p: float) -> float:
        """Return the mean of the total above its quantile at `p` (conditional value at risk)."""
        value = self._solve(p)
        z, _ = self._z_at(value)
        tail = 1 - np.asarray(normal_cdf(z))
        if isinstance(self.distribution, Normal):
            beyond = self.distribution.mean * tail + self.distribution.sd * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
        else:
            mean = self.distribution.moments()[0] - self.distribution.low
            beyond = self.distribution.low * tail + mean * (1 - np.asarray(normal_cdf(z - self.distribution.sigma)))
        return float((self.a * tail + self.b * beyond).mean() / tail.mean())

    def _error(self, parts: Array) -> float:
        return float(np.std(parts, ddof=1) / math.sqrt(len(parts))) if len(parts) > 1 else 0.0

    def _z_at(self, value: float) -> tuple[Array, Array]:
        """Return the z of x at which the total equals a value, and its derivative in the value."""
        x = (value - self.a) / self.b
        if isinstance(self.distribution, Normal):
            return (x - self.distribution.mean) / self.distribution.sd, 1 / (self.distribution.sd * self.b)
        above = np.maximum(x - self.distribution.low, 1e-300)
        z = (np.log(above) - math.log(self.distribution.median - self.distribution.low)) / self.distribution.sigma
        return z, 1 / (self.distribution.sigma * above * self.b)

    def _at(self, value: float) -> tuple[float, float]:
        """Return P(total <= value) and the density of the total there."""
        z, slope = self._z_at(value)
        slope[np.abs(z) > 37] = 0.0  # the density vanishes there, and rounding errors would dominate
        bounded_z = np.clip(z, -37, 37)
        density = float(np.mean(np.exp(-bounded_z * bounded_z / 2) * slope)) / math.sqrt(2 * math.pi)
        return float(np.mean(normal_cdf(z))), density

    def _solve(self, p: float) -> float:
        if p not in self._quantile_cache:
            self._quantile_cache[p] = self._newton(p)
        return self._quantile_cache[p]

    def _newton(self, p: float) -> float:
        value = self._start(p)
        low, high = -math.inf, math.inf
        for _ in range(100):
            probability, density = self._at(value)
            error = probability - p
            low, high = (value, high) if error < 0 else (low, value)
            next_value = value - error / density if density > 0 else math.nan
            if not low < next_value < high:  # outside the bracket or undefined: bisect, or extend the bracket
                if math.isinf(low) or math.isinf(high):
                    next_value = value + math.copysign(max(abs(value), 1e-12), -error)
                else:
                    next_value = (low + high) / 2
            step, value = abs(next_value - value), next_value
            if step <= _TOLERANCE * abs(value):
                break
        return value

    def _start(self, p: float) -> float:
        """Return a quantile of the total with x stratified over its distribution, as a starting value."""
        if self._sample is None:
            strata = (np.arange(self.count) * 0.6180339887498949) % 1.0
            self._sample = np.sort(self.a + self.b * np.interp(strata, *_grid(self.distribution)))
        return float(self._sample[min(int(min(max(p, 0.0), 1.0) * self.count), self.count - 1)])


def _grid(distribution: LogNormal | Normal) -> tuple[Array, Array]:
    p = np.linspace(0.001, 0.999, 201)
    return p, np.array([distribution.quantile(q) for q in p.tolist()])


def downstream_steps(plan: Plan, names: Iterable[str]) -> Plan:
    """Return the steps of a plan that depend on some inputs."""
    dependent, steps = set(names), []
    for step in plan.steps:
        if dependent & set(step.needs):
            dependent.add(step.name)
            steps.append(step)
    return Plan(tuple(steps), plan.inputs)


def fit_line(first: Array, second: Array, total: Array, x: tuple[float, float], x_of_total: Array) -> tuple[Array, Array]:
    """Return (a, b) of total = a + b x from totals at two values of x; ValueError if the total is not on the line."""
    b = (second - first) / (x[1] - x[0])
    a = first - b * x[0]
    # Where nothing else is uncertain, both are single numbers.
    a, b = (np.broadcast_to(each, np.shape(x_of_total)) for each in (a, b))
    if not (b > 0).all():
        raise ValueError("the total does not rise with it in all draws")
    if np.abs(a + b * x_of_total - total).max() > _LINEARITY * np.abs(total).max():
        raise ValueError("the total is not a straight line in it")
    return a, b


@dataclass(frozen=True)
class Factors:
    """Normal or lognormal inputs in whose product the total is linear, and the steps that depend on them."""

    distributions: dict[str, LogNormal | Normal]
    steps: Plan

    @property
    def product(self) -> LogNormal | Normal:
        """Distribution of the product."""
        first, *rest = self.distributions.values()
        if not rest:
            return first
        distributions = [distribution for distribution in (first, *rest) if isinstance(distribution, LogNormal)]
        return LogNormal(
            math.prod(distribution.median for distribution in distributions),
            math.hypot(*(distribution.sigma for distribution in distributions)),
        )

    def line(self, values: Mapping[str, Value]) -> tuple[Array, Array]:
        """Return the intercept and slope of the total in the product per draw, from two more evaluations of the steps.

        Raises ValueError if the total is not linear in the product.
        """
        (name, first), *rest = self.distributions.items()
        medians: dict[str, Value] = {other: np.float64(distribution.quantile(0.5)) for other, distribution in rest}
        products, totals = [], []
        for p in (0.5, 0.9):
            x = np.float64(first.quantile(p))
            changed_values = {**values, **medians, name: x}
            evaluate(self.steps, changed_values)
            totals.append(np.asarray(changed_values[TOTAL]))
            products.append(float(x * math.prod(medians.values())))
        product_draws = math.prod(np.asarray(values[name]) for name in self.distributions)
        total = np.asarray(values[TOTAL])
        return fit_line(totals[0], totals[1], total, (products[0], products[1]), np.asarray(product_draws))


def choose_factors(
    expression: str, plan: Plan, uncorrelated: Mapping[str, Distribution], sample: Mapping[str, Value]
) -> Factors:
    """Return the inputs to integrate out: those of `a*b`, or with `auto` the most important one and those that multiply it.

    `uncorrelated` holds the inputs that are independent of all others, `sample` some draws of all quantities. Raises ValueError
    if an input cannot be integrated out.
    """
    candidates = {
        name: distribution for name, distribution in uncorrelated.items() if isinstance(distribution, LogNormal | Normal)
    }

    def build_factors(*names: str) -> Factors:
        return Factors({name: candidates[name] for name in names}, downstream_steps(plan, names))

    if expression == "auto":
        return _choose_most_important(candidates, sample, build_factors)
    names = tuple(name.strip() for name in expression.split("*"))
    unsupported = [
        name for name in names if name not in candidates or (len(names) > 1 and not _is_plain_lognormal(candidates[name]))
    ]
    if unsupported or len(set(names)) < len(names):
        raise InvalidValueError(
            f"{expression!r} cannot be integrated out: it takes an uncorrelated normal or lognormal input "
            f"({', '.join(candidates) or 'none'})"
        )
    factors = build_factors(*names)
    try:
        factors.line(sample)
    except ValueError as error:
        raise InvalidValueError(f"{expression!r} cannot be integrated out: {error}") from None
    return factors


def _choose_most_important(
    candidates: Mapping[str, LogNormal | Normal], sample: Mapping[str, Value], build_factors: Callable[..., Factors]
) -> Factors:
    weights: dict[str, float] = {}
    for name, distribution in candidates.items():
        with contextlib.suppress(ValueError):
            weights[name] = float(build_factors(name).line(sample)[1].mean()) * distribution.moments()[1]
    if not weights:
        raise InvalidValueError(
            "no input can be integrated out: there is no uncorrelated normal or lognormal input in which the total is a "
            "straight line"
        )
    first = max(weights, key=weights.__getitem__)
    factors = build_factors(first)
    if not _is_plain_lognormal(candidates[first]):
        return factors
    for name in weights:
        if name != first and _is_plain_lognormal(candidates[name]):
            with contextlib.suppress(ValueError):
                extended = build_factors(*factors.distributions, name)
                extended.line(sample)
                factors = extended
    return factors


def _is_plain_lognormal(distribution: Distribution) -> bool:
    """Whether the product of this input with another such input is lognormal."""
    return isinstance(distribution, LogNormal) and distribution.low == 0
