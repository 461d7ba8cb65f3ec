"""Published data for fits: the project's own tables, or a user's with the same columns."""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

from simulator.core.formatting import format_significant
from simulator.core.money import BASE
from simulator.core.results import Note
from simulator.core.units import conversion_factor
from simulator.evidence.table_rows import decimal_date, decimal_year, library_chip, positive_numbers, table_path, unique_name
from simulator.records.actuals import parse_money_unit
from simulator.records.cells import MISSING_WORDS, CellError, Column, Row, UnusableRowError, format_count, quote_cell
from simulator.records.table import Records
from simulator.scenario import library
from simulator.scenario.text import parse, read_text

COSTS = ("amortised", "acquisition", "cloud")
KINDS = ("GPU", "TPU")
CHIP_HOURS = ("reported", "imputed")
_CURRENCIES = ("usd", "eur", "gbp", "chf", "jpy", "cny", "inr", "cad", "aud")
MONEY_SUFFIXES = tuple(f"{scale}{code}" for code in _CURRENCIES for scale in ("", "k", "m", "b"))
"""Units that may follow the name of a column of amounts, as in `amortised_cost_usd`."""


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


def published_result(name: str) -> str:
    """Return the published result of a fit to one of the project's own tables."""
    path = library.folder() / "evidence" / f"{name}.yaml"
    return parse(read_text(path, path.name), path.name).child("published").text or ""


def frontier_models(path: Path | None = None, notes: list[Note] | None = None) -> list[FrontierModel]:
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
        costs = {cost: records.find(f"{cost}_cost", units=MONEY_SUFFIXES) for cost in COSTS}
        scales = {cost: _money_scale(records, column) for cost, column in costs.items()}
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
            pairs = zip(costs, amounts, strict=True)
            known_costs = {cost: amount * scales[cost] for cost, amount in pairs if amount is not None}
            if not known_costs:
                raise UnusableRowError("no cost")
            name, day = unique_name(row, model, lines), decimal_year(row.read_past_time(date))
            kind = "TPU" if "tpu" in row.text(chip).casefold() else "GPU"
            hours = row.text(chip_hours).casefold() or "imputed"
            if hours not in CHIP_HOURS:
                raise CellError((chip_hours or Column(0, ""), f"{hours!r} is neither {' nor '.join(CHIP_HOURS)}"))
            models.append(FrontierModel(name, day, None if place is None else int(place), known_costs, kind, hours))
            return ""

        records.read_rows(use, identity=model)
        if notes is not None:
            notes += records.reading_notes()
            notes += _small_cost_notes(models, costs)
            notes += [] if path is None else _missing_cost_notes(models, costs)
    return models


def _missing_cost_notes(models: list[FrontierModel], columns: Mapping[str, Column | None]) -> list[Note]:
    """Return a note for each column of costs in which models have none: they count for other costs only."""
    notes = []
    for cost, column in columns.items():
        missing = sum(cost not in model.costs for model in models)
        if column is not None and missing:
            text = f"{column.name}: {format_count(missing, 'model')} of {len(models):,} without a value, left out of its trend"
            notes.append(Note("missing-costs", cost, text))
    return notes


SMALLEST_USUAL_COST = 10_000.0
"""Amount in USD below which a median cost of frontier models is probably in thousands or millions."""


def _money_scale(records: Records, column: Column | None) -> float:
    """Return the factor of a column of amounts by the unit in its header; an unknown unit or another currency is an issue."""
    if column is None or not column.unit:
        return 1.0
    try:
        scale, currency = parse_money_unit(column.unit)
    except ValueError as error:
        records.issue(records.header_line, str(error), column)
        return 1.0
    if currency != BASE:
        message = f"is in {currency}, and costs are compared in {BASE}: convert them, and write {BASE}"
        records.issue(records.header_line, message, column)
    return scale


def _small_cost_notes(models: list[FrontierModel], columns: Mapping[str, Column | None]) -> list[Note]:
    """Return notes on costs that are probably in thousands or millions, because their header names no unit."""
    notes = []
    for cost, column in columns.items():
        amounts = sorted(model.costs[cost] for model in models if cost in model.costs)
        if column is not None and amounts and not column.unit and amounts[len(amounts) // 2] < SMALLEST_USUAL_COST:
            middle = format_significant(amounts[len(amounts) // 2])
            message = f"{column.name}: amounts are read as USD, {middle} in the middle"
            remedy = f"if they are in millions, write {cost}_cost (M USD)"
            notes.append(Note("small-amounts", column.name, f"{message}; {remedy}"))
    return notes


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


def measured_powers(path: Path | None = None, notes: list[Note] | None = None) -> list[MeasuredPower]:
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
            (value,) = positive_numbers(row, watts)
            name_date_chip = unique_name(row, case, lines), decimal_date(row, date), library_chip(row, chip)
            is_small = row.text(small).casefold() in ("yes", "true", "1")
            powers.append(MeasuredPower(*name_date_chip, value, row.text(study) or row.text(case), is_small))
            return ""

        records.read_rows(use, identity=case)
        if notes is not None:
            notes += records.reading_notes()
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


def rental_prices(path: Path | None = None, notes: list[Note] | None = None) -> list[RentalPrice]:
    """Read rental prices; raise `InvalidInputError` with the issues of a file. Notes for the reader go to `notes`.

    Columns: date, chip, channel (on-demand, one-year, three-year), seller (large or specialised cloud), vendor, price_usd.
    """
    prices: list[RentalPrice] = []
    with Records(table_path("rental-prices", path)) as records:
        date, chip, price = records.need("date"), records.need("chip"), records.need("price_usd", "price", units=())
        channel, seller, vendor = records.need("channel"), records.need("seller"), records.find("vendor")
        scale = 1.0
        if price.unit:
            try:
                scale = conversion_factor(price.unit, "USD/chip/hour")
            except ValueError as error:
                records.issue(records.header_line, str(error), price)
        records.check()

        def use(row: Row) -> str:
            for column, allowed in ((channel, CHANNELS), (seller, SELLERS)):
                if row.text(column) not in allowed:
                    raise CellError((column, f"{quote_cell(row.text(column))} is not one of {', '.join(allowed)}"))
            (value,) = positive_numbers(row, price)
            terms = row.text(channel), row.text(seller), row.text(vendor) or "unnamed vendor"
            prices.append(RentalPrice(decimal_date(row, date), library_chip(row, chip), *terms, value * scale))
            return ""

        records.read_rows(use, identity=vendor)
        if notes is not None:
            notes += records.reading_notes()
    return prices


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
