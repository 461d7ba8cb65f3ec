"""Definitions of the figures in the tables of `llmcost report`; a path is a table and a column of its file (`tables/NAME.csv`).

Most are figures of another command with the same scenario, draws, seed and interval, to whose entry they refer. Levers and
drivers are simulated with at most 20,000 of the draws.
"""

from collections.abc import Iterable

from simulator.definitions.definition import Definition

_OUTPUT = "report"
_INTERVAL = "{}% CI"


def _copy(path: str, label: str, command: str, source: str, unit: str = "USD") -> Definition:
    """Return the definition of a figure that is one of another command."""
    return Definition(_OUTPUT, path, label, f"{source} of `{command}`", unit)


def _statistics(
    table: str, command: str, source: str, names: Iterable[tuple[str, str, str]], unit: str = "USD"
) -> tuple[Definition, ...]:
    """Return the definitions of columns that are statistics of one object: column, label and statistic."""
    return tuple(_copy(f"{table}[].{column}", label, command, f"`{source}.{key}`", unit) for column, label, key in names)


_MEDIAN_AND_INTERVAL = (("median_usd", "median", "median"), ("low_usd", _INTERVAL, "low"), ("high_usd", _INTERVAL, "high"))

_BUDGET = (
    _copy(
        "plan[].amount_usd", "USD", "budget", "in the rows point estimate, P50 and so on, budget: `point_estimate.amount`, "
        "`contingency[].amount`, `budget.amount`",
    ),
    _copy(
        "plan[].probability", "probability of staying within", "budget",
        "in these rows `point_estimate.percentile` / 100, `contingency[].level` / 100, `budget.probability_within`", "1",
    ),
    _copy(
        "plan[].contingency_usd", "contingency", "budget", "in these rows 0, `contingency[].contingency`, `budget.over_point`"
    ),
    _copy(
        "plan[].share_of_point", "share of the point estimate", "budget",
        "in these rows 0, `contingency[].share_of_point`, `budget.over_point` / `point_estimate.amount`", "1",
    ),
    _copy("allocation[].point_usd", "point", "budget", "`allocation[].lines[].point`, in the last row their sum"),
    _copy("allocation[]{}", "P{}", "budget", "`allocation[].lines[].amount` at the level of the column, in the last row "
        "their sum"),
    *_statistics(
        "dependence", "budget", "dependence[]", (("sd_usd", "standard deviation", "sd"), *_MEDIAN_AND_INTERVAL, ("p80_usd",
        "P80", "p80")),
    ),
    *(
        _copy(
            f"risks[].{column}", label, "budget", f"in the row with the register `risks.with.{key}`, without it "
                f"`risks.without.{key}`,"
        )
        for column, label, key in (*_MEDIAN_AND_INTERVAL, ("p80_usd", "P80", "quantiles.80"))
    ),
)  # fmt: skip

_KEY_FIGURES = (
    _copy("", "median (P50)", "run", "`quantities.total_cost.median`"),
    _copy("", "{}% cost {} to {}", "run", "`quantities.total_cost.low` and `quantities.total_cost.high`"),
    _copy("", "80% stay within (P80)", "budget", "`contingency[].amount` at the level 80"),
    _copy(
        "",
        "{} {name} the point estimate of {}",
        "budget",
        "size of `contingency[].contingency` at the level 80, and `point_estimate.amount`",
    ),
    _copy("", "within which {}% of the outcomes stay", "budget", "`point_estimate.percentile` / 100", "1"),
    _copy("", "{}% of the outcomes", "run", "`quantities.total_cost.low` and `quantities.total_cost.high`"),
    Definition(
        _OUTPUT,
        "",
        "{}% cost less and {}% cost more",
        "(100 - interval) / 2: the share of the outcomes on either side",
        "percent",
    ),
    _copy("", "a million tokens, median", "run", "1e6 times `quantities.mean_token_cost.median`"),
    _copy(
        "",
        "{}% of the outcomes are {} to {}",
        "run",
        "1e6 times `quantities.mean_token_cost.low` and `quantities.mean_token_cost.high`",
    ),
    _copy(
        "",
        "{} tokens a day for {} days on {} ({} to {}) chips",
        "run",
        "24 times `quantities.token_demand.median`, `quantities.service_life.median` / 24 and "
        "`quantities.serving_chips`: `median`, `low` and `high`",
        "1",
    ),
    _copy("", "stay within the budget of {}", "budget", "`budget.probability_within`", "1"),
    _copy("", "the others exceed it by {} on average", "budget", "`budget.expected_overrun_given_overrun`"),
)
"""Those of one scenario, at the top of the page."""

