"""The ranking of drivers that several figures show, and their shares of the variance as bars."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from simulator.core.formatting import format_percent
from simulator.figures.axes import annotate_rows, set_rows_axis
from simulator.figures.data import FigureRequest
from simulator.figures.style import FILL, HATCHES, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.analysis.sensitivity import Sensitivity
    from simulator.analysis.sensitivity.interval_estimates import IntervalEstimate


VARIANCE_OF = {
    "cost": "the total cost",
    "log cost": "the logarithm of the total cost",
    "rank of cost": "the rank of the total cost",
}
"""What a variance is of, in words."""


def rank_drivers_for(request: FigureRequest, measure: str) -> "Sensitivity":
    """Rank the drivers of the total of a request by one measure."""
    from simulator.analysis.sensitivity import DEFAULTS, rank_drivers

    options = request.options(DEFAULTS.draws)
    return rank_drivers(request.scenario, options.with_(progress=request.progress_in_draws(options.draws)), measures=(measure,))


class VarianceShare(NamedTuple):
    """A share of the variance to draw, by the name of its inputs in words."""

    name: str
    share: "IntervalEstimate"
    is_assumption: bool


def draw_variance_shares(axes: "Axes", rows: Sequence[VarianceShare]) -> None:
    """Draw shares of the variance as bars with errors, hatched for assumptions, and the numbers of those that are clear."""
    values = [100 * max(0.0, row.share.value) for row in rows]
    half_widths = [100 * row.share.half_width for row in rows]
    bars = axes.barh(range(len(values)), values, xerr=half_widths, height=0.62, color=FILL, edgecolor=INK, linewidth=0.6,
                     error_kw={"elinewidth": 1, "capsize": 2, "ecolor": INK})  # fmt: skip
    for bar, row in zip(bars, rows, strict=True):
        bar.set_hatch(HATCHES[1] if row.is_assumption else "")
    set_rows_axis(axes, [row.name for row in rows])
    axes.set_xlim(0, max(1.0, 1.06 * max(value + error for value, error in zip(values, half_widths, strict=True))))
    axes.set_xlabel("% of the variance")
    annotate_rows(axes, [format_percent(row.share.value) if row.share.is_clear else "~0" for row in rows])
