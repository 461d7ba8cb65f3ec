"""`llmcost check`: validate scenario files without simulating."""

from typing import Any

import click

from simulator.cli.options import read_scenario, scenario_options


@click.command(short_help="Check scenario files without simulating.")
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@scenario_options
@click.option("-q", "--quiet", is_flag=True, help="Print only what is wrong.")
def command(scenarios: tuple[str, ...], quiet: bool, **overrides: Any) -> int:
    """Check SCENARIO files, and print all their issues, or their inputs with specification, grade and sources."""
    from simulator.core.errors import InvalidInputError

    issues = []
    for reference in scenarios:
        try:
            scenario = read_scenario(reference, dict(overrides))
        except InvalidInputError as error:
            issues += error.issues
            continue
        if not quiet:
            _print(reference, scenario)
    if issues:
        raise InvalidInputError(issues)
    return 0


def _print(reference: str, scenario: Any) -> None:
    from simulator.cli.output import TextTable, print_answer
    from simulator.core.formatting import format_exact_quantity, format_quantity

    rows = []
    for name, entry in sorted(scenario.inputs.items(), key=lambda item: (item[1].role, item[0])):
        source = "; ".join(map(str, entry.sources)) or ("assumption" if entry.role == "prior" else "")
        middle = (format_exact_quantity if entry.distribution.is_constant else format_quantity)(
            entry.distribution.quantile(0.5), entry.unit.text
        )
        rows.append((entry.role, name, entry.specification, middle, entry.grade, source))
    choices = ", ".join(f"{key} {value}" for key, value in scenario.choices.items())
    title = f"{reference}: {scenario.title}, {scenario.scope}"
    notes = [f"choices: {choices}", f"lines: {', '.join(scenario.lines)}"]
    for label, texts in (("known", scenario.known_facts), ("assumed", scenario.assumptions), ("note", scenario.notes)):
        notes += [f"{label}: {text}" for text in texts]
    notes += [
        f"{name} is not computed: it needs {', '.join(missing)}" for name, missing in scenario.uncomputable_outcomes.items()
    ]
    notes.append(f"{reference}: nothing wrong")
    print_answer("table", [TextTable(title, ("", "quantity", "specification", ">median", "grade", "source"), rows)], notes)
