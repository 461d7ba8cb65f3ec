"""Staff by role. `simulator.model.graph` repeats these formulas for each role of a scenario."""

from simulator.core.units import AtLeastOne, Hours, People, PersonHours, Ratio, Usd, UsdPerPersonHour


def posts(people: People, fte: Ratio) -> People:
    """Full posts of a role: its people, times the share of a full post that each of them works."""
    return people * fte


def effort(posts: People, ramp: Ratio, duration: Hours) -> PersonHours:
    """Working time of a role: full posts, times mean over full strength, times duration."""
    return posts * ramp * duration


def pay(salary: UsdPerPersonHour, location_factor: Ratio, on_cost: AtLeastOne, equity: UsdPerPersonHour) -> UsdPerPersonHour:
    """Cost of a full-time post: local salary with the employer's on-cost, and equity without it (arXiv:2405.21015, B.5)."""
    return salary * location_factor * on_cost + equity


def cost(effort: PersonHours, pay: UsdPerPersonHour, deflator: Ratio) -> Usd:
    """Cost of a role."""
    return effort * pay * deflator


def equity_cost(effort: PersonHours, equity: UsdPerPersonHour, deflator: Ratio) -> Usd:
    """Part of the cost of a role that is equity, which is no payment."""
    return effort * equity * deflator
