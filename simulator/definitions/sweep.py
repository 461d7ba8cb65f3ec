"""Definitions of the figures of `llmcost sweep`."""

from simulator.definitions.definition import Definition
from simulator.definitions.groups import NO_MEAN, header, probability_error, quantile_error

_OUTPUT = "sweep"
_X = "x: the draws of the quantity in the scenario of the cell; all cells have the same random numbers"
_HISTOGRAM = (
    "the sample quantile (numpy.quantile); of more than 131,072 draws by linear interpolation of the rank p N within the bin "
    "of a histogram whose bins are at most 1/2048 of the value wide"
)
_TAIL = ", also where the tail is too heavy for a stable mean"
_REPLICATES = (
    "with --method sobol or lhs: standard deviation (N - 1) of the figure in the 8 replicates (draws i, i + 8, i + 16, ...) / "
    "sqrt(8)"
)
_UNIT = "unit of the quantity"
_PERCENTS = ("2.5", "5", "10", "20", "50", "70", "80", "90", "95", "97.5")
_LOW, _HIGH = "(1 - interval/100) / 2", "(1 + interval/100) / 2"


def _quantity(key: str, label: str, text: str) -> Definition:
    return Definition(_OUTPUT, f"cells[].quantities{{}}.{key}", label, f"{text}; {_X}", _UNIT)


def _quantile(key: str, label: str, p: str) -> Definition:
    return _quantity(key, label, f"quantile of x at p = {p}: {_HISTOGRAM}")


def _error(key: str, p: str) -> Definition:
    return _quantity(f"mcse_{key}", "", f"standard error of `{key}`: {quantile_error(p)}; {_REPLICATES}")


def _budget(key: str, label: str, text: str, unit: str = "USD") -> Definition:
    return Definition(_OUTPUT, f"cells[].budget.{key}", label, text, unit)


DEFINITIONS: tuple[Definition, ...] = (
    *header(_OUTPUT),
    Definition(_OUTPUT, "cells[].draws", "", "number of draws N of the cell; Sobol points are rounded up to full sequences",
        "1"),
    Definition(
        _OUTPUT, "cells[].point_estimate", "",
        "total cost with every prior at its median; or the amount that the scenario states (`point`)", "USD",
    ),
    _quantity("mean", "", f"sum of x / N{_TAIL}"),
    _quantity("sd", "", f"sqrt(sum of (x - mean)^2 / (N - 1)){_TAIL}"),
    _quantile("median", "median", "0.5"),
    _quantile("low", "{}% CI", _LOW),
    _quantile("high", "{}% CI", _HIGH),
    *(_quantile(f"p{percent}", "P80" if percent == "80" else "", f"{percent}%") for percent in _PERCENTS),
    _quantity("mcse_mean", "", f"standard error of the mean: sd / sqrt(N); {_REPLICATES}"),
    _error("median", "0.5"),
    _error("low", _LOW),
    _error("high", _HIGH),
    _budget("amount", "", "the budget of the scenario of the cell"),
    _budget("over_point", "", "budget - point estimate"),
    _budget("probability_within", "within budget", "share of the draws with total cost <= budget", "1"),
    _budget(
        "probability_error", "within budget",
        "standard error of `probability_within`: "
        f"{probability_error('that share')}, which of more than 131,072 draws is interpolated within the bin of the histogram; "
        f"{_REPLICATES}", "1",
    ),
    _budget("p50", "", "median of the total cost, as in `quantities`"),
    _budget("p80", "", "quantile of the total cost at 0.8, as in `quantities`"),
    _budget("contingency_to_p80", "", "p80 - point estimate"),
    _budget("expected_overrun", "", f"mean of max(total cost - budget, 0) over all draws{NO_MEAN}"),
    _budget(
        "expected_overrun_given_overrun", "",
        f"mean of total cost - budget over the draws above the budget; null where there are none{NO_MEAN}",
    ),
    _budget(
        "cvar_95", "",
        f"mean of the 5% highest total costs, of which the draws of the last bin of the histogram count in part{NO_MEAN}",
    ),
)  # fmt: skip
