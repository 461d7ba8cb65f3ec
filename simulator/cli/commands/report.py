"""`llmcost report`: one folder that a board can read."""

import shlex
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.commands.compare import read_variant, unused_in_all
from simulator.cli.decisions import drawing
from simulator.cli.options import (
    Whole,
    interval_option,
    load_formulas,
    scenario_options,
    scheduler_option,
    seed_option,
    threads_option,
)
from simulator.cli.progress import Line

if TYPE_CHECKING:
    from simulator.report.content import Report

BASES = ("rented", "owned", "purchased")


class Date(click.ParamType):  # type: ignore[type-arg]
    """A day, as 2026-11-21."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from datetime import date

        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            self.fail(f"{value!r} is no day such as 2026-11-21", param, ctx)


@click.command(short_help="Write a report that a board can read: one page, figures, tables, data.")
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="DIR", required=True, help="The folder to write.")
@click.option("--format", "form", type=click.Choice(["html", "markdown"]), default="html", show_default=True, help="The page.")
@click.option("--date", type=Date(), help="The day to show on it (2026-11-21); without it none is shown.")
@click.option("--rent-or-buy", is_flag=True, help="Compare one SCENARIO rented, owned and purchased, with their break-even.")
@scenario_options
@click.option(
    "--draws", type=Whole(1000, 1_000_000), default=100_000, show_default="100,000",
    help="How many draws; levers take 20,000 and drivers 65,536 of them at most.",
)  # fmt: skip
@seed_option
@interval_option
@threads_option
@click.option("-q", "--quiet", is_flag=True, help="No progress, and no last line.")
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
    **given: Any,
) -> int:
    """Write a report on SCENARIO to a folder: report.html, figures, tables, summary.json, draws.nc, tables.xlsx, manifest.json.

    Two or more scenarios give a comparison, each against the first; changes go behind one, as in gpt-4:basis=rented. A report
    of llmcost that is there already is replaced, anything else never. Nothing in it comes from a clock: the same command gives
    the same bytes.
    """
    from simulator.report.folder import FORMATS, Occupied, check_place, inputs, write

    if rent_or_buy and (len(scenarios) != 1 or ":basis=" in scenarios[0]):
        raise click.UsageError("--rent-or-buy takes one scenario: it reads it rented, owned and purchased")
    try:
        check_place(output)
    except Occupied as error:
        raise click.UsageError(f"-o {output}: {error}") from None
    line, day = repeat_line(), date or ""
    paths = given.pop("formulas")
    given["formulas"] = tuple(function for path in paths for function in load_formulas(path))
    options: dict[str, Any] = {"draws": draws, "seed": seed, "interval": interval, "threads": threads or None}
    with drawing(quiet=True), Line(quiet=quiet) as steps:
        if rent_or_buy or len(scenarios) > 1:
            report, read = _comparison(scenarios, given, options, line, day, steps.say, rent_or_buy=rent_or_buy)
        else:
            reference, own = read_variant(scenarios[0], given, _pair)
            report, read = _single(reference, own, options, line, day, steps.say), [reference]
        said = {"command": line, "seed": seed, "draws": draws, "method": "random", "inputs": inputs(read, paths),
                "fingerprints": {result.scenario.name: result.scenario.fingerprint for result in report.results}}  # fmt: skip
        write(report, output, form, said, steps.say)
    if not quiet:
        click.echo(f"wrote {output / FORMATS[form]}")
    return 0


def _pair(reference: str, own: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return reference, own


def _single(
    reference: str, own: dict[str, Any], options: dict[str, Any], line: str, date: str, step: Callable[[str], None]
) -> "Report":
    from simulator.report.single import report_on
    from simulator.report.study import study

    return report_on(study(reference, own, step=step, **options), line, date)


def _comparison(
    scenarios: tuple[str, ...], given: dict[str, Any], options: dict[str, Any], line: str, date: str,
    step: Callable[[str], None], *, rent_or_buy: bool,
) -> tuple["Report", list[str]]:  # fmt: skip
    from simulator.analysis.compare import compare
    from simulator.report.comparison import report_on
    from simulator.report.study import study

    if rent_or_buy:
        pairs = [read_variant(scenarios[0], {**given, "basis": basis, "allow_unused": True}, _pair) for basis in BASES]
        names = list(BASES)
    else:
        pairs = [read_variant(reference, given, _pair) for reference in scenarios]
        names = [
            name if scenarios.count(name) == 1 else f"{name} ({scenarios[: place + 1].count(name)})"
            for place, name in enumerate(scenarios)
        ]
    studies = [study(reference, own, step=step, **options, whole=False) for reference, own in pairs]
    step("comparing")
    read = [made.scenario for made in studies]
    compared = compare(read, names=names, **options)
    even = _break_even(pairs, read, options) if rent_or_buy else None
    return report_on(studies, names, compared, line, date, even), [reference for reference, _ in pairs]


def _break_even(pairs: list[tuple[str, dict[str, Any]]], read: list[Any], options: dict[str, Any]) -> dict[str, Any]:
    from simulator.analysis.rent_or_buy import rent_or_buy
    from simulator.core.errors import InvalidInputError
    from simulator.scenario import read as read_scenario

    reference, own = pairs[1]
    life = None
    with suppress(InvalidInputError):  # where it has no useful life, nothing is said of utilisation
        life = read_scenario(reference, **{**own, "sets": (*own["sets"], "depreciation=straight-line")})
    if unused_in_all((*read, life)):
        read_scenario(reference, **{**own, "basis": "rented", "allow_unused": False})  # which says what is wrong
    rented, owned, purchased = read
    return rent_or_buy(rented, owned, purchased, life, **options)


def repeat_line() -> str:
    """Return the command that makes the report again: this one, but for the folder's name and what says nothing."""
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
            several = value if parameter.multiple else (value,)
            parts += [part for each in several for part in (parameter.opts[-1], _said(name, each))]
    return shlex.join(parts)


def _said(name: str, value: Any) -> str:
    return f"{100 * value:.10g}" if name == "interval" else str(value)
