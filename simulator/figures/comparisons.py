"""What figures of several scenarios share."""

from simulator.analysis.statistics import check_same_money, unique_names
from simulator.engine.result import SimulationResult
from simulator.figures.data import (
    FigureRequest,
    FigureUnavailableError,
    simulate_quantities,
)
from simulator.scenario import TOTAL


def simulate_totals(request: FigureRequest) -> tuple[list[SimulationResult], list[str]]:
    """Simulate the scenarios of a request with common random numbers; return their results and names."""
    check_same_money(request.scenarios)
    for scenario in request.scenarios:
        if scenario.paused_run is not None:
            raise FigureUnavailableError(
                f"{scenario.name} is under way: its draws cannot be paired with those of another scenario"
            )
    results = [simulate_quantities(request, [TOTAL], scenario) for scenario in request.scenarios]
    return results, list(request.names or unique_names(request.scenarios))


def join_names(names: list[str]) -> str:
    """Join names as in a sentence."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
