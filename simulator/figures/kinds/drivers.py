"""What drives it and what would break it: inputs, levers, shocks, and the worlds in which it goes wrong."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulator.core.formatting import condition, exact, money, percent, shown
from simulator.figures.kinds.cost import scope
from simulator.figures.style import (
    FILL,
    HATCHES,
    INK,
    MAIN,
    MUTED,
    OTHER,
    PALE,
    beside,
    canvas,
    interval_bar,
    interval_name,
    label,
    legend,
    money_axis,
    plain,
    rows_axis,
    signed,
    span,
    words,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.figures import Table

MOST = 12
"""Rows of a figure: more are no longer read."""
ROW = 0.31


def tall(rows: int) -> float:
    """Return the height of axes with so many rows."""
    return 0.75 + ROW * max(2, rows)


def _rest(rows: Sequence[Any], what: str) -> str:
    return f" {len(rows) - MOST} more {what} are not shown." if len(rows) > MOST else ""


def _no_rows(axes: "Axes", text: str) -> None:
    """Say in the place of rows that there are none."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=MUTED)


def tornado(table: "Table", date: str) -> "Figure":
    """The median total with each input set to its P10 and to its P90, the widest swing first.

    Where others are correlated with an input, whiskers show the total conditional on it: with these moving along.
    """
    rows = [row for row in table["drivers"] if row["swing"]]
    rows.sort(key=lambda row: -abs(row["swing"]["median"]["p90"] - row["swing"]["median"]["p10"]))
    shown_rows = rows[:MOST]
    conditional = {
        number: row["swing"]["conditional"] for number, row in enumerate(shown_rows) if row["swing"].get("conditional")
    }
    along = " Whiskers: the input known to be there, with inputs correlated with it moving along." if conditional else ""
    figure, axes = canvas(
        table,
        f"{table['title']}: what swings the total",
        f"Median total cost, {scope(table)}",
        date,
        height=tall(len(shown_rows)),
        remark="Each input is set to its P10 and then its P90, all others drawn as they are; beside them these values."
        + along
        + _rest(rows, "inputs"),
    )
    if not shown_rows:
        _no_rows(axes, "No input has a swing of its own.")
        return figure
    ends = [row["swing"]["median"] for row in shown_rows]
    middle = _middle(ends)
    for key, colour, hatch, text in (("p10", FILL, "", "input at its P10"), ("p90", OTHER, "////", "input at its P90")):
        axes.barh(
            range(len(ends)), [each[key] - middle for each in ends], left=middle, height=0.62, color=colour, hatch=hatch,
            edgecolor=INK, linewidth=0.6, label=text,
        )  # fmt: skip
    for place, (number, pair) in enumerate(conditional.items()):
        axes.plot(
            [pair["p10"], pair["p90"]], [number, number], color=INK, linewidth=1.4, marker="|", markersize=9,
            label="conditional: correlated inputs move along" if place == 0 else None,
        )  # fmt: skip
    axes.axvline(middle, color=INK, linewidth=1)
    rows_axis(axes, [words(row["name"]) for row in shown_rows])
    reached = [each[key] for each in (*ends, *conditional.values()) for key in ("p10", "p90")]
    span(reached, pad=0.06)._replace(log=False).apply(axes.xaxis)
    inputs = [(row["swing"]["input"], row["unit"]) for row in shown_rows]
    beside(axes, [f"{_number(at['p10'], unit)} to {_said(at['p90'], unit)}" for at, unit in inputs])
    money_axis(axes.xaxis, many=5)
    legend(axes)
    return figure


def _number(value: float, unit: str) -> str:
    """Say a value without its unit."""
    return shown(value, unit).partition(" ")[0]


def _said(value: float, unit: str) -> str:
    return shown(value, "" if unit == "1" else unit)


def _middle(ends: Sequence[Mapping[str, float]]) -> float:
    """Where the two halves of the bars meet: the mean of the narrowest bar's ends, which is next to the median as it is."""
    narrow = min(ends, key=lambda each: abs(each["p90"] - each["p10"]))
    return (narrow["p10"] + narrow["p90"]) / 2


