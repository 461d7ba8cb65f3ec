"""Analyses of several scenarios: comparison, rent or buy, portfolio."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from simulator.analysis.compare import Comparison, is_saved_total, read_saved_total
from simulator.analysis.compare import compare as compare_scenarios
from simulator.analysis.own_chips import purchased_variants
from simulator.analysis.portfolio import CORRELATIONS, Correlation, Portfolio
from simulator.analysis.portfolio import portfolio as add_up
from simulator.analysis.rent_or_buy import bases_of
from simulator.analysis.rent_or_buy import rent_or_buy as compare_bases
from simulator.analysis.rent_or_buy_results import RentOrBuy
from simulator.api.arguments import Openable, ScenarioLike, one_of, opened, run_options, scenario_of, several_opened
from simulator.api.sources import labels
from simulator.api.values import Amount, Levels, amount, levels_of
from simulator.core.levels import Level
from simulator.core.scalars import Number
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import Progress
from simulator.engine.scenario import Scenario


def compare(
    *sources: ScenarioLike,
    names: Sequence[str] | None = None,
    draws: Number = 100_000,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> Comparison:
    """Compare scenarios with the first of them, draw by draw.

    Parameters
    ----------
    *sources : str, path, mapping, OpenScenario or Scenario
        Two or more scenarios. A name may be followed by changes, as in ``"gpt-4:basis=rented"``. The JSON of an earlier run
        (a path that ends in ``.json``) is reported as well, but not paired.
    names : sequence of str or None
        Name of each source within the result, by default its own, numbered where it is repeated.
    draws, seed, interval, threads, progress
        As in `budget`; each scenario has this number of draws.

    Returns
    -------
    Comparison
        ``scenarios`` with their totals and times, and ``differences`` from the first in USD: mean, interval, probability that
        the first is cheaper, ``steps`` that explain the mean, ``times``, and the ``inputs`` that differ.

    Raises
    ------
    UnsupportedError
        If there are fewer than two sources, if their money or the level of an earlier run's interval differs, or for a run
        under way.
    InvalidInputError, InvalidValueError, NonFiniteResultError
        As in `budget`.

    See Also
    --------
    rent_or_buy : Break-even of rented and owned chips.
    sweep : Many scenarios of a grid.

    Notes
    -----
    A prior of the same name takes the same standard normal variate in every scenario (common random numbers), so what
    scenarios share cancels out of their differences.

    Examples
    --------
    >>> import llmcost
    >>> comparison = llmcost.compare("gpt-4", "gpt-4:basis=rented", names=["owned", "rented"], draws=5000)
    >>> row = comparison.differences[0]
    >>> row.other, row.first
    ('rented', 'owned')
    >>> row.first_cheaper.value > 0.5
    True

    """
    options = run_options(draws, seed, interval, threads, progress)
    sources = several_opened(sources)
    chosen, names = names, labels(sources, names)
    is_saved = [isinstance(source, str) and is_saved_total(source) for source in sources]
    rows = list(zip(sources, names, is_saved, strict=True))
    first = next((source for source, _, saved in rows if not saved), None)
    return compare_scenarios(
        [scenario_of(source) for source, _, saved in rows if not saved],
        options,
        names=[name for _, name, saved in rows if not saved],
        own_names=() if chosen is None else chosen,
        saved=[replace(read_saved_total(str(source)), name=name) for source, name, saved in rows if saved],
        purchased=purchased_variants(
            {name: opened(source) for source, name, saved in rows if not saved and not isinstance(source, Scenario)}
        ),
        opened=None if first is None or isinstance(first, Scenario) else opened(first).allowing_unused(),
    )


def rent_or_buy(
    source: Openable,
    *,
    horizon: Amount | None = None,
    draws: Number = 100_000,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> RentOrBuy:
    """Compare the same work on rented and on owned chips over their useful life, and return where both cost the same.

    Parameters
    ----------
    source : str, path, mapping or OpenScenario
        The scenario; its own basis has no effect. A ``Scenario`` of `read` cannot be varied.
    horizon : float or str, optional
        Time from the purchase of the chips to their sale, in hours or as ``"3 year"``; by default their useful life.
    draws, seed, interval, threads, progress
        As in `budget`; each basis has this number of draws.

    Returns
    -------
    RentOrBuy
        Costs of the hours used in USD, ``break_even_price`` in USD per chip-hour, ``break_even_months`` for which the chips
        are kept, and ``break_even_utilisation`` as a share of the time for which they are kept.

    Raises
    ------
    UnsupportedError
        If `compute` is not among the lines of the scenario, or for a run under way.
    InvalidInputError, InvalidValueError, NonFiniteResultError
        As in `budget`.

    Notes
    -----
    All break-evens follow from costs of an hour used, so they do not depend on the size of the run. Owned chips are charged
    with cost of capital and resale; ``without_capital_and_resale`` has the same figures without them.

    Examples
    --------
    >>> import llmcost
    >>> answer = llmcost.rent_or_buy("gpt-4", draws=5000)
    >>> answer.break_even_price.median < answer.rental_price.median
    True
    >>> llmcost.rent_or_buy("gpt-4", horizon="1 year", draws=5000).horizon_months.median
    12.0

    """
    options = run_options(draws, seed, interval, threads, progress)
    hours = None if horizon is None else amount(horizon, "hour", "horizon")
    return compare_bases(bases_of(opened(source)), options, horizon=hours)


def portfolio(
    *sources: ScenarioLike,
    names: Sequence[str] | None = None,
    correlation: Correlation = "shared",
    levels: Levels = (),
    budget: Number | str | None = None,
    draws: Number = 100_000,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> Portfolio:
    """Add up several runs under one budget, draw by draw.

    Parameters
    ----------
    *sources : str, path, mapping, OpenScenario or Scenario
        The runs; a scenario that is repeated is two runs.
    names : sequence of str or None
        Name of each run within the result, by default its own, numbered where it is repeated.
    correlation : {"shared", "none"}
        ``shared``: common random numbers for priors of the same name, the strongest dependence that common priors allow.
        ``none``: independent runs.
    levels : level or iterable of levels
        Levels of confidence that are reported besides 50, 70, 80 and 90 %.
    budget : float or str or None
        Budget of the sum, such as ``150e6``. Budgets of single runs are not used.
    draws, seed, interval, threads, progress
        As in `budget`; each run has this number of draws.

    Returns
    -------
    Portfolio
        ``total`` of the sum in USD, ``runs``, and ``levels`` with the quantile of the sum beside the sum of quantiles.

    Raises
    ------
    UnsupportedError
        If money differs, or for a run under way with common random numbers.
    InvalidInputError, InvalidValueError, NonFiniteResultError
        As in `budget`.

    Examples
    --------
    >>> import llmcost
    >>> runs = llmcost.portfolio("gpt-3", "gpt-4", correlation="none", draws=5000)
    >>> [run.name for run in runs.runs]
    ['gpt-3', 'gpt-4']
    >>> runs.levels[-1].difference < 0  # the P90 of the sum is less than the sum of the P90s
    True

    """
    options = run_options(draws, seed, interval, threads, progress)
    kind, several_levels = one_of(correlation, "correlation", CORRELATIONS), levels_of(levels)
    if not sources:
        raise InvalidValueError("a portfolio needs a scenario")
    sources = several_opened(sources)
    scenarios = [scenario_of(source) for source in sources]
    run_names = None if names is None else labels(sources, names)
    limit = None if budget is None else _budget_of_sum(budget, sources)
    return add_up(scenarios, options, names=run_names, correlation=kind, levels=several_levels, budget=limit)


def _budget_of_sum(budget: Number | str, sources: Iterable[ScenarioLike]) -> float | None:
    """Return the budget of a portfolio in the money of its runs."""
    for source in sources:
        if not isinstance(source, Scenario):
            return opened(source).with_(budget=budget if isinstance(budget, str) else float(budget)).scenario.budget
    return amount(budget, "USD", "budget")
