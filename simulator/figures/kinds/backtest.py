"""Coverage and calibration of predictions against published figures."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.core.formatting import percent
from simulator.figures.data import HALF_WIDTH, Asked, NotDrawn
from simulator.figures.phrases import listed
from simulator.figures.registry import Parts, Table
from simulator.figures.style import COLOURS, INK, LINES, MARKERS, MUTED, PALE, canvas
from simulator.figures.text import label, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def backtest_table(request: Asked) -> dict[str, Any]:
    """Read the output of `llmcost backtest --format json`."""
    from simulator.io.to_json import read_json

    data = read_json(Path(request.reference))
    try:
        return backtest_of(data)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotDrawn(f"{request.reference}: it is no JSON of `llmcost backtest`") from None


def backtest_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return coverage and calibration of each target from the JSON of a backtest; ValueError where it is none."""
    targets = {
        str(name): {
            "n": int(target["n"]),
            "coverage": {str(level): float(share) for level, share in target["coverage"].items()},
            "baselines": {
                str(each): {str(level): float(share) for level, share in row["coverage"].items()}
                for each, row in target.get("baselines", {}).items()
            },
            "pit": sorted(float(case["pit"]) for case in target["cases"] if case.get("pit") is not None),
        }
        for name, target in data["targets"].items()
    }
    if not targets:
        raise ValueError("no targets")
    return {"schema": 1, "title": "Predictions against published figures", "n": sum(each["n"] for each in targets.values()),
            "targets": targets}  # fmt: skip


def draw_backtest(table: Table, date: str) -> "Figure":
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
        "the places of published figures in their predictions (PIT), sorted; straight is calibrated. Grey: 95% of the "
        "random draws of "
        f"{max(target['n'] for target in targets.values())} cases.",
    )
    most = max(target["n"] for target in targets.values())
    left.plot([0, 100], [0, 100], color=MUTED, linewidth=0.8)
    right.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8)
    levels = [step / 100 for step in range(0, 101, 2)]
    error_band = [HALF_WIDTH * (level * (1 - level) / most) ** 0.5 for level in levels]
    for axes, scale in ((left, 100), (right, 1)):
        low = [scale * max(0.0, p - error) for p, error in zip(levels, error_band, strict=True)]
        high = [scale * min(1.0, p + error) for p, error in zip(levels, error_band, strict=True)]
        axes.fill_between([scale * p for p in levels], low, high, color=PALE, linewidth=0)
    handles = []
    for number, (name, target) in enumerate(list(targets.items())[: len(MARKERS)]):
        colour = (*COLOURS[:4], INK)[number]
        at = [float(level) for level in target["coverage"]]
        held, text = [100 * share for share in target["coverage"].values()], label(f"{words(name)} (n = {target['n']})", 2.8, 1)
        handles += left.plot(at, held, color=colour, marker=MARKERS[number], linestyle=LINES[number], markersize=5, label=text)
        for each in target["baselines"].values():
            left.plot([float(level) for level in each], [100 * share for share in each.values()], color=colour,
                      marker=MARKERS[number], markerfacecolor="white", linestyle="none", markersize=4.5)  # fmt: skip
        pit = target["pit"]
        if pit:
            right.step([0, *pit, 1], [0, *((place + 1) / len(pit) for place in range(len(pit))), 1], where="post", color=colour,
                       linestyle=LINES[number])  # fmt: skip
    if any(target["baselines"] for target in targets.values()):
        handles += left.plot(
            [], [], color=INK, marker="o", markerfacecolor="white", linestyle="none", label="hollow: baselines"
        )
    left.set(xlim=(0, 100), ylim=(0, 103), xlabel="stated interval, %", ylabel="held, % of cases")
    right.set(xlim=(0, 1), ylim=(0, 1.03), xlabel="place in the prediction", ylabel="share of cases up to there")
    left.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)
    return figure


def backtest_text(table: Table) -> str:
    """Say what share of cases each interval held."""
    texts = [
        f"{words(name)} (n = {target['n']}): "
        + ", ".join(f"{level}% held {percent(share)}" for level, share in target["coverage"].items())
        for name, target in table["targets"].items()
    ]
    return f"Coverage of intervals and places of published figures in their predictions. {listed(texts)}."


PARTS = {
    "backtest": Parts(backtest_table, draw_backtest, backtest_text),
}
