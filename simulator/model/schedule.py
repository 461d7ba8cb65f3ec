"""The timeline: phases in time, each after its predecessors, from which every duration of a scenario follows.

A schedule determines how long staff, tools and storage are paid for, how long a contract or a purchase holds the cluster, and
when the service begins. Work that takes longer than its phase, risks and the adoption of levers lengthen the phase that they
affect. Without a schedule, phases are derived from the quantities in force, and no other quantity depends on them.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from simulator.core.units import Unit
from simulator.engine.graph import Formula

HOUR = Unit("hour")
DATA, EXPERIMENTS, FINAL_RUN, POST_TRAINING, RELEASE, SERVING = PHASES = (
    "data", "experiments", "final_run", "post_training", "release", "serving",
)  # fmt: skip
"""The phases with a meaning of their own, in order; a scenario may name others."""
DEVELOPMENT = "development"
"""The only phase before the release that is derived where nothing is computed on a cluster."""
COMPUTING = (EXPERIMENTS, FINAL_RUN, POST_TRAINING)
"""Phases during which the cluster is held."""
TIME_OF_WORK = {
    EXPERIMENTS: "experiments_time", FINAL_RUN: "wall_clock", POST_TRAINING: "post_training_time", SERVING: "service_life",
}  # fmt: skip
"""Time that the work of a phase takes, which is its duration unless the schedule gives one."""
DURATIONS = ("duration", "held_time", "storage_time", "block_need", "bill_start", "bill_time")
"""Durations and times that a schedule determines, so that a scenario with one cannot give them too."""
ADOPTION_DELAY = "adoption_delay"
ADOPTION_WAIT = "adoption_wait"
"""Time before the project begins, and with it everything that is paid: times within the project are counted from its end."""


@dataclass(frozen=True)
class Timeline:
    """Phases, and what each of them determines.

    Attributes
    ----------
    after : dict of str to tuple of str
        Predecessors of each phase, in the order of the phases.
    phases_with_duration : frozenset of str
        Phases whose duration is an input.
    phases_with_work : frozenset of str
        Phases whose work takes a time that can be computed.
    cluster_phases : tuple of str
        Phases during which the cluster is held.
    items : dict of str to tuple of str
        The phases of each role or tool that does not last until the release.
    delays : dict of str to tuple of str
        Quantities by which risks lengthen a phase.
    has_term : bool
        Whether a contract has a term, so that it is paid for at least as long.
    has_roles : bool
        Whether the cost of the staff follows from its roles, and so from the timeline.

    """

    after: Mapping[str, tuple[str, ...]]
    phases_with_duration: frozenset[str] = frozenset()
    phases_with_work: frozenset[str] = frozenset()
    cluster_phases: tuple[str, ...] = ()
    items: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delays: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    has_term: bool = True
    has_roles: bool = True

    @property
    def key(self) -> Hashable:
        """Everything that the formulas of the timeline depend on."""
        mappings = tuple(tuple(each.items()) for each in (self.after, self.items, self.delays))
        return (mappings, self.phases_with_duration, self.phases_with_work, self.cluster_phases, self.has_term, self.has_roles)

    @property
    def building(self) -> tuple[str, ...]:
        """Phases before the release."""
        return tuple(phase for phase in self.after if phase != SERVING)

    @property
    def durations(self) -> tuple[str, ...]:
        """The quantities that this timeline determines."""
        is_determined = {name: bool(self.cluster_phases) for name in DURATIONS} | {
            "duration": bool(self.building),
            "storage_time": True,
        }
        return (
            *(name for name in DURATIONS if is_determined[name]),
            *((TIME_OF_WORK[SERVING],) if SERVING in self.phases_with_duration else ()),
        )

    @property
    def phase_of_adoption(self) -> str:
        """The phase that the adoption of levers lengthens: the first, before the cluster is held if there is one."""
        return next(iter(self.building or self.after))


def timeline_formulas(timeline: Timeline) -> tuple[list[Formula], dict[str, Unit]]:
    """Return the formulas of a timeline and the units of its inputs.

    Each phase has `start`, `duration`, `lag` and `end`. `release` is the end of all phases but serving.
    """
    if not timeline.after:
        return [], {"lag": HOUR}
    formulas = [formula for phase in timeline.after for formula in _phase_formulas(timeline, phase)]
    formulas += _time_formulas(timeline)
    formulas += _holding_formulas(timeline)
    for item, phases in timeline.items.items():
        edges = tuple(f"{phase}.{edge}" for phase in phases for edge in ("start", "end"))
        formulas.append(Formula(f"{item}.duration", union, edges, HOUR))
    units = {"lag": HOUR} | {f"{phase}.{key}": HOUR for phase in timeline.after for key in ("duration", "lag")}
    return formulas, units


def _phase_formulas(timeline: Timeline, phase: str) -> list[Formula]:
    after, work = timeline.after[phase], TIME_OF_WORK.get(phase, "")
    ends = tuple(f"{predecessor}.end" for predecessor in after)
    if phase == SERVING and after == timeline.building and after:
        ends = ("release",)
    needs = (f"{phase}.start", f"{phase}.duration")
    delays = timeline.delays.get(phase, ())
    formulas = [Formula(f"{phase}.start", start, (f"{phase}.lag", *ends), HOUR), Formula(f"{phase}.lag", same, ("lag",), HOUR)]
    if phase not in timeline.phases_with_duration and work:
        formulas.append(Formula(f"{phase}.duration", same, (work,), HOUR))
    if phase in timeline.phases_with_duration and phase == FINAL_RUN and phase in timeline.phases_with_work:
        return [*formulas, Formula(f"{phase}.end", end_of_work, (*needs, work, *delays), HOUR)]
    return [*formulas, Formula(f"{phase}.end", end, (*needs, *delays), HOUR)]


def _time_formulas(timeline: Timeline) -> list[Formula]:
    """Return the times of the project as a whole: release, time of the staff, of storage and of service."""
    formulas = []
    if timeline.building:
        ends = tuple(f"{phase}.end" for phase in timeline.building)
        formulas.append(Formula("development_end", latest, ends, HOUR))
        formulas.append(Formula("duration", same, ("development_end",), HOUR))
        formulas.append(Formula("release", same, ("duration",), HOUR))
    last = ("release",) if timeline.building else ()
    if SERVING in timeline.after:
        last = (*last, f"{SERVING}.end")
    if SERVING in timeline.phases_with_duration:
        formulas.append(Formula(TIME_OF_WORK[SERVING], same, (f"{SERVING}.duration",), HOUR))
    formulas.append(Formula("schedule_end", latest, last, HOUR))
    needs = ("schedule_end", f"{DATA}.start") if DATA in timeline.after else ("schedule_end",)
    formulas.append(Formula("storage_time", difference if DATA in timeline.after else same, needs, HOUR))
    delays = tuple(delay for each in timeline.delays.values() for delay in each)
    if delays and timeline.building:
        burn = Unit("USD/hour")
        if timeline.has_roles:  # the staff is paid during the delay by the timeline itself
            formulas.append(Formula("staff_burn", no_burn, (), burn))
        else:
            formulas.append(Formula("staff_burn", planned_burn, ("staff_cost", "duration", *delays), burn))
    return formulas


def _holding_formulas(timeline: Timeline) -> list[Formula]:
    """Return for how long the cluster is held, and what a contract, a block and the bills of a cloud take from that."""
    if not timeline.cluster_phases:
        return []
    starts, ends = (tuple(f"{phase}.{edge}" for phase in timeline.cluster_phases) for edge in ("start", "end"))
    term = ("reserved_term",) if timeline.has_term else ()
    occupied = ("reserved_chips", "held_time")
    mixed = ("final_run_chip_hours", "chips", "reserved_chips", "spot_share", "spot_lost_share", "spot_wait_share")
    return [
        # A final run of the schedule is part of the time that the cluster is held, which cannot depend on that time again.
        *([Formula("mixed_wall_clock", time_beside_reservation, mixed, HOUR)] if FINAL_RUN in timeline.cluster_phases else []),
        Formula("first_chip_hour", earliest, starts, HOUR),
        Formula("last_chip_hour", latest, ends, HOUR),
        Formula("held_time", difference, ("last_chip_hour", "first_chip_hour"), HOUR),
        Formula("reserved_chip_hours", capacity, ("reserved_chips", "held_time", *term), Unit("chip*hour")),
        Formula("block_need", occupation, ("chip_hours", *occupied), HOUR),
        Formula("bill_start", same, ("first_chip_hour",), HOUR),
        Formula("bill_time", occupation, ("billed_chip_hours", *occupied), HOUR),
    ]


# --- without a schedule ---------------------------------------------------------------------------------------------------


def derived_formulas(timeline: Timeline, *, has_duration: bool) -> list[Formula]:
    """Return the formulas of phases that follow from the quantities in force; nothing else depends on them.

    The work of each phase takes its time, experiments at most what the duration of the development leaves them; what is left of
    that duration comes first.
    """
    formulas: list[Formula] = []
    work = tuple(TIME_OF_WORK[phase] for phase in (FINAL_RUN, POST_TRAINING) if phase in timeline.after)
    for phase, after in timeline.after.items():
        ends = tuple(f"{predecessor}.end" for predecessor in after)
        delays = timeline.delays.get(phase, ())
        formulas += [
            Formula(f"{phase}.start", latest if ends else beginning, ends, HOUR),
            Formula(f"{phase}.end", end, (f"{phase}.start", f"{phase}.duration", *delays), HOUR),
        ]
        if phase == DEVELOPMENT:
            duration = Formula("", same, ("duration",), HOUR) if has_duration else Formula("", no_time, (), HOUR)
        elif phase == DATA:
            # By their work: it is more than the duration of experiments only where nothing is left, which is then exactly 0.
            others = tuple(TIME_OF_WORK[each] for each in COMPUTING if each in timeline.after)
            duration = Formula("", rest, ("duration", *others), HOUR)
        elif phase == EXPERIMENTS and has_duration:
            duration = Formula("", time_within, (TIME_OF_WORK[phase], "duration", *work), HOUR)
        else:
            duration = Formula("", same, (TIME_OF_WORK[phase],), HOUR)
        formulas.append(replace(duration, name=f"{phase}.duration"))
    return formulas


# --- functions ------------------------------------------------------------------------------------------------------------


def start(lag: Any, *ends: Any) -> Any:
    """Start of a phase: a lag after the end of all its predecessors."""
    return latest(*ends) + lag if ends else lag


def end(start: Any, duration: Any, *delays: Any) -> Any:
    """End of a phase, with the delays that lengthen it."""
    time = start + duration
    for delay in delays:
        time = time + delay
    return time


def end_of_work(start: Any, duration: Any, work: Any, *delays: Any) -> Any:
    """End of a phase that lasts as long as planned, or as its work takes if that is longer, with delays."""
    return end(start, np.maximum(duration, work), *delays)


def latest(*times: Any) -> Any:
    """The latest of several times."""
    last = times[0]
    for time in times[1:]:
        last = np.maximum(last, time)
    return last


def earliest(*times: Any) -> Any:
    """The earliest of several times."""
    first = times[0]
    for time in times[1:]:
        first = np.minimum(first, time)
    return first


def difference(later: Any, earlier: Any) -> Any:
    """The time between two times."""
    return later - earlier


def union(*edges: Any) -> Any:
    """Time that is covered by at least one of several phases, each by its start and end, so that no time counts twice."""
    each = iter(edges)
    phases = list(zip(each, each, strict=True))
    for last in range(len(phases) - 1, 0, -1):  # by their starts, in each draw
        for place in range(last):
            (start, end), (next_start, next_end) = phases[place], phases[place + 1]
            is_ordered = start <= next_start
            phases[place] = np.where(is_ordered, start, next_start), np.where(is_ordered, end, next_end)
            phases[place + 1] = np.where(is_ordered, next_start, start), np.where(is_ordered, next_end, end)
    covered_until = phases[0][1]
    covered = covered_until - phases[0][0]
    for start, end in phases[1:]:
        covered = covered + np.maximum(end - np.maximum(start, covered_until), 0 * covered)
        covered_until = np.maximum(covered_until, end)
    return covered


def capacity(reserved_chips: Any, held_time: Any, *term: Any) -> Any:
    """Chip-hours that a contract pays for: the longer of its term and the time for which the schedule needs the cluster."""
    return reserved_chips * latest(held_time, *term)


def occupation(chip_hours: Any, chips: Any, held_time: Any) -> Any:
    """Time of some hours on some chips, or the time for which the schedule needs the cluster if that is longer."""
    return np.maximum(chip_hours / chips, held_time)


def time_beside_reservation(
    chip_hours: Any, chips: Any, reserved_chips: Any, spot_share: Any, spot_lost_share: Any, spot_wait_share: Any
) -> Any:
    """Time of a run during all of which the reserved chips are held, so that only chips beyond them are on spot capacity."""
    chips_on_spot = np.maximum(chips - reserved_chips, 0 * chips) * spot_share
    return chip_hours / chips * (1 + (spot_lost_share + spot_wait_share) * (chips_on_spot / chips))


def no_burn() -> float:
    """No cost: the timeline pays the staff during a delay."""
    return 0.0


def planned_burn(staff_cost: Any, duration: Any, *delays: Any) -> Any:
    """Cost of the staff per hour of the project without its delays."""
    for delay in delays:
        duration = duration - delay
    return staff_cost / duration


def beginning() -> float:
    """The beginning of the project."""
    return 0.0


def no_time() -> float:
    """No time, as nothing says how long it takes."""
    return 0.0


def rest(duration: Any, *others: Any) -> Any:
    """What the other phases leave of a duration."""
    for other in others:
        duration = duration - other
    return np.maximum(duration, 0 * duration)


def time_within(work: Any, duration: Any, *others: Any) -> Any:
    """Time of some work, at most what the other phases leave of a duration."""
    return np.minimum(work, rest(duration, *others))


def same(value: Any) -> Any:
    """The quantity that the schedule uses here."""
    return value
