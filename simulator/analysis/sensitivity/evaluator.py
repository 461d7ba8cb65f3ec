"""The total of a scenario at specified variates or values of its priors."""

from collections.abc import Iterable, Mapping

import numpy as np

from simulator.analysis.statistics import Array
from simulator.core.errors import NonFiniteResultError, UnsupportedError
from simulator.core.units import Value
from simulator.engine.graph import build_plan, evaluate
from simulator.engine.options import RunOptions
from simulator.engine.sampling.copula import Copula
from simulator.engine.sampling.methods import build_sampler
from simulator.engine.sampling.streams import BLOCK
from simulator.scenario import TOTAL, Scenario

DEFAULTS = RunOptions(draws=65_536)
"""Options of a sensitivity analysis that is not given any: fewer draws than usual, because each input is varied by itself."""


class Evaluator:
    """Evaluates the total of a scenario at specified standard normal variates, or values, of its priors."""

    def __init__(self, scenario: Scenario) -> None:
        if scenario.paused_run is not None:
            raise UnsupportedError("a run under way is conditional on spend to date, which makes its inputs dependent")
        self.plan = build_plan(scenario.graph, scenario.inputs, [TOTAL])
        self.priors = {n: prior for n in self.plan.inputs if not (prior := scenario.inputs[n]).distribution.is_constant}
        self.fixed: dict[str, Value] = {
            n: np.float64(scenario.inputs[n].distribution.quantile(0.5)) for n in self.plan.inputs if n not in self.priors
        }
        self.ranks = scenario.ranks
        self.copula = Copula(scenario.ranks)
        streams = {prior.stream for prior in self.priors.values()}
        self.correlated_groups = [group for group, _ in self.copula.factors if streams & set(group)]
        self.streams = sorted(streams.union(*self.correlated_groups))  # correlating a group needs all of its streams

    def draw_variates(self, draws: int, seed: int) -> dict[str, Array]:
        """Return the standard normal variates of a run, before they are correlated."""
        sizes = [min(BLOCK, draws - start) for start in range(0, draws, BLOCK)]
        sample = build_sampler("random", seed, draws)
        return {s: np.concatenate([sample(s, block, size) for block, size in enumerate(sizes)]) for s in self.streams}

    def values(self, z: Mapping[str, Array], names: Iterable[str] | None = None) -> dict[str, Value]:
        """Return the values of priors at correlated variates."""
        return {name: self.priors[name].distribution.at(z[self.priors[name].stream]) for name in names or self.priors}

    def total(self, values: Mapping[str, Value]) -> Value:
        """Return the total at the values of the priors."""
        results = {**self.fixed, **values}
        with np.errstate(all="ignore"):
            evaluate(self.plan, results)
        if not np.isfinite(results[TOTAL]).all():
            raise NonFiniteResultError(
                f"{TOTAL}: it is not a finite number where inputs are varied one at a time; look at their extreme values"
            )
        return results[TOTAL]

    def correlated_with(self, name: str) -> list[str]:
        """Return the other priors that are correlated with a prior."""
        stream = self.priors[name].stream
        group = next((group for group in self.correlated_groups if stream in group), ())
        return [other for other, prior in self.priors.items() if other != name and prior.stream in group]

    def copula_without(self, name: str) -> Copula:
        """Return the remaining correlations where a prior is set to a number, as in a run with `--set`."""
        stream = self.priors[name].stream
        return Copula({pair: rank for pair, rank in self.ranks.items() if stream not in pair})

    def condition_on(self, z: Mapping[str, Array], stream: str, value: float) -> dict[str, Array]:
        """Return correlated variates conditional on that of one stream; correlated normals shift with it draw by draw."""
        conditional = dict(z)
        for group, root in self.copula.factors:
            if stream in group:
                correlation = root @ root[group.index(stream)]
                conditional |= {name: z[name] + correlation[i] * (value - z[stream]) for i, name in enumerate(group)}
        conditional[stream] = np.full_like(z[stream], value)
        return conditional
