"""Published facts that fits are made of: the project's own tables, or a user's of the same columns."""

import csv
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import NormalDist

from simulator.records.table import NOTHING, Column, Records, Row, Wrong
from simulator.scenario import library
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


def frontier_models(path: Path | None = None) -> list[FrontierModel]:
    """Read models with their costs; raise `Rejected` with the faults of a file.

    Columns: model, date, and one or more of amortised_cost, acquisition_cost, cloud_cost; perhaps compute_rank, in_fit (rows
    that say `no` are left out), chip, and chip_hours (`reported` or `imputed`; where it is not said, the wider error holds).
    """
    found: list[FrontierModel] = []
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
                day = decimal_year(row.time(date))
                kind = "TPU" if "tpu" in row.text(chip).casefold() else "GPU"
                hours = row.text(chip_hours).casefold() or "imputed"
                if hours not in CHIP_HOURS:
                    raise Wrong((chip_hours or Column(0, ""), f"{hours!r} is neither {' nor '.join(CHIP_HOURS)}"))
                found.append(FrontierModel(row.text(model), day, None if place is None else int(place), known, kind, hours))
            return ""

        records.each(use)
    return found


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
