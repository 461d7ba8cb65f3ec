"""Figures of a risk register from the draws: the total with all risks, and computed again without some of them."""

import math

import numpy as np
from definitions.recompute.evaluation import has_mean, less, total
from definitions.recompute.statistics import header, probability_error, quantile_error, standard_error, summary

CASES = (
    "risks cutting-edge --draws 4000 --interval 90%",
    "risks startup.yaml --draws 3000 --seed 4",
    "risks large --basis rented --set commitment=one-year --draws 2000",
)
NAMES = ("grade", "costs in", "about", "mitigation", "none stated", "any risk")


def _risk(figure):
    return next(parent["name"] for parent in figure.parents if isinstance(parent, dict) and "mitigation" in parent)


def risk_names(draws):
    return [event.name for event in draws.scenario.events]


def any_occurs(draws, names):
    return np.any([draws.values[f"{name}.occurs"] == 1 for name in names], axis=0)


def total_without(draws, names):
    zeros = {f"{name}.occurs": np.zeros(len(draws.total)) for name in names}
    return draws.cached(f"without {names}", lambda draws: total(draws, zeros))


def _names_of(figure, draws):
    """The risk of a figure, or all of them."""
    is_single = any(isinstance(parent, dict) and "mitigation" in parent for parent in figure.parents)
    return [_risk(figure)] if is_single else risk_names(draws)


def _loss(draws, figure):
    return less(draws.total, total_without(draws, _names_of(figure, draws)))


def _expected(function):
    def of(draws, figure):
        loss = _loss(draws, figure)
        return function(loss) if draws.has_mean and has_mean(loss[loss != 0]) else None

    return of


def _influence(x):
    q, s = np.quantile(x, 0.8), math.sqrt(0.8 * 0.2 / len(x))
    width = (np.quantile(x, 0.8 + s) - np.quantile(x, 0.8 - s)) / (2 * s)
    return np.where(x <= q, 0.8 - 1, 0.8) * width


def _contribution(draws, figure):
    return np.quantile(draws.total, 0.8) - np.quantile(total_without(draws, _names_of(figure, draws)), 0.8)


def _contribution_error(draws, figure):
    return standard_error(_influence(draws.total) - _influence(total_without(draws, _names_of(figure, draws))))


def _probability(draws, figure):
    return np.mean(any_occurs(draws, _names_of(figure, draws)))


def _impact(draws, figure):
    return _loss(draws, figure)[any_occurs(draws, [_risk(figure)])]


def _delay(draws, figure):
    name = _risk(figure)
    return draws.values[f"{name}.delay_time"][any_occurs(draws, [name])]


def register(prefix):
    """Return the functions of a register below a path."""
    risk = f"{prefix}risks[]"
    both = {
        "expected_loss.value": _expected(lambda loss: math.fsum(loss) / len(loss)),
        "expected_loss.error": _expected(standard_error),
        "contribution.value": _contribution,
        "contribution.error": _contribution_error,
    }
    probability = {
        "value": _probability,
        "error": lambda draws, figure: probability_error(_probability(draws, figure), len(draws.total)),
    }
    return {
        f"{prefix}register_draws": lambda draws, _: len(draws.total),
        **{f"{prefix}any_risk.{key}": function for key, function in probability.items()},
        **{f"{risk}.probability.{key}": function for key, function in probability.items()},
        **{f"{path}.{key}": function for path in (prefix.removesuffix("."), risk) if path for key, function in both.items()},
        **({} if prefix else both),
        f"{prefix}p80.value": lambda draws, _: np.quantile(draws.total, 0.8),
        f"{prefix}p80.error": lambda draws, _: quantile_error(draws.total, 0.8),
        f"{prefix}p80_without.value": lambda draws, _: np.quantile(total_without(draws, risk_names(draws)), 0.8),
        f"{prefix}p80_without.error": lambda draws, _: quantile_error(total_without(draws, risk_names(draws)), 0.8),
        **summary(f"{risk}.impact", _impact, lambda draws, figure: draws.has_mean and has_mean(_impact(draws, figure))),
        f"{risk}.delay.value": lambda *of: np.quantile(_delay(*of), 0.5),
        f"{risk}.delay.error": lambda *of: quantile_error(_delay(*of), 0.5),
    }


FIGURES = {**header(), **register("")}
