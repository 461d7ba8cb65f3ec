"""What the numbers rest on: draws enough, priors with their sources, the trend, and predictions against what was published."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from simulator.core.formatting import exact, money, percent, scaled
from simulator.figures.kinds.cost import within
from simulator.figures.style import (
    COLOURS,
    FILL,
    INK,
    LINES,
    MAIN,
    MARKERS,
    MUTED,
    OTHER,
    PALE,
    amount,
    bare_minor,
    canvas,
    interval_name,
    label,
    legend,
    money_axis,
    plain,
    span,
    words,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.figures import Table

_REACH = 1.959964  # a 95 % interval in standard errors


def convergence(table: "Table", date: str) -> "Figure":
    """The median and the interval's ends of the first draws, more and more of them, with their 95 % Monte Carlo intervals."""
    figure, panels = canvas(
        table,
        f"{table['title']}: are there draws enough?",
        f"Quantiles of the total cost, {table['money']}",
        date,
        rows=3,
        height=3.9,
        sharex=True,
        remark="Bands: 95% Monte Carlo interval at that number of draws; dashes: the last value.",
    )
    for axes, (name, rows), colour in zip(panels, reversed(table["quantiles"].items()), (OTHER, MAIN, COLOURS[2]), strict=True):
        counts, values = [row["draws"] for row in rows], [row["value"] for row in rows]
        low, high = ([row["value"] + side * _REACH * row["error"] for row in rows] for side in (-1, 1))
        axes.fill_between(counts, low, high, color=PALE, linewidth=0)
        axes.plot(counts, values, color=colour, marker="o", markersize=3)
        axes.axhline(values[-1], color=INK, linewidth=0.8, linestyle="--")
        axes.set_xscale("log")
        span([*values, *low, *high])._replace(log=False).apply(axes.yaxis)
        money_axis(axes.yaxis, name, many=4)
        error = _REACH * rows[-1]["error"]
        axes.set_title(f"{name}: {money(values[-1])} ± {money(error)}", loc="right", size=8, pad=3)
        bare_minor(axes.xaxis)
    panels[-1].set_xlabel("draws")
    panels[-1].xaxis.set_major_formatter(lambda at, _: f"{at:,.0f}")
    return figure


def value(number: float) -> str:
    """Say the value of a prior."""
    return scaled(number)


