"""Quantities of a scenario where some are replaced, from its formulas and the draws of its inputs."""

import numpy as np
from definitions.case import Draws

from simulator.engine.result import Accumulators
from simulator.engine.simulate import simulate
from simulator.engine.tails import LIMITS, tail_index, tail_index_lower_bound
from simulator.scenario import TOTAL


def draws_of_scenario(case, scenario, draws=None, seed=None):
    """Simulate a scenario with the draws and the seed of a case, or others, and return all draws."""
    result = simulate(
        scenario, case.draws if draws is None else draws, case.seed if seed is None else seed, keep=scenario.plan.names
    )
    # Those of all quantities take megabytes, and a case of levers has a hundred scenarios.
    result.accumulators = Accumulators({TOTAL: result.accumulators[TOTAL]}, {})
    return Draws(case, result, result.retained_draws)


def quantities(draws, replaced):
    """Return all quantities of a scenario where those in `replaced` have these values, and what follows from them."""
    values = {name: draws.values[name] for name in draws.scenario.inputs if name in draws.values} | replaced
    with np.errstate(all="ignore"):  # as a run does: a formula may divide by what it then guards
        for step in draws.scenario.plan.steps:
            if step.name not in replaced:
                values[step.name] = step.function(*(values[name] for name in step.needs))
    shape = draws.total.shape
    return {name: np.broadcast_to(np.asarray(value, dtype=float), shape) for name, value in values.items()}


def total(draws, replaced):
    """Return the total where some quantities are replaced."""
    return quantities(draws, replaced)[TOTAL]


def less(after, before):
    """Return the difference of two totals, 0 where they differ by at most 1e-9 of the larger one."""
    change = after - before
    return np.where(abs(change) <= 1e-9 * np.maximum(abs(after), abs(before)), 0, change)


def has_mean(values):
    """Whether the tails of draws themselves are light enough for a mean."""
    return tail_index(values) <= LIMITS["mean"]


def has_clearly_no_mean(values):
    """Whether the tail index of draws is above the limit by more than its error."""
    return tail_index_lower_bound(tail_index(values), len(values)) > LIMITS["mean"]
