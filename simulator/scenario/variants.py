"""Scenarios named with changes, such as `gpt-4:basis=rented:chips=8192`, and names and titles that tell them apart."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from simulator.core.formatting import one_line
from simulator.scenario.layers import Assignment
from simulator.scenario.overrides import NO_OVERRIDES, OpenScenario, Overrides, open_scenario

_CHANGE = re.compile(r":(?=[A-Za-z_][\w.-]*=)")
"""Start of a change. Colons of YAML are followed by a space."""


class Named(Protocol):
    """What has the name of a variant and the title of its scenario."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...


def split_variant(reference: str, overrides: Overrides = NO_OVERRIDES) -> tuple[str, Overrides]:
    """Return the name of a scenario, and the overrides with the changes that follow the name; an existing file has none."""
    if os.path.exists(reference):  # noqa: PTH110, Path.exists raises for a name that is too long
        return reference, overrides
    name, *changes = _CHANGE.split(reference)
    sets, levers, shocks = list(overrides.sets), list(overrides.levers), list(overrides.shocks)
    basis, budget = overrides.basis, overrides.budget
    for change in changes:
        key, _, value = change.partition("=")
        if key == "lever":
            levers.append(value)
        elif key == "shock":
            shocks.append(value)
        elif key == "basis":
            basis = value
        elif key == "budget":
            budget = value
        else:
            sets.append(change)
    return name, replace(overrides, sets=tuple(sets), levers=tuple(levers), shocks=tuple(shocks), basis=basis, budget=budget)


def open_variant(reference: str, overrides: Overrides = NO_OVERRIDES) -> OpenScenario:
    """Read a scenario with the changes that follow its name; see `open_scenario`.

    Examples
    --------
    >>> open_variant("gpt-4:basis=rented").scenario.choices["basis"]
    'rented'

    """
    return open_scenario(*split_variant(reference, overrides))


def variant_name(opened: OpenScenario) -> str:
    """Return the name of a scenario followed by its changes; `split_variant` reads it.

    Examples
    --------
    >>> variant_name(open_scenario("gpt-4").with_(basis="rented", sets=["chips=8192"]))
    'gpt-4:basis=rented:chips=8192'

    """
    overrides = opened.overrides
    changes = [
        *([f"basis={overrides.basis}"] if overrides.basis is not None else []),
        *([f"budget={overrides.budget}"] if overrides.budget is not None else []),
        *(f"lever={name}" for name in overrides.levers),
        *(f"shock={name}" for name in overrides.shocks),
        *(each if isinstance(each, str) else f"{each.name}={_value_text(each)}" for each in overrides.sets),
    ]
    return ":".join([opened.base.reference, *changes])


def _value_text(assignment: Assignment) -> str:
    """Return a value from Python as a label shows it; a mapping or an array is not written out."""
    return "..." if assignment.value.text is None else one_line(assignment.value.text)


def number_duplicates(names: Sequence[str]) -> list[str]:
    """Return the names, numbered where one occurs more than once."""
    return [
        name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})" for place, name in enumerate(names)
    ]


def unique_titles(runs: Iterable[Named]) -> dict[str, str]:
    """Map the name of each scenario to its title with its changes, and with the name if those are not unique."""
    titles = {}
    for run in runs:
        _, *changes = _CHANGE.split(run.name)
        titles[run.name] = f"{run.title}{': ' if changes else ''}{', '.join(changes)}"
    return {name: label if list(titles.values()).count(label) == 1 else f"{label} ({name})" for name, label in titles.items()}
