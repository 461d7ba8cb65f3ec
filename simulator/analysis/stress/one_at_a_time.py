"""The total with one prior set to its 5 % and its 95 % quantile, and the others simulated."""

from typing import Any

import numpy as np

from simulator.analysis.statistics import (
    DRAWS,
    Progress,
    UnsupportedError,
    difference,
    evaluate_from,
    refuse_under_way,
    simulate_draws,
    summary_statistics,
)
from simulator.analysis.stress.changes import change_statistics, rank_by_one
from simulator.analysis.stress.retained_draws import fitting_draws
from simulator.core.levels import Level, interval_of
from simulator.core.units import Value
from simulator.scenario import TOTAL, Scenario

PROBABILITIES = (0.05, 0.95)


def vary_one_at_a_time(
    scenario: Scenario,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    interval: Level = 0.95,
    threads: int | None = None,
    progress: Progress = None,
) -> dict[str, Any]:
    """Set each prior to its 5 % and its 95 % quantile, simulate the others, and return the total, widest change first.

    A prior that is correlated with others is set alone; they keep their draws, as in an intervention and not as in
    conditioning. Raises `UnsupportedError` for a run under way.
    """
    interval = interval_of(interval)
    refuse_under_way(scenario)
    priors = {name: source for name, source in scenario.inputs.items() if source.role == "prior"}
    result = simulate_draws(scenario, fitting_draws(draws, len(priors) + 1), seed, [TOTAL, *priors], threads=threads)
    before, heavy = result.retained_draws[TOTAL], bool(result.why_no_mean())
    base_values: dict[str, Value] = {
        name: result.retained_draws[name] if name in priors else np.float64(source.distribution.quantile(0.5))
        for name, source in scenario.inputs.items()
    }
    correlated = {name for pair in scenario.ranks for name in pair}
    rows: list[dict[str, Any]] = []
    for number, (name, source) in enumerate(priors.items(), start=1):
        points: list[dict[str, Any]] = []
        for p in PROBABILITIES:
            values = dict(base_values)
            value = source.distribution.quantile(p)
            evaluate_from(scenario.plan, values, {name: np.float64(value)})
            total = np.array(np.broadcast_to(np.asarray(values[TOTAL]), before.shape))
            if not np.isfinite(total).all():
                raise UnsupportedError(f"{name}: at its {100 * p:g} % quantile the total is not finite in some draws")
            points.append({"percent": 100 * p, "value": value, **summary_statistics(total, interval, heavy=heavy),
                           "change": change_statistics(difference(total, before), before, heavy=heavy)})  # fmt: skip
        rows.append({"name": name, "unit": source.unit.text, "grade": source.grade, "correlated": source.stream in correlated,
                     "points": points})  # fmt: skip
        if progress is not None:
            progress(number * len(before), len(priors) * len(before))
    changes = [point["change"] for row in rows for point in row["points"]]
    ranked_by = rank_by_one(changes, heavy=heavy)
    rows.sort(key=lambda row: -abs(row["points"][1]["change"]["value"] - row["points"][0]["change"]["value"]))
    return {
        "draws": len(before),
        "ranked_by": ranked_by,
        "base": summary_statistics(before, interval, heavy=heavy),
        "priors": rows,
    }
