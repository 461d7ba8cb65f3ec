"""Workbooks of results and of reports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simulator.core.errors import LlmcostError
from simulator.core.levels import Level, interval_of
from simulator.core.results import AnalysisResult, Header
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.scenario import TOTAL, Scenario
from simulator.report.content import Report, join_words
from simulator.report.workbook.book import Book
from simulator.report.workbook.inputs import write_inputs
from simulator.report.workbook.kinds import SheetTable
from simulator.report.workbook.live import LiveModel, live_model
from simulator.report.workbook.model import write_model
from simulator.report.workbook.overview import Overview, Simulated, basis_of, simulated_figures
from simulator.report.workbook.scenarios import Case, case_of_model, cases_of, write_scenarios
from simulator.report.workbook.summary import finish_summary, start_summary
from simulator.report.workbook.tables_of_reports import tables_of_report
from simulator.report.workbook.tables_of_results import output_of, tables_of
from simulator.scenario import OpenScenario

if TYPE_CHECKING:
    from simulator.analysis.cashflow import CashFlow
    from simulator.io.risk_register import RegisterStatistics

CASH_FLOW_DRAWS = 20_000
MOST_MODELS = 8
"""Scenarios of a comparison that get sheets of inputs and formulas."""


@dataclass(frozen=True)
class Subject:
    """A scenario that a workbook is about.

    Attributes
    ----------
    scenario : Scenario
    opened : OpenScenario or None
        The same, open to shocks and levers; None where it cannot be varied.
    name : str
        Its name among several.

    """

    scenario: Scenario
    opened: OpenScenario | None = None
    name: str = ""


def subject_of(source: OpenScenario | Scenario, name: str = "") -> Subject:
    """Return a scenario as the subject of a workbook; only an open one is varied by shocks and levers."""
    if isinstance(source, Scenario):
        return Subject(source, None, name)
    lenient = source.allowing_unused()
    return Subject(lenient.scenario, lenient, name)


def result_workbook(
    result: AnalysisResult, subjects: Sequence[Subject] = (), *, title: str = "", answer: str = "", notes: Sequence[str] = ()
) -> bytes:
    """Return the workbook of a result.

    The scenarios that it is about get sheets of inputs and formulas; one alone also gets its cash flow, its risks, and point
    estimates with each shock and lever. `title` is that of a result without one, `answer` the answer in a sentence.
    """
    header, output = result.header, output_of(result)
    units = {name: each.scenario.unit(name) for each in subjects[:1] for name in each.scenario.plan.names}
    tables = tables_of(result, units)
    names = join_words(each.name or each.scenario.title for each in subjects) if subjects else ""
    title = header.title or names or title or "llmcost"
    scope = f": {header.scope}" if header.scope else ""
    overview = Overview(
        f"{title}{scope}",
        answer,
        basis_of(header, output),
        header,
        notes=(*notes, *(note.text for note in result.notes)),
        simulated=simulated_figures(result),
    )
    return _workbook(overview, subjects, tables, _known_parts(result))


def report_workbook(report: Report) -> bytes:
    """Return the workbook of a report, with the inputs and formulas of its scenarios."""
    names = report.names or ("",) * len(report.opened)
    subjects = [subject_of(opened, name) for opened, name in zip(report.opened, names, strict=True)]
    key_figures = tuple((each.name, each.value) for each in report.key_figures)
    overview = Overview(report.title, " ".join([report.answer, *report.conditions]), report.provenance, Header(), key_figures)
    known = Parts()
    if len(report.studies) == 1:
        study = report.studies[0]
        run = study.run
        overview = replace(overview, header=run.header, simulated=simulated_figures(run))
        known = replace(_known_parts(run), cash_flow=None if study.payments is None else study.payments.flow)
    elif report.studies:
        totals = {name: study.total for name, study in zip(report.names, report.studies, strict=True)}
        overview = replace(overview, header=report.studies[0].run.header, simulated=Simulated(totals))
    return _workbook(overview, subjects, tables_of_report(report), known)


@dataclass(frozen=True)
class Parts:
    """Parts of a workbook that the result has already."""

    cash_flow: "CashFlow | None" = None
    risks: "RegisterStatistics | None" = None
    has_risks: bool = False


def _workbook(overview: Overview, subjects: Sequence[Subject], tables: Sequence[SheetTable], known: Parts) -> bytes:
    book = Book(overview.title)
    summary = start_summary(book, overview)
    omissions: list[str] = []
    models = _models(subjects, omissions)
    level = _level(overview.header)
    for model in models:
        write_inputs(book, model, level)
        write_model(book, model)
        omissions += [f"{name} does not follow the inputs: {reason}" for name, reason in model.program.uncompiled.items()]
    if len(subjects) == 1:
        _write_parts(book, subjects[0], models, overview, known, omissions)
    elif models:
        cases = [case_of_model(model, model.label)._replace(kind="scenario") for model in models]
        scenario = models[0].scenario
        write_scenarios(book, cases, scenario.money, scenario.currency)
    for table in tables:
        if table.rows:
            book.sheet(table.name, table.title).table(table)
    finish_summary(book, summary, overview, models, omissions)
    return book.to_bytes()


def _models(subjects: Sequence[Subject], omissions: list[str]) -> list[LiveModel]:
    models = []
    several = len(subjects) > 1
    for number, each in enumerate(subjects[:MOST_MODELS], start=1):
        try:
            models.append(live_model(each.scenario, number if several else 0, each.name))
        except LlmcostError as error:
            omissions.append(f"There is no model of {each.name or each.scenario.title}: {error}")
    if len(subjects) > MOST_MODELS:
        omissions.append(f"Inputs and formulas are those of the first {MOST_MODELS} of {len(subjects)} scenarios.")
    return models


def _write_parts(
    book: Book, subject: Subject, models: Sequence[LiveModel], overview: Overview, known: Parts, omissions: list[str]
) -> None:
    """Write cash flow, risks and scenarios of the only scenario; what it does not support is listed with the reason."""
    scenario, opened, header = subject.scenario, subject.opened, overview.header
    options = _options(header)

    def part(name: str, write: Callable[[], None]) -> None:
        try:
            write()
        except (LlmcostError, ValueError) as error:
            omissions.append(f"The sheet {name} is left out: {error}")

    def cash_flow() -> None:
        from simulator.analysis.cashflow import cash_flow
        from simulator.report.workbook.cashflow import write_cash_flow

        few = options.with_(draws=min(options.draws, CASH_FLOW_DRAWS))
        write_cash_flow(book, known.cash_flow or cash_flow(scenario, few), scenario.title)

    def risks() -> None:
        from simulator.analysis.risks import register_of_run
        from simulator.report.workbook.risks import write_risks

        register = known.risks if known.has_risks else register_of_run(scenario, options)
        if register is None:
            omissions.append("There is no sheet Risks: the scenario has no risk register (`risks`), or is under way.")
        else:
            write_risks(book, register, header, scenario.title)

    def scenarios() -> None:
        own = [case_of_model(model, scenario.title) for model in models]
        cases = [*own, *_sorted([] if opened is None else cases_of(opened))]
        write_scenarios(book, cases, scenario.money, scenario.currency)

    part("Cash flow", cash_flow)
    part("Risks", risks)
    if models:
        part("Scenarios", scenarios)


def _sorted(cases: Sequence[Case]) -> list[Case]:
    return sorted(cases, key=lambda case: (case.kind != "shock", -case.amounts[TOTAL]))


def _known_parts(result: AnalysisResult) -> Parts:
    """Return the parts of the workbook that a result has already."""
    from simulator.analysis.cashflow import CashFlow
    from simulator.io.risk_register import RiskRegister
    from simulator.io.run_summary import RunSummary

    return Parts(
        cash_flow=result if isinstance(result, CashFlow) else None,
        risks=result if isinstance(result, RiskRegister) else result.risks if isinstance(result, RunSummary) else None,
        has_risks=isinstance(result, RiskRegister | RunSummary),
    )


def _options(header: Header) -> RunOptions:
    """Return the options of the simulations that complete a workbook: those of the result."""
    draws = min(header.draws or DEFAULTS.draws, DEFAULTS.draws)
    return RunOptions(draws, header.seed or 0, _level(header))


def _level(header: Header) -> Level:
    return DEFAULTS.interval if header.interval is None else interval_of(header.interval)
