"""The format of a CSV file: separators, names of columns, and repeated rows."""

import re

from simulator.records.cells import Row

SEPARATORS = (",", ";", "\t", "|")
"""Separators of cells that are read."""
MAX_HASHED_ROWS = 2_000_000
"""Rows whose hashes are stored to find duplicates; about 70 bytes each."""


class Duplicates:
    """Counts rows that repeat another exactly, by their hashes."""

    def __init__(self) -> None:
        self.count = 0
        self._hashes: set[int] = set()

    @property
    def is_full(self) -> bool:
        """Whether further rows are not searched for duplicates."""
        return len(self._hashes) >= MAX_HASHED_ROWS

    def includes(self, row: Row) -> bool:
        """Whether a row repeats an earlier one, which is counted."""
        if self.is_full:
            return False
        before = len(self._hashes)
        self._hashes.add(hash(tuple(row.cells)))
        if len(self._hashes) > before:
            return False
        self.count += 1
        return True


def separator_of(line: str) -> str:
    """Return the separator of the cells of a line."""
    outside = re.sub(r'"[^"]*"', "", line)
    return max(SEPARATORS, key=outside.count)


def split_cells(line: str) -> list[str]:
    """Return the cells of a line, of which none is quoted."""
    return line.rstrip("\r\n").split(separator_of(line))


def plain_name(name: str) -> str:
    """Return the name of a column for comparison: in lower case, with underscores."""
    return re.sub(r"[\s-]+", "_", name.strip()).casefold()
