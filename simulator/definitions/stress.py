"""Definitions of the figures of `llmcost stress`."""

from collections import defaultdict
from collections.abc import Mapping

from simulator.definitions.definition import Definition
from simulator.definitions.groups import NO_MEAN, estimate, header, probability_error, quantile_error, summary

_OUTPUT = "stress"
_TOTAL = "total cost without a shock"
_SHOCKED = "total cost with the shocks, with the same random numbers"
_FIXED = "total cost with the prior fixed at `value` and all other priors with their draws"
_LABELS = {"median": "median", "low": "{}% CI", "high": "{}% CI"}
_ANY_HEAVY = "; null in all rows where the tail of the total, or of any of these changes, is too heavy for a mean"
_MATCHES = "the draws in which the condition holds"


def _total(path: str, of: str) -> tuple[Definition, ...]:
    """Return the definitions of the statistics of a total and of the probability that it is within the budget."""
    return (
        *summary(_OUTPUT, path, of, "USD", _LABELS | {"quantiles{}": "P{}"}),
        *estimate(_OUTPUT, f"{path}.within_budget", f"x <= budget; x: {of}", "within {}"),
    )


def _change(path: str, after: str, labels: Mapping[str, str]) -> tuple[Definition, ...]:
    """Return the definitions of the change of the total to that of `after`, with the labels of tables."""
    d = f"d: {after}, less {_TOTAL}, in the same draw; 0 where they differ by at most 1e-9 of the larger one"
    statistic = "the median where `mean` is null, else the mean"
    return (
        Definition(_OUTPUT, f"{path}.mean", labels["mean"], f"sum of d / N; {d}{_ANY_HEAVY}", "USD"),
        Definition(
            _OUTPUT, f"{path}.mcse", labels["mean"], "standard error of `mean`: sqrt(sum of (d - mean)^2 / (N - 1) / N); "
                f"{d}{_ANY_HEAVY}",
            "USD",
        ),
        Definition(_OUTPUT, f"{path}.median", labels["median"], f"quantile of d at 0.5; {d}", "USD"),
        Definition(
            _OUTPUT, f"{path}.median_mcse", labels["median"], f"standard error of `median`: {quantile_error('0.5')}; {d}", "USD"
        ),
        Definition(_OUTPUT, f"{path}.value", "", "`median` where `mean` is null, else `mean`", "USD"),
        Definition(
            _OUTPUT, f"{path}.share", labels["share"],
            f"`value` over that statistic of the {_TOTAL}: {statistic}; null where that is 0", "1",
        ),
    )  # fmt: skip


def _probability(path: str) -> tuple[Definition, ...]:
    """Return the definitions of the probability of a shock, which are those of its prior in the library."""
    figures = (("median", "0.5", "probability"), ("low", "(1 - interval/100) / 2", "{}% CI"),
               ("high", "(1 + interval/100) / 2", "{}% CI"))  # fmt: skip
    return tuple(
        Definition(_OUTPUT, f"{path}.{key}", label, f"quantile of the prior of the probability at {p}, not of draws", "1")
        for key, p, label in figures
    )


_SHOCKS = (
    Definition(_OUTPUT, "budget", "", "the budget (`budget` of the scenario, or --budget); null where there is none", "USD"),
    *_total("shocks.base", _TOTAL),
    *_total("shocks.cases[]", _SHOCKED),
    *_change("shocks.cases[].change", _SHOCKED, {"mean": "mean change", "median": "median change", "share": "of the {name}"}),
    *_probability("shocks.cases[].probability"),
    Definition(
        _OUTPUT, "shocks.cases[].alone_added_up", "{name}: the changes by each alone add up to {}",
        "sum of `change.value` of each of the shocks applied alone", "USD",
    ),
)  # fmt: skip

_SWEEP = (
    Definition(
        _OUTPUT, "sweep.draws", "", "number of draws N of the sweep: `draws`, at most 1e6, and at most 5e7 / (number of "
            "priors + 1)", "1"
    ),
    *summary(_OUTPUT, "sweep.base", "total cost with no prior fixed", "USD"),
    *summary(_OUTPUT, "sweep.priors[].points[]", _FIXED, "USD", _LABELS),
    Definition(_OUTPUT, "sweep.priors[].points[].percent", "", "percentile at which the prior is fixed: 5 and 95", "percent"),
    Definition(
        _OUTPUT, "sweep.priors[].points[].value", "at its {}% point", "quantile of the prior at percent/100",
            "unit of the prior"
    ),
    *_change("sweep.priors[].points[].change", _FIXED, defaultdict(str)),
)  # fmt: skip


_OF_EVENT = {"median": "the share of them in which it occurs", "low": "0", "high": "1"}


def _median_and_interval(path: str, draws: str, label: str) -> tuple[Definition, ...]:
    """Return the definitions of median and interval of an input over some draws."""
    probabilities = {"median": "0.5", "low": "(1 - interval/100) / 2", "high": "(1 + interval/100) / 2"}
    return tuple(
        Definition(
            _OUTPUT, f"{path}.{key}", f"median {label}" if key == "median" else "Where | {}% CI",
            f"quantile of the input at {p}, over {draws}; of an event (`is_event`) {_OF_EVENT[key]}", "unit of the input",
        )
        for key, p in probabilities.items()
    )  # fmt: skip


_BOX_SHARES = {
    "density": ("draws in the box", "in which the condition holds"),
    "coverage": ("draws in which the condition holds", "in the box"),
    "mass": ("draws", "in the box"),
}


