"""Published facts that fits are made of: the project's own tables, or a user's of the same columns."""

import csv
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import NormalDist

from simulator.core.units import Unit
from simulator.records import limits, typical
from simulator.records.runs import flop_per_parameter_token, possible
from simulator.records.table import NOTHING, Column, Records, Row, Skip, Wrong, shortened
from simulator.scenario import library
from simulator.scenario.chips import chip_named
from simulator.scenario.text import parse, read_text

COSTS = ("amortised", "acquisition", "cloud")
KINDS = ("GPU", "TPU")
CHIP_HOURS = ("reported", "imputed")


@dataclass(frozen=True, slots=True)
class FrontierModel:
    """A model with the costs of its final run in USD (constant money), where they are known; `date` is a decimal year."""

    model: str
    date: float
    rank: int | None
    costs: dict[str, float]
    kind: str = "GPU"
    """Kind of chip, GPU or TPU: what models share an error of price."""
    chip_hours: str = "imputed"
    """Whether its chip-hours were `reported`, or `imputed` from compute, speed and utilisation."""


def decimal_year(day: datetime) -> float:
    """Return the year with the part of it that has gone by: days since 1 January over days in the year."""
    first, following = datetime(day.year, 1, 1, tzinfo=UTC), datetime(day.year + 1, 1, 1, tzinfo=UTC)
    return day.year + (day.replace(tzinfo=UTC) - first).days / (following - first).days


def table(name: str, path: Path | None) -> Path:
    """Return the user's table where there is one, or the project's own."""
    return path if path is not None else library.folder() / "evidence" / f"{name}.csv"


def published(name: str) -> str:
    """Return what was published about a fit on one of the project's own tables."""
    path = library.folder() / "evidence" / f"{name}.yaml"
    return parse(read_text(path, path.name), path.name).child("published").text or ""


def frontier_models(path: Path | None = None, notes: list[str] | None = None) -> list[FrontierModel]:
    """Read models with their costs; raise `InvalidInputError` with the issues of a file. `notes` take up what a reader should
    know.

    Columns: model, date, and one or more of amortised_cost, acquisition_cost, cloud_cost; perhaps compute_rank, in_fit (rows
    that say `no` are left out), chip, and chip_hours (`reported` or `imputed`; where it is not said, the wider error holds).
    """
    found: list[FrontierModel] = []
    lines: dict[str, int] = {}
    with Records(table("frontier-costs", path)) as records:
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
            *amounts, place = row.numbers(*columns, nothing=NOTHING)
            for column, amount in zip(columns, (*amounts, place), strict=True):
                if amount is not None and amount <= 0:
                    raise Wrong((column or Column(0, ""), f"{amount:g} must be above zero"))
            known = {cost: amount for cost, amount in zip(costs, amounts, strict=True) if amount is not None}
            if known:
                name, day = _own_name(row, model, lines), decimal_year(row.past(date))
                kind = "TPU" if "tpu" in row.text(chip).casefold() else "GPU"
                hours = row.text(chip_hours).casefold() or "imputed"
                if hours not in CHIP_HOURS:
                    raise Wrong((chip_hours or Column(0, ""), f"{hours!r} is neither {' nor '.join(CHIP_HOURS)}"))
                found.append(FrontierModel(name, day, None if place is None else int(place), known, kind, hours))
            return ""

        records.each(use, identity=model)
        _tell(records, notes)
    return found


