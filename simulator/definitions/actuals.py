"""Definitions of the figures of the forecast at completion: `llmcost run --actuals` and `llmcost cashflow --actuals`."""

from collections.abc import Mapping

from simulator.definitions.definition import Definition
from simulator.definitions.groups import header, probability_error, quantile_error

_OUTPUT = "forecast"
_WEIGHTED = (
    "quantile at p of weighted draws: draws in order, each at the sum of the weights of those before it plus half its own; "
    "linear interpolation between them"
)

TERMS: Mapping[str, str] = {
    "amounts of the plan": "what a draw pays (`view` cash) or costs (accrual) on a line in a month, as for `cashflow`, in the "
    "money of the month. Lines that one account covers are added up and are one line here",
    "coverage": "share of a month that the report covers: 1 up to the end of the report, 0 after it, and in a month within "
    "which it ends the share of its days; 0 too for a line and month without an amount where missing amounts are estimated",
    "O": "reported amounts of a line, added up; T: the larger of the sum of |O| over the lines and the median of the sum over "
    "the lines of X",
    "X": "sum over the months of coverage x amount of the plan, for a line and draw; R: sum of (1 - coverage) x |amount of the "
    "plan|. A line with a negative sum of X over the draws has its signs reversed",
    "rule": "O > 0: `early` where fewer than 10 and 0.1% of the draws have X > 0; `small` where O < T/100 and as many draws "
    "have X < T/100; otherwise `agreement`. O <= 0: `late` where fewer than so many draws have |X| <= tolerance (|X| + R); "
    "`small` where the median of X over the draws with X > 0 is below T/100, or there are none; otherwise `agreement`. "
    "`estimate` for a line without coverage. A draw agrees with a line that has the rule `agreement` if X > 0, or for O <= 0 "
    "if |X| <= tolerance (|X| + R). Draws that agree with all of these are used; lines are added in the order of their "
    "agreeing draws, and one that leaves fewer than 200 draws and a quarter of them is not, with the rule `rare`",
    "s, o, e": "for each line with the rule `agreement` and O > 0: s = ln X, e = sqrt(tolerance^2 + (T / (100 O))^2), o = ln "
    "O, kept within the quantile of s at 0.001 less e and that at 0.999 plus e (`below`, `above`)",
    "weight": "exp(c + a l) over its sum, of the draws that agree. l = -1/2 sum over lines of ((o - s) / e)^2; c = sum over "
    "`small` lines of ln Phi(1 - 100 X / T); a: the largest number up to 1 that leaves the effective draws that are needed: "
    "the larger of 500 and 5% of all draws, or a quarter of those with a = 0 where that is less",
    "factor": "1, times exp(K (o + e z / sqrt(1 - a) - s)) where a < 1, with K the weighted covariance of ln R and s (over "
    "draws with R > 0, at least 50) times the inverse of that of s plus the diagonal of e^2 / (1 - a), and z the standard "
    "normal variate of stream `actuals/k` for line k; times O / exp(upper bound of o) for `above`; times max(0, 1 - O / R) for "
    "`early`",
    "to come": "(1 - coverage) x amount of the plan x factor, by line, month and draw; in the month in which the report ends, "
    "or the next one where it ends with a month, plus exp(lower bound of o) - O for `below`, and X - O for `late`",
}
"""Terms that the definitions share."""


def _quantiles(path: str, of: str, labels: Mapping[str, str]) -> tuple[Definition, ...]:
    """Return the definitions of quantiles of weighted draws x, and of their errors."""
    levels = {"median": "0.5", "low": "(1 - interval/100) / 2", "high": "(1 + interval/100) / 2", "p80": "0.8"}
    return (
        *(
            Definition(_OUTPUT, f"{path}.{key}", labels.get(key, ""), f"{_WEIGHTED}; p = {p}; x: {of}", "USD")
            for key, p in levels.items()
        ),
        *(
            Definition(
                _OUTPUT, f"{path}.mcse.{key}", labels.get(f"mcse.{key}", ""),
                f"standard error of `{key}`: half the distance of the quantiles at p - d and p + d, kept within 0 and 1, with "
                f"p = {p} and d = sqrt(sum of (weight (1 if x <= {key}, else 0, less p))^2); x: {of}", "USD",
            )
            for key, p in levels.items()
        ),
    )  # fmt: skip


def _planned(path: str, of: str, labels: Mapping[str, str]) -> tuple[Definition, ...]:
    """Return the definitions of quantiles of all draws x of the plan, and of their errors."""
    levels = {"median": "0.5", "low": "(1 - interval/100) / 2", "high": "(1 + interval/100) / 2", "p80": "0.8"}
    return (
        *(Definition(_OUTPUT, f"{path}.{key}", labels.get(key, ""), f"quantile of x at {p}; x: {of}", "USD")
          for key, p in levels.items()),
        *(Definition(_OUTPUT, f"{path}.mcse.{key}", "", f"standard error of `{key}`: {quantile_error(p)}", "USD")
          for key, p in levels.items()),
    )  # fmt: skip


