"""What drives the spread of a total, and what it would be worth to know an input."""

import os
from collections.abc import Iterable, Sequence

from simulator.analysis.sensitivity import (
    DEFAULT_MEASURES,
    IDLE_COST,
    LEVEL,
    MEASURES,
    Sensitivity,
    rank_drivers,
    rank_saved_drivers,
)
from simulator.analysis.sensitivity.information import InformationValues, value_inputs
from simulator.analysis.sensitivity.study import Measure
from simulator.api.arguments import ScenarioLike, one_of, run_options, scenario_of
from simulator.api.values import Amount, Names, file_of, names_of, positive, probability
from simulator.core.errors import UnsupportedError
from simulator.core.levels import Level
from simulator.core.scalars import Number
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import Progress
from simulator.io.netcdf import open_tree

DRAWS = 65_536


def sensitivity(
    source: ScenarioLike,
    *,
    measures: Measure | Iterable[Measure] | None = None,
    level: Level = LEVEL,
    idle_cost: Amount = IDLE_COST,
    draws: Number = DRAWS,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> Sensitivity:
    """Rank what drives the spread of the total of a scenario, and suggest what to research next.

    Parameters
    ----------
    source : str, path, mapping, OpenScenario or Scenario
        The scenario, or a saved run (a path that ends in ``.nc``), whose draws are then used; `draws`, `seed` and `threads`
        have then no effect.
    measures : str, iterable of str or None
        ``draws``: shares of variance and of the P95, rank correlation, value of information. ``swing``: the total with the
        input at its P10 and at its P90. ``sobol``: Sobol's indices, on half as many points. ``shapley``: Shapley effects, on
        half as many points. By default the first three, or ``draws`` for a saved run.
    level : level, default 0.8
        The probability of staying within the budget at which it is set.
    idle_cost : float or str, default 0.1
        Cost of a unit of budget left unspent, as a share of it; that of a unit over the budget follows from it and the level.
    draws : float, default 65,536
        Number of draws, 1,000 to 262,144.
    seed, interval, threads
        As in `budget`.
    progress : callable or None
        Called with the number of steps done and their total.

    Returns
    -------
    Sensitivity
        ``drivers`` by their share of the variance, ``research_next``, ``perfect_information`` and others.

    Raises
    ------
    UnsupportedError
        If no input varies, or a saved run has too few draws or none of the total.
    InvalidInputError, InvalidValueError, NonFiniteResultError
        As in `budget`.

    See Also
    --------
    value_of_information : The value of knowing one input.
    vary_one_at_a_time : The total with each prior at its 5 % and 95 % quantile.

    Notes
    -----
    Sobol's indices are those of Saltelli et al. (Computer Physics Communications 181, 2010, 259-270) for independent inputs;
    correlated inputs have them together only. Shapley effects (Owen, SIAM/ASA Journal on Uncertainty Quantification 2, 2014)
    share the variance out also among correlated inputs: they are not negative, and add up to one.

    Examples
    --------
    >>> import llmcost
    >>> study = llmcost.sensitivity("gpt-4", measures=["draws", "swing"], draws=4096)
    >>> shares = [driver.share_of_variance for driver in study.drivers]
    >>> values = [share.value for share in shares if share is not None]  # None without the measure `draws`
    >>> values == sorted(values, reverse=True)
    True
    >>> study.research_next.text.startswith("Research next: ")
    True

    """
    options = run_options(draws, seed, interval, threads, progress)
    budget_level, cost = probability(level, "level"), _idle_cost(idle_cost)
    chosen = DEFAULT_MEASURES if measures is None else _measures(measures)
    if isinstance(source, str | os.PathLike) and os.fspath(source).endswith(".nc"):
        if measures is not None and chosen != ("draws",):
            raise UnsupportedError(f"{source} is a saved run, whose draws are fixed; give its scenario for other measures")
        return _of_saved_run(source, options.interval, budget_level, cost)
    return rank_drivers(scenario_of(source), options, level=budget_level, idle_cost=cost, measures=chosen)


def _of_saved_run(path: str | os.PathLike[str], interval: Level, level: float, idle_cost: float) -> Sensitivity:
    tree = open_tree(file_of(path, "source"))
    try:
        return rank_saved_drivers(tree, interval=interval, level=level, idle_cost=idle_cost)
    except UnsupportedError as error:
        raise UnsupportedError(f"{path}: {error}") from None


def value_of_information(
    source: ScenarioLike,
    inputs: Names = (),
    *,
    level: Level = LEVEL,
    idle_cost: Amount = IDLE_COST,
    draws: Number = DRAWS,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> InformationValues:
    """Return what it would be worth to know inputs of a scenario before its budget is set.

    Parameters
    ----------
    source : str, path, mapping, OpenScenario or Scenario
        The scenario.
    inputs : str or iterable of str
        Names of inputs, by default each uncertain input of the total.
    level : level, default 0.8
        The probability of staying within the budget at which it is set.
    idle_cost : float or str, default 0.1
        Cost of a unit of budget left unspent, as a share of it.
    draws : float, default 65,536
        Number of draws, 1,000 to 262,144.
    seed, interval, threads
        As in `budget`.
    progress : callable or None
        Called with the number of inputs done and their total.

    Returns
    -------
    InformationValues
        ``inputs`` with the expected gain of the budget decision in USD and the reduction of contingency and interval, largest
        first; ``perfect_information``, the value of knowing all.

    Raises
    ------
    UnsupportedError
        For a name that is no uncertain input of the total.
    InvalidInputError, InvalidValueError, NonFiniteResultError
        As in `budget`.

    See Also
    --------
    sensitivity : All measures of all inputs.

    Notes
    -----
    The expected value of partial perfect information about a budget set at a quantile (Arrow, Harris and Marschak,
    Econometrica 19, 1951, 250-272), by regression on existing draws (Strong, Oakley and Brennan, Medical Decision Making 34,
    2014, 311-326). It includes information about inputs that are correlated with this one.

    Examples
    --------
    >>> import llmcost
    >>> values = llmcost.value_of_information("gpt-4", "chip_price", draws=4096)
    >>> [each.name for each in values.inputs]
    ['chip_price']
    >>> gain = values.of("chip_price").expected_gain
    >>> gain.value <= values.perfect_information.expected_gain.value
    True

    """
    options = run_options(draws, seed, interval, threads, progress)
    budget_level, cost = probability(level, "level"), _idle_cost(idle_cost)
    names = names_of(inputs, "inputs")
    return value_inputs(scenario_of(source), options, names=names, level=budget_level, idle_cost=cost)


def _idle_cost(idle_cost: Amount) -> float:
    cost = positive(idle_cost, "idle_cost")
    if cost >= 1:
        raise InvalidValueError(f"idle_cost must be above 0 and below 1, as a share of the budget left unspent, not {cost:g}")
    return cost


def _measures(measures: Names) -> Sequence[Measure]:
    chosen = names_of(measures, "measures")
    if not chosen:
        raise InvalidValueError(f"measures must be some of {', '.join(MEASURES)}")
    return tuple(one_of(measure, "measures", MEASURES) for measure in dict.fromkeys(chosen))
