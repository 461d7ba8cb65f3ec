"""Published data for fits: the project's own tables, or a user's with the same columns."""

import csv
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import NormalDist

from simulator.core.units import Unit
from simulator.records import library_median, plausible_limits
from simulator.records.runs import flop_per_parameter_token, require_possible
from simulator.records.table import MISSING_WORDS, CellError, Column, Records, Row, SkipRow, quote_cell
from simulator.scenario import library
from simulator.scenario.chips import find_chip
from simulator.scenario.text import parse, read_text

COSTS = ("amortised", "acquisition", "cloud")
KINDS = ("GPU", "TPU")
CHIP_HOURS = ("reported", "imputed")


@dataclass(frozen=True, slots=True)
class FrontierModel:
    """A model with the known costs of its final run in constant USD; `date` is a decimal year."""

    model: str
    date: float
    rank: int | None
    costs: dict[str, float]
    kind: str = "GPU"
    """Kind of chip, GPU or TPU; models on one kind share an error of price."""
    chip_hours: str = "imputed"
    """Whether its chip-hours were `reported`, or `imputed` from compute, speed and utilisation."""


def decimal_year(day: datetime) -> float:
    """Return the year plus its elapsed fraction: days since 1 January over days in the year."""
    first, following = datetime(day.year, 1, 1, tzinfo=UTC), datetime(day.year + 1, 1, 1, tzinfo=UTC)
    return day.year + (day.replace(tzinfo=UTC) - first).days / (following - first).days


def table_path(name: str, path: Path | None) -> Path:
    """Return the path of the user's table if given, else of the project's own."""
    return path if path is not None else library.folder() / "evidence" / f"{name}.csv"


def published_result(name: str) -> str:
    """Return the published result of a fit to one of the project's own tables."""
    path = library.folder() / "evidence" / f"{name}.yaml"
    return parse(read_text(path, path.name), path.name).child("published").text or ""


def frontier_models(path: Path | None = None, notes: list[str] | None = None) -> list[FrontierModel]:
    """Read models with their costs; raise `InvalidInputError` with the issues of a file. Notes for the reader go to `notes`.

    Columns: model, date, and one or more of amortised_cost, acquisition_cost, cloud_cost; optional are compute_rank, in_fit
    (rows with `no` are left out), chip, and chip_hours (`reported` or `imputed`, the default, with the larger error).
    """
    models: list[FrontierModel] = []
    lines: dict[str, int] = {}
    with Records(table_path("frontier-costs", path)) as records:
        model, date = records.need("model"), records.need("date")
        rank, in_fit = records.find("compute_rank", "rank"), records.find("in_fit")
        chip, chip_hours = records.find("chip"), records.find("chip_hours")
        costs = {cost: records.find(f"{cost}_cost", units=("usd",)) for cost in COSTS}
        if not any(costs.values()):
            records.refuse(f"has none of the columns {', '.join(f'{cost}_cost' for cost in COSTS)}")
        records.check()

        def use(row: Row) -> str:
            if row.text(in_fit).casefold() in ("no", "false", "0"):
                return ""
            columns = [*costs.values(), rank]
            *amounts, place = row.numbers(*columns, missing_words=MISSING_WORDS)
            for column, amount in zip(columns, (*amounts, place), strict=True):
                if amount is not None and amount <= 0:
                    raise CellError((column or Column(0, ""), f"{amount:g} must be above zero"))
            known_costs = {cost: amount for cost, amount in zip(costs, amounts, strict=True) if amount is not None}
            if known_costs:
                name, day = _unique_name(row, model, lines), decimal_year(row.read_past_time(date))
                kind = "TPU" if "tpu" in row.text(chip).casefold() else "GPU"
                hours = row.text(chip_hours).casefold() or "imputed"
                if hours not in CHIP_HOURS:
                    raise CellError((chip_hours or Column(0, ""), f"{hours!r} is neither {' nor '.join(CHIP_HOURS)}"))
                models.append(FrontierModel(name, day, None if place is None else int(place), known_costs, kind, hours))
            return ""

        records.read_rows(use, identity=model)
        _add_notes(records, notes)
    return models


MAIN_STAGE = "pretrain"
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
    def tests_mfu(self) -> bool:
        """Whether the developer reports the MFU while running."""
        return self.mfu is not None and self.mfu_kind.startswith(REPORTED_MFU)

    @property
    def tests_energy(self) -> bool:
        """Whether the power of the system was metered, so that energy is not just hours times a rating."""
        return bool(
            self.energy and self.chip_hours and self.energy_basis.startswith(("measured_power", "measured_system_power"))
        )


_RUN_TEXTS = ("org", "family", "stage", "flop_basis", "gpu_hours_basis", "mfu_kind", "energy_basis", "cost_basis", "confidence")
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
_PLAUSIBLE = {"params_total": "total_parameters", "params_active": "active_parameters", "tokens": "training_tokens"}
"""Names in the library of the numbers that are checked against its plausible limits."""


