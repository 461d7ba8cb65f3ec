"""Blocks of draws: inputs are drawn, formulas evaluated, and their values put into accumulators that merge in order."""

import contextlib
import ctypes
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from simulator.core.units import Value
from simulator.engine.accumulators import Accumulator, Figures, Mean, Share, accumulator_of, least_of, why_not_finite
from simulator.engine.conditional import Factors, Integrated, choose_factors
from simulator.engine.executor import EXECUTOR, in_order
from simulator.engine.graph import evaluate, spent
from simulator.engine.result import NonFiniteResultError, Result
from simulator.engine.sampling.copula import Copula
from simulator.engine.sampling.methods import source
from simulator.engine.sampling.streams import BLOCK, REPLICATES, generator
from simulator.engine.scenario import TOTAL, Progress, Scenario
from simulator.engine.summaries import rank_correlation

Array = NDArray[np.float64]

RANGE = 4
"""Blocks in a row that are merged with each other before they are merged with what came before.

So a range may be made elsewhere and come back as one small summary, and the sums are still added in one order, whoever made
it. The number is part of the last digits of every mean: it depends on nothing.
"""

_LEAST_AGREEING = 100
_SAMPLE = 1024  # draws on which a factor to integrate out is looked for
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # of glibc's malloc.h


@dataclass
class Part:
    """What a block, or some blocks in a row, add."""

    size: int
    accumulators: dict[str, Figures]
    waiting: dict[str, Value]
    shares: dict[str, Share]
    within: int
    overrun: Mean | None
    achieved: dict[tuple[str, str], float]
    kept: dict[str, list[Array]]
    lines: list[tuple[Array, Array]]

    def merge(self, later: "Part") -> None:
        """Take in what the blocks after these add."""
        self.size += later.size
        for name, other in later.accumulators.items():
            accumulator = self.accumulators[name]
            if isinstance(accumulator, Accumulator) and isinstance(other, Accumulator):
                accumulator.merge(other)
        for line, share in later.shares.items():
            self.shares[line].merge(share)
        self.within += later.within
        if self.overrun is not None and later.overrun is not None:
            self.overrun.merge(later.overrun)
        for name, values in later.kept.items():
            self.kept[name] += values
        self.lines += later.lines


class _LazyValues(dict[str, Value]):
    """Quantities of a block; an input is drawn when a formula first asks for it, and so is still in the cache."""

    def __init__(self, draw: Callable[[str], dict[str, Value]], constants: Mapping[str, Value]) -> None:
        super().__init__(constants)
        self._draw = draw

    def __missing__(self, name: str) -> Value:
        self.update(self._draw(name))
        return self[name]


