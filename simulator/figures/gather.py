"""From scenarios to the small tables that figures are drawn from; what is drawn here is drawn by the modules that know how."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from simulator.analysis.statistics import DRAWS, Array, chance, draw, figures, labels, quantile, same_money
from simulator.core.levels import Level, in_percent
from simulator.engine.inputs import Input
from simulator.engine.result import Result
from simulator.engine.summaries import ends, rank_correlation
from simulator.scenario import TOTAL, Scenario

BINS = 48
POINTS = 1500
"""Worlds that a scatter shows: more is a blot."""
SHARE_SHOWN = 0.99
"""Of the draws: a histogram ends there, so that a long tail does not press the rest to the edge."""
MOST_TIED = 8

Progress = Callable[[int, int], None] | None


class NotDrawn(ValueError):
    """What a figure needs and a scenario does not have, with the next step."""


@dataclass(frozen=True)
class Asked:
    """What a figure is asked of: scenarios that are read, and options.

    `reference` and `reading` are how the first was read, for kinds that read it again with a lever or a shock more.
    """

    scenarios: Sequence[Scenario] = ()
    names: Sequence[str] = ()
    reference: str = ""
    reading: Mapping[str, Any] = field(default_factory=dict)
    draws: int | None = None
    seed: int = 0
    interval: float = 0.95
    threads: int | None = None
    progress: Progress = None
    of: str | None = None
    cost: float | None = None
    date: float | None = None
    condition: str | None = None
    evidence: Path | None = None
    threshold: float = 1e9
    until: float = 2030.0

    @property
    def one(self) -> Scenario:
        """The scenario, where there is one."""
        return self.scenarios[0]

    def many(self, usual: int = DRAWS) -> int:
        """How many draws: as asked for, or what is usual."""
        return self.draws or usual

    def watched(self, progress: Progress) -> "Asked":
        """Return the same with somebody who is told of progress."""
        return replace(self, progress=progress)

    def steps(self, draws: int) -> Progress:
        """Return what tells of progress in draws where a module tells of it in steps of so many."""
        tell = self.progress
        return None if tell is None else lambda done, of: tell(done * draws, of * draws)

    def options(self) -> dict[str, Any]:
        """Options that the modules below share."""
        return {"interval": self.interval, "threads": self.threads, "progress": self.progress}


def header(scenario: Scenario, draws: int, seed: int, interval: Level) -> dict[str, Any]:
    """Return what every table begins with."""
    return {"schema": 1, "scenario": scenario.name, "title": scenario.title, "scope": scenario.scope, "money": scenario.money,
            "draws": draws, "seed": seed, "interval": in_percent(interval)}  # fmt: skip


def _header(result: Result, interval: Level) -> dict[str, Any]:
    return header(result.scenario, result.draws, result.seed, interval)


def _kept(asked: Asked, keep: Sequence[str], scenario: Scenario | None = None, usual: int = DRAWS) -> Result:
    return draw(scenario or asked.one, asked.many(usual), asked.seed, keep, threads=asked.threads, progress=asked.progress)


# --- one total ------------------------------------------------------------------------------------------------------------


def steps(draws: Sequence[Array], marks: Sequence[float] = (), bins: int = BINS) -> Array:
    """Return the edges of a histogram that holds the bulk of all draws, and the marks."""
    low = min(float(np.quantile(values, (1 - SHARE_SHOWN) / 2)) for values in draws)
    high = max(float(np.quantile(values, SHARE_SHOWN)) for values in draws)
    return even(min([low, *marks]), max([high, *marks]), bins)


def even(low: float, high: float, bins: int) -> Array:
    """Return the edges of steps between two amounts, even in ratios where these are far apart."""
    from simulator.figures.style import WIDE

    if low == high:
        room = 0.05 * abs(low) or 1.0
        return np.linspace(low - room, high + room, 4)
    if low > 0 and high / low > WIDE:
        return np.geomspace(low, high, bins + 1)
    return np.linspace(low, high, bins + 1)


def shares(values: Array, edges: Array) -> list[float]:
    """Return the share of all draws between each pair of edges; the last step holds its upper edge."""
    found: list[float] = (np.histogram(values, edges)[0] / len(values)).tolist()
    return found


def histogram_of(result: Result, interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of a histogram from a result that keeps the draws of its total."""
    from simulator.analysis.budget import amount_figures

    total, point, budget = result.kept[TOTAL], result.point, result.scenario.budget
    told = figures(total, interval)
    marks = [told["low"], told["high"], point]
    if budget is not None and told["low"] / 3 <= budget <= 3 * told["high"]:
        marks.append(budget)
    edges = steps([total], marks)
    return _header(result, interval) | {
        "total": told,
        "point_estimate": {
            "amount": point, "given": result.scenario.point is not None, "percentile": 100 * chance(total <= point).value,
        },
        "budget": None if budget is None else amount_figures(total, budget, point),
        "edges": edges.tolist(), "shares": shares(total, edges),
        "below": float(np.mean(total < edges[0])), "above": float(np.mean(total > edges[-1])),
    }  # fmt: skip


