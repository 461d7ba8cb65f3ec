"""The formulas: elementwise, consistent in units, free of constants, equal to values worked by hand, and monotonic."""

import ast
import inspect
import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from formula_inputs import sample_inputs

from simulator import model
from simulator.core import units
from simulator.core.units import HOURS_PER_YEAR, registry
from simulator.engine.graph import build_plan, evaluate

SOURCES = sorted(Path(model.__file__).parent.rglob("*.py"))
WIRING = ("__init__.py", "schedule.py", "settings.py", "instance.py", "placement.py", "operator.py", "units.py",
          "quantities.py", "solution.py", "replicas.py")  # fmt: skip
UNITS = model.graph({}, {"staff": ["team", "other"]}).units


def every_formula():
    """The base graph's formulas, the staff's for two roles, and what each option of each choice binds."""
    graphs = [model.graph({}, {"staff": ["team", "other"]})]
    graphs += [model.graph({choice: option}) for choice, options in model.CHOICES.items() for option in options]
    formulas = {}
    for graph in graphs:
        for formula in graph.formulas.values():
            if formula.needs:  # what is nothing without items of a group needs none
                formulas[formula.name, formula.needs] = formula
    return list(formulas.values())


FORMULAS = every_formula()
IDS = [f"{formula.name}({', '.join(formula.needs)})" for formula in FORMULAS]
for_each_formula = pytest.mark.parametrize("formula", FORMULAS, ids=IDS)


def test_all_formulas_are_here():
    names = {formula.name for formula in FORMULAS}
    assert {"training_flop", "rental_cost", "team.cost", "other.effort", "staff_cost", "rental_price", "peak_flop"} <= names
    assert len(FORMULAS) > 50


@for_each_formula
def test_formula_keeps_the_unit_it_promises(formula):
    plain_values = formula.function(*sample_inputs(formula, UNITS.__getitem__))
    quantities = [
        registry().Quantity(value, "dimensionless" if UNITS[need].text == "1" else UNITS[need].text)
        for value, need in zip(sample_inputs(formula, UNITS.__getitem__), formula.needs, strict=True)
    ]
    unit = "dimensionless" if formula.unit.text == "1" else formula.unit.text
    with_units = formula.function(*quantities)
    np.testing.assert_allclose(with_units.to(unit).magnitude, plain_values, rtol=1e-13)
    np.testing.assert_allclose(with_units.magnitude, plain_values, rtol=1e-13)  # no factor hides in a unit such as kWh/W


@for_each_formula
def test_formula_is_elementwise(formula):
    values = sample_inputs(formula, UNITS.__getitem__)
    together = formula.function(*values)
    one_by_one = [formula.function(*(float(value[i]) for value in values)) for i in range(len(values[0]))]
    np.testing.assert_allclose(together, one_by_one, rtol=1e-14)
    order = np.array([3, 0, 6, 1, 5, 2, 4])
    np.testing.assert_allclose(formula.function(*(value[order] for value in values)), together[order], rtol=1e-14)


@for_each_formula
def test_formula_gives_possible_values(formula):
    value = formula.function(*sample_inputs(formula, UNITS.__getitem__))
    assert np.isfinite(value).all()
    assert (value >= formula.unit.low).all()
    assert (value <= formula.unit.high).all()


@for_each_formula
def test_formula_says_what_it_means_and_takes_no_defaults(formula):
    assert formula.about.endswith(".")
    assert len(formula.about) > 10
    for parameter in inspect.signature(formula.function).parameters.values():
        assert parameter.default is inspect.Parameter.empty


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_formulas_hold_no_constants(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float | complex):
            assert node.value in (0, 1), f"{path.name}:{node.lineno}: {node.value}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "np":
            assert callable(getattr(np, node.attr)), f"{path.name}:{node.lineno}: np.{node.attr}"
        if isinstance(node, ast.ImportFrom) and node.module == "simulator.core.units" and path.name not in WIRING:
            for name in node.names:
                assert units.unit_of(getattr(units, name.name)), f"{path.name}: {name.name} is no annotation"
        if isinstance(node, ast.Import):
            assert [name.name for name in node.names] in (["numpy"], ["inspect"]), path.name


