"""The result of `llmcost explore`: the page, and the figures of the unchanged scenarios on it."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulator.core.files import check_output_file, write_text_atomically
from simulator.core.results import AnalysisResult, Note, hidden
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.scenario import TOTAL
from simulator.io.header import header_of, header_of_several
from simulator.report.explorer.build import build_explorer
from simulator.report.explorer.content import Case, Computed
from simulator.report.explorer.document import document
from simulator.scenario import OpenScenario, library

if TYPE_CHECKING:
    from simulator.report.content import Report
    from simulator.report.study import Study


@dataclass(frozen=True, slots=True)
class ExploredScenario:
    """A scenario on the page, as it is before anything is changed.

    Attributes
    ----------
    name : str
        Name of the scenario in the list of the page.
    p50, p80 : float
        Quantiles of the total, USD.
    low, high : float
        Bounds of the central interval of the total, USD.
    budget : float
        The budget of the scenario, or else the P80 with three digits, with which the page begins, USD.
    probability_within : float
        Probability of staying within `budget`, 0 to 1.
    expected_overrun : float or None
        Mean of what exceeds `budget`, 0 where nothing does, USD; None where the tail of the total is too heavy for a mean.
    combinations, shocks, levers : int
        Number of combinations of choices, of shocks and of levers on the page.

    Examples
    --------
    >>> import llmcost
    >>> (scenario,) = llmcost.explore("gpt-3", draws=2000).scenarios
    >>> scenario.low < scenario.p50 < scenario.p80 < scenario.high
    True

    """

    name: str
    p50: float
    p80: float
    low: float
    high: float
    budget: float
    probability_within: float
    expected_overrun: float | None
    combinations: int
    shocks: int
    levers: int


@dataclass(frozen=True)
class Exploration(AnalysisResult):
    """The explorer page of some scenarios.

    Attributes
    ----------
    scenarios : tuple of ExploredScenario
    page_draws : int
        Number of joint draws that the page holds and computes with.
    html : str
        The page; `save` writes it.

    Examples
    --------
    >>> import llmcost, pathlib, tempfile
    >>> exploration = llmcost.explore("gpt-4", draws=2000)
    >>> exploration.page_draws in (4096, 8192)
    True
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "explorer.html"
    >>> exploration.save(path)
    >>> path.read_text().startswith("<!DOCTYPE html>")
    True

    """

    scenarios: tuple[ExploredScenario, ...]
    page_draws: int
    html: str = hidden(default="")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file, completely or not at all.

        Parameters
        ----------
        path : str or path-like
            File that ends in `.html`.

        Raises
        ------
        ValueError
            If the file cannot be written, or has another suffix.

        Examples
        --------
        >>> import llmcost
        >>> llmcost.explore("gpt-4", draws=2000).save("page.pdf")
        Traceback (most recent call last):
            ...
        ValueError: page.pdf: must end in .html

        """
        file = Path(path)
        check_output_file(file, (".html",))
        write_text_atomically(file, self.html)


def explore_scenarios(
    opened: Sequence[OpenScenario],
    names: Sequence[str],
    commands: Sequence[Sequence[str] | None],
    options: RunOptions = DEFAULTS,
    step: Callable[[str], None] = lambda _: None,
    computed: Sequence[Computed] = (),
) -> Exploration:
    """Return the page on some scenarios, in one money.

    `commands` has the words of a command that name each scenario, such as `("gpt-4",)`, or None where nothing names it;
    `computed` is what a report with the same options computed of each.
    """
    from simulator.analysis.statistics import check_same_money

    scenarios = [each.scenario for each in opened]
    check_same_money(scenarios)
    explorer = build_explorer(opened, names, commands, options, step, computed)
    step("writing")
    notes = [
        Note("not-on-page", name, f"{name}: {text}")
        for name, case in zip(names, explorer.cases, strict=True)
        for text in case.notes
    ]
    return Exploration(
        header=header_of(scenarios[0], options) if len(opened) == 1 else header_of_several(scenarios, options),
        notes=tuple(notes),
        scenarios=tuple(_explored(name, case, options) for name, case in zip(names, explorer.cases, strict=True)),
        page_draws=explorer.draws,
        html=document(explorer),
    )


def words_of(opened: OpenScenario) -> tuple[str, ...] | None:
    """Return the words of a command that name a scenario, or None where it is no file, or has formulas from Python."""
    reference = opened.base.reference
    is_named = library.find_file("scenarios", reference) is not None or Path(reference).is_file()
    return (reference,) if is_named and not opened.base.formulas else None


def page_beside(report: "Report") -> str:
    """Return the page on the scenarios of a report that has one."""
    result = report.results[0]
    options = RunOptions(result.draws, result.seed, report.studies[0].interval)
    names = report.names or [report.opened[0].scenario.name]
    computed = [_computed(study) for study in report.studies]
    return explore_scenarios(report.opened, names, [words_of(each) for each in report.opened], options, computed=computed).html


def _computed(study: "Study") -> Computed:
    drivers = None if study.drivers is None else tuple(driver.name for driver in study.drivers.drivers)
    return Computed(study.result.retained_draws, drivers)


def _explored(name: str, case: Case, options: RunOptions) -> ExploredScenario:
    total = np.asarray(case.reported[TOTAL])
    tail = (1 - float(options.interval)) / 2
    p50, p80, low, high = np.quantile(total, (0.5, 0.8, tail, 1 - tail)).tolist()
    budget = case.budget
    kinds = [toggle.adjustment.kind for toggle in case.options.toggles]
    return ExploredScenario(
        name=name,
        p50=p50,
        p80=p80,
        low=low,
        high=high,
        budget=budget,
        probability_within=float(np.mean(total <= budget)),
        expected_overrun=float(np.mean(np.maximum(total - budget, 0.0))) if case.has_mean else None,
        combinations=len(case.plans),
        shocks=kinds.count("shock"),
        levers=kinds.count("lever"),
    )
