"""A scenario, its draws, and its total where inputs are set, for the figures of `llmcost sensitivity`."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from definitions.case import Case, Draws
from definitions.recompute.evaluation import draws_of_scenario, total
from definitions.recompute.information import Bins

from simulator.engine.sampling.copula import Copula
from simulator.engine.sampling.methods import build_sampler
from simulator.scenario import TOTAL, OpenScenario


@dataclass(frozen=True)
class Sensitivity:
    """Draws of a scenario, and its total where inputs are set."""

    case: Case
    opened: OpenScenario
    base: Draws

    @property
    def scenario(self):
        return self.base.scenario

    @property
    def total(self):
        return self.base.total

    @property
    def p(self):
        """The level of the budget."""
        return float(self.case.value_of("--confidence", "80")) / 100

    @property
    def idle_cost(self):
        return float(self.case.value_of("--idle-cost", "10%").removesuffix("%")) / 100

    @cached_property
    def has_variance(self):
        return not self.base.result.why_no_variance()

    @cached_property
    def y(self):
        """The total, or its logarithm where it has no variance; all cases have totals above zero."""
        return self.total if self.has_variance else np.log(self.total)

    @cached_property
    def needed(self):
        """The quantities that the total depends on."""
        needed = {TOTAL}
        for step in reversed(self.scenario.plan.steps):
            if step.name in needed:
                needed.update(step.needs)
        return needed

    @cached_property
    def priors(self):
        """The priors that the total depends on."""
        return {name: each for name, each in self.scenario.inputs.items() if each.role == "prior" and name in self.needed}

    def bins(self, name):
        return self.base.cached(f"bins of {name}", lambda base: Bins(base.values[name], self.y))

    # --- swings -----------------------------------------------------------------------------------------------------------

    def at(self, name, p):
        return np.float64(self.priors[name].distribution.quantile(p))

    @cached_property
    def ranks(self):
        """Rank correlations by both orders of the pairs."""
        return {pair: rank for (a, b), rank in self.scenario.ranks.items() for pair, rank in (((a, b), rank), ((b, a), rank))}

    def correlated(self, name):
        """The other priors of the group of correlated priors."""
        group = {self.priors[name].stream}
        while grown := {b for a, b in self.ranks if a in group} - group:
            group |= grown
        return [other for other, each in self.priors.items() if other != name and each.stream in group]

    def with_set(self, name, p):
        """The total in a run with --set."""

        def simulate(base):
            if not self.correlated(name):
                return total(base, {name: self.at(name, p)})
            unit = self.scenario.unit(name)
            text = f"{name}={float(self.at(name, p))!r} {'' if unit == '1' else unit}"
            run = draws_of_scenario(self.case, self.opened.with_(sets=[text]).scenario)
            # A posterior that is fitted to the value with --set keeps its draws in a swing.
            kept = [each for each in base.scenario.inputs if each != name and not _is_same(each, base.scenario, run.scenario)]
            return total(run, {each: base.values[each] for each in kept}) if kept else run.total

        return self.base.cached(f"{name} at {p}", simulate)

    @cached_property
    def variates(self):
        """Standard normal variates of the run, correlated, by stream."""
        sample = build_sampler("random", self.case.seed, self.case.draws)
        streams = {each.stream for each in self.scenario.inputs.values()}.union(*self.scenario.ranks)
        z = {stream: sample(stream, 0, self.case.draws) for stream in streams}
        Copula(self.scenario.ranks).correlate(z)
        return z

    def given(self, name, p):
        """The total where the correlated priors follow the input."""

        def evaluate(base):
            stream, level = self.priors[name].stream, quantile_of_normal(p)
            replaced = {name: self.at(name, p)}
            for other in self.correlated(name):
                own = self.priors[other].stream
                correlation = 2 * math.sin(math.pi * self.ranks.get((stream, own), 0) / 6)
                replaced[other] = self.priors[other].distribution.at(
                    self.variates[own] + correlation * (level - self.variates[stream])
                )
            return total(base, replaced)

        return self.base.cached(f"given {name} at {p}", evaluate)

    def at_medians(self, name, p):
        values = {other: self.at(other, 0.5) for other in self.priors} | {name: self.at(name, p)}
        return total(self.base, values)[0]

    # --- Sobol's indices --------------------------------------------------------------------------------------------------

    @cached_property
    def groups(self):
        """The streams of each factor: correlated ones together, in alphabetical order."""
        own = {each.stream for each in self.priors.values()}
        groups = [group for group, _ in Copula(self.scenario.ranks).factors if own & set(group)]
        alone = [(stream,) for stream in own.difference(*groups)]
        return sorted([*groups, *alone], key=lambda group: group[0])

    def _y_at(self, z):
        z = dict(z)
        Copula({pair: rank for pair, rank in self.scenario.ranks.items() if set(pair) <= set(z)}).correlate(z)
        return self.y_of_correlated(z)

    def y_of_correlated(self, z):
        """The total, or its logarithm, at correlated variates by stream."""
        values = {name: each.distribution.at(z[each.stream]) for name, each in self.priors.items()}
        values |= {name: self.scenario.inputs[name].distribution.at(0.0) for name in self.scenario.inputs if name not in values}
        for step in self.scenario.plan.steps:
            if step.name in self.needed:
                values[step.name] = step.function(*(values[need] for need in step.needs))
        return values[TOTAL] if self.has_variance else np.log(values[TOTAL])

    @cached_property
    def indices(self):
        """B, C - A and V of each factor, by the names of its inputs."""
        size = 2 ** int(math.log2(min(65_536, max(64, self.case.draws // 2))))
        streams = [stream for group in self.groups for stream in group]
        dimensions = [*streams, *(f"{stream} again" for stream in streams)]
        sample = build_sampler("sobol", self.case.seed, size, dimensions, dimensions)
        a = {stream: sample(stream, 0, size) for stream in streams}
        b = {stream: sample(f"{stream} again", 0, size) for stream in streams}
        at_a, at_b = self._y_at(a), self._y_at(b)
        mean = np.mean([at_a, at_b])
        factors = {}
        for group in self.groups:
            names = [name for name, each in self.priors.items() if each.stream in group]
            mixed = self._y_at(a | {stream: b[stream] for stream in group})
            factors[" + ".join(names)] = at_a - mean, at_b - mean, mixed - mean
        return factors


def _is_same(name, scenario, other):
    return scenario.inputs[name].distribution == other.inputs[name].distribution


def quantile_of_normal(p):
    """Return the standard normal quantile."""
    return {0.1: -1.2815515655446004, 0.9: 1.2815515655446004}[p]
