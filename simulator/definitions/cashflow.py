"""Definitions of the figures of `llmcost cashflow`."""

from simulator.definitions.definition import Definition
from simulator.definitions.groups import header

_OUTPUT = "cashflow"
_OUTLAY = (
    "spending in the months of the period. Spending in a month: sum over the lines of cost of the line x share of the month, "
    "which is the part of the total length of the line's phases that lies in the month; for purchases (chips, servers, "
    "network, acquisition, licences), and where the phases have no length, 1 in the month in which the first phase begins. "
    "Phases of a line: those that name it, or else all before the release (of lines that are due after it, `serving`). Month "
    "k, from 0: from k to k + 1 times 730.5 hours after the start; the last month with spending in any draw, or the 240th, "
    "includes all that is later"
)
_THEN = "spending in the month, as for `periods[].outlay`, x exp(escalation x (k + 1/2) months)"


def _band(path: str, of: str, unit: str, label: str = "", interval: str = "") -> tuple[Definition, ...]:
    """Return the definitions of the statistics of draws `x`, with the labels of median and interval."""
    return (
        Definition(_OUTPUT, f"{path}.low", interval, f"quantile of x at (1 - interval/100) / 2; x: {of}", unit),
        Definition(_OUTPUT, f"{path}.median", label, f"quantile of x at 0.5; x: {of}", unit),
        Definition(_OUTPUT, f"{path}.high", interval, f"quantile of x at (1 + interval/100) / 2; x: {of}", unit),
        Definition(
            _OUTPUT,
            f"{path}.mean",
            "",
            f"sum of x / N; null where the tail of the total is too heavy for a mean; x: {of}",
            unit,
        ),
    )


_PERIODS = (
    Definition(_OUTPUT, "", "Spent by month, in | month", "number of the period: 1 + from_month / 1", "1"),
    Definition(_OUTPUT, "", "Spent by quarter, in | quarter", "number of the period: 1 + from_month / 3", "1"),
    Definition(_OUTPUT, "", "Spent by year, in | year", "number of the period: 1 + from_month / 12", "1"),
    Definition(
        _OUTPUT, "periods[].from_month", "", "number of the first month of the period, from 0, in steps of 1, 3 or 12 (--by)",
        "month",
    ),
    *_band("periods[].outlay", _OUTLAY, "USD", "spent", "Spent by | {}% CI"),
    Definition(
        _OUTPUT, "periods[].months", "", "number of months of the period; the last period may have fewer than the others",
        "month",
    ),
    *_band(
        "periods[].cumulative", "spending from the start to the end of the period, as for `periods[].outlay`", "USD", "so far",
        "Spent by | {}% CI",
    ),
    *_band("periods[].then_year", f"sum over the months of the period of {_THEN}", "USD", "then-year"),
    Definition(
        _OUTPUT, "periods[].lines{}", "",
        "mean over the draws of the spending on the line in the period, as for `periods[].outlay`; absent where the tail of "
        "the line or of the total is too heavy for a mean", "USD",
    ),
)  # fmt: skip

DEFINITIONS: tuple[Definition, ...] = (
    *header(_OUTPUT),
    Definition(_OUTPUT, "rate", "present value at {}%", "annual discount rate as a share (--rate), or 0", "1"),
    *_band("total", "total cost", "USD", "total | median", "total | {}% CI"),
    *_band(
        "then_year", f"sum over all months of {_THEN}", "USD", "in then-year money | median", "in then-year money | {}% CI"
    ),
    *_band(
        "present_value", f"sum over all months of {_THEN} / (1 + rate)^((k + 1/2) / 12)", "USD",
        "present value at {}% | median", "present value at {}% | {}% CI",
    ),
    *_band(
        "phases{}", "end of the phase that is the key, in months of 730.5 hours from the start", "month",
        "End of each phase | median", "End of each phase | {}% CI",
    ),
    *_PERIODS,
)  # fmt: skip
