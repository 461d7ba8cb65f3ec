"""What the amounts of a report include beside prices: taxes, and the cost of capital."""

from collections.abc import Mapping

from simulator.core.formatting import join_words
from simulator.model import COST_OF_CAPITAL
from simulator.scenario import TOTAL, Scenario

_OF_CHIPS, _OF_SITE = "capital_charge", "building_recovery"
_IMPORT_DUTY = "import_duty_rate"


def describe_amounts(scenarios: Mapping[str, Scenario], money: str) -> str:
    """Return a sentence on the amounts of scenarios by label: their money, and what they leave out."""
    labels: dict[str, list[str]] = {}
    for label, scenario in scenarios.items():
        labels.setdefault(_what_is_left_out(scenario), []).append(label)
    if len(labels) == 1:
        return f"Amounts are in {money}, {next(iter(labels))}."
    return f"Amounts are in {money}. {' '.join(f'{join_words(owners)}: {text}.' for text, owners in labels.items())}"


def _what_is_left_out(scenario: Scenario) -> str:
    used = {name for name in scenario.plan.dependencies(TOTAL) if name not in scenario.inputs or not _is_zero(scenario, name)}
    taxes = "before taxes other than import duty" if _IMPORT_DUTY in used else "before taxes"
    if COST_OF_CAPITAL not in used:
        return f"{taxes} and the cost of capital"
    of_chips, of_site = _OF_CHIPS in used, _OF_SITE in used
    if of_site and not of_chips:
        return f"{taxes}, with the cost of capital of the site and without that of the chips"
    return f"{taxes}, with the cost of capital"


def _is_zero(scenario: Scenario, name: str) -> bool:
    distribution = scenario.inputs[name].distribution
    return distribution.is_constant and distribution.middle == 0
