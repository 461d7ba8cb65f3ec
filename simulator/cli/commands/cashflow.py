"""`llmcost cashflow`: spending over time."""

from typing import TYPE_CHECKING

import click

from simulator.cli.cells import format_band
from simulator.cli.command import Answer, Page, outputs
from simulator.cli.options import Share, draws_option_of, open_with_warnings, override_options, run_options_with

if TYPE_CHECKING:
    from simulator.analysis.cashflow import CashFlow
    from simulator.cli.output import TextTable
    from simulator.core.levels import Level
    from simulator.engine.options import RunOptions
    from simulator.scenario import Overrides


@click.command(context_settings={"auto_envvar_prefix": "LLMCOST"})
@click.argument("reference", metavar="SCENARIO")
@click.option("--rate", type=Share(), metavar="PERCENT", help="Annual discount rate, for the present value.")
@click.option(
    "--by", type=click.Choice(["month", "quarter", "year"]), default="month", show_default=True, help="Period of a row."
)
@override_options
@outputs()
@run_options_with(draws_option_of(20_000))
def command(reference: str, rate: float | None, by: str, overrides: "Overrides", options: "RunOptions") -> Answer:
    """Spread the lines of SCENARIO over the months of its schedule, with intervals."""
    from simulator.analysis.cashflow import PERIODS, NoScheduleError, cash_flow

    scenario = open_with_warnings(reference, overrides).scenario
    try:
        flow = cash_flow(scenario, options, rate=rate or 0.0, months=PERIODS[by])
    except NoScheduleError as error:
        raise click.UsageError(f"{reference} {error}") from None
    return Answer(flow, lambda: _page(flow, options.interval, by))


def _page(flow: "CashFlow", interval: "Level", by: str) -> Page:
    from simulator.core.formatting import interval_name

    name = interval_name(interval)
    remark = "; means do (in the JSON)" if flow.periods[0].lines else ""
    notes = [
        f"intervals are of each period separately: their bounds do not add up{remark}",
        *map(str, flow.notes),
        f"{flow.header.draws:,} draws, seed {flow.header.seed}",
    ]
    return Page([_phase_table(flow, name), _period_table(flow, name, by), _total_table(flow, name)], notes)


def _phase_table(flow: "CashFlow", interval: str) -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_significant, to_words

    rows = [
        (to_words(phase), format_significant(end.median), f"{format_significant(end.low)} to {format_significant(end.high)}")
        for phase, end in flow.phases.items()
    ]
    return TextTable("End of each phase, in months", ("", ">median", f">{interval}"), rows)


def _period_table(flow: "CashFlow", interval: str, by: str) -> "TextTable":
    from simulator.analysis.cashflow import PERIODS
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money

    rows = []
    for period in flow.periods:
        outlay, cumulative = period.outlay, period.cumulative
        cells = [f"{period.from_month // PERIODS[by] + 1}", format_money(outlay.median), format_band(outlay)]
        cells += [format_money(cumulative.median), format_band(cumulative)]
        rows.append((*cells, format_money(period.then_year.median)) if flow.has_escalation else tuple(cells))
    columns = (
        *(f">{by}", ">spent", f">{interval}", ">so far", f">{interval}"),
        *([">then-year"] if flow.has_escalation else []),
    )
    return TextTable(f"Spent by {by}, in {flow.header.money}", columns, rows)


def _total_table(flow: "CashFlow", interval: str) -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money, format_percent

    bands = {"total": flow.total}
    if flow.has_escalation:
        bands["in then-year money"] = flow.then_year
    if flow.rate:
        bands[f"present value at {format_percent(flow.rate)}"] = flow.present_value
    rows = [(name, format_money(band.median), format_band(band)) for name, band in bands.items()]
    return TextTable("Totals", ("", ">median", f">{interval}"), rows)
