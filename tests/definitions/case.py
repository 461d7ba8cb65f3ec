"""A command whose figures are recomputed, and the draws of its scenario."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.graph import evaluate
from simulator.engine.result import SimulationResult
from simulator.engine.simulate import simulate
from simulator.scenario import TOTAL, Overrides, Scenario, open_scenario

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A command line, without `llmcost`."""

    line: str

    @property
    def arguments(self) -> list[str]:
        return shlex.split(self.line)

    @property
    def output(self) -> str:
        """The command, or `forecast` where what was spent is given."""
        return "forecast" if "--actuals" in self.arguments else self.arguments[0]

    @property
    def references(self) -> list[str]:
        """The scenarios: all arguments before the first option."""
        options = [place for place, text in enumerate(self.arguments) if text.startswith("-")]
        return self.arguments[1 : min(options, default=None)]

    def values_of(self, option: str) -> tuple[str, ...]:
        """Return the values of an option, which may be repeated."""
        return tuple(self.arguments[place + 1] for place, text in enumerate(self.arguments) if text == option)

    def value_of(self, option: str, default: str) -> str:
        """Return the value of an option."""
        return (self.values_of(option) or (default,))[0]

    @property
    def overrides(self) -> Overrides:
        """What the options set on top of the scenario."""
        basis, budget = (next(iter(self.values_of(option)), None) for option in ("--basis", "--budget"))
        return Overrides(self.values_of("--set"), self.values_of("--lever"), self.values_of("--shock"), basis, budget)

    @property
    def draws(self) -> int:
        """Number of draws; every case states it."""
        return int(self.value_of("--draws", ""))

    @property
    def seed(self) -> int:
        return int(self.value_of("--seed", "0"))

    @property
    def interval(self) -> float:
        """Level of the central intervals, 0 to 1."""
        return float(self.value_of("--interval", "95%").removesuffix("%")) / 100


@dataclass(frozen=True)
class Draws:
    """All draws of all quantities of a scenario, as `llmcost run -o FILE.nc` saves them."""

    case: Case
    result: SimulationResult
    values: Mapping[str, Array]
    cache: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def scenario(self) -> Scenario:
        """The scenario with its inputs and formulas."""
        return self.result.scenario

    @property
    def has_mean(self) -> bool:
        """Whether the tail of the total is light enough for a mean."""
        return not self.result.why_no_mean()

    def cached(self, name: str, function: Callable[["Draws"], Any]) -> Any:
        """Return a value that is computed once."""
        if name not in self.cache:
            self.cache[name] = function(self)
        return self.cache[name]

    @property
    def total(self) -> Array:
        """Draws of the total cost."""
        return self.values[TOTAL]

    @property
    def lines(self) -> dict[str, Array]:
        """Draws of each line."""
        return {name: self.values[name] for name in self.scenario.lines}

    @cached_property
    def at_medians(self) -> dict[str, float]:
        """All quantities with every prior at its median."""
        values = {name: np.float64(source.distribution.quantile(0.5)) for name, source in self.scenario.inputs.items()}
        with np.errstate(all="ignore"):  # as a run does
            evaluate(self.scenario.plan, values)
        return {name: float(value) for name, value in values.items()}

    @property
    def point(self) -> float:
        """The point estimate."""
        return self.at_medians[TOTAL] if self.scenario.point is None else self.scenario.point


@lru_cache(maxsize=3)  # all draws of all quantities are held
def draws_of(case: Case, place: int = 0, seed: int | None = None) -> Draws:
    """Simulate the scenario of a case (the one at `place` where there are several) and return all draws."""
    scenario = open_scenario(case.references[place], case.overrides).scenario
    seed = case.seed if seed is None else seed
    method = case.value_of("--method", "random")
    result = simulate(scenario, case.draws, seed, method, keep=scenario.plan.names)
    return Draws(case, result, result.retained_draws)
