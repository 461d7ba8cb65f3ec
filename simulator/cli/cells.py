"""Amounts on the command line, and the cells that several pages share."""

from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from simulator.analysis.statistics import Estimate
    from simulator.core.formatting import IntervalBounds
    from simulator.engine.summaries import SummaryStatistics

BAR_WIDTH = 30


def parse_amount(text: str, unit: str, option: str) -> float:
    """Parse one amount with its unit, such as `150e6` or `18 month`, and return it in canonical units."""
    from simulator.scenario.values import amount_of

    try:
        return amount_of(text, unit)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None


class Overrun(Protocol):
    """Expected overrun of a budget in USD, and that where it is exceeded; None where there is no mean or no overrun."""

    @property
    def expected_overrun(self) -> float | None: ...

    @property
    def expected_overrun_given_overrun(self) -> float | None: ...


def overrun_rows(budget: Overrun, cvar: float | None = None) -> list[tuple[str, str, str, str]]:
    """Return the table rows of the expected overrun, the expected overrun given an overrun, and CVaR95."""
    from simulator.core.formatting import format_money

    rows = [("expected overrun", format_money(budget.expected_overrun), "mean of the excess over the budget, 0 within it", "")]
    if budget.expected_overrun_given_overrun is not None:
        conditional = format_money(budget.expected_overrun_given_overrun)
        rows.append(("given an overrun", conditional, "mean of the excess where the budget is exceeded", ""))
    if cvar is not None:
        rows.append(("CVaR95 of the total", format_money(cvar), "mean of the total in its worst 5%", ""))
    return rows


def describe_error(total: "SummaryStatistics") -> str:
    """Return the largest relative Monte Carlo error of the median and the interval bounds of a total, in words."""
    from simulator.core.formatting import format_percent

    errors = ((total.mcse.median, total.median), (total.mcse.low, total.low), (total.mcse.high, total.high))
    size = max(abs(error) / abs(figure or 1) for error, figure in errors)
    return f"Monte Carlo standard error of the total's median and interval: up to {format_percent(size)}"


def format_band(figures: "IntervalBounds") -> str:
    """Format an interval of amounts."""
    from simulator.core.formatting import format_money, without_residue

    low, high = without_residue(figures.low, figures.high), without_residue(figures.high, figures.low)
    return f"{format_money(low)} to {format_money(high)}"


def text_bar(share: float) -> str:
    """Format a share as a bar of characters."""
    return "#" * round(BAR_WIDTH * share)


def format_probability(estimate: "Estimate") -> str:
    """Format a probability with its Monte Carlo error: `63% +-0.2`."""
    from simulator.core.formatting import format_percent, format_significant

    value, error = estimate.value, estimate.error
    if error == 0:
        return format_percent(value)
    text = f"{format_significant(100 * value)}%" if value <= 0.99 else format_percent(value)  # never rounded to certainty
    return f"{text} +-{format_significant(100 * error, 1)}"
