"""`llmcost cashflow`: when the money goes out."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.options import (
    Share,
    Whole,
    interval_option,
    output_path,
    read_scenario,
    scenario_options,
    seed_option,
    with_warnings,
)
from simulator.core.levels import in_percent

if TYPE_CHECKING:
    from simulator.analysis.cashflow import CashFlow

PERIODS = {"month": 1, "quarter": 3, "year": 12}


@click.command(context_settings={"auto_envvar_prefix": "LLMCOST"})
@click.argument("scenario")
@click.option("--draws", type=Whole(100, 1_000_000), default=20_000, show_default=True, help="How many draws.")
@seed_option
@click.option("--rate", type=Share(), metavar="PERCENT", help="Discount rate a year, for the present value.")
@click.option("--by", type=click.Choice(list(PERIODS)), default="month", show_default=True, help="Rows of the table.")
@interval_option
@scenario_options
@click.option("--format", "form", type=click.Choice(["table", "json", "csv", "markdown"]), default="table", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to FILE.csv or .json in place.")
def command(
    scenario: str, draws: int, seed: int, rate: float | None, by: str, interval: float, form: str, output: Path | None,
    **given: Any,
) -> int:  # fmt: skip
    """Spread the lines of SCENARIO over the months of its schedule, with bands."""
    from simulator.analysis.cashflow import NoSchedule, cash_flow
    from simulator.cli.app import RunFailed
    from simulator.core.files import write_text_whole
    from simulator.engine.result import NonFiniteResultError

    output = output_path(output, (".csv", ".json"))
    read = read_scenario(scenario, given)
    try:
        flow = cash_flow(read, draws, seed, rate=rate or 0.0)
    except NoSchedule as error:
        raise click.UsageError(f"{scenario} {error}") from None
    except NonFiniteResultError as error:
        raise RunFailed(str(error)) from None
    said = with_warnings(summary(flow, interval, PERIODS[by]))
    if output is not None:
        write_text_whole(output, _csv(said) if output.suffix == ".csv" else _json(said))
    elif form == "json":
        sys.stdout.write(_json(said))
    elif form == "csv":
        sys.stdout.write(_csv(said))
    else:
        _print(flow, said, interval, by, form)
    return 0


def summary(flow: "CashFlow", interval: float, period: int) -> dict[str, Any]:
    """Return what the table shows, exact: bands of money by period, cumulative money, lines in the mean, present value."""
    import numpy as np

    from simulator.engine.summaries import ends

    low, high = ends(interval)
    starts = range(0, flow.months, period)

    def summed(amounts: Any) -> Any:
        return np.stack([amounts[:, start : start + period].sum(axis=1) for start in starts], axis=1)

    keys = ("low", "median", "high", "mean")
    spent, then = summed(flow.base_year), summed(flow.then_year)
    parts = {
        "spent": flow.band(spent, interval),
        "cumulative": flow.band(np.cumsum(spent, axis=1), interval),
        "then_year": flow.band(then, interval),
    }
    has_mean = not flow.result.why_no_mean()
    lines = {line: summed(amounts).mean(axis=0) for line, amounts in flow.by_line.items()} if has_mean else {}
    rows = []
    for number, start in enumerate(starts):
        row: dict[str, Any] = {"from_month": start, "months": min(period, flow.months - start)}
        for name, band in parts.items():
            row[name] = {key: float(band[place, number]) for place, key in enumerate(keys)}
            row[name]["mean"] = row[name]["mean"] if has_mean else None
        row["lines"] = {line: float(mean[number]) for line, mean in lines.items()}
        rows.append(row)

    def band_with_mean(values: Any) -> dict[str, float | None]:
        quantiles = np.quantile(values, [low, 0.5, high]).tolist()
        return dict(zip(keys, (*quantiles, float(values.mean()) if has_mean else None), strict=True))

    return {
        "schema": 1, "scenario": flow.scenario.name, "draws": flow.result.draws, "seed": flow.result.seed,
        "interval": in_percent(interval), "money": flow.scenario.money, "rate": flow.rate,
        "total": band_with_mean(flow.base_year.sum(axis=1)), "then_year": band_with_mean(flow.then_year.sum(axis=1)),
        "present_value": band_with_mean(flow.present_value),
        "phases": {phase: band_with_mean(months) for phase, months in flow.ends.items()},
        "periods": rows,
    }  # fmt: skip


def _json(said: dict[str, Any]) -> str:
    from simulator.io.to_json import json_text

    return json_text(said)


def _csv(said: dict[str, Any]) -> str:
    bands = ("spent", "cumulative", "then_year")
    keys = ("low", "median", "high", "mean")
    lines = list(said["periods"][0]["lines"])
    head = ["from_month", "months", *(f"{band}_{key}" for band in bands for key in keys), *(f"{line}_mean" for line in lines)]
    rows = [",".join(head)]
    for row in said["periods"]:
        cells = [row["from_month"], row["months"], *(row[band][key] for band in bands for key in keys)]
        rows.append(",".join("" if cell is None else repr(cell) for cell in (*cells, *(row["lines"][line] for line in lines))))
    return "\n".join(rows) + "\n"


def _print(flow: "CashFlow", said: dict[str, Any], interval: float, by: str, form: str) -> None:
    from simulator.cli.output import Table, print_answer
    from simulator.core.formatting import digits, interval_name, money, percent
    from simulator.io.summary import mean_notes

    name = interval_name(interval)
    lines = said["periods"][0]["lines"]
    grows = bool(said["then_year"] != said["total"])

    def band(figures: dict[str, float]) -> str:
        return f"{money(figures['low'])} to {money(figures['high'])}"

    rows = []
    for row in said["periods"]:
        cells = [f"{row['from_month'] // PERIODS[by] + 1}", money(row["spent"]["median"]), band(row["spent"])]
        cells += [money(row["cumulative"]["median"]), band(row["cumulative"])]
        rows.append((*cells, money(row["then_year"]["median"])) if grows else tuple(cells))
    columns = (f">{by}", ">spent", f">{name}", ">so far", f">{name}", *([">then-year"] if grows else []))
    ends = [
        (phase.replace("_", " "), digits(figures["median"]), f"{digits(figures['low'])} to {digits(figures['high'])}")
        for phase, figures in said["phases"].items()
    ]
    sums = [("total", money(said["total"]["median"]), band(said["total"]))]
    if grows:
        sums.append(("in then-year money", money(said["then_year"]["median"]), band(said["then_year"])))
    if flow.rate:
        sums.append(
            (f"present value at {percent(flow.rate)}", money(said["present_value"]["median"]), band(said["present_value"]))
        )
    tables: list[Table] = [
        Table("End of each phase, in months", ("", ">median", f">{name}"), ends),
        Table(f"Spent by {by}, in {flow.scenario.money}", columns, rows),
        Table("Altogether", ("", ">median", f">{name}"), sums),
    ]
    notes = [
        "bands are of each period alone: their ends do not add up" + ("; means do (in the JSON)" if lines else ""),
        *mean_notes(flow.result),
        f"{flow.result.draws:,} draws, seed {flow.result.seed}",
    ]
    print_answer(form, tables, notes)
