"""The first sheet: the answer, the live total beside the reported one, cost by line, notes, and what the workbook holds."""

from collections.abc import Sequence

from simulator.core.formatting import format_percent, to_words
from simulator.definitions.definition import Definition
from simulator.definitions.workbook import WORKBOOK
from simulator.engine.scenario import TOTAL
from simulator.report.workbook import charts
from simulator.report.workbook.book import HEAD_FILL, INPUT_FILL, RULE, Book, Sheet
from simulator.report.workbook.headings import sentence
from simulator.report.workbook.inputs import changed_count
from simulator.report.workbook.kinds import AMOUNT, AMOUNT_FORMAT, CHANGE_FORMAT, MILLIONS_FORMAT, SHARE_FORMAT, TEXT
from simulator.report.workbook.live import LiveModel
from simulator.report.workbook.overview import Figures, Overview

LAST_COLUMN = 8
_CURVE_COLUMN = 12
_PERCENTS = ("50", "80", "90", "95")


def start_summary(book: Book, overview: Overview) -> Sheet:
    """Add the first sheet, so that it is the first, and write the answer."""
    sheet = book.sheet("Summary", overview.title, overview.basis)
    sheet.widths(34, 17, 17, 17, 13, 17, 17, 17, 17)
    if overview.answer:
        look = {"text_wrap": True, "font_size": 12, "bold": True, "bg_color": HEAD_FILL, "border": 1, "border_color": RULE,
                "valign": "vcenter"}  # fmt: skip
        sheet.file.merge_range(3, 0, 3, LAST_COLUMN, "", book.style(**look))
        sheet.text(3, 0, overview.answer, **look)
        sheet.file.set_row(3, 17 * (1 + len(overview.answer) // 130) + 6)
    return sheet


def finish_summary(book: Book, sheet: Sheet, overview: Overview, models: Sequence[LiveModel], omissions: Sequence[str]) -> None:
    """Write the figures, the notes and the contents, once all other sheets exist."""
    row = 5
    if len(models) == 1:
        row = _write_totals(sheet, row, models[0], overview)
        row = _write_lines(book, sheet, row, models[0], overview)
    elif models:
        row = _write_several(book, sheet, row, models, overview)
    row = _write_key_figures(sheet, row, overview)
    row = _write_contents(book, sheet, row)
    row = _write_notes(sheet, row, [*overview.notes, *omissions])
    sheet.file.print_area(0, 0, row, LAST_COLUMN)
    sheet.file.fit_to_pages(1, 0)
    sheet.file.set_portrait()
    sheet.file.activate()


def _write_totals(sheet: Sheet, row: int, model: LiveModel, overview: Overview) -> int:
    header = overview.header
    total, live = model.total, model.names[TOTAL]
    money = overview.header.money or ""
    sheet.head(row, [f"Total cost, {money}", header.currency, "", "What it is", *[""] * (LAST_COLUMN - 3)], [TEXT, AMOUNT])
    rows: list[tuple[Definition, float | str, str, str]] = [
        (WORKBOOK["now"], f"={live}", MILLIONS_FORMAT, ""),
        (WORKBOOK["reported"], total, MILLIONS_FORMAT, ""),
        (WORKBOOK["change"], f"={sheet.cell(row + 1, 1)}-{sheet.cell(row + 2, 1)}", MILLIONS_FORMAT, ""),
        (WORKBOOK["changed"], f"={changed_count(model)}", "0", ""),
    ]
    if model.scenario.point is not None:
        rows.append((WORKBOOK["stated"], model.scenario.point, MILLIONS_FORMAT, ""))
    figures = overview.simulated.statistics.get(TOTAL)
    if figures is not None:
        percents = [percent for percent in _PERCENTS if percent in figures.quantiles]
        rows += [(WORKBOOK["quantile"], figures.quantiles[percent], MILLIONS_FORMAT, percent) for percent in percents]
    budget, within = overview.simulated.budget, overview.simulated.probability_within
    if budget is not None:
        entry, number = ("budget", "") if within is None else ("within", format_percent(within))
        rows.append((WORKBOOK[entry], budget, MILLIONS_FORMAT, number))
        over = f"={sheet.cell(row + len(rows), 1)}-{sheet.cell(row + 1, 1)}"
        rows.append((WORKBOOK["left"], over, MILLIONS_FORMAT, ""))
    cached = {1: total, 3: 0.0, 4: 0.0, len(rows): (budget or 0.0) - total}
    for place, (entry_of, value, form, number) in enumerate(rows, start=1):
        strong = {"bold": True} if place == 1 else {}
        sheet.text(row + place, 0, entry_of.label.format(number), **strong)
        if isinstance(value, str):
            fill = {"bg_color": INPUT_FILL} if place == 1 else {}
            sheet.formula(row + place, 1, value, cached[place], form, **strong, **fill)
        else:
            sheet.number(row + place, 1, value, form, **strong)
        sheet.text(row + place, 3, entry_of.definition.format(number), indent=1)
    return row + len(rows) + 2


def _write_lines(book: Book, sheet: Sheet, row: int, model: LiveModel, overview: Overview) -> int:
    """Write the cost of each line, now and as reported, with what was simulated."""
    scenario, band = model.scenario, overview.header.interval_name if overview.header.interval is not None else ""
    statistics = overview.simulated.statistics
    headings = ["Cost by line", f"Now ({overview.header.currency})", "As reported", "Change", "Share now"]
    if statistics:
        headings += ["Median of the draws", f"{band}, from", f"{band}, to", "Mean of the draws"]
    headings += [""] * (LAST_COLUMN + 1 - len(headings))
    sheet.head(row, headings, [TEXT, *[AMOUNT] * LAST_COLUMN])
    lines = sorted(scenario.lines, key=lambda name: -model.values[name])
    first, total_row = row + 1, row + 1 + len(lines)
    total = sheet.cell(total_row, 1, absolute=True)
    for place, name in enumerate([*lines, TOTAL], start=first):
        strong = {"bold": True, "top": 1, "top_color": RULE} if name == TOTAL else {}
        value = model.values[name]
        sheet.text(place, 0, sentence(to_words(name)), **strong)
        sheet.formula(place, 1, f"={model.names[name]}", value, AMOUNT_FORMAT, **strong)
        sheet.number(place, 2, value, AMOUNT_FORMAT, **strong)
        sheet.formula(place, 3, f"={sheet.cell(place, 1)}-{sheet.cell(place, 2)}", 0, CHANGE_FORMAT, **strong)
        share = value / model.total if model.total else 0
        sheet.formula(place, 4, f"=IF({total}=0,0,{sheet.cell(place, 1)}/{total})", share, SHARE_FORMAT, **strong)
        if name in statistics:
            _write_figures(sheet, place, statistics[name], **strong)
    return _draw(book, sheet, total_row + 2, model, overview, (first, total_row - 1))


def _draw(book: Book, sheet: Sheet, row: int, model: LiveModel, overview: Overview, lines: tuple[int, int]) -> int:
    first, last = lines
    currency = overview.header.currency
    largest = max((abs(model.values[name]) for name in model.scenario.lines), default=0.0)
    series = [charts.Series("Now", first, last, 0, 1), charts.Series("As reported", first, last, 0, 2)]
    height = max(300, 120 + 22 * (last - first + 1))
    chart = charts.bars(book, sheet, series, "Cost by line, now and as reported", currency, largest)
    chart.set_size({"width": 640, "height": height})
    sheet.file.insert_chart(row, 0, chart)
    figures = overview.simulated.statistics.get(TOTAL)
    if figures is not None and len(figures.quantiles) > 2:
        points = sorted((float(percent) / 100, value) for percent, value in figures.quantiles.items())
        sheet.text(5, _CURVE_COLUMN, "Amount (of the draws)", bold=True)
        sheet.text(5, _CURVE_COLUMN + 1, "Probability of staying within", bold=True)
        for place, (probability, value) in enumerate(points, start=6):
            sheet.number(place, _CURVE_COLUMN, value, AMOUNT_FORMAT)
            sheet.number(place, _CURVE_COLUMN + 1, probability, SHARE_FORMAT)
        sheet.widths(20, 26, first=_CURVE_COLUMN)
        drawn = charts.Series("Total", 6, 5 + len(points), _CURVE_COLUMN, _CURVE_COLUMN + 1)
        chart = charts.curve(book, sheet, drawn, "Total cost of the draws, as reported", currency, points[-1][1])
        chart.set_size({"width": 480, "height": height})
        sheet.file.insert_chart(row, 5, chart)
    return row + height // 20 + 2


def _write_several(book: Book, sheet: Sheet, row: int, models: Sequence[LiveModel], overview: Overview) -> int:
    """Write the total of each scenario, now and as reported, with what was simulated."""
    header, statistics = overview.header, overview.simulated.statistics
    headings = [
        f"Total cost, {models[0].scenario.money}",
        f"Now ({models[0].scenario.currency})",
        "As reported",
        "Change",
        "Inputs changed",
    ]
    if statistics:
        headings += ["Median of the draws", f"{header.interval_name}, from", f"{header.interval_name}, to", "Mean of the draws"]
    headings += [""] * (LAST_COLUMN + 1 - len(headings))
    sheet.head(row, headings, [TEXT, *[AMOUNT] * LAST_COLUMN])
    for place, model in enumerate(models, start=row + 1):
        sheet.text(place, 0, model.label, bold=True)
        sheet.formula(place, 1, f"={model.names[TOTAL]}", model.total, AMOUNT_FORMAT, bold=True)
        sheet.number(place, 2, model.total, AMOUNT_FORMAT)
        sheet.formula(place, 3, f"={sheet.cell(place, 1)}-{sheet.cell(place, 2)}", 0, CHANGE_FORMAT)
        sheet.formula(place, 4, f"={changed_count(model)}", 0, "0")
        if model.label in statistics:
            _write_figures(sheet, place, statistics[model.label])
    last = row + len(models)
    series = [charts.Series("Now", row + 1, last, 0, 1), charts.Series("As reported", row + 1, last, 0, 2)]
    largest = max(abs(model.total) for model in models)
    chart = charts.bars(book, sheet, series, "Total cost of each scenario", models[0].scenario.currency, largest)
    height = 160 + 44 * len(models)
    chart.set_size({"width": 760, "height": height})
    sheet.file.insert_chart(last + 2, 0, chart)
    return last + 4 + height // 18


def _write_figures(sheet: Sheet, row: int, figures: Figures, **look: object) -> None:
    """Write median, interval and mean of draws."""
    for column, figure in enumerate((figures.median, figures.low, figures.high, figures.mean), start=5):
        sheet.number(row, column, figure, AMOUNT_FORMAT, **look)


def _write_key_figures(sheet: Sheet, row: int, overview: Overview) -> int:
    if not overview.key_figures:
        return row
    sheet.head(row, ["Key figures", *[""] * LAST_COLUMN])
    for place, (label, figure) in enumerate(overview.key_figures, start=row + 1):
        sheet.text(place, 0, label)
        sheet.text(place, 1, figure, bold=True)
    return row + len(overview.key_figures) + 2


def _write_contents(book: Book, sheet: Sheet, row: int) -> int:
    sheet.head(row, ["Sheets", "", "", "What they show", *[""] * (LAST_COLUMN - 3)])
    others = [each for each in book.sheets if each is not sheet]
    style = book.style(font_color="#1f3fbf", underline=1)
    for place, each in enumerate(others, start=row + 1):
        sheet.file.write_url(place, 0, f"internal:{each.quoted}!A1", style, each.name)
        sheet.text(place, 3, each.title)
    return row + len(others) + 2


def _write_notes(sheet: Sheet, row: int, notes: Sequence[str]) -> int:
    if not notes:
        return row
    sheet.head(row, ["Notes", *[""] * LAST_COLUMN])
    style = {"text_wrap": True}
    for place, note in enumerate(dict.fromkeys(notes), start=row + 1):
        sheet.file.merge_range(place, 0, place, LAST_COLUMN, "", sheet.book.style(**style))
        sheet.text(place, 0, note, **style)
        sheet.file.set_row(place, 14 * (1 + len(note) // 155))
    return row + len(notes) + 1
