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
from simulator.scenario.assemble.context import Context
from simulator.scenario.values import distribution_of

USD = Unit("USD", low=float("-inf"))


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of the schedule: its predecessors, and the lines that it names."""

    after: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SettingSelection:
    """The selection by the settings of a scenario, before any quantity is read; amounts are in USD."""

    choices: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]]
    """The items of each group."""
    phases: Mapping[str, Phase]
    budget: float | None
    point: float | None
    progress: PausedRun | None

    @property
    def phase_order(self) -> dict[str, tuple[str, ...]]:
        """The predecessors of each phase."""
        return {name: phase.after for name, phase in self.phases.items()}


def select(context: Context) -> SettingSelection:
    """Return the selection by the settings."""
    return SettingSelection(
        choices={"peak": "bf16"} | {key: context.last(key) for key in model.CHOICES if context.last(key) is not None},
        groups={setting: _items(context, setting) for setting in model.GROUPS},
        phases=_phases(context),
        budget=_amount(context, "budget"),
        point=_amount(context, "point"),
        progress=_progress(context),
    )


def _items(context: Context, setting: str) -> tuple[str, ...]:
    """Return the items that the layers name in a group; a name may not occur in two groups."""
    names = tuple(dict.fromkeys(name for layer in context.layers for name in getattr(layer.settings, setting) or {}))
    for other in model.GROUPS:
        if other == setting:
            break
        for name in names:
            if any(name in (getattr(layer.settings, other) or {}) for layer in context.layers):
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
            after = tuple(phases)[-1:]
        for predecessor in after:
            if predecessor not in rows or predecessor == name:
                reason = "it is this phase" if predecessor == name else "there is no such phase"
                message = f"comes after {predecessor!r}; {reason}"
                context.issues.add(
                    context.place("schedule"), f"schedule.{name}", message, partial(similar_name_remedies, predecessor, rows)
                )
        if any(name in (getattr(layer.settings, group) or {}) for layer in context.layers for group in model.GROUPS):
            message = "is the name of a group item too; give it another name"
            context.issues.add(context.place("schedule"), f"schedule.{name}", message)
        phases[name] = Phase(
            tuple(predecessor for predecessor in after if predecessor in rows and predecessor != name), values.get("lines", ())
        )
    return phases


def _amount(context: Context, key: str) -> float | None:
    text = context.last(key)
    return None if text is None else _positive(context, context.place(key), key, text)


def _progress(context: Context) -> PausedRun | None:
    row = context.last("progress")
    if row is None:
        return None
    spent = _positive(context, context.place("progress"), "progress.spent", row.spent)
    return None if spent is None else PausedRun(row.share_done, spent, row.tolerance)


def _positive(context: Context, place: Place, key: str, text: str) -> float | None:
    """Return an amount in USD, or None if it is not a single amount above zero."""
    try:
        distribution = distribution_of(text, USD, 0.95)
        if not distribution.is_constant or distribution.quantile(0.5) <= 0:
            raise ValueError(f"{text!r} must be a single amount above zero")
    except ValueError as error:
        context.issues.add_error(place, key, error)
        return None
    return float(distribution.quantile(0.5))
