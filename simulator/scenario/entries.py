"""From an entry of a file to an input: its distribution in canonical units, and its provenance."""

import math
import re
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from simulator.core import units
from simulator.core.errors import Issue
from simulator.core.formatting import written
from simulator.core.suggestions import InvalidValueError, Remedies, Remedy, percentages, similar
from simulator.core.units import Unit
from simulator.distributions import (
    FAMILIES,
    Choice,
    Constant,
    Distribution,
    Empirical,
    Mixture,
    Quantiles,
    Scaled,
    Truncated,
    fitted,
    is_quantile,
    quantile_of,
    within,
)
from simulator.engine.inputs import Input, Source
from simulator.scenario import library, posteriors
from simulator.scenario.schema import (
    DATE,
    FROM,
    MONEY,
    NAME,
    ROLE,
    AdjustmentRow,
    Bounds,
    Dependence,
    EffectRow,
    Entry,
    PhaseRow,
    ProgressRow,
    SourceRow,
    Weighted,
)
from simulator.scenario.text import Node
from simulator.scenario.values import distribution_of, specification

# Parameters of a family that carry no unit.
_SHAPES = {"sigma", "a", "b", "shape", "df"}
_SLACK = 1e-3  # the most weight outside the possible values that is cut off without a word


_NOTHING_SAID = posteriors.Covariates()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads entries: `mass` is the central interval that `a to b` is in the file at hand.

    An entry that is read again, for another scenario that rests on the same file, is the distribution that it was, with its
    table.
    """

    mass: float = 0.95
    home: Path | None = None
    """The folder of the file, where tables of posteriors lie beside it."""
    covariates: posteriors.Covariates = _NOTHING_SAID
    """What the effects of a posterior depend on in the scenario at hand."""
    _made: dict[tuple[int, str, Unit], tuple[Entry, Distribution]] = field(default_factory=dict, repr=False, compare=False)

    def input(self, quantity: str, entry: Entry, unit: Unit, origin: str, sources: tuple[Source, ...] = ()) -> Input:
        """Return the input of a quantity; raise ValueError with what is wrong."""
        if posteriors.is_posterior(entry.from_):
            return self._from_posterior(quantity, entry, unit, origin)
        shown = entry if entry.from_ is None else library_entry(quantity, entry.from_)
        return Input(
            name=quantity,
            distribution=self.distribution(quantity, entry, unit),
            unit=unit,
            specification=describe(entry),
            about=entry.about or shown.about,
            sources=sources_of(entry.sources) or sources_of(shown.sources) or sources,
            date=entry.date or shown.date,
            grade=entry.grade or shown.grade,
            origin=origin,
            stream=quantity,
        )

    def _from_posterior(self, quantity: str, entry: Entry, unit: Unit, origin: str) -> Input:
        assert entry.from_ is not None
        table = posteriors.table(entry.from_, self.home)
        return Input(
            name=quantity,
            distribution=self.distribution(quantity, entry, unit),
            unit=unit,
            specification=entry.from_,
            about=entry.about or table.about,
            sources=sources_of(entry.sources) or table.sources,
            date=entry.date or table.date,
            grade=entry.grade or table.grade,
            origin=origin,
            stream=posteriors.stream(quantity, entry.from_, self.home),
        )

    def distribution(self, quantity: str, entry: Entry, unit: Unit) -> Distribution:
        """Return the distribution of an entry, held to what is possible for the quantity."""
        if posteriors.is_posterior(entry.from_):
            return self._read(quantity, entry, unit)  # which depends on the scenario, and not on the file alone
        key = id(entry), quantity, unit  # the entry is held beside its distribution, so no other can take its place in memory
        if key not in self._made:
            self._made[key] = entry, self._read(quantity, entry, unit)
        return self._made[key][1]

    def _read(self, quantity: str, entry: Entry, unit: Unit) -> Distribution:
        scale = units.factor(_given_unit(quantity, entry) or unit.text, unit.text)
        points = _points(entry, scale)
        distribution = self._specification(quantity, entry, unit)
        if entry.times is not None:
            if not isinstance(distribution, Constant):
                raise ValueError("`times` goes with one number; put the whole uncertainty into one distribution instead")
            distribution = (
                Scaled(self.distribution("relative_error", entry.times, Unit("1")), distribution.value)
                if distribution.value
                else distribution
            )
        low, high = -math.inf, math.inf
        if entry.truncate is not None:
            low = -math.inf if entry.truncate.low is None else entry.truncate.low * scale
            high = math.inf if entry.truncate.high is None else entry.truncate.high * scale
            for p, x in points:
                if not low < x < high:
                    kept = f"nothing {'below' if x <= low else 'above'} {(low if x <= low else high) / scale:g}"
                    raise ValueError(f"states p{100 * p:g} as {x / scale:g}, and `truncate` leaves {kept}")

        def held(low: float, high: float) -> Distribution:
            if points:
                return within(lambda moved: self._through(entry, unit, scale, moved), points, low, high)
            return Truncated(distribution, low, high)

        found = distribution if entry.truncate is None else held(low, high)
        return held(max(low, unit.low), min(high, unit.high)) if _reaches_out(found, unit) else found

    def _specification(self, quantity: str, entry: Entry, unit: Unit) -> Distribution:
        if entry.from_ is not None and posteriors.is_posterior(entry.from_):
            return posteriors.distribution(quantity, entry.from_, self.covariates, self.home)
        if entry.from_ is not None:
            return LIBRARY.distribution(quantity, library_entry(quantity, entry.from_), unit)
        if entry.value is not None:
            return distribution_of(entry.value, unit, self.mass, entry.unit)
        scale = units.factor(entry.unit or unit.text, unit.text)
        if entry.mixture is not None:
            return Mixture(*self._weighted(quantity, entry.mixture, entry.unit, unit))
        if entry.choice is not None:
            return Choice(tuple(entry.choice), *self._weighted(quantity, tuple(entry.choice.values()), entry.unit, unit))
        if entry.empirical is not None:
            return Empirical(tuple(value * scale for value in entry.empirical))
        return self._through(entry, unit, scale, _points(entry, scale))

    @staticmethod
    def _through(entry: Entry, unit: Unit, scale: float, points: list[tuple[float, float]]) -> Distribution:
        """Return the distribution of a family, or of `quantiles`, through points (probability, value)."""
        if entry.quantiles is not None:
            how = "logit" if unit.is_fraction else "log" if unit.low >= 0 else "linear"
            return Quantiles(tuple(p for p, _ in points), tuple(x for _, x in points), how)
        name, given = _family(entry)
        fixed = {key: x if key in _SHAPES else x * scale for key, x in given.items() if not is_quantile(key)}
        try:
            return fitted(name, fixed, points)
        except ValueError as error:
            remedies = error.remedies if isinstance(error, InvalidValueError) else ()
            message = error.message if isinstance(error, InvalidValueError) else str(error)
            raise InvalidValueError(message if name in message else f"{name} {message}", *remedies) from None

    def _weighted(
        self, quantity: str, parts: tuple[Weighted, ...], given_unit: str, unit: Unit
    ) -> tuple[tuple[Distribution, ...], tuple[float, ...]]:
        """Return distributions and weights; a part that names no unit is in the unit of the whole."""
        entries = [
            part.distribution if part.distribution.unit else part.distribution.model_copy(update={"unit": given_unit})
            for part in parts
        ]
        return tuple(self.distribution(quantity, entry, unit) for entry in entries), tuple(part.weight for part in parts)


LIBRARY = Reader()
"""Reads the rows of the library, where `a to b` is always the central 95 %."""


def _family(entry: Entry) -> tuple[str, dict[str, float]]:
    """Return the named family of an entry, with what is given of it."""
    return next((name, given) for name in FAMILIES if (given := getattr(entry, name)) is not None)


def _points(entry: Entry, scale: float) -> list[tuple[float, float]]:
    """Return the quantiles that an entry states, as points (probability, value) in canonical units."""
    given = entry.quantiles or next((given for name in FAMILIES if (given := getattr(entry, name)) is not None), {})
    wrong = [key for key in entry.quantiles or {} if not is_quantile(key)]
    if wrong:
        raise ValueError(f"quantiles has no {wrong[0]!r}; write p5, p50, p97.5")
    found: dict[float, str] = {}
    for key in filter(is_quantile, given):
        if found.setdefault(quantile_of(key), key) != key:
            raise ValueError(f"{found[quantile_of(key)]} and {key} are one quantile; keep one")
    return sorted((p, given[key] * scale) for p, key in found.items())


def _given_unit(quantity: str, entry: Entry) -> str:
    """Return the unit in which an entry is written: its own, that behind its number, or that of its row in the library."""
    if entry.unit:
        return entry.unit
    if entry.value is not None:
        return specification(entry.value).unit
    if entry.from_ is None or posteriors.is_posterior(entry.from_):
        return ""
    return _given_unit(quantity, library_entry(quantity, entry.from_))


@cache
def library_entry(quantity: str, name: str) -> Entry:
    """Return a row of the library as an entry, following a row that is taken from another."""
    found = library.row(quantity, name)
    try:
        return Entry.model_validate(found.node.plain())
    except ValidationError as error:
        raise ValueError(f"the library's row {name!r} is broken: {error.errors()[0]['msg']}") from None


def _reaches_out(distribution: Distribution, unit: Unit) -> bool:
    """Whether a distribution reaches beyond the possible values of a quantity; refuse it where much of it does."""
    low, high = distribution.support
    if low >= unit.low and high <= unit.high:
        return False
    below = distribution.cdf(unit.low) if low < unit.low else 0.0
    above = 1 - distribution.cdf(unit.high) if high > unit.high else 0.0
    outside = below + above
    if outside > _SLACK or distribution.is_constant:
        allowed = f"{unit.low:g} to {unit.high:g}" if unit.high < float("inf") else f"{unit.low:g} or more"
        middle = distribution.quantile(0.5)
        remedies = percentages(middle, middle) if unit.is_fraction else []
        if not distribution.is_constant:
            ends = {"low": f"{unit.low:g}"} if below > 0 else {}
            ends |= {"high": f"{unit.high:g}"} if above > 0 else {}
            shown = ", ".join(f"{end}: {value}" for end, value in ends.items())
            remedies.append(Remedy(f", or add `truncate: {{{shown}}}`", add={"truncate": ends}))
        message = f"{outside:.1%} of it lies outside what is possible here ({allowed})"
        raise InvalidValueError(f"{message}; use a distribution that stays inside", *remedies)
    return True


def describe(entry: Entry) -> str:
    """Return how a person would say the distribution of an entry."""
    if entry.value is not None:
        said = entry.value
    elif entry.from_ is not None:
        said = entry.from_
    else:
        name = next(
            key for key in (*FAMILIES, "quantiles", "mixture", "choice", "empirical") if getattr(entry, key) is not None
        )
        given: Any = getattr(entry, name)
        if name == "mixture":
            parts = [f"{part.weight:.3g} of {describe(part.distribution)}" for part in given]
        elif name == "choice":
            parts = [f"{key} ({describe(part.distribution)}, {part.weight:.3g})" for key, part in given.items()]
        elif name == "empirical":
            parts = [f"{len(given)} values from {written(min(given))} to {written(max(given))}"]
        else:
            parts = [f"{key} {written(x)}" for key, x in given.items()]
        said = f"{name} {', '.join(parts)}"
    if entry.unit:
        said += f" {entry.unit}"
    if entry.times is not None:
        said += f" x {describe(entry.times)}"
    if entry.truncate is not None:
        low, high = entry.truncate.low, entry.truncate.high
        ends = [*([] if low is None else [f"above {written(low)}"]), *([] if high is None else [f"below {written(high)}"])]
        said += f", held {' '.join(ends)}"
    return said


def sources_of(rows: tuple[SourceRow, ...]) -> tuple[Source, ...]:
    """Return the sources of a row as the core knows them."""
    return tuple(Source(row.title, row.place, row.url, row.date) for row in rows)


# What pydantic's kinds of error, and the patterns of the schema, ask for in plain words.
_WANTED = {
    "string_type": "must be plain text",
    "dict_type": "must be a mapping of keys",
    "tuple_type": "must be a list",
    "model_type": "must be a value or a mapping of keys",
    "model_attributes_type": "must be a value or a mapping of keys",
    FROM: "must be a name: of a row of the library, posterior/NAME, or a table beside this file (ours.csv)",
    NAME: "must be a name: a letter, then letters, digits, `_`, `-` and `.`",
    ROLE: "must be a name: a small letter, then small letters, digits and `_`",
    MONEY: "must be USD, with the year of its prices: 2026 USD (other currencies are converted as prices are read: --rate)",
    DATE: "must be a date such as 2026, 2026-03 or 2026-03-31",
}


def _path(steps: tuple[str | int, ...], node: Node) -> tuple[str | int, ...]:
    """Return the steps of pydantic's path but for its own, such as `function-before[...]`; keys may be called so too."""
    path: list[str | int] = []
    for step in steps:
        is_key = node.keys is not None and step in node.keys
        if is_key or isinstance(step, int) or "[" not in step:
            path.append(step)
        if is_key:
            node = node.child(str(step))
        elif node.items is not None and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
    return tuple(path)