PRICES = [
    (formula, need)
    for formula in FORMULAS
    for need in formula.needs
    if formula.unit.text.startswith("USD") and UNITS[need].text.startswith("USD")
    # who pays, and what is paid of a cost, not what it costs; rework costs nothing in hours that are paid for
    if formula.function.__module__ not in ("simulator.model.credits", "simulator.model.cash", "simulator.model.rework")
    if (formula.name, need) != ("resale_credit", "resale_charge")  # a credit lowers the cost
]


@pytest.mark.parametrize(("formula", "price"), PRICES, ids=[f"{formula.name}-{need}" for formula, need in PRICES])
def test_cost_rises_with_every_price(formula, price):
    values = [np.abs(value) for value in sample_inputs(formula, UNITS.__getitem__)]
    before = formula.function(*values)
    raised = [value * 1.1 if need == price else value for value, need in zip(values, formula.needs, strict=True)]
    rises = formula.function(*raised) > before
    applies = price != "systemic_risk_rate" or values[0] >= values[1]  # of models with that compute alone
    assert (rises == applies).all()
    assert rises.any()


@pytest.mark.parametrize(
    ("name", "need", "sign"),
    [
        ("training_flop", "training_tokens", 1),
        ("effective_utilisation", "mfu", 1),
        ("useful_chip_hours", "effective_utilisation", -1),
        ("useful_chip_hours", "peak_flop", -1),
        ("effective_utilisation", "repeated_share", -1),
        ("useful_chip_hours", "precision_speedup", -1),
        ("chip_hours", "experiments_factor", 1),
        ("wall_clock", "chips", -1),
        ("mfu", "recompute_factor", -1),
        ("memory_use", "memory", -1),
        ("goodput", "lost_share", -1),
        ("goodput", "checkpoint_share", -1),
        ("lost_share", "chip_time_between_interruptions", -1),
        ("interruptions", "chip_time_between_interruptions", -1),
        ("cluster_value", "hardware_age", -1),
        ("straight_line_charge", "useful_life", -1),
        ("price_decline_charge", "price_decline", 1),
        ("server_cost", "server_factor", 1),
        ("chip_cost", "server_factor", -1),
        ("network_cost", "network_factor", 1),
        ("one_year_price", "one_year_discount", -1),
        ("three_year_price", "three_year_discount", -1),
        ("spot_price", "spot_discount", -1),
        ("energy", "pue", 1),
        ("energy_cost", "energy", 1),
        ("emissions", "grid_intensity", 1),
        ("carbon_cost", "emissions", 1),
        ("team.cost", "team.effort", 1),
        ("team.effort", "team.posts", 1),
        ("team.posts", "team.people", 1),
        ("team.posts", "team.fte", 1),
        ("distinct_tokens", "epochs", -1),
    ],
)
def test_quantity_moves_the_way_it_must(name, need, sign):
    formula = next(formula for formula in FORMULAS if formula.name == name and need in formula.needs)
    values = sample_inputs(formula, UNITS.__getitem__)
    raised = [value + 0.01 * abs(value) if each == need else value for value, each in zip(values, formula.needs, strict=True)]
    assert (sign * (formula.function(*raised) - formula.function(*values)) > 0).all()


# --- worked by hand ---------------------------------------------------------------------------------------------------------

