"""Conditions of levers and shocks (`when`): whether a scenario meets them, and the first that it does not meet, in words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from simulator.core.formatting import format_exact_quantity, format_quantity
from simulator.core.units import Unit
from simulator.engine.graph import Graph, build_plan
from simulator.engine.scenario import TOTAL
from simulator.scenario import library
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.medians import evaluate_plan, medians
from simulator.scenario.assemble.specification import Specification
from simulator.scenario.assemble.specifications import Specifications
from simulator.scenario.entries import describe
from simulator.scenario.posteriors import is_posterior
from simulator.scenario.rents import DISCOUNTS, PRICES, channel_of, channels_of
from simulator.scenario.schema import ConditionRow, Conditions, Entry, Settings
from simulator.scenario.values import distribution_of, is_word

ORIGINS: Mapping[str, str] = {
    "file": "stated by the scenario",
    "preset": "given by a preset",
    "chip": "a fact of the chip",
    "default": "a default of the library",
    "formula": "computed by a formula",
    "none": "not given",
}
"""Where the value of a quantity is from, in words."""
_COMPARISONS: Mapping[str, tuple[str, Callable[[float, float], bool]]] = {
    "below": ("below", lambda a, b: a < b),
    "above": ("above", lambda a, b: a > b),
    "at_least": ("at least", lambda a, b: a >= b),
    "at_most": ("at most", lambda a, b: a <= b),
}
_NAMED_BY_SCENARIOS = (f"{library.LIBRARY_LABEL}/scenarios/", f"{library.LIBRARY_LABEL}/levers/")
_TERM_OF = {**{price: term for term, price in PRICES.items()}, **{name: term for term, name in DISCOUNTS.items()}}


@dataclass(frozen=True, slots=True)
class Quantities:
    """The quantities of a scenario as far as it was read."""

    graph: Graph
    inputs: Inputs
    specifications: Specifications
    targets: tuple[str, ...] = (TOTAL,)
    """What is computed: the total, and the outcomes that are reported."""


@dataclass(frozen=True)
class Facts:
    """What a scenario says of its settings and quantities; `read` reads the quantities where a condition needs them."""

    context: Context
    read: Callable[[], Quantities | None] = field(repr=False)

    # --- settings -----------------------------------------------------------------------------------------------------

    def options(self, key: str) -> tuple[str, ...]:
        """Return the options of a setting in force: rented chips have a channel even where none is set."""
        value = self.context.last(key)
        if key == "channel" and self.context.last("basis") == "rented":
            value = channel_of(self.context.last("chip"), value)
        if isinstance(value, tuple):
            return tuple(map(str, value))
        return () if value is None else (str(value),)

    # --- quantities ---------------------------------------------------------------------------------------------------

    def entry(self, name: str) -> tuple[Entry | None, str]:
        """Return the entry of a quantity in force, and the origin of its value (`ORIGINS`)."""
        each = None if self.quantities is None else self.quantities.specifications.by_name.get(name)
        if each is None:
            is_computed = self.quantities is not None and name in self.quantities.graph.formulas
            return None, "formula" if is_computed else "none"
        if each.is_of_chip:
            return each.entry, "chip"
        if not each.is_of_library:
            return each.entry, "file"
        is_named = each.place.file.startswith(_NAMED_BY_SCENARIOS)
        return each.entry, "preset" if is_named else "default"

    @cached_property
    def quantities(self) -> Quantities | None:
        """The quantities of the scenario; None if they cannot be read."""
        return self.read()

    def unit(self, name: str) -> Unit | None:
        """Return the unit of a quantity, or None if there is none of that name."""
        return None if self.quantities is None else self.quantities.graph.units.get(name)

    def median(self, name: str) -> float | None:
        """Return a quantity with all inputs at their medians, or None if it is not known."""
        if self.quantities is None:
            return None
        graph, by_name = self.quantities.graph, self.quantities.inputs.by_name
        try:
            steps = build_plan(graph, by_name, [name])
            values = medians(steps, by_name)
        except ValueError:  # a quantity is missing, or has no median that can be computed
            return self._median_of_specification(self.quantities.specifications.by_name.get(name), name)
        with np.errstate(all="ignore"):
            value = evaluate_plan(steps, values)[name]
        return float(value) if np.isfinite(value) else None

    def _median_of_specification(self, each: Specification | None, name: str) -> float | None:
        unit = self.unit(name)
        if each is None or unit is None or is_posterior(each.entry.from_):
            return None
        try:
            return float(each.reader.distribution(name, each.entry, unit).middle)
        except ValueError:
            return None

    def constant(self, name: str) -> float | None:
        """Return the value of a quantity that is the same in all draws, or None if it is not known or not the same."""
        quantities = self.quantities
        if quantities is None:
            return None
        source = quantities.inputs.by_name.get(name)
        if source is not None:
            return float(source.distribution.middle) if source.distribution.is_constant else None
        try:
            steps = build_plan(quantities.graph, quantities.inputs.by_name, [name])
        except ValueError:
            return None
        if all(quantities.inputs.by_name[each].distribution.is_constant for each in steps.inputs):
            return self.median(name)
        return None

    def is_used(self, name: str) -> bool | None:
        """Whether the total or an outcome that is reported depends on a quantity; None if that is not known."""
        if self.quantities is None:
            return None
        try:
            plan = build_plan(self.quantities.graph, self.quantities.inputs.by_name, list(self.quantities.targets))
        except ValueError:  # a quantity is missing, which is reported
            return None
        return name in plan.names


def first_unmet(when: Iterable[Conditions], facts: Facts) -> str:
    """Return the first condition that a scenario does not meet, or an empty text; of several alternatives, the nearest one."""
    unmet_of_each = []
    for conditions in when:
        unmet = [text for key, condition in conditions.items() if (text := _unmet(facts, key, condition))]
        if not unmet:
            return ""
        unmet_of_each.append((len(unmet), unmet[0]))
    return min(unmet_of_each, key=lambda each: each[0])[1] if unmet_of_each else ""


def _unmet(facts: Facts, key: str, condition: ConditionRow) -> str:
    """Return the first part of a condition that is not met, in words."""
    if key in Settings.model_fields:
        return _unmet_setting(facts, key, condition)
    if facts.quantities is None:
        return ""  # the scenario has other issues, which are reported
    if condition.origin or condition.has_channel is not None:
        text = _unmet_origin(facts, key, condition)
        if text:
            return text
    return _unmet_value(facts, key, condition)


def _unmet_setting(facts: Facts, key: str, condition: ConditionRow) -> str:
    current = facts.options(key)
    if condition.is_ and not set(condition.is_) & set(current):
        if isinstance(facts.context.last(key), tuple):
            return f"needs `{key}: {' or '.join(condition.is_)}`, which this scenario does not list"
        has = f"this has `{key}: {', '.join(current)}`" if current else "it is not set"
        return f"needs `{key}: {' or '.join(condition.is_)}`, but {has}"
    if condition.origin and ("none" if facts.context.last(key) is None else "file") not in condition.origin:
        is_needed = "none" not in condition.origin
        return f"needs `{key}`, which is not set" if is_needed else f"needs no `{key}`, but it is set"
    return ""


def _unmet_origin(facts: Facts, name: str, condition: ConditionRow) -> str:
    entry, origin = facts.entry(name)
    found = f"it is {ORIGINS[origin]}{'' if entry is None else f': {describe(entry)}{_term_text(name, entry)}'}"
    if condition.has_channel is not None:
        has_channel = entry is not None and bool(channels_of(name, entry))
        if has_channel != condition.has_channel:
            return f"needs {name} of a stated channel, but {found}"
    if condition.origin and origin not in condition.origin:
        return f"needs {name} that is {_origins(condition)}, but {found}"
    return ""


def _origins(condition: ConditionRow) -> str:
    """Return the origins of a condition in words: the excluded ones where they are fewer."""
    excluded = [text for each, text in ORIGINS.items() if each not in condition.origin]
    if len(excluded) < len(condition.origin):
        return f"not {' or '.join(excluded)}"
    return " or ".join(ORIGINS[each] for each in condition.origin)


def _term_text(name: str, entry: Entry) -> str:
    """Return the commitment that a price is of, in words."""
    term = entry.term or _TERM_OF.get(name, "")
    return f", a price of commitment {term}" if term and name in PRICES.values() else ""


def _unmet_value(facts: Facts, name: str, condition: ConditionRow) -> str:
    if condition.used is not None and facts.is_used(name) is not None and facts.is_used(name) != condition.used:
        return f"needs {name}, which no line or outcome of this scenario uses" if condition.used else f"{name} is used"
    unit = facts.unit(name)
    if condition.known is not None and unit is not None:
        value = facts.constant(name)
        if condition.known and value is None:
            return f"needs {name} that is a known number, but it is uncertain"
        if not condition.known and value is not None:
            return f"needs {name} that is uncertain, but it is known: {format_exact_quantity(value, unit.text)}"
    if condition.differs_from is not None and unit is not None:
        value = facts.constant(name)
        if value == _amount(condition.differs_from, unit):
            return f"there is nothing to change: {name} is {format_exact_quantity(value, unit.text)}"
    for key, (words, holds) in _COMPARISONS.items():
        text = getattr(condition, key)
        if text is None:
            continue
        mine, limit = facts.median(name), _limit(facts, text, unit)
        wanted = f"needs {name} {words} {text}"
        if mine is None or unit is None:
            return f"{wanted}, but it is not known here"
        if limit is None:
            return f"{wanted}, which is not known here"
        if not holds(mine, limit):
            return f"{wanted}, but it is {format_quantity(mine, unit.text)} at the medians"
    return ""


def _limit(facts: Facts, text: str, unit: Unit | None) -> float | None:
    """Return what a quantity is compared with: another quantity at the medians, or a number."""
    if is_word(text):
        return facts.median(text)
    return None if unit is None else _amount(text, unit)


def _amount(text: str, unit: Unit) -> float:
    """Return a number in the unit of a quantity."""
    return float(distribution_of(text, Unit(unit.text, low=float("-inf")), 0.95).quantile(0.5))


def describe_conditions(when: Iterable[Conditions]) -> str:
    """Return conditions in words: those of all alternatives, and then the alternatives."""
    when = tuple(when)
    common = {
        key: condition
        for key, condition in (when[0] if when else {}).items()
        if all(each.get(key) == condition for each in when)
    }
    parts = [_describe(key, condition) for key, condition in common.items()]
    others = [
        " and ".join(_describe(key, condition) for key, condition in each.items() if key not in common)
        for each in (when if len(when) > 1 else ())
    ]
    return "; ".join([*parts, *([f"one of: {', or '.join(others)}"] if others else [])])


def _describe(key: str, condition: ConditionRow) -> str:
    parts = []
    if condition.is_:
        parts.append(f"{key}: {' or '.join(condition.is_)}")
    if condition.has_channel is not None:
        parts.append(f"{key} {'has' if condition.has_channel else 'has no'} stated channel")
    if condition.origin:
        parts.append(f"{key} is {_origins(condition)}")
    if condition.used is not None:
        parts.append(f"{key} is {'' if condition.used else 'not '}used")
    if condition.known is not None:
        parts.append(f"{key} is {'' if condition.known else 'not '}a known number")
    if condition.differs_from is not None:
        parts.append(f"{key} differs from {condition.differs_from}")
    parts += [
        f"{key} {words} {getattr(condition, each)}"
        for each, (words, _) in _COMPARISONS.items()
        if getattr(condition, each) is not None
    ]
    return ", ".join(parts)
