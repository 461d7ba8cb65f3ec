"""Definitions of the figures of `llmcost joint`."""

from simulator.definitions.definition import Definition
from simulator.definitions.groups import estimate, header, summary

_OUTPUT = "joint"
_NEEDED = "m = N level/100 rounded up, with the level that is the key"

_TARGETS = (
    Definition(
        _OUTPUT, "cost_target.amount", "at most {}",
        "the limit of the cost: --cost, or the budget, or the quantile of the total cost at 0.7", "USD",
    ),
    *estimate(_OUTPUT, "cost_target.probability", "total cost <= limit of the cost", "within cost | share of outcomes"),
    Definition(
        _OUTPUT, "date_target.hours", "",
        "the limit of the date: --date, or the quantile of the date at 0.7. The date is the time from the start of the "
        "quantity in `time`: --of, or the first of `release`, `duration` and `wall_clock` that the scenario has; plus "
        "adoption_wait, the time until the project begins, where a lever has one", "hour",
    ),
    Definition(_OUTPUT, "date_target.months", "at most {} months", "hours / 730.5 (a year of 8,766 hours / 12)", "month"),
    Definition(_OUTPUT, "", "the P{}", "70, the percentile that is the limit where none is given", "percent"),
    *estimate(_OUTPUT, "date_target.probability", "date <= limit of the date", "within date | share of outcomes"),
)  # fmt: skip

_QUADRANTS = tuple(
    entry
    for key, label, event in (
        ("within_both", "within both", "total cost <= limit of the cost and date <= limit of the date"),
        ("over_cost", "over cost only", "total cost > limit of the cost and date <= limit of the date"),
        ("late", "late only", "total cost <= limit of the cost and date > limit of the date"),
        ("over_both", "over both", "total cost > limit of the cost and date > limit of the date"),
    )
    for entry in estimate(_OUTPUT, f"quadrants.{key}", event, f"{label} | share of outcomes")
)

_FRONTIER = (
    Definition(_OUTPUT, "", "probability", "level of the pair: 50 or 70", "percent"),
    Definition(_OUTPUT, "", "{}%: not before {} months at any cost", "level of the limits: 50 or 70", "percent"),
    Definition(
        _OUTPUT, "frontier{}.months[]", "months",
        "date of the pair / 730.5 hours. The dates are those at 41 ranks of the draws in the order of their dates: at equal "
        "distances (rounded) from the first rank up to which m draws cost no more than the quantile of the total cost at 0.99, "
        "to the last rank whose date is not later than the quantile of the date at 0.99. A pair is omitted where fewer than 25 "
        f"draws are at or after its date, or not later than it and at or above its cost; {_NEEDED}", "month",
    ),
    Definition(
        _OUTPUT, "frontier{}.cost[]", "Pairs of targets | cost",
        "cost of the pair: the m-th smallest total cost among the draws that are not later than its date, so that total cost "
        f"<= cost and date <= date of the pair in the share level/100 of all draws; {_NEEDED}", "USD",
    ),
    Definition(
        _OUTPUT, "frontier{}.date_percentile[]", "percentile of the date",
        "100 times the share of the draws with date <= date of the pair", "percent",
    ),
    Definition(
        _OUTPUT, "frontier{}.earliest_months", "{}%: not before {} months at any cost",
        f"the m-th smallest date / 730.5 hours; {_NEEDED}", "month",
    ),
    Definition(
        _OUTPUT, "frontier{}.least_cost", "nor below {} at any date", f"the m-th smallest total cost; {_NEEDED}", "USD"
    ),
    Definition(
        _OUTPUT, "frontier_up_to", "pairs are shown up to the P{} of cost and date",
        "99, the percentile of total cost and date up to which pairs are reported", "percent",
    ),
)  # fmt: skip

DEFINITIONS: tuple[Definition, ...] = (
    *header(_OUTPUT),
    *_TARGETS,
    *_QUADRANTS,
    Definition(
        _OUTPUT, "rank_correlation", "its rank correlation with the cost is {}",
        "Spearman's rank correlation of total cost and date: Pearson's correlation of their ranks, equal values sharing their "
        "mean rank", "1",
    ),
    *summary(_OUTPUT, "cost", "total cost", "USD"),
    *summary(_OUTPUT, "months", "date / 730.5 hours", "month"),
    *_FRONTIER,
)  # fmt: skip
