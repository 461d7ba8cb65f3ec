"""The result of a run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulator.core.errors import NonFiniteResultError
from simulator.core.formatting import one_line, to_words
from simulator.core.results import Note
from simulator.core.units import Value
from simulator.engine.accumulators import Marginal, Mean, Share, accumulate, minimum_of
from simulator.engine.scenario import TOTAL, Scenario
from simulator.engine.tails import ModelTail, Moment, explain_heavy_tail, model_tail, tail_index_lower_bound

Array = NDArray[np.float64]


class Accumulators(Mapping[str, Marginal]):
    """The marginal distribution of each quantity.

    Total, lines and outcomes are accumulated in every block. All others are kept as the draws of the first block, which is all
    of an ordinary run, and accumulated on first access.
    """

    def __init__(self, marginals: dict[str, Marginal], pending_values: dict[str, Value]) -> None:
        self._marginals, self._pending_values = marginals, pending_values
        self._names = (*marginals, *pending_values)

    def __getitem__(self, name: str) -> Marginal:
        if name not in self._marginals and name in self._pending_values:
            try:
                self._marginals[name] = accumulate(self._pending_values.pop(name))
            except FloatingPointError as error:
                raise NonFiniteResultError.of(name, error) from None
        return self._marginals[name]

    def replace(self, name: str, marginal: Marginal) -> None:
        """Replace the marginal distribution of a quantity."""
        self._marginals[name] = marginal

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass
class SimulationResult:
    """The result of a run: an accumulator (or a plain number) for each quantity, and all draws of the requested ones."""

    scenario: Scenario
    draws: int
    seed: int
    method: str
    point: float
    accumulators: Accumulators = field(default_factory=lambda: Accumulators({}, {}))
    shares: dict[str, Share] = field(default_factory=dict)
    within_budget: int = 0
    """Number of draws within the budget."""
    overrun: Mean | None = None
    achieved_ranks: dict[tuple[str, str], float] = field(default_factory=dict)
    """Rank correlations of the draws."""
    retained_draws: dict[str, Array] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    partial: bool = False

    def __repr__(self) -> str:
        state = ", partial" if self.partial else ""
        run = f"{self.draws:,} draws, seed {self.seed}, {self.method}{state}"
        return f"<SimulationResult of {one_line(self.scenario.name)}, {run}>"

    @cached_property
    def model_tail(self) -> ModelTail:
        """Tail of the total in the model itself, far beyond the draws."""
        scenario = self.scenario
        return model_tail(scenario.plan, scenario.inputs, scenario.ranks, scenario.lines, TOTAL)

    def why_no_mean(self, name: str = TOTAL) -> str:
        """Return why the mean of a quantity is not reported (a heavy tail), or an empty text if it is."""
        return self._explain_heavy_tail(name, "mean")

    def why_no_variance(self) -> str:
        """Return why shares of the variance of the total are not reported, or an empty text if they are."""
        return self._explain_heavy_tail(TOTAL, "variance")

    def _is_below_the_total(self, name: str, moment: Moment) -> bool:
        """Whether a quantity is a line of a total that has this moment, and no line is negative: it has the moment too."""
        if name not in self.scenario.lines or self._explain_heavy_tail(TOTAL, moment):
            return False
        return all(minimum_of(self.accumulators[line]) >= 0 for line in self.scenario.lines)

    def _explain_heavy_tail(self, name: str, moment: Moment) -> str:
        marginal = self.accumulators[name]
        if isinstance(marginal, float):
            return ""
        if name != TOTAL:
            return "" if self._is_below_the_total(name, moment) else explain_heavy_tail(marginal.tail_index, moment)
        if self.model_tail.is_too_heavy(moment):
            inputs = " and ".join(map(to_words, self.model_tail.inputs[:2]))
            return f"its tail is too heavy for a {moment} (tail index {self.model_tail.index:.2g} in {inputs})"
        # The model decides, so that the seed does not matter; draws overrule it only if their tail index is clearly too large.
        return explain_heavy_tail(tail_index_lower_bound(marginal.tail_index, marginal.count), moment)
