"""Validation of scenarios without simulating them: their inputs, lines and assumptions, and all issues of those refused."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from simulator.core.csv_text import Cell
from simulator.core.errors import InvalidInputError, Issue
from simulator.core.results import AnalysisResult, Header, Note, hidden
from simulator.core.version import tool_version
from simulator.engine.scenario import Scenario
from simulator.scenario.descriptions import InputDescription
from simulator.scenario.overrides import NO_OVERRIDES, Overrides, open_scenario

CSV_COLUMNS = ("scenario", "role", "quantity", "specification", "unit", "median", "grade", "date", "assumption", "origin",
               "sources")  # fmt: skip


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
    lines : tuple of str
        What adds up to the total.
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
    lines: tuple[str, ...]
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
            lines=tuple(scenario.lines),
            inputs=tuple(map(InputDescription.of, entries)),
            known=tuple(scenario.known_facts),
            assumed=tuple(scenario.assumptions),
            uncomputable={name: tuple(missing) for name, missing in scenario.uncomputable_outcomes.items()},
            notes=tuple(scenario.notes),
            warnings=tuple(scenario.warnings),
        )


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
