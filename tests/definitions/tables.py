"""Cells of the tables of an answer, and the labels that they stand under."""

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from simulator.cli.command import Answer, Page
from simulator.core.units import DISPLAY_UNITS

_SCALES = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
_NUMBER = r"[-+]?(?:[$€£]|[A-Z]{3} )?[0-9](?:[0-9,.]*[0-9])?(?:e-?[0-9]+)?[KMBT]?"
_PRINTED = re.compile(rf"(?<![A-OQ-Za-z0-9.,])(?:P|\+-)?(?P<number>{_NUMBER})(?![A-Za-z0-9])(?P<percent>%?)")
UNIT_FACTORS = {1.0, 100.0, *(factor for _, factor in DISPLAY_UNITS.values())}
"""Factors from canonical units to those of tables: percent and display units."""
SHORT_TIMES = {"minutes": 60.0, "s": 3600.0, "ms": 3600e3, "µs": 3600e6}
"""Factors from hours to the unit that stands beside a short time."""


class Cell(NamedTuple):
    """A cell of a table with the texts that say what it is; a note is a cell without a table."""

    title: str
    row: str
    column: str
    text: str

    def has_label(self, label: str) -> bool:
        """Whether all parts of a label are among title, name of the row, header of the column and the text itself."""
        return bool(label) and all(self._has_part(part) for part in label.split(" | "))

    def _has_part(self, part: str) -> bool:
        pattern = _NUMBER.join(map(re.escape, part.split("{}"))).replace(re.escape("{name}"), ".+")
        remarks = () if self.column else re.split("[;,] ", self.text)  # what a text says where no header does
        texts = (self.row, self.column, *remarks)
        return any(re.fullmatch(pattern, text) for text in texts) or re.search(pattern, self.title) is not None

    @property
    def numbers(self) -> list[tuple[float, float]]:
        """The numbers in the text, in the units of the table, each with one unit of its last digit.

        A bound such as `>99%` has no digits to compare, and a 0 in a column of remarks is a part of a sentence.
        """
        texts = [] if self.text.startswith(("<", ">")) else [found["number"] for found in _PRINTED.finditer(self.text)]
        return [_parse(text) for text in texts if self.column or text != "0"]


def numbers_in_title(title: str, label: str) -> list[tuple[float, float]]:
    """Return the numbers that a label such as `in use {}% of the time` has in a title; none if it is not in the title."""
    found = re.search(f"({_NUMBER})".join(map(re.escape, label.split("{}"))), title)
    return [_parse(text) for text in found.groups()] if found else []


def _parse(text: str) -> tuple[float, float]:
    text = re.sub(r"[$€£]|[A-Z]{3} ", "", text)
    scale = _SCALES.get(text[-1], 1.0)
    digits, _, exponent = text.rstrip("KMBT").replace(",", "").partition("e")
    scale *= 10.0 ** int(exponent or 0)
    decimals = (
        len(digits.partition(".")[2]) if "." in digits else -(len(digits) - len(digits.rstrip("0")) if float(digits) else 0)
    )
    return float(digits) * scale, 10.0**-decimals * scale


def prints(number: tuple[float, float], value: float, text: str = "") -> bool:
    """Whether a printed number is a value, rounded to its digits (above 99% down); `text` is what it stands in."""
    printed, step = number
    tolerance = (1.0 if 99 <= abs(printed) <= 100 else 0.5) * step * (1 + 1e-9)
    factors = UNIT_FACTORS | {factor for unit, factor in SHORT_TIMES.items() if unit in re.findall(r"\w+", text)}
    return any(abs(printed - value * factor) <= tolerance for factor in factors) or (
        printed == 0 and math.isclose(value, 0, abs_tol=1e-6)
    )


def pages_of(answer: Answer) -> tuple[Page, ...]:
    """Return the pages of an answer."""
    pages = answer.page()
    return (pages,) if isinstance(pages, Page) else tuple(pages)


def cells_of(answer: Answer) -> Iterator[Cell]:
    """Yield the cells of all tables; the first column of a table names the rows if it has no header."""
    for page in pages_of(answer):
        for table in page.tables:
            headers = [column.removeprefix(">") for column in table.columns]
            for row in table.rows:
                name = "" if headers[0] else row[0].removeprefix("=").strip()
                for header, text in list(zip(headers, row, strict=True))[not headers[0] :]:
                    yield Cell(table.title, name, header, text)


def notes_of(answer: Answer) -> Iterator[Cell]:
    """Yield the clauses of the notes."""
    for page in pages_of(answer):
        for note in page.notes:
            yield from (Cell("", "", "", clause) for clause in note.split("; "))
