"""`llmcost sweep`: simulate the scenarios of a grid, using common random numbers."""

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.decisions import FORMATS, format_probability, simulation_progress
from simulator.cli.options import (
    WholeNumber,
    check_output_path,
    formulas_option,
    interval_option,
    load_formulas,
    method_option,
    scheduler_option,
    seed_option,
    threads_option,
)

if TYPE_CHECKING:
    from simulator.analysis.sweep import SweepResult
    from simulator.cli.output import TextTable


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
@click.option(
    "--of", "quantity", default="total_cost", metavar="NAME", help="The quantity in table and figure, such as wall_clock."
)
@click.option("--rows", type=WholeNumber(1, 100_000), default=30, show_default=True, help="Number of cells in the table.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="Output format.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
    help="Also write to FILE.nc (one xarray Dataset), .zarr, .csv or .json.",
)  # fmt: skip
@click.option("--figure", type=click.Path(path_type=Path), metavar="FILE", help="Draw a figure to FILE.svg, .png or .pdf.")
@click.option("--resume", is_flag=True, help="Continue an interrupted sweep to the same -o.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress, and with -o no table.")
@scheduler_option
def command(
    reference: str,
    draws: int,
    seed: int,
    interval: float,
    method: str,
    threads: int,
    formulas: tuple[Path, ...],
    quantity: str,
    rows: int,
    form: str,
    output: Path | None,
    figure: Path | None,
    resume: bool,
    quiet: bool,
) -> int:
    """Simulate every cell of GRID.yaml, a scenario file with one of these additional keys.

    grid: {mfu: [0.3, 0.4], levers: [none, mixture-of-experts]}

    list: [{chips: 2048}, {chips: 4096, basis: rented}]

    latin-hypercube: {cells: 200, over: {mfu: 0.3 to 0.5, pue: prior}}
    """
    from simulator.analysis.sweep import SUFFIXES, Store, SweepInterruption, check_output, save, sweep
    from simulator.cli.app import TerminationRequest
    from simulator.core import resources as machine
    from simulator.figures import SUFFIXES as FIGURES
    from simulator.scenario.grid import read_grid

    output, figure = check_output_path(output, SUFFIXES), check_output_path(figure, FIGURES, "--figure")
    if resume and output is None:
        raise click.UsageError("--resume continues a sweep with an output: give it with -o")
    store = None if output is None else Store(output)
    if store is not None and not resume and store.read():
        raise click.UsageError(
            f"{store.path} holds cells of an interrupted sweep: continue it with --resume, or remove the file"
        )
    with simulation_progress(quiet, "cells") as progress:
        if output is not None:
            check_output(output)
        own_formulas = [function for path in formulas for function in load_formulas(path)]
        code = "".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in formulas)
        grid = read_grid(reference, formulas=own_formulas, seed=seed, progress=progress)
        _check_of(grid.scenarios, quantity)
    try:
        with simulation_progress(quiet, "cells") as progress:
            result = sweep(
                grid, draws, seed, method, interval=interval, threads=threads or machine.cores(), store=store, code=code,
                progress=progress,
            )  # fmt: skip
    except (SweepInterruption, TerminationRequest) as error:
        reason, exit_code = ("interrupted", 130) if isinstance(error, SweepInterruption) else ("terminated", 143)
        hint = "; nothing was written" if store is None else f"; finished cells are in {store.path}: continue with --resume"
        click.echo(f"llmcost: {reason}{hint}", err=True)
        return exit_code
    if output is not None:
        save(result, output)
    if figure is not None:
        _draw(result, quantity, figure)
    if store is not None:
        store.remove()
    if not (quiet and output is not None):
        _print(result, quantity, rows, form)
    return 0


def _check_of(scenarios: Any, quantity: str) -> None:
    from simulator.core.suggestions import suggest_nearest

    names = dict.fromkeys(name for scenario in scenarios for name in ("total_cost", *scenario.lines, *scenario.outcomes))
    if quantity not in names:
        raise click.UsageError(
            f"--of {quantity}: no cell reports it{suggest_nearest(quantity, names)}; there are {', '.join(names)}"
        )


