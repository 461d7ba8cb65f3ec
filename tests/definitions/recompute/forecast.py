"""Figures of the forecast at completion from the draws of the plan by line and month."""

import csv
import math
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from definitions.case import Case
from definitions.recompute.statistics import bounds, header, probability_error, quantile_error
from scipy.special import log_ndtr

from simulator.analysis.cashflow import simulate_cash_flow
from simulator.engine.options import RunOptions
from simulator.engine.sampling.streams import random_normals
from simulator.scenario import open_scenario

_ACCOUNTS = "--account 'Cloud bill=rental_cost,idle_cost' --account Travel=none"
CASES = (
    f"run startup.yaml --actuals spent.csv {_ACCOUNTS} --missing zero --accrual --budget 3e6 --draws 4000",
    f"cashflow startup.yaml --actuals spent.csv {_ACCOUNTS} --missing estimate --through 2.5 --period quarter --view accrual "
    "--budget 2e6 --draws 4000 --seed 2 --interval 90%",
    "run startup.yaml --actuals overspent.csv --missing zero --budget 1e8 --draws 4000",
)
NAMES = ("Cloud bill", "all lines", "plan", "forecast")
TOLERANCE = 0.05
UNITS = {"amount (k USD)": 1e3, "amount": 1.0}
EXTRA = ("credits_used", "fleet_purchase", "fleet_proceeds")


def weighted_quantile(values, weights, p):
    order = np.argsort(values, kind="stable")
    before = np.concatenate([[0], np.cumsum(weights[order])[:-1]])
    return np.interp(p, before + weights[order] / 2, values[order])


def weighted_error(values, weights, p):
    value = weighted_quantile(values, weights, p)
    step = math.sqrt(np.sum((weights * ((values <= value) - p)) ** 2))
    low, high = (weighted_quantile(values, weights, min(max(q, 0), 1)) for q in (p - step, p + step))
    return (high - low) / 2


