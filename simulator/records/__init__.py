"""Priors from a user's own records: bills, energy logs, runs and quotes become a file that is laid over any scenario."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.formatting import digits, shown
from simulator.core.suggestions import nearest
from simulator.core.units import Unit
from simulator.records.table import Column, Records, counted
from simulator.scenario import library
from simulator.scenario.chips import chip_named, strange_words
from simulator.scenario.plausibility import limit_of
from simulator.scenario.plausibility import rows as plausible
from simulator.scenario.text import UNSEEN

__all__ = [
    "Found",
    "Prior",
    "chip_wanted",
    "chosen_chip",
    "doubtful",
    "limits",
    "observed",
    "predictive",
    "spread_of",
    "text_of",
    "typical",
]

FEW = 8
"""From this many different values on, a distribution is fitted to what was observed; fewer are kept as they are."""
QUANTILES = (2.5, 5.0, 50.0, 95.0, 97.5)
PRIOR_WEIGHT = 2.0
"""How many values the library's spread is worth beside a user's own."""
FAR = 5.0
"""How many times off the library's figure a user's own is before a reader is told."""


@dataclass(frozen=True, slots=True)
class Prior:
    """A quantity as the records say it: its distribution in the grammar of a scenario, and what is known about it."""

    quantity: str
    distribution: Mapping[str, Any]
    unit: str
    about: str
    date: str = ""
    grade: str = "A"


@dataclass(frozen=True, slots=True)
class Found:
    """What a file gave: priors, the source of all of them, and what a reader should know."""

    priors: tuple[Prior, ...]
    title: str
    place: str
    date: str
    notes: tuple[str, ...]


# --- distributions from few values
# ---------------------------------------------------------------------------------------------------


def predictive(values: Sequence[float], spread: float, weights: Sequence[float] = (), count: int = 0) -> dict[float, float]:
    """Return quantiles (in percent) of the next value, where values are normal on their scale (a logarithm or a logit).

    With an even prior for the mean, and for the variance one that is worth `PRIOR_WEIGHT` values, the next value is a Student t
    about the mean of n values, of n - 1 + `PRIOR_WEIGHT` degrees of freedom and of the pooled variance times 1 + 1/n (Gelman et
    al. 2013, Bayesian Data Analysis, 3.3). `spread` is the library's standard deviation; half of its variance is taken to lie
    between teams and half within one (an assumption), so the prior's variance is the half. Where the values are further apart
    than that prior has it, their own variance counts alone: the result is always wider than the sample.
    One value says nothing of a spread: the result is the library's spread about it.
    `weights` say how much each value counts for the mean, `count` how many of them are independent (all unless said).
    """
    x = np.array(values, dtype=float)
    w = np.array(weights or [1.0] * len(x), dtype=float)
    w /= w.sum()
    n = count or len(x)
    mean = float(np.sum(w * x))
    if n == 1:
        from statistics import NormalDist

        return {p: mean + spread * NormalDist().inv_cdf(p / 100) for p in QUANTILES}
    from scipy.stats import t

    own = float(np.sum(w * (x - mean) ** 2)) * n / (n - 1)
    df = n - 1 + PRIOR_WEIGHT
    pooled = (PRIOR_WEIGHT * spread**2 / 2 + (n - 1) * own) / df
    scale = math.sqrt(max(pooled, own) * (1 + 1 / n))
    return {p: mean + scale * float(t.ppf(p / 100, df)) for p in QUANTILES}


def observed(parts: Iterable[tuple[float, float]], few: int = FEW) -> tuple[dict[str, Any], str]:
    """Return the distribution of values above zero with their weights, such as prices with the hours at each, and how to call
    it.

    One value is itself. Fewer than `few` keep their weights, and nothing is invented between them. From there on it is a
    lognormal with their weighted mean and variance on the log scale, whose central 95 % is that of the Student t for the next
    value (n - 1 degrees of freedom, Gelman et al. 2013, 3.2), so that few values give a wider distribution than their own.
    """
    pairs = sorted(parts)
    total = sum(weight for _, weight in pairs)
    if len(pairs) == 1:
        return {"value": rounded(pairs[0][0])}, "one value"
    if len(pairs) < few:
        weights = [round(weight / total, 9) for _, weight in pairs[:-1]]
        weights.append(round(1 - sum(weights), 9))
        kept = [(value, weight) for (value, _), weight in zip(pairs, weights, strict=True) if weight > 0]
        if len(kept) == 1:
            return {"value": rounded(kept[0][0])}, "one value"
        return {
            "mixture": [{"weight": w, "distribution": rounded(v)} for v, w in kept]
        }, f"the {len(kept)} values observed, as they are"
    from scipy.stats import t

    n = len(pairs)
    x, w = np.log([value for value, _ in pairs]), np.array([weight for _, weight in pairs]) / total
    mean = float(np.sum(w * x))
    scale = math.sqrt(float(np.sum(w * (x - mean) ** 2)) * n / (n - 1) * (1 + 1 / n))
    reach = scale * float(t.ppf(0.975, n - 1))
    ends = {"p2.5": rounded(math.exp(mean - reach)), "p97.5": rounded(math.exp(mean + reach))}
    return {"lognormal": ends}, f"lognormal through {n} different values, for the next one"


def spread_of(quantity: str, row: str, unit: Unit, scale: Callable[[float], float]) -> float:
    """Return the standard deviation that a row of the library has on a scale, from its 5 % and 95 % points."""
    from simulator.scenario.entries import Reader, library_entry

    distribution = Reader().distribution(quantity, library_entry(quantity, row), unit)
    return (scale(distribution.exact_quantile(0.95)) - scale(distribution.exact_quantile(0.05))) / (2 * 1.6448536269514722)


def logit(x: float) -> float:
    """Return the scale of fractions: the log odds."""
    return math.log(x) - math.log1p(-x)


def quantiles_of(found: Mapping[float, float], back: Callable[[float], float]) -> dict[str, Any]:
    """Return a predictive distribution as stated quantiles, brought back from its scale."""
    return {"quantiles": {f"p{p:g}": back(x) for p, x in found.items()}}


def positive(x: float) -> float:
    """Return what a logarithm is of."""
    return rounded(math.exp(x))


def fraction(x: float) -> float:
    """Return the fraction of log odds, with six digits of its distance from the nearer end; never that end itself."""
    small = max(float(f"{1 / (1 + math.exp(min(abs(x), 700))):.6g}"), 1e-12)
    return small if x < 0 else round(1 - small, 15)


def rounded(x: float) -> float:
    """Round to six digits."""
    return float(f"{x:.6g}")


# --- chips ------------------------------------------------------------------------------------------------------------------


def chip_wanted(given: str | None) -> str:
    """Return the chip that an option names; raise `InvalidInputError` with the nearest name for one that the library does not
    know.
    """
    if not given:
        return ""
    name = chip_named(given)
    if not name or strange_words(given, name):  # a cell may say more than the chip; an option that does is misspelt
        known = list(library.chips())
        message = f"no chip {given!r}{nearest(given, known)}; `llmcost list chips` shows them"
        raise InvalidInputError([Issue(Place("--chip"), "", message)])
    return name


def chosen_chip(records: Records, named: Counter[str], wanted: str, column: Column | None = None) -> str:
    """Return the chip whose rows count, and count the rows of all others as left out; refuse a file of several chips.

    `named` holds the rows of each chip, and under "" those that name none. Rows that name none count only where no row names
    one: beside named ones they may be of any chip. The result is "" where nothing names a chip.
    """
    known = {name: rows for name, rows in named.items() if name}
    if not known:
        return ""
    if wanted and wanted not in known:
        records.refuse(f"has no rows of {wanted}; it names {_listed(known)}", column)
    if not wanted and len(known) > 1:
        records.refuse(f"names several chips: {_listed(known)}; choose one with --chip", column)
    chip = wanted or next(iter(known))
    records.drop("name no chip of the library, while others do", named[""])
    for name, rows in known.items():
        if name != chip:
            records.drop(f"of another chip, {name}", rows)
    return chip


def _listed(chips: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({counted(rows, 'row')})" for name, rows in chips.items())


@cache
def typical(chip: str, quantity: str, unit: Unit) -> float | None:
    """Return the median of what the library has of a chip (its peak, rated power or price), or None."""
    from simulator.scenario.entries import Reader
    from simulator.scenario.schema import Entry

    node = (library.chips()[chip].keys or {}).get(quantity) if chip else None
    return None if node is None else Reader().distribution(quantity, Entry.model_validate(node.plain()), unit).quantile(0.5)


def far_off(chip: str, quantity: str, unit: Unit, value: float) -> str:
    """Return a warning where a value is many times off what the library has for the chip, or nothing."""
    known = typical(chip, quantity, unit)
    if known is None or known / FAR <= value <= known * FAR:
        return ""
    return (
        f"look at this: {digits(value)} {unit.text} for {chip}, where the library has {digits(known)}; "
        "is it per chip, and not per server?"
    )


def limits(quantity: str, unit: Unit, of: tuple[float, float] = (1.0, 1.0)) -> tuple[float, float]:
    """Return between what the library takes a quantity for plausible; `of` is what stated multiples are multiples of."""
    row = plausible()[quantity]
    specification = unit if row.of is None else Unit("1")
    low, high = (limit_of(limit, specification) if limit else None for limit in (row.low, row.high))
    return -math.inf if low is None else low * of[0], math.inf if high is None else high * of[1]


def doubtful(quantity: str, unit: Unit, values: Sequence[tuple[int, float]], between: tuple[float, float]) -> list[str]:
    """Return a warning where some values, given with their lines, are beyond what is plausible: one for all of them."""
    low, high = between
    far = [(line, value) for line, value in values if not low <= value <= high]
    if not far:
        return []
    line, value = far[0]
    more = f" and {len(far) - 1:,} more" if len(far) > 1 else ""
    allowed = f"{shown(low, unit.text)} to {shown(high, unit.text)}"
    return [f"look at this: {quantity} of {shown(value, unit.text)} in line {line}{more}, where {allowed} is plausible"]


# --- the file ---------------------------------------------------------------------------------------------------------------


def text_of(found: Found, command_name: str) -> str:
    """Return the priors as YAML in the grammar of a scenario, with their sources, and what a reader should know on top."""
    parts = [f"# Written by `llmcost prior {command_name}` of {_plain(found.title)}: {found.place}."]
    parts += ["# Lay it over a scenario with `extends: [gpt-4, THIS-FILE.yaml]`."]
    parts += [f"# {_plain(note)}" for note in found.notes]
    for prior in found.priors:
        ((family, distribution),) = prior.distribution.items()
        dated = f", date: {found.date}" if found.date else ""
        source = f"{{title: {_quoted(found.title)}, place: {_quoted(found.place)}{dated}}}"
        rows = {
            family: _flow(distribution),
            "unit": prior.unit,
            "about": _quoted(prior.about),
            "date": prior.date,
            "grade": prior.grade,
        }
        parts += ["", f"{prior.quantity}:"]
        parts += [f"  {key}: {value}" for key, value in (rows | {"sources": source}).items() if value]
    return "\n".join(parts) + "\n"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return repr(value)


def _plain(text: str) -> str:
    """Return text of a user's file or its name without what could end a line or steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _quoted(text: str) -> str:
    """Return text as a YAML scalar in double quotes, with `?` for what the reader of scenarios refuses as unseen."""
    plain = UNSEEN.sub("?", text[:1900]).encode("utf-8", "replace").decode("utf-8")
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in plain) + '"'
