"""Results of stress tests."""

from dataclasses import dataclass

from simulator.core.results import AnalysisResult


@dataclass(frozen=True, kw_only=True)
class StressResult(AnalysisResult):
    """Base of the results of stress tests.

    Attributes
    ----------
    budget : float or None
        The budget of the scenario, USD.

    """

    budget: float | None