COMPUTE = {
    "flop_per_parameter_token": 6.0, "total_parameters": 70e9, "active_share": 1.0, "dataset_tokens": 5e12, "epochs": 3.0,
    "peak_flop": 3.6e18, "hfu": 0.52, "recompute_factor": 1.3, "goodput": 0.875, "repeated_share": 0.1, "chips": 5000.0,
    "precision_speedup": 1.0, "fp8_speedup": 1.35, "peak_flop_bf16": 3.6e18, "peak_flop_fp8": 7.2e18,
    "experiments_factor": 1.4, "post_training_share": 0.1, "state_bytes": 16.0,
    "memory": 80e9, "run_duration": 1000.0, "is_booked": 0.0,
}  # fmt: skip
RELIABILITY = {
    "chips": 16_000.0, "lost_time": 0.3, "chip_time_between_interruptions": 48_000.0, "checkpoint_share": 0.01,
    "final_run_chip_hours": 4.8e6,
}  # fmt: skip
HARDWARE = {
    "chip_price": 20_000.0, "server_factor": 1.6, "network_factor": 1.25, "price_decline": 1e-4, "hardware_age": 0.0,
    "useful_life": 40_000.0, "chip_hours": 1e6, "chips": 1000.0, "deflator": 1.1,
}  # fmt: skip
RENTAL = {
    "on_demand_price": 3.0, "one_year_discount": 0.4, "three_year_discount": 0.6, "spot_discount": 0.5, "chips": 100.0,
    "one_year_term": 8766.0, "three_year_term": 26_298.0, "chip_hours": 400_000.0, "deflator": 1.0,
    "idle_factor": 1.25, "price_factor": 1.0,
}  # fmt: skip
ENERGY = {
    "tdp": 0.7, "server_power_factor": 1.5, "power_share": 0.8, "pue": 1.25, "chip_hours": 1e6, "chips": 1000.0,
    "lease_includes_power": 0.0, "electricity_price": 0.08, "grid_intensity": 4e-4, "carbon_price": 50.0, "deflator": 1.1,
}  # fmt: skip
STAFF = {
    "team.people": 20.0, "team.fte": 0.5, "team.salary": 200.0, "ramp": 0.5,
    "location_factor": 0.5, "team.on_cost": 1.3, "team.equity": 20.0, "duration": 2000.0,
    "lead.people": 1.0, "lead.fte": 1.0, "lead.salary": 200.0, "lead.on_cost": 1.2, "lead.equity": 60.0,
    "lead.duration": 1000.0, "lead.ramp": 1.0,
    "lead.location_factor": 1.0, "deflator": 1.1,
}  # fmt: skip
CASES = [
    # 5e12 x 3
    (COMPUTE, {}, "training_tokens", 15e12),
    # 6 x 70e9 x 15e12
    (COMPUTE, {}, "training_flop", 6.3e24),
    # 0.52 / 1.3
    (COMPUTE, {}, "mfu", 0.4),
    # 0.4 x 0.875 / 1.1
    (COMPUTE, {}, "effective_utilisation", 0.3181818181818182),
    # 6.3e24 / (3.6e18 x 0.35 / 1.1), 3.6e18 FLOP an hour being 1e15 a second
    (COMPUTE, {}, "useful_chip_hours", 5.5e6),
    # 5.5e6 / 1.25
    (COMPUTE | {"precision_speedup": 1.25}, {}, "useful_chip_hours", 4.4e6),
    # below the ratio of the peaks, which is 2; at it, where FP8 is 1.2 times as fast; and where it is no faster
    (COMPUTE, {}, "limited_fp8_speedup", 1.35),
    (COMPUTE | {"peak_flop_fp8": 4.32e18}, {}, "limited_fp8_speedup", 1.2),
    (COMPUTE | {"peak_flop_fp8": 3.6e18}, {}, "limited_fp8_speedup", 1.0),
    # as the FLOP give
    (COMPUTE, {"chip_hours_from": "flop"}, "final_run_chip_hours", 5.5e6),
    # 5000 x 1000
    (COMPUTE, {"chip_hours_from": "cluster"}, "final_run_chip_hours", 5e6),
    # not booked, so as from the FLOP
    (COMPUTE, {"chip_hours_from": "either"}, "final_run_chip_hours", 5.5e6),
    (COMPUTE | {"is_booked": 1.0}, {"chip_hours_from": "either"}, "final_run_chip_hours", 5e6),
    # 5.5e6 x (1.4 + 0.1)
    (COMPUTE, {"chip_hours_from": "flop"}, "chip_hours", 8.25e6),
    # 5.5e6 / 5000
    (COMPUTE, {"chip_hours_from": "flop"}, "wall_clock", 1100.0),
    # 6.3e24 / (3.6e18 x 5.5e6) = 0.35 / 1.1
    (COMPUTE, {"chip_hours_from": "flop"}, "implied_utilisation", 0.3181818181818182),
    # 70e9 x 16
    (COMPUTE, {}, "training_state", 1.12e12),
    # 1.12e12 / (5000 x 80e9)
    (COMPUTE, {}, "memory_use", 0.0028),
    # 671e9 x 0.05514 of a mixture of experts
    (COMPUTE | {"total_parameters": 671e9, "active_share": 0.05514}, {}, "active_parameters", 36.99894e9),
    # 16,000 x 0.3 / 48,000
    (RELIABILITY, {}, "lost_share", 0.1),
    # 0.99 / 1.1
    (RELIABILITY, {}, "goodput", 0.9),
    # 4.8e6 / 48,000
    (RELIABILITY, {}, "interruptions", 100.0),
    # 20,000 x 1.6
    (HARDWARE, {}, "server_price", 32_000.0),
    # 32,000 x 1.25
    (HARDWARE, {}, "cluster_price", 40_000.0),
    # 40,000 x exp(-1e-4 x 6931.471805599453) = 40,000 / 2
    (HARDWARE | {"hardware_age": 6931.471805599453}, {}, "cluster_value", 20_000.0),
    # bought after the start, by 6931 hours: twice
    (HARDWARE | {"hardware_age": -6931.471805599453}, {}, "cluster_value", 80_000.0),
    # 32,000 x 1e-4 = 3.2 an hour; x 1e6 / 1.6 x 1.1
    (HARDWARE, {"depreciation": "price-decline"}, "chip_cost", 2.2e6),
    # 3.2e6 x (1 - 1 / 1.6) x 1.1
    (HARDWARE, {"depreciation": "price-decline"}, "server_cost", 1.32e6),
    # 3.2e6 x 0.25 x 1.1
    (HARDWARE, {"depreciation": "price-decline"}, "network_cost", 0.88e6),
    # 32,000 / 40,000 = 0.8 an hour; x 1e6 / 1.6 x 1.1
    (HARDWARE, {"depreciation": "straight-line"}, "chip_cost", 0.55e6),
    # 0.8e6 x 0.25 x 1.1
    (HARDWARE, {"depreciation": "straight-line"}, "network_cost", 0.22e6),
    # 32,000 x 1000 / 1.6 x 1.1
    (HARDWARE, {}, "chip_purchase", 22e6),
    # 32e6 x (1 - 1 / 1.6) x 1.1
    (HARDWARE, {}, "server_purchase", 13.2e6),
    # 32e6 x 0.25 x 1.1
    (HARDWARE, {}, "network_purchase", 8.8e6),
    # 32e6 x 1.25 x 1.1
    (HARDWARE, {}, "acquisition_cost", 44e6),
    # 3 x 0.6, 3 x 0.4, 3 x 0.5
    (RENTAL, {"commitment": "one-year"}, "rental_price", 1.8),
    (RENTAL, {"commitment": "three-year"}, "rental_price", 1.2),
    (RENTAL, {"commitment": "spot"}, "rental_price", 1.5),
    # 0.7 x 1.5 x 0.8
    (ENERGY, {}, "average_power", 0.84),
    # 1e6 x 0.84 x 1.25
    (ENERGY, {}, "energy", 1.05e6),
    # 1.05e6 x 0.08 x 1.1
    (ENERGY, {}, "energy_cost", 92_400.0),
    # in the lease
    (ENERGY | {"lease_includes_power": 1.0}, {}, "energy_cost", 0.0),
    # 0.7 x 1.5
    (ENERGY, {}, "rated_power", 1.05),
    # 1000 x 0.7 x 1.5 x 1.25: rated, not mean
    (ENERGY, {}, "peak_power", 1312.5),
    # 1.05e6 x 4e-4
    (ENERGY, {}, "emissions", 420.0),
    # 420 x 50 x 1.1
    (ENERGY, {}, "carbon_cost", 23_100.0),
    # 20 x 0.5 x 0.5 x 2000
    (STAFF, {}, "team.effort", 10_000.0),
    # 200 x 0.5 x 1.3 + 20
    (STAFF, {}, "team.pay", 150.0),
    # 10,000 x 150 x 1.1
    (STAFF, {}, "team.cost", 1.65e6),
    # 1 x 1 x 1000, its own duration, x (200 x 1.2 + 60) x 1.1
    (STAFF, {}, "lead.cost", 330_000.0),
    (STAFF, {}, "staff_cost", 1.98e6),
]


