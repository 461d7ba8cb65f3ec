"""The page of `llmcost check`: every quantity in force with its value and its origin, in tables of 80 columns."""

from typing import TYPE_CHECKING

from simulator.cli.command import Page
from simulator.cli.output import Column, TextTable
from simulator.core.formatting import format_exact_quantity, format_quantity, format_significant

if TYPE_CHECKING:
    from simulator.scenario.inspection import QuantityInForce, ValidScenario

MOST_CHARACTERS = 60
"""Longest specification that is printed whole; `show` and JSON have the whole of it."""


def check_page(scenario: "ValidScenario") -> Page:
    """Return the tables of a valid scenario: settings, known numbers, priors, lines, and what else is computed."""
    grades = {entry.name: entry.grade or ("-" if entry.assumption else "") for entry in scenario.inputs}
    by_role = {
        role: [each for each in scenario.quantities if each.specification and each.role == role] for role in ("choice", "prior")
    }
    lines_with_values = [each for each in scenario.quantities if each.specification and each.role not in by_role]
    computed = [each for each in scenario.quantities if each.origin_kind == "formula"]
    lines = [each for each in computed if each.name in scenario.lines or each.role == "total"]
    others = [each for each in computed if each not in lines]
    tables = [
        TextTable(
            f"{scenario.reference}: {scenario.title}, {scenario.scope}",
            ("setting", "value", "from"),
            [(each.name, each.value, each.origin) for each in scenario.settings],
        ),
        _inputs("Known numbers", ">value", [*by_role["choice"], *lines_with_values], grades),
        _inputs("Priors", ">median", by_role["prior"], grades),
        _schedule(scenario),
        _computed(f"Lines, {scenario.money}, with every prior at its median", lines),
        _computed("Computed quantities, with every prior at its median", others),
    ]
    return Page([table for table in tables if table.rows], _notes(scenario))


def _inputs(title: str, value: str, rows: "list[QuantityInForce]", grades: dict[str, str]) -> TextTable:
    """Return a table of inputs; the grade of an assumption without one is `-`."""
    is_exact = value == ">value"
    return TextTable(
        title,
        ("quantity", "as given", value, Column("grade", 1), "from"),
        [
            (each.name, _shorten(each.specification), _value(each, is_exact=is_exact), grades.get(each.name, ""), each.origin)
            for each in rows
        ],
    )


def _computed(title: str, rows: "list[QuantityInForce]") -> TextTable:
    return TextTable(
        title,
        ("quantity", ">value", Column("formula of", 1)),
        [(f"={each.name}" if each.role == "total" else each.name, _value(each), each.origin) for each in rows],
    )


def _schedule(scenario: "ValidScenario") -> TextTable:
    """Return the phases in months; without a schedule, those that follow from the durations in force."""
    source = "derived from the durations" if scenario.has_derived_schedule else "schedule"
    title = f"Phases ({source}), in months, with every prior at its median"
    rows = [(each.name, format_significant(each.start), format_significant(each.end)) for each in scenario.phases]
    return TextTable(title, ("phase", ">start", ">end"), rows)


def _value(each: "QuantityInForce", *, is_exact: bool = False) -> str:
    return (format_exact_quantity if is_exact else format_quantity)(each.value, each.unit)


def _shorten(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:MOST_CHARACTERS].rsplit(maxsplit=1)[0].rstrip(',')} and so on"


def _notes(scenario: "ValidScenario") -> list[str]:
    from simulator.scenario.assemble.inheritance import INHERITANCE_NOTES

    notes = [f"lines: {', '.join(scenario.lines)}"]
    notes += [f"override: {note}" for note in scenario.replaced]
    others = [note for note in scenario.notes if note.code not in INHERITANCE_NOTES]
    for label, texts in (("known", scenario.known), ("assumed", scenario.assumed), ("note", others)):
        notes += [f"{label}: {text}" for text in texts]
    notes += [f"{name} is not computed: it needs {', '.join(missing)}" for name, missing in scenario.uncomputable.items()]
    return [*notes, f"{scenario.reference}: nothing wrong"]
