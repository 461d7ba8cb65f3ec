"""Figures of a result, as `llmcost figure` draws them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from simulator import figures
from simulator.api.run_data import RunData
from simulator.api.values import amount
from simulator.core.errors import UnsupportedError
from simulator.core.results import AnalysisResult
from simulator.core.suggestions import InvalidValueError, suggest_nearest
from simulator.engine.result import SimulationResult
from simulator.engine.scenario import TOTAL
from simulator.figures.data import FigureRequest
from simulator.figures.kinds.convergence import convergence_of
from simulator.figures.kinds.difference import difference_of
from simulator.figures.kinds.histogram import histogram_of
from simulator.figures.kinds.overlay import overlay_of
from simulator.io.run_summary import summarize_run
from simulator.scenario.variants import number_duplicates

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_DRAWS = 1_000_000
"""Maximum number of draws of a figure that is not drawn from the run itself; its draws are kept in memory."""

_OF_EVIDENCE = ("backtest", "epoch-components")
KINDS = tuple(name for name, kind in figures.KINDS.items() if kind.max_scenarios > 0 and name not in _OF_EVIDENCE)
"""Kinds of figures that show a result."""

_WITH_FILES = ("levers", "stress")
"""Kinds that apply levers or shocks to the scenario."""
_OPTION_KINDS = {"of": ("joint", "prior"), "cost": ("joint",), "latest": ("joint",), "when": ("reverse",)}

_OF_RUN: dict[str, Callable[[SimulationResult, float], AnalysisResult]] = {
    "histogram": histogram_of,
    "convergence": convergence_of,
    "breakdown": summarize_run,
}
"""Kinds that are drawn from the draws of the run itself."""
_OF_SEVERAL: dict[str, Callable[[Sequence[SimulationResult], Sequence[str], float], AnalysisResult]] = {
    "overlay": overlay_of,
    "difference": difference_of,
}


@dataclass(frozen=True, slots=True)
class PlotOptions:
    """Options of certain kinds only, as in `Result.plot`."""

    of: str | None
    cost: float | str | None
    latest: float | str | None
    when: str | None


def draw_result(kind: str, run: RunData, others: Sequence[RunData], options: PlotOptions) -> "Figure":
    """Draw one of `KINDS` of a run and others to compare it with."""
    _check(kind, len(others), options)
    results = [each.simulation() for each in (run, *others)]
    return figures.draw(kind, _table(kind, [run, *others], results, options))


def _check(kind: str, others: int, options: PlotOptions) -> None:
    """Refuse what is no kind, options that do not apply to it, and a wrong number of results."""
    if not isinstance(kind, str) or kind not in KINDS:
        is_other = isinstance(kind, str) and kind in figures.KINDS
        hint = f"; `llmcost figure {kind}` draws it, which is not about one run" if is_other else ""
        nearest = suggest_nearest(kind, KINDS) if isinstance(kind, str) else ""
        raise InvalidValueError(f"a run has no figure {kind!r}{hint or nearest or '; there are ' + ', '.join(KINDS)}")
    for each in fields(options):
        if getattr(options, each.name) is not None and kind not in _OPTION_KINDS[each.name]:
            raise InvalidValueError(f"{each.name} does not apply to {kind}, only to {', '.join(_OPTION_KINDS[each.name])}")
    least, most = figures.KINDS[kind].min_scenarios - 1, figures.KINDS[kind].max_scenarios - 1
    if not least <= others <= most:
        expected = f"{least} to {most} results" if most else "none"
        raise InvalidValueError(f"{kind} takes {expected} as `others`, not {others}")


def _table(kind: str, runs: list[RunData], results: list[SimulationResult], options: PlotOptions) -> AnalysisResult:
    """Return the table of a figure."""
    run = runs[0]
    if kind in _OF_SEVERAL:
        _check_comparable(results)
        names = number_duplicates([result.scenario.name for result in results])
        return _OF_SEVERAL[kind]([_with_total(each) for each in runs], names, run.interval)
    if kind in _OF_RUN:
        return _OF_RUN[kind](_with_total(run), run.interval)
    if kind in _WITH_FILES and run.opened is None:
        run.refuse("has no files of its scenario, which this figure needs", "run it by its name, path or `open_scenario(...)`")
    scenario = run.scenario()
    if kind == "prior" and options.of is None:
        priors = [name for name, item in scenario.inputs.items() if item.role == "prior"]
        raise InvalidValueError(f"which prior? Name one, as in of={next(iter(priors), 'mfu')!r}")
    if kind == "stress" and run.opened is not None:
        scenario = run.opened.without_shocks().scenario
    return figures.build_table(
        kind,
        FigureRequest(
            [scenario],
            run.opened,
            draws=min(run.draws, MOST_DRAWS),
            seed=run.seed,
            interval=run.interval,
            subject=options.of,
            cost=None if options.cost is None else amount(options.cost, "USD", "cost"),
            date=None if options.latest is None else amount(options.latest, "hour", "latest"),
            condition=options.when,
        ),
    )


def _with_total(run: RunData) -> SimulationResult:
    """Return the result of a run with the draws of its total."""
    from dataclasses import replace

    return replace(run.simulation(), retained_draws={TOTAL: run.samples(TOTAL)})


def _check_comparable(results: Sequence[SimulationResult]) -> None:
    """Refuse runs whose draws cannot be paired, or that are in different money."""
    first = results[0]
    how = first.draws, first.seed, first.method
    for each in results:
        if (each.draws, each.seed, each.method) != how or each.scenario.paused_run is not None:
            message = f"the draws of {each.scenario.name} cannot be paired with those of {first.scenario.name}"
            raise UnsupportedError(f"{message}; run both with the same draws, seed and method")
        if each.scenario.money != first.scenario.money:
            message = f"{first.scenario.name} is in {first.scenario.money} and {each.scenario.name} in {each.scenario.money}"
            raise UnsupportedError(f"{message}; they cannot be compared")
