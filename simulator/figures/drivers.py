"""The ranking of drivers that several figures show."""

from typing import TYPE_CHECKING

from simulator.figures.data import FigureRequest

if TYPE_CHECKING:
    from simulator.analysis.sensitivity import Sensitivity


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
