"""Alternative priors by importance weights: draws from one distribution are weighted to represent another."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from simulator.analysis.statistics import DRAWS, Array, Progress, UnsupportedError, simulate_draws, summary_statistics
from simulator.analysis.stress.densities import density_ratio
from simulator.analysis.stress.retained_draws import check_draws, fitting_draws
from simulator.analysis.stress.weighted_draws import weighted_statistics
from simulator.core.levels import Level, interval_of
from simulator.distributions import Distribution
from simulator.engine.inputs import Input
from simulator.scenario import TOTAL, Scenario

MIN_EFFECTIVE_SIZE = 500
MIN_EFFECTIVE_SHARE = 0.05


class ImportanceWeights(NamedTuple):
    """Weights of draws with mean 1, and the effective sample size.

    The effective size is that of Kish (1965) for the weights, or the expected one of the two distributions where that is less.
    """

    weights: Array
    effective_size: float


def importance_weights(
    retained_draws: Mapping[str, Array], distributions: Mapping[str, tuple[Distribution, Distribution]]
) -> ImportanceWeights:
    """Return weights that represent other distributions of some priors; `distributions` has the old and the new one of each.

    `retained_draws` has draws of those priors from the old distributions, independent of the other priors. Raises
    `UnsupportedError` where the effective sample size is below 5 % of the draws or below 500, and where the new distribution
    exceeds the range of the old one.
    """
    if not distributions:
        raise UnsupportedError("no prior is to be reweighted")
    count = len(retained_draws[next(iter(distributions))])
    weights, mean_square = np.ones(count), 1.0
    for name, (old, new) in distributions.items():
        try:
            ratio, factor = density_ratio(old, new, retained_draws[name])
        except UnsupportedError as error:
            raise UnsupportedError(f"{name}: the new distribution {error}; simulate it with --set") from None
        weights, mean_square = weights * ratio, mean_square * factor
    largest = float(weights.max())
    weights = weights / largest if largest > 0 else weights  # so that no square overflows
    sum_of_squares = float(np.sum(weights**2))
    kish_size = float(np.sum(weights)) ** 2 / sum_of_squares if sum_of_squares > 0 else 0.0
    effective_size = min(kish_size, count / mean_square)
    min_size = max(MIN_EFFECTIVE_SIZE, MIN_EFFECTIVE_SHARE * count)
    if effective_size < min_size:
        raise UnsupportedError(
            f"{', '.join(distributions)}: the effective sample size is only {effective_size:,.0f} of {count:,} draws, but "
            f"{min_size:,.0f} are needed: the new distribution is too far from the old one; simulate it with --set"
        )
    return ImportanceWeights(weights / weights.mean(), effective_size)


def reweight_priors(
    scenario: Scenario,
    others: Mapping[str, Scenario],
    draws: int = DRAWS,
    seed: int = 0,
    *,
    retained_draws: Mapping[str, Array] | None = None,
    interval: Level = 0.95,
    threads: int | None = None,
    progress: Progress = None,
) -> list[dict[str, Any]]:
    """Return the total and its lines with other distributions of some priors, by weighting existing draws.

    `others` maps a text (`mfu=0.25 to 0.35`) to the scenario with that one prior changed. Each is reported alone, and all
    together where there are several. One run of the scenario serves all; `retained_draws` are those of an earlier run. Raises
    `UnsupportedError` where the effective sample size is too small.
    """
    interval = interval_of(interval)
    reweightings: dict[str, dict[str, Input]] = {}
    for text, other in others.items():
        name = changed_prior(scenario, other, text)
        reweightings[text] = {name: other.inputs[name]}
    together = {name: new for each in reweightings.values() for name, new in each.items()}
    if len(together) < len(reweightings):
        raise UnsupportedError("a prior is changed twice; keep one of its new distributions")
    if len(reweightings) > 1:
        reweightings["together"] = together
    names = [TOTAL, *scenario.lines, *together]
    if retained_draws is None:
        count = fitting_draws(draws, len(names))
        retained_draws = simulate_draws(scenario, count, seed, names, threads=threads, progress=progress).retained_draws
    check_draws(retained_draws, names)
    rows = []
    for text, each in reweightings.items():
        distributions = {name: (scenario.inputs[name].distribution, new.distribution) for name, new in each.items()}
        weights, effective_size = importance_weights(retained_draws, distributions)
        rows.append({
            "name": text,
            "priors": [
                {"name": name, "from": scenario.inputs[name].specification, "to": new.specification}
                for name, new in each.items()
            ],
            "draws": len(weights),
            "effective": effective_size,
            "quantities": {
                name: {
                    "usual": summary_statistics(retained_draws[name], interval),
                    "then": weighted_statistics(retained_draws[name], weights, interval),
                }
                for name in (*scenario.lines, TOTAL)
            },
        })  # fmt: skip
    return rows


def changed_prior(scenario: Scenario, other: Scenario, text: str) -> str:
    """Return the one prior in which two scenarios differ; `UnsupportedError` where reweighting does not apply."""
    hint = "; simulate it with --set"
    steps, other_steps = ([(step.name, step.needs) for step in each.plan.steps] for each in (scenario, other))
    if set(other.inputs) != set(scenario.inputs) or steps != other_steps:
        raise UnsupportedError(f"{text}: it changes how the total is computed, not one prior{hint}")
    changed = [name for name, source in scenario.inputs.items() if other.inputs[name].distribution != source.distribution]
    if not changed:
        raise UnsupportedError(f"{text}: it already has that distribution")
    if len(changed) > 1:
        raise UnsupportedError(f"{text}: it changes {', '.join(changed)}, but only one prior can change at a time{hint}")
    (name,) = changed
    source = scenario.inputs[name]
    if source.role == "choice":
        raise UnsupportedError(f"{text}: {name} is a known number here, so it has no draws at other values{hint}")
    if any(source.stream in pair for pair in scenario.ranks):
        raise UnsupportedError(f"{text}: {name} is correlated with other priors, which would change with it{hint}")
    if sum(other_input.stream == source.stream for other_input in scenario.inputs.values()) > 1:
        raise UnsupportedError(f"{text}: {name} shares its random draws with other priors, which would change with it{hint}")
    return name
