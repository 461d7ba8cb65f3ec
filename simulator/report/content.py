"""What a report consists of, whatever it is written as."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from simulator.core.formatting import digits, exact, known, middle_and_range, money, percent, shown, shown_unit, signed, words
from simulator.engine.inputs import Source

MOST_ROWS = 12
"""Drivers, shocks and levers that a page shows; the files have them all."""

Value = float | int | str | None
"""A cell of a data file: a number as it is, a text, or nothing."""


class Reference(NamedTuple):
    """A place that cites a footnote; places of one footnote are counted, so that it can link back to each."""

    note: int
    place: int


class Cell(NamedTuple):
    """What a reader sees, and the exact values behind it, one for each of its column's fields."""

    text: str
    values: tuple[Value, ...]
    references: tuple[Reference, ...] = ()


class Column(NamedTuple):
    """A heading, and the names of its fields in data files; an amount says its unit there."""

    heading: str
    fields: tuple[str, ...]
    right: bool = False


class Row(NamedTuple):
    """Cells, the first of which names the row; a sum is `strong`."""

    cells: tuple[Cell, ...]
    strong: bool = False


@dataclass(frozen=True)
class Table:
    """A table; `name` is that of its files. A page shows the first `most` rows of a long one, its files have all."""

    block: ClassVar[str] = "table"
    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    most: int = 10_000


@dataclass(frozen=True)
class Figure:
    """A figure of `figures.KINDS` with the table that it draws."""

    block: ClassVar[str] = "figure"
    name: str
    kind: str
    caption: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Paragraph:
    """Some sentences, with what they cite."""

    block: ClassVar[str] = "paragraph"
    text: str
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Bullets:
    """A list of sentences, with a lead where it needs one."""

    block: ClassVar[str] = "bullets"
    items: tuple[str, ...]
    lead: str = ""


@dataclass(frozen=True)
class Command:
    """A line for the terminal."""

    block: ClassVar[str] = "command"
    text: str


Block = Table | Figure | Paragraph | Bullets | Command


@dataclass(frozen=True)
class Section:
    """A part of a report under a heading; `key` is its anchor."""

    key: str
    heading: str
    blocks: tuple[Block, ...]


class Footnote(NamedTuple):
    """A source, numbered in the order of its first use, and how many places cite it."""

    number: int
    source: Source
    places: int


class Footnotes:
    """Sources by their number, each once, however many places cite it."""

    def __init__(self) -> None:
        self._places: dict[Source, int] = {}
        self._numbers: dict[Source, int] = {}

    def cite(self, sources: Iterable[Source]) -> tuple[Reference, ...]:
        """Cite sources at a place, and return the references to show there."""
        found = []
        for source in dict.fromkeys(sources):
            number = self._numbers.setdefault(source, len(self._numbers) + 1)
            self._places[source] = self._places.get(source, 0) + 1
            found.append(Reference(number, self._places[source]))
        return tuple(found)

    def listed(self) -> tuple[Footnote, ...]:
        """Return all footnotes in their order."""
        return tuple(Footnote(number, source, self._places[source]) for source, number in self._numbers.items())


@dataclass(frozen=True)
class Report:
    """A report: what it is about, the answer in one paragraph, key figures, sections, and what it rests on."""

    title: str
    kicker: str
    """What kind of report this is, said above the title."""
    answer: str
    key_figures: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    footnotes: tuple[Footnote, ...]
    made: str
    """One line on how it was made: draws, seed, version, and a date where there is one."""
    summary: Mapping[str, Any]
    """All figures as plain data, exact."""
    date: str = ""
    results: tuple[Any, ...] = field(default=(), repr=False)
    """`simulate.Result`s whose draws are saved, each under its scenario's name."""

    def blocks(self, kind: type) -> list[Any]:
        """Return the blocks of one kind, in the order of the report."""
        return [block for section in self.sections for block in section.blocks if isinstance(block, kind)]


# --- cells ----------------------------------------------------------------------------------------------------------------


def text(said: str, references: tuple[Reference, ...] = ()) -> Cell:
    """Return a cell of text."""
    return Cell(said, (said,), references)


