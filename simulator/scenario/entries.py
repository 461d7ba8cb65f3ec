"""Conversion of an entry of a file to an input: its distribution in canonical units, and its provenance."""

import math
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulator.core import units
from simulator.core.formatting import format_plain
from simulator.core.suggestions import (
    InvalidValueError,
    Remedy,
    percentage_remedies,
)
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
    fit_family,
    fit_within_bounds,
    is_quantile,
    parse_quantile,
)
from simulator.engine.inputs import Input, Source
from simulator.scenario import library, posteriors
from simulator.scenario.schema import (
    Entry,
    RiskRow,
    SourceRow,
    Weighted,
)
from simulator.scenario.values import distribution_of, parse_value

# Parameters of a family that have no unit.
_SHAPE_PARAMETERS = {"sigma", "a", "b", "shape", "df"}
_MOST_OUTSIDE = 1e-3  # largest probability outside the possible values that is truncated without an error


_NO_COVARIATES = posteriors.Covariates()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads entries. `mass` is the probability of the central interval that `a to b` denotes in the file.

    The distribution of an entry is cached, so that scenarios which share a file share its distributions and their tables.
    """

    mass: float = 0.95
    home: Path | None = None
    """The folder of the file, in which its tables of posteriors are."""
    covariates: posteriors.Covariates = _NO_COVARIATES
    """The covariates of the posteriors in this scenario."""
    rates: units.Rates = ()
    """Other currencies, each with what one of it is in the money of the prices."""
    _cache: dict[tuple[int, str, Unit, units.Rates], tuple[Entry, Distribution]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def input(self, quantity: str, entry: Entry, unit: Unit, origin: str, sources: tuple[Source, ...] = ()) -> Input:
        """Return the input of a quantity; raise ValueError if the entry is invalid."""
        if posteriors.is_posterior(entry.from_):
            return self._from_posterior(quantity, entry, unit, origin)
        base_entry = entry if entry.from_ is None else library_entry(quantity, entry.from_)
        return Input(
            name=quantity,
            distribution=self.distribution(quantity, entry, unit),
            unit=unit,
            specification=describe(entry),
            about=entry.about or base_entry.about,
            sources=sources_of(entry.sources) or sources_of(base_entry.sources) or sources,
            date=entry.date or base_entry.date,
            grade=entry.grade or base_entry.grade,
            origin=origin,
            stream=quantity,
        )

    def _from_posterior(self, quantity: str, entry: Entry, unit: Unit, origin: str) -> Input:
        assert entry.from_ is not None
        table = posteriors.load_table(entry.from_, self.home)
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
        """Return the distribution of an entry, truncated to the possible values of the quantity."""
        if posteriors.is_posterior(entry.from_):
            return self._build(quantity, entry, unit)  # depends on the scenario, not only on the file
        key = id(entry), quantity, unit, self.rates  # the cache keeps the entry too, so that its id stays unique
        if key not in self._cache:
            distribution = self._build(quantity, entry, unit)
            _ = distribution.middle  # raises if it is too extreme for its table, before anything depends on it
            self._cache[key] = entry, distribution
        return self._cache[key][1]

    def _build(self, quantity: str, entry: Entry, unit: Unit) -> Distribution:
        scale = self._scale(quantity, entry, unit)
        points = _points(entry, scale)
        distribution = self._without_bounds(quantity, entry, unit)
        if entry.times is not None:
            if not isinstance(distribution, Constant):
                factor = self.distribution("relative_error", entry.times, Unit("1"))
                if isinstance(factor, Constant) and factor.value:
                    return Scaled(self._build(quantity, entry.model_copy(update={"times": None}), unit), factor.value)
                raise ValueError("`times` requires a single number; combine the uncertainty in one distribution instead")
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
                    remainder = f"nothing {'below' if x <= low else 'above'} {(low if x <= low else high) / scale:g}"
                    raise ValueError(f"gives p{100 * p:g} as {x / scale:g}, but `truncate` leaves {remainder}")

        def truncate(low: float, high: float) -> Distribution:
            if points and not isinstance(distribution, Constant):
                return fit_within_bounds(
                    lambda quantile_points: self._fit_points(entry, unit, scale, quantile_points), points, low, high
                )
            return Truncated(distribution, low, high)

        bounded = distribution if entry.truncate is None else truncate(low, high)
        return truncate(max(low, unit.low), min(high, unit.high)) if _exceeds_bounds(bounded, unit) else bounded

    def _scale(self, quantity: str, entry: Entry, unit: Unit) -> float:
        """Return the factor that converts the numbers of an entry; raise ValueError where they need a unit."""
        own_unit = unit_of_entry(quantity, entry)
        if not own_unit and not (numbers := _dimensional_numbers(entry)):
            own_unit = unit.text
        return units.factor_of(own_unit, unit.text, "" if own_unit else format_plain(numbers[0]), self.rates)

    def _without_bounds(self, quantity: str, entry: Entry, unit: Unit) -> Distribution:
        if entry.from_ is not None and posteriors.is_posterior(entry.from_):
            return posteriors.distribution(quantity, entry.from_, self.covariates, self.home)
        if entry.from_ is not None:
            return LIBRARY.distribution(quantity, library_entry(quantity, entry.from_), unit)
        if entry.value is not None:
            mass = self.mass if entry.ranges is None else entry.ranges / 100
            return distribution_of(entry.value, unit, mass, entry.unit, self.rates)
        if entry.mixture is not None:
            return Mixture(*self._read_parts(quantity, entry.mixture, entry.unit, unit))
        if entry.choice is not None:
            return Choice(tuple(entry.choice), *self._read_parts(quantity, tuple(entry.choice.values()), entry.unit, unit))
        scale = self._scale(quantity, entry, unit)
        if entry.empirical is not None:
            values = tuple(value * scale for value in entry.empirical)
            return Constant(values[0]) if len(set(values)) == 1 else Empirical(values)
        return self._fit_points(entry, unit, scale, _points(entry, scale))

    @staticmethod
    def _fit_points(entry: Entry, unit: Unit, scale: float, points: list[tuple[float, float]]) -> Distribution:
        """Return the distribution of a family, or of `quantiles`, with quantiles given as points (probability, value)."""
        if entry.quantiles is not None:
            if len(points) > 1 and len({x for _, x in points}) == 1:
                return Constant(points[0][1])
            interpolation = "logit" if unit.is_fraction else "log" if unit.low >= 0 else "linear"
            return Quantiles(tuple(p for p, _ in points), tuple(x for _, x in points), interpolation)
        name, parameters = _family(entry)
        fixed_parameters = {
            key: x if key in _SHAPE_PARAMETERS else x * scale for key, x in parameters.items() if not is_quantile(key)
        }
        try:
            return fit_family(name, fixed_parameters, points)
        except ValueError as error:
            remedies = error.remedies if isinstance(error, InvalidValueError) else ()
            message = error.message if isinstance(error, InvalidValueError) else str(error)
            raise InvalidValueError(message if name in message else f"{name} {message}", *remedies) from None

    def _read_parts(
        self, quantity: str, parts: tuple[Weighted, ...], entry_unit: str, unit: Unit
    ) -> tuple[tuple[Distribution, ...], tuple[float, ...]]:
        """Return distributions and weights; a part without a unit is in the unit of the entry."""
        entries = [
            part.distribution if part.distribution.unit else part.distribution.model_copy(update={"unit": entry_unit})
            for part in parts
        ]
        return tuple(self.distribution(quantity, entry, unit) for entry in entries), tuple(part.weight for part in parts)


LIBRARY = Reader()
"""Reads the rows of the library, where `a to b` always denotes the central 95 %."""


def _family(entry: Entry) -> tuple[str, dict[str, float]]:
    """Return the family of an entry and its parameters."""
    return next((name, parameters) for name in FAMILIES if (parameters := getattr(entry, name)) is not None)


def _points(entry: Entry, scale: float) -> list[tuple[float, float]]:
    """Return the quantiles of an entry, as points (probability, value) in canonical units."""
    parameters = entry.quantiles or next(
        (parameters for name in FAMILIES if (parameters := getattr(entry, name)) is not None), {}
    )
    invalid_keys = [key for key in entry.quantiles or {} if not is_quantile(key)]
    if invalid_keys:
        raise ValueError(f"quantiles has no {invalid_keys[0]!r}; write p5, p50, p97.5")
    key_of_probability: dict[float, str] = {}
    for key in filter(is_quantile, parameters):
        if key_of_probability.setdefault(parse_quantile(key), key) != key:
            raise ValueError(f"{key_of_probability[parse_quantile(key)]} and {key} are the same quantile; keep one")
    return sorted((p, parameters[key] * scale) for p, key in key_of_probability.items())


def _dimensional_numbers(entry: Entry) -> list[float]:
    """Return the numbers of an entry that have a dimension and no unit of their own; zero is the same in every unit."""
    family = next(
        (
            [x for key, x in parameters.items() if key not in _SHAPE_PARAMETERS]
            for name in FAMILIES
            if (parameters := getattr(entry, name)) is not None
        ),
        [],
    )
    bounds = [] if entry.truncate is None else [entry.truncate.low, entry.truncate.high]
    return [x for x in (*family, *(entry.quantiles or {}).values(), *(entry.empirical or ()), *bounds) if x]


def unit_of_entry(quantity: str, entry: Entry) -> str:
    """Return the unit of an entry: its own, the one after its number, or that of its row in the library."""
    if entry.unit:
        return entry.unit
    if entry.value is not None:
        return parse_value(entry.value).unit
    if entry.from_ is None or posteriors.is_posterior(entry.from_):
        return ""
    return unit_of_entry(quantity, library_entry(quantity, entry.from_))


@cache
def library_entry(quantity: str, name: str) -> Entry:
    """Return a row of the library as an entry."""
    library_row = library.row(quantity, name)
    try:
        return Entry.model_validate(library_row.node.plain())
    except ValidationError as error:
        raise ValueError(f"the library's row {name!r} is invalid: {error.errors()[0]['msg']}") from None


def entry_with_row(quantity: str, entry: Entry) -> Entry:
    """Return the row of the library that an entry names, or the entry itself."""
    return entry if entry.from_ is None or posteriors.is_posterior(entry.from_) else library_entry(quantity, entry.from_)


@cache
def library_risk(name: str) -> RiskRow | None:
    """Return a risk of the library, or None if there is none of that name."""
    node = library.find_file("risks", name)
    if node is None:
        return None
    try:
        return RiskRow.model_validate(node.plain())
    except ValidationError as error:
        raise ValueError(f"the library's risk {name!r} is invalid: {error.errors()[0]['msg']}") from None


def _exceeds_bounds(distribution: Distribution, unit: Unit) -> bool:
    """Whether a distribution exceeds the possible values of a quantity; raise ValueError if much of it does."""
    low, high = distribution.support
    if low >= unit.low and high <= unit.high:
        return False
    below = distribution.cdf(unit.low) if low < unit.low else 0.0
    above = 1 - distribution.cdf(unit.high) if high > unit.high else 0.0
    outside = below + above
    if outside > _MOST_OUTSIDE or distribution.is_constant:
        allowed = f"{unit.low:g} to {unit.high:g}" if unit.high < float("inf") else f"{unit.low:g} or more"
        middle = distribution.middle
        remedies = percentage_remedies(middle, middle) if unit.is_fraction else []
        if not distribution.is_constant:
            bounds = {"low": f"{unit.low:g}"} if below > 0 else {}
            bounds |= {"high": f"{unit.high:g}"} if above > 0 else {}
            bounds_text = ", ".join(f"{side}: {value}" for side, value in bounds.items())
            remedies.append(Remedy(f", or add `truncate: {{{bounds_text}}}`", add={"truncate": bounds}))
        message = f"{outside:.1%} of it lies outside what is possible here ({allowed})"
        raise InvalidValueError(f"{message}; use a distribution that stays inside", *remedies)
    return True


def describe(entry: Entry) -> str:
    """Return a readable description of the distribution of an entry."""
    if entry.value is not None:
        text = entry.value if entry.ranges is None else f"{entry.value} ({entry.ranges:g}%)"
    elif entry.from_ is not None:
        text = entry.from_
    else:
        name = next(
            key for key in (*FAMILIES, "quantiles", "mixture", "choice", "empirical") if getattr(entry, key) is not None
        )
        content: Any = getattr(entry, name)
        if name == "mixture":
            parts = [f"{part.weight:.3g} of {describe(part.distribution)}" for part in content]
        elif name == "choice":
            parts = [f"{key} ({describe(part.distribution)}, {part.weight:.3g})" for key, part in content.items()]
        elif name == "empirical":
            parts = [f"{len(content)} values from {format_plain(min(content))} to {format_plain(max(content))}"]
        else:
            parts = [f"{key} {format_plain(x)}" for key, x in content.items()]
        text = f"{name} {', '.join(parts)}"
    if entry.unit:
        text += f" {entry.unit}"
    if entry.peak == "fp8":
        text += " of the FP8 peak"
    if entry.times is not None:
        text += f" x {describe(entry.times)}"
    if entry.truncate is not None:
        low, high = entry.truncate.low, entry.truncate.high
        bounds = [
            *([] if low is None else [f"above {format_plain(low)}"]),
            *([] if high is None else [f"below {format_plain(high)}"]),
        ]
        text += f", held {' '.join(bounds)}"
    return text


def sources_of(rows: tuple[SourceRow, ...]) -> tuple[Source, ...]:
    """Return the sources of a row as the engine uses them."""
    return tuple(Source(row.title, row.place, row.url, row.date) for row in rows)
