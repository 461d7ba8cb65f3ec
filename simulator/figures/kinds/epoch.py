"""The three main figures of Cottier et al. 2024 (arXiv:2405.21015), drawn from this project's own tables and scenarios."""

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.core.formatting import format_money, format_percent
from simulator.figures.axes import add_legend, set_rows_axis
from simulator.figures.data import FigureRequest, FigureUnavailableError, header, simulate_quantities
from simulator.figures.kinds.trend import draw_fit, log_money_axis, trend_of, trend_text, years_axis
from simulator.figures.phrases import growth_text, interval_name, join_texts
from simulator.figures.registry import FigureTable, KindFunctions
from simulator.figures.style import ACCENT, COLOURS, HATCHES, INK, MAIN, canvas
from simulator.figures.text import to_plain
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure


STUDY = "After Cottier et al. 2024, arXiv:2405.21015"

COST_LABELS = {"amortised": "hardware and energy, amortised", "cloud": "cloud rental", "acquisition": "hardware bought"}

STUDY_SCENARIOS = ("epoch/gpt-3", "epoch/gpt-4", "epoch/gemini-ultra")

COMPONENTS = {
    "chips": ("chip_cost",),
    "rest of servers": ("server_cost",),
    "cluster network": ("network_cost",),
    "energy": ("energy_cost",),
    "staff and equity": ("staff_cost",),
}


def epoch_growth_table(request: FigureRequest) -> dict[str, Any]:
    """Fit both measures of the cost of the final run."""
    trends = [trend_of(cost, request.evidence, end_year=0.0) for cost in ("amortised", "cloud")]
    return {key: trends[0][key] for key in ("schema", "money", "interval", "n")} | {"title": "Frontier models", "costs": trends}


def epoch_acquisition_table(request: FigureRequest) -> dict[str, Any]:
    """Fit the acquisition cost of the hardware of the final run."""
    return trend_of("acquisition", request.evidence, end_year=0.0)


def epoch_components_table(request: FigureRequest) -> dict[str, Any]:
    """Simulate the scenarios of the study for the medians of their components, whose shares the study reports."""
    from simulator.scenario import read

    scenarios = list(request.scenarios) or [read(name) for name in STUDY_SCENARIOS]
    rows = []
    for scenario in scenarios:
        names = [name for parts in COMPONENTS.values() for name in parts]
        missing = [name for name in names if name not in scenario.lines]
        if missing:
            raise FigureUnavailableError(f"{scenario.name} has no line {missing[0]}, which the components of the study require")
        retained_draws = simulate_quantities(request, [TOTAL, *names], scenario).retained_draws
        medians = {part: float(sum(np.median(retained_draws[name]) for name in lines)) for part, lines in COMPONENTS.items()}
        rows.append({
            "name": scenario.name, "title": scenario.title, "medians": medians,
            "shares": {part: value / sum(medians.values()) for part, value in medians.items()},
        })  # fmt: skip
    return header(scenarios[0], request.draw_count(), request.seed, request.interval) | {
        "title": "Frontier models",
        "scenarios": rows,
    }


def _growth_label(table: FigureTable) -> str:
    growth = table["growth"]
    return f"{growth['value']:.2f}x a year ({interval_name(table)}: {growth['low']:.2f}x to {growth['high']:.2f}x)"


def draw_epoch_growth(table: FigureTable, date: str) -> "Figure":
    """Draw the cost of the final run over time by both measures, each with its fitted line."""
    figure, axes = canvas(
        table,
        "The cost to train frontier models over time",
        f"Final run without staff, {table['money']}, log scale",
        date,
        height=3.6,
        remark=f"{STUDY}, 3.1: the models whose inputs are public, fitted by least squares.",
    )
    for fit, colour, style, marker in zip(table["costs"], (MAIN, ACCENT), ("-", "--"), ("o", "s"), strict=True):
        text = f"{COST_LABELS[fit['cost']]}: {_growth_label(fit)}, n = {fit['n']}"
        draw_fit(axes, fit, colour, style, marker, text, bands=False)
    lines = [fit["line"] for fit in table["costs"]]
    years_axis(axes, min(line[0]["date"] for line in lines), max(line[-1]["date"] for line in lines))
    log_money_axis(axes, [row["cost"] for fit in table["costs"] for row in fit["models"]])
    add_legend(axes, columns=1)
    return figure


def draw_epoch_acquisition(table: FigureTable, date: str) -> "Figure":
    """Draw the acquisition cost of the hardware of the final run over time."""
    figure, axes = canvas(
        table,
        "The cost to acquire the hardware of frontier models",
        f"Chips, servers and network of the final run, {table['money']}, log scale",
        date,
        height=3.6,
        remark=f"{STUDY}, 3.3: the models whose inputs are public, fitted by least squares. Bands: 95% of the line and of one "
        "model.",
    )
    draw_fit(axes, table, MAIN, "-", "o", f"{COST_LABELS['acquisition']}: {_growth_label(table)}", bands=True)
    years_axis(axes, table["line"][0]["date"], table["line"][-1]["date"])
    log_money_axis(axes, [row["cost"] for row in table["models"]])
    add_legend(axes, columns=2)
    return figure


def draw_epoch_components(table: FigureTable, date: str) -> "Figure":
    """Draw the shares of the components in the cost of development, by model."""
    rows = table["scenarios"]
    figure, axes = canvas(
        table,
        "What the development of frontier models is spent on",
        f"Share of the cost of development, {table['money']}",
        date,
        height=0.95 + 0.55 * len(rows),
        remark=f"{STUDY}, 3.5: shares are component medians over their sum, as in the study. On the right: that sum. "
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
    set_rows_axis(axes, [to_plain(row["title"]).removesuffix(", as published") for row in rows])
    for place, row in enumerate(rows):
        axes.annotate(
            f"{format_money(sum(row['medians'].values()))}",
            (1.0, place),
            xycoords=("axes fraction", "data"),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            size=7.5,
        )
    axes.set_xlim(0, 100)
    axes.set_xlabel("% of the sum of medians")
    add_legend(axes, columns=3)
    return figure


def epoch_growth_text(table: FigureTable) -> str:
    """Describe the growth of each measure of the cost."""
    return f"Cost of the final run of frontier models over time: {join_texts([growth_text(fit) for fit in table['costs']])}."


def epoch_components_text(table: FigureTable) -> str:
    """Describe the share of each component."""
    texts = [
        f"{to_plain(row['title'])}: " + ", ".join(f"{part} {format_percent(share)}" for part, share in row["shares"].items())
        for row in table["scenarios"]
    ]
    return f"Shares of the cost of development. {join_texts(texts)}."


FUNCTIONS = {
    "epoch-growth": KindFunctions(epoch_growth_table, draw_epoch_growth, epoch_growth_text),
    "epoch-components": KindFunctions(epoch_components_table, draw_epoch_components, epoch_components_text),
    "epoch-acquisition": KindFunctions(epoch_acquisition_table, draw_epoch_acquisition, trend_text),
}
