"""Definitions of the figures of `llmcost cashflow`."""

from collections.abc import Mapping

from simulator.definitions.definition import Definition
from simulator.definitions.groups import contract, header, probability_error, quantile_error

_OUTPUT = "cashflow"
TERMS: Mapping[str, str] = {
    "month k": (
        "from k to k + 1 times 730.5 hours after the start of the schedule, or of the wait before it where a lever has one "
        "(adoption_wait, by which all amounts and phases are later), k from 0; with a first day (`start`), "
        "month 0 is the month of the calendar that has it, and the schedule begins in it after (day - 1) / (days of "
        "the month). The last month is that by whose end all amounts have fallen in 99% of the draws, at most the "
        "240th; it includes all that is later, and the first all that is earlier"
    ),
    "accrual": (
        "a cost accrues evenly over its phases by their length: those that name the line, or those of its stage. "
        "Lines of the compute accrue over the phases of the cluster by the chip-hours of each "
        "(`final_run_chip_hours`; `post_training_share` of them; the rest of `chip_hours` in the experiments). Under "
        "a contract that the model has to itself, idle_cost accrues evenly over its term from the first phase of the "
        "cluster, or until the last where that is later, and so does rental_cost with the share reserved_use x "
        "rental_price x deflator of it. Roles and tools accrue over their durations, storage over storage_time, what "
        "is spent after the release over `serving` or service_life, and requests in it as exp((demand_growth - "
        "serving_price_decline) t), over growing_share of it with growth and after that without"
    ),
    "payment": (
        "by the terms of a line (`terms`): what accrues at t is paid at t + lag, or with `due: start` all of it at "
        "the first time of its accrual + lag; `deposit` of it is paid at that first time - lead, and the rest as "
        "said. `tax` of each payment is paid with it, and comes back after `recovery`. The part of a line that is no "
        "payment is deducted: equity, depreciation, return on capital (`noncash_cost`). Hardware that a scenario buys "
        "(`payments: {hardware: purchase}`) is paid by its terms from the first phase of the cluster "
        "(fleet_purchase), and its sale comes back after useful_life, not before the end of the schedule "
        "(fleet_proceeds). Credits pay credit_share of each bill of a cloud, the first ones first, up to credits_used"
    ),
    "amount of a month": (
        "sum over the lines of what is paid in it, or in the accrual view of what accrues in it; in the money of the "
        "month times exp(escalation x (k + 1/2) months)"
    ),
    "representative draws": (
        "all; or where the tail of the total or of a line is too heavy for a mean, those whose sum over all months "
        "has a rank from 45% to 55% of N (`representative`)"
    ),
}


def _band(path: str, of: str, unit: str, label: str = "", interval: str = "", error: str = "") -> tuple[Definition, ...]:
    """Return the definitions of the statistics of draws `x`, with the labels of median and interval."""
    return (
        Definition(_OUTPUT, f"{path}.low", interval, f"quantile of x at (1 - interval/100) / 2; x: {of}", unit),
        Definition(_OUTPUT, f"{path}.median", label, f"quantile of x at 0.5; x: {of}", unit),
        Definition(_OUTPUT, f"{path}.high", interval, f"quantile of x at (1 + interval/100) / 2; x: {of}", unit),
        Definition(
            _OUTPUT,
            f"{path}.mean",
            "",
            f"sum of x / N; null where the tail of the total, or of the line, is too heavy for a mean; x: {of}",
            unit,
        ),
        Definition(_OUTPUT, f"{path}.error", error, f"standard error of the median: {quantile_error('0.5')}; x: {of}", unit),
    )


_PERIODS = (
    Definition(
        _OUTPUT, "periods[].from_month", "", "number of the first month of the period, from 0; periods are months, or "
        "quarters or "
        "years of the calendar (--period), and without a first day of 3 or 12 months from the start", "month",
    ),
    Definition(_OUTPUT, "periods[].months", "", "number of months of the period; the first and the last may have "
    "fewer", "month"),
    *_band(
        "periods[].outlay", "sum of the amounts of the months of the period", "USD", "by {name}, in | amount", "by "
        "{name}, in | {}% CI"
    ),
    *_band("periods[].cumulative", "sum of the amounts of all months to the end of the period", "USD", "so far",
           "by {name}, in | {}% CI"),
    *_band(
        "periods[].then_year", "sum of the amounts of the months of the period in the money of the month", "USD", "then-year"
    ),
    Definition(_OUTPUT, "periods[].amount", "all lines", "sum of `periods[].lines`", "USD"),
    Definition(
        _OUTPUT, "periods[].lines{}", "and line", "mean over the representative draws of what the line has in the period",
        "USD",
    ),
)  # fmt: skip

