"""Other priors by importance weights: the draws of one prior get the weights that another distribution would give them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from simulator.analysis.statistics import DRAWS, Array, Progress, UnsupportedError, draw, figures
from simulator.analysis.stress.densities import density_ratio
from simulator.analysis.stress.kept_draws import check_kept, fitting_draws
from simulator.analysis.stress.weighted_draws import weighted_figures
from simulator.core.levels import Level, interval_of
from simulator.distributions import Distribution
from simulator.engine.inputs import Input
from simulator.scenario import TOTAL, Scenario

LEAST_EFFECTIVE = 500
LEAST_EFFECTIVE_SHARE = 0.05


class Reweighted(NamedTuple):
    """Weights of draws with mean 1, and how many equally weighted draws tell as much.

    That number is Kish's (1965) for the weights drawn, or what is expected of the two distributions where that is less.
    """

    weights: Array
    effective: float


def reweight(kept: Mapping[str, Array], distributions: Mapping[str, tuple[Distribution, Distribution]]) -> Reweighted:
    """Weigh the draws of a run as if some priors had another distribution; `distributions` gives for each the old and the new
    one.

    `kept` holds whole draws of those priors (`Result.kept`, or arrays), made with the old distributions and independent of the
    other priors. Raises `UnsupportedError` where fewer than 5 % of the draws, or fewer than 500, would be left in effect, and
    where the new distribution reaches beyond the old one.
    """
    if not distributions:
        raise UnsupportedError("no prior is doubted")
    many = len(kept[next(iter(distributions))])
    weights, square = np.ones(many), 1.0
    for name, (old, new) in distributions.items():
        try:
            ratio, its_square = density_ratio(old, new, kept[name])
        except UnsupportedError as error:
            raise UnsupportedError(f"{name}: the new distribution {error}; draw it anew with --set") from None
        weights, square = weights * ratio, square * its_square
    largest = float(weights.max())
    weights = weights / largest if largest > 0 else weights  # so that no square overflows
    spread = float(np.sum(weights**2))
    drawn = float(np.sum(weights)) ** 2 / spread if spread > 0 else 0.0
    effective = min(drawn, many / square)
    least = max(LEAST_EFFECTIVE, LEAST_EFFECTIVE_SHARE * many)
    if effective < least:
        raise UnsupportedError(
            f"{', '.join(distributions)}: only {effective:,.0f} of {many:,} draws would count in effect, and "
            f"{least:,.0f} are needed: "
            "the new distribution lies too far from the old one; draw it anew with --set"
        )
    return Reweighted(weights / weights.mean(), effective)


def reweighting(
    scenario: Scenario,
    others: Mapping[str, Scenario],
    draws: int = DRAWS,
    seed: int = 0,
    *,
    kept: Mapping[str, Array] | None = None,
    interval: Level = 0.95,
    threads: int | None = None,
    progress: Progress = None,
) -> list[dict[str, Any]]:
    """Return what the total and its lines would be if some priors had another distribution, without drawing them.

    `others` are the same scenario with one prior changed, by what was said of it (`mfu=0.25 to 0.35`); each is told alone, and
    all together where they are several. One run of the scenario serves all; `kept` are whole draws of one that is there
    already. Raises `UnsupportedError` where the draws do not reach.
    """
    interval = interval_of(interval)
    reweightings: dict[str, dict[str, Input]] = {}
    for text, other in others.items():
        name = doubted(scenario, other, text)
        reweightings[text] = {name: other.inputs[name]}
    together = {name: new for each in reweightings.values() for name, new in each.items()}
    if len(together) < len(reweightings):
        raise UnsupportedError("a prior is doubted twice; keep one of its new distributions")
    if len(reweightings) > 1:
        reweightings["together"] = together
    names = [TOTAL, *scenario.lines, *together]
    if kept is None:
        kept = draw(scenario, fitting_draws(draws, len(names)), seed, names, threads=threads, progress=progress).kept
    check_kept(kept, names)
    rows = []
    for text, each in reweightings.items():
        weighted = reweight(kept, {name: (scenario.inputs[name].distribution, new.distribution) for name, new in each.items()})
        rows.append({
            "name": text,
            "priors": [
                {"name": name, "from": scenario.inputs[name].specification, "to": new.specification}
                for name, new in each.items()
            ],
            "draws": len(weighted.weights),
            "effective": weighted.effective,
            "quantities": {
                name: {"usual": figures(kept[name], interval), "then": weighted_figures(kept[name], weighted.weights, interval)}
                for name in (*scenario.lines, TOTAL)
            },
        })  # fmt: skip
    return rows


def doubted(scenario: Scenario, other: Scenario, text: str) -> str:
    """Return the one prior in which two scenarios differ; `UnsupportedError` where reweighting cannot lead from one to the
    other.
    """
    anew = "; draw it anew with --set"
    steps, other_steps = ([(step.name, step.needs) for step in each.plan.steps] for each in (scenario, other))
    if set(other.inputs) != set(scenario.inputs) or steps != other_steps:
        raise UnsupportedError(f"{text}: it changes how the total is computed, not one prior{anew}")
    changed = [name for name, source in scenario.inputs.items() if other.inputs[name].distribution != source.distribution]
    if not changed:
        raise UnsupportedError(f"{text}: that is the distribution which it has already")
    if len(changed) > 1:
        raise UnsupportedError(f"{text}: it changes {', '.join(changed)}, and one prior is doubted at a time{anew}")
    (name,) = changed
    source = scenario.inputs[name]
    if source.role == "choice":
        raise UnsupportedError(f"{text}: {name} is a known number here, so its draws tell nothing of other values{anew}")
    if any(source.stream in pair for pair in scenario.ranks):
        raise UnsupportedError(f"{text}: {name} is correlated with other priors, which would change with it{anew}")
    if sum(one.stream == source.stream for one in scenario.inputs.values()) > 1:
        raise UnsupportedError(f"{text}: {name} shares its random draws with other priors, which would change with it{anew}")
    return name
