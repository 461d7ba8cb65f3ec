"""Actual spending that a scenario states: its amounts in the money of the prices, and the names of its lines."""

from collections.abc import Iterable

from simulator.core.errors import Issue, Place
from simulator.core.results import Note
from simulator.core.suggestions import InvalidValueError
from simulator.engine.actuals import ActualAmount, Actuals
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.money import amount_of
from simulator.scenario.layers import Layer
from simulator.scenario.schema import ActualRow

PAYMENTS = ("fleet_purchase", "fleet_proceeds", "credits_used")
"""Payments that are no lines of the total, on which amounts are reported too."""


def read_actuals(context: Context, lines: Iterable[str]) -> Actuals | None:
    """Return the actual spending that a scenario states, or None; add issues of amounts and lines."""
    layer = context.layer_of("actuals")
    settings = None if layer is None else layer.settings.actuals
    if layer is None or settings is None:
        return None
    place, known = context.place("actuals"), (*lines, *PAYMENTS)
    notes = len(context.issues.notes)
    amounts = tuple(_amounts(context, layer, settings.rows))
    conversions = [note for note in context.issues.notes[notes:] if note.code == "amount-converted"]
    if len(conversions) > 1:  # one for each row
        text = (
            f"{len(conversions)} amounts of `actuals` in USD are converted, such as {conversions[0].text.removeprefix('the ')}"
        )
        context.issues.notes[notes:] = [Note("amount-converted", "actuals", text)]
    actuals = Actuals(
        amounts=amounts,
        through=settings.through,
        as_of=settings.as_of,
        missing=settings.missing or "refuse",
        accounts=settings.accounts,
        place=place,
    )
    context.issues.issues += actuals.account_issues(known)
    for row in {row.line: row for row in reversed(amounts)}.values():  # the first row of each name
        try:
            actuals.lines_of(row.line, known)
        except InvalidValueError as error:
            context.issues.issues.append(Issue(row.place, "line", str(error)))
    if context.last("progress") is not None:
        message = "the scenario states the `progress` of a run, which is conditional on what was spent too; keep one of them"
        context.issues.add(place, "actuals", message)
    text = "what was spent (`actuals`) is used by run and cashflow; the figures of other commands are those of the plan"
    context.issues.notes.append(Note("actuals", "actuals", text))
    return actuals


def _amounts(context: Context, layer: Layer, rows: tuple[ActualRow, ...]) -> Iterable[ActualAmount]:
    for number, row in enumerate(rows):
        place = _place(layer, number)
        try:
            amount = amount_of(context, layer, row.amount, "amount of actuals", is_signed=True)
        except ValueError as error:
            context.issues.add_error(place, "amount", error)
            continue
        yield ActualAmount(row.month.strip(), row.line, amount, place)


def _place(layer: Layer, number: int) -> Place:
    """Return the place of a row, in a list of rows or under `rows`."""
    node = layer.node.child("actuals")
    return node.at((number,) if node.items is not None else ("rows", number))
