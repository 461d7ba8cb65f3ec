"""Blocks over threads, or over other machines: priors become numbers, numbers become costs, costs become tallies."""

import contextlib
import ctypes
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import islice, pairwise
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from simulator.core import resources as machine
from simulator.core.levels import Level, interval_of
from simulator.core.suggestions import nearest
from simulator.core.units import Value
from simulator.distributions import LogNormal, Normal
from simulator.engine.accumulators import PERCENTS, Figures, Mean, Share, Tally, ends, fault_of, rank_correlation, spread
from simulator.engine.conditional import MOST_DRAWS as MOST_INTEGRATED
from simulator.engine.conditional import Integrated, downstream, straight
from simulator.engine.graph import evaluate, spent
from simulator.engine.sampling.streams import BLOCK, REPLICATES, Copula, generator, source
from simulator.engine.scenario import TOTAL, Progress, Scenario
from simulator.engine.tails import ModelTail, Moment, model_tail, too_heavy

Array = NDArray[np.float64]
Given = TypeVar("Given")
Made = TypeVar("Made")

DRAWS = 100_000
MOST_DRAWS = 10_000_000_000
RANGE = 4
"""Blocks in a row that are merged with each other before they are merged with what came before.

So a range may be made elsewhere and come back as one small summary, and the sums are still added in one order, whoever made
it. The number is part of the last digits of every mean: it depends on nothing.
"""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # of glibc's malloc.h
_PRECISION_LIMIT = 100_000_000
_LEAST_AGREEING = 100


class Broken(Exception):
    """A quantity that is not a finite number in some draws."""


class Tallies(Mapping[str, Figures]):
    """What is known of each quantity.

    Total, lines and outcomes are tallied in every block. All others wait as the draws of the first block, which is as much as
    an ordinary run has, and are tallied when somebody asks.
    """

    def __init__(self, made: dict[str, Figures], waiting: dict[str, Value]) -> None:
        self.made, self._waiting = made, waiting
        self._names = (*made, *waiting)

    def __getitem__(self, name: str) -> Figures:
        if name not in self.made and name in self._waiting:
            try:
                self.made[name] = _tally(self._waiting.pop(name))
            except FloatingPointError as error:
                raise Broken(_broken(name, error)) from None
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass
class Result:
    """What a run leaves: a tally (or a plain number) for each quantity, and whole draws where they were asked for."""

    scenario: Scenario
    draws: int
    seed: int
    method: str
    point: float
    tallies: Tallies = field(default_factory=lambda: Tallies({}, {}))
    shares: dict[str, Share] = field(default_factory=dict)
    within: int = 0
    overrun: Mean | None = None
    achieved: dict[tuple[str, str], float] = field(default_factory=dict)
    kept: dict[str, Array] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    partial: bool = False

    @cached_property
    def model_tail(self) -> ModelTail:
        """The tail of the total in the model itself, far beyond what was drawn."""
        scenario = self.scenario
        return model_tail(scenario.plan, scenario.inputs, scenario.ranks, scenario.lines, TOTAL)

    def why_no_mean(self, name: str = TOTAL) -> str:
        """Return why a quantity has no mean to report, because its tail is too heavy; nothing where it has one."""
        return self._too_heavy(name, "mean")

    def why_no_variance(self) -> str:
        """Return why shares of the variance of the total are not reported; nothing where they are."""
        return self._too_heavy(TOTAL, "variance")

    def _too_heavy(self, name: str, moment: Moment) -> str:
        figures = self.tallies[name]
        if isinstance(figures, float):
            return ""
        if name == TOTAL and self.model_tail.is_too_heavy(moment):
            together = " and ".join(name.replace("_", " ") for name in self.model_tail.inputs[:2])
            return f"its tail is too heavy for a {moment} (tail index {self.model_tail.index:.2g} in {together})"
        return too_heavy(figures.tail_index, moment)


