"""`llmcost list`: the contents of the library."""

import os
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.command import Answer, Page, outputs
from simulator.cli.options import WholeNumber

if TYPE_CHECKING:
    from simulator.cli.output import TextTable
    from simulator.scenario.catalogue import Catalogue, Item

COLUMNS = {
    "scenarios": ("name", "title", "about"),
    "priors": ("name", "distribution", "unit", "date", "grade", "about"),
    "chips": ("name", "about", "released", "brings"),
    "levers": ("name", "affects", "grade", "about"),
    "shocks": ("name", "affects", "grade", "about"),
    "risks": ("name", "probability", "quantities", "grade", "about"),
    "quantities": ("name", "unit", "needs", "about"),
}
MAX_CELL = 90
"""Maximum number of characters in a cell of the tables."""


@click.command()
@click.argument("kind", type=click.Choice(list(COLUMNS)), metavar="[KIND]", required=False)
@click.option(
    "--stale", type=WholeNumber(0, 100_000), metavar="DAYS", help="Only priors older than this many days, oldest first."
)
@outputs(label=None)
def command(kind: str | None, stale: int | None) -> Answer:
    """List the entries of the library of one KIND; by default scenarios, levers, shocks and risks.

    KIND is scenarios, priors, chips, levers, shocks, risks or quantities.
    """
    from simulator.core.results import json_text, to_plain
    from simulator.scenario.catalogue import list_library, with_priors_older_than

    if stale is not None and kind != "priors":
        raise click.UsageError("--stale applies to priors only: llmcost list priors --stale 365")
    catalogue = list_library(kind) if kind else list_library("scenarios", "levers", "shocks", "risks")
    if stale is not None:
        catalogue = with_priors_older_than(catalogue, stale, current_date())
    if kind is None:
        return Answer(catalogue, lambda: _page(catalogue, "More: llmcost list priors | chips | quantities; llmcost show NAME"))
    entries = catalogue.items()[kind]
    return Answer(catalogue, lambda: _page(catalogue), texts={"json": lambda: json_text(to_plain(entries))})


def current_date() -> date:
    """Return today's date, or that of SOURCE_DATE_EPOCH for reproducible output."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch and not epoch.isdecimal():
        raise click.UsageError(f"SOURCE_DATE_EPOCH is {epoch!r}; it must be seconds since 1970")
    return (datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)).date()


def _page(catalogue: "Catalogue", *notes: str) -> Page:
    return Page([_table(kind, entries) for kind, entries in catalogue.items().items()], notes)


def _table(kind: str, entries: "tuple[Item, ...]") -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.scenario.catalogue import OldPriorItem

    keys, columns = COLUMNS[kind], COLUMNS[kind]
    if any(isinstance(entry, OldPriorItem) for entry in entries):
        keys, columns = (*keys, "days_old"), (*columns, ">days old")
    return TextTable(kind.capitalize(), columns, [[_cell(getattr(entry, key)) for key in keys] for entry in entries])


def _cell(value: Any) -> str:
    text = ", ".join(value) if isinstance(value, tuple) else " ".join(str(value or "").split())
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 3].rsplit(" ", 1)[0] + " ..."
