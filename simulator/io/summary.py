"""A result in words: headline, budget, notes and warnings."""

from simulator.core.formatting import format_median_and_interval, interval_name, is_constant
from simulator.core.levels import Level, interval_of
from simulator.core.results import Note
from simulator.engine.result import SimulationResult
from simulator.engine.summaries import BudgetAssessment, assess_budget, summarize
from simulator.engine.support import MIN_DRAWS, MIN_DRAWS_BEYOND
from simulator.io.latency_notes import latency_warnings
from simulator.scenario import TOTAL


def headline(result: SimulationResult, interval: Level = 0.95) -> str:
    """Return the result in one line, worded as by Epoch AI: `GPT-4, development cost: $124M (95% CI: $41M to $418M)`."""
    interval = interval_of(interval)
    scenario = result.scenario
    total = summarize(result.accumulators[TOTAL], interval)
    median, bounds = format_median_and_interval(total, scenario.currency, currency=scenario.currency)
    known = is_constant(total)
    uncertainty = "known: the same in every draw" if known else f"{interval_name(interval)}: {bounds}"
    return f"{scenario.title}, {scenario.scope}: {median} ({uncertainty})"


def budget_of(result: SimulationResult) -> BudgetAssessment | None:
    """Return the assessment of the scenario's budget, or None without a budget."""
    if result.scenario.budget is None or result.overrun is None:
        return None
    total, has_mean = result.accumulators[TOTAL], not result.why_no_mean()
    return assess_budget(result.scenario.budget, result.within_budget, result.overrun, total, result.point, has_mean=has_mean)


def mean_notes(result: SimulationResult) -> list[Note]:
    """Return the reasons why means of the total or of lines are not reported."""
    reasons = {name: result.why_no_mean(name) for name in (TOTAL, *result.scenario.lines)}
    ending = "so its mean and derived figures are not reported; quantiles are not affected"
    return [Note("no-mean", name, f"{name.replace('_', ' ')}: {why}, {ending}") for name, why in reasons.items() if why]


def warnings_of(result: SimulationResult, interval: Level) -> list[str]:
    """Return the warnings of a result: implausible values, targets that are mostly missed, and too few draws."""
    return [*result.scenario.warnings, *latency_warnings(result), *few_draws_warnings(result.draws, interval)]


def few_draws_warnings(draws: int, interval: Level) -> list[str]:
    """Return a warning for few draws, or for few draws beyond the bounds of the interval."""
    interval = interval_of(interval)
    if draws < MIN_DRAWS:
        return [f"{draws:,} draws are few: quantiles have a large Monte Carlo error (see `mcse`); use {MIN_DRAWS:,} or more"]
    if (1 - interval) / 2 * draws < MIN_DRAWS_BEYOND:
        enough = f"{2 * MIN_DRAWS_BEYOND / (1 - interval):,.0f} draws or more"
        name = interval_name(interval)
        return [f"hardly any draw lies beyond the {name}: its bounds have a large Monte Carlo error; use {enough}"]
    return []
