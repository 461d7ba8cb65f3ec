"""`llmcost sensitivity`: rank what drives the spread of the total, and suggest what to research next."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.options import (
    Confidence,
    Interval,
    Share,
    WholeNumber,
    add_warnings,
    check_output_path,
    read_scenario,
    scenario_options,
    scheduler_option,
    seed_option,
)
from simulator.cli.progress import ProgressLine
from simulator.core.levels import in_percent

if TYPE_CHECKING:
    import xarray as xr

    from simulator.analysis.sensitivity import Driver, Drivers
    from simulator.analysis.sensitivity.interval_estimates import IntervalEstimate
    from simulator.cli.output import TextTable

_COMMAND_LINE = click.core.ParameterSource.COMMANDLINE
METHODS = ("all", "draws", "swing", "sobol")


@click.command(short_help="Rank what drives the spread of the total, and suggest what to research next.")
@click.argument("reference", metavar="SCENARIO")
@click.option("--top", type=WholeNumber(1, 10_000), default=10, show_default=True, help="Number of inputs in the table.")
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default="all",
    show_default=True,
    help="draws: shares of variance and of the P95, value of information. swing: between P10 and P90. sobol: Sobol indices.",
)
@click.option("--draws", type=WholeNumber(1000, 262_144), default=65_536, show_default="65,536", help="Number of draws.")
@seed_option
@click.option(
    "--interval",
    type=Interval(),
    metavar="PERCENT",
    default=0.95,
    show_default="95%",
    help="The interval whose reduction is estimated.",
)
@click.option(
    "--confidence",
    type=Confidence(),
    default=0.8,
    show_default="80%",
    help="The probability of staying within the budget at which it is set, in percent.",
)
@click.option(
    "--idle-cost",
    type=Share(),
    default=0.1,
    show_default="10%",
    help="Cost of a dollar of budget left unspent; the cost of a dollar over follows from the confidence.",
)
@scenario_options
@click.option("--format", "form", type=click.Choice(["table", "json", "csv", "markdown"]), default="table", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to FILE.csv or .json instead.")
@scheduler_option
def command(
    reference: str, top: int, method: str, draws: int, seed: int, interval: float, confidence: float, idle_cost: float,
    form: str, output: Path | None, **overrides: Any,
) -> int:  # fmt: skip
    """Rank what drives the spread of the total of SCENARIO, and suggest what to research next.

    SCENARIO may be a saved run (`llmcost run -o FILE.nc`), whose draws are then used.
    """
    from simulator.analysis.sensitivity import MEASURES, as_csv, as_json, rank_drivers, rank_saved_drivers
    from simulator.cli.app import RunError
    from simulator.core.files import write_text_atomically
    from simulator.core.results import json_text
    from simulator.engine.result import NonFiniteResultError

    output = check_output_path(output, (".csv", ".json"))
    measures = MEASURES if method == "all" else (method,)
    try:
        if reference.endswith(".nc"):
            source_of = click.get_current_context().get_parameter_source
            if (
                any(overrides.values())
                or method not in ("all", "draws")
                or any(source_of(n) == _COMMAND_LINE for n in ("draws", "seed"))
            ):
                raise click.UsageError(f"{reference} is a saved run, whose draws are fixed; give its scenario instead")
            ranking = rank_saved_drivers(_open_saved_run(reference), level=confidence, interval=interval, idle_cost=idle_cost)
        else:
            scenario = read_scenario(reference, overrides)
            with ProgressLine("steps") as progress:
                ranking = rank_drivers(
                    scenario, draws, seed, level=confidence, interval=interval, idle_cost=idle_cost, measures=measures,
                    progress=progress.update,
                )  # fmt: skip
    except NonFiniteResultError as error:
        raise RunError(str(error)) from None
    except ValueError as error:
        raise click.UsageError(f"{reference}: {error}") from None
    if output is not None:
        write_text_atomically(output, as_csv(ranking) if output.suffix == ".csv" else json_text(add_warnings(as_json(ranking))))
    elif form == "json":
        sys.stdout.write(json_text(add_warnings(as_json(ranking))))
    elif form == "csv":
        sys.stdout.write(as_csv(ranking))
    else:
        _print(ranking, top, form)
    return 0


def _open_saved_run(path: str) -> "xr.DataTree":
    from simulator.io.netcdf import open_tree

    try:
        return open_tree(Path(path))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


# --- the table ------------------------------------------------------------------------------------------------------------


def _print(ranking: "Drivers", top: int, form: str) -> None:
    from simulator.analysis.sensitivity import research_next
    from simulator.cli.output import print_answer

    print_answer(form, [_table(ranking, top)], _notes(ranking, top), research_next(ranking))


def _table(ranking: "Drivers", top: int) -> "TextTable":
    """Return a table with one row per input and the requested columns."""
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money, interval_name, to_words

    first, has_information = ranking.drivers[0], any(driver.value_of_information for driver in ranking.drivers)
    has_mean = ranking.perfect_information is not None
    has_swing = any(driver.swing for driver in ranking.drivers)
    has_conditional = _has_conditional(ranking)
    has_sobol = bool(ranking.groups) or any(driver.sobol for driver in ranking.drivers)
    columns = [""]
    if has_swing:
        columns += (
            [">swing"] if has_information else [">P10 to P90 of it", ">others at medians", ">median, it set", ">mean, it set"]
        )
    if has_conditional:
        columns.append(">conditional")
    if first.first is not None:
        columns.append(">share")
    if has_sobol:
        columns += [">with others"] if has_information else [">first", ">95% CI", ">total", ">95% CI"]
    if has_information:
        columns += [">rank", *([">of P95", ">contingency"] if has_mean else []), f">{interval_name(ranking.interval)}"]
        columns += [">gain"] if has_mean else []
    rows = []
    for driver in ranking.drivers[:top]:
        row = [to_words(driver.name)]
        if has_swing:
            row += _swing(driver, short=has_information)
        if has_conditional:
            conditional = driver.swing.conditional if driver.swing else None
            row.append(_pair(conditional[:2], format_money) if conditional else "")
        if driver.first is not None:
            row.append(_share(driver.first))
        if has_sobol:
            row += _sobol(driver, short=has_information)
        information = driver.value_of_information
        if information is not None and driver.rank is not None:
            row.append(f"{driver.rank.value:+.2f}")
            row += [_share(each) for each in (driver.tail, information.contingency, information.interval) if each is not None]
            if information.expected_gain is not None:
                row.append(
                    format_money(information.expected_gain.value * ranking.idle_cost)
                    if information.expected_gain.low > 0
                    else "~0"
                )
        rows.append(row)
    return TextTable(f"What drives the total of {ranking.title}, in {ranking.money}", columns, rows)


def _has_conditional(ranking: "Drivers") -> bool:
    return any(driver.swing and driver.swing.conditional for driver in ranking.drivers)


def _swing(driver: "Driver", *, short: bool) -> list[str]:
    from simulator.core.formatting import NONE, format_money, format_quantity

    if driver.swing is None:
        return [""] if short else [""] * 4
    cells = [_pair(driver.swing.median[:2], format_money)]
    if short:
        return cells
    return [
        _pair(driver.swing.input, lambda value: format_quantity(value, driver.unit)),
        _pair(driver.swing.at_medians, format_money),
        *cells,
        _pair(driver.swing.mean[:2], format_money) if driver.swing.mean else NONE,
    ]


def _pair(pair: tuple[float, float], format_value: Any) -> str:
    return f"{format_value(pair[0])} to {format_value(pair[1])}"


def _sobol(driver: "Driver", *, short: bool) -> list[str]:
    from simulator.core.formatting import format_percent

    if driver.sobol is None:
        return ["correlated"] if short else ["correlated", "", "correlated", ""]
    if short:
        return [_share(driver.sobol.total)]
    cells = []
    for estimate in driver.sobol:
        cells += [_share(estimate), f"{format_percent(max(0.0, estimate.low))} to {format_percent(max(0.0, estimate.high))}"]
    return cells


def _share(estimate: "IntervalEstimate") -> str:
    """Format a share; `~0` if its interval includes zero."""
    from simulator.core.formatting import format_percent

    return "~0" if estimate.low <= 0 <= estimate.high else format_percent(estimate.value)


def _notes(ranking: "Drivers", top: int) -> list[str]:
    from simulator.core.formatting import format_money, format_percent, format_significant, interval_name

    notes = []
    level = f"P{in_percent(ranking.level):.10g}"
    remaining = ranking.drivers[top:]
    if remaining:
        share = sum(driver.first.value for driver in remaining if driver.first is not None)
        notes.append(
            f"{len(remaining)} more inputs"
            + (f", {format_percent(max(0.0, share))} of the variance of {ranking.variance_of}" if share else "")
        )
    if any(driver.swing for driver in ranking.drivers):
        notes.append(
            "swing: the median of the total with the input set to its P10 and to its P90, all others simulated, as by --set"
        )
    if _has_conditional(ranking):
        notes.append("conditional: the same given that value of the input, so that correlated inputs follow")
    if ranking.perfect_information is not None:
        has_sobol = any(driver.sobol for driver in ranking.drivers)
        with_others = "with others: including its interactions (Sobol, total); " if has_sobol else ""
        overrun_cost = ranking.idle_cost * ranking.level / (1 - ranking.level)
        notes += [
            f"share: of the variance, by the input alone; {with_others}of P95: of the distance from the mean to the P95",
            f"contingency, {interval_name(ranking.interval)}: part of {level} over the mean, and of the interval, that would "
            "vanish on average if the input were known; ~0: not distinguishable from Monte Carlo error",
            f"gain: expected saving of a budget at {level} if the input is known before it is set; a dollar left unspent costs "
            f"{format_significant(ranking.idle_cost)} (--idle-cost), a dollar over {format_significant(overrun_cost)}",
            f"all inputs known, the upper limit of research: {level} falls from {format_money(ranking.quantile)} by "
            f"{format_money(ranking.perfect_information.fall.value)} on average, a gain of "
            f"{format_money(ranking.perfect_information.expected_gain.value * ranking.idle_cost)} USD",
        ]
    notes += ranking.notes
    notes.append(f"{ranking.draws:,} draws, seed {ranking.seed}")
    return notes
