"""One prior with its interval and sources."""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from simulator.core.formatting import display_unit, format_value
from simulator.core.levels import Level, in_percent
from simulator.core.results import AnalysisResult, Header
from simulator.core.version import tool_version
from simulator.engine.inputs import Input
from simulator.engine.summaries import interval_bounds
from simulator.figures.axes import add_legend, axis_range, format_amount, hide_minor_ticks
from simulator.figures.data import FigureRequest, FigureUnavailableError, bin_edges, bin_in_interval
from simulator.figures.phrases import interval_name, sentence
from simulator.figures.registry import KindFunctions
from simulator.figures.style import FILL, MAIN, PALE, canvas
from simulator.figures.text import to_plain, to_words
from simulator.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class PriorTable(AnalysisResult):
    """One prior.

    Attributes
    ----------
    name : str
    unit : str
        The display unit of the amounts below; empty where there is none.
    about, specification, date, grade : str
        Description, specification, date and grade in the scenario file.
    assumption : bool
        Whether it has no source, or grade D.
    sources : tuple of str
    low, high : float
        Bounds of the central interval.
    median : float
    edges : tuple of float
        Bounds of the bins.
    shares : tuple of float
        Probability of each bin.

    """

    name: str
    unit: str
    about: str
    specification: str
    date: str
    grade: str
    assumption: bool
    sources: tuple[str, ...]
    low: float
    median: float
    high: float
    edges: tuple[float, ...]
    shares: tuple[float, ...]


def prior_table(request: FigureRequest) -> PriorTable:
    """Return the table of the requested prior."""
    from simulator.core.suggestions import suggest_nearest

    scenario = request.scenario
    priors = {name: item for name, item in scenario.inputs.items() if item.role == "prior"}
    if request.subject is None:
        raise FigureUnavailableError(f"which prior? Name one as `of`, such as {', '.join(sorted(priors)[:3])}")
    if request.subject not in priors:
        reason = (
            f"is a known number in {scenario.name}"
            if request.subject in scenario.inputs
            else f"is not a prior of {scenario.name}"
        )
        hint = suggest_nearest(request.subject, priors) or "; `llmcost check` or `check(...)` lists its inputs"
        raise FigureUnavailableError(f"{request.subject!r} {reason}{hint}")
    return prior_of(priors[request.subject], scenario, request.interval)


def prior_of(item: Input, scenario: Scenario | None = None, interval: Level = 0.95) -> PriorTable:
    """Return the table of a prior: probability of each bin, quantiles, and sources."""
    distribution = item.distribution
    unit, scale = display_unit(item.unit.text)
    low, high = interval_bounds(interval)
    lower, upper = (
        min(distribution.quantile(0.002), distribution.quantile(low)),
        max(distribution.quantile(0.995), distribution.quantile(high)),
    )
    edges = bin_edges(lower, upper, 72)
    cumulative = np.array([distribution.cdf(float(edge)) for edge in edges])
    return PriorTable(
        header=Header(
            title=item.name if scenario is None else scenario.title, interval=in_percent(interval), version=tool_version()
        ),
        name=item.name,
        unit="" if unit == "1" else unit,
        about=item.about,
        specification=item.specification,
        date=item.date,
        grade=item.grade,
        assumption=item.is_assumption,
        sources=tuple(map(str, item.sources)),
        low=distribution.quantile(low) * scale,
        median=distribution.quantile(0.5) * scale,
        high=distribution.quantile(high) * scale,
        edges=tuple((edges * scale).tolist()),
        shares=tuple(np.diff(cumulative).tolist()),
    )


def draw_prior(table: PriorTable, date: str) -> "Figure":
    """Draw the probability of a prior by bin, its interval and median, and its sources."""
    sources = table.sources or ("none: an assumption",)
    shown_sources = [f"[{number}] {source}" for number, source in enumerate(sources[:3], start=1)]
    more_sources = f" and {len(sources) - 3} more" if len(sources) > 3 else ""
    grade = f"; grade {table.grade}" if table.grade else ""
    date_text = f"; as of {to_plain(table.date)}" if table.date else ""
    figure, axes = canvas(
        table,
        prior_finding(table),
        table.about or f"As specified in {to_plain(str(table.header.title))}",
        date,
        height=2.9,
        remark=f"Specification: {to_plain(table.specification)}{grade}{date_text}. "
        f"Sources: {'; '.join(shown_sources)}{more_sources}.",
    )
    edges, shares = table.edges, table.shares
    pairs = list(pairwise(edges))
    bars = axes.bar(edges[:-1], [100 * share for share in shares], [b - a for a, b in pairs], align="edge", linewidth=0)
    for bar, (low, high) in zip(bars, pairs, strict=True):
        bar.set_facecolor(FILL if bin_in_interval((low, high), table) else PALE)
    axis_range(edges, pad=0.0).apply(axes.xaxis)
    axes.axvline(table.median, color=MAIN, linewidth=1.6, label=f"median {format_value(table.median)}")
    interval_bar = bars[len(pairs) // 2]
    interval_bar.set_label(f"{interval_name(table)}: {format_value(table.low)} to {format_value(table.high)}")
    interval_bar.set_facecolor(FILL)
    axes.xaxis.set_major_formatter(lambda at, _: _tick(at))
    if axes.get_xscale() == "log":
        hide_minor_ticks(axes.xaxis)
    else:
        axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel(f"{to_words(table.name)}{', ' + table.unit if table.unit else ''}")
    axes.set_ylabel("probability per bin, %")
    axes.grid(visible=False, axis="x")
    handles, texts = axes.get_legend_handles_labels()
    add_legend(axes, columns=2, handles=handles, texts=texts)
    return figure


def _tick(value: float) -> str:
    return (
        f"{value:,.6g}"
        if 1e-4 <= abs(value) < 1e5 or value == 0
        else format_amount(value)
        if abs(value) >= 1e5
        else f"{value:g}"
    )


def prior_text(table: PriorTable) -> str:
    """Describe the prior."""
    low, median, high = (format_value(x) for x in (table.low, table.median, table.high))
    unit = f" {table.unit}" if table.unit else ""
    basis = f"{len(table.sources)} sources" if table.sources else "an assumption"
    return (
        f"Density of the prior {to_words(table.name)}: median {median}{unit}, {table.header.interval:g}% interval "
        f"{low} to {high}{unit}; {basis}."
    )


def prior_finding(table: PriorTable) -> str:
    """State the median and the interval of the prior."""
    unit = f" {table.unit}" if table.unit else ""
    return sentence(
        f"{to_words(table.name)} is {format_value(table.low)} to {format_value(table.high)}{unit} with "
        f"{table.header.interval:g}% "
        f"probability, and {format_value(table.median)} at the median"
    )


FUNCTIONS = KindFunctions(prior_table, draw_prior, prior_text, prior_finding)
