"""Staff by role. The formulas here are made once for each role of a scenario, by `simulator.model.graph`."""

from simulator.core.units import AtLeastOne, Hours, People, PersonHours, Ratio, Usd, UsdPerPersonHour


def effort(people: People, fte: Ratio, ramp: Ratio, duration: Hours) -> PersonHours:
    """Working time of a role: its people, the share of a full post of each, the mean over full strength, and how long."""
    return people * fte * ramp * duration


def pay(salary: UsdPerPersonHour, location_factor: Ratio, on_cost: AtLeastOne, equity: UsdPerPersonHour) -> UsdPerPersonHour:
    """Cost of a full post: salary at its place with the employer's on-cost, and equity without (arXiv:2405.21015, B.5)."""
    return salary * location_factor * on_cost + equity


def cost(effort: PersonHours, pay: UsdPerPersonHour, deflator: Ratio) -> Usd:
    """Cost of a role."""
    return effort * pay * deflator
