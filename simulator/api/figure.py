"""Figures of scenarios and of evidence."""

import datetime
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator import figures
from simulator.api.actuals import actuals_of
from simulator.api.arguments import Openable, opened, run_options, several_opened, short
from simulator.api.sources import labels
from simulator.api.values import Amount, File, amount, date_text, file_of, flag, names_of, optional_file, positive
from simulator.core.files import check_output_file
from simulator.core.levels import Level
from simulator.core.money import BASE
from simulator.core.scalars import Number
from simulator.core.suggestions import InvalidValueError, suggest_nearest
from simulator.engine.options import Progress
from simulator.figures.data import FigureRequest
from simulator.figures.format import figure_format
from simulator.figures.registry import KINDS, OPTION_KINDS, FigureKind, expected_scenarios

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure(
    kind: FigureKind,
    *sources: Openable,
    names: Sequence[str] | None = None,
    of: str | None = None,
    cost: Amount | None = None,
    latest: Amount | None = None,
    when: str | None = None,
    evidence: File | None = None,
    actuals: File | None = None,
    date: datetime.date | str | None = None,
    output: File | None = None,
    width: Amount | None = None,
    height: Amount | None = None,
    font_size: Number | None = None,
    grey: bool = False,
    dpi: Number | None = None,
    draws: Number | None = None,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> "Figure":
    """Draw a figure of scenarios or of evidence.

    Parameters
    ----------
    kind : str
        Such as ``s-curve``, ``breakdown``, ``tornado``, ``levers``, ``stress``, ``overlay``; `figure_kinds` lists all.
    *sources : str, path, mapping or OpenScenario
        The scenarios: one for most kinds, two to five for ``overlay``, ``cdf`` and ``difference``, two to 40 for
        ``intervals``, one or two for ``bridge``, none for ``trend``, ``posterior`` and ``epoch-...``. For ``backtest`` the
        path of a file of `llmcost backtest --format json`.
    names : sequence of str or None
        Name of each scenario in the figure.
    of : str or None
        ``prior``: its name; ``joint``: the quantity used as date; ``trend``: amortised, acquisition or cloud; ``posterior``:
        utilisation, power, discrepancy or rental.
    cost : float, str or None
        ``joint``: the limit of the cost, USD.
    latest : float, str or None
        ``joint``: the limit of the date, hours or a text such as ``"18 month"``.
    when : str or None
        ``reverse``: a condition such as ``"total_cost > 200e6"``.
    evidence : path or None
        ``trend``, ``posterior``: your own table.
    actuals : path or None
        ``burn-up``: a CSV file of what was spent, in place of the ``actuals`` of the scenario.
    date : date, str or None
        A date to show, such as ``"2026-11-21"``.
    output : path or None
        File that the figure is written to: ``.png``, ``.svg`` or ``.pdf``, with the same bytes for the same figures. Letters of
        the last two are text; a PDF has its TrueType font embedded.
    width, height : float, str or None
        Inches, or a text such as ``"89 mm"``, ``"3.5 in"``, ``"375 px"``; by default 6.3 inches, and the height that the figure
        needs.
    font_size : float or None
        Letters of the axes in points, by default 8.5; titles and notes are in proportion.
    grey : bool, default False
        Whether all colours are greys.
    dpi : float or None
        Dots per inch of a PNG, by default 200.
    draws : float or None
        Number of draws, by default that of the corresponding analysis.
    seed, interval, threads, progress
        As in `budget`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    FigureUnavailableError
        If a scenario lacks what the figure needs.
    InvalidInputError, InvalidValueError, NonFiniteResultError
        As in `budget`.

    Examples
    --------
    >>> import llmcost
    >>> drawing = llmcost.figure("s-curve", "gpt-4:budget=150e6", draws=2000)
    >>> len(drawing.axes) > 0
    True

    """
    own: dict[str, object] = {"of": of, "cost": cost, "latest": latest, "when": when, "evidence": evidence, "actuals": actuals}
    _check_kind(kind, sources, own)
    page = figure_format(
        width,
        height,
        None if font_size is None else positive(font_size, "font_size"),
        flag(grey, "grey"),
        None if dpi is None else int(positive(dpi, "dpi")),
    )
    options = run_options(100_000 if draws is None else draws, seed, interval, threads, progress)
    file = optional_file(output, "output")
    if file is not None:
        check_output_file(file, figures.SUFFIXES)
        if dpi is not None and file.suffix != ".png":
            raise InvalidValueError(f"dpi has no effect on {file.suffix}, whose lines have no dots; write a .png")
    request = FigureRequest(
        draws=None if draws is None else options.draws,
        seed=options.seed,
        interval=float(options.interval),
        threads=options.threads,
        progress=options.progress,
        subject=None if of is None else names_of(of, "of")[0],
        date=None if latest is None else amount(latest, "hour", "latest"),
        condition=None if when is None else names_of(when, "when")[0],
        evidence=optional_file(evidence, "evidence"),
    )
    request = _with_sources(kind, request, sources, names)
    if cost is not None:
        request = replace(request, cost=amount(cost, request.scenario.currency if request.scenarios else BASE, "cost"))
    if actuals is not None:
        request = replace(request, actuals=actuals_of(actuals, request.scenario))
    table = figures.build_table(kind, request)
    drawing = figures.draw(kind, table, date_text(date, "date"), page)
    if file is not None:
        figures.save(drawing, file)
    return drawing


def figure_kinds() -> dict[str, str]:
    """Return the kinds of figures, each with what it shows.

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> import llmcost
    >>> llmcost.figure_kinds()["levers"]
    'The saving of each lever by itself.'

    """
    return {name: kind.about for name, kind in KINDS.items()}


def _check_kind(kind: str, sources: Sequence[object], options: dict[str, object]) -> None:
    """Refuse an unknown kind, options that do not apply to it, and a wrong number of scenarios."""
    if not isinstance(kind, str) or kind not in KINDS:
        hint = suggest_nearest(kind, KINDS) if isinstance(kind, str) else ""
        raise InvalidValueError(f"no kind {short(kind)}{hint or '; there are ' + ', '.join(KINDS)}")
    for name, value in options.items():
        if value is not None and kind not in OPTION_KINDS[name]:
            raise InvalidValueError(f"{name} does not apply to {kind}, only to {', '.join(OPTION_KINDS[name])}")
    if not KINDS[kind].min_scenarios <= len(sources) <= KINDS[kind].max_scenarios:
        raise InvalidValueError(f"{kind} takes {expected_scenarios(kind)}, not {len(sources)}")


def _with_sources(kind: str, request: FigureRequest, sources: Sequence[Openable], names: Sequence[str] | None) -> FigureRequest:
    """Read the scenarios of a request; the base of stress tests has none of the shocks, which are shown one by one."""
    if kind == "backtest":
        return replace(request, reference=str(file_of(sources[0], "source")))  # type: ignore[arg-type]
    if not sources:
        return request
    sources = several_opened(sources)
    several = [opened(source) for source in sources]
    read = [(each.without_shocks() if kind == "stress" else each).scenario for each in several]
    shown = labels(sources, names)
    return replace(request, opened=several[0], scenarios=read, names=shown, reference=shown[0])
