"""Choices that a lever of the library makes too, with the work and the time of its adoption, which the choice alone lacks."""

from collections.abc import Iterator

import numpy as np

from simulator.analysis.applicability import Refusal, with_lever
from simulator.analysis.levers import no_adoption
from simulator.analysis.statistics import difference, simulate_draws
from simulator.core.formatting import format_money
from simulator.core.results import Note
from simulator.engine.options import RunOptions
from simulator.scenario import TOTAL, OpenScenario, Scenario, library
from simulator.scenario.schema import AdjustmentRow, Conditions, Entry, SettingChange
from simulator.scenario.validated_rows import adjustment_row

CODE = "adoption-not-included"
DRAWS = 20_000
"""Draws, at most, of the amount that an adoption takes."""


def adoption_notes(
    first: Scenario, other: Scenario, label: str, options: RunOptions, opened: OpenScenario | None = None
) -> Iterator[Note]:
    """Yield a note for each lever that selects what differs between two scenarios, and that neither of them names.

    With the first one `opened`, the note has what the adoption of the lever takes, and there is none where it does not apply.
    """
    named = {each.name for each in (*first.adjustments, *other.adjustments)}
    for lever in library.names("levers"):
        row = adjustment_row("levers", lever)
        if row is None or row.adoption is None or lever in named:
            continue
        changed = _selected_difference(first, other, row)
        if not changed or not any(_is_met(first, conditions) for conditions in row.when or ({},)):
            continue
        takes = ", which takes work and time"
        if opened is not None:
            amount = _adoption_amount(opened, lever, options)
            if amount is None:
                continue
            takes = f", which takes {format_money(amount, first.currency)} (median)"
        text = (
            f"{label}: {changed} = {other.choices[changed]} is without the adoption of {lever}{takes}; `:lever={lever}` after "
            "the first scenario, in place of this change, includes it"
        )
        yield Note(CODE, lever, text)


def _selected_difference(first: Scenario, other: Scenario, row: AdjustmentRow) -> str:
    """Return a choice in which two scenarios differ as a lever changes it; empty where there is none."""
    for name, change in row.choice.items():
        before, after = first.choices.get(name), other.choices.get(name)
        if before is not None and before != after and after == _option_after(change, before):
            return name
    return ""


def _option_after(change: SettingChange | Entry, before: str) -> str | None:
    """Return the option of a choice that a lever selects."""
    return change.next.get(before) if isinstance(change, SettingChange) else change.from_


def _is_met(scenario: Scenario, conditions: Conditions) -> bool:
    """Whether a scenario meets the conditions of a lever on its choices and on what it computes."""
    return all(
        (not row.is_ or name not in scenario.choices or scenario.choices[name] in row.is_)
        and (row.used is None or (name in scenario.plan.names) == row.used)
        for name, row in conditions.items()
    )


def _adoption_amount(opened: OpenScenario, lever: str, options: RunOptions) -> float | None:
    """Return the median of the total with a lever less that with its adoption for nothing; None where it does not apply."""
    adopted = with_lever(opened, lever, remedies=False)
    if isinstance(adopted, Refusal):
        return None
    adjustment = next(each for each in adopted.adjustments if each.name == lever)
    free = with_lever(opened.with_(sets=[no_adoption(adjustment)]), lever, remedies=False)
    if isinstance(free, Refusal):
        return None
    few = options.with_(draws=min(options.draws, DRAWS), progress=None)
    totals = [simulate_draws(each, few, [TOTAL]).retained_draws[TOTAL] for each in (adopted, free)]
    return float(np.median(difference(*totals)))
