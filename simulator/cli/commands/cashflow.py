"""`llmcost cashflow`: what is paid by month, or what accrues."""

from typing import TYPE_CHECKING, Any

import click

from simulator.cli.actuals import ActualsOptions, actuals_options, forecast_answer
from simulator.cli.command import Answer, outputs
from simulator.cli.options import Share, draws_option_of, open_with_warnings, override_options, run_options_with

if TYPE_CHECKING:
    from simulator.engine.options import RunOptions
    from simulator.scenario import Overrides


@click.command(context_settings={"auto_envvar_prefix": "LLMCOST"})
@click.argument("reference", metavar="SCENARIO")
@click.option(
    "--view", type=click.Choice(["cash", "accrual"]), default="cash", show_default=True,
    help="Payments when they are due, or costs when they accrue.",
)  # fmt: skip
@click.option("--accrual", is_flag=True, help="The same as --view accrual.")
@click.option("--start", metavar="MONTH", help="First month or day of the schedule, such as 2027-01.")
@click.option(
    "--period", type=click.Choice(["month", "quarter", "year"]), default="month", show_default=True, help="Period of a row."
)
@click.option(
    "--discount-rate", "rate", type=Share(), metavar="PERCENT", help="Annual discount rate, for the present value of payments."
)
@actuals_options
@override_options
@outputs()
@run_options_with(draws_option_of(20_000))
def command(
    reference: str,
    view: Any,
    start: str | None,
    period: Any,
    rate: float | None,
    reported: ActualsOptions,
    overrides: "Overrides",
    options: "RunOptions",
    *,
    accrual: bool,
) -> Answer:
    """Distribute the lines of SCENARIO over the months of its schedule: payments by their terms, or costs as they accrue.

    Both views add up draw by draw: to the cash cost, and to the total cost. A budget (--budget, or by month in the file) gives
    the probability of being within it at the end of each period. With --actuals, or `actuals:` in the file, the sums are shown
    beside those of what was spent, and of the forecast.
    """
    from simulator.analysis.cashflow import cash_flow, parse_start
    from simulator.cli.cashflow_tables import page
    from simulator.core.suggestions import InvalidValueError

    chosen: Any = "accrual" if accrual else view
    if rate and chosen == "accrual":
        raise click.UsageError("--discount-rate: a present value is that of payments; leave it out, or take --view cash")
    try:
        first = None if start is None else parse_start(start)
    except InvalidValueError as error:
        raise click.UsageError(f"--start: {error.message}") from None
    opened = open_with_warnings(reference, overrides)
    scenario = opened.scenario
    actuals = reported.read(scenario)
    if actuals is not None:
        if rate:
            raise click.UsageError("--discount-rate does not apply where what was spent is given (`actuals`); leave it out")
        return forecast_answer(opened, actuals, options, view=chosen, start=first, period=period)
    flow = cash_flow(scenario, options, rate=rate or 0.0, view=chosen, start=first, period=period)
    return Answer(flow, lambda: page(flow, options.interval, period), opened=[opened])
