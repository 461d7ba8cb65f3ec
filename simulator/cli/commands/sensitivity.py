"""`llmcost sensitivity`: what drives the spread of the total, and what to research next."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.options import (
    Confidence,
    Interval,
    Share,
    Whole,
    output_path,
    read_scenario,
    scenario_options,
    scheduler_option,
    seed_option,
    with_warnings,
)
from simulator.cli.progress import Line
from simulator.core.levels import in_percent

if TYPE_CHECKING:
    import xarray as xr

    from simulator.analysis.sensitivity import Driver, Drivers, Estimate
    from simulator.cli.output import Table

_BY_HAND = click.core.ParameterSource.COMMANDLINE
METHODS = ("all", "draws", "swing", "sobol")


@click.command(short_help="Rank what drives the spread of the total, and say what to research next.")
@click.argument("scenario", metavar="SCENARIO")
@click.option("--top", type=Whole(1, 10_000), default=10, show_default=True, help="How many inputs the table shows.")
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default="all",
    show_default=True,
    help="draws: shares of variance and of the P95, value of knowing. swing: between P10 and P90. sobol: Sobol's indices.",
)
@click.option("--draws", type=Whole(1000, 262_144), default=65_536, show_default="65,536", help="How many draws.")
@seed_option
@click.option(
    "--interval",
    type=Interval(),
    metavar="PERCENT",
    default=0.95,
    show_default="95%",
    help="Interval that would shrink.",
)
@click.option(
    "--confidence",
    type=Confidence(),
    default=0.8,
    show_default="80%",
    help="The probability of staying within at which the budget is set, in percent.",
)
@click.option(
    "--idle-cost",
    type=Share(),
    default=0.1,
    show_default="10%",
    help="What a dollar of budget costs that stays unspent; what a dollar over costs follows from the confidence.",
)
@scenario_options
@click.option("--format", "form", type=click.Choice(["table", "json", "csv", "markdown"]), default="table", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to FILE.csv or .json in place.")
@scheduler_option
def command(
    scenario: str, top: int, method: str, draws: int, seed: int, interval: float, confidence: float, idle_cost: float,
    form: str, output: Path | None, **given: Any,
) -> int:  # fmt: skip
    """Rank what drives the spread of SCENARIO's total, and say what to research next.

    SCENARIO may be a saved run (`llmcost run -o FILE.nc`): then its draws are asked, which need no second run.
    """
    from simulator.analysis.sensitivity import MEASURES, as_csv, as_json, drivers, drivers_of_saved
    from simulator.cli.app import RunFailed
    from simulator.core.files import write_text_whole
    from simulator.engine.result import NonFiniteResultError
    from simulator.io.to_json import json_text

    output = output_path(output, (".csv", ".json"))
    measures = MEASURES if method == "all" else (method,)
    try:
        if scenario.endswith(".nc"):
            asked = click.get_current_context().get_parameter_source
            if any(given.values()) or method not in ("all", "draws") or any(asked(n) == _BY_HAND for n in ("draws", "seed")):
                raise click.UsageError(f"{scenario} is a saved run, and stays as it was drawn; name its scenario in its place")
            found = drivers_of_saved(_opened(scenario), level=confidence, interval=interval, idle_cost=idle_cost)
        else:
            read = read_scenario(scenario, given)
            with Line("steps") as progress:
                found = drivers(
                    read, draws, seed, level=confidence, interval=interval, idle_cost=idle_cost, measures=measures,
                    progress=progress.update,
                )  # fmt: skip
    except NonFiniteResultError as error:
        raise RunFailed(str(error)) from None
    except ValueError as error:
        raise click.UsageError(f"{scenario}: {error}") from None
    if output is not None:
        write_text_whole(output, as_csv(found) if output.suffix == ".csv" else json_text(with_warnings(as_json(found))))
    elif form == "json":
        sys.stdout.write(json_text(with_warnings(as_json(found))))
    elif form == "csv":
        sys.stdout.write(as_csv(found))
    else:
        _print(found, top, form)
    return 0


def _opened(path: str) -> "xr.DataTree":
    from simulator.io.netcdf import open_tree

    try:
        return open_tree(Path(path))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


# --- the table ------------------------------------------------------------------------------------------------------------


def _print(found: "Drivers", top: int, form: str) -> None:
    from simulator.analysis.sensitivity import research_next
    from simulator.cli.output import print_answer

    print_answer(form, [_table(found, top)], _notes(found, top), research_next(found))


def _table(found: "Drivers", top: int) -> "Table":
    """One row an input, with the columns that were asked for."""
    from simulator.cli.output import Table
    from simulator.core.formatting import interval_name, money, words

    first, asked = found.drivers[0], any(driver.value_of_information for driver in found.drivers)
    has_mean = found.perfect is not None
    has_swing = any(driver.swing for driver in found.drivers)
    has_conditional = _has_conditional(found)
    has_sobol = bool(found.groups) or any(driver.sobol for driver in found.drivers)
    columns = [""]
    if has_swing:
        columns += [">swing"] if asked else [">P10 to P90 of it", ">others at medians", ">median, it set", ">mean, it set"]
    if has_conditional:
        columns.append(">conditional")
    if first.first is not None:
        columns.append(">share")
    if has_sobol:
        columns += [">with others"] if asked else [">first", ">95% CI", ">total", ">95% CI"]
    if asked:
        columns += [">rank", *([">of P95", ">contingency"] if has_mean else []), f">{interval_name(found.interval)}"]
        columns += [">worth"] if has_mean else []
    rows = []
    for driver in found.drivers[:top]:
        row = [words(driver.name)]
        if has_swing:
            row += _swing(driver, short=asked)
        if has_conditional:
            conditional = driver.swing.conditional if driver.swing else None
            row.append(_pair(conditional[:2], money) if conditional else "")
        if driver.first is not None:
            row.append(_share(driver.first))
        if has_sobol:
            row += _sobol(driver, short=asked)
        known = driver.value_of_information
        if known is not None and driver.rank is not None:
            row.append(f"{driver.rank.value:+.2f}")
            row += [_share(each) for each in (driver.tail, known.contingency, known.interval) if each is not None]
            if known.expected_gain is not None:
                row.append(money(known.expected_gain.value * found.idle_cost) if known.expected_gain.low > 0 else "~0")
        rows.append(row)
    return Table(f"What drives the total of {found.title}, in {found.money}", columns, rows)


def _has_conditional(found: "Drivers") -> bool:
    return any(driver.swing and driver.swing.conditional for driver in found.drivers)


def _swing(driver: "Driver", *, short: bool) -> list[str]:
    from simulator.core.formatting import NONE, money, shown

    if driver.swing is None:
        return [""] if short else [""] * 4
    cells = [_pair(driver.swing.median[:2], money)]
    if short:
        return cells
    return [
        _pair(driver.swing.input, lambda value: shown(value, driver.unit)),
        _pair(driver.swing.at_medians, money),
        *cells,
        _pair(driver.swing.mean[:2], money) if driver.swing.mean else NONE,
    ]


def _pair(pair: tuple[float, float], say: Any) -> str:
    return f"{say(pair[0])} to {say(pair[1])}"


def _sobol(driver: "Driver", *, short: bool) -> list[str]:
    from simulator.core.formatting import percent

    if driver.sobol is None:
        return ["correlated"] if short else ["correlated", "", "correlated", ""]
    if short:
        return [_share(driver.sobol.total)]
    cells = []
    for estimate in driver.sobol:
        cells += [_share(estimate), f"{percent(max(0.0, estimate.low))} to {percent(max(0.0, estimate.high))}"]
    return cells


def _share(estimate: "Estimate") -> str:
    """Say a share; what is within its error of nothing, or below it, shows as that."""
    from simulator.core.formatting import percent

    return "~0" if estimate.low <= 0 <= estimate.high else percent(estimate.value)


def _notes(found: "Drivers", top: int) -> list[str]:
    from simulator.core.formatting import digits, interval_name, money, percent

    notes = []
    place = f"P{in_percent(found.level):.10g}"
    rest = found.drivers[top:]
    if rest:
        share = sum(driver.first.value for driver in rest if driver.first is not None)
        notes.append(
            f"{len(rest)} inputs more"
            + (f", {percent(max(0.0, share))} of the variance of {found.variance_of}" if share else "")
        )
    if any(driver.swing for driver in found.drivers):
        notes.append(
            "swing: the median of the total with the input set to its P10 and to its P90, all others drawn as they are: what "
            "--set gives"
        )
    if _has_conditional(found):
        notes.append(
            "conditional: the same where the input is known to be there, and inputs that are correlated with it move along"
        )
    if found.perfect is not None:
        has_sobol = any(driver.sobol for driver in found.drivers)
        together = "with others: and by all it does together with them (Sobol, total); " if has_sobol else ""
        over = found.idle_cost * found.level / (1 - found.level)
        notes += [
            f"share: of the variance, by the input alone; {together}of P95: of the way from the mean to the P95",
            f"contingency, {interval_name(found.interval)}: how much of {place} over the mean, and of the interval, would go "
            "in expectation if the input were known; ~0: nothing beyond the Monte Carlo error",
            f"worth: what a budget at {place} gains if the input is known before it is set; a dollar left unspent costs "
            f"{digits(found.idle_cost)} (--idle-cost), a dollar over {digits(over)}",
            f"all inputs known, the most that research can do: {place} falls from {money(found.quantile)} by "
            f"{money(found.perfect.fall.value)} in the mean, worth "
            f"{money(found.perfect.expected_gain.value * found.idle_cost)} USD",
        ]
    notes += found.notes
    notes.append(f"{found.draws:,} draws, seed {found.seed}")
    return notes
