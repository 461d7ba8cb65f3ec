"""Own chips of which a scenario pays for a part, beside scenarios that pay otherwise, and what all of the chips cost.

An owned scenario pays for the hours that it uses. Its total holds for a purchase only if other work pays for the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from simulator.analysis.statistics import Array, Estimate, probability, simulate_draws
from simulator.core.formatting import format_money, format_percent
from simulator.core.results import optional
from simulator.engine.options import RunOptions
from simulator.model.rental import WITH_IDLE_HOURS
from simulator.model.serving.replicas import HOURLY
from simulator.scenario import TOTAL, OpenScenario, Scenario
from simulator.scenario.own_chips import charges_own_chips, paid_life_of

PURCHASES = ("chip_purchase", "server_purchase", "network_purchase")
"""Lines of a purchase of all chips."""
CHIPS = "chips"

PaysFor = Literal["term", "chips", "hours", "fleet", "scaled-fleet", "other"]
"""What a scenario pays for.

A whole term, all of its chips, the hours used, a fleet in service with its idle hours, at its full size or as it is scaled by
the hour, or something else, such as tokens.
"""

UNLIKE: tuple[PaysFor, ...] = ("term", "chips")
"""Payments for capacity, used or not, which payments for hours are not comparable with."""


@dataclass(frozen=True, kw_only=True)
class OtherPayment:
    """What another scenario of a comparison pays for.

    Attributes
    ----------
    name, label : str
        Its name in the comparison, and what tables call it.
    pays_for : str
        `term`: a contract for its whole term; `chips`: all of its chips; `hours`: the hours used; `fleet`: all hours of a fleet
        in service, used or not; `scaled-fleet`: the hours of the instances that it runs; `other`: something else, such as
        tokens.

    """

    name: str
    label: str
    pays_for: PaysFor


@dataclass(frozen=True, kw_only=True)
class OwnChips:
    """A scenario that pays for a part of its own chips, beside scenarios that pay otherwise.

    Attributes
    ----------
    name, label : str
        Its name in the comparison, and what tables call it.
    others : tuple of OtherPayment
        The other scenarios that do not pay like this.
    chips : float or None
        Its chips: the median where `acquisition` is known, and otherwise with all inputs at their medians.
    paid_share : float or None
        Share of the hours of their useful life that it pays for, with all inputs at their medians.
    acquisition : float or None
        Purchase of all of its chips, USD, the median.
    purchased : float or None
        Total of the scenario with `basis: purchased`, USD, the median; None where the comparison has that scenario.
    cheapest_other : str or None
        Label of the other scenario with the lowest median, which `other_cheaper` is about.
    other_cheaper : Estimate or None
        Probability that it costs less than this scenario with `basis: purchased`.

    """

    name: str
    label: str
    others: tuple[OtherPayment, ...]
    chips: float | None
    paid_share: float | None
    acquisition: float | None = optional()
    purchased: float | None = optional()
    cheapest_other: str | None = optional()
    other_cheaper: Estimate | None = optional()


class NamedTotal(NamedTuple):
    """A scenario of a comparison, its name and label, and the draws of its total where there are any."""

    name: str
    label: str
    scenario: Scenario
    total: Array | None = None


# --- which scenarios pay for a part of their chips ------------------------------------------------------------------------


def part_owners(runs: Sequence[NamedTotal]) -> tuple[OwnChips, ...]:
    """Return the scenarios that pay for a part of their own chips; none where all scenarios do."""
    others = tuple(
        OtherPayment(name=run.name, label=run.label, pays_for=_pays_for(run.scenario))
        for run in runs
        if not charges_own_chips(run.scenario)
    )
    return tuple(own for run in runs if others and (own := _part_owner(run, others)) is not None)


def _part_owner(run: NamedTotal, others: tuple[OtherPayment, ...]) -> OwnChips | None:
    if not charges_own_chips(run.scenario):
        return None
    life = paid_life_of(run.scenario)
    if life is not None and life.is_all:
        return None
    chips, share = (None, None) if life is None else life
    return OwnChips(name=run.name, label=run.label, others=others, chips=chips, paid_share=share)


def _pays_for(scenario: Scenario) -> PaysFor:
    choices, needs = scenario.choices, scenario.plan.dependencies(TOTAL)
    if not needs.isdisjoint(PURCHASES):
        return "chips"
    if "rental_cost" not in needs:
        return "other"
    has_term = choices.get("commitment") in WITH_IDLE_HOURS and "idle_cost" in needs
    is_shared = choices.get("commitment") != "capacity-block" and choices.get("reservation") == "shared"
    if has_term and not is_shared:
        return "term"
    if choices.get("chip_hours_from") == "serving":
        return "scaled-fleet" if choices.get("scaling") == HOURLY else "fleet"
    return "hours"


# --- what all of the chips cost -------------------------------------------------------------------------------------------


def purchased_variants(opened: Mapping[str, OpenScenario]) -> dict[str, Scenario]:
    """Return the scenarios that charge own chips by the hour with `basis: purchased`, by name, as far as that is valid."""
    variants = {}
    for name, each in opened.items():
        if charges_own_chips(each.allowing_unused().scenario):
            purchased = each.allowing_unused().with_(basis="purchased").scenario_or_issue()
            if isinstance(purchased, Scenario):
                variants[name] = purchased
    return variants


def with_purchases(
    owners: Sequence[OwnChips], runs: Sequence[NamedTotal], purchased: Mapping[str, Scenario], options: RunOptions
) -> tuple[OwnChips, ...]:
    """Return owners with what their scenarios cost if they pay for all of their chips."""
    present = {run.scenario.fingerprint for run in runs}
    totals = {run.name: run.total for run in runs if run.total is not None}
    completed = []
    for own in owners:
        scenario = purchased.get(own.name)
        if scenario is None or set(PURCHASES).isdisjoint(scenario.plan.names):
            completed.append(own)
            continue
        names = [name for name in (*PURCHASES, CHIPS) if name in scenario.plan.names]
        draws = simulate_draws(scenario, options.with_(progress=None), [TOTAL, *names]).retained_draws
        own = replace(own, acquisition=float(np.median(sum(draws[name] for name in names if name in PURCHASES))))
        if own.chips is not None and CHIPS in names:
            own = replace(own, chips=float(np.median(draws[CHIPS])))
        if scenario.fingerprint not in present:
            own = _compared(own, draws[TOTAL], {each.label: totals[each.name] for each in own.others if each.name in totals})
        completed.append(own)
    return tuple(completed)


def _compared(own: OwnChips, total: Array, others: Mapping[str, Array]) -> OwnChips:
    """Return an owner with its total if it pays for all chips, and how often the cheapest of the others costs less."""
    own = replace(own, purchased=float(np.median(total)))
    if not others:
        return own
    cheapest = min(others, key=lambda label: float(np.median(others[label])))
    return replace(own, cheapest_other=cheapest, other_cheaper=probability(others[cheapest] < total))


# --- words ----------------------------------------------------------------------------------------------------------------


_PAYMENTS: Mapping[PaysFor, str] = {
    "term": "for its whole term",
    "chips": "for all of its chips",
    "hours": "for the hours that it uses",
    "fleet": "for all hours of its chips in service, used or not",
    "scaled-fleet": "for the hours of the instances that it runs, used or not",
    "other": "for no chips of its own",
}


def condition_of(own: OwnChips, currency: str) -> str:
    """State on which condition the total of an owner is comparable with the others, and what it costs without."""
    return f"{unlike(own)} {without_condition(own, currency)}"


def unlike(own: OwnChips) -> str:
    """State that an owner pays for a part of its chips, where others pay otherwise."""
    start = "Not like for like" if any(each.pays_for in UNLIKE for each in own.others) else "On one condition"
    return f"{start}: {own.label} {paid_part(own)}, and assumes that other work pays for the rest."


def without_condition(own: OwnChips, currency: str) -> str:
    """State what the others pay for, and what an owner costs if it pays for all of its chips."""
    others = ", and ".join(f"{each.label} pays {_PAYMENTS[each.pays_for]}" for each in own.others)
    return f"{others}.{_all(own, currency)}"


def paid_part(own: OwnChips) -> str:
    """State what an owner pays for, as in `pays for 3.7% of the useful life of 256 chips`."""
    if own.paid_share is None or own.chips is None:
        return "pays for the hours that it uses of its own chips"
    return f"pays for {format_percent(own.paid_share)} of the useful life of {own.chips:,.0f} chips"


def _all(own: OwnChips, currency: str) -> str:
    """State what an owner costs if it pays for all of its chips, as far as that is known."""
    if own.acquisition is None:
        return ""
    amount = format_money(own.acquisition, currency)
    if own.purchased is None:
        return f" To buy all of the chips takes {amount}."
    than = ""
    if own.other_cheaper is not None:
        than = f", and {own.cheapest_other} is cheaper in {format_percent(own.other_cheaper.value)} of the outcomes"
    return (
        f" With `basis: purchased` (all of the chips) {own.label} costs {format_money(own.purchased, currency)}{than}; to buy "
        f"them takes {amount}."
    )