_BUDGET = (
    Definition(
        _OUTPUT, "budget.amount", "budget | median", "the budget (--budget, `budget`, or the sum of `budget_plan`)", "USD"
    ),
    Definition(
        _OUTPUT, "budget.periods[].planned", "budget", "budget to the end of the period: the sum of the months of "
        "`budget_plan`; or "
        "of one amount, budget x median of the cumulative amount / its median at the end", "USD",
    ),
    Definition(
        _OUTPUT, "budget.periods[].probability", "within",
        "share of the draws whose cumulative amount at the end of the period is at most `planned`", "1",
    ),
    Definition(
        _OUTPUT, "budget.periods[].error", "", f"standard error of `probability`: {probability_error('probability')}", "1"
    ),
    Definition(
        _OUTPUT, "", "within the budget in all | median",
        "`budget.periods[].probability` of the last period, in which `planned` is the budget", "1",
    ),
    Definition(
        _OUTPUT, "budget.probability", "within it at the end of every {name} | median",
        "share of the draws that are within `planned` at the end of every period", "1",
    ),
    Definition(
        _OUTPUT, "budget.error", "within it at the end of every {name} | median",
        f"standard error of `budget.probability`: {probability_error('budget.probability')}", "1",
    ),
    *_band(
        "budget.gap", "largest of 0 and the cumulative amount less the budget, over the ends of all months", "USD",
        "largest excess over the budget | median", "largest excess over the budget | {}% CI",
    ),
)  # fmt: skip

DEFINITIONS: tuple[Definition, ...] = (
    *header(_OUTPUT),
    *contract(_OUTPUT),
    Definition(_OUTPUT, "rate", "present value at {}%", "annual discount rate as a share (--discount-rate), or 0", "1"),
    *_band(
        "total", "sum of the amounts of all months", "USD", "total | median", "total | {}% CI",
        "Monte Carlo standard error of the median total: {}",
    ),
    *_band(
        "then_year", "sum of the amounts of all months in the money of the month", "USD", "in then-year money | median",
        "in then-year money | {}% CI",
    ),
    *_band(
        "present_value", "sum over all months of the amount in the money of the month / (1 + rate)^((k + 1/2) / 12)", "USD",
        "present value at {}% | median", "present value at {}% | {}% CI",
    ),
    *_band(
        "peak_funding", "largest cumulative amount at the end of a month", "USD", "peak funding | median", "peak "
        "funding | {}% CI"
    ),
    *_band("largest_month", "largest amount of a month", "USD", "largest month | median", "largest month | {}% CI"),
    Definition(
        _OUTPUT, "largest_month_p80", "with a probability of 80% no month takes more than {}: {name}",
        "quantile of x at 0.8; x: largest amount of a month", "USD",
    ),
    Definition(
        _OUTPUT, "", "with a probability of {}% no month takes more than {}: {name}", "80, the level of `largest_month_p80`",
        "percent",
    ),
    *_band(
        "phases{}", "end of the phase that is the key, in months of 730.5 hours from the start", "month",
        "End of each phase | median", "End of each phase | {}% CI",
    ),
    Definition(
        _OUTPUT, "reconciliation{}", "From cost to cash", "mean over the representative draws of the quantity that is "
        "the key, with a "
        "minus for `noncash_cost`, `credits_used` and `fleet_proceeds`; `cash_cost` is the sum of the others", "USD",
    ),
    *_BUDGET,
    *_band("lines[].total", "sum over all months of the line", "USD", "Each line | median", "Each line | {}% CI"),
    Definition(_OUTPUT, "lines[].amount", "and line | sum", "sum over all periods of `periods[].lines` of the line", "USD"),
    Definition(_OUTPUT, "", "all lines | sum", "sum of `lines[].amount`", "USD"),
    Definition(_OUTPUT, "", "and line | later", "sum of `periods[].lines` over the periods that the table leaves out", "USD"),
    *_PERIODS,
)  # fmt: skip
