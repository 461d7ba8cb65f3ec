"""From the draws of a cash flow to its periods, lines and budget."""

import datetime
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.cashflow.accrual import supply_parts
from simulator.analysis.cashflow.bands import band, bands
from simulator.analysis.cashflow.budget import budget_in_time
from simulator.analysis.cashflow.calendar import PeriodLength, Span, spans
from simulator.analysis.cashflow.draws import (
    CREDITS,
    DEFAULTS,
    FLEET,
    HARDWARE,
    PROCEEDS,
    PURCHASE,
    CashFlowDraws,
    View,
    simulate_cash_flow,
)
from simulator.analysis.cashflow.payments import describe_terms
from simulator.analysis.cashflow.results import Band, CashFlow, LineFlow, Period
from simulator.analysis.statistics import Array
from simulator.core.formatting import to_words
from simulator.core.levels import Level
from simulator.core.results import Note
from simulator.engine.options import RunOptions
from simulator.engine.payments import PaymentTerms
from simulator.io.contract_notes import contract_notes
from simulator.io.header import header_of
from simulator.io.latency_notes import latency_notes
from simulator.io.summary import mean_notes
from simulator.scenario import TOTAL, Scenario
from simulator.scenario.price_dates import old_price_notes

NEAR = (0.45, 0.55)
"""Ranks of the totals of the draws that are near the median."""
Rows = NDArray[np.intp]
FUNDED = 0.8
"""Probability with which a month is funded: that of the P80."""
MEAN, NEAR_MEDIAN = "mean", "near-median"


def cash_flow(
    scenario: Scenario,
    options: RunOptions = DEFAULTS,
    *,
    rate: float = 0.0,
    view: View = "cash",
    start: datetime.date | None = None,
    period: PeriodLength = "month",
) -> CashFlow:
    """Simulate a scenario and return its payments in periods; raises as `simulate_cash_flow` does."""
    draws = simulate_cash_flow(scenario, options, rate=rate, view=view, start=start)
    return cash_flow_of_draws(draws, options.interval, period=period)


def cash_flow_of_draws(draws: CashFlowDraws, interval: Level = 0.95, *, period: PeriodLength = "month") -> CashFlow:
    """Return the payments in periods, with central intervals."""
    result = draws.result
    is_cash = draws.view == "cash"
    has_mean = not result.why_no_mean()
    of_lines = {line: has_mean and not (line in result.scenario.lines and result.why_no_mean(line)) for line in draws.by_line}
    representative = representative_of(draws)
    rows = representative_rows(draws, representative)
    periods = spans(draws.months, period, draws.start)
    cumulative: Array = np.cumsum(draws.total, axis=1)
    monthly = {line: amounts[rows].mean(axis=0) for line, amounts in draws.by_line.items()}
    return CashFlow(
        header=header_of(result.scenario, RunOptions(result.draws, result.seed, interval)),
        notes=(
            *mean_notes(result),
            *latency_notes(result),
            *contract_notes(result),
            *draws.notes,
            *_representative_note(representative),
            *old_price_notes(result.scenario),
        ),
        view=draws.view,
        start=None if draws.start is None else draws.start.isoformat(),
        rate=draws.rate,
        total=band(draws.total.sum(axis=1), interval, has_mean=has_mean),
        then_year=band(draws.then_year.sum(axis=1), interval, has_mean=has_mean),
        present_value=band(draws.present_value, interval, has_mean=has_mean) if is_cash else None,
        peak_funding=band(cumulative.max(axis=1), interval, has_mean=has_mean),
        largest_month=band(draws.total.max(axis=1), interval, has_mean=has_mean),
        largest_month_p80=largest_month_at(draws, FUNDED),
        phases={phase: band(ends, interval, has_mean=has_mean) for phase, ends in draws.phase_ends.items()},
        representative=representative,
        reconciliation=_reconciliation(draws, rows) if is_cash else {},
        budget=budget_in_time(result.scenario, cumulative, periods, draws.start, interval, has_mean=has_mean),
        lines=tuple(
            _line(draws, line, interval, float(monthly[line].sum()), has_mean=of_lines[line]) for line in draws.by_line
        ),
        periods=_periods(draws, periods, monthly, interval, has_mean=has_mean),
    )


def largest_month_at(draws: CashFlowDraws, level: float) -> float:
    """Return the amount that is enough in every month with a probability, USD: a quantile of the largest month of a draw."""
    return float(np.quantile(draws.total.max(axis=1), level))


