"""What a decision reads off draws: figures with their errors, contingency, tails, who carries what, what came along.

The functions take plain arrays of draws, all of one length and from one run, so that row i is one draw. Errors are Monte
Carlo standard errors of independent draws.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.core.formatting import RESIDUE
from simulator.core.levels import Level, in_percent, probabilities, probability_of
from simulator.core.units import Value
from simulator.engine.graph import Plan
from simulator.engine.result import Result
from simulator.engine.simulate import simulate
from simulator.engine.summaries import PERCENTS, ends
from simulator.engine.tails import tail_index, too_heavy
from simulator.scenario import Scenario

Array = NDArray[np.float64]
Progress = Callable[[int, int], None] | None

DRAWS = 100_000
MOST_DRAWS = 1_000_000
LEVELS = (0.5, 0.7, 0.8, 0.9)
"""Confidence levels that are always told: median, the two of NASA's policy and GAO's guide (70 and 80 %), and 90 %."""

SHOWN_UP_TO = 0.99
"""Quantile of cost and of date up to which a frontier of both is told."""
LEAST_BEYOND = 25
"""Draws at or beyond a point of a frontier, below which it is told by hardly more than the extreme draws."""

_NEAR = 0.025  # on either side of a level: draws that tell the lines' means there
_LEAST_NEAR = 250


class UnsupportedError(ValueError):
    """What cannot be answered of a scenario, with the reason and the next step."""


class Estimate(NamedTuple):
    """A figure and its Monte Carlo standard error."""

    value: float
    error: float


def draw(scenario: Scenario, draws: int, seed: int, keep: Iterable[str], **options: Any) -> Result:
    """Draw a scenario and keep whole draws; an interrupt leaves nothing, because half of a comparison says nothing."""
    if not 1 < draws <= MOST_DRAWS:
        raise ValueError(f"draws are held whole here: 2 to {MOST_DRAWS:,}, not {draws:,}")
    result = simulate(scenario, draws, seed, keep=tuple(dict.fromkeys(keep)), **options)
    if result.partial:
        raise KeyboardInterrupt
    return result


def at_medians(scenario: Scenario) -> dict[str, Value]:
    """Return all quantities with every prior at its median."""
    values: dict[str, Value] = {name: np.float64(made.distribution.quantile(0.5)) for name, made in scenario.inputs.items()}
    evaluate_from(scenario.plan, values, {})
    return values


def evaluate_from(plan: Plan, values: dict[str, Value], given: Mapping[str, Value]) -> None:
    """Compute the steps of a plan into `values`, where the quantities in `given` have those values and not their formula's."""
    values |= given
    with np.errstate(all="ignore"):
        for step in plan.steps:
            if step.name not in given:
                values[step.name] = step.function(*[values[need] for need in step.needs])


def untied(scenario: Scenario) -> Scenario | None:
    """Return the scenario with every prior independent of the others, or None where nothing ties them."""
    streams = [made.stream for made in scenario.inputs.values() if made.role == "prior"]
    if not scenario.ranks and len(set(streams)) == len(streams):
        return None
    free = {name: replace(made, stream=name) for name, made in scenario.inputs.items()}
    return replace(scenario, ranks={}, inputs=free)


def labels(scenarios: Sequence[Scenario]) -> list[str]:
    """Return the names of scenarios, numbered where one comes twice."""
    names = [scenario.name for scenario in scenarios]
    return [
        name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})" for place, name in enumerate(names)
    ]


def same_money(scenarios: Sequence[Scenario]) -> None:
    """Refuse scenarios whose amounts are in different money; nothing here converts one into the other."""
    first = scenarios[0]
    for other in scenarios[1:]:
        if other.money != first.money:
            raise ValueError(
                f"{first.name} is in {first.money} and {other.name} in {other.money}; give `deflator` the change of prices, "
                f"and name one money for both: --set 'money={first.money}'"
            )


def refuse_under_way(*scenarios: Scenario) -> None:
    """Refuse runs under way, whose draws cannot be paired with those of another scenario."""
    for scenario in scenarios:
        if scenario.progress is not None:
            raise UnsupportedError(
                f"{scenario.name} is under way: its draws are those that agree with what it has spent, "
                "so none has its like elsewhere"
            )


def difference(after: Any, before: Any) -> Any:
    """Return after less before, draw by draw; what is only the rounding of floating point is nothing."""
    change = after - before
    return np.where(np.abs(change) <= RESIDUE * np.maximum(np.abs(after), np.abs(before)), 0.0, change)


# --- figures --------------------------------------------------------------------------------------------------------------


def mean(values: Array) -> Estimate:
    """Return the mean."""
    return Estimate(float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values)))


def has_mean(values: Array) -> bool:
    """Whether the tails of draws are light enough for a mean and its error (`tails.LIMITS`)."""
    return not too_heavy(tail_index(values))


