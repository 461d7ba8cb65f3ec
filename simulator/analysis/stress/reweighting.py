"""Alternative priors by importance weights: draws from one distribution are weighted to represent another."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.analysis.statistics import Array, SummaryStatistics, has_mean, simulate_draws, summary_statistics
from simulator.analysis.stress.densities import density_ratio
from simulator.analysis.stress.results import StressResult
from simulator.analysis.stress.retained_draws import EarlierDraws, check_draws, fitting_draws
from simulator.analysis.stress.weighted_draws import weighted_statistics
from simulator.core.errors import UnsupportedError
from simulator.core.levels import Level
from simulator.core.results import renamed
from simulator.distributions import Distribution
from simulator.engine.inputs import Input
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.io.header import header_of
from simulator.scenario import TOTAL, OpenScenario, Scenario
from simulator.scenario.arguments import Sets

MIN_EFFECTIVE_SIZE = 500
MIN_EFFECTIVE_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class NewPrior:
    """A prior with another distribution.

    Attributes
    ----------
    name : str
    before, after : str
        The distributions as written (`from` and `to` in plain data).

    """

    name: str
    before: str = renamed("from")
    after: str = renamed("to")


@dataclass(frozen=True, slots=True)
class ReweightedQuantity:
    """Statistics of the total or of a line, USD.

    Attributes
    ----------
    before, after : SummaryStatistics
        With the priors of the scenario, and with the new ones.

    """

    before: SummaryStatistics
    after: SummaryStatistics


@dataclass(frozen=True, slots=True)
class Reweighting:
    """The total and its lines with other distributions of some priors.

    Attributes
    ----------
    name : str
        The change as written, or `together`.
    priors : tuple of NewPrior
    draws : int
        Number of draws.
    effective : float
        Effective sample size of the weighted draws.
    quantities : dict of str to ReweightedQuantity
        The lines, then the total.

    """

    name: str
    priors: tuple[NewPrior, ...]
    draws: int
    effective: float
    quantities: Mapping[str, ReweightedQuantity]


@dataclass(frozen=True, kw_only=True)
class ReweightingTest(StressResult):
    """The total with other distributions of some priors.

    Attributes
    ----------
    reweightings : tuple of Reweighting
        Each change alone, then all together where there are several.

    Examples
    --------
    >>> import llmcost
    >>> test = llmcost.reweight("gpt-4", "chip_price=12000 to 20000", draws=5000)
    >>> test.reweightings[0].priors[0].name
    'chip_price'

    """

    reweightings: tuple[Reweighting, ...]


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
            raise UnsupportedError(f"{name}: the new distribution {error}; simulate the changed scenario instead") from None
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
            f"{min_size:,.0f} are needed: the new distribution is too far from the old one; simulate the changed scenario "
            "instead"
        )
    return ImportanceWeights(weights / weights.mean(), effective_size)


def reweight_priors(
    opened: OpenScenario,
    options: RunOptions = DEFAULTS,
    *,
    changes: Iterable[str] | Mapping[str, Sets],
    earlier: EarlierDraws | None = None,
) -> ReweightingTest:
    """Return the total and its lines with other distributions of some priors, by weighting existing draws.

    Each of `changes` sets one prior, as in `mfu=0.25 to 0.35`, or maps the name of a change to what it sets. Each is reported
    alone, and all together where there are several. One run of the scenario serves all, or an `earlier` one. Raises
    `InvalidInputError` for an invalid change, and `UnsupportedError` where it changes more than one prior or the effective
    sample size is too small.
    """
    scenario = opened.scenario
    priors_by_text = _changed_priors(opened, changes)
    together = {name: new for priors in priors_by_text.values() for name, new in priors.items()}
    names = [TOTAL, *scenario.lines, *together]
    quantities = (*scenario.lines, TOTAL)
    if earlier is None:
        count = fitting_draws(options.draws, len(names))
        result = simulate_draws(scenario, options.with_(draws=count), names)
        draws: Mapping[str, Array] = result.retained_draws
        heavy = {name for name in quantities if result.why_no_mean(name)}
    else:
        draws, options = earlier.by_quantity, earlier.options(options)
        check_draws(draws, names)
        heavy = {name for name in quantities if not has_mean(draws[name])}
    return ReweightingTest(
        header=header_of(scenario, options),
        budget=scenario.budget,
        reweightings=tuple(
            _reweighting(scenario, text, priors, draws, options.interval, heavy) for text, priors in priors_by_text.items()
        ),
    )


def _changed_priors(opened: OpenScenario, changes: Iterable[str] | Mapping[str, Sets]) -> dict[str, dict[str, Input]]:
    """Return the new priors of each change, and of all together where there are several."""
    priors_by_text: dict[str, dict[str, Input]] = {}
    sets_by_text: Mapping[str, Sets] = changes if isinstance(changes, Mapping) else {text: [text] for text in changes}
    for text, sets in sets_by_text.items():
        other = opened.with_(sets=sets).scenario
        name = changed_prior(opened.scenario, other, text)
        priors_by_text[text] = {name: other.inputs[name]}
    together = {name: new for priors in priors_by_text.values() for name, new in priors.items()}
    if len(together) < len(priors_by_text):
        raise UnsupportedError("a prior is changed twice; keep one of its new distributions")
    return priors_by_text | ({"together": together} if len(priors_by_text) > 1 else {})


def _reweighting(
    scenario: Scenario,
    text: str,
    priors: Mapping[str, Input],
    draws: Mapping[str, Array],
    interval: Level,
    heavy: Collection[str],
) -> Reweighting:
    """Return the statistics with new priors; quantities in `heavy` have no mean."""
    distributions = {name: (scenario.inputs[name].distribution, new.distribution) for name, new in priors.items()}
    weights, effective_size = importance_weights(draws, distributions)
    return Reweighting(
        name=text,
        priors=tuple(NewPrior(name, scenario.inputs[name].specification, new.specification) for name, new in priors.items()),
        draws=len(weights),
        effective=effective_size,
        quantities={
            name: ReweightedQuantity(
                summary_statistics(draws[name], interval, heavy=name in heavy),
                weighted_statistics(draws[name], weights, interval, heavy=name in heavy),
            )
            for name in (*scenario.lines, TOTAL)
        },
    )


def changed_prior(scenario: Scenario, other: Scenario, text: str) -> str:
    """Return the one prior in which two scenarios differ; `UnsupportedError` where reweighting does not apply."""
    hint = "; simulate the changed scenario instead"
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
