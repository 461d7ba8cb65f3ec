"""`llmcost stress`: what would break the budget."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.command import Answer, Page, outputs
from simulator.cli.options import (
    WholeNumber,
    open_with_warnings,
    override_options,
    run_options,
    scheduler_option,
    warn,
)

if TYPE_CHECKING:
    from simulator.analysis.stress import EarlierDraws
    from simulator.engine.options import RunOptions
    from simulator.scenario import OpenScenario, Overrides


@click.command(short_help="Apply shocks, sweep priors, find the draws that exceed a limit, or reweight priors.")
@click.argument("reference", metavar="SCENARIO")
@click.option("--combine", "combinations", multiple=True, metavar="A+B", help="Apply shocks together.")
@click.option("--sweep", is_flag=True, help="Set each prior to its 5 % and 95 % points in turn.")
@click.option("--reverse", "condition", metavar="CONDITION", help="Describe the draws in which, say, 'total_cost > 2*budget'.")
@click.option(
    "--reweight",
    "changes",
    multiple=True,
    metavar="NAME=VALUE",
    help="Replace a prior by reweighting the draws.",
)
@click.option(
    "--saved",
    type=click.Path(path_type=Path),
    metavar="FILE.nc",
    help="Use the draws saved by `run -o FILE.nc`.",
)
@click.option("--top", type=WholeNumber(1, 10_000), default=10, show_default=True, help="Number of inputs in the tables.")
@override_options
@outputs()
@run_options
@scheduler_option
def command(
    reference: str,
    combinations: tuple[str, ...],
    sweep: bool,
    condition: str | None,
    changes: tuple[str, ...],
    saved: Path | None,
    top: int,
    overrides: "Overrides",
    options: "RunOptions",
) -> Answer:
    """Find what would break the budget of SCENARIO.

    Each --shock is applied alone, and all of them together; by default every shock of the library is tried. --sweep, --reverse
    and --reweight use the scenario without shocks; with one of them, only the shocks given are applied.
    """
    shocks, overrides = overrides.shocks, replace(overrides, shocks=())
    if saved is not None and (shocks or combinations or sweep or not (condition or changes)):
        raise click.UsageError("--saved applies to --reverse and --reweight only; shocks and sweeps compute the total again")
    opened = open_with_warnings(reference, overrides)
    _warn_of_changes(opened, changes)

    from simulator.analysis.stress import ConditionError, stress_test
    from simulator.cli.stress_page import stress_page

    try:
        result = stress_test(
            opened,
            options,
            shocks=shocks,
            combinations=[[name.strip() for name in names.split("+")] for names in combinations],
            sweep=sweep,
            condition=condition,
            changes=changes,
            earlier=_saved_draws(saved, opened),
        )
    except ConditionError as error:
        raise click.UsageError(f"--reverse: {error}") from None
    return Answer(result, lambda: Page(*stress_page(result, options.interval, top)), opened=[opened])


def _warn_of_changes(opened: "OpenScenario", changes: tuple[str, ...]) -> None:
    """Print the warnings of new priors, and refuse invalid ones, before anything is simulated."""
    for change in changes:
        warn(opened.with_(sets=[change]).scenario.warnings)


def _saved_draws(path: Path | None, opened: "OpenScenario") -> "EarlierDraws | None":
    from simulator.analysis.stress import read_saved_draws

    return None if path is None else read_saved_draws(path, opened.scenario)