def histogram(asked: Asked) -> dict[str, Any]:
    """Draw the scenario for its histogram."""
    return histogram_of(_kept(asked, [TOTAL]), asked.interval)


def s_curve(asked: Asked) -> dict[str, Any]:
    """Draw the scenario for its budget."""
    from simulator.analysis.budget import plan_budget

    return plan_budget(asked.one, asked.many(), asked.seed, **asked.options())


def breakdown(asked: Asked) -> dict[str, Any]:
    """Draw the scenario for its lines."""
    from simulator.engine.simulate import simulate
    from simulator.io.to_json import as_json

    result = simulate(asked.one, asked.many(), asked.seed, threads=asked.threads, progress=asked.progress)
    if result.partial:
        raise KeyboardInterrupt
    return as_json(result, asked.interval)


def cashflow_of(flow: Any, interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of a fan of cost so far from a `cashflow.CashFlow`."""
    low, high = ends(interval)
    levels = {"low": low, "q25": 0.25, "median": 0.5, "q75": 0.75, "high": high}
    so_far = np.quantile(np.cumsum(flow.base_year, axis=1), list(levels.values()), axis=0)
    phases = {
        phase: dict(zip(levels, np.quantile(ends_, list(levels.values())).tolist(), strict=True))
        for phase, ends_ in flow.ends.items()
    }
    return _header(flow.result, interval) | {
        "phases": phases,
        "periods": [
            {"from_month": month, "months": 1, "cumulative": dict(zip(levels, so_far[:, month].tolist(), strict=True))}
            for month in range(_last_month(so_far))
        ],
    }


def _last_month(so_far: Array) -> int:
    """How many months there are until nothing that is drawn moves: the last of twenty thousand draws may end years later."""
    moving = np.flatnonzero((so_far < so_far[:, -1:]).any(axis=0))
    return min(so_far.shape[1], int(moving[-1]) + 2) if len(moving) else 1


def cashflow(asked: Asked) -> dict[str, Any]:
    """Draw the scenario over its months."""
    from simulator.analysis.cashflow import DRAWS as USUAL
    from simulator.analysis.cashflow import NoSchedule, cash_flow

    try:
        return cashflow_of(cash_flow(asked.one, asked.many(USUAL), asked.seed, threads=asked.threads), asked.interval)
    except NoSchedule as error:
        raise NotDrawn(f"{asked.one.name} {error}") from None


def joint(asked: Asked) -> dict[str, Any]:
    """Draw the scenario for cost and date."""
    from simulator.analysis.joint import NoDate, time_of
    from simulator.engine.graph import plan

    scenario = asked.one
    try:
        time = time_of(scenario, asked.of)
    except NoDate as error:
        raise NotDrawn(f"{scenario.name} {error}") from None
    planned = replace(scenario, plan=plan(scenario.graph, scenario.inputs, [*scenario.plan.names, time]))
    return joint_of(_kept(asked, [TOTAL, time], planned), time, asked.cost, asked.date, asked.interval)


def joint_of(
    result: Result, time: str, cost: float | None = None, date: float | None = None, interval: Level = 0.95
) -> dict[str, Any]:
    """Return the table of cost and date from a result that keeps the draws of its total and of `time` (hours)."""
    from simulator.analysis.joint import MONTH
    from simulator.analysis.joint import joint_of as told

    total, hours = result.kept[TOTAL], result.kept[time]
    most = result.scenario.budget if cost is None else cost
    first = slice(0, POINTS)
    return (
        _header(result, interval)
        | {"time": time, "points": {"months": (hours[first] / MONTH).tolist(), "cost": total[first].tolist()}}
        | told(total, hours, most, date, interval)
    )


# --- what drives it -------------------------------------------------------------------------------------------------------


def tornado(asked: Asked) -> dict[str, Any]:
    """Ask for the swing of each input."""
    return _drivers(asked, "swing")


def variance(asked: Asked) -> dict[str, Any]:
    """Ask for the share of the variance of each input."""
    return _drivers(asked, "draws")


def _drivers(asked: Asked, measure: str) -> dict[str, Any]:
    from simulator.analysis.sensitivity import DRAWS as USUAL
    from simulator.analysis.sensitivity import as_json, drivers

    many = asked.many(USUAL)
    found = drivers(asked.one, many, asked.seed, interval=asked.interval, measures=(measure,), progress=asked.steps(many))
    if measure == "swing" and not any(driver.swing for driver in found.drivers):
        raise NotDrawn(f"{asked.one.name} is under way, so its inputs have no swing; its `variance` can be drawn")
    return as_json(found) | {"scope": asked.one.scope}


def correlation(asked: Asked) -> dict[str, Any]:
    """Draw the scenario with its priors."""
    priors = [name for name, made in asked.one.inputs.items() if made.role == "prior"]
    return correlation_of(_kept(asked, [TOTAL, *priors], usual=20_000), asked.interval)


def correlation_of(result: Result, interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of rank correlations from a result that keeps its total and priors.

    Shown are the priors that go with the total most, and those that the scenario ties.
    """
    total = result.kept[TOTAL]
    with_total = {
        name: rank_correlation(values, total) for name, values in result.kept.items() if name in result.scenario.inputs
    }
    tied = {name for pair in result.scenario.ranks for name in pair}
    order = sorted(with_total, key=lambda name: (-abs(with_total[name]), name))
    chosen = [name for name in order if name in tied][: MOST_TIED // 2]
    chosen += [name for name in order if name not in chosen][: MOST_TIED - len(chosen)]
    names = [TOTAL, *(name for name in order if name in chosen)]
    return _header(result, interval) | {
        "names": names,
        "ranks": [[rank_correlation(result.kept[a], result.kept[b]) for b in names[: place + 1]]
                  for place, a in enumerate(names)],
        "stated": [{"between": list(pair), "rank": rank} for pair, rank in result.scenario.ranks.items()],
    }  # fmt: skip


def levers(asked: Asked) -> dict[str, Any]:
    """Pull each lever by itself."""
    from simulator.analysis.levers import DRAWS as USUAL
    from simulator.analysis.levers import rank, summary

    many = asked.many(USUAL)
    ranking = rank(
        asked.reference, **asked.reading, draws=many, seed=asked.seed, threads=asked.threads, progress=asked.steps(many)
    )
    return summary(ranking, asked.interval) | {"scope": ranking.scenario.scope}


def stress(asked: Asked) -> dict[str, Any]:
    """Let each shock happen by itself."""
    from simulator.analysis.stress import stress as shaken

    reading = dict(asked.reading)
    named = reading.pop("shocks", ())
    many = asked.many(20_000)
    found = shaken(asked.reference, named, **reading, draws=many, seed=asked.seed, **asked.options())
    return header(asked.one, many, asked.seed, asked.interval) | {"budget": asked.one.budget, "shocks": found}


def reverse(asked: Asked) -> dict[str, Any]:
    """Look at the worlds in which the condition holds: that the budget is passed, or else the P80."""
    from simulator.analysis.stress import Unable
    from simulator.analysis.stress import reverse as apart

    condition = asked.condition
    if condition is None:
        limit = asked.one.budget
        if limit is None:
            limit = float(f"{quantile(_kept(asked, [TOTAL], usual=20_000).kept[TOTAL], 0.8).value:.3g}")
        condition = f"{TOTAL} > {limit:.12g}"
    try:
        found = apart(asked.one, condition, asked.many(), asked.seed, **asked.options())
    except Unable as error:
        raise NotDrawn(str(error)) from None
    return header(asked.one, found["draws"], asked.seed, asked.interval) | {"reverse": found}


# --- scenarios against each other -----------------------------------------------------------------------------------------


def overlay(asked: Asked) -> dict[str, Any]:
    """Draw the scenarios under one luck."""
    return overlay_of(*_totals(asked), asked.interval)


def difference(asked: Asked) -> dict[str, Any]:
    """Draw the scenarios under one luck."""
    return difference_of(*_totals(asked), asked.interval)


def _totals(asked: Asked) -> tuple[list[Result], list[str]]:
    same_money(asked.scenarios)
    for scenario in asked.scenarios:
        if scenario.progress is not None:
            raise NotDrawn(f"{scenario.name} is under way: its draws have no like in another scenario")
    results = [_kept(asked, [TOTAL], scenario) for scenario in asked.scenarios]
    return results, list(asked.names or labels(asked.scenarios))


def overlay_of(results: Sequence[Result], names: Sequence[str], interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of totals over each other from results that keep the draws of their totals."""
    totals = [result.kept[TOTAL] for result in results]
    told = [figures(total, interval) for total in totals]
    edges = steps(totals, [each[end] for each in told for end in ("low", "high")])
    return _header(results[0], interval) | {
        "edges": edges.tolist(),
        "scenarios": [
            {"name": name, "title": result.scenario.title, "scope": result.scenario.scope, **each,
             "shares": shares(total, edges)}
            for name, result, total, each in zip(names, results, totals, told, strict=True)
        ],
    }  # fmt: skip


def difference_of(results: Sequence[Result], names: Sequence[str], interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of differences from the first result, draw by draw; all are of one seed and number of draws."""
    from simulator.analysis.compare import paired

    first = results[0].kept[TOTAL]
    rows = []
    for name, result in zip(names[1:], results[1:], strict=True):
        other = result.kept[TOTAL]
        told = paired(first, other, interval)
        edges = steps([other - first], [0.0, told["low"], told["high"]])
        rows.append({"of": name, "from": names[0], **told, "edges": edges.tolist(), "shares": shares(other - first, edges)})
    return _header(results[0], interval) | {"differences": rows}


# --- evidence -------------------------------------------------------------------------------------------------------------


def convergence(asked: Asked) -> dict[str, Any]:
    """Draw the scenario."""
    return convergence_of(_kept(asked, [TOTAL]), asked.interval)


def convergence_of(result: Result, interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of the total's median and interval ends over the first draws, more and more of them."""
    total = result.kept[TOTAL]
    counts = np.unique(np.geomspace(min(200, len(total)), len(total), 28).astype(int))
    low, high = ends(interval)
    rows = {
        f"P{100 * p:g}": [dict(draws=int(count), **quantile(total[:count], p)._asdict()) for count in counts]
        for p in (low, 0.5, high)
    }
    return _header(result, interval) | {"quantiles": rows}


def prior(asked: Asked) -> dict[str, Any]:
    """Return the prior that is asked for, as the scenario has it."""
    from simulator.core.suggestions import nearest

    scenario = asked.one
    priors = {name: made for name, made in scenario.inputs.items() if made.role == "prior"}
    if asked.of is None:
        raise NotDrawn(f"which prior? Name one with --of, such as {', '.join(sorted(priors)[:3])}")
    if asked.of not in priors:
        known = f"is a known number in {scenario.name}" if asked.of in scenario.inputs else f"is no prior of {scenario.name}"
        raise NotDrawn(f"{asked.of!r} {known}{nearest(asked.of, priors)}; `llmcost check {scenario.name}` lists its inputs")
    return prior_of(priors[asked.of], scenario, asked.interval)


def prior_of(given: Input, scenario: Scenario | None = None, interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of a prior: shares of its weight in even steps, figures, and where it comes from."""
    from simulator.core.units import SHOWN_AS

    law = given.law
    unit, scale = SHOWN_AS.get(given.unit.text, (given.unit.text, 1.0))
    low, high = ends(interval)
    first, last = min(law.quantile(0.002), law.quantile(low)), max(law.quantile(0.995), law.quantile(high))
    edges = even(first, last, 72)
    below = np.array([law.cdf(float(edge)) for edge in edges])
    return {
        "schema": 1, "name": given.name, "title": given.name if scenario is None else scenario.title,
        "interval": in_percent(interval), "unit": "" if unit == "1" else unit, "about": given.about,
        "stated": given.stated, "date": given.date, "sure": given.sure, "assumption": given.is_assumption,
        "sources": [str(source) for source in given.sources],
        "low": law.quantile(low) * scale, "median": law.quantile(0.5) * scale, "high": law.quantile(high) * scale,
        "edges": (edges * scale).tolist(), "shares": np.diff(below).tolist(),
    }  # fmt: skip


def trend(asked: Asked) -> dict[str, Any]:
    """Read the table of frontier models and fit it."""
    return trend_of(asked.of or "amortised", asked.evidence, asked.threshold, asked.until)


def trend_of(cost: str, evidence: Path | None = None, threshold: float = 1e9, until: float = 2030.0) -> dict[str, Any]:
    """Return models, line and bands for a type of cost: amortised, acquisition or cloud."""
    from simulator.evidence import trend as fit
    from simulator.evidence.tables import COSTS, frontier_models

    if cost not in COSTS:
        raise NotDrawn(f"there is no cost {cost!r}; there are {', '.join(COSTS)}")
    dates, heights, names = fit.points(frontier_models(evidence), cost)
    try:
        growth = fit.least_squares(cost, dates, heights)
    except fit.TooFew as error:
        raise NotDrawn(str(error)) from None
    grid = np.linspace(float(dates.min()) - 0.25, max(until, float(dates.max()) + 0.25), 61)
    rows = fit.forecast(cost, "top 10", dates, heights, grid, threshold)
    level = 0.95
    return {
        "schema": 1, "title": "Frontier models", "cost": cost, "n": growth.n,
        "money": "December 2023 USD" if evidence is None else "",
        "interval": 100 * level, "threshold": threshold, "last": float(dates.max()),
        "growth": {"value": growth.growth, "low": growth.intervals[level][0], "high": growth.intervals[level][1]},
        "models": [{"name": name, "date": date, "cost": 10**height}
                   for name, date, height in zip(names, dates.tolist(), heights.tolist(), strict=True)],
        "line": [{"date": row.date, "typical": row.typical, "mean_low": row.mean[level][0], "mean_high": row.mean[level][1],
                  "low": row.prediction[level][0], "high": row.prediction[level][1], "chance_above": row.chance_above}
                 for row in rows],
    }  # fmt: skip


# --- Epoch AI's figures ---------------------------------------------------------------------------------------------------

STUDIED = ("epoch/gpt-3", "epoch/gpt-4", "epoch/gemini-ultra")
COMPONENTS = {
    "chips": ("chip_cost",),
    "rest of servers": ("server_cost",),
    "cluster network": ("network_cost",),
    "energy": ("energy_cost",),
    "staff and equity": ("staff_cost",),
}


def epoch_growth(asked: Asked) -> dict[str, Any]:
    """Fit both ways to count the cost of the final run."""
    told = [trend_of(cost, asked.evidence, until=0.0) for cost in ("amortised", "cloud")]
    return {key: told[0][key] for key in ("schema", "money", "interval", "n")} | {"title": "Frontier models", "costs": told}


def epoch_acquisition(asked: Asked) -> dict[str, Any]:
    """Fit what the hardware of the final run costs to buy."""
    return trend_of("acquisition", asked.evidence, until=0.0)


def epoch_components(asked: Asked) -> dict[str, Any]:
    """Draw the study's own scenarios for the medians of their components, whose shares the study prints."""
    from simulator.scenario import read

    scenarios = list(asked.scenarios) or [read(name) for name in STUDIED]
    rows = []
    for scenario in scenarios:
        names = [name for parts in COMPONENTS.values() for name in parts]
        missing = [name for name in names if name not in scenario.lines]
        if missing:
            raise NotDrawn(f"{scenario.name} has no line {missing[0]}, which the study's components need")
        kept = _kept(asked, [TOTAL, *names], scenario).kept
        medians = {part: float(sum(np.median(kept[name]) for name in lines)) for part, lines in COMPONENTS.items()}
        rows.append({
            "name": scenario.name, "title": scenario.title, "medians": medians,
            "shares": {part: value / sum(medians.values()) for part, value in medians.items()},
        })  # fmt: skip
    return header(scenarios[0], asked.many(), asked.seed, asked.interval) | {"title": "Frontier models", "scenarios": rows}


def backtest(asked: Asked) -> dict[str, Any]:
    """Read what `llmcost backtest --format json` said."""
    from simulator.io.to_json import read_json

    found = read_json(Path(asked.reference))
    try:
        return backtest_of(found)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotDrawn(f"{asked.reference}: it is no JSON of `llmcost backtest`") from None


def backtest_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return coverage and calibration of each target from the JSON of a backtest; ValueError where it is none."""
    targets = {
        str(name): {
            "n": int(told["n"]),
            "coverage": {str(level): float(share) for level, share in told["coverage"].items()},
            "baselines": {
                str(each): {str(level): float(share) for level, share in row["coverage"].items()}
                for each, row in told.get("baselines", {}).items()
            },
            "pit": sorted(float(case["pit"]) for case in told["cases"] if case.get("pit") is not None),
        }
        for name, told in found["targets"].items()
    }
    if not targets:
        raise ValueError("no targets")
    return {"schema": 1, "title": "Predictions against published figures", "n": sum(each["n"] for each in targets.values()),
            "targets": targets}  # fmt: skip


GATHERERS: dict[str, Callable[[Asked], dict[str, Any]]] = {
    "histogram": histogram, "s-curve": s_curve, "breakdown": breakdown, "cashflow": cashflow, "joint": joint,
    "tornado": tornado, "variance": variance, "correlation": correlation, "levers": levers, "stress": stress,
    "reverse": reverse, "overlay": overlay, "difference": difference, "convergence": convergence, "prior": prior,
    "trend": trend, "backtest": backtest, "epoch-growth": epoch_growth, "epoch-components": epoch_components,
    "epoch-acquisition": epoch_acquisition,
}  # fmt: skip
