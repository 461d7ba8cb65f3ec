"""The families of priors as objects: by their own parameters, or by quantiles that they meet exactly."""

from dataclasses import dataclass, fields
from typing import ClassVar

from simulator.api.arguments import number_of
from simulator.api.prior import Prior

QUANTILE_FIELDS = ("p1", "p2_5", "p5", "p10", "p20", "p25", "p50", "p75", "p80", "p90", "p95", "p97_5", "p99")
"""Parameters for quantiles; `p2_5` is the 2.5 % quantile. Any other quantile can be part of `Quantiles`."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Family(Prior):
    """A prior of a named family, by the parameters of the family, by quantiles, or by both if they determine it."""

    p1: float | None = None
    p2_5: float | None = None
    p5: float | None = None
    p10: float | None = None
    p20: float | None = None
    p25: float | None = None
    p50: float | None = None
    p75: float | None = None
    p80: float | None = None
    p90: float | None = None
    p95: float | None = None
    p97_5: float | None = None
    p99: float | None = None

    key: ClassVar[str]
    """The key of the family in a scenario file."""

    def __post_init__(self) -> None:
        for name in self._parameters():
            object.__setattr__(self, name, number_of(getattr(self, name), f"{self._name()}: {name}"))
        super().__post_init__()

    def _parameters(self) -> dict[str, float]:
        """Return the parameters and quantiles that are given, those of the family first."""
        general = {each.name for each in fields(Prior)}
        own = [each.name for each in fields(self) if each.name not in general]
        values = {name: getattr(self, name) for name in sorted(own, key=lambda name: name in QUANTILE_FIELDS)}
        return {name: value for name, value in values.items() if value is not None}

    def _content(self) -> dict[str, object]:
        values = self._parameters()
        return {self.key: {name.replace("_", ".") if name in QUANTILE_FIELDS else name: values[name] for name in values}}


@dataclass(frozen=True, repr=False)
class Normal(Family):
    """A quantity of either sign.

    Parameters
    ----------
    mean : float, optional
        Mean.
    sd : float, optional
        Standard deviation, above zero.
    p1, p2_5, p5, p10, p20, p25, p50, p75, p80, p90, p95, p97_5, p99 : float, optional
        Quantiles that the distribution meets exactly; `p2_5` is the 2.5 % quantile.
    unit, about, source, date, grade, truncate
        As in `Prior`.

    Raises
    ------
    InvalidValueError
        If the parameters determine no distribution, or are no finite numbers.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.Normal(10, 2).quantile(0.5)
    10.0
    >>> llmcost.Normal(p5=5, p95=15)
    Normal(p5=5, p95=15)

    """

    mean: float | None = None
    sd: float | None = None

    key: ClassVar[str] = "normal"


@dataclass(frozen=True, repr=False)
class LogNormal(Family):
    """A positive quantity, such as a price, whose logarithm is normal.

    With three quantiles it meets all three, and has the tails of a lognormal.

    Parameters
    ----------
    median : float, optional
        Median.
    sigma : float, optional
        Standard deviation of the natural logarithm.
    mean, sd : float, optional
        Mean and standard deviation, in place of median and sigma.
    low : float, optional
        Lower bound of the values, by default zero.
    p1, p2_5, p5, p10, p20, p25, p50, p75, p80, p90, p95, p97_5, p99 : float, optional
        Quantiles that the distribution meets exactly; `p2_5` is the 2.5 % quantile.
    unit, about, source, date, grade, truncate
        As in `Prior`.

    Raises
    ------
    InvalidValueError
        If the parameters determine no distribution, or are no finite numbers.

    Examples
    --------
    >>> import llmcost
    >>> price = llmcost.LogNormal(p5=2, p95=4, unit="USD/chip/hour", source="Quotes of three clouds", grade="B")
    >>> price
    LogNormal(p5=2, p95=4, unit='USD/chip/hour', grade='B')
    >>> llmcost.read("gpt-4", basis="rented", sets={"rental_price": price}).inputs["rental_price"].grade
    'B'

    """

    median: float | None = None
    sigma: float | None = None
    mean: float | None = None
    sd: float | None = None
    low: float | None = None

    key: ClassVar[str] = "lognormal"


@dataclass(frozen=True, repr=False)
class LogitNormal(Family):
    """A fraction between 0 and 1, such as a utilisation, whose log odds are normal.

    Parameters
    ----------
    median : float, optional
        Median, between 0 and 1.
    sigma : float, optional
        Standard deviation of the log odds.
    p1, p2_5, p5, p10, p20, p25, p50, p75, p80, p90, p95, p97_5, p99 : float, optional
        Quantiles that the distribution meets exactly; `p2_5` is the 2.5 % quantile.
    unit, about, source, date, grade, truncate
        As in `Prior`.

    Raises
    ------
    InvalidValueError
        If the parameters determine no distribution, or are no finite numbers.

    Examples
    --------
    >>> import llmcost
    >>> round(llmcost.LogitNormal(p5=0.3, p95=0.5).quantile(0.95), 6)
    0.5

    """

    median: float | None = None
    sigma: float | None = None

    key: ClassVar[str] = "logitnormal"


@dataclass(frozen=True, repr=False)
class Uniform(Family):
    """A quantity that is equally likely anywhere between two bounds.

    Parameters
    ----------
    min, max : float, optional
        Bounds.
    p1, p2_5, p5, p10, p20, p25, p50, p75, p80, p90, p95, p97_5, p99 : float, optional
        Quantiles that the distribution meets exactly; `p2_5` is the 2.5 % quantile.
    unit, about, source, date, grade, truncate
        As in `Prior`.

    Raises
    ------
    InvalidValueError
        If the parameters determine no distribution, or are no finite numbers.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.Uniform(2, 4).quantile(0.5)
    3.0

    """

    min: float | None = None
    max: float | None = None

    key: ClassVar[str] = "uniform"


@dataclass(frozen=True, repr=False)
class LogUniform(Family):
    """A quantity whose logarithm is equally likely anywhere between two positive bounds.

    Parameters
    ----------
    min, max : float, optional
        Bounds, above zero.
    p1, p2_5, p5, p10, p20, p25, p50, p75, p80, p90, p95, p97_5, p99 : float, optional
        Quantiles that the distribution meets exactly; `p2_5` is the 2.5 % quantile.
    unit, about, source, date, grade, truncate
        As in `Prior`.

    Raises
    ------
    InvalidValueError
        If the parameters determine no distribution, or are no finite numbers.

    Examples
    --------
    >>> import llmcost
    >>> round(llmcost.LogUniform(1, 100).quantile(0.5), 6)
    10.0

    """

    min: float | None = None
    max: float | None = None

    key: ClassVar[str] = "loguniform"


@dataclass(frozen=True, repr=False)
class Triangular(Family):
    """A triangular distribution by minimum, mode and maximum.

    Parameters
    ----------
    min, mode, max : float, optional
        Minimum, most likely value and maximum.
    p1, p2_5, p5, p10, p20, p25, p50, p75, p80, p90, p95, p97_5, p99 : float, optional
        Quantiles that the distribution meets exactly; `p2_5` is the 2.5 % quantile.
    unit, about, source, date, grade, truncate
        As in `Prior`.

    Raises
    ------
    InvalidValueError
        If the parameters determine no distribution, or are no finite numbers.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.Triangular(1, 2, 4)
    Triangular(min=1, mode=2, max=4)

    """

    min: float | None = None
    mode: float | None = None
    max: float | None = None

    key: ClassVar[str] = "triangular"


@dataclass(frozen=True, repr=False)
class PERT(Family):
    """A beta distribution by minimum, mode and maximum, with mean (min + 4 mode + max) / 6.

    Parameters
    ----------
    min, mode, max : float, optional
        Minimum, most likely value and maximum.
    p1, p2_5, p5, p10, p20, p25, p50, p75, p80, p90, p95, p97_5, p99 : float, optional
        Quantiles that the distribution meets exactly; `p2_5` is the 2.5 % quantile.
    unit, about, source, date, grade, truncate
        As in `Prior`.

    Raises
    ------
    InvalidValueError
        If the parameters determine no distribution, or are no finite numbers.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.PERT(1, 2, 4)
    PERT(min=1, mode=2, max=4)

    """

    min: float | None = None
    mode: float | None = None
    max: float | None = None

    key: ClassVar[str] = "pert"


@dataclass(frozen=True, repr=False)
class Beta(Family):
    """A beta distribution between two bounds.

    Parameters
    ----------
    a, b : float, optional
        Shapes, above zero.
    mean, sd : float, optional
        Mean and standard deviation, in place of the shapes.
    min, max : float, optional
        Bounds, by default 0 and 1.
    p1, p2_5, p5, p10, p20, p25, p50, p75, p80, p90, p95, p97_5, p99 : float, optional
        Quantiles that the distribution meets exactly; `p2_5` is the 2.5 % quantile.
    unit, about, source, date, grade, truncate
        As in `Prior`.

    Raises
    ------
    InvalidValueError
        If the parameters determine no distribution, or are no finite numbers.

    Examples
    --------
    >>> import llmcost
    >>> round(llmcost.Beta(2, 2).quantile(0.5), 6)
    0.5

    """

    a: float | None = None
    b: float | None = None
    mean: float | None = None
    sd: float | None = None
    min: float | None = None
    max: float | None = None

    key: ClassVar[str] = "beta"


@dataclass(frozen=True, repr=False)
class Gamma(Family):
    """A positive quantity with a lighter tail than a lognormal.

    Parameters
    ----------
    shape, scale : float, optional
        Shape and scale; the mean is their product.
    mean, sd : float, optional
        Mean and standard deviation, in place of shape and scale.
    p1, p2_5, p5, p10, p20, p25, p50, p75, p80, p90, p95, p97_5, p99 : float, optional
        Quantiles that the distribution meets exactly; `p2_5` is the 2.5 % quantile.
    unit, about, source, date, grade, truncate
        As in `Prior`.

    Raises
    ------
    InvalidValueError
        If the parameters determine no distribution, or are no finite numbers.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.Gamma(mean=10, sd=3)
    Gamma(mean=10, sd=3)

    """

    shape: float | None = None
    scale: float | None = None
    mean: float | None = None
    sd: float | None = None

    key: ClassVar[str] = "gamma"


@dataclass(frozen=True, repr=False)
class StudentT(Family):
    """A quantity of either sign with heavy tails.

    Parameters
    ----------
    df : float, optional
        Degrees of freedom, above zero; the mean exists above 1, the variance above 2.
    location : float, optional
        Centre, by default zero.
    scale : float, optional
        Scale, by default one.
    p1, p2_5, p5, p10, p20, p25, p50, p75, p80, p90, p95, p97_5, p99 : float, optional
        Quantiles that the distribution meets exactly; `p2_5` is the 2.5 % quantile.
    unit, about, source, date, grade, truncate
        As in `Prior`.

    Raises
    ------
    InvalidValueError
        If the parameters determine no distribution, or are no finite numbers.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.StudentT(4, 10, 2).quantile(0.5)
    10.0

    """

    df: float | None = None
    location: float | None = None
    scale: float | None = None

    key: ClassVar[str] = "student_t"
