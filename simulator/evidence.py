"""Published facts that fits are made of: the project's own tables, or a user's of the same columns."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from simulator.records.table import NOTHING, Column, Records, Row, Wrong
from simulator.scenario import library
from simulator.scenario.text import parse, read_text

COSTS = ("amortised", "acquisition", "cloud")


@dataclass(frozen=True, slots=True)
class FrontierModel:
    """A model with the costs of its final run in USD (constant money), where they are known; `date` is a decimal year."""

    model: str
    date: float
    rank: int | None
    costs: dict[str, float]


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

    Columns: model, date, and one or more of amortised_cost, acquisition_cost, cloud_cost; perhaps compute_rank, and in_fit
    (rows that say `no` are left out).
    """
    found: list[FrontierModel] = []
    with Records(table("frontier-costs", path)) as records:
        model, date = records.need("model"), records.need("date")
        rank, in_fit = records.find("compute_rank", "rank"), records.find("in_fit")
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
                found.append(FrontierModel(row.text(model), day, None if place is None else int(place), known))
            return ""

        records.each(use)
    return found