MAIN_STAGE = "pretrain"
VAGUE_HOURS = ("upper_bound", "third_party_estimate")
REPORTED_MFU = ("MFU", "from_", "utilisation_reported")
"""How the kinds of published utilisation begin that are model FLOP over peak, as the developer has them."""


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """A training run as published: None where nothing was said. Hours are chip-hours, energy is in MWh, money in USD."""

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
    def is_mixture(self) -> bool:
        """Whether only a part of the parameters is active for a token."""
        return bool(self.total_parameters and self.active_parameters and self.total_parameters > 1.5 * self.active_parameters)

    @property
    def tests_hours(self) -> bool:
        """Whether parameters, tokens and hours were published, so that a prediction of the hours can be scored."""
        known = self.stage == MAIN_STAGE and self.active_parameters and self.tokens and self.chip_hours
        return bool(known and self.hours_basis not in VAGUE_HOURS and self.flop_basis != "third_party_estimate")

    @property
    def tests_mfu(self) -> bool:
        """Whether the developer says which share of the peak its own FLOP were while the run went on."""
        return self.mfu is not None and self.mfu_kind.startswith(REPORTED_MFU)

    @property
    def tests_energy(self) -> bool:
        """Whether power was metered on the system, so that energy is more than hours times a rating."""
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
"""What the library calls these numbers, and has limits for."""


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a table, and what a reader should know of the rows that are not among them."""

    runs: tuple[PublishedRun, ...]
    notes: tuple[str, ...]
    place: str


def published_runs(path: Path | None = None) -> Runs:
    """Read runs; raise `InvalidInputError` with the issues of a file.

    Columns: case, date (a year at least), chip; as far as known org, family, stage (pretrain where there is no such column),
    params_active, params_total, tokens, n_chips, gpu_hours, gpu_hours_basis, wallclock_days, mfu_reported, mfu_kind,
    energy_mwh_reported, energy_basis, pue, cost_usd_reported, cost_usd_low, cost_usd_high, cost_basis,
    price_per_gpu_hour_assumed. Runs of one organisation and day are of one family unless a column says otherwise.
    """
    found: list[PublishedRun] = []
    lines: dict[str, int] = {}
    with Records(table("runs", path)) as records:
        case, date, chip = records.need("case", "run", "name"), records.need("date"), records.need("chip", "gpu", "accelerator")
        texts = {name: records.find(*_RUN_NAMES.get(name, (name,))) for name in _RUN_TEXTS}
        numbers = {name: records.find(*_RUN_NAMES.get(name, (name,))) for name in _RUN_NUMBERS}
        records.check()

        def use(row: Row) -> str:
            values = row.numbers(*numbers.values(), nothing=NOTHING)
            for column, value in zip(numbers.values(), values, strict=True):
                if column is not None and value is not None and value <= 0:
                    raise Wrong((column, f"{shortened(row.text(column))} must be above zero; leave what is not known empty"))
            known = dict(zip(numbers, values, strict=True))
            word = {name: row.text(column) for name, column in texts.items()}
            for name, quantity in _PLAUSIBLE.items():
                _require_plausible(row, numbers[name], known[name], quantity)
            total = known["params_total"]
            active = known["params_active"] if numbers["params_active"] is not None else total
            if active and total and active > 1.001 * total:
                raise Wrong((numbers["params_active"] or case, f"{active:g} is more than all parameters, {total:g}"))
            mfu = known["mfu_reported"]
            if mfu is not None and mfu >= 1:
                raise Wrong((numbers["mfu_reported"] or case, f"{mfu:g} must lie between 0 and 1"))
            if texts["mfu_kind"] is None and mfu is not None:
                word["mfu_kind"] = "MFU"
            family = word["family"] or f"{word['org']} {row.text(date)}"
            run = PublishedRun(
                _own_name(row, case, lines), _decimal_date(row, date), word["org"], family,
                word["stage"] or MAIN_STAGE, chip_named(row.text(chip)), row.text(chip), total, active,
                known["tokens"], known["flop"], word["flop_basis"], known["n_chips"], known["gpu_hours"],
                word["gpu_hours_basis"], known["wallclock_days"], mfu, word["mfu_kind"], known["energy_mwh_reported"],
                word["energy_basis"], known["pue"], known["cost_usd_reported"], known["cost_usd_low"],
                known["cost_usd_high"], word["cost_basis"], known["price_per_gpu_hour_assumed"], word["confidence"],
            )  # fmt: skip
            least = hours_at_peak(run)
            if run.tests_hours and run.chip_hours and least is not None:
                possible(least / run.chip_hours, run.chip, numbers["gpu_hours"] or case)
            found.append(run)
            return ""

        records.each(use, identity=case)
        notes: list[str] = []
        _tell(records, notes)
        return Runs(tuple(found), tuple(notes), f"{records.path.name}, {records.place()}")


def peak(run: PublishedRun) -> float | None:
    """Return the dense BF16 peak of a run's chip in FLOP per chip and hour; None where the library does not know the chip."""
    return typical(run.chip, "peak_flop_bf16", Unit("FLOP/chip/hour")) if run.chip else None


def hours_at_peak(run: PublishedRun) -> float | None:
    """Return the chip-hours that a run would take at the peak of its chips; None where that is not known."""
    speed = peak(run)
    if speed is None or not run.active_parameters or not run.tokens:
        return None
    return flop_per_parameter_token() * run.active_parameters * run.tokens / speed


def _require_plausible(row: Row, column: Column | None, value: float | None, quantity: str) -> None:
    """Refuse a count that no model is of, such as billions that were left out: a fit cannot doubt what it is told."""
    low, high = limits(quantity, Unit("1"))
    if column is not None and value is not None and not low <= value <= high:
        allowed = f"{low:,.0f} to {high:.0e}"
        raise Wrong((column, f"{shortened(row.text(column))} is none that models have, {allowed}; write 7e9 for 7 billion"))


def _own_name(row: Row, column: Column, lines: dict[str, int]) -> str:
    """Return what a row is called, and no other is; `lines` keep where each name stands."""
    name = row.text(column)
    if not name:
        raise Wrong((column, "is empty; each row needs a name of its own"))
    first = lines.setdefault(same_name(name), row.line)
    if first != row.line:
        again = f"stands there more than once, first in line {first} (capitals do not count)"
        raise Wrong((column, f"{shortened(name)} {again}; give each row its own name"))
    return name


def same_name(name: str) -> str:
    """Return a name without what does not tell one from another: capitals and the width of blanks."""
    return " ".join(name.casefold().split())


