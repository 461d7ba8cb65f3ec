"""What differs in the inputs of two scenarios: choices, levers and shocks, and quantities with their specifications."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from simulator.core.formatting import format_exact_quantity, to_words
from simulator.core.results import renamed
from simulator.engine.inputs import Input
from simulator.scenario import Scenario

_NUMBER = re.compile(r"[-+]?[\d.]")
MOST_NAMES = 2
"""Names of inputs that differ alike that are all shown."""
MOST_ALONE = 4
"""Inputs that only one scenario has that have a row each."""
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
        What the first and the other scenario have: a known value in its display unit, otherwise the specification, and `none`
        where only one has it.

    """

    name: str
    before: str = renamed("from")
    after: str = renamed("to")


class DifferenceGroup(NamedTuple):
    """Inputs that differ in the same way: that read alike in each scenario, or that the same scenario lacks."""

    items: tuple[InputDifference, ...]
    before: str
    after: str

    @property
    def label(self) -> str:
        """Their names in words: all of a few, or the first of many with the number of others."""
        return joint_label([to_words(each.name) for each in self.items])


def joint_label(names: Sequence[str]) -> str:
    """Return all of a few names, or the first of many with the number of others."""
    return ", ".join(names) if len(names) <= MOST_NAMES else f"{names[0]} and {len(names) - 1} more"


def grouped(inputs: Iterable[InputDifference]) -> list[DifferenceGroup]:
    """Return what differs for people to read: inputs that read alike together, and last those that only one scenario has."""
    groups: dict[tuple[str, str], list[InputDifference]] = {}
    for each in inputs:
        before, after = each.before, each.after
        if before == NONE:
            after = ""
        elif after == NONE:
            before = ""
        groups.setdefault((before, after), []).append(each)
    ordered = sorted(groups.items(), key=lambda group: NONE in group[0])
    return [each for texts, items in ordered for each in _groups_of(texts, tuple(items))]


def _groups_of(texts: tuple[str, str], items: tuple[InputDifference, ...]) -> list[DifferenceGroup]:
    """Return a group of inputs, or one for each of a few that only one scenario has."""
    if NONE not in texts:
        return [DifferenceGroup(items, *texts)]
    if len(items) <= MOST_ALONE:
        return [DifferenceGroup((each,), each.before, each.after) for each in items]
    return [DifferenceGroup(items, *(text or f"{len(items)} inputs" for text in texts))]


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
            yield name, NONE if a is None else value_text(a), NONE if b is None else value_text(b)
        elif a.distribution != b.distribution:
            yield name, *described(a, b)


def value_text(each: Input) -> str:
    """Return a known value in its display unit, or the specification of what is uncertain or has a name."""
    is_number = each.distribution.is_constant and _NUMBER.match(each.specification)
    return format_exact_quantity(each.distribution.middle, each.unit.text) if is_number else each.specification


def described(a: Input, b: Input) -> tuple[str, str]:
    """Return the specifications of two inputs that differ; where they read the same, with what tells them apart."""
    if a.specification != b.specification:
        return value_text(a), value_text(b)
    if a.distribution != b.distribution:
        medians = [f"{each.distribution.quantile(0.5):.3g}" for each in (a, b)]
        if medians[0] != medians[1]:
            return f"{a.specification}, median {medians[0]}", f"{b.specification}, median {medians[1]}"
        return a.specification, f"{b.specification}, with another distribution"
    return a.specification, f"{b.specification}, with {'other correlations' if a.stream == b.stream else 'draws of its own'}"
