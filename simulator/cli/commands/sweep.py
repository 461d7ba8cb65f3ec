"""`llmcost sweep`: simulate the scenarios of a grid, using common random numbers."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.cells import format_probability
from simulator.cli.command import Answer, Page, outputs
from simulator.cli.options import (
    WholeNumber,
    check_output_path,
    formulas_option,
    interval_option,
    load_formulas,
    method_option,
    money_options,
    scheduler_option,
    seed_option,
    threads_option,
)

if TYPE_CHECKING:
    from simulator.analysis.sweep import CellQuantity, Store, SweepCell, SweepResult
    from simulator.cli.output import TextTable
    from simulator.engine.options import Progress
    from simulator.scenario import Scenario
    from simulator.scenario.grid import Grid
    from simulator.scenario.layers import Assignment


@click.command(short_help="Simulate every cell of a grid, a list or a Latin hypercube of scenarios.")
@click.argument("reference", metavar="GRID.yaml")
@click.option(
    "--draws",
    type=WholeNumber(100, 10_000_000_000),
    default=100_000,
    show_default="100,000",
    help="Number of draws of each cell.",
)
@seed_option
@interval_option
@method_option
@threads_option
@formulas_option
@money_options
@click.option(
    "--of", "quantity", default="total_cost", metavar="NAME", help="The quantity in table and figure, such as wall_clock."
)
@click.option("--rows", type=WholeNumber(1, 100_000), default=30, show_default=True, help="Number of cells in the table.")
@click.option("--figure", type=click.Path(path_type=Path), metavar="FILE", help="Draw a figure to FILE.svg, .png or .pdf.")
@click.option("--resume", is_flag=True, help="Continue an interrupted sweep to the same -o.")
@outputs(".nc", ".zarr", label="cells", prints_too=True)
@scheduler_option
def command(
    reference: str,
    draws: int,
    seed: int,
    interval: float,
    method: str,
    threads: int,
    formulas: tuple[Path, ...],
    settings: "Sequence[Assignment]",
    quantity: str,
    rows: int,
    figure: Path | None,
    resume: bool,
    progress: "Progress",
) -> Answer:
    """Simulate every cell of GRID.yaml, a scenario file with one of these additional keys.

    grid: {mfu: [0.3, 0.4], levers: [none, mixture-of-experts]}

    list: [{chips: 2048}, {chips: 4096, basis: rented}]

    latin-hypercube: {cells: 200, over: {mfu: 0.3 to 0.5, pue: prior}}
    """
    from simulator.analysis.sweep import SUFFIXES, save, sweep
    from simulator.engine.options import RunOptions

    figure = _check_figure_path(figure)
    store = _open_store(click.get_current_context().params["output"], resume=resume)
    grid, code = _read_grid(reference, formulas, settings, seed, progress)
    _check_quantity(grid, quantity)
    options = RunOptions(draws, seed, interval, threads or None, progress)
    with _stops_as_messages(store):
        result = sweep(grid, options, method=method, store=store, code=code)

    def finish() -> None:
        if figure is not None:
            _draw(result, quantity, figure)
        if store is not None:
            store.remove()

    return Answer(
        result,
        lambda: Page([_table(result, quantity, rows)], _notes(result, quantity, rows)),
        writers={suffix: lambda path: save(result, path) for suffix in SUFFIXES if suffix not in (".csv", ".json")},
        after_writing=finish,
        prints_too=True,
    )


# --- before the sweep -----------------------------------------------------------------------------------------------------


def _check_figure_path(figure: Path | None) -> Path | None:
    from simulator.figures import SUFFIXES

    return check_output_path(figure, SUFFIXES, "--figure")


def _open_store(output: Path | None, *, resume: bool) -> "Store | None":
    """Return the store of finished cells beside the output; refuse to mix two sweeps."""
    from simulator.analysis.sweep import Store, check_output

    if output is None:
        if resume:
            raise click.UsageError("--resume continues a sweep with an output: give it with -o")
        return None
    store = Store(output)
    if not resume and store.read():
        raise click.UsageError(
            f"{store.path} holds cells of an interrupted sweep: continue it with --resume, or remove the file"
        )
    check_output(output)
    return store


def _read_grid(
    reference: str, formulas: tuple[Path, ...], settings: "Sequence[Assignment]", seed: int, progress: "Progress"
) -> "tuple[Grid, str]":
    """Return the grid, and what identifies the user's own formulas."""
    from simulator.scenario.grid import read_grid

    own_formulas = [function for path in formulas for function in load_formulas(path)]
    code = "".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in formulas)
    return read_grid(reference, formulas=own_formulas, sets=settings, seed=seed, progress=progress), code


