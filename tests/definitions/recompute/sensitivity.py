"""Figures of `llmcost sensitivity` from the draws."""

import math
from functools import lru_cache

import numpy as np
from definitions.figures import Near
from definitions.recompute.evaluation import draws_of_scenario
from definitions.recompute.information import derivative, loss, mean_error, quantile, rank_correlation
from definitions.recompute.inputs_set import Sensitivity
from definitions.recompute.statistics import bounds, header

from simulator.engine.sampling.methods import build_sampler
from simulator.scenario import open_scenario

CASES = (
    "sensitivity gpt-4 --draws 2000 --top 5",
    "sensitivity llama-3.1-405b --draws 3001 --confidence 90 --idle-cost 20% --interval 80%",
    "sensitivity small-medium --draws 1500 --seed 2",
    "sensitivity small-medium --draws 1000 --method swing",
    "sensitivity gpt-4 --draws 1000 --method sobol --top 30",
    "sensitivity heavy-run.yaml --draws 2000",
    "sensitivity small-medium --draws 1000 --method shapley --top 5",
)
NAMES = ("grade",)
_REPLICATES = 8


@lru_cache(maxsize=2)
def inputs(case):
    """Open the scenario of a case and simulate it."""
    opened = open_scenario(*case.references, case.overrides)
    return Sensitivity(case, opened, draws_of_scenario(case, opened.scenario))


# --- estimates with intervals ---------------------------------------------------------------------------------------------


def _estimate(path, value_and_error, critical=1.959964, *, has_mean=True):
    """Return the functions of an estimate by path; `value_and_error` takes the study and the figure."""

    def of(function):
        def recompute(study, figure):
            if has_mean and not study.has_variance:
                return None
            pair = value_and_error(study, figure)
            return None if pair is None else function(*pair)

        return recompute

    return {
        f"{path}.value": of(lambda value, _: value),
        f"{path}.mcse": of(lambda _, error: error),
        f"{path}.low": of(lambda value, error: _bound(value, error, -critical)),
        f"{path}.high": of(lambda value, error: _bound(value, error, critical)),
    }


def _bound(value, error, critical):
    if isinstance(value, Near):
        return Near(value.value + critical * error.value, value.tolerance + abs(critical) * error.tolerance)
    return value + critical * error


def _name(figure):
    return next(parent["name"] for parent in figure.parents if isinstance(parent, dict) and "rank_correlation" in parent)


def _inputs(figure):
    """Names of correlated inputs."""
    return next(parent["inputs"] for parent in figure.parents if isinstance(parent, dict) and "first" in parent)


def _rank_correlation(study, figure):
    rank = rank_correlation(study.base.values[_name(figure)], study.total)
    return rank, (1 - rank**2) * math.sqrt(1.06 / (len(study.total) - 3))


def _of_bins(name, *arguments):
    """Return the function of a measure of the bins of an input."""

    def measure(study, figure):
        def compute(_):
            found = getattr(study.bins(_name(figure)), name)
            return found(*(each(study) for each in arguments)) if callable(found) else found

        return study.base.cached(f"{name} of {_name(figure)}", compute)

    return measure


def _p(study):
    return study.p


def _idle_cost(study):
    return study.idle_cost


def _low(study):
    return bounds(study.case.interval)[0]


def _high(study):
    return bounds(study.case.interval)[1]


def _perfect_fall(study, _):
    now = quantile(study.total, study.p)
    influences = derivative(study.total, study.p) * (study.p - (study.total <= now)) - study.total
    return now - study.total.mean(), mean_error(influences)


def _perfect_gain(study, _):
    gain = study.idle_cost * loss(study.total, quantile(study.total, study.p), study.p) / (1 - study.p)
    return gain.mean(), mean_error(gain)


def _gain(study, figure):
    """The expected gain, a small difference of losses up to the size of the total."""
    pair = _of_bins("expected_gain", _p, _idle_cost)(study, figure)
    return tuple(Near(value, 1e-9 * abs(value) + 1e-12 * study.total.max()) for value in pair)


