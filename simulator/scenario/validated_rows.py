"""Rows of the library as validated models, each validated once: files of the library do not change while a process runs."""

from functools import cache

from simulator.scenario import library
from simulator.scenario.schema import AdjustmentRow, ChipRow, Entry


@cache
def chip_row(name: str) -> ChipRow | None:
    """Return a chip, or None if the library has none of that name."""
    node = library.chips().get(name)
    return None if node is None else ChipRow.model_validate(node.plain())


@cache
def chip_entries(name: str) -> tuple[tuple[str, Entry], ...]:
    """Return the facts of a chip of the library as entries by quantity."""
    row = chip_row(name)
    extra = {} if row is None else row.model_extra or {}
    return tuple((key, Entry.model_validate(value)) for key, value in extra.items())


@cache
def adjustment_row(setting: str, name: str) -> AdjustmentRow | None:
    """Return one of the `levers` or `shocks`, or None if there is none; raise `ValidationError` if it is invalid."""
    node = library.find_file(setting, name)
    return None if node is None else AdjustmentRow.model_validate(node.plain())


@cache
def named_entry(row: str) -> Entry:
    """Return the entry that is the name of a row."""
    return Entry.model_validate(row)
