"""What each lever saves and each shock adds, by itself."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.core.formatting import exact, money, percent
from simulator.figures.axes import (
    MOST_ROWS,
    beside,
    interval_bar,
    legend,
    money_axis,
    no_rows,
    rest_of_rows,
    rows_axis,
    rows_height,
    span,
)
from simulator.figures.data import Asked, header
from simulator.figures.phrases import interval_name, listed, range_text, scope, title_of
from simulator.figures.registry import Parts, Table
from simulator.figures.style import INK, MAIN, MUTED, OTHER, canvas
from simulator.figures.text import signed, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def levers_table(request: Asked) -> dict[str, Any]:
    """Apply each lever by itself."""
    from simulator.analysis.levers import DRAWS as USUAL
    from simulator.analysis.levers import rank, summary

    draws = request.many(USUAL)
    ranking = rank(
        request.reference,
        **request.reading,
        draws=draws,
        seed=request.seed,
        threads=request.threads,
        progress=request.steps(draws),
    )
    return summary(ranking, request.interval) | {"scope": ranking.scenario.scope}


def stress_table(request: Asked) -> dict[str, Any]:
    """Apply each shock by itself."""
    from simulator.analysis.stress import stress as stress_by_shock

    reading = dict(request.reading)
    named = reading.pop("shocks", ())
    draws = request.many(20_000)
    shocks = stress_by_shock(request.reference, named, **reading, draws=draws, seed=request.seed, **request.options())
    return header(request.one, draws, request.seed, request.interval) | {"budget": request.one.budget, "shocks": shocks}


def draw_levers(table: Table, date: str) -> "Figure":
    """What each lever saves by itself, with its interval; assumptions are hollow."""
    rows = table["levers"]
    shown_rows = rows[:MOST_ROWS]
    figure, axes = canvas(
        table,
        f"{table['title']}: what each lever saves by itself",
        f"Saving of the total cost, {scope(table)}; without a lever the median is {money(table['total']['median'])}",
        date,
        height=rows_height(len(shown_rows)),
        remark=f"Median and interval of the saving, the largest {table['ranked_by']} net of adoption first. Savings of several "
        f"levers do not add up. Hollow: an assumption, grade D, on which a budget must not rest.{rest_of_rows(rows, 'levers')}",
    )
    if not shown_rows:
        no_rows(axes, "No lever moves the total here.")
        return figure
    for number, row in enumerate(shown_rows):
        interval_bar(axes, number, row["saving"], colour=MUTED if row["assumption"] else MAIN)
        if row["assumption"]:
            axes.plot([row["saving"]["median"]], [number], marker="o", markersize=5.5, markerfacecolor="white",
                      markeredgecolor=MUTED, linestyle="none")  # fmt: skip
    axes.axvline(0, color=INK, linewidth=0.8)
    rows_axis(axes, [f"{words(row['name'])} ({row['grade'] or 'no grade'})" for row in shown_rows])
    span([row["saving"][key] for row in shown_rows for key in ("low", "high")], pad=0.02, zero=True)._replace(log=False).apply(
        axes.xaxis
    )
    beside(axes, [f"{signed(row['net_saving'])} net" for row in shown_rows])
    money_axis(axes.xaxis, f"USD saved: median and {interval_name(table)}", many=5)
    return figure


def draw_stress(table: Table, date: str) -> "Figure":
    """The total with each shock, beside the total as it is, its budget, and the mean change."""
    shocks = table["shocks"]
    rows = [row for row in shocks["cases"] if row["change"]["moves"]]
    rows.sort(key=lambda row: -row["change"]["value"])
    shown_rows, base, budget = rows[:MOST_ROWS], shocks["base"], table.get("budget")
    figure, axes = canvas(
        table,
        f"{table['title']}: what each shock adds",
        f"Total cost, {scope(table)}",
        date,
        height=rows_height(len(shown_rows) + 1),
        remark=f"Median and interval of the total in draws with the shock; beside them the change of the "
        f"{shocks['ranked_by']}, paired draw by draw, and the grade of the shock.{rest_of_rows(rows, 'shocks')}",
    )
    interval_bar(axes, 0, base, colour=OTHER, marker="s")
    for number, row in enumerate(shown_rows, start=1):
        interval_bar(axes, number, row)
    axes.axvline(base["median"], color=OTHER, linewidth=1, linestyle=":", label="median without a shock")
    values = [each[key] for each in (base, *shown_rows) for key in ("low", "high")]
    if budget is not None:
        axes.axvline(budget, color=INK, linewidth=1.2, linestyle="-.", label=f"budget {exact(budget)}")
        values += [budget] if budget < 3 * max(values) else []
    rows_axis(axes, ["no shock", *(" + ".join(words(shock) for shock in row["shocks"]) for row in shown_rows)])
    span(values).apply(axes.xaxis)
    beside(axes, ["", *(_change(row) for row in shown_rows)])
    money_axis(axes.xaxis, f"USD: median and {interval_name(table)}", many=5)
    legend(axes)
    return figure


def _change(row: Mapping[str, Any]) -> str:
    share = row["change"]["share"]
    part = "" if share is None else f" ({'+' if share >= 0 else '−'}{percent(abs(share))})"
    return f"{signed(row['change']['value'])}{part} {row['grade']}"


def levers_text(table: Table) -> str:
    """Say what each lever saves."""
    texts = [f"{words(row['name'])} {money(row['saving']['median'])} ({range_text(row['saving'])})" for row in table["levers"]]
    return f"What each lever saves on {title_of(table)} by itself, median and interval: {listed(texts)}."


def stress_text(table: Table) -> str:
    """Say what each shock adds."""
    rows = sorted(table["shocks"]["cases"], key=lambda row: -row["change"]["value"])
    texts = [f"{words(row['name'])} {money(row['change']['value'])}" for row in rows if row["change"]["moves"]]
    return f"What each shock adds to the {table['shocks']['ranked_by']} of the total of {title_of(table)}: {listed(texts)}."


PARTS = {
    "levers": Parts(levers_table, draw_levers, levers_text),
    "stress": Parts(stress_table, draw_stress, stress_text),
}
