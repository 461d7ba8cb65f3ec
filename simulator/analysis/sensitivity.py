"""What drives the spread of a total, and what it would be worth to know.

Most measures are read from draws that are already there (arrays, or a saved run): the draws are put in bins by the rank of an
input, and a straight line in each bin gives the mean of the total where that input is known. Such measures stay right when
inputs depend on each other: what is tied to an input is known with it. Two need the model itself: the swing of the total
between two quantiles of an input, and Sobol's indices, which are defined for independent inputs alone.
"""

import csv
import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.core.formatting import interval_name, money, percent, words
from simulator.core.levels import Level, in_percent, interval_of, probability_of
from simulator.core.units import Value
from simulator.distributions import score, scores
from simulator.engine.graph import evaluate, plan
from simulator.engine.inputs import Input
from simulator.engine.result import Broken
from simulator.engine.sampling.copula import Copula
from simulator.engine.sampling.methods import source
from simulator.engine.sampling.streams import BLOCK, REPLICATES
from simulator.engine.simulate import simulate
from simulator.engine.summaries import ends, rank_correlation
from simulator.engine.tails import tail_index, too_heavy
from simulator.scenario import TOTAL, Scenario

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

DRAWS = 65_536
LEAST_DRAWS = 1000
MOST_DRAWS = 1 << 18
"""Draws of every input are held here, so there is a limit."""

POINTS = 32_768
MOST_POINTS = 65_536

LEVEL = 0.8
IDLE_COST = 0.1
MEASURES = ("draws", "swing", "sobol")

_MOST_BINS = 64
_REACH = 1.959964  # a 95 % interval in standard errors
_REACH_OF_REPLICATES = 2.364624  # the same by Student's t with seven degrees of freedom
_HALVES = (slice(0, None, 2), slice(1, None, 2))
_LEAST_BEYOND = 2  # draws of a bin beyond a quantile
_NAMED = 512  # dimensions that can be given by name
_UNSURE = 0.1  # of a share: to be told of
COST, LOG_COST, RANK_OF_COST = "cost", "log cost", "rank of cost"

_NEAR = 0.02  # draws whose rank is this near to a level stand for it


class Estimate(NamedTuple):
    """A figure with its Monte Carlo standard error; the ends are those of a 95 % interval."""

    value: float
    error: float
    reach: float = _REACH

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return self.value - self.reach * self.error

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return self.value + self.reach * self.error


# --- the total where an input is known ------------------------------------------------------------------------------------


