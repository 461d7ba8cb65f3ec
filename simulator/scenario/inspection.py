"""Validation of scenarios without simulating them: their inputs, lines and assumptions, and all issues of those refused."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from simulator.core.csv_text import Cell
from simulator.core.errors import InvalidInputError, Issue
from simulator.core.results import AnalysisResult, Header, Note, hidden
from simulator.core.units import HOURS_PER_YEAR
from simulator.core.version import tool_version
from simulator.engine.scenario import Scenario
from simulator.model.schedule import ADOPTION_WAIT
from simulator.scenario.assemble.inheritance import INHERITANCE_NOTES
from simulator.scenario.assemble.medians import evaluate_plan, medians
from simulator.scenario.descriptions import InputDescription
from simulator.scenario.latency import latency_notes_at_medians
from simulator.scenario.origins import origin_of
from simulator.scenario.overrides import NO_OVERRIDES, Overrides, open_scenario
from simulator.scenario.price_dates import old_price_notes

MONTH = HOURS_PER_YEAR / 12
CSV_COLUMNS = ("scenario", "role", "quantity", "specification", "unit", "median", "grade", "date", "assumption", "origin",
               "sources")  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuantityInForce:
    """A quantity that a scenario uses: its value, and where it is from.

    Attributes
    ----------
    name : str
        Also of an item of a group, as in `team.posts`.
    role : str
        `total`, `line`, `outcome`, `prior`, `choice` or `intermediate`.
    value : float
        The number, the median of a prior, or what the formulas give with every prior at its median.
    unit : str
        Canonical unit; `1` for none.
    specification : str
        What is given; empty for what is computed.
    origin_kind : str
        `option`, `file`, `preset`, `chip`, `posterior`, `lever`, `default` or `formula`.
    origin : str
        File and line, option, preset, chip or default row; for a formula, the quantities that it uses.

    """

    name: str
    role: str
    value: float
    unit: str
    specification: str
    origin_kind: str
    origin: str


@dataclass(frozen=True, slots=True)
class SettingInForce:
    """A setting that selects formulas or facts, and where it is from.

    Attributes
    ----------
    name, value : str
    origin_kind : str
        As for a quantity.
    origin : str

    """

    name: str
    value: str
    origin_kind: str
    origin: str


@dataclass(frozen=True, slots=True)
class PhaseInForce:
    """A phase of the schedule, with every prior at its median.

    Attributes
    ----------
    name : str
    start, end : float
        Months from the start of the schedule.
    lines : tuple of str
        Lines that the phase names.

    """

    name: str
    start: float
    end: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValidScenario:
    """A scenario that validation accepts.

    Attributes
    ----------
    reference : str
        Built-in name or path, as it was named.
    name, title, scope, money, fingerprint : str
        As in the header of results.
    choices : dict of str to str
        The settings that select formulas.
    settings : tuple of SettingInForce
        The same settings, each with its origin.
    lines : tuple of str
        What adds up to the total.
    quantities : tuple of QuantityInForce
        Every quantity that a run uses, each with its value and its origin: inputs first, then what is computed, in order.
    phases : tuple of PhaseInForce
        The phases of its schedule.
    has_derived_schedule : bool
        Whether the phases follow from the durations of the scenario, because it has no schedule of its own.
    replaced : tuple of Note
        What the scenario replaces or leaves out of what it extends.
    inputs : tuple of InputDescription
        Choices first, then priors, each in alphabetical order.
    known, assumed : tuple of str
        What the scenario states as known and as assumed.
    uncomputable : dict of str to tuple of str
        Outcomes that are not computed, with the quantities that they need.
    notes : tuple of Note
    warnings : tuple of str

    """

    reference: str
    name: str
    title: str
    scope: str
    money: str
    fingerprint: str
    choices: Mapping[str, str]
    settings: tuple[SettingInForce, ...]
    lines: tuple[str, ...]
    quantities: tuple[QuantityInForce, ...]
    phases: tuple[PhaseInForce, ...]
    has_derived_schedule: bool
    replaced: tuple[Note, ...]
    inputs: tuple[InputDescription, ...]
    known: tuple[str, ...]
    assumed: tuple[str, ...]
    uncomputable: Mapping[str, tuple[str, ...]]
    notes: tuple[Note, ...]
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, reference: str, scenario: Scenario) -> "ValidScenario":
        """Describe a scenario."""
        entries = sorted(scenario.inputs.values(), key=lambda entry: (entry.role, entry.name))
        return cls(
            reference=reference,
            name=scenario.name,
            title=scenario.title,
            scope=scenario.scope,
            money=scenario.money,
            fingerprint=scenario.fingerprint,
            choices=scenario.choices,
            settings=tuple(_settings(scenario)),
            lines=tuple(scenario.lines),
            quantities=tuple(_quantities(scenario)),
            phases=tuple(_phases(scenario)),
            has_derived_schedule=scenario.has_derived_schedule,
            replaced=(*scenario.replaced, *(note for note in scenario.notes if note.code in INHERITANCE_NOTES)),
            inputs=tuple(InputDescription.of(entry, scenario.graph) for entry in entries),
            known=tuple(scenario.known_facts),
            assumed=tuple(scenario.assumptions),
            uncomputable={name: tuple(missing) for name, missing in scenario.uncomputable_outcomes.items()},
            notes=(*scenario.notes, *latency_notes_at_medians(scenario), *old_price_notes(scenario)),
            warnings=tuple(scenario.warnings),
        )


def _settings(scenario: Scenario) -> Iterator[SettingInForce]:
    for name, value in scenario.choices.items():
        place = scenario.setting_origins.get(name)
        origin = origin_of("" if place is None else place)
        text = origin.text if place is not None else "follows from the others"
        yield SettingInForce(name, value, "default" if place is None else origin.kind, text)


def _phases(scenario: Scenario) -> Iterator[PhaseInForce]:
    values = evaluate_plan(scenario.plan, medians(scenario.plan, scenario.inputs))
    wait = values.get(ADOPTION_WAIT, 0.0)
    for name, lines in scenario.phases.items():
        start, end = (float(np.ravel(values[f"{name}.{edge}"] + wait)[0]) / MONTH for edge in ("start", "end"))
        yield PhaseInForce(name, start, end, lines)


def _quantities(scenario: Scenario) -> Iterator[QuantityInForce]:
    """Yield the inputs in alphabetical order, and what is computed in the order of the calculation."""
    values = evaluate_plan(scenario.plan, medians(scenario.plan, scenario.inputs))
    steps = {step.name: step for step in scenario.plan.steps}
    for name in (*sorted(scenario.plan.inputs), *steps):
        value, unit, role = float(np.ravel(values[name])[0]), scenario.unit(name), scenario.role(name)
        if name in scenario.inputs:
            item = scenario.inputs[name]
            origin = origin_of(item.origin, item.specification)
            yield QuantityInForce(name, role, value, unit, item.specification, *origin)
        else:
            needs = ", ".join(dict.fromkeys(steps[name].needs))
            yield QuantityInForce(name, role, value, unit, "", "formula", needs or "nothing")


@dataclass(frozen=True, slots=True)
class IssueDescription:
    """A problem of a scenario.

    Attributes
    ----------
    file : str
        Path, built-in name, or the option of the command line.
    line, column : int
        Position in the file, from one; 0 where there is none.
    key : str
        The setting or quantity; empty where it is about the file.
    message : str
        What is wrong, and the next step.
    issue : Issue
        The issue itself; not in the data.

    """

    file: str
    line: int
    column: int
    key: str
    message: str
    issue: Issue = hidden()

    @classmethod
    def of(cls, issue: Issue) -> "IssueDescription":
        """Describe an issue."""
        place = issue.place
        return cls(place.file, place.line, place.column, issue.key, issue.message, issue)

    def __str__(self) -> str:
        return str(self.issue)


@dataclass(frozen=True, kw_only=True)
class Inspection(AnalysisResult):
    """The validation of scenarios.

    Attributes
    ----------
    scenarios : tuple of ValidScenario
    issues : tuple of IssueDescription
        The problems of the scenarios that are refused, by file and line.

    Examples
    --------
    >>> import llmcost
    >>> inspection = llmcost.check("gpt-4")
    >>> len(inspection.scenarios), len(inspection.issues)
    (1, 0)

    """

    scenarios: tuple[ValidScenario, ...]
    issues: tuple[IssueDescription, ...]

    def table(self) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Return one row per input of each scenario; medians are in canonical units."""
        return CSV_COLUMNS, [_row(scenario.reference, entry) for scenario in self.scenarios for entry in scenario.inputs]


