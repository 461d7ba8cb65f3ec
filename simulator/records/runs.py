"""A table of a user's own training runs -> mfu, goodput and effective_utilisation of the next run.

One row is one run, with any of these columns: chip, chips, hours or chip_hours, active_parameters, tokens, mfu, goodput.
Exports of experiment trackers are recognised by their names for MFU; a history (with a column of steps) is averaged for each
run.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import stdev

from simulator.core import units
from simulator.core.results import Note
from simulator.core.units import Unit
from simulator.records import (
    MIN_FIT_VALUES,
    PriorSet,
    RecordPrior,
    expit_rounded,
    library_median,
    library_scale,
    logit,
    make_prior_set,
    plausible_limits,
    predictive_quantiles,
    quantile_distribution,
    resolve_chip,
    warn_implausible,
)
from simulator.records.cells import MISSING_WORDS, CellError, Column, Row, UnusableRowError, format_count, quote_cell
from simulator.records.fractions import PERCENT, FractionCell, full_scale, read_fraction
from simulator.records.history import RUN, read_history
from simulator.records.table import Records
from simulator.scenario import library
from simulator.scenario.chips import find_chip

MFU = ("mfu", "model_flops_utilization", "model_flop_utilisation", "throughput/device/mfu", "metrics.mfu",
       "metrics.throughput/device/mfu")  # fmt: skip
STEPS = ("step", "_step", "global_step", "trainer/global_step")
_NAMES = {
    "run": RUN,
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
_UNITS = {"hours": tuple(_TIMES), "mfu": PERCENT, "goodput": PERCENT, "chip_hours": tuple(filter(None, _SCALES)),
          "parameters": tuple(filter(None, _SCALES)), "tokens": tuple(filter(None, _SCALES))}  # fmt: skip
_MIN_UTILISATION = 0.002
"""Below this utilisation, wrong units of hours, tokens or parameters are more likely than so slow a run."""
_FRACTION = Unit("1", high=1.0)
_FEW = 3
PRESET = "training-run"
LIBRARY = {"mfu": "all-runs", "goodput": "expert", "effective_utilisation": "all-runs"}


@cache
def flop_per_parameter_token() -> float:
    """Return the factor 6 of 6 x parameters x tokens, from the library's preset."""
    from simulator.scenario.entries import Reader
    from simulator.scenario.schema import Entry

    node = library.find_file("scenarios", PRESET)
    assert node is not None
    entry = Entry.model_validate(node.child("flop_per_parameter_token").plain())
    return Reader().distribution("flop_per_parameter_token", entry, Unit("FLOP/parameter/token")).quantile(0.5)


@dataclass(slots=True)
class _RunReader:
    """The columns of a table of runs, and the values read from its rows."""

    records: Records
    columns: dict[str, Column | None]
    scales: dict[str, float]
    chip: str
    cells: dict[str, list[FractionCell]] = field(default_factory=lambda: {"mfu": [], "goodput": []})
    computed: list[float] = field(default_factory=list)
    above: int = 0
    newest: str = ""
    chips: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def use(self, row: Row) -> str:
        columns = self.columns
        word = row.text(columns["chip"])
        chip = find_chip(word) if word.lower() not in MISSING_WORDS else ""
        if self.chip and columns["chip"] and chip != self.chip:
            raise UnusableRowError(f"of another chip, {chip}" if chip else "names no chip of the library")
        fractions = {name: read_fraction(row, columns[name]) for name in self.cells}
        computed = self._computed(row, chip or self.chip, word)
        if computed is None and not any(fractions.values()):
            raise UnusableRowError("neither mfu nor goodput, nor the cells for computing utilisation")
        for name, cell in fractions.items():
            if cell is not None:
                self.cells[name].append(cell)
        if computed is not None:
            self.computed.append(computed)
            mfu = fractions["mfu"]
            self.above += mfu is not None and computed > 1.05 * mfu.value / (100 if mfu.percent or mfu.value > 1 else 1)
        self.chips[chip or self.chip or (quote_cell(word) if word else "chip not named")] += 1
        date = columns["date"]
        if date is not None and row.text(date).lower() not in MISSING_WORDS:
            self.newest = max(self.newest, row.read_past_date(date))
        return ""

    def _computed(self, row: Row, chip: str, word: str) -> float | None:
        """Return 6 x parameters x tokens over the FLOP of all chip-hours at peak, or None if a value is missing."""
        names = ("parameters", "tokens", "chip_hours", "chips", "hours")
        columns = [self.columns[name] for name in names]
        values = row.numbers(*columns, missing_words=MISSING_WORDS)
        for column, value in zip(columns, values, strict=True):
            if column is not None and value is not None and value <= 0:
                raise CellError((column, f"{quote_cell(row.text(column))} must be above zero"))
        parameters, tokens, chip_hours, chips, hours = (
            None if value is None else value * self.scales.get(name, 1.0) for name, value in zip(names, values, strict=True)
        )
        if chip_hours is None and chips is not None and hours is not None:
            chip_hours = chips * hours
        if parameters is None or tokens is None or chip_hours is None:
            return None
        peak = library_median(chip, "peak_flop_bf16", Unit("FLOP/chip/hour"))
        if peak is None:
            self.unknown[quote_cell(word)] += 1
            return None
        place = self.columns["chip_hours"] or self.columns["hours"] or self.columns["tokens"]
        assert place is not None
        return require_possible(flop_per_parameter_token() * parameters * tokens / (peak * chip_hours), chip, place)


