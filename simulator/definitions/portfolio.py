"""Definitions of the figures of `llmcost portfolio`."""

from simulator.definitions.definition import Definition
from simulator.definitions.groups import SUMMARY_LABELS, header, probability_error, quantile_error, summary, total_error

_OUTPUT = "portfolio"
_RUN = "total cost of the run by itself"
_LABELS = {key: label for key, label in SUMMARY_LABELS.items() if key != "sd"}
_SUM = "sum of the total costs of the runs in a draw"

DEFINITIONS: tuple[Definition, ...] = (
    *header(_OUTPUT),
    *summary(_OUTPUT, "total", _SUM, "USD", _LABELS),
    *summary(_OUTPUT, "runs[]", _RUN, "USD", _LABELS),
    Definition(_OUTPUT, "levels[].level", "P{}", "the confidence level p: 50, 70, 80, 90 and those of --confidence", "percent"),
    Definition(_OUTPUT, "levels[].amount", "P{} | of the sum", f"quantile of x at p = level/100; x: {_SUM}", "USD"),
    Definition(_OUTPUT, "levels[].mcse", "", f"standard error of `amount`: {quantile_error('level/100')}", "USD"),
    Definition(_OUTPUT, "levels[].own{}", "", f"quantile of x at level/100; x: {_RUN} that is the key", "USD"),
    Definition(_OUTPUT, "levels[].sum_of_own", "P{} | sum of each", "sum of `own` over the runs", "USD"),
    Definition(_OUTPUT, "levels[].difference", "difference", "amount - sum_of_own", "USD"),
    Definition(
        _OUTPUT, "levels[].probability_within", "within sum of each", f"share of the draws with x <= sum_of_own; x: {_SUM}",
        "1",
    ),
    Definition(
        _OUTPUT, "levels[].probability_within_error", "within sum of each",
        f"standard error of `probability_within`: {probability_error('probability_within')}", "1",
    ),
    Definition(_OUTPUT, "budget.amount", "budget | amount", "the budget of the sum", "USD"),
    Definition(
        _OUTPUT, "budget.probability_within", "budget | probability within", f"share of the draws with x <= amount; x: {_SUM}",
        "1",
    ),
    Definition(
        _OUTPUT, "budget.probability_within_error", "budget | probability within",
        f"standard error of `probability_within`: {probability_error('probability_within')}", "1",
    ),
    total_error(_OUTPUT),
)  # fmt: skip
