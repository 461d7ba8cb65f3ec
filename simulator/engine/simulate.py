"""The run of a scenario: options are checked, blocks drawn and merged until enough are, and the result put together."""

from collections.abc import Callable, Iterable

import numpy as np

from simulator.core import resources as machine
from simulator.core.levels import Level, interval_of
from simulator.core.suggestions import nearest
from simulator.core.units import Value
from simulator.engine.accumulators import Figures, least_of
from simulator.engine.blocks import RANGE, Part, Run
from simulator.engine.conditional import MOST_DRAWS as MOST_INTEGRATED
from simulator.engine.exact import make_exact
from simulator.engine.graph import evaluate
from simulator.engine.result import Accumulators, NonFiniteResultError, Result
from simulator.engine.sampling.streams import BLOCK, REPLICATES
from simulator.engine.scenario import TOTAL, Scenario
from simulator.engine.summaries import summarize

DRAWS = 100_000
MOST_DRAWS = 10_000_000_000

_PRECISION_LIMIT = 100_000_000
_KINDS = {"sobol": "of 2^k or 3 x 2^k", "lhs": "of equal size"}


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
    """Draw from the priors of a scenario and accumulate every quantity.

    The result does not depend on `threads`, and a run with fewer draws is a prefix of one with more (but for the Latin
    hypercube, which belongs to its number of draws). Memory is bounded by the threads unless `keep` names quantities whose
    draws are wanted whole. Sobol points are rounded up to 2^k or 3 x 2^k in each of 8 replicates, hypercubes to a multiple.

    With `precision`, `draws` is where it begins: it goes on, up to 1e8, until the standard errors of the median and of the ends
    of the `interval` are that small relative to them, for the total or the quantities in `precision_of`. With `exact`, a second
    pass over the same draws makes the quantiles of total, lines and outcomes those of the sample, to the last digit. With
    `integrate`, a normal or lognormal input that enters the total as a straight line is integrated out of the total's
    distribution, or a product of lognormal ones (`team.fte*team.salary`); `auto` takes the one that matters most, with those
    that multiply it.

    An interrupt ends the run with what has been drawn, marked `partial`. Raises `NonFiniteResultError` where a quantity is not
    finite, and ValueError where options do not fit.
    """
    interval, keep, precise = interval_of(interval), tuple(keep), tuple(precision_of)
    _check(scenario, draws, method, precision, precise, integrate)
    size = _rounded(draws, method, whole_blocks=precision is not None)
    _check_memory(size, keep)
    threads = threads or machine.cores()
    result = Result(scenario, 0, seed, method, point_estimate(scenario))
    if size != draws and method != "random":
        result.notes.append(f"{size:,} draws in place of {draws:,}: {REPLICATES} replicates {_KINDS[method]}")
    run = Run(scenario, size, seed, method, keep, integrate, precise)

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
    if scenario.progress is not None and not result.partial:
        result.notes.append(f"{result.draws:,} of {run.draws:,} draws agree with what has been spent")
    run.finish(result, part)
    if negative := [name for name in (*scenario.lines, TOTAL) if least_of(result.accumulators[name]) < 0]:
        result.notes.append(f"negative in some draws: {', '.join(negative)}")
    return result


def _check(
    scenario: Scenario, draws: int, method: str, precision: float | None, precise: tuple[str, ...], integrate: str | None
) -> None:
    """Refuse options that do not fit each other or the scenario."""
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
    for name in precise:
        if name != TOTAL and name not in scenario.plan.names:
            raise ValueError(f"{name!r} takes no part here, so it cannot be made precise{nearest(name, scenario.plan.names)}")


def _draw(run: Run, part: Part | None, result: Result, threads: int, progress: Callable[[int, int], None] | None) -> Part:
    """Draw the blocks that are still to do and merge them in their order; an interrupt leaves what is done."""
    first = 0 if part is None else part.size // BLOCK
    try:
        for later in run.parts(first, threads):
            if part is None:
                part = later
                result.accumulators = Accumulators(part.accumulators, part.waiting)
                result.shares, result.overrun, result.achieved = part.shares, part.overrun, part.achieved
            else:
                part.merge(later)
            result.draws, result.within = part.size, part.within
            if progress is not None:
                progress(result.draws, run.draws)
    except KeyboardInterrupt:
        if part is None:
            raise
        result.partial = True
        result.notes.append(f"partial: interrupted after {result.draws:,} of {run.draws:,} draws")
    assert part is not None  # there is at least one block
    return part


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


def _relative_error(accumulator: Figures, interval: Level) -> float:
    """The largest relative standard error of a median and of the ends of the interval."""
    figures = summarize(accumulator, interval)
    return max(
        figures.median_error / abs(figures.median or 1),
        figures.low_error / abs(figures.low or 1),
        figures.high_error / abs(figures.high or 1),
    )


def _more_draws(draws: int, ratio: float, method: str) -> int:
    """How many draws to go on to where errors are a ratio too large: they fall with the root of the draws."""
    more = int(draws * min(10.0, max(1.2, ratio**2 * 1.05)))
    return min(_PRECISION_LIMIT, _rounded(more, method, whole_blocks=True))


def _precision_note(precision: float, precise: tuple[str, ...], error: float, draws: int) -> str:
    outcome = "reached" if error <= precision else f"not reached; it is {error:.2%}, and the limit stopped it"
    of = "" if precise == (TOTAL,) else f" of {', '.join(precise)}"
    return f"precision {precision:.2%}{of} {outcome}, with {draws:,} draws"


def point_estimate(scenario: Scenario) -> float:
    """Return the scenario's own point estimate, or the total with every prior at its median."""
    if scenario.point is not None:
        return scenario.point
    # As numpy's numbers, so that a division by nothing is an infinity, and named, and not an error.
    values: dict[str, Value] = {name: np.float64(each.distribution.quantile(0.5)) for name, each in scenario.inputs.items()}
    with np.errstate(all="ignore"):
        evaluate(scenario.plan, values)
    for name in scenario.plan.names:
        if not np.isfinite(values[name]):
            raise NonFiniteResultError.of(name, "it is not a finite number with every prior at its median")
    return float(values[TOTAL])