class Elsewhere(Protocol):
    """Where work is done that is not done by the threads of this process, such as a cluster."""

    def __call__(self, task: Callable[[Given], Made], items: Iterable[Given]) -> Iterator[Made]:
        """Yield what a task makes of each item, in the order of the items."""
        ...


ELSEWHERE: ContextVar[Elsewhere | None] = ContextVar("elsewhere", default=None)
"""Results do not depend on it, so it is no option of any function: whoever sets it sends the work of all that run under it."""


@dataclass
class _Part:
    """What a block, or some blocks in a row, add."""

    size: int
    tallies: dict[str, Figures]
    waiting: dict[str, Value]
    shares: dict[str, Share]
    within: int
    overrun: Mean | None
    achieved: dict[tuple[str, str], float]
    kept: dict[str, list[Array]]
    lines: list[tuple[Array, Array]]

    def merge(self, later: "_Part") -> None:
        """Take in what the blocks after these add."""
        self.size += later.size
        for name, other in later.tallies.items():
            tally = self.tallies[name]
            if isinstance(tally, Tally) and isinstance(other, Tally):
                tally.merge(other)
        for line, share in later.shares.items():
            self.shares[line].merge(share)
        self.within += later.within
        if self.overrun is not None and later.overrun is not None:
            self.overrun.merge(later.overrun)
        for name, values in later.kept.items():
            self.kept[name] += values
        self.lines += later.lines


