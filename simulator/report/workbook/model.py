"""The sheet of the model: a live formula for every quantity, from the inputs to the total."""

from simulator.core.formatting import to_words
from simulator.core.units import Unit
from simulator.engine.compile.expressions import Operation
from simulator.engine.compile.program import Step
from simulator.engine.compile.spreadsheet import spreadsheet_formula
from simulator.report.workbook.book import CHANGED_FILL, Book, Sheet
from simulator.report.workbook.headings import sentence
from simulator.report.workbook.kinds import NUMBER, TEXT, Shown, is_fraction, plain_format, shown
from simulator.report.workbook.live import LiveModel

LIVE = 7
"""Column of the formulas, whose cells have the names of the quantities."""
_ABOUT = (
    "Every quantity follows from those that its formula names. Values are those of the point estimate until an input changes."
)
_WIDTHS = (36, 17, 18, 17, 11, 62, 62, 19, 19, 36)
_TRUTH = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "logical_and", "logical_or", "logical_not")
_RANK = {"total": 0, "line": 1, "outcome": 2}
_ROLES = {"intermediate": "", "choice": "input", "prior": "input"}


def write_model(book: Book, model: LiveModel) -> None:
    """Write the sheet of the formulas of a scenario."""
    sheet = book.sheet(model.model_sheet, f"Model of {model.label or model.scenario.title}", _ABOUT)
    headings = ("Quantity", "Value", "Unit", "As reported", "Role", "Formula", "What it is", "In the model's unit",
                "Unit of the model", "Name of the cell")  # fmt: skip
    sheet.widths(*_WIDTHS)
    sheet.head(sheet.top, headings, [NUMBER if place in (1, 3, LIVE) else TEXT for place in range(len(headings))], _WIDTHS)
    row = sheet.top + 1
    for step in sorted(model.program.steps, key=lambda step: _RANK.get(_role(model, step), 3)):
        _write_step(book, sheet, row, step, model)
        row += 1
    for name in model.program.inputs:
        if name in model.program.uncompiled:
            _write_constant(book, sheet, row, name, model)
            row += 1
        elif model.edited_names[name] != model.names[name]:
            _write_conversion(book, sheet, row, name, model)
            row += 1
    sheet.keep_head(sheet.top, len(headings), row - 1)
    changed = f"=ABS($B{sheet.top + 2}-$D{sheet.top + 2})>1E-9*ABS($D{sheet.top + 2})"
    fill = book.file.add_format({"bg_color": CHANGED_FILL})
    sheet.file.conditional_format(
        sheet.top + 1, 1, max(row - 1, sheet.top + 1), 1, {"type": "formula", "criteria": changed, "format": fill}
    )


def _role(model: LiveModel, step: Step) -> str:
    return "" if step.is_part else model.scenario.role(step.name)


def _write_step(book: Book, sheet: Sheet, row: int, step: Step, model: LiveModel) -> None:
    formula = spreadsheet_formula(step.expression, model.names)
    if isinstance(step.expression, Operation) and step.expression.operator in _TRUTH:
        formula = f"IF({formula},1,0)"  # a number, as in Python, and not a truth value
    unit = Unit("1") if step.is_part else model.unit(step.name)
    value = model.values[step.name]
    how = Shown("", 1.0, plain_format(value)) if step.is_part else shown(unit.text, value, is_fraction=is_fraction(unit))
    role = _role(model, step)
    about = "Part of the next quantity" if step.is_part else step.about
    canonical = "" if step.is_part or unit.text == "1" else unit.text
    _write_row(book, sheet, row, step.name, model, formula, how, _ROLES.get(role, role), about, canonical)


def _write_conversion(book: Book, sheet: Sheet, row: int, name: str, model: LiveModel) -> None:
    """Write the cell of an input in the unit of the model."""
    how, unit = model.shown(name), model.unit(name).text
    inverse = 1 / how.factor
    is_whole = inverse >= 1 and abs(inverse - round(inverse)) < 1e-9 * inverse
    factor = f"*{round(inverse)}" if is_whole else f"/{how.factor!r}".upper()
    about = f"The input, converted from {how.unit} to {unit}"
    _write_row(book, sheet, row, name, model, f"{model.edited_names[name]}{factor}", how, "input", about, unit)


def _write_constant(book: Book, sheet: Sheet, row: int, name: str, model: LiveModel) -> None:
    """Write a quantity whose formula has no translation as a constant."""
    about = f"Does not follow the inputs: {model.program.uncompiled[name]}"
    _write_row(book, sheet, row, name, model, "", model.shown(name), "constant", about, model.unit(name).text)


def _write_row(
    book: Book, sheet: Sheet, row: int, name: str, model: LiveModel, formula: str, how: Shown, role: str, about: str, unit: str
) -> None:
    value = model.values[name]
    strong = {"bold": True} if role in ("total", "line", "outcome") else {}
    sheet.text(row, 0, sentence(to_words(name)), **strong)
    live = sheet.cell(row, LIVE)
    scaled = f"={live}*{how.factor!r}".upper() if how.factor != 1 else f"={live}"
    sheet.formula(row, 1, scaled, value * how.factor, how.format, **strong)
    sheet.text(row, 2, how.unit, indent=1)
    sheet.number(row, 3, value * how.factor, how.format)
    sheet.text(row, 4, role, indent=1)
    text = f"={formula}" if formula else ""
    sheet.text(row, 5, text, text_wrap=True, font_name="Consolas", font_size=9, indent=1)
    sheet.text(row, 6, about, text_wrap=True, indent=1)
    sheet.fit_row(row, ((text, _WIDTHS[5]), (about, _WIDTHS[6])))
    if formula:
        sheet.formula(row, LIVE, f"={formula}", value, plain_format(value))
    else:
        sheet.number(row, LIVE, value, plain_format(value))
    sheet.text(row, 8, unit, indent=1)
    sheet.text(row, 9, model.names[name], indent=1)
    book.define(model.names[name], sheet, row, LIVE)
