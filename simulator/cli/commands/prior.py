"""`llmcost prior`: a user's own records become priors, one command for each kind of file."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.options import each_once, output_path

if TYPE_CHECKING:
    from simulator.records import Found


@click.group(short_help="Make priors of your own records: bills, energy logs, runs, quotes.")
def command() -> None:
    """Make priors of your own records (CSV), as a file that is laid over any scenario: `extends: [gpt-4, prices.yaml]`.

    What is left out of a file is counted and told; what could be read in two ways is refused.
    """


FILE = click.argument("path", metavar="FILE.csv", type=click.Path(path_type=Path))
CHIP = click.option("--chip", metavar="NAME", help="Take the rows of this chip (llmcost list chips).")


def output_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add where the priors are written."""
    where = click.option("-o", "output", type=click.Path(path_type=Path), metavar="FILE.yaml",
                         help="Write the priors there, and not to standard output.")  # fmt: skip
    force = click.option("--force", is_flag=True, help="Write over a file that is there.")
    return where(force(function))


class Rate(click.ParamType):  # type: ignore[type-arg]
    """USD for one of another currency: `EUR=1.08`."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        from simulator.scenario.values import number

        if isinstance(value, tuple):
            return value
        code, _, text = str(value).partition("=")
        try:
            rate = number(text)
        except ValueError:
            rate = 0.0
        if not (len(code) == 3 and code.isalpha() and code.isascii() and rate > 0):
            self.fail(f"{value!r}: write CODE=NUMBER, USD for one of that currency, as in EUR=1.08", param, ctx)
        if code.upper() == "USD" and rate != 1:
            self.fail("one USD is one USD", param, ctx)
        return code.upper(), rate


class Gpus(click.ParamType):  # type: ignore[type-arg]
    """Where the number of GPUs of a row is."""

    name = "column/regex"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from simulator.records.focus import GpuRule

        if isinstance(value, GpuRule):
            return value
        try:
            return GpuRule.parse(str(value))
        except ValueError as error:
            return self.fail(f"{value!r}: {error}", param, ctx)


RATE = click.option(
    "--rate", "rates", type=Rate(), multiple=True, callback=each_once, metavar="CODE=NUMBER",
    help="USD for one of another currency: EUR=1.08.",
)  # fmt: skip


@command.command("from-focus", short_help="Price of a GPU-hour from a bill in FOCUS 1.2.")
@FILE
@CHIP
@click.option(
    "--gpus-per-row", type=Gpus(), multiple=True, metavar="COLUMN/REGEX",
    help="Where a bill without SkuPriceDetails has the GPUs of a row: the group of the expression, or a number behind it: "
    r"'ResourceType/(\d+)x ?H100', 'ResourceType/p5\.48xlarge=8'.",
)  # fmt: skip
@RATE
@click.option("--only-usd", is_flag=True, help="Leave rows in other currencies out.")
@output_options
def from_focus(path: Path, output: Path | None, force: bool, rates: tuple[tuple[str, float], ...], **given: Any) -> None:
    """Make on_demand_price, rental_price, spot_price and idle_factor of FILE, a bill in FOCUS.

    FOCUS is the FinOps Open Cost and Usage Specification. Usage of GPUs by the hour counts, weighted by GPU-hours and netted of
    corrections; taxes, credits and purchases do not.
    """
    from simulator.records.focus import read

    _written("from-focus", output, force, lambda: read(path, rates=dict(rates), **given))


@command.command("from-codecarbon", short_help="Power, grid and PUE from codecarbon's emissions.csv.")
@FILE
@CHIP
@output_options
def from_codecarbon(path: Path, chip: str | None, output: Path | None, force: bool) -> None:
    """Make average_power, grid_intensity and pue of FILE, the emissions.csv of codecarbon.

    A PUE that the tool was told of is in its energies: it is taken out of them, and stands by itself.
    """
    from simulator.records.codecarbon import read

    _written("from-codecarbon", output, force, lambda: read(path, chip))


@command.command("from-runs", short_help="Utilisation from a table of training runs.")
@FILE
@CHIP
@click.option("--mfu-column", metavar="NAME", help="The column of MFU, where it has a name of its own.")
@output_options
def from_runs(path: Path, output: Path | None, force: bool, **given: Any) -> None:
    """Make mfu, goodput and effective_utilisation of FILE, one row a run.

    Columns, as far as there are any: chip, chips, hours or chip_hours, active_parameters, tokens, mfu, goodput. Headers may
    give units: `duration (day)`, `tokens (T)`, `mfu (%)`.
    """
    from simulator.records.runs import read

    _written("from-runs", output, force, lambda: read(path, **given))


@command.command("from-quotes", short_help="Prices from a table of quotes.")
@FILE
@CHIP
@click.option("--term", metavar="TERM", help="Take the rents of this term: 'on demand', '12 months', spot.")
@RATE
@output_options
def from_quotes(path: Path, output: Path | None, force: bool, rates: tuple[tuple[str, float], ...], **given: Any) -> None:
    """Make rental_price, chip_price or server_price of FILE, one row a quote.

    Columns: chip, price, unit (USD/chip/hour, USD/server/hour, USD/chip, USD/server), and where there are any currency, chips
    (of a server), term, vendor, date.
    """
    from simulator.records.quotes import read

    _written("from-quotes", output, force, lambda: read(path, rates=dict(rates), **given))


def _written(command_name: str, output: Path | None, force: bool, read: "Callable[[], Found]") -> None:
    """Read, and write the priors; what a reader should know goes to standard error too."""
    from simulator.core.files import write_text_whole
    from simulator.records import text_of

    if output is not None and output.exists() and not force:
        raise click.UsageError(f"-o {output}: is there already; --force writes over it")
    output_path(output, (".yaml", ".yml"))
    found = read()
    text = text_of(found, command_name)
    for note in found.notes:
        click.echo(f"- {note}", err=True)
    if output is None:
        sys.stdout.write(text)
        return
    write_text_whole(output, text)
    named = ", ".join(prior.quantity for prior in found.priors)
    click.echo(f"wrote {output}: {named}; now lay it over a scenario: `extends: [gpt-4, {output.name}]`", err=True)
