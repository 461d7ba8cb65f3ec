"""Reverse stress tests: which inputs distinguish the draws in which a condition holds, and a box in those inputs."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from simulator.analysis.statistics import DRAWS, MAX_DRAWS, Array, Progress, UnsupportedError, probability, simulate_draws
from simulator.analysis.stress.conditions import Condition, parse_condition
from simulator.analysis.stress.kolmogorov_smirnov import critical_distance, ks_distance
from simulator.analysis.stress.peeling import describe_box, find_box
from simulator.analysis.stress.retained_draws import Mask, check_draws, fitting_draws
from simulator.core.formatting import format_percent, format_significant
from simulator.core.levels import Level, interval_of
from simulator.engine.summaries import interval_bounds
from simulator.scenario import Scenario

MIN_MATCHES = 200
"""Minimum number of draws that meet the condition."""
TARGET_MATCHES = 1000
"""Number of draws that meet the condition up to which the run is extended, as far as memory allows."""


def reverse(
    scenario: Scenario,
    text: str,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    retained_draws: Mapping[str, Array] | None = None,
    interval: Level = 0.95,
    threads: int | None = None,
    progress: Progress = None,
) -> dict[str, Any]:
    """Return the inputs that distinguish the draws in which a condition holds, and a box of them described in words.

    Where fewer than 1,000 draws meet the condition, the run is extended to at most 1e6 draws or what fits in memory.
    `retained_draws` are draws of a run of this scenario, which replace new ones. Raises `UnsupportedError` with the probability
    of the condition where fewer than 200 draws meet it, or fewer than 200 do not.
    """
    interval = interval_of(interval)
    limit = parse_condition(text, scenario)
    priors = [name for name, source in scenario.inputs.items() if source.role == "prior" and name != limit.name]
    names = [limit.name, *priors]
    if retained_draws is None:
        retained_draws = _simulate_until_enough(scenario, limit, names, draws, seed, threads, progress)
    check_draws(retained_draws, names)
    mask = limit.holds(retained_draws[limit.name])
    draw_count, count = len(mask), int(np.count_nonzero(mask))
    if min(count, draw_count - count) < MIN_MATCHES:
        raise UnsupportedError(_explain_too_few(limit, mask))
    comparison = compare_selected_draws({name: retained_draws[name] for name in priors}, mask, interval)
    for row in comparison["inputs"]:
        row["unit"], row["grade"] = scenario.unit(row["name"]), scenario.inputs[row["name"]].grade
    box = comparison["box"]
    return {
        "condition": limit.text, "quantity": limit.name, "above": limit.above, "amount": limit.amount,
        "unit": scenario.unit(limit.name), "draws": draw_count, "such": count, "probability": probability(mask)._asdict(),
        **comparison,
        "sentence": describe_box(box, {name: scenario.unit(name) for name in priors}) if box else "",
    }  # fmt: skip


def _simulate_until_enough(
    scenario: Scenario, limit: Condition, names: list[str], draws: int, seed: int, threads: int | None, progress: Progress
) -> dict[str, Array]:
    """Simulate with all draws retained, and longer where the condition is rare; a longer run begins with the shorter one."""
    max_draws = fitting_draws(MAX_DRAWS, len(names))
    draws = min(draws, max_draws)
    while True:
        retained_draws = simulate_draws(scenario, draws, seed, names, threads=threads, progress=progress).retained_draws
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


def compare_selected_draws(inputs: Mapping[str, Array], mask: Mask, interval: Level = 0.95) -> dict[str, Any]:
    """Compare inputs in the draws of a mask with the same inputs in all draws, most surprising first, and find a box.

    The Kolmogorov-Smirnov distance is the largest difference between the two cumulative shares: 0 for an unrelated
    input and near 1 for a decisive one. It does not depend on the unit or the distribution of the input. `clear` states whether
    it is significant at a level of 0.1 %. Inputs correlated with a surprising one are surprising too.
    """
    low, high = interval_bounds(interval)
    rows: list[dict[str, Any]] = []
    for name, values in inputs.items():
        distance, direction = ks_distance(values, mask)
        usual, then = (np.quantile(x, [0.5, low, high]).tolist() for x in (values, values[mask]))
        rows.append({
            "name": name, "ks_distance": distance, "clear": distance > critical_distance(mask), "higher": direction > 0,
            "usual": dict(zip(("median", "low", "high"), usual, strict=True)),
            "then": dict(zip(("median", "low", "high"), then, strict=True)),
        })  # fmt: skip
    rows.sort(key=lambda row: -row["ks_distance"])
    return {"inputs": rows, "box": find_box(inputs, mask)}
