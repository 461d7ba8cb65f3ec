"""`llmcost list`: the contents of the library."""

from typing import TYPE_CHECKING, Any

import click

from simulator.cli.command import Answer, Page, outputs
from simulator.cli.options import WholeNumber

if TYPE_CHECKING:
    from simulator.analysis.old_prices import OldPrices
    from simulator.cli.output import TextTable
    from simulator.scenario.catalogue import Catalogue, Item

COLUMNS = {
    "scenarios": ("name", "title", "about"),
    "priors": ("name", "distribution", "unit", "date", "grade", "about"),
    "chips": ("name", "about", "released", "brings"),
    "models": ("name", "about", "total_parameters", "active_parameters", "released", "grade"),
    "prices": ("name", "input_price", "cached_input_price", "cache_write_price", "output_price", "since", "tier"),
    "levers": ("name", "affects", "grade", "about"),
    "shocks": ("name", "affects", "grade", "about"),
    "risks": ("name", "probability", "quantities", "grade", "about"),
    "quantities": ("name", "unit", "needs", "about"),
}
PRIORITIES = {"grade": 1, "date": 2, "released": 1, "unit": 1, "affects": 2, "quantities": 2, "brings": 2}
"""Columns that a narrow terminal leaves out: the highest number first."""
HEADINGS = {
    "total_parameters": ">parameters", "active_parameters": ">active", "input_price": ">input", "cached_input_price": ">cached",
    "cache_write_price": ">write", "output_price": ">output",
}  # fmt: skip
"""Headings of columns that are not their keys."""
TITLES = {"models": "Models that can be served", "prices": "List prices of interfaces, USD for a million tokens"}
NOTES = {
    "models": "`served_model: NAME` serves one; a model without a row is approximated from its total and active parameters",
    "prices": "`api_model: NAME` charges one; source: genai-prices 0.2.3, MIT licence, up to 2026-11-04",
}
MAX_CELL = 90
"""Characters of a cell beyond which a text ends with an earlier clause."""


@click.command()
@click.argument("kind", type=click.Choice(list(COLUMNS)), metavar="[KIND]", required=False)
@click.option(
    "--stale", type=WholeNumber(0, 100_000), metavar="[DAYS]", is_flag=False, flag_value="180",
    help="Only priors older than this many days (180), oldest first.",
)  # fmt: skip
@click.option(
    "--scenario", metavar="SCENARIO", help="With --stale: the old prices of a scenario, and their effect on its total."
)
@outputs(label=None)
def command(kind: str | None, stale: int | None, scenario: str | None) -> Answer:
    """List the entries of the library of one KIND; by default scenarios, levers, shocks and risks.

    KIND is scenarios, priors, chips, models (that can be served), prices (of
    interfaces), levers, shocks, risks or quantities.
    """
    from simulator.core.results import json_text, to_plain
    from simulator.core.today import current_date
    from simulator.scenario.catalogue import list_library, with_priors_older_than

    if stale is not None and kind != "priors":
        raise click.UsageError("--stale applies to priors only: llmcost list priors --stale 365")
    if scenario is not None and stale is None:
        raise click.UsageError("--scenario goes with --stale: llmcost list priors --stale --scenario gpt-4")
    if scenario is not None and stale is not None:
        return _old_prices(scenario, stale)
    catalogue = list_library(kind) if kind else list_library("scenarios", "levers", "shocks", "risks")
    if stale is not None:
        catalogue = with_priors_older_than(catalogue, stale, current_date())
    if kind is None:
        return Answer(
            catalogue,
            lambda: _page(
                catalogue,
                "more: llmcost list priors, and in the same way chips, models, prices and quantities",
            ),
        )
    entries = catalogue.items()[kind]
    notes = [NOTES[kind]] if kind in NOTES else []
    return Answer(catalogue, lambda: _page(catalogue, *notes), texts={"json": lambda: json_text(to_plain(entries))})


def _old_prices(reference: str, days: int) -> Answer:
    """Return the old prices of a scenario with their effect on its total."""
    from simulator.analysis.old_prices import list_old_prices
    from simulator.scenario import Overrides, open_scenario

    result = list_old_prices(open_scenario(reference, Overrides()).scenario, days)
    return Answer(result, lambda: _old_page(result))


def _old_page(result: "OldPrices") -> Page:
    from simulator.cli.output import Column, TextTable
    from simulator.core.formatting import format_percent, to_words

    rows = [
        (
            to_words(price.quantity), price.row, price.date, "" if price.days_old is None else f"{price.days_old:,}",
            price.grade, format_percent(price.change_of_total),
        )
        for price in result.prices
    ]  # fmt: skip
    title = f"Prices of {result.header.scenario} older than {result.days} days on {result.on}; change of total if 10% higher"
    columns = ("price", Column("row", 2), "date", Column(">days old", 1), Column("grade", 3), ">change of total")
    summary = f"{len(result.prices)} of {result.count} prices are old; change of total if all are 10% higher: "
    summary += format_percent(result.joint_change)
    notes = [*map(str, result.notes), summary, "prices of your own: llmcost prior from-quotes, from-focus, from-token-prices"]
    return Page([TextTable(title, columns, rows)] if rows else [], notes)


def _page(catalogue: "Catalogue", *notes: str) -> Page:
    tables = [_table(kind, entries) for kind, entries in catalogue.items().items()]
    return Page(tables, [*notes, "texts are shortened; `llmcost show NAME` has all of an entry"])


def _table(kind: str, entries: "tuple[Item, ...]") -> "TextTable":
    from simulator.cli.output import Column, TextTable
    from simulator.scenario.catalogue import OldPriorItem

    keys = COLUMNS[kind]
    columns = tuple(HEADINGS.get(key, key) for key in keys)
    if any(isinstance(entry, OldPriorItem) for entry in entries):
        keys, columns = (*keys, "days_old"), (*columns, ">days old")
    columns = tuple(Column(each, PRIORITIES[each]) if each in PRIORITIES else each for each in columns)
    rows = [[_cell(_value(entry, key)) for key in keys] for entry in entries]
    return TextTable(TITLES.get(kind, kind.capitalize()), columns, rows)


def _value(entry: "Item", key: str) -> Any:
    """Return a field of an entry; an input says so in place of the quantities that it would need."""
    is_input = key == "needs" and getattr(entry, "is_input", False)
    return "an input" if is_input else getattr(entry, key)


def _cell(value: Any) -> str:
    from simulator.core.formatting import format_compact, format_plain, shorten

    if isinstance(value, float):
        return format_plain(value) if value < 1e6 else format_compact(value)
    return shorten(", ".join(value) if isinstance(value, tuple) else " ".join(str(value or "").split()), MAX_CELL)
