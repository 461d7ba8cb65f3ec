"""The note on a contract: what it obliges to pay in all, and what of it the total counts."""

from simulator.core.formatting import format_money
from simulator.core.results import Note
from simulator.engine.result import SimulationResult
from simulator.model import IDLE
from simulator.model.rental import CONTRACT, COUNTED_CONTRACT

CODE = "contract-amount"
SUPPLY = "supply_cost"
"""What a fleet pays for its chips, with rent and idle hours."""


def contract_notes(result: SimulationResult) -> list[Note]:
    """Return a note on the contract of a scenario, if it has one."""
    scenario = result.scenario
    if CONTRACT not in scenario.outcomes:
        return []
    text = f"the contract obliges to {median_amount(result, CONTRACT)} in all (median)"
    if COUNTED_CONTRACT in scenario.outcomes:
        text += (
            f"; this plan counts {median_amount(result, COUNTED_CONTRACT)} of it, because other work is assumed to use the "
            "rest; `reservation: dedicated` counts all of it"
        )
    elif IDLE in scenario.lines or SUPPLY in scenario.plan.names:
        text += ", and this plan counts all of it"
    return [Note(CODE, CONTRACT, text)]


def median_amount(result: SimulationResult, name: str) -> str:
    """Return the median of an outcome in words."""
    values = result.accumulators[name]
    return format_money(values if isinstance(values, float) else values.quantile(0.5), result.scenario.currency)
