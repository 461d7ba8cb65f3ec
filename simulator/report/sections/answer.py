"""What a board asks first: range, contingency, probability of the budget, main drivers."""

from collections.abc import Iterable
from typing import Any

from simulator.core.formatting import exact, interval_name, money, percent, signed, words
from simulator.report.content import listed, of_hundred, spelled, spelled_exactly, spelled_range
from simulator.report.study import Study


def answer(study: Study) -> str:
    """Say in one paragraph what a board asks first: range, contingency, probability of the budget, what drives it."""
    total, point = study.total, study.budget["point_estimate"]
    middle = spelled(total["median"])
    if total["low"] == total["high"]:
        return (
            f"{study.scenario.title} costs {middle}: {study.scenario.scope}, in {study.scenario.money}. No input is uncertain."
        )
    sentences = [
        f"{study.scenario.title} may cost {spelled_range(total['low'], total['high'])} "
        f"({interval_name(study.interval)}), with {middle} in the middle: {study.scenario.scope}, in {study.scenario.money}."
    ]
    plan = level_row(study, 80)
    more = f"{spelled(abs(plan['contingency']))} {'more' if plan['contingency'] >= 0 else 'less'} than"
    at_point = (spelled_exactly if point["given"] else spelled)(point["amount"])
    part = "" if plan["share_of_point"] is None else f" ({percent(abs(plan['share_of_point']))})"
    sentences.append(
        f"An 80% probability of staying within budget takes {spelled(plan['amount'])}, {more} the point estimate of "
        f"{at_point}{part}, which by itself is enough in {of_hundred(point['percentile'] / 100)} cases."
    )
    stands = study.budget["budget"]
    if stands is not None:
        over = stands["expected_overrun_given_overrun"]
        short = "" if over is None else f"; where it is not, the expected overrun is {spelled(over)}"
        sentences.append(
            f"The budget of {spelled_exactly(stands['amount'])} is enough in "
            f"{of_hundred(stands['probability_within'])} cases{short}."
        )
    top = _top_drivers(study)
    if top:
        shares = [f"{words(row['name'])} ({percent(row['share_of_variance']['value'])})" for row in top]
        sentences.append(f"Most of the uncertainty comes from {listed(shares)}.")
    return " ".join(sentences)


def level_row(study: Study, level: float) -> dict[str, Any]:
    """Return what to plan for one level of confidence."""
    row: dict[str, Any] = next(row for row in study.budget["contingency"] if row["level"] == level)
    return row


def _top_drivers(study: Study, count: int = 3) -> list[dict[str, Any]]:
    if study.drivers is None:
        return []
    rows = [row for row in study.drivers["drivers"] if row["share_of_variance"] and row["share_of_variance"]["low"] > 0]
    return rows[:count]


def key_figures(study: Study) -> Iterable[tuple[str, str]]:
    """Return the figures at the head of the page, each with its name."""
    total, plan = study.total, level_row(study, 80)
    yield "median", f"{money(total['median'])} USD"
    yield interval_name(study.interval), f"{money(total['low'])} to {money(total['high'])} USD"
    yield "to plan for 80%", f"{money(plan['amount'])} USD"
    yield "contingency in it", f"{signed(plan['contingency'])} USD"
    stands = study.budget["budget"]
    if stands is not None:
        yield f"probability of {exact(stands['amount'])} USD", percent(stands["probability_within"])
