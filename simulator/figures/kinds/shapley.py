"""The share of the variance of the total due to each input, correlated inputs included."""

from typing import TYPE_CHECKING

from simulator.core.errors import UnsupportedError
from simulator.core.formatting import format_percent
from simulator.figures.axes import MAX_ROWS, omitted_rows_text, rows_height
from simulator.figures.data import FigureRequest, FigureUnavailableError
from simulator.figures.drivers import VARIANCE_OF, VarianceShare, draw_variance_shares, rank_drivers_for
from simulator.figures.phrases import join_texts, sentence, short_title, subtitle
from simulator.figures.registry import KindFunctions
from simulator.figures.style import canvas
from simulator.figures.text import to_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.analysis.sensitivity import Sensitivity


def shapley_table(request: FigureRequest) -> "Sensitivity":
    """Compute the Shapley effect of each input."""
    try:
        analysis = rank_drivers_for(request, "shapley")
    except UnsupportedError as error:
        raise FigureUnavailableError(f"{request.scenario.name}: {error}") from None
    if not analysis.shapley:
        raise FigureUnavailableError(
            f"{request.scenario.name} is under way, so its inputs have no Shapley effects; draw its `variance` instead"
        )
    return analysis


def draw_shapley(analysis: "Sensitivity", date: str) -> "Figure":
    """Draw the Shapley effect of each input with its error."""
    rows = analysis.shapley[:MAX_ROWS]
    figure, axes = canvas(
        analysis,
        shapley_finding(analysis),
        subtitle(analysis, f"Shapley effects on the variance of {VARIANCE_OF[analysis.variance_of]}"),
        date,
        height=rows_height(len(rows)),
        remark="What an input adds to the variance explained if inputs become known one after the other, over all orders. The "
        "shares of all inputs add up to 100%, also of correlated ones. Whiskers: 95% Monte Carlo interval. Hatched: an "
        "assumption, "
        f"with no source or grade D.{omitted_rows_text(analysis.shapley, 'inputs')}",
    )
    draw_variance_shares(axes, [VarianceShare(_words(each.inputs), each.share, each.is_assumption) for each in rows])
    return figure


def _words(inputs: str) -> str:
    return " + ".join(map(to_words, inputs.split(" + ")))


def shapley_text(analysis: "Sensitivity") -> str:
    """Describe the Shapley effect of each input."""
    texts = [f"{_words(effect.inputs)} {format_percent(max(0.0, effect.share.value))}" for effect in analysis.shapley]
    return f"Shapley effects on the variance of the {analysis.variance_of} of {short_title(analysis)}: {join_texts(texts)}."


def shapley_finding(analysis: "Sensitivity") -> str:
    """State the inputs that make up most of the variance, which their shares may be added for."""
    chosen, whole = [], 0.0
    for effect in analysis.shapley[:3]:
        chosen.append(effect)
        whole += effect.share.value
        if whole >= 0.5:
            break
    names = [_words(effect.inputs) for effect in chosen]
    joined = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    is_or_are = "is" if len(names) == 1 else "are"
    return sentence(f"{joined} {is_or_are} the source of {format_percent(whole)} of the uncertainty")


FUNCTIONS = KindFunctions(shapley_table, draw_shapley, shapley_text, shapley_finding)
