"""Excel workbooks of results."""

from collections.abc import Sequence
from pathlib import Path

from simulator.api.arguments import ScenarioLike, opened, several_opened, short
from simulator.api.result import Result
from simulator.api.sources import labels
from simulator.api.values import File, file_of
from simulator.core.files import check_output_file, write_atomically
from simulator.core.results import AnalysisResult
from simulator.core.suggestions import InvalidValueError
from simulator.engine.scenario import Scenario
from simulator.report.workbook import result_workbook, subject_of

SUFFIX = ".xlsx"


def workbook(result: Result | AnalysisResult, file: File, *sources: ScenarioLike, names: Sequence[str] | None = None) -> Path:
    """Write a result as an Excel workbook, with inputs and live formulas of the scenarios that it is about.

    Parameters
    ----------
    result : Result or AnalysisResult
        What `run`, `budget`, `compare` or another analysis returns.
    file : str or path-like
        `FILE.xlsx`, which is written completely or not at all.
    *sources : str, path, mapping, OpenScenario or Scenario
        The scenarios of the result. One alone also gets its cash flow, its risks, and unless it is a `Scenario` its point
        estimate with each shock and lever. Without a source, the scenario of a `Result` of `run` is taken.
    names : sequence of str or None
        Names of several scenarios, by default their own.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InvalidInputError
        With all issues of a scenario.
    InvalidValueError
        If `result` is none, or the file has another suffix or cannot be written.

    See Also
    --------
    report : Write a report, whose folder has a workbook too.

    Examples
    --------
    >>> import llmcost, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "gpt-4.xlsx"
    >>> llmcost.workbook(llmcost.run("gpt-4", draws=1000), path).name
    'gpt-4.xlsx'

    """
    if not isinstance(result, Result | AnalysisResult):
        raise InvalidValueError(f"a workbook is of a result of an analysis, not of {short(result)}")
    path = file_of(file, "file")
    check_output_file(path, (SUFFIX,))
    listed = several_opened(sources)
    scenarios = [source if isinstance(source, Scenario) else opened(source) for source in listed]
    several = labels(listed, names) if len(listed) > 1 else [""] * len(listed)
    subjects = [subject_of(source, name) for source, name in zip(scenarios, several, strict=True)]
    if isinstance(result, Result):
        if not subjects and not result._data.is_file:
            subjects = [subject_of(result.scenario)]
        summary = result.summary()
        content = result_workbook(summary, subjects, answer=summary.headline)
    else:
        content = result_workbook(result, subjects)
    write_atomically(path, lambda temporary: temporary.write_bytes(content))
    return path
