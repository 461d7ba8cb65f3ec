"""Phrases that drawings and alternative texts share."""

from collections.abc import Callable
from typing import Any

from simulator.core.formatting import exact, money, percent, shown
from simulator.figures.registry import Table
from simulator.figures.text import plain

_NAMED = 5

_MOST_LETTERS = 120  # letters of a title


def scope(table: Table) -> str:
    """Say what is counted, and in which money."""
    parts = [str(table[key]) for key in ("scope", "money") if table.get(key)]
    return ", ".join(text for text in parts if text != "total cost")


def target_text(target: Table, key: str, form: Callable[[float], str]) -> str:
    """Say an amount that somebody has given with all its digits, one that comes of the draws as `say` does."""
    return exact(target[key]) if target["given"] else form(target[key])


def point_text(point: Table) -> str:
    """Say the amount of the point estimate."""
    return target_text(point, "amount", money)


def value_text(value: float, unit: str) -> str:
    """Say a value with its unit."""
    return shown(value, "" if unit == "1" else unit)


def number_text(value: float, unit: str) -> str:
    """Say a value without its unit."""
    return shown(value, unit).partition(" ")[0]


def interval_name(table: Table) -> str:
    """Name the interval of a table: `95% CI`."""
    return f"{table['interval']:.10g}% CI"


def title_of(table: Table) -> str:
    """Return the title of a table, shortened."""
    title = plain(table["title"])
    return title if len(title) <= _MOST_LETTERS else f"{title[: _MOST_LETTERS - 1].rstrip()}…"


def range_text(figures: Any) -> str:
    """Say the ends of an interval."""
    return f"{money(figures['low'])} to {money(figures['high'])}"


def total_text(table: Table) -> str:
    """Say the median and the interval of a total."""
    return f"median {money(table['total']['median'])} USD, {table['interval']:g}% interval {range_text(table['total'])}"


def budget_text(table: Table) -> str:
    """Say with which probability the budget is kept, where there is one."""
    stands = table.get("budget")
    if stands is None:
        return ""
    return f"; the budget of {exact(stands['amount'])} is kept with {percent(stands['probability_within'])} probability"


def listed(texts: list[str]) -> str:
    """Join texts, the first few of them."""
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return "; ".join(texts[:_NAMED]) + more if texts else "none"


def growth_text(table: Table) -> str:
    """Say how fast a cost grows, with its interval."""
    growth = table["growth"]
    return (
        f"{table['cost']} cost of {table['n']} models grows {growth['value']:.2f} times a year ({table['interval']:g}% "
        f"interval {growth['low']:.2f} to {growth['high']:.2f})"
    )
