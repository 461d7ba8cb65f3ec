"""Check of use: inputs and adjustments without effect are refused or noted, with the change that would give them one."""

from collections.abc import Set
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from simulator import model
from simulator.core.errors import Issue, Place
from simulator.core.results import Note
from simulator.core.suggestions import Remedy
from simulator.engine.adjustments import Adjustment, Effect
from simulator.engine.graph import Graph, build_plan
from simulator.engine.scenario import TOTAL
from simulator.scenario import library
from simulator.scenario.assemble.alternatives import Alternatives
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.medians import evaluate_plan
from simulator.scenario.remedies import NoteWithRemedies

LEAST_REMAINING = 0.05
"""Remaining share of the chip-hours below which a stack of levers is implausible: own reading of the largest claims."""
_NEUTRAL = {"multiply": 1.0, "scale_from_one": 1.0, "add": 0.0}


@dataclass(frozen=True, slots=True)
class _Use:
    """The arguments of the checks."""

    context: Context
    inputs: Inputs
    alternatives: Alternatives
    calculation: Calculation


def check_use(context: Context, inputs: Inputs, alternatives: Alternatives, calculation: Calculation) -> tuple[str, ...]:
    """Refuse keys of the scenario itself and adjustments without effect; return unused options if they are allowed."""
    use = _Use(context, inputs, alternatives, calculation)
    unused = _check_inputs(use)
    _note_unused_formulas(use)
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
        is_of_library, is_option = place.file.startswith(library.LIBRARY_LABEL), place.file.startswith("--set")
        if not own or name in active or (is_changed and is_of_library):
            continue  # a key that an option overrides is not an error of the file
        if is_option and context.allow_unused:
            unused.append(name)
            continue
        cause = _explain_unused(use, name)
        if is_option or (_shadowing(use, name, calculation.graph) and not _is_of_another_choice(use, name)):
            message = f"has no effect here{_rent_in_place(use, name)}{cause.message}"
            context.issues.add(place, name, message, cause.remedies, cause.fallback, unused=True)
        elif not is_of_library:
            message = f"{name} is given but has no effect here{cause.message}"
            issue = replace(cause, place=place, key=name, message=message)
            context.issues.notes_with_remedies.append(NoteWithRemedies("given-without-effect", name, issue))
    return tuple(unused)


def _rent_in_place(use: _Use, name: str) -> str:
    """Return where the price of a chip-hour is given, for the price of a chip under rent."""
    if name != "chip_price" or use.context.last("basis") != "rented" or "on_demand_price" not in use.calculation.plan.names:
        return ""
    return ", where the rent of a chip for an hour is `on_demand_price`"


def _is_of_another_choice(use: _Use, name: str) -> bool:
    """Whether a quantity takes part under another option of one choice, such as the price of another commitment."""
    return any(
        use.alternatives.takes_part([name], {choice: option})
        for choice, options in model.CHOICES.items()
        for option in options
        if option != use.context.last(choice)
    )


def _note_unused_formulas(use: _Use) -> None:
    """Note formulas of the user on which neither the total nor an outcome depends."""
    active = {name.partition(" before ")[0] for name in use.calculation.plan.names}
    for name in dict.fromkeys(function.__name__ for function in use.context.formulas):
        if name not in active:
            key = "lines" if use.calculation.graph.units[name].text == "USD" else "outcomes"
            text = f"{name} is a formula of yours that no line or outcome uses; add it to `{key}`"
            use.context.issues.notes.append(Note("formulas-unused", name, text))


def _check_adjustment(use: _Use, adjustment: Adjustment) -> None:
    """Refuse an adjustment without effect; note effects that are skipped, and an adjustment that changes no line."""
    issues, names = use.context.issues, set(use.calculation.plan.names)
    title, place = f"{adjustment.kind} {adjustment.name}", use.context.place(f"{adjustment.kind}s")
    idle = [effect for effect in adjustment.effects if effect.quantity not in names]
    main = [effect for effect in adjustment.effects if not effect.is_side_effect]
    selected = [key for key in adjustment.selects if key in use.calculation.graph.units]
    if selected and names.isdisjoint(selected):
        cause = _explain_unused(use, selected[0])
        message = f"selects {selected[0]}, which is not used here{cause.message}"
        issues.add(place, title, message, cause.remedies, cause.fallback, unused=True)
        return
    one_is_enough = adjustment.kind in ("lever", "shock") and any(effect not in idle for effect in main)
    for effect in idle:
        cause = _explain_unused(use, effect.quantity)
        if effect in main and (not one_is_enough or _shadowing(use, effect.quantity, use.calculation.unadjusted_graph)):
            message = f"changes {effect.quantity}, which is not used here{cause.message}"
            issues.add(place, title, message, cause.remedies, cause.fallback, unused=True)
            return
        statement = f"{_subject(effect)} is skipped{cause.message}"
        issue = replace(cause, place=place, key=f"{title} {effect.quantity}", message=statement)
        issues.notes_with_remedies.append(NoteWithRemedies("effect-skipped", adjustment.full_name, issue, adjustment))
    if main and use.calculation.total_dependencies.isdisjoint(effect.quantity for effect in main):
        remedies = partial(use.alternatives.remedies_using, [effect.quantity for effect in main], before="; it", outcomes=False)
        statement = "its main effects change outcomes here, but no line"
        issue = Issue(place, f"{title} changes no line", statement, remedies, unused=True)
        issues.notes_with_remedies.append(NoteWithRemedies("changes-no-line", adjustment.full_name, issue, adjustment))