def _index(key, place):
    """Return the function of a Sobol index: `key` names the factor of a figure, `place` is 0 for first order, 1 for total."""

    def of_points(a, b, c):
        variance = np.var([a, b])
        return np.mean(b * (c - a)) / variance if place == 0 else np.mean((c - a) ** 2) / 2 / variance

    def index(study, figure):
        factor = study.indices.get(key(figure))
        if factor is None:
            return None
        parts = [of_points(*(each[number::_REPLICATES] for each in factor)) for number in range(_REPLICATES)]
        return of_points(*factor), np.std(parts, ddof=1) / math.sqrt(_REPLICATES)

    return index


def _indices(path, key):
    return {
        name: function
        for place, order in enumerate(("first", "total"))
        for name, function in _estimate(f"{path}.{order}", _index(key, place), 2.364624, has_mean=False).items()
    }


# --- swings ---------------------------------------------------------------------------------------------------------------


def _ends(path, function, *, has_mean=False):
    """Return the functions of both ends of a swing; `function` takes the study, the name of the input and a probability."""

    def at(p):
        return lambda study, figure: None if has_mean and not study.has_variance else function(study, _name(figure), p)

    return {f"drivers[].swing.{path}.p10": at(0.1), f"drivers[].swing.{path}.p90": at(0.9)}


def _error_of_medians(total_of):
    def error(study, figure):
        low, high = (total_of(study, _name(figure), p) for p in (0.1, 0.9))
        batches = [np.median(high[n::_REPLICATES]) - np.median(low[n::_REPLICATES]) for n in range(_REPLICATES)]
        return np.std(batches, ddof=1) / math.sqrt(_REPLICATES)

    return error


def _error_of_means(study, figure):
    name = _name(figure)
    return mean_error(study.with_set(name, 0.9) - study.with_set(name, 0.1)) if study.has_variance else None


# --- Shapley effects ------------------------------------------------------------------------------------------------------


def _gains(study):
    """What each input adds at each point, one point after the other."""
    points = study.case.draws // 2
    sample = build_sampler("random", study.case.seed, points)
    streams = [stream for group in study.groups for stream in group]
    names = {stream: " + ".join(name for name, each in study.priors.items() if each.stream == stream) for stream in streams}
    first = {stream: sample(stream, 0, points) for stream in streams}
    other = {stream: sample(f"{stream} again", 0, points) for stream in streams}
    variates = np.array([sample(f"order of {names[stream] or stream}", 0, points) for stream in streams])
    orders = [[streams[place] for place in np.argsort(variates[:, point])] for point in range(points)]
    taken = [_followed(study, {}, {stream: first[stream][point] for stream in streams}) for point in range(points)]
    totals = []
    for count in range(len(streams) + 1):
        mixed = [
            _followed(study, {stream: taken[point][stream] for stream in orders[point][:count]},
                      {stream: other[stream][point] for stream in streams})
            for point in range(points)
        ]  # fmt: skip
        totals.append(study.y_of_correlated({stream: np.array([z[stream] for z in mixed]) for stream in streams}))
    gains = {names[stream] or stream: np.empty(points) for stream in streams}
    for point, order in enumerate(orders):
        for count, stream in enumerate(order):
            before, after, y = totals[count][point], totals[count + 1][point], totals[-1][point]
            gains[names[stream] or stream][point] = (y - (before + after) / 2) * (after - before)
    return gains


def _followed(study, known, residuals):
    """Variates of a point: the known ones, and the others by regression on those of their group before them."""
    values = dict(known)
    for group in study.groups:
        before = [stream for stream in group if stream in known]
        for stream in group:
            if stream in known:
                continue
            if before:
                slope = np.linalg.solve(_correlation(study, before, before), _correlation(study, before, [stream]))[:, 0]
                explained = float(slope @ _correlation(study, before, [stream])[:, 0])
                mean = sum(weight * values[each] for weight, each in zip(slope, before, strict=True))
                values[stream] = mean + math.sqrt(1 - explained) * residuals[stream]
            else:
                values[stream] = residuals[stream]
            before = [*before, stream]
    return values


def _correlation(study, rows, columns):
    """Correlations of normal variates with the specified rank correlations."""
    return np.array([
        [1.0 if a == b else 2 * math.sin(math.pi * study.ranks.get((a, b), 0) / 6) for b in columns] for a in rows
    ])  # fmt: skip


