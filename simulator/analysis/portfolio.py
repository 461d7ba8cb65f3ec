"""Portfolios: several runs under one budget, as the sum draw by draw and as the sum of each run's own amounts."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np

from simulator.analysis.statistics import (
    DRAWS,
    LEVELS,
    Array,
    check_same_money,
    probability,
    quantile,
    simulate_draws,
    summary_statistics,
    unique_names,
)
from simulator.core.levels import Level, in_percent, interval_of, probabilities
from simulator.scenario import TOTAL, Scenario

CORRELATIONS = ("shared", "none")


def portfolio(
    scenarios: Sequence[Scenario],
    draws: int = DRAWS,
    seed: int = 0,
    *,
    correlation: str = "shared",
    levels: Iterable[Level] = (),
    interval: Level = 0.95,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Simulate several scenarios and return the sum of their totals, as plain data.

    With correlation `shared`, a prior of the same name takes the same standard normal variate in every run, which is the
    strongest dependence that common priors allow. With `none`, runs are independent. Raises ValueError where the runs are in
    different money, and `NonFiniteResultError` where a quantity is not finite.
    """
    interval = interval_of(interval)
    levels = probabilities(levels)
    if correlation not in CORRELATIONS:
        raise ValueError(f"no correlation {correlation!r}; choose one of {', '.join(CORRELATIONS)}")
    check_same_money(scenarios)
    is_shared = correlation == "shared"
    under_way = [scenario.name for scenario in scenarios if scenario.paused_run is not None]
    if is_shared and under_way:
        raise ValueError(
            f"{under_way[0]} is under way: its draws are conditional on spend to date, so it cannot share random numbers "
            "with other runs; choose correlation none"
        )
    results = [
        simulate_draws(scenario, draws, seed if is_shared else seed + number, [TOTAL], threads=threads, progress=progress)
        for number, scenario in enumerate(scenarios)
    ]
    totals = [result.retained_draws[TOTAL] for result in results]
    count = min(map(len, totals))  # a run under way has fewer draws
    names = unique_names(scenarios)
    heavy = [name for name, result in zip(names, results, strict=True) if result.why_no_mean()]
    statistics = portfolio_statistics(
        {name: total[:count] for name, total in zip(names, totals, strict=True)}, levels, interval, heavy
    )
    for row, scenario in zip(statistics["runs"], scenarios, strict=True):
        row["title"] = scenario.title
    return {
        "schema": 2, "money": scenarios[0].money, "draws": count, "seed": seed, "interval": in_percent(interval),
        "correlation": correlation,
        **statistics,
    }  # fmt: skip


def portfolio_statistics(
    totals: dict[str, Array], levels: Iterable[Level] = (), interval: Level = 0.95, heavy: Collection[str] = ()
) -> dict[str, Any]:
    """Return the statistics of the sum of runs beside the sums of their own amounts, from draws of their totals.

    The tails of runs in `heavy` are too heavy for a mean, and so is that of their sum. `stands_at` is the probability that the
    portfolio stays within the sum of the runs' own amounts.
    """
    total = np.sum(list(totals.values()), axis=0)
    rows = []
    for level in probabilities([*LEVELS, *levels]):
        own = {name: float(np.quantile(values, level)) for name, values in totals.items()}
        amount, sum_of_own = quantile(total, level), sum(own.values())
        within = probability(total <= sum_of_own)
        rows.append({"level": in_percent(level), "amount": amount.value, "mcse": amount.error, "sum_of_own": sum_of_own,
                     "difference": amount.value - sum_of_own, "stands_at": within.value, "stands_at_error": within.error,
                     "own": own})  # fmt: skip
    return {
        "total": summary_statistics(total, interval, heavy=bool(heavy)),
        "runs": [
            {"name": name, **summary_statistics(values, interval, heavy=name in heavy)} for name, values in totals.items()
        ],
        "levels": rows,
    }
