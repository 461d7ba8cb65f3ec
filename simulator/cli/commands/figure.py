"""`llmcost figure`: draw one figure, as PNG, SVG or PDF, or write its data."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.actuals import ActualsOptions, actuals_options
from simulator.cli.cells import parse_amount
from simulator.cli.command import errors_as_messages
from simulator.cli.options import (
    WholeNumber,
    add_warnings,
    check_output_path,
    emitted_warnings,
    interval_option,
    override_options,
    seed_option,
    threads_option,
    warn,
)
from simulator.cli.progress import ProgressBar
from simulator.figures import KINDS, SUFFIXES
from simulator.figures.registry import OPTION_KINDS, expected_scenarios

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.core.results import AnalysisResult
    from simulator.figures import FigureFormat
    from simulator.figures.data import FigureRequest
    from simulator.scenario import Overrides

OVERRIDE_OPTIONS = {"sets": "--set", "levers": "--lever", "shocks": "--shock", "basis": "--basis", "budget": "--budget",
                    "formulas": "--formulas"}  # fmt: skip
DATA_SUFFIXES = (".json", ".csv", ".xlsx")


class _KindName(click.ParamType):  # type: ignore[type-arg]
    """The name of a kind of figure."""

    name = "kind"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from simulator.core.suggestions import suggest_nearest

        if value not in KINDS:
            self.fail(f"no kind {value!r}{suggest_nearest(value, KINDS) or '; there are ' + ', '.join(KINDS)}", param, ctx)
        return str(value)


class _Command(click.Command):
    """A command whose help ends with the list of kinds."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Kinds"):
            formatter.write_dl([(name, kind.about) for name, kind in KINDS.items()])
        super().format_epilog(ctx, formatter)


@click.command(cls=_Command)
@click.argument("kind", metavar="KIND", type=_KindName())
@click.argument("scenarios", metavar="[SCENARIO]...", nargs=-1)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    required=True,
    help="Write the figure to FILE.png, .svg or .pdf, or its data to FILE.json, .csv or .xlsx.",
)
@click.option("--date", metavar="YYYY-MM-DD", type=click.DateTime(["%Y-%m-%d"]), help="A date to show on the figure.")
@click.option(
    "--of",
    "quantity",
    metavar="NAME",
    help="prior: its name; joint: the quantity used as date; trend: amortised, acquisition, cloud; posterior: utilisation, "
    "power, discrepancy, rental.",
)
@click.option("--cost", metavar="AMOUNT", help="joint: the cost limit; default: the budget, or the P70.")
@click.option("--latest", metavar="TIME", help="joint: the time limit, such as '18 month'; default: the P70.")
@click.option(
    "--when", metavar="CONDITION", help="reverse: such as 'total_cost > 200e6'; default: above the budget, or the P80."
)
@click.option("--evidence", type=click.Path(path_type=Path), metavar="FILE", help="trend, posterior: your own table.")
@actuals_options
@override_options
@click.option("--draws", type=WholeNumber(100, 1_000_000), show_default="as the corresponding command", help="Number of draws.")
@seed_option
@interval_option
@threads_option
@click.option("--width", metavar="LENGTH", help="Width, such as 89mm, 3.5in or 375px; default: 6.3in.")
@click.option("--height", metavar="LENGTH", help="Height; default: what the figure needs.")
@click.option(
    "--font-size", type=float, metavar="POINTS", help="Letters of the axes; the others are in proportion. Default: 8.5."
)
@click.option("--grey", is_flag=True, help="Draw in greys.")
@click.option("--dpi", type=int, metavar="N", help="Dots per inch of a PNG; default: 200.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def command(
    kind: str, scenarios: tuple[str, ...], output: Path, date: "datetime | None", quantity: str | None, cost: str | None,
    latest: str | None, when: str | None, evidence: Path | None, reported: ActualsOptions, draws: int | None, seed: int,
    interval: float, threads: int,
    quiet: bool, overrides: "Overrides", **page: Any,
) -> int:  # fmt: skip
    """Draw KIND of SCENARIO and write it to a file.

    Most kinds take one scenario. overlay, cdf, intervals and difference take several, bridge one or two; each is a name or a
    file, possibly with changes (gpt-4:basis=rented) and a name of yours before it (Rent=gpt-4:basis=rented). trend, posterior
    and epoch-... take none, and backtest takes a file of `llmcost backtest --format json`. What was spent (--actuals and the
    options after it) is for burn-up.
    """
    check_output_path(output, (*SUFFIXES, *DATA_SUFFIXES))
    page_format = _format_of(page, output)
    options: dict[str, object] = {
        "of": quantity, "cost": cost, "latest": latest, "when": when, "evidence": evidence, "actuals": reported.path,
    }  # fmt: skip
    _check_actuals(kind, reported)
    _check(kind, scenarios, options, overrides)

    from dataclasses import replace

    from simulator.figures import build_table, draw, save
    from simulator.figures.data import FigureRequest
    from simulator.scenario.variants import split_names

    try:
        names, references, _ = split_names(scenarios)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    request = FigureRequest(
        names=tuple(names),
        reference=references[0] if references else "",
        draws=draws,
        seed=seed,
        interval=interval,
        threads=threads or None,
        subject=quantity,
        date=None if latest is None else parse_amount(latest, "hour", "--latest"),
        condition=when,
        evidence=evidence,
    )
    request = _read(kind, request, tuple(references), overrides)
    if cost is not None:
        request = replace(request, cost=parse_amount(cost, request.scenario.currency, "--cost"))
    if kind in OPTION_KINDS["actuals"]:
        request = replace(request, actuals=reported.read(request.scenario))
    with errors_as_messages(), ProgressBar(quiet) as progress:
        table = build_table(kind, request.with_progress(progress.update))
    if output.suffix in DATA_SUFFIXES:
        _write_data(table, output)
    else:
        with errors_as_messages():
            save(draw(kind, table, f"{date:%Y-%m-%d}" if date else "", page_format), output)
    return 0