class Run:
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
            name: np.float64(each.distribution.quantile(0.5))
            for name, each in scenario.inputs.items()
            if each.distribution.is_constant
        }
        self.priors = {name: prior for name, prior in scenario.inputs.items() if not prior.distribution.is_constant}
        self.streams = sorted({prior.stream for prior in self.priors.values()})
        order = scenario.sobol_order if method == "sobol" else ()
        self.scores = source(method, seed, draws, self.streams, order)
        self.copula = Copula(scenario.ranks)
        self.distributions = {
            s: {name: prior.distribution for name, prior in self.priors.items() if prior.stream == s} for s in self.streams
        }
        self.spent = spent(scenario.plan, self.headline.union(keep))
        self.replicates = 1 if method == "random" else REPLICATES
        for prior in self.priors.values():
            prior.distribution.at(0.0)  # tables are made once, before the threads want them
        self.factors: Factors | None = None
        if integrate is not None:
            correlated = set(self.copula.names)
            untied = {name: prior.distribution for name, prior in self.priors.items() if prior.stream not in correlated}
            self.factors = choose_factors(integrate, scenario.plan, untied, self._draw(0, min(_SAMPLE, draws)))

    def blocks(self, first: int = 0) -> range:
        """Return the numbers of the blocks, from one on."""
        return range(first, -(-self.draws // BLOCK))

    def values(self, block: int, *, lean: bool = False) -> dict[str, Value]:
        """Draw a block and compute all that follows from it.

        `lean` leaves of it only what is accumulated or kept, so that the work stays in the cache.
        """
        size = self._size(block)
        values = self._draw(block, size, lean=lean)
        return values if self.scenario.progress is None else self._agreeing(values, self.scenario.progress, block, size)

    def _size(self, block: int) -> int:
        return min(BLOCK, self.draws - block * BLOCK)

    def _draw(self, block: int, size: int, *, lean: bool = False) -> dict[str, Value]:
        dependent = {stream: self.scores(stream, block, size) for stream in self.copula.names}
        self.copula.correlate(dependent)

        def draw(stream: str) -> dict[str, Value]:
            z = dependent[stream] if stream in dependent else self.scores(stream, block, size)
            return {name: distribution.at(z) for name, distribution in self.distributions[stream].items()}

        values = _LazyValues(lambda name: draw(self.priors[name].stream), self.constants)
        for stream in () if lean else self.streams:
            values.update(draw(stream))
        with np.errstate(all="ignore"):  # what is not finite is found by its accumulator, and named
            evaluate(self.scenario.plan, values, self.spent if lean else ())
        return values

    def _agreeing(self, values: dict[str, Value], progress: Progress, block: int, size: int) -> dict[str, Value]:
        """Keep the draws that agree with what a run under way has spent: each by its likelihood, so they stay independent."""
        whole = (np.broadcast_to(np.asarray(values[TOTAL]), size) - progress.spent) / (1 - progress.share_done)
        with np.errstate(all="ignore"):
            miss = np.log(progress.spent / (progress.share_done * whole)) / progress.tolerance
            fits = generator(self.seed, "progress", block).random(size) < np.exp(-(miss**2) / 2)
        if np.count_nonzero(fits) < _LEAST_AGREEING:
            raise NonFiniteResultError(
                f"progress: fewer than {_LEAST_AGREEING} of {size:,} draws agree with {progress.spent:,.0f} USD for "
                f"{progress.share_done:.0%} of the run; its priors do not allow it: widen them, or draw more"
            )
        return {name: value[fits] if isinstance(value, np.ndarray) and value.ndim else value for name, value in values.items()}

    def parts(self, first: int, threads: int) -> Iterator[Part]:
        """Draw ranges of blocks, in their order. The first is merged block by block: it has nothing before it."""
        blocks = self.blocks(first)
        alone = range(first, min(RANGE, blocks.stop)) if first else ()  # a run to a precision goes on here
        edges = sorted({first, *alone, *range(-(-first // RANGE) * RANGE, blocks.stop, RANGE), blocks.stop})
        ranges = [range(*pair) for pair in pairwise(edges)]
        executor = EXECUTOR.get()
        if executor is not None:
            yield from executor(self.part, ranges)
            return
        _keep_memory()
        parts = in_order(self.block, blocks, threads)
        for numbers in ranges:
            if numbers.start < RANGE:
                yield from islice(parts, len(numbers))
                continue
            part = next(parts)
            for _ in numbers[1:]:
                part.merge(next(parts))
            yield part

    def part(self, blocks: range) -> Part:
        """Draw and accumulate some blocks in a row."""
        _keep_memory()
        part = self.block(blocks[0])
        for number in blocks[1:]:
            part.merge(self.block(number))
        return part

    def block(self, number: int) -> Part:
        """Draw and accumulate a block."""
        if number == 0 or self.factors:  # the first block tells of all quantities; what is integrated out wants them too
            return self._accumulated(number, self.values(number))
        try:
            return self._accumulated(number, self.values(number, lean=True))
        except NonFiniteResultError:  # the quantity that was the first to break may be gone
            return self._accumulated(number, self.values(number))

    def _accumulated(self, number: int, values: dict[str, Value]) -> Part:
        """Accumulate a block: the headline always, all other quantities in the first block alone."""
        scenario, total, is_first = self.scenario, values[TOTAL], number == 0
        size = np.size(total) if scenario.progress else self._size(number)
        accumulators = self._accumulators(values)
        within, overrun = _against(scenario.budget, total, size)
        return Part(
            size=size,
            accumulators=accumulators,
            waiting=_waiting(values, accumulators) if is_first else {},
            shares={line: _share(values[line], total, accumulators[TOTAL], is_first=is_first) for line in scenario.lines},
            within=within,
            overrun=overrun,
            achieved=_achieved(scenario, values) if is_first and size > 2 else {},
            kept={name: [np.broadcast_to(np.asarray(values[name]), size)] for name in self.keep},
            lines=[self.factors.line(values)] if self.factors else [],
        )

    def _accumulators(self, values: dict[str, Value]) -> dict[str, Figures]:
        accumulators: dict[str, Figures] = {}
        for name in [name for name in values if name in self.headline or name in self.keep]:
            try:
                replicates = self.replicates if name in self.headline else 1
                accumulators[name] = accumulator_of(values[name], sums=name == TOTAL, replicates=replicates)
            except FloatingPointError as error:
                # Values stand in the order of the plan.
                first = next((n for n in values if not np.isfinite(values[n]).all()), name)
                raise NonFiniteResultError.of(first, error) from None
        return accumulators

    def finish(self, result: Result, part: Part) -> None:
        """Put kept draws together, and the integrated total in the place of the accumulated one."""
        result.kept = {name: np.concatenate(values) for name, values in part.kept.items()}
        if self.factors:
            a, b = (np.concatenate(halves) for halves in zip(*part.lines, strict=True))
            result.accumulators.replace(TOTAL, Integrated(self.factors.product, a, b))
            result.notes.append(f"integrated out of the total's distribution: {' x '.join(self.factors.distributions)}")


def _waiting(values: dict[str, Value], accumulators: dict[str, Figures]) -> dict[str, Value]:
    """The draws of all that is not accumulated yet, each checked to be finite."""
    waiting = {name: value for name, value in values.items() if name not in accumulators}
    for name, value in waiting.items():
        if not np.isfinite(np.sum(value)):
            raise NonFiniteResultError.of(name, why_not_finite(np.asarray(value)))
    return waiting


def _against(budget: float | None, total: Value, size: int) -> tuple[int, Mean | None]:
    """How many draws stay within a budget, and the mean of what exceeds it."""
    if budget is None:
        return 0, None
    within = int(np.count_nonzero(np.broadcast_to(np.asarray(total) <= budget, size)))
    over = np.broadcast_to(np.maximum(np.asarray(total) - budget, 0.0), size)
    return within, Mean(float(np.add.reduce(np.ascontiguousarray(over))) / size, size)


def _achieved(scenario: Scenario, values: dict[str, Value]) -> dict[tuple[str, str], float]:
    """Rank correlations of the draws, for each pair that has one."""
    by_stream = {each.stream: name for name, each in scenario.inputs.items()}
    return {
        (a, b): rank_correlation(np.asarray(values[by_stream[a]]), np.asarray(values[by_stream[b]])) for a, b in scenario.ranks
    }


def _share(line: Value, total: Value, accumulator: Figures, *, is_first: bool) -> Share:
    """Share of a line in the total, draw by draw; a total of zero has no shares."""
    with np.errstate(all="ignore"):
        share = np.divide(line, total)
    if not least_of(accumulator) > 0:
        share = np.where(np.isfinite(share), share, 0.0)
    return Share(float(np.mean(share)), np.size(share), accumulator_of(share) if is_first else None)


@cache
def _keep_memory() -> None:
    """Tell glibc to keep the memory of a block for the next one, in one heap for all threads of this process.

    Without it each block asks the system for its pages anew: 4,300 page faults, and 330 ns a draw in place of 190; and each
    thread has a heap of its own, half as large again. Where the library of C has no such switch, nothing is done.
    """
    with contextlib.suppress(OSError, TypeError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        mallopt(_M_TRIM_THRESHOLD, 64 << 20)
        mallopt(_M_ARENA_MAX, 1)
