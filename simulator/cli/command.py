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

from simulator.cli.options import add_warnings, check_output_path, warn
from simulator.cli.progress import ProgressBar

if TYPE_CHECKING:
    from simulator.cli.output import TextTable
    from simulator.core.results import AnalysisResult

FORMATS = ("table", "json", "csv", "markdown")


@dataclass(frozen=True, slots=True)
class Page:
    """What people read: a headline, tables, and notes below them."""

    tables: "Sequence[TextTable]"
    notes: Sequence[str] = ()
    headline: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command returns.

    Attributes
    ----------
    result : AnalysisResult
        What is written as JSON and CSV.
    page : callable
        Returns the page; called only where a page is printed.
    exit_code : int
    messages : tuple of str
        Lines for standard error after the output, such as a gate that is not met.
    writers : mapping
        For each suffix besides .json and .csv the function that writes such a file.
    prints_too : bool
        Whether the answer is printed as well where it is written to a file (unless `--quiet`).

    """

    result: "AnalysisResult"
    page: Callable[[], Page]
    exit_code: int = 0
    messages: tuple[str, ...] = ()
    writers: Mapping[str, Callable[[Path], object]] = field(default_factory=dict)
    prints_too: bool = False


def outputs(
    *more_suffixes: str, label: str = "draws", evidence: Sequence[str] = ()
) -> Callable[[Callable[..., Answer]], Callable[..., int]]:
    """Add `--format`, `-o` and `--quiet` to a command, and write or print its answer.

    The command gets `progress`, a function of the steps done and their total, which are counted in `label`. `-o` accepts .json,
    .csv and `more_suffixes`, and refuses the files that the options in `evidence` name.
    """
    suffixes = (*more_suffixes, ".csv", ".json")

    def decorate(function: Callable[..., Answer]) -> Callable[..., int]:
        @click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="Output format.")
        @click.option(
            "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help=f"Write to a file: {', '.join(suffixes)}."
        )
        @click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
        @functools.wraps(function)
        def command(*args: Any, form: str, output: Path | None, quiet: bool, **options: Any) -> int:
            path = check_output_path(output, suffixes)
            for name in evidence:
                check_output_path(output, suffixes, evidence=options[name])
            with errors_as_messages(), ProgressBar(quiet, label) as progress:
                answer = function(*args, progress=progress.update, **options)
            write_answer(answer, form, path, quiet=quiet)
            for message in answer.messages:
                click.echo(f"llmcost: {message}", err=True)
            return answer.exit_code

        return command

    return decorate


@contextmanager
def errors_as_messages() -> Iterator[None]:
    """Turn the errors of an analysis into one line with an exit code."""
    from simulator.cli.app import RunError
    from simulator.engine.result import NonFiniteResultError

    try:
        yield
    except NonFiniteResultError as error:
        raise RunError(str(error)) from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except MemoryError:
        raise RunError("not enough memory for these draws; use fewer --draws") from None


def write_answer(answer: Answer, form: str, path: Path | None, *, quiet: bool = False) -> None:
    """Write an answer to a file by its suffix, or print it in a format."""
    from simulator.core.files import write_text_atomically

    _warn_of_few_draws(answer.result)
    if path is not None:
        if path.suffix in answer.writers:
            answer.writers[path.suffix](path)
        else:
            write_text_atomically(path, _text(answer.result, path.suffix.removeprefix(".")))
        if quiet or not answer.prints_too:
            return
    if form in ("json", "csv"):
        sys.stdout.write(_text(answer.result, form))
    else:
        from simulator.cli.output import print_answer

        page = answer.page()
        print_answer(form, page.tables, page.notes, page.headline)


def _warn_of_few_draws(result: "AnalysisResult") -> None:
    from simulator.io.summary import few_draws_warnings

    header = result.header
    if header.draws is not None and header.interval is not None:
        warn(few_draws_warnings(header.draws, header.interval / 100))


def _text(result: "AnalysisResult", form: str) -> str:
    """Return the JSON or CSV of a result with all warnings of this invocation."""
    from simulator.core.results import json_text

    if form == "csv":
        return result.to_csv()
    return json_text(add_warnings(result.to_dict()))
