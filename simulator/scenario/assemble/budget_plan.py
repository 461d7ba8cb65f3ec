"""The budget of a scenario by month, in place of a budget as one amount."""

import math

from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.money import amount_of

_TOLERANCE = 0.005
"""Relative difference between a budget and the sum of its months that is rounding."""


def read_budget_plan(context: Context) -> tuple[tuple[str, float], ...]:
    """Return months and amounts in the order of the months; empty where a later layer has a budget as one amount.

    Report amounts and months that are not valid, and a budget beside it that is another sum.
    """
    layer = context.layer_of("budget_plan")
    rows = None if layer is None else layer.settings.budget_plan
    if layer is None or not rows:
        return ()
    of_budget = context.layer_of("budget")
    if of_budget is not None and _is_above(context, of_budget, layer):
        return ()
    place = context.place("budget_plan")
    if len({"-" in month for month in rows}) > 1:
        message = "has months of the calendar and numbers of months; write one kind"
        context.issues.add(place, "budget_plan", message)
        return ()
    plan = []
    for month, text in rows.items():
        try:
            plan.append((month, amount_of(context, layer, text, "budget plan")))
        except ValueError as error:
            context.issues.add_error(place, f"budget_plan.{month}", error)
    plan.sort(key=lambda row: row[0].zfill(7))
    if of_budget is layer:
        _check_sum(context, [amount for _, amount in plan])
    return tuple(plan)


def _is_above(context: Context, layer: object, other: object) -> bool:
    """Whether a layer is above another one."""
    layers = list(context.layers)
    places = [next(place for place, each in enumerate(layers) if each is one) for one in (layer, other)]
    return places[0] > places[1]


def _check_sum(context: Context, amounts: list[float]) -> None:
    layer = context.layer_of("budget")
    if layer is None or layer.settings.budget is None:
        return
    try:
        budget = amount_of(context, layer, layer.settings.budget, "budget")
    except ValueError:
        return  # reported where the budget is read
    if not math.isclose(sum(amounts), budget, rel_tol=_TOLERANCE):
        message = (
            f"its months add up to {sum(amounts):,.0f}, and `budget` is {budget:,.0f}; remove one of the two, or correct it"
        )
        context.issues.add(context.place("budget_plan"), "budget_plan", message)
