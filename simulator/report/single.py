"""The report on one scenario: the answer first, then its basis."""

from simulator.core.results import Plain
from simulator.report.content import Footnotes, Report, Section
from simulator.report.sections.answer import answer, key_figures
from simulator.report.sections.assumptions import assumption_blocks
from simulator.report.sections.breakdown import breakdown_blocks
from simulator.report.sections.budget import budget_blocks
from simulator.report.sections.drivers import driver_blocks
from simulator.report.sections.method import limit_blocks, method_blocks, provenance, repeat_blocks
from simulator.report.sections.risks import risk_blocks
from simulator.report.sections.stress import stress_blocks
from simulator.report.study import Study


def report_on(study: Study, command: str, date: str = "") -> Report:
    """Return the report on a study; `command` reproduces it."""
    notes = Footnotes()
    sections = [
        Section("budget", "Cost and budget", tuple(budget_blocks(study))),
        Section("breakdown", "What it consists of", tuple(breakdown_blocks(study))),
        Section("risks", "Risk register", tuple(risk_blocks(study))),
        Section("drivers", "What drives it", tuple(driver_blocks(study))),
        Section("stress", "Stress tests and savings", tuple(stress_blocks(study, notes))),
        Section("assumptions", "Assumptions", tuple(assumption_blocks(study, notes))),
        Section("method", "Method", tuple(method_blocks(study))),
        Section("limits", "Limits", tuple(limit_blocks(study))),
        Section("repeat", "Reproduction", tuple(repeat_blocks([study], command))),
    ]
    return Report(
        title=f"{study.scenario.title}: {study.scenario.scope}",
        kicker="Cost report",
        answer=answer(study),
        key_figures=tuple(key_figures(study)),
        sections=tuple(section for section in sections if section.blocks),
        footnotes=notes.entries(),
        provenance=provenance([study], date),
        summary=summary(study),
        date=date,
        results=(study.result,),
        currency=study.scenario.currency,
    )


def summary(study: Study) -> dict[str, Plain]:
    """Return all results as plain data, unrounded."""
    parts = {
        "run": study.run,
        "budget": study.budget,
        "drivers": study.drivers,
        "stress": study.stress,
        "levers": study.levers,
        "reverse": study.reverse,
        "joint": study.joint,
        "cashflow": study.cashflow,
    }
    return {name: None if part is None else part.to_dict() for name, part in parts.items()}
