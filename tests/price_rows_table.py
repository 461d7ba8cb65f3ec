"""The table of the prices behind every scenario in docs/reference/prices.md: quantity, row, date, grade and age.

`python tests/price_rows_table.py` writes it from the library; a test notices when it is not up to date.
"""

import sys
from pathlib import Path

from simulator.cli.output import TextTable, to_markdown
from simulator.core.errors import LlmcostError
from simulator.engine.scenario import Scenario
from simulator.records.cells import RELEASE_DATE
from simulator.scenario import library, open_scenario
from simulator.scenario.price_dates import OLD_DAYS, PriceRow, price_rows

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "prices.md"
COLUMNS = ("scenario", "price", "row", "date", "grade", "days old")
HEAD = """# Dates of prices

Reference. Written by `python tests/price_rows_table.py`; a test notices when it is not up to date. The prices behind every
scenario of the library that runs by itself: the row that each comes from (empty for a value of the scenario file), the date of
the row or of its newest source, and its age on 2026-11-21 in days. A date without a day counts as its last day, so that
2026 has no age. Prices of more than 180 days are in bold: `run`, `budget`, `check`, `compare`, `cashflow` and `report` note
them, and `llmcost list priors --stale --scenario NAME` shows their effect on the total. Scenarios of past runs state the
prices of their time on purpose.

"""


def written() -> str:
    """Return the page as the library makes it today."""
    rows = [row for name in library.names("scenarios") for row in _rows(name)]
    return HEAD + to_markdown([TextTable("", COLUMNS, rows)]) + "\n"


def _rows(name: str) -> list[tuple[str, ...]]:
    scenario = _scenario(name)
    prices = price_rows(scenario) if scenario else ()
    return [(f"`{name}`" if place == 0 else "", *_cells(price)) for place, price in enumerate(prices)]


def _scenario(name: str) -> Scenario | None:
    """Return a scenario of the library; None for a part that others extend."""
    try:
        return open_scenario(name).scenario
    except LlmcostError:
        return None


def _cells(price: PriceRow) -> tuple[str, ...]:
    age = price.age(RELEASE_DATE.date())
    text = "" if age is None else f"{age:,}" if age >= 0 else "0"
    return price.quantity, price.row, price.date, price.grade, f"**{text}**" if age is None or age > OLD_DAYS else text


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE}\n")
