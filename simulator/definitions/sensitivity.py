"""Definitions of the figures of `llmcost sensitivity`."""

from simulator.definitions.definition import Definition
from simulator.definitions.groups import header

_OUTPUT = "sensitivity"
_P = "p: level/100"
_Q = (
    "Q(p): sample quantile at rank p (N + 1/3) + 1/3, interpolated linearly (the median-unbiased one, definition 8 of Hyndman "
    "and Fan 1996)"
)
_D = "D(p): (Q(p + s) - Q(p - s)) / (2 s), with s = sqrt(p (1 - p) / N) and p +- s kept within 0 and 1"
_T = "T: total cost"
_Y = "y: the total cost T, its logarithm or its rank, as `variance_of` says"
_KNOWN = "T: total cost, or what `variance_of` says"
_FIT = (
    "f: fit of the total by the input alone: r is the rank of the input less 1/2, over N (the mean rank of equal values); "
    "draws with the same floor(r B) form a bin, with B = floor(N / 1000), but 8 to 64; f is the least-squares line in the "
    "standard normal quantile of r over the n draws of the bin, with k = 2 parameters, or their mean, with k = 1, where n < 8 "
    "or r does not vary"
)
_THEN = "q(p): f plus the quantile Q(p) of T - f within the bin, the quantile of T given the input; d(p): D(p) within the bin"
_LOSS = "l(b): (1 - p) (b - T) where T <= b, p (T - b) where T > b, the loss of a budget b"
_HALVES = (
    "budget b: f + Q(p) of T - f in the bin, both from every other draw only; l(b) is averaged over the two halves of the "
    "draws from which b is computed"
)
_OVER = "k: idle_cost"
_PLUS_MINUS = "1.959964 (95%)"
_REPLICATES = "2.364624 (95%, Student's t with 7 degrees of freedom)"


def _estimate(
    path: str, label: str, value: str, error: str, terms: str, *, unit: str = "1", critical: str = _PLUS_MINUS, null: str = ""
) -> tuple[Definition, ...]:
    """Return the definitions of an estimate, its standard error and its 95% interval."""
    return (
        Definition(_OUTPUT, f"{path}.value", label, f"{value}; {terms}{null}", unit),
        Definition(_OUTPUT, f"{path}.mcse", "", f"standard error of `value`: {error}; {terms}{null}", unit),
        Definition(_OUTPUT, f"{path}.low", "", f"value - {critical} x mcse", unit),
        Definition(_OUTPUT, f"{path}.high", "", f"value + {critical} x mcse", unit),
    )


def _deviation(of: str) -> str:
    return f"standard deviation (N) of {of} over the draws, over sqrt(N)"


_NO_MEAN = "; null unless `variance_of` is `cost`"
_LIMIT = "all inputs known | the upper limit of research: P{} falls from {} by {} on average | a gain of {} USD"
_SHRINKS = "contingency | {}% CI: part of P{} over the mean | and of the interval"
_COSTS = "each USD left unspent costs {} (--idle-cost) | each one over {}"

_TOTAL = (
    Definition(_OUTPUT, "level", _LIMIT, "probability of staying within the budget at which it is set (--confidence)",
        "percent"),
    Definition(_OUTPUT, "idle_cost", _COSTS, "cost of a unit of budget left unspent, in the same unit (--idle-cost)", "1"),
    Definition(_OUTPUT, "overrun_cost", _COSTS, f"cost of a unit over the budget: idle_cost x p / (1 - p); {_P}", "1"),
    Definition(_OUTPUT, "total.mean", "", f"mean of the total cost{_NO_MEAN}", "USD"),
    Definition(_OUTPUT, "total.quantile", _LIMIT, f"Q(p) of the total cost; {_P}; {_Q}", "USD"),
    Definition(_OUTPUT, "total.low", "", f"Q((1 - interval/100) / 2) of the total cost; {_Q}", "USD"),
    Definition(_OUTPUT, "total.high", "", f"Q((1 + interval/100) / 2) of the total cost; {_Q}", "USD"),
    *_estimate(
        "perfect_information.fall", _LIMIT, "Q(p) - mean of T",
        _deviation("D(p) (p - (T <= Q(p))) - T"), f"{_T}; {_P}; {_Q}; {_D}", unit="USD",
    ),
    *_estimate(
        "perfect_information.expected_gain", _LIMIT, "mean of k l(Q(p)) / (1 - p)",
        _deviation("k l(Q(p)) / (1 - p)"), f"{_T}; {_P}; {_Q}; {_LOSS}; {_OVER}", unit="USD",
    ),
)  # fmt: skip

