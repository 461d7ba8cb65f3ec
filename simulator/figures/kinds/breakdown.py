"""The lines of a total: mean shares, and each with its interval."""

from typing import TYPE_CHECKING, Any

from simulator.core.formatting import money, percent
from simulator.figures.axes import beside, interval_bar, legend, money_axis, rows_axis, span
from simulator.figures.data import Asked
from simulator.figures.phrases import interval_name, listed, range_text, scope, title_of
from simulator.figures.registry import Parts, Table
from simulator.figures.style import COLOURS, HATCHES, INK, OTHER, canvas
from simulator.figures.text import label, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


MOST_LINES = 9


def breakdown_table(request: Asked) -> dict[str, Any]:
    """Simulate the scenario for its lines."""
    from simulator.engine.simulate import simulate
    from simulator.io.to_json import as_json

    result = simulate(request.one, request.many(), request.seed, threads=request.threads, progress=request.progress)
    if result.partial:
        raise KeyboardInterrupt
    return as_json(result, request.interval)


def draw_breakdown(table: Table, date: str) -> "Figure":
    """Mean shares of the lines in one bar, and below each line's median and interval."""
    lines = [(name, line) for name, line in table["quantities"].items() if line["role"] == "line"]
    total = next(line for line in table["quantities"].values() if line["role"] == "total")
    lines.sort(key=lambda row: -_mean_share(row[1]))
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
    for row, (_, line) in enumerate(shown):
        interval_bar(bottom, row, line)
    interval_bar(bottom, len(shown), total, colour=OTHER, marker="s")
    rows_axis(bottom, [*(words(name) for name, _ in shown), "total"])
    beside(bottom, [_share(line) for _, line in shown])
    span([end for _, line in [*shown, ("", total)] for end in (line["low"], line["high"])], pad=0.02, zero=True).apply(
        bottom.xaxis
    )
    money_axis(bottom.xaxis, f"USD: median and {interval_name(table)}")
    return figure


def _of_lines(count: int) -> str:
    rest = f" The {count - MOST_LINES} smallest lines are left out below." if count > MOST_LINES else ""
    return f"Shares of the total are means over the draws and add up; medians and intervals of lines do not.{rest}"


def _share(line: Any) -> str:
    """Say the share of a line with its interval."""
    share = line.get("share")
    return f"{percent(share['mean'])} ({percent(share['low'])} to {percent(share['high'])})" if share else ""


def _mean_share(line: Any) -> float:
    """The mean over the draws of a line's share of the total, which no tail makes unstable."""
    return float(line["share"]["mean"])


def _stack(axes: "Axes", lines: list[tuple[str, Any]]) -> None:
    """One bar of mean shares, the largest first; what does not fit the palette is one part."""
    most = len(COLOURS)
    parts = [(words(name), _mean_share(line)) for name, line in lines]
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


def breakdown_text(table: Table) -> str:
    """Say what each line costs."""
    lines = sorted(
        (line["mean"] or line["median"], name, line) for name, line in table["quantities"].items() if line["role"] == "line"
    )[::-1]
    texts = [f"{words(name)} {money(line['median'])} ({range_text(line)})" for _, name, line in lines]
    return f"Lines of the total cost of {title_of(table)}, median and interval: {listed(texts)}."


PARTS = {
    "breakdown": Parts(breakdown_table, draw_breakdown, breakdown_text),
}