def variance(table: "Table", date: str) -> "Figure":
    """The share of the total's variance that each input carries by itself, with the error of that share."""
    rows = [row for row in table["drivers"] if row["share_of_variance"]]
    rows.sort(key=lambda row: -row["share_of_variance"]["value"])
    shown_rows = rows[:MOST]
    figure, axes = canvas(
        table,
        f"{table['title']}: what the uncertainty comes from",
        f"Share of the variance of {table['variance_of']}, {scope(table)}",
        date,
        height=tall(len(shown_rows)),
        remark="The variance that would go, in expectation, if the input were known, with all that is tied to it. Whiskers: "
        f"95% Monte Carlo interval. Hatched: an assumption, with no source or grade D.{_rest(rows, 'inputs')}",
    )
    if not shown_rows:
        _no_rows(axes, "No input has a share of the variance.")
        return figure
    values = [100 * max(0.0, row["share_of_variance"]["value"]) for row in shown_rows]
    reach = [100 * (row["share_of_variance"]["high"] - row["share_of_variance"]["value"]) for row in shown_rows]
    bars = axes.barh(range(len(values)), values, xerr=reach, height=0.62, color=FILL, edgecolor=INK, linewidth=0.6,
                     error_kw={"elinewidth": 1, "capsize": 2, "ecolor": INK})  # fmt: skip
    for bar, row in zip(bars, shown_rows, strict=True):
        bar.set_hatch(HATCHES[1] if row["grade"] in ("D", "assumption") else "")
    rows_axis(axes, [words(row["name"]) for row in shown_rows])
    axes.set_xlim(0, max(1.0, 1.06 * max(value + error for value, error in zip(values, reach, strict=True))))
    axes.set_xlabel("% of the variance")
    beside(
        axes,
        [percent(row["share_of_variance"]["value"]) if row["share_of_variance"]["low"] > 0 else "~0" for row in shown_rows],
    )
    return figure


