"""Priors of token prices: one for each kind that the model has a quantity for, and a note on the others."""

from functools import cache

from simulator import model
from simulator.core.results import Note
from simulator.records.prior_set import Distribution, RecordPrior
from simulator.records.token_kinds import QUANTITIES

UNIT = "USD/Mtoken"


@cache
def _quantities() -> frozenset[str]:
    return frozenset(model.every_graph().units)


def token_prior(
    kind: str, distribution: Distribution, about: str, grade: str, notes: list[Note], *, is_batch: bool = False
) -> RecordPrior | None:
    """Return the prior of a price of tokens; None, with a note, where a scenario has no quantity for it."""
    quantity = QUANTITIES[kind]
    if not is_batch and quantity in _quantities():
        return RecordPrior(quantity, distribution, UNIT, about, grade=grade)
    name = f"{kind} tokens{' in batches' if is_batch else ''}"
    ((_, value),) = list(distribution.items())[:1]
    price = f"{value:g} {UNIT}" if isinstance(value, (int, float)) else "several prices"
    notes.append(Note("other-token-price", quantity, f"{name}: {price}; a scenario has no quantity for it, so it is left out"))
    return None
