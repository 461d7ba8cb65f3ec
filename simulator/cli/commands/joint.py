"""`llmcost joint`: the probability to meet cost and date together."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.decisions import amount, checked_output, draw_options, drawing, give, probability_text
from simulator.cli.options import read_scenario, scenario_options

if TYPE_CHECKING:
    from simulator.cli.output import Table

ROWS = 9


@click.command(short_help="The probability to meet cost and date together, and the targets that have a given probability.")
@click.argument("scenario", metavar="SCENARIO")
@click.option("--cost", metavar="AMOUNT", help="The most it may cost, such as 150e6; else the budget, or the P70.")
@click.option("--date", metavar="TIME", help="The latest, from the start, such as '18 month'; else the P70.")
@click.option("--of", metavar="NAME", help="The quantity that is the date (else release, duration or wall_clock).")
@scenario_options
@draw_options
def command(
    scenario: str, cost: str | None, date: str | None, of: str | None, draws: int, seed: int, interval: float, threads: int,
    form: str, output: Path | None, quiet: bool, **given: Any,
) -> int:  # fmt: skip
    """Joint confidence of cost and date of SCENARIO, with its frontier at 50 and 70 %."""
    read = read_scenario(scenario, given)
    output = checked_output(output)
    most = None if cost is None else amount(cost, "USD", "--cost")
    latest = None if date is None else amount(date, "hour", "--date")

    from simulator.analysis.joint import NoDate, joint

    with drawing(quiet) as progress:
        try:
            said = joint(read, most, latest, draws, seed, of=of, interval=interval, threads=threads or None, progress=progress)
        except NoDate as error:
            raise click.UsageError(f"{scenario} {error}") from None
    give(said, form, output, lambda: _tables(said))
    return 0


def _tables(said: dict[str, Any]) -> tuple[list["Table"], list[str]]:
    from simulator.cli.output import Table
    from simulator.core.formatting import digits, exact, money, words

    cost, date, shares = said["cost_target"], said["date_target"], said["quadrants"]
    most = (exact if cost["given"] else money)(cost["amount"])
    months = (exact if date["given"] else digits)(date["months"])
    rows = [
        ("=within both", probability_text(shares["within_both"]), f"at most {most} USD, at most {months} months"),
        ("over the cost alone", probability_text(shares["over_cost"]), ""),
        ("late alone", probability_text(shares["late"]), ""),
        ("over both", probability_text(shares["over_both"]), ""),
        (
            "cost by itself",
            probability_text(cost["probability"]),
            "as given" if cost["given"] else "the P70, as no cost was named",
        ),
        (
            "date by itself",
            probability_text(date["probability"]),
            "as given" if date["given"] else "the P70, as no date was named",
        ),
    ]
    lines, limits = [], []
    for level, line in said["frontier"].items():
        count = len(line["months"])
        for place in sorted({round(step * (count - 1) / (ROWS - 1)) for step in range(ROWS if count else 0)}):
            lines.append((f"{level}%", digits(line["months"][place]), f"P{line['date_percentile'][place]:.0f}",
                          money(line["cost"][place])))  # fmt: skip
        limits.append(
            f"{level}%: not before {digits(line['earliest_months'])} months at any cost, nor below "
            f"{money(line['least_cost'])} at any date" + ("" if count else "; too few draws for its pairs")
        )
    tables = [
        Table(f"{said['title']}, {said['scope']}, in {said['money']}", ("", ">share of draws", ""), rows),
        Table("Pairs with one probability to meet both", (">chance", ">months", ">of the date", ">USD"), lines),
    ]
    notes = [
        f"pairs are told up to the P{said['frontier_up_to']:g} of cost and date, beyond which they rest on extreme draws",
        *limits,
        f"the date is {words(said['time'])} (--of names another); its rank correlation with the cost is "
        f"{said['rank_correlation']:+.2f}",
        f"{said['draws']:,} draws, seed {said['seed']}",
    ]
    return tables, notes
