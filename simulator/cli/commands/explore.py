"""`llmcost explore`: write a page that recomputes scenarios in the browser."""

from typing import TYPE_CHECKING

import click

from simulator.cli.command import Answer, Page, outputs
from simulator.cli.options import draws_option_of, override_options, run_options_with, warn

if TYPE_CHECKING:
    from simulator.engine.options import RunOptions
    from simulator.report.explorer.result import Exploration
    from simulator.scenario import Overrides


@click.command(short_help="Write a page to explore a scenario in the browser: sliders, choices, shocks and levers.")
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@override_options
@outputs(".html", label="steps")
@run_options_with(draws_option_of(100_000, least=1000))
def command(
    scenarios: tuple[str, ...],
    overrides: "Overrides",
    options: "RunOptions",
) -> Answer:
    """Write a page on SCENARIO that computes in the browser: `llmcost explore gpt-4 -o explorer.html`.

    The page has sliders for budget and main drivers, choices, shocks and levers, and shows at once what a change does to the
    total. It is one file that needs no network. Its unchanged case is that of a run of these draws; without -o, its figures
    are printed. Several scenarios are on one page; add changes to a name, as in gpt-4:basis=rented, and a name of your own,
    as in Own=gpt-4.
    """
    from simulator.core.files import write_text_atomically
    from simulator.report.explorer.result import explore_scenarios
    from simulator.scenario.variants import open_variant, split_names

    names, references, _ = split_names(scenarios)
    opened = [open_variant(reference, overrides) for reference in references]
    for each in opened:
        warn(each.scenario.warnings)
    formulas = [word for path in click.get_current_context().params["formulas"] for word in ("--formulas", str(path))]
    commands = [None if each.base.reference == "-" else (each.base.reference, *formulas) for each in opened]
    done, count = iter(range(1, 100)), 3 * len(opened) + 1
    progress = options.progress or (lambda done, count: None)
    exploration = explore_scenarios(opened, names, commands, options, lambda _: progress(min(next(done), count), count))
    return Answer(
        exploration,
        lambda: _page(exploration),
        writers={".html": lambda path: write_text_atomically(path, exploration.html)},
        opened=opened,
        names=names if len(opened) > 1 else (),
    )


def _page(exploration: "Exploration") -> Page:
    from simulator.cli.output import TextTable
    from simulator.core.formatting import NONE, format_exact, format_interval, format_money, format_percent

    header = exploration.header
    rows = [
        (
            each.name,
            format_money(each.p50),
            format_money(each.p80),
            format_interval(each.low, each.high, header.currency),
            format_exact(each.budget),
            format_percent(each.probability_within),
            NONE if each.expected_overrun is None else format_money(each.expected_overrun),
        )
        for each in exploration.scenarios
    ]
    columns = ("scenario", ">P50", ">P80", f">{header.interval_name}", ">budget", ">within", ">expected overrun")
    table = TextTable(f"The unchanged case of the page, {header.money}", columns, rows)
    parts = (
        TextTable(
            "What can be changed, besides the main drivers",
            ("scenario", ">combinations of choices", ">shocks", ">levers"),
            [(each.name, str(each.combinations), str(each.shocks), str(each.levers)) for each in exploration.scenarios],
        ),
    )
    notes = [
        *(note.text for note in exploration.notes),
        f"the page holds {exploration.page_draws:,} draws; -o explorer.html writes it",
        f"{header.draws:,} draws, seed {header.seed}",
    ]
    return Page([table, *parts], notes)
