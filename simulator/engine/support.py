"""What a number of draws can support: levels far in a tail, and decisions about a probability."""

import math
from collections.abc import Iterable

from simulator.core.results import Note
from simulator.core.suggestions import InvalidValueError

MIN_DRAWS = 1000
"""Number of draws from which on a 95 % interval has 25 draws beyond each bound."""
MIN_DRAWS_BEYOND = 5
"""Minimum number of draws beyond a bound; with fewer it is hardly distinct from the extreme draw."""
FEW_DRAWS_BEYOND = "few-draws-beyond"
"""Code of the note on a level with few draws beyond it."""
_MOST_DRAWS = 1_000_000  # that commands about levels allow
_STANDARD_ERRORS = 2.0  # within which of a limit a probability is not told from it


def draws_beyond(level: float, draws: float) -> float:
    """Return the number of draws that are expected beyond a quantile, on its outer side."""
    return round(draws * min(level, 1 - level), 6)


def require_levels(levels: Iterable[float], draws: int) -> None:
    """Raise `InvalidValueError` for a level beyond which there is not one draw."""
    for level in levels:
        if draws_beyond(level, draws) < 1:
            problem = f"{_percentile(level)}: no draw of {draws:,} is expected beyond it"
            raise InvalidValueError(f"{problem}; {_remedy(level, draws)}")


def level_notes(levels: Iterable[float], draws: int, name: str) -> list[Note]:
    """Return a note for each level with few draws beyond it."""
    notes = []
    for level in levels:
        beyond = draws_beyond(level, draws)
        if beyond < MIN_DRAWS_BEYOND:
            text = (
                f"{_percentile(level)}: hardly any draw lies beyond it ({beyond:.2g} of {draws:,} on average), so it is hardly "
                f"distinct from the extreme draw; {_remedy(level, draws)}"
            )
            notes.append(Note(FEW_DRAWS_BEYOND, name, text))
    return notes


def _percentile(level: float) -> str:
    return f"P{100 * level:.10g}"


def _remedy(level: float, draws: int) -> str:
    """Return the number of draws that supports a level, and the nearest level that these draws support."""
    needed = draws_that_support(level)
    share = MIN_DRAWS_BEYOND / draws
    nearest = f"a level of {100 * (1 - share):.6g}% or less" if level > 0.5 else f"a level of {100 * share:.6g}% or more"
    return f"use {nearest}" if needed > _MOST_DRAWS else f"use {needed:,} draws or more, or {nearest}"


def draws_that_support(level: float) -> int:
    """Return the number of draws with `MIN_DRAWS_BEYOND` of them expected beyond a quantile."""
    return math.ceil(round(MIN_DRAWS_BEYOND / min(level, 1 - level), 6))


def require_draws_for_gate(limit: float, draws: int) -> None:
    """Raise `InvalidValueError` where draws are too few to compare a probability with a limit."""
    needed = max(MIN_DRAWS, draws_that_support(limit))
    if draws < needed:
        raise InvalidValueError(
            f"{draws:,} draws cannot tell whether a probability is above {100 * limit:.6g}%; use {needed:,} draws or more"
        )


def describe_close_gate(limit: float, probability: float, draws: float) -> str:
    """Return why draws do not tell on which side of a limit a probability lies, or an empty text if they do."""
    error = math.sqrt(limit * (1 - limit) / draws)
    if abs(probability - limit) >= _STANDARD_ERRORS * error:
        return ""
    needed = min(draws * (_STANDARD_ERRORS * error / abs(probability - limit)) ** 2, 1e12) if probability != limit else 1e12
    remedy = f"about {float(f'{needed:.1g}'):,.0f} draws tell" if needed <= _MOST_DRAWS else "more draws hardly help"
    return (
        f"the probability of exceeding the budget, {100 * probability:.3g}%, is within {_STANDARD_ERRORS:g} Monte Carlo "
        f"standard errors ({100 * error:.2g}% each) of the limit of {100 * limit:.6g}%, so its side is uncertain; {remedy}"
    )