@dataclass
class Forecast:
    """A plan by line and month, and what was reported."""

    case: Case
    plan: dict
    reported: dict
    """Amount by line and month number, from 0."""
    budget: float
    cache: dict = field(default_factory=dict)

    @property
    def total(self):
        """Draws of the amounts of all lines, for the header."""
        return sum(self.plan.values()).sum(axis=1)

    @cached_property
    def elapsed(self):
        through = self.case.value_of("--through", "")
        return float(through) if through else 1 + max(month for by_month in self.reported.values() for month in by_month)

    @cached_property
    def coverage(self):
        shares = {}
        for line, amounts in self.plan.items():
            share = np.clip(self.elapsed - np.arange(amounts.shape[1]), 0, 1)
            for month in range(amounts.shape[1]):
                is_planned = np.mean(amounts[:, month] != 0) >= 0.01
                if (
                    self.case.value_of("--missing", "") == "estimate"
                    and is_planned
                    and month not in self.reported.get(line, {})
                ):
                    share[month] = 0
            shares[line] = share
        return shares

    def spent(self, line):
        return sum(self.reported.get(line, {}).values())

    @cached_property
    def conditional(self):
        """Places, weights and share `a` of the draws, and what is to come by line."""
        plan, tolerance = self.plan, TOLERANCE
        n = len(self.total)
        lines = [line for line in plan if self.coverage[line].any()]
        sign = {line: -1 if (plan[line] @ self.coverage[line]).sum() < 0 else 1 for line in lines}
        x = {line: sign[line] * (plan[line] @ self.coverage[line]) for line in lines}
        o = {line: sign[line] * self.spent(line) for line in lines}
        r = {line: np.abs(plan[line]) @ (1 - self.coverage[line]) for line in plan}
        in_all = max(sum(abs(each) for each in o.values()), np.median(sum(x.values())))
        least = max(10, n / 1000)
        rule, agrees = {}, {}
        for line in lines:
            nothing = np.abs(x[line]) <= tolerance * (np.abs(x[line]) + r[line])
            if o[line] > 0:
                agrees[line] = x[line] > 0
                small = o[line] < in_all / 100 and np.sum(x[line] < in_all / 100) >= least
                rule[line] = "early" if agrees[line].sum() < least else "small" if small else "agreement"
            else:
                agrees[line] = nothing
                small = not (x[line] > 0).any() or np.median(x[line][x[line] > 0]) < in_all / 100
                rule[line] = "late" if nothing.sum() < least else "small" if small else "agreement"
        chosen = np.full(n, True)
        for line in sorted((each for each in lines if rule[each] == "agreement"), key=lambda each: -agrees[each].sum()):
            if (chosen & agrees[line]).sum() < min(200, n / 4):
                rule[line] = "rare"
            else:
                chosen &= agrees[line]
        places = np.flatnonzero(chosen)
        late = {line: sign[line] * (x[line][places] - o[line]) for line in lines if rule[line] == "late"}
        factor = {line: np.ones(len(places)) for line in plan}
        coarse = np.zeros(len(places))
        s, target, error = [], [], []
        for line in lines:
            if rule[line] == "small":
                coarse += log_ndtr(1 - 100 * x[line][places] / in_all)
            if rule[line] == "early":
                factor[line] = np.maximum(0, 1 - o[line] / np.where(r[line][places] > 0, r[line][places], np.inf))
            if rule[line] != "agreement" or o[line] <= 0:
                continue
            logs, e = np.log(x[line][places]), math.sqrt(tolerance**2 + (in_all / (100 * o[line])) ** 2)
            low, high = np.quantile(logs, 0.001) - e, np.quantile(logs, 0.999) + e
            if math.log(o[line]) > high:
                factor[line] = np.full(len(places), o[line] / math.exp(high))
            if math.log(o[line]) < low:
                late[line] = sign[line] * (math.exp(low) - o[line])
            s.append(logs)
            target.append(min(max(math.log(o[line]), low), high))
            error.append(e)
        s, target, error = np.array(s).T, np.array(target), np.array(error)
        likelihood = -np.sum(((target - s) / error) ** 2, axis=1) / 2

        def weights(a):
            log = coarse + a * likelihood
            return np.exp(log - log.max()) / np.exp(log - log.max()).sum()

        def effective(a):
            return 1 / np.sum(weights(a) ** 2)

        needed = min(max(500, 0.05 * n), effective(0) / 4)
        a = 1.0
        if effective(1.0) < needed:
            low, high = -60.0, 0.0
            for _ in range(80):
                low, high = (
                    ((low + high) / 2, high) if effective(2 ** ((low + high) / 2)) >= needed else (low, (low + high) / 2)
                )
            a = 2**low
        w = weights(a)
        if a < 1:
            z = np.array([random_normals(self.case.seed, f"actuals/{k}", 0, len(places)) for k in range(len(target))]).T
            innovation = target + z * error / math.sqrt(1 - a) - s
            for line in plan:
                left = r[line][places]
                if (left > 0).sum() >= 50:
                    v = w[left > 0] / w[left > 0].sum()
                    joint = np.cov(np.column_stack([np.log(left[left > 0]), s[left > 0]]).T, aweights=v, ddof=0)
                    gain = np.linalg.inv(joint[1:, 1:] + np.diag(error**2 / (1 - a))) @ joint[1:, 0]
                    factor[line] = factor[line] * np.exp(innovation @ gain)
        to_come = {}
        for line in plan:
            amounts = plan[line][places] * (1 - self.coverage[line]) * factor[line][:, None]
            amounts[:, math.floor(self.elapsed)] += late.get(line, 0)
            to_come[line] = amounts
        centre, deviations = s.mean(axis=0), s - s.mean(axis=0)
        inverse = np.linalg.inv(np.cov(s.T, ddof=0).reshape(len(target), -1) + np.diag(error**2))
        distance = np.einsum("ij,jk,ik->i", deviations, inverse, deviations)
        tail = np.mean(distance >= (target - centre) @ inverse @ (target - centre) - 1e-12)
        return places, w, a, to_come, tail

    @property
    def weights(self):
        return self.conditional[1]

    def lines_at(self, figure):
        """The line of a figure, or all lines."""
        return [list(self.plan)[figure.keys[0]]] if figure.path.startswith("lines") else list(self.plan)

    def to_come(self, lines):
        return sum(self.conditional[3][line].sum(axis=1) for line in lines)


def inputs(case):
    """Simulate the plan of a case, and read what was reported."""
    scenario = open_scenario(case.references[0], case.overrides).scenario
    view = "accrual" if "--accrual" in case.arguments else case.value_of("--view", "cash")
    flow = simulate_cash_flow(scenario, RunOptions(case.draws, case.seed), view=view)
    years = (np.arange(flow.months) + 0.5) / 12
    growth = np.exp(np.outer(flow.result.retained_draws["escalation"] * 8766, years))
    plan = {line: amounts * growth for line, amounts in flow.by_line.items()}
    accounts = {text.split("=")[0]: text.split("=")[1].split(",") for text in case.values_of("--account")}
    for account, lines in accounts.items():
        if len(lines) > 1:
            together = sum(plan.pop(line) for line in lines)
            plan = {account: together, **plan}
    reported = {}
    for row in csv.DictReader(Path(case.value_of("--actuals", "")).read_text(encoding="utf-8").splitlines()):
        amount = next(float(row[key]) * unit for key, unit in UNITS.items() if key in row)
        name = (row.get("line") or row.get("account")).replace(" cost", "_cost")
        if accounts.get(name) != ["none"]:
            by_month = reported.setdefault(name, {})
            by_month[int(row["month"]) - 1] = by_month.get(int(row["month"]) - 1, 0) + amount
    return Forecast(case, plan, reported, float(case.value_of("--budget", "nan")))


