"""The share of the variance of the total that each input explains."""

from typing import TYPE_CHECKING

from simulator.core.formatting import format_percent
from simulator.figures.axes import MAX_ROWS, draw_empty, omitted_rows_text, rows_height
from simulator.figures.data import FigureRequest
from simulator.figures.drivers import VARIANCE_OF, VarianceShare, draw_variance_shares, rank_drivers_for
from simulator.figures.phrases import join_texts, sentence, short_title, subtitle
from simulator.figures.registry import KindFunctions
from simulator.figures.style import canvas
from simulator.figures.text import to_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.analysis.sensitivity import Sensitivity


def variance_table(request: FigureRequest) -> "Sensitivity":
    """Compute the share of the variance of each input."""
    return rank_drivers_for(request, "draws")


def draw_variance(analysis: "Sensitivity", date: str) -> "Figure":
    """Draw the share of the variance of the total that each input explains by itself, with its error."""
    rows = analysis.shares[:MAX_ROWS]
    figure, axes = canvas(
        analysis,
        variance_finding(analysis),
        subtitle(analysis, f"share of the variance of {VARIANCE_OF[analysis.variance_of]}"),
        date,
        height=rows_height(len(rows)),
        remark="The expected reduction of the variance if the input were known, including what is correlated with it. "
        "Whiskers: 95% Monte Carlo interval. Hatched: an assumption, with no source or grade D."
        + omitted_rows_text(analysis.shares, "inputs"),
    )
    if not rows:
        draw_empty(axes, "No input has a share of the variance.")
        return figure
    draw_variance_shares(axes, [VarianceShare(to_words(each.name), share, each.is_assumption) for each, share in rows])
    return figure


def variance_text(analysis: "Sensitivity") -> str:
    """Describe the share of the variance of each input."""
    texts = [f"{to_words(driver.name)} {format_percent(max(0.0, share.value))}" for driver, share in analysis.shares]
    return f"Share of the variance of the {analysis.variance_of} of {short_title(analysis)} by input: {join_texts(texts)}."


def variance_finding(analysis: "Sensitivity") -> str:
    """State the inputs with the largest shares of the variance."""
    clear = [(driver, share) for driver, share in analysis.shares if share.is_clear]
    if not clear:
        return "No input has a share of the variance above the Monte Carlo error"
    texts = [f"{to_words(driver.name)} {format_percent(share.value)}" for driver, share in clear[1:2]]
    driver, share = clear[0]
    first = f"{to_words(driver.name)} explains {format_percent(share.value)} of the uncertainty"
    return sentence("; ".join([first, *(f"next is {text}" for text in texts)]))


FUNCTIONS = KindFunctions(variance_table, draw_variance, variance_text, variance_finding)
