"""Blocks over threads: priors become numbers, numbers become costs, costs become tallies."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.graph import evaluate
from simulator.scenario import TOTAL, Scenario
from simulator.streams import BLOCK, Copula, source
from simulator.summary import Tally, rank_correlation, spread
from simulator.units import Value

Array = NDArray[np.float64]

DRAWS = 100_000
MOST_DRAWS = 10_000_000_000
_PRECISION_LIMIT = 100_000_000
_WATCH_ALL = 2
"""Blocks in which every quantity is tallied. As many as an ordinary run has are enough for inputs and intermediates; their errors say so."""


class Broken(Exception):
    """A quantity that is not a finite number in some draws."""


@dataclass
class Result:
    """What a run leaves: a tally (or a plain number) for each quantity, and whole draws where they were asked for."""

    scenario: Scenario
    draws: int
    seed: int
    method: str
    point: float
    tallies: dict[str, Tally | float] = field(default_factory=dict)
    shares: dict[str, Tally | float] = field(default_factory=dict)
    within: int = 0
    overrun: Tally | None = None
    achieved: dict[tuple[str, str], float] = field(default_factory=dict)
    kept: dict[str, Array] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class _Block(NamedTuple):
    """What one block adds."""

    size: int
    tallies: dict[str, Tally | float]
    shares: dict[str, Tally | float]
    within: int
    overrun: Tally | None
    achieved: dict[tuple[str, str], float]
    kept: dict[str, Array]


def simulate(
    scenario: Scenario,
    draws: int = DRAWS,
    seed: int = 0,
    method: str = "random",
    threads: int | None = None,
    *,
    keep: Iterable[str] = (),
    precision: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Draw from the priors of a scenario and tally every quantity.

    The result does not depend on `threads`, and a run with fewer draws is a prefix of one with more (but for the Latin
    hypercube, which belongs to its number of draws). Memory is bounded by the threads unless `keep` names quantities whose
    draws are wanted whole. With `precision`, `draws` is where it begins: it goes on, up to 1e8, until the standard errors of
    the total's median and 95 % ends are that small relative to them. Raises `Broken` where a quantity is not finite.
    """
    if not 1 <= draws <= MOST_DRAWS:
        raise ValueError(f"draws must be 1 to {MOST_DRAWS:,}, not {draws:,}")
    if precision is not None and method == "lhs":
        raise ValueError("a Latin hypercube belongs to its number of draws, so it cannot go on to a precision")
    result = Result(scenario, 0, seed, method, point_estimate(scenario))
    if precision is not None:
        draws = _whole_blocks(draws)  # so that the run can go on where it stopped
    keep = tuple(keep)
    parts: dict[str, list[Array]] = {name: [] for name in keep}
    while True:
        run_block = _block_runner(scenario, draws, seed, method, keep)
        for block in _in_order(run_block, range(result.draws // BLOCK, -(-draws // BLOCK)), threads or os.cpu_count() or 1):
            _merge(result, block)
            for name, values in block.kept.items():
                parts[name].append(values)
            if progress is not None:
                progress(result.draws, draws)
        if precision is None:
            break
        reached = _reached(result)
        if reached <= precision or draws >= _PRECISION_LIMIT:
            said = "reached" if reached <= precision else f"not reached; it is {reached:.2%}, and the limit stopped it"
            result.notes.append(f"precision {precision:.2%} {said}, with {draws:,} draws")
            break
        # Errors fall with the root of the draws.
        more = draws * min(10.0, max(1.2, (reached / precision) ** 2 * 1.05))
        draws = min(_PRECISION_LIMIT, _whole_blocks(int(more)))
    result.kept = {name: np.concatenate(values) for name, values in parts.items()}
    negative = [name for name in (*scenario.lines, TOTAL) if _low(result.tallies[name]) < 0]
    if negative:
        result.notes.append(f"negative in some draws: {', '.join(negative)}")
    return result


def _whole_blocks(draws: int) -> int:
    return -(-draws // BLOCK) * BLOCK


def _reached(result: Result) -> float:
    """The largest relative standard error of the total's median and 95 % ends."""
    figures = spread(result.tallies[TOTAL])
    return max(
        figures.median_error / abs(figures.median or 1),
        figures.low_error / abs(figures.low or 1),
        figures.high_error / abs(figures.high or 1),
    )


def _low(tally: "Tally | float") -> float:
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


def _block_runner(scenario: Scenario, draws: int, seed: int, method: str, keep: tuple[str, ...]) -> Callable[[int], _Block]:
    """Return the function that draws, evaluates and tallies one block."""
    constants: dict[str, Value] = {
        name: np.float64(made.law.quantile(0.5)) for name, made in scenario.inputs.items() if made.law.is_constant
    }
    priors = {name: made for name, made in scenario.inputs.items() if not made.law.is_constant}
    streams = sorted({made.stream for made in priors.values()})
    scores = source(method, seed, draws, streams, scenario.graph.units)
    copula = Copula(scenario.ranks)
    for made in priors.values():
        made.law.at(0.0)  # tables are made once, before the threads want them

    def run_block(block: int) -> _Block:
        size = min(BLOCK, draws - block * BLOCK)
        z = {stream: scores(stream, block, size) for stream in streams}
        copula.tie(z)
        values = constants | {name: made.law.at(z[made.stream]) for name, made in priors.items()}
        with np.errstate(all="ignore"):  # what is not finite is found by its tally, and named
            evaluate(scenario.plan, values)
        return _tallied(scenario, values, size, block, keep)

    return run_block


def _tallied(scenario: Scenario, values: dict[str, Value], size: int, block: int, keep: tuple[str, ...]) -> _Block:
    """Tally a block: the total, lines and outcomes always, all other quantities in the first blocks."""
    watched = values if block < _WATCH_ALL else dict.fromkeys((TOTAL, *scenario.lines, *scenario.outcomes))
    tallies: dict[str, Tally | float] = {}
    for name in watched:
        try:
            tallies[name] = _tally(values[name], sums=name == TOTAL)
        except FloatingPointError as error:
            first = next(n for n in values if not np.isfinite(values[n]).all())  # values stand in the order of the plan
            raise Broken(_broken(first, error)) from None
    total = values[TOTAL]
    shares = {line: _share(values[line], total, tallies[TOTAL]) for line in scenario.lines}
    within, overrun = 0, None
    if scenario.budget is not None:
        within = int(np.count_nonzero(np.broadcast_to(np.asarray(total) <= scenario.budget, size)))
        over = np.broadcast_to(np.maximum(np.asarray(total) - scenario.budget, 0.0), size)
        overrun = Tally.of(np.ascontiguousarray(over))
    achieved = {}
    if block == 0 and size > 2:
        by_stream = {made.stream: name for name, made in scenario.inputs.items()}
        for a, b in scenario.ranks:
            achieved[a, b] = rank_correlation(np.asarray(values[by_stream[a]]), np.asarray(values[by_stream[b]]))
    kept = {name: np.broadcast_to(np.asarray(values[name]), size) for name in keep}
    return _Block(size, tallies, shares, within, overrun, achieved, kept)


def _share(line: Value, total: Value, tally: "Tally | float") -> "Tally | float":
    """Share of a line in the total, draw by draw; a total of zero has no shares."""
    if _low(tally) > 0:
        return _tally(np.divide(line, total))
    with np.errstate(all="ignore"):
        share = np.divide(line, total)
    return _tally(np.where(np.isfinite(share), share, 0.0))


def _tally(value: Value, *, sums: bool = False) -> "Tally | float":
    if np.ndim(value) == 0:
        if not np.isfinite(value):
            raise FloatingPointError("it is not a finite number in any draw")
        return float(value)
    return Tally.of(np.asarray(value), sums=sums)


def _merge(result: Result, block: _Block) -> None:
    if result.draws == 0:
        result.tallies, result.shares, result.overrun = block.tallies, block.shares, block.overrun
        result.achieved = block.achieved
    else:
        for mine, others in ((result.tallies, block.tallies), (result.shares, block.shares)):
            for name, other in others.items():
                tally = mine[name]
                if isinstance(tally, Tally) and isinstance(other, Tally):
                    tally.merge(other)
        if result.overrun is not None and block.overrun is not None:
            result.overrun.merge(block.overrun)
    result.within += block.within
    result.draws += block.size


def _in_order(run_block: Callable[[int], _Block], blocks: range, threads: int) -> Iterator[_Block]:
    """Run blocks on threads and yield what they give in their order, with few of them in flight."""
    if threads == 1 or len(blocks) == 1:
        yield from map(run_block, blocks)
        return
    with ThreadPoolExecutor(threads) as pool:
        flying: deque[Future[_Block]] = deque()
        try:
            for block in blocks:
                flying.append(pool.submit(run_block, block))
                if len(flying) > 2 * threads:
                    yield flying.popleft().result()
            while flying:
                yield flying.popleft().result()
        finally:
            for future in flying:
                future.cancel()
