"""`llmcost report`: write a report to a folder, for a board."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.command import errors_as_messages
from simulator.cli.options import draws_option_of, override_options, run_options_with, scheduler_option
from simulator.cli.progress import ProgressLine

if TYPE_CHECKING:
    from simulator.engine.options import RunOptions
    from simulator.scenario import Overrides


class Date(click.ParamType):  # type: ignore[type-arg]
    """A date, such as 2026-11-21."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from datetime import date

        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            self.fail(f"{value!r} is no date such as 2026-11-21", param, ctx)


@click.command(epilog="Levers and drivers use at most 20,000 of the draws.")
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="DIR", required=True, help="The folder to write to.")
@click.option(
    "--format", "form", type=click.Choice(["html", "markdown"]), default="html", show_default=True, help="Format of the page."
)
@click.option("--date", type=Date(), help="The date to show, such as 2026-11-21.")
@click.option("--rent-or-buy", is_flag=True, help="Compare one SCENARIO rented, owned and purchased, with their break-even.")
@override_options
@run_options_with(draws_option_of(100_000, least=1000))
@click.option("-q", "--quiet", is_flag=True, help="Show no progress and no final message.")
@scheduler_option
def command(
    scenarios: tuple[str, ...],
    output: Path,
    form: str,
    date: str | None,
    rent_or_buy: bool,
    quiet: bool,
    overrides: "Overrides",
    options: "RunOptions",
) -> int:
    """Write a report on SCENARIO to a folder: report.html, figures as SVG, tables, explorer.html, workbook.xlsx.

    Two or more scenarios are compared with the first; add changes to a name, as in gpt-4:basis=rented, and a name of your
    own, as in Own=gpt-4. An existing report of llmcost is replaced, any other content never. Reports do not depend on the
    time: the same command gives the same bytes.
    """
    from simulator.report.build import Labels, report_on_bases, report_on_scenario, report_on_several
    from simulator.report.folder import FORMATS, OccupiedFolderError, check_folder, manifest_of, write
    from simulator.scenario.variants import open_variant, split_names

    if rent_or_buy and (len(scenarios) != 1 or ":basis=" in scenarios[0]):
        raise click.UsageError("--rent-or-buy takes one scenario, and evaluates it rented, owned and purchased")
    try:
        check_folder(output)
    except OccupiedFolderError as error:
        raise click.UsageError(f"-o {output}: {error}") from None
    command_line = repeat_command()
    with errors_as_messages(), ProgressLine(quiet=quiet) as progress:
        labels = Labels(command_line, date or "")
        names, references, own = split_names(scenarios)
        opened = [open_variant(reference, overrides) for reference in references]
        if rent_or_buy:
            report = report_on_bases(opened[0], options, labels, progress.show_step)
        elif len(opened) == 1:
            report = report_on_scenario(opened[0], options, labels, progress.show_step)
        else:
            report = report_on_several(opened, names, options, labels, progress.show_step, own)
        manifest = manifest_of(report, options, opened, click.get_current_context().params["formulas"], command_line)
        write(report, output, form, manifest, progress.show_step)
    if not quiet:
        click.echo(f"wrote {output / FORMATS[form]}")
    return 0


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