@pytest.mark.parametrize(
    ("inputs", "choices", "target", "expected"),
    CASES,
    ids=[f"{target}-{'-'.join(choices.values())}" for _, choices, target, _ in CASES],
)
def test_quantity_worked_by_hand(inputs, choices, target, expected):
    steps = build_plan(model.graph(choices, {"staff": ["team", "lead"]}), inputs, [target])
    values = {name: inputs[name] for name in steps.inputs}
    evaluate(steps, values)
    assert values[target] == pytest.approx(expected, rel=1e-12)


def charge(depreciation, **inputs):
    values = HARDWARE | inputs
    steps = build_plan(model.graph({"depreciation": depreciation}), values, ["cluster_charge"])
    evaluate(steps, values)
    return values["cluster_charge"]


def test_depreciation_rules_agree_on_the_first_day_where_the_life_is_one_over_the_decline():
    decline = 0.14 * math.log(10) / HOURS_PER_YEAR  # 0.14 orders of magnitude a year: 3.1 years
    assert charge("price-decline", price_decline=decline) == pytest.approx(
        charge("straight-line", useful_life=1 / decline), rel=1e-12
    )


def test_price_decline_charges_less_for_older_hardware_and_straight_line_the_same():
    year = HOURS_PER_YEAR
    falling = [charge("price-decline", hardware_age=age * year) for age in (0, 1, 2)]
    # exp(-1e-4 x 8766) = 0.4162 a year
    assert falling[1] / falling[0] == pytest.approx(0.41620, rel=1e-4)
    assert falling[2] / falling[1] == pytest.approx(falling[1] / falling[0], rel=1e-12)
    assert len({charge("straight-line", hardware_age=age * year) for age in (0, 1, 2)}) == 1


