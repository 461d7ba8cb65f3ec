"""The risk register as a result: what each risk costs if it occurs, and what it contributes to the total."""

from dataclasses import dataclass

from simulator.core.csv_text import Cell
from simulator.core.results import AnalysisResult
from simulator.engine.summaries import Estimate, SummaryStatistics

CSV_COLUMNS = (
    "risk", "about", "probability", "probability_error", "impact_median", "impact_low", "impact_high", "impact_mean",
    "expected_loss", "expected_loss_error", "contribution_p80", "contribution_p80_error", "delay_hours", "delay_error", "lines",
    "grade", "mitigation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RiskEntry:
    """A risk of the register, compared with the same draws without it.

    Attributes
    ----------
    name, about : str
        The risk, and what happens.
    probability : Estimate
        Share of the draws in which it occurs.
    impact : SummaryStatistics or None
        Increase of the total in the draws in which it occurs, USD; None where it occurs in none.
    expected_loss : Estimate or None
        Mean increase of the total over all draws, USD; None where a tail is too heavy for a mean.
    contribution : Estimate
        P80 of the total with the register, less the P80 without this risk in the same draws, USD.
    lines : tuple of str
        Lines of the total that it changes in some draw; without any it costs nothing.
    delay : Estimate or None
        Median time by which it lengthens the project where it occurs, hours; None where it occurs in no draw.
    grade : str
        Worst grade of the evidence for its quantities, A to D; empty for none.
    mitigation : str
        What makes it less probable, or less expensive.

    """

    name: str
    about: str
    probability: Estimate
    impact: SummaryStatistics | None
    expected_loss: Estimate | None
    contribution: Estimate
    lines: tuple[str, ...]
    delay: Estimate | None
    grade: str
    mitigation: str


@dataclass(frozen=True, kw_only=True)
class RegisterStatistics:
    """The risks of a register, alone and together.

    Attributes
    ----------
    register_draws : int
        Number of draws from which the register is computed: those of the result, but at most 100,000 in a run.
    any_risk : Estimate
        Probability that at least one risk occurs.
    expected_loss : Estimate or None
        Mean increase of the total by all risks together, USD; None where a tail is too heavy for a mean.
    p80, p80_without : Estimate
        P80 of the total with the register, and with none of its risks, USD.
    contribution : Estimate
        Their difference, USD; contributions of single risks to a quantile do not add up to it.
    risks : tuple of RiskEntry
        The largest expected loss first, or the largest contribution where there is no mean.

    """

    register_draws: int
    any_risk: Estimate
    expected_loss: Estimate | None
    p80: Estimate
    p80_without: Estimate
    contribution: Estimate
    risks: tuple[RiskEntry, ...]


@dataclass(frozen=True, kw_only=True)
class RiskRegister(AnalysisResult, RegisterStatistics):
    """The risk register of a scenario.

    Attributes
    ----------
    register_draws, any_risk, expected_loss, p80, p80_without, contribution, risks
        As in `RegisterStatistics`.

    Examples
    --------
    >>> import llmcost
    >>> register = llmcost.risks("large", draws=5000)
    >>> sorted(risk.name for risk in register.risks)
    ['failed_run', 'late_start', 'rollback']
    >>> register.p80.value - register.p80_without.value == register.contribution.value
    True

    """

    def table(self) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Return one row per risk."""
        return CSV_COLUMNS, [_row(risk) for risk in self.risks]


def _row(risk: RiskEntry) -> tuple[Cell, ...]:
    none: tuple[None, None] = (None, None)
    impact = (None,) * 4 if risk.impact is None else (risk.impact.median, risk.impact.low, risk.impact.high, risk.impact.mean)
    return (
        risk.name,
        risk.about,
        *risk.probability,
        *impact,
        *(none if risk.expected_loss is None else risk.expected_loss),
        *risk.contribution,
        *(none if risk.delay is None else risk.delay),
        ", ".join(risk.lines),
        risk.grade,
        risk.mitigation,
    )
