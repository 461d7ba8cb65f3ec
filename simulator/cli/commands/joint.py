"""`llmcost joint`: the probability of meeting cost and date together."""

from typing import TYPE_CHECKING

import click

from simulator.cli.cells import format_probability, parse_amount
from simulator.cli.command import Answer, Page, outputs
from simulator.cli.options import open_with_warnings, override_options, run_options

if TYPE_CHECKING:
    from simulator.analysis.joint import JointConfidence
    from simulator.engine.options import RunOptions
    from simulator.scenario import Overrides

FRONTIER_ROWS = 9


@click.command(short_help="Probability of meeting cost and date together, and pairs of targets with a given probability.")
@click.argument("reference", metavar="SCENARIO")
@click.option("--cost", metavar="AMOUNT", help="The cost limit, such as 150e6; default: the budget, or the P70.")
@click.option("--date", metavar="TIME", help="The time limit from the start, such as '18 month'; default: the P70.")
@click.option("--of", "quantity", metavar="NAME", help="The quantity used as date; default: release, duration or wall_clock.")
@override_options
@outputs()
@run_options
def command(
    reference: str,
    cost: str | None,
    date: str | None,
    quantity: str | None,
    overrides: "Overrides",
    options: "RunOptions",
) -> Answer:
    """Estimate the joint confidence level of cost and date of SCENARIO, with its frontier at 50% and 70%."""
    opened = open_with_warnings(reference, overrides)
    scenario = opened.scenario
    cost_target = None if cost is None else parse_amount(cost, scenario.currency, "--cost")
    date_target = None if date is None else parse_amount(date, "hour", "--date")

    from simulator.analysis.joint import NoDateError, joint_confidence

    try:
        joint = joint_confidence(scenario, options, cost=cost_target, date=date_target, of=quantity)
    except NoDateError as error:
        raise click.UsageError(f"{reference} {error}") from None
    return Answer(joint, lambda: _page(joint), opened=[opened])


def _page(joint: "JointConfidence") -> Page:
    from simulator.cli.output import Column, TextTable
    from simulator.core.formatting import (
        format_exact,
        format_exact_money,
        format_money,
        format_percent,
        format_significant,
        to_words,
    )

    currency = joint.header.currency
    cost, date, shares = joint.cost_target, joint.date_target, joint.quadrants
    cost_limit = (format_exact_money if cost.is_given else format_money)(cost.amount, currency)
    date_limit = (format_exact if date.is_given else format_significant)(date.months)
    both = f"at most {cost_limit}, at most {date_limit} months"
    rows = [
        ("=within both", format_probability(shares.within_both), both),
        ("over cost only", format_probability(shares.over_cost), ""),
        ("late only", format_probability(shares.late), ""),
        ("over both", format_probability(shares.over_both), ""),
        (
            "within cost",
            format_probability(cost.probability),
            "as given" if cost.is_given else "the P70, as no cost was given",
        ),
        (
            "within date",
            format_probability(date.probability),
            "as given" if date.is_given else "the P70, as no date was given",
        ),
    ]
    lines, limits = [], []
    for level, line in joint.frontier.items():
        count = len(line.months)
        for place in sorted({round(step * (count - 1) / (FRONTIER_ROWS - 1)) for step in range(FRONTIER_ROWS if count else 0)}):
            lines.append((f"{level}%", format_significant(line.months[place]), f"P{line.date_percentile[place]:.0f}",
                          format_money(line.cost[place], currency)))  # fmt: skip
        limits.append(
            f"{level}%: not before {format_significant(line.earliest_months)} months at any cost, nor below "
            f"{format_money(line.least_cost, currency)} at any date" + ("" if count else "; too few draws for its pairs")
        )
    tables = [
        TextTable(f"{joint.header.title}, {joint.header.scope}, in {joint.header.money}", ("", ">share of outcomes", ""), rows),
        TextTable(
            "Pairs of targets with equal probability of meeting both",
            (">probability", ">months", Column(">percentile of the date", 1), ">cost"),
            lines,
        ),
    ]
    notes = [
        f"pairs are shown up to the P{joint.frontier_up_to:g} of cost and date; beyond it they depend on extreme draws",
        *limits,
        f"the date is {to_words(joint.time)} (--of selects another); its rank correlation with the cost is "
        f"{joint.rank_correlation:+.2f}",
        *(note.text for note in joint.notes),
        f"{joint.header.draws:,} draws, seed {joint.header.seed}",
    ]
    headline = f"{joint.header.title}: {both}, with a probability of {format_percent(shares.within_both.value)}"
    return Page(tables, notes, headline)
