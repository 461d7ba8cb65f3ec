"""What the commands for decisions share: options of their draws, output in every format, amounts on the command line."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.options import Whole, interval_option, output_path, seed_option, threads_option, warn, with_warnings
from simulator.cli.progress import Bar

if TYPE_CHECKING:
    from simulator.cli.output import Table

FORMATS = ("table", "json", "csv", "markdown")
BAR = 30


def draw_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of draws that are held whole, and of how the answer is given."""
    for option in reversed((
        click.option("--draws", type=Whole(100, 1_000_000), default=100_000, show_default="100,000", help="How many draws."),
        seed_option,
        interval_option,
        threads_option,
        click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="How to print."),
        click.option(
            "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to FILE.csv or .json in place."
        ),
        click.option("-q", "--quiet", is_flag=True, help="No progress."),
    )):  # fmt: skip
        function = option(function)
    return function


def checked_output(path: Path | None) -> Path | None:
    """Check before any work that the answer can be written there."""
    return output_path(path, (".csv", ".json"))


@contextmanager
def drawing(quiet: bool, what: str = "draws") -> Iterator[Callable[[int, int], None]]:
    """Show progress where it takes long, and turn what fails into one line and its exit code."""
    from simulator.cli.app import RunFailed
    from simulator.engine.result import NonFiniteResultError

    try:
        with Bar(quiet, what) as progress:
            yield progress.update
    except NonFiniteResultError as error:
        raise RunFailed(str(error)) from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except MemoryError:
        raise RunFailed("not enough memory to hold these draws; draw fewer") from None


def give(said: dict[str, Any], form: str, output: Path | None, tables: "Callable[[], tuple[list[Table], list[str]]]") -> None:
    """Write the answer to a file, or print it; `tables` makes the tables and the notes below them."""
    from simulator.core.files import write_text_whole
    from simulator.io.summary import few
    from simulator.io.to_json import json_text

    warn(few(said["draws"], said["interval"] / 100))
    said = with_warnings(said)
    if output is not None:
        write_text_whole(output, as_csv(said) if output.suffix == ".csv" else json_text(said))
    elif form == "json":
        sys.stdout.write(json_text(said))
    elif form == "csv":
        sys.stdout.write(as_csv(said))
    else:
        from simulator.cli.output import print_answer

        print_answer(form, *tables())


def as_csv(said: dict[str, Any]) -> str:
    """Return every figure as a row: where it stands in the JSON, and its value, unrounded."""
    from simulator.io.to_csv import csv_text

    rows = ((path, str(value).lower() if isinstance(value, bool) else value) for path, value in _flat("", said))
    return csv_text(("figure", "value"), rows)


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Walk plain data; a row of a list is known by its name or level where it has one."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{path}.{key}" if path else key, inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            label: Any = number
            if isinstance(inner, dict):
                label = inner.get("name", inner.get("of", inner.get("level", number)))
            yield from _flat(f"{path}[{label:g}]" if isinstance(label, float) else f"{path}[{label}]", inner)
    else:
        yield path, value


def amount(text: str, unit: str, option: str) -> float:
    """Read one amount with its unit, such as `150e6`, `18 month`, in canonical units."""
    from simulator.core.units import Unit
    from simulator.scenario.values import distribution_of

    try:
        distribution = distribution_of(text, Unit(unit), 0.95)
        value = float(distribution.quantile(0.5))
        if not distribution.is_constant or value <= 0:
            raise ValueError(f"{text!r} must be one amount above zero")
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None
    return value


def overrun_rows(budget: dict[str, Any], cvar: float | None = None) -> list[tuple[str, str, str, str]]:
    """Return the rows that define what a budget leaves open: expected overrun, the same given an overrun, and CVaR95."""
    from simulator.core.formatting import money

    rows = [("expected overrun", money(budget["expected_overrun"]), "mean of the excess over the budget, 0 within it", "")]
    if budget["expected_overrun_given_overrun"] is not None:
        given = money(budget["expected_overrun_given_overrun"])
        rows.append(("given an overrun", given, "mean of the excess where the budget is exceeded", ""))
    if cvar is not None:
        rows.append(("CVaR95 of the total", money(cvar), "mean of the total in its worst 5%", ""))
    return rows


def band(figures: dict[str, Any]) -> str:
    """Say an interval of amounts."""
    from simulator.core.formatting import money

    return f"{money(figures['low'])} to {money(figures['high'])}"


def bar(share: float) -> str:
    """Draw a share as a bar of text."""
    return "#" * round(BAR * share)


def probability_text(found: dict[str, float] | Sequence[float]) -> str:
    """Say a probability with its Monte Carlo error: `63% +- 0.2`."""
    from simulator.core.formatting import digits, percent

    value, error = (found["value"], found["error"]) if isinstance(found, dict) else found
    if error == 0:
        return percent(value)
    said = f"{digits(100 * value)}%" if value <= 0.99 else percent(value)  # never a certainty that is none
    return f"{said} +-{digits(100 * error, 1)}"
