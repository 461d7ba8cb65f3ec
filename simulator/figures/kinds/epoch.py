"""The three main figures of Cottier et al. 2024 (arXiv:2405.21015), drawn from this project's own tables and scenarios."""

from typing import TYPE_CHECKING

from simulator.core.formatting import money
from simulator.figures.kinds.evidence import _fitted, _log_money, _years
from simulator.figures.style import COLOURS, HATCHES, INK, MAIN, OTHER, canvas, interval_name, legend, plain, rows_axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.figures import Table

STUDY = "After Cottier et al. 2024, arXiv:2405.21015"
NAMES = {"amortised": "hardware and energy, amortised", "cloud": "cloud rental", "acquisition": "hardware bought"}


def _growth(table: "Table") -> str:
    growth = table["growth"]
    return f"{growth['value']:.2f}x a year ({interval_name(table)}: {growth['low']:.2f}x to {growth['high']:.2f}x)"


def epoch_growth(table: "Table", date: str) -> "Figure":
    """The cost of the final run over time, by both ways to count it, each with its line."""
    figure, axes = canvas(
        table,
        "The cost to train frontier models over time",
        f"Final run without staff, {table['money']}, log scale",
        date,
        height=3.6,
        remark=f"{STUDY}, 3.1: the models whose inputs are public, fitted by least squares.",
    )
    for told, colour, style, marker in zip(table["costs"], (MAIN, OTHER), ("-", "--"), ("o", "s"), strict=True):
        text = f"{NAMES[told['cost']]}: {_growth(told)}, n = {told['n']}"
        _fitted(axes, told, colour, style, marker, text, bands=False)
    lines = [told["line"] for told in table["costs"]]
    _years(axes, min(line[0]["date"] for line in lines), max(line[-1]["date"] for line in lines))
    _log_money(axes, [row["cost"] for told in table["costs"] for row in told["models"]])
    legend(axes, columns=1)
    return figure


def epoch_acquisition(table: "Table", date: str) -> "Figure":
    """What it cost to buy the hardware of the final run, over time."""
    figure, axes = canvas(
        table,
        "The cost to acquire the hardware of frontier models",
        f"Chips, servers and network of the final run, {table['money']}, log scale",
        date,
        height=3.6,
        remark=f"{STUDY}, 3.3: the models whose inputs are public, fitted by least squares. Bands: 95% of the line and of one "
        "model.",
    )
    _fitted(axes, table, MAIN, "-", "o", f"{NAMES['acquisition']}: {_growth(table)}", bands=True)
    _years(axes, table["line"][0]["date"], table["line"][-1]["date"])
    _log_money(axes, [row["cost"] for row in table["models"]])
    legend(axes, columns=2)
    return figure


def epoch_components(table: "Table", date: str) -> "Figure":
    """The shares of the components in the cost of development, model by model."""
    rows = table["scenarios"]
    figure, axes = canvas(
        table,
        "What the development of frontier models is spent on",
        f"Share of the cost of development, {table['money']}",
        date,
        height=0.95 + 0.55 * len(rows),
        remark=f"{STUDY}, 3.5: shares are component medians over their sum, as the study has them. Beside: that sum. "
        "The study's fourth model, OPT-175B, has no scenario here.",
    )
    left = [0.0] * len(rows)
    for number, part in enumerate(rows[0]["shares"]):
        values = [100 * row["shares"][part] for row in rows]
        axes.barh(range(len(rows)), values, left=left, height=0.6, color=COLOURS[number], hatch=HATCHES[number], edgecolor=INK,
                  linewidth=0.6, label=part)  # fmt: skip
        for place, value in enumerate(values):
            if value >= 3.5:
                axes.text(left[place] + value / 2, place, f"{value:.0f}%", ha="center", va="center", size=7.5, color=INK,
                          bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0})  # fmt: skip
        left = [start + value for start, value in zip(left, values, strict=True)]
    rows_axis(axes, [plain(row["title"]).removesuffix(", as published") for row in rows])
    for place, row in enumerate(rows):
        axes.annotate(f"{money(sum(row['medians'].values()))}", (1.0, place), xycoords=("axes fraction", "data"), xytext=(5, 0),
                      textcoords="offset points", va="center", size=7.5)  # fmt: skip
    axes.set_xlim(0, 100)
    axes.set_xlabel("% of the sum of medians")
    legend(axes, columns=3)
    return figure
