"""Definitions of figures that several outputs have: header, summary statistics, estimates with their errors."""

from collections.abc import Mapping

from simulator.definitions.definition import Definition

NO_MEAN = "; null where the tail of the distribution is too heavy for a mean"

SUMMARY_LABELS: Mapping[str, str] = {
    "mean": "mean",
    "sd": "standard deviation",
    "median": "median",
    "low": "{}% CI",
    "high": "{}% CI",
    "quantiles{}": "P{}",
}
"""Labels of summary statistics in tables that print them."""


def header(output: str) -> tuple[Definition, ...]:
    """Return the definitions of the figures that say how a result was computed."""
    return (
        Definition(output, "schema", "", "version of the layout of the JSON", "1"),
        Definition(output, "draws", "", "number of draws N that the figures are computed from", "1"),
        Definition(output, "seed", "", "seed of the random draws", "1"),
        Definition(output, "interval", "", "level of the central intervals (option --interval)", "percent"),
    )


def summary(output: str, path: str, of: str, unit: str, labels: Mapping[str, str] | None = None) -> tuple[Definition, ...]:
    """Return the definitions of summary statistics of draws `x` of a quantity, which `of` names.

    `labels` are those of the figures that a table prints, by their path within the summary.
    """
    labels = labels or {}
    figures = {
        "mean": f"sum of x / N{NO_MEAN}",
        "sd": f"sqrt(sum of (x - mean)^2 / (N - 1)){NO_MEAN}",
        "median": "quantile of x at 0.5",
        "low": "quantile of x at (1 - interval/100) / 2",
        "high": "quantile of x at (1 + interval/100) / 2",
        "quantiles{}": "quantile of x at the percent that is the key",
        "mcse.mean": f"standard error of the mean: sd / sqrt(N){NO_MEAN}",
        "mcse.median": f"standard error of the median: {quantile_error('0.5')}",
        "mcse.low": f"standard error of `low`: {quantile_error('(1 - interval/100) / 2')}",
        "mcse.high": f"standard error of `high`: {quantile_error('(1 + interval/100) / 2')}",
    }
    return tuple(
        Definition(output, f"{path}.{key}", labels.get(key, ""), f"{text}; x: {of}", unit) for key, text in figures.items()
    )


def quantile_error(p: str) -> str:
    """Return the definition of the Monte Carlo standard error of a quantile at `p`."""
    return (
        f"half the distance of the quantiles at p - s and p + s, kept within 0 and 1, with p = {p} and s = sqrt(p (1 - p) / N)"
    )


def probability_error(p: str) -> str:
    """Return the definition of the Monte Carlo standard error of a probability `p`."""
    return f"sqrt(p (1 - p) / N), with p = {p}"


def estimate(output: str, path: str, event: str, label: str = "") -> tuple[Definition, ...]:
    """Return the definitions of the probability of an event and its error."""
    return (
        Definition(output, f"{path}.value", label, f"share of the draws with {event}", "1"),
        Definition(output, f"{path}.error", label, f"standard error of `value`: {probability_error('value')}", "1"),
    )


def total_error(output: str) -> Definition:
    """Return the definition of the Monte Carlo error in the last note of a table."""
    return Definition(
        output,
        "",
        "Monte Carlo standard error of the total's median and interval: up to {}%",
        "the largest of |error / figure| of median, low and high of the total",
        "percent",
    )


def contract(output: str, prefix: str = "") -> tuple[Definition, ...]:
    """Return the definitions of the amounts of a contract in a note, which begins with the `prefix`."""
    return (
        Definition(
            output, "", f"{prefix}the contract obliges to {{}} in all (median)",
            "median of contract_amount: all chip-hours of the contract (its chips x its term, or the time for which the "
            "schedule holds them if that is longer; of a block its chips x its time) x the price of an hour x deflator", "USD",
        ),
        Definition(
            output, "", "this plan counts {} of it",
            "median of counted_contract_amount, where the reservation is shared: (reserved_use + idle_chip_hours) x the "
            "price of an hour x deflator", "USD",
        ),
    )  # fmt: skip