def require_possible(share: float, chip: str, column: Column) -> float:
    """Return the utilisation computed from hours; raise `CellError` if no run can have it."""
    if not _MIN_UTILISATION < share < 1:
        ratio = f"6 x parameters x tokens over hours x peak of {chip} is {share:.3g}"
        raise CellError((column, f"{ratio}, which cannot be; check the units of parameters, tokens and hours"))
    return share


def read(path: Path, chip: str | None = None, mfu_column: str | None = None) -> PriorSet:
    """Return mfu, goodput and effective_utilisation for the next run, as far as the columns of a table of runs allow.

    Each is the Student t for the next value on the log-odds scale (`records.predictive_quantiles`), with the dispersion of the
    library's rows as a weak prior. effective_utilisation is 6 x active parameters x tokens over chip-hours x BF16 peak: it is
    over all chip-hours, so goodput and repeated training are included. Raise `InvalidInputError` with the issues of the file.
    """
    chip_option = resolve_chip(chip)
    with Records(path) as records:
        names = MFU if mfu_column is None else (mfu_column,)
        step = records.find(*STEPS)
        notes: list[Note] = []
        values: dict[str, list[float]]
        if step is not None:
            values = {"mfu": read_history(records, names, notes)}
            chips = newest = ""
        else:
            table = _run_reader(records, names, chip_option)
            records.read_rows(table.use, identity=table.columns["run"])
            values = {}
            for name, cells in table.cells.items():
                scale = full_scale(records, cells, notes)
                values[name] = [cell.value / scale for cell in cells]
            values["effective_utilisation"] = table.computed
            chips = ", ".join(f"{name} ({count:,})" for name, count in table.chips.most_common(5))
            newest = table.newest
            notes += records.unused_note(table.columns.values())
            for name, cells in table.cells.items():
                pairs = [(cell.line, value) for cell, value in zip(cells, values[name], strict=True)]
                notes += warn_implausible(name, _FRACTION, pairs, plausible_limits(name, _FRACTION))
            _add_notes(table, notes)
        if not any(values.values()):
            records.refuse_empty("mfu, goodput or utilisation")
        priors = tuple(_prior(name, run_values, chips, newest) for name, run_values in values.items() if run_values)
        if values.get("effective_utilisation") and len(priors) > 1:
            text = (
                "effective_utilisation takes precedence over mfu and goodput; "
                "`without: effective_utilisation` computes it from them"
            )
            notes.append(Note("precedence", "effective_utilisation", text))
        all_notes = [records.usage_note(), *records.reading_notes(), *notes]
        return make_prior_set(records, priors, newest, all_notes)


