"""Definitions of the figures of `llmcost run`.

Up to 131,072 draws the quantiles are those of the draws, as in all other outputs. A longer run summarises its draws with
accumulators, so its quantiles are those of a histogram. With a Sobol sequence, a Latin hypercube or a factor integrated out,
its errors come from replicates.
"""

from simulator.definitions.definition import Definition
from simulator.definitions.groups import NO_MEAN, contract, header, probability_error, quantile_error, total_error
from simulator.definitions.risks import register

_OUTPUT = "run"
_UNIT = "unit of the quantity"
_INTERVAL = {"low": "(1 - interval/100) / 2", "high": "(1 + interval/100) / 2"}
_SHARE = "y: cost of the line / total cost of the draw, 0 where the total is 0"

_QUANTITIES = (
    Definition(
        _OUTPUT, "quantities{}.mean", "mean",
        "sum of x / N. x: all draws of the total, a line or an outcome; of any other quantity the first 131,072 draws (all "
        "draws if FILE.nc is written). Of the total with --integrate: mean over the draws of its expectation given all inputs "
        "but the integrated one. Of an indicator (`is_indicator`), which is 1 or 0 in each draw, it is the share of the "
        f"draws, which is printed in place of the median{NO_MEAN}", _UNIT,
    ),
    Definition(
        _OUTPUT, "quantities{}.sd", "",
        "sqrt(sum of (x - mean)^2 / (N - 1)). Of the total with --integrate: root of the sum of the variance over the draws "
        "(divisor N) of its expectation given all inputs but the integrated one, and the mean of its variance given them"
        f"{NO_MEAN}", _UNIT,
    ),
    Definition(
        _OUTPUT, "quantities{}.median", "median",
        "quantile of x at p = 0.5: the sample quantile (numpy.quantile); of more than 131,072 draws without --exact the value "
        "at rank p N, interpolated linearly within the bin of a histogram whose bins are at most 1/2048 of the value wide. Of "
        "the total with --integrate: the amount q at which the mean over the draws of P(total <= q), given all inputs but the "
        "integrated one, is p", _UNIT,
    ),
    *(
        Definition(_OUTPUT, f"quantities{{}}.{key}", "{}% CI", f"quantile of x at p = {p}, as for `median`", _UNIT)
        for key, p in _INTERVAL.items()
    ),
    Definition(
        _OUTPUT, "quantities{}.quantiles{}", "P{} | amount", "quantile of x at the percent that is the key, as for `median`",
        _UNIT,
    ),
    Definition(
        _OUTPUT, "quantities{}.mcse.mean", "",
        "standard error of the mean: sd / sqrt(N). Of total, lines and outcomes with --method sobol or lhs, and of the total "
        "with --integrate: standard deviation (N - 1) of the means of the 8 replicates (draws i, i + 8, i + 16, ...) / sqrt(8)"
        f"{NO_MEAN}", _UNIT,
    ),
    *(
        Definition(
            _OUTPUT, f"quantities{{}}.mcse.{key}", "",
            f"standard error of `{key}`: {quantile_error(p)}. With replicates, as for `mcse.mean`: their standard deviation / "
            "sqrt(8); with --integrate that of P(total <= q) at the quantile q, over the density of the total there", _UNIT,
        )
        for key, p in (("median", "0.5"), *_INTERVAL.items())
    ),
)  # fmt: skip

_SHARES = (
    Definition(_OUTPUT, "quantities{}.share.mean", "share", f"mean of y over all draws; {_SHARE}", "1"),
    *(
        Definition(
            _OUTPUT, f"quantities{{}}.share.{key}", "{}% CI",
            f"quantile of y at p = {p} over the first 131,072 draws; {_SHARE}", "1",
        )
        for key, p in _INTERVAL.items()
    ),
    Definition(
        _OUTPUT, "quantities{}.share.mcse", "",
        "standard error of the mean share: standard deviation (N - 1) of y over the first 131,072 draws / sqrt(N); with "
        "--method sobol or lhs: standard error of the mean of y from the replicates in the first 131,072 draws, as for "
        f"`mcse.mean`, x sqrt(131,072 / N) where N is larger; {_SHARE}", "1",
    ),
)  # fmt: skip

