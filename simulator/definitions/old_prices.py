"""Definitions of the figures of `llmcost list priors --stale --scenario`."""

from simulator.definitions.definition import Definition
from simulator.definitions.groups import header

_OUTPUT = "list"
NO_DRAWS = ("draws", "seed", "interval")
"""Figures of the header that this output lacks, as it simulates nothing."""
_TOTAL = "T: total cost with all inputs at their medians"

DEFINITIONS: tuple[Definition, ...] = (
    *(each for each in header(_OUTPUT) if each.path not in NO_DRAWS),
    Definition(_OUTPUT, "days", "older than {} days", "age in days above which a price is old", "day"),
    Definition(
        _OUTPUT, "prices[].days_old", "days old", "days from the last day of `date` to the day `on`; null without a date", "day"
    ),
    Definition(_OUTPUT, "prices[].median", "", "median of the prior of the price", "the unit of the price"),
    Definition(
        _OUTPUT, "prices[].change_of_total", "change of total",
        f"T' / T - 1; T': total cost where the median of this price is multiplied by 1.1; {_TOTAL}", "1",
    ),
    Definition(_OUTPUT, "count", "", "number of prices that the total, times or outcomes need, old or not", "1"),
    Definition(
        _OUTPUT, "joint_change", "",
        f"T' / T - 1; T': total cost where the medians of all old prices are multiplied by 1.1; {_TOTAL}", "1",
    ),
)  # fmt: skip
