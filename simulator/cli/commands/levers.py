"""`llmcost levers`: what each lever saves in a scenario."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from simulator.cli.command import Answer, Page, outputs
from simulator.cli.options import draws_option_of, override_options, run_options_with, warn

if TYPE_CHECKING:
    from simulator.analysis.lever_results import LeverRanking, LeverSaving, OutcomeLever
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
    from simulator.scenario import open_scenario

    opened = open_scenario(reference, overrides)
    warn(opened.allowing_unused().scenario.warnings)  # an option may have an effect with a lever only
    ranking = rank_levers(opened, options, names=only or None)
    return Answer(ranking, lambda: _page(ranking, options.interval), opened=[opened])


def _page(ranking: "LeverRanking", interval: "Level") -> Page:
    from simulator.core.formatting import format_money

    header = ranking.header
    notes = [
        "ranked by the median of the net saving: the total without the lever less that with it, draw by draw, the work and the "
        "delay of its adoption included",
        "saves: share of draws with a net saving; mean: of the net saving, n/a where the tail of a total is too heavy for one",
        "saving: median before adoption; adopt: median cost of the work, and of the staff during the delay; days: median "
        "change of the duration of the run",
        "savings of several levers do not add up: apply them together with `llmcost run --lever A --lever B`",
        *(f"{lever.name}: {'; '.join(lever.notes)}" for lever in ranking.levers if lever.notes),
    ]
    too_good = [lever.name for lever in ranking.levers if lever.too_good]
    if too_good:
        notes.append(f"implausible, or a different model, with less compute than any documented stack: {', '.join(too_good)}")
    notes.append(f"{header.draws:,} draws of each, seed {header.seed}")
    headline = f"{header.title}: {format_money(ranking.total.median)} {header.currency} without a lever (median)"
    return Page(_tables(ranking, interval), notes, headline)


def _tables(ranking: "LeverRanking", interval: "Level") -> list["TextTable"]:
    """Return the tables that have rows: savings, assumptions, what they take, outcomes, and levers that do not apply."""
    from simulator.cli.output import TextTable

    supported = [lever for lever in ranking.levers if not lever.assumption]
    assumptions = [lever for lever in ranking.levers if lever.assumption]
    outcome_rows = [row for lever in ranking.no_line for row in _outcome_rows(lever)]
    outcome_rows += [row for lever in ranking.levers for row in _outcome_rows(lever, only=_PAID)]
    tables = [
        _savings_table(f"Net savings of each lever alone, in {ranking.header.money}", supported, interval),
        _savings_table("Assumptions, grade D: do not base a budget on these", assumptions, interval),
        _adoption_table(ranking.levers),
        TextTable(
            "Outcomes",
            ("name", "changes", ">median", ">with it"),
            outcome_rows,
        ),
        TextTable(
            "Not applicable to this scenario",
            ("name", "because"),
            [(lever.name, lever.reason) for lever in ranking.inapplicable],
        ),
    ]
    return [table for table in tables if table.rows]


_PAID = ("partner_cost",)
"""Outcomes that say what is left to pay where others pay a part of the total."""


def _outcome_rows(lever: "LeverSaving | OutcomeLever", only: "Sequence[str] | None" = None) -> list[tuple[str, ...]]:
    """Return a row for each outcome that a lever changes, the name of the lever in the first."""
    from simulator.core.formatting import format_quantity, to_words

    changes = [change for change in lever.outcomes if only is None or change.name in only]
    return [
        (
            lever.name if number == 0 else "",
            to_words(change.name),
            "" if change.before is None else format_quantity(change.before, change.unit),
            format_quantity(change.after, change.unit),
        )
        for number, change in enumerate(changes)
    ]


def _savings_table(title: str, levers: "Sequence[LeverSaving]", interval: "Level") -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_percent, interval_name

    rows = [
        (
            lever.name,
            lever.grade,
            _signed(lever.net.median),
            f"{_signed(lever.net.low)} to {_signed(lever.net.high)}",
            format_percent(lever.probability_of_saving),
            "n/a" if lever.net.mean is None else _signed(lever.net.mean),
        )
        for lever in levers
    ]
    columns = ("name", "", ">net", f">{interval_name(interval)}", ">saves", ">mean")
    return TextTable(title, columns, rows)


def _adoption_table(levers: "Sequence[LeverSaving]") -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_significant
    from simulator.core.units import HOURS_PER_YEAR

    rows = [
        (
            lever.name,
            _signed(lever.saving.median),
            "" if lever.adoption_cost is None else _signed(lever.adoption_cost),
            "" if lever.delay_hours is None else format_significant(lever.delay_hours / HOURS_PER_YEAR * 12, 2),
            "" if lever.added_hours is None else _signed_days(lever.added_hours),
        )
        for lever in levers
    ]
    return TextTable("What they save and take", ("name", ">saving", ">adopt", ">months", ">days"), rows)


def _signed_days(hours: float) -> str:
    from simulator.core.formatting import format_significant

    sign = "-" if hours < 0 else "+" if hours > 0 else ""
    return f"{sign}{format_significant(abs(hours) / 24, 2)}"


def _signed(amount: float) -> str:
    from simulator.core.formatting import format_money

    return f"-{format_money(-amount)}" if amount < 0 else format_money(amount)
