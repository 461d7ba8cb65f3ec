"""Notes on the prices of the amounts of a cash flow: those of one year, or raised from year to year."""

import datetime
import re
from collections.abc import Iterable

from simulator.analysis.cashflow.calendar import month_label, month_of
from simulator.core.results import Note
from simulator.scenario import Scenario

_YEAR = re.compile(r"\d{4}")


def price_notes(scenario: Scenario, start: datetime.date | None, months: int) -> Iterable[Note]:
    """Yield that amounts of later years are at the prices of one year, or from when on they are raised."""
    found = _YEAR.search(scenario.money)
    priced = int(found.group()) if found else None
    escalation = scenario.inputs.get("escalation")
    if escalation is None or (escalation.distribution.is_constant and not escalation.distribution.quantile(0.5)):
        years = _later_years(priced, start, months)
        if years:
            text = (
                f"amounts {years} are in {scenario.money} too: no later rise of prices is stated; `escalation: 3 percent/year` "
                "adds what they are in the money of their month (then-year), and a price that is agreed does not rise"
            )
            yield Note("no-escalation", "escalation", text)
    elif start is not None and priced is not None and start.year > priced:
        text = f"escalation begins with the schedule, in {month_label(start, 0)}: from {priced} until then no price is raised"
        yield Note("escalation-from-start", "escalation", text)


def _later_years(priced: int | None, start: datetime.date | None, months: int) -> str:
    """Return the years after that of the prices in which amounts fall, in words; empty where there are none."""
    if start is None:
        return "after the first year" if months > 12 else ""
    last = month_of(start, months - 1)[0]
    first = max(start.year, start.year + 1 if priced is None else priced + 1)
    if first > last:
        return ""
    return f"of {first}" if first == last else f"of {first} to {last}"