@dataclass(frozen=True, slots=True)
class RunTable:
    """The runs of a table, and notes on the rows left out."""

    runs: tuple[PublishedRun, ...]
    notes: tuple[str, ...]
    place: str


def published_runs(path: Path | None = None) -> RunTable:
    """Read runs; raise `InvalidInputError` with the issues of a file.

    Columns: case, date (at least a year), chip; optional are org, family, stage (pretrain if there is no such column),
    params_active, params_total, tokens, n_chips, gpu_hours, gpu_hours_basis, wallclock_days, mfu_reported, mfu_kind,
    energy_mwh_reported, energy_basis, pue, cost_usd_reported, cost_usd_low, cost_usd_high, cost_basis,
    price_per_gpu_hour_assumed. Runs of one organisation and day are of one family unless a column says otherwise.
    """
    runs: list[PublishedRun] = []
    lines: dict[str, int] = {}
    with Records(table_path("runs", path)) as records:
        case, date, chip = records.need("case", "run", "name"), records.need("date"), records.need("chip", "gpu", "accelerator")
        text_columns = {name: records.find(*_RUN_NAMES.get(name, (name,))) for name in _RUN_TEXTS}
        number_columns = {name: records.find(*_RUN_NAMES.get(name, (name,))) for name in _RUN_NUMBERS}
        records.check()

        def use(row: Row) -> str:
            values = row.numbers(*number_columns.values(), missing_words=MISSING_WORDS)
            for column, value in zip(number_columns.values(), values, strict=True):
                if column is not None and value is not None and value <= 0:
                    raise CellError((column, f"{quote_cell(row.text(column))} must be above zero; leave unknown values empty"))
            numbers = dict(zip(number_columns, values, strict=True))
            texts = {name: row.text(column) for name, column in text_columns.items()}
            for name, quantity in _PLAUSIBLE.items():
                _require_plausible(row, number_columns[name], numbers[name], quantity)
            total = numbers["params_total"]
            active = numbers["params_active"] if number_columns["params_active"] is not None else total
            if active and total and active > 1.001 * total:
                raise CellError((number_columns["params_active"] or case, f"{active:g} is more than all parameters, {total:g}"))
            mfu = numbers["mfu_reported"]
            if mfu is not None and mfu >= 1:
                raise CellError((number_columns["mfu_reported"] or case, f"{mfu:g} must lie between 0 and 1"))
            if text_columns["mfu_kind"] is None and mfu is not None:
                texts["mfu_kind"] = "MFU"
            family = texts["family"] or f"{texts['org']} {row.text(date)}"
            run = PublishedRun(
                _unique_name(row, case, lines), _decimal_date(row, date), texts["org"], family,
                texts["stage"] or MAIN_STAGE, find_chip(row.text(chip)), row.text(chip), total, active,
                numbers["tokens"], numbers["flop"], texts["flop_basis"], numbers["n_chips"], numbers["gpu_hours"],
                texts["gpu_hours_basis"], numbers["wallclock_days"], mfu, texts["mfu_kind"], numbers["energy_mwh_reported"],
                texts["energy_basis"], numbers["pue"], numbers["cost_usd_reported"], numbers["cost_usd_low"],
                numbers["cost_usd_high"], texts["cost_basis"], numbers["price_per_gpu_hour_assumed"], texts["confidence"],
            )  # fmt: skip
            peak_hours = hours_at_peak(run)
            if run.tests_hours and run.chip_hours and peak_hours is not None:
                require_possible(peak_hours / run.chip_hours, run.chip, number_columns["gpu_hours"] or case)
            runs.append(run)
            return ""

        records.read_rows(use, identity=case)
        notes: list[str] = []
        _add_notes(records, notes)
        return RunTable(tuple(runs), tuple(notes), f"{records.path.name}, {records.place()}")


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


def _unique_name(row: Row, column: Column, lines: dict[str, int]) -> str:
    """Return the name of a row, which must be unique; `lines` has the line of each name."""
    name = row.text(column)
    if not name:
        raise CellError((column, "is empty; each row needs a name of its own"))
    first_line = lines.setdefault(normalise_name(name), row.line)
    if first_line != row.line:
        problem = f"occurs more than once, first in line {first_line} (case is ignored)"
        raise CellError((column, f"{quote_cell(name)} {problem}; give each row its own name"))
    return name


def normalise_name(name: str) -> str:
    """Return a name in lower case with single blanks."""
    return " ".join(name.casefold().split())


def _add_notes(records: Records, notes: list[str] | None) -> None:
    """Add notes on rows left out and on suspicious ones."""
    if notes is not None:
        notes += [note for note in (records.describe_skipped(), *records.notes) if note]


