"""`llmcost trend`: fit and forecast the growth of the cost of frontier models."""

import sys
from math import isfinite
from pathlib import Path
from typing import Any

import click

from simulator.cli.options import check_output_path
from simulator.cli.progress import ProgressLine


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
@click.option("--from", "first", type=YEAR, metavar="YEAR", help="Ignore models published earlier.")
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
@click.option("--format", "form", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE.json", help="Write to a file instead.")
def command(
    evidence: Path | None, first: float | None, until: float, threshold: str, robust: bool, seed: int, form: str,
    output: Path | None,
) -> int:  # fmt: skip
    """Fit the growth of the cost of frontier models, with intervals, and forecast it."""
    from simulator.core.files import write_text_atomically
    from simulator.core.results import json_text
    from simulator.evidence.tables import frontier_models, published_result
    from simulator.scenario.values import number

    output = check_output_path(output, (".json",), evidence=evidence)
    try:
        limit = number(threshold)
    except ValueError as error:
        raise click.UsageError(f"--threshold: {error}") from None
    if limit <= 0:
        raise click.UsageError(f"--threshold: {threshold!r} must be above zero")
    notes: list[str] = []
    models = [model for model in frontier_models(evidence, notes) if first is None or model.date >= first]
    answer = summarise_trends(models, until, limit, seed, robust=robust)
    if not answer["fits"]:
        raise click.UsageError("; ".join(answer["notes"]))
    answer["notes"] += notes
    if evidence is None and first is None:
        answer["notes"].append(published_result("frontier-costs"))
    if output is not None:
        write_text_atomically(output, json_text(answer))
    elif form == "json":
        sys.stdout.write(json_text(answer))
    else:
        _print(answer, form)
    return 0


def summarise_trends(models: Any, until: float, threshold: float, seed: int, *, robust: bool = False) -> dict[str, Any]:
    """Return fits, influence and forecasts of each cost with enough models; with `robust`, also the robust fits."""
    import math

    import numpy as np

    from simulator.evidence import trend
    from simulator.evidence.tables import COSTS

    fits, influence, forecasts, notes, checks = [], {}, [], [], []
    last = max((model.date for model in models), default=until)
    years = np.arange(math.floor(last) + 1, math.floor(until) + 1, dtype=np.float64)
    for cost in COSTS:
        for runs, records in (("top 10", False), ("record", True)):
            x, y, names = trend.points(models, cost, records=records)
            try:
                estimates = [trend.least_squares(cost, x, y)]
                if trend.fit_line(x, y).scatter < 1e-9:
                    notes.append(
                        f"{cost} cost, {runs} runs: lie exactly on a line, so intervals have no width; are the costs computed?"
                    )
            except trend.TooFewModels as error:
                notes.append(f"{cost} cost, {runs} runs: {error}")
                continue
            if records:
                fits += [(runs, fit) for fit in estimates]
            else:
                estimates += [trend.bootstrap(cost, x, y, seed), trend.theil_sen(cost, x, y)]
                fits += [(runs, fit) for fit in estimates]
                try:
                    influence[cost] = [{"without": name, "growth": growth} for name, growth in trend.influence(x, y, names)]
                except trend.TooFewModels as error:
                    notes.append(
                        f"{cost} cost: the influence of single models on growth cannot be estimated: {error} without one"
                    )
            forecasts += trend.forecast(cost, runs, x, y, years, threshold)
    if robust:
        robust_results = _robust(models, years, threshold, seed)
        fits, forecasts, checks = fits + robust_results[0], forecasts + robust_results[1], robust_results[2]
    return {
        "schema": 2,
        "threshold": threshold,
        "fits": [
            {
                "cost": fit.cost, "runs": runs, "method": fit.method, "n": fit.n, "growth": fit.growth,
                **{f"{end}{100 * level:.0f}": bounds[place]
                   for level, bounds in fit.intervals.items() for place, end in enumerate(("low", "high"))},
            }
            for runs, fit in fits
        ],
        "influence": influence,
        "forecast": [
            {
                "cost": row.cost, "runs": row.of, "method": row.method, "date": row.date, "typical": row.typical,
                **{f"{band}_{end}{100 * level:.0f}": bounds[place]
                   for band, levels in (("mean", row.mean), ("prediction", row.prediction))
                   for level, bounds in levels.items() for place, end in enumerate(("low", "high"))},
                "probability_above_threshold": row.probability_above,
            }
            for row in forecasts
        ],
        **({"checks": checks} if robust else {}),
        "notes": notes,
    }  # fmt: skip


def _robust(models: Any, years: Any, threshold: float, seed: int) -> tuple[list[Any], list[Any], list[dict[str, Any]]]:
    """Return fits, forecasts and checks of the robust model."""
    from simulator.evidence import robust, trend
    from simulator.evidence.tables import COSTS

    fits, forecasts, checks = [], [], []
    with ProgressLine() as progress:
        for cost in COSTS:
            for runs, records in (("top 10", False), ("record", True)):
                try:
                    data = robust.build_data(models, cost, records=records)
                except trend.TooFewModels:  # already reported for the other fits
                    continue
                fit = _fit_robust(data, seed, f"{cost} cost, {runs} runs", progress)
                fits.append((runs, robust.growth(cost, fit)))
                forecasts += robust.forecast(cost, runs, fit, years, threshold, seed)
                checks.append({"cost": cost, "runs": runs, "method": robust.METHOD, **robust.predictive_checks(fit)})
    return fits, forecasts, checks


def _fit_robust(data: Any, seed: int, name: str, line: ProgressLine) -> Any:
    """Fit the robust model and show progress; end the command if the chains have not converged."""
    from simulator.cli.app import RunError
    from simulator.evidence import robust
    from simulator.evidence.bayes import BadFit

    try:
        return robust.fit(data, seed, lambda stage, done, of: line.update(done, of, f"{name}: {stage}"))
    except BadFit as error:
        raise RunError(f"{name}: {error}; nothing was written") from None


CHECK_COLUMNS = ("cost", "runs", ">inside 50%", ">inside 90%", ">p of scatter", ">p of largest", ">R-hat", ">ESS")


def _check_row(check: dict[str, Any]) -> tuple[str, ...]:
    from simulator.core.formatting import format_percent

    predictive, chains = check["posterior_predictive"], check["diagnostics"]
    return (
        check["cost"],
        check["runs"],
        format_percent(predictive["inside50"]),
        format_percent(predictive["inside90"]),
        f"{predictive['p_values']['scatter']:.2f}",
        f"{predictive['p_values']['largest']:.2f}",
        f"{chains['rhat']['worst']:.3f}",
        f"{min(chains['ess_bulk']['worst'], chains['ess_tail']['worst']):,.0f}",
    )


def _print(answer: dict[str, Any], form: str) -> None:
    from simulator.cli.output import TextTable, print_answer
    from simulator.core.formatting import format_exact, format_money, format_percent, format_significant

    def format_range(low: float, high: float) -> str:
        return f"{format_significant(low)} to {format_significant(high)}"

    robust = "checks" in answer
    fits = [
        (fit["cost"], fit["runs"], fit["method"], str(fit["n"]), f"{format_significant(fit['growth'])}x",
         format_range(fit["low90"], fit["high90"]), format_range(fit["low95"], fit["high95"]))
        for fit in answer["fits"]
    ]  # fmt: skip
    rows = [
        (
            row["cost"],
            row["runs"],
            *([row["method"]] if robust else []),
            f"{row['date']:.0f}",
            format_money(row["typical"]),
            f"{format_money(row['mean_low95'])} to {format_money(row['mean_high95'])}",
            f"{format_money(row['prediction_low95'])} to {format_money(row['prediction_high95'])}",
            format_percent(row["probability_above_threshold"]),
        )
        for row in answer["forecast"]
    ]
    influence_rows = [
        (cost, row["without"], f"{format_significant(row['growth'])}x")
        for cost, each in answer["influence"].items()
        for row in each[:3]
    ]
    above = f">above {format_exact(answer['threshold'])}"
    tables = [
        TextTable("Growth per year", ("cost", "runs", "method", ">models", ">growth", ">90% CI", ">95% CI"), fits),
        TextTable("Growth without the most influential models", ("cost", "without", ">growth"), influence_rows),
        TextTable(
            "At the beginning of a year, USD",
            ("cost", "runs", *(["method"] if robust else []), ">year", ">line", ">95% of trend", ">95% of one run", above),
            rows,
        ),
    ]
    if robust:
        tables.append(TextTable("Checks of the robust fits", CHECK_COLUMNS, [_check_row(each) for each in answer["checks"]]))
    notes = [
        *answer["notes"],
        "the trend line is the typical run, single runs scatter around it; both intervals assume that the trend continues",
    ]
    print_answer(form, tables, notes)
