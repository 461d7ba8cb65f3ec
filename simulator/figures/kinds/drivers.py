"""What drives a total: its swing, its variance and its rank correlation by input."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulator.core.formatting import money, percent
from simulator.core.levels import Level
from simulator.engine.result import Result
from simulator.engine.summaries import rank_correlation
from simulator.figures.axes import MOST_ROWS, beside, legend, money_axis, no_rows, rest_of_rows, rows_axis, rows_height, span
from simulator.figures.data import Asked, NotDrawn, kept_draws, result_header
from simulator.figures.phrases import listed, number_text, scope, title_of, value_text
from simulator.figures.registry import Parts, Table
from simulator.figures.style import FILL, HATCHES, INK, OTHER, PALE, canvas
from simulator.figures.text import label, words
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_MOST_INPUTS = 8


def tornado_table(request: Asked) -> dict[str, Any]:
    """Compute the swing of each input."""
    return _drivers_table(request, "swing")


def variance_table(request: Asked) -> dict[str, Any]:
    """Compute the share of the variance of each input."""
    return _drivers_table(request, "draws")


def _drivers_table(request: Asked, measure: str) -> dict[str, Any]:
    from simulator.analysis.sensitivity import DRAWS as USUAL
    from simulator.analysis.sensitivity import as_json, drivers

    draws = request.many(USUAL)
    analysis = drivers(
        request.one, draws, request.seed, interval=request.interval, measures=(measure,), progress=request.steps(draws)
    )
    if measure == "swing" and not any(driver.swing for driver in analysis.drivers):
        raise NotDrawn(f"{request.one.name} is under way, so its inputs have no swing; its `variance` can be drawn")
    return as_json(analysis) | {"scope": request.one.scope}


def correlation_table(request: Asked) -> dict[str, Any]:
    """Simulate the scenario with its priors."""
    priors = [name for name, item in request.one.inputs.items() if item.role == "prior"]
    return correlation_of(kept_draws(request, [TOTAL, *priors], usual=20_000), request.interval)


def correlation_of(result: Result, interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of rank correlations from a result that keeps its total and priors.

    Shown are the priors that go with the total most, and those that the scenario correlates.
    """
    total = result.kept[TOTAL]
    with_total = {
        name: rank_correlation(values, total) for name, values in result.kept.items() if name in result.scenario.inputs
    }
    correlated = {name for pair in result.scenario.ranks for name in pair}
    order = sorted(with_total, key=lambda name: (-abs(with_total[name]), name))
    chosen = [name for name in order if name in correlated][: _MOST_INPUTS // 2]
    chosen += [name for name in order if name not in chosen][: _MOST_INPUTS - len(chosen)]
    names = [TOTAL, *(name for name in order if name in chosen)]
    return result_header(result, interval) | {
        "names": names,
        "ranks": [[rank_correlation(result.kept[a], result.kept[b]) for b in names[: place + 1]]
                  for place, a in enumerate(names)],
        "specification": [{"between": list(pair), "rank": rank} for pair, rank in result.scenario.ranks.items()],
    }  # fmt: skip


def draw_tornado(table: Table, date: str) -> "Figure":
    """The median total with each input set to its P10 and to its P90, the widest swing first.

    Where others are correlated with an input, whiskers show the total conditional on it: with these moving along.
    """
    rows = [row for row in table["drivers"] if row["swing"]]
    rows.sort(key=lambda row: -abs(row["swing"]["median"]["p90"] - row["swing"]["median"]["p10"]))
    shown_rows = rows[:MOST_ROWS]
    conditional = {
        number: row["swing"]["conditional"] for number, row in enumerate(shown_rows) if row["swing"].get("conditional")
    }
    along = " Whiskers: the input known to be there, with inputs correlated with it moving along." if conditional else ""
    figure, axes = canvas(
        table,
        f"{table['title']}: what swings the total",
        f"Median total cost, {scope(table)}",
        date,
        height=rows_height(len(shown_rows)),
        remark="Each input is set to its P10 and then its P90, all others drawn as they are; beside them these values."
        + along
        + rest_of_rows(rows, "inputs"),
    )
    if not shown_rows:
        no_rows(axes, "No input has a swing of its own.")
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
    beside(axes, [f"{number_text(at['p10'], unit)} to {value_text(at['p90'], unit)}" for at, unit in inputs])
    money_axis(axes.xaxis, many=5)
    legend(axes)
    return figure


def _middle(ends: Sequence[Mapping[str, float]]) -> float:
    """Where the two halves of the bars meet: the mean of the narrowest bar's ends, which is next to the median as it is."""
    narrow = min(ends, key=lambda each: abs(each["p90"] - each["p10"]))
    return (narrow["p10"] + narrow["p90"]) / 2


def draw_variance(table: Table, date: str) -> "Figure":
    """The share of the total's variance that each input carries by itself, with the error of that share."""
    rows = [row for row in table["drivers"] if row["share_of_variance"]]
    rows.sort(key=lambda row: -row["share_of_variance"]["value"])
    shown_rows = rows[:MOST_ROWS]
    figure, axes = canvas(
        table,
        f"{table['title']}: what the uncertainty comes from",
        f"Share of the variance of {table['variance_of']}, {scope(table)}",
        date,
        height=rows_height(len(shown_rows)),
        remark="The variance that would go, in expectation, if the input were known, with all that is correlated with "
        "it. Whiskers: "
        f"95% Monte Carlo interval. Hatched: an assumption, with no source or grade D.{rest_of_rows(rows, 'inputs')}",
    )
    if not shown_rows:
        no_rows(axes, "No input has a share of the variance.")
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


def draw_correlation(table: Table, date: str) -> "Figure":
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
        f"({len(table['specification'])} stated). Darker is stronger; hatched is negative.",
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
    text = "1" if row == column else "0" if abs(rank) < 0.005 else f"{rank:+.2f}".replace("-", "−")
    box = {"facecolor": colour, "edgecolor": "none", "pad": 0.8} if rank < -0.05 else None
    axes.text(column, row, text, ha="center", va="center", size=7.5, color="white" if strength > 0.55 else INK, bbox=box)


def tornado_text(table: Table) -> str:
    """Say what the total is at the P10 and the P90 of each input."""
    rows = [(row["name"], row["swing"]) for row in table["drivers"] if row["swing"]]
    rows.sort(key=lambda row: -abs(row[1]["median"]["p90"] - row[1]["median"]["p10"]))
    texts = [
        f"{words(name)} {_between(swing['median'])}"
        + (f" (conditional {_between(swing['conditional'])})" if swing.get("conditional") else "")
        for name, swing in rows
    ]
    return f"Median total of {title_of(table)} with each input set to its P10 and to its P90: {listed(texts)}."


def _between(ends: Mapping[str, float]) -> str:
    return f"{money(ends['p10'])} to {money(ends['p90'])}"


def variance_text(table: Table) -> str:
    """Say what share of the variance each input has."""
    rows = [(row["share_of_variance"]["value"], words(row["name"])) for row in table["drivers"] if row["share_of_variance"]]
    texts = [f"{name} {percent(max(0.0, share))}" for share, name in sorted(rows, reverse=True)]
    return f"Share of the variance of the {table['variance_of']} of {title_of(table)} by input: {listed(texts)}."


def correlation_text(table: Table) -> str:
    """Say what goes with the total."""
    texts = [f"{words(name)} {ranks[0]:+.2f}" for name, ranks in zip(table["names"][1:], table["ranks"][1:], strict=True)]
    return f"Heat map of rank correlations; with the total of {title_of(table)}: {listed(texts)}."


PARTS = {
    "tornado": Parts(tornado_table, draw_tornado, tornado_text),
    "variance": Parts(variance_table, draw_variance, variance_text),
    "correlation": Parts(correlation_table, draw_correlation, correlation_text),
}
