"""Phrases shared by drawings and alternative texts."""

from collections.abc import Callable
from typing import Protocol

from simulator.core.formatting import (
    IntervalBounds,
    MedianAndBounds,
    format_exact,
    format_exact_money,
    format_money,
    format_percent,
    format_quantity,
    format_signed_money,
)
from simulator.core.money import is_amount
from simulator.core.results import AnalysisResult
from simulator.figures.text import to_plain

_MAX_TEXTS = 5

_MAX_TITLE_LENGTH = 120  # characters

_MAX_SUBTITLE_TITLE = 60  # characters


class Amount(Protocol):
    """An amount in USD, and whether the user specified it."""

    @property
    def amount(self) -> float: ...

    @property
    def is_given(self) -> bool: ...


class RankedAmount(Amount, Protocol):
    """An amount in USD with its percentile in the draws."""

    @property
    def percentile(self) -> float: ...


class AmountAndProbability(Protocol):
    """A budget in USD, and the probability of staying within it."""

    @property
    def amount(self) -> float: ...

    @property
    def probability_within(self) -> float: ...


def money_text(table: AnalysisResult, value: float, *, is_given: bool = False) -> str:
    """Format an amount with its currency: `$22.5M`, `€22.5M`; exactly if the user specified it."""
    text = (format_exact_money if is_given else format_money)(value, table.header.currency)
    return text.replace("-", "−", 1) if value < 0 else text


def change_text(table: AnalysisResult, value: float) -> str:
    """Format a change of an amount with its sign and currency: `+$22.5M`."""
    return format_signed_money(value, table.header.currency).replace("-", "−", 1)


def sentence(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def subtitle(table: AnalysisResult, what: str) -> str:
    """Return the subtitle of a figure: its scenario, and what is shown with its scope and money."""
    title = to_plain(table.header.title or "")
    shown = title if len(title) <= _MAX_SUBTITLE_TITLE else f"{title[: _MAX_SUBTITLE_TITLE - 1].rstrip()}…"
    return f"{shown}: {', '.join(text for text in (what, scope_text(table)) if text)}"


def scope_text(table: AnalysisResult) -> str:
    """Return the scope of a total and its money."""
    return ", ".join(text for text in (table.header.scope, table.header.money) if text and text != "total cost")


def value_or_exact(value: float, format_value: Callable[[float], str], *, is_given: bool) -> str:
    """Format a target: exactly if the user specified it, with `format_value` if it comes from the draws."""
    return format_exact(value) if is_given else format_value(value)


def point_text(point: Amount) -> str:
    """Format the amount of the point estimate."""
    return value_or_exact(point.amount, format_money, is_given=point.is_given)


def point_label(table: AnalysisResult, point: RankedAmount) -> str:
    """Return the label of the point estimate, with its percentile."""
    return f"point estimate {money_text(table, point.amount, is_given=point.is_given)} (P{point.percentile:.0f})"


def value_text(value: float, unit: str) -> str:
    """Format a value with its unit."""
    return format_quantity(value, "" if unit == "1" else unit)


def number_text(value: float, unit: str) -> str:
    """Format a value without its unit, or an amount with its currency."""
    text = format_quantity(value, unit)
    return text if is_amount(unit) else text.partition(" ")[0]


def interval_name(table: AnalysisResult) -> str:
    """Return the name of the interval of a table: `95% CI`."""
    return table.header.interval_name


def short_title(table: AnalysisResult) -> str:
    """Return the title of a table, truncated if it is long."""
    title = to_plain(table.header.title or "")
    return title if len(title) <= _MAX_TITLE_LENGTH else f"{title[: _MAX_TITLE_LENGTH - 1].rstrip()}…"


def range_text(figures: IntervalBounds) -> str:
    """Format the bounds of an interval."""
    return f"{format_money(figures.low)} to {format_money(figures.high)}"


def total_text(table: AnalysisResult, total: MedianAndBounds) -> str:
    """Describe the median and the interval of the total of a table."""
    return (
        f"median {format_money(total.median)} {table.header.currency}, {table.header.interval:g}% interval {range_text(total)}"
    )


def budget_text(budget: AmountAndProbability | None) -> str:
    """Describe the probability of staying within the budget, if there is one."""
    if budget is None:
        return ""
    probability = format_percent(budget.probability_within)
    return f"; {probability} probability of staying within the budget of {format_exact(budget.amount)}"


def join_texts(texts: list[str]) -> str:
    """Join the first few of several texts."""
    more = f" and {len(texts) - _MAX_TEXTS} more" if len(texts) > _MAX_TEXTS else ""
    return "; ".join(texts[:_MAX_TEXTS]) + more if texts else "none"
