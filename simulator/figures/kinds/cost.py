"""What it may cost: distribution, chance by amount, lines, months, and cost with date."""

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from simulator.core.formatting import digits, exact, money, percent
from simulator.figures.style import (
    COLOURS,
    FILL,
    HATCHES,
    INK,
    MAIN,
    MUTED,
    OTHER,
    PALE,
    bare_minor,
    beside,
    canvas,
    interval_bar,
    interval_name,
    label,
    legend,
    money_axis,
    rows_axis,
    span,
    words,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.figures import Table

BEYOND = 3.0
"""A budget this many times beyond the other amounts is named and not drawn: the rest would be a stroke at the edge."""
MOST_LINES = 9


def scope(table: "Table") -> str:
    """Say what is counted, and in which money."""
    said = [str(table[key]) for key in ("scope", "money") if table.get(key)]
    return ", ".join(text for text in said if text != "total cost")


def target_said(target: "Table", key: str, say: Callable[[float], str]) -> str:
    """Say an amount that somebody has given with all its digits, one that comes of the draws as `say` does."""
    return exact(target[key]) if target["given"] else say(target[key])


def point_said(point: "Table") -> str:
    """Say the amount of the point estimate."""
    return target_said(point, "amount", money)


def histogram(table: "Table", date: str) -> "Figure":
    """The distribution of the total as shares of the draws, with its interval, median, point estimate and budget."""
    total, edges, shares = table["total"], table["edges"], table["shares"]
    beyond = [f"{percent(table[side])} of the draws lie {side}" for side in ("below", "above") if table[side] > 0]
    remark = f"Bars show the share of draws in each step of amounts{'; ' + ', '.join(beyond) if beyond else ''}."
    figure, axes = canvas(
        table, f"{table['title']}: what it may cost", f"Total cost, {scope(table)}", date, remark=remark, height=3.3
    )
    widths = [high - low for low, high in pairwise(edges)]
    inside = [within(step, total) for step in pairwise(edges)]
    bars = axes.bar(edges[:-1], [100 * share for share in shares], widths, align="edge", edgecolor="white", linewidth=0.4)
    for bar, shown in zip(bars, inside, strict=True):
        bar.set_facecolor(FILL if shown else PALE)
    span(edges, pad=0.02).apply(axes.xaxis)
    handles = [bars[inside.index(True)]] if True in inside else []
    said = [f"{interval_name(table)}: {money(total['low'])} to {money(total['high'])}"] if handles else []
    handles += _lines_at(axes, _amounts(table))
    said += [text for _, text, _, _ in _amounts(table)]
    axes.legend(handles, said, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)
    axes.set_ylabel("% of draws")
    money_axis(axes.xaxis)
    axes.grid(visible=False, axis="x")
    return figure


def within(step: tuple[float, float], figures: "Table") -> bool:
    """Whether a step of a histogram lies within an interval, or holds it."""
    low, high = step
    return figures["low"] <= (low + high) / 2 <= figures["high"] or low <= figures["low"] <= figures["high"] <= high


def _amounts(table: "Table") -> list[tuple[float, str, str, Any]]:
    """The amounts that a reader looks for: value, text, colour, line style."""
    total, point = table["total"], table["point_estimate"]
    found = [
        (total["median"], f"P50 {money(total['median'])}", MAIN, "-"),
        (total["quantiles"]["80"], f"P80 {money(total['quantiles']['80'])}", MAIN, "--"),
        (point["amount"], f"point estimate {point_said(point)} (P{point['percentile']:.0f})", MUTED, ":"),
    ]
    stands = table.get("budget")
    if stands is not None:
        within = percent(stands["probability_within"])
        found.append((stands["amount"], f"budget {exact(stands['amount'])} ({within} to stay within)", OTHER, "-."))
    return found


def _lines_at(axes: "Axes", amounts: list[tuple[float, str, str, Any]]) -> list[Any]:
    """Draw an upright line at each amount that the axis reaches; return what the legend shows for all."""
    low, high = axes.get_xlim()
    drawn = []
    for value, _, colour, style in amounts:
        line = axes.axvline(value, color=colour, linestyle=style, linewidth=1.6)
        if not low <= value <= high:
            line.set_xdata([])
            line.set_ydata([])
        drawn.append(line)
    axes.set_xlim(low, high)
    return drawn


def s_curve(table: "Table", date: str) -> "Figure":
    """The chance to stay within each amount, with P50, P80, budget and point estimate."""
    curve = table["s_curve"]
    amounts, chances = curve["amount"], [100 * chance for chance in curve["chance"]]
    figure, axes = canvas(
        table, f"{table['title']}: chance to stay within an amount", f"Total cost, {scope(table)}", date, height=3.4
    )
    axes.plot(amounts, chances, color=MAIN, linewidth=2.2)
    stands, point = table.get("budget"), table["point_estimate"]
    marks = [
        (table["total"]["median"], 50.0, f"P50 {money(table['total']['median'])}", "o", MAIN),
        (table["total"]["quantiles"]["80"], 80.0, f"P80 {money(table['total']['quantiles']['80'])}", "s", MAIN),
        (point["amount"], point["percentile"], f"point estimate {point_said(point)} (P{point['percentile']:.0f})",
         "^", FILL),
    ]  # fmt: skip
    if stands is not None:
        within = stands["probability_within"]
        marks.append((stands["amount"], 100 * within, f"budget {exact(stands['amount'])} ({percent(within)})", "D", OTHER))
    near = [value for mark in marks for value in _near(mark[0], amounts)]
    ends = span([*amounts, *near], pad=0.02)
    ends.apply(axes.xaxis)
    for value, chance, text, marker, colour in marks:
        if ends.low <= value <= ends.high:
            axes.plot([ends.low, value, value], [chance, chance, 0], color=colour if colour != FILL else MUTED,
                      linewidth=0.8, linestyle=":")  # fmt: skip
            axes.plot([value], [chance], marker=marker, color=colour, markersize=7, markeredgecolor=INK, markeredgewidth=0.7,
                      linestyle="none", label=text, zorder=3)  # fmt: skip
        else:
            axes.plot([], [], marker=marker, color=colour, markersize=7, linestyle="none", label=f"{text}, off the scale")
    axes.set_ylim(0, 100)
    axes.set_ylabel("chance to stay within, %")
    money_axis(axes.xaxis)
    legend(axes, columns=2)
    return figure


def breakdown(table: "Table", date: str) -> "Figure":
    """Mean shares of the lines in one bar, and below each line's median and interval."""
    lines = [(name, told) for name, told in table["quantities"].items() if told["role"] == "line"]
    total = next(told for told in table["quantities"].values() if told["role"] == "total")
    lines.sort(key=lambda line: -_mean_share(line[1]))
    height = 1.15 + 0.34 * (min(len(lines), MOST_LINES) + 1)
    figure, (top, bottom) = canvas(
        table,
        f"{table['title']}: what it is spent on",
        f"Lines of the total cost, {scope(table)}",
        date,
        rows=2,
        height=height,
        gridspec_kw={"height_ratios": [0.62, height - 1.15]},
        remark=_of_lines(len(lines)),
    )
    _stack(top, lines)
    shown = lines[:MOST_LINES]
    for row, (_, told) in enumerate(shown):
        interval_bar(bottom, row, told)
    interval_bar(bottom, len(shown), total, colour=OTHER, marker="s")
    rows_axis(bottom, [*(words(name) for name, _ in shown), "total"])
    beside(bottom, [_share(told) for _, told in shown])
    span([end for _, told in [*shown, ("", total)] for end in (told["low"], told["high"])], pad=0.02, zero=True).apply(
        bottom.xaxis
    )
    money_axis(bottom.xaxis, f"USD: median and {interval_name(table)}")
    return figure


def _of_lines(count: int) -> str:
    rest = f" The {count - MOST_LINES} smallest lines are left out below." if count > MOST_LINES else ""
    return f"Shares of the total are means over the draws and add up; medians and intervals of lines do not.{rest}"


def _share(told: Any) -> str:
    """Say the share of a line with its interval."""
    share = told.get("share")
    return f"{percent(share['mean'])} ({percent(share['low'])} to {percent(share['high'])})" if share else ""


def _mean_share(told: Any) -> float:
    """The mean over the draws of a line's share of the total, which no tail makes unstable."""
    return float(told["share"]["mean"])


def _stack(axes: "Axes", lines: list[tuple[str, Any]]) -> None:
    """One bar of mean shares, the largest first; what does not fit the palette is one part."""
    most = len(COLOURS)
    parts = [(words(name), _mean_share(told)) for name, told in lines]
    if len(parts) > most:
        rest = parts[most - 1 :]
        parts = [*parts[: most - 1], (f"{len(rest)} others", sum(share for _, share in rest))]
    start = 0.0
    for number, (name, share) in enumerate(parts):
        bar = axes.barh([0], [100 * share], left=start, height=0.7, color=COLOURS[number], hatch=HATCHES[number],
                        edgecolor=INK, linewidth=0.6, label=f"{label(name, 2.4, 1)} {percent(share)}")  # fmt: skip
        bar[0].set_gid(f"part-{number}")
        start += 100 * share
    axes.set_xlim(min(0.0, start), max(100.0, start))
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("% of the total")
    legend(axes, columns=3)


_STEP, _STEPS = 0.07, 4  # names of phases stand above each other, so that short phases do not hide them


def cashflow(table: "Table", date: str) -> "Figure":
    """Money spent so far, month by month: median, half of the draws, and the interval; ends of phases as ticks above."""
    months = [0, *(period["from_month"] + period["months"] for period in table["periods"])]
    figure, axes = canvas(
        table,
        f"{table['title']}: when the money goes out",
        f"Cost so far by month, {scope(table)}, base-year money",
        date,
        height=3.4,
        remark="The fan is of each month alone. The dates at which phases end are medians.",
    )

    def row(key: str) -> list[float]:
        return [0.0, *(period["cumulative"][key] for period in table["periods"])]

    axes.fill_between(months, row("low"), row("high"), color=FILL, alpha=0.55, linewidth=0, label=interval_name(table))
    axes.fill_between(months, row("q25"), row("q75"), color="#4a7fb0", alpha=0.75, linewidth=0, label="half of the draws")
    axes.plot(months, row("median"), color=MAIN, linewidth=2, label="median")
    axes.set_xlim(0, max(months))
    ends = sorted(table["phases"].items(), key=lambda item: item[1]["median"])
    top = max(row("high")) * (1.04 + _STEP * min(len(ends), _STEPS)) or 1.0  # room for the names above the fan
    axes.set_ylim(0, top)
    for number, (phase, told) in enumerate(ends):
        at = min(told["median"], max(months))
        axes.plot([at, at], [0, top], color=MUTED, linestyle=":", linewidth=0.9)
        axes.annotate(
            f"{words(phase)} ends", (at, top * (0.99 - _STEP * (number % _STEPS))), ha="right", va="top", size=7, color=INK,
            xytext=(-2, 0), textcoords="offset points", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )  # fmt: skip
    axes.set_xlabel("months from the start")
    money_axis(axes.yaxis)
    legend(axes)
    return figure


def _near(target: float, values: list[float]) -> list[float]:
    """A target that is near enough to stand in the figure."""
    return [target] if min(values) / BEYOND <= target <= max(values) * BEYOND else []


def joint(table: "Table", date: str) -> "Figure":
    """Worlds by month and cost, with the share in each quadrant about the targets, and the frontier of equal confidence."""
    points, shares = table["points"], table["quadrants"]
    cost, latest = table["cost_target"]["amount"], table["date_target"]["months"]
    figure, axes = canvas(
        table,
        f"{table['title']}: cost and date together",
        f"Total cost by {words(table['time'])}, {scope(table)}",
        date,
        height=3.8,
        remark=f"{len(points['cost']):,} of the draws are shown; shares are of all. Along a frontier the chance to meet both "
        f"targets is the same; it is told up to the P{table['frontier_up_to']:g} of both. Rank correlation of cost and date "
        f"{table['rank_correlation']:+.2f}.",
    )
    axes.scatter(points["months"], points["cost"], s=5, color=FILL, edgecolors=MAIN, linewidths=0.25, rasterized=True)
    for (level, line), style in zip(table["frontier"].items(), ("--", "-"), strict=False):
        axes.plot(line["months"], line["cost"], color=MAIN, linestyle=style, linewidth=1.8, label=f"frontier of {level}%")
    most, soon = target_said(table["cost_target"], "amount", money), target_said(table["date_target"], "months", digits)
    tall = span([*points["cost"], *_near(cost, points["cost"])], pad=0.1)
    wide = span([*points["months"], *_near(latest, points["months"])], pad=0.06)
    tall.apply(axes.yaxis)
    wide.apply(axes.xaxis)
    axes.axhline(
        cost,
        color=OTHER,
        linestyle="-.",
        linewidth=1.4,
        label=f"cost target {most}",
    )
    axes.axvline(
        latest,
        color=OTHER,
        linestyle=":",
        linewidth=1.6,
        label=f"date target {soon} months",
    )
    corners = {"within_both": (0.01, 0.01), "over_cost": (0.01, 0.99), "late": (0.99, 0.01), "over_both": (0.99, 0.99)}
    for name, (x, y) in corners.items():
        axes.text(
            x, y, f"{words(name)}: {percent(shares[name]['value'])}", transform=axes.transAxes, size=8, weight="bold",
            ha="left" if x < 0.5 else "right", va="bottom" if y < 0.5 else "top",
            bbox={"facecolor": "white", "edgecolor": MUTED, "linewidth": 0.5, "pad": 2, "alpha": 0.92},
        )  # fmt: skip
    axes.set_xlabel(f"{words(table['time'])}, months")
    money_axis(axes.yaxis)
    if wide.log:
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        bare_minor(axes.xaxis)
    legend(axes, columns=2)
    return figure
