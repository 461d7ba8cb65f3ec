"""The first page of a report on one scenario: the answer, how sure it is, what drives it, and what to decide."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulator.analysis.occurrences import decides_event
from simulator.analysis.sensitivity.research import interval_effect
from simulator.core.formatting import format_exact, format_exact_money, format_money, format_percent, is_known, to_words
from simulator.engine.inputs import GRADES
from simulator.figures.phrases import number_text, value_text
from simulator.io.contract_notes import median_amount
from simulator.io.latency_notes import SMALLEST_SHARE, missed_share
from simulator.model.rental import CONTRACT, COUNTED_CONTRACT, WITH_IDLE_HOURS
from simulator.report.content import (
    Bar,
    Bars,
    Block,
    Bullets,
    FigureBlock,
    KeyFigure,
    spell_range,
    to_sentence,
)
from simulator.report.study import Study
from simulator.scenario.assemble.serving_notes import ASSUMED_DEMAND, DEMAND
from simulator.scenario.quantity_definitions import definition_of

if TYPE_CHECKING:
    from simulator.analysis.budget import BudgetPlan, Contingency
    from simulator.analysis.sensitivity import Driver
    from simulator.analysis.sensitivity.tornado import Endpoints
    from simulator.io.run_summary import QuantityStatistics

DRIVERS = 3
_MILLION, _HOURS_OF_DAY = 1e6, 24
_WORTH_A_DECISION = 0.01
"""Saving of a lever over the median total from which the first page proposes it."""
_LARGE_IDLE_SHARE = 0.5
"""Share of the total from which the first page names the cost of idle hours."""
_SURE = 0.8
"""Probability that the first page treats as enough: that of the P80."""


def answer(study: Study) -> str:
    """Return the answer: whether the budget is enough, or else which amount is, and with which probability."""
    scenario, total, plan = study.scenario, study.total, study.budget
    currency = scenario.currency
    median = format_money(total.median, currency)
    if total.low == total.high:
        return f"The cost is {median}; no input is uncertain."
    enough = format_money(level_row(plan, 80).amount, currency)
    if plan.budget is None:
        return f"The cost is about {median}; plan {enough} to stay within the budget with a probability of 80%."
    budget, within = format_exact_money(plan.budget.amount, currency), plan.budget.probability_within
    verdict = f"The budget of {budget} is enough with a probability of {format_percent(within)}"
    return f"{verdict}; {enough} would be enough with 80%." if within >= _SURE else f"{verdict}; for 80% it takes {enough}."


def level_row(plan: "BudgetPlan", level: float) -> "Contingency":
    """Return the contingency at one confidence level, percent."""
    return next(row for row in plan.contingency if row.level == level)


def key_figures(study: Study) -> Iterable[KeyFigure]:
    """Return the three figures at the top: the median, what to plan, and the probability of the budget or the interval."""
    total, plan, currency = study.total, study.budget, study.scenario.currency
    p80, point, budget = level_row(plan, 80), plan.point_estimate, plan.budget
    interval = f"{100 * study.interval:.10g}%"
    whole = spell_range(total.low, total.high, currency)
    half = "half of the outcomes cost less, half cost more"
    if budget is not None:
        half = f"half of the outcomes cost less; {interval} cost {whole}"
    yield KeyFigure("median (P50)", format_money(total.median, currency), half)
    amount = (format_exact_money if point.is_given else format_money)(point.amount, currency)
    basis = "is the one that the scenario states" if point.is_given else "has every input at its median"
    above = "above" if p80.contingency >= 0 else "below"
    yield KeyFigure(
        "80% stay within (P80)",
        format_money(p80.amount, currency),
        f"{format_money(abs(p80.contingency), currency)} {above} the point estimate of {amount}, within which "
        f"{format_percent(point.percentile / 100)} of the outcomes stay; that estimate {basis}",
    )
    if budget is None:
        rest = f"{50 * (1 - study.interval):.3g}%"
        yield KeyFigure(f"{interval} of the outcomes", whole, f"{rest} cost less and {rest} cost more")
    else:
        overrun = budget.expected_overrun_given_overrun
        remark = "" if overrun is None else f"the others exceed it by {format_money(overrun, currency)} on average"
        yield KeyFigure(
            f"stay within the budget of {format_exact_money(budget.amount, currency)}",
            format_percent(budget.probability_within),
            remark,
        )
    yield from _price_of_tokens(study)


def _price_of_tokens(study: Study) -> Iterable[KeyFigure]:
    """Return what a million tokens of a service cost, with how many there are, for how long, and on how many chips."""
    quantities, currency = study.run.quantities, study.scenario.currency
    cost = quantities.get("mean_token_cost")
    if cost is None:
        return
    median, low, high = (format_money(_MILLION * each, currency) for each in (cost.median, cost.low, cost.high))
    service = []
    if "token_demand" in quantities:
        service.append(f"{_count(quantities['token_demand'], _HOURS_OF_DAY)} tokens a day")
    if "service_life" in quantities:
        service.append(f"for {_count(quantities['service_life'], 1 / _HOURS_OF_DAY)} days")
    if "serving_chips" in quantities:
        service.append(f"on {_count_with_interval(quantities['serving_chips'])} chips")
    remark = f"{100 * study.interval:.10g}% of the outcomes are {low} to {high}"
    yield KeyFigure("a million tokens, median", median, "; ".join(text for text in (remark, " ".join(service)) if text))


def _count(quantity: "QuantityStatistics", per: float = 1.0) -> str:
    """Return a median as a number of `per` times its unit, with all digits where it is known."""
    number = float(f"{quantity.median * per:.12g}")
    is_exact = is_known(quantity.low, quantity.high) or (per == 1 and number.is_integer())
    return format_exact(number) if is_exact else format_money(number)


def _count_with_interval(quantity: "QuantityStatistics") -> str:
    """Return a median with its interval, and without it where it is known: `8 (4 to 22)`."""
    if is_known(quantity.low, quantity.high):
        return _count(quantity)
    low, high = (format_exact(bound) if bound.is_integer() else format_money(bound) for bound in (quantity.low, quantity.high))
    return f"{_count(quantity)} ({low} to {high})"


def front_blocks(study: Study) -> Iterable[Block]:
    """Return the curve of probability and amount, the three inputs that move the total most, and what to decide."""
    yield FigureBlock(
        "s-curve", "s-curve", "The probability of staying within each amount, over all simulated outcomes.", study.budget
    )
    yield from _driver_bars(study)
    decisions = tuple(_decisions(study))
    if decisions:
        yield Bullets(decisions, "What to decide")


def ranked_drivers(study: Study) -> "list[tuple[Driver, Endpoints]]":
    """Return the inputs with the median total at their P10 and P90, the widest first.

    Medians exist under every tail, which a variance does not.
    """
    return [] if study.drivers is None else [(driver, swing.median) for driver, swing in study.drivers.swings]


def _driver_bars(study: Study) -> Iterable[Block]:
    bars = [_bar(study, driver, ends) for driver, ends in ranked_drivers(study)[:DRIVERS] if ends.width]
    if bars:
        lead = "What drives it: the median cost with an input at its P10 and at its P90"
        yield Bars(lead, tuple(bars), study.total.median)
    elif study.drivers is not None:
        correlated = [
            (driver, driver.rank_correlation)
            for driver in study.drivers.drivers
            if driver.rank_correlation is not None and not decides_event(driver.name)
        ]
        correlated.sort(key=lambda pair: -abs(pair[1].value))
        items = tuple(f"{to_words(driver.name)}: rank correlation {rank.value:+.2f}" for driver, rank in correlated[:DRIVERS])
        if items:
            yield Bullets(items, "What drives it")


def _bar(study: Study, driver: "Driver", ends: "Endpoints") -> Bar:
    currency = study.scenario.currency
    at = driver.swing.input if driver.swing is not None else None
    text = f"{format_money(ends.p10, currency)} to {format_money(ends.p90, currency)}"
    if at is not None:
        text += f" for {number_text(at.p10, driver.unit)} to {value_text(at.p90, driver.unit)}"
    definition = definition_of(driver.name, study.scenario.graph)
    return Bar(to_words(driver.name), text, min(ends.pair), max(ends.pair), definition)


# --- what to decide -------------------------------------------------------------------------------------------------------


def _decisions(study: Study) -> Iterable[str]:
    yield from _demand_decision(study)
    yield from _budget_decision(study)
    yield from _contract_decision(study)
    yield from _latency_decision(study)
    yield from _idle_decision(study)
    yield from _research_decision(study)
    yield from _lever_decision(study)


def _budget_decision(study: Study) -> Iterable[str]:
    plan, currency = study.budget, study.scenario.currency
    if study.total.low == study.total.high:
        return
    p80, p90 = (level_row(plan, level).amount for level in (80, 90))
    if plan.budget is None:
        yield (
            f"Which budget to set: {format_money(study.total.median, currency)} is enough with a probability of 50%, "
            f"{format_money(p80, currency)} with 80%, {format_money(p90, currency)} with 90%."
        )
        return
    gap, within = p80 - plan.budget.amount, plan.budget.probability_within
    if within >= _SURE:
        yield (
            f"Whether to keep all of the budget: it is {format_money(-gap, currency)} above the P80; the P90 is "
            f"{format_money(p90, currency)}."
        )
    else:
        overrun = plan.budget.expected_overrun_given_overrun
        mean = "" if overrun is None else f" of {format_money(overrun, currency)} on average"
        yield (
            f"Whether to add {format_money(gap, currency)} to the budget, for a probability of 80%, or to accept an overrun"
            f"{mean} with a probability of {format_percent(1 - within)}."
        )


def _demand_decision(study: Study) -> Iterable[str]:
    """Ask for the demand where the library assumes it, because the total is that of all requests."""
    demand = study.run.quantities.get(DEMAND)
    if demand is not None and any(note.code == ASSUMED_DEMAND for note in study.scenario.notes):
        yield (
            f"How much is to be served: {_count(demand, _HOURS_OF_DAY)} tokens a day is an assumption of the library, and the "
            "cost depends on it."
        )


def _latency_decision(study: Study) -> Iterable[str]:
    missed = missed_share(study.result)
    if missed >= SMALLEST_SHARE:
        yield (
            f"Whether a slower service will do: the targets of latency are missed in {format_percent(missed)} of the outcomes, "
            "whose cost here is that of the slower service."
        )


def _idle_decision(study: Study) -> Iterable[str]:
    idle, currency = study.run.quantities.get("idle_cost"), study.scenario.currency
    notes = [note.text for note in study.scenario.notes if note.code == "idle-capacity"]
    if idle is None or (idle.median <= _LARGE_IDLE_SHARE * study.total.median and not notes):
        return
    share = format_percent(idle.median / study.total.median)
    has_contract = study.scenario.choices.get("commitment") in WITH_IDLE_HOURS
    action = "shorten or drop the contract" if has_contract else "use fewer chips"
    yield (
        f"Whether to {action}: hours that stand idle cost {format_money(idle.median, currency)} at the median, {share} of "
        f"the median total.{''.join(f' {to_sentence(text)}' for text in notes)}"
    )


def _contract_decision(study: Study) -> Iterable[str]:
    """Ask whether to sign a contract that other work is assumed to share: it obliges to more than the total counts."""
    if COUNTED_CONTRACT not in study.scenario.outcomes:
        return
    amount, counted = (median_amount(study.result, name) for name in (CONTRACT, COUNTED_CONTRACT))
    yield (
        f"Whether to sign the contract: in all it obliges to {amount} at the median; this plan counts {counted} of it, because "
        "other work is assumed to use the rest. Without that work, the rest is yours to pay."
    )


def _research_decision(study: Study) -> Iterable[str]:
    research = None if study.drivers is None else study.drivers.research_next
    if research is None or not research.inputs:
        return
    driver = next(each for each in study.drivers.drivers if each.name == research.inputs[0])  # type: ignore[union-attr]
    shrinks = None if driver.if_known is None else driver.if_known.interval_shrinks
    today = ", an assumption today" if driver.is_assumption else ""
    effect = ""
    if shrinks is not None and shrinks.is_clear:
        scale = study.drivers.variance_of  # type: ignore[union-attr]
        effect = f" Knowing it would {interval_effect(shrinks.value, study.interval, scale)}."
    yield to_sentence(f"What to find out first: {to_words(driver.name)}{today}") + effect


def _lever_decision(study: Study) -> Iterable[str]:
    if study.levers is None:
        return
    best = next((lever for lever in study.levers.levers if not lever.assumption), None)
    if best is not None and best.net.median >= _WORTH_A_DECISION * study.total.median:
        grade = f" (evidence of grade {best.grade}: {GRADES[best.grade]})" if best.grade in GRADES else ""
        contract = "; it replaces the contract" if _replaces_contract(study, best.name) else ""
        yield (
            f"Whether to adopt {to_words(best.name)}: it saves {format_money(best.net.median, study.scenario.currency)} net at "
            f"the median, and something in {format_percent(best.probability_of_saving)} of the outcomes{grade}{contract}."
        )


def _replaces_contract(study: Study, lever: str) -> bool:
    """Whether a lever selects another commitment than the contract of a scenario."""
    from simulator.scenario.validated_rows import adjustment_row

    row = adjustment_row("levers", lever)
    return row is not None and "commitment" in row.choice and study.scenario.choices.get("commitment") in WITH_IDLE_HOURS
