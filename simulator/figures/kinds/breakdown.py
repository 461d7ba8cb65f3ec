"""The lines of a total: mean shares, medians and intervals."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulator.core.formatting import format_money, format_percent
from simulator.figures.axes import (
    add_legend,
    annotate_rows,
    draw_interval,
    mark_cut_bounds,
    rows_range,
    set_money_axis,
    set_rows_axis,
)
from simulator.figures.categories import Category, by_category, category_of
from simulator.figures.comparisons import join_names
from simulator.figures.data import FigureRequest
from simulator.figures.format import current_format
from simulator.figures.phrases import interval_name, join_texts, money_text, range_text, sentence, short_title, subtitle
from simulator.figures.registry import KindFunctions
from simulator.figures.style import INK, canvas
from simulator.figures.text import to_words
from simulator.io.run_summary import QuantityStatistics, RunSummary, summarize_run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


MAX_LINES = 9
_MOST = 0.7
"""Share of the total that the categories of the title make up, if at most three do."""


def breakdown_table(request: FigureRequest) -> RunSummary:
    """Simulate the lines of the scenario."""
    from simulator.engine.simulate import simulate

    result = simulate(request.scenario, request.draw_count(), request.seed, threads=request.threads, progress=request.progress)
    if result.partial:
        raise KeyboardInterrupt
    return summarize_run(result, request.interval)


def draw_breakdown(run: RunSummary, date: str) -> "Figure":
    """Draw the mean shares of the categories in one bar, and the median and interval of each line below."""
    lines = sorted(run.lines.items(), key=lambda row: -_mean_share(row[1]))
    height = 1.15 + 0.34 * (min(len(lines), MAX_LINES) + 1)
    figure, (top, bottom) = canvas(
        run,
        breakdown_finding(run),
        subtitle(run, "lines of the total cost"),
        date,
        rows=2,
        height=height,
        gridspec_kw={"height_ratios": [0.62, height - 1.15]},
        remark=_remark(len(lines)),
    )
    _draw_stack(top, lines)
    shown_lines = lines[:MAX_LINES]
    colours = [category_of(name).colour for name, _ in shown_lines]
    for row, ((_, line), colour) in enumerate(zip(shown_lines, colours, strict=True)):
        draw_interval(bottom, row, line, colour=colour, outline=True)
    draw_interval(bottom, len(shown_lines), run.total, colour=INK, marker="s")
    set_rows_axis(bottom, [*(to_words(name) for name, _ in shown_lines), "total"])
    annotate_rows(bottom, [*(_share_text(run, line) for _, line in shown_lines), money_text(run, run.total.median)])
    rows = [*(line for _, line in shown_lines), run.total]
    rows_range(rows, [0.0]).apply(bottom.xaxis)
    mark_cut_bounds(bottom, list(zip(range(len(rows)), rows, [*colours, INK], strict=True)))
    set_money_axis(bottom.xaxis, f"{run.header.currency}: median and {interval_name(run)}")
    return figure


def _remark(count: int) -> str:
    omitted = count - MAX_LINES
    lines = "smallest line is" if omitted == 1 else f"{omitted} smallest lines are"
    rest = f" The {lines} omitted below." if omitted > 0 else ""
    return f"On the right: median and mean share of the total. Mean shares add up; medians and intervals do not.{rest}"


def _share_text(run: RunSummary, line: QuantityStatistics) -> str:
    """Format the median of a line and its share of the total, with its interval where there is room."""
    amount = money_text(run, line.median)
    if line.share is None:
        return amount
    mean, low, high = (format_percent(share) for share in (line.share.mean, line.share.low, line.share.high))
    return f"{amount}, {mean}" if current_format().is_narrow else f"{amount}, {mean} ({low} to {high})"


def _mean_share(line: QuantityStatistics) -> float:
    """Return the mean share of a line in the total, which is stable even with heavy tails."""
    assert line.share is not None
    assert line.share.mean is not None
    return line.share.mean


def shares_by_category(lines: Mapping[str, QuantityStatistics]) -> dict[Category, float]:
    """Return the mean share of each category in the total, the largest first; the shares add up to one."""
    sums = {
        category: sum(_mean_share(lines[name]) for name in names) for category, names in by_category(lines).items()
    }  # fmt: skip
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def _draw_stack(axes: "Axes", lines: list[tuple[str, QuantityStatistics]]) -> None:
    """Draw one bar of mean shares by category, the largest first, in which thin lines part the lines of a category."""
    named = dict(lines)
    groups = by_category(named)
    start, handles = 0.0, []
    for category, share in shares_by_category(named).items():
        for name in groups[category]:
            width = 100 * _mean_share(named[name])
            bar = axes.barh([0], [width], left=start, height=0.7, color=category.colour, hatch=category.hatch, edgecolor=INK,
                            linewidth=0.6, label=f"{category.name} {format_percent(share)}")  # fmt: skip
            bar[0].set_gid(f"part-{name}")
            start += width
        handles.append(bar)
    axes.set_xlim(min(0.0, start), max(100.0, start))
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("% of the total")
    add_legend(axes, columns=4, handles=handles)


def breakdown_finding(run: RunSummary) -> str:
    """State the categories that make up most of the total, and the largest line."""
    shares = list(shares_by_category(run.lines).items())
    chosen, sum_of_shares = [], 0.0
    for category, share in shares[:3]:
        chosen.append(category.name)
        sum_of_shares += share
        if sum_of_shares >= _MOST:
            break
    is_or_are = "is" if len(chosen) == 1 else "are"
    text = sentence(f"{join_names(chosen)} {is_or_are} {format_percent(sum_of_shares)} of the cost")
    name, line = max(run.lines.items(), key=lambda row: _mean_share(row[1]))
    if len(run.lines) == 1:
        return text
    return f"{text}; the largest line is {to_words(name)}, {money_text(run, line.median)} at the median"


def breakdown_text(run: RunSummary) -> str:
    """Describe the cost of each line."""
    lines = sorted(run.lines.items(), key=lambda row: (row[1].mean or row[1].median, row[0]), reverse=True)
    texts = [f"{to_words(name)} {format_money(line.median)} ({range_text(line)})" for name, line in lines]
    return f"Lines of the total cost of {short_title(run)}, median and interval: {join_texts(texts)}."


FUNCTIONS = KindFunctions(breakdown_table, draw_breakdown, breakdown_text, breakdown_finding)
