"""The timeline of a scenario: what its schedule determines, and the phases that are derived where it has none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import partial

from simulator import model
from simulator.core.suggestions import similar_name_remedies
from simulator.engine.graph import Formula, Graph, build_plan
from simulator.engine.inputs import Input
from simulator.model import schedule
from simulator.model.schedule import SERVING, TIME_OF_WORK, Timeline
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.events import KIND
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.medians import evaluate_plan, medians
from simulator.scenario.assemble.settings import Phase, SettingSelection
from simulator.scenario.assemble.specification import Specification
from simulator.scenario.assemble.specifications import Specifications
from simulator.scenario.assemble.structure import is_computable
from simulator.scenario.entries import library_risk

_NEUTRAL = {
    schedule.EXPERIMENTS: ("experiments_factor",), schedule.FINAL_RUN: (), schedule.POST_TRAINING: ("post_training_share",),
}  # fmt: skip
"""Quantities that say whether a phase has work."""
SERVICE = "service"
"""The stage of the lines that are spent after the release, and the name that stands for them among the lines."""


@dataclass(frozen=True, slots=True)
class Durations:
    """Durations that the schedule determines and that files give too: those of lower layers, and those beside the schedule."""

    inherited: Mapping[str, Specification] = field(default_factory=dict)
    own: Mapping[str, Specification] = field(default_factory=dict)


def complete_timeline(
    context: Context, selection: SettingSelection, merged: Specifications, graph: Graph
) -> tuple[SettingSelection, Specifications, Durations]:
    """Return the selection with all that its schedule determines, and specifications without what the schedule replaces."""
    if not selection.phases:
        return selection, merged, Durations()
    phases = _with_service(context, selection.phases, merged)
    timeline = Timeline(
        {name: phase.after for name, phase in phases.items()},
        phases_with_duration=frozenset(name for name, phase in phases.items() if phase.has_duration),
        cluster_phases=tuple(name for name, phase in phases.items() if _holds_cluster(context, name, phase)),
        items=_items_by_phases(phases),
    )
    durations = _durations(context, timeline, merged)
    by_name = {name: each for name, each in merged.by_name.items() if name not in {*durations.inherited, *durations.own}}
    inputs = frozenset(by_name)
    timeline = replace(
        timeline,
        phases_with_work=frozenset(
            name for name, work in TIME_OF_WORK.items() if name in phases and is_computable(graph, inputs, work)
        ),
        delays=_delays(context, selection.groups[KIND], timeline),
        has_term="reserved_term" in inputs or is_computable(graph, inputs, "reserved_term"),
        has_roles="staff_cost" not in inputs,
    )
    return replace(selection, phases=phases, timeline=timeline), replace(merged, by_name=by_name), durations


def _with_service(context: Context, phases: Mapping[str, Phase], merged: Specifications) -> Mapping[str, Phase]:
    """Return the phases with one for the service after the release, where there are lines of it and no phase has them."""
    lines = set(_service_lines(context))
    if SERVING in phases or not lines or TIME_OF_WORK[SERVING] not in merged.by_name:
        return phases
    if any(line in lines for phase in phases.values() for line in phase.lines):
        return phases
    return {**phases, SERVING: Phase(tuple(phases))}


def _service_lines(context: Context) -> Iterator[str]:
    for name in context.line_names:
        if name == SERVICE or (name in context.known_lines and context.known_lines[name].stage == SERVICE):
            yield name


def _holds_cluster(context: Context, name: str, phase: Phase) -> bool:
    """Whether the cluster is held during a phase: by its name, or because compute is spent in it."""
    lines = (context.known_lines[line].stage for line in phase.lines if line in context.known_lines)
    return name in schedule.COMPUTING or "compute" in phase.lines or "run" in lines


def _items_by_phases(phases: Mapping[str, Phase]) -> dict[str, tuple[str, ...]]:
    """Return the phases of each role or tool that a phase names."""
    items = dict.fromkeys(item for phase in phases.values() for item in phase.items)
    return {item: tuple(name for name, phase in phases.items() if item in phase.items) for item in items}


def _durations(context: Context, timeline: Timeline, merged: Specifications) -> Durations:
    """Return the durations that files give though the schedule determines them, by whether they are below the schedule."""
    first = next(number for number, layer in enumerate(context.layers) if layer.settings.schedule)
    found = {name: merged.by_name[name] for name in timeline.durations if name in merged.by_name}
    if schedule.FINAL_RUN in timeline.phases_with_duration and "wall_clock" in merged.by_name:
        found["wall_clock"] = merged.by_name["wall_clock"]
    beside = {name for name in found if any(name in layer.entries for layer in context.layers[first:])}
    return Durations(
        {name: each for name, each in found.items() if name not in beside},
        {name: each for name, each in found.items() if name in beside},
    )


# --- delays ---------------------------------------------------------------------------------------------------------------


def _delays(context: Context, risks: Iterable[str], timeline: Timeline) -> dict[str, tuple[str, ...]]:
    """Return the delays of the risks by the phase that each lengthens; none where nothing is built or risks do not count."""
    if not timeline.building or model.GROUPS[KIND].line not in context.line_names:
        return {}
    return _by_phase({risk: _phase_of_risk(context, risk, timeline.building, is_own_schedule=True) for risk in risks})


def _by_phase(phase_of: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the delays of risks by phase."""
    return {
        phase: tuple(f"{risk}.delay_time" for risk in phase_of if phase_of[risk] == phase)
        for phase in dict.fromkeys(phase_of.values())
    }


