"""`llmcost list`: what the library has."""

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from simulator.cli.tables import Table

COLUMNS = {
    "scenarios": ("name", "title", "scope", "about"),
    "priors": ("name", "law", "unit", "date", "sure", "about"),
    "chips": ("name", "about", "released", "brings"),
    "levers": ("name", "acts_on", "sure", "about"),
    "shocks": ("name", "acts_on", "sure", "about"),
    "quantities": ("name", "unit", "needs", "about"),
}


@click.command(short_help="List scenarios, priors, chips, levers and shocks.")
@click.argument("kind", type=click.Choice(list(COLUMNS)), required=False)
@click.option("--format", "form", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True)
def command(kind: str | None, form: str) -> None:
    """List what the library has of a KIND; without one, scenarios, levers and shocks."""
    from simulator.cli.tables import markdown, print_tables
    from simulator.results import json_text

    kinds = [kind] if kind else ["scenarios", "levers", "shocks"]
    found = {name: ROWS[name]() for name in kinds}
    if form == "json":
        sys.stdout.write(json_text(found[kind] if kind else found))
        return
    tables = [_table(name, rows) for name, rows in found.items()]
    if form == "markdown":
        sys.stdout.write(markdown(tables))
    else:
        print_tables(tables)
        if kind is None:
            click.echo("More: llmcost list priors | chips | quantities; llmcost show NAME")


def _table(kind: str, rows: list[dict[str, Any]]) -> "Table":
    from simulator.cli.tables import Table

    shown = COLUMNS[kind]
    return Table(kind.capitalize(), shown, [[_cell(row[key]) for key in shown] for row in rows])


def _cell(value: Any) -> str:
    text = ", ".join(value) if isinstance(value, list) else " ".join(str(value or "").split())
    return text if len(text) <= 90 else text[:87].rsplit(" ", 1)[0] + " ..."


def scenarios() -> list[dict[str, Any]]:
    """Return the scenarios of the library; one without a title is a preset to extend."""
    from simulator.scenario import library

    rows = []
    for name in library.names("scenarios"):
        node = library.shelved("scenarios", name)
        said = node.plain() if node else {}
        about = said.get("about", "" if "title" in said else "a preset to extend")
        rows.append({"name": name, "title": said.get("title", ""), "scope": said.get("scope", ""), "about": about.strip(),
                     "extends": said.get("extends", [])})  # fmt: skip
    return rows


def priors() -> list[dict[str, Any]]:
    """Return every row of the library's priors."""
    from simulator import model
    from simulator.scenario import library
    from simulator.scenario.laws import describe, library_entry

    units = model.every_graph().units
    rows = []
    for quantity, named in library.rows().items():
        for name in named:
            entry = library_entry(quantity, name)
            unit = units.get(model.known_as(quantity))
            rows.append(
                {
                    "name": f"{quantity}/{name}",
                    "quantity": quantity,
                    "about": entry.about,
                    "unit": entry.unit or (unit.text if unit else "1"),
                    "law": describe(entry),
                    "date": entry.date,
                    "sure": entry.sure,
                    "assumption": not entry.sources or entry.sure == "D",
                    "sources": [source.model_dump(exclude_defaults=True) for source in entry.sources],
                }
            )
    return rows


def chips() -> list[dict[str, Any]]:
    """Return the chips and the quantities that each brings."""
    from simulator.scenario import library
    from simulator.scenario.schema import ChipRow

    rows = []
    for name, node in library.chips().items():
        row = ChipRow.model_validate(node.plain())
        rows.append({"name": name, "about": row.about, "released": row.released or "", "aliases": list(row.aliases),
                     "brings": list(row.model_extra or {})})  # fmt: skip
    return rows


def _shelf(shelf: str) -> list[dict[str, Any]]:
    from simulator.scenario import library
    from simulator.scenario.schema import AdjustmentRow

    rows = []
    for name in library.names(shelf):
        node = library.shelved(shelf, name)
        row = AdjustmentRow.model_validate(node.plain() if node else {})
        rows.append({"name": name, "about": row.about, "acts_on": [act.on for act in row.acts], "sure": row.sure,
                     "sources": [source.model_dump(exclude_defaults=True) for source in row.sources]})  # fmt: skip
    return rows


def quantities() -> list[dict[str, Any]]:
    """Return the formulas of the model."""
    from simulator import model

    return [
        {"name": name, "about": formula.about, "unit": formula.unit.text, "needs": list(formula.needs)}
        for name, formula in model.base_graph().formulas.items()
    ]


ROWS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "scenarios": scenarios, "priors": priors, "chips": chips, "quantities": quantities,
    "levers": partial(_shelf, "levers"), "shocks": partial(_shelf, "shocks"),
}  # fmt: skip