_REGISTER = (
    _copy("register[].probability", "probability", "risks", "`risks[].probability.value`", "1"),
    *_statistics(
        "register", "risks", "risks[].impact",
        (
            ("impact_median_usd", "median impact", "median"), ("impact_low_usd", _INTERVAL, "low"),
            ("impact_high_usd", _INTERVAL, "high"),
        ),
    ),
    _copy("register[].expected_loss_usd", "expected loss", "risks", "`risks[].expected_loss.value`"),
    _copy("register[].expected_loss_error_usd", "expected loss", "risks", "`risks[].expected_loss.error`"),
    _copy("register[].contribution_p80_usd", "of the P80", "risks", "`risks[].contribution.value`"),
    _copy("register[].contribution_error_usd", "of the P80", "risks", "`risks[].contribution.error`"),
)  # fmt: skip

_RUN = (
    *_statistics(
        "breakdown", "run", "quantities{}",
        (
            *_MEDIAN_AND_INTERVAL, ("mean_usd", "mean", "mean"),
        ),
    ),
    *_statistics(
        "breakdown", "run", "quantities{}",
        (("share", "mean share", "share.mean"), ("share_low", _INTERVAL, "share.low"), ("share_high", _INTERVAL,
            "share.high")), "1",
    ),
    _copy("outcomes[].median", "median", "run", "`quantities{}.median`, of an indicator (`is_indicator`) `quantities{}.mean`",
        "unit of the quantity"),
    *_statistics(
        "outcomes", "run", "quantities{}", (("low", _INTERVAL, "low"), ("high", _INTERVAL, "high")), "unit of the quantity",
    ),
    _copy(
        "breakdown[]{}", "{name}: median, {}% CI", "run", "`quantities{}.median`, `quantities{}.low` and "
            "`quantities{}.high` of a scenario"
    ),
    _copy("correlation[].rank_correlation", "specified", "run", "`dependence[].rank`", "1"),
    _copy("correlation[].achieved", "in the draws", "run", "`dependence[].achieved`", "1"),
    _copy("runs[].draws", "draws", "run", "`draws`", "1"),
    _copy("runs[].seed", "seed", "run", "`seed`", "1"),
)  # fmt: skip

_DRIVERS = (
    _copy("drivers[].share_of_variance", "share of the variance of {name}", "sensitivity",
        "`drivers[].share_of_variance.value`", "1"),
    *(
        _copy(f"drivers[].{column}_{end}_usd", label, "sensitivity", f"`drivers[].swing.{key}.{end}`")
        for column, key, label in (
            ("total_at", "median", "total with it set to its P10 and P90"),
            ("conditional", "conditional", "conditional: correlated inputs move along"),
        )
        for end in ("p10", "p90")
    ),
    _copy("drivers[].interval_shrinks", "interval would shrink by", "sensitivity",
        "`drivers[].if_known.interval_shrinks.value`", "1"),
    _copy(
        "drivers[].expected_gain_usd", "expected value of information, USD", "sensitivity",
        "`drivers[].if_known.expected_gain.value`"
    ),
)  # fmt: skip

_SHOCKS = (
    *(
        _copy(
            f"shocks[].{column}", label, "stress", f"in the row without a shock `shocks.base.{key}`, in the others "
                f"`shocks.cases[].{key}`,",
            unit,
        )
        for column, label, key, unit in (
            *((*each, "USD") for each in _MEDIAN_AND_INTERVAL),
            ("probability_within_budget", "within budget", "within_budget.value", "1"),
        )
    ),
    _copy("shocks[].change_usd", "{name} change", "stress", "`shocks.cases[].change.value`"),
    _copy("shocks[].change_share", "relative change", "stress", "`shocks.cases[].change.share`", "1"),
)  # fmt: skip

