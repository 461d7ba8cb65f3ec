"""The wait before a project can begin, which a lever may take: it costs nothing, and moves every date."""

from collections.abc import Mapping

import numpy as np

from simulator.analysis.statistics import Array
from simulator.core.formatting import format_significant, to_words
from simulator.core.results import Note
from simulator.core.units import HOURS_PER_YEAR
from simulator.model.schedule import ADOPTION_WAIT
from simulator.scenario import Scenario

CODE = "wait-before-start"
_MONTH = HOURS_PER_YEAR / 12


def wait_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the quantity whose draws are the wait, where a scenario has one."""
    return (ADOPTION_WAIT,) if ADOPTION_WAIT in scenario.plan.names else ()


def after_wait(hours: Array, draws: Mapping[str, Array]) -> Array:
    """Return times of a project, hours from its beginning, as times from the start of the wait before it."""
    return hours + draws[ADOPTION_WAIT] if ADOPTION_WAIT in draws else hours


def wait_notes(scenario: Scenario, draws: Mapping[str, Array]) -> tuple[Note, ...]:
    """Return a note on the wait, where the draws have one."""
    if ADOPTION_WAIT not in draws:
        return ()
    months = format_significant(float(np.median(draws[ADOPTION_WAIT])) / _MONTH)
    levers = ", ".join(to_words(each.name) for each in scenario.adjustments if each.wait is not None)
    text = (
        f"the project begins after a wait of {months} months (median), for {levers}: dates and months count from the start of "
        "the wait; it costs nothing, as nobody is employed for the project yet"
    )
    return (Note(CODE, ADOPTION_WAIT, text),)