def stable_mean(values: Array) -> Estimate | None:
    """Return the mean, or None where a tail is too heavy for one."""
    return mean(values) if has_mean(values) else None


def probability(holds: Any) -> Estimate:
    """Return the share of draws in which something holds."""
    share = float(np.mean(holds))
    return Estimate(share, math.sqrt(share * (1 - share) / np.size(holds)))


def quantile(values: Array, p: float) -> Estimate:
    """Return a quantile; its error is half the step between the quantiles one error of rank apart."""
    step = math.sqrt(p * (1 - p) / len(values))
    low, middle, high = np.quantile(values, [max(0.0, p - step), p, min(1.0, p + step)]).tolist()
    return Estimate(middle, (high - low) / 2)


def figures(values: Array, interval: Level = 0.95, *, heavy: bool | None = None) -> dict[str, Any]:
    """Return mean, median, central interval, quantiles and errors, under the names that a run's JSON has.

    Mean and standard deviation are None where a tail is too heavy: `heavy` says so, or the draws where it is None.
    """
    low, high = ends(interval)
    told = {"median": quantile(values, 0.5), "low": quantile(values, low), "high": quantile(values, high)}
    mid = stable_mean(values) if heavy is None else None if heavy else mean(values)
    return {
        "mean": None if mid is None else mid.value,
        "sd": None if mid is None else float(values.std(ddof=1)),
        **{name: found.value for name, found in told.items()},
        "quantiles": dict(
            zip((f"{p:g}" for p in PERCENTS), np.quantile(values, np.array(PERCENTS) / 100).tolist(), strict=True)
        ),
        "mcse": {"mean": None if mid is None else mid.error, **{name: found.error for name, found in told.items()}},
    }


# --- a budget -------------------------------------------------------------------------------------------------------------


def contingencies(total: Array, point: float, levels: Iterable[Level]) -> list[dict[str, Any]]:
    """Return for each confidence level the amount, and what it adds to the point estimate in USD and as a share of it.

    A point estimate above the amount gives a negative contingency, which is marked and never hidden.
    """
    rows = []
    for level in probabilities(levels):
        amount = quantile(total, level)
        more = amount.value - point
        share = more / point if point > 0 else None
        rows.append({"level": in_percent(level), "amount": amount.value, "mcse": amount.error, "contingency": more,
                     "share_of_point": share, "negative": more < 0})  # fmt: skip
    return rows


def tail(total: Array, p: float) -> tuple[Estimate, Estimate]:
    """Return value at risk (the quantile `p`) and conditional value at risk (the mean of the worst 1 - p).

    Rockafellar and Uryasev 2000: CVaR is the quantile plus the mean excess over it, divided by 1 - p.
    """
    at = quantile(total, p)
    excess = np.maximum(total - at.value, 0)
    above = mean(excess)
    return at, Estimate(at.value + above.value / (1 - p), above.error / (1 - p))


def conditional_means(lines: Mapping[str, Array], total: Array, level: Level) -> dict[str, Estimate]:
    """Return the mean of each line in the draws in which the total stands at its quantile `level`.

    That is Euler's allocation (Tasche 1999): it adds up to the quantile, and each line carries what it contributes there.
    Each line is fitted as a straight line in the total over the draws around the level (2.5 % on either side, fewer near the
    ends); such fits are linear in the line, so they add up to the total's own, which is the amount itself. For normal lines it
    is exact.
    """
    level = probability_of(level)
    count = len(total)
    amount = float(np.quantile(total, level))
    half = min(_NEAR, level, 1 - level) * count
    many = min(count, max(2 * _LEAST_NEAR, int(2 * half)))
    first = int(np.clip(round(level * count - many / 2), 0, count - many))
    near = np.argpartition(total, sorted({first, first + many - 1}))[first : first + many]
    x = total[near] - amount
    centred = x - x.mean()
    weights = np.full(many, 1 / many)
    spread = float(np.sum(centred**2))
    if spread > 0:
        weights -= x.mean() * centred / spread
    found = {}
    for name, values in lines.items():
        y = values[near]
        slope = float(np.sum(centred * y)) / spread if spread > 0 else 0.0
        rest = y - y.mean() - slope * centred
        found[name] = Estimate(float(np.sum(weights * y)), math.sqrt(float(np.sum((weights * rest) ** 2))))
    return found


def to_cents(amounts: Sequence[float], total: float) -> list[int]:
    """Round amounts to whole cents that add up to the total's; the largest remainders are rounded up."""
    exact = [100 * amount for amount in amounts]
    whole = [math.floor(amount) for amount in exact]
    missing = round(100 * total) - sum(whole)
    each, rest = divmod(missing, len(whole)) if whole else (0, 0)
    order = sorted(range(len(whole)), key=lambda place: whole[place] - exact[place])
    for rank, place in enumerate(order):
        whole[place] += each + (rank < rest)
    return whole


