"""Shared by the decision commands: simulation options, output in every format, amounts on the command line."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from simulator.cli.options import (
    WholeNumber,
    add_warnings,
    check_output_path,
    interval_option,
    seed_option,
    threads_option,
    warn,
)
from simulator.cli.progress import ProgressBar

if TYPE_CHECKING:
    from simulator.analysis.statistics import Estimate
    from simulator.cli.output import TextTable
    from simulator.core.formatting import Bounds

FORMATS = ("table", "json", "csv", "markdown")
BAR_WIDTH = 30


def draw_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a simulation whose draws stay in memory, and of its output."""
    for option in reversed(
        (
            click.option(
                "--draws", type=WholeNumber(100, 1_000_000), default=100_000, show_default="100,000", help="Number of draws."
            ),
            seed_option,
            interval_option,
            threads_option,
            click.option(
                "--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="Output format."
            ),
            click.option(
                "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to FILE.csv or .json instead."
            ),
            click.option("-q", "--quiet", is_flag=True, help="Show no progress."),
        )
    ):
        function = option(function)
    return function


def check_answer_path(path: Path | None) -> Path | None:
    """Check before the simulation that the answer can be written to `path`."""
    return check_output_path(path, (".csv", ".json"))


@contextmanager
def simulation_progress(quiet: bool, label: str = "draws") -> Iterator[Callable[[int, int], None]]:
    """Show the progress of a long simulation, and turn its errors into one line with an exit code."""
    from simulator.cli.app import RunError
    from simulator.core.errors import NonFiniteResultError

    try:
        with ProgressBar(quiet, label) as progress:
            yield progress.update
    except NonFiniteResultError as error:
        raise RunError(str(error)) from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except MemoryError:
        raise RunError("not enough memory for these draws; use fewer --draws") from None


def write_answer(
    answer: dict[str, Any], form: str, output: Path | None, tables: "Callable[[], tuple[list[TextTable], list[str]]]"
) -> None:
    """Write the answer to a file, or print it. `tables` builds the tables and the notes below them."""
    from simulator.core.files import write_text_atomically
    from simulator.core.results import json_text
    from simulator.io.summary import few_draws_warnings

    warn(few_draws_warnings(answer["draws"], answer["interval"] / 100))
    answer = add_warnings(answer)
    if output is not None:
        write_text_atomically(output, as_csv(answer) if output.suffix == ".csv" else json_text(answer))
    elif form == "json":
        sys.stdout.write(json_text(answer))
    elif form == "csv":
        sys.stdout.write(as_csv(answer))
    else:
        from simulator.cli.output import print_answer

        print_answer(form, *tables())


def as_csv(answer: dict[str, Any]) -> str:
    """Return every figure as a row: its path in the JSON, and its unrounded value."""
    from simulator.core.csv_text import csv_text

    rows = ((path, str(value).lower() if isinstance(value, bool) else value) for path, value in _flatten("", answer))
    return csv_text(("figure", "value"), rows)


def _flatten(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield path and value of every leaf; items of a list are identified by their name or level, if any."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flatten(f"{path}.{key}" if path else key, inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            label: Any = number
            if isinstance(inner, dict):
                label = inner.get("name", inner.get("of", inner.get("level", number)))
            yield from _flatten(f"{path}[{label:g}]" if isinstance(label, float) else f"{path}[{label}]", inner)
    else:
        yield path, value


def parse_amount(text: str, unit: str, option: str) -> float:
    """Parse one amount with its unit, such as `150e6` or `18 month`, and return it in canonical units."""
    from simulator.core.units import Unit
    from simulator.scenario.values import distribution_of

    try:
        distribution = distribution_of(text, Unit(unit), 0.95)
        value = float(distribution.quantile(0.5))
        if not distribution.is_constant or value <= 0:
            raise ValueError(f"{text!r} must be a single amount above zero")
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None
    return value


class Overrun(Protocol):
    """Expected overrun of a budget in USD, and that where it is exceeded; None where there is no mean or no overrun."""

    @property
    def expected_overrun(self) -> float | None: ...

    @property
    def expected_overrun_given_overrun(self) -> float | None: ...


def overrun_rows(budget: Overrun, cvar: float | None = None) -> list[tuple[str, str, str, str]]:
    """Return the table rows of the expected overrun, the expected overrun given an overrun, and CVaR95."""
    from simulator.core.formatting import format_money

    rows = [("expected overrun", format_money(budget.expected_overrun), "mean of the excess over the budget, 0 within it", "")]
    if budget.expected_overrun_given_overrun is not None:
        conditional = format_money(budget.expected_overrun_given_overrun)
        rows.append(("given an overrun", conditional, "mean of the excess where the budget is exceeded", ""))
    if cvar is not None:
        rows.append(("CVaR95 of the total", format_money(cvar), "mean of the total in its worst 5%", ""))
    return rows


def format_band(figures: "Bounds") -> str:
    """Format an interval of amounts."""
    from simulator.core.formatting import format_money

    return f"{format_money(figures.low)} to {format_money(figures.high)}"


def text_bar(share: float) -> str:
    """Format a share as a bar of characters."""
    return "#" * round(BAR_WIDTH * share)


def format_probability(estimate: "Estimate") -> str:
    """Format a probability with its Monte Carlo error: `63% +-0.2`."""
    from simulator.core.formatting import format_percent, format_significant

    value, error = estimate.value, estimate.error
    if error == 0:
        return format_percent(value)
    text = f"{format_significant(100 * value)}%" if value <= 0.99 else format_percent(value)  # never rounded to certainty
    return f"{text} +-{format_significant(100 * error, 1)}"
