"""The formulas of the model, the choices that bind general names to quantities, and the lines that `compute` stands for."""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Any, NamedTuple

from simulator.core.units import Unit
from simulator.engine.graph import Formula, Graph, build_graph
from simulator.model import (
    adoption,
    assurance,
    cash,
    compute,
    credits,
    data,
    energy,
    hardware,
    ownership,
    prices,
    reliability,
    rental,
    rework,
    serving,
    sharing,
    site,
    software,
    upkeep,
)
from simulator.model.groups import deals, labels, risks, staff, tools
from simulator.model.lines import Line, lines_of_modules
from simulator.model.schedule import HOUR as HOUR
from simulator.model.schedule import SERVING as SERVING
from simulator.model.schedule import Timeline, timeline_formulas
from simulator.model.serving import fleet, footprint, list_prices, token_costs
from simulator.model.serving.replicas import FIXED, HOURLY, REPLICA_UNITS, replica_formulas
from simulator.model.serving.solution import PLACEMENTS, solution_formulas, solution_units

MODULES = (
    compute, reliability, hardware, ownership, rental, rework, energy, prices, data, software, assurance, upkeep,
    serving, site, credits, cash, adoption, sharing, list_prices, token_costs, fleet, footprint,
)  # fmt: skip

_CONTRACT = {
    "rent": "reserved_rent",
    "contracted_chip_hours": "reserved_chip_hours",
    "idle_chip_hours": "reserved_idle_chip_hours",
    "billed_chip_hours": "reserved_billed_chip_hours",
    "final_run_cost": "contracted_run_cost",
    "cloud_bill": "rental_bill",
    "rework_cost": "reserved_rework_cost",
}
"""What a contract over a term binds, whatever its length."""

CHOICES: dict[str, dict[str, dict[str, str]]] = {
    "basis": {
        "owned": {
            "idle_chip_hours": "owned_idle_chip_hours",
            "idle_price": "owned_idle_price",
            "operated_chip_hours": "chip_hours",
            "basis_hardware_cost": "hardware_cost",
        },
        "purchased": {
            "operated_chip_hours": "held_chip_hours",
            "basis_hardware_cost": "acquisition_cost",
            "rework_cost": "purchased_rework_cost",
        },
        "rented": {"cloud_bill": "rental_cost"},
        "granted": {},
    },
    "depreciation": {
        "price-decline": {"cluster_charge": "price_decline_charge", "capital_charge": "value_capital_charge"},
        "straight-line": {
            "cluster_charge": "straight_line_charge",
            "capital_charge": "annuity_capital_charge",
            "resale_charge": "sinking_fund_credit",
        },
    },
    "commitment": {
        "on-demand": {"rental_price": "on_demand_price", "billed_chip_hours": "chip_hours"},
        "one-year": {**_CONTRACT, "rental_price": "one_year_price", "reserved_term": "one_year_term"},
        "three-year": {**_CONTRACT, "rental_price": "three_year_price", "reserved_term": "three_year_term"},
        "spot": {
            "rental_price": "spot_price",
            "lost_chip_hours": "spot_lost_chip_hours",
            "billed_chip_hours": "spot_billed_chip_hours",
            "wall_clock": "spot_wall_clock",
        },
        "capacity-block": {
            "rental_price": "block_price",
            "rent": "block_rent",
            "contracted_chip_hours": "block_chip_hours",
            "idle_chip_hours": "block_idle_chip_hours",
            "billed_chip_hours": "reserved_billed_chip_hours",
            "idle_price": "block_idle_price",
            "cloud_bill": "rental_bill",
            "rework_cost": "block_rework_cost",
        },
        "mixed": {
            **_CONTRACT,
            "rental_price": "one_year_price",
            "reserved_term": "one_year_term",
            "rent": "mixed_rent",
            "lost_chip_hours": "mixed_lost_chip_hours",
            "billed_chip_hours": "mixed_billed_chip_hours",
            "wall_clock": "mixed_wall_clock",
        },
    },
    "reservation": {
        "dedicated": {},
        "shared": {"reserved_idle_chip_hours": "shared_idle_chip_hours", "reserved_rework_cost": "shared_rework_cost"},
    },
    "chip_hours_from": {
        "flop": {"final_run_chip_hours": "computed_chip_hours"},
        "cluster": {"final_run_chip_hours": "booked_chip_hours"},
        "either": {"final_run_chip_hours": "pooled_chip_hours"},
        "serving": {
            "chip_hours": "serving_chip_hours",
            "chips": "serving_chips",
            "power_share": "serving_power_share",
            "serving_chip_price": "supplied_chip_price",
            "spot_lost_share": "replica_lost_share",
        },
    },
    "precision": {"bf16": {"precision_speedup": "bf16_speedup"}, "fp8": {"precision_speedup": "limited_fp8_speedup"}},
    "peak": {"bf16": {"peak_flop": "peak_flop_bf16"}, "fp8": {"peak_flop": "peak_flop_fp8"}},
    "serving": {
        "priced": {
            "request_cost": "priced_request_cost",
            "input_token_cost": "priced_input_cost",
            "cached_token_cost": "priced_cached_cost",
            "output_token_cost": "priced_output_cost",
        },
        "hosted": {
            "request_cost": "hosted_request_cost",
            "input_token_cost": "hosted_input_cost",
            "cached_token_cost": "hosted_cached_cost",
            "output_token_cost": "hosted_output_cost",
        },
        "provided": {
            "request_cost": "provided_request_cost",
            "input_token_cost": "provided_input_cost",
            "cached_token_cost": "provided_cached_cost",
            "output_token_cost": "provided_output_cost",
        },
    },
    "placement": {name: {} for name in PLACEMENTS},
    "scaling": {name: {} for name in (FIXED, HOURLY)},
}
"""Choices and their options; each option binds general quantities to specific ones."""