def test_lines_of_own_hardware_add_up_to_the_whole_cluster():
    steps = build_plan(model.graph({"depreciation": "straight-line"}), HARDWARE, ["chip_cost", "server_cost", "network_cost"])
    values = dict(HARDWARE)
    evaluate(steps, values)
    whole = values["cluster_charge"] * HARDWARE["chip_hours"] * HARDWARE["deflator"]
    assert sum(values[name] for name in ("chip_cost", "server_cost", "network_cost")) == pytest.approx(whole, rel=1e-12)


OF_ONE_OPTION = {
    "idle_chip_hours",
    "lost_chip_hours",
    "billed_chip_hours",
    "contracted_chip_hours",
    "reserved_term",
    "cloud_bill",
    "resale_charge",
    "operated_chip_hours",
    "basis_hardware_cost",
    "final_run_chip_hours",
    "chips",
    "power_share",
    "serving_chip_price",
}
"""Quantities that only reserved, rented or own hardware has, only a run, or only a fleet."""


def test_options_of_a_choice_bind_quantities_of_the_model_in_one_unit():
    for choice, options in model.CHOICES.items():
        bindings = [set(names) for names in options.values()]
        for names in options.values():
            for general, specific in names.items():
                assert general in model.base_graph().units
                assert UNITS[general] == UNITS[specific], (choice, general, specific)
        # What one option binds, the others bind too, unless there is a formula for it or only that option needs it.
        for a, b in itertools.combinations(bindings, 2):
            assert a ^ b <= {*model.base_graph().formulas, *OF_ONE_OPTION}, choice


@pytest.mark.parametrize("basis", model.COMPUTE_LINES)
def test_lines_of_each_basis_are_costs_without_one_another(basis):
    graph = model.graph({"basis": basis, "depreciation": "straight-line", "commitment": "on-demand", "chip_hours_from": "flop"})
    lines = model.COMPUTE_LINES[basis]
    assert set(model.COMPUTE_LINES) == set(model.CHOICES["basis"])
    inputs = set(graph.units) - set(graph.formulas)
    for line in lines:
        assert graph.units[line].text == "USD"
        assert not set(build_plan(graph, inputs, [line]).names) & (set(lines) - {line})
