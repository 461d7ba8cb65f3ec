"""Rank correlations of the total and its main inputs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.analysis.occurrences import decides_event
from simulator.core.levels import Level
from simulator.core.results import AnalysisResult
from simulator.engine.result import SimulationResult
from simulator.engine.summaries import rank_correlation
from simulator.figures.data import FigureRequest, header_of_result, simulate_quantities
from simulator.figures.format import current_format, points
from simulator.figures.phrases import join_texts, short_title, subtitle
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, INK, MAIN, PALE, canvas
from simulator.figures.text import label, to_words
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_MAX_INPUTS = 8
_HATCHED, _DARK = 0.05, 0.55
"""Strengths from which on a negative rank is hatched, and the text of a cell is light."""
_MAX_NARROW = 5
"""The most rows of a narrow figure."""


@dataclass(frozen=True, slots=True)
class SpecifiedRank:
    """A rank correlation that the scenario specifies.

    Attributes
    ----------
    between : tuple of str
        Names of the two priors.
    rank : float

    """

    between: tuple[str, str]
    rank: float


@dataclass(frozen=True, kw_only=True)
class CorrelationTable(AnalysisResult):
    """Rank correlations of the total and its main inputs in the draws.

    Attributes
    ----------
    names : tuple of str
        The total and inputs, those most correlated with it first.
    ranks : tuple of tuple of float
        For each name Spearman's rank correlations with the names up to it.
    specification : tuple of SpecifiedRank

    """

    names: tuple[str, ...]
    ranks: tuple[tuple[float, ...], ...]
    specification: tuple[SpecifiedRank, ...]


def correlation_table(request: FigureRequest) -> CorrelationTable:
    """Simulate the scenario with its priors."""
    priors = [name for name, item in request.scenario.inputs.items() if item.role == "prior"]
    return correlation_of(simulate_quantities(request, [TOTAL, *priors], default=20_000), request.interval)


def correlation_of(result: SimulationResult, interval: Level = 0.95) -> CorrelationTable:
    """Return the table of rank correlations from a result that retains its total and priors.

    It contains the priors with the highest correlations with the total, and those that the scenario correlates.
    """
    total = result.retained_draws[TOTAL]
    with_total = {
        name: rank_correlation(values, total)
        for name, values in result.retained_draws.items()
        if name in result.scenario.inputs and not decides_event(name)
    }
    correlated = {name for pair in result.scenario.ranks for name in pair}
    order = sorted(with_total, key=lambda name: (-abs(with_total[name]), name))
    selection = [name for name in order if name in correlated][: _MAX_INPUTS // 2]
    selection += [name for name in order if name not in selection][: _MAX_INPUTS - len(selection)]
    names = [TOTAL, *(name for name in order if name in selection)]
    draws = result.retained_draws
    return CorrelationTable(
        header=header_of_result(result, interval),
        names=tuple(names),
        ranks=tuple(tuple(rank_correlation(draws[a], draws[b]) for b in names[: index + 1]) for index, a in enumerate(names)),
        specification=tuple(SpecifiedRank(pair, rank) for pair, rank in result.scenario.ranks.items()),
    )


def draw_correlation(table: CorrelationTable, date: str) -> "Figure":
    """Draw rank correlations as a heat map with numbers; negative ones are hatched."""
    names, ranks = table.names, table.ranks
    if current_format().is_narrow:
        names, ranks = names[:_MAX_NARROW], ranks[:_MAX_NARROW]
    many = len(names)
    figure, axes = canvas(
        table,
        correlation_finding(table),
        subtitle(table, "rank correlation (Spearman) in the draws"),
        date,
        height=0.36 * many + 0.9,
        remark="The inputs most correlated with the total, and those that the scenario correlates "
        f"({len(table.specification)} specified). Darker is stronger; hatched is negative.",
    )
    for row, line in enumerate(ranks):
        for column, rank in enumerate(line):
            _draw_cell(axes, row, column, rank)
    axes.set(xlim=(-0.5, many - 0.5), ylim=(many - 0.5, -0.5))
    axes.set_yticks(range(many), [label(to_words(name), 2.0) for name in names])
    lines = 1 if current_format().is_narrow else 2
    axes.set_xticks(
        range(many), [label(to_words(name), 1.5, lines) for name in names], rotation=35, ha="right", rotation_mode="anchor"
    )
    axes.grid(visible=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    return figure


def _draw_cell(axes: "Axes", row: int, column: int, rank: float) -> None:
    """Draw a cell, the stronger the less transparent, so that it follows the colour of the page."""
    is_negative, strength = rank < -_HATCHED, abs(rank)
    axes.bar([column], [0.96], 0.96, bottom=row - 0.48, color=[(ACCENT if rank < 0 else MAIN, strength)], edgecolor=PALE,
             linewidth=0.4, hatch="////" if is_negative else "")  # fmt: skip
    text = "1" if row == column else "0" if strength < 0.005 else f"{rank:+.2f}".replace("-", "−")
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8} if is_negative else None
    colour = "white" if strength > _DARK and not is_negative else INK
    axes.text(column, row, text, ha="center", va="center", size=points(7.5), color=colour, bbox=box)


def correlation_text(table: CorrelationTable) -> str:
    """Describe the correlations with the total."""
    texts = [f"{to_words(name)} {ranks[0]:+.2f}" for name, ranks in zip(table.names[1:], table.ranks[1:], strict=True)]
    return f"Heat map of rank correlations; with the total of {short_title(table)}: {join_texts(texts)}."


def correlation_finding(table: CorrelationTable) -> str:
    """State the input with the strongest rank correlation with the total."""
    if len(table.names) < 2:
        return "The total depends on no uncertain input"
    name, ranks = table.names[1], table.ranks[1]
    change = "rises" if ranks[0] > 0 else "falls"
    return f"The total {change} most consistently with {to_words(name)} (rank correlation {_rank_text(ranks[0])})"


def _rank_text(rank: float) -> str:
    return f"{rank:+.2f}".replace("-", "−")


FUNCTIONS = KindFunctions(correlation_table, draw_correlation, correlation_text, correlation_finding)