def _run_reader(records: Records, mfu: tuple[str, ...], chip: str) -> _RunReader:
    columns = {name: records.find(*names, units=_UNITS.get(name)) for name, names in _NAMES.items()}
    columns["mfu"] = records.find(*mfu, units=PERCENT)
    if columns["mfu"] is None and mfu != MFU:
        records.need(*mfu)
    scales = {name: _scale(records, name, column) for name, column in columns.items() if column is not None}
    present = {name for name, column in columns.items() if column}
    has_hours = "chip_hours" in present or {"chips", "hours"} <= present
    can_compute = {"parameters", "tokens"} <= present and has_hours and (chip or "chip" in present)
    if not present & {"mfu", "goodput"} and not can_compute:
        names = ", ".join(name for name in records.header if name)
        records.refuse(
            "needs a column mfu or goodput, or chip, chip_hours (or chips and hours), active_parameters and tokens; "
            f"it has {names[:200]}"
        )
    records.check()
    return _RunReader(records, columns, scales, chip)


def _scale(records: Records, name: str, column: Column) -> float:
    """Return the factor from a column's unit to hours, chip-hours, parameters or tokens; an unknown unit is an issue."""
    unit, plain = column.unit.lower(), column.name.lower()
    if name == "hours":
        word = _TIMES.get(unit, unit) or next((unit_name for unit_name in ("hour", "day") if plain == f"{unit_name}s"), "")
        try:
            if not word:
                raise ValueError("has no unit; write it after the name, as in `duration (hour)`")
            return units.conversion_factor(word, "hour")
        except ValueError as error:
            records.issue(records.header_line, str(error), column)
    elif name in ("parameters", "tokens", "chip_hours"):
        plain_units = {"parameters", "params", "tokens", "chip-hours", "gpu-hours", "hours", "h"}
        if unit in _SCALES or unit in plain_units:
            return _SCALES.get(unit, 1.0)
        problem = f"{quote_cell(column.unit)} is not a unit here; write M, B or T for 1e6, 1e9 or 1e12"
        records.issue(records.header_line, problem, column)
    elif name in ("mfu", "goodput") and unit and unit not in PERCENT:
        records.issue(records.header_line, f"{quote_cell(column.unit)} is not a unit of a fraction; write % or nothing", column)
    return 1.0


def _add_notes(table: _RunReader, notes: list[Note]) -> None:
    """Add notes on parameters that may not be the active ones, and on chips without a peak in the library."""
    parameters = table.columns["parameters"]
    if table.computed and parameters is not None and "active" not in parameters.name.lower():
        text = f"{parameters.name} are taken as active parameters, which is right for dense models only"
        notes.append(Note("parameters", parameters.name, text))
    if table.unknown:
        chip_list = ", ".join(f"{name} ({count:,})" for name, count in table.unknown.most_common(5))
        text = f"utilisation not computed for chips whose peak the library does not have: {chip_list}"
        notes.append(Note("unknown-chips", "effective_utilisation", text))
    if table.above:
        count_text = f"{format_count(table.above, 'run')} with a computed utilisation above the given mfu"
        notes.append(Note("above-mfu", "mfu", f"look at this: {count_text}; are parameters the active ones?"))


def _prior(quantity: str, values: list[float], chips: str, date: str) -> RecordPrior:
    row = LIBRARY[quantity]
    scale = library_scale(quantity, row, _FRACTION, logit)
    distribution = quantile_distribution(predictive_quantiles([logit(value) for value in values], scale), expit_rounded)
    count = len(values)
    if count > 1:
        observed_range = f"{format_count(count, 'run')}, {min(values):.3g} to {max(values):.3g}"
        dispersion_note = f"{observed_range}; Student t for the next run on the log-odds scale"
    else:
        dispersion_note = f"one run only: the dispersion of the library's {quantity}/{row} is used about it"
    title = {
        "mfu": "Own runs, MFU as reported",
        "goodput": "Own runs, goodput as reported",
        "effective_utilisation": "Own runs, 6 x active parameters x tokens over chip-hours x BF16 peak, with repeated training",
    }[quantity]
    about = f"{title}: {dispersion_note}{f'; {chips}' if chips else ''}"[:1900]
    return RecordPrior(quantity, distribution, "1", about, date, _grade([logit(value) for value in values], scale))


def _grade(values: list[float], library_sd: float) -> str:
    """Return the grade of own runs by number and spread: C below three, B below eight; one less if wider than the library's."""
    grade = 2 if len(values) < _FEW else 1 if len(values) < MIN_FIT_VALUES else 0
    is_wide = len(values) > 1 and stdev(values) > library_sd
    return "ABCD"[grade + is_wide]
