"""Check of use: what is given and has no effect is refused or noted, with the change that would give it one."""

from collections.abc import Set
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from simulator.core.errors import Issue, Place
from simulator.core.suggestions import Remedy
from simulator.engine.adjustments import Adjustment, Effect
from simulator.engine.graph import Graph
from simulator.scenario import library
from simulator.scenario.assemble.alternatives import Alternatives
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.medians import evaluated

LEAST_LEFT = 0.05
"""Share of the chip-hours below which a stack of levers is not believed: own reading of the largest claims."""
_NEUTRAL = {"multiply": 1.0, "scale_from_one": 1.0, "add": 0.0}


@dataclass(frozen=True, slots=True)
class _Use:
    """What the checks look at."""

    context: Context
    inputs: Inputs
    alternatives: Alternatives
    calculation: Calculation


def check_use(context: Context, inputs: Inputs, alternatives: Alternatives, calculation: Calculation) -> tuple[str, ...]:
    """Refuse keys of the scenario itself, and adjustments, that act on nothing; return options that may, and do."""
    use = _Use(context, inputs, alternatives, calculation)
    unused = _check_inputs(use)
    for adjustment in calculation.adjustments:
        _check_adjustment(use, adjustment)
    _check_saving(use)
    return unused


def _check_inputs(use: _Use) -> tuple[str, ...]:
    context, calculation = use.context, use.calculation
    active = {name.partition(" before ")[0] for name in calculation.plan.names}
    is_changed = any(layer.node.place.file == "--set" for layer in context.layers)
    unused: list[str] = []
    for name, (place, own) in use.inputs.locations.items():
        is_of_library, is_option = place.file.startswith(library.SHOWN), place.file.startswith("--set")
        if not own or name in active or (is_changed and is_of_library):
            continue  # what an option has put aside is no mistake of the file's
        if is_option and context.allow_unused:
            unused.append(name)
            continue
        why = _unused(use, name)
        if is_option or _shadowing(use, name, calculation.graph):
            message = f"acts on nothing here{why.message}"
            context.issues.add(place, name, message, why.remedies, why.otherwise, unused=True)
        elif not is_of_library:
            message = f"{name} is given and acts on nothing here{why.message}"
            context.issues.with_remedies.append(replace(why, place=place, key=name, message=message))
    return tuple(unused)


def _check_adjustment(use: _Use, adjustment: Adjustment) -> None:
    """Refuse what acts on nothing; note what is left out, and what reaches no line."""
    issues, names = use.context.issues, set(use.calculation.plan.names)
    title, place = f"{adjustment.kind} {adjustment.name}", use.context.place(f"{adjustment.kind}s")
    idle = [effect for effect in adjustment.effects if effect.on not in names]
    main = [effect for effect in adjustment.effects if not effect.side]
    one_is_enough = adjustment.kind in ("lever", "shock") and any(effect not in idle for effect in main)
    for effect in idle:
        why = _unused(use, effect.on)
        if effect in main and (not one_is_enough or _shadowing(use, effect.on, use.calculation.plain)):
            message = f"acts on {effect.on}, which takes no part here{why.message}"
            issues.add(place, title, message, why.remedies, why.otherwise, unused=True)
            return
        message = f"{title}: {_subject(effect)} is left out{why.message}"
        issues.with_remedies.append(replace(why, place=place, key=f"{title} {effect.on}", message=message))
    if main and use.calculation.behind_total.isdisjoint(effect.on for effect in main):
        remedies = partial(use.alternatives.using, [effect.on for effect in main], before="; it", outcomes=False)
        message = f"{title}: what it is for moves outcomes here and no line"
        issues.with_remedies.append(Issue(place, f"{title} moves no line", message, remedies, unused=True))


def _subject(effect: Effect) -> str:
    return "the compute that makes up for lost quality" if effect.label == "quality" else f"what it does to {effect.on}"


def _check_saving(use: _Use) -> None:
    """Note where levers leave less of the compute than any documented stack of them has left at the same quality."""
    calculation = use.calculation
    levers = [each for each in calculation.adjustments if each.kind == "lever" and each.effects]
    if not levers or "chip_hours" not in calculation.plan.names:
        return
    values = calculation.medians | {f"{each.full_name}.luck": np.float64(1) for each in levers if each.probability_of_none}
    neutral = {
        lever.name_of(effect): _NEUTRAL[effect.how] for lever in levers for effect in lever.effects if effect.how in _NEUTRAL
    }
    without = values | {name: np.float64(value) for name, value in neutral.items() if name in values}
    with np.errstate(all="ignore"):
        left = evaluated(calculation.plan, values)["chip_hours"] / evaluated(calculation.plan, without)["chip_hours"]
    if left < LEAST_LEFT:
        use.context.issues.notes.append(
            f"levers leave {left:.1%} of the chip-hours in the middle; no documented stack of them leaves less than about "
            "8 % at the same quality (DeepSpeed's data library; Marin about 17 %), so this is another model, or too good"
        )


def _unused(use: _Use, name: str) -> Issue:
    """Return why a name takes no part, and with which change it would."""
    shadowing = _shadowing(use, name, use.calculation.plain)
    if not shadowing:
        nothing = ": no line or outcome of this scenario uses it"
        return Issue(Place(""), name, "", partial(use.alternatives.using, [name]), nothing, unused=True)
    names = ", ".join(shadowing)
    settings = tuple(("without", each) for each in shadowing)
    remedies = [Remedy(f" (`without: [{names}]` computes it instead)", settings=settings)]
    location = use.inputs.locations.get(shadowing[0])
    if len(shadowing) == 1 and location and location.own:  # in the very file, where `without` has no effect
        remedies.append(Remedy(f" (leave it out{_in_line(location.place)} to compute it)", remove=location.place))
    return Issue(Place(""), name, f": {names} is given and shadows it", lambda: remedies, unused=True)


def _in_line(place: Place) -> str:
    return f" in line {place.line}" if place.line and not place.file.startswith("--") else ""


def _shadowing(use: _Use, name: str, graph: Graph) -> list[str]:
    """Return the given quantities that shadow all that a name leads to; none where another choice may use it."""
    given = {name.partition(" before ")[0] for name in use.calculation.plan.inputs}
    return sorted(_downstream(graph, name, given) & given)


def _downstream(graph: Graph, name: str, stop: Set[str]) -> set[str]:
    """Return a name and all that is computed from it, going no further than the names in `stop`."""
    found, waiting = {name}, [name]
    while waiting:
        for user in graph.users(waiting.pop()):
            if user not in found:
                found.add(user)
                if user not in stop:
                    waiting.append(user)
    return found
