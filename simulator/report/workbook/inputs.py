"""The sheet of inputs: one named cell for each, coloured where a reader may change it, with grade and sources."""

from simulator.core.formatting import interval_name, to_words
from simulator.core.levels import Level
from simulator.engine.inputs import GRADES, Input
from simulator.engine.summaries import interval_bounds
from simulator.report.workbook.book import CHANGED_FILL, INPUT_FILL, INPUT_INK, RULE, Book, Sheet
from simulator.report.workbook.headings import sentence
from simulator.report.workbook.kinds import NUMBER, TEXT
from simulator.report.workbook.live import LiveModel

VALUE, REPORTED = 1, 3
"""Columns of the value that a reader may change, and of the value of the report."""
FIRST_ROW = Sheet.top + 1
_WIDTHS = (32, 15, 18, 15, 10, 13, 13, 12, 8, 11, 30, 60, 60, 32)
_NUMBERS = (VALUE, REPORTED, 5, 6)
_GRADE_FILLS = {"A": "#d5ebdc", "B": "#e4f0d5", "C": "#fdf0cf", "D": "#fbd9c0"}
_ABOUT = (
    "Change a yellow cell, and the model and the summary follow. Each uncertain input is at its median. Figures from draws "
    "(P50, P80, intervals, cash flow, risks) do not follow."
)


def write_inputs(book: Book, model: LiveModel, interval: Level) -> None:
    """Write the sheet of the inputs of a scenario."""
    title = f"Inputs of {model.label or model.scenario.title}"
    sheet = book.sheet(model.inputs_sheet, title, _ABOUT)
    band = interval_name(interval)
    headings = ("Input", "Value", "Unit", "As reported", "Changed", f"{band}, from", f"{band}, to", "Kind", "Grade", "Date",
                "Specification", "What it is", "Sources", "Name of the cell")  # fmt: skip
    sheet.widths(*_WIDTHS)
    sheet.head(sheet.top, headings, [NUMBER if place in _NUMBERS else TEXT for place in range(len(headings))], _WIDTHS)
    names = sorted(model.edited, key=lambda name: (model.scenario.inputs[name].role != "prior", to_words(name)))
    for row, name in enumerate(names, start=FIRST_ROW):
        _write_input(book, sheet, row, name, model, interval)
    last = FIRST_ROW + len(names) - 1
    sheet.keep_head(sheet.top, len(headings), max(last, sheet.top))
    if names:
        _mark_changes(book, sheet, last)
    _explain_grades(sheet, last + 2)


def _write_input(book: Book, sheet: Sheet, row: int, name: str, model: LiveModel, interval: Level) -> None:
    item, how = model.scenario.inputs[name], model.shown(name)
    value = model.values[name] * how.factor
    sheet.text(row, 0, sentence(to_words(name)), bold=True)
    fill = {"bg_color": INPUT_FILL, "font_color": INPUT_INK, "border": 1, "border_color": RULE, "locked": False}
    sheet.number(row, VALUE, value, how.format, **fill)
    _limit(sheet, row, item, how.factor)
    sheet.text(row, 2, how.unit, indent=1)
    sheet.number(row, REPORTED, value, how.format)
    edited, reported = (sheet.cell(row, column) for column in (VALUE, REPORTED))
    sheet.formula(row, 4, f'=IF({edited}={reported},"","changed")', "", indent=1)
    if item.role == "prior":
        for column, probability in zip((5, 6), interval_bounds(interval), strict=True):
            sheet.number(row, column, item.distribution.quantile(probability) * how.factor, how.format)
    sheet.text(row, 7, "uncertain" if item.role == "prior" else "known", indent=1)
    grade = item.grade or ("D" if item.is_assumption else "")
    sheet.text(row, 8, grade, align="center", **({"bg_color": _GRADE_FILLS[grade]} if grade in _GRADE_FILLS else {}))
    date = item.date or max((source.date for source in item.sources), default="")
    texts = (date, item.specification, item.about, _sources(item), model.edited_names[name])
    for column, text in enumerate(texts, start=9):
        sheet.text(row, column, text, text_wrap=True, indent=1)
    sheet.fit_row(row, zip(texts, _WIDTHS[9:], strict=True))
    book.define(model.edited_names[name], sheet, row, VALUE)


def _limit(sheet: Sheet, row: int, item: Input, factor: float) -> None:
    """Warn of a value outside the limits of the unit; the reader may keep it."""
    low, high = item.unit.low * factor, item.unit.high * factor
    rule: dict[str, object] = {
        "validate": "decimal", "error_type": "warning", "error_title": "Outside the limits",
        "error_message": "The unit of this input does not allow this value. The model may give no number, or a wrong one.",
    }  # fmt: skip
    if low == float("-inf"):
        rule |= {"validate": "custom", "value": f"=ISNUMBER({sheet.cell(row, VALUE)})"}
    elif high == float("inf"):
        rule |= {"criteria": ">=", "value": low}
    else:
        rule |= {"criteria": "between", "minimum": low, "maximum": high}
    sheet.file.data_validation(row, VALUE, row, VALUE, rule)


def _mark_changes(book: Book, sheet: Sheet, last: int) -> None:
    first = FIRST_ROW
    changed = f"=${sheet.cell(first, VALUE)}<>${sheet.cell(first, REPORTED)}"
    fill = book.file.add_format({"bg_color": CHANGED_FILL, "bold": True})
    sheet.file.conditional_format(first, 0, last, 4, {"type": "formula", "criteria": changed, "format": fill})


def changed_count(model: LiveModel) -> str:
    """Return the expression that counts the inputs that a reader has changed."""
    count = len(model.edited)
    if not count:
        return "0"
    first, last = FIRST_ROW + 1, FIRST_ROW + count
    sheet = f"'{model.inputs_sheet}'"
    return f"SUMPRODUCT(--({sheet}!$B${first}:$B${last}<>{sheet}!$D${first}:$D${last}))"


def _sources(item: Input) -> str:
    if item.sources:
        return "; ".join(map(str, item.sources))
    if item.origin.startswith("--"):
        return "set by an option of the command"
    return "assumption" if item.role == "prior" else ""


def _explain_grades(sheet: Sheet, row: int) -> None:
    sheet.text(row, 0, "Grades of evidence", bold=True)
    for place, (grade, meaning) in enumerate(GRADES.items(), start=1):
        sheet.text(row + place, 0, f"{grade}: {meaning}")