# Which keys there are below a key, where they are not those of an entry.
_INSIDE: dict[str | int, type[BaseModel]] = {
    "sources": SourceRow, "truncate": Bounds, "mixture": Weighted, "choice": Weighted, "dependence": Dependence,
    "adjustments": AdjustmentRow, "effects": EffectRow, "schedule": PhaseRow, "progress": ProgressRow,
}  # fmt: skip


def issues_of(error: ValidationError, node: Node, key: str = "", model: type[BaseModel] | None = None) -> list[Issue]:
    """Turn pydantic's report into issues with place, key and next step."""
    issues = []
    for item in error.errors(include_url=False):
        path = _path(item["loc"], node)
        shown = ".".join([*([key] if key else []), *map(str, path)])
        message = item["msg"].removeprefix("Value error, ")
        remedies: Remedies = tuple
        if isinstance(cause := item.get("ctx", {}).get("error"), InvalidValueError):
            message, remedies = cause.message, partial(tuple, cause.remedies)
        if item["type"] == "extra_forbidden":
            known = (
                (model or Entry)
                if len(path) == 1
                else next((_INSIDE[key] for key in reversed(path[:-1]) if key in _INSIDE), Entry)
            )
            words = [field.alias or name for name, field in known.model_fields.items()]
            message = "there is no such key"
            remedies = partial(similar, str(path[-1]), words)
        elif item["type"] == "missing":
            message = "is missing"
        elif item["type"] == "literal_error" and item["ctx"]["expected"] == "''":
            continue  # it may be left empty: the other alternatives are told
        elif item["type"] == "literal_error":
            message = f"{item['input']!r} is not among {item['ctx']['expected']}"
            words = re.findall(r"'([^']+)'", item["ctx"]["expected"])
            remedies = partial(similar, str(item["input"]), words)
        elif item["type"] != "value_error":
            wanted = _WANTED.get(item["type"]) or _WANTED.get(item.get("ctx", {}).get("pattern", ""))
            message = f"{wanted or message[:1].lower() + message[1:]}; got {str(item['input'])[:40]!r}"
        issues.append(Issue(node.at(path), shown, message, remedies))
    return issues
