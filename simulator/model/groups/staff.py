"""Staff by role. The formulas here are made once for each role of a scenario, by `simulator.model.graph`."""

from simulator.units import AtLeastOne, Hours, People, PersonHours, Ratio, Usd, UsdPerPersonHour


def effort(people: People, fte: Ratio, duration: Hours) -> PersonHours:
    """Working time of a role: its people, the mean share of a full post that each spends, and how long."""
    return people * fte * duration


def pay(salary: UsdPerPersonHour, on_cost: AtLeastOne, equity: UsdPerPersonHour) -> UsdPerPersonHour:
    """Cost of a full post: salary with the employer's on-cost, and equity, which bears none (arXiv:2405.21015, B.5)."""
    return salary * on_cost + equity


def cost(effort: PersonHours, pay: UsdPerPersonHour, deflator: Ratio) -> Usd:
    """Cost of a role."""
    return effort * pay * deflator
