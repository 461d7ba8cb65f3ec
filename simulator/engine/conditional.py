"""One factor integrated out of the total, so that quantiles become as smooth as means.

Where the total is a + b x in a normal or lognormal input x that is independent of all else (a staff, a price), P(total <= q) is
the mean over the other inputs' draws of P(x <= (q - a) / b): no jump is left for a Sobol sequence to stumble over, and a few
thousand points do what pseudo-random draws need hundreds of thousands for. The same curve gives an S-curve without steps.
"""

import contextlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulator.core.units import Value
from simulator.distributions import Distribution, LogNormal, Normal, probability
from simulator.engine.graph import Plan, evaluate
from simulator.engine.sampling.streams import REPLICATES
from simulator.engine.scenario import TOTAL
from simulator.engine.tails import tail_index

Array = NDArray[np.float64]

MOST_DRAWS = 1 << 22
"""Draws are held here, 16 bytes each, so there is a limit."""

_CLOSE = 1e-5  # a step of Newton's so small that the next would be 1e-10
_ROUGH = 1e-9  # how far from a straight line, relative to the total, is still rounding


@dataclass
class Integrated:
    """The distribution of a + b x over draws of (a, b): what `accumulators.Accumulator` gives, without the Monte Carlo error
    of x.

    Draws i, i + 8, i + 16, ... belong to one replicate (a batch, where draws are independent): their spread is the error.
    """

    distribution: LogNormal | Normal
    a: Array
    b: Array
    _parts: "list[Integrated] | None" = field(default=None, repr=False)
    _rough: Array | None = field(default=None, repr=False)
    _solved: dict[float, float] = field(default_factory=dict, repr=False)

    @property
    def count(self) -> int:
        """Draws of the other inputs."""
        return len(self.a)

    @property
    def parts(self) -> "list[Integrated]":
        """The replicates by themselves, as the draws were dealt."""
        if self._parts is None:
            several = min(REPLICATES, self.count)
            self._parts = [Integrated(self.distribution, self.a[n::several], self.b[n::several]) for n in range(several)]
        return self._parts

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
        """The least value that the draws of the others allow."""
        return (
            float((self.a + self.b * self.distribution.support[0]).min())
            if self.distribution.support[0] > -math.inf
            else -math.inf
        )

    @property
    def mean_error(self) -> float:
        """Monte Carlo standard error of the mean."""
        return self._error(np.array([part.mean for part in self.parts]))

    @property
    def tail_index(self) -> float:
        """Tail index of the total with x spread evenly over its distribution (`tails.tail_index`)."""
        self._start(0.5)
        assert self._rough is not None
        return tail_index(self._rough)

    def cdf(self, value: float) -> float:
        """Return P(total <= value)."""
        return self._at(value)[0]

    def cdf_error(self, value: float) -> float:
        """Return the Monte Carlo standard error of P(total <= value)."""
        return self._error(np.array([part.cdf(value) for part in self.parts]))

    def quantile(self, p: float) -> float:
        """Return one quantile."""
        return float(self.quantiles(np.array([p]))[0])

    def quantiles(self, p: Array) -> Array:
        """Return quantiles, by Newton's method kept within a bracket."""
        return np.array([self._solve(float(q)) for q in np.asarray(p).ravel()]).reshape(np.shape(p))

    def quantile_errors(self, p: Array) -> Array:
        """Return the Monte Carlo standard errors of quantiles, from the errors of the cdf and the density there."""
        values = self.quantiles(p)
        errors = [self.cdf_error(value) / max(self._at(value)[1], 1e-300) for value in values.ravel().tolist()]
        return np.array(errors).reshape(values.shape)

    def mean_above(self, p: float) -> float:
        """Return the mean of the total above its quantile `p` (conditional value at risk)."""
        value = self._solve(p)
        z, _ = self._scores(value)
        tail = 1 - np.asarray(probability(z))
        if isinstance(self.distribution, Normal):
            beyond = self.distribution.mean * tail + self.distribution.sd * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
        else:
            mean = self.distribution.moments()[0] - self.distribution.low
            beyond = self.distribution.low * tail + mean * (1 - np.asarray(probability(z - self.distribution.sigma)))
        return float((self.a * tail + self.b * beyond).mean() / tail.mean())

    def _error(self, parts: Array) -> float:
        return float(np.std(parts, ddof=1) / math.sqrt(len(parts))) if len(parts) > 1 else 0.0

    def _scores(self, value: float) -> tuple[Array, Array]:
        """The score of x at which the total passes a value, and how fast it rises with the value."""
        x = (value - self.a) / self.b
        if isinstance(self.distribution, Normal):
            return (x - self.distribution.mean) / self.distribution.sd, 1 / (self.distribution.sd * self.b)
        above = np.maximum(x - self.distribution.low, 1e-300)
        z = (np.log(above) - math.log(self.distribution.median - self.distribution.low)) / self.distribution.sigma
        return z, 1 / (self.distribution.sigma * above * self.b)

    def _at(self, value: float) -> tuple[float, float]:
        """Return P(total <= value) and the density of the total there."""
        z, rise = self._scores(value)
        rise[np.abs(z) > 37] = 0.0  # the density is nothing there, and rounding would make much of it
        held = np.clip(z, -37, 37)
        density = float(np.mean(np.exp(-held * held / 2) * rise)) / math.sqrt(2 * math.pi)
        return float(np.mean(probability(z))), density

    def _solve(self, p: float) -> float:
        if p not in self._solved:
            self._solved[p] = self._newton(p)
        return self._solved[p]

    def _newton(self, p: float) -> float:
        value = self._start(p)
        low, high = -math.inf, math.inf
        for _ in range(100):
            reached, density = self._at(value)
            miss = reached - p
            low, high = (value, high) if miss < 0 else (low, value)
            step = value - miss / density if density > 0 else math.nan
            if not low < step < high:  # outside the bracket, or nowhere: halve it, or reach further
                if math.isinf(low) or math.isinf(high):
                    step = value + math.copysign(max(abs(value), 1e-12), -miss)
                else:
                    step = (low + high) / 2
            moved, value = abs(step - value), step
            if moved <= _CLOSE * abs(value):
                break
        return value

    def _start(self, p: float) -> float:
        """Return a quantile of the total with x spread evenly over its distribution, as a place to begin."""
        if self._rough is None:
            even = (np.arange(self.count) * 0.6180339887498949) % 1.0
            self._rough = np.sort(self.a + self.b * np.interp(even, *_grid(self.distribution)))
        return float(self._rough[min(int(min(max(p, 0.0), 1.0) * self.count), self.count - 1)])


