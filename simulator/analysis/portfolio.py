"""Portfolios: several runs under one budget, as the sum draw by draw and as the sum of each run's own amounts."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from simulator.analysis.statistics import (
    LEVELS,
    Array,
    Estimate,
    SummaryStatistics,
    check_same_money,
    probability,
    quantile,
    simulate_draws,
    summary_statistics,
    unique_names,
)
from simulator.core.errors import UnsupportedError
from simulator.core.levels import Level, in_percent, probabilities
from simulator.core.results import AnalysisResult, Note, optional, values_of
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.support import level_notes, require_levels
from simulator.io.header import header_of_several
from simulator.scenario import TOTAL, Scenario

Correlation = Literal["shared", "none"]
CORRELATIONS: tuple[Correlation, ...] = get_args(Correlation)


@dataclass(frozen=True, kw_only=True)
class NamedRun:
    """Name of a run within a portfolio, numbered where it is repeated, and the title of its scenario."""

    name: str
    title: str


@dataclass(frozen=True, kw_only=True)
class RunTotal(SummaryStatistics, NamedRun):
    """The total of one run by itself.

    Attributes
    ----------
    name, title : str
        As in `NamedRun`.
    mean, sd, median, low, high, quantiles, mcse
        As in `SummaryStatistics`, USD.

    """


@dataclass(frozen=True, slots=True)
class PortfolioLevel:
    """A quantile of the portfolio beside the sum of the runs' own quantiles; amounts in USD.

    Attributes
    ----------
    level : float
        Percent.
    amount, mcse : float
        Quantile of the sum and its Monte Carlo standard error.
    sum_of_own : float
        Sum of the quantiles of the runs.
    difference : float
        Amount less that sum.
    probability_within, probability_within_error : float
        Share of draws, 0 to 1, in which the portfolio stays within that sum, and its Monte Carlo standard error.
    own : dict of str to float
        Quantile of each run.

    """

    level: float
    amount: float
    mcse: float
    sum_of_own: float
    difference: float
    probability_within: float
    probability_within_error: float
    own: Mapping[str, float]

    @property
    def within_sum(self) -> Estimate:
        """Probability that the portfolio stays within the sum of the runs' own amounts, with its error."""
        return Estimate(self.probability_within, self.probability_within_error)


@dataclass(frozen=True, slots=True)
class PortfolioBudget:
    """One budget for all runs of a portfolio.

    Attributes
    ----------
    amount : float
        The budget, in the money of the runs.
    probability_within, probability_within_error : float
        Share of draws, 0 to 1, in which the sum stays within it, and its Monte Carlo standard error.

    """

    amount: float
    probability_within: float
    probability_within_error: float

    @property
    def within(self) -> Estimate:
        """Probability that the sum stays within the budget, with its error."""
        return Estimate(self.probability_within, self.probability_within_error)


@dataclass(frozen=True, kw_only=True)
class Portfolio(AnalysisResult):
    """The sum of several runs.

    Attributes
    ----------
    correlation : str
        `shared` where priors of the same name have common random numbers in all runs, `none` where runs are independent.
    total : SummaryStatistics
        Of the sum, USD.
    runs : tuple of RunTotal
    levels : tuple of PortfolioLevel
        By confidence level, ascending.
    budget : PortfolioBudget or None
        The budget of the sum; None where none is given.

    Examples
    --------
    >>> import llmcost
    >>> portfolio = llmcost.portfolio("gpt-3", "gpt-4", draws=2000)
    >>> portfolio.correlation
    'shared'

    """

    correlation: str
    total: SummaryStatistics
    runs: tuple[RunTotal, ...]
    levels: tuple[PortfolioLevel, ...]
    budget: PortfolioBudget | None = optional()