def _row(reference: str, entry: InputDescription) -> tuple[Cell, ...]:
    return (reference, entry.role, entry.name, entry.specification, entry.distribution.unit, entry.distribution.median,
            entry.grade, entry.date, str(entry.assumption).lower(), entry.origin,
            "; ".join(map(str, entry.sources)))  # fmt: skip


def inspect_scenarios(references: Iterable[str], overrides: Overrides = NO_OVERRIDES) -> Inspection:
    """Validate scenarios without simulating them; issues are part of the result.

    Examples
    --------
    >>> inspect_scenarios(["gpt-4"]).issues
    ()

    """
    return inspect((reference, partial(_read, reference, overrides)) for reference in references)


def _read(reference: str, overrides: Overrides) -> Scenario:
    return open_scenario(reference, overrides).scenario


def inspect(readers: Iterable[tuple[str, Callable[[], Scenario]]]) -> Inspection:
    """Validate scenarios, each by the name of its reference and the function that reads it."""
    scenarios, issues = [], []
    for reference, read in readers:
        try:
            scenarios.append(ValidScenario.of(reference, read()))
        except InvalidInputError as error:
            issues += error.issues
    return Inspection(
        header=Header(version=tool_version()),
        scenarios=tuple(scenarios),
        issues=tuple(map(IssueDescription.of, InvalidInputError(issues).issues)),
    )
