"""`llmcost check`: validate scenario files without simulating."""

from typing import TYPE_CHECKING

import click

from simulator.cli.command import Answer, Page, outputs
from simulator.cli.options import override_options, warn

if TYPE_CHECKING:
    from simulator.cli.output import TextTable
    from simulator.scenario import Overrides
    from simulator.scenario.descriptions import InputDescription
    from simulator.scenario.inspection import ValidScenario


@click.command()
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@override_options
@outputs(label=None, quiet_option=False)
@click.option("-q", "--quiet", "issues_only", is_flag=True, help="Print only what is wrong.")
def command(scenarios: tuple[str, ...], issues_only: bool, overrides: "Overrides") -> Answer:
    """Check SCENARIO files, and print all their issues, or their inputs with specification, grade and sources."""
    from simulator.scenario.inspection import inspect_scenarios

    inspection = inspect_scenarios(scenarios, overrides)
    for scenario in inspection.scenarios:
        warn(scenario.warnings)
    return Answer(
        inspection,
        lambda: [] if issues_only else [Page([_table(each)], _notes(each)) for each in inspection.scenarios],
        exit_code=2 if inspection.issues else 0,
        messages=tuple(map(str, inspection.issues)),
    )


def _table(scenario: "ValidScenario") -> "TextTable":
    from simulator.cli.output import TextTable

    rows = [
        (entry.role, entry.name, entry.specification, _median(entry), entry.grade, _source(entry)) for entry in scenario.inputs
    ]
    title = f"{scenario.reference}: {scenario.title}, {scenario.scope}"
    return TextTable(title, ("", "quantity", "specification", ">median", "grade", "source"), rows)


def _median(entry: "InputDescription") -> str:
    from simulator.core.formatting import format_exact_quantity, format_quantity

    summary = entry.distribution
    return (format_quantity if summary.value is None else format_exact_quantity)(summary.median, summary.unit)


def _source(entry: "InputDescription") -> str:
    return "; ".join(map(str, entry.sources)) or ("assumption" if entry.role == "prior" else "")


def _notes(scenario: "ValidScenario") -> list[str]:
    choices = ", ".join(f"{key} {value}" for key, value in scenario.choices.items())
    notes = [f"choices: {choices}", f"lines: {', '.join(scenario.lines)}"]
    for label, texts in (("known", scenario.known), ("assumed", scenario.assumed), ("note", scenario.notes)):
        notes += [f"{label}: {text}" for text in texts]
    notes += [f"{name} is not computed: it needs {', '.join(missing)}" for name, missing in scenario.uncomputable.items()]
    return [*notes, f"{scenario.reference}: nothing wrong"]
