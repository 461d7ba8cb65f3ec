"""What the first sheet states, and the figures of a result that it shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from simulator.core.results import AnalysisResult, Header
from simulator.engine.scenario import TOTAL


class Figures(Protocol):
    """Statistics of a total or a line over the draws."""

    @property
    def median(self) -> float: ...

    @property
    def low(self) -> float: ...

    @property
    def high(self) -> float: ...

    @property
    def mean(self) -> float | None: ...

    @property
    def quantiles(self) -> Mapping[str, float]: ...


@dataclass(frozen=True)
class Simulated:
    """Figures from draws, which do not follow a change of an input.

    Attributes
    ----------
    statistics : dict of str to Figures
        Of the total and the lines, or of the total of each scenario by its name, where they were simulated.
    budget, probability_within : float or None
        The budget, and the probability of staying within it.

    """

    statistics: Mapping[str, Figures] = field(default_factory=dict)
    budget: float | None = None
    probability_within: float | None = None


@dataclass(frozen=True)
class Overview:
    """What the first sheet states.

    Attributes
    ----------
    title, answer, basis : str
        Title, the answer in a sentence, and a line on draws, seed and version.
    header : Header
    key_figures : tuple of (str, str)
        Further figures, as text.
    notes : tuple of str
    simulated : Simulated

    """

    title: str
    answer: str
    basis: str
    header: Header
    key_figures: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    simulated: Simulated = field(default_factory=Simulated)


def simulated_figures(result: AnalysisResult) -> Simulated:
    """Return the figures from draws that a result has."""
    from simulator.analysis.budget import BudgetPlan
    from simulator.analysis.compare import Comparison
    from simulator.io.run_summary import RunSummary

    if isinstance(result, Comparison):
        return Simulated({each.name: each for each in result.scenarios})
    if not isinstance(result, RunSummary | BudgetPlan):
        return Simulated()
    lines: Mapping[str, Figures] = result.lines if isinstance(result, RunSummary) else {}
    statistics: dict[str, Figures] = {TOTAL: result.total, **lines}
    if result.budget is None:
        return Simulated(statistics)
    return Simulated(statistics, result.budget.amount, result.budget.probability_within)


def basis_of(header: Header, output: str) -> str:
    """Return what a result was computed from, in one line."""
    parts = [
        f"amounts in {header.money}" if header.money else "",
        f"{header.draws:,} draws, seed {header.seed}" if header.draws else "",
        f"llmcost {output}" if output else "",
        f"version {header.version}" if header.version else "",
        header.conversion or "",
    ]
    return ", ".join(filter(None, parts))
