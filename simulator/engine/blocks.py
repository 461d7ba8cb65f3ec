"""Blocks of draws: draw the inputs, evaluate the formulas, and accumulate the values in accumulators merged in order."""

import contextlib
import ctypes
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from simulator.core.errors import NonFiniteResultError
from simulator.core.results import Note
from simulator.core.units import Value
from simulator.engine.accumulators import Accumulator, Marginal, Mean, Share, accumulate, explain_non_finite, minimum_of
from simulator.engine.conditional import Factors, IntegratedTotal, choose_factors
from simulator.engine.executor import EXECUTOR, map_in_order
from simulator.engine.graph import evaluate, find_disposable
from simulator.engine.result import SimulationResult
from simulator.engine.sampling.copula import Copula
from simulator.engine.sampling.methods import build_sampler
from simulator.engine.sampling.streams import BLOCK, REPLICATES, generator
from simulator.engine.scenario import TOTAL, PausedRun, Scenario
from simulator.engine.summaries import rank_correlation

Array = NDArray[np.float64]

BLOCKS_PER_RANGE = 4
"""Consecutive blocks that are merged with each other before they are merged with the blocks before them.

So another process can compute a range and return one small partial result, and sums are still added in the same order. The
number affects the last digits of every mean, so it is a constant.
"""

_MIN_ACCEPTED = 100
_SAMPLE = 1024  # draws used to choose the factors to integrate out
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # of glibc's malloc.h


@dataclass
class PartialResult:
    """The contribution of one block or several consecutive blocks."""

    size: int
    accumulators: dict[str, Marginal]
    pending_values: dict[str, Value]
    """Draws of the first block that are not accumulated yet."""
    shares: dict[str, Share]
    within_budget: int
    overrun: Mean | None
    achieved_ranks: dict[tuple[str, str], float]
    retained_draws: dict[str, list[Array]]
    linear_terms: list[tuple[Array, Array]]
    """Intercept and slope of the total in the factor that is integrated out."""

    def merge(self, later: "PartialResult") -> None:
        """Merge the contribution of later blocks."""
        self.size += later.size
        for name, other in later.accumulators.items():
            accumulator = self.accumulators[name]
            if isinstance(accumulator, Accumulator) and isinstance(other, Accumulator):
                accumulator.merge(other)
        for line, share in later.shares.items():
            self.shares[line].merge(share)
        self.within_budget += later.within_budget
        if self.overrun is not None and later.overrun is not None:
            self.overrun.merge(later.overrun)
        for name, values in later.retained_draws.items():
            self.retained_draws[name] += values
        self.linear_terms += later.linear_terms


class _LazyValues(dict[str, Value]):
    """Quantities of a block; an input is drawn when a formula first reads it, so that it is still in the cache."""

    def __init__(self, draw: Callable[[str], dict[str, Value]], constants: Mapping[str, Value]) -> None:
        super().__init__(constants)
        self._draw = draw

    def __missing__(self, name: str) -> Value:
        self.update(self._draw(name))
        return self[name]