def _subject(effect: Effect) -> str:
    return "the compute that compensates for lost quality" if effect.label == "quality" else f"its effect on {effect.quantity}"


def _check_saving(use: _Use) -> None:
    """Note if levers leave less of the compute than any documented stack of levers at the same quality."""
    calculation = use.calculation
    levers = [lever for lever in calculation.adjustments if lever.kind == "lever" and lever.effects]
    if not levers or "chip_hours" not in calculation.plan.names:
        return
    values = calculation.medians | {
        f"{lever.full_name}.variate": np.float64(1) for lever in levers if lever.probability_of_none
    }
    neutral = {
        lever.name_of(effect): _NEUTRAL[effect.operation]
        for lever in levers
        for effect in lever.effects
        if effect.operation in _NEUTRAL
    }
    without = values | {name: np.float64(value) for name, value in neutral.items() if name in values}
    with np.errstate(all="ignore"):
        remaining = (
            evaluate_plan(calculation.plan, values)["chip_hours"] / evaluate_plan(calculation.plan, without)["chip_hours"]
        )
    if remaining < LEAST_REMAINING:
        text = (
            f"levers leave {remaining:.1%} of the chip-hours at the medians; no documented stack leaves less than "
            "about 8% at the same quality (DeepSpeed's data library; Marin about 17%), so this is a different model, or too "
            "optimistic"
        )
        use.context.issues.notes.append(Note("levers-beyond-evidence", "chip_hours", text))


def _explain_unused(use: _Use, name: str) -> Issue:
    """Return the reason why a name is not used, and the changes under which it would be."""
    shadowing = _shadowing(use, name, use.calculation.unadjusted_graph)
    names = ", ".join(shadowing)
    if not shadowing or not _takes_part_without(use, name, shadowing):
        nothing = f": {names} is given and shadows it" if shadowing else ": no line or outcome of this scenario uses it"
        return Issue(Place(""), name, "", partial(use.alternatives.remedies_using, [name]), nothing, unused=True)
    settings = tuple(("without", each) for each in shadowing)
    remedies = [Remedy(f" (`without: [{names}]` computes it instead)", settings=settings)]
    location = use.inputs.locations.get(shadowing[0])
    if len(shadowing) == 1 and location and location.own:  # in the same file, where `without` has no effect
        remedies.append(Remedy(f" (remove it{_in_line(location.place)} to compute it)", remove=location.place))
    return Issue(Place(""), name, f": {names} is given and shadows it", lambda: remedies, unused=True)


def _takes_part_without(use: _Use, name: str, shadowing: list[str]) -> bool:
    """Whether a name would take part if the inputs that shadow it were not given."""
    available = (use.alternatives.input_names | {name}) - set(shadowing)
    for target in (TOTAL, *use.context.outcome_names):
        try:
            plan = build_plan(use.calculation.unadjusted_graph, available, [target])
        except ValueError:  # what the shadowing ones are computed from is missing
            continue
        if name in plan.names:
            return True
    return False


def _in_line(place: Place) -> str:
    return f" in line {place.line}" if place.line and not place.file.startswith("--") else ""


def _shadowing(use: _Use, name: str, graph: Graph) -> list[str]:
    """Return the inputs that shadow everything downstream of a name; none if another choice may use it."""
    input_names = {name.partition(" before ")[0] for name in use.calculation.plan.inputs}
    return sorted(_downstream(graph, name, input_names) & input_names)


def _downstream(graph: Graph, name: str, stop: Set[str]) -> set[str]:
    """Return a name and everything computed from it, up to the names in `stop`."""
    downstream, pending = {name}, [name]
    while pending:
        for user in graph.users(pending.pop()):
            if user not in downstream:
                downstream.add(user)
                if user not in stop:
                    pending.append(user)
    return downstream
