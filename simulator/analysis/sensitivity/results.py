"""Results of a sensitivity study: the measures of each input, and statistics of the total."""

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.analysis.sensitivity.interval_estimates import IntervalEstimate
from simulator.analysis.sensitivity.sobol import Indices
from simulator.analysis.sensitivity.tornado import Swing
from simulator.analysis.sensitivity.value_of_information import PerfectInformation, ValueOfInformation
from simulator.core.csv_text import Cell
from simulator.core.results import AnalysisResult, Plain, optional, to_plain


@dataclass(frozen=True, slots=True)
class Driver:
    """The measures of one input; a measure that was not requested, or does not exist, is None.

    Attributes
    ----------
    name : str
    unit : str
        Its canonical unit.
    grade : str
        Grade of its evidence, `assumption` where it has no source, or empty.
    rank_correlation : IntervalEstimate or None
        Spearman's rank correlation with the total.
    share_of_variance : IntervalEstimate or None
        Share of the variance of the total that it explains by itself.
    share_of_p95 : IntervalEstimate or None
        Its share of the distance from the mean of the total to its P95.
    sobol : Indices or None
        Sobol's indices.
    if_known : ValueOfInformation or None
        What changes in expectation if it were known.
    swing : Swing or None
        The total with the input at its P10 and at its P90.

    """

    name: str
    unit: str = ""
    grade: str = ""
    rank_correlation: IntervalEstimate | None = None
    share_of_variance: IntervalEstimate | None = None
    share_of_p95: IntervalEstimate | None = None
    sobol: Indices | None = None
    if_known: ValueOfInformation | None = None
    swing: Swing | None = None

    @property
    def gain(self) -> IntervalEstimate | None:
        """The measure by which inputs are ranked for research: expected gain, or the reduction of the interval."""
        if self.if_known is None:
            return None
        return self.if_known.interval_shrinks if self.if_known.expected_gain is None else self.if_known.expected_gain

    @property
    def weight(self) -> float:
        """The measure by which inputs are ranked: share of variance, or else the swing of the total."""
        if self.share_of_variance is not None:
            return self.share_of_variance.value
        if self.sobol is not None:
            return self.sobol.first.value
        return 0.0 if self.swing is None else abs(self.swing.width)

    @property
    def is_assumption(self) -> bool:
        """Whether it has no source, or grade D."""
        return self.grade in ("assumption", "D")


@dataclass(frozen=True, slots=True)
class CorrelatedInputs:
    """Correlated inputs, which have Sobol's indices only together.

    Attributes
    ----------
    inputs : str
        Their names, joined by ` + `.
    first, total : IntervalEstimate
        Their share of the variance by themselves, and including interactions with other inputs.

    """

    inputs: str
    first: IntervalEstimate
    total: IntervalEstimate


@dataclass(frozen=True, slots=True)
class ShapleyEffect:
    """The Shapley effect of an input, or of the inputs that come from one posterior.

    Attributes
    ----------
    inputs : str
        Its name, or names joined by ` + `.
    grade : str
        The lowest grade of their evidence, `assumption` where one has no source, or empty.
    share : IntervalEstimate
        Its share of the variance of the total; all shares add up to one.

    """

    inputs: str
    grade: str
    share: IntervalEstimate

    @property
    def is_assumption(self) -> bool:
        """Whether it has no source, or grade D."""
        return self.grade in ("assumption", "D")


@dataclass(frozen=True, slots=True)
class TotalStatistics:
    """Statistics of the total, USD.

    Attributes
    ----------
    mean : float or None
        None where its tail is too heavy for one.
    quantile : float
        Its quantile at the level of the budget.
    low, high : float
        Bounds of the central interval.

    """

    mean: float | None
    quantile: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ResearchNext:
    """Which input to research next.

    Attributes
    ----------
    text : str
        The recommendation for people; empty where the value of information was not computed.
    inputs : tuple of str
        Inputs whose value of information exceeds its Monte Carlo error, largest first.

    """

    text: str
    inputs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Sensitivity(AnalysisResult):
    """What drives the spread of a total.

    Attributes
    ----------
    level : float
        Probability of staying within the budget at which it is set, percent.
    idle_cost : float
        Cost of a unit of budget left unspent, as a share of it.
    variance_of : str
        What the variance is of: `cost`, or `log cost` or `rank of cost` where the tail of the cost is too heavy.
    overrun_cost : float
        Cost of a unit over the budget, as a multiple of it, which follows from level and idle cost.
    total : TotalStatistics
    perfect_information : PerfectInformation or None
        What changes if all inputs were known; None where the mean is not reported.
    research_next : ResearchNext
    drivers : tuple of Driver
        Inputs by their share of the variance of the total, largest first.
    correlated : tuple of CorrelatedInputs
    shapley : tuple of ShapleyEffect
        Inputs by their Shapley effect, largest first; empty unless the measure `shapley` was requested.

    Examples
    --------
    >>> import llmcost
    >>> study = llmcost.sensitivity("gpt-4", measures="draws", draws=2048)
    >>> study.variance_of
    'cost'
    >>> study.to_dataframe()["name"][0] == study.drivers[0].name
    True

    """

    level: float
    idle_cost: float
    variance_of: str
    overrun_cost: float
    total: TotalStatistics
    perfect_information: PerfectInformation | None
    research_next: ResearchNext
    drivers: tuple[Driver, ...]
    correlated: tuple[CorrelatedInputs, ...]
    shapley: tuple[ShapleyEffect, ...] = optional(())

    @property
    def swings(self) -> tuple[tuple[Driver, Swing], ...]:
        """Inputs with a swing, widest first."""
        pairs = [(driver, driver.swing) for driver in self.drivers if driver.swing is not None]
        return tuple(sorted(pairs, key=lambda pair: -abs(pair[1].width)))

    @property
    def shares(self) -> tuple[tuple[Driver, IntervalEstimate], ...]:
        """Inputs with a share of the variance, largest first."""
        pairs = [(driver, driver.share_of_variance) for driver in self.drivers if driver.share_of_variance is not None]
        return tuple(sorted(pairs, key=lambda pair: -pair[1].value))

    def table(self) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Return one row per input; a measure that was not requested, or does not exist, is an empty cell."""
        rows = [_flat("", to_plain(driver)) for driver in self.drivers]
        columns = tuple(dict.fromkeys(column for row in rows for column in row))
        return columns, [tuple(row.get(column) for column in columns) for row in rows]


def best_drivers(drivers: Iterable[Driver]) -> list[Driver]:
    """Return the inputs whose value of information exceeds its Monte Carlo error, largest first."""
    gains = [(gain, driver) for driver in drivers if (gain := driver.gain) is not None and gain.is_clear]
    return [driver for _, driver in sorted(gains, key=lambda pair: -pair[0].value)]


def _flat(prefix: str, data: Plain) -> dict[str, Cell]:
    flat: dict[str, Cell] = {}
    assert isinstance(data, dict)
    for key, value in data.items():
        if isinstance(value, dict):
            flat |= _flat(f"{prefix}{key}_", value)
        elif value is not None:
            assert not isinstance(value, list)
            flat[prefix + key] = value
    return flat
