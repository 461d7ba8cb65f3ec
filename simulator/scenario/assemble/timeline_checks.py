"""Checks and notes on the timeline: durations beside a schedule, work that is longer than its phase, phases that are added."""

import math

from simulator.core.formatting import format_significant
from simulator.core.results import Note
from simulator.core.suggestions import Remedy
from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.graph import build_plan
from simulator.model import schedule
from simulator.model.schedule import SERVING, Timeline
from simulator.scenario import library
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.medians import evaluate_plan, medians
from simulator.scenario.assemble.settings import TIMED_GROUPS, SettingSelection
from simulator.scenario.assemble.specification import Specification
from simulator.scenario.assemble.timeline import Durations
from simulator.scenario.layers import EXTENDED

MONTH = HOURS_PER_YEAR / 12
EQUAL = 1e-6
"""Relative difference up to which two durations are the same."""


def check_timeline(
    context: Context, selection: SettingSelection, durations: Durations, inputs: Inputs, calculation: Calculation
) -> None:
    """Refuse durations that contradict the schedule, and note what it replaces, adds and lengthens."""
    timeline = selection.timeline
    if timeline is None:
        return
    for name, specification in durations.own.items():
        _check_own(context, name, specification, calculation)
    _check_items(context, timeline, selection, inputs, calculation)
    _note_inherited(context, durations, calculation)
    _note_phases(context, timeline, calculation)


def _check_own(context: Context, name: str, specification: Specification, calculation: Calculation) -> None:
    """Refuse a duration beside the schedule, unless both are the same known time."""
    value, is_known = _median(name, calculation)
    distribution = specification.reader.distribution(name, specification.entry, calculation.graph.units[name])
    if distribution.is_constant and is_known and math.isclose(distribution.quantile(0.5), value, rel_tol=EQUAL):
        return
    message = f"{_text(distribution.quantile(0.5))} contradicts the schedule, by which it is {_text(value)} (medians)"
    remedies = [
        Remedy("; remove it", remove=specification.place),
        Remedy(f"; `without: [{name}]`", settings=(("without", name),)),
    ]
    context.issues.add(specification.place, name, message, lambda: remedies, "; remove it, or change the phases")


def _check_items(
    context: Context, timeline: Timeline, selection: SettingSelection, inputs: Inputs, calculation: Calculation
) -> None:
    """Refuse roles and tools that are paid for longer than the schedule lasts."""
    end, _ = _median("schedule_end", calculation)
    for item in (item for group in TIMED_GROUPS for item in selection.groups[group]):
        name = f"{item}.duration"
        if name not in inputs.by_name or item in timeline.items:
            continue
        duration = inputs.by_name[name].distribution.quantile(0.5)
        if duration > end * (1 + EQUAL):
            message = f"{_text(duration)} is longer than the schedule, which ends after {_text(end)} (medians)"
            remedy = Remedy("; remove it", remove=inputs.locations[name].place)
            context.issues.add(inputs.locations[name].place, name, message, lambda: [remedy], "; shorten it")  # noqa: B023


def _note_inherited(context: Context, durations: Durations, calculation: Calculation) -> None:
    for name, specification in durations.inherited.items():
        is_default = specification.place.file == library.LIBRARY_LABEL
        if name in calculation.plan.names and not is_default:
            value, _ = _median(name, calculation)
            text = f"the schedule determines {name}, {_text(value)} at the medians, in place of {EXTENDED}"
            context.issues.notes.append(Note("schedule-replaces", name, text))


def _note_phases(context: Context, timeline: Timeline, calculation: Calculation) -> None:
    notes = context.issues.notes
    if SERVING in timeline.after and not any(SERVING in (layer.settings.schedule or {}) for layer in context.layers):
        text = "the schedule has no phase `serving`, so the service follows the release, for service_life"
        notes.append(Note("serving-added", SERVING, text))
    run = schedule.FINAL_RUN
    if run in timeline.phases_with_duration & timeline.phases_with_work:
        values = evaluate_plan(calculation.plan, calculation.medians)
        planned, work = (float(values[name]) for name in (f"{run}.duration", schedule.TIME_OF_WORK[run]))
        if work > planned * (1 + EQUAL):
            text = (
                f"{run} is planned for {_text(planned)}, but its work takes {_text(work)} on the cluster (medians), so it "
                "lasts as long as its work"
            )
            notes.append(Note("work-beyond-phase", f"{run}.duration", text))


def _median(name: str, calculation: Calculation) -> tuple[float, bool]:
    """Return a quantity with its inputs at their medians, and whether all of them are known."""
    plan = build_plan(calculation.graph, calculation.inputs, [name])
    value = float(evaluate_plan(plan, medians(plan, calculation.inputs))[name])
    return value, all(calculation.inputs[each].distribution.is_constant for each in plan.inputs)


def _text(hours: float) -> str:
    return f"{format_significant(hours / MONTH)} month"
