"""`llmcost trend`: fit and forecast the growth of the cost of frontier models."""

from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.command import Answer, Page, outputs

if TYPE_CHECKING:
    from simulator.cli.output import TextTable
    from simulator.engine.options import Progress
    from simulator.evidence.trend_summary import CostForecast, RobustCheck, TrendSummary

INFLUENCE_ROWS = 3
"""Number of models of each cost whose influence is shown."""


class Year(click.FloatRange):
    """A year, possibly with a fraction: `2027.5`. The range type of click accepts nan."""

    name = "year"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        year = super().convert(value, param, ctx)
        if not isfinite(year):
            self.fail(f"{value!r} is no year; write 2027 or 2027.5", param, ctx)
        return year


YEAR = Year(2000, 2100)


@click.command(context_settings={"auto_envvar_prefix": "LLMCOST"})
@click.option("--evidence", type=click.Path(path_type=Path), metavar="FILE", help="Your own table, instead of the library's.")
@click.option("--from", "since", type=YEAR, metavar="YEAR", help="Ignore models published earlier.")
@click.option("--until", type=YEAR, default=2030.0, show_default=True, metavar="YEAR", help="Last year of the forecast.")
@click.option(
    "--threshold",
    metavar="USD",
    default="1e9",
    show_default=True,
    help="Forecast the probability of exceeding this.",
)
@click.option(
    "--robust",
    is_flag=True,
    help="Also fit heavy tails and errors of costs and of shared chip prices (about a minute).",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of bootstrap and sampler.")
@outputs(label="steps")
def command(
    evidence: Path | None,
    since: float | None,
    until: float,
    threshold: str,
    robust: bool,
    seed: int,
    progress: "Progress",
) -> Answer:
    """Fit the growth of the cost of frontier models, with intervals, and forecast it."""
    from simulator.cli.app import RunError
    from simulator.evidence.diagnostics import BadFitError
    from simulator.evidence.trend_summary import fit_trends

    limit = _read_threshold(threshold)
    try:
        trends = fit_trends(
            evidence, since=since, until=until, threshold=limit, seed=seed, with_robust=robust, progress=progress
        )
    except BadFitError as error:
        raise RunError(f"{error}; nothing was written") from None
    return Answer(trends, lambda: _page(trends))


def _read_threshold(text: str) -> float:
    from simulator.scenario.values import number

    try:
        threshold = number(text)
    except ValueError as error:
        raise click.UsageError(f"--threshold: {error}") from None
    if threshold <= 0:
        raise click.UsageError(f"--threshold: {text!r} must be above zero")
    return threshold


def _page(trends: "TrendSummary") -> Page:
    from simulator.cli.output import Column, TextTable
    from simulator.core.formatting import format_significant

    fits = [
        (fit.cost, fit.runs, fit.method, str(fit.n), f"{format_significant(fit.growth)}x",
         _range(fit.low90, fit.high90), _range(fit.low95, fit.high95))
        for fit in trends.fits
    ]  # fmt: skip
    influence = [
        (cost, row.without, f"{format_significant(row.growth)}x")
        for cost, rows in trends.influence.items()
        for row in rows[:INFLUENCE_ROWS]
    ]
    tables = [
        TextTable(
            "Growth per year",
            ("cost", "runs", "method", Column(">models", 1), ">growth", Column(">90% CI", 2), ">95% CI"),
            fits,
        ),
        TextTable("Growth without the most influential models", ("cost", "without", ">growth"), influence),
        _forecast_table(trends),
    ]
    if trends.checks is not None:
        tables.append(TextTable("Checks of the robust fits", CHECK_COLUMNS, [_check_row(check) for check in trends.checks]))
    notes = [
        *map(str, trends.notes),
        "the trend line is the typical run, single runs scatter around it; both intervals assume that the trend continues",
    ]
    return Page(tables, notes, _headline(trends))


def _headline(trends: "TrendSummary") -> str:
    """Return the first fit in words, as published."""
    from simulator.core.formatting import format_significant

    if not trends.fits:
        return ""
    fit = trends.fits[0]
    interval = _range(fit.low95, fit.high95)
    return f"{fit.cost.capitalize()} cost, {fit.runs}: {format_significant(fit.growth)}x per year (95% CI: {interval})"


def _range(low: float, high: float) -> str:
    from simulator.core.formatting import format_significant

    return f"{format_significant(low)} to {format_significant(high)}"


def _forecast_table(trends: "TrendSummary") -> "TextTable":
    from simulator.cli.output import Column, TextTable
    from simulator.core.formatting import format_exact_money, format_money, format_percent
    from simulator.core.money import BASE

    has_methods = trends.checks is not None

    def row(each: "CostForecast") -> tuple[str, ...]:
        return (
            each.cost,
            each.runs,
            *([each.method] if has_methods else []),
            f"{each.date:.0f}",
            format_money(each.typical, BASE),
            f"{format_money(each.mean_low95, BASE)} to {format_money(each.mean_high95, BASE)}",
            f"{format_money(each.prediction_low95, BASE)} to {format_money(each.prediction_high95, BASE)}",
            format_percent(each.probability_above_threshold),
        )

    above = f">above {format_exact_money(trends.threshold, BASE)}"
    columns = (
        "cost",
        "runs",
        *(["method"] if has_methods else []),
        ">year",
        ">line",
        Column(">95% of trend", 1),
        ">95% of one run",
        above,
    )
    return TextTable("At the beginning of a year", columns, [row(each) for each in trends.forecast])


CHECK_COLUMNS = ("cost", "runs", ">inside 50%", ">inside 90%", ">p of scatter", ">p of largest", ">R-hat", ">ESS")


def _check_row(check: "RobustCheck") -> tuple[str, ...]:
    from simulator.core.formatting import format_percent

    predictive, chains = check.posterior_predictive, check.diagnostics
    return (
        check.cost,
        check.runs,
        format_percent(predictive.inside50),
        format_percent(predictive.inside90),
        f"{predictive.p_values.scatter:.2f}",
        f"{predictive.p_values.largest:.2f}",
        f"{chains.rhat.worst:.3f}",
        f"{min(chains.ess_bulk.worst, chains.ess_tail.worst):,.0f}",
    )