class Bins:
    """Draws in bins by the rank of an input, about equally many in each; equal values stay together."""

    def __init__(self, x: Array) -> None:
        x = np.asarray(x, dtype=np.float64)
        _, place, times = np.unique(x, return_inverse=True, return_counts=True)
        share = ((np.cumsum(times) - times / 2) / len(x))[place]
        bins = int(np.clip(len(x) // 1000, 8, _MOST_BINS))
        self.z = scores(share)
        _, self.code, self.sizes = np.unique((share * bins).astype(np.intp), return_inverse=True, return_counts=True)

    def means(self, y: Array, part: slice = slice(None)) -> tuple[Array, Array]:
        """Return for every draw the mean of `y` where its input is known, and for every bin how many numbers were fitted.

        In each bin a straight line in the normal score of the input's rank is fitted to the draws in `part`.
        """
        code, z, known = self.code[part], self.z[part], y[part]
        size = np.bincount(code, minlength=len(self.sizes))
        some = np.maximum(size, 1)
        centre = np.bincount(code, z, len(size)) / some
        level = np.where(size > 0, np.bincount(code, known, len(size)) / some, known.mean())
        away = z - centre[code]
        squares = np.bincount(code, away * away, len(size))
        has_slope = (squares > 1e-9 * some) & (size >= 8)
        rise = np.bincount(code, away * (known - level[code]), len(size))
        slope = np.where(has_slope, rise / np.where(has_slope, squares, 1.0), 0.0)
        return level[self.code] + slope[self.code] * (self.z - centre[self.code]), np.where(has_slope, 2.0, 1.0)


def _bins(x: "Array | Bins") -> Bins:
    return x if isinstance(x, Bins) else Bins(x)


class _Within:
    """Quantiles of values in each bin."""

    def __init__(self, code: Codes, bins: int, y: Array) -> None:
        order = np.argsort(y)
        self.sorted = y[order[np.argsort(code[order].astype(np.uint8), kind="stable")]]  # a byte is sorted by its radix
        self.sizes = np.bincount(code, minlength=bins)
        self.starts = np.cumsum(self.sizes) - self.sizes

    def at(self, p: Array | float) -> Array:
        """Return the quantile `p` in each bin, unbiased in its median (rule 8 of Hyndman and Fan 1996)."""
        most = np.maximum(self.sizes - 1, 0)
        place = np.clip(p * (self.sizes + 1 / 3) - 2 / 3, 0, most)
        below = np.floor(place).astype(np.intp)
        last = len(self.sorted) - 1  # a bin without draws may stand at the end
        first = self.sorted[np.minimum(self.starts + below, last)]
        return first + (place - below) * (self.sorted[np.minimum(self.starts + np.minimum(below + 1, most), last)] - first)

    def steepness(self, p: float) -> Array:
        """Return how fast each quantile rises with its probability, from those one standard error of rank apart."""
        step = np.sqrt(p * (1 - p) / np.maximum(self.sizes, 1))
        low, high = np.maximum(p - step, 0.0), np.minimum(p + step, 1.0)
        return (self.at(high) - self.at(low)) / (high - low)


def rank_correlation_of(x: Array, total: Array) -> Estimate:
    """Return Spearman's rank correlation of an input and the total; error after Fieller, Hartley and Pearson 1957."""
    rank = rank_correlation(x, total)
    return Estimate(rank, (1 - rank**2) * math.sqrt(1.06 / max(1, len(total) - 3)))


def first_order(x: "Array | Bins", total: Array) -> Estimate:
    """Return the share of the total's variance that an input carries by itself: Var E[total | x] / Var total.

    For independent inputs it is Sobol's first-order index. For dependent ones it stays what it says, the share that would go in
    the mean if the input were known, with all that is tied to it; the shares then need not add up to one. It was chosen before
    Borgonovo's delta, which also bears dependence, because it is on the scale of the other shares, has closed forms to test
    against and no bias upwards where there is nothing to find. The mean of the squared distance to the bins' lines, over its
    degrees of freedom, is what is left of the variance; the error is that of the efficient estimator.

    Sources: Plischke, An effective algorithm for computing global sensitivity indices (EASI), Reliability Engineering and
    System Safety 95, 2010; Da Veiga and Gamboa, Efficient estimation of sensitivity indices, Journal of Nonparametric
    Statistics 25, 2013.
    """
    bins = _bins(x)
    size, y = len(total), total - total.mean()
    variance = _variance(y)
    fitted, terms = bins.means(y)
    rest = (y - fitted) ** 2
    left = np.bincount(bins.code, rest) * bins.sizes / np.maximum(bins.sizes - terms, 1)
    share = 1 - float(left.sum()) / size / variance
    influence = ((1 - share) * y**2 - rest) / variance
    luck = 2 * float(terms.sum()) * ((1 - share) / size) ** 2
    # The lines follow the draws' luck, which moves the influences twice as far (in squares) as it moves the share.
    return Estimate(share, math.sqrt(max(luck, float(influence.var()) / size - luck)))


def _variance(centred: Array) -> float:
    variance = float(np.sum(centred**2)) / max(1, len(centred) - 1)
    if not variance > 0:
        raise ValueError("the total is the same in every draw, so nothing drives it")
    return variance


def tail_share(x: "Array | Bins", total: Array, level: Level = 0.95) -> Estimate:
    """Return how much of the way from the total's mean to its quantile `level` an input accounts for by itself.

    It is the mean of E[total | x] - E[total] over the draws near that quantile, over the mean of total - E[total] there. Where
    the total is a sum of functions of its inputs the shares add up to one (Euler's allocation: Tasche, Risk contributions and
    performance measurement, 1999); where inputs multiply each other, what is left is what they do together.
    """
    level = probability_of(level)
    bins = _bins(x)
    y = total - total.mean()
    half = min(_NEAR, (1 - level) / 2, level / 2)
    low, high = np.quantile(total, [level - half, level + half])
    near = np.flatnonzero((low <= total) & (total <= high))
    way = float(y[near].mean())
    if not way > 0:
        return Estimate(0.0, 0.0)
    fitted, terms = bins.means(y)
    own = (terms / bins.sizes)[bins.code]  # a draw near the quantile has drawn its own line up: leave it out
    fitted = ((fitted - own * y) / np.maximum(1 - own, 0.5))[near]
    share = float(fitted.mean()) / way
    return Estimate(share, float(np.std(fitted - share * y[near])) / way / math.sqrt(len(near)))


# --- value of knowing -----------------------------------------------------------------------------------------------------


class Knowing(NamedTuple):
    """What would change, in expectation, if an input were known before the budget is set at a level.

    `contingency` is the share by which the level's distance to the mean shrinks, `fall` the same in the unit of the total,
    `interval` the share by which the central interval shrinks. `loss` is the share of the budget decision's expected loss that
    goes, `worth` the same in the unit of the total, for each unit that a unit of idle budget costs. All but `interval` are None
    where the tail of the total is too heavy for a variance; `interval` is then that of the logarithm of the total.
    """

    interval: Estimate
    contingency: Estimate | None = None
    fall: Estimate | None = None
    loss: Estimate | None = None
    worth: Estimate | None = None


def knowing(x: "Array | Bins", total: Array, level: Level = LEVEL, interval: Level = 0.95, *, has_mean: bool = True) -> Knowing:
    """Return what it would change to know an input before the budget is set (expected value of partial perfect information).

    The decision: a budget b is set now, or after the input is known. A unit of it that stays unspent costs k, a unit that the
    total runs over costs k level / (1 - level), so that the total's quantile `level` is the best budget (Arrow, Harris and
    Marschak, Optimal inventory policy, Econometrica 19, 1951) and the expected loss is k (mean above it - mean). `worth` is by
    how much that loss falls, for k = 1. What is known together with the input, because it is tied to it, counts.

    The quantiles of the total where the input is known are those about the lines of the bins. The budgets are set by each half
    of the draws and tried on both: on its own half a budget looks as much too good as it looks too bad on the other, so the
    mean is free of that.
    """
    interval = interval_of(interval)
    level = probability_of(level)
    bins = _bins(x)
    low, high = ends(interval)
    few = len(total) / len(bins.sizes)
    if few * min(low, level, 1 - level) < _LEAST_BEYOND:
        raise ValueError(
            f"{len(total):,} draws tell too little of so wide an interval, or of so high a level; draw more, or ask less"
        )
    fitted, _ = bins.means(total)
    known = _Within(bins.code, len(bins.sizes), total - fitted)
    alone = _Within(np.zeros(len(total), dtype=np.intp), 1, total)

    def quantile(p: float) -> tuple[Array, Array]:
        """The quantile now and its mean when the input is known, and what each draw moves in them."""
        now, then = alone.at(p), fitted + known.at(p)[bins.code]
        moves = alone.steepness(p) * (p - (total <= now)), known.steepness(p)[bins.code] * (p - (total <= then))
        return np.array([now[0], then.mean()]), np.stack([moves[0], then - then.mean() + moves[1]])

    def shrink(widths: Array, moves: Array) -> Estimate:
        now, then = widths.tolist()
        if not now > 0:
            return Estimate(0.0, 0.0)
        return _mean_of((moves[0] * then / now - moves[1]) / now, 1 - then / now)

    at_low, at_high = quantile(low), quantile(high)
    width = shrink(at_high[0] - at_low[0], at_high[1] - at_low[1])
    if not has_mean:
        return Knowing(width)
    at_level = quantile(level)
    now, then = at_level[0].tolist()
    fall = _mean_of(at_level[1][0] - at_level[1][1], now - then)
    mean = float(total.mean())
    contingency = shrink(at_level[0] - mean, at_level[1] - (total - mean))

    before = _loss(total - now, level)
    after = np.zeros_like(total)
    for half in _HALVES:
        line, _ = bins.means(total, half)
        budget = line + _Within(bins.code[half], len(bins.sizes), (total - line)[half]).at(level)[bins.code]
        after += _loss(total - budget, level) / len(_HALVES)
    gain = before - after
    share = float(gain.mean() / before.mean()) if before.mean() > 0 else 0.0
    loss = _mean_of((gain - share * before) / max(float(before.mean()), 1e-300), share)
    worth = _mean_of(gain / (1 - level), float(gain.mean()) / (1 - level))
    return Knowing(width, contingency, fall, loss, worth)


def _loss(over: Array, level: float) -> Array:
    """What a budget loses: `1 - level` for a unit left over, `level` for a unit that it is short of."""
    return np.maximum(level * over, (level - 1) * over)


def _mean_of(moves: Array, value: float) -> Estimate:
    return Estimate(value, float(np.std(moves)) / math.sqrt(len(moves)))


class Perfect(NamedTuple):
    """The upper bound: all inputs known. The contingency over the mean and the interval go, and with them the whole loss."""

    fall: Estimate
    worth: Estimate


def perfect(total: Array, level: Level = LEVEL) -> Perfect:
    """Return what it would change to know everything before the budget is set (expected value of perfect information)."""
    level = probability_of(level)
    alone = _Within(np.zeros(len(total), dtype=np.intp), 1, total)
    now = float(alone.at(level)[0])
    loss = _loss(total - now, level) / (1 - level)
    moves = alone.steepness(level) * (level - (total <= now)) - (total - total.mean())
    return Perfect(_mean_of(moves, now - float(total.mean())), _mean_of(loss, float(loss.mean())))


def evppi(x: "Array | Bins", payoffs: Array) -> Estimate:
    """Return the expected value of knowing an input before one of several actions is chosen.

    `payoffs` has a row a draw and a column an action. It is E[max over actions of E[payoff | x]] less the best mean payoff, by
    regression on draws that are already there (Strong, Oakley and Brennan, Estimating multiparameter partial expected value of
    perfect information from a probabilistic sensitivity analysis sample, Medical Decision Making 34, 2014). Actions are chosen
    by one half of the draws and tried on the other, so luck makes no worth where there is none: the figure is in the mean a
    little too low, never too high.
    """
    bins = _bins(x)
    gain = np.zeros(len(payoffs))
    for half, other in (_HALVES, _HALVES[::-1]):
        known = np.stack([bins.means(column, half)[0][other] for column in payoffs.T], axis=1)
        now = int(payoffs[half].mean(axis=0).argmax())
        tried = payoffs[other]
        gain[other] = tried[np.arange(len(tried)), known.argmax(axis=1)] - tried[:, now]
    return _mean_of(gain, float(gain.mean()))


def evpi(payoffs: Array) -> Estimate:
    """Return the expected value of knowing everything before one of several actions is chosen."""
    gain = payoffs.max(axis=1) - payoffs[:, int(payoffs.mean(axis=0).argmax())]
    return _mean_of(gain, float(gain.mean()))


# --- Sobol's indices ------------------------------------------------------------------------------------------------------


class Indices(NamedTuple):
    """Sobol's indices of a factor: its share of the variance by itself, and with all that it does together with others."""

    first: Estimate
    total: Estimate


def sobol_indices(at_a: Array, at_b: Array, mixed: Mapping[str, Array], replicates: int = REPLICATES) -> dict[str, Indices]:
    """Return Sobol's indices from totals at points A, at points B, and at A with one factor taken from B.

    Draws i, i + replicates, ... belong to one replicate; the spread of the replicates is the error. First order after Saltelli
    and others, Variance based sensitivity analysis of model output, Computer Physics Communications 181, 2010; total after
    Jansen, Analysis of variance designs for model output, Computer Physics Communications 117, 1999. Factors must be
    independent of each other.
    """
    centre = (at_a.mean() + at_b.mean()) / 2
    a, b = at_a - centre, at_b - centre
    _variance(np.concatenate([a, b]))

    def both(other: Array, part: slice) -> tuple[float, float]:
        variance = float(np.var([a[part], b[part]]))
        step = other[part] - centre - a[part]
        if not variance > 0:
            return 0.0, 0.0
        return float(np.mean(b[part] * step)) / variance, float(np.mean(step**2)) / 2 / variance

    found = {}
    for name, other in mixed.items():
        values = both(other, slice(None))
        spread = np.std([both(other, slice(n, None, replicates)) for n in range(replicates)], axis=0, ddof=1)
        pair = [
            Estimate(v, float(s) / math.sqrt(replicates), _REACH_OF_REPLICATES) for v, s in zip(values, spread, strict=True)
        ]
        found[name] = Indices(*pair)
    return found


def sobol(
    function: Callable[[dict[str, Array]], Array],
    factors: Mapping[str, Sequence[str]],
    points: int = POINTS,
    seed: int = 0,
) -> dict[str, Indices]:
    """Return Sobol's indices of a function of independent standard normal scores, on scrambled Sobol points.

    `factors` names for each factor the streams of scores that it takes, which `function` gets by name. `points` is rounded down
    to a power of two, of 65,536 at most; the function is called two times more than there are factors. Eight replicates of
    their own scramble give the errors.
    """
    size = 1 << (min(max(points, 8 * REPLICATES), MOST_POINTS).bit_length() - 1)
    names = list(dict.fromkeys(stream for streams in factors.values() for stream in streams))
    other = {name: f"{name} again" for name in names}
    both = [*names, *other.values()]
    # Neighbours among the first dimensions lie better than those that a name would have in every scenario.
    drawn = source("sobol", seed, size, both, both if len(both) <= _NAMED else ())
    a = {name: drawn(name, 0, size) for name in names}
    b = {name: drawn(other[name], 0, size) for name in names}
    mixed = {name: function(a | {stream: b[stream] for stream in streams}) for name, streams in factors.items()}
    return sobol_indices(function(a), function(b), mixed)


# --- a scenario -----------------------------------------------------------------------------------------------------------


class _Worlds:
    """The total of a scenario at scores, or at values, that somebody chooses."""

    def __init__(self, scenario: Scenario) -> None:
        if scenario.progress is not None:
            raise ValueError("a run under way is known by what it has spent, which ties its inputs to each other")
        self.plan = plan(scenario.graph, scenario.inputs, [TOTAL])
        self.priors = {n: made for n in self.plan.inputs if not (made := scenario.inputs[n]).law.is_constant}
        self.fixed: dict[str, Value] = {
            n: np.float64(scenario.inputs[n].law.quantile(0.5)) for n in self.plan.inputs if n not in self.priors
        }
        self.ranks = scenario.ranks
        self.copula = Copula(scenario.ranks)
        streams = {made.stream for made in self.priors.values()}
        self.tied = [group for group, _ in self.copula.factors if streams & set(group)]
        self.streams = sorted(streams.union(*self.tied))  # a group is tied where all of it is there

    def scores(self, draws: int, seed: int) -> dict[str, Array]:
        """Return the scores that a run draws, before they are correlated."""
        sizes = [min(BLOCK, draws - start) for start in range(0, draws, BLOCK)]
        drawn = source("random", seed, draws)
        return {s: np.concatenate([drawn(s, block, size) for block, size in enumerate(sizes)]) for s in self.streams}

    def values(self, z: Mapping[str, Array], names: Iterable[str] | None = None) -> dict[str, Value]:
        """Return the values of priors at correlated scores."""
        return {name: self.priors[name].law.at(z[self.priors[name].stream]) for name in names or self.priors}

    def total(self, values: Mapping[str, Value]) -> Value:
        """Return the total where each prior has a value."""
        found = {**self.fixed, **values}
        with np.errstate(all="ignore"):
            evaluate(self.plan, found)
        if not np.isfinite(found[TOTAL]).all():
            raise Broken(f"{TOTAL}: it is not a finite number where inputs are moved one by one; look at their far ends")
        return found[TOTAL]

    def correlated_with(self, name: str) -> list[str]:
        """Return the priors that are correlated with one, itself left out."""
        stream = self.priors[name].stream
        group = next((group for group in self.tied if stream in group), ())
        return [other for other, made in self.priors.items() if other != name and made.stream in group]

    def without(self, name: str) -> Copula:
        """Return the correlations that are left where a prior is set to a number, as a run with `--set` has them."""
        stream = self.priors[name].stream
        return Copula({pair: rank for pair, rank in self.ranks.items() if stream not in pair})

    def given(self, z: Mapping[str, Array], stream: str, score: float) -> dict[str, Array]:
        """Return correlated scores conditional on that of a stream: of normals correlated with it, each draw moves along."""
        moved = dict(z)
        for group, root in self.copula.factors:
            if stream in group:
                tie = root @ root[group.index(stream)]
                moved |= {name: z[name] + tie[i] * (score - z[stream]) for i, name in enumerate(group)}
        moved[stream] = np.full_like(z[stream], score)
        return moved


class Between(NamedTuple):
    """A figure of the total at the low and at the high quantile of an input, and the error of their difference."""

    low: float
    high: float
    error: float

    @property
    def width(self) -> float:
        """How far the figure swings."""
        return self.high - self.low


class Swing(NamedTuple):
    """The total between two quantiles of an input, with common random numbers on both sides.

    `at_medians` has all other inputs at their medians. `median` and `mean` are of the total with the input set to the
    quantile and all others drawn as they are: what two runs with `--set` give. `conditional` is the median where the input is
    known to be at the quantile, so that inputs correlated with it move along; None where none is correlated. `mean` is None
    where the total has no mean that draws tell.
    """

    input: tuple[float, float]
    at_medians: tuple[float, float]
    median: Between
    mean: Between | None
    conditional: Between | None

    @property
    def width(self) -> float:
        """How far the median of the total swings where the input is set."""
        return self.median.width


def tornado(scenario: Scenario, draws: int = DRAWS, seed: int = 0, at: tuple[float, float] = (0.1, 0.9)) -> dict[str, Swing]:
    """Return how far the total swings between two quantiles of each prior, the widest first.

    Raises ValueError for a run under way, and `Broken` where the total is not finite there.
    """
    return _tornado(_Worlds(scenario), draws, seed, at, lambda: None)


def _tornado(worlds: _Worlds, draws: int, seed: int, at: tuple[float, float], done: Callable[[], None]) -> dict[str, Swing]:
    free = worlds.scores(draws, seed)
    z = dict(free)
    worlds.copula.tie(z)
    drawn = worlds.values(z)
    medians: dict[str, Value] = {name: np.float64(made.law.quantile(0.5)) for name, made in worlds.priors.items()}
    swings = {}
    for name, made in worlds.priors.items():
        done()
        ends = [(p, np.float64(made.law.quantile(p))) for p in at]
        others = worlds.correlated_with(name)
        if others:
            own = dict(free)
            worlds.without(name).tie(own)
            base = drawn | worlds.values(own, others)
        else:
            base = drawn

        def total(values: Mapping[str, Value]) -> Array:
            return np.broadcast_to(np.asarray(worlds.total(values)), draws)

        low, high = (total(base | {name: value}) for _, value in ends)
        conditional = None
        if others:
            known = [worlds.values(worlds.given(z, made.stream, score(p)), others) | {name: value} for p, value in ends]
            conditional = _median_between(*(total(drawn | values) for values in known))
        middle = [float(worlds.total(medians | {name: value})) for _, value in ends]
        swings[name] = Swing(
            (float(ends[0][1]), float(ends[1][1])),
            (middle[0], middle[1]),
            _median_between(low, high),
            Between(float(low.mean()), float(high.mean()), float(np.std(high - low)) / math.sqrt(draws)),
            conditional,
        )
    return dict(sorted(swings.items(), key=lambda item: -abs(item[1].width)))


def _median_between(low: Array, high: Array) -> Between:
    batches = [np.median(high[n::REPLICATES]) - np.median(low[n::REPLICATES]) for n in range(REPLICATES)]
    return Between(float(np.median(low)), float(np.median(high)), float(np.std(batches, ddof=1)) / math.sqrt(REPLICATES))


def sobol_of(scenario: Scenario, points: int = POINTS, seed: int = 0) -> dict[str, Indices]:
    """Return Sobol's indices of the total in each independent prior.

    The indices are defined for independent inputs alone. Priors that are tied, or come from one posterior, have none of their
    own: together they are one factor, named by all of them (`chips + mfu`). Raises ValueError for a run under way.
    """
    return _sobol(_Worlds(scenario), points, seed)


def _sobol(worlds: _Worlds, points: int, seed: int, variance_of: str = COST) -> dict[str, Indices]:
    groups = {name: group for group in worlds.tied for name in group}
    factors = {}
    for group in dict.fromkeys(groups.get(stream, (stream,)) for stream in worlds.streams):
        names = [name for name, made in worlds.priors.items() if made.stream in group]
        factors[" + ".join(names)] = group

    def total(z: dict[str, Array]) -> Array:
        tied = dict(z)
        worlds.copula.tie(tied)
        return scaled(np.asarray(worlds.total(worlds.values(tied))), variance_of)

    return sobol(total, factors, points, seed)


# --- all of it in one table -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Driver:
    """What is known of one input."""

    name: str
    unit: str = ""
    grade: str = ""
    rank: Estimate | None = None
    first: Estimate | None = None
    tail: Estimate | None = None
    knowing: Knowing | None = None
    swing: Swing | None = None
    sobol: Indices | None = None

    @property
    def gain(self) -> Estimate | None:
        """By what inputs are ranked for research: what they are worth, or by how much the interval shrinks."""
        if self.knowing is None:
            return None
        return self.knowing.interval if self.knowing.worth is None else self.knowing.worth

    @property
    def weight(self) -> float:
        """By what inputs are ranked: share of variance, or else how far the total swings."""
        if self.first is not None:
            return self.first.value
        if self.sobol is not None:
            return self.sobol.first.value
        return 0.0 if self.swing is None else abs(self.swing.width)


@dataclass(frozen=True)
class Drivers:
    """Inputs by their share of the total's variance, the largest first, and what is known of the total."""

    name: str
    title: str
    money: str
    draws: int
    seed: int
    level: float
    interval: float
    idle_cost: float
    mean: float | None
    quantile: float
    ends: tuple[float, float]
    perfect: Perfect | None
    drivers: tuple[Driver, ...]
    groups: dict[str, Indices]
    """Tied inputs, which have Sobol's indices only together."""
    variance_of: str = COST
    """What shares of variance are of: `cost`, or `log cost` or `rank of cost` where the tail is too heavy for a variance."""
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> tuple[Driver, ...]:
        """Inputs worth knowing beyond the Monte Carlo error, the most worth first."""
        gains = [(gain, driver) for driver in self.drivers if (gain := driver.gain) is not None and gain.low > 0]
        return tuple(driver for _, driver in sorted(gains, key=lambda pair: -pair[0].value))


def scale_of(total: Array, *, has_variance: bool) -> str:
    """Return on which scale of the total shares of variance are stable."""
    if has_variance:
        return COST
    return LOG_COST if total.min() > 0 else RANK_OF_COST


def scaled(total: Array, variance_of: str) -> Array:
    """Return the total on a scale on which it has a variance."""
    if variance_of == COST:
        return total
    return np.log(total) if variance_of == LOG_COST else np.argsort(np.argsort(total)).astype(np.float64)


def _no_variance(why: str, variance_of: str) -> str:
    return f"total cost: {why}; shares are of the variance of {variance_of}, and what rests on the mean cost is left out"


def study(
    inputs: Mapping[str, Array],
    total: Array,
    level: Level = LEVEL,
    interval: Level = 0.95,
    done: Callable[[], None] = lambda: None,
    *,
    variance_of: str = COST,
) -> dict[str, Driver]:
    """Return what draws of inputs and total tell of each input, the largest share of variance first; inputs may be tied.

    Where the total has no stable variance (`variance_of` is not `cost`), what rests on the mean cost is left out.

    Errors take the draws for independent ones; `done` is called after each input. Raises ValueError for fewer than 1,000 draws
    and for a total that never changes.
    """
    interval = interval_of(interval)
    level = probability_of(level)
    if len(total) < LEAST_DRAWS:
        raise ValueError(f"{len(total):,} draws are too few to tell what drives the total; {LEAST_DRAWS:,} are the least")
    found = {}
    has_mean = variance_of == COST
    y = scaled(total, variance_of)
    for name, x in inputs.items():
        bins = Bins(x)
        found[name] = Driver(
            name,
            rank=rank_correlation_of(x, total),
            first=first_order(bins, y),
            tail=tail_share(bins, total) if has_mean else None,
            knowing=knowing(bins, y, level, interval, has_mean=has_mean),
        )
        done()
    return dict(sorted(found.items(), key=lambda item: -item[1].weight))


def drivers(
    scenario: Scenario,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    level: Level = LEVEL,
    interval: Level = 0.95,
    idle_cost: float = IDLE_COST,
    measures: Sequence[str] = MEASURES,
    progress: Callable[[int, int], None] | None = None,
) -> Drivers:
    """Return what drives the total of a scenario and what its priors are worth to know, the largest share of variance first.

    `measures` are `draws` (shares of variance and of the P95, rank correlation, value of knowing), `swing` and `sobol` (on half
    as many points). `idle_cost` is what a unit of budget that stays unspent costs; see `knowing`. A run under way has the first
    alone, and a note says so. Raises ValueError where options do not fit and `Broken` where a quantity is not finite.
    """
    interval = interval_of(interval)
    level = probability_of(level)
    if not LEAST_DRAWS <= draws <= MOST_DRAWS:
        raise ValueError(f"draws must be {LEAST_DRAWS:,} to {MOST_DRAWS:,}, not {draws:,}")
    behind = plan(scenario.graph, scenario.inputs, [TOTAL]).inputs
    names = [name for name in behind if not scenario.inputs[name].law.is_constant]
    if not names:
        raise ValueError("every input is a known number here, so nothing drives the total")
    result = simulate(scenario, draws, seed, keep=(TOTAL, *names))
    if result.partial:
        raise KeyboardInterrupt
    total = result.kept[TOTAL]
    _variance(total - total.mean())
    why = result.why_no_variance()
    variance_of = scale_of(total, has_variance=not why)
    count = itertools.count(1)
    of = len(names) * len({"draws", "swing"} & set(measures))

    def done() -> None:
        if progress is not None:
            progress(next(count), of)

    notes = (
        [f"total cost: {why}; shares are of the variance of {variance_of}, and what rests on the mean cost is left out"]
        if why
        else []
    )
    found = {name: Driver(name) for name in names}
    if "draws" in measures:
        found = study({name: result.kept[name] for name in names}, total, level, interval, done, variance_of=variance_of)
    swings: dict[str, Swing] = {}
    indices: dict[str, Indices] = {}
    if scenario.progress is not None and {"swing", "sobol"} & set(measures):
        notes.append(
            "a run under way: what it has spent ties its inputs to each other, so there are no swings and no Sobol indices"
        )
    elif {"swing", "sobol"} & set(measures):
        worlds = _Worlds(scenario)
        swings = _tornado(worlds, draws, seed, (0.1, 0.9), done) if "swing" in measures else {}
        if variance_of != COST:
            swings = {name: swing._replace(mean=None) for name, swing in swings.items()}
        indices = _sobol(worlds, draws // 2, seed, variance_of) if "sobol" in measures else {}
    rows = [
        replace(
            row, unit=scenario.unit(name), grade=_grade(scenario.inputs[name]), swing=swings.get(name), sobol=indices.get(name)
        )
        for name, row in found.items()
    ]
    groups = {name: pair for name, pair in indices.items() if name not in found}
    notes += [
        f"{' + '.join(map(words, name.split(' + ')))} are tied, and Sobol's indices are for independent inputs; "
        f"together first {_with_interval(pair.first)}, total {_with_interval(pair.total)}"
        for name, pair in groups.items()
    ]
    shares = [e for row in rows for e in (row.first, *(row.sobol or ())) if e is not None]
    shares += [estimate for pair in groups.values() for estimate in pair]
    unsure = max((estimate.reach * estimate.error for estimate in shares), default=0.0)
    if unsure > _UNSURE:
        notes.append(
            f"the total has a long tail, so shares of its variance are known only to within {100 * unsure:.0f} points; "
            "ranks, swings and what it is worth to know are not touched by that"
        )
    return _drivers(
        scenario.name, scenario.title, scenario.money, total, seed, level, interval, idle_cost, rows, groups, notes, measures,
        variance_of,
    )  # fmt: skip


def drivers_of_saved(
    tree: "xr.DataTree", *, level: Level = LEVEL, interval: Level = 0.95, idle_cost: float = IDLE_COST
) -> Drivers:
    """Return what the draws of a saved run tell (`results.open_tree`); swings and Sobol's indices need the scenario itself."""
    interval = interval_of(interval)
    level = probability_of(level)
    groups = {name: tree[name].dataset for name in ("prior", "prior_predictive")}
    if TOTAL not in groups["prior_predictive"]:
        raise ValueError(f"holds no draws of {TOTAL}")
    total = groups["prior_predictive"][TOTAL].values.ravel().astype(np.float64)
    inputs = {str(name): x.values.ravel().astype(np.float64) for name, x in groups["prior"].data_vars.items()}
    inputs = {name: x for name, x in inputs.items() if np.ptp(x) > 0}
    if not inputs:
        raise ValueError("holds no input that changes, so nothing drives the total")
    about = groups["prior_predictive"].attrs
    notes = ["of a saved run: swings and Sobol's indices need the scenario itself"]
    if about.get("method") != "random":
        notes.append(f"drawn by method {about.get('method')}: the errors are those of independent draws, which are larger")
    told = groups["prior"]
    why = too_heavy(tail_index(total), "variance")
    variance_of = scale_of(total, has_variance=not why)
    if why:
        notes.append(_no_variance(why, variance_of))
    rows = [
        replace(row, unit=str(told[name].attrs.get("units", "")), grade=str(told[name].attrs.get("sure", "")))
        for name, row in study(inputs, total, level, interval, variance_of=variance_of).items()
    ]
    name = str(about.get("name", ""))
    money, seed = str(about.get("money", "USD")), int(about.get("seed", 0))
    return _drivers(name, name, money, total, seed, level, interval, idle_cost, rows, {}, notes, ("draws",), variance_of)


def _with_interval(share: Estimate) -> str:
    return f"{percent(share.value)} ({interval_name(0.95)}: {percent(share.low)} to {percent(share.high)})"


def _grade(given: Input) -> str:
    return given.sure or ("assumption" if given.is_assumption else "")


def _drivers(
    name: str, title: str, money: str, total: Array, seed: int, level: float, interval: float, idle_cost: float,
    rows: list[Driver], groups: dict[str, Indices], notes: list[str], measures: Sequence[str], variance_of: str,
) -> Drivers:  # fmt: skip
    at = _Within(np.zeros(len(total), dtype=np.intp), 1, total)
    low, high = (float(at.at(p)[0]) for p in ends(interval))
    ranked = tuple(sorted(rows, key=lambda row: -row.weight))
    has_mean = variance_of == COST
    everything = perfect(total, level) if "draws" in measures and has_mean else None
    return Drivers(
        name, title, money, len(total), seed, level, interval, idle_cost, float(total.mean()) if has_mean else None,
        float(at.at(level)[0]), (low, high), everything, ranked, groups, variance_of, tuple(notes),
    )  # fmt: skip


# --- as data --------------------------------------------------------------------------------------------------------------


def as_json(found: Drivers) -> dict[str, Any]:
    """Return everything as plain data; each estimate with its standard error and the ends of its 95 % interval."""
    return {
        "schema": 1,
        "scenario": found.name,
        "title": found.title,
        "money": found.money,
        "draws": found.draws,
        "seed": found.seed,
        "interval": in_percent(found.interval),
        "level": in_percent(found.level),
        "idle_cost": found.idle_cost,
        "variance_of": found.variance_of,
        "overrun_cost": found.idle_cost * found.level / (1 - found.level),
        "total": {"mean": found.mean, "quantile": found.quantile, "low": found.ends[0], "high": found.ends[1]},
        "perfect_information": None
        if found.perfect is None
        else {"fall": _said(found.perfect.fall), "worth": _said(_scaled(found.perfect.worth, found.idle_cost))},
        "research_next": {"said": research_next(found), "inputs": [driver.name for driver in found.best]},
        "drivers": [_driver(driver, found.idle_cost) for driver in found.drivers],
        "tied": [{"inputs": name, **_indices(pair)} for name, pair in found.groups.items()],
        "notes": list(found.notes),
    }


def research_next(found: Drivers) -> str:
    """Say which input to research next, or nothing where draws were not asked about it."""
    if all(driver.knowing is None for driver in found.drivers):
        return ""
    if not found.best:
        return "Research next: no single input, none is worth more than the Monte Carlo error of its worth"
    first, *others = found.best
    known = first.knowing
    assert known is not None
    place = f"P{in_percent(found.level):.10g}"
    said = []
    if known.worth is not None:
        said.append(f"be worth {money(known.worth.value * found.idle_cost)} USD to the budget decision")
    if known.interval.low > 0:
        log = "" if known.worth is not None else f" of the {found.variance_of}"
        said.insert(0, f"narrow the {interval_name(found.interval)}{log} by {percent(known.interval.value)}")
    if known.fall is not None and known.fall.low > 0:
        said.insert(0, f"lower the {place} by {money(known.fall.value)} USD")
    *most, last = said
    then = f"; then {' and '.join(words(other.name) for other in others[:2])}" if others else ""
    today = ", an assumption today" if first.grade in ("assumption", "D") else ""
    all_of_it = f"{', '.join(most)} and {last}" if most else last
    return f"Research next: {words(first.name)}{today}; to know it would {all_of_it}, in expectation{then}"


def _said(estimate: Estimate) -> dict[str, float]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "mcse": estimate.error}


def _scaled(estimate: Estimate, by: float) -> Estimate:
    return Estimate(estimate.value * by, estimate.error * by, estimate.reach)


def _indices(pair: Indices) -> dict[str, Any]:
    return {"first": _said(pair.first), "total": _said(pair.total)}


def _driver(driver: Driver, idle_cost: float) -> dict[str, Any]:
    said: dict[str, Any] = {"name": driver.name, "unit": driver.unit, "grade": driver.grade}
    for key, estimate in (
        ("rank_correlation", driver.rank), ("share_of_variance", driver.first), ("share_of_p95", driver.tail),
    ):  # fmt: skip
        said[key] = None if estimate is None else _said(estimate)
    said["sobol"] = None if driver.sobol is None else _indices(driver.sobol)
    known = driver.knowing
    said["if_known"] = None if known is None else {
        "contingency_shrinks": None if known.contingency is None else _said(known.contingency),
        "quantile_falls": None if known.fall is None else _said(known.fall),
        "interval_shrinks": _said(known.interval),
        "loss_shrinks": None if known.loss is None else _said(known.loss),
        "worth": None if known.worth is None else _said(_scaled(known.worth, idle_cost)),
    }  # fmt: skip
    swing = driver.swing
    said["swing"] = None if swing is None else {
        "input": _pair(swing.input),
        "at_medians": _pair(swing.at_medians),
        "median": _between(swing.median),
        "mean": None if swing.mean is None else _between(swing.mean),
        "conditional": None if swing.conditional is None else _between(swing.conditional),
    }  # fmt: skip
    return said


def _pair(pair: tuple[float, float]) -> dict[str, float]:
    return {"p10": pair[0], "p90": pair[1]}


def _between(figure: Between) -> dict[str, float]:
    return _pair((figure.low, figure.high)) | {"mcse_of_difference": figure.error}


def as_csv(found: Drivers) -> str:
    """Return one row an input; a measure that was not asked for, or does not exist, is an empty cell."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    rows = [_flat("", _driver(driver, found.idle_cost)) for driver in found.drivers]
    columns = dict.fromkeys(column for row in rows for column in row)
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return text.getvalue()


def _flat(prefix: str, said: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in said.items():
        if isinstance(value, Mapping):
            flat |= _flat(f"{prefix}{key}_", value)
        elif value is not None:
            flat[prefix + key] = value
    return flat
