"""`llmcost prior`: make priors from a user's own records, with one command per kind of file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.command import Answer, Page, outputs
from simulator.cli.options import NOTED, Rate, Share, WholeNumber, reject_duplicates

if TYPE_CHECKING:
    from simulator.records import PriorSet
    from simulator.records.gpus import GpuRule


@click.group(short_help="Make priors from your own records: bills, energy logs, runs, quotes, token prices.")
def command() -> None:
    """Make priors from your own records and from price lists.

    The file can be extended by any scenario: `extends: [gpt-4, prices.yaml]`.

    Omitted rows are counted and reported; ambiguous input is refused.
    """


FILE = click.argument("path", metavar="FILE.csv", type=click.Path(path_type=Path))
CHIP = click.option("--chip", metavar="NAME", help="Use the rows of this chip (llmcost list chips).")


prior_outputs = outputs(".yaml", ".yml", label=None, formats=("yaml",), protects=True)
"""The options of the output of each command: by default YAML on standard output."""


class Gpus(click.ParamType):  # type: ignore[type-arg]
    """A rule for the number of GPUs in a row."""

    name = "column/regex"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from simulator.records.gpus import GpuRule

        if isinstance(value, GpuRule):
            return value
        try:
            return GpuRule.parse(str(value))
        except ValueError as error:
            return self.fail(f"{value!r}: {error}", param, ctx)


def _numbers(rates: tuple[tuple[str, str], ...]) -> dict[str, float]:
    """Return exchange rates as numbers."""
    from simulator.scenario.values import number

    return {code: number(text) for code, text in rates}


RATE = click.option(
    "--rate", "rates", type=Rate(), multiple=True, callback=reject_duplicates, metavar="CODE=NUMBER",
    help="Units of a currency for one USD, such as EUR=0.86.",
)  # fmt: skip


@command.command("from-focus", short_help="Prices of GPU-hours and tokens, from a bill in FOCUS.")
@FILE
@CHIP
@click.option(
    "--gpus-per-row", type=Gpus(), multiple=True, metavar="COLUMN/REGEX",
    help="Where a bill without SkuPriceDetails has the GPUs of a row: a group of the expression, or a number after it: "
    r"'ResourceType/(\d+)x ?H100', 'ResourceType/p5\.48xlarge=8'.",
)  # fmt: skip
@RATE
@click.option("--only-usd", is_flag=True, help="Ignore rows in other currencies.")
@click.option(
    "--service-category", "categories", multiple=True, metavar="NAME",
    help="Use rows of this service category too, besides Compute and AI and Machine Learning.",
)  # fmt: skip
@click.option("--model", metavar="NAME", help="Use the tokens of this model.")
@prior_outputs
def from_focus(
    path: Path,
    chip: str | None,
    gpus_per_row: "tuple[GpuRule, ...]",
    rates: tuple[tuple[str, str], ...],
    only_usd: bool,
    categories: tuple[str, ...],
    model: str | None,
) -> Answer:
    """Make priors of on_demand_price, rental_price, spot_price and idle_factor from FILE, a bill in FOCUS.

    FOCUS is the FinOps Open Cost and Usage Specification, 1.0 to 1.2. GPU usage by the hour counts, weighted by
    GPU-hours and net of corrections; taxes, credits and purchases do not. Instances of the large clouds tell their
    chip and its number by their names. Rows of tokens give input_price and output_price.
    """
    from simulator.records.focus import read

    return _answer("from-focus", read(path, chip, gpus_per_row, _numbers(rates), only_usd, categories, model))


@command.command("from-codecarbon", short_help="Power, grid intensity and PUE, from codecarbon's emissions.csv.")
@FILE
@CHIP
@prior_outputs
def from_codecarbon(path: Path, chip: str | None) -> Answer:
    """Make priors of average_power, grid_intensity and pue from FILE, the emissions.csv of codecarbon.

    Energies that include a configured PUE are divided by it, and the PUE becomes a prior of its own.
    """
    from simulator.records.codecarbon import read

    return _answer("from-codecarbon", read(path, chip))


@command.command("from-runs", short_help="Utilisation, from a table of training runs.")
@FILE
@CHIP
@click.option("--mfu-column", metavar="NAME", help="The column of MFU, if it has another name.")
@prior_outputs
def from_runs(path: Path, chip: str | None, mfu_column: str | None) -> Answer:
    """Make priors of mfu, goodput and effective_utilisation from FILE, with one row per run.

    Columns, all optional: chip, chips, hours or chip_hours, active_parameters, tokens, mfu, goodput. Headers may
    give units: `duration (day)`, `tokens (T)`, `mfu (%)`.
    """
    from simulator.records.runs import read

    return _answer("from-runs", read(path, chip, mfu_column))


@command.command("from-quotes", short_help="Prices, from a table of quotes.")
@FILE
@CHIP
@click.option("--term", metavar="TERM", help="Use the rents of this term: 'on demand', '12 months', spot.")
@click.option(
    "--channel", type=click.Choice(["neocloud", "hyperscaler", "marketplace"]), help="Use the quotes of this channel."
)
@click.option(
    "--price-column", "price_columns", multiple=True, metavar="NAME[=UNIT]",
    help="A column of prices, if its name does not say so, and its unit: 'Hourly=USD/server/hour'.",
)  # fmt: skip
@RATE
@prior_outputs
def from_quotes(
    path: Path,
    chip: str | None,
    term: str | None,
    channel: str | None,
    price_columns: tuple[str, ...],
    rates: tuple[tuple[str, str], ...],
) -> Answer:
    """Make priors of rents, chip_price or server_price from FILE, with one row per quote.

    Columns: chip (or instance), price, unit (USD/chip/hour, USD/server/hour, USD/chip, USD/server); optional: currency,
    chips (per server), term, channel, vendor, date. Units may be in the name of a column (`price_usd_per_gpu_hour`),
    and prices of several terms side by side. Rents on demand and spot are on_demand_price and spot_price; those of
    one other term are rental_price, those of several one_year_price, three_year_price and block_price.
    """
    from simulator.records.quotes import read

    return _answer("from-quotes", read(path, chip, term, _numbers(rates), channel, price_columns))


@command.command("from-token-prices", short_help="Prices of tokens, from a price list of APIs.")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--model", metavar="NAME", help="The model: its name in the list, or provider/model.")
@click.option("--date", metavar="YYYY-MM-DD", help="The day on which the prices hold; today by default.")
@click.option("--batch", "is_batch", is_flag=True, help="Prices of requests in batches.")
@click.option(
    "--prompt-tokens",
    type=WholeNumber(1, 10**9),
    metavar="TOKENS",
    help="Tokens of a prompt, for lists with long-context tiers.",
)
@click.option(
    "--cached-share", type=Share(), metavar="SHARE",
    help="Share of the prompt that the provider reads from its cache: input_price becomes that of the mixture.",
)  # fmt: skip
@prior_outputs
def from_token_prices(
    path: Path, model: str | None, date: str | None, is_batch: bool, prompt_tokens: int | None, cached_share: float | None
) -> Answer:
    """Make priors of input_price and output_price from FILE, a price list of language-model APIs.

    JSON is read by its structure: model_prices of LiteLLM, models of OpenRouter, models.dev, llm-prices, genai-prices and
    the like. CSV has a row for each model: model, provider, input_usd_per_mtok, cache_read_usd_per_mtok,
    cache_write_usd_per_mtok, output_usd_per_mtok, condition (`from 2026-10-20`), tier (`input x2 above 200000 tokens`).
    """
    from simulator.records.token_prices import TokenOptions, read

    options = TokenOptions(model, _iso_date(date), is_batch, prompt_tokens or 0.0, cached_share or 0.0)
    return _answer("from-token-prices", read(path, options))


def _iso_date(text: str | None) -> str:
    from datetime import date

    if text is None:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise click.BadParameter(f"{text!r} is no date; write 2026-10-31", param_hint="--date") from None


def _answer(command_name: str, priors: "PriorSet") -> Answer:
    """Return the priors as YAML for scenarios, and in the other formats; notes go to standard error too."""
    from simulator.records import format_priors

    def text() -> str:
        return format_priors(priors, command_name)

    def write(path: Path) -> None:
        from simulator.core.files import write_text_atomically

        write_text_atomically(path, text())
        quantities = ", ".join(prior.quantity for prior in priors.priors)
        click.echo(f"wrote {path}: {quantities}; now extend a scenario with it: `extends: [gpt-4, {path.name}]`", err=True)

    for note in priors.notes:
        click.echo(f"- {note}", err=True)
    click.get_current_context().find_root().meta[NOTED] = [n.text for n in priors.notes if n.text.startswith("look at this")]
    return Answer(priors, lambda: _page(priors), writers={".yaml": write, ".yml": write}, texts={"yaml": text})


def _page(priors: "PriorSet") -> Page:
    from simulator.cli.output import TextTable
    from simulator.records import format_distribution

    rows = [(prior.quantity, format_distribution(prior), prior.unit, prior.grade, prior.date) for prior in priors.priors]
    table = TextTable(
        f"Priors from {priors.title}, {priors.place}", ("quantity", "distribution", "unit", "grade", "date"), rows
    )
    return Page([table], [f"{prior.quantity}: {prior.about}" for prior in priors.priors])
