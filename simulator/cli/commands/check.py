"""`llmcost check`: validate scenario files without simulating."""

from typing import TYPE_CHECKING

import click

from simulator.cli.command import Answer, outputs
from simulator.cli.options import override_options, warn

if TYPE_CHECKING:
    from simulator.scenario import Overrides


@click.command()
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@override_options
@outputs(label=None, quiet_option=False)
@click.option("-q", "--quiet", "issues_only", is_flag=True, help="Print only what is wrong.")
def command(scenarios: tuple[str, ...], issues_only: bool, overrides: "Overrides") -> Answer:
    """Check SCENARIO files, and print all their issues, or all quantities in force with value, unit and origin."""
    from simulator.cli.check_page import check_page
    from simulator.scenario.inspection import inspect_scenarios

    inspection = inspect_scenarios(scenarios, overrides)
    for scenario in inspection.scenarios:
        warn(scenario.warnings)
    return Answer(
        inspection,
        lambda: [] if issues_only else list(map(check_page, inspection.scenarios)),
        exit_code=2 if inspection.issues else 0,
        messages=tuple(map(str, inspection.issues)),
    )