def _percentiles(path: str, of: str, labels: Mapping[str, str], text: str) -> tuple[Definition, ...]:
    return tuple(
        Definition(_OUTPUT, f"{path}.p{p}", labels.get(f"p{p}", ""), f"{text} at 0.{p // 10}; x: {of}", "USD")
        for p in (10, 50, 90)
    )


_CI = "at completion | {}% CI"


def _line(
    path: str, lines: str, plan: Mapping[str, str], forecast: Mapping[str, str], more: Mapping[str, str]
) -> tuple[Definition, ...]:
    """Return the definitions of the figures of a line, or of all lines."""
    return (
        Definition(_OUTPUT, f"{path}.spent", more.get("spent", ""), f"sum of the reported amounts {lines}", "USD"),
        *_percentiles(
            f"{path}.planned_to_date", f"X {lines}", {"p50": more.get("planned", "")}, "quantile of x over all draws"
        ),
        *_planned(f"{path}.planned_at_completion", f"amounts of the plan of all months {lines}", plan),
        *_quantiles(f"{path}.remaining", f"to come in all months {lines}", {"median": more.get("remaining", "")}),
        *_quantiles(f"{path}.at_completion", f"spent, plus to come in all months {lines}", forecast),
    )


DEFINITIONS: tuple[Definition, ...] = (
    *header(_OUTPUT),
    Definition(_OUTPUT, "months", "", "months from the start of the plan to the end of the report", "month"),
    *_line(
        "lines[]", "of the line",
        {}, {"median": "in all", "low": _CI, "high": _CI},
        {"spent": "spent", "planned": "planned", "remaining": "to come"},
    ),
    *_line(
        "total", "of all lines",
        {"median": "plan | in all", "low": "plan | {}% CI", "high": "plan | {}% CI", "p80": "plan | P80"},
        {"median": "in all", "low": _CI, "high": _CI, "p80": "forecast | P80",
         "mcse.median": "Monte Carlo standard error of the forecast's median: {}"},
        {"spent": "all lines | spent", "planned": "all lines | planned", "remaining": "all lines | to come"},
    ),
    Definition(_OUTPUT, "budget.amount", "", "budget", "USD"),
    Definition(
        _OUTPUT, "budget.planned_within.value", "plan | within {} ({name})",
        "share of all draws in which the amounts of the plan are at most the budget", "1",
    ),
    Definition(
        _OUTPUT, "budget.planned_within.error", "", f"standard error of `value`: {probability_error('value')}", "1"
    ),
    Definition(
        _OUTPUT, "budget.within.value", "forecast | within {} ({name})",
        "sum of the weights of draws in which spent plus to come of all lines is at most the budget", "1",
    ),
    Definition(
        _OUTPUT, "budget.within.error", "",
        "standard error of `value`: sqrt(sum of (weight (1 if within, else 0, less value))^2)", "1",
    ),
    Definition(_OUTPUT, "burn_up[].from_month", "", "number of the month, from 0", "month"),
    Definition(
        _OUTPUT, "burn_up[].actual", "actual", "reported amounts up to the end of the month; null after the report", "USD"
    ),
    Definition(
        _OUTPUT, "burn_up[].percentile", "draws below",
        "percentage of all draws in which the sum over lines and months up to this one of coverage x amount of the plan is at "
        "most `actual`; null after the report", "percent",
    ),
    *_percentiles(
        "burn_up[].plan", "amounts of the plan up to the end of the month",
        {"p10": "plan P10", "p50": "plan P50", "p90": "plan P90"}, "quantile of x over all draws",
    ),
    *_percentiles(
        "burn_up[].forecast",
        "reported amounts plus to come, up to the end of the month; null where the report covers more than the month",
        {"p10": "P10", "p50": "P50", "p90": "P90"}, _WEIGHTED,
    ),
    Definition(
        _OUTPUT, "effective_draws", "{} effective draws", "1 over the sum of the squared weights", "1"
    ),
    Definition(_OUTPUT, "agreeing_draws", "{} draws agree on what has begun", "number of draws that agree (see rule)", "1"),
    Definition(
        _OUTPUT, "tolerance", "{}% error of what was spent",
        "standard deviation of the logarithm of reported over planned spending; an assumption", "1",
    ),
    Definition(
        _OUTPUT, "kernel_width", "weights with {}%", "tolerance / sqrt(a); null for a = 0", "1"
    ),
    Definition(
        _OUTPUT, "tail_probability", "{}% of the draws as far from the plan",
        "share of the agreeing draws whose distance from the mean of s is at least that of o; distance: (v - mean)' C^-1 "
        "(v - mean), C the covariance of s over these draws (divisor their number) plus the diagonal of e^2; 1 without s", "1",
    ),
)  # fmt: skip
