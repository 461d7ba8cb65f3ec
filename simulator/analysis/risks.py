"""The risk register: the total with all risks, less the total without one of them, in the same draws.

Whether a risk occurs is a quantity of the model (`name.occurs`), 1 or 0 in each draw. Without a risk it is 0, and all that
depends on it is computed again; all other draws stay. So what risks share, such as reserved hours that the rework of only one
of them can use, is attributed draw by draw.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from simulator.analysis.statistics import (
    Array,
    Estimate,
    difference,
    has_mean,
    mean,
    probability,
    quantile,
    refuse_under_way,
    simulate_draws,
    summary_statistics,
)
from simulator.core.errors import UnsupportedError
from simulator.core.levels import Level
from simulator.core.results import Note, values_of
from simulator.core.units import Value
from simulator.engine.graph import Formula
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.result import SimulationResult
from simulator.engine.scenario import Event
from simulator.io.header import header_of
from simulator.io.risk_register import RegisterStatistics, RiskEntry, RiskRegister
from simulator.scenario import TOTAL, Scenario

LEVEL = 0.8
"""Level of the quantile to which contributions are reported."""
MAX_DRAWS_OF_RUN = 100_000
"""Maximum number of draws from which the register of a run is computed."""
LINE = "risk_cost"
NO_RISKS = "has no risk register: add `risks:` with risks of your own or of the library (`llmcost list risks`, `list_risks()`)"
NO_LINE = f"has risks that no line counts: add {LINE} to its lines, as in --set 'lines=[inherited, {LINE}]'"
NO_MEAN = "a tail is too heavy for a mean, so the expected loss is not reported; quantiles are not affected"


def occurs(name: str) -> str:
    """Return the quantity that is 1 where a risk occurs."""
    return f"{name}.occurs"


def risk_register(scenario: Scenario, options: RunOptions = DEFAULTS) -> RiskRegister:
    """Simulate a scenario and return its risk register.

    Raises `UnsupportedError` for a scenario without risks or a run under way, and `NonFiniteResultError` where a quantity is
    not finite.

    Examples
    --------
    >>> from simulator.scenario import read
    >>> len(risk_register(read("large"), RunOptions(draws=1000)).risks)
    3

    """
    if not scenario.events:
        raise UnsupportedError(f"{scenario.name} {NO_LINE if LINE in scenario.graph.formulas else NO_RISKS}")
    refuse_under_way(scenario)
    statistics, notes = _register(scenario, options)
    return RiskRegister(header=header_of(scenario, options), notes=notes, **values_of(statistics))


def register_of_run(scenario: Scenario, options: RunOptions) -> RegisterStatistics | None:
    """Return the register of a scenario for its run, from at most 100,000 draws; None without risks or for a run under way."""
    if not scenario.events or scenario.paused_run is not None:
        return None
    draws = max(2, min(options.draws, MAX_DRAWS_OF_RUN))
    return _register(scenario, options.with_(draws=draws, progress=None))[0]


class WithoutRisks(NamedTuple):
    """The draws of a scenario in which no risk occurs.

    Attributes
    ----------
    total : numpy.ndarray
        The total of each draw, computed again with no risk occurring.
    any_occurs : numpy.ndarray
        Whether any risk occurs in the draw of the scenario itself.

    """

    total: Array
    any_occurs: Any


def simulate_without_risks(scenario: Scenario, options: RunOptions) -> WithoutRisks | None:
    """Return the same draws without the risks of a scenario; None without risks or for a run under way."""
    if not scenario.events or scenario.paused_run is not None:
        return None
    names = [event.name for event in scenario.events]
    affected = _affected(scenario, map(occurs, names))
    result = simulate_draws(scenario, options, [TOTAL, *map(occurs, names), *_needs(affected)])
    return WithoutRisks(_without(result, affected, names)[TOTAL], _any_occurs(result, names))


def _any_occurs(result: SimulationResult, names: Iterable[str]) -> Any:
    return np.any([result.retained_draws[occurs(name)] > 0 for name in names], axis=0)


def _needs(affected: Iterable[Formula]) -> list[str]:
    """Return the quantities that formulas take from elsewhere."""
    steps = list(affected)
    return sorted({need for step in steps for need in step.needs} - {step.name for step in steps})


def _register(scenario: Scenario, options: RunOptions) -> tuple[RegisterStatistics, tuple[Note, ...]]:
    names = [event.name for event in scenario.events]
    affected = _affected(scenario, map(occurs, names))
    delays = [name for name in names if f"{name}.delay_time" in scenario.plan.names]
    lines = [line for line in scenario.lines if any(step.name == line for step in affected)]
    keep = [TOTAL, *lines, *map(occurs, names), *(f"{name}.delay_time" for name in delays), *_needs(affected)]
    result = simulate_draws(scenario, options, keep)
    total, heavy = result.retained_draws[TOTAL], bool(result.why_no_mean())
    without_any = _without(result, affected, names)[TOTAL]
    entries = []
    for event in scenario.events:
        without = _without(result, affected, [event.name])
        of_risk = tuple(line for line in lines if difference(result.retained_draws[line], without[line]).any())
        entries.append(_entry(scenario, event, result, without[TOTAL], of_risk, options.interval, heavy=heavy))
    if all(entry.expected_loss is not None for entry in entries):
        entries.sort(key=lambda entry: -(entry.expected_loss or entry.contribution).value)
    else:
        entries.sort(key=lambda entry: -entry.contribution.value)
    statistics = RegisterStatistics(
        register_draws=options.draws,
        any_risk=probability(_any_occurs(result, names)),
        expected_loss=_expected_loss(difference(total, without_any), heavy=heavy),
        p80=quantile(total, LEVEL),
        p80_without=quantile(without_any, LEVEL),
        contribution=quantile_change(without_any, total),
        risks=tuple(entries),
    )
    return statistics, tuple(_notes(statistics))


def _notes(statistics: RegisterStatistics) -> Iterable[Note]:
    for risk in statistics.risks:
        if risk.impact is None:
            yield Note("no-occurrence", risk.name, f"{risk.name} occurs in none of {statistics.register_draws:,} draws")
    if None in (statistics.expected_loss, *(risk.expected_loss for risk in statistics.risks)):
        yield Note("no-mean", "", NO_MEAN)


def _affected(scenario: Scenario, names: Iterable[str]) -> list[Formula]:
    """Return the formulas that depend on quantities, in the order of the plan."""
    changed = set(names)
    steps = []
    for step in scenario.plan.steps:
        if step.name not in changed and changed.intersection(step.needs):
            changed.add(step.name)
            steps.append(step)
    return steps


def _without(result: SimulationResult, affected: Iterable[Formula], names: Iterable[str]) -> dict[str, Array]:
    """Return the total and what else changes, by draw, where the risks of these names do not occur."""
    draws: Mapping[str, Array] = result.retained_draws
    values: dict[str, Value] = {**draws, **{occurs(name): np.zeros_like(draws[TOTAL]) for name in names}}
    with np.errstate(all="ignore"):
        for step in affected:
            values[step.name] = step.function(*[values[need] for need in step.needs])
    return {step.name: np.asarray(values[step.name], dtype=np.float64) for step in affected}


def _entry(
    scenario: Scenario,
    event: Event,
    result: SimulationResult,
    without: Array,
    lines: tuple[str, ...],
    interval: Level,
    *,
    heavy: bool,
) -> RiskEntry:
    total = result.retained_draws[TOTAL]
    has_occurred = result.retained_draws[occurs(event.name)] > 0
    loss, count = difference(total, without), int(np.count_nonzero(has_occurred))
    delay = result.retained_draws.get(f"{event.name}.delay_time")
    inputs = [source for name, source in scenario.inputs.items() if name.startswith(f"{event.name}.")]
    probabilities = [source.about for source in inputs if source.name == f"{event.name}.probability"]
    return RiskEntry(
        name=event.name,
        about=event.about or "".join(probabilities),
        probability=probability(has_occurred),
        impact=summary_statistics(loss[has_occurred], interval, heavy=heavy or None) if count > 1 else None,
        expected_loss=_expected_loss(loss, heavy=heavy),
        contribution=quantile_change(without, total),
        lines=lines,
        delay=quantile(delay[has_occurred], 0.5) if delay is not None and count else None,
        grade=max((source.grade for source in inputs), default=""),
        mitigation=event.mitigation,
    )


def _expected_loss(loss: Array, *, heavy: bool) -> Estimate | None:
    """Return the mean of a loss, or None where a tail is too heavy for one; that of the draws with a loss decides."""
    if heavy or not has_mean(loss[loss != 0]):
        return None
    return mean(loss)


def quantile_change(before: Array, after: Array, p: float = LEVEL) -> Estimate:
    """Return the change of a quantile from `before` to `after`, which hold the same draws, with its standard error.

    By Bahadur's representation, a quantile of draws differs from the true one by the mean of (p - 1{x <= q}) over the density
    at q. The error is that of the mean of the difference of both terms in the same draw, so what both share cancels out.
    """
    terms = _influence(after, p) - _influence(before, p)
    change = float(np.quantile(after, p) - np.quantile(before, p))
    return Estimate(change, float(terms.std(ddof=1)) / math.sqrt(len(terms)))


def _influence(values: Array, p: float) -> Array:
    """Return the influence of each draw on a quantile; the density is that between one standard error of rank either side."""
    step = math.sqrt(p * (1 - p) / len(values))
    low, middle, high = np.quantile(values, [max(0.0, p - step), p, min(1.0, p + step)]).tolist()
    inverse_density = (high - low) / (min(1.0, p + step) - max(0.0, p - step))
    influence: Array = (p - (values <= middle)) * inverse_density
    return influence
