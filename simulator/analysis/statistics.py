"""Statistics of draws that analyses share: simulation, comparability of scenarios, estimates with Monte Carlo errors.

The functions take plain arrays of draws, all of one length and from one run, so that row i is one draw. Errors are Monte
Carlo standard errors of independent draws.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.core.errors import UnsupportedError
from simulator.core.formatting import RESIDUE
from simulator.core.levels import Level
from simulator.core.suggestions import InvalidValueError
from simulator.core.units import Value
from simulator.engine.graph import Plan
from simulator.engine.options import RunOptions
from simulator.engine.result import SimulationResult
from simulator.engine.simulate import simulate
from simulator.engine.summaries import PERCENTS, interval_bounds
from simulator.engine.summaries import Estimate as Estimate
from simulator.engine.summaries import StandardErrors as StandardErrors
from simulator.engine.summaries import SummaryStatistics as SummaryStatistics
from simulator.engine.tails import explain_heavy_tail, tail_index
from simulator.scenario import Scenario

Array = NDArray[np.float64]
MAX_DRAWS = 1_000_000
LEVELS = (0.5, 0.7, 0.8, 0.9)
"""Confidence levels that are always reported: median, the two of NASA's policy and GAO's guide (70 and 80 %), and 90 %."""


def simulate_draws(scenario: Scenario, options: RunOptions, keep: Iterable[str]) -> SimulationResult:
    """Simulate a scenario and retain the draws of `keep`; an interrupt raises, because half of a comparison is of no use."""
    if not 1 < options.draws <= MAX_DRAWS:
        raise InvalidValueError(f"draws must be 2 to {MAX_DRAWS:,} here, because all are held in memory, not {options.draws:,}")
    result = simulate(
        scenario,
        options.draws,
        options.seed,
        threads=options.threads,
        keep=tuple(dict.fromkeys(keep)),
        progress=options.progress,
    )
    if result.partial:
        raise KeyboardInterrupt
    return result


def values_at_medians(scenario: Scenario) -> dict[str, Value]:
    """Return all quantities with every prior at its median."""
    values: dict[str, Value] = {name: np.float64(source.distribution.quantile(0.5)) for name, source in scenario.inputs.items()}
    evaluate_from(scenario.plan, values, {})
    return values


def evaluate_from(plan: Plan, values: dict[str, Value], overrides: Mapping[str, Value]) -> None:
    """Compute the steps of a plan into `values`; quantities in `overrides` take those values in place of their formula's."""
    values |= overrides
    with np.errstate(all="ignore"):
        for step in plan.steps:
            if step.name not in overrides:
                values[step.name] = step.function(*[values[need] for need in step.needs])


def independent_priors(scenario: Scenario) -> Scenario | None:
    """Return the scenario with every prior independent of the others, or None where they are independent already."""
    streams = [source.stream for source in scenario.inputs.values() if source.role == "prior"]
    if not scenario.ranks and len(set(streams)) == len(streams):
        return None
    inputs = {name: replace(source, stream=name) for name, source in scenario.inputs.items()}
    return replace(scenario, ranks={}, inputs=inputs)


def unique_names(scenarios: Sequence[Scenario]) -> list[str]:
    """Return the names of scenarios, numbered where a name is repeated."""
    names = [scenario.name for scenario in scenarios]
    return [
        name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})" for place, name in enumerate(names)
    ]


def check_same_money(scenarios: Sequence[Scenario]) -> None:
    """Raise `UnsupportedError` where scenarios are in different money, or are converted at different exchange rates."""
    first = scenarios[0]
    for other in scenarios[1:]:
        if other.money != first.money:
            raise UnsupportedError(
                f"{first.name} is in {first.money} and {other.name} in {other.money}; convert both to one money: "
                f"--money '{first.money}' (in Python `money='{first.money}'`)"
            )
        rates = [1.0 if each.conversion is None else each.conversion.rate for each in (first, other)]
        if rates[0] != rates[1]:
            raise UnsupportedError(
                f"{first.name} is converted at {rates[0]:g} {first.currency} for one USD and {other.name} at {rates[1]:g}; "
                f"give both the same rate: --rate {first.currency}={rates[0]:g}"
            )


def refuse_under_way(*scenarios: Scenario) -> None:
    """Raise `UnsupportedError` for runs under way, whose draws cannot be paired with those of another scenario."""
    for scenario in scenarios:
        if scenario.paused_run is not None:
            raise UnsupportedError(
                f"{scenario.name} is under way: its draws are conditional on spend to date, "
                "so they cannot be paired with those of another scenario"
            )


def difference(after: Any, before: Any) -> Any:
    """Return after less before, draw by draw; differences within floating-point rounding are set to zero."""
    change = after - before
    return np.where(np.abs(change) <= RESIDUE * np.maximum(np.abs(after), np.abs(before)), 0.0, change)


# --- figures --------------------------------------------------------------------------------------------------------------


def mean(values: Array) -> Estimate:
    """Return the mean."""
    return Estimate(float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values)))


def has_mean(values: Array) -> bool:
    """Whether the tails of draws are light enough for a mean and its error (`tails.LIMITS`)."""
    return not explain_heavy_tail(tail_index(values))


def stable_mean(values: Array) -> Estimate | None:
    """Return the mean, or None where a tail is too heavy for one."""
    return mean(values) if has_mean(values) else None


def probability(event: Any) -> Estimate:
    """Return the share of draws in which an event occurs."""
    share = float(np.mean(event))
    return Estimate(share, math.sqrt(share * (1 - share) / np.size(event)))


def quantile(values: Array, p: float) -> Estimate:
    """Return a quantile; its error is half the distance between the quantiles one standard error of rank on either side."""
    step = math.sqrt(p * (1 - p) / len(values))
    low, middle, high = np.quantile(values, [max(0.0, p - step), p, min(1.0, p + step)]).tolist()
    return Estimate(middle, (high - low) / 2)


def summary_statistics(values: Array, interval: Level = 0.95, *, heavy: bool | None = None) -> SummaryStatistics:
    """Return mean, median, central interval, quantiles and errors of draws.

    Mean and standard deviation are None where a tail is too heavy. `heavy` states whether it is; None tests the draws.
    """
    lower, upper = interval_bounds(interval)
    ordered = np.sort(values)  # which takes less time than one set of quantiles of draws in their own order
    median, low, high = quantile(ordered, 0.5), quantile(ordered, lower), quantile(ordered, upper)
    center = stable_mean(values) if heavy is None else None if heavy else mean(values)
    quantiles = np.quantile(ordered, np.array(PERCENTS) / 100).tolist()
    return SummaryStatistics(
        mean=None if center is None else center.value,
        sd=None if center is None else float(values.std(ddof=1)),
        median=median.value,
        low=low.value,
        high=high.value,
        quantiles=dict(zip((f"{p:g}" for p in PERCENTS), quantiles, strict=True)),
        mcse=StandardErrors(None if center is None else center.error, median.error, low.error, high.error),
    )