def _check_quantity(grid: "Grid", quantity: str) -> None:
    from simulator.analysis.sweep import reported_quantities
    from simulator.core.suggestions import suggest_nearest

    names = reported_quantities(grid.scenarios)
    if quantity not in names:
        hint = suggest_nearest(quantity, names) or f"; there are {', '.join(names)}"
        raise click.UsageError(f"--of {quantity}: no cell reports it{hint}")


@contextmanager
def _stops_as_messages(store: "Store | None") -> Iterator[None]:
    """Say, where a sweep is interrupted or terminated, where its finished cells are."""
    from simulator.analysis.sweep import SweepInterruptedError
    from simulator.cli.app import TerminationRequest

    try:
        yield
    except (SweepInterruptedError, TerminationRequest) as error:
        reason, exit_code = ("interrupted", 130) if isinstance(error, SweepInterruptedError) else ("terminated", 143)
        hint = "; nothing was written" if store is None else f"; finished cells are in {store.path}: continue with --resume"
        click.echo(f"llmcost: {reason}{hint}", err=True)
        raise click.exceptions.Exit(exit_code) from None


# --- after the sweep ------------------------------------------------------------------------------------------------------


def _draw(result: "SweepResult", quantity: str, path: Path) -> None:
    from simulator import figures
    from simulator.figures.sweep import draw_sweep

    try:
        figures.save(draw_sweep(result, quantity), path)
    except ValueError as error:
        raise click.UsageError(f"--figure {path}: {error}") from None


def _table(result: "SweepResult", quantity: str, rows: int) -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_quantity, to_words
    from simulator.core.money import is_amount

    unit = next(cell.quantities[quantity].unit for cell in result.cells if quantity in cell.quantities)
    has_budget = quantity == "total_cost" and any(cell.budget is not None for cell in result.cells)
    lines = []
    for cell, scenario in zip(result.cells[:rows], result.grid.scenarios, strict=False):
        row = [*map(_label, cell.at.values()), *_amounts(cell, scenario, quantity)]
        lines.append([*row, _within_budget(cell)] if has_budget else row)
    columns = [*(to_words(variable.name) for variable in result.variables), ">median", f">{result.header.interval_name}",
               ">P80", *([">within budget"] if has_budget else [])]  # fmt: skip
    unit_name = str(result.header.money) if is_amount(unit) else format_quantity(1, unit).partition(" ")[2] or "plain numbers"
    return TextTable(f"{result.header.title}: {to_words(quantity)} in {unit_name}", columns, lines)


def _amounts(cell: "SweepCell", scenario: "Scenario", quantity: str) -> list[str]:
    """Format median, interval and P80 of a quantity of a cell, or its known value; they are empty where it has none."""
    from simulator.core.formatting import format_median_and_interval

    if quantity not in cell.quantities:
        return [""] * 3
    figures = cell.quantities[quantity]
    middle, span = format_median_and_interval(figures, figures.unit, is_given=quantity in scenario.inputs)
    return [middle, span, middle if span == "known" else _p80(figures)]


def _p80(figures: "CellQuantity") -> str:
    from simulator.core.formatting import display_unit, format_money, format_value
    from simulator.core.money import is_amount

    if is_amount(figures.unit):
        return format_money(figures.p80)
    return format_value(figures.p80 * display_unit(figures.unit)[1])


def _within_budget(cell: "SweepCell") -> str:
    from simulator.analysis.statistics import Estimate

    if cell.budget is None:
        return ""
    return format_probability(Estimate(cell.budget.probability_within, cell.budget.probability_error))


_MOST_WRITTEN = 12
"""Digits of a number that a user writes; the points of a hypercube have more."""


def _label(label: str) -> str:
    """Round the points of a hypercube; leave values written by the user as they are."""
    from simulator.core.formatting import format_quantity, format_significant

    value, _, unit = label.partition(" ")
    try:
        point = float(value)
    except ValueError:
        return label
    if len(value) <= _MOST_WRITTEN:
        return label
    return format_quantity(point, unit) if unit else format_significant(point)


def _notes(result: "SweepResult", quantity: str, rows: int) -> list[str]:
    from simulator.core.formatting import to_words

    notes = []
    if len(result.cells) > rows:
        notes.append(f"{len(result.cells) - rows:,} more cells (--rows; -o FILE.nc, .csv or .json has all)")
    if len(result.cells) > 1:
        for word, place in zip(("lowest", "highest"), result.extremes(quantity), strict=True):
            cell = result.cells[place]
            median = _amounts(cell, result.grid.scenarios[place], quantity)[0]
            place_text = ", ".join(f"{to_words(name)} {_label(label)}" for name, label in cell.at.items() if label)
            notes.append(f"{word} median: {median}, at {place_text}")
    header = result.header
    notes += [note.text for note in result.notes]
    notes.append("all cells use common random numbers, so they differ only by what is swept")
    settings = f"{header.draws:,} draws each, {result.method}, seed {header.seed}; llmcost {header.version}"
    notes.append(f"{len(result.cells):,} cells, {settings}")
    return notes