class BlockSimulator:
    """Simulates a scenario block by block; a block depends on its number alone."""

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
            name: np.float64(each.distribution.middle)
            for name, each in scenario.inputs.items()
            if each.distribution.is_constant
        }
        self.priors = {name: prior for name, prior in scenario.inputs.items() if not prior.distribution.is_constant}
        self.streams = sorted({prior.stream for prior in self.priors.values()})
        order = scenario.sobol_order if method == "sobol" else ()
        self.sampler = build_sampler(method, seed, draws, self.streams, order)
        self.copula = Copula(scenario.ranks)
        self.distributions = {
            s: {name: prior.distribution for name, prior in self.priors.items() if prior.stream == s} for s in self.streams
        }
        self.disposable = find_disposable(scenario.plan, self.headline.union(keep))
        self.replicates = 1 if method == "random" else REPLICATES
        for prior in self.priors.values():
            prior.distribution.at(0.0)  # builds tables once, before the threads need them
        self.factors: Factors | None = None
        if integrate is not None:
            correlated = set(self.copula.names)
            uncorrelated = {name: prior.distribution for name, prior in self.priors.items() if prior.stream not in correlated}
            self.factors = choose_factors(integrate, scenario.plan, uncorrelated, self._draw(0, min(_SAMPLE, draws)))

    def blocks(self, first: int = 0) -> range:
        """Return the numbers of the blocks, starting at `first`."""
        return range(first, -(-self.draws // BLOCK))

    def simulate_block(self, block: int, *, lean: bool = False) -> dict[str, Value]:
        """Draw the inputs of a block and evaluate the formulas.

        `lean` retains only quantities that are accumulated or whose draws are retained, so that the working set fits the cache.
        """
        size = self._size(block)
        values = self._draw(block, size, lean=lean)
        paused_run = self.scenario.paused_run
        return values if paused_run is None else self._condition(values, paused_run, block, size)

    def _size(self, block: int) -> int:
        return min(BLOCK, self.draws - block * BLOCK)

    def _draw(self, block: int, size: int, *, lean: bool = False) -> dict[str, Value]:
        correlated = {stream: self.sampler(stream, block, size) for stream in self.copula.names}
        self.copula.correlate(correlated)

        def draw(stream: str) -> dict[str, Value]:
            z = correlated[stream] if stream in correlated else self.sampler(stream, block, size)
            return {name: distribution.at(z) for name, distribution in self.distributions[stream].items()}

        values = _LazyValues(lambda name: draw(self.priors[name].stream), self.constants)
        for stream in () if lean else self.streams:
            values.update(draw(stream))
        with np.errstate(all="ignore"):  # accumulators detect and report values that are not finite
            evaluate(self.scenario.plan, values, self.disposable if lean else ())
        return values

    def _condition(self, values: dict[str, Value], run: PausedRun, block: int, size: int) -> dict[str, Value]:
        """Condition a block on the spend to date: accept each draw with its likelihood, so that draws stay independent."""
        total = (np.broadcast_to(np.asarray(values[TOTAL]), size) - run.spend_to_date) / (1 - run.share_done)
        with np.errstate(all="ignore"):
            deviation = np.log(run.spend_to_date / (run.share_done * total)) / run.tolerance
            accepted = generator(self.seed, "progress", block).random(size) < np.exp(-(deviation**2) / 2)
        if np.count_nonzero(accepted) < _MIN_ACCEPTED:
            raise NonFiniteResultError(
                f"progress: fewer than {_MIN_ACCEPTED} of {size:,} draws agree with {run.spend_to_date:,.0f} "
                f"{self.scenario.currency} for {run.share_done:.0%} of the run; its priors do not allow it: widen them, "
                "or draw more"
            )
        return {
            name: value[accepted] if isinstance(value, np.ndarray) and value.ndim else value for name, value in values.items()
        }

    def simulate_ranges(self, first: int, threads: int) -> Iterator[PartialResult]:
        """Simulate ranges of blocks in order. The first range is merged block by block, as no range precedes it."""
        blocks = self.blocks(first)
        single_blocks = range(first, min(BLOCKS_PER_RANGE, blocks.stop)) if first else ()  # continues a run to a precision
        edges = sorted(
            {
                first,
                *single_blocks,
                *range(-(-first // BLOCKS_PER_RANGE) * BLOCKS_PER_RANGE, blocks.stop, BLOCKS_PER_RANGE),
                blocks.stop,
            }
        )
        ranges = [range(*pair) for pair in pairwise(edges)]
        executor = EXECUTOR.get()
        if executor is not None:
            yield from executor(self.simulate_range, ranges)
            return
        _retain_heap()
        parts = map_in_order(self.accumulate_block, blocks, threads)
        for numbers in ranges:
            if numbers.start < BLOCKS_PER_RANGE:
                yield from islice(parts, len(numbers))
                continue
            part = next(parts)
            for _ in numbers[1:]:
                part.merge(next(parts))
            yield part

    def simulate_range(self, blocks: range) -> PartialResult:
        """Simulate and accumulate consecutive blocks."""
        _retain_heap()
        part = self.accumulate_block(blocks[0])
        for number in blocks[1:]:
            part.merge(self.accumulate_block(number))
        return part

    def accumulate_block(self, number: int) -> PartialResult:
        """Simulate and accumulate a block."""
        if number == 0 or self.factors:  # the first block reports all quantities, and integrating a factor out needs them
            return self._accumulate(number, self.simulate_block(number))
        try:
            return self._accumulate(number, self.simulate_block(number, lean=True))
        except NonFiniteResultError:  # the first quantity that is not finite may have been disposed of
            return self._accumulate(number, self.simulate_block(number))

    def _accumulate(self, number: int, values: dict[str, Value]) -> PartialResult:
        """Accumulate a block: headline quantities in every block, all others in the first block alone."""
        scenario, total, is_first = self.scenario, values[TOTAL], number == 0
        size = np.size(total) if scenario.paused_run else self._size(number)
        accumulators = self._accumulate_headline(values)
        within_budget, overrun = _compare_with_budget(scenario.budget, total, size)
        return PartialResult(
            size=size,
            accumulators=accumulators,
            pending_values=_pending_values(values, accumulators) if is_first else {},
            shares={
                line: _share(values[line], total, accumulators[TOTAL], self.replicates if is_first else 0)
                for line in scenario.lines
            },
            within_budget=within_budget,
            overrun=overrun,
            achieved_ranks=_achieved_ranks(scenario, values) if is_first and size > 2 else {},
            retained_draws={name: [np.broadcast_to(np.asarray(values[name]), size)] for name in self.keep},
            linear_terms=[self.factors.line(values)] if self.factors else [],
        )

    def _accumulate_headline(self, values: dict[str, Value]) -> dict[str, Marginal]:
        accumulators: dict[str, Marginal] = {}
        has_several = len(self.blocks()) > 1
        for name in [name for name in values if name in self.headline or name in self.keep]:
            try:
                replicates = self.replicates if name in self.headline else 1
                marginal = accumulate(values[name], sums=name == TOTAL, replicates=replicates)
                if has_several and isinstance(marginal, Accumulator):
                    marginal.drop_block()  # here, where blocks are simulated side by side
                accumulators[name] = marginal
            except FloatingPointError as error:
                # Values are in the order of the plan.
                first = next((n for n in values if not np.isfinite(values[n]).all()), name)
                raise NonFiniteResultError.of(first, error) from None
        return accumulators

    def finish(self, result: SimulationResult, part: PartialResult) -> None:
        """Concatenate the retained draws, and replace the accumulated total by the integrated one."""
        result.retained_draws = {name: np.concatenate(values) for name, values in part.retained_draws.items()}
        if self.factors:
            a, b = (np.concatenate(halves) for halves in zip(*part.linear_terms, strict=True))
            result.accumulators.replace(TOTAL, IntegratedTotal(self.factors.product, a, b))
            product = " x ".join(self.factors.distributions)
            result.notes.append(Note("factor-integrated", product, f"integrated out of the total's distribution: {product}"))


def _pending_values(values: dict[str, Value], accumulators: dict[str, Marginal]) -> dict[str, Value]:
    """Return the draws of quantities not accumulated yet; raise an error if one is not finite."""
    pending = {name: value for name, value in values.items() if name not in accumulators}
    for name, value in pending.items():
        if not np.isfinite(np.sum(value)):
            raise NonFiniteResultError.of(name, explain_non_finite(np.asarray(value)))
    return pending


def _compare_with_budget(budget: float | None, total: Value, size: int) -> tuple[int, Mean | None]:
    """Return the number of draws within a budget, and the mean overrun."""
    if budget is None:
        return 0, None
    within_budget = int(np.count_nonzero(np.broadcast_to(np.asarray(total) <= budget, size)))
    overrun = np.broadcast_to(np.maximum(np.asarray(total) - budget, 0.0), size)
    return within_budget, Mean(float(np.add.reduce(np.ascontiguousarray(overrun))) / size, size)


def _achieved_ranks(scenario: Scenario, values: dict[str, Value]) -> dict[tuple[str, str], float]:
    """Return the rank correlation of the draws, for each pair that has one."""
    by_stream = {each.stream: name for name, each in scenario.inputs.items()}
    return {
        (a, b): rank_correlation(np.asarray(values[by_stream[a]]), np.asarray(values[by_stream[b]])) for a, b in scenario.ranks
    }


def _share(line: Value, total: Value, accumulator: Marginal, replicates: int) -> Share:
    """Return the share of a line in the total per draw, with its distribution unless there are no `replicates` of it.

    It is zero where the total is zero.
    """
    with np.errstate(all="ignore"):
        share = np.divide(line, total)
    if not minimum_of(accumulator) > 0:
        share = np.where(np.isfinite(share), share, 0.0)
    return Share(float(np.mean(share)), np.size(share), accumulate(share, replicates=replicates) if replicates else None)


@cache
def _retain_heap() -> None:
    """Make glibc reuse the memory of a block for the next one, in one heap for all threads of this process.

    Otherwise each block requests its pages from the system again (4,300 page faults, 330 ns a draw instead of 190), and each
    thread has its own heap, which takes half as much memory again. Other C libraries are left as they are.
    """
    with contextlib.suppress(OSError, TypeError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        mallopt(_M_TRIM_THRESHOLD, 64 << 20)
        mallopt(_M_ARENA_MAX, 1)
