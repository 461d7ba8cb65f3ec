"""Comparison of scenarios using common random numbers: paired differences of cost and time, and what causes them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from simulator.analysis.adoption_notes import adoption_notes
from simulator.analysis.explanation import Step, differing_quantities, explain_difference, prior_names
from simulator.analysis.input_differences import InputDifference, input_differences
from simulator.analysis.latency import MissedTargets, ServedLatency, met_share, missed_targets, not_modelled_notes
from simulator.analysis.own_chips import NamedTotal, OwnChips, part_owners, with_purchases
from simulator.analysis.statistics import (
    Array,
    Estimate,
    SummaryStatistics,
    check_same_money,
    difference,
    probability,
    refuse_under_way,
    simulate_draws,
    summary_statistics,
    unique_names,
)
from simulator.analysis.times import (
    ScenarioTime,
    TimeDifference,
    names_of_times,
    time_differences,
    time_draws,
    times_of,
    with_times,
)
from simulator.analysis.token_costs import TokenCost, token_cost_names, token_costs_of
from simulator.analysis.waiting import wait_notes
from simulator.core.errors import UnsupportedError
from simulator.core.formatting import to_words
from simulator.core.levels import Level
from simulator.core.results import AnalysisResult, Header, Note, Plain, optional, renamed, values_of
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.result import SimulationResult
from simulator.io.contract_notes import contract_notes
from simulator.io.header import header_of_several
from simulator.io.json_files import read_json
from simulator.io.latency_notes import latency_notes
from simulator.io.saved_run import read_saved_run
from simulator.model import LINES
from simulator.scenario import TOTAL, OpenScenario, Scenario
from simulator.scenario.assemble.inheritance import INHERITANCE_NOTES
from simulator.scenario.assemble.payments import WITHOUT_COST
from simulator.scenario.assemble.serving_notes import NO_STAFF
from simulator.scenario.assemble.supply_notes import SUPPLY_NOTES
from simulator.scenario.price_dates import OLD_PRICES, old_price_notes
from simulator.scenario.variants import unique_titles

NO_MEAN = "a tail is too heavy for a mean, so the mean difference and its parts are not reported; quantiles are not affected"


@dataclass(frozen=True, kw_only=True)
class NamedScenario:
    """Name of a scenario within a result about several, its title and its scope."""

    name: str
    title: str
    scope: str


@dataclass(frozen=True, kw_only=True)
class ScenarioTotal(SummaryStatistics, NamedScenario):
    """The total of one of several scenarios, USD.

    Attributes
    ----------
    name : str
        The scenario's name within the comparison.
    label : str
        What tables call it: the name that the user gave, or its title and its changes.
    title, scope : str
    mean, sd, median, low, high, quantiles, mcse
        As in `SummaryStatistics`, USD.
    times : tuple of ScenarioTime
        Length of the final run and time until the release, as far as the scenario has them.
    token_costs : tuple of TokenCost
        Costs of a token among its outcomes; absent where there are none.
    cheapest : Estimate
        Probability that no other of the scenarios costs less; draws in which two cost the same count for both.
    latency_met : float or None
        Share of the draws in which a fleet meets its targets of latency; absent where there are none.

    """

    label: str
    times: tuple[ScenarioTime, ...]
    cheapest: Estimate
    token_costs: tuple[TokenCost, ...] = optional(())
    latency_met: float | None = optional()


@dataclass(frozen=True, kw_only=True)
class EarlierScenario(NamedScenario):
    """What an earlier run was computed from: its scenario, money, level of the interval (percent), draws and seed.

    `label` is what tables call it.
    """

    label: str
    money: str
    interval: float
    draws: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class SavedTotal(SummaryStatistics, EarlierScenario):
    """The total of an earlier run, from its JSON, which holds no draws.

    Attributes
    ----------
    name, label : str
        The name of its file, and what tables call it.
    title, scope, money : str
    interval : float
        Level of its central intervals, percent.
    draws, seed : int
    mean, sd, median, low, high, quantiles, mcse
        As in `SummaryStatistics`, USD.

    """


@dataclass(frozen=True, kw_only=True)
class PairedDifference(SummaryStatistics):
    """The difference of two totals, draw by draw.

    Attributes
    ----------
    mean, sd, median, low, high, quantiles, mcse
        Of the second less the first, as in `SummaryStatistics`, USD.
    first_cheaper : Estimate
        Probability that the first is cheaper, and its error.
    equal : float
        Share of draws in which both cost the same.
    ratio : SummaryStatistics or None
        Of the second over the first; None where the first may cost nothing.
    variance_ratio : float or None
        Variance of the paired difference over that with independent random numbers, and so the ratio of the draws that each
        needs; None where there is no mean.

    """

    first_cheaper: Estimate
    equal: float
    ratio: SummaryStatistics | None
    variance_ratio: float | None


@dataclass(frozen=True, kw_only=True)
class ScenarioPair:
    """Names of two scenarios: `other` less `first`."""

    other: str = renamed("of")
    first: str = renamed("from")


@dataclass(frozen=True, kw_only=True)
class ScenarioDifference(PairedDifference, ScenarioPair):
    """A scenario less the first one, draw by draw, and what explains it.

    Attributes
    ----------
    other, first : str
        Names of the two scenarios; `of` and `from` in the JSON.
    mean, sd, median, low, high, quantiles, mcse, first_cheaper, equal, ratio, variance_ratio
        As in `PairedDifference`.
    steps : tuple of Step
        Changes that lead from the first scenario to the other; they add up to the mean. Empty where there is no mean.
    times : tuple of TimeDifference
        Differences of the times that both have, hours.
    inputs : tuple of InputDifference
        What differs in choices, levers, shocks and quantities, with or without an effect on the total.

    """

    steps: tuple[Step, ...]
    times: tuple[TimeDifference, ...]
    inputs: tuple[InputDifference, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison(AnalysisResult):
    """Several scenarios, and each less the first.

    Attributes
    ----------
    scenarios : tuple of ScenarioTotal
        Totals in the order of the scenarios, USD.
    differences : tuple of ScenarioDifference
        Each scenario but the first, less the first.
    saved : tuple of SavedTotal
        Earlier runs, which cannot be paired.
    own_chips : tuple of OwnChips
        Scenarios that pay for a part of their own chips, beside scenarios that pay otherwise; absent where there are none.
    missed_targets : MissedTargets or None
        The scenario with the lowest median where it misses its targets of latency too often; absent where it does not.

    Examples
    --------
    >>> import llmcost
    >>> comparison = llmcost.compare("gpt-3", "gpt-4", draws=2000)
    >>> comparison
    <Comparison, 2,000 draws>
    >>> comparison.differences[0].median > 0
    True

    """

    scenarios: tuple[ScenarioTotal, ...]
    differences: tuple[ScenarioDifference, ...]
    saved: tuple[SavedTotal, ...] = ()
    own_chips: tuple[OwnChips, ...] = optional(())
    missed_targets: MissedTargets | None = optional()


def compare(
    scenarios: Sequence[Scenario],
    options: RunOptions = DEFAULTS,
    *,
    names: Sequence[str] | None = None,
    own_names: Collection[str] = (),
    saved: Sequence[SavedTotal] = (),
    purchased: Mapping[str, Scenario] | None = None,
    opened: OpenScenario | None = None,
) -> Comparison:
    """Simulate scenarios using common random numbers and compare each with the first.

    A prior of the same name takes the same standard normal variate in all of them, so common parts cancel out of the
    differences. `names` replace the scenarios' own; those among `own_names` were given by the user and label the scenario in
    tables, where others have their title. Earlier runs (`saved`) are reported as well, but not paired. `purchased` has
    scenarios with own chips once more, under their names, with all of their chips purchased (`purchased_variants`). With the
    first scenario `opened`, notes have what the adoption of levers takes whose choices differ. Raises
    `UnsupportedError` where the money or the interval differs or a run is under way, and `NonFiniteResultError` where a
    quantity is not finite.

    Examples
    --------
    >>> from simulator.scenario import read
    >>> comparison = compare([read("gpt-4"), read("gpt-4", basis="rented")], RunOptions(draws=1000), names=["owned", "rented"])
    >>> comparison.differences[0].first_cheaper.value > 0.5
    True

    """
    if len(scenarios) + len(saved) < 2:
        raise UnsupportedError("a comparison needs at least two scenarios")
    if scenarios:
        check_same_money(scenarios)
    if len(scenarios) > 1:
        refuse_under_way(*scenarios)
    header = header_of_several(scenarios, options)
    if not scenarios:
        header = replace(header, money=saved[0].money, interval=saved[0].interval)
    _check_saved(saved, header)
    run_names = list(names or unique_names(scenarios))
    named = [_Named(name, scenario.title) for name, scenario in zip(run_names, scenarios, strict=True)]
    labels = unique_titles([*named, *saved], own_names)
    totals, differences, runs, late = _simulate(scenarios, run_names, labels, options)
    owners = part_owners(runs)
    served = [ServedLatency(name=run.name, label=run.label, met=run.latency_met) for run in totals]
    late += not_modelled_notes(served, scenarios)
    return Comparison(
        header=header,
        scenarios=tuple(totals),
        differences=tuple(differences),
        saved=tuple(replace(run, label=labels[run.name]) for run in saved),
        own_chips=with_purchases(owners, runs, purchased or {}, options),
        missed_targets=missed_targets(served, [run.median for run in totals]) if differences else None,
        notes=(*_notes(scenarios, [labels[name] for name in run_names], differences, saved, options, opened), *late),
    )


class _Named(NamedTuple):
    """Name and title of a scenario."""

    name: str
    title: str


def _simulate(
    scenarios: Sequence[Scenario], names: Sequence[str], labels: Mapping[str, str], options: RunOptions
) -> tuple[list[ScenarioTotal], list[ScenarioDifference], list[NamedTotal], list[Note]]:
    """Return the total of each scenario, each less the first, the draws of the totals, and notes on the draws."""
    results: list[tuple[SimulationResult, Mapping[str, str]]] = []
    differences: list[ScenarioDifference] = []
    if not scenarios:
        return [], differences, [], []
    first, first_times = with_times(scenarios[0])
    base = simulate_draws(
        first, options, [TOTAL, *prior_names(first), *names_of_times(first, first_times), *token_cost_names(first)]
    )
    results.append((base, first_times))
    notes = _notes_of_result(labels[names[0]], base)
    for name, other in zip(names[1:], scenarios[1:], strict=True):
        extended, times = with_times(other)
        kept = [
            TOTAL,
            *other.lines,
            *differing_quantities(first, extended),
            *names_of_times(extended, times),
            *token_cost_names(other),
        ]
        result = simulate_draws(extended, options, kept)
        results.append((result, times))
        notes += _notes_of_result(labels[name], result)
        figures = paired_difference(
            base.retained_draws[TOTAL],
            result.retained_draws[TOTAL],
            options.interval,
            heavy=is_heavy(base) or is_heavy(result),
        )
        # Steps of means add up; those of medians do not.
        steps = () if figures.mean is None else explain_difference(base, result)
        differences.append(
            ScenarioDifference(
                other=name,
                first=names[0],
                steps=steps,
                times=_time_differences(base, first_times, result, times, options.interval),
                inputs=input_differences(scenarios[0], other),
                **values_of(figures),
            )
        )
    least = np.minimum.reduce([result.retained_draws[TOTAL] for result, _ in results])
    totals = [
        _total_of(name, labels, result, times, least, options.interval)
        for name, (result, times) in zip(names, results, strict=True)
    ]
    runs = [
        NamedTotal(name, labels[name], scenario, result.retained_draws[TOTAL])
        for name, scenario, (result, _) in zip(names, scenarios, results, strict=True)
    ]
    return totals, differences, runs, notes


def _notes_of_result(label: str, result: SimulationResult) -> list[Note]:
    """Return the notes on latency, on a contract and on a wait before the project, with the label of the scenario."""
    waits = wait_notes(result.scenario, result.retained_draws)
    notes = (*latency_notes(result), *contract_notes(result), *waits)
    return [replace(note, text=f"{label}: {note.text}") for note in notes]


def _time_differences(
    base: SimulationResult, first_times: Mapping[str, str], result: SimulationResult, times: Mapping[str, str], interval: Level
) -> tuple[TimeDifference, ...]:
    """Return the differences of the times that both scenarios have."""
    common = [name for name in first_times if name in times]
    first = {name: time_draws(base, name, first_times[name]) for name in common}
    other = {name: time_draws(result, name, times[name]) for name in common}
    return time_differences(first, other, common, interval)


def _check_saved(saved: Iterable[SavedTotal], header: Header) -> None:
    """Raise `UnsupportedError` for earlier runs in other money or with another interval."""
    for run in saved:
        for key, own, expected in (("money", run.money, header.money), ("interval", run.interval, header.interval)):
            if own != expected:
                remedy = f"; convert them to its money: --money '{own}'" if key == "money" else ""
                raise UnsupportedError(f"{run.name}: its {key} is {own}, that of the others {expected}{remedy}")


def _notes(
    scenarios: Sequence[Scenario],
    labels: Sequence[str],
    differences: Iterable[ScenarioDifference],
    saved: Sequence[SavedTotal],
    options: RunOptions,
    opened: OpenScenario | None,
) -> Iterator[Note]:
    for row in differences:
        if row.mean is None:
            yield Note("no-mean", row.other, f"{row.other} less {row.first}: {NO_MEAN}")
    if len({scenario.scope for scenario in scenarios}) > 1:
        each = "; ".join(f"{label}: {scenario.scope}" for label, scenario in zip(labels, scenarios, strict=True))
        yield Note("scopes-differ", "", f"the scenarios differ in scope ({each})")
    yield from _line_notes(scenarios, labels)
    for label, other in zip(labels[1:], scenarios[1:], strict=True):
        yield from adoption_notes(scenarios[0], other, label, options, opened)
    yield from _input_notes(scenarios, labels)
    if saved:
        yield Note("not-paired", "", "saved results hold no draws, so they are not paired with the other scenarios")


def _line_notes(scenarios: Sequence[Scenario], labels: Sequence[str]) -> Iterator[Note]:
    """Yield the lines that only one of two scenarios has, but those of compute, which follow from its basis."""
    for label, other in zip(labels[1:], scenarios[1:], strict=True):
        for owner, name, lines in ((scenarios[0], labels[0], other.lines), (other, label, scenarios[0].lines)):
            alone = [line for line in owner.lines if line not in lines and not (line in LINES and LINES[line].basis)]
            if alone:
                other_label = label if owner is scenarios[0] else labels[0]
                text = f"{name} has lines that {other_label} has not: {', '.join(map(to_words, alone))}"
                yield Note("lines-differ", label, text)


_NOTES_OF_INPUTS = {*INHERITANCE_NOTES, *SUPPLY_NOTES, OLD_PRICES, WITHOUT_COST, NO_STAFF} - {"not-correlated"}


def _input_notes(scenarios: Sequence[Scenario], labels: Sequence[str]) -> Iterator[Note]:
    """Yield what options set, what scenarios replace of those that they extend, their use of chips, and their old prices.

    Each note has the labels that it is true of.
    """
    labels_of: dict[Note, list[str]] = {}
    for label, scenario in zip(labels, scenarios, strict=True):
        for note in (*scenario.notes, *old_price_notes(scenario)):
            is_in_label = note.code == "set-by-option" and all(f"{name}=" in label for name in note.subject.split(", "))
            if note.code in _NOTES_OF_INPUTS and not is_in_label:
                labels_of.setdefault(note, []).append(label)
    for note, owners in labels_of.items():
        owner = "" if len(owners) == len(scenarios) else f"{', '.join(owners)}: "
        yield Note(note.code, note.subject, f"{owner}{note.text}")


def is_heavy(result: SimulationResult) -> bool:
    """Whether the total of a result has a tail too heavy for a mean."""
    return bool(result.why_no_mean())


def _total_of(
    name: str, labels: Mapping[str, str], result: SimulationResult, times: Mapping[str, str], least: Array, interval: Level
) -> ScenarioTotal:
    """Return the statistics of the total of a scenario under its name in the comparison, and its times.

    `least` is the lowest total of all scenarios in each draw.
    """
    total, scenario = result.retained_draws[TOTAL], result.scenario
    figures = summary_statistics(total, interval, heavy=is_heavy(result))
    return ScenarioTotal(
        name=name,
        label=labels[name],
        title=scenario.title,
        scope=scenario.scope,
        times=times_of(result, times, interval),
        cheapest=probability(difference(total, least) == 0),
        token_costs=tuple(token_costs_of(result, interval)),
        latency_met=met_share(result),
        **values_of(figures),
    )


def paired_difference(a: Array, b: Array, interval: Level = 0.95, *, heavy: bool | None = None) -> PairedDifference:
    """Return the statistics of b - a, draw by draw, and the probability that a is cheaper; `heavy` as in summary statistics."""
    differences = difference(b, a)
    unpaired_variance = float(a.var() + b.var())
    figures = summary_statistics(differences, interval, heavy=heavy)
    has_ratio = unpaired_variance > 0 and figures.mean is not None
    return PairedDifference(
        **values_of(figures),
        first_cheaper=probability(differences > 0),
        equal=float(np.mean(differences == 0)),
        ratio=summary_statistics(b / a, interval) if (a > 0).all() else None,
        variance_ratio=float(differences.var()) / unpaired_variance if has_ratio else None,
    )


def is_saved_total(reference: str) -> bool:
    """Whether a reference names the JSON of an earlier run instead of a scenario."""
    return reference.endswith(".json")


def read_saved_total(reference: str) -> SavedTotal:
    """Return the total of an earlier run from its JSON; raise `InvalidValueError` or `InvalidInputError` for another file."""
    try:
        return saved_total(reference, read_json(Path(reference)))
    except InvalidValueError as error:
        raise InvalidValueError(f"{reference}: {error}") from None


def saved_total(name: str, data: Plain) -> SavedTotal:
    """Return the total in the JSON of an earlier run; `InvalidValueError` where it is none that this version wrote."""
    run = read_saved_run(data)
    figures = {each.name: getattr(run.total, each.name) for each in fields(SummaryStatistics)}
    return SavedTotal(
        name=name,
        label=name,
        title=run.title,
        scope=run.scope,
        money=run.money,
        interval=run.interval,
        draws=run.draws,
        seed=run.seed,
        **figures,
    )
