"""Adoption of levers in a scenario: its effort, delay and wait as inputs, and the formulas of what it costs.

The line `adoption_cost` joins the lines of a scenario with a lever. Where a schedule pays the staff until the release, the
delay lengthens a phase, so that the staff costs more; elsewhere the line has the cost of the staff during the delay. A wait
comes before the project and costs nothing, as nobody is employed for it yet; it moves every date.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import NamedTuple

from pydantic import ValidationError

from simulator import model
from simulator.core.errors import Place
from simulator.core.results import Note
from simulator.core.suggestions import similar_name_remedies
from simulator.core.units import Unit
from simulator.engine.graph import Formula, Graph
from simulator.engine.inputs import Input
from simulator.model import schedule
from simulator.model.schedule import Timeline
from simulator.scenario import library
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs, Location
from simulator.scenario.assemble.settings import SettingSelection
from simulator.scenario.assemble.structure import has_staff
from simulator.scenario.entries import LIBRARY, Reader, library_entry, sources_of
from simulator.scenario.schema import AdjustmentRow, Entry
from simulator.scenario.validated_rows import adjustment_row

LINE = "adoption_cost"
EFFORT, DELAY, WAIT = "effort", "delay", "wait"
UNITS = {EFFORT: Unit("person*hour"), DELAY: model.HOUR, WAIT: model.HOUR}
"""What adoption takes, each a key of `adoption` in the file of a lever, and its unit."""
PAY = {"salary": "sf-ml-2024", "on_cost": "us-2024", "equity": "sf-ml-2024"}
"""Rows of the library that price an hour of work where the scenario has no staff."""
_BURN = Unit("USD/hour")


class _Part(NamedTuple):
    """The effort, the delay or the wait of a lever as written, and where."""

    lever: str
    key: str
    entry: Entry
    reader: Reader
    place: Place
    row: AdjustmentRow
    own: bool

    @property
    def name(self) -> str:
        return f"lever/{self.lever}.{self.key}"


def adopted_levers(context: Context, rows: dict[str, AdjustmentRow] | None = None) -> dict[str, AdjustmentRow]:
    """Return the levers of a scenario that take work or time to adopt, by name."""
    found = _rows(context) if rows is None else rows
    return {name: row for name, row in found.items() if row.adoption and any(getattr(row.adoption, key) for key in UNITS)}


def _rows(context: Context) -> dict[str, AdjustmentRow]:
    """Return the levers of a scenario whose effect is not inside its figures; invalid names are reported elsewhere."""
    rows: dict[str, AdjustmentRow] = {}
    for name, _, _ in context.listed("levers"):
        try:
            row = adjustment_row("levers", name)
        except ValidationError:
            continue
        if row is not None and not is_in_baseline(context, name, row):
            rows[name] = row
    return rows


def is_in_baseline(context: Context, name: str, row: AdjustmentRow) -> bool:
    """Whether the effect of a lever is inside the figures of a scenario: by its baseline, or as every modern run has it."""
    baseline = context.last("baseline")
    return name in baseline or (row.baseline and BARE not in baseline)


MODERN, BARE = "modern", "bare"
"""States of a scenario before any lever: with what every modern run contains, or without it."""


def read_adoption(context: Context) -> Inputs:
    """Return effort, delay and wait of each lever of the scenario, and the pay of an hour of work where it has no staff."""
    by_name: dict[str, Input] = {}
    locations: dict[str, Location] = {}
    levers = adopted_levers(context)
    for part in _parts(context, levers):
        try:
            sources = () if part.own else sources_of(part.row.sources)
            source = part.reader.input(part.name, part.entry, UNITS[part.key], f"lever {part.lever}", sources)
        except ValueError as error:
            context.issues.add_error(part.place, f"adoption.{part.lever}.{part.key}", error)
            continue
        by_name[part.name] = source
        if part.own:
            locations[part.name] = Location(part.place, True)
    if levers and LINE in context.line_names and not _has_paid_staff(context):
        by_name |= _pay_of_library()
    return Inputs(by_name, locations)


def _parts(context: Context, levers: dict[str, AdjustmentRow]) -> Iterator[_Part]:
    for lever, row in levers.items():
        node = library.find_file("levers", lever)
        assert node is not None
        assert row.adoption is not None
        parts = {
            key: _Part(lever, key, entry, LIBRARY, node.place, row, own=False)
            for key in UNITS
            if (entry := getattr(row.adoption, key)) is not None
        }
        for layer in context.layers:
            of_lever = (layer.settings.adoption or {}).get(lever, {})
            for key, entry in ((key, entry) for key, entry in of_lever.items() if key in UNITS):
                place = layer.node.at(("adoption", lever, key))
                parts[key] = _Part(lever, key, entry, layer.reader, place, row, own=True)
        yield from parts.values()


def check_baseline(context: Context) -> None:
    """Report names in `baseline` that are neither a state nor a lever."""
    names = [MODERN, BARE, *library.names("levers")]
    for name in context.last("baseline"):
        if name not in names:
            message = f"{name!r} is neither `{MODERN}`, `{BARE}` nor a lever"
            context.issues.add(context.place("baseline"), "baseline", message, partial(similar_name_remedies, name, names))


def check_adoption(context: Context) -> None:
    """Report entries of `adoption` that are of no lever, or no part of an adoption; note those of levers not in force."""
    levers, names = adopted_levers(context), library.names("levers")
    for layer in context.layers:
        for lever, entries in (layer.settings.adoption or {}).items():
            place, key = layer.node.at(("adoption", lever)), f"adoption.{lever}"
            if lever not in names:
                context.issues.add(place, key, "there is no such lever", partial(similar_name_remedies, lever, names))
            elif lever not in levers:
                text = f"adoption of {lever} is given but has no effect here: it is no lever of this scenario"
                context.issues.notes.append(Note("given-without-effect", key, text))
            for part in entries.keys() - UNITS.keys():
                context.issues.add(place, key, f"there is no {part!r}; give {' or '.join(UNITS)}")


@cache
def _pay_of_library() -> Mapping[str, Input]:
    units = model.every_graph().units
    found = {}
    for quantity, row in PAY.items():
        name, entry = f"adoption_{quantity}", library_entry(quantity, row)
        source = LIBRARY.input(quantity, entry, units[model.lookup_name(quantity)], f"{quantity}/{row}")
        found[name] = replace(source, name=name, specification=row, stream=name)
    return found


def _has_paid_staff(context: Context) -> bool:
    """Whether the total has the cost of a staff by roles, whose pay is that of adoption."""
    return "staff_cost" in context.line_names and bool(context.items("staff"))


def with_adoption(context: Context, selection: SettingSelection, graph: Graph, inputs: Inputs) -> Graph:
    """Return the graph with the work and the delay of all levers, their price, and a timeline that they lengthen."""
    names = {
        key: tuple(name for name in inputs.by_name if name.startswith("lever/") and name.endswith(f".{key}")) for key in UNITS
    }
    if not any(names.values()):
        return graph
    units = {name: UNITS[key] for key, of_key in names.items() for name in of_key}
    timeline = selection.timeline
    formulas = [
        Formula("adoption_effort", model.add_up if names[EFFORT] else model.nothing, names[EFFORT], UNITS[EFFORT]),
        Formula(schedule.ADOPTION_DELAY, schedule.latest if names[DELAY] else model.nothing, names[DELAY], model.HOUR),
        _burn(context, timeline),
    ]
    if names[WAIT]:
        formulas.append(Formula(schedule.ADOPTION_WAIT, schedule.latest, names[WAIT], model.HOUR))
    roles = selection.groups["staff"]
    if _has_paid_staff(context) and roles:
        formulas.append(Formula("adoption_pay", schedule.same, (f"{roles[0]}.pay",), graph.units["adoption_pay"]))
        share = graph.units["adoption_noncash_share"]
        formulas.append(Formula("adoption_noncash_share", schedule.same, ("staff_noncash_share",), share))
    if timeline is not None and names[DELAY]:
        ending = graph.formulas[f"{timeline.phase_of_adoption}.end"]
        formulas.append(replace(ending, needs=(*ending.needs, schedule.ADOPTION_DELAY)))
    return graph.with_formulas(formulas, units)


def _burn(context: Context, timeline: Timeline | None) -> Formula:
    """Return the formula of the cost of the staff in an hour of delay: none where the timeline pays it, or nobody is paid."""
    is_paid = "staff_cost" in context.line_names and has_staff(context)
    if not is_paid or (timeline is not None and timeline.building and timeline.has_roles):
        return Formula("adoption_burn", model.nothing, (), _BURN)
    if timeline is not None and timeline.building:
        needs = ("staff_cost", "duration", schedule.ADOPTION_DELAY)
        return Formula("adoption_burn", schedule.planned_burn, needs, _BURN)
    return Formula("adoption_burn", schedule.same, ("staff_burn",), _BURN)
