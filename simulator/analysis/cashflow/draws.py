"""Cash flow draw by draw: every line, and every other payment, by month."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from simulator.analysis.cashflow.accrual import MONTH, Accrual, names_needed, supply_parts
from simulator.analysis.cashflow.calendar import offset_of
from simulator.analysis.cashflow.payments import payment_profile
from simulator.analysis.cashflow.prices import price_notes
from simulator.analysis.cashflow.profiles import Profile, at, beginning, ending, monthly_shares, scaled, shifted
from simulator.analysis.statistics import Array, simulate_draws
from simulator.analysis.waiting import wait_names, wait_notes
from simulator.core.errors import NonFiniteResultError
from simulator.core.formatting import RESIDUE, format_money, share_of_draws, to_words
from simulator.core.results import Note
from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.graph import MissingQuantityError, build_plan
from simulator.engine.options import RunOptions
from simulator.engine.payments import PaymentTerms
from simulator.engine.result import SimulationResult
from simulator.engine.scenario import SPEND_TO_DATE
from simulator.model.schedule import ADOPTION_WAIT, COMPUTING
from simulator.scenario import TOTAL, Scenario

DRAWS = 20_000
DEFAULTS = RunOptions(DRAWS)
"""20,000 draws, because the draws of every line in every month are held in memory."""
MAX_MONTHS = 240
View = Literal["cash", "accrual"]
VIEWS: tuple[str, ...] = get_args(View)
HARDWARE, PURCHASE, PROCEEDS, CREDITS = "hardware", "fleet_purchase", "fleet_proceeds", "credits_used"
FLEET = "serving_cost"
"""Line of a fleet that serves, which may be bought."""
BILLED = ("rental_cost", "idle_cost")
"""Lines that credits pay."""
_EARLY = 1e-3
"""Share of the payments before the start below which it is not noted."""
_SOON = 0.5
"""Months up to which the beginning of a contract is not noted."""
_LAST, _MOST = 0.99, 0.5
"""Probability that the last amount falls by the last month, and the least one that it falls within the maximum of months."""


@dataclass(frozen=True, slots=True)
class CashFlowDraws:
    """Payments, or accrued costs, by month and draw.

    Attributes
    ----------
    result : SimulationResult
        With the draws of total, lines and phases.
    rate : float
        Discount rate per year, as a share.
    view : str
        `cash` or `accrual`.
    start : datetime.date or None
        First day of the schedule.
    by_line : dict of str to array
        Amount of each line, (draws, months) in USD. In cash also `fleet_purchase`, and as negative amounts `fleet_proceeds`
        and `credits_used`. Month 0 is the first of the schedule.
    total, then_year : array
        Sum of the lines, (draws, months) in USD: in the money of the scenario's prices, and in the money of the month.
    present_value : array
        Discounted then-year amounts by draw, USD.
    phase_ends : dict of str to array
        End of each phase by draw, months from the start, with the wait before the project where there is one.
    notes : tuple of Note

    """

    result: SimulationResult
    rate: float
    view: View
    start: datetime.date | None
    by_line: Mapping[str, Array]
    total: Array
    then_year: Array
    present_value: Array
    phase_ends: Mapping[str, Array]
    notes: tuple[Note, ...] = ()

    @property
    def months(self) -> int:
        """Number of months."""
        return int(self.total.shape[1])


@dataclass(frozen=True, slots=True)
class Flow:
    """An amount by draw, USD, and when it falls."""

    amount: Array
    profile: Profile


def simulate_cash_flow(
    scenario: Scenario,
    options: RunOptions = DEFAULTS,
    *,
    rate: float = 0.0,
    view: View = "cash",
    start: datetime.date | None = None,
) -> CashFlowDraws:
    """Simulate a scenario and distribute its lines over the months of its schedule.

    Parameters
    ----------
    scenario : Scenario
        What is simulated.
    options : RunOptions
        Number of draws and others.
    rate : float
        Discount rate per year, as a share.
    view : {"cash", "accrual"}
        Payments when they are due, which add up to `cash_cost`; or costs when they accrue, which add up to the total.
    start : datetime.date or None
        First day of the schedule, in place of that of the scenario.

    Raises
    ------
    NonFiniteResultError
        If it lasts more than 240 months in more than half of the draws.

    """
    scenario = with_cash_quantities(scenario)
    start = start or scenario.start_date
    names = [name for name in names_needed(scenario) if name in scenario.plan.names]
    cash = [name for name in _cash_names(scenario) if name in scenario.plan.names]
    escalation = ["escalation"] if "escalation" in scenario.plan.names else []
    waits = wait_names(scenario)
    result = simulate_draws(scenario, options, [TOTAL, *scenario.lines, *names, *cash, *escalation, *waits])
    draws = result.retained_draws
    accrual = Accrual(scenario, draws)
    offset = offset_of(start)
    flows = accrued_flows(accrual) if view == "accrual" else paid_flows(accrual)
    wait = draws[ADOPTION_WAIT] / MONTH if waits else 0.0
    if waits:
        flows = {line: _later(flow, 0.0 if line == SPEND_TO_DATE else wait) for line, flow in flows.items()}
    last = _last_times(flows.values(), offset)
    phase_ends = {phase: end + wait for phase, (_, end) in accrual.spans.items()}
    months = _month_count(last, phase_ends)
    by_line = {line: flow.amount[:, None] * monthly_shares(flow.profile, months, offset) for line, flow in flows.items()}
    if view == "cash" and CREDITS in draws:
        by_line[CREDITS] = _credits(accrual, by_line, months, offset)
    total: Array = np.sum(list(by_line.values()), axis=0)
    years = (np.arange(months) + 0.5) / 12
    growth = draws["escalation"][:, None] * (years * HOURS_PER_YEAR) if escalation else 0.0
    then = total * np.exp(growth)
    return CashFlowDraws(
        result=result,
        rate=rate,
        view=view,
        start=start,
        by_line=by_line,
        total=total,
        then_year=then,
        present_value=(then / (1 + rate) ** years).sum(axis=1),
        phase_ends=phase_ends,
        notes=(*_notes(flows, accrual, last, months), *wait_notes(scenario, draws), *price_notes(scenario, start, months)),
    )


# --- quantities -----------------------------------------------------------------------------------------------------------


def _cash_names(scenario: Scenario) -> list[str]:
    parts = [name for name in scenario.graph.formulas if name.endswith("_noncash_cost")]
    return ["noncash_cost", "cash_cost", CREDITS, "credit_share", PURCHASE, PROCEEDS, *parts]


def with_cash_quantities(scenario: Scenario) -> Scenario:
    """Return a scenario whose plan has the quantities of its payments too, as far as its inputs determine them."""
    optional = ["fleet_payments"] if _buys_hardware(scenario) else []
    names = [*scenario.plan.names]
    for name in (*_cash_names(scenario), *optional, *names_needed(scenario)):
        if name in names or name not in scenario.graph.units:
            continue
        try:
            build_plan(scenario.graph, scenario.inputs, [name])
        except (MissingQuantityError, ValueError):
            continue
        names.append(name)
    return replace(scenario, plan=build_plan(scenario.graph, scenario.inputs, names))


def _buys_hardware(scenario: Scenario) -> bool:
    terms = scenario.payments.get(HARDWARE)
    return terms is not None and terms.is_cash


# --- flows ----------------------------------------------------------------------------------------------------------------


def accrued_flows(accrual: Accrual) -> dict[str, Flow]:
    """Return the lines when they accrue."""
    return {line: Flow(accrual.draws[line], accrual.profile(line)) for line in accrual.scenario.lines}


def paid_flows(accrual: Accrual) -> dict[str, Flow]:
    """Return what is paid of each line when it is due, and the purchase and sale of hardware; credits are not deducted yet."""
    scenario, draws = accrual.scenario, accrual.draws
    noncash = _noncash(scenario)
    flows = {}
    for line in scenario.lines:
        terms = scenario.payments.get(line, PaymentTerms("arrears"))
        amount = draws[line] - draws[noncash[line]] if line in noncash else draws[line]
        parts = supply_parts(scenario) if line == FLEET else ()
        if parts:
            flows[line] = Flow(amount, _supply_profile(accrual, parts))
        elif terms.is_cash:
            flows[line] = Flow(amount, payment_profile(accrual.profile(line), terms))
    if _buys_hardware(scenario):
        delivery = beginning(accrual.computing)
        flows[PURCHASE] = Flow(draws[PURCHASE], payment_profile(at(delivery), scenario.payments[HARDWARE]))
        if PROCEEDS in draws and draws[PROCEEDS].any():
            flows[PROCEEDS] = Flow(-draws[PROCEEDS], at(_sale(accrual, delivery)))
    if not flows:
        flows = {TOTAL: Flow(np.zeros(len(draws[TOTAL])), at(np.zeros(len(draws[TOTAL]))))}
    return flows


def _later(flow: Flow, months: Array | float) -> Flow:
    """Return an amount that falls later."""
    return replace(flow, profile=shifted(flow.profile, months))


def _supply_profile(accrual: Accrual, parts: tuple[str, ...]) -> Profile:
    """Return when the supply of a fleet that is bought to serve is paid: each of its parts by its terms."""
    draws, terms = accrual.draws, accrual.scenario.payments
    whole = sum(draws[part] for part in parts)
    return tuple(
        segment
        for part in parts
        for segment in scaled(payment_profile(accrual.profile(part), terms[part]), draws[part] / whole)
    )


def _noncash(scenario: Scenario) -> dict[str, str]:
    """Return the quantity that is the part of a line which is no payment, for the lines that have one."""
    needs = scenario.graph.formulas["noncash_cost"].needs if "noncash_cost" in scenario.graph.formulas else ()
    suffix = "_noncash_cost"
    parts = {need.removesuffix(suffix): need for need in needs if need.endswith(suffix)}
    return {line: parts[line.removesuffix("_cost")] for line in scenario.lines if line.removesuffix("_cost") in parts}


def _sale(accrual: Accrual, delivery: Array) -> Array:
    """Return when hardware is sold: at the end of its useful life, or of the schedule where it has none."""
    life = accrual.draws.get("useful_life")
    last: Array = np.max([end for _, end in accrual.spans.values()], axis=0)
    return last if life is None else np.maximum(delivery + life / MONTH, last)


def _credits(accrual: Accrual, by_line: Mapping[str, Array], months: int, offset: float) -> Array:
    """Return the credits by month as negative amounts: a share of each bill, the first ones first, until they are spent."""
    bill: Array = np.zeros((len(accrual.draws[CREDITS]), months))
    for line in BILLED:
        if line in by_line:
            bill = bill + by_line[line]
    share = accrual.draws["credit_share"][:, None]
    spent = np.minimum(share * np.maximum.accumulate(np.cumsum(bill, axis=1), axis=1), accrual.draws[CREDITS][:, None])
    used = accrual.draws[CREDITS][:, None]
    return -np.diff(np.where(np.abs(used - spent) <= RESIDUE * used, used, spent), axis=1, prepend=0.0)


def _last_times(flows: Iterable[Flow], offset: float) -> Array:
    """Return when the last amount falls, draw by draw, in months."""
    last: Array = np.max([np.where(flow.amount != 0, ending(flow.profile), 0.0) for flow in flows], axis=0) + offset
    return last


def _month_count(last: Array, phase_ends: Mapping[str, Array]) -> int:
    """Return the number of months until the last amount falls in 99 % of the draws; the last includes all that is later."""
    months = int(np.ceil(np.quantile(last, _MOST)))
    if months > MAX_MONTHS:
        lengths = np.diff([0.0, *(float(np.median(end)) for end in phase_ends.values())])
        longest = list(phase_ends)[int(np.argmax(lengths))]
        remedy = "give it more `chips`" if longest in COMPUTING else "shorten it"
        raise NonFiniteResultError(
            f"the schedule lasts {months:,} months or more in half of the draws; the maximum is {MAX_MONTHS}. The longest "
            f"phase is {to_words(longest)}: {remedy}"
        )
    return min(max(1, int(np.ceil(np.quantile(last, _LAST)))), MAX_MONTHS)


def _notes(flows: Mapping[str, Flow], accrual: Accrual, last: Array, months: int) -> Iterable[Note]:
    scenario = accrual.scenario
    later = float(np.mean(last > months))
    if later:
        which = f"the last of {MAX_MONTHS} months, the maximum" if months == MAX_MONTHS else "the last month"
        text = f"in {share_of_draws(later)} amounts fall after {which}, which includes them"
        yield Note("later-amounts", "months", text)
    if scenario.has_derived_schedule:
        text = "there is no `schedule`: phases are derived from the durations of the scenario, one after the other"
        yield Note("derived-schedule", "schedule", text)
    first = float(np.median(accrual.first_hour))
    if accrual.has_contract and first > _SOON:
        text = (
            f"the contract begins with the first hour of the cluster, {first:.1f} months after the start at the median; a "
            "`schedule` states when its phases begin"
        )
        yield Note("contract-begins-later", "commitment", text)
    if PURCHASE in flows and PROCEEDS not in flows:
        text = "hardware is bought without a resale: give `resale_share`, or `resale_decline` and `selling_share`"
        yield Note("no-resale", PURCHASE, text)
    for line, flow in flows.items():
        share = sum((np.where(each.end < 0, each.share, 0.0) for each in flow.profile), np.zeros(1))
        early = float(np.mean(share * flow.amount))
        if early > _EARLY * float(np.mean(np.abs(flow.amount))):
            text = (
                f"{to_words(line)}: {format_money(early, scenario.currency)} in the mean falls due before the start of the "
                "schedule, as deposits do; it is in the first month"
            )
            yield Note("due-before-start", line, text)
