"""Overruns: probability and expected size beyond an amount, the tail of the total, and the inputs behind it."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.statistics import Array, Estimate, mean, probability, quantile
from simulator.core.levels import Level, in_percent, probability_of

VALUE_AT_RISK_LEVEL = 0.95
"""Level of value at risk, the same as in `run`."""


@dataclass(frozen=True, slots=True)
class BudgetStatistics:
    """Comparison of an amount with the total; amounts in USD, errors are Monte Carlo standard errors.

    Attributes
    ----------
    amount : float
        The budget.
    over_point : float
        Budget less point estimate.
    probability_within, probability_error : float
        Probability that the total stays within the budget, and its error.
    expected_overrun, expected_overrun_error : float or None
        Mean excess over the budget over all draws, and its error; None where the tail is too heavy for a mean.
    expected_overrun_given_overrun : float or None
        Mean excess over the draws that exceed the budget; None where there are none, or no mean.

    """

    amount: float
    over_point: float
    probability_within: float
    probability_error: float
    expected_overrun: float | None
    expected_overrun_error: float | None
    expected_overrun_given_overrun: float | None

    @property
    def within(self) -> Estimate:
        """Probability of staying within the budget, with its error."""
        return Estimate(self.probability_within, self.probability_error)

    @property
    def probability_of_overrun(self) -> float:
        """Probability that the total exceeds the budget."""
        return 1 - self.probability_within


def budget_statistics(total: Array, amount: float, point: float, *, heavy: bool = False) -> BudgetStatistics:
    """Return probability and expected overrun of an amount; means are None where the tail of the total is `heavy`."""
    within, overrun = probability(total <= amount), None if heavy else mean(np.maximum(total - amount, 0))
    beyond = 1 - within.value
    return BudgetStatistics(
        amount=amount,
        over_point=amount - point,
        probability_within=within.value,
        probability_error=within.error,
        expected_overrun=None if overrun is None else overrun.value,
        expected_overrun_error=None if overrun is None else overrun.error,
        expected_overrun_given_overrun=overrun.value / beyond if overrun is not None and beyond > 0 else None,
    )


@dataclass(frozen=True, slots=True)
class TailStatistics:
    """The worst outcomes of the total; amounts in USD, errors are Monte Carlo standard errors.

    Attributes
    ----------
    level : float
        Percent.
    var, var_error : float
        Value at risk: the quantile of the total at the level, and its error.
    cvar, cvar_error : float or None
        Conditional value at risk: the mean of the total beyond it, and its error; None where the tail is too heavy for a mean.

    """

    level: float
    var: float
    var_error: float
    cvar: float | None
    cvar_error: float | None


def tail_statistics(total: Array, level: Level = VALUE_AT_RISK_LEVEL, *, heavy: bool = False) -> TailStatistics:
    """Return value at risk and conditional value at risk at a level; the latter is None where the tail is `heavy`."""
    level = probability_of(level)
    value_at_risk, conditional = tail_risk(total, level)
    return TailStatistics(
        level=in_percent(level),
        var=value_at_risk.value,
        var_error=value_at_risk.error,
        cvar=None if heavy else conditional.value,
        cvar_error=None if heavy else conditional.error,
    )


def tail_risk(total: Array, p: float) -> tuple[Estimate, Estimate]:
    """Return value at risk (the quantile `p`) and conditional value at risk (the mean of the worst 1 - p).

    Rockafellar and Uryasev 2000: CVaR is the quantile plus the mean excess over it, divided by 1 - p.
    """
    value_at_risk = quantile(total, p)
    excess = mean(np.maximum(total - value_at_risk.value, 0))
    return value_at_risk, Estimate(value_at_risk.value + excess.value / (1 - p), excess.error / (1 - p))


@dataclass(frozen=True, slots=True)
class InputShift:
    """How far the distribution of an input shifts in some of the draws.

    Attributes
    ----------
    name : str
        The input.
    mean_rank : float
        Mean rank of those draws among all draws of the input, as a share: 0.5 where the input is unrelated, near 1 or 0 where
        it is high or low in them.
    mcse : float
        Error of the mean rank of an unrelated input.
    median, median_then : float
        Median in all draws and in those draws, in canonical units; of an event, its probability in them.
    is_event : bool
        Whether it is an event, 1 where it occurs and 0 otherwise.

    """

    name: str
    mean_rank: float
    mcse: float
    median: float
    median_then: float
    is_event: bool = False


@dataclass(frozen=True, slots=True)
class Overruns:
    """The draws in which the total exceeds an amount.

    Attributes
    ----------
    above : float
        The amount, USD.
    of : str
        What the amount is: `budget`, or `P80` where there is no budget.
    draws : int
        Number of draws above it.
    inputs : tuple of InputShift
        The most shifted input first.

    """

    above: float
    of: str
    draws: int
    inputs: tuple[InputShift, ...]


def overruns(total: Array, budget: float | None, inputs: Mapping[str, Array], events: Collection[str] = ()) -> Overruns:
    """Return the draws above the budget, or above the P80 where there is none, and the inputs that are unusual in them."""
    threshold = budget if budget is not None else float(np.quantile(total, 0.8))
    is_over = total > threshold
    return Overruns(
        above=threshold,
        of="P80" if budget is None else "budget",
        draws=int(np.count_nonzero(is_over)),
        inputs=rank_shifts(inputs, is_over, events),
    )


def rank_shifts(inputs: Mapping[str, Array], mask: NDArray[np.bool_], events: Collection[str] = ()) -> tuple[InputShift, ...]:
    """Rank inputs by how far their distribution shifts in the draws of `mask`, such as those over a budget.

    Correlated inputs rank together. `events` are the inputs that are 1 where an event occurs and 0 otherwise.
    """
    count = int(np.count_nonzero(mask))
    if count == 0:
        return ()
    shifts = []
    for name, values in inputs.items():
        ordered = np.sort(values)
        if ordered[0] == ordered[-1]:
            continue
        subset = values[mask]
        middle = np.mean if name in events else np.median
        rank = (np.searchsorted(ordered, subset, "left") + np.searchsorted(ordered, subset, "right")) / (2 * len(ordered))
        shifts.append(
            InputShift(
                name=name,
                mean_rank=float(rank.mean()),
                mcse=1 / math.sqrt(12 * count),
                median=float(middle(ordered)),
                median_then=float(middle(subset)),
                is_event=name in events,
            )
        )
    return tuple(sorted(shifts, key=lambda shift: -abs(shift.mean_rank - 0.5)))
