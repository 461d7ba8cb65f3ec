"""The warning that a service which a scenario states is no part of its total, because none of its lines is spent in service."""

from simulator.core.formatting import to_words
from simulator.engine.graph import Graph
from simulator.model.schedule import SERVING
from simulator.scenario import library
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.settings import SettingSelection

SERVICE = "service"
"""Stage of the lines that are spent in service."""
WHOLE_LIFE = "whole-life"
"""The scenario of the library that has them."""


def service_warnings(
    context: Context, selection: SettingSelection, inputs: Inputs, calculation: Calculation
) -> tuple[str, ...]:
    """Return a warning where the user states a service, and no line is spent in it."""
    lines = [line for line in calculation.lines if line in context.known_lines]
    if not lines or any(context.known_lines[line].stage == SERVICE for line in lines):
        return ()
    used = {name.partition(" before ")[0] for name in calculation.plan.names}
    subjects = [
        (name, location.place)
        for name, location in inputs.locations.items()
        if not location.place.file.startswith(library.LIBRARY_LABEL)
        and name not in used
        and _is_of_service(context, calculation.unadjusted_graph, name)
    ]
    schedule = context.layer_of("schedule")
    has_phase = selection.timeline is not None and SERVING in selection.phases
    if has_phase and schedule is not None and not schedule.is_preset and not _lasts_for_a_line(calculation):
        subjects.append((f"the phase {SERVING}", context.place("schedule")))
    if not subjects:
        return ()
    names = ", ".join(name for name, _ in subjects)
    of_service = ", ".join(to_words(name) for name, line in context.known_lines.items() if line.stage == SERVICE)
    return (
        f"{subjects[0][1]}: {names}: the service is no part of this total, none of whose lines is spent in it ({of_service}); "
        f"the scenario {WHOLE_LIFE} has these lines",
    )


def _is_of_service(context: Context, graph: Graph, name: str) -> bool:
    """Whether lines in service depend on a quantity, and no others but those that only last as long as it says."""
    downstream, pending = {name}, [name]
    while pending:
        for user in graph.users(pending.pop()):
            if user not in downstream:
                downstream.add(user)
                pending.append(user)
    lines = [context.known_lines[name] for name in downstream if name in context.known_lines]
    return {line.stage for line in lines if line.over not in downstream} == {SERVICE}


def _lasts_for_a_line(calculation: Calculation) -> bool:
    """Whether a line depends on the time of the service, such as the storage of data."""
    return any(name.startswith(f"{SERVING}.") or name == "service_life" for name in calculation.total_dependencies)
