"""Charts of a workbook, in one style. They draw cells, so they follow a change of an input."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from simulator.report.workbook.book import COLOURS, INK, MUTED, Book, Sheet

_GRID = {"visible": True, "line": {"color": "#e6e6e6", "width": 0.75}}
_FONT = {"name": "Calibri", "size": 9, "color": INK}
_SCALES = ((2e9, '#,##0.0,,,"B"'), (2e6, '#,##0,,"M"'), (2e3, '#,##0,"K"'))


class Series(NamedTuple):
    """A series of a chart: its name, and first row, last row and columns of its labels and values."""

    name: str
    first: int
    last: int
    labels: int
    values: int


def axis_format(largest: float) -> str:
    """Return the number format of an axis of amounts up to `largest`."""
    return next((form for least, form in _SCALES if abs(largest) >= least), "#,##0")


def bars(
    book: Book, sheet: Sheet, series: Sequence[Series], title: str, unit: str, largest: float, colours: Sequence[str] = ()
) -> Any:
    """Return a chart of horizontal bars, the first row on top; `colours` are those of the bars of a single series."""
    chart = book.file.add_chart({"type": "bar"})
    points = {"points": [{"fill": {"color": colour}} for colour in colours]} if colours else {}
    for place, each in enumerate(series):
        chart.add_series(_series(sheet, each, place) | {"gap": 60, "overlap": 0} | points)
    _title(chart, title)
    chart.set_y_axis({"reverse": True, "num_font": _FONT, "line": {"color": MUTED}, "major_tick_mark": "none"})
    chart.set_x_axis(_amount_axis(unit, largest) | {"label_position": "high"})
    _legend(chart, len(series))
    return chart


def columns(
    book: Book, sheet: Sheet, series: Sequence[Series], title: str, unit: str, largest: float, line: Series | None = None,
    line_axis: str = "",
) -> Any:  # fmt: skip
    """Return a chart of stacked columns, with an optional line on an axis of its own."""
    chart = book.file.add_chart({"type": "column", "subtype": "stacked"})
    for place, each in enumerate(series):
        chart.add_series(_series(sheet, each, place) | {"gap": 40})
    chart.set_y_axis(_amount_axis(unit, largest))
    if line is not None:
        drawn = book.file.add_chart({"type": "line"})
        drawn.add_series(_series(sheet, line, 0) | {"line": {"color": INK, "width": 2}, "y2_axis": True})
        drawn.set_y2_axis({**_amount_axis(line_axis, 20 * largest), "major_gridlines": {"visible": False}, "min": 0})
        chart.combine(drawn)
    _title(chart, title)
    chart.set_x_axis({"num_font": {**_FONT, "rotation": -45}, "line": {"color": MUTED}})
    _legend(chart, len(series) + 1)
    return chart


def curve(book: Book, sheet: Sheet, series: Series, title: str, unit: str, largest: float) -> Any:
    """Return a smooth curve of probabilities (values) over amounts (labels)."""
    chart = book.file.add_chart({"type": "scatter", "subtype": "smooth_with_markers"})
    marker = {"type": "circle", "size": 5, "fill": {"color": COLOURS[0]}, "border": {"color": COLOURS[0]}}
    chart.add_series(_series(sheet, series, 0) | {"line": {"color": COLOURS[0], "width": 2}, "marker": marker})
    _title(chart, title)
    chart.set_x_axis(_amount_axis(unit, largest))
    share = {"num_format": "0%", "min": 0, "max": 1, "major_unit": 0.2, "name": "probability of staying within"}
    fonts = {"num_font": _FONT, "name_font": {**_FONT, "bold": False}}
    chart.set_y_axis({**share, **fonts, "major_gridlines": _GRID, "line": {"none": True}})
    _legend(chart, 1)
    return chart


def _series(sheet: Sheet, series: Series, place: int) -> dict[str, Any]:
    colour = COLOURS[place % len(COLOURS)]
    return {
        "name": series.name,
        "categories": [sheet.name, series.first, series.labels, series.last, series.labels],
        "values": [sheet.name, series.first, series.values, series.last, series.values],
        "fill": {"color": colour},
        "border": {"none": True},
    }


def _title(chart: Any, title: str) -> None:
    chart.set_title({"name": title, "name_font": {**_FONT, "size": 11, "bold": True}, "overlay": False})
    chart.set_chartarea({"border": {"none": True}})


def _amount_axis(unit: str, largest: float) -> dict[str, Any]:
    return {
        "name": unit, "name_font": {**_FONT, "bold": False}, "num_font": _FONT, "num_format": axis_format(largest),
        "major_gridlines": _GRID, "line": {"none": True},
    }  # fmt: skip


def _legend(chart: Any, series: int) -> None:
    chart.set_legend({"position": "bottom", "font": _FONT} if series > 1 else {"none": True})
