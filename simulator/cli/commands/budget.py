"""`llmcost budget`: contingency by confidence, its allocation to lines, and what would cause an overrun."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.decisions import (
    check_answer_path,
    draw_options,
    format_band,
    format_probability,
    overrun_rows,
    simulation_progress,
    text_bar,
    write_answer,
)
from simulator.cli.options import Confidence, Share, read_scenario, scenario_options

if TYPE_CHECKING:
    from simulator.cli.output import TextTable
    from simulator.scenario import Scenario

CURVE_STEPS = 12


@click.command(short_help="Plan a budget: contingency by confidence, and its allocation.")
@click.argument("reference", metavar="SCENARIO")
@click.option(
    "--confidence", "levels", type=Confidence(), multiple=True, metavar="PERCENT",
    help="Report this level as well as 50, 70, 80 and 90 %.",
)  # fmt: skip
@click.option(
    "--fail-above", type=Share(), metavar="PERCENT", help="Exit with code 3 if an overrun is more probable than this."
)
@click.option("--top", type=click.IntRange(1), default=8, show_default=True, help="Number of inputs in the table.")
@scenario_options
@draw_options
def command(
    reference: str, levels: tuple[float, ...], fail_above: float | None, top: int, draws: int, seed: int, interval: float,
    threads: int, form: str, output: Path | None, quiet: bool, **overrides: Any,
) -> int:  # fmt: skip
    """Contingency of SCENARIO by confidence, its allocation to the lines, its tail, and what causes an overrun."""
    scenario = read_scenario(reference, overrides)
    output = check_answer_path(output)
    if fail_above is not None and scenario.budget is None:
        raise click.UsageError("--fail-above needs a budget: add --budget AMOUNT, or `budget:` in the file")

    from simulator.analysis.budget import plan_budget
    from simulator.core.formatting import format_exact, format_percent

    with simulation_progress(quiet) as progress:
        answer = plan_budget(
            scenario, draws, seed, levels=levels, interval=interval, threads=threads or None, progress=progress
        )  # fmt: skip
    write_answer(answer, form, output, lambda: _tables(scenario, answer, interval, top))
    if fail_above is not None:
        amount, overrun = answer["budget"]["amount"], 1 - answer["budget"]["probability_within"]
        if overrun > fail_above:
            click.echo(
                f"llmcost: the probability of exceeding {format_exact(amount)} USD is {format_percent(overrun)}, "
                f"more than {format_percent(fail_above)}", err=True,
            )  # fmt: skip
            return 3
    return 0


def _tables(scenario: "Scenario", answer: dict[str, Any], interval: float, top: int) -> tuple[list["TextTable"], list[str]]:
    from simulator.core.formatting import format_percent

    tables = [
        _plan_table(answer),
        _curve_table(answer),
        *_allocation_tables(answer),
        _tail_table(answer),
        _spread_table(answer, interval),
    ]
    if answer["overrun"]["inputs"]:
        tables.append(_driver_table(scenario, answer, top))
    notes = [
        "amounts of lines are their means in draws whose total is at that level, so they add up; the percentiles "
        "of lines do not add up"
    ]
    negative = [row for row in answer["contingency"] if row["negative"]]
    if negative:
        levels = ", ".join(f"P{row['level']:.10g}" for row in negative)
        notes.append(f"negative contingency at {levels}: the point estimate is higher, and more likely to suffice")
    if not any(row["name"].startswith("priors") for row in answer["dependence"]):
        notes.append("no priors are correlated with each other; lines still vary together, as they share inputs")
    if any(".fte" in name for name in scenario.inputs):
        notes.append("the correlation within a team is kept (`--set team_correlation=0` removes it)")
    if answer["risks"] is None:
        notes.append("no risk register: these figures include only what the priors cover")
    notes += answer["notes"]
    error = answer["total"]["mcse"]
    size = max(abs(error[key]) / abs(answer["total"][key] or 1) for key in ("median", "low", "high"))
    notes.append(
        f"{answer['draws']:,} draws, seed {answer['seed']}; Monte Carlo error of these figures: up to {format_percent(size)}"
    )
    return tables, notes


def _plan_table(answer: dict[str, Any]) -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_exact, format_money, format_percent, format_signed_money, format_significant

    point = answer["point_estimate"]
    what = "as given" if point["given"] else "all priors at their medians"
    percentile = f"P{format_significant(point['percentile'])} +-{format_significant(point['mcse'], 1)}"
    rows = [("point estimate", (format_exact if point["given"] else format_money)(point["amount"]), percentile, what, "")]
    for row in answer["contingency"]:
        share = (
            ""
            if row["share_of_point"] is None
            else f"{'-' if row['negative'] else '+'}{format_percent(abs(row['share_of_point']))}"
        )
        remark = "negative: below the point" if row["negative"] else ""
        rows.append(
            (f"P{row['level']:.10g}", format_money(row["amount"]), format_signed_money(row["contingency"]), share, remark)
        )
    budget = answer["budget"]
    if budget is not None:
        within = format_probability((budget["probability_within"], budget["probability_error"]))
        within = f"{within} probability of staying within"
        rows.append(("=budget", format_exact(budget["amount"]), format_signed_money(budget["over_point"]), "", within))
        rows += [(name, amount, "", "", what) for name, amount, what, _ in overrun_rows(budget)]
    title = f"{answer['title']}, {answer['scope']}: contingency in {answer['money']}"
    return TextTable(title, ("", ">USD", ">contingency", "of the point", ""), rows)


def _curve_table(answer: dict[str, Any]) -> "TextTable":
    """Return the S-curve at even steps of money, with budget, point estimate, mean and contingency levels."""
    import numpy as np

    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_exact, format_money

    exact_names = {"budget", "point estimate"} if answer["point_estimate"]["given"] else {"budget"}
    amounts, probabilities = answer["s_curve"]["amount"], answer["s_curve"]["probability"]
    marks = {answer["point_estimate"]["amount"]: "point estimate"}
    if answer["total"]["mean"] is not None:
        marks[answer["total"]["mean"]] = "mean"
    marks |= {row["amount"]: f"P{row['level']:.10g}" for row in answer["contingency"]}
    if answer["budget"] is not None:
        marks[answer["budget"]["amount"]] = "budget"
    steps = dict.fromkeys(np.linspace(amounts[0], amounts[-3], CURVE_STEPS).tolist(), "")
    rows = []
    for amount, name in sorted({**steps, **marks}.items()):
        share = float(np.interp(amount, amounts, probabilities, left=0.0, right=1.0))
        share_text = "<1%" if share == 0 else ">99%" if share == 1 else f"{100 * share:.0f}%"
        rows.append(((format_exact if name in exact_names else format_money)(amount), share_text, text_bar(share), name))
    return TextTable("Probability of staying within", (">USD", ">probability", "", ""), rows)


def _allocation_tables(answer: dict[str, Any]) -> list["TextTable"]:
    """Return the allocation of amount and contingency to lines at each level."""
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money, format_signed_money, to_words

    levels = answer["allocation"]
    columns = [f">P{level['level']:.10g}" for level in levels]
    by_line = list(zip(*(level["lines"] for level in levels), strict=True))
    amounts = [
        (to_words(line[0]["name"]), format_money(line[0]["point"]), *(format_money(cell["amount"]) for cell in line))
        for line in by_line
    ]
    contingencies = [
        (to_words(line[0]["name"]), *(format_signed_money(cell["contingency"]) for cell in line)) for line in by_line
    ]
    sums = [{key: sum(cell[key] for cell in level["lines"]) for key in ("amount", "contingency", "point")} for level in levels]
    amounts.append(("=total", format_money(sums[0]["point"]), *(format_money(level["amount"]) for level in sums)))
    contingencies.append(("=total", *(format_signed_money(level["contingency"]) for level in sums)))
    return [TextTable("Allocation of the amount to lines", ("", ">point", *columns), amounts),
            TextTable("Allocation of the contingency to lines", ("", *columns), contingencies)]  # fmt: skip


def _tail_table(answer: dict[str, Any]) -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money

    tail = answer["tail"]
    level, exceedance = f"{tail['level']:.10g}", f"{100 - tail['level']:.10g}%"
    rows = [
        (f"value at risk {level}%", format_money(tail["var"]), f"exceeded with a probability of {exceedance}"),
        (f"CVaR{level} of the total", format_money(tail["cvar"]), f"mean of the total in its worst {exceedance}"),
    ]
    return TextTable("The tail", ("", ">USD", ""), rows)


def _spread_table(answer: dict[str, Any], interval: float) -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money, interval_name

    rows = [
        (row["name"], format_money(row["sd"]), format_money(row["median"]), format_band(row), format_money(row["p80"]))
        for row in answer["dependence"]
    ]
    if answer["risks"] is not None:
        without = answer["risks"]["without"]
        rows.append(
            (
                "without the risk register",
                format_money(without["sd"]),
                format_money(without["median"]),
                format_band(without),
                format_money(without["quantiles"]["80"]),
            )
        )
    columns = ("", ">standard deviation", ">median", f">{interval_name(interval)}", ">P80")
    return TextTable("Effect of dependence and risks on the spread", columns, rows)


def _driver_table(scenario: "Scenario", answer: dict[str, Any], top: int) -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_exact, format_money, format_quantity, to_words

    overrun = answer["overrun"]
    rows = []
    for row in overrun["inputs"][:top]:
        unit = scenario.inputs[row["name"]].unit.text
        unit = "" if unit == "1" else unit
        rows.append((to_words(row["name"]), f"{100 * row['mean_rank']:.0f}", format_quantity(row["median_then"], unit),
                     format_quantity(row["median"], unit)))  # fmt: skip
    format_amount = format_exact if answer["budget"] is not None else format_money
    columns = ("", ">mean percentile there", ">median there", ">median in all")
    amount = f"{format_amount(overrun['above'])} ({overrun['draws']:,} draws)"
    return TextTable(f"Draws above the {overrun['of']} of {amount}, most unusual inputs first", columns, rows)
