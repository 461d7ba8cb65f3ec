"""The main results: interval, contingency, probability within budget, main drivers."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulator.core.formatting import format_exact, format_money, format_percent, format_signed_money, interval_name, to_words
from simulator.report.content import join_words, spell_amount, spell_exact_amount, spell_probability, spell_range
from simulator.report.study import Study

if TYPE_CHECKING:
    from simulator.analysis.budget import BudgetPlan, Contingency
    from simulator.analysis.sensitivity import Driver, IntervalEstimate, Sensitivity


def answer(study: Study) -> str:
    """Summarize in one paragraph: interval, contingency, probability within budget, main drivers."""
    scenario, total = study.scenario, study.total
    median = spell_amount(total.median, scenario.currency)
    if total.low == total.high:
        return f"{scenario.title} costs {median}: {scenario.scope}, in {scenario.money}. No input is uncertain."
    sentences = [
        f"{scenario.title} may cost {spell_range(total.low, total.high, scenario.currency)} "
        f"({interval_name(study.interval)}), with a median of {median}: {scenario.scope}, in {scenario.money}.",
        _contingency_sentence(study.budget),
        *_budget_sentence(study.budget),
        *_driver_sentence(study.drivers),
    ]
    return " ".join(sentences)


def _contingency_sentence(plan: "BudgetPlan") -> str:
    point, p80, currency = plan.point_estimate, level_row(plan, 80), plan.header.currency
    difference = f"{spell_amount(abs(p80.contingency), currency)} {'more' if p80.contingency >= 0 else 'less'} than"
    point_amount = (spell_exact_amount if point.is_given else spell_amount)(point.amount, currency)
    share = "" if p80.share_of_point is None else f" ({format_percent(abs(p80.share_of_point))})"
    return (
        f"An 80% probability of staying within budget requires {spell_amount(p80.amount, currency)}, {difference} the point "
        f"estimate of {point_amount}{share}, which suffices in {spell_probability(point.percentile / 100)} cases."
    )


def _budget_sentence(plan: "BudgetPlan") -> Iterable[str]:
    budget = plan.budget
    if budget is None:
        return
    overrun, currency = budget.expected_overrun_given_overrun, plan.header.currency
    overrun_text = "" if overrun is None else f"; otherwise the expected overrun is {spell_amount(overrun, currency)}"
    yield (
        f"The budget of {spell_exact_amount(budget.amount, currency)} suffices in "
        f"{spell_probability(budget.probability_within)} cases{overrun_text}."
    )


def _driver_sentence(drivers: "Sensitivity | None") -> Iterable[str]:
    shares = [f"{to_words(driver.name)} ({format_percent(share.value)})" for driver, share in _top_drivers(drivers)]
    if shares:
        yield f"Most of the uncertainty comes from {join_words(shares)}."


def level_row(plan: "BudgetPlan", level: float) -> "Contingency":
    """Return the contingency at one confidence level, percent."""
    return next(row for row in plan.contingency if row.level == level)


def _top_drivers(drivers: "Sensitivity | None", count: int = 3) -> "list[tuple[Driver, IntervalEstimate]]":
    if drivers is None:
        return []
    return [(driver, share) for driver, share in drivers.shares if share.is_clear][:count]


def key_figures(study: Study) -> Iterable[tuple[str, str]]:
    """Return the names and values of the key figures at the top of the page."""
    total, p80, currency = study.total, level_row(study.budget, 80), study.scenario.currency
    yield "median", f"{format_money(total.median)} {currency}"
    yield interval_name(study.interval), f"{format_money(total.low)} to {format_money(total.high)} {currency}"
    yield "P80", f"{format_money(p80.amount)} {currency}"
    yield "contingency at P80", f"{format_signed_money(p80.contingency)} {currency}"
    budget = study.budget.budget
    if budget is not None:
        yield f"probability within {format_exact(budget.amount)} {currency}", format_percent(budget.probability_within)
