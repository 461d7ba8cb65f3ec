"""Reports for decision makers, written to a folder."""

import datetime
import os
from collections.abc import Callable, Sequence

from simulator.api.arguments import Openable, ScenarioLike, one_of, opened, run_options, several_opened
from simulator.api.sources import labels
from simulator.api.values import File, date_text, file_of, flag
from simulator.core.levels import Level
from simulator.core.scalars import Number
from simulator.core.suggestions import InvalidValueError
from simulator.report.build import Labels, report_on_bases, report_on_scenario, report_on_several
from simulator.report.content import Report
from simulator.report.folder import FORMATS, Format, OccupiedFolderError, check_folder, manifest_of, write


def report(
    *sources: Openable,
    folder: File | None = None,
    format: Format = "html",
    names: Sequence[str] | None = None,
    rent_or_buy: bool = False,
    date: datetime.date | str | None = None,
    draws: Number = 100_000,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Write a report on a scenario, or on the comparison of several with the first of them.

    Parameters
    ----------
    *sources : str, path, mapping or OpenScenario
        The scenarios. A name may be followed by changes, as in ``"gpt-4:basis=rented"``. A ``Scenario`` of `read` cannot be
        varied.
    folder : path or None
        Folder to write: page, figures as SVG, tables, ``summary.json``, explorer, workbook and manifest. An earlier report
        there is replaced, any other content never. Without it, nothing is written.
    format : {"html", "markdown"}
        Format of the page.
    names : sequence of str or None
        Name of each scenario within a comparison.
    rent_or_buy : bool, default False
        Compare one scenario rented, owned and purchased, with their break-even.
    date : date, str or None
        A date to show, such as ``"2026-11-21"``.
    draws : float, default 100,000
        Number of draws, of which levers and drivers use at most 20,000.
    seed, interval, threads
        As in `budget`.
    progress : callable or None
        Called with the name of each step that begins.

    Returns
    -------
    Report
        ``title``, ``answer``, ``key_figures``, ``sections``, and ``summary`` with all results as plain data, unrounded.

    Raises
    ------
    OccupiedFolderError
        If the folder holds anything but a report, or cannot be written.
    InvalidInputError, InvalidValueError, NonFiniteResultError
        As in `budget`.

    Notes
    -----
    A report does not depend on the time: the same inputs, version and seed give the same bytes. The folder does not hold the
    draws, nor figures as PNG: ``run(source).save("draws.nc")`` writes the draws, and `figure` a figure in any format.

    Examples
    --------
    >>> import llmcost
    >>> report = llmcost.report("gpt-4", "gpt-4:basis=rented", names=["owned", "rented"], draws=1000)
    >>> report.kicker
    'Comparison, in December 2023 USD'
    >>> report.key_figures[-1][0]
    'owned cheaper than rented'

    """
    options = run_options(draws, seed, interval, threads)
    page_format = one_of(format, "format", tuple(FORMATS))
    shown_date = date_text(date, "date")
    step = _ignore if progress is None else progress
    if not callable(step):
        raise InvalidValueError("progress of a report must be a function of the name of a step")
    if not sources or (flag(rent_or_buy, "rent_or_buy") and len(sources) > 1):
        raise InvalidValueError("a report needs a scenario, and with rent_or_buy exactly one")
    path = None if folder is None else file_of(folder, "folder")
    if path is not None:
        try:
            check_folder(path)
        except OccupiedFolderError as error:
            raise OccupiedFolderError(f"{path}: {error}") from None
    sources, original_sources = several_opened(sources), sources
    scenario_names = labels(sources, names)
    several = [opened(source) for source in sources]
    chosen: dict[str, object] = {"draws": options.draws, "seed": options.seed, "interval": options.interval}
    call = _call(original_sources, names=names, rent_or_buy=rent_or_buy, date=shown_date, **chosen)
    shown = Labels(call, shown_date)
    if rent_or_buy:
        content = report_on_bases(several[0], options, shown, step)
    elif len(several) == 1:
        content = report_on_scenario(several[0], options, shown, step)
    else:
        content = report_on_several(several, scenario_names, options, shown, step, names or ())
    if path is not None:
        write(content, path, page_format, manifest_of(content, options, several, command=call), step)
    return content


_DEFAULTS: dict[str, object] = {
    "names": None, "rent_or_buy": False, "date": "", "draws": 100_000, "seed": 0, "interval": 0.95,
}  # fmt: skip


def _call(sources: Sequence[ScenarioLike], **options: object) -> str:
    """Return the call that reproduces a report; empty where a source is no name or path."""
    if not all(isinstance(source, str | os.PathLike) for source in sources):
        return ""
    changed = [f"{name}={value!r}" for name, value in options.items() if value != _DEFAULTS[name]]
    return f"llmcost.report({', '.join([*(repr(str(source)) for source in sources), *changed])}, folder='report')"


def _ignore(_: str) -> None:
    """Report no progress."""
