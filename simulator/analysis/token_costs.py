"""Cost of tokens of scenarios that serve a model, beside their total: what a million tokens cost."""

from collections.abc import Iterator
from dataclasses import dataclass

from simulator.analysis.statistics import SummaryStatistics, summary_statistics
from simulator.core.levels import Level
from simulator.core.results import values_of
from simulator.engine.result import SimulationResult
from simulator.scenario import Scenario

TOKEN_COSTS = ("mean_token_cost", "input_token_cost", "output_token_cost")
"""Costs that a comparison shows of scenarios among whose outcomes they are: of all tokens, of prompts and of answers."""


@dataclass(frozen=True, kw_only=True)
class TokenCost(SummaryStatistics):
    """The cost of a token in a scenario, USD/token.

    Attributes
    ----------
    name : str
        `mean_token_cost`, of prompts and answers alike, `input_token_cost` or `output_token_cost`.
    unit : str
        Its canonical unit.
    mean, sd, median, low, high, quantiles, mcse
        As in `SummaryStatistics`, USD/token.

    """

    name: str
    unit: str


def token_cost_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the costs of tokens among the outcomes of a scenario."""
    return tuple(name for name in TOKEN_COSTS if name in scenario.outcomes)


def token_costs_of(result: SimulationResult, interval: Level) -> Iterator[TokenCost]:
    """Yield the costs of tokens of a scenario whose draws are retained."""
    for name in token_cost_names(result.scenario):
        figures = summary_statistics(result.retained_draws[name], interval)
        yield TokenCost(name=name, unit=result.scenario.unit(name), **values_of(figures))
