"""Several runs under one budget: the sum, draw by draw, beside the sum of each run's own amounts."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np

from simulator.analysis.statistics import DRAWS, LEVELS, Array, draw, figures, labels, probability, quantile, same_money
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
    """Draw several scenarios and return the sum of their totals, as plain data.

    With `shared` random numbers a prior of one name takes the same variate in every run: the market, and all else, turns out
    alike for all,
    which is the most that runs can go together by their priors. With `none` each has random numbers of its own, which is the
    least. Raises ValueError where the runs are in different money, and `NonFiniteResultError` where a quantity is not finite.
    """
    interval = interval_of(interval)
    asked = probabilities(levels)
    if correlation not in CORRELATIONS:
        raise ValueError(f"no correlation {correlation!r}; there are {', '.join(CORRELATIONS)}")
    same_money(scenarios)
    shared = correlation == "shared"
    under_way = [scenario.name for scenario in scenarios if scenario.progress is not None]
    if shared and under_way:
        raise ValueError(
            f"{under_way[0]} is under way: its draws are those that agree with what it has spent, so it shares no "
            f"random numbers draw by "
            "draw; take correlation none"
        )
    results = [
        draw(scenario, draws, seed if shared else seed + number, [TOTAL], threads=threads, progress=progress)
        for number, scenario in enumerate(scenarios)
    ]
    totals = [result.kept[TOTAL] for result in results]
    count = min(map(len, totals))  # of a run under way, fewer draws are left
    names = labels(scenarios)
    heavy = [name for name, result in zip(names, results, strict=True) if result.why_no_mean()]
    said = sum_of({name: total[:count] for name, total in zip(names, totals, strict=True)}, asked, interval, heavy)
    for row, scenario in zip(said["runs"], scenarios, strict=True):
        row["title"] = scenario.title
    return {
        "schema": 1, "money": scenarios[0].money, "draws": count, "seed": seed, "interval": in_percent(interval),
        "correlation": correlation,
        **said,
    }  # fmt: skip


def sum_of(
    totals: dict[str, Array], levels: Iterable[Level] = (), interval: Level = 0.95, heavy: Collection[str] = ()
) -> dict[str, Any]:
    """Return the figures of a sum of runs beside the sums of their own, from draws of their totals.

    Runs in `heavy` have tails that are known to be too heavy for a mean, and so has their sum.
    `stands_at` is the probability of the portfolio to stay within the sum of the runs' own amounts.
    """
    total = np.sum(list(totals.values()), axis=0)
    rows = []
    for level in probabilities([*LEVELS, *levels]):
        own = {name: float(np.quantile(values, level)) for name, values in totals.items()}
        amount, added = quantile(total, level), sum(own.values())
        stands = probability(total <= added)
        rows.append({"level": in_percent(level), "amount": amount.value, "mcse": amount.error, "sum_of_own": added,
                     "difference": amount.value - added, "stands_at": stands.value, "stands_at_error": stands.error,
                     "own": own})  # fmt: skip
    return {
        "total": figures(total, interval, heavy=bool(heavy)),
        "runs": [{"name": name, **figures(values, interval, heavy=name in heavy)} for name, values in totals.items()],
        "levels": rows,
    }
