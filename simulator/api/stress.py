"""Stress tests: shocks, priors one at a time, the draws that breach a limit, and other distributions of priors."""

from collections.abc import Iterable, Mapping, Sequence

from simulator.analysis.stress import (
    ConditionError,
    EarlierDraws,
    ReverseTest,
    ReweightingTest,
    ShockTest,
    SweepTest,
    apply_shocks,
    read_saved_draws,
    reverse,
    reweight_priors,
)
from simulator.analysis.stress import vary_one_at_a_time as vary_priors
from simulator.api.arguments import Openable, ScenarioLike, opened, run_options, scenario_of, short
from simulator.api.values import File, Names, names_of, optional_file
from simulator.core.formatting import one_line
from simulator.core.levels import Level
from simulator.core.scalars import Number
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import Progress
from simulator.scenario import Scenario
from simulator.scenario.arguments import Sets


def stress(
    source: Openable,
    *,
    shocks: Names = (),
    combinations: Iterable[str | Sequence[str]] = (),
    draws: Number = 100_000,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> ShockTest:
    """Apply shocks to a scenario, each alone and some together, and return the total of each case.

    Parameters
    ----------
    source : str, path, mapping or OpenScenario
        The scenario. Its own shocks are part of what each shock is compared with. A ``Scenario`` of `read` cannot be varied.
    shocks : str or iterable of str
        Shocks of the library that are applied, each alone and all together; by default each of the library, alone.
    combinations : iterable of str or sequence of str
        Shocks applied together: ``"A+B"`` or ``["A", "B"]``. They are reported alone too.
    draws : float, default 100,000
        Number of draws of each case, 2 to 1e6.
    seed, interval, threads
        As in `budget`.
    progress : callable or None
        Called with the number of draws done and the total of all cases.

    Returns
    -------
    ShockTest
        ``shocks.cases`` with total and change in USD, ``shocks.inapplicable`` with the reason.

    Raises
    ------
    InvalidInputError
        With all issues of the scenario, or for a shock that is unknown or does not apply.
    UnsupportedError
        For a combination of fewer than two shocks, or a run under way.
    InvalidValueError, NonFiniteResultError
        As in `budget`.

    See Also
    --------
    reverse_stress : What must be true for the cost to pass a limit.
    list_shocks : The shocks of the library.

    Notes
    -----
    Both cases have common random numbers. Mean and median of a change are those of the differences draw by draw, as in
    `compare` and `levers`; the median is not the difference of the two medians.

    Examples
    --------
    >>> import llmcost
    >>> test = llmcost.stress("gpt-4", shocks=["chip-price-double", "staff-pay-3-times"], draws=5000)
    >>> [case.name for case in test.shocks.cases]
    ['chip-price-double', 'staff-pay-3-times', 'chip-price-double+staff-pay-3-times']
    >>> test.shocks.cases[0].change.value > 0
    True

    """
    options = run_options(draws, seed, interval, threads, progress)
    if isinstance(combinations, str) or not isinstance(combinations, Iterable):
        raise InvalidValueError(f"combinations must be a list such as ['A+B'] or [['A', 'B']], not {short(combinations)}")
    together = [_split(each) for each in combinations]
    return apply_shocks(opened(source), options, shocks=names_of(shocks, "shocks"), combinations=together)


def _split(combination: str | Sequence[str]) -> tuple[str, ...]:
    names = combination.split("+") if isinstance(combination, str) else combination
    return tuple(name.strip() for name in names_of(names, "combinations"))


def vary_one_at_a_time(
    source: ScenarioLike,
    *,
    draws: Number = 100_000,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> SweepTest:
    """Set each prior to its 5 % and its 95 % quantile, simulate the others, and return the total.

    Parameters
    ----------
    source : str, path, mapping, OpenScenario or Scenario
        The scenario.
    draws : float, default 100,000
        Number of draws, 2 to 1e6, and fewer where those of all priors would not fit in memory.
    seed, interval, threads, progress
        As in `budget`.

    Returns
    -------
    SweepTest
        ``sweep.priors`` with the total at both quantiles in USD, the widest change first.

    Raises
    ------
    UnsupportedError
        For a run under way.
    InvalidInputError, InvalidValueError, NonFiniteResultError
        As in `budget`.

    Notes
    -----
    A prior that is correlated with others is set alone, as in an intervention; they keep their draws.

    Examples
    --------
    >>> import llmcost
    >>> test = llmcost.vary_one_at_a_time("gpt-4", draws=2000)
    >>> [point.percent for point in test.sweep.priors[0].points]
    [5.0, 95.0]
    >>> test.sweep.priors[0].range >= test.sweep.priors[1].range
    True

    """
    return vary_priors(scenario_of(source), run_options(draws, seed, interval, threads, progress))


def reverse_stress(
    source: ScenarioLike,
    condition: str,
    *,
    saved: File | None = None,
    draws: Number = 100_000,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> ReverseTest:
    """Return the inputs that distinguish the draws in which a condition holds, and a box of them described in words.

    Parameters
    ----------
    source : str, path, mapping, OpenScenario or Scenario
        The scenario.
    condition : str
        A quantity, ``>`` or ``<``, and an amount: a number with or without a unit, the ``budget`` of the scenario, or
        arithmetic with them, as in ``"total_cost > 200e6"``, ``"wall_clock > 60 day"`` and ``"total_cost > 2*budget"``.
    saved : path or None
        Draws of a run of this scenario that was saved as netCDF, which replace new ones; `draws` and `seed` have then no
        effect.
    draws : float, default 100,000
        Number of draws, 2 to 1e6. The run is extended where fewer than 1,000 draws meet the condition.
    seed, interval, threads, progress
        As in `budget`.

    Returns
    -------
    ReverseTest
        ``reverse.inputs`` by Kolmogorov-Smirnov distance (0 to 1), ``reverse.box`` and ``reverse.sentence``.

    Raises
    ------
    ConditionError
        If the condition cannot be parsed, or too few draws meet it or do not.
    UnsupportedError
        If the saved draws are of another scenario.
    InvalidInputError, InvalidValueError, NonFiniteResultError
        As in `budget`.

    Notes
    -----
    The box is found on half of the draws by peeling and evaluated on the other half: the patient rule induction method of
    Friedman and Fisher (Statistics and Computing 9, 1999, 123-143), without pasting.

    Examples
    --------
    >>> import llmcost
    >>> test = llmcost.reverse_stress("gpt-4", "total_cost > 150e6", draws=1e4)
    >>> test.reverse.above, test.reverse.amount, test.reverse.unit
    (True, 150000000.0, 'USD')
    >>> test.reverse.inputs[0].clear
    True

    """
    options = run_options(draws, seed, interval, threads, progress)
    if not isinstance(condition, str):
        raise ConditionError(f"{short(condition)} is not a condition; write one such as 'total_cost > 200e6'")
    scenario = scenario_of(source)
    return reverse(scenario, options, condition=condition, earlier=_saved_draws(saved, scenario))


def reweight(
    source: Openable,
    changes: Names | Mapping[str, object],
    *,
    saved: File | None = None,
    draws: Number = 100_000,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> ReweightingTest:
    """Return the total and its lines with other distributions of some priors, by weighting draws instead of new ones.

    Parameters
    ----------
    source : str, path, mapping or OpenScenario
        The scenario. A ``Scenario`` of `read` cannot be varied.
    changes : str, iterable of str or mapping
        New priors in the grammar of a scenario file: ``"pue=1.1 to 1.2"``, or by name ``{"pue": "1.1 to 1.2"}``, where a
        value may also be a prior such as ``llmcost.between(1.1, 1.2)``. Each is reported alone, and all together where there
        are several.
    saved : path or None
        Draws of a run of this scenario that was saved as netCDF, which replace new ones.
    draws : float, default 100,000
        Number of draws, 2 to 1e6, and fewer where they would not fit in memory.
    seed, interval, threads, progress
        As in `budget`.

    Returns
    -------
    ReweightingTest
        ``reweightings`` with the lines and the total before and after in USD, and the effective sample size.

    Raises
    ------
    UnsupportedError
        If a change is not of one uncorrelated prior, if the effective sample size is too small, or if the saved draws are of
        another scenario.
    InvalidInputError, InvalidValueError, NonFiniteResultError
        As in `budget`.

    Notes
    -----
    Self-normalised importance sampling; the effective sample size is that of Kish (Survey Sampling, 1965).

    Examples
    --------
    >>> import llmcost
    >>> test = llmcost.reweight("gpt-4", {"chip_price": "12000 to 20000"}, draws=2e4)
    >>> change = test.reweightings[0]
    >>> change.name, [prior.name for prior in change.priors]
    ('chip_price=12000 to 20000', ['chip_price'])
    >>> change.effective <= change.draws
    True

    """
    options = run_options(draws, seed, interval, threads, progress)
    changed = _changes(changes)
    opened_source = opened(source)
    earlier = _saved_draws(saved, opened_source.scenario)
    return reweight_priors(opened_source, options, changes=changed, earlier=earlier)


def _changes(changes: Names | Mapping[str, object]) -> tuple[str, ...] | dict[str, Sets]:
    """Return the changes of priors; those of a mapping under the text that names them in the result."""
    if isinstance(changes, Mapping):
        named: dict[str, Sets] = {f"{name}={one_line(str(prior))}": {name: prior} for name, prior in changes.items()}
    changed = named if isinstance(changes, Mapping) else names_of(changes, "changes")
    if not changed:
        raise InvalidValueError("changes must name a prior, as in 'pue=1.1 to 1.2'")
    return changed


def _saved_draws(path: File | None, scenario: Scenario) -> EarlierDraws | None:
    saved = optional_file(path, "saved")
    return None if saved is None else read_saved_draws(saved, scenario)
