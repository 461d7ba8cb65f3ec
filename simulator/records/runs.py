"""A table of a user's own training runs -> mfu, goodput and effective_utilisation of the next run.

One row is one run, with what is known of it: chip, chips, hours or chip_hours, active_parameters, tokens, mfu, goodput. Exports
of experiment trackers are read by the names they use for MFU; a history (a column of steps) is averaged to one number a run.
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from simulator.core import units
from simulator.core.units import Unit
from simulator.records import (
    Found,
    Prior,
    chip_wanted,
    fraction,
    logit,
    predictive,
    quantiles_of,
    spread_of,
    typical,
)
from simulator.records.table import NOTHING, Column, Records, Row, Skip, Wrong, counted, number, shortened
from simulator.scenario import library
from simulator.scenario.chips import chip_named

MFU = ("mfu", "model_flops_utilization", "model_flop_utilisation", "throughput/device/mfu", "metrics.mfu",
       "metrics.throughput/device/mfu")  # fmt: skip
STEPS = ("step", "_step", "global_step", "trainer/global_step")
_NAMES = {
    "run": ("run", "run_id", "run_name", "name", "id"),
    "chip": ("chip", "gpu", "accelerator", "hardware", "gpu_model", "gpu_type", "chip_type"),
    "chips": ("chips", "gpus", "accelerators", "gpu_count", "chip_count", "num_gpus", "n_gpus"),
    "hours": ("hours", "days", "duration", "wall_clock", "elapsed", "run_duration"),
    "chip_hours": ("chip_hours", "gpu_hours", "accelerator_hours"),
    "parameters": ("active_parameters", "active_params", "parameters", "params", "n_params"),
    "tokens": ("tokens", "training_tokens", "n_tokens"),
    "goodput": ("goodput",),
    "date": ("date", "created", "started", "timestamp"),
}
_SCALES = {
    "": 1.0, "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9,
    "t": 1e12, "tn": 1e12, "trillion": 1e12,
}  # fmt: skip
_TIMES = {"h": "hour", "hr": "hour", "hrs": "hour", "hour": "hour", "hours": "hour", "d": "day", "day": "day", "days": "day",
          "min": "minute", "minutes": "minute", "s": "second", "sec": "second", "seconds": "second"}  # fmt: skip
_PERCENT = ("%", "percent", "pct")
_UNITS = {"hours": tuple(_TIMES), "mfu": _PERCENT, "goodput": _PERCENT, "chip_hours": tuple(filter(None, _SCALES)),
          "parameters": tuple(filter(None, _SCALES)), "tokens": tuple(filter(None, _SCALES))}  # fmt: skip
_LEAST = 0.002
"""Below this, units of hours, tokens or parameters are more likely wrong than a run that slow."""
PRESET = "training-run"
LIBRARY = {"mfu": "all-runs", "goodput": "expert", "effective_utilisation": "all-runs"}


@cache
def flop_per_parameter_token() -> float:
    """Return the 6 of 6 x parameters x tokens, from the library's preset."""
    from simulator.scenario.entries import Reader
    from simulator.scenario.schema import Entry

    node = library.shelved("scenarios", PRESET)
    assert node is not None
    entry = Entry.model_validate(node.child("flop_per_parameter_token").plain())
    return Reader().distribution("flop_per_parameter_token", entry, Unit("FLOP/parameter/token")).quantile(0.5)


class _Cell(NamedTuple):
    line: int
    value: float
    percent: bool
    column: Column


