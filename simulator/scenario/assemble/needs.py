"""The inputs that the total, times and outcomes need, and which of them are missing."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import partial

from simulator.core.customary import in_words
from simulator.core.suggestions import Remedy, similar_name_remedies
from simulator.core.units import Unit
from simulator.engine.graph import Graph, MissingQuantityError, build_plan
from simulator.engine.scenario import TOTAL
from simulator.model import rental
from simulator.model.serving.solution import EXCESS, MET, USERS
from simulator.scenario import library
from simulator.scenario.assemble.alternatives import Alternatives
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.payments import payment_targets
from simulator.scenario.assemble.rents import channel_remedies
from simulator.scenario.rents import PRICES, channel_of, rents_of

QUOTED = {
    "on_demand_price": ("rent", "rental_price", ", or take quotes: `llmcost prior from-quotes` or `priors_from_quotes(...)`"),
    "chip_price": ("price", "chip_price", ", or take quotes: `llmcost prior from-quotes` or `priors_from_quotes(...)`"),
}
"""Prices of chips that may come from quotes: the word for it, and the quantity that a scenario can give instead."""

RENTAL = "rental_cost"
"""The line of rent under a contract."""
TIER = "small-medium"
"""A preset that makes those complete which are only a part of a scenario."""
_MOST_NAMES = 4


@dataclass(frozen=True, slots=True)
class Needs:
    """The quantities to compute besides the total, and the inputs that they need.

    `outcomes` can be computed; `skipped` maps those that cannot to the missing quantities.
    """

    times: tuple[str, ...]
    outcomes: tuple[str, ...]
    skipped: Mapping[str, tuple[str, ...]]
    inputs: frozenset[str]

    @property
    def targets(self) -> tuple[str, ...]:
        """All quantities to compute."""
        return TOTAL, *self.outcomes, *self.times


def determine_needs(context: Context, choices: Mapping[str, str], graph: Graph, alternatives: Alternatives) -> Needs:
    """Return the needs; report what is missing for the total and the times."""
    invalid = alternatives.specifications.invalid_keys | alternatives.group_inputs.invalid  # reported already
    available = alternatives.input_names | invalid
    times = (*alternatives.times, *payment_targets(context))
    needed: set[str] = set()
    of_contract: tuple[str, ...] = ()
    try:
        plan = build_plan(graph, available, [TOTAL, *times])
        of_contract = _contract_outcomes(choices, graph, available)
        if any(step.name == USERS for step in plan.steps):  # whether the targets are met is said of every fleet
            times = (*times, MET, EXCESS)
        needed |= set(plan.inputs)
    except MissingQuantityError as error:
        if context.layers[-1].is_preset:
            _report_partial(context, sorted(error.users))
        else:
            for name, users in sorted(error.users.items()):
                _report_missing(context, alternatives, name, sorted(users), graph.units[name])
    except ValueError as error:
        context.issues.add(context.file, "", str(error))
    outcomes, skipped, inputs = _outcomes(context, graph, available, of_contract)
    return Needs(times, outcomes, skipped, frozenset(needed | inputs))


def _contract_outcomes(choices: Mapping[str, str], graph: Graph, available: Set[str]) -> tuple[str, ...]:
    """Return the outcomes on the contract of a scenario: people sign it as a whole, whatever the total counts of it."""
    commitment = choices.get("commitment")
    if choices.get("basis") != "rented" or commitment not in rental.WITH_IDLE_HOURS:
        return ()
    if all(step.name != RENTAL for step in build_plan(graph, available, [TOTAL]).steps):
        return ()
    is_shared = choices.get("reservation") == "shared" and commitment in rental.WITH_RESERVATION
    return (rental.CONTRACT, rental.COUNTED_CONTRACT) if is_shared else (rental.CONTRACT,)


def _outcomes(
    context: Context, graph: Graph, available: Set[str], added: tuple[str, ...]
) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]], set[str]]:
    """Return the outcomes that can be computed, those that cannot with what is missing, and the inputs needed.

    Those that the scenario requests come first, then those that are `added` to them.
    """
    requested = context.outcome_names
    of_library = context.place("outcomes").file.startswith(library.LIBRARY_LABEL)
    outcomes: list[str] = []
    skipped: dict[str, tuple[str, ...]] = {}
    needed: set[str] = set()
    for name in dict.fromkeys((*requested, "memory_use", *added)):
        if name not in graph.units:
            message = f"there is no quantity {name!r}"
            context.issues.add(
                context.place("outcomes"), "outcomes", message, partial(similar_name_remedies, name, graph.units)
            )
            continue
        try:
            needed |= set(build_plan(graph, available, [name]).inputs)
            outcomes.append(name)
        except MissingQuantityError as error:
            # A preset names the outcomes of all kinds of supply; those of the others have no formula here.
            if name in requested and not (of_library and error.users.keys() == {name}):
                skipped[name] = tuple(sorted(error.users))
        except ValueError:
            pass  # a circular dependency, reported above or for another outcome
    return tuple(name for name in outcomes if name in requested or name in added), skipped, needed


def _report_partial(context: Context, missing: list[str]) -> None:
    """Report that a preset of the library is only a part of a scenario, such as an organisation without a model."""
    names = ", ".join(missing[:_MOST_NAMES]) + (", ..." if len(missing) > _MOST_NAMES else "")
    message = (
        f"{context.reference} is a part of a scenario, without {names}; "
        f"run a file with `extends: [{TIER}, {context.reference}]`, or that extends it and gives these"
    )
    context.issues.add(context.file, "", message)


def _report_missing(context: Context, alternatives: Alternatives, name: str, users: list[str], unit: Unit) -> None:
    """Report a missing quantity; if other chips provide it, report it at the chip of the scenario."""
    place, key = context.file, name
    unit_text = "a plain number" if unit.text == "1" else f"in {in_words(unit.text)}"
    message = f"is needed for {', '.join(users)}; give it ({unit_text})"
    chip = context.last("chip")
    is_of_chips = name in PRICES.values() or any(name in (node.keys or {}) for node in library.chips().values())
    if chip in library.chips() and is_of_chips:
        item, substitute, quotes = QUOTED.get(name, (name, name, ""))
        place, key = context.place("chip"), "chip"
        seller = f" from a {channel_of(chip, context.last('channel'))}" if name in PRICES.values() and rents_of(chip) else ""
        message = f"the library has no {item} of {chip}{seller}, needed for {', '.join(users)}"
        message += f"; give {substitute} ({unit_text}){quotes}"
    context.issues.add(place, key, message, partial(_remedies_for, context, alternatives, name), missing=name)


def _remedies_for(context: Context, alternatives: Alternatives, name: str) -> list[Remedy]:
    """Return the changes under which a missing quantity is not needed, or for a rent, the channels that have one."""
    return [*channel_remedies(context, name), *alternatives.remedies_without(name)]
