"""What figures of several scenarios share."""

from collections.abc import Callable, Sequence

from simulator.analysis.statistics import check_same_money, unique_names
from simulator.engine.result import SimulationResult
from simulator.figures.data import (
    FigureRequest,
    FigureUnavailableError,
    simulate_quantities,
)
from simulator.figures.text import to_plain
from simulator.scenario import TOTAL

_MAX_NAME = 40  # characters of a name in a title


def simulate_totals(request: FigureRequest) -> tuple[list[SimulationResult], list[str]]:
    """Simulate the scenarios of a request with common random numbers; return their results and names."""
    refuse_under_way(request)
    results = [simulate_quantities(request, [TOTAL], scenario) for scenario in request.scenarios]
    return results, list(request.names or unique_names(request.scenarios))


def refuse_under_way(request: FigureRequest) -> None:
    """Refuse scenarios that cannot be compared: in different money, or under way."""
    check_same_money(request.scenarios)
    for scenario in request.scenarios:
        if scenario.paused_run is not None:
            raise FigureUnavailableError(
                f"{scenario.name} is under way: its draws cannot be paired with those of another scenario"
            )


def dearest_and_cheapest(medians: Sequence[tuple[str, float]], money: Callable[[float], str], at: str = "at the median") -> str:
    """State the cheapest and the most expensive of several scenarios, as far as the figures shown differ."""
    ordered = sorted(medians, key=lambda item: item[1])
    (cheapest, low), (dearest, high) = ordered[0], ordered[-1]
    if money(low) == money(high):
        return f"All {len(medians)} scenarios cost {money(low)} {at}"
    return f"{_short(cheapest)} costs least, {money(low)} {at}; {_short(dearest)} most, {money(high)}"


def _short(name: str) -> str:
    plain = to_plain(name)
    return plain if len(plain) <= _MAX_NAME else f"{plain[: _MAX_NAME - 1].rstrip()}…"


def join_names(names: list[str]) -> str:
    """Join names as in a sentence."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