def _grid(distribution: LogNormal | Normal) -> tuple[Array, Array]:
    p = np.linspace(0.001, 0.999, 201)
    return p, np.array([distribution.quantile(q) for q in p.tolist()])


def downstream(plan: Plan, names: Iterable[str]) -> Plan:
    """Return the steps of a plan that change when some inputs do."""
    changed, steps = set(names), []
    for step in plan.steps:
        if changed & set(step.needs):
            changed.add(step.name)
            steps.append(step)
    return Plan(tuple(steps), plan.inputs)


def straight(first: Array, second: Array, drawn: Array, x: tuple[float, float], at: Array) -> tuple[Array, Array]:
    """Return (a, b) of total = a + b x from totals at two values of x; ValueError where the drawn total is not on it."""
    b = (second - first) / (x[1] - x[0])
    a = first - b * x[0]
    if not (b > 0).all():
        raise ValueError("the total does not rise with it in all draws")
    if np.abs(a + b * at - drawn).max() > _ROUGH * np.abs(drawn).max():
        raise ValueError("the total is not a straight line in it")
    return a, b


@dataclass(frozen=True)
class Factors:
    """Normal or lognormal inputs that enter the total as one product, and the steps of the plan behind them."""

    distributions: dict[str, LogNormal | Normal]
    steps: Plan

    @property
    def product(self) -> LogNormal | Normal:
        """The distribution of the product."""
        first, *rest = self.distributions.values()
        if not rest:
            return first
        distributions = [distribution for distribution in (first, *rest) if isinstance(distribution, LogNormal)]
        return LogNormal(
            math.prod(distribution.median for distribution in distributions),
            math.hypot(*(distribution.sigma for distribution in distributions)),
        )

    def line(self, values: Mapping[str, Value]) -> tuple[Array, Array]:
        """Return the total of each draw as a straight line in the product: two more evaluations of the steps.

        Raises ValueError where it is none.
        """
        (name, first), *rest = self.distributions.items()
        medians: dict[str, Value] = {other: np.float64(distribution.quantile(0.5)) for other, distribution in rest}
        at, totals = [], []
        for p in (0.5, 0.9):
            x = np.float64(first.quantile(p))
            other = {**values, **medians, name: x}
            evaluate(self.steps, other)
            totals.append(np.asarray(other[TOTAL]))
            at.append(float(x * math.prod(medians.values())))
        drawn = math.prod(np.asarray(values[name]) for name in self.distributions)
        return straight(totals[0], totals[1], np.asarray(values[TOTAL]), (at[0], at[1]), np.asarray(drawn))


def choose_factors(wanted: str, plan: Plan, untied: Mapping[str, Distribution], sample: Mapping[str, Value]) -> Factors:
    """Return the inputs to integrate out: those named, as `a*b`, or with `auto` the one that matters most and its multipliers.

    `uncorrelated` holds the inputs that depend on no other, `sample` some draws of all quantities. Raises ValueError where an
    input cannot be integrated out.
    """
    able = {name: distribution for name, distribution in untied.items() if isinstance(distribution, LogNormal | Normal)}

    def factors(*names: str) -> Factors:
        return Factors({name: able[name] for name in names}, downstream(plan, names))

    if wanted == "auto":
        return _most_important(able, sample, factors)
    names = tuple(name.strip() for name in wanted.split("*"))
    unsupported = [name for name in names if name not in able or (len(names) > 1 and not _multiplies(able[name]))]
    if unsupported or len(set(names)) < len(names):
        candidates = ", ".join(able) or "none"
        raise ValueError(
            f"{wanted!r} cannot be integrated out: it takes an uncorrelated normal or lognormal input ({candidates})"
        )
    chosen = factors(*names)
    try:
        chosen.line(sample)
    except ValueError as error:
        raise ValueError(f"{wanted!r} cannot be integrated out: {error}") from None
    return chosen


def _most_important(
    able: Mapping[str, LogNormal | Normal], sample: Mapping[str, Value], factors: Callable[..., Factors]
) -> Factors:
    weights: dict[str, float] = {}
    for name, distribution in able.items():
        with contextlib.suppress(ValueError):
            weights[name] = float(factors(name).line(sample)[1].mean()) * distribution.moments()[1]
    if not weights:
        raise ValueError("no input can be integrated out: the total is a straight line in none")
    first = max(weights, key=weights.__getitem__)
    chosen = factors(first)
    if not _multiplies(able[first]):
        return chosen
    for name in weights:
        if name != first and _multiplies(able[name]):
            with contextlib.suppress(ValueError):
                longer = factors(*chosen.distributions, name)
                longer.line(sample)
                chosen = longer
    return chosen


def _multiplies(distribution: Distribution) -> bool:
    """Whether a product with this input is lognormal again."""
    return isinstance(distribution, LogNormal) and distribution.low == 0
