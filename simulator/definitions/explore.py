"""Definitions of the figures of `llmcost explore`: the unchanged scenarios of the page.

The page shows the same figures, and those of the changed case from its own draws in place of the draws of the run.
"""

from simulator.definitions.definition import Definition
from simulator.definitions.groups import NO_MEAN, header

_OUTPUT = "explore"

DEFINITIONS: tuple[Definition, ...] = (
    *header(_OUTPUT),
    Definition(_OUTPUT, "page_draws", "", "number of joint draws that the page holds: 8,192 or 4,096", "1"),
    Definition(_OUTPUT, "scenarios[].p50", "P50", "quantile of the total cost at 0.5", "USD"),
    Definition(_OUTPUT, "scenarios[].p80", "P80", "quantile of the total cost at 0.8", "USD"),
    Definition(_OUTPUT, "scenarios[].low", "{}% CI", "quantile of the total cost at (1 - interval/100) / 2", "USD"),
    Definition(_OUTPUT, "scenarios[].high", "{}% CI", "quantile of the total cost at (1 + interval/100) / 2", "USD"),
    Definition(
        _OUTPUT, "scenarios[].budget", "budget",
        "the budget (`budget` of the scenario, or --budget), or else `p80` rounded to three significant digits", "USD",
    ),
    Definition(_OUTPUT, "scenarios[].probability_within", "within", "share of the draws with total cost <= budget", "1"),
    Definition(
        _OUTPUT, "scenarios[].expected_overrun", "expected overrun",
        f"mean of max(total cost - budget, 0) over all draws{NO_MEAN}", "USD",
    ),
    Definition(
        _OUTPUT, "scenarios[].combinations", "combinations of choices",
        "number of combinations of basis, commitment, chip and precision that are valid, that of the scenario included", "1",
    ),
    Definition(_OUTPUT, "scenarios[].shocks", "shocks", "number of shocks that the page can switch on", "1"),
    Definition(_OUTPUT, "scenarios[].levers", "levers", "number of levers that the page can switch on", "1"),
)  # fmt: skip
