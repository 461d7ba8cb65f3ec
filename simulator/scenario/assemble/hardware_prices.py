"""Prices of owned hardware: filed under what they include, and replaced by nearer statements of the same thing.

A note names the costs of the owner that a scenario leaves out.
"""

from collections.abc import Collection, Mapping, MutableMapping

from simulator.core.formatting import to_words
from simulator.core.results import Note
from simulator.model.ownership import COSTS_OF_OWNERS
from simulator.scenario import library
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.specification import Specification
from simulator.scenario.posteriors import is_posterior
from simulator.scenario.schema import Entry

PRICES: Mapping[str, str] = {"module": "chip_price", "server": "server_price", "cluster": "cluster_price"}
"""The price of one chip, by what it includes: the chip alone, its share of the server, or its share of the cluster."""
FACILITY = ("facility_price", "building_price")
"""The lease of a site, and the price of a building of one's own: either one pays for the same building."""
_POWER_IN_LEASE = "lease_includes_power"


def file_by_contents(
    context: Context, by_name: MutableMapping[str, Specification], specifications: MutableMapping[str, Specification]
) -> None:
    """File each price of one layer under what it includes; it replaces the prices of lower layers, which are in `by_name`."""
    for name, each in list(specifications.items()):
        if name not in PRICES.values():
            if each.entry.includes:
                context.issues.add(each.place, name, "is no price of hardware, so it has no `includes`")
            continue
        includes = _contents(name, each.entry)
        if each.entry.includes and each.entry.includes != includes:
            context.issues.add(each.place, name, f"includes the {includes} by its row, not the {each.entry.includes}")
            continue
        price = PRICES[includes]
        if price == name:
            continue
        if price in specifications:
            context.issues.add(each.place, name, f"is a price that includes the {includes}, as {price} is; keep one")
        else:
            specifications[price] = specifications.pop(name)
    _drop_replaced(by_name, specifications, tuple(PRICES.values()))


def check_facility(
    context: Context, by_name: MutableMapping[str, Specification], specifications: Mapping[str, Specification]
) -> None:
    """Refuse a layer that gives both a lease and a building; either one replaces what lower layers give."""
    if all(name in specifications for name in FACILITY):
        lease, building = FACILITY
        message = f"is the price of a building that {lease} leases already; keep one of the two"
        context.issues.add(specifications[building].place, building, message)
    _drop_replaced(by_name, specifications, FACILITY)


def check_power_in_lease(context: Context, by_name: Mapping[str, Specification]) -> None:
    """Refuse power that is in a lease where there is no lease, because nothing would pay for it."""
    power, lease = by_name.get(_POWER_IN_LEASE), FACILITY[0]
    if power is None or power.is_of_library or lease in by_name or power.entry.value == "0":
        return
    context.issues.add(power.place, _POWER_IN_LEASE, f"needs the lease, so that something pays for the power; give {lease}")


def note_missing_costs(context: Context, basis: str | None, lines: Collection[str]) -> None:
    """Note the costs of the owner that a user's scenario leaves out; those of the library say so themselves."""
    is_of_library = all(layer.node.place.file.startswith(library.LIBRARY_LABEL) for layer in context.layers)
    if is_of_library or basis != "owned" or "compute" not in context.line_names:
        return
    missing = [to_words(line) for line in COSTS_OF_OWNERS if line not in lines]
    if missing:
        text = f"own hardware is without {', '.join(missing)}; `extends: owner-costs` has rows of the library for all of them"
        context.issues.notes.append(Note("owner-costs-left-out", "compute", text))


def _contents(name: str, entry: Entry) -> str:
    """Return what a price includes: by its row of the library, by its own statement, or by its name."""
    by_price = {price: includes for includes, price in PRICES.items()}
    if entry.from_ is not None and not is_posterior(entry.from_):
        order = (name, *(price for price in by_price if price != name))
        price = next((price for price in order if entry.from_ in library.rows_of(price)), name)
        return by_price[price]
    return entry.includes or by_price[name]


def _drop_replaced(
    by_name: MutableMapping[str, Specification], layer: Mapping[str, Specification], alternatives: tuple[str, ...]
) -> None:
    if any(name in layer for name in alternatives):
        for name in alternatives:
            by_name.pop(name, None)