def _draw(result: "SweepResult", quantity: str, path: Path) -> None:
    from simulator import figures
    from simulator.analysis.sweep import as_json
    from simulator.figures.kinds.sweep import draw_sweep

    try:
        figures.save(draw_sweep(as_json(result), quantity), path)
    except ValueError as error:
        raise click.UsageError(f"--figure {path}: {error}") from None


# --- the table ------------------------------------------------------------------------------------------------------------


def _print(result: "SweepResult", quantity: str, rows: int, form: str) -> None:
    from simulator.analysis.sweep import as_csv, as_json
    from simulator.cli.output import print_answer
    from simulator.core.results import json_text

    if form in ("json", "csv"):
        sys.stdout.write(json_text(as_json(result)) if form == "json" else as_csv(result))
        return
    tables, notes = [_table(result, quantity, rows)], _notes(result, quantity, rows)
    print_answer(form, tables, notes)


def _table(result: "SweepResult", quantity: str, rows: int) -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_quantity, interval_name, to_words

    grid = result.grid
    unit = next(scenario.unit(quantity) for scenario in grid.scenarios if quantity in scenario.plan.names)
    has_budget = quantity == "total_cost" and any(cell["budget"] is not None for cell in result.cells)
    lines = []
    for place, cell in enumerate(result.cells[:rows]):
        figures = cell["quantities"].get(quantity)
        row = [_label(label) for label in grid.labels(place).values()]
        row += [""] * 3 if figures is None else _cells(figures, unit, is_given=quantity in grid.scenarios[place].inputs)
        if has_budget:
            budget = cell["budget"]
            row.append(
                "" if budget is None else format_probability((budget["probability_within"], budget["probability_error"]))
            )
        lines.append(row)
    budget_columns = [">within budget"] if has_budget else []
    columns = (*map(to_words, grid.names), ">median", f">{interval_name(result.interval)}", ">P80", *budget_columns)
    money = (
        f" in {grid.scenarios[0].money}"
        if unit == "USD"
        else f" in {format_quantity(1, unit).partition(' ')[2] or 'plain numbers'}"
    )
    return TextTable(f"{grid.title}: {to_words(quantity)}{money}", columns, lines)


def _cells(figures: dict[str, float], unit: str, *, is_given: bool) -> list[str]:
    """Format median, interval and P80 of a cell, or its known value."""
    from simulator.core.formatting import format_median_and_interval

    middle, span = format_median_and_interval(figures, unit, is_given=is_given)
    return [middle, span, _amount(figures["p80"], unit) if span != "known" else middle]


def _amount(value: float, unit: str) -> str:
    from simulator.core.formatting import display_unit, format_money, format_value

    return format_money(value) if unit == "USD" else format_value(value * display_unit(unit)[1])


def _label(label: str) -> str:
    """Round the points of a hypercube; leave values written by the user as they are."""
    from simulator.core.formatting import format_significant

    try:
        return format_significant(float(label)) if len(label) > 12 else label
    except ValueError:
        return label


def _notes(result: "SweepResult", quantity: str, rows: int) -> list[str]:
    from simulator.analysis.sweep import extremes
    from simulator.core.formatting import to_words
    from simulator.core.version import tool_version

    notes = []
    if len(result.cells) > rows:
        notes.append(f"{len(result.cells) - rows:,} more cells (--rows; -o FILE.nc, .csv or .json has all)")
    if len(result.cells) > 1:
        unit = next(scenario.unit(quantity) for scenario in result.grid.scenarios if quantity in scenario.plan.names)
        for word, place in zip(("lowest", "highest"), extremes(result, quantity), strict=True):
            value = _cells(
                result.cells[place]["quantities"][quantity], unit, is_given=quantity in result.grid.scenarios[place].inputs
            )[0]
            place_text = ", ".join(
                f"{to_words(name)} {_label(label)}" for name, label in result.grid.labels(place).items() if label
            )
            notes.append(f"{word} median: {value}, at {place_text}")
    notes.append("all cells use common random numbers, so they differ only by what is swept")
    draws = result.cells[0]["draws"]
    settings = f"{draws:,} draws each, {result.method}, seed {result.seed}; llmcost {tool_version()}"
    notes.append(f"{len(result.cells):,} cells, {settings}")
    return notes