_LEVERS = (
    *_statistics(
        "levers", "levers", "levers[]",
        (
            ("net_median_usd", "median net saving", "net.median"), ("net_low_usd", _INTERVAL, "net.low"),
            ("net_high_usd", _INTERVAL, "net.high"), ("saving_median_usd", "before adoption", "saving.median"),
            ("adoption_usd", "adoption cost", "adoption_cost"),
        ),
    ),
    _copy("levers[].probability_of_saving", "saves in", "levers", "`levers[].probability_of_saving`", "1"),
)  # fmt: skip


def _inputs(table: str) -> tuple[Definition, ...]:
    """Return the definitions of the columns of a table of priors."""
    quantiles = (
        ("median", "median", "0.5"),
        ("low", _INTERVAL, "(1 - interval/100) / 2"),
        ("high", _INTERVAL, "(1 + interval/100) / 2"),
    )
    return tuple(
        Definition(
            _OUTPUT, f"{table}.{column}", label, f"quantile of the prior itself at {p}, not of its draws", "unit of the input"
        )
        for column, label, p in quantiles
    )


_INPUTS = (
    *_inputs("assumptions[]"),
    *_inputs("priors[][]"),
    Definition(_OUTPUT, "known[].value", "value", "the known number", "unit of the input"),
    Definition(_OUTPUT, "choices[][].value", "value", "the known number", "unit of the input"),
)

_COMPARISON = (
    _copy("totals[].point_usd", "point estimate", "budget", "`point_estimate.amount`"),
    *_statistics("totals", "run", "quantities.total_cost", (*_MEDIAN_AND_INTERVAL, ("mean_usd", "mean", "mean"))),
    _copy("totals[].p80_usd", "P80", "budget", "`contingency[].amount` at the level 80"),
    _copy("totals[].p90_usd", "P90", "budget", "`contingency[].amount` at the level 90"),
    _copy("totals[].probability_within_budget", "probability within budget", "budget", "`budget.probability_within`", "1"),
    _copy("totals[].latency_met", "latency met", "compare", "`scenarios[].latency_met`", "1"),
    *_statistics(
        "token-costs", "compare", "scenarios[].token_costs[]",
        (("median", "median", "median"), ("low", _INTERVAL, "low"), ("high", _INTERVAL, "high")), "USD/token"
    ),
    *_statistics("differences", "compare", "differences[]", (("mean_usd", "mean", "mean"), *_MEDIAN_AND_INTERVAL)),
    _copy(
        "differences[].first_cheaper_probability", "{name} is cheaper in", "compare", "`differences[].first_cheaper.value`", "1"
    ),
    _copy("differences[].ratio", "times the cost (median)", "compare", "`differences[].ratio.median`", "1"),
    *_statistics(
        "times", "compare", "scenarios[].times[]",
        (("median", "median", "median"), ("low", _INTERVAL, "low"), ("high", _INTERVAL, "high")), "hour"
    ),
    _copy("times[].less_first", "less the first", "compare", "`differences[].times[].median`", "hour"),
    _copy("explained[][].change_usd", "mean change", "compare", "`differences[].steps[].change`, in the last row "
        "`differences[].mean`,"),
    _copy("explained[][].alone_usd", "alone", "compare", "`differences[].steps[].alone`"),
    *_statistics(
        "break-even", "compare --rent-or-buy",
        "{rental_price, break_even_price, break_even_utilisation or break_even_months, or one of the last three in "
        "without_capital_and_resale}",
        (("median", "median", "median"), ("low", _INTERVAL, "low"), ("high", _INTERVAL, "high")), "unit of the row",
    ),
    _copy("", "{name}, median", "run", "`quantities.total_cost.median`"),
    _copy("", "{}% of the outcomes stay within {}", "budget", "`contingency[].amount` at the level 80"),
    _copy("", "{name} is cheaper in {}% of them", "compare", "`differences[].first_cheaper.value`", "1"),
    _copy("", "{name} cheaper than {name}", "compare", "`differences[].first_cheaper.value`", "1"),
    _copy("", "the difference is {} to {} in {}% of all outcomes", "compare", "`differences[].low` and `differences[].high`"),
)  # fmt: skip

DEFINITIONS: tuple[Definition, ...] = (
    *_BUDGET, *_KEY_FIGURES, *_REGISTER, *_RUN, *_DRIVERS, *_SHOCKS, *_LEVERS, *_INPUTS, *_COMPARISON,
)  # fmt: skip