def _box_shares(path: str, half: str) -> tuple[Definition, ...]:
    """Return the definitions of the shares of a box among half of the draws."""
    return tuple(
        each
        for key, (draws, event) in _BOX_SHARES.items()
        for each in (
            Definition(
                _OUTPUT, f"{path}.{key}.value", "", f"share of the {draws}, {event}; of {half} draws, counted from 0", "1"
            ),
            Definition(
                _OUTPUT, f"{path}.{key}.error", "",
                f"standard error of `value`: {probability_error('value')} and N the number of {draws} among {half} draws", "1",
            ),
        )
    )  # fmt: skip


_REVERSE = (
    Definition(_OUTPUT, "reverse.amount", "", "amount of the condition", "unit of the quantity"),
    Definition(
        _OUTPUT, "reverse.draws", "{} of {} draws meet the condition",
        "number of draws N: `draws`; while the condition holds in n < 1000 of them, they are multiplied by 1200/n, but by 2 at "
        "least and 20 at most, up to 1e6 draws and 5e7 numbers in memory", "1",
    ),
    Definition(
        _OUTPUT, "reverse.selected_draws", "{} of {} draws meet the condition",
            "number of draws in which the condition holds", "1"
    ),
    Definition(_OUTPUT, "reverse.probability.value", "", "selected_draws / draws", "1"),
    Definition(_OUTPUT, "reverse.probability.error", "", f"standard error of `value`: {probability_error('value')}", "1"),
    Definition(
        _OUTPUT, "reverse.inputs[].ks_distance", "distance",
        f"Kolmogorov-Smirnov distance: maximum over v of |share of all draws - share of {_MATCHES} with the input at most v|",
        "1",
    ),
    *_median_and_interval("reverse.inputs[].all_draws", "all draws", "in all"),
    *_median_and_interval("reverse.inputs[].selected", _MATCHES, "there"),
    *_box_shares("reverse.box", "odd-numbered"),
    *_box_shares("reverse.box.in_sample", "even-numbered"),
    Definition(_OUTPUT, "reverse.box.all_draws", "", "share of all draws in which the condition holds", "1"),
    Definition(
        _OUTPUT, "reverse.box.bounds[].value", "",
        "bound of an input, found among the even-numbered draws by the patient rule induction method (Friedman and Fisher "
        "1999): candidates are the 8 inputs with the largest Kolmogorov-Smirnov distance above 1.95 sqrt((1 - n/N) / n), n "
        "being the number of matches; each step removes the outermost 5% of the draws in the box at one end of one input, "
        "equal values together, where that raises the share of matches most per draw removed, in 3 inputs at most and while 20 "
        "matches remain; of all boxes that with the highest correlation of being inside and being a match is taken, and bounds "
        "are removed one by one, the least useful first, while that correlation stays above 99% of its "
        "maximum", "unit of the input",
    ),
    Definition(
        _OUTPUT, "reverse.box.bounds[].share", "", "share of all draws at or above the bound, or at or below it for an "
            "upper one", "1"
    ),
)  # fmt: skip

_WEIGHTS = (
    "w: density of the new prior over that of the old one at the draw of the prior, the product for several priors, over the "
    "sum of that over all draws; densities are differentiated numerically, to 1e-4"
)
_QUANTITY = "total cost or line that is the key"


def _weighted_quantile(p: str) -> str:
    return (
        f"weighted quantile of x at {p}: linear interpolation between the sorted draws, each at the sum of the weights below "
        "it plus half its own"
    )


def _weighted_error(key: str, p: str) -> str:
    return (
        f"standard error of `{key}`: half the distance of the weighted quantiles at p - s and p + s, with p = {p} and s = "
        f"sqrt(sum of (w ((x <= {key}) - p))^2)"
    )


def _weighted_summary(path: str) -> tuple[Definition, ...]:
    """Return the definitions of the statistics of weighted draws."""
    low, high = "(1 - interval/100) / 2", "(1 + interval/100) / 2"
    figures = {
        "mean": (f"sum of w x{NO_MEAN}", ""),
        "sd": (f"sqrt(sum of w (x - mean)^2){NO_MEAN}", ""),
        "median": (_weighted_quantile("0.5"), "median after"),
        "low": (_weighted_quantile(low), "{}% CI"),
        "high": (_weighted_quantile(high), "{}% CI"),
        "quantiles{}": (_weighted_quantile("the percent that is the key"), ""),
        "mcse.mean": (f"standard error of the mean: sqrt(sum of (w (x - mean))^2){NO_MEAN}", ""),
        "mcse.median": (_weighted_error("median", "0.5"), "median after"),
        "mcse.low": (_weighted_error("low", low), ""),
        "mcse.high": (_weighted_error("high", high), ""),
    }
    return tuple(
        Definition(_OUTPUT, f"{path}.{key}", label, f"{text}; x: {_QUANTITY}; {_WEIGHTS}", "USD")
        for key, (text, label) in figures.items()
    )


_REWEIGHTING = (
    Definition(_OUTPUT, "reweightings[].draws", "", "number of draws N that are weighted", "1"),
    Definition(
        _OUTPUT, "reweightings[].effective", "",
        "effective sample size: the smaller of 1 / sum of w^2 and of N over the mean square of the ratio of the densities "
        f"under the old priors, integrated; {_WEIGHTS}", "1",
    ),
    *summary(
        _OUTPUT, "reweightings[].quantities{}.before", _QUANTITY, "USD",
        {"median": "median before", "low": "{}% CI", "high": "{}% CI"},
    ),
    *_weighted_summary("reweightings[].quantities{}.after"),
    Definition(_OUTPUT, "", "instead of | change", "median after less median before", "USD"),
)  # fmt: skip

DEFINITIONS: tuple[Definition, ...] = (*header(_OUTPUT), *_SHOCKS, *_SWEEP, *_REVERSE, *_REWEIGHTING)
