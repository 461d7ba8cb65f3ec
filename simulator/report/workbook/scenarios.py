"""The sheet of scenarios: point estimates of this scenario, and of it with each shock and lever alone, or of those compared."""

from collections.abc import Sequence
from typing import NamedTuple

from simulator.analysis.applicability import in_force
from simulator.core.errors import NonFiniteResultError
from simulator.core.formatting import to_words
from simulator.engine.scenario import TOTAL, Scenario
from simulator.report.workbook import charts
from simulator.report.workbook.book import COLOURS, Book
from simulator.report.workbook.headings import sentence
from simulator.report.workbook.kinds import AMOUNT, AMOUNT_FORMAT, CHANGE_FORMAT, SHARE_CHANGE_FORMAT, TEXT
from simulator.report.workbook.live import LiveModel, median_values
from simulator.scenario import OpenScenario, library


class Case(NamedTuple):
    """A scenario that is compared: its name, kind and description, and total and lines with every prior at its median."""

    name: str
    kind: str
    about: str
    amounts: dict[str, float]
    model: LiveModel | None = None


def case_of_model(model: LiveModel, name: str) -> Case:
    """Return the case whose amounts are those of a model of the workbook, so that they are live."""
    return Case(name, "this scenario", model.scenario.about, _amounts(model.scenario, dict(model.values)), model)


def cases_of(opened: OpenScenario) -> list[Case]:
    """Return the scenario with each shock and each lever of the library that applies to it, alone."""
    lenient = opened.allowing_unused()
    cases = []
    for kind in ("shock", "lever"):
        present = in_force(lenient.scenario, kind)
        for name in library.names(f"{kind}s"):
            if name in present:
                continue
            varied = lenient.with_(levers=[name]) if kind == "lever" else lenient.with_(shocks=[name])
            changed = varied.try_scenario()
            if not isinstance(changed, Scenario):
                continue
            about = next((each.about for each in changed.adjustments if each.name == name), "")
            try:
                cases.append(Case(to_words(name), kind, about, _amounts(changed, median_values(changed))))
            except NonFiniteResultError:
                continue
    return cases


def _amounts(scenario: Scenario, values: dict[str, float]) -> dict[str, float]:
    return {name: values[name] for name in (TOTAL, *scenario.lines)}


def write_scenarios(book: Book, cases: Sequence[Case], money: str, currency: str) -> None:
    """Write the sheet of cases, each compared with the first."""
    alone = sum(case.model is not None for case in cases) == 1
    about = (
        "Point estimates: every prior at its median. The first row follows the inputs; all others are as reported."
        if alone
        else ("Point estimates: every prior at its median. Rows follow the inputs of their scenarios.")
    )
    sheet = book.sheet("Scenarios", f"Scenarios, {money}", about)
    lines = list(dict.fromkeys(line for case in cases for line in case.amounts if line != TOTAL))
    headings = ["Scenario", "Kind", f"Total ({currency})", "Change", "Change in percent",
                *(f"{sentence(to_words(line))} ({currency})" for line in lines), "What it is"]  # fmt: skip
    widths = [36.0, 14.0, 16.0, 16.0, 11.0, *[15.0] * len(lines), 60.0]
    sheet.widths(*widths)
    sheet.head(sheet.top, headings, [TEXT, TEXT, *[AMOUNT] * (len(lines) + 3), TEXT], widths)
    first = sheet.top + 1
    base = sheet.cell(first, 2, absolute=True)
    start = cases[0].amounts[TOTAL]
    for row, case in enumerate(cases, start=first):
        strong = {"bold": True} if case.model is not None else {}
        sheet.text(row, 0, sentence(case.name), **strong)
        sheet.text(row, 1, case.kind, indent=1)
        for place, name in ((2, TOTAL), *enumerate(lines, start=5)):
            if name not in case.amounts:
                continue
            if case.model is None:
                sheet.number(row, place, case.amounts[name], AMOUNT_FORMAT, **strong)
            else:
                sheet.formula(row, place, f"={case.model.names[name]}", case.amounts[name], AMOUNT_FORMAT, **strong)
        total = sheet.cell(row, 2)
        change = case.amounts[TOTAL] - start
        sheet.formula(row, 3, f"={total}-{base}", change, CHANGE_FORMAT)
        sheet.formula(row, 4, f'=IF({base}=0,"",{total}/{base}-1)', change / start if start else "", SHARE_CHANGE_FORMAT)
        sheet.text(row, 5 + len(lines), case.about, text_wrap=True, indent=1)
        sheet.fit_row(row, [(case.about, widths[-1])])
    last = first + len(cases) - 1
    sheet.keep_head(sheet.top, len(headings), last)
    if len(cases) > 1:
        largest = max(case.amounts[TOTAL] for case in cases)
        series = [charts.Series("Total", first, last, 0, 2)]
        kinds = list(dict.fromkeys(case.kind for case in cases))
        colours = [COLOURS[kinds.index(case.kind)] for case in cases] if alone else ()
        chart = charts.bars(book, sheet, series, "Point estimate of each scenario", currency, largest, colours)
        chart.set_size({"width": 860, "height": 140 + 24 * len(cases)})
        sheet.file.insert_chart(last + 3, 0, chart)
