"""Which formulas the model has, which of them a choice binds to a general name, and what stands for `compute` in the lines."""

import inspect
from collections.abc import Iterable
from functools import cache
from typing import Any

from simulator.graph import Formula, Graph, formula_of, graph_of
from simulator.model import compute, energy, hardware, reliability, rental, staff
from simulator.units import Unit

MODULES = (compute, reliability, hardware, rental, energy)

CHOICES: dict[str, dict[str, dict[str, str]]] = {
    "basis": {"owned": {}, "purchased": {}, "rented": {}},
    "depreciation": {
        "price-decline": {"server_charge": "price_decline_charge"},
        "straight-line": {"server_charge": "straight_line_charge"},
    },
    "commitment": {
        "on-demand": {"rental_price": "on_demand_price", "billed_chip_hours": "chip_hours"},
        "one-year": {
            "rental_price": "one_year_price",
            "billed_chip_hours": "take_or_pay_chip_hours",
            "commitment_term": "one_year_term",
        },
        "three-year": {
            "rental_price": "three_year_price",
            "billed_chip_hours": "take_or_pay_chip_hours",
            "commitment_term": "three_year_term",
        },
        "spot": {"rental_price": "spot_price", "billed_chip_hours": "chip_hours"},
    },
    "chip_hours_from": {
        "flop": {"final_run_chip_hours": "computed_chip_hours"},
        "cluster": {"final_run_chip_hours": "booked_chip_hours"},
        "either": {"final_run_chip_hours": "pooled_chip_hours"},
    },
    "precision": {"bf16": {"peak_flop": "peak_flop_bf16"}, "fp8": {"peak_flop": "peak_flop_fp8"}},
}
"""Choices that are words: each option binds a general quantity to the one that stands for it."""

COMPUTE_LINES = {
    "owned": ("chip_cost", "server_cost", "network_cost", "energy_cost"),
    "purchased": ("chip_purchase", "server_purchase", "network_purchase", "energy_cost"),
    "rented": ("rental_cost",),
}
"""What `compute` in a scenario's lines stands for on each basis. A rent contains the electricity."""


@cache
def base_graph() -> Graph:
    """Return the graph of the formulas in the modules, without any choice bound."""
    return graph_of(MODULES)


def graph(choices: dict[str, str], roles: Iterable[str] = ()) -> Graph:
    """Return the graph for the choices made and the roles of the staff.

    Quantities of options not chosen are known to it too, so that a scenario can hold what another choice would need.
    """
    made = base_graph()
    units = dict(made.units)
    bound = []
    for choice, options in CHOICES.items():
        for option, names in options.items():
            for general, specific in names.items():
                units.setdefault(specific, units[general])
                if choices.get(choice) == option:
                    bound.append(Formula(general, _same, (specific,), units[general]))
    made = made.with_formulas(bound, units)
    return made.with_formulas(*staff_formulas(tuple(roles), made))


def _same(value: Any) -> Any:
    """The quantity that the scenario's choice binds to this name."""
    return value


STAFF_INPUTS = ("people", "fte", "salary", "on_cost", "equity", "duration")
PER_PERSON = ("fte", "salary", "on_cost", "equity")
"""Inputs that differ from person to person, so that a role needs the mean of its people."""


def staff_formulas(roles: tuple[str, ...], made: Graph) -> tuple[list[Formula], dict[str, Unit]]:
    """Return one set of staff formulas a role, named `role.quantity`, and the line `staff_cost` that adds them up.

    `duration` and `deflator` are shared by all roles unless a role has its own duration.
    """
    units: dict[str, Unit] = dict(made.units)
    functions = [f for _, f in inspect.getmembers(staff, inspect.isfunction) if f.__module__ == staff.__name__]
    formulas = [formula_of(function, units) for function in functions]
    made_for_roles, role_units = [], {"duration": units["duration"]}
    for role in roles:
        own = {name: f"{role}.{name}" for name in (*STAFF_INPUTS, *(f.name for f in formulas))}
        role_units |= {own[name]: units[name] for name in STAFF_INPUTS}
        for formula in formulas:
            needs = tuple(own.get(need, need) for need in formula.needs)
            made_for_roles.append(Formula(own[formula.name], formula.function, needs, formula.unit))
        made_for_roles.append(Formula(own["duration"], _same, ("duration",), units["duration"]))
    if roles:
        costs = tuple(f"{role}.cost" for role in roles)
        made_for_roles.append(Formula("staff_cost", add_up, costs, units["cost"]))
    return made_for_roles, role_units


def add_up(*values: Any) -> Any:
    """Sum of its parts."""
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total