OF_BASIS = {"commitment": ("rented",), "reservation": ("rented",)}
"""Choices that bind only under some bases: how compute is rented is no question of chips that are owned."""


def _group_line(paid: str, *, noncash: str = "", over: str = "") -> Line:
    """Return what is known of the line of a group, which a scenario includes by its name only."""
    return Line("development", by_name_only=True, paid={"": paid}, noncash=noncash, over=over)


class Group(NamedTuple):
    """Formulas that are repeated for each item of a group in a scenario, such as a role of the staff or a risk.

    The quantities of an item are named `item.quantity`. The line of the group is the sum of the `cost` of its items, and so is
    each of the `sums` that of another of their quantities. A quantity in `shared` is that of the scenario unless the item has
    its own.
    """

    module: ModuleType
    line: str
    example: str
    shared: tuple[str, ...] = ()
    sums: tuple[tuple[str, str], ...] = ()
    declared: Line = Line("development", by_name_only=True)
    """What is known of the line."""
    totals: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """Quantities of an item that may be given in place of those that they are computed from, which follow here."""


GROUPS = {
    "staff": Group(
        staff,
        "staff_cost",
        "role",
        ("duration", "location_factor", "ramp"),
        (("role_cost", "cost"), ("staff_equity", "equity_cost"), ("staff_effort", "effort")),
        _group_line("monthly", noncash="staff_noncash_cost", over="duration"),
        MappingProxyType({"posts": ("people", "fte")}),
    ),
    "deals": Group(deals, "licence_cost", "deal", declared=_group_line("upfront", over="data")),
    "labels": Group(labels, "labelling_cost", "label", ("rework",), declared=_group_line("arrears", over="post_training")),
    "tools": Group(tools, "tool_cost", "tool", ("duration",), declared=_group_line("monthly", over="duration")),
    "risks": Group(
        risks,
        "risk_cost",
        "risk",
        ("impact", "run_share", "delay"),
        (
            ("risk_rework", "rework_chip_hours"),
            ("event_cost", "cost"),
            ("event_noncash_cost", "noncash_part"),
        ),
        _group_line("arrears", noncash="risk_noncash_cost"),
    ),
}
EVENT_DRAW = "variate"
"""Input of an item that decides whether its event occurs: uniform between 0 and 1 unless it is given."""

LINES: Mapping[str, Line] = {
    **lines_of_modules(MODULES),
    **{group.line: group.declared for group in GROUPS.values()},
}
"""The cost lines of the model, in the order of their formulas."""

COMPUTE_LINES = {
    basis: tuple(
        name for name, each in LINES.items() if basis in each.basis and basis not in each.optional and basis not in each.when
    )
    for basis in CHOICES["basis"]
}
"""The lines that `compute` always stands for on each basis. Rent includes the electricity."""

IDLE = "idle_cost"
"""The line of capacity that is paid for and not used, on which nothing that depends on work depends."""

