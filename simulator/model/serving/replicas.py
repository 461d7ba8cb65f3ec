"""Instances by the hour: whole ones, so that a small demand pays for more than it uses.

The hours of a day are ordered by their demand, and demand falls from its peak by a power of the hour's rank, which keeps its
mean: `peak x rank ** (peak - 1)`. A fixed fleet stands for the peak of the day all day; one that is scaled by the hour follows,
and pays for a lag each time that it grows. Demand grows over the service life, or until its limit, in steps of a twelfth of it.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from simulator.core.quadrature import PARTS_OF_DAY, PARTS_OF_LIFE, midpoints
from simulator.core.units import Count, Hours, Unit, Value, unit_of
from simulator.engine.graph import Formula

FIXED, HOURLY = "fixed", "hourly"
NEEDS = (
    "requests", "demand_growth", "growing_share", "service_life", "peak_demand_ratio", "peak_load_share", "replica_capacity",
    "least_replicas", "regions", "scaling_lag", "day_length",
)  # fmt: skip


class Demand(NamedTuple):
    """Values of `NEEDS`."""

    requests: Value
    growth: Value
    growing_share: Value
    service_life: Value
    peak_ratio: Value
    peak_load_share: Value
    capacity: Value
    least: Value
    regions: Value
    lag: Value
    day: Value


def needed_replicas(demand: Demand, requests: Value, least: Value) -> Value:
    """Whole instances of all regions that some requests need, with room up to the load that is meant for the peak."""
    needed = np.ceil(requests / (demand.regions * demand.peak_load_share * demand.capacity)) * demand.regions
    return np.maximum(needed, least)


def _requests_at(demand: Demand, share_of_life: float) -> Value:
    return demand.requests * np.exp(demand.growth * demand.service_life * np.minimum(share_of_life, demand.growing_share))


def fixed_replicas(demand: Demand, requests: Value, least: Value) -> Value:
    """Return the instances of a fleet that stands for the peak of the day."""
    return needed_replicas(demand, requests * demand.peak_ratio, least)


def hourly_replicas(demand: Demand, requests: Value, least: Value) -> Value:
    """Return the mean instances of a fleet that follows the demand of the hours, with what it pays while it grows."""
    hours = [
        needed_replicas(demand, requests * demand.peak_ratio * rank ** (demand.peak_ratio - 1), least)
        for rank in midpoints(PARTS_OF_DAY)
    ]
    growing = (hours[-1] - hours[0]) * demand.lag / demand.day
    return sum(hours) / len(hours) + growing


def mean_replicas(demand: Demand, of_day: Callable[[Demand, Value, Value], Value], least: Value) -> Value:
    """Return the mean instances over the service life."""
    parts = [of_day(demand, _requests_at(demand, share), least) for share in midpoints(PARTS_OF_LIFE)]
    return sum(parts) / len(parts)


def _peak(demand: Demand) -> Value:
    """Return the instances at the peak of the first or of the last day."""
    most = np.maximum(_requests_at(demand, 0), _requests_at(demand, 1))
    return fixed_replicas(demand, most, demand.least)


def _keep_warm(demand: Demand, of_day: Callable[[Demand, Value, Value], Value]) -> Value:
    """Return the share of the chip-hours of instances that are kept ready beyond what the demand needs."""
    return 1 - mean_replicas(demand, of_day, 0 * demand.least) / mean_replicas(demand, of_day, demand.least)


def replica_formulas(scaling: str) -> tuple[Formula, ...]:
    """Return the formulas of the instances of a fleet that is fixed, or scaled by the hour."""
    of_day = hourly_replicas if scaling == HOURLY else fixed_replicas
    return (
        _formula("mean_replicas", "Instances that are paid for, on average over the service life.",
                 lambda demand: mean_replicas(demand, of_day, demand.least)),
        _formula("peak_replicas", "Instances of the fleet at its largest.", _peak),
        _formula("keep_warm_share", "Share of the chip-hours of instances kept ready beyond what the demand needs.",
                 lambda demand: _keep_warm(demand, of_day)),
    )  # fmt: skip


def _formula(name: str, about: str, function: Callable[[Demand], Value]) -> Formula:
    def compute(*values: Value) -> Value:
        return function(Demand(*values))

    compute.__doc__ = about
    compute.__name__ = name
    return Formula(name, compute, NEEDS, REPLICA_UNITS[name])


def _unit(annotation: object) -> Unit:
    unit = unit_of(annotation)
    assert unit is not None
    return unit


_COUNT, _HOURS = _unit(Count), _unit(Hours)
REPLICA_UNITS = {
    "mean_replicas": _COUNT, "peak_replicas": _COUNT, "keep_warm_share": Unit("1", high=1.0), "scaling_lag": _HOURS,
    "day_length": _HOURS, "peak_demand_ratio": Unit("1", low=1.0), "peak_load_share": Unit("1", high=1.0),
}  # fmt: skip
"""Units of the quantities that no plain formula has."""
