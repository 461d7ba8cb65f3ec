"""The summary of a run: statistics of every quantity, the budget, and what they were computed from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from simulator.core.csv_text import Cell
from simulator.core.formatting import format_percent, join_words, to_words
from simulator.core.levels import Level
from simulator.core.results import AnalysisResult, Note, optional
from simulator.engine.inputs import Source
from simulator.engine.options import RunOptions
from simulator.engine.result import SimulationResult
from simulator.engine.scenario import Scenario
from simulator.engine.summaries import (
    PERCENTS,
    BudgetAssessment,
    StandardErrors,
    SummaryStatistics,
    summarize,
    summarize_share,
)
from simulator.io.baseline import BaselineComparison
from simulator.io.contract_notes import contract_notes
from simulator.io.header import header_of
from simulator.io.latency_notes import latency_notes
from simulator.io.risk_register import RegisterStatistics
from simulator.io.summary import budget_of, headline, mean_notes, warnings_of
from simulator.scenario import TOTAL
from simulator.scenario.price_dates import old_price_notes

LARGE_SHARE = 0.2
"""Mean share of the total above which the notes have the assumptions about a line."""
CSV_COLUMNS = ("quantity", "role", "unit", "mean", "sd", "median", "low", "high", *(f"p{p:g}" for p in PERCENTS),
               "mcse_mean", "mcse_median", "mcse_low", "mcse_high", "share_mean", "specification", "sources",
               "origin")  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineShare:
    """The share of a line in the total, over the draws.

    Attributes
    ----------
    mean : float or None
    low, high : float
        Bounds of the central interval.
    mcse : float or None
        Monte Carlo standard error of the mean.

    """

    mean: float | None
    low: float
    high: float
    mcse: float | None


@dataclass(frozen=True, slots=True)
class QuantityStatistics(SummaryStatistics):
    """Statistics of one quantity of a run, in its canonical unit, and the description of an input.

    Attributes
    ----------
    mean, sd, median, low, high, quantiles, mcse
        As in `SummaryStatistics`.
    unit : str
        Canonical unit; `1` for a quantity without unit.
    role : str
        `total`, `line`, `outcome`, `prior`, `choice` or `intermediate`.
    share : LineShare or None
        Its share in the total, for lines only.
    specification, about, grade, date : str or None
        How the scenario file specifies an input, its description, grade and date; None for what is computed.
    assumption : bool or None
        Whether an input has no source, or grade D.
    sources : tuple of Source or None
    origin : str or None
        File and line, chip, or option that gives an input.
    is_indicator : bool
        Whether it is 1 in some draws and 0 in the others, so that its mean is their share; absent where it is not.

    """

    unit: str
    role: str
    share: LineShare | None = optional()
    specification: str | None = optional()
    about: str | None = optional()
    assumption: bool | None = optional()
    grade: str | None = optional()
    date: str | None = optional()
    sources: tuple[Source, ...] | None = optional()
    origin: str | None = optional()
    is_indicator: bool = optional(False)


@dataclass(frozen=True, slots=True)
class RankCorrelation:
    """The rank correlation of two priors.

    Attributes
    ----------
    between : tuple of str
        Their names.
    rank : float
        Spearman's rank correlation as the scenario specifies it.
    achieved : float or None
        That of the draws; None where it was not computed.

    """

    between: tuple[str, str]
    rank: float
    achieved: float | None


@dataclass(frozen=True, kw_only=True)
class RunSummary(AnalysisResult):
    """The summary of a run.

    Attributes
    ----------
    headline : str
        The result in one line.
    partial : bool
        Whether the run was interrupted.
    method : str
        Sampling method: `random`, `sobol` or `lhs`.
    choices : dict of str to str
        The settings of the scenario that select formulas.
    adjustments : tuple of str
        Levers and shocks that are applied, as `lever/NAME` and `shock/NAME`.
    point_estimate : float
        The total that the scenario states, or that with every prior at its median, USD.
    quantities : dict of str to QuantityStatistics
        Total, lines and outcomes first, then all others.
    budget : BudgetAssessment or None
        Comparison with the budget, if there is one.
    dependence : tuple of RankCorrelation
        Rank correlations of priors.
    known, assumed : tuple of str
        What the scenario states as known and as assumed.
    sources : tuple of Source
        Sources of the scenario as a whole.
    warnings : tuple of str
    risks : RegisterStatistics or None
        The risk register, from at most 100,000 draws; None for a scenario without risks, or a run under way.
    baseline : BaselineComparison or None
        Changes since an earlier run, if one was given.

    Examples
    --------
    >>> import llmcost
    >>> summary = llmcost.run("gpt-4", draws=2000).summary()
    >>> summary.quantities["chips"].role, summary.quantities["chips"].unit
    ('prior', 'chip')

    """

    headline: str
    partial: bool
    method: str
    choices: Mapping[str, str]
    adjustments: tuple[str, ...]
    point_estimate: float
    quantities: Mapping[str, QuantityStatistics]
    budget: BudgetAssessment | None
    dependence: tuple[RankCorrelation, ...]
    known: tuple[str, ...]
    assumed: tuple[str, ...]
    sources: tuple[Source, ...]
    warnings: tuple[str, ...]
    risks: RegisterStatistics | None = optional()
    baseline: BaselineComparison | None = optional()

    @property
    def total(self) -> QuantityStatistics:
        """Statistics of the total."""
        return self.quantities[TOTAL]

    @property
    def lines(self) -> dict[str, QuantityStatistics]:
        """Statistics of the lines."""
        return {name: quantity for name, quantity in self.quantities.items() if quantity.role == "line"}

    def table(self) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Return one row per quantity."""
        return CSV_COLUMNS, [_row(name, quantity) for name, quantity in self.quantities.items()]


