"""Results of a sensitivity study: what is known of each input, and of the total."""

from dataclasses import dataclass

from simulator.analysis.sensitivity.estimates import Estimate
from simulator.analysis.sensitivity.sobol import Indices
from simulator.analysis.sensitivity.tornado import Swing
from simulator.analysis.sensitivity.value_of_information import Perfect, ValueOfInformation
from simulator.analysis.sensitivity.variance_shares import COST


@dataclass(frozen=True)
class Driver:
    """What is known of one input."""

    name: str
    unit: str = ""
    grade: str = ""
    rank: Estimate | None = None
    first: Estimate | None = None
    tail: Estimate | None = None
    value_of_information: ValueOfInformation | None = None
    swing: Swing | None = None
    sobol: Indices | None = None

    @property
    def gain(self) -> Estimate | None:
        """By what inputs are ranked for research: what they are worth, or by how much the interval shrinks."""
        if self.value_of_information is None:
            return None
        return (
            self.value_of_information.interval
            if self.value_of_information.expected_gain is None
            else self.value_of_information.expected_gain
        )

    @property
    def weight(self) -> float:
        """By what inputs are ranked: share of variance, or else how far the total swings."""
        if self.first is not None:
            return self.first.value
        if self.sobol is not None:
            return self.sobol.first.value
        return 0.0 if self.swing is None else abs(self.swing.width)


@dataclass(frozen=True)
class Drivers:
    """Inputs by their share of the total's variance, the largest first, and what is known of the total."""

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
    ends: tuple[float, float]
    perfect: Perfect | None
    drivers: tuple[Driver, ...]
    groups: dict[str, Indices]
    """Tied inputs, which have Sobol's indices only together."""
    variance_of: str = COST
    """What shares of variance are of: `cost`, or `log cost` or `rank of cost` where the tail is too heavy for a variance."""
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> tuple[Driver, ...]:
        """Inputs worth knowing beyond the Monte Carlo error, the most worth first."""
        gains = [(gain, driver) for driver in self.drivers if (gain := driver.gain) is not None and gain.low > 0]
        return tuple(driver for _, driver in sorted(gains, key=lambda pair: -pair[0].value))
