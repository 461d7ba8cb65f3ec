"""`llmcost risks`: the risk register of a scenario."""

from typing import TYPE_CHECKING

import click

from simulator.cli.command import Answer, Page, outputs
from simulator.cli.options import open_with_warnings, override_options, run_options

if TYPE_CHECKING:
    from simulator.engine.options import RunOptions
    from simulator.io.risk_register import RiskRegister
    from simulator.scenario import Overrides


@click.command(short_help="Show the risk register: probability, impact, expected loss and part of the P80 of each risk.")
@click.argument("reference", metavar="SCENARIO")
@override_options
@outputs()
@run_options
def command(reference: str, overrides: "Overrides", options: "RunOptions") -> Answer:
    """Show the risk register of SCENARIO: what each risk costs if it occurs, and what it contributes to the total.

    A scenario has the risks that its `risks:` name; `llmcost list risks` shows those of the library.
    """
    from simulator.analysis.risks import risk_register

    opened = open_with_warnings(reference, overrides)
    register = risk_register(opened.scenario, options)
    return Answer(register, lambda: _page(register), opened=[opened])


def _page(register: "RiskRegister") -> Page:
    from simulator.cli.risk_tables import risk_note, risk_tables
    from simulator.core.formatting import format_money

    header = register.header
    headline = (
        f"{header.title}: P80 {format_money(register.p80.value)} {header.currency} with the register, "
        f"{format_money(register.p80_without.value)} without it"
    )
    notes = [*(note.text for note in register.notes), risk_note(register), f"{header.draws:,} draws, seed {header.seed}"]
    return Page(risk_tables(register, header), notes, headline)
