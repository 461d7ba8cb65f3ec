"""The number of GPUs of a row, in bills that do not have it in a column of its own."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GpuRule:
    """Number of GPUs of a row, for exports without SkuPriceDetails.

    `COLUMN` contains the number itself; with `COLUMN/REGEX` the first group of the expression is the number, and with
    `COLUMN/REGEX=8` every matching row has this number. The expression may match anywhere in the cell.
    """

    column: str
    pattern: re.Pattern[str]
    count: float | None

    @classmethod
    def parse(cls, text: str) -> "GpuRule":
        """Parse a rule; raise ValueError with the allowed forms."""
        column, slash, rest = text.partition("/")
        fixed = re.fullmatch(r"(.*)=([0-9]+)", rest)
        try:
            pattern = re.compile((fixed[1] if fixed else rest) if slash else r"^([0-9.]+)$")
        except re.error as error:
            raise ValueError(f"{rest!r} is no regular expression: {error}") from None
        if not column or (slash and not rest) or (not fixed and pattern.groups != 1):
            raise ValueError("write COLUMN/REGEX with one group that is the number of GPUs, or COLUMN/REGEX=8")
        count = float(fixed[2]) if fixed else None
        if count == 0:
            raise ValueError("a row with no GPUs has no price per GPU-hour")
        return cls(column, pattern, count)
