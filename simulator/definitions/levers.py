"""Definitions of the figures of `llmcost levers`."""

from simulator.definitions.definition import Definition
from simulator.definitions.groups import NO_MEAN, header

_OUTPUT = "levers"
_SAVING = (
    "d: total cost of the scenario less its total cost with the lever in the same draw, the effort and the delay of its "
    "adoption being 0; 0 where they differ by at most 1e-9 of the larger one"
)
_NET = (
    "n: total cost of the scenario less its total cost with the lever in the same draw, its adoption included; 0 where they "
    "differ by at most 1e-9 of the larger one"
)
_ADDED = (
    "a: duration of the final run with the lever (quantity `wall_clock`), without its adoption, less that without the lever in "
    "the same draw; 0 where they differ by at most 1e-9 of the larger one"
)


def _statistics(key: str, difference: str, label: str) -> tuple[Definition, ...]:
    """Return the definitions of the statistics of a difference; only the net ones have labels."""
    name = difference[0]

    def define(statistic: str, formula: str, shown: str = "") -> Definition:
        return Definition(_OUTPUT, f"levers[].{key}.{statistic}", shown, f"{formula}; {difference}", "USD")

    no_mean = "null where the tail of the total with or without the lever is too heavy for a mean"
    interval = "{}% CI" if key == "net" else ""
    return (
        define("median", f"median of {name}", label),
        define("low", f"quantile of {name} at (1 - interval/100) / 2", interval),
        define("high", f"quantile of {name} at (1 + interval/100) / 2", interval),
        define("mean", f"sum of {name} / N; {no_mean}", "mean" if key == "net" else ""),
        define("mcse", f"standard error of the mean: sqrt(sum of ({name} - mean)^2 / (N - 1) / N); null where `mean` is"),
    )


def _share(key: str, label: str, event: str, of: str) -> Definition:
    return Definition(_OUTPUT, f"levers[].{key}", label, f"share of the draws with {event}; {of}", "1")


def _outcomes(parent: str) -> tuple[Definition, ...]:
    unit = "the unit of the outcome"
    return (
        Definition(
            _OUTPUT, f"{parent}[].outcomes[].before", "median",
            "median of the outcome without the lever; null where it is reported with the lever only", unit,
        ),
        Definition(
            _OUTPUT, f"{parent}[].outcomes[].after", "with it",
            "median of the outcome with the lever, the effort and the delay of its adoption being 0", unit,
        ),
    )  # fmt: skip


def _adoption(parent: str, label: str) -> Definition:
    return Definition(
        _OUTPUT, f"{parent}[].adoption_cost", label,
        "median of the line `adoption_cost` with the lever less that without it in the same draw; null where its adoption "
        "takes neither work nor time",
        "USD",
    )  # fmt: skip


DEFINITIONS: tuple[Definition, ...] = (
    *header(_OUTPUT),
    Definition(_OUTPUT, "total.mean", "", f"mean of the total cost of the scenario{NO_MEAN}", "USD"),
    Definition(_OUTPUT, "total.median", "", "median of the total cost of the scenario", "USD"),
    *_statistics("net", _NET, "net"),
    *_statistics("saving", _SAVING, "saving"),
    Definition(
        _OUTPUT, "levers[].share_of_total", "", f"median of n over the median of the total cost of the scenario; {_NET}", "1"
    ),
    _share("probability_of_saving", "saves", "n > 0", _NET),
    _share("probability_of_none", "", "d = 0", _SAVING),
    _share("probability_of_costing_more", "", "n < 0", _NET),
    _adoption("levers", "adopt"),
    Definition(
        _OUTPUT, "levers[].delay_hours", "",
        "median of the distribution of the time by which the adoption lengthens the project, or for which the project waits; "
        "null where there is none", "hour",
    ),
    Definition(_OUTPUT, "", "months", "`delay_hours` / 730.5: median time until the lever works", "month"),
    Definition(
        _OUTPUT, "levers[].added_hours", "",
        f"median of a; null where a is 0 in all draws, or the duration is not among the quantities of the scenario; {_ADDED}",
        "hour",
    ),
    Definition(_OUTPUT, "", "days", f"`added_hours` / 24: median of a in days; {_ADDED}", "day"),
    *_outcomes("levers"),
    *_outcomes("no_line"),
    _adoption("no_line", ""),
)  # fmt: skip
