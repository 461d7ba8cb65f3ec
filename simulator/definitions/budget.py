"""Definitions of the figures of `llmcost budget`."""

from simulator.definitions.definition import Definition
from simulator.definitions.groups import (
    NO_MEAN,
    SUMMARY_LABELS,
    contract,
    estimate,
    header,
    probability_error,
    quantile_error,
    summary,
    total_error,
)
from simulator.definitions.risks import WITHOUT_ANY

_OUTPUT = "budget"
_TOTAL = "total cost"
_SPREAD_LABELS = {key: label for key, label in SUMMARY_LABELS.items() if key not in ("mean", "quantiles{}")} | {"p80": "P80"}
_NEAR = (
    "p: level/100; the n = min(N, max(500, floor(2 N min(0.025, p, 1 - p)))) draws whose totals have the ranks from "
    "round(p N - n/2) on, kept within 0 and N - n; u: total cost less its quantile at p"
)

_POINT = (
    Definition(
        _OUTPUT, "point_estimate.amount", "point estimate | amount",
        "total cost with every prior at its median; or the amount that the scenario states (`point`)", "USD",
    ),
    Definition(
        _OUTPUT, "point_estimate.percentile", "P{} +-{}",
        "100 times the share of the draws with total cost <= point estimate", "percent",
    ),
    Definition(
        _OUTPUT, "point_estimate.mcse", "P{} +-{}",
        f"standard error of `percentile`: 100 {probability_error('percentile/100')}", "percent",
    ),
)  # fmt: skip

_CURVE = (
    Definition(_OUTPUT, "s_curve.probability[]", "", "0.01, 0.02, ..., 0.99", "1"),
    Definition(_OUTPUT, "s_curve.amount[]", "", "quantile of the total cost at the probability at the same place", "USD"),
    Definition(
        _OUTPUT, "", "Probability of staying within | amount",
        "amounts of the curve: 12 at equal distances from the quantile of the total cost at 0.01 to that at 0.97, and point "
        "estimate, mean, amounts at the levels and budget", "USD",
    ),
    Definition(
        _OUTPUT, "", "Probability of staying within | probability",
        "share of the draws with total cost <= the amount, interpolated linearly between the amounts of `s_curve`; <1% below "
        "and >99% above them", "1",
    ),
)  # fmt: skip

_CONTINGENCY = (
    Definition(_OUTPUT, "contingency[].level", "P{}", "confidence level: 50, 70, 80, 90 and those of --confidence", "percent"),
    Definition(_OUTPUT, "contingency[].amount", "P{} | amount", "quantile of the total cost at level/100", "USD"),
    Definition(_OUTPUT, "contingency[].mcse", "", f"standard error of `amount`: {quantile_error('level/100')}", "USD"),
    Definition(_OUTPUT, "contingency[].contingency", "P{} | contingency", "amount - point estimate", "USD"),
    Definition(
        _OUTPUT, "contingency[].share_of_point", "of the point",
        "contingency / point estimate; null where that is not above zero", "1",
    ),
)  # fmt: skip

_BUDGET = (
    Definition(_OUTPUT, "budget.amount", "budget | amount", "the budget (`budget` of the scenario, or --budget)", "USD"),
    Definition(_OUTPUT, "budget.over_point", "budget | contingency", "budget - point estimate", "USD"),
    Definition(
        _OUTPUT, "budget.probability_within", "{}% +-{} probability of staying within",
        "share of the draws with total cost <= budget", "1",
    ),
    Definition(
        _OUTPUT, "budget.probability_error", "{}% +-{} probability of staying within",
        f"standard error of `probability_within`: {probability_error('probability_within')}", "1",
    ),
    Definition(
        _OUTPUT, "budget.expected_overrun", "expected overrun | amount",
        f"mean of max(total cost - budget, 0) over all draws{NO_MEAN}", "USD",
    ),
    Definition(
        _OUTPUT, "budget.expected_overrun_error", "",
        f"standard error of `expected_overrun`: sqrt(sum of (y - mean of y)^2 / (N - 1)) / sqrt(N), with y = max(total cost - "
        f"budget, 0){NO_MEAN}", "USD",
    ),
    Definition(
        _OUTPUT, "budget.expected_overrun_given_overrun", "given an overrun | amount",
        f"mean of total cost - budget over the draws with total cost > budget; null where there are none{NO_MEAN}", "USD",
    ),
)  # fmt: skip

