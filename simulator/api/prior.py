"""The base class of priors as objects: units, provenance and bounds, quantiles and draws, and the entry of a scenario file."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from simulator.api.arguments import MOST_SEED, Probabilities, number_of, probabilities_of, short, whole_number
from simulator.core.errors import UnsupportedError
from simulator.core.formatting import format_plain
from simulator.core.levels import Level
from simulator.core.suggestions import InvalidValueError, suggest_nearest
from simulator.core.units import Unit, check_unit
from simulator.distributions import Distribution
from simulator.engine.inputs import Source
from simulator.engine.sampling.streams import BLOCK, random_normals
from simulator.model import every_graph, lookup_name
from simulator.scenario.entries import Reader
from simulator.scenario.plain import entry_of_mapping
from simulator.scenario.schema import Entry

Grade: TypeAlias = Literal["", "A", "B", "C", "D"]
Sources: TypeAlias = str | Source | Iterable[str | Source]
Truncation: TypeAlias = tuple[float | None, float | None]
Date: TypeAlias = str | datetime.date

FORMS = "between(low, high), LogNormal, Normal, Uniform, Quantiles, Empirical and others"
"""What makes a prior, for messages."""

_MOST_DRAWS = 100_000_000
_RARE = 1e-3
"""Probability beyond a mean below which few draws determine it."""
_HIDDEN = frozenset({"about", "source", "date"})
"""Fields that a short representation leaves out."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Prior:
    """The distribution of an uncertain quantity, with its unit and its provenance; the base class of all priors.

    A prior is a value of a scenario: `{"extends": "gpt-4", "mfu": prior}`, or `sets={"mfu": prior}`. It is checked when it is
    made, and again against the quantity that it is given to: its unit is converted, and a distribution that exceeds what is
    possible is refused.

    Parameters
    ----------
    unit : str, optional
        Unit of its numbers, such as `USD/chip/hour`; without one, the one customary unit of the quantity, if it has one.
    about : str, optional
        What it is, for the reader.
    source : str, Source or iterable of them, optional
        Where the figures come from.
    date : str or date, optional
        Date of the figures: `2026`, `2026-03` or `2026-03-31`.
    grade : {"A", "B", "C", "D"}, optional
        Grade of the evidence: A for a primary source, D for an assumption.
    truncate : tuple of float or None, optional
        Lower and upper bound, of which either may be None. The distribution is renormalised within them, and quantiles that it
        is built from hold after truncation.

    See Also
    --------
    between : A range by its central interval.

    Notes
    -----
    Attributes such as `mean`, `median` or `p95` are the parameters that a family was given, and None where it was given others;
    `expected_value`, `quantile` and `sample` are computed from the distribution.

    Examples
    --------
    >>> import llmcost
    >>> isinstance(llmcost.LogNormal(p5=2, p95=4, unit="USD/chip/hour"), llmcost.Prior)
    True

    """

    unit: str = ""
    about: str = ""
    source: Sources = ()
    date: Date = ""
    grade: Grade = ""
    truncate: Truncation | None = None

    def __post_init__(self) -> None:
        if type(self) is Prior:
            raise InvalidValueError(f"Prior is the base class of all priors; use {FORMS}")
        if isinstance(self.date, datetime.date):
            object.__setattr__(self, "date", self.date.isoformat()[:10])
        for name in ("unit", "about", "date", "grade"):
            if not isinstance(getattr(self, name), str):
                raise InvalidValueError(f"{self._name()}: {name} must be text, not {short(getattr(self, name))}")
        object.__setattr__(self, "source", _sources(self.source, self._name()))
        object.__setattr__(self, "truncate", self._bounds())
        try:
            check_unit(self.unit)
        except ValueError as error:
            raise InvalidValueError(f"{self._name()}: unit: {error}") from None
        entry = self._entry()
        if not self._needs_quantity():
            self._build(entry, "")

    def __repr__(self) -> str:
        general = [each.name for each in fields(Prior)]
        own = sorted(fields(self), key=lambda each: each.name in general)
        shown = {
            each.name: getattr(self, each.name)
            for each in own
            if each.name not in _HIDDEN and getattr(self, each.name) != each.default
        }
        return f"{self._name()}({', '.join(f'{name}={_shown(value)}' for name, value in shown.items())})"

    def to_entry(self) -> dict[str, object]:
        """Return the prior as an entry of a scenario file.

        Returns
        -------
        dict of str to object
            The keys of an entry, in numbers, text, lists and dicts.

        Examples
        --------
        >>> import llmcost
        >>> llmcost.LogNormal(p5=2, p95=4, unit="USD/chip/hour").to_entry()
        {'lognormal': {'p5': 2.0, 'p95': 4.0}, 'unit': 'USD/chip/hour'}

        """
        entry = self._content()
        entry |= {key: value for key in ("unit", "about", "date", "grade") if (value := getattr(self, key))}
        if self.source:
            entry["sources"] = [_source_row(each) for each in _sources(self.source, self._name())]
        if self.truncate is not None:
            entry["truncate"] = {
                key: bound for key, bound in zip(("low", "high"), self.truncate, strict=True) if bound is not None
            }
        return entry

    @overload
    def quantile(self, p: Level, *, quantity: str = "") -> float: ...
    @overload
    def quantile(self, p: Probabilities, *, quantity: str = "") -> NDArray[np.float64]: ...
    def quantile(self, p: Level | Probabilities, *, quantity: str = "") -> float | NDArray[np.float64]:
        """Return quantiles of the prior.

        Parameters
        ----------
        p : float, str or sequence of them
            Probability of a value not above the quantile: `0.9`, `90` and `"90%"` are the same.
        quantity : str, optional
            The quantity that it is the prior of. Without it, the quantile is in the prior's own unit, and the distribution has
            the bounds of its numbers alone; with it, the quantile is in the canonical unit of the quantity, within its bounds.

        Returns
        -------
        float or ndarray of float, shape (len(p),)

        Raises
        ------
        InvalidValueError
            If `p` is no probability, there is no such quantity, or the prior does not fit it.

        Examples
        --------
        >>> import llmcost
        >>> round(llmcost.LogNormal(p5=2, p95=8).quantile(0.5), 6)
        4.0
        >>> llmcost.Uniform(0, 10).quantile([0.05, 0.95]).round(6).tolist()
        [0.5, 9.5]

        """
        probabilities, is_single = probabilities_of(p)
        distribution = self._distribution(quantity)
        values = [float(distribution.quantile(each)) for each in probabilities]
        return values[0] if is_single else np.array(values, dtype=np.float64)

    def expected_value(self, *, quantity: str = "") -> float:
        """Return the mean of the prior, by numerical integration.

        Parameters
        ----------
        quantity : str, optional
            The quantity that it is the prior of, as in `quantile`.

        Returns
        -------
        float
            In the unit of `quantile`; the relative error is about 1e-6, or 1e-4 where the distribution has jumps.

        Raises
        ------
        InvalidValueError
            If there is no such quantity, or the prior does not fit it.
        UnsupportedError
            If fewer than 0.1% of the draws determine the mean, so that it is not stable.

        Examples
        --------
        >>> import llmcost
        >>> round(llmcost.LogNormal(mean=3, sd=1).expected_value(), 4)
        3.0

        """
        distribution = self._distribution(quantity)
        mean = float(distribution.moments()[0])
        if not distribution.is_constant and not _RARE <= distribution.cdf(mean) <= 1 - _RARE:
            raise UnsupportedError(f"fewer than {_RARE:.1%} of the draws of {self!r} determine its mean; use quantile(0.5)")
        return mean

    def describe(self, *, quantity: str = "") -> str:
        """Return the median and the central 95% interval in one line.

        Parameters
        ----------
        quantity : str, optional
            The quantity that it is the prior of, as in `quantile`.

        Returns
        -------
        str

        Raises
        ------
        InvalidValueError
            If there is no such quantity, or the prior does not fit it.

        Examples
        --------
        >>> import llmcost
        >>> llmcost.between(2, 8, unit="USD/chip/hour").describe()
        '4 (95% interval: 2 to 8) USD/chip/hour'

        """
        distribution = self._distribution(quantity)
        unit = _unit_of(quantity).text if quantity else self.unit
        low, median, high = (format_plain(float(f"{distribution.quantile(p):.4g}")) for p in (0.025, 0.5, 0.975))
        text = median if distribution.is_constant else f"{median} (95% interval: {low} to {high})"
        return text if unit in ("", "1") else f"{text} {unit}"

    def sample(self, n: int, seed: int = 0, *, quantity: str = "") -> NDArray[np.float64]:
        """Return draws of the prior.

        Parameters
        ----------
        n : int
            Number of draws.
        seed : int, optional
            Seed of the random draws; a sample is the beginning of a longer one with the same seed.
        quantity : str, optional
            The quantity that it is the prior of, as in `quantile`. With it, the draws are those of a run with this seed, in
            which the quantity has this prior and is not correlated.

        Returns
        -------
        ndarray of float, shape (n,)

        Raises
        ------
        InvalidValueError
            If `n` or `seed` is no whole number, there is no such quantity, or the prior does not fit it.

        Examples
        --------
        >>> import llmcost
        >>> llmcost.Normal(10, 2).sample(3).shape
        (3,)

        """
        count, first = whole_number(n, "n", 1, _MOST_DRAWS), whole_number(seed, "seed", 0, MOST_SEED)
        distribution = self._distribution(quantity)
        sizes = [BLOCK] * (count // BLOCK) + ([count % BLOCK] if count % BLOCK else [])
        blocks = [random_normals(first, quantity or "sample", number, size) for number, size in enumerate(sizes)]
        values: NDArray[np.float64] = np.concatenate([np.broadcast_to(distribution.at(z), z.shape) for z in blocks])
        return values

    def _content(self) -> dict[str, object]:
        """Return the keys of the entry that define the distribution."""
        raise NotImplementedError

    def _name(self) -> str:
        """Return the name by which messages and representations call it."""
        return type(self).__name__

    def _minimum(self) -> float:
        """Return the smallest number from which the distribution is built; a range of positive ones is lognormal."""
        return -np.inf

    def _needs_quantity(self) -> bool:
        """Whether its numbers are known only with the quantity."""
        return False

    def _bounds(self) -> Truncation | None:
        if self.truncate is None:
            return None
        name = self._name()
        bounds: object = self.truncate
        if not isinstance(bounds, tuple | list) or len(bounds) != 2:
            message = f"truncate must be (low, high), of which either may be None, not {short(bounds)}"
            raise InvalidValueError(f"{name}: {message}")
        low, high = (None if bound is None else number_of(bound, f"{name}: truncate") for bound in bounds)
        return low, high

    def _entry(self) -> Entry:
        """Return the validated entry; raise `InvalidInputError` if a file could not have it."""
        return entry_of_mapping(self.to_entry(), self._name())

    def _distribution(self, quantity: str) -> Distribution:
        """Return the distribution for a quantity, or by its own numbers alone."""
        if self._needs_quantity() and not quantity:
            raise InvalidValueError(f"{self!r} depends on its quantity: name it, as in quantile(0.5, quantity='mfu')")
        return self._build(self._entry(), quantity)

    def _build(self, entry: Entry, quantity: str) -> Distribution:
        try:
            return Reader().distribution(quantity or "value", entry, _unit_of(quantity) if quantity else self._own_unit())
        except ValueError as error:
            raise InvalidValueError(f"{self._name()}: {error}") from None

    def _own_unit(self) -> Unit:
        return Unit(self.unit or "1", low=0.0 if self._minimum() > 0 else -np.inf)


def _unit_of(quantity: str) -> Unit:
    if not isinstance(quantity, str):
        raise InvalidValueError(f"quantity must be a name, not {short(quantity)}")
    units = every_graph().units
    name = lookup_name(quantity.rpartition(".")[2])
    if name not in units:
        raise InvalidValueError(f"there is no quantity {quantity!r}{suggest_nearest(quantity, units)}")
    return units[name]


def _sources(source: Sources, name: str) -> tuple[Source, ...]:
    listed = (source,) if isinstance(source, str | Source) or not isinstance(source, Iterable) else tuple(source)
    for each in listed:
        if not isinstance(each, str | Source):
            raise InvalidValueError(f"{name}: source must be text or a Source, not {short(each)}")
    return tuple(Source(each) if isinstance(each, str) else each for each in listed)


def _source_row(source: Source) -> dict[str, str]:
    row = {"title": source.title, "place": source.place, "url": source.url, "date": source.date}
    return {key: text for key, text in row.items() if text}


def _shown(value: object) -> str:
    """Return a value as a short representation shows it: numbers without a trailing `.0`."""
    if isinstance(value, float):
        return format_plain(value)
    if isinstance(value, tuple):
        return f"({', '.join(map(_shown, value))})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_shown(each)}' for key, each in value.items())}}}"
    return repr(value)
