"""Phases in time: each begins after its predecessors end, and together they determine how long staff and chips are paid for."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from simulator.core.units import Unit
from simulator.engine.graph import Formula

HOUR = Unit("hour")

DURATION_OF = {"final_run": "wall_clock", "serving": "service_life"}
"""Phases whose duration is a quantity of the model unless the scenario gives one."""

SERVING = "serving"
"""The phase after the release."""

COMPUTING = ("experiments", "final_run", "post_training")
"""Phases during which the cluster is reserved."""


def schedule_formulas(phases: Mapping[str, tuple[str, ...]]) -> tuple[list[Formula], dict[str, Unit]]:
    """Return the formulas of a schedule and the units of its inputs, from the predecessors of each phase.

    Each phase has `start`, `duration`, `lag` and `end`. `release` is the end of all phases but serving, `duration` (of the
    staff) lasts until then, and `held_time` from the first phase that needs the cluster to the last. A reservation pays for at
    least as long, a block holds its capacity as long, and the bills of a cloud come in that time.
    """
    formulas = []
    for phase, after in phases.items():
        ends = tuple(f"{predecessor}.end" for predecessor in after)
        formulas += [
            Formula(f"{phase}.start", start, (f"{phase}.lag", *ends), HOUR),
            Formula(f"{phase}.end", end, (f"{phase}.start", f"{phase}.duration"), HOUR),
            Formula(f"{phase}.lag", same, ("lag",), HOUR),
        ]
        if phase in DURATION_OF:
            formulas.append(Formula(f"{phase}.duration", same, (DURATION_OF[phase],), HOUR))
    building = [phase for phase in phases if phase != SERVING]
    if building:
        formulas.append(Formula("release", latest, tuple(f"{phase}.end" for phase in building), HOUR))
        formulas.append(Formula("duration", same, ("release",), HOUR))
    computing = [phase for phase in COMPUTING if phase in phases]
    if computing:
        starts, ends = (tuple(f"{phase}.{edge}" for phase in computing) for edge in ("start", "end"))
        formulas.append(Formula("first_chip_hour", earliest, starts, HOUR))
        formulas.append(Formula("last_chip_hour", latest, ends, HOUR))
        formulas.append(Formula("held_time", difference, ("last_chip_hour", "first_chip_hour"), HOUR))
        needs = ("reserved_chips", "reserved_term", "held_time")
        formulas.append(Formula("reserved_chip_hours", capacity, needs, Unit("chip*hour")))
        needs = ("chip_hours", "reserved_chips", "held_time")
        formulas.append(Formula("block_need", occupation, needs, HOUR))
        formulas.append(Formula("bill_start", same, ("first_chip_hour",), HOUR))
        needs = ("billed_chip_hours", "reserved_chips", "held_time")
        formulas.append(Formula("bill_time", occupation, needs, HOUR))
    units = {"lag": HOUR} | {f"{phase}.{key}": HOUR for phase in phases for key in ("duration", "lag")}
    return formulas, units


def start(lag: Any, *ends: Any) -> Any:
    """Start of a phase: a lag after the end of all its predecessors."""
    return latest(*ends) + lag if ends else lag


def end(start: Any, duration: Any) -> Any:
    """End of a phase."""
    return start + duration


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


def capacity(reserved_chips: Any, reserved_term: Any, held_time: Any) -> Any:
    """Chip-hours that a contract pays for: the longer of its term and the time for which the schedule needs the cluster."""
    return reserved_chips * np.maximum(reserved_term, held_time)


def occupation(chip_hours: Any, chips: Any, held_time: Any) -> Any:
    """Time of some hours on some chips, or the time for which the schedule needs the cluster if that is longer."""
    return np.maximum(chip_hours / chips, held_time)


def same(value: Any) -> Any:
    """The quantity that the schedule uses here."""
    return value
