"""The cost of adopting a lever: hours of work, and the pay of an hour."""

import numpy as np

from simulator.analysis.statistics import simulate_draws
from simulator.engine.inputs import Input
from simulator.engine.options import RunOptions
from simulator.scenario import Scenario

OPTIONS = RunOptions(draws=20_000)
PAY = {"salary": "sf-ml-2024", "on_cost": "us-2024", "equity": "sf-ml-2024"}
"""Library rows that price a month of work where the scenario has no staff."""


def adoption_cost(effort: Input, pay: float) -> float:
    """Return the mean cost of adopting a lever in USD: hours of work times the cost of an hour."""
    return effort.distribution.moments()[0] * pay


def mean_pay(scenario: Scenario, options: RunOptions = OPTIONS) -> float:
    """Return the mean cost of an hour of one full-time equivalent, in USD.

    It is that of the scenario's first role, in its money, or that of the library rows in `PAY` where it has no staff.
    """
    pay = next((name for name in scenario.plan.names if name.endswith(".pay")), None)
    if pay is not None:
        samples = simulate_draws(scenario, options, [pay, "deflator"]).retained_draws
        return float(np.mean(samples[pay] * samples["deflator"]))
    from simulator import model
    from simulator.scenario.entries import Reader, library_entry

    units = model.every_graph().units
    mean_by_quantity = {
        quantity: Reader().distribution(quantity, library_entry(quantity, row), units[model.lookup_name(quantity)]).moments()[0]
        for quantity, row in PAY.items()
    }
    return mean_by_quantity["salary"] * mean_by_quantity["on_cost"] + mean_by_quantity["equity"]