_PLAN = (
    Definition(
        _OUTPUT, "point_estimate", "point estimate | amount",
        "total cost with every prior at its median; or the amount that the scenario states (`point`)", "USD",
    ),
    Definition(_OUTPUT, "", "P{} | over the point", "quantile of the total cost in the same row - point estimate", "USD"),
    Definition(_OUTPUT, "", "{}% probability of staying within", "the percent of the quantile in the same row", "percent"),
    Definition(_OUTPUT, "", "mean of the total in its worst {}%", "5, the percent of the draws in `cvar_95`", "percent"),
    total_error(_OUTPUT),
    *contract(_OUTPUT),
)  # fmt: skip

_BUDGET = (
    Definition(_OUTPUT, "budget.amount", "budget | amount", "the budget (`budget` of the scenario, or --budget)", "USD"),
    Definition(_OUTPUT, "budget.over_point", "budget | over the point", "budget - point estimate", "USD"),
    Definition(
        _OUTPUT, "budget.probability_within", "{}% probability of staying within",
        "share of the draws with total cost <= budget; with --integrate, the mean over the draws of P(total <= budget) given "
        "all inputs but the integrated one", "1",
    ),
    Definition(
        _OUTPUT, "budget.probability_error", "",
        f"standard error of `probability_within`: {probability_error('that share')}, which of more than 131,072 draws is "
        "interpolated in the bin of the histogram. "
        "With replicates, as for `quantities{}.mcse.mean`: standard deviation of their shares / sqrt(8)", "1",
    ),
    Definition(_OUTPUT, "budget.p50", "", "median of the total cost, as in `quantities`", "USD"),
    Definition(_OUTPUT, "budget.p80", "", "quantile of the total cost at 0.8, as in `quantities`", "USD"),
    Definition(_OUTPUT, "budget.contingency_to_p80", "", "p80 - point estimate", "USD"),
    Definition(
        _OUTPUT, "budget.expected_overrun", "expected overrun | amount",
        f"mean of max(total cost - budget, 0) over all draws{NO_MEAN}", "USD",
    ),
    Definition(
        _OUTPUT, "budget.expected_overrun_given_overrun", "given an overrun | amount",
        "expected_overrun / (1 - probability_within), which, unless --integrate is used, is the mean of total cost - "
        f"budget over the draws above the budget; null where there are none{NO_MEAN}", "USD",
    ),
    Definition(
        _OUTPUT, "budget.cvar_95", "CVaR95 of the total | amount",
        "mean of the 5% highest total costs; of the last bin of the histogram that is among them, its mean counts for the "
        f"draws that are missing to 5%. With --integrate: mean of the total above its quantile at 0.95{NO_MEAN}", "USD",
    ),
)  # fmt: skip

_DEPENDENCE = (
    Definition(
        _OUTPUT, "dependence[].rank", "", "Spearman's rank correlation of the two priors as the scenario specifies it", "1"
    ),
    Definition(
        _OUTPUT, "dependence[].achieved", "",
        "Spearman's rank correlation of the two priors in the first 131,072 draws: Pearson's correlation of the ranks, equal "
        "values sharing their mean rank", "1",
    ),
)  # fmt: skip


def _changes() -> tuple[Definition, ...]:
    texts = {"old": "in the earlier run", "new": "in this run, as in `quantities`", "change": "new - old"}
    figures = {"median": "median", "low": "low", "high": "high", "p80": "quantile at 0.8"}
    labels = {"median": "median", "p80": "P80"}
    return tuple(
        Definition(
            _OUTPUT,
            f"baseline.quantities{{}}.{figure}.{key}",
            f"Since the baseline | {'change' if key == 'change' else labels[figure]}" if figure in labels else "",
            f"{name} of the total or line: {text}",
            "USD",
        )
        for figure, name in figures.items()
        for key, text in texts.items()
    )


_BASELINE = (
    *_changes(),
    Definition(
        _OUTPUT, "baseline.median_change_mcse", "",
        "standard error of the change of the total's median, if the two runs are independent: root of the sum of the squares "
        "of their errors of the median", "USD",
    ),
)  # fmt: skip

DEFINITIONS: tuple[Definition, ...] = (
    *header(_OUTPUT),
    *_QUANTITIES,
    *_SHARES,
    *_PLAN,
    *_BUDGET,
    *_DEPENDENCE,
    *register(_OUTPUT, "risks.", "`draws`, at most 100,000, drawn at random whatever the method"),
    *_BASELINE,
)
