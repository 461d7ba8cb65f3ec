"""`llmcost check`: pass scenario files through validation, without drawing."""

from typing import Any

import click

from simulator.cli.options import read_scenario, scenario_options


@click.command(short_help="Check scenario files without drawing.")
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@scenario_options
@click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong.")
def command(scenarios: tuple[str, ...], quiet: bool, **given: Any) -> int:
    """Check SCENARIO files: all issues of all of them, or their inputs with how each is stated, its grade and sources."""
    from simulator.core.errors import InvalidInputError

    faulty = []
    for reference in scenarios:
        try:
            made = read_scenario(reference, dict(given))
        except InvalidInputError as error:
            faulty += error.issues
            continue
        if not quiet:
            _print(reference, made)
    if faulty:
        raise InvalidInputError(faulty)
    return 0


def _print(reference: str, scenario: Any) -> None:
    from simulator.cli.output import Table, print_answer
    from simulator.core.formatting import known, shown

    rows = []
    for name, given in sorted(scenario.inputs.items(), key=lambda item: (item[1].role, item[0])):
        source = "; ".join(map(str, given.sources)) or ("assumption" if given.role == "prior" else "")
        middle = (known if given.distribution.is_constant else shown)(given.distribution.quantile(0.5), given.unit.text)
        rows.append((given.role, name, given.specification, middle, given.grade, source))
    choices = ", ".join(f"{key} {value}" for key, value in scenario.choices.items())
    title = f"{reference}: {scenario.title}, {scenario.scope}"
    notes = [f"choices: {choices}", f"lines: {', '.join(scenario.lines)}"]
    for label, texts in (("known", scenario.known), ("assumed", scenario.assumed), ("note", scenario.notes)):
        notes += [f"{label}: {text}" for text in texts]
    notes += [f"{name} is not computed: it needs {', '.join(missing)}" for name, missing in scenario.skipped.items()]
    notes.append(f"{reference}: nothing wrong")
    print_answer("table", [Table(title, ("", "quantity", "as stated", ">median", "grade", "source"), rows)], notes)