@dataclass(slots=True)
class _Table:
    """The columns of a table of runs, and what its rows say."""

    records: Records
    columns: dict[str, Column | None]
    scale: dict[str, float]
    chip: str
    cells: dict[str, list[_Cell]] = field(default_factory=lambda: {"mfu": [], "goodput": []})
    computed: list[float] = field(default_factory=list)
    above: int = 0
    newest: str = ""
    chips: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def use(self, row: Row) -> str:
        columns = self.columns
        word = row.text(columns["chip"])
        chip = chip_named(word) if word.lower() not in NOTHING else ""
        if self.chip and columns["chip"] and chip != self.chip:
            raise Skip(f"of another chip, {chip}" if chip else "names no chip of the library")
        here = {name: _fraction_cell(row, columns[name]) for name in self.cells}
        computed = self._computed(row, chip or self.chip, word)
        if computed is None and not any(here.values()):
            raise Skip("neither mfu nor goodput, nor what utilisation is computed from")
        for name, cell in here.items():
            if cell is not None:
                self.cells[name].append(cell)
        if computed is not None:
            self.computed.append(computed)
            mfu = here["mfu"]
            self.above += mfu is not None and computed > 1.05 * mfu.value / (100 if mfu.percent or mfu.value > 1 else 1)
        self.chips[chip or self.chip or (shortened(word) if word else "chip not named")] += 1
        date = columns["date"]
        if date is not None and row.text(date).lower() not in NOTHING:
            self.newest = max(self.newest, row.past(date).date().isoformat())
        return ""

    def _computed(self, row: Row, chip: str, word: str) -> float | None:
        """Return 6 x parameters x tokens over what the chips could do in all their hours, where a row has it all."""
        names = ("parameters", "tokens", "chip_hours", "chips", "hours")
        columns = [self.columns[name] for name in names]
        given = row.numbers(*columns, nothing=NOTHING)
        for column, value in zip(columns, given, strict=True):
            if column is not None and value is not None and value <= 0:
                raise Wrong((column, f"{shortened(row.text(column))} must be above zero"))
        parameters, tokens, chip_hours, chips, hours = (
            None if value is None else value * self.scale.get(name, 1.0) for name, value in zip(names, given, strict=True)
        )
        if chip_hours is None and chips is not None and hours is not None:
            chip_hours = chips * hours
        if parameters is None or tokens is None or chip_hours is None:
            return None
        peak = typical(chip, "peak_flop_bf16", Unit("FLOP/chip/hour"))
        if peak is None:
            self.unknown[shortened(word)] += 1
            return None
        place = self.columns["chip_hours"] or self.columns["hours"] or self.columns["tokens"]
        assert place is not None
        return possible(flop_per_parameter_token() * parameters * tokens / (peak * chip_hours), chip, place)


def possible(share: float, chip: str, column: Column) -> float:
    """Return the utilisation that follows from hours; raise `Wrong` for one that no run can have."""
    if not _LEAST < share < 1:
        about = "check the units of parameters, tokens and hours"
        raise Wrong((column, f"6 x parameters x tokens over hours x peak of {chip} is {share:.3g}, which cannot be; {about}"))
    return share


def _fraction_cell(row: Row, column: Column | None) -> _Cell | None:
    """Return a fraction as written, and whether it has a sign of percent behind it."""
    word = row.text(column)
    if column is None or word.lower() in NOTHING:
        return None
    try:
        value = number(word.removesuffix("%").rstrip())
    except ValueError as error:
        raise Wrong((column, str(error))) from None
    if not 0 < value < 100:
        raise Wrong((column, f"{shortened(word)} must lie above 0 and below 1 (or 100 %)"))
    return _Cell(row.line, value, word.endswith("%"), column)


def whole(records: Records, cells: Collection[_Cell], notes: list[str]) -> float:
    """Return what the whole is: 100 in percent (by header, by sign, or because all are above 1), else 1; refuse a mix."""

    def mixed(what: str, one: _Cell, other: _Cell) -> None:
        records.refuse(f"{what} (lines {one.line} and {other.line}); write all as 0.41 or all as 41%", one.column, one.line)

    signed = next((cell for cell in cells if cell.percent), None)
    bare = next((cell for cell in cells if not cell.percent), None)
    large = next((cell for cell in cells if cell.value > 1), None)
    small = next((cell for cell in cells if cell.value <= 1), None)
    in_percent = any(cell.column.unit.lower() in _PERCENT for cell in cells)
    if signed and bare:
        mixed("mixes numbers with and without %", signed, bare)
    if large and small and not signed:
        mixed(f"holds {large.value:g} and {small.value:g}: some in percent, some fractions?", large, small)
    if in_percent and small and not signed:
        mixed(f"is in percent by its name, and holds {small.value:g}: a fraction?", small, small)
    if large and not in_percent and not signed:
        notes.append(f"{large.column.name} is above 1 everywhere and read as percent: {large.value:g} is {large.value / 100:g}")
    exact = next((cell for cell in cells if cell.value == 1 and not signed), None)
    if exact:
        records.refuse(
            "1 leaves no way to do better, and has no place on the scale of fractions; write 0.999", exact.column, exact.line
        )
    return 100.0 if signed or large else 1.0


