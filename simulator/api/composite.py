"""Priors that are no family: known numbers, ranges, quantiles, mixtures, named alternatives, data, and rows of the library."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from simulator.api.arguments import number_of, short
from simulator.api.prior import Date, Grade, Prior, Sources, Truncation
from simulator.core.formatting import format_plain
from simulator.core.levels import Level, interval_of, probability_of
from simulator.core.suggestions import InvalidValueError
from simulator.scenario.plain import EMPIRICAL, node_of_value
from simulator.scenario.text import FiniteNumbers

Part: TypeAlias = Prior | float
"""A part of a mixture or an alternative of a choice: a prior, or a number."""


@dataclass(frozen=True, repr=False)
class Fixed(Prior):
    """A known number, with its unit and source, and optionally a relative error.

    Parameters
    ----------
    value : float
        The number.
    times : Prior, optional
        An uncertain factor on it, such as the relative error of a published figure.
    unit, about, source, date, grade, truncate
        As in `Prior`.

    Raises
    ------
    InvalidValueError
        If `value` is no finite number, or `times` no prior.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.Fixed(25_000, unit="chip", source="The company's own report")
    Fixed(value=25000, unit='chip')
    >>> round(llmcost.Fixed(100, times=llmcost.LogNormal(p5=0.5, p95=2)).quantile(0.95), 6)
    200.0

    """

    value: float
    times: Prior | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", number_of(self.value, "Fixed: value"))
        if self.times is not None and not isinstance(self.times, Prior):
            raise InvalidValueError(f"Fixed: times must be a prior, not {short(self.times)}")
        super().__post_init__()

    def _content(self) -> dict[str, object]:
        factor = {} if self.times is None else {"times": self.times.to_entry()}
        return {"value": format_plain(self.value), **factor}

    def _minimum(self) -> float:
        return self.value


@dataclass(frozen=True, repr=False)
class Range(Prior):
    """A range by its central interval; made by `between`."""

    low: float
    high: float
    interval: Level = 0.95

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            object.__setattr__(self, name, number_of(getattr(self, name), f"between: {name}"))
        try:
            object.__setattr__(self, "interval", interval_of(self.interval))
        except ValueError as error:
            raise InvalidValueError(f"between: interval: {error}") from None
        super().__post_init__()

    def _name(self) -> str:
        return "between"

    def _content(self) -> dict[str, object]:
        percent = round(100 * interval_of(self.interval), 10)
        return {"value": f"{self.low!r} to {self.high!r}"} | ({} if percent == 95 else {"ranges": percent})

    def _minimum(self) -> float:
        return self.low


def between(
    low: float,
    high: float,
    interval: Level = 0.95,
    unit: str = "",
    *,
    about: str = "",
    source: Sources = (),
    date: Date = "",
    grade: Grade = "",
    truncate: Truncation | None = None,
) -> Prior:
    """Return a prior by its central interval, as `low to high` in a scenario file.

    It is lognormal for a positive quantity, logit-normal for a fraction, and normal otherwise. Without a quantity it is
    lognormal if `low` is positive, and normal otherwise.

    Parameters
    ----------
    low, high : float
        Bounds of the interval.
    interval : float or str, optional
        Probability within the bounds: `0.9`, `90` and `"90%"` are the same.
    unit : str, optional
        Unit of the bounds, such as `USD/chip/hour`; without one, the one customary unit of the quantity, if it has one.
    about : str, optional
        What it is, for the reader.
    source : str, Source or iterable of them, optional
        Where the figures come from.
    date : str or date, optional
        Date of the figures: `2026`, `2026-03` or `2026-03-31`.
    grade : {"A", "B", "C", "D"}, optional
        Grade of the evidence.
    truncate : tuple of float or None, optional
        Lower and upper bound of the values, of which either may be None.

    Returns
    -------
    Prior

    Raises
    ------
    InvalidValueError
        If the bounds are no finite numbers in ascending order, or `interval` is no level.

    Examples
    --------
    >>> import llmcost
    >>> round(llmcost.between(2, 8, interval=90).quantile(0.5), 6)
    4.0
    >>> llmcost.read("llama-3.1-405b", sets={"mfu": llmcost.between(0.35, 0.45)}).inputs["mfu"].specification
    '0.35 to 0.45'

    """
    return Range(low, high, interval, unit=unit, about=about, source=source, date=date, grade=grade, truncate=truncate)


@dataclass(frozen=True, repr=False)
class Quantiles(Prior):
    """A distribution through two or more quantiles, with a smooth curve between them and tails beyond.

    The curve is a monotone cubic in the standard normal variate, of the logarithm for a positive quantity, of the log odds for
    a fraction, of the value otherwise.

    Parameters
    ----------
    quantiles : mapping of float or str to float
        Values by probability: `{0.05: 1, 0.5: 2, 0.95: 9}`; 5 and `"5%"` are the same as 0.05.
    unit, about, source, date, grade, truncate
        As in `Prior`.

    Raises
    ------
    InvalidValueError
        If there are fewer than two, a probability is none, or the values do not increase.

    Examples
    --------
    >>> import llmcost
    >>> round(llmcost.Quantiles({5: 1, 50: 2, 95: 9}).quantile(0.95), 6)
    9.0

    """

    quantiles: Mapping[Any, float]

    def __post_init__(self) -> None:
        quantiles: object = self.quantiles
        if not isinstance(quantiles, Mapping):
            message = f"must be a mapping such as {{0.05: 1, 0.95: 9}}, not {short(quantiles)}"
            raise InvalidValueError(f"Quantiles: quantiles {message}")
        values: dict[float, float] = {}
        for key, value in quantiles.items():
            try:
                probability = probability_of(key)
            except ValueError as error:
                raise InvalidValueError(f"Quantiles: {error}") from None
            if probability in values:
                raise InvalidValueError(f"Quantiles: {100 * probability:g}% is there twice; keep one")
            values[probability] = number_of(value, f"Quantiles: the value at {short(key)}")
        object.__setattr__(self, "quantiles", dict(sorted(values.items())))
        super().__post_init__()

    def _content(self) -> dict[str, object]:
        return {"quantiles": {f"p{_percent(p)}": value for p, value in self.quantiles.items()}}

    def _minimum(self) -> float:
        return min(self.quantiles.values(), default=-np.inf)


def _percent(probability: float) -> str:
    """Return a probability as a percentage that a file can have as the key of a quantile, without an exponent."""
    return np.format_float_positional(round(100 * probability, 10), trim="-")


@dataclass(frozen=True, repr=False)
class Mixture(Prior):
    """A mixture of distributions, such as a probability of zero and a lognormal otherwise.

    Parameters
    ----------
    parts : sequence of (float, Prior or float)
        Pairs of a weight and a part. The weights are above zero and add up to 1.
    unit, about, source, date, grade, truncate
        As in `Prior`. A part without a unit is in the unit of the mixture.

    Raises
    ------
    InvalidValueError
        If there are fewer than two parts, or the weights do not add up to 1.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.Mixture([(0.7, 0), (0.3, llmcost.LogNormal(p5=1e5, p95=1e6))]).quantile(0.5)
    0.0

    """

    parts: Sequence[tuple[float, Part]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", _weighted(self.parts, "Mixture", "a list of pairs (weight, prior)"))
        super().__post_init__()

    def _content(self) -> dict[str, object]:
        return {"mixture": [{"weight": weight, "distribution": _part_entry(part)} for weight, part in self.parts]}

    def _minimum(self) -> float:
        return min((_minimum(part) for _, part in self.parts), default=-np.inf)

    def _needs_quantity(self) -> bool:
        return any(isinstance(part, Prior) and part._needs_quantity() for _, part in self.parts)


@dataclass(frozen=True, repr=False)
class Choice(Prior):
    """One of several named alternatives, each with its probability and its own distribution or number.

    Parameters
    ----------
    alternatives : mapping of str to (float, Prior or float)
        Weight and distribution by name. The weights are above zero and add up to 1.
    unit, about, source, date, grade, truncate
        As in `Prior`. An alternative without a unit is in the unit of the choice.

    Raises
    ------
    InvalidValueError
        If there are fewer than two alternatives, or the weights do not add up to 1.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.Choice({"owned": (0.6, 1.5), "rented": (0.4, llmcost.between(2, 3))}).quantile(0.5)
    1.5

    """

    alternatives: Mapping[str, tuple[float, Part]]

    def __post_init__(self) -> None:
        alternatives: object = self.alternatives
        if not isinstance(alternatives, Mapping):
            message = f"must be a mapping such as {{'a': (0.6, 1.5), 'b': (0.4, 2)}}, not {short(alternatives)}"
            raise InvalidValueError(f"Choice: alternatives {message}")
        pairs = _weighted(list(self.alternatives.values()), "Choice", "names with a pair (weight, prior) each")
        object.__setattr__(self, "alternatives", dict(zip(self.alternatives, pairs, strict=True)))
        super().__post_init__()

    def _content(self) -> dict[str, object]:
        rows = self.alternatives.items()
        return {"choice": {name: {"weight": weight, "distribution": _part_entry(part)} for name, (weight, part) in rows}}

    def _minimum(self) -> float:
        return min((_minimum(part) for _, part in self.alternatives.values()), default=-np.inf)

    def _needs_quantity(self) -> bool:
        return any(isinstance(part, Prior) and part._needs_quantity() for _, part in self.alternatives.values())


@dataclass(frozen=True, repr=False)
class Empirical(Prior):
    """Observed values, all equally likely, such as your own measurements or the draws of another model.

    An array by itself is the same as an `Empirical` without unit and provenance.

    Parameters
    ----------
    data : array_like of float, shape (n,)
        The values, in any order.
    unit, about, source, date, grade, truncate
        As in `Prior`.

    Raises
    ------
    InvalidInputError
        If `data` is no one-dimensional array of finite numbers, or empty.

    Examples
    --------
    >>> import llmcost
    >>> import numpy as np
    >>> llmcost.Empirical(np.array([0.42, 0.38, 0.4]))
    Empirical(3 values from 0.38 to 0.42)

    """

    data: ArrayLike

    def __post_init__(self) -> None:
        node = node_of_value("data", np.asarray(self.data), "Empirical")
        numbers = None if node.keys is None else node.keys[EMPIRICAL].numbers
        if numbers is None:
            raise InvalidValueError(f"Empirical: data must be an array of numbers, not {short(self.data)}")
        object.__setattr__(self, "data", numbers)
        super().__post_init__()

    def __repr__(self) -> str:
        values = self._numbers()
        unit = f", unit={self.unit!r}" if self.unit else ""
        return f"Empirical({len(values):,} values from {min(values):.6g} to {max(values):.6g}{unit})"

    def _content(self) -> dict[str, object]:
        return {EMPIRICAL: list(self._numbers())}

    def _numbers(self) -> FiniteNumbers:
        assert isinstance(self.data, FiniteNumbers)
        return self.data

    def _minimum(self) -> float:
        return min(self._numbers())


@dataclass(frozen=True, repr=False)
class LibraryRow(Prior):
    """A prior of the library by its name, such as `h100-2026` for `rental_price`; or a posterior, as `posterior/utilisation`.

    Unit, description and sources are those of the row where they are not given.

    Parameters
    ----------
    name : str
        Name of the row; `llmcost list` shows them by quantity.
    unit, about, source, date, grade, truncate
        As in `Prior`.

    Raises
    ------
    InvalidInputError
        If `name` is no name of a row. Whether the library has it depends on the quantity.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.LibraryRow("us-2024").quantile(0.5, quantity="electricity_price") > 0
    True

    """

    name: str

    def __post_init__(self) -> None:
        name: object = self.name
        if not isinstance(name, str):
            raise InvalidValueError(f"LibraryRow: name must be text, not {short(name)}")
        super().__post_init__()

    def _content(self) -> dict[str, object]:
        return {"from": self.name}

    def _needs_quantity(self) -> bool:
        return True


def _weighted(parts: object, name: str, form: str) -> tuple[tuple[float, Part], ...]:
    """Return pairs of a weight and a prior or number."""
    if not isinstance(parts, Sequence) or isinstance(parts, str):
        raise InvalidValueError(f"{name}: needs {form}, not {short(parts)}")
    pairs: list[tuple[float, Part]] = []
    for each in parts:
        if not isinstance(each, tuple | list) or len(each) != 2:
            raise InvalidValueError(f"{name}: needs {form}, not {short(each)}")
        weight, part = each
        part = part if isinstance(part, Prior) else number_of(part, f"{name}: a part")
        pairs.append((number_of(weight, f"{name}: a weight"), part))
    return tuple(pairs)


def _part_entry(part: Part) -> object:
    return part.to_entry() if isinstance(part, Prior) else {"value": format_plain(part)}


def _minimum(part: Part) -> float:
    return part._minimum() if isinstance(part, Prior) else part
