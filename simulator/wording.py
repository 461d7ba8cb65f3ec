"""How numbers are said to people: three digits, units that fit the hand, Epoch AI's framing of an interval."""

import math

from simulator.probability import Level, in_percent
from simulator.units import SHOWN_AS

_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))


def digits(value: float, count: int = 3) -> str:
    """Round to significant digits, with thousands separated: 0.0123, 1.20, 45.6, 1,230, 1.23e+15."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return "-"
    rounded = float(f"{value:.{count - 1}e}")
    if abs(rounded) >= 1e12 or abs(rounded) < 1e-4:
        return f"{value:.{count - 1}e}"
    places = max(0, count - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{places}f}"


def short(value: float, count: int = 3) -> str:
    """Round with a letter for the scale: 126M, 1.20B, 950."""
    for scale, letter in _SCALES:
        if abs(float(f"{value:.{count - 1}e}")) >= scale:
            return digits(value / scale, count) + letter
    return digits(value, count)


def money(value: float) -> str:
    """Say an amount: `126M`, `4.20M`, `950`."""
    return short(value)


def percent(share: float, count: int = 2) -> str:
    """Say a share: `28%`, `0.63%`."""
    if 0.99 < share < 1:  # never a certainty that is none
        return f"{math.floor(1000 * share) / 10:.1f}%"
    return f"{digits(100 * share, count)}%" if 0 < abs(share) < 0.0995 else f"{100 * share:.0f}%"


def shown(value: float, unit: str) -> str:
    """Say a value in the unit that a person reads."""
    word, scale = SHOWN_AS.get(unit, (unit, 1.0))
    said = short(value * scale) if abs(value * scale) >= 1e5 else digits(value * scale)
    return f"{said} {word}".rstrip()


def shown_unit(unit: str) -> tuple[str, float]:
    """Return the word of the unit that a person reads, and what one canonical unit is in it."""
    return SHOWN_AS.get(unit, (unit, 1.0))


def interval_name(interval: Level) -> str:
    """Name an interval: `95% CI`."""
    return f"{in_percent(interval):.10g}% CI"
