"""The output of every command: formats, files, progress, errors and exit codes in one place.

A command parses its options, calls an analysis and returns an `Answer`; the decorator `outputs` does the rest.
"""

import functools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.options import add_warnings, check_output_path, emitted_warnings, warn
from simulator.cli.progress import ProgressBar

if TYPE_CHECKING:
    from simulator.cli.output import TextTable
    from simulator.core.results import AnalysisResult
    from simulator.scenario import OpenScenario, Scenario

FORMATS = ("table", "json", "csv", "markdown")
WORKBOOK = ".xlsx"


@dataclass(frozen=True, slots=True)
class Page:
    """What people read: a headline, its conditions, a picture drawn for the width of a terminal, tables, and notes."""

    tables: "Sequence[TextTable]"
    notes: Sequence[str] = ()
    headline: str = ""
    picture: Callable[[int], Sequence[str]] | None = None
    conditions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command returns.

    Attributes
    ----------
    result : AnalysisResult
        What is written as JSON and CSV.
    page : callable
        Returns the page, or one page per part; called only where pages are printed.
    exit_code : int
    messages : tuple of str
        Lines for standard error after the output, such as a gate that is not met.
    writers : mapping
        For each suffix besides .json, .csv and .xlsx (or in their place) the function that writes such a file.
    texts : mapping
        For each further format of the command, or in place of that of the result, the function that returns its text.
    prints_too : bool
        Whether the answer is printed as well where it is written to a file (unless `--quiet`).
    after_writing : callable or None
        Called once the files are written and before anything is printed.
    partial : bool
        Whether the analysis was interrupted, so that the answer is printed and written to no file.
    opened : sequence of OpenScenario or Scenario
        The scenarios that the answer is about, whose inputs and live formulas a workbook holds.
    names : sequence of str
        Their names, if there are several.

    """

    result: "AnalysisResult"
    page: Callable[[], Page | Sequence[Page]]
    exit_code: int = 0
    messages: tuple[str, ...] = ()
    writers: Mapping[str, Callable[[Path], object]] = field(default_factory=dict)
    texts: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    prints_too: bool = False
    after_writing: Callable[[], object] | None = None
    partial: bool = False
    opened: "Sequence[OpenScenario | Scenario]" = ()
    names: Sequence[str] = ()


def outputs(
    *more_suffixes: str,
    label: str | None = "draws",
    formats: Sequence[str] = (),
    several: bool = False,
    protects: bool = False,
    prints_too: bool = False,
    quiet_option: bool = True,
) -> Callable[[Callable[..., Answer]], Callable[..., int]]:
    """Add `--format`, `-o` and `--quiet` to a command, and write or print its answer.

    The command gets `progress`, a function of the steps done and their total, which are counted in `label`; with None, for a
    command that takes no time, there is no progress. With `quiet_option=False` the command has a `--quiet` of its own. `-o`
    accepts .json, .csv, .xlsx and `more_suffixes`, and refuses files that the command reads. Further `formats` are printed by
    `Answer.texts`; the first of them is the default. With `several`, `-o` may be repeated, and the command gets
    `paths`, so that it can prepare all files before the first is written. With `protects`, an existing file is overwritten
    with `--force` only. With `prints_too`, the help of `-o` says that the answer is printed as well (`Answer.prints_too`).
    """
    suffixes = tuple(dict.fromkeys((*more_suffixes, ".csv", ".json", WORKBOOK)))
    shared_options = _output_options(
        suffixes, formats, several=several, protects=protects, prints_too=prints_too, quiet_option=quiet_option
    )

    def decorate(function: Callable[..., Answer]) -> Callable[..., int]:
        @functools.wraps(function)
        def command(
            *args: Any,
            form: str,
            output: Path | tuple[Path, ...] | None,
            quiet: bool = False,
            force: bool = True,
            **options: Any,
        ) -> int:
            paths = output if isinstance(output, tuple) else (output,) if output else ()
            _check_paths(paths, suffixes, overwrite=force)
            if several:
                options["paths"] = paths
            with errors_as_messages(), ProgressBar(quiet, label or "") as progress:
                if label is not None:
                    options["progress"] = progress.update
                answer = function(*args, **options)
            write_answer(answer, form, paths, quiet=quiet)
            _print_messages(answer, paths)
            return answer.exit_code

        with_options: Callable[..., int] = command
        for option in reversed(shared_options):
            with_options = option(with_options)
        return with_options

    return decorate


def _output_options(
    suffixes: Sequence[str], more_formats: Sequence[str], *, several: bool, protects: bool, prints_too: bool, quiet_option: bool
) -> list[Callable[..., Any]]:
    formats = (*more_formats, *FORMATS)
    default = (*more_formats, "table")[0]
    file_help = f"Write to a file: {', '.join(suffixes)}{'; may be repeated' if several else ''}."
    if prints_too:
        file_help += " The answer is printed as well, unless --quiet."
    path = click.Path(path_type=Path)
    options = [
        click.option("--format", "form", type=click.Choice(formats), default=default, show_default=True, help="Output format."),
        click.option("-o", "--output", type=path, multiple=several, metavar="FILE", help=file_help),
    ]
    if quiet_option:
        options.append(click.option("-q", "--quiet", is_flag=True, help="Show no progress."))
    if protects:
        options.append(click.option("--force", is_flag=True, help="Overwrite an existing file."))
    return options


def _check_paths(paths: Sequence[Path], suffixes: tuple[str, ...], *, overwrite: bool) -> None:
    """Refuse files that cannot be written, or that the answer is computed from."""
    for path in paths:
        check_output_path(path, suffixes)
        if not overwrite and path.exists():
            raise click.UsageError(f"-o {path}: already exists; --force overwrites it")


def _print_messages(answer: Answer, paths: Sequence[Path]) -> None:
    for message in answer.messages:
        click.echo(f"llmcost: {message}", err=True)
    if answer.partial and paths:
        click.echo(f"llmcost: not written: {', '.join(map(str, paths))}", err=True)


@contextmanager
def errors_as_messages() -> Iterator[None]:
    """Turn the errors of an analysis into one line with an exit code."""
    from simulator.cli.app import RunError
    from simulator.core.errors import NonFiniteResultError

    try:
        yield
    except NonFiniteResultError as error:
        raise RunError(str(error)) from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except MemoryError:
        raise RunError("not enough memory for these draws; use fewer --draws") from None


def write_answer(answer: Answer, form: str, paths: Sequence[Path], *, quiet: bool = False) -> None:
    """Write an answer to files by their suffixes, or print it in a format."""
    from simulator.core.files import write_text_atomically

    _warn_of_few_draws(answer.result)
    if answer.partial:
        paths = ()
    for path in paths:
        if path.suffix in answer.writers:
            answer.writers[path.suffix](path)
        elif path.suffix == WORKBOOK:
            write_workbook(answer, path)
        else:
            write_text_atomically(path, _text(answer, path.suffix.removeprefix(".")))
    if answer.after_writing is not None:
        answer.after_writing()
    if paths and (quiet or not answer.prints_too):
        return
    if form in answer.texts or form in ("json", "csv"):
        sys.stdout.write(_text(answer, form))
    else:
        from simulator.cli.output import print_answer

        pages = answer.page()
        for page in (pages,) if isinstance(pages, Page) else pages:
            notes = _with_conversion(page.notes, answer.result)
            print_answer(form, page.tables, notes, page.headline, page.picture, page.conditions)


def write_workbook(answer: Answer, path: Path) -> None:
    """Write an answer as an Excel workbook, with its notes and the warnings of this invocation."""
    from simulator.core.files import write_atomically
    from simulator.report.workbook import result_workbook, subject_of

    found = answer.page()
    pages = (found,) if isinstance(found, Page) else tuple(found)
    notes = [note for page in pages for note in page.notes] + [f"warning: {warning}" for warning in emitted_warnings()]
    headline = ". ".join([pages[0].headline, *pages[0].conditions]) if len(pages) == 1 else ""
    command = click.get_current_context().command_path
    names = answer.names or [""] * len(answer.opened)
    subjects = [subject_of(opened, name) for opened, name in zip(answer.opened, names, strict=True)]
    content = result_workbook(answer.result, subjects, title=command, answer=headline, notes=notes)
    write_atomically(path, lambda temporary: temporary.write_bytes(content))


def _with_conversion(notes: Sequence[str], result: "AnalysisResult") -> list[str]:
    """Return notes with how amounts were converted, before the last one, which describes the simulation."""
    conversion = result.header.conversion
    if conversion is None or conversion in notes:
        return list(notes)
    return [*notes[:-1], conversion, *notes[-1:]]


def _warn_of_few_draws(result: "AnalysisResult") -> None:
    from simulator.io.summary import few_draws_warnings

    header = result.header
    if header.draws is not None and header.interval is not None:
        warn(few_draws_warnings(header.draws, header.interval / 100))


def _text(answer: Answer, form: str) -> str:
    """Return the text of an answer in a format, with all warnings of this invocation; a CSV with other columns has none."""
    from simulator.core.csv_text import csv_text
    from simulator.core.results import FIGURE_COLUMNS, flatten, json_text

    if form in answer.texts:
        return answer.texts[form]()
    if form == "csv":
        columns, rows = answer.result.table()
        if columns == FIGURE_COLUMNS:
            rows += flatten({"warnings": list(emitted_warnings())})
        return csv_text(columns, rows)
    return json_text(add_warnings(answer.result.to_dict()))