def summarize_run(result: SimulationResult, interval: Level = 0.95, *, risks: RegisterStatistics | None = None) -> RunSummary:
    """Return the summary of a run with a central interval; `risks` is the register of its scenario.

    Examples
    --------
    >>> from simulator.engine.simulate import simulate
    >>> from simulator.scenario import read
    >>> summarize_run(simulate(read("gpt-4"), 1000)).total.unit
    'USD'

    """
    scenario = result.scenario
    options = RunOptions(result.draws, result.seed, interval)
    names = dict.fromkeys([TOTAL, *scenario.lines, *scenario.outcomes, *result.accumulators])
    quantities = {name: quantity_statistics(result, name, options.interval) for name in names}
    return RunSummary(
        header=header_of(scenario, options),
        notes=(
            *assumption_notes(scenario, quantities),
            *scenario.notes,
            *result.notes,
            *latency_notes(result),
            *contract_notes(result),
            *mean_notes(result),
            *old_price_notes(scenario),
        ),
        headline=headline(result, options.interval),
        partial=result.partial,
        method=result.method,
        choices=scenario.choices,
        adjustments=tuple(adjustment.full_name for adjustment in scenario.adjustments),
        point_estimate=result.point,
        quantities=quantities,
        budget=budget_of(result),
        dependence=tuple(RankCorrelation(pair, rank, result.achieved_ranks.get(pair)) for pair, rank in scenario.ranks.items()),
        known=scenario.known_facts,
        assumed=scenario.assumptions,
        sources=scenario.sources,
        warnings=tuple(warnings_of(result, options.interval)),
        risks=risks,
    )


def quantity_statistics(result: SimulationResult, name: str, interval: Level = 0.95) -> QuantityStatistics:
    """Return the statistics of one quantity of a run, and its description where it is an input."""
    summary = summarize(result.accumulators[name], interval, has_mean=not result.why_no_mean(name))
    item = result.scenario.inputs.get(name)
    return QuantityStatistics(
        unit=result.scenario.unit(name),
        role=result.scenario.role(name),
        mean=summary.mean,
        sd=summary.sd,
        median=summary.median,
        low=summary.low,
        high=summary.high,
        quantiles={f"{p:g}": value for p, value in summary.quantiles.items()},
        mcse=StandardErrors(summary.mean_error, summary.median_error, summary.low_error, summary.high_error),
        share=_line_share(result, name, interval),
        specification=None if item is None else item.specification,
        about=None if item is None else item.about,
        assumption=None if item is None else item.is_assumption,
        grade=None if item is None else item.grade,
        date=None if item is None else item.date,
        sources=None if item is None else item.sources,
        origin=None if item is None else item.origin,
        is_indicator=result.scenario.is_indicator(name),
    )


def assumption_notes(scenario: Scenario, quantities: Mapping[str, QuantityStatistics]) -> Iterator[Note]:
    """Yield the assumptions about lines that are more than a fifth of the total, in one note for the same lines."""
    shares = {line: each.mean for line in scenario.lines if (each := quantities[line].share) and each.mean is not None}
    texts: dict[tuple[str, ...], list[str]] = {}
    for text, lines in scenario.assumption_lines.items():
        if large := tuple(line for line in lines if shares.get(line, 0.0) > LARGE_SHARE):
            texts.setdefault(large, []).append(text)
    for lines, sentences in texts.items():
        named = join_words(f"{to_words(line)} ({format_percent(shares[line])} of the total)" for line in lines)
        yield Note("assumption-of-line", ", ".join(lines), f"assumed for {named}: {' '.join(sentences)}")


def _line_share(result: SimulationResult, name: str, interval: Level) -> LineShare | None:
    if name not in result.shares:
        return None
    share = summarize_share(result.shares[name], interval)
    return LineShare(share.mean, share.low, share.high, share.mean_error)


def _row(name: str, quantity: QuantityStatistics) -> tuple[Cell, ...]:
    errors = quantity.mcse
    return (
        name,
        quantity.role,
        quantity.unit,
        quantity.mean,
        quantity.sd,
        quantity.median,
        quantity.low,
        quantity.high,
        *quantity.quantiles.values(),
        errors.mean,
        errors.median,
        errors.low,
        errors.high,
        None if quantity.share is None else quantity.share.mean,
        quantity.specification,
        "; ".join(map(str, quantity.sources or ())),
        quantity.origin,
    )
