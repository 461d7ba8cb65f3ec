"""CSV (RFC 4180) without spreadsheet formulas, and a result as CSV."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from simulator.core.levels import Level, interval_of
from simulator.engine.inputs import Source
from simulator.engine.result import Result
from simulator.engine.summaries import PERCENTS
from simulator.io.to_json import as_json

Cell = str | float | None

CSV_COLUMNS = ("quantity", "role", "unit", "mean", "sd", "median", "low", "high", *(f"p{p:g}" for p in PERCENTS),
               "mcse_mean", "mcse_median", "mcse_low", "mcse_high", "share_mean", "specification", "sources")  # fmt: skip


def as_csv(result: Result, interval: Level = 0.95) -> str:
    """Return a table with one row per quantity."""
    interval = interval_of(interval)
    rows: list[Sequence[Cell]] = []
    for name, data in as_json(result, interval)["quantities"].items():
        sources = "; ".join(str(Source(**source)) for source in data.get("sources", []))
        row = [name, *(data[key] for key in ("role", "unit", "mean", "sd", "median", "low", "high"))]
        row += [data["quantiles"][f"{p:g}"] for p in PERCENTS]
        row += [data["mcse"][key] for key in ("mean", "median", "low", "high")]
        row += [data.get("share", {}).get("mean"), data.get("specification"), sources]
        rows.append(row)
    return csv_text(CSV_COLUMNS, rows)


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Format a table as CSV: numbers unrounded, missing values as empty cells, text escaped against spreadsheet formulas."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([escape_formula(cell) if isinstance(cell, str) else cell for cell in row] for row in (columns, *rows))
    return text.getvalue()


def escape_formula(text: str) -> str:
    """Prefix text that a spreadsheet would interpret as a formula with an apostrophe."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
