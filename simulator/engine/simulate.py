"""Simulation of a scenario: check the options, draw and merge blocks until there are enough, and assemble the result."""

from collections.abc import Callable, Iterable

import numpy as np

from simulator.core import resources as machine
from simulator.core.errors import NonFiniteResultError, UnsupportedError
from simulator.core.levels import Level, interval_of
from simulator.core.results import Note
from simulator.core.suggestions import InvalidValueError, suggest_nearest
from simulator.core.units import Value
from simulator.engine.accumulators import Marginal, minimum_of
from simulator.engine.blocks import BLOCKS_PER_RANGE, BlockSimulator, PartialResult
from simulator.engine.conditional import MOST_DRAWS as MOST_INTEGRATED
from simulator.engine.exact import make_exact
from simulator.engine.graph import evaluate
from simulator.engine.result import Accumulators, SimulationResult
from simulator.engine.sampling.streams import BLOCK, REPLICATES
from simulator.engine.scenario import TOTAL, Scenario
from simulator.engine.summaries import summarize

DRAWS = 100_000
MOST_DRAWS = 10_000_000_000

_PRECISION_LIMIT = 100_000_000
_SIZES = {"sobol": "of 2^k or 3 x 2^k", "lhs": "of equal size"}


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
) -> SimulationResult:
    """Draw from the priors of a scenario and accumulate every quantity.

    The result does not depend on `threads`, and a run with fewer draws is a prefix of one with more (except for a Latin
    hypercube, which depends on its number of draws). Memory is bounded by the threads unless `keep` names quantities whose
    draws are retained. Sobol points are rounded up to 2^k or 3 x 2^k in each of 8 replicates, hypercubes to a multiple of 8.

    With `precision`, `draws` is the initial number: draws are added, up to 1e8, until the relative standard errors of the
    median and of the bounds of the `interval` are at most `precision`, for the total or the quantities in `precision_of`. With
    `exact`, a second pass over the same draws computes the exact sample quantiles of total, lines and outcomes. With
    `integrate`, a normal or lognormal input in which the total is linear is integrated out of the total's distribution, or a
    product of lognormal ones (`team.fte*team.salary`); `auto` selects the most important one, with those that multiply it.

    An interrupt ends the run with the draws so far, marked `partial`. Raises `NonFiniteResultError` if a quantity is not
    finite, `InvalidValueError` for an invalid option, and `UnsupportedError` for options that are incompatible.
    """
    interval, keep, precise = interval_of(interval), tuple(keep), tuple(precision_of)
    _check_options(scenario, draws, method, precision, precise, integrate)
    size = _round_up(draws, method, whole_blocks=precision is not None)
    _check_memory(size, keep)
    threads = threads or machine.cores()
    result = SimulationResult(scenario, 0, seed, method, point_estimate(scenario))
    if size != draws and method != "random":
        text = f"{size:,} draws in place of {draws:,}: {REPLICATES} replicates {_SIZES[method]}"
        result.notes.append(Note("draws-rounded", "", text))
    run = BlockSimulator(scenario, size, seed, method, keep, integrate, precise)

    part = _draw(run, None, result, threads, progress)
    while precision is not None and not result.partial:
        error = max(_relative_error(result.accumulators[name], interval) for name in precise)
        if error <= precision or run.draws >= _PRECISION_LIMIT:
            result.notes.append(_precision_note(precision, precise, error, run.draws))
            break
        run.draws = _more_draws(run.draws, error / precision, method)
        part = _draw(run, part, result, threads, progress)
    if exact and not result.partial:
        make_exact(run, result, threads, interval)
    if scenario.paused_run is not None and not result.partial:
        text = f"{result.draws:,} of {run.draws:,} draws agree with the spend to date"
        result.notes.append(Note("draws-accepted", "", text))
    run.finish(result, part)
    if negative := [name for name in (*scenario.lines, TOTAL) if minimum_of(result.accumulators[name]) < 0]:
        names = ", ".join(negative)
        result.notes.append(Note("negative-draws", names, f"negative in some draws: {names}"))
    return result


