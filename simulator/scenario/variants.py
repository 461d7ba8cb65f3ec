"""Scenarios named with changes, such as `gpt-4:basis=rented:chips=8192`, and names and titles that tell them apart."""

import os
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.formatting import one_line
from simulator.engine.scenario import Scenario
from simulator.scenario.layers import Assignment
from simulator.scenario.overrides import NO_OVERRIDES, OpenScenario, Overrides, open_scenario, settings_of

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
    _check_changes(name, changes, overrides)
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


def _check_changes(name: str, changes: Sequence[str], overrides: Overrides) -> None:
    """Refuse a setting that is changed twice, after the name of a scenario or there and by an option."""
    keys = [change.partition("=")[0].strip() for change in changes]
    by_option = settings_of(overrides)
    for number, key in enumerate(keys):
        if key in ("lever", "shock"):
            continue
        if key in keys[:number]:
            raise InvalidInputError([Issue(Place(name), key, "is changed twice; keep one")])
        if key in by_option:
            raise InvalidInputError([Issue(Place(name), key, f"is changed here and by {by_option[key]}; keep one")])


def open_variant(reference: str, overrides: Overrides = NO_OVERRIDES) -> OpenScenario:
    """Read a scenario with the changes that follow its name; see `open_scenario`.

    Examples
    --------
    >>> open_variant("gpt-4:basis=rented").scenario.choices["basis"]
    'rented'

    """
    return open_scenario(*split_variant(reference, overrides))


def scenarios_together(opened: Sequence[OpenScenario], overrides: Overrides) -> list[Scenario]:
    """Return scenarios on which the same options are set; an option needs an effect in one of them only.

    Raises `InvalidInputError` for an option without effect in all of them, and for a change of one that has none there.
    """
    shared = settings_of(overrides)
    lenient = [each.allowing_unused().scenario for each in opened]
    unused = [set(each.unused_options) for each in lenient]
    in_all = set.intersection(*unused) if unused else set()
    for each, names in zip(opened, unused, strict=True):
        if not each.overrides.allow_unused and (in_all or names - shared.keys()):
            _ = each.scenario  # raises the error for an option without effect
    return lenient


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


_OWN_NAME = re.compile(r"(?P<name>[^\W\d_][\w .,()+&-]{0,39}?)\s*=\s*(?P<reference>\S.*)", re.DOTALL)
"""A name that the user gives to a scenario, before its reference: no colon, which begins a change, and no path."""


def split_name(text: str) -> tuple[str | None, str]:
    """Return the name that a user gives to a scenario, and its reference: `Own=b.yaml:basis=owned`; an existing file has none.

    Examples
    --------
    >>> split_name("Own=b.yaml:basis=owned")
    ('Own', 'b.yaml:basis=owned')
    >>> split_name("gpt-4:basis=rented")
    (None, 'gpt-4:basis=rented')

    """
    match = None if os.path.exists(text) else _OWN_NAME.fullmatch(text)  # noqa: PTH110, Path.exists raises
    return (None, text) if match is None else (match["name"], match["reference"])


def split_names(texts: Sequence[str]) -> tuple[list[str], list[str], set[str]]:
    """Return the names of scenarios within a result, their references, and which names are of the user.

    A reference without a name is its own, numbered where it is repeated. Raises ValueError for a name that is given twice.
    """
    pairs = [split_name(text) for text in texts]
    own = [name for name, _ in pairs if name is not None]
    repeated = sorted({name for name in own if own.count(name) > 1})
    if repeated:
        raise ValueError(f"{repeated[0]!r} names two scenarios; give each another name, as in Rent=a.yaml Own=b.yaml")
    names = number_duplicates([reference if name is None else name for name, reference in pairs])
    return names, [reference for _, reference in pairs], set(own)


def unique_titles(runs: Iterable[Named], own_names: Collection[str] = ()) -> dict[str, str]:
    """Map the name of each scenario to its title with its changes, and with the name if those are not unique.

    A basis is named alone, as in `GPT-4, rented`; other changes stand as the user wrote them.

    A name that the user gave stands for itself.
    """
    titles = {}
    for run in runs:
        _, *changes = _CHANGE.split(run.name)
        bases = [change.removeprefix("basis=") for change in changes if change.startswith("basis=")]
        others = [change for change in changes if not change.startswith("basis=")]
        titles[run.name] = ": ".join(part for part in (", ".join((run.title, *bases)), ", ".join(others)) if part)
    titles |= {name: name for name in titles if name in own_names}
    labels = list(titles.values())
    return {
        name: label
        if labels.count(label) == 1 or name in own_names
        else name
        if name.startswith(label)
        else f"{label} ({name})"
        for name, label in titles.items()
    }
