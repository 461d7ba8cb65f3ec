"""The basis of a utilisation: the peak of which it is a share, whether goodput is inside, and the precision that it holds.

A number that a scenario states was measured on a run in its own precision. A row of the library is of BF16 work unless it says
that it is a share of the FP8 peak. So the measured speed-up of FP8 applies to rows of BF16 work alone.
"""

from collections.abc import Mapping, MutableMapping

from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.specification import Specification
from simulator.scenario.entries import describe, library_entry
from simulator.scenario.posteriors import is_posterior
from simulator.scenario.schema import Entry

UTILISATIONS = ("effective_utilisation", "mfu", "hfu")
"""Utilisations, the one nearest to the chip-hours first: it shadows the others."""


def file_by_goodput(
    context: Context, by_name: MutableMapping[str, Specification], specifications: MutableMapping[str, Specification]
) -> None:
    """File the utilisation of one layer by what is inside it: `mfu` excludes lost time, `effective_utilisation` includes it."""
    for name, each in list(specifications.items()):
        entry = each.entry
        if name not in UTILISATIONS:
            if entry.peak or entry.goodput:
                context.issues.add(each.place, name, "is no utilisation, so it has no peak and no goodput")
            continue
        other = {("mfu", "inside"): "effective_utilisation", ("effective_utilisation", "apart"): "mfu"}.get(
            (name, entry.goodput)
        )
        if name == "hfu" and entry.goodput == "inside":
            context.issues.add(each.place, name, "counts the FLOP of running chips, so goodput is apart; give mfu instead")
        elif other is not None and other in specifications:
            context.issues.add(each.place, name, f"has goodput {entry.goodput}, which is what {other} states too; keep one")
        elif other is not None:
            specifications[other] = specifications.pop(name)
            by_name.pop(name, None)


def held_precision(by_name: Mapping[str, Specification]) -> str:
    """Return why the utilisation in force holds its precision already, or an empty text if it is of BF16 work."""
    name = in_force(by_name)
    if name is None:
        return ""
    entry = by_name[name].entry
    if entry.from_ is None:
        return f"{name} is stated as {describe(entry)}, which holds the precision that it was measured in"
    if peak_of(name, entry) == "fp8":
        return f"{name} ({describe(entry)}) is a share of the FP8 peak, so it holds that precision"
    return ""


def in_force(by_name: Mapping[str, Specification]) -> str | None:
    """Return the name of the utilisation in force, or None if there is none."""
    return next((name for name in UTILISATIONS if name in by_name), None)


def peak_of(name: str, entry: Entry) -> str:
    """Return the peak that an entry or its row states, or an empty text."""
    if entry.peak or entry.from_ is None:
        return entry.peak
    if is_posterior(entry.from_):
        return "bf16"
    try:
        return library_entry(name, entry.from_).peak
    except ValueError:
        return ""  # there is no such row, which is reported when it is read
