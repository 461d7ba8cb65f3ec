"""What differs in the inputs of two scenarios: choices, levers and shocks, and quantities with their specifications."""

from collections.abc import Iterator
from dataclasses import dataclass

from simulator.core.results import renamed
from simulator.engine.inputs import Input
from simulator.scenario import Scenario

NONE = "none"
"""What a scenario has in place of an input that only the other one has."""


@dataclass(frozen=True, kw_only=True)
class InputDifference:
    """An input that differs between two scenarios.

    Attributes
    ----------
    name : str
        A choice such as `basis`, `levers`, `shocks`, or a quantity.
    before, after : str
        What the first and the other scenario have, as specified: `none` where only one has it.

    """

    name: str
    before: str = renamed("from")
    after: str = renamed("to")


def input_differences(first: Scenario, other: Scenario) -> tuple[InputDifference, ...]:
    """Return the choices that differ, then levers and shocks, then quantities."""
    return tuple(InputDifference(name=name, before=before, after=after) for name, before, after in _differences(first, other))


def _differences(first: Scenario, other: Scenario) -> Iterator[tuple[str, str, str]]:
    for name in dict.fromkeys((*first.choices, *other.choices)):
        before, after = (scenario.choices.get(name, NONE) for scenario in (first, other))
        if before != after:
            yield name, before, after
    for kind in ("lever", "shock"):
        before, after = (
            ", ".join(each.name for each in scenario.adjustments if each.kind == kind) or NONE for scenario in (first, other)
        )
        if before != after:
            yield f"{kind}s", before, after
    for name in dict.fromkeys((*first.inputs, *other.inputs)):
        a, b = first.inputs.get(name), other.inputs.get(name)
        if name.startswith(("lever/", "shock/")):
            continue  # of an adjustment that is listed
        if a is None or b is None:
            yield name, NONE if a is None else a.specification, NONE if b is None else b.specification
        elif a.distribution != b.distribution:
            yield name, *described(a, b)


def described(a: Input, b: Input) -> tuple[str, str]:
    """Return the specifications of two inputs that differ; where they read the same, with what tells them apart."""
    if a.specification != b.specification:
        return a.specification, b.specification
    if a.distribution != b.distribution:
        medians = [f"{each.distribution.quantile(0.5):.3g}" for each in (a, b)]
        if medians[0] != medians[1]:
            return f"{a.specification}, median {medians[0]}", f"{b.specification}, median {medians[1]}"
        return a.specification, f"{b.specification}, with another distribution"
    return a.specification, f"{b.specification}, with {'other correlations' if a.stream == b.stream else 'draws of its own'}"