AFTER_RELEASE = frozenset(name for name, each in LINES.items() if each.stage == "service")
"""Lines that are not part of the cost of building the model (`build_cost`)."""

PER_PERSON = ("fte", "salary", "on_cost", "equity")
"""Inputs that differ from person to person, so that a role needs the mean of its people."""


WEIGHTY = (
    "team.fte", "team.salary", "experiments_factor", "training_tokens", "mfu", "useful_life", "chip_price", "server_factor",
    "network_factor", "electricity_price", "power_share", "pue", "rental_price", "on_demand_price", "effective_utilisation",
    "goodput", "price_decline", "team.equity", "duration", "team.posts",
)  # fmt: skip
"""Names that usually dominate the uncertainty of a cost. They have the first dimensions of a Sobol sequence, which are the most
even (Caflisch, Morokoff and Owen 1997): a tenth less error at P95 than in the order of the formulas."""


@cache
def sobol_names() -> tuple[str, ...]:
    """Return the names common to all scenarios, without group items and levers, in the order of their Sobol dimensions.

    Those of an instance that serves come last: most are facts, or draws of one posterior, which have one dimension together.
    """
    units, of_instance = graph({}).units, solution_units()
    return tuple(dict.fromkeys((*WEIGHTY, *(name for name in units if name not in of_instance), *units)))


OF_CHOICE_UNITS = {
    **dict.fromkeys(("served_layers_error", "served_kv_error", "served_attention_error", "served_experts_error"), Unit("1")),
    "input_token_cost": Unit("USD/token"), "cached_token_cost": Unit("USD/token"), "supply_cost": Unit("USD"),
}  # fmt: skip
"""Units of quantities that only choices and the lines of a scenario give."""


@cache
def base_graph() -> Graph:
    """Return the graph of the formulas in the modules, without any choice bound."""
    return build_graph(MODULES).with_formulas((), {**OF_CHOICE_UNITS, **solution_units(), **REPLICA_UNITS})


def fleet_formulas(choices: Mapping[str, str]) -> tuple[Formula, ...]:
    """Return the formulas of the fleet that have no closed form: the operator's choice, and whole instances by the hour."""
    placement, scaling = choices.get("placement", PLACEMENTS[0]), choices.get("scaling", FIXED)
    return (*solution_formulas(placement), *replica_formulas(scaling))


def graph(
    choices: Mapping[str, str],
    group_items: Mapping[str, Iterable[str]] | None = None,
    timeline: Timeline | None = None,
) -> Graph:
    """Return the graph for the choices, the items of each group and the timeline of the schedule.

    It includes the quantities of other options, so that a scenario can contain what another choice would need.
    """
    merged = base_graph()
    units = dict(merged.units)
    bindings = []
    for choice, options in CHOICES.items():
        for option, names in options.items():
            for general, specific in names.items():
                units.setdefault(specific, units[general])
                if choices.get(choice) == option and _binds(choice, choices.get("basis")):
                    bindings.append(Formula(general, _same, (specific,), units[general]))
    merged = merged.with_formulas(bindings, units)
    merged = merged.with_formulas(_without_items(group_items or {}))
    for setting, item_names in (group_items or {}).items():
        merged = merged.with_formulas(*_group_formulas(setting, tuple(item_names), merged.units))
    return merged.with_formulas(*timeline_formulas(timeline or Timeline({})))


def _binds(choice: str, basis: str | None) -> bool:
    """Whether a choice binds anything on a basis; without a basis, all do."""
    return basis is None or basis in OF_BASIS.get(choice, (basis,))


def compute_lines(choices: Mapping[str, str]) -> tuple[str, ...]:
    """Return the lines that `compute` stands for under some choices, also those that need quantities without values."""
    return tuple(name for name, each in LINES.items() if each.is_part_of(choices))


@cache
def every_graph() -> Graph:
    """Return the graph with one example item of each group, to look up names and units."""
    return graph({}, {setting: (group.example,) for setting, group in GROUPS.items()})


def lookup_name(quantity: str) -> str:
    """Return the name of a quantity in `every_graph`; that of a group item has the example as prefix, as in `role.salary`."""
    units = every_graph().units
    names = [quantity, *(f"{group.example}.{quantity}" for group in GROUPS.values())]
    return next((name for name in names if name in units), quantity)


def _same(value: Any) -> Any:
    """The quantity that the scenario's choice binds to this name."""
    return value