def _levels(forecast):
    low, high = bounds(forecast.case.interval)
    return {"median": 0.5, "low": low, "high": high, "p80": 0.8}


def _figures(path):
    def planned(forecast, figure):
        return sum(forecast.plan[line].sum(axis=1) for line in forecast.lines_at(figure))

    def spent(forecast, figure):
        return math.fsum(forecast.spent(line) for line in forecast.lines_at(figure))

    def to_date(forecast, figure):
        return sum(forecast.plan[line] @ forecast.coverage[line] for line in forecast.lines_at(figure))

    def remaining(forecast, figure):
        return forecast.to_come(forecast.lines_at(figure))

    def in_all(forecast, figure):
        return spent(forecast, figure) + remaining(forecast, figure)

    found = {f"{path}.spent": spent}
    for p in (10, 50, 90):
        found[f"{path}.planned_to_date.p{p}"] = lambda forecast, figure, p=p: np.quantile(to_date(forecast, figure), p / 100)
    for key in ("median", "low", "high", "p80"):
        found[f"{path}.planned_at_completion.{key}"] = lambda forecast, figure, key=key: np.quantile(
            planned(forecast, figure), _levels(forecast)[key]
        )
        found[f"{path}.planned_at_completion.mcse.{key}"] = lambda forecast, figure, key=key: quantile_error(
            planned(forecast, figure), _levels(forecast)[key]
        )
        for name, values in (("remaining", remaining), ("at_completion", in_all)):
            found[f"{path}.{name}.{key}"] = lambda forecast, figure, key=key, values=values: weighted_quantile(
                values(forecast, figure), forecast.weights, _levels(forecast)[key]
            )
            found[f"{path}.{name}.mcse.{key}"] = lambda forecast, figure, key=key, values=values: weighted_error(
                values(forecast, figure), forecast.weights, _levels(forecast)[key]
            )
    return found


def _is_within(forecast, _):
    spent = sum(forecast.spent(line) for line in forecast.plan)
    return spent + forecast.to_come(forecast.plan) <= forecast.budget


def _within(forecast, figure):
    return forecast.weights[_is_within(forecast, figure)].sum()


def _within_error(forecast, figure):
    deviations = forecast.weights * (_is_within(forecast, figure) - _within(forecast, figure))
    return math.sqrt(np.sum(deviations**2))


def _planned_within(forecast, _):
    return np.mean(forecast.total <= forecast.budget)


def _reported_so_far(forecast, month):
    return sum(amount for by_month in forecast.reported.values() for place, amount in by_month.items() if place <= month)


def _actual(forecast, figure):
    month = figure.keys[0]
    return _reported_so_far(forecast, month) if month < math.ceil(forecast.elapsed) else None


def _percentile(forecast, figure):
    month = figure.keys[0]
    if month >= math.ceil(forecast.elapsed):
        return None
    so_far = sum(forecast.plan[line][:, : month + 1] @ forecast.coverage[line][: month + 1] for line in forecast.plan)
    return 100 * np.mean(so_far <= _reported_so_far(forecast, month))


def _plan(p):
    def at(forecast, figure):
        return np.quantile(sum(each[:, : figure.keys[0] + 1].sum(axis=1) for each in forecast.plan.values()), p)

    return at


def _ahead(p):
    def at(forecast, figure):
        month = figure.keys[0]
        to_come = sum(each[:, : month + 1].sum(axis=1) for each in forecast.conditional[3].values())
        return weighted_quantile(_reported_so_far(forecast, month) + to_come, forecast.weights, p)

    return at


FIGURES = {
    **header(),
    "months": lambda forecast, figure: forecast.elapsed,
    **_figures("lines[]"),
    **_figures("total"),
    "budget.amount": lambda forecast, figure: forecast.budget,
    "budget.planned_within.value": _planned_within,
    "budget.planned_within.error": lambda forecast, figure: probability_error(
        _planned_within(forecast, figure), len(forecast.total)
    ),
    "budget.within.value": _within,
    "budget.within.error": _within_error,
    "burn_up[].from_month": lambda forecast, figure: figure.keys[0],
    "burn_up[].actual": _actual,
    "burn_up[].percentile": _percentile,
    **{f"burn_up[].plan.p{p}": _plan(p / 100) for p in (10, 50, 90)},
    **{f"burn_up[].forecast.p{p}": _ahead(p / 100) for p in (10, 50, 90)},
    "effective_draws": lambda forecast, figure: 1 / np.sum(forecast.weights**2),
    "agreeing_draws": lambda forecast, figure: len(forecast.conditional[0]),
    "tolerance": lambda forecast, figure: TOLERANCE,
    "kernel_width": lambda forecast, figure: TOLERANCE / math.sqrt(forecast.conditional[2]),
    "tail_probability": lambda forecast, figure: forecast.conditional[4],
}
