"""The second figure of Cottier et al. 2024: the components of the cost of development."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.core.formatting import format_money, format_percent
from simulator.core.results import AnalysisResult
from simulator.figures.axes import add_legend, set_rows_axis
from simulator.figures.categories import COMPUTE, ENERGY, STAFF
from simulator.figures.data import FigureRequest, FigureUnavailableError, simulate_quantities
from simulator.figures.format import points
from simulator.figures.phrases import join_texts
from simulator.figures.registry import KindFunctions
from simulator.figures.style import INK, canvas
from simulator.figures.text import to_plain
from simulator.figures.trends import (
    TITLE,
)
from simulator.io.header import header_of
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure
from simulator.figures.study import STUDY

STUDY_SCENARIOS = ("epoch/gpt-3", "epoch/gpt-4", "epoch/gemini-ultra")
COLOURS_OF = {
    "chips": (COMPUTE.colour, ""),
    "rest of servers": ("#4d6a91", "////"),
    "cluster network": ("#a3b4cb", ""),
    "energy": (ENERGY.colour, ENERGY.hatch),
    "staff and equity": (STAFF.colour, STAFF.hatch),
}
"""Colour and hatch of each component: tints of the colour of compute for the hardware, otherwise those of the category."""
COMPONENTS = {
    "chips": ("chip_cost",),
    "rest of servers": ("server_cost",),
    "cluster network": ("network_cost",),
    "energy": ("energy_cost",),
    "staff and equity": ("staff_cost",),
}


@dataclass(frozen=True, slots=True)
class Components:
    """The components of the cost of a scenario.

    Attributes
    ----------
    name, title : str
        Of the scenario.
    medians : mapping of str to float
        Median of each component, USD.
    shares : mapping of str to float
        Share of each median in their sum.

    """

    name: str
    title: str
    medians: Mapping[str, float]
    shares: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class ComponentsFigure(AnalysisResult):
    """The components of the cost of development of several scenarios; the header is that of the first.

    Attributes
    ----------
    scenarios : tuple of Components

    """

    scenarios: tuple[Components, ...]


def epoch_components_table(request: FigureRequest) -> ComponentsFigure:
    """Simulate the scenarios of the study for the medians of their components, whose shares the study reports."""
    from simulator.scenario import read

    scenarios = list(request.scenarios) or [read(name) for name in STUDY_SCENARIOS]
    names = [name for parts in COMPONENTS.values() for name in parts]
    rows = []
    for scenario in scenarios:
        missing = [name for name in names if name not in scenario.lines]
        if missing:
            raise FigureUnavailableError(f"{scenario.name} has no line {missing[0]}, which the components of the study require")
        retained_draws = simulate_quantities(request, [TOTAL, *names], scenario).retained_draws
        medians = {part: float(sum(np.median(retained_draws[name]) for name in lines)) for part, lines in COMPONENTS.items()}
        shares = {part: value / sum(medians.values()) for part, value in medians.items()}
        rows.append(Components(scenario.name, scenario.title, medians, shares))
    header = replace(header_of(scenarios[0], request.options()), title=TITLE)
    return ComponentsFigure(header=header, scenarios=tuple(rows))


def draw_epoch_components(table: ComponentsFigure, date: str) -> "Figure":
    """Draw the shares of the components in the cost of development, by model."""
    rows = table.scenarios
    figure, axes = canvas(
        table,
        epoch_components_finding(table),
        f"Share of the cost of development, {table.header.money}",
        date,
        height=0.95 + 0.55 * len(rows),
        remark=f"{STUDY}, 3.5: shares are component medians over their sum, as in the study. On the right: that sum. "
        "The study's fourth model, OPT-175B, has no scenario here.",
    )
    left = [0.0] * len(rows)
    for part in COMPONENTS:
        colour, hatch = COLOURS_OF[part]
        values = [100 * row.shares[part] for row in rows]
        axes.barh(range(len(rows)), values, left=left, height=0.6, color=colour, hatch=hatch, edgecolor=INK,
                  linewidth=0.6, label=part)  # fmt: skip
        for place, value in enumerate(values):
            if value >= 3.5:
                axes.text(left[place] + value / 2, place, f"{value:.0f}%", ha="center", va="center", size=points(7.5),
                          color=INK, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0})  # fmt: skip
        left = [start + value for start, value in zip(left, values, strict=True)]
    set_rows_axis(axes, [to_plain(row.title).removesuffix(", as published") for row in rows])
    for place, row in enumerate(rows):
        axes.annotate(
            f"{format_money(sum(row.medians.values()))}",
            (1.0, place),
            xycoords=("axes fraction", "data"),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            size=points(7.5),
        )
    axes.set_xlim(0, 100)
    axes.set_xlabel("% of the sum of medians")
    add_legend(axes, columns=3)
    return figure


def epoch_components_text(table: ComponentsFigure) -> str:
    """Describe the share of each component."""
    texts = [
        f"{to_plain(row.title)}: " + ", ".join(f"{part} {format_percent(share)}" for part, share in row.shares.items())
        for row in table.scenarios
    ]
    return f"Shares of the cost of development. {join_texts(texts)}."


def epoch_components_finding(table: ComponentsFigure) -> str:
    """State the range of the shares of hardware and of staff over the models."""
    hardware = [row.shares["chips"] + row.shares["rest of servers"] + row.shares["cluster network"] for row in table.scenarios]
    staff = [row.shares["staff and equity"] for row in table.scenarios]
    return f"Hardware is {_range_text(hardware)} of the cost of development, staff {_range_text(staff)}"


def _range_text(shares: list[float]) -> str:
    low, high = format_percent(min(shares)), format_percent(max(shares))
    return low if low == high else f"{low} to {high}"


FUNCTIONS = KindFunctions(epoch_components_table, draw_epoch_components, epoch_components_text, epoch_components_finding)
