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
from simulator.figures.data import FigureRequest, TotalDraws
from simulator.figures.kinds.cdf import cdf_of_draws
from simulator.figures.kinds.convergence import convergence_of_draws
from simulator.figures.kinds.difference import difference_of_draws
from simulator.figures.kinds.histogram import histogram_of_draws
from simulator.figures.kinds.intervals import intervals_of_draws
from simulator.figures.kinds.overlay import overlay_of_draws
from simulator.figures.kinds.s_curve import s_curve_of_draws
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

_OF_RUN: dict[str, Callable[[TotalDraws, float], AnalysisResult]] = {
    "histogram": histogram_of_draws,
    "convergence": convergence_of_draws,
}
"""Kinds that are drawn from the draws of the run itself."""
_OF_FILE = {**_OF_RUN, "s-curve": s_curve_of_draws}
"""Kinds that are drawn from the draws of a file."""
_OF_SEVERAL: dict[str, Callable[[Sequence[TotalDraws], Sequence[str], float], AnalysisResult]] = {
    "overlay": overlay_of_draws,
    "difference": difference_of_draws,
    "cdf": cdf_of_draws,
    "intervals": intervals_of_draws,
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
    return figures.draw(kind, _table(kind, [run, *others], options))


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


def _table(kind: str, runs: list[RunData], options: PlotOptions) -> AnalysisResult:
    """Return the table of a figure."""
    run = runs[0]
    if kind in _OF_SEVERAL:
        totals = [each.total_draws() for each in runs]
        _check_comparable(runs, totals)
        return _OF_SEVERAL[kind](totals, number_duplicates([each.title for each in runs]), run.interval)
    if kind == "breakdown":
        return run.summary(run.interval)
    of_draws = _OF_FILE if run.is_file else _OF_RUN
    if kind in of_draws:
        return of_draws[kind](run.total_draws(), run.interval)
    if run.is_file:
        names = ["breakdown", *_OF_FILE, *_OF_SEVERAL]
        run.refuse(f"has no scenario, which {kind} needs", f"run it again with the same seed; a file has {', '.join(names)}")
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
            [scenario, *(each.scenario() for each in runs[1:])],
            run.opened,
            names=number_duplicates([each.title for each in runs]),
            draws=min(run.draws, MOST_DRAWS),
            seed=run.seed,
            interval=run.interval,
            subject=options.of,
            cost=None if options.cost is None else amount(options.cost, scenario.currency, "cost"),
            date=None if options.latest is None else amount(options.latest, "hour", "latest"),
            condition=options.when,
        ),
    )


def _check_comparable(runs: Sequence[RunData], totals: Sequence[TotalDraws]) -> None:
    """Refuse runs whose draws cannot be paired, or that are in different money."""
    first, money = runs[0], totals[0].header.money
    how = first.draws, first.seed, first.method
    for each, total in zip(runs, totals, strict=True):
        if (each.draws, each.seed, each.method) != how or each.is_under_way:
            message = f"the draws of {each.title} cannot be paired with those of {first.title}"
            raise UnsupportedError(f"{message}; run both with the same draws, seed and method")
        if total.header.money != money:
            message = f"{first.title} is in {money} and {each.title} in {total.header.money}"
            raise UnsupportedError(f"{message}; convert both to one money: `open_scenario(..., money='{money}')`")