def allocation(
    lines: Mapping[str, Array], total: Array, level: float, medians: Mapping[str, float], point: float
) -> list[dict[str, Any]]:
    """Return how an amount and its contingency fall to the lines; both columns add up to the cent.

    The contingency of a line is its part of the amount less its part of the point estimate, which is the line with every prior
    at its median. Where the point estimate is somebody's own it is shared in that proportion.
    """
    found = conditional_means(lines, total, level)
    amounts = to_cents([each.value for each in found.values()], float(np.quantile(total, level)))
    at_point = math.fsum(medians[name] for name in lines)
    scale = point / at_point if at_point else 0.0
    points = to_cents([scale * medians[name] if at_point else point / len(lines) for name in lines], point)
    return [
        {
            "name": name,
            "amount": amount / 100,
            "mcse": found[name].error,
            "point": own / 100,
            "contingency": (amount - own) / 100,
        }
        for name, amount, own in zip(lines, amounts, points, strict=True)
    ]


def drivers(inputs: Mapping[str, Array], chosen: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Rank inputs by how far they stand from their usual place in the chosen draws, such as those over a budget.

    `mean_rank` is the mean place of the chosen draws among all draws of the input: 0.5 where it has nothing to do with it, near
    1 or 0 where they have it high or low. Its error holds for an input without a part in it. Tied inputs rank together.
    """
    many = int(np.count_nonzero(chosen))
    if many == 0:
        return []
    rows = []
    for name, values in inputs.items():
        ordered = np.sort(values)
        if ordered[0] == ordered[-1]:
            continue
        own = values[chosen]
        rank = (np.searchsorted(ordered, own, "left") + np.searchsorted(ordered, own, "right")) / (2 * len(ordered))
        rows.append({"name": name, "mean_rank": float(rank.mean()), "mcse": 1 / math.sqrt(12 * many),
                     "median": float(np.median(ordered)), "median_then": float(np.median(own))})  # fmt: skip
    return sorted(rows, key=lambda row: -abs(row["mean_rank"] - 0.5))


# --- cost and date --------------------------------------------------------------------------------------------------------


def quadrants(cost: Array, time: Array, most: float, latest: float) -> dict[str, Estimate]:
    """Return the shares of draws within both targets, over one alone, and over both; they add up to one."""
    cheap, early = cost <= most, time <= latest
    return {
        "within_both": probability(cheap & early),
        "over_cost": probability(~cheap & early),
        "late": probability(cheap & ~early),
        "over_both": probability(~cheap & ~early),
    }


class Frontier(NamedTuple):
    """Pairs of a time and a cost with one probability to meet both; the cost falls with the time.

    `earliest` and `cheapest` are what the pairs come near to and never pass: the quantiles of time and of cost by themselves.
    """

    times: Array
    costs: Array
    earliest: float
    cheapest: float


def frontier(cost: Array, time: Array, level: Level, points: int = 41) -> Frontier:
    """Return times and the least costs with P(cost <= c and time <= t) at `level` (the iso-confidence line, NASA's JCL).

    At its ends the line rests on the extreme draws alone, so it is told from the earliest date that can be had within the P99
    of the cost (`SHOWN_UP_TO`) to the P99 of the date. A pair is left out where fewer than `LEAST_BEYOND` draws lie at its cost
    or above among those in time, or at its date or later.
    """
    level = probability_of(level)
    needed = math.ceil(level * len(cost))
    earliest, cheapest = (float(np.partition(values, needed - 1)[needed - 1]) for values in (time, cost))
    latest, dearest = float(np.quantile(time, SHOWN_UP_TO)), float(np.quantile(cost, SHOWN_UP_TO))
    order = np.argsort(time, kind="stable")
    cost, time = cost[order], time[order]
    first = int(np.searchsorted(np.cumsum(cost <= dearest), needed)) + 1
    last = int(np.searchsorted(time, latest, side="right"))
    ranks = np.linspace(first, last, points).round().astype(np.int64) if first <= last else np.array([], dtype=np.int64)
    # Draws with the same time are in or out together.
    ranks = np.unique(np.searchsorted(time, time[ranks - 1], side="right"))
    pairs = []
    for rank in ranks.tolist():
        at, costs = time[rank - 1], cost[:rank]
        most = np.partition(costs, needed - 1)[needed - 1]
        later = len(time) - int(np.searchsorted(time, at))
        if min(later, int(np.count_nonzero(costs >= most))) >= LEAST_BEYOND:
            pairs.append((at, most))
    times, least = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
    return Frontier(times, least, earliest, cheapest)
