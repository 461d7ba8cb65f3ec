"""Which input to research next, in words."""

from collections.abc import Sequence

from simulator.analysis.occurrences import decides_event
from simulator.analysis.sensitivity.results import Driver, ResearchNext, best_drivers
from simulator.core.formatting import format_money, format_percent, to_words
from simulator.core.levels import Level, in_percent


def recommend_research(
    drivers: Sequence[Driver], level: Level, interval: Level, variance_of: str, currency: str
) -> ResearchNext:
    """Recommend which input to research next, where the value of information was computed.

    `level` is that of the budget, `interval` that of the central interval, `currency` that of amounts.
    """
    if all(driver.if_known is None for driver in drivers):
        return ResearchNext("", ())
    # Nobody can find out whether an event will occur; its probability is an input of its own.
    best = [driver for driver in best_drivers(drivers) if not decides_event(driver.name)]
    if not best:
        return ResearchNext("Research next: no single input, because no value of information exceeds its Monte Carlo error", ())
    first, *others = best
    *other_effects, last = _effects(first, level, interval, variance_of, currency)
    runners_up = f"; then {' and '.join(to_words(other.name) for other in others[:2])}" if others else ""
    today = ", an assumption today" if first.is_assumption else ""
    effects = f"{', '.join(other_effects)} and {last}" if other_effects else last
    text = f"Research next: {to_words(first.name)}{today}; knowing it would {effects}, in expectation{runners_up}"
    return ResearchNext(text, tuple(driver.name for driver in best))


_SCALES = {"cost": "", "log cost": ", as a ratio,", "rank of cost": " of the rank of the cost"}
"""How the interval is measured, by what the variance is of."""


def interval_effect(shrinks: float, interval: Level, variance_of: str) -> str:
    """Return by how much knowing an input would narrow the interval: `narrow the 95% interval, as a ratio, by 14%`."""
    return f"narrow the {in_percent(interval):.10g}% interval{_SCALES[variance_of]} by {format_percent(shrinks)}"


def _effects(driver: Driver, level: Level, interval: Level, variance_of: str, currency: str) -> list[str]:
    """Return what knowing an input would change in expectation: quantile, interval, budget decision."""
    value = driver.if_known
    assert value is not None
    effects = []
    if value.quantile_falls is not None and value.quantile_falls.is_clear:
        effects.append(f"lower the P{in_percent(level):.10g} by {format_money(value.quantile_falls.value, currency)}")
    if value.interval_shrinks.is_clear:
        effects.append(interval_effect(value.interval_shrinks.value, interval, variance_of))
    if value.expected_gain is not None:
        effects.append(f"be worth {format_money(value.expected_gain.value, currency)} to the budget decision")
    return effects
