"""Statistics of draws for decisions: estimates with errors, contingency, tails, allocation to lines, drivers of an overrun.

The functions take plain arrays of draws, all of one length and from one run, so that row i is one draw. Errors are Monte
Carlo standard errors of independent draws.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.core.errors import LlmcostError
from simulator.core.formatting import RESIDUE
from simulator.core.levels import Level, in_percent, probabilities, probability_of
from simulator.core.units import Value
from simulator.engine.graph import Plan
from simulator.engine.options import RunOptions
from simulator.engine.result import Result
from simulator.engine.simulate import simulate
from simulator.engine.summaries import PERCENTS, interval_bounds
from simulator.engine.tails import explain_heavy_tail, tail_index
from simulator.scenario import Scenario

Array = NDArray[np.float64]
MAX_DRAWS = 1_000_000
LEVELS = (0.5, 0.7, 0.8, 0.9)
"""Confidence levels that are always reported: median, the two of NASA's policy and GAO's guide (70 and 80 %), and 90 %."""

_NEAR = 0.025  # share of draws on either side of a level from which the lines' means are estimated
_MIN_NEAR = 250


class UnsupportedError(LlmcostError, ValueError):
    """A question that cannot be answered for a scenario, with the reason and the next step."""


class Estimate(NamedTuple):
    """A figure and its Monte Carlo standard error."""

    value: float
    error: float


def simulate_draws(scenario: Scenario, options: RunOptions, keep: Iterable[str]) -> Result:
    """Simulate a scenario and retain the draws of `keep`; an interrupt raises, because half of a comparison is of no use."""
    if not 1 < options.draws <= MAX_DRAWS:
        raise ValueError(f"draws must be 2 to {MAX_DRAWS:,} here, because all are held in memory, not {options.draws:,}")
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
    """Raise ValueError where scenarios are in different money, because nothing here converts one into the other."""
    first = scenarios[0]
    for other in scenarios[1:]:
        if other.money != first.money:
            raise ValueError(
                f"{first.name} is in {first.money} and {other.name} in {other.money}; set `deflator` to the change of prices, "
                f"and one money for both: --set 'money={first.money}'"
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


@dataclass(frozen=True, slots=True)
class StandardErrors:
    """Monte Carlo standard errors of summary statistics, in their unit; that of the mean is None where there is no mean."""

    mean: float | None
    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SummaryStatistics:
    """Statistics of the draws of one quantity, in its unit.

    Attributes
    ----------
    mean, sd : float or None
        Mean and standard deviation; None where a tail is too heavy for them.
    median : float
    low, high : float
        Bounds of the central interval.
    quantiles : dict of str to float
        Quantiles by percent: `"80"` is the P80.
    mcse : StandardErrors

    """

    mean: float | None
    sd: float | None
    median: float
    low: float
    high: float
    quantiles: Mapping[str, float]
    mcse: StandardErrors

    @property
    def p80(self) -> float:
        """The 80 % quantile."""
        return self.quantiles["80"]


def summary_statistics(values: Array, interval: Level = 0.95, *, heavy: bool | None = None) -> SummaryStatistics:
    """Return mean, median, central interval, quantiles and errors of draws.

    Mean and standard deviation are None where a tail is too heavy. `heavy` states whether it is; None tests the draws.
    """
    lower, upper = interval_bounds(interval)
    median, low, high = quantile(values, 0.5), quantile(values, lower), quantile(values, upper)
    center = stable_mean(values) if heavy is None else None if heavy else mean(values)
    quantiles = np.quantile(values, np.array(PERCENTS) / 100).tolist()
    return SummaryStatistics(
        mean=None if center is None else center.value,
        sd=None if center is None else float(values.std(ddof=1)),
        median=median.value,
        low=low.value,
        high=high.value,
        quantiles=dict(zip((f"{p:g}" for p in PERCENTS), quantiles, strict=True)),
        mcse=StandardErrors(None if center is None else center.error, median.error, low.error, high.error),
    )


# --- a budget -------------------------------------------------------------------------------------------------------------


def contingencies(total: Array, point: float, levels: Iterable[Level]) -> list[dict[str, Any]]:
    """Return the amount at each confidence level and its contingency over the point estimate, in USD and as a share.

    A point estimate above the amount gives a negative contingency, which is flagged and not set to zero.
    """
    rows = []
    for level in probabilities(levels):
        amount = quantile(total, level)
        contingency = amount.value - point
        share = contingency / point if point > 0 else None
        rows.append({"level": in_percent(level), "amount": amount.value, "mcse": amount.error, "contingency": contingency,
                     "share_of_point": share, "negative": contingency < 0})  # fmt: skip
    return rows


def tail_risk(total: Array, p: float) -> tuple[Estimate, Estimate]:
    """Return value at risk (the quantile `p`) and conditional value at risk (the mean of the worst 1 - p).

    Rockafellar and Uryasev 2000: CVaR is the quantile plus the mean excess over it, divided by 1 - p.
    """
    value_at_risk = quantile(total, p)
    excess = mean(np.maximum(total - value_at_risk.value, 0))
    return value_at_risk, Estimate(value_at_risk.value + excess.value / (1 - p), excess.error / (1 - p))


def conditional_means(lines: Mapping[str, Array], total: Array, level: Level) -> dict[str, Estimate]:
    """Return the mean of each line conditional on the total being at its quantile `level`.

    This is Euler's allocation (Tasche 1999): it adds up to the quantile, and each line is allocated its contribution there.
    Each line is regressed on the total over the draws around the level (2.5 % on either side, fewer near 0 and 1). The fits are
    linear in the line, so they add up to the fit of the total, which is the amount itself. For normal lines it is exact.
    """
    level = probability_of(level)
    count = len(total)
    amount = float(np.quantile(total, level))
    half_width = min(_NEAR, level, 1 - level) * count
    near_count = min(count, max(2 * _MIN_NEAR, int(2 * half_width)))
    first = int(np.clip(round(level * count - near_count / 2), 0, count - near_count))
    near = np.argpartition(total, sorted({first, first + near_count - 1}))[first : first + near_count]
    x = total[near] - amount
    centred = x - x.mean()
    weights = np.full(near_count, 1 / near_count)
    sum_of_squares = float(np.sum(centred**2))
    if sum_of_squares > 0:
        weights -= x.mean() * centred / sum_of_squares
    estimates = {}
    for name, values in lines.items():
        y = values[near]
        slope = float(np.sum(centred * y)) / sum_of_squares if sum_of_squares > 0 else 0.0
        residuals = y - y.mean() - slope * centred
        estimates[name] = Estimate(float(np.sum(weights * y)), math.sqrt(float(np.sum((weights * residuals) ** 2))))
    return estimates


def round_to_cents(amounts: Sequence[float], total: float) -> list[int]:
    """Round amounts to whole cents that add up to those of the total; the largest remainders are rounded up."""
    exact = [100 * amount for amount in amounts]
    cents = [math.floor(amount) for amount in exact]
    missing = round(100 * total) - sum(cents)
    each, remainder = divmod(missing, len(cents)) if cents else (0, 0)
    order = sorted(range(len(cents)), key=lambda position: cents[position] - exact[position])
    for rank, position in enumerate(order):
        cents[position] += each + (rank < remainder)
    return cents


def allocation(
    lines: Mapping[str, Array], total: Array, level: float, medians: Mapping[str, float], point: float
) -> list[dict[str, Any]]:
    """Allocate an amount and its contingency to the lines; both columns add up to the cent.

    The contingency of a line is its share of the amount less its share of the point estimate, which is the line with every
    prior at its median. A point estimate that the user supplies is split in that proportion.
    """
    estimates = conditional_means(lines, total, level)
    amounts = round_to_cents([estimate.value for estimate in estimates.values()], float(np.quantile(total, level)))
    at_point = math.fsum(medians[name] for name in lines)
    scale = point / at_point if at_point else 0.0
    points = round_to_cents([scale * medians[name] if at_point else point / len(lines) for name in lines], point)
    return [
        {
            "name": name,
            "amount": amount / 100,
            "mcse": estimates[name].error,
            "point": own / 100,
            "contingency": (amount - own) / 100,
        }
        for name, amount, own in zip(lines, amounts, points, strict=True)
    ]


def rank_shifts(inputs: Mapping[str, Array], mask: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Rank inputs by how far their distribution shifts in the draws of `mask`, such as those over a budget.

    `mean_rank` is the mean rank of those draws among all draws of the input, as a share: 0.5 where the input is unrelated, near
    1 or 0 where it is high or low in them. Its error is that of an unrelated input. Correlated inputs rank together.
    """
    count = int(np.count_nonzero(mask))
    if count == 0:
        return []
    rows = []
    for name, values in inputs.items():
        ordered = np.sort(values)
        if ordered[0] == ordered[-1]:
            continue
        subset = values[mask]
        rank = (np.searchsorted(ordered, subset, "left") + np.searchsorted(ordered, subset, "right")) / (2 * len(ordered))
        rows.append({"name": name, "mean_rank": float(rank.mean()), "mcse": 1 / math.sqrt(12 * count),
                     "median": float(np.median(ordered)), "median_then": float(np.median(subset))})  # fmt: skip
    return sorted(rows, key=lambda row: -abs(row["mean_rank"] - 0.5))
