"""Figures for reports, drawn in one style from tables of computed numbers.

A **kind** (`KINDS`) has four functions in one file of `kinds/`: one builds a table from a request, one draws the table, one
describes it in words, and one states its finding, which is its title. Drawing computes no number that a reader could quote. A
**table** is an `AnalysisResult`: its header (scenario, money, draws and others), which captions and notes are built from, and
the data of the kind. If another module computes the numbers already, its result is the table:

| kind | table |
|---|---|
| s-curve | `budget.plan_budget` |
| breakdown | `run_summary.summarize_run` |
| tornado, variance | `sensitivity.rank_drivers` |
| levers | `levers.rank_levers` |
| stress | `stress.apply_shocks` |
| reverse | `stress.reverse` |

`build_table(kind, data.FigureRequest(scenarios, ...))` builds a table from scenarios; the functions `*_of` of the kinds build
one from existing draws, so that a report simulates a scenario only once. Neither imports matplotlib.

    table = figures.build_table("s-curve", FigureRequest([scenario]))
    figure = figures.draw("s-curve", table, date="2026-11-21")
    figures.save(figure, Path("s-curve.svg"))
    html = figures.svg(figure, "s-curve", title="...", description=figures.alt_text("s-curve", table))

A `FigureFormat` sets width, height, letters, greys and resolution: of a column of a journal, or of a phone. Letters of SVG and
PDF are text; an inline SVG follows the colours of its page (`page_colours`).

A date is shown only if the caller passes one. The package never reads the clock, so the same table gives the same bytes.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from simulator.core.results import AnalysisResult
from simulator.figures.format import DEFAULT, FigureFormat
from simulator.figures.registry import KINDS, Kind, kind_functions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.figures.data import FigureRequest

__all__ = [
    "KINDS",
    "SUFFIXES",
    "FigureFormat",
    "Kind",
    "alt_text",
    "build_table",
    "draw",
    "finding_of",
    "remark_of",
    "save",
    "svg",
]

SUFFIXES = (".png", ".svg", ".pdf")


def build_table(kind: str, request: "FigureRequest") -> AnalysisResult:
    """Build the table of one of `KINDS`."""
    table: AnalysisResult = kind_functions(kind).build(request)
    return table


def draw(kind: str, table: AnalysisResult, date: str = "", page: FigureFormat = DEFAULT) -> "Figure":
    """Draw a table as one of `KINDS` in a format; a `date` is shown in the note."""
    from simulator.figures.output import drawn

    return drawn(lambda: kind_functions(kind).draw(table, date), page)


def finding_of(kind: str, table: AnalysisResult) -> str:
    """Return the finding of a figure in one sentence without a full stop: its title, computed from the table."""
    return kind_functions(kind).state(table)


def alt_text(kind: str, table: AnalysisResult) -> str:
    """Describe in a sentence or two what a figure shows, with its main numbers, as alternative text."""
    return kind_functions(kind).describe(table)


def remark_of(figure: "Figure") -> str:
    """Return the remark below a figure, without the basis of its numbers."""
    from simulator.figures.style import texts_of

    texts = texts_of(figure)
    return "" if texts is None else texts.remark


def svg(figure: "Figure", name: str, title: str = "", description: str = "", *, bare: bool = False) -> str:
    """Return a figure as an `<svg>` element for HTML.

    `name` is the prefix of every id, so that several figures on one page do not clash. `title` and `description` become its
    accessible name and description. A `bare` figure leaves title, subtitle and note to the page (`finding_of`, `remark_of`).
    """
    from simulator.figures.output import inline_svg

    return inline_svg(figure, name, title, description, bare=bare)


def save(figure: "Figure", path: Path) -> None:
    """Write a figure atomically in the format of the suffix (.png, .svg, .pdf); the bytes are reproducible."""
    from simulator.figures.output import write_figure

    write_figure(figure, path)
