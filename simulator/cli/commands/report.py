"""`llmcost report`: write a report to a folder, for a board."""

import shlex
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.commands.compare import number_duplicates, read_variant, unused_in_all
from simulator.cli.decisions import simulation_progress
from simulator.cli.options import (
    WholeNumber,
    interval_option,
    load_formulas,
    scenario_options,
    scheduler_option,
    seed_option,
    threads_option,
)
from simulator.cli.progress import ProgressLine

if TYPE_CHECKING:
    from simulator.report.content import Report

BASES = ("rented", "owned", "purchased")


class Date(click.ParamType):  # type: ignore[type-arg]
    """A date, such as 2026-11-21."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from datetime import date

        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            self.fail(f"{value!r} is no date such as 2026-11-21", param, ctx)


@click.command(short_help="Write a report for a board: one page, figures, tables, data.")
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="DIR", required=True, help="The folder to write to.")
@click.option(
    "--format", "form", type=click.Choice(["html", "markdown"]), default="html", show_default=True, help="Format of the page."
)
@click.option("--date", type=Date(), help="The date to show, such as 2026-11-21.")
@click.option("--rent-or-buy", is_flag=True, help="Compare one SCENARIO rented, owned and purchased, with their break-even.")
@scenario_options
@click.option(
    "--draws", type=WholeNumber(1000, 1_000_000), default=100_000, show_default="100,000",
    help="Number of draws; levers use at most 20,000 and drivers at most 65,536 of them.",
)  # fmt: skip
@seed_option
@interval_option
@threads_option
@click.option("-q", "--quiet", is_flag=True, help="Show no progress and no final message.")
@scheduler_option
def command(
    scenarios: tuple[str, ...],
    output: Path,
    form: str,
    date: str | None,
    rent_or_buy: bool,
    draws: int,
    seed: int,
    interval: float,
    threads: int,
    quiet: bool,
    **overrides: Any,
) -> int:
    """Write a report on SCENARIO to a folder: report.html, figures, tables, summary.json, draws.nc, tables.xlsx, manifest.json.

    Two or more scenarios are compared with the first; add changes to a name, as in gpt-4:basis=rented. An existing report
    of llmcost is replaced, any other content never. Reports do not depend on the time: the same command gives
    the same bytes.
    """
    from simulator.report.folder import FORMATS, OccupiedFolderError, check_folder, input_hashes, write

    if rent_or_buy and (len(scenarios) != 1 or ":basis=" in scenarios[0]):
        raise click.UsageError("--rent-or-buy takes one scenario, and evaluates it rented, owned and purchased")
    try:
        check_folder(output)
    except OccupiedFolderError as error:
        raise click.UsageError(f"-o {output}: {error}") from None
    command_line, day = repeat_command(), date or ""
    paths = overrides.pop("formulas")
    overrides["formulas"] = tuple(function for path in paths for function in load_formulas(path))
    options: dict[str, Any] = {"draws": draws, "seed": seed, "interval": interval, "threads": threads or None}
    with simulation_progress(quiet=True), ProgressLine(quiet=quiet) as progress:
        if rent_or_buy or len(scenarios) > 1:
            report, references = _comparison(
                scenarios, overrides, options, command_line, day, progress.show_step, rent_or_buy=rent_or_buy
            )
        else:
            reference, changes = read_variant(scenarios[0], overrides, _pair)
            report, references = _single(reference, changes, options, command_line, day, progress.show_step), [reference]
        manifest = {
            "command": command_line,
            "seed": seed,
            "draws": draws,
            "method": "random",
            "inputs": input_hashes(references, paths),
            "fingerprints": {result.scenario.name: result.scenario.fingerprint for result in report.results},
        }
        write(report, output, form, manifest, progress.show_step)
    if not quiet:
        click.echo(f"wrote {output / FORMATS[form]}")
    return 0


def _pair(reference: str, changes: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return reference, changes


def _single(
    reference: str, changes: dict[str, Any], options: dict[str, Any], command_line: str, date: str, step: Callable[[str], None]
) -> "Report":
    from simulator.report.single import report_on
    from simulator.report.study import build_study

    return report_on(build_study(reference, changes, step=step, **options), command_line, date)


def _comparison(
    scenarios: tuple[str, ...], overrides: dict[str, Any], options: dict[str, Any], command_line: str, date: str,
    step: Callable[[str], None], *, rent_or_buy: bool,
) -> tuple["Report", list[str]]:  # fmt: skip
    from simulator.analysis.compare import compare
    from simulator.report.comparison import report_on
    from simulator.report.study import build_study

    if rent_or_buy:
        pairs = [read_variant(scenarios[0], {**overrides, "basis": basis, "allow_unused": True}, _pair) for basis in BASES]
        names = list(BASES)
    else:
        pairs = [read_variant(reference, overrides, _pair) for reference in scenarios]
        names = number_duplicates(scenarios)
    studies = [build_study(reference, changes, step=step, **options, full=False) for reference, changes in pairs]
    step("comparing")
    scenarios_read = [each.scenario for each in studies]
    comparison = compare(scenarios_read, names=names, **options)
    break_even = _break_even(pairs, scenarios_read, options) if rent_or_buy else None
    return report_on(studies, names, comparison, command_line, date, break_even), [reference for reference, _ in pairs]


def _break_even(pairs: list[tuple[str, dict[str, Any]]], scenarios: list[Any], options: dict[str, Any]) -> dict[str, Any]:
    from simulator.analysis.rent_or_buy import rent_or_buy
    from simulator.core.errors import InvalidInputError
    from simulator.scenario import read as read_scenario

    reference, changes = pairs[1]
    life = None
    with suppress(InvalidInputError):  # without a useful life there is no break-even utilisation
        life = read_scenario(reference, **{**changes, "sets": (*changes["sets"], "depreciation=straight-line")})
    if unused_in_all((*scenarios, life)):
        read_scenario(reference, **{**changes, "basis": "rented", "allow_unused": False})  # raises the error
    rented, owned, purchased = scenarios
    return rent_or_buy(rented, owned, purchased, life, **options)


def repeat_command() -> str:
    """Return the command that reproduces the report: this one, without the folder's name and options without effect."""
    context = click.get_current_context()
    parts = ["llmcost", "report"]
    for parameter in context.command.params:
        name = parameter.name or ""
        if context.get_parameter_source(name) is not click.core.ParameterSource.COMMANDLINE or name in ("quiet", "threads"):
            continue
        value = context.params[name]
        if isinstance(parameter, click.Argument):
            parts += value
        elif name == "output":
            parts += ["-o", "report"]
        elif isinstance(parameter, click.Option) and parameter.is_flag:
            parts.append(parameter.opts[-1])
        else:
            values = value if parameter.multiple else (value,)
            parts += [part for each in values for part in (parameter.opts[-1], _format_option(name, each))]
    return shlex.join(parts)


def _format_option(name: str, value: Any) -> str:
    return f"{100 * value:.10g}" if name == "interval" else str(value)