def prior(table: "Table", date: str) -> "Figure":
    """The weight of a prior in even steps, its interval and median, and the sources that it rests on."""
    unit = table["unit"]
    sources = table["sources"] or ["none: an assumption"]
    shown = [f"[{number}] {source}" for number, source in enumerate(sources[:3], start=1)]
    more = f" and {len(sources) - 3} more" if len(sources) > 3 else ""
    grade = f"; grade {table['sure']}" if table["sure"] else ""
    figure, axes = canvas(
        table,
        f"{words(table['name'])}: what is believed",
        table["about"] or f"As {plain(table['title'])} has it",
        date,
        height=2.9,
        remark=f"Stated: {plain(table['stated'])}{grade}{'; as of ' + plain(table['date']) if table['date'] else ''}. "
        f"Sources: {'; '.join(shown)}{more}.",
    )
    edges, shares = table["edges"], table["shares"]
    pairs = list(pairwise(edges))
    bars = axes.bar(edges[:-1], [100 * share for share in shares], [b - a for a, b in pairs], align="edge", linewidth=0)
    for bar, (low, high) in zip(bars, pairs, strict=True):
        bar.set_facecolor(FILL if within((low, high), table) else PALE)
    span(edges, pad=0.0).apply(axes.xaxis)
    axes.axvline(table["median"], color=MAIN, linewidth=1.6, label=f"median {value(table['median'])}")
    inside = bars[len(pairs) // 2]
    inside.set_label(f"{interval_name(table)}: {value(table['low'])} to {value(table['high'])}")
    inside.set_facecolor(FILL)
    axes.xaxis.set_major_formatter(lambda at, _: _tick(at))
    if axes.get_xscale() == "log":
        bare_minor(axes.xaxis)
    else:
        axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel(f"{words(table['name'])}{', ' + unit if unit else ''}")
    axes.set_ylabel("% of the weight in a step")
    axes.grid(visible=False, axis="x")
    handles, texts = axes.get_legend_handles_labels()
    axes.legend(handles, texts, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)
    return figure


def _tick(value: float) -> str:
    return f"{value:,.6g}" if 1e-4 <= abs(value) < 1e5 or value == 0 else amount(value) if abs(value) >= 1e5 else f"{value:g}"


def trend(table: "Table", date: str) -> "Figure":
    """Models by date and cost, the line with the bands of the mean and of one model, and the amount that is asked for."""
    growth, threshold = table["growth"], table["threshold"]
    money_said = f", {plain(table['money'])}" if table["money"] else ""
    figure, axes = canvas(
        table,
        f"Frontier models: {table['cost']} cost grows {growth['value']:.1f}x a year",
        f"Final run without staff{money_said}; {growth['value']:.2f}x a year "
        f"({interval_name(table)}: {growth['low']:.2f}x to {growth['high']:.2f}x)",
        date,
        height=3.7,
        remark="Bands: 95% of the line (where a typical model lies) and 95% of one model. Right of the last model the trend is "
        f"taken to go on.{_passing(table)}",
    )
    _fitted(axes, table, MAIN, "-", "o", f"{table['cost']} cost, {table['n']} models", bands=True)
    axes.axhline(threshold, color=OTHER, linewidth=1.5, linestyle="-.", label=f"{_threshold(threshold)} USD")
    last = table["line"][-1]["date"]
    if last - table["last"] > 0.5:
        axes.axvline(table["last"], color=MUTED, linewidth=0.8, linestyle=":")
    _years(axes, table["line"][0]["date"], last)
    _log_money(axes, [threshold, *(row[key] for row in table["line"] for key in ("low", "high"))])
    legend(axes, columns=2)
    return figure


def _threshold(value: float) -> str:
    return exact(value)


def _passing(table: "Table") -> str:
    """When the typical model passes the threshold, if it does so in the figure, or else how near one model comes."""
    above = [row["date"] for row in table["line"] if row["typical"] >= table["threshold"]]
    if above:
        return f" The line passes {_threshold(table['threshold'])} in {above[0]:.0f}."
    last = table["line"][-1]
    amount, chance = _threshold(table["threshold"]), percent(last["chance_above"])
    return f" At the beginning of {last['date']:.0f} a model costs more than {amount} with {chance} chance."


def _fitted(axes: "Axes", table: "Table", colour: str, style: Any, marker: str, text: str, *, bands: bool) -> None:
    """Models as points and their line, with bands or without."""
    dates = [row["date"] for row in table["line"]]

    def of(key: str) -> list[float]:
        return [row[key] for row in table["line"]]

    if bands:
        axes.fill_between(dates, of("low"), of("high"), color=PALE, linewidth=0, alpha=0.7, label="95% of one model")
        axes.fill_between(dates, of("mean_low"), of("mean_high"), color=FILL, linewidth=0, alpha=0.7, label="95% of the line")
    axes.plot(dates, of("typical"), color=colour, linestyle=style, linewidth=2)
    models = table["models"]
    axes.plot([row["date"] for row in models], [row["cost"] for row in models], linestyle="none", marker=marker, markersize=5,
              color=colour, markeredgecolor="white", markeredgewidth=0.6, label=text)  # fmt: skip
    if bands:
        _name_dearest(axes, models)


def _name_dearest(axes: "Axes", models: list[dict[str, Any]], most: int = 3) -> None:
    """Name the dearest models, where the names do not stand on each other."""
    import math

    placed: list[tuple[float, float]] = []
    for row in sorted(models, key=lambda row: -row["cost"]):
        height = math.log10(row["cost"])
        if len(placed) < most and all(abs(height - other) > 0.45 or abs(row["date"] - at) > 3 for at, other in placed):
            placed.append((row["date"], height))
            axes.annotate(label(row["name"], 1.2, 1), (row["date"], row["cost"]), xytext=(-6, 3), textcoords="offset points",
                          size=7, ha="right", zorder=5)  # fmt: skip


def _years(axes: "Axes", first: float, last: float) -> None:
    axes.set_xlim(first, last)
    axes.locator_params(axis="x", nbins=8, integer=True)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    axes.set_xlabel("publication")


def _log_money(axes: "Axes", values: list[float]) -> None:
    axes.set_yscale("log")
    axes.set_ylim(min(values) / 1.5, max(values) * 1.5)
    money_axis(axes.yaxis)


def backtest(table: "Table", date: str) -> "Figure":
    """How often intervals held what was published, against how often they should; and where in the predictions it fell."""
    targets = table["targets"]
    figure, (left, right) = canvas(
        table,
        table["title"],
        "Do intervals hold what they promise?",
        date,
        rows=1,
        height=3.1,
        ncols=2,
        remark="Left: share of published figures inside each interval; on the line is calibrated, below it too sure. Right: "
        "the places of published figures in their predictions (PIT), sorted; straight is calibrated. Grey: 95% of the luck of "
        f"{max(told['n'] for told in targets.values())} cases.",
    )
    most = max(told["n"] for told in targets.values())
    left.plot([0, 100], [0, 100], color=MUTED, linewidth=0.8)
    right.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8)
    levels = [step / 100 for step in range(0, 101, 2)]
    luck = [_REACH * (level * (1 - level) / most) ** 0.5 for level in levels]
    for axes, scale in ((left, 100), (right, 1)):
        low = [scale * max(0.0, p - error) for p, error in zip(levels, luck, strict=True)]
        high = [scale * min(1.0, p + error) for p, error in zip(levels, luck, strict=True)]
        axes.fill_between([scale * p for p in levels], low, high, color=PALE, linewidth=0)
    handles = []
    for number, (name, told) in enumerate(list(targets.items())[: len(MARKERS)]):
        colour = (*COLOURS[:4], INK)[number]
        at = [float(level) for level in told["coverage"]]
        held, text = [100 * share for share in told["coverage"].values()], label(f"{words(name)} (n = {told['n']})", 2.8, 1)
        handles += left.plot(at, held, color=colour, marker=MARKERS[number], linestyle=LINES[number], markersize=5, label=text)
        for each in told["baselines"].values():
            left.plot([float(level) for level in each], [100 * share for share in each.values()], color=colour,
                      marker=MARKERS[number], markerfacecolor="white", linestyle="none", markersize=4.5)  # fmt: skip
        pit = told["pit"]
        if pit:
            right.step([0, *pit, 1], [0, *((place + 1) / len(pit) for place in range(len(pit))), 1], where="post", color=colour,
                       linestyle=LINES[number])  # fmt: skip
    if any(told["baselines"] for told in targets.values()):
        handles += left.plot(
            [], [], color=INK, marker="o", markerfacecolor="white", linestyle="none", label="hollow: baselines"
        )
    left.set(xlim=(0, 100), ylim=(0, 103), xlabel="stated interval, %", ylabel="held, % of cases")
    right.set(xlim=(0, 1), ylim=(0, 1.03), xlabel="place in the prediction", ylabel="share of cases up to there")
    left.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)
    return figure