def _format_of(page: dict[str, Any], output: Path) -> "FigureFormat":
    """Return the format of the options; refuse those that have no effect on a file."""
    from simulator.core.suggestions import InvalidValueError
    from simulator.figures.format import figure_format

    chosen = [name for name, value in page.items() if value]
    if chosen and output.suffix in DATA_SUFFIXES:
        option = chosen[0].replace("_", "-")
        raise click.UsageError(f"--{option} has no effect on data; write a figure to {', '.join(SUFFIXES)}")
    if page["dpi"] is not None and output.suffix != ".png":
        raise click.UsageError(f"--dpi has no effect on {output.suffix}, whose lines have no dots; write a .png")
    try:
        return figure_format(**page)
    except InvalidValueError as error:
        raise click.UsageError(str(error)) from None


def _check_actuals(kind: str, reported: ActualsOptions) -> None:
    """Refuse options about what was spent for kinds that do not show it."""
    kinds = OPTION_KINDS["actuals"]
    if reported.on_amounts and kind not in kinds:
        raise click.UsageError(f"{reported.on_amounts[0]} does not apply to {kind}, only to {', '.join(kinds)}")


def _check(kind: str, scenarios: tuple[str, ...], options: dict[str, object], overrides: "Overrides") -> None:
    """Refuse options that do not apply to a kind, and a wrong number of scenarios."""
    for name, value in options.items():
        if value is not None and kind not in OPTION_KINDS[name]:
            raise click.UsageError(f"--{name} does not apply to {kind}, only to {', '.join(OPTION_KINDS[name])}")
    least, most = KINDS[kind].min_scenarios, KINDS[kind].max_scenarios
    if not least <= len(scenarios) <= most:
        raise click.UsageError(f"{kind} takes {expected_scenarios(kind)}, not {len(scenarios)}")
    changes = [option for name, option in OVERRIDE_OPTIONS.items() if getattr(overrides, name)]
    if changes and (kind == "backtest" or not scenarios):
        raise click.UsageError(f"{kind} reads no scenario, so {changes[0]} has no effect")


def _read(kind: str, request: "FigureRequest", scenarios: tuple[str, ...], overrides: "Overrides") -> "FigureRequest":
    """Read the scenarios; the base of stress tests has none of the shocks, which are shown one by one."""
    from dataclasses import replace

    from simulator.scenario.variants import open_variant

    if kind == "backtest" or not scenarios:
        return request
    opened = [open_variant(name, overrides) for name in scenarios]
    read = [(each.without_shocks() if kind == "stress" else each).scenario for each in opened]
    for scenario in read:
        warn(scenario.warnings)
    return replace(request, opened=opened[0], scenarios=read)


def _write_data(table: "AnalysisResult", path: Path) -> None:
    """Write the data of a figure."""
    from simulator.core.files import write_atomically, write_text_atomically
    from simulator.core.results import json_text

    if path.suffix == ".xlsx":
        from simulator.report.workbook import result_workbook

        content = result_workbook(table, title="Data of a figure", notes=emitted_warnings())
        write_atomically(path, lambda temporary: temporary.write_bytes(content))
        return
    write_text_atomically(path, table.to_csv() if path.suffix == ".csv" else json_text(add_warnings(table.to_dict())))
