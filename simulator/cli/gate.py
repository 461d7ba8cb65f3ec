"""The gate of a budget, `--fail-above`: exit code 3 where an overrun is more probable than the user allows."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.options import Share, warn

if TYPE_CHECKING:
    from simulator.scenario import Scenario


def gate_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--fail-above`; the command gets it as `fail_above`, a probability or None."""
    option = click.option(
        "--fail-above", type=Share(), metavar="PERCENT", help="Exit with code 3 if an overrun is more probable than this."
    )
    return option(function)


def check_gate(scenario: "Scenario", fail_above: float | None, draws: int) -> None:
    """Refuse a gate without a budget, and one that these draws cannot decide."""
    from simulator.engine.support import require_draws_for_gate

    if fail_above is None:
        return
    if scenario.budget is None:
        raise click.UsageError("--fail-above needs a budget: add --budget AMOUNT, or `budget:` in the file")
    if all(scenario.inputs[name].distribution.is_constant for name in scenario.plan.inputs):
        return  # the total is known, so one draw decides
    try:
        require_draws_for_gate(fail_above, draws)
    except ValueError as error:
        raise click.UsageError(f"--fail-above: {error}") from None


def gate_outcome(
    fail_above: float | None, probability: float | None, draws: float, overrun: str, *, is_known: bool = False
) -> tuple[int, tuple[str, ...]]:
    """Return the exit code of a gate and its message, `overrun` being unwanted; warn where draws do not decide."""
    from simulator.core.formatting import format_percent
    from simulator.engine.support import describe_close_gate

    if fail_above is None or probability is None:
        return 0, ()
    if not is_known and (reason := describe_close_gate(fail_above, probability, draws)):
        warn([f"--fail-above: {reason}"])
    if probability <= fail_above:
        return 0, ()
    return 3, (f"{overrun} is {format_percent(probability)}, more than {format_percent(fail_above)}",)
