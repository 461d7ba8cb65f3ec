"""The total of a scenario at chosen variates or values of its priors."""

from collections.abc import Iterable, Mapping

import numpy as np

from simulator.analysis.statistics import Array
from simulator.core.units import Value
from simulator.engine.graph import evaluate, plan
from simulator.engine.result import NonFiniteResultError
from simulator.engine.sampling.copula import Copula
from simulator.engine.sampling.methods import source
from simulator.engine.sampling.streams import BLOCK
from simulator.scenario import TOTAL, Scenario

DRAWS = 65_536


class Evaluator:
    """Evaluates the total of a scenario at chosen standard normal variates, or at chosen values, of its priors."""

    def __init__(self, scenario: Scenario) -> None:
        if scenario.progress is not None:
            raise ValueError("a run under way is known by what it has spent, which ties its inputs to each other")
        self.plan = plan(scenario.graph, scenario.inputs, [TOTAL])
        self.priors = {n: prior for n in self.plan.inputs if not (prior := scenario.inputs[n]).distribution.is_constant}
        self.fixed: dict[str, Value] = {
            n: np.float64(scenario.inputs[n].distribution.quantile(0.5)) for n in self.plan.inputs if n not in self.priors
        }
        self.ranks = scenario.ranks
        self.copula = Copula(scenario.ranks)
        streams = {prior.stream for prior in self.priors.values()}
        self.correlated_groups = [group for group, _ in self.copula.factors if streams & set(group)]
        self.streams = sorted(streams.union(*self.correlated_groups))  # a group is correlated where all of it is there

    def scores(self, draws: int, seed: int) -> dict[str, Array]:
        """Return the scores that a run draws, before they are correlated."""
        sizes = [min(BLOCK, draws - start) for start in range(0, draws, BLOCK)]
        drawn = source("random", seed, draws)
        return {s: np.concatenate([drawn(s, block, size) for block, size in enumerate(sizes)]) for s in self.streams}

    def values(self, z: Mapping[str, Array], names: Iterable[str] | None = None) -> dict[str, Value]:
        """Return the values of priors at correlated scores."""
        return {name: self.priors[name].distribution.at(z[self.priors[name].stream]) for name in names or self.priors}

    def total(self, values: Mapping[str, Value]) -> Value:
        """Return the total where each prior has a value."""
        results = {**self.fixed, **values}
        with np.errstate(all="ignore"):
            evaluate(self.plan, results)
        if not np.isfinite(results[TOTAL]).all():
            raise NonFiniteResultError(
                f"{TOTAL}: it is not a finite number where inputs are moved one by one; look at their far ends"
            )
        return results[TOTAL]

    def correlated_with(self, name: str) -> list[str]:
        """Return the priors that are correlated with one, itself left out."""
        stream = self.priors[name].stream
        group = next((group for group in self.correlated_groups if stream in group), ())
        return [other for other, prior in self.priors.items() if other != name and prior.stream in group]

    def without(self, name: str) -> Copula:
        """Return the correlations that are left where a prior is set to a number, as a run with `--set` has them."""
        stream = self.priors[name].stream
        return Copula({pair: rank for pair, rank in self.ranks.items() if stream not in pair})

    def conditional_on(self, z: Mapping[str, Array], stream: str, score: float) -> dict[str, Array]:
        """Return correlated scores conditional on that of a stream: of normals correlated with it, each draw moves along."""
        conditional = dict(z)
        for group, root in self.copula.factors:
            if stream in group:
                correlation = root @ root[group.index(stream)]
                conditional |= {name: z[name] + correlation[i] * (score - z[stream]) for i, name in enumerate(group)}
        conditional[stream] = np.full_like(z[stream], score)
        return conditional
