"""`llmcost trend`: how fast the cost of frontier models grows, and where that may lead."""

import sys
from math import isfinite
from pathlib import Path
from typing import Any

import click

from simulator.cli.options import output_path
from simulator.cli.progress import Line


class Year(click.FloatRange):
    """A year, perhaps with a part of it: `2027.5`; the range of click lets nan through."""

    name = "year"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        year = super().convert(value, param, ctx)
        if not isfinite(year):
            self.fail(f"{value!r} is no year; write 2027 or 2027.5", param, ctx)
        return year


YEAR = Year(2000, 2100)


@click.command(context_settings={"auto_envvar_prefix": "LLMCOST"})
@click.option(
    "--evidence", type=click.Path(path_type=Path), metavar="FILE", help="A table of your own in place of the library's."
)
@click.option("--from", "first", type=YEAR, metavar="YEAR", help="Leave out models published before.")
@click.option("--until", type=YEAR, default=2030.0, show_default=True, metavar="YEAR", help="How far to forecast.")
@click.option("--threshold", metavar="USD", default="1e9", show_default=True, help="The amount whose probability is asked for.")
@click.option(
    "--robust", is_flag=True, help="Fit heavy tails, errors of the stated costs and of shared chip prices too (a minute or so)."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of bootstrap and sampler.")
@click.option("--format", "form", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE.json", help="Write to a file in place.")
def command(
    evidence: Path | None, first: float | None, until: float, threshold: str, robust: bool, seed: int, form: str,
    output: Path | None,
) -> int:  # fmt: skip
    """Fit the growth of the cost of frontier models, with intervals, and forecast it."""
    from simulator.core.files import write_text_whole
    from simulator.evidence.tables import frontier_models, published
    from simulator.io.to_json import json_text
    from simulator.scenario.values import number

    output = output_path(output, (".json",), evidence=evidence)
    try:
        limit = number(threshold)
    except ValueError as error:
        raise click.UsageError(f"--threshold: {error}") from None
    if limit <= 0:
        raise click.UsageError(f"--threshold: {threshold!r} must be above zero")
    notes: list[str] = []
    models = [model for model in frontier_models(evidence, notes) if first is None or model.date >= first]
    said = summary(models, until, limit, seed, robust=robust)
    if not said["fits"]:
        raise click.UsageError("; ".join(said["notes"]))
    said["notes"] += notes
    if evidence is None and first is None:
        said["notes"].append(published("frontier-costs"))
    if output is not None:
        write_text_whole(output, json_text(said))
    elif form == "json":
        sys.stdout.write(json_text(said))
    else:
        _print(said, form)
    return 0


def summary(models: Any, until: float, threshold: float, seed: int, *, robust: bool = False) -> dict[str, Any]:
    """Return fits, influence and forecasts of every cost for which there are models enough; with `robust`, those fits too."""
    import math

    import numpy as np

    from simulator.evidence import trend
    from simulator.evidence.tables import COSTS

    fits, influence, forecasts, notes, checks = [], {}, [], [], []
    last = max((model.date for model in models), default=until)
    years = np.arange(math.floor(last) + 1, math.floor(until) + 1, dtype=np.float64)
    for cost in COSTS:
        for of, records in (("top 10", False), ("record", True)):
            x, y, names = trend.points(models, cost, records=records)
            try:
                found = [trend.least_squares(cost, x, y)]
                if trend.line(x, y).spread < 1e-9:
                    notes.append(
                        f"{cost} cost, {of} runs: lie on a line exactly, so that no interval has a width; are they computed?"
                    )
            except trend.TooFew as error:
                notes.append(f"{cost} cost, {of} runs: {error}")
                continue
            if records:
                fits += [(of, fit) for fit in found]
            else:
                found += [trend.bootstrap(cost, x, y, seed), trend.theil_sen(cost, x, y)]
                fits += [(of, fit) for fit in found]
                try:
                    influence[cost] = [{"without": name, "growth": growth} for name, growth in trend.influence(x, y, names)]
                except trend.TooFew as error:
                    notes.append(
                        f"{cost} cost: what single models do to the growth cannot be told: {error} without one of them"
                    )
            forecasts += trend.forecast(cost, of, x, y, years, threshold)
    if robust:
        more = _robust(models, years, threshold, seed)
        fits, forecasts, checks = fits + more[0], forecasts + more[1], more[2]
    return {
        "schema": 1,
        "threshold": threshold,
        "fits": [
            {
                "cost": fit.cost, "runs": of, "method": fit.method, "n": fit.n, "growth": fit.growth,
                **{f"{end}{100 * level:.0f}": ends[place]
                   for level, ends in fit.intervals.items() for place, end in enumerate(("low", "high"))},
            }
            for of, fit in fits
        ],
        "influence": influence,
        "forecast": [
            {
                "cost": row.cost, "runs": row.of, "method": row.method, "date": row.date, "typical": row.typical,
                **{f"{band}_{end}{100 * level:.0f}": ends[place]
                   for band, levels in (("mean", row.mean), ("prediction", row.prediction))
                   for level, ends in levels.items() for place, end in enumerate(("low", "high"))},
                "probability_above_threshold": row.probability_above,
            }
            for row in forecasts
        ],
        **({"checks": checks} if robust else {}),
        "notes": notes,
    }  # fmt: skip


def _robust(models: Any, years: Any, threshold: float, seed: int) -> tuple[list[Any], list[Any], list[dict[str, Any]]]:
    """Return fits, forecasts and checks of the robust model; a fit that is bad ends the command."""
    from simulator.evidence import robust, trend
    from simulator.evidence.tables import COSTS

    fits, forecasts, checks = [], [], []
    with Line() as progress:
        for cost in COSTS:
            for of, records in (("top 10", False), ("record", True)):
                try:
                    data = robust.specification(models, cost, records=records)
                except trend.TooFew:  # said by the fits before
                    continue
                found = _fitted(data, seed, f"{cost} cost, {of} runs", progress)
                fits.append((of, robust.growth(cost, found)))
                forecasts += robust.forecast(cost, of, found, years, threshold, seed)
                checks.append({"cost": cost, "runs": of, "method": robust.METHOD, **robust.checks(found)})
    return fits, forecasts, checks


def _fitted(data: Any, seed: int, name: str, line: Line) -> Any:
    """Fit, and say what is fitted; chains that are not good enough end the command."""
    from simulator.cli.app import RunFailed
    from simulator.evidence import robust
    from simulator.evidence.bayes import BadFit

    try:
        return robust.fit(data, seed, lambda stage, done, of: line.update(done, of, f"{name}: {stage}"))
    except BadFit as error:
        raise RunFailed(f"{name}: {error}; nothing was written") from None


CHECKED = ("cost", "runs", ">inside 50%", ">inside 90%", ">p of scatter", ">p of largest", ">R-hat", ">ESS")


def _checked(found: dict[str, Any]) -> tuple[str, ...]:
    from simulator.core.formatting import percent

    after, chains = found["posterior_predictive"], found["diagnostics"]
    return (
        found["cost"], found["runs"], percent(after["inside50"]), percent(after["inside90"]),
        f"{after['p_values']['scatter']:.2f}", f"{after['p_values']['largest']:.2f}", f"{chains['rhat']['worst']:.3f}",
        f"{min(chains['ess_bulk']['worst'], chains['ess_tail']['worst']):,.0f}",
    )  # fmt: skip


def _print(said: dict[str, Any], form: str) -> None:
    from simulator.cli.output import Table, print_answer
    from simulator.core.formatting import digits, exact, money, percent

    def times(low: float, high: float) -> str:
        return f"{digits(low)} to {digits(high)}"

    robust = "checks" in said
    fits = [
        (fit["cost"], fit["runs"], fit["method"], str(fit["n"]), f"{digits(fit['growth'])}x",
         times(fit["low90"], fit["high90"]), times(fit["low95"], fit["high95"]))
        for fit in said["fits"]
    ]  # fmt: skip
    rows = [
        (row["cost"], row["runs"], *([row["method"]] if robust else []), f"{row['date']:.0f}", money(row["typical"]),
         f"{money(row['mean_low95'])} to {money(row['mean_high95'])}",
         f"{money(row['prediction_low95'])} to {money(row['prediction_high95'])}", percent(row["probability_above_threshold"]))
        for row in said["forecast"]
    ]  # fmt: skip
    moved = [
        (cost, row["without"], f"{digits(row['growth'])}x") for cost, each in said["influence"].items() for row in each[:3]
    ]
    above = f">above {exact(said['threshold'])}"
    tables = [
        Table("Growth a year", ("cost", "runs", "method", ">models", ">growth", ">90% CI", ">95% CI"), fits),
        Table("Growth without the models that move it most", ("cost", "without", ">growth"), moved),
        Table(
            "At the beginning of a year, USD",
            ("cost", "runs", *(["method"] if robust else []), ">year", ">line", ">95% of the line", ">95% of one run", above),
            rows,
        ),
    ]
    if robust:
        tables.append(Table("How the robust fits stand to the models", CHECKED, [_checked(each) for each in said["checks"]]))
    notes = [*said["notes"], "the line is the typical run; one run scatters about it, and both bands take the trend to go on"]
    print_answer(form, tables, notes)
