"""`llmcost levers`: what each lever saves in a scenario."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from simulator.cli.command import Answer, Page, outputs
from simulator.cli.options import draws_option_of, open_with_warnings, override_options, run_options_with

if TYPE_CHECKING:
    from simulator.analysis.lever_results import LeverRanking, LeverSaving
    from simulator.cli.output import TextTable
    from simulator.core.levels import Level
    from simulator.engine.options import RunOptions
    from simulator.scenario import Overrides


@click.command(
    short_help="Rank levers by what each saves in a scenario, less what it costs to adopt.",
    context_settings={"auto_envvar_prefix": "LLMCOST"},
)
@click.argument("reference", metavar="SCENARIO")
@click.option("--only", multiple=True, metavar="NAME", help="Rank only these levers.")
@override_options
@outputs()
@run_options_with(draws_option_of(20_000))
def command(reference: str, only: tuple[str, ...], overrides: "Overrides", options: "RunOptions") -> Answer:
    """Rank levers by what each alone saves in SCENARIO, using common random numbers."""
    from simulator.analysis.levers import rank_levers

    ranking = rank_levers(open_with_warnings(reference, overrides), options, names=only or None)
    return Answer(ranking, lambda: _page(ranking, options.interval))


_NO_MEAN = "mean saving (where a tail is too heavy for a mean, the median)"


def _page(ranking: "LeverRanking", interval: "Level") -> Page:
    from simulator.core.formatting import format_money

    header = ranking.header
    has_means = ranking.ranked_by == "mean" and all(lever.saving.mean is not None for lever in ranking.levers)
    notes = [
        f"ranked by net: the {'mean saving' if has_means else _NO_MEAN} less the mean cost of adoption",
        "days: median change of the duration of the run, months: median time until the lever works",
        "savings of several levers do not add up: apply them together with `llmcost run --lever A --lever B`",
        *(f"{lever.name}: {'; '.join(lever.notes)}" for lever in ranking.levers if lever.notes),
    ]
    too_good = [lever.name for lever in ranking.levers if lever.too_good]
    if too_good:
        notes.append(f"implausible, or a different model, with less compute than any documented stack: {', '.join(too_good)}")
    notes.append(f"{header.draws:,} draws of each, seed {header.seed}")
    headline = f"{header.title}: {format_money(ranking.total.median)} USD without a lever (median)"
    return Page(_tables(ranking, interval), notes, headline)


def _tables(ranking: "LeverRanking", interval: "Level") -> list["TextTable"]:
    """Return the tables that have rows: savings, assumptions, levers that change no line, and those that do not apply."""
    from simulator.cli.output import TextTable

    supported = [lever for lever in ranking.levers if not lever.assumption]
    assumptions = [lever for lever in ranking.levers if lever.assumption]
    tables = [
        _savings_table(f"Savings of each lever alone, in {ranking.header.money}", supported, interval),
        _savings_table("Assumptions, grade D: do not base a budget on these", assumptions, interval),
        TextTable(
            "Change an outcome, but no line", ("name", "changes"), [(lever.name, lever.moves) for lever in ranking.no_line]
        ),
        TextTable(
            "Not applicable to this scenario",
            ("name", "because"),
            [(lever.name, lever.reason) for lever in ranking.inapplicable],
        ),
    ]
    return [table for table in tables if table.rows]


def _savings_table(title: str, levers: "Sequence[LeverSaving]", interval: "Level") -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_percent, format_significant, interval_name
    from simulator.core.units import HOURS_PER_YEAR

    rows = [
        (
            lever.name,
            lever.grade,
            _signed(lever.saving.median),
            f"{_signed(lever.saving.low)} to {_signed(lever.saving.high)}",
            format_percent(lever.probability_of_saving),
            "" if lever.adoption_cost is None else _signed(lever.adoption_cost),
            "" if lever.delay_hours is None else format_significant(lever.delay_hours / HOURS_PER_YEAR * 12, 2),
            "" if lever.added_hours is None else _signed_days(lever.added_hours),
            _signed(lever.net_saving),
        )
        for lever in levers
    ]
    columns = ("name", "grade", ">median", f">{interval_name(interval)}", ">saves", ">adopt", ">months",
               ">days", ">net")  # fmt: skip
    return TextTable(title, columns, rows)


def _signed_days(hours: float) -> str:
    from simulator.core.formatting import format_significant

    sign = "-" if hours < 0 else "+" if hours > 0 else ""
    return f"{sign}{format_significant(abs(hours) / 24, 2)}"


def _signed(amount: float) -> str:
    from simulator.core.formatting import format_money

    return f"-{format_money(-amount)}" if amount < 0 else format_money(amount)
