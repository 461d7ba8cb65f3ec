"""Figures of `llmcost run` from the draws."""

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
from definitions.figures import Near
from definitions.recompute import risks
from definitions.recompute.integrated import IntegratedTotal
from definitions.recompute.statistics import (
    ERROR_LABEL,
    bounds,
    contract,
    header,
    probability_error,
    quantile_error,
    standard_error,
)

from simulator.engine.tails import explain_heavy_tail, tail_index
from simulator.scenario import TOTAL

CASES = (
    "run gpt-4 --budget 150e6 --draws 20000",
    "run gpt-4 --budget 150e6 --draws 20000 --exact --interval 90% --baseline old.json",
    "run gpt-4 --draws 140000 --budget 60e6",
    "run llama-3.1-405b --draws 16384 --method sobol --budget 200e6 --seed 2",
    "run gpt-4 --draws 8000 --integrate team.fte --budget 150e6",
    "run startup.yaml --budget 4e6 --draws 20000",
    "run large --draws 5000",
    "run under-way.yaml --budget 1e6 --draws 20000",
    "run heavy.yaml --budget 1e4 --draws 5000",
)
NAMES = risks.NAMES
BLOCK = 131_072
REPLICATES = 8


# --- draws of a quantity --------------------------------------------------------------------------------------------------


def _name(figure):
    return figure.keys[0]


def _is_headline(draws, name):
    return name == TOTAL or name in draws.scenario.lines or name in draws.scenario.outcomes


def _x(draws, name):
    return draws.values[name] if _is_headline(draws, name) else draws.values[name][:BLOCK]


def _y(draws, name):
    with np.errstate(all="ignore"):
        return np.nan_to_num(draws.values[name] / draws.total, nan=0.0, posinf=0.0, neginf=0.0)


def _has_mean(draws, name):
    return draws.has_mean if name == TOTAL else not explain_heavy_tail(tail_index(_x(draws, name)))


def _integrated(draws, name):
    """The total with a factor integrated out, or None."""
    factor = draws.case.value_of("--integrate", "")
    return draws.cached("integrated", lambda draws: IntegratedTotal(draws, factor)) if factor and name == TOTAL else None


def _is_replicated(draws, name):
    return _is_headline(draws, name) and draws.case.value_of("--method", "random") != "random"


def _error_of_replicates(draws, x, statistic):
    return np.std([statistic(x[number::REPLICATES]) for number in range(REPLICATES)], ddof=1) / math.sqrt(REPLICATES)


# --- quantiles of a histogram ---------------------------------------------------------------------------------------------


def _resolution(x, p):
    """How far a quantile of a histogram may be from that of the draws: the bin, and the gaps between neighbouring draws."""
    places = np.clip([math.floor(p * len(x)) - 2, math.ceil(p * len(x)) + 1], 0, len(x) - 1)
    low, high = np.partition(x, places)[places]
    return abs(np.quantile(x, p)) / 2048 + high - low


def _quantile(draws, name, p):
    integrated = _integrated(draws, name)
    if integrated is not None:
        return Near(integrated.quantile(p), 1e-8 * draws.total.mean())
    x = _x(draws, name)
    if len(x) <= BLOCK or ("--exact" in draws.case.arguments and _is_headline(draws, name)):
        return np.quantile(x, p)
    return Near(np.quantile(x, p), _resolution(x, p))


def _quantile_error(draws, name, p):
    integrated = _integrated(draws, name)
    if integrated is not None:
        return Near(integrated.quantile_error(p), 1e-6 * draws.total.mean())
    x = _x(draws, name)
    if _is_replicated(draws, name):
        parts = [x[number::REPLICATES] for number in range(REPLICATES)]
        error = np.std([np.quantile(part, p) for part in parts], ddof=1) / math.sqrt(REPLICATES)
        return error if len(x) <= BLOCK else Near(error, max(_resolution(part, p) for part in parts) / 2)
    step = math.sqrt(p * (1 - p) / len(x))
    edges = [min(max(each, 0), 1) for each in (p - step, p + step)]
    if len(x) <= BLOCK:
        return quantile_error(x, p)
    return Near(quantile_error(x, p), sum(_resolution(x, each) for each in edges) / 2)