@cache
def interface_energy_formula() -> Formula:
    """Return the formula of the energy of a request by its tokens, for an interface whose fleet is not known."""
    return Formula("energy_per_request", _same, ("interface_energy",), base_graph().units["energy_per_request"])


@cache
def _template(setting: str) -> Graph:
    return build_graph([GROUPS[setting].module])


def group_item_inputs(setting: str) -> dict[str, Unit]:
    """Return the inputs of an item of a group, with their units."""
    template = _template(setting)
    shared_names = base_graph().units.keys() - set(GROUPS[setting].shared)
    return {name: unit for name, unit in template.units.items() if name not in template.formulas and name not in shared_names}


def group_item_quantities(setting: str) -> dict[str, Unit]:
    """Return the quantities that an item of a group may give, with their units: its inputs, and totals in place of them."""
    return group_item_inputs(setting) | {name: _template(setting).units[name] for name in GROUPS[setting].totals}


def _group_formulas(
    setting: str, names: tuple[str, ...], model_units: Mapping[str, Unit]
) -> tuple[list[Formula], dict[str, Unit]]:
    """Return the formulas of each item, named `item.quantity`, that of the line which sums their costs, and the units."""
    group, template, inputs = GROUPS[setting], _template(setting), group_item_inputs(setting)
    units = {name: template.units[name] for name in template.units if name not in inputs and name not in template.formulas}
    sums = ((group.line, "cost"), *group.sums)
    units |= {name: template.units[name] for name in group.shared} | {name: template.units[part] for name, part in sums}
    formulas = []
    for group_item in names:
        item_names = {name: f"{group_item}.{name}" for name in (*inputs, *template.formulas)}
        units |= {item_names[name]: unit for name, unit in inputs.items()}
        for formula in template.formulas.values():
            needs = tuple(item_names.get(need, need) for need in formula.needs)
            formulas.append(Formula(item_names[formula.name], formula.function, needs, formula.unit))
        formulas += [Formula(item_names[name], _same, (name,), template.units[name]) for name in group.shared]
    if names:
        formulas += [
            Formula(name, add_up, tuple(f"{group_item}.{part}" for group_item in names), template.units[part])
            for name, part in sums
        ]
    for name, unit in units.items():
        if model_units.get(name, unit) != unit:
            raise ValueError(f"{name} is in {unit.text} for {setting} and in {model_units[name].text} elsewhere")
    return formulas, units


def nothing() -> float:
    """No cost."""
    return 0.0


OF_ITEMS = {"staff": "staff_noncash_share", "risks": "risk_noncash_cost"}
"""Quantities that depend on the items of a group, and are nothing without items."""


def _without_items(group_items: Mapping[str, Iterable[str]]) -> list[Formula]:
    """Return the formulas of what depends on the items of groups that a scenario does not have."""
    names = (name for setting, name in OF_ITEMS.items() if not tuple(group_items.get(setting, ())))
    return [Formula(name, nothing, (), base_graph().units[name]) for name in names]


NO_STAFF_BURN = Formula("staff_burn", nothing, (), base_graph().units["staff_burn"])
"""Staff cost of a delay in a scenario without staff."""


FOLLOWING = {"dataset_tokens": ("training_tokens", "distinct_tokens"), "goodput": ("reference_goodput", "cluster_goodput")}
"""Quantities that follow from another one where that one is given and they are not: the given one, and what they then are."""


def following(names: Collection[str]) -> list[Formula]:
    """Return the formulas of the quantities that follow from those named, which have values."""
    return [
        Formula(name, _same, (source,), base_graph().units[name])
        for name, (cause, source) in FOLLOWING.items()
        if cause in names and name not in names
    ]


COST_OF_CAPITAL = "cost_of_capital"
"""The quantity that a scenario states to charge interest on what it owns."""


def capital_rate(*, has_cost_of_capital: bool) -> Formula:
    """Return the formula of the rate of interest: the cost of capital that a scenario states, or none."""
    unit = base_graph().units["capital_rate"]
    return (
        Formula("capital_rate", _same, (COST_OF_CAPITAL,), unit)
        if has_cost_of_capital
        else Formula("capital_rate", nothing, (), unit)
    )


def everything() -> float:
    """The whole of something."""
    return 1.0


NO_EXPIRY = Formula("covered_share", everything, (), base_graph().units["covered_share"])
"""Share of a bill that credits without an expiry can pay."""


def add_up(*values: Any) -> Any:
    """Sum of its parts."""
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total
