"""Adoption of levers: the work that it takes, the time by which it lengthens the project, and what both cost.

`adoption_effort` and `adoption_delay` come from the levers of a scenario: the work of all, and the longest of their delays, as
each is adopted by people of its own. Where a schedule pays the staff until the release, a delay costs nothing in addition.
"""

from simulator.core.units import AtLeastOne, Fraction, Hours, PersonHours, Ratio, Usd, UsdPerHour, UsdPerPersonHour
from simulator.model.lines import line


def adoption_pay(
    adoption_salary: UsdPerPersonHour, adoption_on_cost: AtLeastOne, adoption_equity: UsdPerPersonHour
) -> UsdPerPersonHour:
    """Cost of an hour of the work of adoption, where the scenario has no staff whose cost it would be."""
    return adoption_salary * adoption_on_cost + adoption_equity


@line("development", by_name_only=True, paid="monthly", noncash="adoption_noncash_cost")
def adoption_cost(
    adoption_effort: PersonHours,
    adoption_pay: UsdPerPersonHour,
    adoption_delay: Hours,
    adoption_burn: UsdPerHour,
    deflator: Ratio,
) -> Usd:
    """Cost of adopting the levers of the scenario: the work, and the staff that is paid while the project takes longer."""
    return adoption_effort * adoption_pay * deflator + adoption_delay * adoption_burn


def adoption_noncash_cost(adoption_cost: Usd, adoption_noncash_share: Fraction) -> Usd:
    """Part of the cost of adoption that is equity."""
    return adoption_cost * adoption_noncash_share


def adoption_noncash_share(adoption_equity: UsdPerPersonHour, adoption_pay: UsdPerPersonHour) -> Fraction:
    """Share of equity in the cost of an hour of adoption."""
    return adoption_equity / adoption_pay