# --- statistics of a quantity ---------------------------------------------------------------------------------------------


def _mean(draws, figure):
    name = _name(figure)
    if not _has_mean(draws, name):
        return None
    integrated = _integrated(draws, name)
    return math.fsum(_x(draws, name)) / len(_x(draws, name)) if integrated is None else integrated.mean


def _sd(draws, figure):
    name = _name(figure)
    if not _has_mean(draws, name):
        return None
    integrated, x = _integrated(draws, name), _x(draws, name)
    if integrated is not None:
        return integrated.sd
    return 0.0 if np.ptp(x) == 0 else x.std(ddof=1)


def _mean_error(draws, figure):
    name, x = _name(figure), _x(draws, _name(figure))
    if not _has_mean(draws, name):
        return None
    integrated = _integrated(draws, name)
    if integrated is not None:
        return integrated.mean_error
    if np.ptp(x) == 0:
        return 0.0
    return _error_of_replicates(draws, x, np.mean) if _is_replicated(draws, name) else standard_error(x)


def _bound(place, function):
    """Return the function of a figure at a bound of the interval: 0 lower, 1 upper."""
    return lambda draws, figure: function(draws, _name(figure), bounds(draws.case.interval)[place])


def _share_bound(place):
    def recompute(draws, figure):
        y, p = _y(draws, _name(figure))[:BLOCK], bounds(draws.case.interval)[place]
        return Near(np.quantile(y, p), _resolution(y, p))

    return recompute


def _share_error(draws, figure):
    y = _y(draws, _name(figure))
    first = y[:BLOCK]
    if draws.case.value_of("--method", "random") == "random":
        return first.std(ddof=1) / math.sqrt(len(y))
    return _error_of_replicates(draws, first, np.mean) * math.sqrt(len(first) / len(y))


# --- budget ---------------------------------------------------------------------------------------------------------------


def _within(draws):
    integrated = _integrated(draws, TOTAL)
    return np.mean(draws.total <= draws.scenario.budget) if integrated is None else integrated.cdf(draws.scenario.budget)


def _within_error(draws, figure):
    budget = draws.scenario.budget
    integrated = _integrated(draws, TOTAL)
    if integrated is not None:
        return integrated.cdf_error(budget)
    # The share of the histogram is interpolated in the bin of the budget.
    near = np.mean(np.abs(draws.total - budget) <= budget / 2048)
    if _is_replicated(draws, TOTAL):
        return Near(_error_of_replicates(draws, draws.total, lambda x: np.mean(x <= budget)), near)
    return Near(probability_error(_within(draws), len(draws.total)), near)


def _overrun(draws, figure=None):
    return np.maximum(draws.total - draws.scenario.budget, 0).mean() if draws.has_mean else None


def _overrun_given_overrun(draws, figure):
    beyond = 1 - _within(draws)
    return _overrun(draws) / beyond if draws.has_mean and beyond > 0 else None


def _worst_mean(draws, figure):
    if not draws.has_mean:
        return None
    integrated = _integrated(draws, TOTAL)
    if integrated is not None:
        return Near(integrated.mean_above(0.95), 1e-6 * draws.total.mean())
    count = len(draws.total) / 20
    ordered = np.sort(draws.total)[::-1]
    whole = int(count)
    worst = (ordered[:whole].sum() + (count - whole) * ordered[whole]) / count
    return Near(worst, ordered[whole] / 2048)


def _contingency_to_p80(draws, figure):
    p80 = _quantile(draws, TOTAL, 0.8)
    return Near(p80.value - draws.point, p80.tolerance) if isinstance(p80, Near) else p80 - draws.point


# --- dependence and baseline ----------------------------------------------------------------------------------------------


def _rank_correlation(draws, figure):
    from scipy.stats import spearmanr

    streams = {source.stream: name for name, source in draws.scenario.inputs.items()}
    a, b = (draws.values[streams[name]][:BLOCK] for name in figure.parents[-1]["between"])
    return spearmanr(a, b).statistic


