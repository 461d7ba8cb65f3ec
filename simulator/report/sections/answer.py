"""The main results: interval, contingency, probability within budget, main drivers."""

from collections.abc import Iterable
from typing import Any

from simulator.core.formatting import format_exact, format_money, format_percent, format_signed_money, interval_name, to_words
from simulator.report.content import join_words, spell_exact_usd, spell_probability, spell_usd, spell_usd_range
from simulator.report.study import Study


def answer(study: Study) -> str:
    """Summarize in one paragraph: interval, contingency, probability within budget, main drivers."""
    total, point = study.total, study.budget["point_estimate"]
    median = spell_usd(total["median"])
    if total["low"] == total["high"]:
        return (
            f"{study.scenario.title} costs {median}: {study.scenario.scope}, in {study.scenario.money}. No input is uncertain."
        )
    sentences = [
        f"{study.scenario.title} may cost {spell_usd_range(total['low'], total['high'])} "
        f"({interval_name(study.interval)}), with a median of {median}: {study.scenario.scope}, in {study.scenario.money}."
    ]
    p80 = level_row(study, 80)
    difference = f"{spell_usd(abs(p80['contingency']))} {'more' if p80['contingency'] >= 0 else 'less'} than"
    point_estimate = (spell_exact_usd if point["given"] else spell_usd)(point["amount"])
    share = "" if p80["share_of_point"] is None else f" ({format_percent(abs(p80['share_of_point']))})"
    sentences.append(
        f"An 80% probability of staying within budget requires {spell_usd(p80['amount'])}, {difference} the point estimate of "
        f"{point_estimate}{share}, which suffices in {spell_probability(point['percentile'] / 100)} cases."
    )
    budget = study.budget["budget"]
    if budget is not None:
        overrun = budget["expected_overrun_given_overrun"]
        overrun_text = "" if overrun is None else f"; otherwise the expected overrun is {spell_usd(overrun)}"
        sentences.append(
            f"The budget of {spell_exact_usd(budget['amount'])} suffices in "
            f"{spell_probability(budget['probability_within'])} cases{overrun_text}."
        )
    top_drivers = _top_drivers(study)
    if top_drivers:
        shares = [f"{to_words(row['name'])} ({format_percent(row['share_of_variance']['value'])})" for row in top_drivers]
        sentences.append(f"Most of the uncertainty comes from {join_words(shares)}.")
    return " ".join(sentences)


def level_row(study: Study, level: float) -> dict[str, Any]:
    """Return the contingency row of one confidence level."""
    row: dict[str, Any] = next(row for row in study.budget["contingency"] if row["level"] == level)
    return row


def _top_drivers(study: Study, count: int = 3) -> list[dict[str, Any]]:
    if study.drivers is None:
        return []
    rows = [row for row in study.drivers["drivers"] if row["share_of_variance"] and row["share_of_variance"]["low"] > 0]
    return rows[:count]


def key_figures(study: Study) -> Iterable[tuple[str, str]]:
    """Return the names and values of the key figures at the top of the page."""
    total, p80 = study.total, level_row(study, 80)
    yield "median", f"{format_money(total['median'])} USD"
    yield interval_name(study.interval), f"{format_money(total['low'])} to {format_money(total['high'])} USD"
    yield "P80", f"{format_money(p80['amount'])} USD"
    yield "contingency at P80", f"{format_signed_money(p80['contingency'])} USD"
    budget = study.budget["budget"]
    if budget is not None:
        yield f"probability within {format_exact(budget['amount'])} USD", format_percent(budget["probability_within"])
