"""`llmcost portfolio`: several runs under one budget."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.decisions import band, checked_output, draw_options, drawing, give, probability_text
from simulator.cli.options import Confidence, read_scenario, scenario_options

if TYPE_CHECKING:
    from simulator.cli.output import Table


@click.command(short_help="Several runs under one budget: the P70 of the sum is not the sum of P70s.")
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@click.option(
    "--correlation", type=click.Choice(["shared", "none"]), default="shared", show_default=True,
    help="shared: common random numbers for priors of one name. none: each run has its own.",
)  # fmt: skip
@click.option(
    "--confidence", "levels", type=Confidence(), multiple=True, metavar="PERCENT",
    help="Tell this level besides 50, 70, 80 and 90 %.",
)  # fmt: skip
@scenario_options
@draw_options
def command(
    scenarios: tuple[str, ...], correlation: str, levels: tuple[float, ...], draws: int, seed: int, interval: float,
    threads: int, form: str, output: Path | None, quiet: bool, **given: Any,
) -> int:  # fmt: skip
    """Add up SCENARIOs draw by draw. An option such as --set holds for each; a name given twice is two runs."""
    from simulator.cli.commands.compare import read_variant

    read = [read_variant(reference, given, read_scenario) for reference in scenarios]
    output = checked_output(output)

    from simulator.analysis.portfolio import portfolio

    with drawing(quiet) as progress:
        said = portfolio(
            read, draws, seed, correlation=correlation, levels=levels, interval=interval, threads=threads or None,
            progress=progress,
        )  # fmt: skip
    give(said, form, output, lambda: _tables(said, interval))
    return 0


def _tables(said: dict[str, Any], interval: float) -> tuple[list["Table"], list[str]]:
    from simulator.cli.commands.compare import titled
    from simulator.cli.output import Table
    from simulator.core.formatting import interval_name, money, percent, signed

    labels = titled(said["runs"])
    rows = [
        (labels[row["name"]], money(row["median"]), band(row), money(row["mean"]), money(row["quantiles"]["80"]))
        for row in said["runs"]
    ]
    total = said["total"]
    rows.append(("=portfolio", money(total["median"]), band(total), money(total["mean"]), money(total["quantiles"]["80"])))
    sums = [
        (f"P{row['level']:.10g}", money(row["amount"]), money(row["sum_of_own"]), signed(row["difference"]),
         probability_text((row["stands_at"], row["stands_at_error"])))
        for row in said["levels"]
    ]  # fmt: skip
    luck = (
        "common random numbers for priors of one name"
        if said["correlation"] == "shared"
        else "random numbers of its own for each run"
    )
    tables = [
        Table(f"Runs in {said['money']}, {luck}", ("", ">median", f">{interval_name(interval)}", ">mean", ">P80"), rows),
        Table(
            "Of the sum, and of each by itself", ("", ">of the sum", ">sum of each", ">less", ">probability of that sum"), sums
        ),
    ]
    error = max(total["mcse"][key] / abs(total[key] or 1) for key in ("median", "low", "high"))
    other = "none" if said["correlation"] == "shared" else "shared"
    notes = [
        f"shared takes all priors of one name as common random numbers, market or not, none takes nothing so; see "
        f"--correlation {other} too",
        f"{said['draws']:,} draws, seed {said['seed']}; Monte Carlo error of these figures: up to {percent(error)}",
    ]
    return tables, notes