@cache
def _old():
    return json.loads(Path("old.json").read_text(encoding="utf-8"))["quantities"]


def _old_figure(figure, key):
    quantity = _old()[_name(figure)]
    return quantity["quantiles"]["80"] if key == "p80" else quantity[key]


def _new_figure(draws, figure, key):
    low, high = bounds(draws.case.interval)
    return _quantile(draws, _name(figure), {"median": 0.5, "low": low, "high": high, "p80": 0.8}[key])


def _changes(key):
    return {
        f"baseline.quantities{{}}.{key}.old": lambda draws, figure: _old_figure(figure, key),
        f"baseline.quantities{{}}.{key}.new": lambda draws, figure: _new_figure(draws, figure, key),
        f"baseline.quantities{{}}.{key}.change": lambda draws, figure: (
            _new_figure(draws, figure, key) - _old_figure(figure, key)
        ),
    }


def _change_error(draws, figure):
    new, old = _quantile_error(draws, TOTAL, 0.5), _old()[TOTAL]["mcse"]["median"]
    if not isinstance(new, Near):
        return math.hypot(new, old)
    return Near(math.hypot(new.value, old), new.tolerance)


FIGURES = {
    **header(),
    "quantities{}.mean": _mean,
    "quantities{}.sd": _sd,
    "quantities{}.median": lambda draws, figure: _quantile(draws, _name(figure), 0.5),
    "quantities{}.low": _bound(0, _quantile),
    "quantities{}.high": _bound(1, _quantile),
    "quantities{}.quantiles{}": lambda draws, figure: _quantile(draws, _name(figure), float(figure.keys[1]) / 100),
    "quantities{}.mcse.mean": _mean_error,
    "quantities{}.mcse.median": lambda draws, figure: _quantile_error(draws, _name(figure), 0.5),
    "quantities{}.mcse.low": _bound(0, _quantile_error),
    "quantities{}.mcse.high": _bound(1, _quantile_error),
    "quantities{}.share.mean": lambda draws, figure: _y(draws, _name(figure)).mean(),
    "quantities{}.share.low": _share_bound(0),
    "quantities{}.share.high": _share_bound(1),
    "quantities{}.share.mcse": _share_error,
    "point_estimate": lambda draws, figure: draws.point,
    "budget.amount": lambda draws, figure: float(draws.case.value_of("--budget", "")),
    "budget.over_point": lambda draws, figure: draws.scenario.budget - draws.point,
    "budget.probability_within": lambda draws, figure: _within(draws),
    "budget.probability_error": _within_error,
    "budget.p50": lambda draws, figure: _quantile(draws, TOTAL, 0.5),
    "budget.p80": lambda draws, figure: _quantile(draws, TOTAL, 0.8),
    "budget.contingency_to_p80": _contingency_to_p80,
    "budget.expected_overrun": _overrun,
    "budget.expected_overrun_given_overrun": _overrun_given_overrun,
    "budget.cvar_95": _worst_mean,
    "dependence[].rank": lambda draws, figure: draws.scenario.ranks[tuple(figure.parents[-1]["between"])],
    "dependence[].achieved": _rank_correlation,
    **_changes("median"),
    **_changes("low"),
    **_changes("high"),
    **_changes("p80"),
    "baseline.median_change_mcse": _change_error,
    **risks.register("risks."),
}


# --- figures of the tables alone ------------------------------------------------------------------------------------------


def _over_point(draws, document):
    quantiles = document["quantities"][TOTAL]["quantiles"]
    return [quantiles[str(level)] - draws.point for level in (50, 80, 90, 95)]


def _errors(draws, document):
    total = document["quantities"][TOTAL]
    return [100 * max(abs(total["mcse"][key] / total[key]) for key in ("median", "low", "high"))]


PRINTED = {
    **contract(lambda draws: [draws]),
    "P{} | over the point": _over_point,
    "{}% probability of staying within": lambda draws, document: [50, 80, 90, 95],
    "mean of the total in its worst {}%": lambda draws, document: [5],
    ERROR_LABEL: _errors,
}
