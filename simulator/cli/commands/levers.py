"""`llmcost levers`: what each way to save would save here."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.options import (
    Whole,
    interval_option,
    load_formulas,
    output_path,
    scenario_options,
    seed_option,
    warn,
    with_warnings,
)
from simulator.cli.progress import Line

if TYPE_CHECKING:
    from simulator.analysis.levers import Ranking
    from simulator.cli.output import Table

CSV_COLUMNS = (
    "lever", "grade", "assumption", "affects", "saving_mean", "saving_median", "saving_low", "saving_high", "saving_mcse",
    "share_of_total", "probability_of_saving", "probability_of_none", "probability_of_costing_more",
    "adoption_cost", "delay_hours", "net_saving",
    "not_ranked_because",
)  # fmt: skip


@click.command(
    short_help="Rank what each lever saves on a scenario, and what it takes to adopt it.",
    context_settings={"auto_envvar_prefix": "LLMCOST"},
)
@click.argument("scenario")
@click.option("--draws", type=Whole(100, 1_000_000), default=20_000, show_default=True, help="How many draws of each.")
@seed_option
@interval_option
@click.option("--only", multiple=True, metavar="NAME", help="Rank these levers alone.")
@scenario_options
@click.option("--format", "form", type=click.Choice(["table", "json", "csv", "markdown"]), default="table", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to FILE.csv or .json in place.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(
    scenario: str, draws: int, seed: int, interval: float, only: tuple[str, ...], form: str, output: Path | None, quiet: bool,
    **given: Any,
) -> int:  # fmt: skip
    """Rank what each lever would save on SCENARIO: each alone, against it without, using common random numbers."""
    from simulator.analysis.levers import rank, summary
    from simulator.cli.app import RunFailed
    from simulator.core.files import write_text_whole
    from simulator.engine.result import NonFiniteResultError
    from simulator.io.to_json import json_text

    output = output_path(output, (".csv", ".json"))
    own = [function for path in given.pop("formulas") for function in load_formulas(path)]
    try:
        with Line("levers", quiet) as progress:
            ranking = rank(
                scenario, names=only or None, formulas=own, draws=draws, seed=seed, progress=progress.update, **given
            )
    except NonFiniteResultError as error:
        raise RunFailed(str(error)) from None
    except ValueError as error:
        raise click.UsageError(f"{scenario} {error}") from None
    warn(ranking.scenario.warnings)
    said = with_warnings(summary(ranking, interval))
    if output is not None:
        write_text_whole(output, _csv(said) if output.suffix == ".csv" else json_text(said))
    elif form == "json":
        sys.stdout.write(json_text(said))
    elif form == "csv":
        sys.stdout.write(_csv(said))
    else:
        _print(ranking, said, interval, form)
    return 0


def _csv(said: dict[str, Any]) -> str:
    from simulator.io.to_csv import Cell, csv_text

    rows: list[list[Cell]] = []
    for row in said["levers"]:
        saving = row["saving"]
        rows.append([
            row["name"], row["grade"], row["assumption"], " ".join(row["affects"]),
            *(saving[key] for key in ("mean", "median", "low", "high", "mcse")),
            row["share_of_total"], row["probability_of_saving"], row["probability_of_none"], row["probability_of_costing_more"],
            row["adoption_cost"], row["delay_hours"], row["net_saving"], "",
        ])  # fmt: skip
    empty = [""] * (len(CSV_COLUMNS) - 2)
    rows += [[row["name"], *empty, f"moves no line, but {row['moves']}"] for row in said["no_line"]]
    rows += [[row["name"], *empty, row["reason"]] for row in said["refused"]]
    return csv_text(CSV_COLUMNS, rows)


def _print(ranking: "Ranking", said: dict[str, Any], interval: float, form: str) -> None:
    from simulator.cli.output import Table, print_answer
    from simulator.core.formatting import money

    honest = [row for row in said["levers"] if not row["assumption"]]
    assumed = [row for row in said["levers"] if row["assumption"]]
    tables: list[Table] = []
    if honest:
        tables.append(_ranked(f"Savings of each lever alone, in {said['money']}", honest, interval))
    if assumed:
        tables.append(_ranked("Assumptions, grade D: a budget must not rest on these", assumed, interval))
    if said["no_line"]:
        rows = [(row["name"], row["moves"]) for row in said["no_line"]]
        tables.append(Table("No line moves, but an outcome does", ("name", "moves"), rows))
    if said["refused"]:
        rows = [(row["name"], row["reason"]) for row in said["refused"]]
        tables.append(Table("Not for this scenario", ("name", "because"), rows))
    headline = f"{said['title']}: {money(said['total']['median'])} USD without a lever (median)"
    notes = [
        f"ranked by net: the {said['ranked_by']} saving less the mean cost of the work to adopt it",
        *([] if said["ranked_by"] == "mean" else ["means are not reported: a tail is too heavy for them"]),
        "savings of several levers do not add up: pull them together with `llmcost run --lever A --lever B`",
    ]
    notes += [f"{row['name']}: {'; '.join(row['notes'])}" for row in said["levers"] if row["notes"]]
    too_good = [row["name"] for row in said["levers"] if row["too_good"]]
    if too_good:
        notes.append(f"another model, or too good: they leave less compute than any documented stack: {', '.join(too_good)}")
    notes.append(f"{said['draws']:,} draws of each, seed {said['seed']}")
    print_answer(form, tables, notes, headline)


def _ranked(title: str, rows: list[dict[str, Any]], interval: float) -> "Table":
    from simulator.cli.output import Table
    from simulator.core.formatting import digits, interval_name, percent
    from simulator.core.units import HOURS_PER_YEAR

    cells = []
    for row in rows:
        saving, delay = row["saving"], row["delay_hours"]
        cells.append((
            row["name"], row["grade"], _signed(saving["median"]), f"{_signed(saving['low'])} to {_signed(saving['high'])}",
            percent(row["probability_of_saving"]),
            percent(row["probability_of_none"]), "" if row["adoption_cost"] is None else _signed(row["adoption_cost"]),
            "" if delay is None else digits(delay / HOURS_PER_YEAR * 12, 2), _signed(row["net_saving"]),
        ))  # fmt: skip
    columns = ("name", "grade", ">median", f">{interval_name(interval)}", ">saves", ">none", ">adopt", ">months",
               ">net")  # fmt: skip
    return Table(title, columns, cells)


def _signed(amount: float) -> str:
    from simulator.core.formatting import money

    return f"-{money(-amount)}" if amount < 0 else money(amount)
