"""One prior with its interval and sources."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.core.formatting import scaled
from simulator.core.levels import Level, in_percent
from simulator.engine.inputs import Input
from simulator.engine.summaries import ends
from simulator.figures.axes import amount, bare_minor, span
from simulator.figures.data import Asked, NotDrawn, even, within
from simulator.figures.phrases import interval_name
from simulator.figures.registry import Parts, Table
from simulator.figures.style import FILL, MAIN, PALE, canvas
from simulator.figures.text import plain, words
from simulator.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def prior_table(request: Asked) -> dict[str, Any]:
    """Return the prior that is asked for, as the scenario has it."""
    from simulator.core.suggestions import nearest

    scenario = request.one
    priors = {name: item for name, item in scenario.inputs.items() if item.role == "prior"}
    if request.of is None:
        raise NotDrawn(f"which prior? Name one with --of, such as {', '.join(sorted(priors)[:3])}")
    if request.of not in priors:
        known = f"is a known number in {scenario.name}" if request.of in scenario.inputs else f"is no prior of {scenario.name}"
        raise NotDrawn(f"{request.of!r} {known}{nearest(request.of, priors)}; `llmcost check {scenario.name}` lists its inputs")
    return prior_of(priors[request.of], scenario, request.interval)


def prior_of(item: Input, scenario: Scenario | None = None, interval: Level = 0.95) -> dict[str, Any]:
    """Return the table of a prior: shares of its weight in even steps, figures, and where it comes from."""
    from simulator.core.units import SHOWN_AS

    distribution = item.distribution
    unit, scale = SHOWN_AS.get(item.unit.text, (item.unit.text, 1.0))
    low, high = ends(interval)
    first, last = (
        min(distribution.quantile(0.002), distribution.quantile(low)),
        max(distribution.quantile(0.995), distribution.quantile(high)),
    )
    edges = even(first, last, 72)
    below = np.array([distribution.cdf(float(edge)) for edge in edges])
    return {
        "schema": 1, "name": item.name, "title": item.name if scenario is None else scenario.title,
        "interval": in_percent(interval), "unit": "" if unit == "1" else unit, "about": item.about,
        "specification": item.specification, "date": item.date, "grade": item.grade, "assumption": item.is_assumption,
        "sources": [str(source) for source in item.sources],
        "low": distribution.quantile(low) * scale, "median": distribution.quantile(0.5) * scale,
        "high": distribution.quantile(high) * scale,
        "edges": (edges * scale).tolist(), "shares": np.diff(below).tolist(),
    }  # fmt: skip


def draw_prior(table: Table, date: str) -> "Figure":
    """The weight of a prior in even steps, its interval and median, and the sources that it rests on."""
    unit = table["unit"]
    sources = table["sources"] or ["none: an assumption"]
    shown = [f"[{number}] {source}" for number, source in enumerate(sources[:3], start=1)]
    more = f" and {len(sources) - 3} more" if len(sources) > 3 else ""
    grade = f"; grade {table['grade']}" if table["grade"] else ""
    figure, axes = canvas(
        table,
        f"{words(table['name'])}: what is believed",
        table["about"] or f"As {plain(table['title'])} has it",
        date,
        height=2.9,
        remark=f"Stated: {plain(table['specification'])}{grade}{'; as of ' + plain(table['date']) if table['date'] else ''}. "
        f"Sources: {'; '.join(shown)}{more}.",
    )
    edges, shares = table["edges"], table["shares"]
    pairs = list(pairwise(edges))
    bars = axes.bar(edges[:-1], [100 * share for share in shares], [b - a for a, b in pairs], align="edge", linewidth=0)
    for bar, (low, high) in zip(bars, pairs, strict=True):
        bar.set_facecolor(FILL if within((low, high), table) else PALE)
    span(edges, pad=0.0).apply(axes.xaxis)
    axes.axvline(table["median"], color=MAIN, linewidth=1.6, label=f"median {scaled(table['median'])}")
    inside = bars[len(pairs) // 2]
    inside.set_label(f"{interval_name(table)}: {scaled(table['low'])} to {scaled(table['high'])}")
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


def prior_text(table: Table) -> str:
    """Say what is believed of the prior."""
    low, middle, high = (scaled(x) for x in (table["low"], table["median"], table["high"]))
    unit = f" {table['unit']}" if table["unit"] else ""
    rest = f"{len(table['sources'])} sources" if table["sources"] else "an assumption"
    return (
        f"Density of the prior {words(table['name'])}: median {middle}{unit}, {table['interval']:g}% interval "
        f"{low} to {high}{unit}; {rest}."
    )


PARTS = {
    "prior": Parts(prior_table, draw_prior, prior_text),
}