def read(path: Path, chip: str | None = None, mfu_column: str | None = None) -> Found:
    """Return mfu, goodput and effective_utilisation for the next run, as far as the columns of a table of runs allow.

    Each is the Student t for the next value on the log-odds scale (`records.predictive`), with the spread of the library's
    rows as the weak prior. effective_utilisation is 6 x active parameters x tokens over chip-hours x BF16 peak: all the hours
    held, so goodput and parts trained again are inside. Raise `InvalidInputError` with the issues of the file.
    """
    wanted = chip_wanted(chip)
    with Records(path) as records:
        names = MFU if mfu_column is None else (mfu_column,)
        step = records.find(*STEPS)
        notes: list[str] = []
        values: dict[str, list[float]]
        if step is not None:
            values = {"mfu": _history(records, names, notes)}
            of = newest = ""
        else:
            table = _table(records, names, wanted)
            records.each(table.use, identity=table.columns["run"])
            values = {}
            for name, cells in table.cells.items():
                of_whole = whole(records, cells, notes)
                values[name] = [cell.value / of_whole for cell in cells]
            values["effective_utilisation"] = table.computed
            of = ", ".join(f"{name} ({count:,})" for name, count in table.chips.most_common(5))
            newest = table.newest
            _notes(table, notes)
        if not any(values.values()):
            records.nothing_left("mfu, goodput or utilisation")
        priors = tuple(_prior(name, given, of, newest) for name, given in values.items() if given)
        if values.get("effective_utilisation") and len(priors) > 1:
            notes.append(
                "effective_utilisation wins over mfu and goodput; `without: effective_utilisation` computes it from them"
            )
        used = f"{records.used:,} of {records.rows:,} rows used"
        said = [note for note in (used, records.left_out(), *records.notes, *notes) if note]
        return Found(priors, records.path.name, records.place(), newest, tuple(said))


def _table(records: Records, mfu: tuple[str, ...], chip: str) -> _Table:
    columns = {name: records.find(*names, units=_UNITS.get(name)) for name, names in _NAMES.items()}
    columns["mfu"] = records.find(*mfu, units=_PERCENT)
    if columns["mfu"] is None and mfu != MFU:
        records.need(*mfu)
    scale = {name: _scale(records, name, column) for name, column in columns.items() if column is not None}
    has = {name for name, column in columns.items() if column}
    enough = {"parameters", "tokens"} <= has and ("chip_hours" in has or {"chips", "hours"} <= has) and (chip or "chip" in has)
    if not has & {"mfu", "goodput"} and not enough:
        names = ", ".join(name for name in records.header if name)
        records.refuse(
            "needs a column mfu or goodput, or chip, chip_hours (or chips and hours), active_parameters and tokens; "
            f"it has {names[:200]}"
        )
    records.check()
    return _Table(records, columns, scale, chip)


def _scale(records: Records, name: str, column: Column) -> float:
    """Return what one of a column's unit is in hours, chip-hours, parameters or tokens; a unit that is unknown is an issue."""
    unit, plain = column.unit.lower(), column.name.lower()
    if name == "hours":
        word = _TIMES.get(unit, unit) or next((known for known in ("hour", "day") if plain == f"{known}s"), "")
        try:
            if not word:
                raise ValueError("does not say its unit; write it behind the name, as in `duration (hour)`")
            return units.factor(word, "hour")
        except ValueError as error:
            records.issue(records.top, str(error), column)
    elif name in ("parameters", "tokens", "chip_hours"):
        own = {"parameters", "params", "tokens", "chip-hours", "gpu-hours", "hours", "h"}
        if unit in _SCALES or unit in own:
            return _SCALES.get(unit, 1.0)
        records.issue(records.top, f"{shortened(column.unit)} is no unit here; write M, B or T for 1e6, 1e9 or 1e12", column)
    elif name in ("mfu", "goodput") and unit and unit not in _PERCENT:
        records.issue(records.top, f"{shortened(column.unit)} is no unit of a fraction; write % or nothing", column)
    return 1.0