def _tell(records: Records, notes: list[str] | None) -> None:
    """Add what was left out or looks odd to the notes of who reads a user's file."""
    if notes is not None:
        notes += [note for note in (records.left_out(), *records.notes) if note]


def _decimal_date(row: Row, column: Column) -> float:
    """Return a date as a decimal year, not one to come; a month stands for its middle, a year for its middle."""
    word = row.text(column)
    match = re.fullmatch(r"(?!0000)([0-9]{4})(?:-(0[1-9]|1[0-2]))?", word)
    if match is None:
        return decimal_year(row.past(column))
    year, month = int(match[1]), int(match[2] or 0)
    row.been(column, datetime(year, month or 1, 1, tzinfo=UTC))
    return year + ((month - 0.5) / 12 if month else 0.5)


@dataclass(frozen=True, slots=True)
class MeasuredPower:
    """Mean power that was metered in training: watts per chip with its share of the server, before the site's overhead."""

    case: str
    date: float
    chip: str
    watts: float
    study: str
    small: bool
    """A model of less than a billion parameters on a node or a few, whose chips wait more than those of a large run."""


def measured_powers(path: Path | None = None, notes: list[str] | None = None) -> list[MeasuredPower]:
    """Read metered powers; raise `InvalidInputError` with the issues of a file. `notes` take up what a reader should know.

    Columns: case, date, chip, system_watts_per_chip; perhaps study (measurements of one are alike) and small (yes or no).
    """
    found: list[MeasuredPower] = []
    lines: dict[str, int] = {}
    with Records(table("power", path)) as records:
        case, date, chip = records.need("case"), records.need("date"), records.need("chip")
        watts, study, small = records.need("system_watts_per_chip"), records.find("study"), records.find("small")
        records.check()

        def use(row: Row) -> str:
            (value,) = _above_zero(row, watts)
            named = _own_name(row, case, lines), _decimal_date(row, date), _known_chip(row, chip)
            is_small = row.text(small).casefold() in ("yes", "true", "1")
            found.append(MeasuredPower(*named, value, row.text(study) or row.text(case), is_small))
            return ""

        records.each(use, identity=case)
        _tell(records, notes)
    return found


@dataclass(frozen=True, slots=True)
class RentalPrice:
    """What somebody asked for a chip-hour, in USD of its day."""

    date: float
    chip: str
    channel: str
    seller: str
    vendor: str
    price: float


CHANNELS, SELLERS = ("on-demand", "one-year", "three-year"), ("large", "specialised")


def rental_prices(path: Path | None = None, notes: list[str] | None = None) -> list[RentalPrice]:
    """Read rental prices; raise `InvalidInputError` with the issues of a file. `notes` take up what a reader should know.

    Columns: date, chip, channel (on-demand, one-year, three-year), seller (large or specialised cloud), vendor, price_usd.
    """
    found: list[RentalPrice] = []
    with Records(table("rental-prices", path)) as records:
        date, chip, price = records.need("date"), records.need("chip"), records.need("price_usd", "price")
        channel, seller, vendor = records.need("channel"), records.need("seller"), records.find("vendor")
        records.check()

        def use(row: Row) -> str:
            for column, known in ((channel, CHANNELS), (seller, SELLERS)):
                if row.text(column) not in known:
                    raise Wrong((column, f"{shortened(row.text(column))} is none of {', '.join(known)}"))
            (value,) = _above_zero(row, price)
            words = row.text(channel), row.text(seller), row.text(vendor) or "not said"
            found.append(RentalPrice(_decimal_date(row, date), _known_chip(row, chip), *words, value))
            return ""

        records.each(use, identity=vendor)
        _tell(records, notes)
    return found


def _above_zero(row: Row, *columns: Column) -> list[float]:
    values = []
    for column, value in zip(columns, row.numbers(*columns), strict=True):
        if value is None or value <= 0:
            raise Wrong((column, f"{shortened(row.text(column))} must be a number above zero"))
        values.append(value)
    return values


def _known_chip(row: Row, column: Column) -> str:
    name = chip_named(row.text(column))
    if not name:
        raise Skip(f"of a chip that the library does not know, {shortened(row.text(column))}")
    return name


def cost_errors(cost: str) -> tuple[dict[str, float], dict[str, float]]:
    """Return how far a stated cost may be off: what chips of a kind share, and a model's own by how its chip-hours are known.

    Both are standard deviations in orders of magnitude: the published 90 % intervals of the inputs that a cost is a product of,
    as lognormals that do not know of each other.
    """
    with table("cost-errors", None).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["cost"] == cost]

    def together(error: str, column: str, value: str) -> float:
        chosen = [row for row in rows if row["error"] == error and row[column] in ("", value)]
        return math.hypot(*(math.log10(float(row["high"]) / float(row["low"])) for row in chosen)) / _WIDTH

    return {kind: together("shared", "chip", kind) for kind in KINDS}, {
        each: together("own", "chip_hours", each) for each in CHIP_HOURS
    }


_WIDTH = 2 * NormalDist().inv_cdf(0.95)
"""Standard deviations from the lower to the upper end of a 90 % interval."""