def _check_options(
    scenario: Scenario, draws: int, method: str, precision: float | None, precise: tuple[str, ...], integrate: str | None
) -> None:
    """Refuse options that are incompatible with each other or with the scenario."""
    if not 1 <= draws <= MOST_DRAWS:
        raise InvalidValueError(f"draws must be 1 to {MOST_DRAWS:,}, not {draws:,}")
    if precision is not None and method == "lhs":
        raise UnsupportedError("a Latin hypercube depends on its number of draws, so it cannot be extended to a precision")
    if precision is not None and integrate is not None:
        raise UnsupportedError("precision is estimated from draws of the total, so it excludes integrating a factor out")
    if integrate is not None and draws > MOST_INTEGRATED:
        raise UnsupportedError(f"with a factor integrated out there can be at most {MOST_INTEGRATED:,} draws; fewer are enough")
    if scenario.paused_run is not None and (method != "random" or precision is not None or integrate is not None):
        raise UnsupportedError("a run under way requires method random, without precision and integrate")
    for name in precise:
        if name != TOTAL and name not in scenario.plan.names:
            hint = suggest_nearest(name, scenario.plan.names)
            raise InvalidValueError(f"{name!r} is not part of this scenario, so it cannot have a precision{hint}")


def _draw(
    run: BlockSimulator,
    part: PartialResult | None,
    result: SimulationResult,
    threads: int,
    progress: Callable[[int, int], None] | None,
) -> PartialResult:
    """Simulate the remaining blocks and merge them in order; an interrupt retains the completed ones."""
    first = 0 if part is None else part.size // BLOCK
    try:
        for later in run.simulate_ranges(first, threads):
            if part is None:
                part = later
                result.accumulators = Accumulators(part.accumulators, part.pending_values)
                result.shares, result.overrun, result.achieved_ranks = part.shares, part.overrun, part.achieved_ranks
            else:
                part.merge(later)
            result.draws, result.within_budget = part.size, part.within_budget
            if progress is not None:
                progress(result.draws, run.draws)
    except KeyboardInterrupt:
        if part is None:
            raise
        result.partial = True
        text = f"partial: interrupted after {result.draws:,} of {run.draws:,} draws"
        result.notes.append(Note("partial", "", text))
    assert part is not None  # there is at least one block
    return part


def _round_up(draws: int, method: str, *, whole_blocks: bool) -> int:
    """Round draws up to a number that the method can balance, and to whole blocks if the run may be extended."""
    if method == "sobol":
        each = -(-draws // REPLICATES)
        power = 1 << (each - 1).bit_length()
        draws = REPLICATES * (power * 3 // 4 if each <= power * 3 // 4 else power)
    elif method == "lhs":
        draws = -(-draws // REPLICATES) * REPLICATES
    if not whole_blocks:
        return draws
    whole = (
        BLOCK if draws <= BLOCKS_PER_RANGE * BLOCK else BLOCKS_PER_RANGE * BLOCK
    )  # so that all but the first range are complete
    return -(-draws // whole) * whole


def _check_memory(draws: int, keep: tuple[str, ...]) -> None:
    """Refuse retained draws that do not fit into memory, which holds them three times while they are written."""
    need, free = 24.0 * draws * len(keep), machine.free_memory()
    if need > free:
        raise UnsupportedError(
            f"{draws:,} draws of {len(keep)} quantities need {need / 1e9:.2g} GB of memory, and only "
            f"{max(free, 0) / 1e9:.2g} GB are free; draw fewer, or do not save the draws"
        )


def _relative_error(accumulator: Marginal, interval: Level) -> float:
    """Return the largest relative standard error of the median and the bounds of the interval."""
    summary = summarize(accumulator, interval)
    return max(
        summary.median_error / abs(summary.median or 1),
        summary.low_error / abs(summary.low or 1),
        summary.high_error / abs(summary.high or 1),
    )


def _more_draws(draws: int, ratio: float, method: str) -> int:
    """Return the number of draws to continue to if errors are too large by a ratio: they fall with the root of the draws."""
    target = int(draws * min(10.0, max(1.2, ratio**2 * 1.05)))
    return min(_PRECISION_LIMIT, _round_up(target, method, whole_blocks=True))


def _precision_note(precision: float, precise: tuple[str, ...], error: float, draws: int) -> Note:
    outcome = "reached" if error <= precision else f"not reached; it is {error:.2%} at the maximum number of draws"
    of = "" if precise == (TOTAL,) else f" of {', '.join(precise)}"
    return Note("precision", ", ".join(precise), f"precision {precision:.2%}{of} {outcome}, with {draws:,} draws")


def point_estimate(scenario: Scenario) -> float:
    """Return the scenario's own point estimate, or the total with every prior at its median."""
    if scenario.point is not None:
        return scenario.point
    # As NumPy numbers, so that a division by zero gives an infinity, which is reported below, instead of an exception.
    values: dict[str, Value] = {name: np.float64(each.distribution.middle) for name, each in scenario.inputs.items()}
    with np.errstate(all="ignore"):
        evaluate(scenario.plan, values)
    for name in scenario.plan.names:
        if not np.isfinite(values[name]):
            raise NonFiniteResultError.of(name, "it is not a finite number with every prior at its median")
    return float(values[TOTAL])
