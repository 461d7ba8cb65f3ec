"""What a result says in words: headline, budget, and what a reader should look at again."""

from simulator.core.formatting import interval_name, is_known, middle_and_range
from simulator.core.levels import Level, interval_of
from simulator.engine.result import Result
from simulator.engine.summaries import Budget, budget, summarize
from simulator.scenario import TOTAL

ENOUGH = 1000
"""Draws from which on a 95 % interval has some 25 beyond each of its ends."""
LEAST_BEYOND = 5
"""Draws beyond an end, below which it is hardly told from the extreme draw."""


def headline(result: Result, interval: Level = 0.95) -> str:
    """Say the result as Epoch AI does: `GPT-4, development cost: 124M USD (95% CI: 41M to 418M)`."""
    interval = interval_of(interval)
    scenario = result.scenario
    figures = summarize(result.accumulators[TOTAL], interval)
    middle, span = middle_and_range(figures._asdict(), "USD", given=False)
    how = "known: no input is uncertain" if is_known(figures.low, figures.high) else f"{interval_name(interval)}: {span}"
    return f"{scenario.title}, {scenario.scope}: {middle} USD ({how})"


def budget_of(result: Result) -> Budget | None:
    """Return how the scenario's budget stands, or None where there is none."""
    if result.scenario.budget is None or result.overrun is None:
        return None
    total, has_mean = result.accumulators[TOTAL], not result.why_no_mean()
    return budget(result.scenario.budget, result.within, result.overrun, total, result.point, has_mean=has_mean)


def mean_notes(result: Result) -> list[str]:
    """Return why means are not reported, of the total and of the lines, where they are not."""
    reasons = {name: result.why_no_mean(name) for name in (TOTAL, *result.scenario.lines)}
    return [
        f"{name.replace('_', ' ')}: {reason}, so its mean and what rests on it are not reported; quantiles are not affected"
        for name, reason in reasons.items()
        if reason
    ]


def warnings_of(result: Result, interval: Level) -> list[str]:
    """Return what a reader should look at again: values that are hardly meant, and figures from too few draws."""
    return [*result.scenario.warnings, *few(result.draws, interval)]


def few(draws: int, interval: Level) -> list[str]:
    """Return a warning where draws are few, or hardly any lies beyond the ends of the interval."""
    interval = interval_of(interval)
    if draws < ENOUGH:
        return [
            f"{draws:,} draws are few: quantiles depend on the random draws (`mcse` says how much); take {ENOUGH:,} or more"
        ]
    if (1 - interval) / 2 * draws < LEAST_BEYOND:
        enough = f"{2 * LEAST_BEYOND / (1 - interval):,.0f} draws or more"
        return [f"hardly a draw lies beyond the {interval_name(interval)}: its ends depend on the random draws; take {enough}"]
    return []