def _decimal_date(row: Row, column: Column) -> float:
    """Return a past date as a decimal year; a month or a year without a day means its middle."""
    word = row.text(column)
    match = re.fullmatch(r"(?!0000)([0-9]{4})(?:-(0[1-9]|1[0-2]))?", word)
    if match is None:
        return decimal_year(row.read_past_time(column))
    year, month = int(match[1]), int(match[2] or 0)
    row.require_past(column, datetime(year, month or 1, 1, tzinfo=UTC))
    return year + ((month - 0.5) / 12 if month else 0.5)


@dataclass(frozen=True, slots=True)
class MeasuredPower:
    """Metered mean power in training: watts per chip with its share of the server, without the site's overhead."""

    case: str
    date: float
    chip: str
    watts: float
    study: str
    small: bool
    """Whether the model has less than a billion parameters on one or a few nodes; its chips are idle more often."""


def measured_powers(path: Path | None = None, notes: list[str] | None = None) -> list[MeasuredPower]:
    """Read metered powers; raise `InvalidInputError` with the issues of a file. Notes for the reader go to `notes`.

    Columns: case, date, chip, system_watts_per_chip; optional are study (its measurements share an effect), small (yes or no).
    """
    powers: list[MeasuredPower] = []
    lines: dict[str, int] = {}
    with Records(table_path("power", path)) as records:
        case, date, chip = records.need("case"), records.need("date"), records.need("chip")
        watts, study, small = records.need("system_watts_per_chip"), records.find("study"), records.find("small")
        records.check()

        def use(row: Row) -> str:
            (value,) = _positive_numbers(row, watts)
            name_date_chip = _unique_name(row, case, lines), _decimal_date(row, date), _library_chip(row, chip)
            is_small = row.text(small).casefold() in ("yes", "true", "1")
            powers.append(MeasuredPower(*name_date_chip, value, row.text(study) or row.text(case), is_small))
            return ""

        records.read_rows(use, identity=case)
        _add_notes(records, notes)
    return powers


@dataclass(frozen=True, slots=True)
class RentalPrice:
    """An offered price of a chip-hour, in nominal USD."""

    date: float
    chip: str
    channel: str
    seller: str
    vendor: str
    price: float


CHANNELS, SELLERS = ("on-demand", "one-year", "three-year"), ("large", "specialised")


def rental_prices(path: Path | None = None, notes: list[str] | None = None) -> list[RentalPrice]:
    """Read rental prices; raise `InvalidInputError` with the issues of a file. Notes for the reader go to `notes`.

    Columns: date, chip, channel (on-demand, one-year, three-year), seller (large or specialised cloud), vendor, price_usd.
    """
    prices: list[RentalPrice] = []
    with Records(table_path("rental-prices", path)) as records:
        date, chip, price = records.need("date"), records.need("chip"), records.need("price_usd", "price")
        channel, seller, vendor = records.need("channel"), records.need("seller"), records.find("vendor")
        records.check()

        def use(row: Row) -> str:
            for column, allowed in ((channel, CHANNELS), (seller, SELLERS)):
                if row.text(column) not in allowed:
                    raise CellError((column, f"{quote_cell(row.text(column))} is not one of {', '.join(allowed)}"))
            (value,) = _positive_numbers(row, price)
            terms = row.text(channel), row.text(seller), row.text(vendor) or "unnamed vendor"
            prices.append(RentalPrice(_decimal_date(row, date), _library_chip(row, chip), *terms, value))
            return ""

        records.read_rows(use, identity=vendor)
        _add_notes(records, notes)
    return prices


def _positive_numbers(row: Row, *columns: Column) -> list[float]:
    values = []
    for column, value in zip(columns, row.numbers(*columns), strict=True):
        if value is None or value <= 0:
            raise CellError((column, f"{quote_cell(row.text(column))} must be a number above zero"))
        values.append(value)
    return values


def _library_chip(row: Row, column: Column) -> str:
    name = find_chip(row.text(column))
    if not name:
        raise SkipRow(f"of a chip that is not in the library, {quote_cell(row.text(column))}")
    return name


def cost_errors(cost: str) -> tuple[dict[str, float], dict[str, float]]:
    """Return the errors of a published cost: shared by chips of a kind, and a model's own by the basis of its chip-hours.

    Both are standard deviations in orders of magnitude, from the published 90 % intervals of the factors of a cost as
    independent lognormals.
    """
    with table_path("cost-errors", None).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["cost"] == cost]

    def combine(error: str, column: str, value: str) -> float:
        error_rows = [row for row in rows if row["error"] == error and row[column] in ("", value)]
        return math.hypot(*(math.log10(float(row["high"]) / float(row["low"])) for row in error_rows)) / _WIDTH

    return {kind: combine("shared", "chip", kind) for kind in KINDS}, {
        each: combine("own", "chip_hours", each) for each in CHIP_HOURS
    }


_WIDTH = 2 * NormalDist().inv_cdf(0.95)
"""Width of a 90 % interval in standard deviations."""
