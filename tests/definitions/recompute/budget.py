"""Figures of `llmcost budget` from the draws."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
from definitions.recompute.risks import any_occurs, risk_names, total_without
from definitions.recompute.statistics import (
    ERROR_LABEL,
    contract,
    header,
    probability_error,
    quantile_error,
    standard_error,
    summary,
    total_errors,
)

from simulator.engine.sampling.streams import generator
from simulator.engine.simulate import simulate
from simulator.scenario import TOTAL

CASES = (
    "budget gpt-4 --budget 150e6 --draws 20000",
    "budget llama-3.1-405b --draws 20000 --seed 7 --confidence 95 --confidence 99.9 --interval 90%",
    "budget startup.yaml --budget 4e6 --draws 20000",
    "budget insured.yaml --budget 6e6 --draws 20000",
    "budget heavy.yaml --budget 1e4 --draws 5000",
)


def _level(figure):
    """The confidence level of the object around a figure, as a probability."""
    return next(parent["level"] for parent in reversed(figure.parents) if "level" in parent) / 100


def _at_level(draws, figure):
    return np.quantile(draws.total, _level(figure))


def _budget(draws):
    return draws.scenario.budget


def _overrun(draws):
    return np.maximum(draws.total - _budget(draws), 0)


def _if_mean(function):
    return lambda draws, figure: function(draws) if draws.has_mean else None


def _within(draws):
    return np.mean(draws.total <= _budget(draws))


def _mean_overrun_given_overrun(draws):
    excess = draws.total[draws.total > _budget(draws)] - _budget(draws)
    return excess.mean() if len(excess) else None


def _worst(draws):
    """Mean of the highest 5% of the totals, of which the last counts in part, and the quantile below them."""
    return np.quantile(draws.total, 0.95)


# --- allocation -----------------------------------------------------------------------------------------------------------


def _near(draws, p):
    """The draws around a quantile, and their totals less the quantile."""
    count = len(draws.total)
    size = min(count, max(500, int(2 * count * min(0.025, p, 1 - p))))
    first = min(max(round(p * count - size / 2), 0), count - size)
    near = np.argsort(draws.total)[first : first + size]
    return near, draws.total[near] - np.quantile(draws.total, p)


def _fit(u, y):
    """Intercept and slope of y on u by the normal equations, and the error of the intercept from the squared residuals."""
    design = np.column_stack([np.ones_like(u), u])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ y
    residuals = y - design @ coefficients
    weights = (inverse @ design.T)[0]
    return coefficients, math.sqrt(np.sum((weights * residuals) ** 2))


def _cents(amounts, total):
    """Whole cents that add up to a total, by the largest remainders."""
    cents = [math.floor(100 * amount) for amount in amounts]
    remainders = [Fraction(100 * amount) - whole for amount, whole in zip(amounts, cents, strict=True)]
    lacking = round(100 * total) - sum(cents)
    for place in sorted(range(len(cents)), key=lambda place: -remainders[place])[:lacking]:
        cents[place] += 1
    return [each / 100 for each in cents]


def _fits(draws, p):
    near, u = _near(draws, p)
    return [_fit(u / u.std(), values[near]) for values in draws.lines.values()]  # scaled, as the equations square the amounts


def _amounts(draws, p):
    return _cents([coefficients[0] for coefficients, _ in _fits(draws, p)], np.quantile(draws.total, p))


def _errors(draws, p):
    error = quantile_error(draws.total, p) / _near(draws, p)[1].std()  # slopes are per standard deviation of u
    return [math.hypot(fit_error, coefficients[1] * error) for coefficients, fit_error in _fits(draws, p)]


def _points(draws):
    medians = [draws.at_medians[name] for name in draws.lines]
    return _cents([value * draws.point / math.fsum(medians) for value in medians], draws.point)


# --- dependence and overruns ----------------------------------------------------------------------------------------------


def _independent_priors(draws):
    """Draws of the total with a stream of its own for each prior, and no rank correlation."""
    inputs = {name: replace(source, stream=name) for name, source in draws.scenario.inputs.items()}
    scenario = replace(draws.scenario, ranks={}, inputs=inputs)
    return simulate(scenario, draws.case.draws, draws.case.seed, keep=[TOTAL]).retained_draws[TOTAL]


def _permuted_lines(draws):
    seed = draws.case.seed
    return sum(generator(seed, f"shuffled/{name}", 0).permutation(values) for name, values in draws.lines.items())


TOTALS = {
    "as the scenario says": lambda draws: draws.total,
    "priors independent of each other": _independent_priors,
    "lines independent of each other": _permuted_lines,
}


def _spread(draws, figure):
    row = next(parent for parent in figure.parents if "name" in parent)
    return draws.cached(row["name"], TOTALS[row["name"]])


def _above(draws):
    return np.quantile(draws.total, 0.8) if _budget(draws) is None else _budget(draws)


def _input(draws, figure):
    """Draws of the input of a row, and the same in the draws above the amount."""
    values = draws.values[figure.parents[-1]["name"]]
    return values, values[draws.total > _above(draws)]


def _middle(figure):
    return np.mean if figure.parents[-1]["is_event"] else np.median


def _mean_rank(draws, figure):
    values, there = _input(draws, figure)
    ordered = np.sort(values)
    lower, not_higher = np.searchsorted(ordered, there, "left"), np.searchsorted(ordered, there, "right")
    return np.mean(lower + (not_higher - lower) / 2) / len(values)


def _without(draws, figure):
    return total_without(draws, risk_names(draws))


def _any_risk(draws):
    return np.mean(any_occurs(draws, risk_names(draws)))


def _levels(draws):
    return sorted({50, 70, 80, 90, *map(float, draws.case.values_of("--confidence"))})


_SPREAD = summary("dependence[]", _spread)
del _SPREAD["dependence[].quantiles{}"]

FIGURES = {
    **header(),
    **summary("total", lambda draws, figure: draws.total),
    "point_estimate.amount": lambda draws, figure: draws.point,
    "point_estimate.percentile": lambda draws, figure: 100 * np.mean(draws.total <= draws.point),
    "point_estimate.mcse": lambda draws, figure: 100 * probability_error(np.mean(draws.total <= draws.point), len(draws.total)),
    "s_curve.probability[]": lambda draws, figure: (figure.keys[0] + 1) / 100,
    "s_curve.amount[]": lambda draws, figure: np.quantile(draws.total, (figure.keys[0] + 1) / 100),
    "contingency[].level": lambda draws, figure: _levels(draws)[figure.keys[0]],
    "contingency[].amount": _at_level,
    "contingency[].mcse": lambda draws, figure: quantile_error(draws.total, _level(figure)),
    "contingency[].contingency": lambda draws, figure: _at_level(draws, figure) - draws.point,
    "contingency[].share_of_point": lambda draws, figure: (_at_level(draws, figure) - draws.point) / draws.point,
    "budget.amount": lambda draws, figure: float(draws.case.value_of("--budget", "")),
    "budget.over_point": lambda draws, figure: _budget(draws) - draws.point,
    "budget.probability_within": lambda draws, figure: _within(draws),
    "budget.probability_error": lambda draws, figure: probability_error(_within(draws), len(draws.total)),
    "budget.expected_overrun": _if_mean(lambda draws: _overrun(draws).mean()),
    "budget.expected_overrun_error": _if_mean(lambda draws: standard_error(_overrun(draws))),
    "budget.expected_overrun_given_overrun": _if_mean(_mean_overrun_given_overrun),
    "tail.level": lambda draws, figure: 95,
    "tail.var": lambda draws, figure: _worst(draws),
    "tail.var_error": lambda draws, figure: quantile_error(draws.total, 0.95),
    "tail.cvar": _if_mean(lambda draws: _worst(draws) + np.maximum(draws.total - _worst(draws), 0).mean() / 0.05),
    "tail.cvar_error": _if_mean(lambda draws: standard_error(np.maximum(draws.total - _worst(draws), 0)) / 0.05),
    "allocation[].level": lambda draws, figure: _levels(draws)[figure.keys[0]],
    "allocation[].lines[].amount": lambda draws, figure: _amounts(draws, _level(figure))[figure.keys[1]],
    "allocation[].lines[].mcse": lambda draws, figure: _errors(draws, _level(figure))[figure.keys[1]],
    "allocation[].lines[].point": lambda draws, figure: _points(draws)[figure.keys[1]],
    "allocation[].lines[].contingency": lambda draws, figure: (
        _amounts(draws, _level(figure))[figure.keys[1]] - _points(draws)[figure.keys[1]]
    ),
    **_SPREAD,
    "dependence[].p80": lambda draws, figure: np.quantile(_spread(draws, figure), 0.8),
    **summary("risks.with", lambda draws, figure: draws.total),
    **summary("risks.without", _without),
    "risks.probability_of_any.value": lambda draws, figure: _any_risk(draws),
    "risks.probability_of_any.error": lambda draws, figure: probability_error(_any_risk(draws), len(draws.total)),
    "overrun.above": lambda draws, figure: _above(draws),
    "overrun.draws": lambda draws, figure: np.count_nonzero(draws.total > _above(draws)),
    "overrun.inputs[].mean_rank": _mean_rank,
    "overrun.inputs[].mcse": lambda draws, figure: 1 / math.sqrt(12 * np.count_nonzero(draws.total > _above(draws))),
    "overrun.inputs[].median": lambda draws, figure: _middle(figure)(_input(draws, figure)[0]),
    "overrun.inputs[].median_then": lambda draws, figure: _middle(figure)(_input(draws, figure)[1]),
}


# --- figures of the tables alone ------------------------------------------------------------------------------------------


def _curve(draws, document):
    """Amounts of the curve, of which some have a name."""
    steps = np.linspace(np.quantile(draws.total, 0.01), np.quantile(draws.total, 0.97), 12)
    levels = np.quantile(draws.total, np.array(_levels(draws)) / 100)
    others = [draws.point, *([draws.total.mean()] if draws.has_mean else []), *([_budget(draws)] if _budget(draws) else [])]
    return [*steps, *levels, *others]


def _curve_probabilities(draws, document):
    p = np.arange(1, 100) / 100
    return np.interp(_curve(draws, document), np.quantile(draws.total, p), p)


def _sums(draws, document):
    points, totals = sum(_points(draws)), [sum(_amounts(draws, level / 100)) for level in _levels(draws)]
    return [points, *totals, *(total - points for total in totals)]


PRINTED = {
    **contract(lambda draws: [draws]),
    "Probability of staying within | amount": _curve,
    "Probability of staying within | probability": _curve_probabilities,
    "total": _sums,
    "exceeded with a probability of {}%": lambda draws, document: [5],
    "mean of the total in its worst {}%": lambda draws, document: [5],
    ERROR_LABEL: lambda draws, document: total_errors(draws.total, draws.case.interval),
}
NAMES = {"without the risk register"}
