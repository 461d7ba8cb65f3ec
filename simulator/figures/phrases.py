"""Phrases shared by drawings and alternative texts."""

from collections.abc import Callable
from typing import Any

from simulator.core.formatting import format_exact, format_money, format_percent, format_quantity
from simulator.figures.registry import FigureTable
from simulator.figures.text import to_plain

_MAX_TEXTS = 5

_MAX_TITLE_LENGTH = 120  # characters


def scope_text(table: FigureTable) -> str:
    """Return the scope of a total and its money."""
    parts = [str(table[key]) for key in ("scope", "money") if table.get(key)]
    return ", ".join(text for text in parts if text != "total cost")


def target_text(target: FigureTable, key: str, format_value: Callable[[float], str]) -> str:
    """Format a target: exactly if the user specified it, with `format_value` if it comes from the draws."""
    return format_exact(target[key]) if target["given"] else format_value(target[key])


def point_text(point: FigureTable) -> str:
    """Format the amount of the point estimate."""
    return target_text(point, "amount", format_money)


def value_text(value: float, unit: str) -> str:
    """Format a value with its unit."""
    return format_quantity(value, "" if unit == "1" else unit)


def number_text(value: float, unit: str) -> str:
    """Format a value without its unit."""
    return format_quantity(value, unit).partition(" ")[0]


def interval_name(table: FigureTable) -> str:
    """Return the name of the interval of a table: `95% CI`."""
    return f"{table['interval']:.10g}% CI"


def short_title(table: FigureTable) -> str:
    """Return the title of a table, truncated if it is long."""
    title = to_plain(table["title"])
    return title if len(title) <= _MAX_TITLE_LENGTH else f"{title[: _MAX_TITLE_LENGTH - 1].rstrip()}…"


def range_text(figures: Any) -> str:
    """Format the bounds of an interval."""
    return f"{format_money(figures['low'])} to {format_money(figures['high'])}"


def total_text(table: FigureTable) -> str:
    """Describe the median and the interval of a total."""
    return f"median {format_money(table['total']['median'])} USD, {table['interval']:g}% interval {range_text(table['total'])}"


def budget_text(table: FigureTable) -> str:
    """Describe the probability of staying within the budget, if there is one."""
    budget = table.get("budget")
    if budget is None:
        return ""
    probability = format_percent(budget["probability_within"])
    return f"; {probability} probability of staying within the budget of {format_exact(budget['amount'])}"


def join_texts(texts: list[str]) -> str:
    """Join the first few of several texts."""
    more = f" and {len(texts) - _MAX_TEXTS} more" if len(texts) > _MAX_TEXTS else ""
    return "; ".join(texts[:_MAX_TEXTS]) + more if texts else "none"


def growth_text(table: FigureTable) -> str:
    """Describe the growth of a cost, with its interval."""
    growth = table["growth"]
    return (
        f"{table['cost']} cost of {table['n']} models grows {growth['value']:.2f} times a year ({table['interval']:g}% "
        f"interval {growth['low']:.2f} to {growth['high']:.2f})"
    )