def portfolio(
    scenarios: Sequence[Scenario],
    options: RunOptions = DEFAULTS,
    *,
    names: Sequence[str] | None = None,
    correlation: str = "shared",
    levels: Iterable[Level] = (),
    budget: float | None = None,
) -> Portfolio:
    """Simulate several scenarios and return the sum of their totals.

    With correlation `shared`, a prior of the same name takes the same standard normal variate in every run, which is the
    strongest dependence that common priors allow. With `none`, runs are independent. `names` are those of the runs, by default
    of their scenarios, and `budget` is that of the sum.

    Raises `UnsupportedError` where the runs are in different money, and `NonFiniteResultError` where a
    quantity is not finite.
    """
    levels = probabilities(levels)
    require_levels(levels, options.draws)
    if correlation not in CORRELATIONS:
        raise InvalidValueError(f"no correlation {correlation!r}; choose one of {', '.join(CORRELATIONS)}")
    check_same_money(scenarios)
    is_shared = correlation == "shared"
    under_way = [scenario.name for scenario in scenarios if scenario.paused_run is not None]
    if is_shared and under_way:
        raise UnsupportedError(
            f"{under_way[0]} is under way: its draws are conditional on spend to date, so it cannot share random numbers "
            "with other runs; choose correlation none"
        )
    results = [
        simulate_draws(scenario, options if is_shared else options.with_(seed=options.seed + number), [TOTAL])
        for number, scenario in enumerate(scenarios)
    ]
    names = unique_names(scenarios) if names is None else names
    count = min(len(result.retained_draws[TOTAL]) for result in results)  # a run under way has fewer draws
    totals = {name: result.retained_draws[TOTAL][:count] for name, result in zip(names, results, strict=True)}
    heavy = {name for name, result in zip(names, results, strict=True) if result.why_no_mean()}
    return Portfolio(
        header=header_of_several(scenarios, options.with_(draws=count)),
        correlation=correlation,
        total=summary_statistics(_sum_runs(totals), options.interval, heavy=bool(heavy)),
        runs=run_totals(totals, [scenario.title for scenario in scenarios], options.interval, heavy=heavy),
        levels=portfolio_levels(totals, levels),
        budget=None if budget is None else _assess_budget(_sum_runs(totals), budget),
        notes=(*_notes(scenarios, budget), *level_notes(levels, count, TOTAL)),
    )


def _assess_budget(total: Array, budget: float) -> PortfolioBudget:
    within = probability(total <= budget)
    return PortfolioBudget(budget, within.value, within.error)


def _notes(scenarios: Sequence[Scenario], budget: float | None) -> Iterator[Note]:
    """Note budgets of single runs, which are not compared with the sum."""
    names = list(dict.fromkeys(scenario.name for scenario in scenarios if scenario.budget is not None))
    if names and budget is None:
        text = f"the budgets of {', '.join(names)} are those of single runs; `--budget` or `budget` gives that of the sum"
        yield Note("budgets-of-runs", names[0], text)


def run_totals(
    totals: Mapping[str, Array], titles: Sequence[str], interval: Level = 0.95, *, heavy: Collection[str] = ()
) -> tuple[RunTotal, ...]:
    """Return the statistics of each run; the tails of runs in `heavy` are too heavy for a mean."""
    return tuple(
        RunTotal(name=name, title=title, **values_of(summary_statistics(values, interval, heavy=name in heavy)))
        for (name, values), title in zip(totals.items(), titles, strict=True)
    )


def portfolio_levels(totals: Mapping[str, Array], levels: Iterable[Level] = ()) -> tuple[PortfolioLevel, ...]:
    """Return the quantiles of the sum of runs beside the sums of their own, from draws of their totals."""
    total = _sum_runs(totals)
    return tuple(_portfolio_level(totals, total, level) for level in probabilities([*LEVELS, *levels]))


def _portfolio_level(totals: Mapping[str, Array], total: Array, level: float) -> PortfolioLevel:
    own = {name: float(np.quantile(values, level)) for name, values in totals.items()}
    amount, sum_of_own = quantile(total, level), sum(own.values())
    within = probability(total <= sum_of_own)
    return PortfolioLevel(
        level=in_percent(level),
        amount=amount.value,
        mcse=amount.error,
        sum_of_own=sum_of_own,
        difference=amount.value - sum_of_own,
        probability_within=within.value,
        probability_within_error=within.error,
        own=own,
    )


def _sum_runs(totals: Mapping[str, Array]) -> Array:
    total: Array = np.sum(list(totals.values()), axis=0)
    return total