def _phase_of_risk(context: Context, risk: str, phases: Sequence[str], *, is_own_schedule: bool) -> str:
    """Return the phase that a risk lengthens: the one that it names, by default the final run.

    If there is no such phase, it is the next one that there is; a stated schedule must have the phase of a risk of the file.
    """
    name, own, place = schedule.FINAL_RUN, False, context.file
    for layer in context.layers_of(KIND, risk):
        row = (layer.settings.risks or {}).get(risk)
        if row is None:
            continue
        of_library = None if row.from_ is None else library_risk(row.from_)
        named = row.phase or (of_library.phase if of_library else None)
        if named is not None:
            name, own = named, layer.own and row.phase is not None
            place = layer.node.at((KIND, risk, "phase")) if own else context.file
    if own and is_own_schedule and name not in phases:
        message = f"there is no phase {name!r} before the release in the schedule"
        context.issues.add(place, f"{KIND}.{risk}.phase", message, partial(similar_name_remedies, name, phases))
    order = schedule.PHASES[schedule.PHASES.index(name) :] if name in schedule.PHASES else (name,)
    return next((phase for phase in order if phase in phases), phases[-1])


# --- groups ---------------------------------------------------------------------------------------------------------------


def resolve_item_durations(context: Context, timeline: Timeline | None, inputs: Inputs) -> Inputs:
    """Return the inputs without inherited durations of roles and tools whose phases the schedule names; refuse own ones."""
    if timeline is None:
        return inputs
    by_name = dict(inputs.by_name)
    for item, phases in timeline.items.items():
        name = f"{item}.duration"
        if name not in by_name:
            continue
        if inputs.locations[name].own:
            place = inputs.locations[name].place
            message = f"is given, but {item} works in the phases that name it: {', '.join(phases)}; remove one of both"
            context.issues.add(place, name, message)
        del by_name[name]
    return replace(inputs, by_name=by_name)


# --- without a schedule ---------------------------------------------------------------------------------------------------


def derive_phases(
    context: Context,
    selection: SettingSelection,
    graph: Graph,
    needed: Set[str],
    inputs: Mapping[str, Input],
    lines: tuple[str, ...],
) -> tuple[dict[str, Phase], list[Formula]]:
    """Return the phases that follow from quantities with values, and their formulas; no other quantity depends on them.

    The phases are those of the work on a cluster, with the rest of the development before it, or the development alone.
    `needed` are the inputs of the total and of the outcomes, so that no other becomes part of the scenario.
    """
    has = partial(is_computable, graph, needed)
    stages = {line: context.known_lines[line].stage for line in lines if line in context.known_lines}
    on_cluster = [name for name in schedule.COMPUTING if has(TIME_OF_WORK[name]) and not _is_empty(graph, inputs, name)]
    has_duration = has("duration")
    if schedule.FINAL_RUN in on_cluster:
        names = [schedule.DATA, *on_cluster] if has_duration else on_cluster
    else:
        has_service_only = bool(stages) and set(stages.values()) == {SERVICE}
        names = [schedule.DEVELOPMENT] if has_duration or not has_service_only else []
    is_served = SERVICE in stages.values() and has(TIME_OF_WORK[SERVING])
    compute = tuple(line for line in lines if stages.get(line) == "run")
    after = {name: tuple(names[:place][-1:]) for place, name in enumerate(names)}
    if is_served:  # without a cluster, people work beside the service that is bought
        after[SERVING] = tuple(names[-1:]) if on_cluster else ()
    if not after:
        after = {schedule.DEVELOPMENT: ()}
    phases = {name: Phase(each, lines=compute if name in schedule.COMPUTING else ()) for name, each in after.items()}
    risks = [risk for risk in selection.groups[KIND] if names and has(f"{risk}.delay_time")]
    delays = _by_phase({risk: _phase_of_risk(context, risk, names, is_own_schedule=False) for risk in risks})
    timeline = Timeline(after, delays=delays)
    if schedule.ADOPTION_DELAY in graph.formulas and has(schedule.ADOPTION_DELAY):
        first = timeline.phase_of_adoption
        with_adoption = (*timeline.delays.get(first, ()), schedule.ADOPTION_DELAY)
        timeline = replace(timeline, delays={**timeline.delays, first: with_adoption})
    return phases, schedule.derived_formulas(timeline, has_duration=has_duration)


def _is_empty(graph: Graph, inputs: Mapping[str, Input], phase: str) -> bool:
    """Whether a phase has no work for certain, such as that of a final run without experiments."""
    plan = build_plan(graph, inputs, [TIME_OF_WORK[phase]])
    is_neutral = any(name in inputs and inputs[name].distribution.is_constant for name in _NEUTRAL[phase])
    try:
        return is_neutral and not evaluate_plan(plan, medians(plan, inputs))[TIME_OF_WORK[phase]]
    except ValueError:  # an input too extreme for a table, which is reported later, at its place
        return False
