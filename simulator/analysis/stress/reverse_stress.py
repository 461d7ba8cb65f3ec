"""Reverse stress tests: which inputs distinguish the draws in which a condition holds, and a box in those inputs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from simulator.analysis.occurrences import event_quantities, inputs_and_events
from simulator.analysis.statistics import MAX_DRAWS, Array, Estimate, probability, simulate_draws
from simulator.analysis.stress.conditions import Condition, ConditionError, parse_condition
from simulator.analysis.stress.kolmogorov_smirnov import critical_distance, ks_distance
from simulator.analysis.stress.peeling import Box, describe_box, find_box
from simulator.analysis.stress.results import StressResult
from simulator.analysis.stress.retained_draws import EarlierDraws, Mask, check_draws, fitting_draws
from simulator.core.formatting import format_condition, format_percent, format_significant
from simulator.core.levels import Level
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.summaries import interval_bounds
from simulator.io.header import header_of
from simulator.scenario import Scenario

MIN_MATCHES = 200
"""Minimum number of draws that meet the condition."""
TARGET_MATCHES = 1000
"""Number of draws that meet the condition up to which the run is extended, as far as memory allows."""


@dataclass(frozen=True, slots=True)
class MedianAndInterval:
    """Median of an input, and the bounds of its central interval, in its unit; of an event, its probability, 0 and 1.

    Attributes
    ----------
    median, low, high : float

    """

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class InputComparison:
    """An input in the draws in which the condition holds, compared with all draws.

    Attributes
    ----------
    name, unit, grade : str
        The input, its canonical unit, and the grade of its evidence.
    ks_distance : float
        Kolmogorov-Smirnov distance, the largest difference between the two cumulative shares: 0 for an unrelated input and
        near 1 for a decisive one. It does not depend on the unit or the distribution of the input.
    clear : bool
        Whether the distance is significant at a level of 0.1 %.
    higher : bool
        Whether the input is higher in these draws.
    all_draws, selected : MedianAndInterval
        The input in all draws, and in those in which the condition holds.
    is_event : bool
        Whether it is an event, 1 where it occurs and 0 otherwise; its medians are probabilities.

    """

    name: str
    unit: str
    grade: str
    ks_distance: float
    clear: bool
    higher: bool
    all_draws: MedianAndInterval
    selected: MedianAndInterval
    is_event: bool = False


@dataclass(frozen=True, slots=True)
class ReverseStress:
    """The draws in which a condition holds.

    Attributes
    ----------
    condition : str
        The condition as written.
    quantity : str
        What it is about.
    above : bool
        Whether the quantity is above or below the amount.
    amount : float
        In `unit`.
    unit : str
        Canonical unit of the quantity.
    draws, selected_draws : int
        Number of all draws, and of those in which the condition holds.
    probability : Estimate
        Of the condition.
    inputs : tuple of InputComparison
        The most surprising first. Inputs correlated with a surprising one are surprising too.
    box : Box or None
        None where no input is related to the condition.
    sentence : str
        The box in words; empty without a box.

    """

    condition: str
    quantity: str
    above: bool
    amount: float
    unit: str
    draws: int
    selected_draws: int
    probability: Estimate
    inputs: tuple[InputComparison, ...]
    box: Box | None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class ReverseTest(StressResult):
    """A reverse stress test.

    Attributes
    ----------
    reverse : ReverseStress

    Examples
    --------
    >>> import llmcost
    >>> test = llmcost.reverse_stress("gpt-4", "total_cost > 130e6", draws=5000)
    >>> test.reverse.quantity
    'total_cost'

    """

    reverse: ReverseStress


def reverse(
    scenario: Scenario, options: RunOptions = DEFAULTS, *, condition: str, earlier: EarlierDraws | None = None
) -> ReverseTest:
    """Return the inputs that distinguish the draws in which a condition holds, and a box of them described in words.

    Where fewer than 1,000 draws meet the condition, the run is extended to at most 1e6 draws or what fits in memory. Draws
    of an `earlier` run of this scenario replace new ones. Raises `ConditionError` with the probability of the condition where
    fewer than 200 draws meet it, or fewer than 200 do not.
    """
    limit = parse_condition(condition, scenario)
    priors = [name for name, source in scenario.inputs.items() if source.role == "prior" and name != limit.name]
    events = set(event_quantities(scenario, priors).values())
    names = [limit.name, *priors]
    if earlier is None:
        draws = _simulate_until_enough(scenario, limit, list(dict.fromkeys([*names, *sorted(events)])), options)
    else:
        draws, options = earlier.by_quantity, earlier.options(options)
    check_draws(draws, names)
    mask = limit.holds(draws[limit.name])
    count, matches = len(mask), int(np.count_nonzero(mask))
    if min(matches, count - matches) < MIN_MATCHES:
        raise ConditionError(_explain_too_few(limit, mask))
    inputs = inputs_and_events(scenario, draws, priors)
    inputs.pop(limit.name, None)
    box = find_box(inputs, mask)
    units = {name: scenario.unit(name) for name in inputs}
    clause = format_condition(limit.name, limit.amount, scenario.unit(limit.name), above=limit.above)
    return ReverseTest(
        header=header_of(scenario, options),
        budget=scenario.budget,
        reverse=ReverseStress(
            condition=limit.text,
            quantity=limit.name,
            above=limit.above,
            amount=limit.amount,
            unit=scenario.unit(limit.name),
            draws=count,
            selected_draws=matches,
            probability=probability(mask),
            inputs=compare_inputs(scenario, inputs, mask, options.interval),
            box=box,
            sentence="" if box is None else describe_box(box, units, clause, events),
        ),
    )


def _simulate_until_enough(
    scenario: Scenario, limit: Condition, names: Iterable[str], options: RunOptions
) -> Mapping[str, Array]:
    """Simulate with all draws retained, and longer where the condition is rare; a longer run begins with the shorter one."""
    names = list(names)
    max_draws = fitting_draws(MAX_DRAWS, len(names))
    draws = min(options.draws, max_draws)
    while True:
        retained_draws = simulate_draws(scenario, options.with_(draws=draws), names).retained_draws
        count = int(np.count_nonzero(limit.holds(retained_draws[limit.name])))
        if count >= TARGET_MATCHES or draws >= max_draws:
            return retained_draws
        draws = min(max_draws, int(draws * max(2.0, min(20.0, 1.2 * TARGET_MATCHES / max(count, 1)))))


def _explain_too_few(limit: Condition, mask: Mask) -> str:
    draw_count, count = len(mask), int(np.count_nonzero(mask))
    if draw_count - count < MIN_MATCHES:
        return (
            f"{limit.text} holds in {count:,} of {draw_count:,} draws, so there are too few others to compare them with; "
            "reverse the condition, or choose another amount"
        )
    share, error = probability(mask)
    # With no match among n draws, the 95 % upper bound of the probability is 3 / n.
    estimate = (
        f"a probability of {format_significant(100 * share)}% +-{format_significant(100 * error, 1)}"
        if count
        else f"a probability below {format_percent(3 / draw_count)}"
    )
    return (
        f"{limit.text} holds in {count:,} of {draw_count:,} draws ({estimate}), but {MIN_MATCHES} are needed to describe them; "
        "choose a less extreme amount"
    )


def compare_inputs(
    scenario: Scenario, inputs: Mapping[str, Array], mask: Mask, interval: Level = 0.95
) -> tuple[InputComparison, ...]:
    """Compare inputs and events of a scenario in the draws of a mask with the same in all draws, most surprising first."""
    critical = critical_distance(mask)
    events = set(event_quantities(scenario, scenario.inputs).values())
    rows = []
    for name, values in inputs.items():
        distance, direction = ks_distance(values, mask)
        summarize = _probability if name in events else partial(_median_and_interval, interval=interval)
        all_draws, selected = summarize(values), summarize(values[mask])
        rows.append(
            InputComparison(
                name=name,
                unit=scenario.unit(name),
                grade="" if name in events else scenario.inputs[name].grade,
                ks_distance=distance,
                clear=distance > critical,
                higher=direction > 0,
                is_event=name in events,
                all_draws=all_draws,
                selected=selected,
            )
        )
    return tuple(sorted(rows, key=lambda row: -row.ks_distance))


def _probability(values: Array) -> MedianAndInterval:
    return MedianAndInterval(float(values.mean()), 0.0, 1.0)


def _median_and_interval(values: Array, interval: Level) -> MedianAndInterval:
    return MedianAndInterval(*np.quantile(values, [0.5, *interval_bounds(interval)]).tolist())
