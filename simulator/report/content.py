"""The content of a report, independent of its output format."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeVar

from simulator.core.formatting import (
    NONE,
    OF_DRAWS,
    MedianAndBounds,
    display_unit,
    format_exact,
    format_exact_quantity,
    format_interval,
    format_median_and_interval,
    format_money,
    format_percent,
    format_quantity,
    format_signed_money,
    one_line,
    to_words,
)
from simulator.core.formatting import join_words as join_words
from simulator.core.results import AnalysisResult, Plain
from simulator.engine.inputs import Source
from simulator.engine.result import SimulationResult

if TYPE_CHECKING:
    from simulator.analysis.budget import PointEstimate
    from simulator.report.study import Study
    from simulator.scenario import OpenScenario

MAX_ROWS = 12
"""The most drivers, shocks and levers that a page shows; the data files have all of them."""

CellValue = float | int | str | None
"""A cell of a data file: an unrounded number, a text, or nothing."""


class Reference(NamedTuple):
    """A citation of a footnote. `place` counts the citations of one footnote, so that it can link back to each."""

    note: int
    place: int


class Cell(NamedTuple):
    """The text that a page shows, and the exact values behind it, one for each field of the column."""

    text: str
    values: tuple[CellValue, ...]
    references: tuple[Reference, ...] = ()


class TableColumn(NamedTuple):
    """A heading, and the names of its fields in data files; the name of an amount ends in its unit.

    `width` is `wide` for prose, which gets the room that figures leave, and `whole` for what is not broken over lines.
    """

    heading: str
    fields: tuple[str, ...]
    right: bool = False
    width: str = ""

    @property
    def style(self) -> str:
        """The classes of its cells on a page."""
        return " ".join(filter(None, ("right" if self.right else "", self.width)))


class TableRow(NamedTuple):
    """Cells, the first of which names the row; the row of a sum is `strong`. One of zeros alone is in the files only."""

    cells: tuple[Cell, ...]
    strong: bool = False
    is_on_page: bool = True


@dataclass(frozen=True)
class TableBlock:
    """A table; its files are called `name`. A page shows the first `max_rows` rows; the files have all of them."""

    block: ClassVar[str] = "table"
    name: str
    caption: str
    columns: tuple[TableColumn, ...]
    rows: tuple[TableRow, ...]
    max_rows: int = 10_000

    @property
    def page_rows(self) -> tuple[TableRow, ...]:
        """The rows that a page shows."""
        return tuple(row for row in self.rows if row.is_on_page)[: self.max_rows]

    @property
    def page_columns(self) -> tuple[int, ...]:
        """The columns that a page shows: the first, and those that say something in one of its rows."""
        rows = self.page_rows
        return tuple(
            place
            for place in range(len(self.columns))
            if place == 0 or any(row.cells[place].text not in ("", NONE) or row.cells[place].references for row in rows)
        )


@dataclass(frozen=True)
class FigureBlock:
    """A figure of one of `figures.KINDS`, with the table that it draws; its caption says what it shows."""

    block: ClassVar[str] = "figure"
    name: str
    kind: str
    caption: str
    data: AnalysisResult

    @property
    def finding(self) -> str:
        """The finding of the figure in one sentence without a full stop."""
        from simulator.figures import finding_of

        return finding_of(self.kind, self.data)


@dataclass(frozen=True)
class Paragraph:
    """Sentences, with the sources they cite."""

    block: ClassVar[str] = "paragraph"
    text: str
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Bullets:
    """A list of sentences, with an optional lead."""

    block: ClassVar[str] = "bullets"
    items: tuple[str, ...]
    lead: str = ""


@dataclass(frozen=True)
class Command:
    """A command line."""

    block: ClassVar[str] = "command"
    text: str


class Bar(NamedTuple):
    """A named range on a scale that all bars of a block share; `text` is the range in words, `about` what the name means."""

    name: str
    text: str
    low: float
    high: float
    about: str = ""


@dataclass(frozen=True)
class Bars:
    """The few largest effects, each as a range of amounts around `middle`, under a lead."""

    block: ClassVar[str] = "bars"
    lead: str
    bars: tuple[Bar, ...]
    middle: float

    def place(self, value: float) -> float:
        """Return the place of an amount on the common scale, percent."""
        low = min(self.middle, *(end for bar in self.bars for end in (bar.low, bar.high)))
        high = max(self.middle, *(end for bar in self.bars for end in (bar.low, bar.high)))
        return 100 * (value - low) / (high - low) if high > low else 0.0


Block = TableBlock | FigureBlock | Paragraph | Bullets | Command | Bars
OfKind = TypeVar("OfKind", TableBlock, FigureBlock, Paragraph, Bullets, Command, Bars)


@dataclass(frozen=True)
class Section:
    """A part of a report under a heading, its finding; `key` is its anchor.

    Attributes
    ----------
    key : str
    heading : str
    blocks : tuple of Block
    label : str
        What it is about, for the contents; the heading where there is none.
    is_folded : bool
        Whether a page on a screen shows only the heading until the reader opens it.

    """

    key: str
    heading: str
    blocks: tuple[Block, ...]
    label: str = ""
    is_folded: bool = True


class Footnote(NamedTuple):
    """A source, numbered in the order of first citation, with its number of citations."""

    number: int
    source: Source
    places: int


class Footnotes:
    """Collect cited sources and number each one once."""

    def __init__(self) -> None:
        self._places: dict[Source, int] = {}
        self._numbers: dict[Source, int] = {}

    def cite(self, sources: Iterable[Source]) -> tuple[Reference, ...]:
        """Cite sources, and return the references to show."""
        references = []
        for source in dict.fromkeys(sources):
            number = self._numbers.setdefault(source, len(self._numbers) + 1)
            self._places[source] = self._places.get(source, 0) + 1
            references.append(Reference(number, self._places[source]))
        return tuple(references)

    def entries(self) -> tuple[Footnote, ...]:
        """Return all footnotes in order of their numbers."""
        return tuple(Footnote(number, source, self._places[source]) for source, number in self._numbers.items())


class KeyFigure(NamedTuple):
    """One of the figures at the top of a report: what it is, its value, and what the value means."""

    name: str
    value: str
    remark: str = ""


@dataclass(frozen=True)
class Report:
    """A report, independent of its format.

    Attributes
    ----------
    title : str
    kicker : str
        The kind of report, shown above the title.
    answer : str
        The answer in one sentence or a few.
    key_figures : tuple of KeyFigure
        Labels and figures, formatted, each with a remark.
    sections : tuple of Section
        With their paragraphs, tables and figures.
    footnotes : tuple of Footnote
        Sources.
    provenance : str
        One line: draws, seed, version, and the date if there is one.
    summary : dict
        All results as plain data, unrounded.
    date : str
        The date that is shown; empty for none.
    front : tuple of Block
        What the first page shows besides the answer: a figure, what drives the result, and what to decide.
    results : tuple of SimulationResult
        The runs whose draws are saved.
    currency : str
        The currency of all amounts.
    studies : tuple of Study
        The results that it shows, by scenario.
    opened : tuple of OpenScenario
        The scenarios, for the live formulas of the workbook.
    conditions : tuple of str
        What must hold for the answer, and what it would be otherwise; shown below it.
    names : tuple of str
        Their names within a comparison; empty for one scenario.

    Examples
    --------
    >>> import llmcost
    >>> report = llmcost.report("gpt-3", "gpt-4", draws=1000)
    >>> report
    <Report GPT-3 and GPT-4: 6 sections>
    >>> [section.label for section in report.sections][:2]
    ['Side by side', 'What differs, and why']

    """

    title: str
    kicker: str
    answer: str
    key_figures: tuple[KeyFigure, ...]
    sections: tuple[Section, ...]
    footnotes: tuple[Footnote, ...]
    provenance: str
    summary: Mapping[str, Plain]
    date: str = ""
    front: tuple[Block, ...] = ()
    results: tuple[SimulationResult, ...] = field(default=(), repr=False)
    currency: str = "USD"
    studies: "tuple[Study, ...]" = field(default=(), repr=False)
    opened: "tuple[OpenScenario, ...]" = field(default=(), repr=False)
    names: tuple[str, ...] = field(default=(), repr=False)
    conditions: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Report {one_line(self.title)}: {len(self.sections)} sections>"

    @property
    def has_explorer(self) -> bool:
        """Whether its folder has an explorer: it has scenarios, and none is under way."""
        return bool(self.opened) and all(each.scenario.paused_run is None for each in self.opened)

    def blocks(self, kind: type[OfKind]) -> list[OfKind]:
        """Return the blocks of one kind, in the order of the report."""
        blocks = (*self.front, *(block for section in self.sections for block in section.blocks))
        return [block for block in blocks if isinstance(block, kind)]


# --- cells ----------------------------------------------------------------------------------------------------------------


def text_cell(text: str, references: tuple[Reference, ...] = ()) -> Cell:
    """Return a cell of text."""
    return Cell(text, (text,), references)


def name_cell(name: str) -> Cell:
    """Return a cell with the name of a quantity: as words on the page, as the identifier in the data."""
    return Cell(to_words(name), (name,))


def number_cell(value: float | None, format_number: Callable[[float], str]) -> Cell:
    """Return a cell of a number, empty if there is none."""
    return Cell("", (None,)) if value is None else Cell(format_number(value), (value,))


def amount_cell(value: float | None) -> Cell:
    """Return a cell of an amount."""
    return number_cell(value, format_money)


def exact_amount_cell(value: float) -> Cell:
    """Return a cell of an amount that the user specified, with all its digits."""
    return number_cell(value, format_exact)


def point_cell(estimate: "PointEstimate") -> Cell:
    """Return a cell of a point estimate, exact if the user specified it."""
    return (exact_amount_cell if estimate.is_given else amount_cell)(estimate.amount)


def change_cell(value: float | None) -> Cell:
    """Return a cell of a signed change of an amount."""
    return number_cell(value, format_signed_money)


def share_cell(value: float | None) -> Cell:
    """Return a cell of a share, as a percentage."""
    return number_cell(value, format_percent)


def interval_cell(low: float, high: float, format_number: Callable[[float], str] = format_money) -> Cell:
    """Return a cell of an interval."""
    return Cell(f"{format_number(low)} to {format_number(high)}", (low, high))


def quantity_cell(value: float, unit: str, *, is_given: bool = False) -> Cell:
    """Return a cell of a value in its display unit, exact if `is_given`; the data have the canonical unit."""
    return Cell((format_exact_quantity if is_given else format_quantity)(value, unit), (value,))


def quantity_interval_cell(low: float, high: float, unit: str) -> Cell:
    """Return a cell of an interval in its display unit."""
    return Cell(format_interval(low, high, unit), (low, high))


def quantity_cells(figures: MedianAndBounds, unit: str, *, is_given: bool = False) -> tuple[Cell, Cell]:
    """Return a cell of a median, or of a known value, and a cell of its interval."""
    median, interval = format_median_and_interval(figures, unit, is_given=is_given)
    unit_name = display_unit(unit)[0]
    is_indicator = getattr(figures, "is_indicator", False)
    shown = getattr(figures, "mean", None) if is_indicator else None  # its share of the draws
    value = figures.median if shown is None else shown
    bounds = (figures.low, figures.high)
    if interval == OF_DRAWS:
        return Cell(f"{median} {interval}", (value,)), Cell("", bounds)
    return Cell(f"{median} {unit_name}".rstrip(), (value,)), Cell(interval, bounds)


# --- words ----------------------------------------------------------------------------------------------------------------


def spell_range(low: float, high: float, currency: str) -> str:
    """Write a range of amounts for prose: `$43.5M to $395M`."""
    return f"{format_money(low, currency)} to {format_money(high, currency)}"


def spell_probability(probability: float) -> str:
    """Write a probability as a count of cases: `44 of 100`, `fewer than 1 of 100`, `no`."""
    if probability < 0.005:
        return "fewer than 1 of 100" if probability > 0 else "no"
    if probability >= 0.995:
        return "more than 99 of 100" if probability < 1 else "all"
    return f"{100 * probability:.0f} of 100"


def to_sentence(text: str) -> str:
    """Return a text as a sentence, with an initial capital and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def make_table(
    name: str, caption: str, columns: Iterable[TableColumn], rows: Iterable[TableRow | Iterable[Cell]], max_rows: int = 10_000
) -> TableBlock:
    """Return a table; a row may be an iterable of cells."""
    table_rows = tuple(row if isinstance(row, TableRow) else TableRow(tuple(row)) for row in rows)
    return TableBlock(name, caption, tuple(columns), table_rows, max_rows)
