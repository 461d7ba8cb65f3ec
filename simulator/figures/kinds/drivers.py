"""The drivers of a total: swing, share of variance and rank correlation by input."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulator.core.formatting import format_money, format_percent
from simulator.core.levels import Level
from simulator.engine.result import Result
from simulator.engine.summaries import rank_correlation
from simulator.figures.axes import (
    MAX_ROWS,
    add_legend,
    annotate_rows,
    axis_range,
    draw_empty,
    omitted_rows_text,
    rows_height,
    set_money_axis,
    set_rows_axis,
)
from simulator.figures.data import FigureRequest, FigureUnavailableError, result_header, simulate_quantities
from simulator.figures.phrases import join_texts, number_text, scope_text, short_title, value_text
from simulator.figures.registry import FigureTable, KindFunctions
from simulator.figures.style import ACCENT, FILL, HATCHES, INK, PALE, canvas
from simulator.figures.text import label, to_words
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_MAX_INPUTS = 8


def tornado_table(request: FigureRequest) -> dict[str, Any]:
    """Compute the swing of each input."""
    return _drivers_table(request, "swing")


def variance_table(request: FigureRequest) -> dict[str, Any]:
    """Compute the share of the variance of each input."""
    return _drivers_table(request, "draws")


def _drivers_table(request: FigureRequest, measure: str) -> dict[str, Any]:
    from simulator.analysis.sensitivity import DRAWS as USUAL
    from simulator.analysis.sensitivity import as_json, rank_drivers

    draws = request.draw_count(USUAL)
    analysis = rank_drivers(
        request.scenario,
        draws,
        request.seed,
        interval=request.interval,
        measures=(measure,),
        progress=request.progress_in_draws(draws),
    )
    if measure == "swing" and not any(driver.swing for driver in analysis.drivers):
        raise FigureUnavailableError(
            f"{request.scenario.name} is under way, so its inputs have no swing; draw its `variance` instead"
        )
    return as_json(analysis) | {"scope": request.scenario.scope}


def correlation_table(request: FigureRequest) -> dict[str, Any]:
    """Simulate the scenario with its priors."""
    priors = [name for name, item in request.scenario.inputs.items() if item.role == "prior"]
    return correlation_of(simulate_quantities(request, [TOTAL, *priors], default=20_000), request.interval)


def correlation_of(result: Result, interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of rank correlations from a result that retains its total and priors.

    It contains the priors with the highest correlations with the total, and those that the scenario correlates.
    """
    total = result.retained_draws[TOTAL]
    with_total = {
        name: rank_correlation(values, total)
        for name, values in result.retained_draws.items()
        if name in result.scenario.inputs
    }
    correlated = {name for pair in result.scenario.ranks for name in pair}
    order = sorted(with_total, key=lambda name: (-abs(with_total[name]), name))
    selection = [name for name in order if name in correlated][: _MAX_INPUTS // 2]
    selection += [name for name in order if name not in selection][: _MAX_INPUTS - len(selection)]
    names = [TOTAL, *(name for name in order if name in selection)]
    return result_header(result, interval) | {
        "names": names,
        "ranks": [[rank_correlation(result.retained_draws[a], result.retained_draws[b]) for b in names[: index + 1]]
                  for index, a in enumerate(names)],
        "specification": [{"between": list(pair), "rank": rank} for pair, rank in result.scenario.ranks.items()],
    }  # fmt: skip


def draw_tornado(table: FigureTable, date: str) -> "Figure":
    """Draw the median total with each input set to its P10 and to its P90, the widest swing first.

    Whiskers show the total conditional on an input, with the inputs that are correlated with it moving along.
    """
    rows = [row for row in table["drivers"] if row["swing"]]
    rows.sort(key=lambda row: -abs(row["swing"]["median"]["p90"] - row["swing"]["median"]["p10"]))
    shown_rows = rows[:MAX_ROWS]
    conditional = {
        number: row["swing"]["conditional"] for number, row in enumerate(shown_rows) if row["swing"].get("conditional")
    }
    whisker_note = " Whiskers: conditional on this value, with correlated inputs moving along." if conditional else ""
    figure, axes = canvas(
        table,
        f"{table['title']}: what swings the total",
        f"Median total cost, {scope_text(table)}",
        date,
        height=rows_height(len(shown_rows)),
        remark="Each input is set to its P10 and then to its P90, with all others drawn from their priors. On the right: "
        "these values." + whisker_note + omitted_rows_text(rows, "inputs"),
    )
    if not shown_rows:
        draw_empty(axes, "No input has a swing of its own.")
        return figure
    swings = [row["swing"]["median"] for row in shown_rows]
    middle = _centre(swings)
    for key, colour, hatch, text in (("p10", FILL, "", "input at its P10"), ("p90", ACCENT, "////", "input at its P90")):
        axes.barh(
            range(len(swings)), [swing[key] - middle for swing in swings], left=middle, height=0.62, color=colour, hatch=hatch,
            edgecolor=INK, linewidth=0.6, label=text,
        )  # fmt: skip
    for place, (number, pair) in enumerate(conditional.items()):
        axes.plot(
            [pair["p10"], pair["p90"]], [number, number], color=INK, linewidth=1.4, marker="|", markersize=9,
            label="conditional: correlated inputs move along" if place == 0 else None,
        )  # fmt: skip
    axes.axvline(middle, color=INK, linewidth=1)
    set_rows_axis(axes, [to_words(row["name"]) for row in shown_rows])
    amounts = [swing[key] for swing in (*swings, *conditional.values()) for key in ("p10", "p90")]
    axis_range(amounts, pad=0.06)._replace(log=False).apply(axes.xaxis)
    inputs = [(row["swing"]["input"], row["unit"]) for row in shown_rows]
    annotate_rows(axes, [f"{number_text(at['p10'], unit)} to {value_text(at['p90'], unit)}" for at, unit in inputs])
    set_money_axis(axes.xaxis, ticks=5)
    add_legend(axes)
    return figure


def _centre(swings: Sequence[Mapping[str, float]]) -> float:
    """Return the amount where the halves of the bars meet: the centre of the narrowest bar, which is close to the median."""
    narrowest = min(swings, key=lambda swing: abs(swing["p90"] - swing["p10"]))
    return (narrowest["p10"] + narrowest["p90"]) / 2


def draw_variance(table: FigureTable, date: str) -> "Figure":
    """Draw the share of the variance of the total that each input explains by itself, with its error."""
    rows = [row for row in table["drivers"] if row["share_of_variance"]]
    rows.sort(key=lambda row: -row["share_of_variance"]["value"])
    shown_rows = rows[:MAX_ROWS]
    figure, axes = canvas(
        table,
        f"{table['title']}: what the uncertainty comes from",
        f"Share of the variance of {table['variance_of']}, {scope_text(table)}",
        date,
        height=rows_height(len(shown_rows)),
        remark="The expected reduction of the variance if the input were known, including what is correlated with it. "
        "Whiskers: 95% Monte Carlo interval. Hatched: an assumption, with no source or grade D."
        + omitted_rows_text(rows, "inputs"),
    )
    if not shown_rows:
        draw_empty(axes, "No input has a share of the variance.")
        return figure
    values = [100 * max(0.0, row["share_of_variance"]["value"]) for row in shown_rows]
    half_widths = [100 * (row["share_of_variance"]["high"] - row["share_of_variance"]["value"]) for row in shown_rows]
    bars = axes.barh(range(len(values)), values, xerr=half_widths, height=0.62, color=FILL, edgecolor=INK, linewidth=0.6,
                     error_kw={"elinewidth": 1, "capsize": 2, "ecolor": INK})  # fmt: skip
    for bar, row in zip(bars, shown_rows, strict=True):
        bar.set_hatch(HATCHES[1] if row["grade"] in ("D", "assumption") else "")
    set_rows_axis(axes, [to_words(row["name"]) for row in shown_rows])
    axes.set_xlim(0, max(1.0, 1.06 * max(value + error for value, error in zip(values, half_widths, strict=True))))
    axes.set_xlabel("% of the variance")
    annotate_rows(
        axes,
        [
            format_percent(row["share_of_variance"]["value"]) if row["share_of_variance"]["low"] > 0 else "~0"
            for row in shown_rows
        ],
    )
    return figure


def draw_correlation(table: FigureTable, date: str) -> "Figure":
    """Draw rank correlations as a heat map with numbers; negative ones are hatched."""
    names, ranks = table["names"], table["ranks"]
    many = len(names)
    figure, axes = canvas(
        table,
        f"{table['title']}: correlations",
        "Rank correlation (Spearman) in the draws",
        date,
        height=0.36 * many + 0.9,
        remark="The inputs most correlated with the total, and those that the scenario correlates "
        f"({len(table['specification'])} specified). Darker is stronger; hatched is negative.",
    )
    for row, line in enumerate(ranks):
        for column, rank in enumerate(line):
            _draw_cell(axes, row, column, rank)
    axes.set(xlim=(-0.5, many - 0.5), ylim=(many - 0.5, -0.5))
    axes.set_yticks(range(many), [label(to_words(name), 2.0, 1) for name in names])
    axes.set_xticks(
        range(many), [label(to_words(name), 1.5, 1) for name in names], rotation=35, ha="right", rotation_mode="anchor"
    )
    axes.grid(visible=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    return figure


def _draw_cell(axes: "Axes", row: int, column: int, rank: float) -> None:
    strength = abs(rank)
    near, far = (1.0, 1.0, 1.0), (0.047, 0.153, 0.278) if rank >= 0 else (0.612, 0.227, 0.024)
    colour = tuple(a + strength * (b - a) for a, b in zip(near, far, strict=True))
    axes.bar([column], [0.96], 0.96, bottom=row - 0.48, color=colour, edgecolor=PALE, linewidth=0.4,
             hatch="////" if rank < -0.05 else "")  # fmt: skip
    text = "1" if row == column else "0" if abs(rank) < 0.005 else f"{rank:+.2f}".replace("-", "−")
    box = {"facecolor": colour, "edgecolor": "none", "pad": 0.8} if rank < -0.05 else None
    axes.text(column, row, text, ha="center", va="center", size=7.5, color="white" if strength > 0.55 else INK, bbox=box)


def tornado_text(table: FigureTable) -> str:
    """Describe the total at the P10 and the P90 of each input."""
    rows = [(row["name"], row["swing"]) for row in table["drivers"] if row["swing"]]
    rows.sort(key=lambda row: -abs(row[1]["median"]["p90"] - row[1]["median"]["p10"]))
    texts = [
        f"{to_words(name)} {_swing_text(swing['median'])}"
        + (f" (conditional {_swing_text(swing['conditional'])})" if swing.get("conditional") else "")
        for name, swing in rows
    ]
    return f"Median total of {short_title(table)} with each input set to its P10 and to its P90: {join_texts(texts)}."


def _swing_text(swing: Mapping[str, float]) -> str:
    return f"{format_money(swing['p10'])} to {format_money(swing['p90'])}"


def variance_text(table: FigureTable) -> str:
    """Describe the share of the variance of each input."""
    rows = [(row["share_of_variance"]["value"], to_words(row["name"])) for row in table["drivers"] if row["share_of_variance"]]
    texts = [f"{name} {format_percent(max(0.0, share))}" for share, name in sorted(rows, reverse=True)]
    return f"Share of the variance of the {table['variance_of']} of {short_title(table)} by input: {join_texts(texts)}."


def correlation_text(table: FigureTable) -> str:
    """Describe the correlations with the total."""
    texts = [f"{to_words(name)} {ranks[0]:+.2f}" for name, ranks in zip(table["names"][1:], table["ranks"][1:], strict=True)]
    return f"Heat map of rank correlations; with the total of {short_title(table)}: {join_texts(texts)}."


FUNCTIONS = {
    "tornado": KindFunctions(tornado_table, draw_tornado, tornado_text),
    "variance": KindFunctions(variance_table, draw_variance, variance_text),
    "correlation": KindFunctions(correlation_table, draw_correlation, correlation_text),
}
