"""Figures of `llmcost joint` from the draws."""

import math
from dataclasses import dataclass, field, replace

import numpy as np
from definitions.case import Case, Draws, draws_of
from definitions.recompute.statistics import header, probability_error, summary

from simulator.engine.graph import build_plan
from simulator.engine.simulate import simulate
from simulator.engine.tails import explain_heavy_tail, tail_index

CASES = (
    "joint gpt-4 --draws 20000",
    "joint llama-3.1-405b --draws 20000 --budget 150e6 --date '3 month' --of wall_clock --interval 90%",
    "joint startup.yaml --draws 20000 --cost 4e5 --seed 4",
    "joint startup.yaml --draws 5000 --lever wait-for-better-recipes",
    "joint heavy.yaml --draws 5000",
    "joint wide.yaml --draws 20000",
)
MONTH = 8766 / 12
DATES = ("release", "duration", "wall_clock")
LEVELS = (50, 70)
POINTS, MIN_BEYOND = 41, 25


@dataclass(frozen=True)
class CostAndDate:
    """Draws of total cost and date."""

    case: Case
    draws: Draws
    hours: np.ndarray
    cache: dict = field(default_factory=dict)

    @property
    def total(self):
        return self.draws.total

    @property
    def has_mean(self):
        return self.draws.has_mean

    @property
    def limits(self):
        """Limits of cost and date."""
        cost, date = self.case.value_of("--cost", ""), self.case.value_of("--date", "")
        budget = self.draws.scenario.budget
        max_cost = float(cost) if cost else np.quantile(self.total, 0.7) if budget is None else budget
        return max_cost, float(date.split()[0]) * MONTH if date else np.quantile(self.hours, 0.7)


def inputs(case):
    """Simulate a scenario and return its cost and date."""
    draws = draws_of(case)
    name = case.value_of("--of", "") or next(name for name in DATES if _can_compute(draws.scenario, name))
    plan = _plan_with(draws.scenario, name)
    result = simulate(replace(draws.scenario, plan=plan), case.draws, case.seed, keep=[name])
    return CostAndDate(case, draws, result.retained_draws[name] + draws.values.get("adoption_wait", 0.0))


def _plan_with(scenario, name):
    return build_plan(scenario.graph, scenario.inputs, [*scenario.plan.names, name])


def _can_compute(scenario, name):
    try:
        return _plan_with(scenario, name) is not None
    except (KeyError, ValueError):
        return False


# --- targets --------------------------------------------------------------------------------------------------------------


def _event(cost, date):
    """The draws within (True) or beyond (False) the limits, or any (None)."""

    def event(joint):
        max_cost, latest = joint.limits
        is_in = np.ones(len(joint.total), dtype=bool)
        for values, limit, within in ((joint.total, max_cost, cost), (joint.hours, latest, date)):
            if within is not None:
                is_in &= values <= limit if within else values > limit
        return is_in

    return event


def _estimate(path, event):
    return {
        f"{path}.value": lambda joint, figure: np.mean(event(joint)),
        f"{path}.error": lambda joint, figure: probability_error(np.mean(event(joint)), len(joint.total)),
    }


# --- frontier -------------------------------------------------------------------------------------------------------------


def _frontier(joint, level):
    """Pairs of date and cost, straight from their definition."""
    cost, hours = joint.total, joint.hours
    needed = math.ceil(level / 100 * len(cost))
    order = np.argsort(hours, kind="stable")
    cost, hours = cost[order], hours[order]
    cheap_so_far = np.cumsum(cost <= np.quantile(cost, 0.99))
    first = 1 + np.count_nonzero(cheap_so_far < needed)  # a rank
    last = np.count_nonzero(hours <= np.quantile(hours, 0.99))
    if first > last:
        return []
    dates = dict.fromkeys(hours[round(rank) - 1] for rank in np.linspace(first, last, POINTS))
    pairs = []
    for date in dates:
        in_time = cost[hours <= date]
        limit = np.sort(in_time)[needed - 1]
        if min(np.count_nonzero(hours >= date), np.count_nonzero(in_time >= limit)) >= MIN_BEYOND:
            pairs.append((date, limit))
    return pairs


def _pair(joint, figure):
    level, place = figure.keys
    if level not in joint.cache:
        joint.cache[level] = _frontier(joint, float(level))
    return joint.cache[level][place]


def _smallest(values, figure):
    """The m-th smallest value."""
    return np.sort(values)[math.ceil(float(figure.keys[0]) / 100 * len(values)) - 1]


def _rank_correlation(joint, figure):
    from scipy.stats import spearmanr

    is_constant = np.ptp(joint.total) == 0 or np.ptp(joint.hours) == 0
    return 0.0 if is_constant else spearmanr(joint.total, joint.hours).statistic


def _date_has_mean(joint, figure):
    return not explain_heavy_tail(tail_index(joint.hours))


FIGURES = {
    **header(),
    "cost_target.amount": lambda joint, figure: joint.limits[0],
    **_estimate("cost_target.probability", _event(True, None)),
    "date_target.hours": lambda joint, figure: joint.limits[1],
    "date_target.months": lambda joint, figure: joint.limits[1] / MONTH,
    **_estimate("date_target.probability", _event(None, True)),
    **_estimate("quadrants.within_both", _event(True, True)),
    **_estimate("quadrants.over_cost", _event(False, True)),
    **_estimate("quadrants.late", _event(True, False)),
    **_estimate("quadrants.over_both", _event(False, False)),
    "rank_correlation": _rank_correlation,
    **summary("cost", lambda joint, figure: joint.total),
    **summary("months", lambda joint, figure: joint.hours / MONTH, _date_has_mean),
    "frontier{}.months[]": lambda joint, figure: _pair(joint, figure)[0] / MONTH,
    "frontier{}.cost[]": lambda joint, figure: _pair(joint, figure)[1],
    "frontier{}.date_percentile[]": lambda joint, figure: 100 * np.mean(joint.hours <= _pair(joint, figure)[0]),
    "frontier{}.earliest_months": lambda joint, figure: _smallest(joint.hours, figure) / MONTH,
    "frontier{}.least_cost": lambda joint, figure: _smallest(joint.total, figure),
    "frontier_up_to": lambda joint, figure: 99,
}
PRINTED = {
    "probability": lambda joint, document: LEVELS,
    "{}%: not before {} months at any cost": lambda joint, document: LEVELS,
    "the P{}": lambda joint, document: [70],
}
