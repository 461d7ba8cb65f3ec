"""Reports from scenarios: all analyses, and the report on their results."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from simulator.analysis.missing_costs import missing_costs
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.report import comparison, single
from simulator.report.content import Report
from simulator.report.study import Step, build_study
from simulator.scenario import OpenScenario, with_memory
from simulator.scenario.variants import unique_titles

BASES = ("rented", "owned", "purchased")
BASE_NAMES = ("Rented", "Owned", "Purchased")


class _Titled(NamedTuple):
    """The name of a scenario among several, and its title."""

    name: str
    title: str


class Labels(NamedTuple):
    """What a report says about itself.

    Attributes
    ----------
    command : str
        The command that reproduces it.
    date : str
        The date to show; empty for none.

    """

    command: str = ""
    date: str = ""


NO_LABELS = Labels()


def _ignore(_: str) -> None:
    """Show no step."""


def report_on_scenario(
    opened: OpenScenario, options: RunOptions = DEFAULTS, labels: Labels = NO_LABELS, step: Step = _ignore
) -> Report:
    """Return the report on a scenario; `step` is told which analysis begins."""
    opened = with_memory(opened)
    study = build_study(opened, options, step)
    return replace(single.report_on(study, labels.command, labels.date), studies=(study,), opened=(opened,))


def report_on_several(
    opened: Sequence[OpenScenario],
    names: Sequence[str],
    options: RunOptions = DEFAULTS,
    labels: Labels = NO_LABELS,
    step: Step = _ignore,
    own_names: Collection[str] = (),
) -> Report:
    """Return the report that compares scenarios with the first of them, draw by draw.

    A name among `own_names` was given by the user and stands for itself; in place of others, readers see the titles of the
    scenarios with what is changed in them.
    """
    from simulator.analysis.compare import compare
    from simulator.analysis.own_chips import purchased_variants

    titles = [_Titled(name, each.scenario.title) for name, each in zip(names, opened, strict=True)]
    names = list(unique_titles(titles, own_names).values())
    opened = [with_memory(each) for each in opened]
    studies = [build_study(each, options, step, full=False) for each in opened]
    step("comparing")
    purchased = purchased_variants(dict(zip(names, opened, strict=True)))
    scenarios, first = [study.scenario for study in studies], opened[0].allowing_unused()
    differences = compare(scenarios, options, names=names, own_names=names, purchased=purchased, opened=first)
    missing = missing_costs(dict(zip(names, opened, strict=True)))
    report = comparison.report_on(studies, names, differences, labels.command, labels.date, missing=missing)
    return replace(report, studies=tuple(studies), opened=tuple(opened), names=tuple(names))


def report_on_bases(
    opened: OpenScenario,
    options: RunOptions = DEFAULTS,
    labels: Labels = NO_LABELS,
    step: Step = _ignore,
) -> Report:
    """Return the report that compares a scenario on rented, owned and purchased chips, with their break-even."""
    from simulator.analysis.compare import compare
    from simulator.analysis.own_chips import purchased_variants
    from simulator.analysis.rent_or_buy import bases_of, rent_or_buy
    from simulator.figures.kinds.rent_or_buy import rent_or_buy_of

    opened = with_memory(opened)
    bases = bases_of(opened)
    lenient = opened.allowing_unused()
    variants = [lenient.with_(basis=basis) for basis in BASES]
    studies = [build_study(variant, options, step, full=False) for variant in variants]
    step("comparing")
    by_name = dict(zip(BASE_NAMES, variants, strict=True))
    scenarios, purchased = [study.scenario for study in studies], purchased_variants(by_name)
    differences = compare(scenarios, options, names=BASE_NAMES, own_names=BASE_NAMES, purchased=purchased, opened=variants[0])
    break_even = comparison.BreakEvenStudy(rent_or_buy(bases, options), rent_or_buy_of(bases, options))
    report = comparison.report_on(
        studies, BASE_NAMES, differences, labels.command, labels.date, break_even, missing_costs(by_name)
    )
    return replace(report, studies=tuple(studies), opened=tuple(variants), names=BASE_NAMES)
