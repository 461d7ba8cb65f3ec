"""A scenario with everything in it that could go wrong on its way into a file, and its result."""

import pytest

from simulator.engine.simulate import simulate
from simulator.scenario import read

SCENARIO = """
title: "=1+1"
extends: llama-3.1-405b
lines: [compute, staff_cost]
outcomes: [wall_clock, emissions]
prices: 2024 USD
duration: 8 to 14 month
hardware_age: -30 day
experiments_factor: 1.5
mfu: {value: 0.34 to 0.46, about: "@SUM(A1)", sources: {title: "=HYPERLINK(1)", url: "https://example.org/x", date: 2026-01}, date: 2026, grade: B}
goodput: {value: 0.9 to 0.95, about: A guess}
staff:
  team: {people: 30, fte: 0.5 to 0.9, salary: sf-ml-2024, on_cost: us-2024, equity: sf-ml-2024}
budget: 110e6
dependence: [{between: [mfu, goodput], rank: 0.4}]
levers: [hyperparameter-transfer]
known: [Something]
assumed: [Something else]
sources: {title: A report, date: 2026-01}
"""  # noqa: E501


@pytest.fixture(scope="session")
def scenario_text():
    return SCENARIO


@pytest.fixture(scope="session")
def scenario(scenario_text, tmp_path_factory):
    path = tmp_path_factory.mktemp("scenario") / "ours.yaml"
    path.write_text(scenario_text)
    return read(str(path))


@pytest.fixture(scope="session")
def result(scenario):
    return simulate(scenario, 5000, seed=4, keep=scenario.plan.names)


@pytest.fixture(scope="session")
def priors(scenario):
    return {name: prior for name, prior in scenario.inputs.items() if prior.role == "prior"}


@pytest.fixture
def no_budget(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text("lines: [energy_cost]\nenergy: 1000 to 2000 kWh\nelectricity_price: 0.1 USD/kWh\ndeflator: 1\n")
    return simulate(read(str(path)), 1000)
