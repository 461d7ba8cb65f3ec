"""`llmcost sweep`: many scenarios of one grid, using common random numbers."""

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.decisions import FORMATS, drawing, probability_text
from simulator.cli.options import (
    Whole,
    formulas_option,
    interval_option,
    load_formulas,
    method_option,
    output_path,
    scheduler_option,
    seed_option,
    threads_option,
)

if TYPE_CHECKING:
    from simulator.analysis.sweep import Swept
    from simulator.cli.output import Table


@click.command(short_help="Draw every cell of a grid, a list or a Latin hypercube of scenarios.")
@click.argument("grid", metavar="GRID.yaml")
@click.option("--draws", type=Whole(100, 10_000_000_000), default=100_000, show_default="100,000", help="Draws of each cell.")
@seed_option
@interval_option
@method_option
@threads_option
@formulas_option
@click.option("--of", default="total_cost", metavar="NAME", help="The quantity of table and figure, such as wall_clock.")
@click.option("--rows", type=Whole(1, 100_000), default=30, show_default=True, help="How many cells the table shows.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="How to print.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
    help="Write to FILE.nc (one xarray Dataset), .zarr, .csv or .json too.",
)  # fmt: skip
@click.option("--figure", type=click.Path(path_type=Path), metavar="FILE", help="Draw it to FILE.svg, .png or .pdf.")
@click.option("--resume", is_flag=True, help="Go on from the cells that a sweep to the same -o has finished.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, and with -o no table.")
@scheduler_option
def command(
    grid: str, draws: int, seed: int, interval: float, method: str, threads: int, formulas: tuple[Path, ...], of: str,
    rows: int, form: str, output: Path | None, figure: Path | None, resume: bool, quiet: bool,
) -> int:  # fmt: skip
    """Draw every cell of GRID.yaml: a scenario file with one of these keys more.

    grid: {mfu: [0.3, 0.4], levers: [none, mixture-of-experts]}

    list: [{chips: 2048}, {chips: 4096, basis: rented}]

    latin-hypercube: {cells: 200, over: {mfu: 0.3 to 0.5, pue: prior}}
    """
    from simulator.analysis.sweep import SUFFIXES, Interrupted, Store, check_output, save, sweep
    from simulator.cli.app import Terminated
    from simulator.core import resources as machine
    from simulator.figures import SUFFIXES as FIGURES
    from simulator.scenario.grid import read_grid

    output, figure = output_path(output, SUFFIXES), output_path(figure, FIGURES, "--figure")
    if resume and output is None:
        raise click.UsageError("--resume goes on with what was kept beside an output: name it with -o")
    store = None if output is None else Store(output)
    if store is not None and not resume and store.read():
        raise click.UsageError(
            f"{store.path} holds cells of a sweep that was stopped: --resume goes on from them, or remove it"
        )
    with drawing(quiet, "cells") as progress:
        if output is not None:
            check_output(output)
        own = [function for path in formulas for function in load_formulas(path)]
        code = "".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in formulas)
        read = read_grid(grid, formulas=own, seed=seed, progress=progress)
        _check_of(read.scenarios, of)
    try:
        with drawing(quiet, "cells") as progress:
            swept = sweep(
                read, draws, seed, method, interval=interval, threads=threads or machine.cores(), store=store, code=code,
                progress=progress,
            )  # fmt: skip
    except (Interrupted, Terminated) as error:
        word, exit_code = ("interrupted", 130) if isinstance(error, Interrupted) else ("terminated", 143)
        kept = "; nothing was written" if store is None else f"; finished cells are in {store.path}: --resume goes on from them"
        click.echo(f"llmcost: {word}{kept}", err=True)
        return exit_code
    if output is not None:
        save(swept, output)
    if figure is not None:
        _draw(swept, of, figure)
    if store is not None:
        store.remove()
    if not (quiet and output is not None):
        _print(swept, of, rows, form)
    return 0


def _check_of(scenarios: Any, of: str) -> None:
    from simulator.core.suggestions import nearest

    told = dict.fromkeys(name for made in scenarios for name in ("total_cost", *made.lines, *made.outcomes))
    if of not in told:
        raise click.UsageError(f"--of {of}: no cell tells it{nearest(of, told)}; there are {', '.join(told)}")


