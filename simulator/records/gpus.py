"""The GPUs of a row of a bill: their number and their chip, by rules of the user, details of the SKU, or names of instances."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from simulator.core.results import Plain
from simulator.records.cells import UnusableRowError, parse_number, quote_cell
from simulator.scenario.chips import find_chip
from simulator.scenario.instances import Instance, find_instance, find_meter

_COUNT_KEY = re.compile(r"(?i)(x_)?(gpu|accelerator|acceleratorcard)_?(count|s|number|quantity)|gpus?")
_DETAIL = re.compile(r"(?i)gpu|accelerator|instance|machine|shape|size|model|sku")


@dataclass(frozen=True, slots=True)
class GpuRule:
    """Number of GPUs of a row, for exports without SkuPriceDetails.

    `COLUMN` contains the number itself; with `COLUMN/REGEX` the first group of the expression is the number, and with
    `COLUMN/REGEX=8` every matching row has this number. The expression may match anywhere in the cell.
    """

    column: str
    pattern: re.Pattern[str]
    count: float | None
    text: str = ""

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
        return cls(column, pattern, count, text)

    def match(self, cell: str) -> "RuleMatch | None":
        """Return the match of the rule with a cell, or None."""
        match = self.pattern.search(cell)
        if match is None:
            return None
        count = self.count if self.count is not None else read_gpu_count(match[1])
        # Two rows with the same label are of one kind as far as the rule tells: the number is no part of it.
        label = self.text if self.count is not None else match[0].replace(match[1], "#")
        return RuleMatch(count, cell, f"{self.column}: {label}" if self.count is None else label)


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """A rule that matches a row: the number of GPUs, the cell, and what rows of the same kind have in common."""

    count: float
    cell: str
    label: str


@dataclass(frozen=True, slots=True)
class RowGpus:
    """The GPUs of a row.

    Attributes
    ----------
    count : float
    chip : str
        A chip of the library, or the name of another; empty where the row names none.
    label : str
        What rows of the same kind have in common, where they name no chip.
    conflict : str
        How the number differs from that of the instance that the row names; empty where it does not.
    is_meter : bool
        Whether the cloud bills GPUs apart from the cores and the memory of their instance.

    """

    count: float
    chip: str
    label: str = ""
    conflict: str = ""
    is_meter: bool = False


def read_gpu_count(text: str) -> float:
    """Return a number of GPUs; raise `UnusableRowError`."""
    try:
        count = parse_number(text.strip())
    except ValueError:
        raise UnusableRowError(f"number of GPUs {quote_cell(text)} is no number") from None
    if count <= 0:
        raise UnusableRowError("no GPUs")
    return count


def read_details(text: str) -> Mapping[str, Plain]:
    """Return the fields of the details of an SKU, a JSON object; raise `UnusableRowError`."""
    if not text:
        return {}
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise UnusableRowError("SkuPriceDetails is no JSON") from None
    if not isinstance(fields, dict):
        raise UnusableRowError("SkuPriceDetails is no JSON object")
    return fields


def find_gpus(rule: RuleMatch | None, details: str, texts: Sequence[str], *, is_of_chips: bool) -> RowGpus | None:
    """Return the GPUs of a row, or None where nothing tells their number; raise `UnusableRowError`.

    `texts` are the cells that may name an instance or a chip, the most telling first. With `is_of_chips` the quantity of the
    row is already in hours of one chip.
    """
    fields = read_details(details) if rule is None else _readable_details(details)
    count_field = next((fields[key] for key in fields if _COUNT_KEY.fullmatch(key) and fields[key] is not None), None)
    details_texts = [
        value
        for key, value in fields.items()
        if isinstance(value, str) and _DETAIL.search(key) and not _COUNT_KEY.fullmatch(key)
    ]
    cells = [*([rule.cell] if rule else []), " ".join(details_texts), *texts]
    instance = _first(find_instance(cell) for cell in cells if cell)
    meter = None if instance else _first(find_meter(cell) for cell in cells if cell)
    if meter is not None and meter.chips == 0 and rule is None:
        raise UnusableRowError("cores or memory, which are billed apart from GPUs")
    chip = instance.chip if instance else _first_chip(cells)
    count = rule.count if rule else None if count_field is None else read_gpu_count(str(count_field))
    label = rule.label if rule else next(iter(details_texts), "")
    if is_of_chips:
        return RowGpus(1.0, chip, label)
    if count is None:
        known = instance or meter
        return None if known is None else RowGpus(known.chips, chip, label, is_meter=known.is_meter)
    conflict = ""
    if instance is not None and instance.chips != count:
        conflict = f"{count:g} GPUs are stated for {instance.name}, which has {instance.chips:g}"
    return RowGpus(count, chip, label, conflict, is_meter=meter is not None)


def _readable_details(text: str) -> Mapping[str, Plain]:
    """Return the details of an SKU, or nothing where they cannot be read: a rule of the user tells the number."""
    try:
        return read_details(text)
    except UnusableRowError:
        return {}


def _first(found: Iterable[Instance | None]) -> Instance | None:
    return next((instance for instance in found if instance is not None), None)


def _first_chip(cells: Iterable[str]) -> str:
    return next(islice(filter(None, map(find_chip, cells)), 1), "")
