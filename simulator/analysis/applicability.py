"""Scenarios with a lever or a shock added, or the reason why it does not apply."""

from dataclasses import dataclass

from simulator.core.errors import Issue
from simulator.scenario import OpenScenario, Scenario

IN_FORCE = "part of the scenario already"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A lever or shock that does not apply to a scenario.

    Attributes
    ----------
    name : str
        The lever or shock.
    reason : str
        Why it does not apply, with the change that would help, if one was looked for and does.

    """

    name: str
    reason: str


def in_force(scenario: Scenario, kind: str) -> set[str]:
    """Return the names of the levers or shocks (`kind` is `lever` or `shock`) of a scenario."""
    return {adjustment.name for adjustment in scenario.adjustments if adjustment.kind == kind}


def with_lever(opened: OpenScenario, name: str, *, remedies: bool = True) -> Scenario | Refusal:
    """Return the scenario with one more lever and the notes on it, or the first reason why it does not apply.

    Without `remedies` none is tried, and neither reason nor notes propose any.
    """
    return _scenario_or_refusal(opened.with_(levers=[name]), name, f"lever/{name}", remedies=remedies)


def with_shock(opened: OpenScenario, name: str, *, remedies: bool = True) -> Scenario | Refusal:
    """Return the scenario with one more shock, or the first reason why it does not apply, as for `with_lever`."""
    return _scenario_or_refusal(opened.with_(shocks=[name]), name, f"shock/{name}", remedies=remedies)


def _scenario_or_refusal(opened: OpenScenario, name: str, full_name: str, *, remedies: bool) -> Scenario | Refusal:
    scenario = opened.scenario_or_issue(full_name, remedies=remedies)
    if not isinstance(scenario, Issue):
        return scenario
    is_on_it = not scenario.key or scenario.key == full_name.replace("/", " ")
    return Refusal(name, scenario.message if is_on_it else f"{scenario.key} {scenario.message}")
