"""The result of a run as CSV."""

from collections.abc import Sequence

from simulator.core.csv_text import Cell, csv_text
from simulator.core.levels import Level, interval_of
from simulator.engine.inputs import Source
from simulator.engine.result import Result
from simulator.engine.summaries import PERCENTS
from simulator.io.to_json import as_json

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