def _periods(
    draws: CashFlowDraws, periods: Sequence[Span], monthly: Mapping[str, Array], interval: Level, *, has_mean: bool
) -> tuple[Period, ...]:
    outlay, then_year = (
        bands(_sum_periods(amounts, periods), interval, has_mean=has_mean) for amounts in (draws.total, draws.then_year)
    )
    last = [span.first + span.months - 1 for span in periods]
    cumulative = bands(np.cumsum(draws.total, axis=1)[:, last], interval, has_mean=has_mean)
    rows = []
    for place, span in enumerate(periods):
        lines = {line: float(amounts[span.first : span.first + span.months].sum()) for line, amounts in monthly.items()}
        rows.append(
            Period(
                label=span.label,
                from_month=span.first,
                months=span.months,
                outlay=outlay[place],
                cumulative=cumulative[place],
                then_year=then_year[place],
                amount=sum(lines.values()),
                lines=lines,
            )
        )
    return tuple(rows)


def _sum_periods(amounts: Array, periods: Sequence[Span]) -> Array:
    """Add up amounts by month (draws, months) to amounts by period."""
    return np.add.reduceat(amounts, [span.first for span in periods], axis=1)


# --- representative amounts -----------------------------------------------------------------------------------------------


def representative_of(draws: CashFlowDraws) -> str:
    """Return what the amounts of lines are: means, or means near the median where a tail is too heavy for a mean."""
    result = draws.result
    lines = [line for line in draws.by_line if line in result.scenario.lines]
    return NEAR_MEDIAN if result.why_no_mean() or any(result.why_no_mean(line) for line in lines) else MEAN


def representative_rows(draws: CashFlowDraws, representative: str) -> Rows | slice:
    """Return the draws whose mean is the representative amount: all, or those near the median of the total."""
    if representative == MEAN:
        return slice(None)
    order = np.argsort(draws.total.sum(axis=1), kind="stable")
    first, last = (round(share * len(order)) for share in NEAR)
    rows: Rows = order[first : max(last, first + 1)]
    return rows


def _representative_note(representative: str) -> tuple[Note, ...]:
    if representative == MEAN:
        return ()
    text = "amounts of lines by period are means over the tenth of the draws whose total is nearest to the median, and add up"
    return (Note("near-median", "lines", text),)


def noncash_of(draws: CashFlowDraws, rows: Rows | slice) -> float:
    """Return the representative amount of the costs that are no payments."""
    return _amount(draws, "noncash_cost", rows)


def _amount(draws: CashFlowDraws, name: str, rows: Rows | slice) -> float:
    values = draws.result.retained_draws
    return float(values[name][rows].mean()) if name in values else 0.0


def _reconciliation(draws: CashFlowDraws, rows: Rows | slice) -> dict[str, float]:
    """Return the representative amounts from the total cost to what is paid."""
    parts = {
        "total_cost": _amount(draws, TOTAL, rows),
        "noncash_cost": -noncash_of(draws, rows),
        CREDITS: -_amount(draws, CREDITS, rows),
        PURCHASE: _amount(draws, PURCHASE, rows) if PURCHASE in draws.by_line else 0.0,
        PROCEEDS: -_amount(draws, PROCEEDS, rows) if PROCEEDS in draws.by_line else 0.0,
    }
    return {name: value for name, value in parts.items() if value or name == "total_cost"} | {"cash_cost": sum(parts.values())}


def _line(draws: CashFlowDraws, line: str, interval: Level, amount: float, *, has_mean: bool) -> LineFlow:
    scenario = draws.result.scenario
    terms = scenario.payments.get(HARDWARE if line == PURCHASE else line)
    is_paid = draws.view == "cash" and terms is not None
    parts = supply_parts(scenario) if line == FLEET else ()
    total: Band = band(draws.by_line[line].sum(axis=1), interval, has_mean=has_mean)
    return LineFlow(
        name=line,
        terms=terms.name if is_paid and terms and not parts else "",
        description=_describe(terms, parts, scenario.payments) if is_paid and terms else "",
        total=total,
        amount=amount,
    )


def _describe(terms: PaymentTerms, parts: Sequence[str], payments: Mapping[str, PaymentTerms]) -> str:
    """Return when a line is paid, in words; of a fleet that is bought, when each of its parts is."""
    if not parts:
        return describe_terms(terms)
    by_terms: dict[str, list[str]] = {}
    for part in parts:
        by_terms.setdefault(describe_terms(payments[part]), []).append(to_words(part))
    return "; ".join(f"{', '.join(names)}: {text}" for text, names in by_terms.items())