_TAIL = (
    Definition(_OUTPUT, "tail.level", "value at risk {}%", "95, the level of value at risk", "percent"),
    Definition(_OUTPUT, "", "exceeded with a probability of {}%", "100 - level of value at risk", "percent"),
    Definition(_OUTPUT, "", "mean of the total in its worst {}%", "100 - level of value at risk", "percent"),
    Definition(_OUTPUT, "tail.var", "value at risk {}% | amount", "quantile of the total cost at 0.95", "USD"),
    Definition(_OUTPUT, "tail.var_error", "", f"standard error of `var`: {quantile_error('0.95')}", "USD"),
    Definition(
        _OUTPUT, "tail.cvar", "CVaR{} of the total | amount",
        f"var + mean of max(total cost - var, 0) over all draws / 0.05, which is the mean of the 5% highest totals{NO_MEAN}",
        "USD",
    ),
    Definition(
        _OUTPUT, "tail.cvar_error", "",
        "standard error of `cvar`, with `var` known: sqrt(sum of (y - mean of y)^2 / (N - 1)) / sqrt(N) / 0.05, with y = "
        f"max(total cost - var, 0){NO_MEAN}", "USD",
    ),
)  # fmt: skip

_ALLOCATION = (
    Definition(_OUTPUT, "allocation[].level", "P{}", "confidence level, as in `contingency`", "percent"),
    Definition(
        _OUTPUT, "allocation[].lines[].amount", "Allocation of the amount to lines | P{}",
        "mean of the line where the total cost is at its quantile: intercept of the least-squares line of the line's cost on u "
        f"over the draws near the quantile, in whole cents. {_NEAR}. Cents: rounded down, and the cents that the lines then "
        "lack of the quantile are added to those with the largest remainders, so that they add up to it", "USD",
    ),
    Definition(
        _OUTPUT, "allocation[].lines[].mcse", "",
        "standard error of `amount`: sqrt(sum of (w r)^2 + (slope of the fit x mcse of the quantile in `contingency`)^2), with "
        "the residuals r of the fit and weights w = 1/n - mean(u) (u - mean(u)) / sum of (u - mean(u))^2", "USD",
    ),
    Definition(
        _OUTPUT, "allocation[].lines[].point", "Allocation of the amount to lines | point",
        "the line with every prior at its median, times point estimate / sum of these over the lines; in whole cents that add "
        "up to the point estimate, as `amount`", "USD",
    ),
    Definition(
        _OUTPUT, "allocation[].lines[].contingency", "Allocation of the contingency to lines | P{}", "amount - point", "USD"
    ),
    Definition(
        _OUTPUT, "", "total", "sum over the lines of the column: point estimate, amount at the level, or its contingency", "USD"
    ),
)  # fmt: skip


def _dependence() -> tuple[Definition, ...]:
    of = (
        "total cost as simulated; with every prior drawn independently of the others; or as the sum of the lines, each of "
        "which is permuted at random over the draws by itself"
    )
    figures = summary(_OUTPUT, "dependence[]", of, "USD", _SPREAD_LABELS)
    p80 = Definition(_OUTPUT, "dependence[].p80", "P80", f"quantile of x at 0.8; x: {of}", "USD")
    return (*(each for each in figures if not each.path.endswith("quantiles{}")), p80)


_RISKS = (
    *summary(_OUTPUT, "risks.with", _TOTAL, "USD"),
    *summary(_OUTPUT, "risks.without", WITHOUT_ANY, "USD", SUMMARY_LABELS),
    *estimate(_OUTPUT, "risks.probability_of_any", "`NAME.occurs` = 1 for any risk"),
)

_OF_EVENT = "; of an event (`is_event`) the share of them in which it occurs"
_OVERRUN = (
    Definition(
        _OUTPUT, "overrun.above", "above the {name} of {}, most unusual first",
        "the budget, or the quantile of the total cost at 0.8 where there is none", "USD",
    ),
    Definition(_OUTPUT, "overrun.draws", "", "number of draws with total cost > above", "1"),
    Definition(
        _OUTPUT, "overrun.inputs[].mean_rank", "mean percentile there",
        "mean, over the draws with total cost > above, of the share of all draws in which the input is lower, those in which "
        "it is equal counted half; in percent in the table", "1",
    ),
    Definition(
        _OUTPUT, "overrun.inputs[].mcse", "",
        "standard error that `mean_rank` has for an input without relation to the total cost: 1 / sqrt(12 draws)", "1",
    ),
    Definition(
        _OUTPUT, "overrun.inputs[].median", "median in all", f"median of the input over all draws{_OF_EVENT}",
        "unit of the input",
    ),
    Definition(
        _OUTPUT, "overrun.inputs[].median_then", "median there",
        f"median of the input over the draws with total cost > above{_OF_EVENT}", "unit of the input",
    ),
)  # fmt: skip

DEFINITIONS: tuple[Definition, ...] = (
    *header(_OUTPUT),
    *summary(_OUTPUT, "total", _TOTAL, "USD"),
    *_POINT,
    *_CURVE,
    *_CONTINGENCY,
    *_BUDGET,
    *_TAIL,
    *_ALLOCATION,
    *_dependence(),
    *_RISKS,
    *_OVERRUN,
    total_error(_OUTPUT),
    *contract(_OUTPUT),
)
