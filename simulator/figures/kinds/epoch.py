"""The three main figures of Cottier et al. 2024 (arXiv:2405.21015), drawn from this project's own tables and scenarios."""

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.core.formatting import money, percent
from simulator.figures.axes import legend, rows_axis
from simulator.figures.data import Asked, NotDrawn, header, kept_draws
from simulator.figures.kinds.trend import draw_fit, log_money_axis, trend_of, trend_text, years_axis
from simulator.figures.phrases import growth_text, interval_name, listed
from simulator.figures.registry import Parts, Table
from simulator.figures.style import COLOURS, HATCHES, INK, MAIN, OTHER, canvas
from simulator.figures.text import plain
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure


STUDY = "After Cottier et al. 2024, arXiv:2405.21015"

NAMES = {"amortised": "hardware and energy, amortised", "cloud": "cloud rental", "acquisition": "hardware bought"}

STUDIED = ("epoch/gpt-3", "epoch/gpt-4", "epoch/gemini-ultra")

COMPONENTS = {
    "chips": ("chip_cost",),
    "rest of servers": ("server_cost",),
    "cluster network": ("network_cost",),
    "energy": ("energy_cost",),
    "staff and equity": ("staff_cost",),
}


def epoch_growth_table(request: Asked) -> dict[str, Any]:
    """Fit both ways to count the cost of the final run."""
    trends = [trend_of(cost, request.evidence, until=0.0) for cost in ("amortised", "cloud")]
    return {key: trends[0][key] for key in ("schema", "money", "interval", "n")} | {"title": "Frontier models", "costs": trends}


def epoch_acquisition_table(request: Asked) -> dict[str, Any]:
    """Fit what the hardware of the final run costs to buy."""
    return trend_of("acquisition", request.evidence, until=0.0)


def epoch_components_table(request: Asked) -> dict[str, Any]:
    """Simulate the study's own scenarios for the medians of their components, whose shares the study prints."""
    from simulator.scenario import read

    scenarios = list(request.scenarios) or [read(name) for name in STUDIED]
    rows = []
    for scenario in scenarios:
        names = [name for parts in COMPONENTS.values() for name in parts]
        missing = [name for name in names if name not in scenario.lines]
        if missing:
            raise NotDrawn(f"{scenario.name} has no line {missing[0]}, which the study's components need")
        kept = kept_draws(request, [TOTAL, *names], scenario).kept
        medians = {part: float(sum(np.median(kept[name]) for name in lines)) for part, lines in COMPONENTS.items()}
        rows.append({
            "name": scenario.name, "title": scenario.title, "medians": medians,
            "shares": {part: value / sum(medians.values()) for part, value in medians.items()},
        })  # fmt: skip
    return header(scenarios[0], request.many(), request.seed, request.interval) | {
        "title": "Frontier models",
        "scenarios": rows,
    }


def _growth_label(table: Table) -> str:
    growth = table["growth"]
    return f"{growth['value']:.2f}x a year ({interval_name(table)}: {growth['low']:.2f}x to {growth['high']:.2f}x)"


def draw_epoch_growth(table: Table, date: str) -> "Figure":
    """The cost of the final run over time, by both ways to count it, each with its line."""
    figure, axes = canvas(
        table,
        "The cost to train frontier models over time",
        f"Final run without staff, {table['money']}, log scale",
        date,
        height=3.6,
        remark=f"{STUDY}, 3.1: the models whose inputs are public, fitted by least squares.",
    )
    for fit, colour, style, marker in zip(table["costs"], (MAIN, OTHER), ("-", "--"), ("o", "s"), strict=True):
        text = f"{NAMES[fit['cost']]}: {_growth_label(fit)}, n = {fit['n']}"
        draw_fit(axes, fit, colour, style, marker, text, bands=False)
    lines = [fit["line"] for fit in table["costs"]]
    years_axis(axes, min(line[0]["date"] for line in lines), max(line[-1]["date"] for line in lines))
    log_money_axis(axes, [row["cost"] for fit in table["costs"] for row in fit["models"]])
    legend(axes, columns=1)
    return figure


def draw_epoch_acquisition(table: Table, date: str) -> "Figure":
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
    draw_fit(axes, table, MAIN, "-", "o", f"{NAMES['acquisition']}: {_growth_label(table)}", bands=True)
    years_axis(axes, table["line"][0]["date"], table["line"][-1]["date"])
    log_money_axis(axes, [row["cost"] for row in table["models"]])
    legend(axes, columns=2)
    return figure


def draw_epoch_components(table: Table, date: str) -> "Figure":
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


def epoch_growth_text(table: Table) -> str:
    """Say what growth each way to count the cost shows."""
    return f"Cost of the final run of frontier models over time: {listed([growth_text(fit) for fit in table['costs']])}."


def epoch_components_text(table: Table) -> str:
    """Say what share each component has."""
    texts = [
        f"{plain(row['title'])}: " + ", ".join(f"{part} {percent(share)}" for part, share in row["shares"].items())
        for row in table["scenarios"]
    ]
    return f"Shares of the cost of development. {listed(texts)}."


PARTS = {
    "epoch-growth": Parts(epoch_growth_table, draw_epoch_growth, epoch_growth_text),
    "epoch-components": Parts(epoch_components_table, draw_epoch_components, epoch_components_text),
    "epoch-acquisition": Parts(epoch_acquisition_table, draw_epoch_acquisition, trend_text),
}