_NOTE = Definition(_OUTPUT, "", _SHRINKS, "`interval` and `level`", "percent")

_SHARES = (
    *_estimate(
        "drivers[].rank_correlation", "rank",
        "Pearson's correlation of the ranks of the input and of the total cost (Spearman's), equal values having their mean "
        "rank",
        "(1 - value^2) sqrt(1.06 / (N - 3)) (Fieller, Hartley and Pearson 1957)", "N: draws",
    ),
    *_estimate(
        "drivers[].share_of_variance", "share",
        "1 - sum over the bins of (sum of (y - f)^2 over the bin) n / (n - k), over N V: the share of the variance of y due to "
        "the input by itself",
        "sqrt(v / N - m), but at least sqrt(m), with v the variance (N) of ((1 - value) (y - mean)^2 - (y - f)^2) / V and m = "
        "2 (sum of k over the bins) ((1 - value) / N)^2 "
        "(asymptotic)", f"V: variance (N - 1) of y; {_Y}; {_FIT}, with y as the total",
    ),
    *_estimate(
        "drivers[].share_of_p95", "of P95",
        "mean of g over the draws near the P95, over the mean of u over them: the share of the distance from the mean to the "
        "P95 due to the input by itself",
        "standard deviation of g - value x u over the draws near the P95, over the mean of u over them and the root of their "
        "number",
        "u: T - mean of T; near the P95: T between its sample quantiles (numpy.quantile) at 0.93 and 0.97; g: (f - h u) / (1 - "
        f"h), with h = k/n, 1 - h at least 0.5: the fit without the draw itself; {_FIT}, with u as the total; "
        f"{_T}", null=_NO_MEAN,
    ),
)  # fmt: skip

_INDEX_TERMS = (
    "n Sobol points, scrambled, in 8 replicates (points i, i + 8, i + 16, ...), with n the largest power of two up to N/2, but "
    "64 to 65,536; A, B: y at the first and at the second half of their dimensions, less their common mean; C: y at the points "
    "of A, where those of the input (and of the inputs correlated with it) are those of B, less the same mean; V: variance of "
    f"all A and B with divisor 2n; {_Y}"
)


def _indices(path: str, first: str, total: str) -> tuple[Definition, ...]:
    error = "standard deviation (8 - 1) of the value in each of the 8 replicates, over sqrt(8)"
    return (
        *_estimate(
            f"{path}.first", first, "mean of B (C - A) / V: first-order Sobol index", error, _INDEX_TERMS, critical=_REPLICATES
        ),
        *_estimate(
            f"{path}.total", total, "mean of (C - A)^2 / (2 V): total Sobol index", error, _INDEX_TERMS, critical=_REPLICATES
        ),
    )


_SOBOL = (
    *_indices("drivers[].sobol", "first", "with others"),
    *_indices("correlated[]", "", ""),
    Definition(_OUTPUT, "", "total", "`sobol.total.value`", "1"),
    Definition(
        _OUTPUT, "", "{}% CI", "with --method sobol: `low` to `high` of `sobol.first` and of `sobol.total`, 0 in place of "
            "what is below", "1"
    ),
)  # fmt: skip

_SHAPLEY_TERMS = (
    "n = N // 2 points with independent standard normal variates from the streams of the inputs, correlated as specified; for "
    "each point another one from the streams `NAME again`, and an order of the inputs: that of the variates of the streams "
    "`order of NAME`; a and b: y at the other point before and after the input takes its variate of the first point, in this "
    "order, where the other inputs that are correlated follow, in alphabetical order, by regression on those before them, with "
    "their variate of the other point as residual; y1: y at the first point; g: (y1 - (a + b) / 2) (b - a); G: sum of g over "
    f"the inputs; {_Y}"
)
_SHAPLEY = (
    *_estimate(
        "shapley[].share", "Shapley effect", "mean of g / mean of G",
        "standard deviation (n) of (g - value x G) / mean of G, over sqrt(n)", _SHAPLEY_TERMS,
    ),
    Definition(_OUTPUT, "", "95% CI", "with --method shapley: `low` to `high` of `share`, 0 in place of what is below", "1"),
)  # fmt: skip

_WIDTHS = f"{_Q}; {_D}; {_THEN}; {_FIT}"


