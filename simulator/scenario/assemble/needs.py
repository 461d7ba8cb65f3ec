"""What total, times and outcomes need, and what of it is missing."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import partial

from simulator.core.suggestions import similar
from simulator.core.units import Unit
from simulator.engine.graph import Graph, Missing, plan
from simulator.engine.scenario import TOTAL
from simulator.scenario import library
from simulator.scenario.assemble.alternatives import Alternatives
from simulator.scenario.assemble.context import Context

QUOTED = {
    "on_demand_price": ("rent", "rental_price", ", or take quotes: `llmcost prior from-quotes`"),
    "chip_price": ("price", "chip_price", ", or take quotes: `llmcost prior from-quotes`"),
}
"""What of a chip comes from quotes: the word for it, and the quantity that a scenario gives in its place."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What is computed beside the total, and the inputs that all of it takes.

    `outcomes` can be computed; `skipped` are those that cannot, with what they lack.
    """

    times: tuple[str, ...]
    outcomes: tuple[str, ...]
    skipped: Mapping[str, tuple[str, ...]]
    inputs: frozenset[str]

    @property
    def targets(self) -> tuple[str, ...]:
        """All that is computed."""
        return TOTAL, *self.outcomes, *self.times


def determine_needs(context: Context, graph: Graph, alternatives: Alternatives) -> Needs:
    """Return what is needed; report what is missing for the total and the times."""
    given = alternatives.given | alternatives.specifications.not_finite
    needed: set[str] = set()
    try:
        needed |= set(plan(graph, given, [TOTAL, *alternatives.times]).inputs)
    except Missing as error:
        for name, users in sorted(error.by.items()):
            _report_missing(context, alternatives, name, sorted(users), graph.units[name])
    except ValueError as error:
        context.issues.add(context.file, "", str(error))
    outcomes, skipped, inputs = _outcomes(context, graph, given)
    return Needs(alternatives.times, outcomes, skipped, frozenset(needed | inputs))


def _outcomes(context: Context, graph: Graph, given: Set[str]) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]], set[str]]:
    """Return the outcomes that can be computed, those that cannot with what they lack, and the inputs that take part."""
    wanted = context.last("outcomes") or ()
    outcomes: list[str] = []
    skipped: dict[str, tuple[str, ...]] = {}
    needed: set[str] = set()
    for name in dict.fromkeys((*wanted, "memory_use")):
        if name not in graph.units:
            message = f"there is no quantity {name!r}"
            context.issues.add(context.place("outcomes"), "outcomes", message, partial(similar, name, graph.units))
            continue
        try:
            needed |= set(plan(graph, given, [name]).inputs)
            outcomes.append(name)
        except Missing as error:
            if name in wanted:
                skipped[name] = tuple(sorted(error.by))
        except ValueError:
            pass  # a circle, reported above or on the way to another outcome
    return tuple(name for name in outcomes if name in wanted), skipped, needed


def _report_missing(context: Context, alternatives: Alternatives, name: str, users: list[str], unit: Unit) -> None:
    """Report a quantity that is needed and not given; where other chips bring it, at the chip of the scenario."""
    place, key = context.file, name
    shown = "a plain number" if unit.text == "1" else f"in {unit.text}"
    message = f"is needed for {', '.join(users)}; give it ({shown})"
    chip = context.last("chip")
    if chip in library.chips() and any(name in (node.keys or {}) for node in library.chips().values()):
        what, substitute, quotes = QUOTED.get(name, (name, name, ""))
        place, key = context.place("chip"), "chip"
        message = f"the library has no {what} of {chip}, needed for {', '.join(users)}; give {substitute} ({shown}){quotes}"
    context.issues.add(place, key, message, partial(alternatives.without, name), missing=name)