def _draw(swept: "Swept", of: str, path: Path) -> None:
    from simulator import figures
    from simulator.analysis.sweep import as_json
    from simulator.figures.kinds.sweep import draw_sweep

    try:
        figures.save(draw_sweep(as_json(swept), of), path)
    except ValueError as error:
        raise click.UsageError(f"--figure {path}: {error}") from None


# --- the table ------------------------------------------------------------------------------------------------------------


def _print(swept: "Swept", of: str, rows: int, form: str) -> None:
    from simulator.analysis.sweep import as_csv, as_json
    from simulator.cli.output import print_answer
    from simulator.io.to_json import json_text

    if form in ("json", "csv"):
        sys.stdout.write(json_text(as_json(swept)) if form == "json" else as_csv(swept))
        return
    tables, notes = [_table(swept, of, rows)], _notes(swept, of, rows)
    print_answer(form, tables, notes)


def _table(swept: "Swept", of: str, rows: int) -> "Table":
    from simulator.cli.output import Table
    from simulator.core.formatting import interval_name, shown, words

    grid = swept.grid
    unit = next(made.unit(of) for made in grid.scenarios if of in made.plan.names)
    within = of == "total_cost" and any(cell["budget"] is not None for cell in swept.cells)
    told = []
    for place, cell in enumerate(swept.cells[:rows]):
        found = cell["quantities"].get(of)
        row = [_label(label) for label in grid.labels(place).values()]
        row += [""] * 3 if found is None else _cells(found, unit, given=of in grid.scenarios[place].inputs)
        if within:
            stands = cell["budget"]
            row.append("" if stands is None else probability_text((stands["probability_within"], stands["probability_error"])))
        told.append(row)
    last = [">within budget"] if within else []
    columns = (*map(words, grid.names), ">median", f">{interval_name(swept.interval)}", ">P80", *last)
    money = f" in {grid.scenarios[0].money}" if unit == "USD" else f" in {shown(1, unit).partition(' ')[2] or 'plain numbers'}"
    return Table(f"{grid.title}: {words(of)}{money}", columns, told)


def _cells(found: dict[str, float], unit: str, *, given: bool) -> list[str]:
    """Median, interval and P80 of a cell, or its known value."""
    from simulator.core.formatting import middle_and_range

    middle, span = middle_and_range(found, unit, given=given)
    return [middle, span, _amount(found["p80"], unit) if span != "known" else middle]


def _amount(value: float, unit: str) -> str:
    from simulator.core.formatting import money, scaled, shown_unit

    return money(value) if unit == "USD" else scaled(value * shown_unit(unit)[1])


def _label(label: str) -> str:
    """Round the points of a hypercube for people; what somebody wrote stays as it is."""
    from simulator.core.formatting import digits

    try:
        return digits(float(label)) if len(label) > 12 else label
    except ValueError:
        return label


def _notes(swept: "Swept", of: str, rows: int) -> list[str]:
    from simulator.analysis.sweep import extremes
    from simulator.core.formatting import words
    from simulator.core.version import tool_version

    notes = []
    if len(swept.cells) > rows:
        notes.append(f"{len(swept.cells) - rows:,} cells more (--rows; -o FILE.nc, .csv or .json has all)")
    if len(swept.cells) > 1:
        unit = next(made.unit(of) for made in swept.grid.scenarios if of in made.plan.names)
        for word, place in zip(("lowest", "highest"), extremes(swept, of), strict=True):
            value = _cells(swept.cells[place]["quantities"][of], unit, given=of in swept.grid.scenarios[place].inputs)[0]
            at = ", ".join(f"{words(name)} {_label(label)}" for name, label in swept.grid.labels(place).items() if label)
            notes.append(f"{word} median: {value}, at {at}")
    notes.append("all cells share their random numbers, so they differ by what is swept")
    drawn = swept.cells[0]["draws"]
    rests = f"{drawn:,} draws each, {swept.method}, seed {swept.seed}; llmcost {tool_version()}"
    notes.append(f"{len(swept.cells):,} cells, {rests}")
    return notes
