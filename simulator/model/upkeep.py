"""After the release: refreshes, retrainings and upkeep of the model.

The three are disjoint: a refresh is compute that tunes this model to newer data, a retraining is the final run of the next
model, and maintenance is work of people. None of them depends on idle capacity. Costs that enter here are deflated already.
With an uncertain interval, the number of times is an expected number.
"""

from simulator.core.units import ChipHours, Count, Hours, Ratio, SharePerHour, Usd, UsdPerHour
from simulator.model.lines import line


def final_run_cost(compute_cost: Usd, final_run_chip_hours: ChipHours, chip_hours: ChipHours) -> Usd:
    """Compute cost of the final run, without the experiments before it, the tuning after it, and idle capacity."""
    return compute_cost * (final_run_chip_hours / chip_hours)


def staff_burn(staff_cost: Usd, duration: Hours) -> UsdPerHour:
    """Cost of the staff per hour of the project."""
    return staff_cost / duration


def refreshes(service_life: Hours, refresh_interval: Hours) -> Count:
    """Number of times that the model is tuned to newer data during its service."""
    return service_life / refresh_interval


@line("service", noncash="refresh_noncash_cost")
def refresh_cost(refreshes: Count, refresh_share: Ratio, final_run_cost: Usd) -> Usd:
    """Cost of the refreshes, each a share of the final run."""
    return refreshes * refresh_share * final_run_cost


def retrains(service_life: Hours, retrain_interval: Hours) -> Count:
    """Number of times that a new model is trained to replace this one."""
    return service_life / retrain_interval


@line("service", by_name_only=True, noncash="retrain_noncash_cost")
def retrain_cost(retrains: Count, generation_ratio: Ratio, final_run_cost: Usd) -> Usd:
    """Cost of the next models, each the same multiple of the final run of this one."""
    return retrains * generation_ratio * final_run_cost


@line("service", noncash="maintenance_noncash_cost")
def maintenance_cost(service_life: Hours, maintenance_rate: SharePerHour, staff_cost: Usd) -> Usd:
    """Work of people that keeps the model in service, as a yearly share of the cost of the staff that built it."""
    return service_life * maintenance_rate * staff_cost