def _shrinks(path: str, label: str, now: str, terms: str, null: str = "") -> tuple[Definition, ...]:
    """Return the definitions of the relative reduction of a width."""
    return _estimate(
        path, label, f"1 - W'/W, with W = {now} and W' the mean over the draws of the same with q in place of Q",
        _deviation(
            "(W'/W i - i') / W; i is W with D(p) (p - (T <= Q(p))) in place of Q(p), and i' is W' of the draw less its mean, "
            "plus W with d(p) (p - (T <= q(p))) in place of Q(p), and T - mean of T in place of the mean in both"
        ), f"{_KNOWN}; {terms}; {_WIDTHS}", null=null,
    )  # fmt: skip


_INFORMATION = (
    *_shrinks("drivers[].if_known.contingency_shrinks", "contingency", "Q(p) - mean of T", _P, _NO_MEAN),
    *_shrinks(
        "drivers[].if_known.interval_shrinks", "{}% CI", "Q((1 + interval/100) / 2) - Q((1 - interval/100) / 2)", "N: draws"
    ),
    *_estimate(
        "drivers[].if_known.quantile_falls", "", "Q(p) - mean of q(p) over the draws",
        _deviation("D(p) (p - (T <= Q(p))) - q(p) - d(p) (p - (T <= q(p)))"), f"{_T}; {_P}; {_WIDTHS}", unit="USD",
            null=_NO_MEAN,
    ),
    *_estimate(
        "drivers[].if_known.loss_shrinks", "", "1 - mean of l(b) / mean of l(Q(p))",
        _deviation("(l(Q(p)) (1 - value) - l(b)) / mean of l(Q(p))"), f"{_T}; {_P}; {_LOSS}; {_HALVES}; {_Q}; {_FIT}",
            null=_NO_MEAN,
    ),
    *_estimate(
        "drivers[].if_known.expected_gain", "gain", "mean of k (l(Q(p)) - l(b)) / (1 - p)",
        _deviation("k (l(Q(p)) - l(b)) / (1 - p)"), f"{_T}; {_P}; {_LOSS}; {_HALVES}; {_OVER}; {_Q}; {_FIT}", unit="USD",
        null=_NO_MEAN,
    ),
    Definition(
        _OUTPUT, "", "{} more inputs | {}% of the variance of {name}",
        "number of inputs below the table, and the sum of their `share_of_variance.value`, or with --method shapley of their "
        "`share.value`, 0 where that is below", "1",
    ),
)  # fmt: skip

_ENDS = {"p10": "0.1", "p90": "0.9"}
_SET = (
    "the input at its quantile at {} and all other priors with their draws, those correlated with it without that "
    "correlation: as in a run "
    "with --set, except that posteriors of other inputs keep their draws where --set would fit them to the value"
)
_GIVEN = (
    "the input at its quantile at {} and the priors correlated with it given that: the normal variate z of each with rank "
    "correlation r "
    "is z + 2 sin(pi r / 6) (v - u), with u the variate of the input and v the normal quantile"
)
_BATCHES = (
    "standard error of p90 - p10: standard deviation (8 - 1) of that difference in 8 batches (draws i, i + 8, i + 16, ...), "
    "over sqrt(8)"
)


def _ends(key: str, label: str, text: str, unit: str = "USD") -> tuple[Definition, ...]:
    return tuple(Definition(_OUTPUT, f"drivers[].swing.{key}.{end}", label, text.format(p), unit) for end, p in _ENDS.items())


_SWING = (
    *_ends("input", "P10 to P90 of it", "quantile of the prior at {}", "unit of the input"),
    *_ends("at_medians", "others at medians", "total cost with the input at its quantile at {} and every other prior at its "
        "median"),
    *_ends("median", "swing", f"median of the total cost with {_SET}"),
    Definition(_OUTPUT, "drivers[].swing.median.mcse_of_difference", "", _BATCHES, "USD"),
    *_ends("mean", "mean, it set", f"mean of the total cost with {_SET}{_NO_MEAN}"),
    Definition(
        _OUTPUT, "drivers[].swing.mean.mcse_of_difference", "",
        f"standard error of p90 - p10: {_deviation('the difference of the two totals')}{_NO_MEAN}", "USD",
    ),
    *_ends("conditional", "conditional", f"median of the total cost with {_GIVEN}; null where no prior is correlated with "
        "the input"),
    Definition(
        _OUTPUT, "drivers[].swing.conditional.mcse_of_difference", "",
        f"{_BATCHES}; null where no prior is correlated with the input", "USD",
    ),
    Definition(_OUTPUT, "", "median, it set", "`swing.median.p10` to `swing.median.p90`", "USD"),
)  # fmt: skip

DEFINITIONS: tuple[Definition, ...] = (*header(_OUTPUT), *_TOTAL, _NOTE, *_SHARES, *_SOBOL, *_SHAPLEY, *_INFORMATION, *_SWING)
