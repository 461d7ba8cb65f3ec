"""What a run leaves, and what can be read from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulator.core.units import Value
from simulator.engine.accumulators import Figures, Mean, Share, accumulator_of
from simulator.engine.scenario import TOTAL, Scenario
from simulator.engine.tails import ModelTail, Moment, model_tail, surely_at_least, too_heavy

Array = NDArray[np.float64]


class NonFiniteResultError(Exception):
    """A quantity that is not a finite number in some draws."""

    @classmethod
    def of(cls, name: str, reason: object) -> "NonFiniteResultError":
        """Return the error for a quantity, with where to look."""
        return cls(f"{name}: {reason}; look at the priors behind it (`llmcost show {name}`)")


class Accumulators(Mapping[str, Figures]):
    """What is known of each quantity.

    Total, lines and outcomes are accumulated in every block. All others wait as the draws of the first block, which is as much
    as an ordinary run has, and are accumulated when somebody asks.
    """

    def __init__(self, figures: dict[str, Figures], waiting: dict[str, Value]) -> None:
        self._figures, self._waiting = figures, waiting
        self._names = (*figures, *waiting)

    def __getitem__(self, name: str) -> Figures:
        if name not in self._figures and name in self._waiting:
            try:
                self._figures[name] = accumulator_of(self._waiting.pop(name))
            except FloatingPointError as error:
                raise NonFiniteResultError.of(name, error) from None
        return self._figures[name]

    def replace(self, name: str, figures: Figures) -> None:
        """Put other figures in the place of a accumulator."""
        self._figures[name] = figures

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass
class Result:
    """What a run leaves: a accumulator (or a plain number) for each quantity, and whole draws where they were asked for."""

    scenario: Scenario
    draws: int
    seed: int
    method: str
    point: float
    accumulators: Accumulators = field(default_factory=lambda: Accumulators({}, {}))
    shares: dict[str, Share] = field(default_factory=dict)
    within: int = 0
    overrun: Mean | None = None
    achieved: dict[tuple[str, str], float] = field(default_factory=dict)
    kept: dict[str, Array] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    partial: bool = False

    @cached_property
    def model_tail(self) -> ModelTail:
        """The tail of the total in the model itself, far beyond what was drawn."""
        scenario = self.scenario
        return model_tail(scenario.plan, scenario.inputs, scenario.ranks, scenario.lines, TOTAL)

    def why_no_mean(self, name: str = TOTAL) -> str:
        """Return why a quantity has no mean to report, because its tail is too heavy; nothing where it has one."""
        return self._too_heavy(name, "mean")

    def why_no_variance(self) -> str:
        """Return why shares of the variance of the total are not reported; nothing where they are."""
        return self._too_heavy(TOTAL, "variance")

    def _too_heavy(self, name: str, moment: Moment) -> str:
        figures = self.accumulators[name]
        if isinstance(figures, float):
            return ""
        if name != TOTAL:
            return too_heavy(figures.tail_index, moment)
        if self.model_tail.is_too_heavy(moment):
            inputs = " and ".join(name.replace("_", " ") for name in self.model_tail.inputs[:2])
            return f"its tail is too heavy for a {moment} (tail index {self.model_tail.index:.2g} in {inputs})"
        # The model decides, so that another seed does not; draws overrule it where they leave no doubt.
        return too_heavy(surely_at_least(figures.tail_index, figures.count), moment)
