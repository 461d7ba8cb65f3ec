"""The report on one scenario: the answer on the first page, the money on the second, then its basis."""

from simulator.core.results import Plain
from simulator.report.content import Footnotes, Report, Section
from simulator.report.sections.assumptions import assumption_section
from simulator.report.sections.breakdown import money_section
from simulator.report.sections.budget import budget_section
from simulator.report.sections.drivers import driver_section
from simulator.report.sections.front import answer, front_blocks, key_figures
from simulator.report.sections.method import limit_blocks, method_section, provenance, repeat_blocks
from simulator.report.sections.risks import risk_section
from simulator.report.sections.stress import lever_section, stress_section
from simulator.report.study import Study


def report_on(study: Study, command: str, date: str = "") -> Report:
    """Return the report on a study; `command` reproduces it."""
    notes = Footnotes()
    sections = [
        money_section(study),
        risk_section(study),
        budget_section(study),
        driver_section(study),
        stress_section(study, notes),
        lever_section(study, notes),
        assumption_section(study, notes),
        method_section(study),
        Section("limits", "What the results do not cover", tuple(limit_blocks(study)), "Limits"),
        Section("repeat", "How to get the same figures again", tuple(repeat_blocks([study], command)), "Reproduction"),
    ]
    return Report(
        title=f"{study.scenario.title}: {study.scenario.scope}",
        kicker=f"Cost report, in {study.scenario.money}",
        answer=answer(study),
        key_figures=tuple(key_figures(study)),
        sections=tuple(section for section in sections if section.blocks),
        footnotes=notes.entries(),
        provenance=provenance([study], date),
        summary=summary(study),
        date=date,
        front=tuple(front_blocks(study)),
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
