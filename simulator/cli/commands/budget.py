"""`llmcost budget`: what to ask for, how sure that is, who carries it, and what would cause an overrun."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.decisions import band, bar, checked_output, draw_options, drawing, give, overrun_rows, probability_text
from simulator.cli.options import Confidence, Share, read_scenario, scenario_options

if TYPE_CHECKING:
    from simulator.cli.output import Table
    from simulator.scenario import Scenario

STEPS = 12


@click.command(short_help="What to ask for, how sure that is, and who carries it.")
@click.argument("scenario", metavar="SCENARIO")
@click.option(
    "--confidence", "levels", type=Confidence(), multiple=True, metavar="PERCENT",
    help="Tell this level besides 50, 70, 80 and 90 %.",
)  # fmt: skip
@click.option(
    "--fail-above", type=Share(), metavar="PERCENT", help="Exit with code 3 if an overrun is more probable than this."
)
@click.option("--top", type=click.IntRange(1), default=8, show_default=True, help="How many inputs to name in the table.")
@scenario_options
@draw_options
def command(
    scenario: str, levels: tuple[float, ...], fail_above: float | None, top: int, draws: int, seed: int, interval: float,
    threads: int, form: str, output: Path | None, quiet: bool, **given: Any,
) -> int:  # fmt: skip
    """Contingency of SCENARIO by confidence, its allocation to the lines, its tail, and what causes an overrun."""
    read = read_scenario(scenario, given)
    output = checked_output(output)
    if fail_above is not None and read.budget is None:
        raise click.UsageError("--fail-above needs a budget: add --budget AMOUNT, or `budget:` in the file")

    from simulator.analysis.budget import plan_budget
    from simulator.core.formatting import exact, percent

    with drawing(quiet) as progress:
        said = plan_budget(
            read, draws, seed, levels=levels, interval=interval, threads=threads or None, progress=progress
        )  # fmt: skip
    give(said, form, output, lambda: _tables(read, said, interval, top))
    if fail_above is not None:
        beyond = 1 - said["budget"]["probability_within"]
        if beyond > fail_above:
            click.echo(
                f"llmcost: the probability of exceeding {exact(said['budget']['amount'])} USD is {percent(beyond)}, "
                f"more than {percent(fail_above)}", err=True,
            )  # fmt: skip
            return 3
    return 0


def _tables(read: "Scenario", said: dict[str, Any], interval: float, top: int) -> tuple[list["Table"], list[str]]:
    from simulator.core.formatting import percent

    tables = [
        _plan_table(said),
        _curve_table(said),
        *_allocation_tables(said),
        _tail_table(said),
        _spread_table(said, interval),
    ]
    if said["overrun"]["inputs"]:
        tables.append(_driver_table(read, said, top))
    notes = [
        "amounts of lines are their means in draws in which the total stands at that level, so they add up; the percentiles "
        "of lines do not"
    ]
    below = [row for row in said["contingency"] if row["negative"]]
    if below:
        levels = ", ".join(f"P{row['level']:.10g}" for row in below)
        notes.append(
            f"negative contingency at {levels}: the point estimate lies above, so it holds more than that probability already"
        )
    if not any(row["name"].startswith("priors") for row in said["dependence"]):
        notes.append("no priors are correlated with each other here; lines still go together, as they share inputs")
    if any(".fte" in name for name in read.inputs):
        notes.append("people of a team keep the correlation within it (`--set team_correlation=0` takes it away)")
    if said["risks"] is None:
        notes.append("no register of risks: only what the priors say can happen is in these figures")
    notes += said["notes"]
    error = said["total"]["mcse"]
    size = max(abs(error[key]) / abs(said["total"][key] or 1) for key in ("median", "low", "high"))
    notes.append(f"{said['draws']:,} draws, seed {said['seed']}; Monte Carlo error of these figures: up to {percent(size)}")
    return tables, notes


def _plan_table(said: dict[str, Any]) -> "Table":
    from simulator.cli.output import Table
    from simulator.core.formatting import digits, exact, money, percent, signed

    point = said["point_estimate"]
    what = "as given" if point["given"] else "all priors at their medians"
    stands = f"P{digits(point['percentile'])} +-{digits(point['mcse'], 1)}"
    rows = [("point estimate", (exact if point["given"] else money)(point["amount"]), stands, what, "")]
    for row in said["contingency"]:
        share = (
            "" if row["share_of_point"] is None else f"{'-' if row['negative'] else '+'}{percent(abs(row['share_of_point']))}"
        )
        said_of = "negative: below the point" if row["negative"] else ""
        rows.append((f"P{row['level']:.10g}", money(row["amount"]), signed(row["contingency"]), share, said_of))
    budget = said["budget"]
    if budget is not None:
        within = probability_text((budget["probability_within"], budget["probability_error"]))
        within = f"{within} probability of staying within"
        rows.append(("=budget", exact(budget["amount"]), signed(budget["over_point"]), "", within))
        rows += [(name, amount, "", "", what) for name, amount, what, _ in overrun_rows(budget)]
    title = f"{said['title']}, {said['scope']}: contingency in {said['money']}"
    return Table(title, ("", ">USD", ">contingency", "of the point", ""), rows)


def _curve_table(said: dict[str, Any]) -> "Table":
    """The S-curve: even steps of money, with the amounts that a reader looks for among them."""
    import numpy as np

    from simulator.cli.output import Table
    from simulator.core.formatting import exact, money

    given = {"budget", "point estimate"} if said["point_estimate"]["given"] else {"budget"}
    amounts, probabilities = said["s_curve"]["amount"], said["s_curve"]["probability"]
    marks = {said["point_estimate"]["amount"]: "point estimate"}
    if said["total"]["mean"] is not None:
        marks[said["total"]["mean"]] = "mean"
    marks |= {row["amount"]: f"P{row['level']:.10g}" for row in said["contingency"]}
    if said["budget"] is not None:
        marks[said["budget"]["amount"]] = "budget"
    steps = dict.fromkeys(np.linspace(amounts[0], amounts[-3], STEPS).tolist(), "")
    rows = []
    for amount, name in sorted({**steps, **marks}.items()):
        share = float(np.interp(amount, amounts, probabilities, left=0.0, right=1.0))
        said_share = "<1%" if share == 0 else ">99%" if share == 1 else f"{100 * share:.0f}%"
        rows.append(((exact if name in given else money)(amount), said_share, bar(share), name))
    return Table("Probability of staying within", (">USD", ">chance", "", ""), rows)


def _allocation_tables(said: dict[str, Any]) -> list["Table"]:
    """Who carries the amount at each level, and who its contingency."""
    from simulator.cli.output import Table
    from simulator.core.formatting import money, signed, words

    levels = said["allocation"]
    columns = [f">P{level['level']:.10g}" for level in levels]
    by_line = list(zip(*(level["lines"] for level in levels), strict=True))
    amounts = [(words(line[0]["name"]), money(line[0]["point"]), *(money(at["amount"]) for at in line)) for line in by_line]
    more = [(words(line[0]["name"]), *(signed(at["contingency"]) for at in line)) for line in by_line]
    sums = [{key: sum(at[key] for at in level["lines"]) for key in ("amount", "contingency", "point")} for level in levels]
    amounts.append(("=total", money(sums[0]["point"]), *(money(level["amount"]) for level in sums)))
    more.append(("=total", *(signed(level["contingency"]) for level in sums)))
    return [Table("Who carries the amount", ("", ">point", *columns), amounts),
            Table("Who carries the contingency", ("", *columns), more)]  # fmt: skip


def _tail_table(said: dict[str, Any]) -> "Table":
    from simulator.cli.output import Table
    from simulator.core.formatting import money

    tail = said["tail"]
    level, rest = f"{tail['level']:.10g}", f"{100 - tail['level']:.10g}%"
    rows = [(f"value at risk {level}%", money(tail["var"]), f"exceeded with a probability of {rest}"),
            (f"CVaR{level} of the total", money(tail["cvar"]), f"mean of the total in its worst {rest}")]  # fmt: skip
    return Table("The tail", ("", ">USD", ""), rows)


def _spread_table(said: dict[str, Any], interval: float) -> "Table":
    from simulator.cli.output import Table
    from simulator.core.formatting import interval_name, money

    rows = [(row["name"], money(row["sd"]), money(row["median"]), band(row), money(row["p80"])) for row in said["dependence"]]
    if said["risks"] is not None:
        without = said["risks"]["without"]
        rows.append(("without the register of risks", money(without["sd"]), money(without["median"]), band(without),
                     money(without["quantiles"]["80"])))  # fmt: skip
    columns = ("", ">standard deviation", ">median", f">{interval_name(interval)}", ">P80")
    return Table("What dependence and risks do to the spread", columns, rows)


def _driver_table(read: "Scenario", said: dict[str, Any], top: int) -> "Table":
    from simulator.cli.output import Table
    from simulator.core.formatting import exact, money, shown, words

    over = said["overrun"]
    rows = []
    for row in over["inputs"][:top]:
        unit = read.inputs[row["name"]].unit.text
        unit = "" if unit == "1" else unit
        rows.append((words(row["name"]), f"{100 * row['mean_rank']:.0f}", shown(row["median_then"], unit),
                     shown(row["median"], unit)))  # fmt: skip
    say = exact if said["budget"] is not None else money
    title = f"Worlds above the {over['of']} of {say(over['above'])} ({over['draws']:,} draws), most unlike the others first"
    return Table(title, ("", ">mean percentile there", ">median there", ">median in all"), rows)
