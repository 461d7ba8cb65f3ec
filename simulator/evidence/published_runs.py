"""Published training runs: the project's own table, or a user's with the same columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simulator.core.results import Note
from simulator.core.units import Unit
from simulator.evidence.families import KnownRuns
from simulator.evidence.table_rows import decimal_date, table_path, unique_name
from simulator.records import library_median, plausible_limits
from simulator.records.cells import MISSING_WORDS, CellError, Column, Row, quote_cell
from simulator.records.runs import flop_per_parameter_token, require_possible
from simulator.records.table import Records
from simulator.scenario.chips import find_chip

MAIN_STAGE = "pretrain"
OTHER_CLASSES = ("distilled", "pruned", "continued", "finetune", "rl_posttrain", "whole_project", "family_total")
"""Stages whose hours are classes of their own: they hold other work than parameters and tokens tell."""
VAGUE_HOURS = ("upper_bound", "third_party_estimate")
REPORTED_MFU = ("MFU", "from_", "utilisation_reported")
"""Prefixes of the kinds of published utilisation that are model FLOP over peak, as reported by the developer."""


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """A training run as published; None for unpublished figures. Hours are chip-hours, energy is in MWh, money in USD."""

    case: str
    date: float
    org: str
    family: str
    stage: str
    chip: str
    chip_text: str
    total_parameters: float | None
    active_parameters: float | None
    tokens: float | None
    flop: float | None
    flop_basis: str
    chips: float | None
    chip_hours: float | None
    hours_basis: str
    days: float | None
    mfu: float | None
    mfu_kind: str
    energy: float | None
    energy_basis: str
    pue: float | None
    cost: float | None
    cost_low: float | None
    cost_high: float | None
    cost_basis: str
    cost_scope: str
    """What the cost holds beside the run; empty for the run alone."""
    rate: float | None
    confidence: str

    @property
    def is_mixture_of_experts(self) -> bool:
        """Whether the model is a mixture of experts: only a part of the parameters is active for a token."""
        return bool(self.total_parameters and self.active_parameters and self.total_parameters > 1.5 * self.active_parameters)

    @property
    def tests_hours(self) -> bool:
        """Whether parameters, tokens and hours are published, so that a prediction of the hours can be scored."""
        has_figures = self.stage == MAIN_STAGE and self.active_parameters and self.tokens and self.chip_hours
        return bool(has_figures and self.hours_basis not in VAGUE_HOURS and self.flop_basis != "third_party_estimate")

    @property
    def bounds_hours(self) -> bool:
        """Whether the published hours are an upper bound, of a run with parameters and tokens."""
        return bool(
            self.stage == MAIN_STAGE
            and self.hours_basis == "upper_bound"
            and self.active_parameters
            and self.tokens
            and self.chip_hours
        )

    @property
    def is_of_other_class(self) -> bool:
        """Whether the hours hold other work than pre-training, such as distillation, for known parameters and tokens."""
        return bool(self.stage in OTHER_CLASSES and self.active_parameters and self.tokens and self.chip_hours)

    @property
    def tests_mfu(self) -> bool:
        """Whether the developer reports the MFU while running."""
        return self.mfu is not None and self.mfu_kind.startswith(REPORTED_MFU)

    @property
    def tests_energy(self) -> bool:
        """Whether the power of the system was metered, so that energy is not just hours times a rating."""
        return bool(
            self.energy and self.chip_hours and self.energy_basis.startswith(("measured_power", "measured_system_power"))
        )


_RUN_TEXTS = (
    "org",
    "family",
    "stage",
    "flop_basis",
    "gpu_hours_basis",
    "mfu_kind",
    "energy_basis",
    "cost_basis",
    "cost_scope",
    "confidence",
)
_RUN_NUMBERS = (
    "params_total", "params_active", "tokens", "flop", "n_chips", "gpu_hours", "wallclock_days", "mfu_reported",
    "energy_mwh_reported", "pue", "cost_usd_reported", "cost_usd_low", "cost_usd_high", "price_per_gpu_hour_assumed",
)  # fmt: skip
_RUN_NAMES = {
    "gpu_hours": ("gpu_hours", "chip_hours"),
    "n_chips": ("n_chips", "chips"),
    "mfu_reported": ("mfu_reported", "mfu"),
    "org": ("org", "organisation", "operator"),
}
_REMARKS = ("org_type", "tests", "source", "caution", "notes")
_PLAUSIBLE = {"params_total": "total_parameters", "params_active": "total_parameters", "tokens": "training_tokens"}
"""Names in the library of the numbers that are checked against its plausible limits."""


@dataclass(frozen=True, slots=True)
class RunTable:
    """The runs of a table, and notes on the rows left out."""

    runs: tuple[PublishedRun, ...]
    notes: tuple[Note, ...]
    place: str


def vendor_benchmarks() -> tuple[PublishedRun, ...]:
    """Return the benchmarks of vendors: throughput over some steps, an upper bound of the utilisation over all hours."""
    return published_runs(table_path("benchmarks", None)).runs


def published_runs(path: Path | None = None) -> RunTable:
    """Read runs; raise `InvalidInputError` with the issues of a file.

    Columns: case, date (at least a year), chip; optional are org, family, stage (pretrain if there is no such column),
    params_active, params_total, tokens, n_chips, gpu_hours, gpu_hours_basis, wallclock_days, mfu_reported, mfu_kind,
    energy_mwh_reported, energy_basis, pue, cost_usd_reported, cost_usd_low, cost_usd_high, cost_basis,
    cost_scope, price_per_gpu_hour_assumed. Runs of one organisation and day are of one family unless a column says otherwise.
    """
    with Records(table_path("runs", path)) as records:
        reader = _Reader(records)
        records.read_rows(reader.use, identity=reader.case)
        notes = (*records.reading_notes(), *records.unused_note(reader.known_columns()))
        return RunTable(tuple(reader.runs), notes, f"{records.path.name}, {records.place()}")


class _Reader:
    """Reads the rows of a table of runs one by one."""

    def __init__(self, records: Records) -> None:
        self.runs: list[PublishedRun] = []
        self._records = records
        self.case, self.date = records.need("case", "run", "name"), records.need("date")
        self.chip = records.need("chip", "gpu", "accelerator")
        self.text_columns = {name: records.find(*_RUN_NAMES.get(name, (name,))) for name in _RUN_TEXTS}
        self.number_columns = {name: records.find(*_RUN_NAMES.get(name, (name,))) for name in _RUN_NUMBERS}
        self._lines: dict[str, int] = {}
        self._known = KnownRuns()
        records.check()

    def known_columns(self) -> list[Column | None]:
        """Return the columns that are read, and those of sources and remarks."""
        remarks = [self._records.find(name) for name in _REMARKS]
        return [self.case, self.date, self.chip, *self.text_columns.values(), *self.number_columns.values(), *remarks]

    def use(self, row: Row) -> str:
        """Add the run of a row; raise `CellError` for figures that cannot be."""
        numbers = self._numbers(row)
        run = self._run(row, self._texts(row, numbers), numbers)
        peak_hours = hours_at_peak(run)
        if run.tests_hours and run.chip_hours and peak_hours is not None:
            require_possible(peak_hours / run.chip_hours, run.chip, self.number_columns["gpu_hours"] or self.case)
        self._require_new(row, run)
        self.runs.append(run)
        return ""

    def _require_new(self, row: Row, run: PublishedRun) -> None:
        """Raise `CellError` for a run that stands in the table already, under another name."""
        first = self._known.find_copy(run)
        if first is not None:
            raise CellError(
                (
                    self.case,
                    f"{quote_cell(run.case)} has the chips, sizes and hours of {first.case!r}: one run under two names;"
                    " keep one row, or give exact hours if they are two runs",
                )
            )

    def _numbers(self, row: Row) -> dict[str, float | None]:
        """Return the numbers of a row, where the number of active parameters may be that of all."""
        values = row.numbers(*self.number_columns.values(), missing_words=MISSING_WORDS)
        for column, value in zip(self.number_columns.values(), values, strict=True):
            if column is not None and value is not None and value <= 0:
                raise CellError((column, f"{quote_cell(row.text(column))} must be above zero; leave unknown values empty"))
        numbers = dict(zip(self.number_columns, values, strict=True))
        for name, quantity in _PLAUSIBLE.items():
            _require_plausible(row, self.number_columns[name], numbers[name], quantity)
        active_column = self.number_columns["params_active"]
        if active_column is None:
            numbers["params_active"] = numbers["params_total"]
        active, total = numbers["params_active"], numbers["params_total"]
        if active and total and active > 1.001 * total:
            raise CellError((active_column or self.case, f"{active:g} is more than all parameters, {total:g}"))
        mfu = numbers["mfu_reported"]
        if mfu is not None and mfu >= 1:
            raise CellError((self.number_columns["mfu_reported"] or self.case, f"{mfu:g} must lie between 0 and 1"))
        return numbers

    def _texts(self, row: Row, numbers: Mapping[str, float | None]) -> dict[str, str]:
        """Return the texts of a row, with defaults for family, stage and kind of MFU."""
        texts = {name: row.text(column) for name, column in self.text_columns.items()}
        if self.text_columns["mfu_kind"] is None and numbers["mfu_reported"] is not None:
            texts["mfu_kind"] = "MFU"
        texts["family"] = texts["family"] or f"{texts['org']} {row.text(self.date)}"
        texts["stage"] = texts["stage"] or MAIN_STAGE
        return texts

    def _run(self, row: Row, texts: Mapping[str, str], numbers: Mapping[str, float | None]) -> PublishedRun:
        chip_text = row.text(self.chip)
        return PublishedRun(
            case=unique_name(row, self.case, self._lines),
            date=decimal_date(row, self.date),
            org=texts["org"],
            family=texts["family"],
            stage=texts["stage"],
            chip=find_chip(chip_text),
            chip_text=chip_text,
            total_parameters=numbers["params_total"],
            active_parameters=numbers["params_active"],
            tokens=numbers["tokens"],
            flop=numbers["flop"],
            flop_basis=texts["flop_basis"],
            chips=numbers["n_chips"],
            chip_hours=numbers["gpu_hours"],
            hours_basis=texts["gpu_hours_basis"],
            days=numbers["wallclock_days"],
            mfu=numbers["mfu_reported"],
            mfu_kind=texts["mfu_kind"],
            energy=numbers["energy_mwh_reported"],
            energy_basis=texts["energy_basis"],
            pue=numbers["pue"],
            cost=numbers["cost_usd_reported"],
            cost_low=numbers["cost_usd_low"],
            cost_high=numbers["cost_usd_high"],
            cost_basis=texts["cost_basis"],
            cost_scope=texts["cost_scope"],
            rate=numbers["price_per_gpu_hour_assumed"],
            confidence=texts["confidence"],
        )


def peak(run: PublishedRun) -> float | None:
    """Return the dense BF16 peak of a run's chip in FLOP per chip and hour, or None if the chip is not in the library."""
    return library_median(run.chip, "peak_flop_bf16", Unit("FLOP/chip/hour")) if run.chip else None


def hours_at_peak(run: PublishedRun) -> float | None:
    """Return the chip-hours that a run would take at the peak of its chips, or None if that is not known."""
    speed = peak(run)
    if speed is None or not run.active_parameters or not run.tokens:
        return None
    return flop_per_parameter_token() * run.active_parameters * run.tokens / speed


def _require_plausible(row: Row, column: Column | None, value: float | None, quantity: str) -> None:
    """Raise `CellError` for an implausible count, such as one with the billions left out."""
    low, high = plausible_limits(quantity, Unit("1"))
    if column is not None and value is not None and not low <= value <= high:
        plausible_range = f"{low:,.0f} to {high:.0e}"
        cell = quote_cell(row.text(column))
        raise CellError((column, f"{cell} is outside the range of models, {plausible_range}; write 7e9 for 7 billion"))
