"""When a cost that accrues is paid, by its terms of payment."""

from simulator.analysis.cashflow.accrual import MONTH
from simulator.analysis.cashflow.profiles import Profile, at, beginning, scaled, shifted
from simulator.core.formatting import format_percent
from simulator.engine.payments import PaymentTerms

HOURS_PER_DAY = 24


def payment_profile(profile: Profile, terms: PaymentTerms) -> Profile:
    """Return when a cost is paid that accrues by a profile; its shares add up to one, whatever the tax."""
    lag, lead = terms.lag / MONTH, terms.lead / MONTH
    start = beginning(profile)
    due = at(start) if terms.due == "start" else profile
    paid = shifted(due, lag)
    if terms.deposit:
        paid = (*scaled(at(start - lead), terms.deposit), *scaled(paid, 1 - terms.deposit))
    if terms.tax:
        recovered = scaled(shifted(paid, terms.recovery / MONTH), -terms.tax)
        paid = (*paid, *scaled(paid, terms.tax), *recovered)
    return paid


def describe_terms(terms: PaymentTerms) -> str:
    """Return terms in words."""
    if not terms.is_cash:
        return "no payment"
    parts = []
    if terms.deposit:
        lead = f" {_time(terms.lead)} before the start" if terms.lead else " at the start"
        parts.append(f"{format_percent(terms.deposit)}{lead}")
    parts.append(("the rest " if terms.deposit else "") + _when(terms))
    if terms.tax:
        parts.append(f"{format_percent(terms.tax)} tax, back after {_time(terms.recovery)}")
    return "; ".join(parts)


def _when(terms: PaymentTerms) -> str:
    if terms.lag:
        return f"{_time(terms.lag)} after {'the start' if terms.due == 'start' else 'it accrues'}"
    return "at the start" if terms.due == "start" else "as it accrues"


def _time(hours: float) -> str:
    months = hours / MONTH
    if months >= 1 and abs(months - round(months)) < 1e-9:
        return f"{round(months)} month{'s' if round(months) != 1 else ''}"
    days = hours / HOURS_PER_DAY
    return f"{days:g} day{'s' if days != 1 else ''}"