def correlation(table: "Table", date: str) -> "Figure":
    """Rank correlations as a heat map with the numbers in it; negative ones are hatched."""
    names, ranks = table["names"], table["ranks"]
    many = len(names)
    figure, axes = canvas(
        table,
        f"{table['title']}: what goes together",
        "Rank correlation (Spearman), as drawn",
        date,
        height=0.36 * many + 0.9,
        remark="The inputs that go with the total most, and those that the scenario ties to each other "
        f"({len(table['stated'])} stated). Darker is stronger; hatched is negative.",
    )
    for row, line in enumerate(ranks):
        for column, rank in enumerate(line):
            _cell(axes, row, column, rank)
    axes.set(xlim=(-0.5, many - 0.5), ylim=(many - 0.5, -0.5))
    axes.set_yticks(range(many), [label(words(name), 2.0, 1) for name in names])
    axes.set_xticks(
        range(many), [label(words(name), 1.5, 1) for name in names], rotation=35, ha="right", rotation_mode="anchor"
    )
    axes.grid(visible=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    return figure


def _cell(axes: "Axes", row: int, column: int, rank: float) -> None:
    strength = abs(rank)
    near, far = (1.0, 1.0, 1.0), (0.047, 0.153, 0.278) if rank >= 0 else (0.612, 0.227, 0.024)
    colour = tuple(a + strength * (b - a) for a, b in zip(near, far, strict=True))
    axes.bar([column], [0.96], 0.96, bottom=row - 0.48, color=colour, edgecolor=PALE, linewidth=0.4,
             hatch="////" if rank < -0.05 else "")  # fmt: skip
    said = "1" if row == column else "0" if abs(rank) < 0.005 else f"{rank:+.2f}".replace("-", "−")
    box = {"facecolor": colour, "edgecolor": "none", "pad": 0.8} if rank < -0.05 else None
    axes.text(column, row, said, ha="center", va="center", size=7.5, color="white" if strength > 0.55 else INK, bbox=box)


def levers(table: "Table", date: str) -> "Figure":
    """What each lever saves by itself, with its interval; assumptions are hollow."""
    rows = table["levers"]
    shown_rows = rows[:MOST]
    figure, axes = canvas(
        table,
        f"{table['title']}: what each lever saves by itself",
        f"Saving of the total cost, {scope(table)}; without a lever the median is {money(table['total']['median'])}",
        date,
        height=tall(len(shown_rows)),
        remark=f"Median and interval of the saving, the largest {table['ranked_by']} net of adoption first. Savings of several "
        f"levers do not add up. Hollow: an assumption, grade D, on which a budget must not rest.{_rest(rows, 'levers')}",
    )
    if not shown_rows:
        _no_rows(axes, "No lever moves the total here.")
        return figure
    for number, row in enumerate(shown_rows):
        interval_bar(axes, number, row["saving"], colour=MUTED if row["assumption"] else MAIN)
        if row["assumption"]:
            axes.plot([row["saving"]["median"]], [number], marker="o", markersize=5.5, markerfacecolor="white",
                      markeredgecolor=MUTED, linestyle="none")  # fmt: skip
    axes.axvline(0, color=INK, linewidth=0.8)
    rows_axis(axes, [f"{words(row['name'])} ({row['sure'] or 'no grade'})" for row in shown_rows])
    span([row["saving"][key] for row in shown_rows for key in ("low", "high")], pad=0.02, zero=True)._replace(log=False).apply(
        axes.xaxis
    )
    beside(axes, [f"{signed(row['net_saving'])} net" for row in shown_rows])
    money_axis(axes.xaxis, f"USD saved: median and {interval_name(table)}", many=5)
    return figure


def stress(table: "Table", date: str) -> "Figure":
    """The total with each shock, beside the total as it is, its budget, and the mean change."""
    found = table["shocks"]
    rows = [row for row in found["worlds"] if row["change"]["moves"]]
    rows.sort(key=lambda row: -row["change"]["value"])
    shown_rows, base, budget = rows[:MOST], found["base"], table.get("budget")
    figure, axes = canvas(
        table,
        f"{table['title']}: what each shock adds",
        f"Total cost, {scope(table)}",
        date,
        height=tall(len(shown_rows) + 1),
        remark=f"Median and interval of the total in worlds with the shock; beside them the change of the "
        f"{found['ranked_by']}, paired draw by draw, and the grade of the shock.{_rest(rows, 'shocks')}",
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
    said = "" if share is None else f" ({'+' if share >= 0 else '−'}{percent(abs(share))})"
    return f"{signed(row['change']['value'])}{said} {row['sure']}"


MOST_PORTRAYED = 8


def reverse(table: "Table", date: str) -> "Figure":
    """The inputs in the worlds in which the condition holds, each on the scale of its usual interval."""
    found = table["reverse"]
    rows = [row for row in found["inputs"] if row["clear"]][:MOST_PORTRAYED]
    chance = percent(found["chance"]["value"])
    which = condition(found["quantity"], found["amount"], found["unit"], above=found["above"])
    figure, axes = canvas(
        table,
        f"{table['title']}: worlds in which {which}",
        f"{chance} of all worlds; {scope(table)}",
        date,
        height=tall(len(rows)),
        remark=(f"{plain(found['sentence'])}. " if found["sentence"] else "")
        + "Scale: each input's own usual interval. The most surprising first (Kolmogorov-Smirnov distance in brackets); beside "
        "them the medians.",
    )
    if not rows:
        _no_rows(axes, "No input is told from luck.")
        return figure
    for number, row in enumerate(rows):
        axes.barh([number], [2], left=-1, height=0.5, color=PALE, linewidth=0, label="usual" if number == 0 else None)
        there = {key: _placed(value, row["usual"]) for key, value in row["then"].items()}
        interval_bar(axes, number, there, colour=OTHER)
    axes.plot([0, 0], [-0.6, len(rows) - 0.4], color=MUTED, linewidth=0.8, linestyle=":")
    axes.plot([], [], color=OTHER, marker="o", linewidth=2.2, label=f"in these worlds (median, {interval_name(table)})")
    rows_axis(axes, [f"{words(row['name'])} ({row['surprise']:.2f})" for row in rows])
    edge = max(1.15, *(abs(_placed(row["then"][key], row["usual"])) * 1.05 for row in rows for key in ("low", "high")))
    axes.set_xlim(-min(edge, 2.5), min(edge, 2.5))
    axes.set_xticks([-1, 0, 1], ["low end", "median", "high end"])
    axes.set_xlabel("on the usual interval of each input")
    medians = [(row["then"]["median"], row["usual"]["median"], row["unit"]) for row in rows]
    beside(axes, [f"{_number(then, unit)} (usual {_said(usual, unit)})" for then, usual, unit in medians])
    legend(axes)
    return figure


def _placed(value: float, usual: Mapping[str, float]) -> float:
    """Where a value stands on the usual interval: -1 and 1 at its ends, 0 at the median."""
    away = value - usual["median"]
    room = usual["high"] - usual["median"] if away > 0 else usual["median"] - usual["low"]
    return away / room if room > 0 else 0.0