def simulate(
    scenario: Scenario,
    draws: int = DRAWS,
    seed: int = 0,
    method: str = "random",
    threads: int | None = None,
    *,
    keep: Iterable[str] = (),
    precision: float | None = None,
    precision_of: Iterable[str] = (TOTAL,),
    exact: bool = False,
    integrate: str | None = None,
    interval: Level = 0.95,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Draw from the priors of a scenario and tally every quantity.

    The result does not depend on `threads`, and a run with fewer draws is a prefix of one with more (but for the Latin
    hypercube, which belongs to its number of draws). Memory is bounded by the threads unless `keep` names quantities whose
    draws are wanted whole. Sobol points are rounded up to 2^k or 3 x 2^k in each of 8 replicates, hypercubes to a multiple.

    With `precision`, `draws` is where it begins: it goes on, up to 1e8, until the standard errors of the median and of the ends
    of the `interval` are that small relative to them, for the total or the quantities in `precision_of`. With `exact`, a second
    pass over the same draws makes the quantiles of total, lines and outcomes those of the sample, to the last digit. With
    `integrate`, a normal or lognormal input that enters the total as a straight line is integrated out of the total's
    distribution, or a product of lognormal ones (`team.fte*team.salary`); `auto` takes the one that matters most, with those
    that multiply it.

    An interrupt ends the run with what has been drawn, marked `partial`. Raises `Broken` where a quantity is not finite, and
    ValueError where options do not fit.
    """
    interval = interval_of(interval)
    if not 1 <= draws <= MOST_DRAWS:
        raise ValueError(f"draws must be 1 to {MOST_DRAWS:,}, not {draws:,}")
    if precision is not None and method == "lhs":
        raise ValueError("a Latin hypercube belongs to its number of draws, so it cannot go on to a precision")
    if precision is not None and integrate is not None:
        raise ValueError("precision is judged by the draws of the total, so it does not go with a factor integrated out of it")
    if integrate is not None and draws > MOST_INTEGRATED:
        raise ValueError(f"with a factor integrated out at most {MOST_INTEGRATED:,} draws are held; fewer are enough")
    if scenario.progress is not None and (method != "random" or precision is not None or integrate is not None):
        raise ValueError("a run under way is drawn by method random alone, without precision and integrate")
    asked, draws = draws, _rounded(draws, method, whole_blocks=precision is not None)
    keep = tuple(keep)
    _check_memory(draws, keep)
    result = Result(scenario, 0, seed, method, point_estimate(scenario))
    if draws != asked and method != "random":
        result.notes.append(f"{draws:,} draws in place of {asked:,}: {REPLICATES} replicates {_KINDS[method]}")
    precise = tuple(precision_of)
    unknown = [name for name in precise if name != TOTAL and name not in scenario.plan.names]
    if unknown:
        raise ValueError(
            f"{unknown[0]!r} takes no part here, so it cannot be made precise{nearest(unknown[0], scenario.plan.names)}"
        )
    run = _Run(scenario, draws, seed, method, tuple(keep), integrate, precise)
    pool = threads or machine.cores()
    drawn: _Part | None = None
    while True:
        drawn = _run_blocks(run, drawn, result, pool, progress)
        if precision is None or result.partial:
            break
        reached = max(_reached(result.tallies[name], interval) for name in precise)
        if reached <= precision or run.draws >= _PRECISION_LIMIT:
            said = "reached" if reached <= precision else f"not reached; it is {reached:.2%}, and the limit stopped it"
            of = "" if precise == (TOTAL,) else f" of {', '.join(precise)}"
            result.notes.append(f"precision {precision:.2%}{of} {said}, with {run.draws:,} draws")
            break
        # Errors fall with the root of the draws.
        more = int(run.draws * min(10.0, max(1.2, (reached / precision) ** 2 * 1.05)))
        run.draws = min(_PRECISION_LIMIT, _rounded(more, method, whole_blocks=True))
    if exact and not result.partial:
        _make_exact(run, result, pool, interval)
    if scenario.progress is not None and not result.partial:
        result.notes.append(f"{result.draws:,} of {run.draws:,} draws agree with what has been spent")
    run.finish(result, drawn)
    negative = [name for name in (*scenario.lines, TOTAL) if _low(result.tallies[name]) < 0]
    if negative:
        result.notes.append(f"negative in some draws: {', '.join(negative)}")
    return result


_KINDS = {"sobol": "of 2^k or 3 x 2^k", "lhs": "of equal size"}


def _rounded(draws: int, method: str, *, whole_blocks: bool) -> int:
    """Round draws up to what a method can balance, and to blocks where the run may go on."""
    if method == "sobol":
        each = -(-draws // REPLICATES)
        power = 1 << (each - 1).bit_length()
        draws = REPLICATES * (power * 3 // 4 if each <= power * 3 // 4 else power)
    elif method == "lhs":
        draws = -(-draws // REPLICATES) * REPLICATES
    if not whole_blocks:
        return draws
    whole = BLOCK if draws <= RANGE * BLOCK else RANGE * BLOCK  # so that all but the first range are merged whole
    return -(-draws // whole) * whole


def _check_memory(draws: int, keep: tuple[str, ...]) -> None:
    """Refuse before any work what memory cannot hold: kept draws stand there three times while they are written."""
    need, free = 24.0 * draws * len(keep), machine.free_memory()
    if need > free:
        raise ValueError(
            f"{draws:,} draws of {len(keep)} quantities take {need / 1e9:.2g} GB while they are held, and there are "
            f"{max(free, 0) / 1e9:.2g} GB of memory; draw fewer, or leave the file of draws out"
        )


def _reached(tally: Figures, interval: Level) -> float:
    """The largest relative standard error of a median and of the ends of the interval."""
    figures = spread(tally, interval)
    return max(
        figures.median_error / abs(figures.median or 1),
        figures.low_error / abs(figures.low or 1),
        figures.high_error / abs(figures.high or 1),
    )


def _low(tally: Figures) -> float:
    return tally if isinstance(tally, float) else tally.low


def point_estimate(scenario: Scenario) -> float:
    """Return the scenario's own point estimate, or the total with every prior at its median."""
    if scenario.point is not None:
        return scenario.point
    # As numpy's numbers, so that a division by nothing is an infinity, and named, and not an error.
    values: dict[str, Value] = {name: np.float64(made.law.quantile(0.5)) for name, made in scenario.inputs.items()}
    with np.errstate(all="ignore"):
        evaluate(scenario.plan, values)
    for name in scenario.plan.names:
        if not np.isfinite(values[name]):
            raise Broken(_broken(name, "it is not a finite number with every prior at its median"))
    return float(values[TOTAL])


def _broken(name: str, what: object) -> str:
    return f"{name}: {what}; look at the priors behind it (`llmcost show {name}`)"


class _Drawn(dict[str, Value]):
    """Quantities of a block; an input is drawn when a formula first asks for it, and so is still in the cache."""

    def __init__(self, draw: Callable[[str], dict[str, Value]], known: Mapping[str, Value]) -> None:
        super().__init__(known)
        self._draw = draw

    def __missing__(self, name: str) -> Value:
        self.update(self._draw(name))
        return self[name]


class _Run:
    """The draws of a scenario, block by block; what a block gives depends on its number alone."""

    def __init__(
        self,
        scenario: Scenario,
        draws: int,
        seed: int,
        method: str,
        keep: tuple[str, ...],
        integrate: str | None,
        precise: tuple[str, ...],
    ) -> None:
        self.scenario, self.draws, self.seed, self.keep = scenario, draws, seed, keep
        self.headline = {TOTAL, *scenario.lines, *scenario.outcomes, *precise}
        self.constants: dict[str, Value] = {
            name: np.float64(made.law.quantile(0.5)) for name, made in scenario.inputs.items() if made.law.is_constant
        }
        self.priors = {name: made for name, made in scenario.inputs.items() if not made.law.is_constant}
        self.streams = sorted({made.stream for made in self.priors.values()})
        known = scenario.sobol_order if method == "sobol" else ()
        self.scores = source(method, seed, draws, self.streams, known)
        self.copula = Copula(scenario.ranks)
        self.laws = {s: {name: made.law for name, made in self.priors.items() if made.stream == s} for s in self.streams}
        self.spent = spent(scenario.plan, self.headline.union(keep))
        self.replicates = 1 if method == "random" else REPLICATES
        for made in self.priors.values():
            made.law.at(0.0)  # tables are made once, before the threads want them
        self.factors = () if integrate is None else self._factors(integrate)

    def values(self, block: int, *, lean: bool = False) -> dict[str, Value]:
        """Draw a block and compute all that follows from it.

        `lean` leaves of it only what is tallied or kept, so that the work stays in the cache.
        """
        size = min(BLOCK, self.draws - block * BLOCK)
        tied = {stream: self.scores(stream, block, size) for stream in self.copula.names}
        self.copula.tie(tied)

        def drawn(stream: str) -> dict[str, Value]:
            z = tied[stream] if stream in tied else self.scores(stream, block, size)
            return {name: law.at(z) for name, law in self.laws[stream].items()}

        values = _Drawn(lambda name: drawn(self.priors[name].stream), self.constants)
        for stream in () if lean else self.streams:
            values.update(drawn(stream))
        with np.errstate(all="ignore"):  # what is not finite is found by its tally, and named
            evaluate(self.scenario.plan, values, self.spent if lean else ())
        return values if self.scenario.progress is None else self._agreeing(values, self.scenario.progress, block, size)

    def _agreeing(self, values: dict[str, Value], progress: Progress, block: int, size: int) -> dict[str, Value]:
        """Keep the draws that agree with what a run under way has spent: each by its likelihood, so they stay independent."""
        whole = (np.broadcast_to(np.asarray(values[TOTAL]), size) - progress.spent) / (1 - progress.share_done)
        with np.errstate(all="ignore"):
            miss = np.log(progress.spent / (progress.share_done * whole)) / progress.tolerance
            kept = generator(self.seed, "progress", block).random(size) < np.exp(-(miss**2) / 2)
        if np.count_nonzero(kept) < _LEAST_AGREEING:
            raise Broken(
                f"progress: fewer than {_LEAST_AGREEING} of {size:,} draws agree with {progress.spent:,.0f} USD for "
                f"{progress.share_done:.0%} of the run; its priors do not allow it: widen them, or draw more"
            )
        return {name: value[kept] if isinstance(value, np.ndarray) and value.ndim else value for name, value in values.items()}

    def part(self, blocks: range) -> _Part:
        """Draw and tally some blocks in a row."""
        _learn_to_keep_memory()
        part = self.block(blocks[0])
        for number in blocks[1:]:
            part.merge(self.block(number))
        return part

    def block(self, number: int) -> _Part:
        """Draw and tally a block."""
        if number == 0 or self.factors:  # the first block tells of all quantities; what is integrated out wants them too
            return self._part_of(number, self.values(number))
        try:
            return self._part_of(number, self.values(number, lean=True))
        except Broken:  # the quantity that was the first to break may be gone
            return self._part_of(number, self.values(number))

    def _part_of(self, number: int, values: dict[str, Value]) -> _Part:
        size = np.size(values[TOTAL]) if self.scenario.progress else min(BLOCK, self.draws - number * BLOCK)
        part = _tallied(self.scenario, values, size, number, self.headline, self.keep, self.replicates)
        if self.factors:
            part.lines.append(self._straight(values, self.factors))
        return part

    def _straight(self, values: dict[str, Value], factors: tuple[str, ...]) -> tuple[Array, Array]:
        """The total as a straight line in the product of the factors: two more evaluations of what lies behind them."""
        first, *rest = (self.priors[name].law for name in factors)
        medians = {name: np.float64(law.quantile(0.5)) for name, law in zip(factors[1:], rest, strict=True)}
        steps = downstream(self.scenario.plan, factors)
        at, totals = [], []
        for p in (0.5, 0.9):
            x = np.float64(first.quantile(p))
            other = values | medians | {factors[0]: x}
            evaluate(steps, other)
            totals.append(np.asarray(other[TOTAL]))
            at.append(float(x * math.prod(medians.values())))
        drawn = math.prod(np.asarray(values[name]) for name in factors)
        return straight(totals[0], totals[1], np.asarray(values[TOTAL]), (at[0], at[1]), np.asarray(drawn))

    def _factors(self, wanted: str) -> tuple[str, ...]:
        """Return the inputs to integrate out, which enter the total as one product; ValueError where there are none."""
        tied = set(self.copula.names)
        able = [n for n, made in self.priors.items() if isinstance(made.law, LogNormal | Normal) and made.stream not in tied]
        draws, self.draws = self.draws, min(self.draws, 1024)
        sample = self.values(0)
        self.draws = draws
        if wanted != "auto":
            factors = tuple(name.strip() for name in wanted.split("*"))
            unable = [name for name in factors if name not in able or (len(factors) > 1 and not self._multiplies(name))]
            if unable or len(set(factors)) < len(factors):
                known = ", ".join(able) or "none"
                raise ValueError(f"{wanted!r} cannot be integrated out: it takes an untied normal or lognormal input ({known})")
            try:
                self._straight(sample, factors)
            except ValueError as error:
                raise ValueError(f"{wanted!r} cannot be integrated out: {error}") from None
            return factors
        weights: dict[str, float] = {}
        for name in able:
            with contextlib.suppress(ValueError):
                weights[name] = float(self._straight(sample, (name,))[1].mean()) * self.priors[name].law.moments()[1]
        if not weights:
            raise ValueError("no input can be integrated out: the total is a straight line in none")
        factors = (max(weights, key=weights.__getitem__),)
        for name in filter(self._multiplies, weights):
            if name not in factors and self._multiplies(factors[0]):
                with contextlib.suppress(ValueError):
                    self._straight(sample, (*factors, name))
                    factors = (*factors, name)
        return factors

    def _multiplies(self, name: str) -> bool:
        """Whether a product with this input is lognormal again."""
        law = self.priors[name].law
        return isinstance(law, LogNormal) and law.low == 0

    def finish(self, result: Result, drawn: _Part) -> None:
        """Put kept draws together, and the integrated total in the place of the tallied one."""
        result.kept = {name: np.concatenate(values) for name, values in drawn.kept.items()}
        if self.factors:
            a, b = (np.concatenate(halves) for halves in zip(*drawn.lines, strict=True))
            result.tallies.made[TOTAL] = Integrated(self._law(), a, b)
            result.notes.append(f"integrated out of the total's distribution: {' x '.join(self.factors)}")

    def _law(self) -> LogNormal | Normal:
        """The law of the product of the factors."""
        first, *rest = (self.priors[name].law for name in self.factors)
        assert isinstance(first, LogNormal | Normal)
        if not rest:
            return first
        laws = [law for law in (first, *rest) if isinstance(law, LogNormal)]
        return LogNormal(math.prod(law.median for law in laws), math.hypot(*(law.sigma for law in laws)))


def _run_blocks(
    run: _Run, drawn: _Part | None, result: Result, threads: int, progress: Callable[[int, int], None] | None
) -> _Part:
    """Run the blocks that are still to do and merge them in their order; an interrupt leaves what is done."""
    first = 0 if drawn is None else drawn.size // BLOCK
    try:
        for part in _parts(run, range(first, -(-run.draws // BLOCK)), threads):
            if drawn is None:
                drawn = part
                result.tallies = Tallies(part.tallies, part.waiting)
                result.shares, result.overrun, result.achieved = part.shares, part.overrun, part.achieved
            else:
                drawn.merge(part)
            result.draws, result.within = drawn.size, drawn.within
            if progress is not None:
                progress(result.draws, run.draws)
    except KeyboardInterrupt:
        if drawn is None:
            raise
        result.partial = True
        result.notes.append(f"partial: interrupted after {result.draws:,} of {run.draws:,} draws")
    assert drawn is not None  # there is at least one block
    return drawn


def _parts(run: _Run, blocks: range, threads: int) -> Iterator[_Part]:
    """Make ranges of blocks, in their order. The first is merged block by block: it has nothing before it."""
    alone = range(blocks.start, min(RANGE, blocks.stop)) if blocks.start else ()  # a run to a precision goes on here
    edges = sorted({blocks.start, *alone, *range(-(-blocks.start // RANGE) * RANGE, blocks.stop, RANGE), blocks.stop})
    ranges = [range(*pair) for pair in pairwise(edges)]
    elsewhere = ELSEWHERE.get()
    if elsewhere is not None:
        yield from elsewhere(run.part, ranges)
        return
    _learn_to_keep_memory()
    made = in_order(run.block, blocks, threads)
    for numbers in ranges:
        if numbers.start < RANGE:
            yield from islice(made, len(numbers))
            continue
        part = next(made)
        for _ in numbers[1:]:
            part.merge(next(made))
        yield part


@cache
def _learn_to_keep_memory() -> None:
    """Tell glibc to keep the memory of a block for the next one, in one heap for all threads of this process.

    Without it each block asks the system for its pages anew: 4,300 page faults, and 330 ns a draw in place of 190; and each
    thread has a heap of its own, half as large again. Where the library of C has no such switch, nothing is done.
    """
    with contextlib.suppress(OSError, TypeError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        mallopt(_M_TRIM_THRESHOLD, 64 << 20)
        mallopt(_M_ARENA_MAX, 1)


def _make_exact(run: _Run, result: Result, threads: int, interval: Level) -> None:
    """Draw once more and keep the values that quantiles rest on, so that these are exact."""
    watched = {n: t for n in (TOTAL, *run.scenario.lines, *run.scenario.outcomes) if isinstance(t := result.tallies[n], Tally)}
    p = np.array([*(percent / 100 for percent in PERCENTS), *ends(interval)])
    wanted = {name: tally.wanted(p) for name, tally in watched.items()}
    found: dict[str, list[Array]] = {name: [] for name in watched}

    def picked(block: int) -> dict[str, Array]:
        values = run.values(block, lean=True)
        return {name: tally.pick(np.asarray(values[name]), wanted[name]) for name, tally in watched.items()}

    for some in in_order(picked, range(-(-run.draws // BLOCK)), threads):
        for name, values in some.items():
            found[name].append(values)
    for name, tally in watched.items():
        tally.settle(p, wanted[name], np.concatenate(found[name]))


def _tallied(
    scenario: Scenario,
    values: dict[str, Value],
    size: int,
    block: int,
    headline: set[str],
    keep: tuple[str, ...],
    replicates: int,
) -> _Part:
    """Tally a block: the headline always, all other quantities in the first block alone."""
    tallies: dict[str, Figures] = {}
    for name in [name for name in values if name in headline or name in keep]:
        try:
            several = replicates if name in headline else 1
            tallies[name] = _tally(values[name], sums=name == TOTAL, replicates=several)
        except FloatingPointError as error:
            first = next((n for n in values if not np.isfinite(values[n]).all()), name)  # values stand in the order of the plan
            raise Broken(_broken(first, error)) from None
    waiting = {}
    if block == 0:
        waiting = {name: value for name, value in values.items() if name not in tallies}
        for name, value in waiting.items():
            if not np.isfinite(np.sum(value)):
                raise Broken(_broken(name, fault_of(np.asarray(value))))
    total = values[TOTAL]
    shares = {line: _share(values[line], total, tallies[TOTAL], first=block == 0) for line in scenario.lines}
    within, overrun = 0, None
    if scenario.budget is not None:
        within = int(np.count_nonzero(np.broadcast_to(np.asarray(total) <= scenario.budget, size)))
        over = np.broadcast_to(np.maximum(np.asarray(total) - scenario.budget, 0.0), size)
        overrun = Mean(float(np.add.reduce(np.ascontiguousarray(over))) / size, size)
    achieved = {}
    if block == 0 and size > 2:
        by_stream = {made.stream: name for name, made in scenario.inputs.items()}
        for a, b in scenario.ranks:
            achieved[a, b] = rank_correlation(np.asarray(values[by_stream[a]]), np.asarray(values[by_stream[b]]))
    kept = {name: [np.broadcast_to(np.asarray(values[name]), size)] for name in keep}
    return _Part(size, tallies, waiting, shares, within, overrun, achieved, kept, [])


def _share(line: Value, total: Value, tally: Figures, *, first: bool) -> Share:
    """Share of a line in the total, draw by draw; a total of zero has no shares."""
    with np.errstate(all="ignore"):
        share = np.divide(line, total)
    if not _low(tally) > 0:
        share = np.where(np.isfinite(share), share, 0.0)
    return Share(float(np.mean(share)), np.size(share), _tally(share) if first else None)


def _tally(value: Value, *, sums: bool = False, replicates: int = 1) -> "Tally | float":
    if np.ndim(value) == 0:
        if not np.isfinite(value):
            raise FloatingPointError("it is not a finite number in any draw")
        return float(value)
    return Tally.of(np.asarray(value), sums=sums, replicates=replicates)


def in_order(task: Callable[[Given], Made], items: Sequence[Given], threads: int) -> Iterator[Made]:
    """Do a task elsewhere, or on threads, and yield what it makes of each item in their order."""
    elsewhere = ELSEWHERE.get()
    yield from over_threads(task, items, threads) if elsewhere is None else elsewhere(task, items)


def over_threads(task: Callable[[Given], Made], items: Sequence[Given], threads: int) -> Iterator[Made]:
    """Do a task on threads, and yield what it makes of each item in their order, with few of them in flight."""
    if threads == 1 or len(items) == 1:
        yield from map(task, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        flying: deque[Future[Made]] = deque()
        try:
            for item in items:
                flying.append(pool.submit(task, item))
                if len(flying) > 2 * threads:
                    yield flying.popleft().result()
            while flying:
                yield flying.popleft().result()
        finally:
            for future in flying:
                future.cancel()
