"""`llmcost list`: the contents of the library."""

import os
import sys
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.options import WholeNumber

if TYPE_CHECKING:
    from simulator.cli.output import TextTable

COLUMNS = {
    "scenarios": ("name", "title", "about"),
    "priors": ("name", "distribution", "unit", "date", "grade", "about"),
    "chips": ("name", "about", "released", "brings"),
    "levers": ("name", "affects", "grade", "about"),
    "shocks": ("name", "affects", "grade", "about"),
    "quantities": ("name", "unit", "needs", "about"),
}


@click.command(short_help="List scenarios, priors, chips, levers and shocks.")
@click.argument("kind", type=click.Choice(list(COLUMNS)), required=False)
@click.option("--format", "form", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True)
@click.option(
    "--stale", type=WholeNumber(0, 100_000), metavar="DAYS", help="Only priors older than this many days, oldest first."
)
def command(kind: str | None, form: str, stale: int | None) -> None:
    """List the entries of the library of one KIND; by default scenarios, levers and shocks."""
    from simulator.cli.output import print_answer
    from simulator.core.results import json_text

    if stale is not None and kind != "priors":
        raise click.UsageError("--stale applies to priors only: llmcost list priors --stale 365")
    kinds = [kind] if kind else ["scenarios", "levers", "shocks"]
    listing = {name: ROWS[name]() for name in kinds}
    if stale is not None:
        listing["priors"] = select_older(listing["priors"], stale, current_date())
    if form == "json":
        sys.stdout.write(json_text(listing[kind] if kind else listing))
        return
    tables = [_table(name, rows, () if stale is None else ("days_old",)) for name, rows in listing.items()]
    print_answer(form, tables)
    if form == "table" and kind is None:
        click.echo("More: llmcost list priors | chips | quantities; llmcost show NAME")


def _table(kind: str, rows: list[dict[str, Any]], more: tuple[str, ...] = ()) -> "TextTable":
    from simulator.cli.output import TextTable

    keys = (*COLUMNS[kind], *more)
    columns = (*COLUMNS[kind], *(f">{key.replace('_', ' ')}" for key in more))
    return TextTable(kind.capitalize(), columns, [[_cell(row[key]) for key in keys] for row in rows])


def _cell(value: Any) -> str:
    text = ", ".join(value) if isinstance(value, list) else " ".join(str(value or "").split())
    return text if len(text) <= 90 else text[:87].rsplit(" ", 1)[0] + " ..."


def current_date() -> date:
    """Return today's date, or that of SOURCE_DATE_EPOCH for reproducible output."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch and not epoch.isdecimal():
        raise click.UsageError(f"SOURCE_DATE_EPOCH is {epoch!r}; it must be seconds since 1970")
    return (datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)).date()


def last_day(text: str) -> date:
    """Return the last day of a date: 2018 and 2024-05 count as their last day."""
    year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
    if day:
        return date(year, month, day)
    return date(year, month or 12, monthrange(year, month or 12)[1])


def select_older(rows: list[dict[str, Any]], days: int, on: date) -> list[dict[str, Any]]:
    """Return the rows dated more than `days` before `on`, each with its age, oldest first.

    Rows without a date come before all others.
    """
    aged = [row | {"days_old": (on - last_day(row["date"])).days if row["date"] else None} for row in rows]
    old = [row for row in aged if row["days_old"] is None or row["days_old"] > days]
    return sorted(old, key=lambda row: (row["days_old"] is not None, -(row["days_old"] or 0), row["name"]))


def list_scenarios() -> list[dict[str, Any]]:
    """Return the scenarios of the library; those without a title are presets to extend."""
    from simulator.scenario import library

    rows = []
    for name in library.names("scenarios"):
        node = library.find_file("scenarios", name)
        settings = node.plain() if node else {}
        about = settings.get("about", "" if "title" in settings else "a preset to extend")
        rows.append({"name": name, "title": settings.get("title", ""), "about": about.strip(),
                     "extends": settings.get("extends", [])})  # fmt: skip
    return rows


def list_priors() -> list[dict[str, Any]]:
    """Return every row of the library's priors."""
    from simulator import model
    from simulator.scenario import library
    from simulator.scenario.entries import describe, library_entry

    units = model.every_graph().units
    rows = []
    for quantity, row_names in library.rows().items():
        for name in row_names:
            entry = library_entry(quantity, name)
            unit = units.get(model.lookup_name(quantity))
            rows.append(
                {
                    "name": f"{quantity}/{name}",
                    "quantity": quantity,
                    "about": entry.about,
                    "unit": entry.unit or (unit.text if unit else "1"),
                    "distribution": describe(entry),
                    "date": entry.date,
                    "grade": entry.grade,
                    "assumption": not entry.sources or entry.grade == "D",
                    "sources": [source.model_dump(exclude_defaults=True) for source in entry.sources],
                }
            )
    return rows


def list_chips() -> list[dict[str, Any]]:
    """Return the chips and the quantities that each provides."""
    from simulator.scenario import library
    from simulator.scenario.schema import ChipRow

    rows = []
    for name, node in library.chips().items():
        row = ChipRow.model_validate(node.plain())
        rows.append({"name": name, "about": row.about, "released": row.released or "", "aliases": list(row.aliases),
                     "brings": list(row.model_extra or {})})  # fmt: skip
    return rows


def _list_adjustments(kind: str) -> list[dict[str, Any]]:
    from simulator.scenario import library
    from simulator.scenario.schema import AdjustmentRow

    rows = []
    for name in library.names(kind):
        node = library.find_file(kind, name)
        row = AdjustmentRow.model_validate(node.plain() if node else {})
        rows.append({"name": name, "about": row.about, "affects": [effect.on for effect in row.effects], "grade": row.grade,
                     "sources": [source.model_dump(exclude_defaults=True) for source in row.sources]})  # fmt: skip
    return rows


def list_quantities() -> list[dict[str, Any]]:
    """Return the formulas of the model."""
    from simulator import model

    return [
        {"name": name, "about": formula.about, "unit": formula.unit.text, "needs": list(formula.needs)}
        for name, formula in model.base_graph().formulas.items()
    ]


ROWS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "scenarios": list_scenarios, "priors": list_priors, "chips": list_chips, "quantities": list_quantities,
    "levers": partial(_list_adjustments, "levers"), "shocks": partial(_list_adjustments, "shocks"),
}  # fmt: skip
