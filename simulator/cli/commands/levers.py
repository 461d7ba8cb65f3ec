"""`llmcost levers`: what each lever saves in a scenario."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.options import (
    WholeNumber,
    add_warnings,
    check_output_path,
    interval_option,
    load_formulas,
    scenario_options,
    seed_option,
    warn,
)
from simulator.cli.progress import ProgressLine

if TYPE_CHECKING:
    from simulator.analysis.levers import Ranking
    from simulator.cli.output import TextTable

CSV_COLUMNS = (
    "lever", "grade", "assumption", "affects", "saving_mean", "saving_median", "saving_low", "saving_high", "saving_mcse",
    "share_of_total", "probability_of_saving", "probability_of_none", "probability_of_costing_more",
    "adoption_cost", "delay_hours", "net_saving",
    "not_ranked_because",
)  # fmt: skip


@click.command(
    short_help="Rank levers by what each saves in a scenario, less what it costs to adopt.",
    context_settings={"auto_envvar_prefix": "LLMCOST"},
)
@click.argument("reference", metavar="SCENARIO")
@click.option("--draws", type=WholeNumber(100, 1_000_000), default=20_000, show_default=True, help="Number of draws of each.")
@seed_option
@interval_option
@click.option("--only", multiple=True, metavar="NAME", help="Rank only these levers.")
@scenario_options
@click.option("--format", "form", type=click.Choice(["table", "json", "csv", "markdown"]), default="table", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to FILE.csv or .json instead.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def command(
    reference: str, draws: int, seed: int, interval: float, only: tuple[str, ...], form: str, output: Path | None, quiet: bool,
    **overrides: Any,
) -> int:  # fmt: skip
    """Rank levers by what each alone saves in SCENARIO, using common random numbers."""
    from simulator.analysis.levers import as_json, rank_levers
    from simulator.cli.app import RunError
    from simulator.core.files import write_text_atomically
    from simulator.core.results import json_text
    from simulator.engine.result import NonFiniteResultError

    output = check_output_path(output, (".csv", ".json"))
    own_formulas = [function for path in overrides.pop("formulas") for function in load_formulas(path)]
    try:
        with ProgressLine("levers", quiet) as progress:
            ranking = rank_levers(
                reference,
                names=only or None,
                formulas=own_formulas,
                draws=draws,
                seed=seed,
                progress=progress.update,
                **overrides,
            )
    except NonFiniteResultError as error:
        raise RunError(str(error)) from None
    except ValueError as error:
        raise click.UsageError(f"{reference} {error}") from None
    warn(ranking.scenario.warnings)
    answer = add_warnings(as_json(ranking, interval))
    if output is not None:
        write_text_atomically(output, _csv(answer) if output.suffix == ".csv" else json_text(answer))
    elif form == "json":
        sys.stdout.write(json_text(answer))
    elif form == "csv":
        sys.stdout.write(_csv(answer))
    else:
        _print(ranking, answer, interval, form)
    return 0


def _csv(answer: dict[str, Any]) -> str:
    from simulator.core.csv_text import Cell, csv_text

    rows: list[list[Cell]] = []
    for row in answer["levers"]:
        saving = row["saving"]
        rows.append([
            row["name"], row["grade"], row["assumption"], " ".join(row["affects"]),
            *(saving[key] for key in ("mean", "median", "low", "high", "mcse")),
            row["share_of_total"], row["probability_of_saving"], row["probability_of_none"], row["probability_of_costing_more"],
            row["adoption_cost"], row["delay_hours"], row["net_saving"], "",
        ])  # fmt: skip
    empty = [""] * (len(CSV_COLUMNS) - 2)
    rows += [[row["name"], *empty, f"changes no line, but {row['moves']}"] for row in answer["no_line"]]
    rows += [[row["name"], *empty, row["reason"]] for row in answer["refused"]]
    return csv_text(CSV_COLUMNS, rows)


def _print(ranking: "Ranking", answer: dict[str, Any], interval: float, form: str) -> None:
    from simulator.cli.output import TextTable, print_answer
    from simulator.core.formatting import format_money

    sourced = [row for row in answer["levers"] if not row["assumption"]]
    assumptions = [row for row in answer["levers"] if row["assumption"]]
    tables: list[TextTable] = []
    if sourced:
        tables.append(_ranking_table(f"Savings of each lever alone, in {answer['money']}", sourced, interval))
    if assumptions:
        tables.append(_ranking_table("Assumptions, grade D: do not base a budget on these", assumptions, interval))
    if answer["no_line"]:
        rows = [(row["name"], row["moves"]) for row in answer["no_line"]]
        tables.append(TextTable("Change an outcome, but no line", ("name", "changes"), rows))
    if answer["refused"]:
        rows = [(row["name"], row["reason"]) for row in answer["refused"]]
        tables.append(TextTable("Not applicable to this scenario", ("name", "because"), rows))
    headline = f"{answer['title']}: {format_money(answer['total']['median'])} USD without a lever (median)"
    notes = [
        f"ranked by net: the {answer['ranked_by']} saving less the mean cost of adoption",
        *([] if answer["ranked_by"] == "mean" else ["means are not reported, as a tail is too heavy"]),
        "savings of several levers do not add up: apply them together with `llmcost run --lever A --lever B`",
    ]
    notes += [f"{row['name']}: {'; '.join(row['notes'])}" for row in answer["levers"] if row["notes"]]
    too_good = [row["name"] for row in answer["levers"] if row["too_good"]]
    if too_good:
        notes.append(f"implausible, or a different model, with less compute than any documented stack: {', '.join(too_good)}")
    notes.append(f"{answer['draws']:,} draws of each, seed {answer['seed']}")
    print_answer(form, tables, notes, headline)


def _ranking_table(title: str, rows: list[dict[str, Any]], interval: float) -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_percent, format_significant, interval_name
    from simulator.core.units import HOURS_PER_YEAR

    cells = []
    for row in rows:
        saving, delay = row["saving"], row["delay_hours"]
        cells.append((
            row["name"], row["grade"], _signed(saving["median"]), f"{_signed(saving['low'])} to {_signed(saving['high'])}",
            format_percent(row["probability_of_saving"]),
            format_percent(row["probability_of_none"]), "" if row["adoption_cost"] is None else _signed(row["adoption_cost"]),
            "" if delay is None else format_significant(delay / HOURS_PER_YEAR * 12, 2), _signed(row["net_saving"]),
        ))  # fmt: skip
    columns = ("name", "grade", ">median", f">{interval_name(interval)}", ">saves", ">none", ">adopt", ">months",
               ">net")  # fmt: skip
    return TextTable(title, columns, cells)


def _signed(amount: float) -> str:
    from simulator.core.formatting import format_money

    return f"-{format_money(-amount)}" if amount < 0 else format_money(amount)
