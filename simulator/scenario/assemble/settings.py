"""The selection by the settings: choices, the items of each group, the phases of the schedule, and amounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from simulator import model
from simulator.core.errors import Place
from simulator.core.suggestions import similar_name_remedies
from simulator.core.units import Unit
from simulator.engine.scenario import PausedRun
from simulator.model.schedule import SERVING, Timeline
from simulator.scenario.assemble.budget_plan import read_budget_plan
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.money import amount_of
from simulator.scenario.layers import Layer

USD = Unit("USD", low=float("-inf"))
TIMED_GROUPS = ("staff", "tools")
"""Groups whose items are paid for by time, in the phases that name them."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase: its predecessors, the lines, roles and tools that it names, and whether its duration is given."""

    after: tuple[str, ...]
    lines: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    has_duration: bool = False


@dataclass(frozen=True, slots=True)
class SettingSelection:
    """The selection by the settings of a scenario, before any quantity is read; amounts are in the money of the prices."""

    choices: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]]
    """The items of each group."""
    phases: Mapping[str, Phase]
    timeline: Timeline | None
    """What the phases determine; None without a schedule."""
    budget: float | None
    """That of the plan by month where there is one."""
    budget_plan: tuple[tuple[str, float], ...]
    point: float | None
    progress: PausedRun | None


def select(context: Context) -> SettingSelection:
    """Return the selection by the settings."""
    plan = read_budget_plan(context)
    phases = _phases(context)
    return SettingSelection(
        choices={"peak": "bf16"} | {key: context.last(key) for key in model.CHOICES if context.last(key) is not None},
        groups={setting: _items(context, setting) for setting in model.GROUPS},
        phases=phases,
        timeline=Timeline({name: phase.after for name, phase in phases.items()}) if phases else None,
        budget=sum(amount for _, amount in plan) if plan else _amount(context, "budget"),
        budget_plan=plan,
        point=_amount(context, "point"),
        progress=_progress(context),
    )


def _items(context: Context, setting: str) -> tuple[str, ...]:
    """Return the items of a group that are in force; a name may not occur in two groups."""
    names = context.items(setting)
    for other in model.GROUPS:
        if other == setting:
            break
        for name in names:
            if name in context.items(other):
                key = f"{setting}.{name}"
                context.issues.add(context.place(setting), key, f"is in `{other}` too; give it another name")
    return names


def _phases(context: Context) -> dict[str, Phase]:
    """Return the phases, in the order in which they are first named."""
    rows: dict[str, dict[str, Any]] = {}
    for layer in context.layers:
        for name, row in (layer.settings.schedule or {}).items():
            rows.setdefault(name, {}).update({key: getattr(row, key) for key in row.model_fields_set})
    phases: dict[str, Phase] = {}
    for name, values in rows.items():
        after = values.get("after")
        if after is None:
            after = tuple(phases) if name == SERVING else tuple(phases)[-1:]
        for predecessor in after:
            if predecessor not in rows or predecessor == name:
                reason = "it is this phase" if predecessor == name else "there is no such phase"
                message = f"comes after {predecessor!r}; {reason}"
                context.issues.add(
                    context.place("schedule"), f"schedule.{name}", message, partial(similar_name_remedies, predecessor, rows)
                )
        if any(name in context.items(group) for group in model.GROUPS):
            message = "is the name of a group item too; give it another name"
            context.issues.add(context.place("schedule"), f"schedule.{name}", message)
        phases[name] = Phase(
            tuple(predecessor for predecessor in after if predecessor in rows and predecessor != name),
            values.get("lines", ()),
            tuple(item for group in TIMED_GROUPS for item in _phase_items(context, name, group, values.get(group, ()))),
            values.get("duration") is not None,
        )
    return phases


def _phase_items(context: Context, phase: str, group: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the roles or tools that a phase names; report names that the group does not have."""
    known = context.items(group)
    for name in names:
        if name not in known:
            message, key = f"there is no {name!r} among the {group} here", f"schedule.{phase}.{group}"
            context.issues.add(context.place("schedule"), key, message, partial(similar_name_remedies, name, known))
    return tuple(name for name in names if name in known)


def _amount(context: Context, key: str) -> float | None:
    layer = context.layer_of(key)
    text = None if layer is None else getattr(layer.settings, key)
    return None if layer is None or text is None else _positive(context, layer, context.place(key), key, text)


def _progress(context: Context) -> PausedRun | None:
    layer = context.layer_of("progress")
    row = None if layer is None else layer.settings.progress
    if layer is None or row is None:
        return None
    spent = _positive(context, layer, context.place("progress"), "progress.spent", row.spent)
    return None if spent is None else PausedRun(row.share_done, spent, row.tolerance)


def _positive(context: Context, layer: Layer, place: Place, key: str, text: str) -> float | None:
    """Return an amount in the money of the prices, or None if it is not a single amount above zero."""
    try:
        return amount_of(context, layer, text, key)
    except ValueError as error:
        context.issues.add_error(place, key, error)
        return None
