"""Definitions of the figures of `llmcost levers`."""

from simulator.definitions.definition import Definition
from simulator.definitions.groups import NO_MEAN, header

_OUTPUT = "levers"
_SAVING = (
    "d: total cost of the scenario less its total cost with the lever in the same draw, before the cost of adoption; 0 where "
    "they differ by at most 1e-9 of the larger one"
)
_STATISTIC = "the mean, or the median where the tail of the total with or without the lever is too heavy for a mean"
_PAY = (
    "mean of pay x deflator of an hour of the first role of the scenario over the draws; where it has no staff, mean salary x "
    "mean on_cost + mean equity of the library rows sf-ml-2024, us-2024 and sf-ml-2024"
)
_ADDED = (
    "a: duration of the final run with the lever (quantity `wall_clock`) less that without it in the same draw; 0 where they "
    "differ by at most 1e-9 of the larger one"
)


def _saving(key: str, label: str, formula: str) -> Definition:
    return Definition(_OUTPUT, f"levers[].saving.{key}", label, f"{formula}; {_SAVING}", "USD")


def _share(key: str, label: str, event: str) -> Definition:
    return Definition(_OUTPUT, f"levers[].{key}", label, f"share of the draws with {event}; {_SAVING}", "1")


DEFINITIONS: tuple[Definition, ...] = (
    *header(_OUTPUT),
    Definition(_OUTPUT, "total.mean", "", f"mean of the total cost of the scenario{NO_MEAN}", "USD"),
    Definition(_OUTPUT, "total.median", "", "median of the total cost of the scenario", "USD"),
    _saving("mean", "", "sum of d / N; null where the tail of the total with or without the lever is too heavy for a mean"),
    _saving("median", "median", "median of d"),
    _saving("low", "{}% CI", "quantile of d at (1 - interval/100) / 2"),
    _saving("high", "{}% CI", "quantile of d at (1 + interval/100) / 2"),
    _saving("mcse", "", "standard error of the mean of d: sqrt(sum of (d - mean)^2 / (N - 1) / N); null where `mean` is"),
    Definition(
        _OUTPUT, "levers[].share_of_total", "",
        f"statistic of d over that of the total cost of the scenario, the statistic being {_STATISTIC}; {_SAVING}", "1",
    ),
    _share("probability_of_saving", "saves", "d > 0"),
    _share("probability_of_none", "", "d = 0"),
    _share("probability_of_costing_more", "", "d < 0"),
    Definition(
        _OUTPUT, "levers[].adoption_cost", "adopt",
        f"mean of the hours of work of adopting the lever times the cost of an hour: {_PAY}; null where there is no work",
        "USD",
    ),
    Definition(
        _OUTPUT, "levers[].delay_hours", "",
        "median of the distribution of the time until the lever works; null where there is none", "hour",
    ),
    Definition(_OUTPUT, "", "months", "`delay_hours` / 730.5: median time until the lever works", "month"),
    Definition(
        _OUTPUT, "levers[].added_hours", "",
        f"median of a; null where a is 0 in all draws, or the duration is not among the quantities of the scenario; {_ADDED}",
        "hour",
    ),
    Definition(_OUTPUT, "", "days", f"`added_hours` / 24: median of a in days; {_ADDED}", "day"),
    Definition(
        _OUTPUT, "levers[].net_saving", "net",
        f"statistic of d less `adoption_cost`, the statistic being {_STATISTIC}; {_SAVING}", "USD",
    ),
)  # fmt: skip