def _shapley(study, figure):
    gains = study.base.cached("Shapley gains", lambda _: _gains(study))
    own = gains[next(parent["inputs"] for parent in figure.parents if isinstance(parent, dict) and "inputs" in parent)]
    whole = sum(gains.values())
    share = own.mean() / whole.mean()
    return Near(share, 1e-6), Near(mean_error((own - share * whole) / whole.mean()), 1e-6)


FIGURES = {
    **header(),
    "level": lambda study, _: 100 * study.p,
    "idle_cost": lambda study, _: study.idle_cost,
    "overrun_cost": lambda study, _: study.idle_cost * study.p / (1 - study.p),
    "total.mean": lambda study, _: study.total.mean() if study.has_variance else None,
    "total.quantile": lambda study, _: quantile(study.total, study.p),
    "total.low": lambda study, _: quantile(study.total, _low(study)),
    "total.high": lambda study, _: quantile(study.total, _high(study)),
    **_estimate("perfect_information.fall", _perfect_fall),
    **_estimate("perfect_information.expected_gain", _perfect_gain),
    **_estimate("drivers[].rank_correlation", _rank_correlation, has_mean=False),
    **_estimate("drivers[].share_of_variance", _of_bins("share_of_variance"), has_mean=False),
    **_estimate("drivers[].share_of_p95", _of_bins("share_of_p95")),
    **_indices("drivers[].sobol", _name),
    **_indices("correlated[]", _inputs),
    **_estimate("drivers[].if_known.contingency_shrinks", _of_bins("contingency_shrinks", _p)),
    **_estimate("drivers[].if_known.quantile_falls", _of_bins("quantile_falls", _p)),
    **_estimate("drivers[].if_known.interval_shrinks", _of_bins("interval_shrinks", _low, _high), has_mean=False),
    **_estimate("drivers[].if_known.loss_shrinks", _of_bins("loss_shrinks", _p)),
    **_estimate("drivers[].if_known.expected_gain", _gain),
    **_estimate("shapley[].share", _shapley, has_mean=False),
    **_ends("input", Sensitivity.at),
    **_ends("at_medians", Sensitivity.at_medians),
    **_ends("median", lambda *of: np.median(Sensitivity.with_set(*of))),
    "drivers[].swing.median.mcse_of_difference": _error_of_medians(Sensitivity.with_set),
    **_ends("mean", lambda *of: Sensitivity.with_set(*of).mean(), has_mean=True),
    "drivers[].swing.mean.mcse_of_difference": _error_of_means,
    **_ends("conditional", lambda *of: np.median(Sensitivity.given(*of))),
    "drivers[].swing.conditional.mcse_of_difference": _error_of_medians(Sensitivity.given),
}  # fmt: skip


def _more(study, document):
    top = int(study.case.value_of("--top", "10"))
    if document.get("shapley"):
        rest = document["shapley"][top:]
        return [len(rest), max(0.0, sum(effect["share"]["value"] for effect in rest))]
    rest = document["drivers"][top:]
    shares = [driver["share_of_variance"]["value"] for driver in rest if driver["share_of_variance"]]
    return [len(rest), max(0.0, sum(shares))]


PRINTED = {
    "95% CI": lambda study, document: [
        max(0.0, effect["share"][end]) for effect in document.get("shapley", ()) for end in ("low", "high")
    ],
    "contingency | {}% CI: part of P{} over the mean | and of the interval": lambda study, document: [
        document["interval"],
        document["level"],
    ],
    "{}% CI": lambda study, document: [
        max(0.0, driver["sobol"][order][end])
        for driver in document["drivers"]
        if driver["sobol"] and not driver["if_known"]
        for order in ("first", "total")
        for end in ("low", "high")
    ],
    "total": lambda study, document: [driver["sobol"]["total"]["value"] for driver in document["drivers"] if driver["sobol"]],
    "median, it set": lambda study, document: [
        driver["swing"]["median"][end] for driver in document["drivers"] if driver["swing"] for end in ("p10", "p90")
    ],
    "{} more inputs | {}% of the variance of {name}": _more,
}
