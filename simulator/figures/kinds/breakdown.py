"""The lines of a total: mean shares, medians and intervals."""

from typing import TYPE_CHECKING

from simulator.core.formatting import format_money, format_percent
from simulator.figures.axes import add_legend, annotate_rows, axis_range, draw_interval, set_money_axis, set_rows_axis
from simulator.figures.data import FigureRequest
from simulator.figures.phrases import interval_name, join_texts, range_text, scope_text, short_title
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, COLOURS, HATCHES, INK, canvas
from simulator.figures.text import label, to_words
from simulator.io.run_summary import QuantityStatistics, RunSummary, summarize_run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


MAX_LINES = 9


def breakdown_table(request: FigureRequest) -> RunSummary:
    """Simulate the lines of the scenario."""
    from simulator.engine.simulate import simulate

    result = simulate(request.scenario, request.draw_count(), request.seed, threads=request.threads, progress=request.progress)
    if result.partial:
        raise KeyboardInterrupt
    return summarize_run(result, request.interval)


def draw_breakdown(run: RunSummary, date: str) -> "Figure":
    """Draw the mean shares of the lines in one bar, and the median and interval of each line below."""
    lines = sorted(run.lines.items(), key=lambda row: -_mean_share(row[1]))
    height = 1.15 + 0.34 * (min(len(lines), MAX_LINES) + 1)
    figure, (top, bottom) = canvas(
        run,
        f"{run.header.title}: what it is spent on",
        f"Lines of the total cost, {scope_text(run)}",
        date,
        rows=2,
        height=height,
        gridspec_kw={"height_ratios": [0.62, height - 1.15]},
        remark=_remark(len(lines)),
    )
    _draw_stack(top, lines)
    shown_lines = lines[:MAX_LINES]
    for row, (_, line) in enumerate(shown_lines):
        draw_interval(bottom, row, line)
    draw_interval(bottom, len(shown_lines), run.total, colour=ACCENT, marker="s")
    set_rows_axis(bottom, [*(to_words(name) for name, _ in shown_lines), "total"])
    annotate_rows(bottom, [_share_text(line) for _, line in shown_lines])
    bounds = [bound for line in (*(line for _, line in shown_lines), run.total) for bound in (line.low, line.high)]
    axis_range(bounds, pad=0.02, include_zero=True).apply(bottom.xaxis)
    set_money_axis(bottom.xaxis, f"{run.header.currency}: median and {interval_name(run)}")
    return figure


def _remark(count: int) -> str:
    rest = f" The {count - MAX_LINES} smallest lines are omitted below." if count > MAX_LINES else ""
    return f"Shares of the total are means over the draws and add up; medians and intervals of lines do not.{rest}"


def _share_text(line: QuantityStatistics) -> str:
    """Format the share of a line with its interval."""
    if line.share is None:
        return ""
    mean, low, high = (format_percent(share) for share in (line.share.mean, line.share.low, line.share.high))
    return f"{mean} ({low} to {high})"


def _mean_share(line: QuantityStatistics) -> float:
    """Return the mean share of a line in the total, which is stable even with heavy tails."""
    assert line.share is not None
    assert line.share.mean is not None
    return line.share.mean


def _draw_stack(axes: "Axes", lines: list[tuple[str, QuantityStatistics]]) -> None:
    """Draw one bar of mean shares, the largest first; lines beyond the palette are combined."""
    max_parts = len(COLOURS)
    parts = [(to_words(name), _mean_share(line)) for name, line in lines]
    if len(parts) > max_parts:
        rest = parts[max_parts - 1 :]
        parts = [*parts[: max_parts - 1], (f"{len(rest)} others", sum(share for _, share in rest))]
    start = 0.0
    for number, (name, share) in enumerate(parts):
        bar = axes.barh([0], [100 * share], left=start, height=0.7, color=COLOURS[number], hatch=HATCHES[number],
                        edgecolor=INK, linewidth=0.6, label=f"{label(name, 2.4, 1)} {format_percent(share)}")  # fmt: skip
        bar[0].set_gid(f"part-{number}")
        start += 100 * share
    axes.set_xlim(min(0.0, start), max(100.0, start))
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("% of the total")
    add_legend(axes, columns=3)


def breakdown_text(run: RunSummary) -> str:
    """Describe the cost of each line."""
    lines = sorted(run.lines.items(), key=lambda row: (row[1].mean or row[1].median, row[0]), reverse=True)
    texts = [f"{to_words(name)} {format_money(line.median)} ({range_text(line)})" for name, line in lines]
    return f"Lines of the total cost of {short_title(run)}, median and interval: {join_texts(texts)}."


FUNCTIONS = KindFunctions(breakdown_table, draw_breakdown, breakdown_text)
