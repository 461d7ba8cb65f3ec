"""Results of the forecast at completion."""

from dataclasses import dataclass

from simulator.core.results import AnalysisResult
from simulator.engine.summaries import Estimate


@dataclass(frozen=True, slots=True)
class AmountErrors:
    """Monte Carlo standard errors of the figures of an amount, in the currency of the result.

    Attributes
    ----------
    median, low, high, p80 : float

    """

    median: float
    low: float
    high: float
    p80: float


@dataclass(frozen=True, slots=True)
class UncertainAmount:
    """An amount with its uncertainty, in the currency of the result.

    Attributes
    ----------
    median : float
    low, high : float
        Bounds of the central interval.
    p80 : float
        Amount that is not exceeded with a probability of 80 %.
    mcse : AmountErrors

    """

    median: float
    low: float
    high: float
    p80: float
    mcse: AmountErrors


@dataclass(frozen=True, slots=True)
class PercentileAmounts:
    """Three quantiles of an amount, in the currency of the result.

    Attributes
    ----------
    p10, p50, p90 : float

    """

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class LineForecast:
    """Plan, actual spending and forecast of a line, of the lines that one account covers, or of the total.

    Amounts are in the currency of the result.

    Attributes
    ----------
    name : str
        Name of the line or account.
    lines : tuple of str
    rule : str
        How the forecast follows from what was spent: `agreement` (conditional on it), `above`, `below`, `early`, `rare` or
        `estimate`, as the notes explain; empty for the total.
    spent : float
        Reported so far.
    planned_to_date : PercentileAmounts
        What the plan spends in the months reported.
    planned_at_completion : UncertainAmount
        What the plan spends in all.
    remaining : UncertainAmount
        Forecast of what is still to be spent.
    at_completion : UncertainAmount
        Forecast of what will have been spent in all.

    """

    name: str
    lines: tuple[str, ...]
    rule: str
    spent: float
    planned_to_date: PercentileAmounts
    planned_at_completion: UncertainAmount
    remaining: UncertainAmount
    at_completion: UncertainAmount


@dataclass(frozen=True, slots=True)
class BudgetForecast:
    """The budget and the probability of staying within it.

    Attributes
    ----------
    amount : float
        In the currency of the result.
    planned_within : Estimate
        By the plan.
    within : Estimate
        By the forecast at completion.

    """

    amount: float
    planned_within: Estimate
    within: Estimate


@dataclass(frozen=True, slots=True)
class BurnUpMonth:
    """Cumulative spending at the end of a month, in the currency of the result.

    Attributes
    ----------
    month : str
        Calendar month (2026-03), or number of the month from 1 where the plan has no start.
    from_month : int
        Number of the month in the plan; 0 is the first.
    actual : float or None
        What was spent; None after the months reported. In the last of them, up to the day of the report.
    percentile : float or None
        Share of the draws of the plan, in percent, that have spent at most as much by then.
    plan : PercentileAmounts
        What the plan spends.
    forecast : PercentileAmounts or None
        What will have been spent; None before the end of the report.

    """

    month: str
    from_month: int
    actual: float | None
    percentile: float | None
    plan: PercentileAmounts
    forecast: PercentileAmounts | None


@dataclass(frozen=True, kw_only=True)
class ActualsForecast(AnalysisResult):
    """Forecast at completion: what a plan costs in all, given what has been spent.

    Attributes
    ----------
    view : str
        `cash` (amounts when they are paid) or `accrual` (when they are incurred).
    through : str
        Last month of the report.
    months : float
        Months of the plan that the report covers.
    total : LineForecast
        All lines together.
    lines : tuple of LineForecast
    budget : BudgetForecast or None
        None without a budget.
    burn_up : tuple of BurnUpMonth
        By month, to the end of the plan.
    effective_draws : float
        Effective number of the weighted draws.
    agreeing_draws : int
        Draws that have begun the same lines as the report.
    tolerance : float
        Standard deviation of the logarithm of reported over planned spending on a line.
    kernel_width : float or None
        The same in the weights of the draws; above `tolerance`, regression on the logarithms takes the rest of the condition.
        None where the weights do not depend on the amounts.
    tail_probability : float
        Share of the draws that are at least as far from the centre of the plan as the report.

    Examples
    --------
    >>> import llmcost
    >>> plan = {"extends": "gpt-4", "budget": "150e6 USD",
    ...         "schedule": {"data": {"duration": "3 month"}, "final_run": {"lines": ["chip_cost"]}}}
    >>> rows = [{"month": month, "line": "staff_cost", "amount": 2e6} for month in (1, 2)]
    >>> forecast = llmcost.forecast(plan, rows, missing="estimate", view="accrual", draws=2000)
    >>> forecast.total.spent
    4000000.0
    >>> forecast.budget.within.value + forecast.probability_of_overrun
    1.0

    """

    view: str
    through: str
    months: float
    total: LineForecast
    lines: tuple[LineForecast, ...]
    budget: BudgetForecast | None
    burn_up: tuple[BurnUpMonth, ...]
    effective_draws: float
    agreeing_draws: int
    tolerance: float
    kernel_width: float | None
    tail_probability: float

    @property
    def probability_of_overrun(self) -> float | None:
        """Probability that the forecast passes the budget; None without a budget."""
        return None if self.budget is None else 1 - self.budget.within.value

    def line(self, name: str) -> LineForecast:
        """Return the forecast of a line, or of an account that covers several."""
        return next(each for each in self.lines if each.name == name)
