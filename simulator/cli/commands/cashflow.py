"""`llmcost cashflow`: spending over time."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.options import (
    Share,
    WholeNumber,
    add_warnings,
    check_output_path,
    interval_option,
    read_scenario,
    scenario_options,
    seed_option,
)
from simulator.core.levels import in_percent

if TYPE_CHECKING:
    from simulator.analysis.cashflow import CashFlow

PERIODS = {"month": 1, "quarter": 3, "year": 12}


@click.command(context_settings={"auto_envvar_prefix": "LLMCOST"})
@click.argument("reference", metavar="SCENARIO")
@click.option("--draws", type=WholeNumber(100, 1_000_000), default=20_000, show_default=True, help="Number of draws.")
@seed_option
@click.option("--rate", type=Share(), metavar="PERCENT", help="Annual discount rate, for the present value.")
@click.option("--by", type=click.Choice(list(PERIODS)), default="month", show_default=True, help="Period of a row.")
@interval_option
@scenario_options
@click.option("--format", "form", type=click.Choice(["table", "json", "csv", "markdown"]), default="table", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to FILE.csv or .json instead.")
def command(
    reference: str, draws: int, seed: int, rate: float | None, by: str, interval: float, form: str, output: Path | None,
    **overrides: Any,
) -> int:  # fmt: skip
    """Spread the lines of SCENARIO over the months of its schedule, with intervals."""
    from simulator.analysis.cashflow import NoScheduleError, cash_flow
    from simulator.cli.app import RunError
    from simulator.core.files import write_text_atomically
    from simulator.engine.result import NonFiniteResultError

    output = check_output_path(output, (".csv", ".json"))
    scenario = read_scenario(reference, overrides)
    try:
        flow = cash_flow(scenario, draws, seed, rate=rate or 0.0)
    except NoScheduleError as error:
        raise click.UsageError(f"{reference} {error}") from None
    except NonFiniteResultError as error:
        raise RunError(str(error)) from None
    answer = add_warnings(summarise_cash_flow(flow, interval, PERIODS[by]))
    if output is not None:
        write_text_atomically(output, _csv(answer) if output.suffix == ".csv" else _json(answer))
    elif form == "json":
        sys.stdout.write(_json(answer))
    elif form == "csv":
        sys.stdout.write(_csv(answer))
    else:
        _print(flow, answer, interval, by, form)
    return 0


def summarise_cash_flow(flow: "CashFlow", interval: float, period: int) -> dict[str, Any]:
    """Return unrounded figures: intervals by period, cumulative amounts, means of lines, and present value."""
    import numpy as np

    from simulator.engine.summaries import interval_bounds

    low, high = interval_bounds(interval)
    starts = range(0, flow.months, period)

    def sum_periods(amounts: Any) -> Any:
        return np.stack([amounts[:, start : start + period].sum(axis=1) for start in starts], axis=1)

    keys = ("low", "median", "high", "mean")
    base_year, then_year = sum_periods(flow.base_year), sum_periods(flow.then_year)
    parts = {
        "spent": flow.band(base_year, interval),
        "cumulative": flow.band(np.cumsum(base_year, axis=1), interval),
        "then_year": flow.band(then_year, interval),
    }
    has_mean = not flow.result.why_no_mean()
    lines = {line: sum_periods(amounts).mean(axis=0) for line, amounts in flow.by_line.items()} if has_mean else {}
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
        "schema": 2, "scenario": flow.scenario.name, "draws": flow.result.draws, "seed": flow.result.seed,
        "interval": in_percent(interval), "money": flow.scenario.money, "rate": flow.rate,
        "total": band_with_mean(flow.base_year.sum(axis=1)), "then_year": band_with_mean(flow.then_year.sum(axis=1)),
        "present_value": band_with_mean(flow.present_value),
        "phases": {phase: band_with_mean(months) for phase, months in flow.phase_ends.items()},
        "periods": rows,
    }  # fmt: skip


def _json(answer: dict[str, Any]) -> str:
    from simulator.core.results import json_text

    return json_text(answer)


def _csv(answer: dict[str, Any]) -> str:
    bands = ("spent", "cumulative", "then_year")
    keys = ("low", "median", "high", "mean")
    lines = list(answer["periods"][0]["lines"])
    head = ["from_month", "months", *(f"{band}_{key}" for band in bands for key in keys), *(f"{line}_mean" for line in lines)]
    rows = [",".join(head)]
    for row in answer["periods"]:
        cells = [row["from_month"], row["months"], *(row[band][key] for band in bands for key in keys)]
        rows.append(",".join("" if cell is None else repr(cell) for cell in (*cells, *(row["lines"][line] for line in lines))))
    return "\n".join(rows) + "\n"


def _print(flow: "CashFlow", answer: dict[str, Any], interval: float, by: str, form: str) -> None:
    from simulator.cli.output import TextTable, print_answer
    from simulator.core.formatting import format_money, format_percent, format_significant, interval_name
    from simulator.io.summary import mean_notes

    name = interval_name(interval)
    lines = answer["periods"][0]["lines"]
    has_escalation = bool(answer["then_year"] != answer["total"])

    def band(figures: dict[str, float]) -> str:
        return f"{format_money(figures['low'])} to {format_money(figures['high'])}"

    rows = []
    for row in answer["periods"]:
        cells = [f"{row['from_month'] // PERIODS[by] + 1}", format_money(row["spent"]["median"]), band(row["spent"])]
        cells += [format_money(row["cumulative"]["median"]), band(row["cumulative"])]
        rows.append((*cells, format_money(row["then_year"]["median"])) if has_escalation else tuple(cells))
    columns = (f">{by}", ">spent", f">{name}", ">so far", f">{name}", *([">then-year"] if has_escalation else []))
    phase_rows = [
        (
            phase.replace("_", " "),
            format_significant(figures["median"]),
            f"{format_significant(figures['low'])} to {format_significant(figures['high'])}",
        )
        for phase, figures in answer["phases"].items()
    ]
    sums = [("total", format_money(answer["total"]["median"]), band(answer["total"]))]
    if has_escalation:
        sums.append(("in then-year money", format_money(answer["then_year"]["median"]), band(answer["then_year"])))
    if flow.rate:
        sums.append(
            (
                f"present value at {format_percent(flow.rate)}",
                format_money(answer["present_value"]["median"]),
                band(answer["present_value"]),
            )
        )
    tables: list[TextTable] = [
        TextTable("End of each phase, in months", ("", ">median", f">{name}"), phase_rows),
        TextTable(f"Spent by {by}, in {flow.scenario.money}", columns, rows),
        TextTable("Totals", ("", ">median", f">{name}"), sums),
    ]
    notes = [
        "intervals are of each period separately: their bounds do not add up" + ("; means do (in the JSON)" if lines else ""),
        *mean_notes(flow.result),
        f"{flow.result.draws:,} draws, seed {flow.result.seed}",
    ]
    print_answer(form, tables, notes)