def named(name: str) -> Cell:
    """Return a cell that names a quantity: words for people, the name itself in the data."""
    return Cell(words(name), (name,))


def number(value: float | None, say: Callable[[float], str]) -> Cell:
    """Return a cell of a number, empty where there is none."""
    return Cell("", (None,)) if value is None else Cell(say(value), (value,))


def usd(value: float | None) -> Cell:
    """Return a cell of an amount."""
    return number(value, money)


def usd_given(value: float) -> Cell:
    """Return a cell of an amount that somebody has given, with all its digits."""
    return number(value, exact)


def point_cell(estimate: Mapping[str, Any]) -> Cell:
    """Return a cell of a point estimate, exact where it is given."""
    return (usd_given if estimate["given"] else usd)(estimate["amount"])


def change(value: float | None) -> Cell:
    """Return a cell of a change, with its sign."""
    return number(value, signed)


def share(value: float | None) -> Cell:
    """Return a cell of a share of one."""
    return number(value, percent)


def band(low: float, high: float, say: Callable[[float], str] = money) -> Cell:
    """Return a cell of an interval."""
    return Cell(f"{say(low)} to {say(high)}", (low, high))


def amount(value: float, unit: str, *, is_given: bool = False) -> Cell:
    """Return a cell of a value in the unit that a person reads, exact where it is given; the data have the canonical unit."""
    return Cell((known if is_given else shown)(value, unit), (value,))


def range_of(low: float, high: float, unit: str) -> Cell:
    """Return a cell of an interval in the unit that a person reads."""
    return Cell(middle_and_range({"low": low, "median": low, "high": high}, unit)[1], (low, high))


def figures_of(figures: Mapping[str, float], unit: str, *, is_given: bool = False) -> tuple[Cell, Cell]:
    """Return cells of a median and its interval, or of a known value."""
    middle, span = middle_and_range(figures, unit, given=is_given)
    word = shown_unit(unit)[0]
    return Cell(f"{middle} {word}".rstrip(), (figures["median"],)), Cell(span, (figures["low"], figures["high"]))


# --- words ----------------------------------------------------------------------------------------------------------------

_SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def spelled(value: float) -> str:
    """Say an amount in prose: `124 million USD`, `-1.20 billion USD`, `950 USD`."""
    for scale, word in _SCALES:
        if abs(float(f"{value:.2e}")) >= scale:
            return f"{digits(value / scale)} {word} USD"
    return f"{digits(value)} USD"


def spelled_exactly(value: float) -> str:
    """Say an amount that somebody has given, with all its digits: `150 million USD`, `12,345,678 USD`."""
    said = exact(value)
    word = {letter[0].upper(): letter for _, letter in _SCALES}.get(said[-1])
    return f"{said[:-1]} {word} USD" if word else f"{said} USD"


def spelled_range(low: float, high: float) -> str:
    """Say two amounts in prose, with one scale where they share it: `43.5 to 395 million USD`."""
    first, second = spelled(low), spelled(high)
    ending = second.partition(" ")[2]
    return f"{first.removesuffix(f' {ending}')} to {second}" if first.endswith(f" {ending}") else f"{first} to {second}"


def of_hundred(probability: float) -> str:
    """Say a probability as a count of cases: `44 of 100`, `fewer than 1 of 100`, `no`."""
    if probability < 0.005:
        return "fewer than 1 of 100" if probability > 0 else "no"
    if probability >= 0.995:
        return "more than 99 of 100" if probability < 1 else "all"
    return f"{100 * probability:.0f} of 100"


def listed(items: Iterable[str]) -> str:
    """Join words as prose does: `a, b and c`."""
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


def sentence(said: str) -> str:
    """Return words as a sentence: a capital first, a full stop last."""
    return said[:1].upper() + said[1:] + ("" if said.endswith((".", "!", "?")) else ".")


def table(
    name: str, caption: str, columns: Iterable[Column], rows: Iterable[Row | Iterable[Cell]], most: int = 10_000
) -> Table:
    """Return a table of rows that may be given as their cells alone."""
    made = tuple(row if isinstance(row, Row) else Row(tuple(row)) for row in rows)
    return Table(name, caption, tuple(columns), made, most)
