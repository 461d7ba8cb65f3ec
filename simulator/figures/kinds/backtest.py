"""Coverage and calibration of predictions against published values."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.core.formatting import format_percent
from simulator.figures.data import Z_95, FigureRequest, FigureUnavailableError
from simulator.figures.phrases import join_texts
from simulator.figures.registry import FigureTable, KindFunctions
from simulator.figures.style import COLOURS, INK, LINES, MARKERS, MUTED, PALE, canvas
from simulator.figures.text import label, to_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def backtest_table(request: FigureRequest) -> dict[str, Any]:
    """Read the output of `llmcost backtest --format json`."""
    from simulator.io.to_json import read_json

    data = read_json(Path(request.reference))
    try:
        return backtest_of(data)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FigureUnavailableError(f"{request.reference}: is not JSON of `llmcost backtest`") from None


def backtest_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return coverage and calibration of each target from the JSON of a backtest; ValueError if it is invalid."""
    targets = {
        str(name): {
            "n": int(target["n"]),
            "coverage": {str(level): float(share) for level, share in target["coverage"].items()},
            "baselines": {
                str(baseline): {str(level): float(share) for level, share in row["coverage"].items()}
                for baseline, row in target.get("baselines", {}).items()
            },
            "pit": sorted(float(case["pit"]) for case in target["cases"] if case.get("pit") is not None),
        }
        for name, target in data["targets"].items()
    }
    if not targets:
        raise ValueError("no targets")
    return {
        "schema": 2,
        "title": "Predictions against published figures",
        "n": sum(baseline["n"] for baseline in targets.values()),
        "targets": targets,
    }


def draw_backtest(table: FigureTable, date: str) -> "Figure":
    """Draw the empirical coverage of intervals against their nominal coverage, and the distribution of the PIT values."""
    targets = table["targets"]
    figure, (left, right) = canvas(
        table,
        table["title"],
        "Do intervals have their nominal coverage?",
        date,
        rows=1,
        height=3.1,
        ncols=2,
        remark="Left: share of published values inside each interval; on the diagonal is calibrated, below it overconfident. "
        "Right: the sorted probability integral transforms (PIT) of published values; the diagonal is calibrated. Grey: 95% "
        f"band of Monte Carlo error for {max(target['n'] for target in targets.values())} cases.",
    )
    largest_n = max(target["n"] for target in targets.values())
    left.plot([0, 100], [0, 100], color=MUTED, linewidth=0.8)
    right.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8)
    levels = [step / 100 for step in range(0, 101, 2)]
    error_band = [Z_95 * (level * (1 - level) / largest_n) ** 0.5 for level in levels]
    for axes, scale in ((left, 100), (right, 1)):
        low = [scale * max(0.0, p - error) for p, error in zip(levels, error_band, strict=True)]
        high = [scale * min(1.0, p + error) for p, error in zip(levels, error_band, strict=True)]
        axes.fill_between([scale * p for p in levels], low, high, color=PALE, linewidth=0)
    handles = []
    for number, (name, target) in enumerate(list(targets.items())[: len(MARKERS)]):
        colour = (*COLOURS[:4], INK)[number]
        levels_percent = [float(level) for level in target["coverage"]]
        coverage, legend_text = (
            [100 * share for share in target["coverage"].values()],
            label(f"{to_words(name)} (n = {target['n']})", 2.8, 1),
        )
        handles += left.plot(
            levels_percent,
            coverage,
            color=colour,
            marker=MARKERS[number],
            linestyle=LINES[number],
            markersize=5,
            label=legend_text,
        )
        for baseline in target["baselines"].values():
            left.plot([float(level) for level in baseline], [100 * share for share in baseline.values()], color=colour,
                      marker=MARKERS[number], markerfacecolor="white", linestyle="none", markersize=4.5)  # fmt: skip
        pit = target["pit"]
        if pit:
            right.step([0, *pit, 1], [0, *((place + 1) / len(pit) for place in range(len(pit))), 1], where="post", color=colour,
                       linestyle=LINES[number])  # fmt: skip
    if any(target["baselines"] for target in targets.values()):
        handles += left.plot(
            [], [], color=INK, marker="o", markerfacecolor="white", linestyle="none", label="hollow: baselines"
        )
    left.set(xlim=(0, 100), ylim=(0, 103), xlabel="nominal interval, %", ylabel="coverage, % of cases")
    right.set(xlim=(0, 1), ylim=(0, 1.03), xlabel="PIT", ylabel="cumulative share of cases")
    left.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)
    return figure


def backtest_text(table: FigureTable) -> str:
    """Describe the coverage of each interval."""
    texts = [
        f"{to_words(name)} (n = {target['n']}): "
        + ", ".join(f"{level}% interval covers {format_percent(share)}" for level, share in target["coverage"].items())
        for name, target in table["targets"].items()
    ]
    return f"Coverage of intervals and PIT of published values. {join_texts(texts)}."


FUNCTIONS = {
    "backtest": KindFunctions(backtest_table, draw_backtest, backtest_text),
}