def _notes(table: _Table, notes: list[str]) -> None:
    parameters = table.columns["parameters"]
    if table.computed and parameters is not None and "active" not in parameters.name.lower():
        notes.append(f"{parameters.name} are taken as active parameters: right for dense models alone")
    if table.unknown:
        named = ", ".join(f"{name} ({count:,})" for name, count in table.unknown.most_common(5))
        notes.append(f"utilisation not computed for chips that the library has no peak of: {named}")
    if table.above:
        above = f"{counted(table.above, 'run')} with a utilisation computed that is above the mfu given"
        notes.append(f"look at this: {above}; are parameters the active ones?")


def _history(records: Records, names: tuple[str, ...], notes: list[str]) -> list[float]:
    """Return one mean a run from a history of steps: columns named `mfu`, or `RUN - mfu` where several runs were exported.

    Where there is a column of runs, the steps of several may also stand one below the other.
    Columns that end in __MIN and __MAX hold the least and the greatest of each step, and are not of these names.
    """
    lower = [name.lower() for name in names]
    ends = tuple(f" - {name}" for name in lower)
    plain = [re.sub(r"\s*[(\[]?%[)\]]?$", "", name).lower() for name in records.header]
    found = [
        Column(index, name, "%" if name.rstrip(")]").endswith("%") else "")
        for index, name in enumerate(records.header)
        if plain[index] in lower or plain[index].endswith(ends)
    ]
    if not found:
        shown = ", ".join(records.header)[:200]
        records.refuse(f"is a history of steps without a column of MFU; name it with --mfu-column; it has {shown}")
    run = records.find(*_NAMES["run"])
    sums: dict[tuple[int, str], tuple[float, int]] = {}
    seen: dict[tuple[bool, bool, bool], _Cell] = {}  # one of each way to write a fraction: too many to keep them all

    def use(row: Row) -> str:
        cells = [(column, cell) for column in found if (cell := _fraction_cell(row, column))]
        if not cells:
            raise Skip("no value at this step")
        if run is not None and not row.text(run):
            raise Wrong((run, "is empty: a step of which run?"))
        for column, cell in cells:
            total, count = sums.get((column.index, row.text(run)), (0.0, 0))
            sums[column.index, row.text(run)] = total + cell.value, count + 1
            seen.setdefault((cell.percent, cell.value > 1, cell.value == 1), cell)
        return ""

    records.each(use, identity=run)
    notes.append(f"a history of steps: the mean of each run counts as one value, {counted(len(sums), 'run')}")
    of_whole = whole(records, seen.values(), notes)
    return [total / count / of_whole for total, count in sums.values()]


def _prior(quantity: str, values: list[float], of: str, date: str) -> Prior:
    row = LIBRARY[quantity]
    spread = spread_of(quantity, row, Unit("1", high=1.0), logit)
    distribution = quantiles_of(predictive([logit(value) for value in values], spread), fraction)
    count = len(values)
    if count > 1:
        how = f"{counted(count, 'run')}, {min(values):.3g} to {max(values):.3g}; the next run, Student t on the log-odds scale"
    else:
        how = f"one run, which has no spread: that of the library's {quantity}/{row} is put about it"
    what = {
        "mfu": "Own runs, MFU as reported",
        "goodput": "Own runs, goodput as reported",
        "effective_utilisation": "Own runs, 6 x active parameters x tokens over chip-hours x BF16 peak, parts repeated inside",
    }[quantity]
    return Prior(quantity, distribution, "1", f"{what}: {how}{f'; {of}' if of else ''}"[:1900], date, "A" if count > 1 else "B")
