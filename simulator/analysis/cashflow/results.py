"""Results of a cash flow."""

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.core.csv_text import Cell
from simulator.core.results import AnalysisResult


@dataclass(frozen=True, slots=True)
class Band:
    """Statistics of the draws of an amount (USD) or of a date (months from the start).

    Attributes
    ----------
    low, median, high : float
        Median and bounds of the central interval.
    mean : float or None
        None where the tail of the total is too heavy for a mean.
    error : float
        Monte Carlo standard error of the median.

    """

    low: float
    median: float
    high: float
    mean: float | None
    error: float


@dataclass(frozen=True, slots=True)
class Period:
    """Amounts of one period, in USD.

    Attributes
    ----------
    label : str
        `2027-03`, `2027 Q1` or `2027` with a first day of the schedule, and the number of the period without.
    from_month : int
        First month of the period; 0 is the first of the schedule.
    months : int
        Length of the period; the first and the last may be shorter.
    outlay : Band
        Payments in the period, or costs that accrue in it, in the money of the scenario's prices.
    cumulative : Band
        The same from the start to the end of the period.
    then_year : Band
        The same in the period, in the money of the month.
    amount : float
        Sum of `lines`.
    lines : dict of str to float
        Representative amount of every line; those of all periods add up.

    """

    label: str
    from_month: int
    months: int
    outlay: Band
    cumulative: Band
    then_year: Band
    amount: float
    lines: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LineFlow:
    """A line over all periods.

    Attributes
    ----------
    name : str
        The line; in cash also `fleet_purchase`, `fleet_proceeds` and `credits_used`.
    terms : str
        Name of its terms of payment; empty in the accrual view, and where there are none.
    description : str
        The terms in words.
    total : Band
        Sum over all months, USD. Its mean is None where the tail of the line, or of the total, is too heavy for one.
    amount : float
        Representative amount of all months, USD.

    """

    name: str
    terms: str
    description: str
    total: Band
    amount: float


@dataclass(frozen=True, slots=True)
class BudgetPeriod:
    """The budget at the end of a period.

    Attributes
    ----------
    label : str
        The period.
    planned : float
        Budget from the start to the end of the period, USD.
    probability : float
        Probability that what is paid by then is within it.
    error : float
        Monte Carlo standard error of the probability.

    """

    label: str
    planned: float
    probability: float
    error: float


@dataclass(frozen=True, slots=True)
class BudgetInTime:
    """A budget by month.

    Attributes
    ----------
    amount : float
        The whole budget, USD.
    is_spread : bool
        Whether it is one amount, distributed over the months as the median of what is paid by the end of each.
    periods : tuple of BudgetPeriod
    probability : float
        Probability of being within the budget at the end of every period.
    error : float
        Monte Carlo standard error of that probability.
    gap : Band
        Largest excess over the budget at the end of a month, USD; 0 where there is none.

    """

    amount: float
    is_spread: bool
    periods: tuple[BudgetPeriod, ...]
    probability: float
    error: float
    gap: Band


@dataclass(frozen=True, kw_only=True)
class CashFlow(AnalysisResult):
    """Payments, or accrued costs, over time. Bounds of periods do not add up; the amounts of lines do.

    Attributes
    ----------
    view : str
        `cash`: payments when they are due, without depreciation and equity; `accrual`: costs when they accrue.
    start : str or None
        First day of the schedule; None where months are numbered.
    rate : float
        Discount rate per year, as a share.
    total : Band
        Sum over all months, USD in the money of the scenario's prices.
    then_year : Band
        The same in the money of each month.
    present_value : Band or None
        Discounted then-year payments, USD; None in the accrual view.
    peak_funding : Band
        Largest sum of all payments from the start to the end of a month, USD: what must be there before anything comes back.
    largest_month : Band
        Largest amount of one month, USD.
    largest_month_p80 : float
        Its quantile at 80%, USD: what is enough in every month with a probability of 80%.
    phases : dict of str to Band
        End of each phase, months from the start.
    representative : str
        What the amounts of lines are: `mean` over all draws; or `near-median`, the mean over the tenth of the draws whose total
        is nearest to the median by rank, where the tail of the total or of a line is too heavy for a mean.
    reconciliation : dict of str to float
        Representative amounts from `total_cost` to what is paid, USD: they add up to the last, `cash_cost`. Empty in the
        accrual view.
    budget : BudgetInTime or None
        None without a budget.
    lines : tuple of LineFlow
    periods : tuple of Period

    Examples
    --------
    >>> import llmcost
    >>> plan = {"extends": "gpt-4", "schedule": {"data": {"duration": "3 month"}, "final_run": {"lines": ["energy_cost"]}}}
    >>> flow = llmcost.cashflow(plan, start="2027-01", draws=2000)
    >>> list(flow.phases)
    ['data', 'final_run']
    >>> flow.periods[0].label
    '2027-01'

    """

    view: str
    start: str | None
    rate: float
    total: Band
    then_year: Band
    present_value: Band | None
    peak_funding: Band
    largest_month: Band
    largest_month_p80: float
    phases: Mapping[str, Band]
    representative: str
    reconciliation: Mapping[str, float]
    budget: BudgetInTime | None
    lines: tuple[LineFlow, ...]
    periods: tuple[Period, ...]

    @property
    def has_escalation(self) -> bool:
        """Whether then-year money differs from the money of the scenario's prices."""
        return self.then_year != self.total

    def table(self) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Return one row per period: its bands, the budget if there is one, and the amount of each line."""
        lines = [line.name for line in self.lines]
        bands = ("outlay", "cumulative", "then_year")
        budget = ("budget", "within_budget") if self.budget else ()
        columns = (
            *("period", "from_month", "months"),
            *(f"{band}_{key}" for band in bands for key in ("low", "median", "high", "mean")),
            *budget,
            "amount",
            *lines,
        )
        return columns, [self._row(place, period, lines) for place, period in enumerate(self.periods)]

    def _row(self, place: int, period: Period, lines: list[str]) -> tuple[Cell, ...]:
        bands = (period.outlay, period.cumulative, period.then_year)
        budget = () if self.budget is None else (self.budget.periods[place].planned, self.budget.periods[place].probability)
        return (
            *(period.label, period.from_month, period.months),
            *(cell for band in bands for cell in (band.low, band.median, band.high, band.mean)),
            *budget,
            period.amount,
            *(period.lines[line] for line in lines),
        )
