"""Results of a sensitivity study: the measures of each input, and statistics of the total."""

from dataclasses import dataclass

from simulator.analysis.sensitivity.interval_estimates import IntervalEstimate
from simulator.analysis.sensitivity.sobol import Indices
from simulator.analysis.sensitivity.tornado import Swing
from simulator.analysis.sensitivity.value_of_information import PerfectInformation, ValueOfInformation
from simulator.analysis.sensitivity.variance_shares import COST


@dataclass(frozen=True)
class Driver:
    """The measures of one input."""

    name: str
    unit: str = ""
    grade: str = ""
    rank: IntervalEstimate | None = None
    first: IntervalEstimate | None = None
    tail: IntervalEstimate | None = None
    value_of_information: ValueOfInformation | None = None
    swing: Swing | None = None
    sobol: Indices | None = None

    @property
    def gain(self) -> IntervalEstimate | None:
        """The measure by which inputs are ranked for research: expected gain, or the reduction of the interval."""
        if self.value_of_information is None:
            return None
        return (
            self.value_of_information.interval
            if self.value_of_information.expected_gain is None
            else self.value_of_information.expected_gain
        )

    @property
    def weight(self) -> float:
        """The measure by which inputs are ranked: share of variance, or else the swing of the total."""
        if self.first is not None:
            return self.first.value
        if self.sobol is not None:
            return self.sobol.first.value
        return 0.0 if self.swing is None else abs(self.swing.width)


@dataclass(frozen=True)
class Drivers:
    """Inputs by their share of the total's variance, largest first, and statistics of the total."""

    name: str
    title: str
    money: str
    draws: int
    seed: int
    level: float
    interval: float
    idle_cost: float
    mean: float | None
    quantile: float
    bounds: tuple[float, float]
    perfect_information: PerfectInformation | None
    drivers: tuple[Driver, ...]
    groups: dict[str, Indices]
    """Correlated inputs, which have Sobol's indices only together."""
    variance_of: str = COST
    """The variable whose variance is analysed: `cost`, or `log cost` or `rank of cost` where its tail is too heavy."""
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> tuple[Driver, ...]:
        """Inputs whose value of information exceeds its Monte Carlo error, largest first."""
        gains = [(gain, driver) for driver in self.drivers if (gain := driver.gain) is not None and gain.low > 0]
        return tuple(driver for _, driver in sorted(gains, key=lambda pair: -pair[0].value))
