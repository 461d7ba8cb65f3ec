"""Rent or buy: what the same work costs on rented and on owned chips over one horizon, and where both cost the same.

Chips are bought, used for a share of the horizon, and sold at its end; or the hours used are rented. Both are costs of an hour
that is used, so that the size of a run does not matter:

    owned = (capital and resale, site, maintenance, insurance, staff, for an hour held) / use + power, for an hour used

Costs of a purchase are spread over the horizon as an annuity.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from simulator.analysis.compare import paired_difference
from simulator.analysis.explanation import input_draws, prior_names
from simulator.analysis.rent_or_buy_results import BreakEven, Purchase, RentOrBuy, Reservation
from simulator.analysis.statistics import (
    Array,
    SummaryStatistics,
    evaluate_from,
    probability,
    refuse_under_way,
    simulate_draws,
    summary_statistics,
)
from simulator.core.errors import UnsupportedError
from simulator.core.levels import Level
from simulator.core.units import HOURS_PER_YEAR, Value
from simulator.engine.graph import build_plan
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.summaries import interval_bounds
from simulator.io.header import header_of
from simulator.model import HOUR
from simulator.scenario import OpenScenario, Scenario, library
from simulator.scenario.values import distribution_of

MONTH = HOURS_PER_YEAR / 12
SUPPLY = "supply_cost"
"""Cost of the chips of a fleet that serves."""
OWNER_COSTS = "owner-costs"
"""The scenario with the costs of owners that are compared where a scenario states none."""
TERMS = ("three-year", "one-year")
"""Commitments that a purchase is compared with, where the horizon is at least as long: the longest first."""
_HALVINGS = 40
_NO_CAPITAL_OR_RESALE = {"capital_rate": np.float64(0), "capital_charge": np.float64(0), "resale_charge": np.float64(0)}


@dataclass(frozen=True, slots=True)
class Bases:
    """One scenario on rented and owned chips.

    Attributes
    ----------
    rented : Scenario
        Rented for the hours used: on demand, or as the scenario rents without a contract.
    owned : Scenario
        Owned, under straight-line depreciation over the useful life.
    reserved : dict of str to Scenario
        Rented under a contract, by its commitment; those that have a price.
    library_costs : tuple of str
        Costs of the owner that the scenario does not state, so that they are rows of the library.
    commitment : str
        The commitment under which the scenario rents; empty where it has none.

    Examples
    --------
    >>> import llmcost
    >>> answer = llmcost.rent_or_buy("gpt-4", draws=2000)
    >>> answer.break_even_price.median < answer.rental_price.median
    True

    """

    rented: Scenario
    owned: Scenario
    reserved: Mapping[str, Scenario]
    library_costs: tuple[str, ...] = ()
    commitment: str = ""

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """All of them."""
        return self.rented, self.owned, *self.reserved.values()


# --- reading --------------------------------------------------------------------------------------------------------------


def bases_of(opened: OpenScenario) -> Bases:
    """Return an open scenario rented, owned and reserved; a setting may apply to one of them only.

    Raises `InvalidInputError` for a setting that has an effect on none of them.
    """
    lenient = opened.allowing_unused()
    owned, library_costs = _read_owned(lenient)
    as_rented = _read(lenient.with_(basis="rented"))
    commitment = _commitment(as_rented)
    rented = _read(lenient.with_(basis="rented", sets=(f"commitment={commitment}",)))
    bases = Bases(rented, owned, dict(_read_reserved(lenient)), library_costs, as_rented.choices.get("commitment", ""))
    if not opened.overrides.allow_unused and unused_in_all(bases.scenarios):
        _ = opened.with_(basis="rented").scenario  # raises the error
    return bases


def _read(opened: OpenScenario) -> Scenario:
    """Return a scenario without notes on what has no effect, whose remedies take time; raise `InvalidInputError`."""
    scenario = opened.scenario_or_issue()
    return scenario if isinstance(scenario, Scenario) else opened.scenario  # raises all issues


def _read_owned(opened: OpenScenario) -> tuple[Scenario, tuple[str, ...]]:
    """Return the owned scenario, with rows of the library for the owner's costs that it lacks, and the names of these."""
    # The price of the cluster tells how many chips there are, where nothing else depends on it.
    sets: tuple[str, ...] = ("depreciation=straight-line", "outcomes=[inherited, acquisition_cost]")
    scenario = _read(opened.with_(basis="owned", sets=sets))
    if "fixed_cost" not in scenario.plan.names and SUPPLY in scenario.plan.names:  # of a fleet that serves
        sets = (sets[0], "outcomes=[inherited, acquisition_cost, fixed_cost]")
        scenario = _read(opened.with_(basis="owned", sets=sets))
    node = library.find_file("scenarios", OWNER_COSTS)
    assert node is not None
    named = {*scenario.plan.names, *scenario.unused_options, *(name for layer in opened.base.layers for name in layer.entries)}
    missing = {name: row.text for name, row in (node.keys or {}).items() if name in scenario.graph.units and name not in named}
    if "resale_share" in scenario.inputs:
        missing = {name: row for name, row in missing.items() if name not in ("resale_decline", "selling_share")}
    if not missing:
        return scenario, ()
    sets += tuple(f"{name}={row}" for name, row in missing.items())
    return _read(opened.with_(basis="owned", sets=sets)), tuple(missing)


def _commitment(rented: Scenario) -> str:
    """Return how a scenario rents hours without a contract: as it does, or on demand."""
    commitment = rented.choices.get("commitment", "on-demand")
    return commitment if commitment in ("on-demand", "spot") else "on-demand"


def _read_reserved(opened: OpenScenario) -> Iterable[tuple[str, Scenario]]:
    for term in TERMS:
        sets = (f"commitment={term}", "reservation=dedicated")
        scenario = opened.with_(basis="rented", sets=sets).scenario_or_issue()
        if not isinstance(scenario, Scenario):
            continue  # the scenario has no price for the term
        if "reserved_term" in scenario.plan.names and "rental_price" not in scenario.inputs:
            yield term, scenario


def unused_in_all(scenarios: Iterable[Scenario]) -> set[str]:
    """Return the settings that are unused in every variant of a scenario."""
    return set.intersection(*(set(scenario.unused_options) for scenario in scenarios))


def parse_horizon(text: str) -> float:
    """Return a time such as `3 year` in hours; raise ValueError if it is not a single time above zero."""
    distribution = distribution_of(text, HOUR, 0.95)
    if not distribution.is_constant or distribution.quantile(0.5) <= 0:
        raise ValueError(f"{text!r} must be a single time above zero, such as '3 year'")
    return float(distribution.quantile(0.5))


# --- comparison -----------------------------------------------------------------------------------------------------------


def rent_or_buy(bases: Bases, options: RunOptions = DEFAULTS, *, horizon: float | None = None) -> RentOrBuy:
    """Compare the same work on rented and on owned chips over one horizon, and return where both cost the same.

    The chips of the scenario are used for its `fleet_use` of the horizon. `horizon` is in hours; by default it is the useful
    life of the chips. At its end they are sold at the resale value of their age, or at the `resale_share` of the scenario,
    whatever their age.

    Break-even price: the owned cost of an hour used, as a rental price. Break-even utilisation: the use at which the owned cost
    of an hour used is the rent. Break-even duration: the horizon at which it is, at the same use.
    """
    rented, owned = bases.rented, bases.owned
    _refuse_unless_comparable(bases)
    rent = _simulate_rent(rented, options)
    owner = _Owner(owned, options, horizon)
    hours = owner.chips * owner.horizon * owner.use
    with_all = _purchase(owner, rent, hours, options.interval, {})
    contracts = _contracts(bases, owner, hours, options)
    within = [each for each in contracts.values() if each is not None]
    own_shorter = [each for each in within[1:] if each.is_own]

    def statistics(values: Array) -> SummaryStatistics:
        return summary_statistics(np.array(values), options.interval)

    return RentOrBuy(
        header=replace(header_of(rented, options), fingerprint=None),  # that of the rented one is not that of all
        chips=statistics(owner.chips),
        horizon_months=statistics(owner.horizon / MONTH),
        use=statistics(owner.use),
        own_use=statistics(owner.work / (owner.chips * owner.horizon)) if owner.has_chips else None,
        acquisition=statistics(owner.acquisition),
        rented=statistics(rent.hourly_cost * hours),
        rental_price=statistics(rent.price),
        owned=with_all.owned,
        rented_less_owned=with_all.rented_less_owned,
        break_even_price=with_all.break_even_price,
        break_even_utilisation=with_all.break_even_utilisation,
        break_even_months=with_all.break_even_months,
        without_capital_and_resale=_purchase(owner, rent, hours, options.interval, _NO_CAPITAL_OR_RESALE),
        reserved=within[0] if within else None,
        own_contract=own_shorter[0] if own_shorter else None,
        too_long=tuple(name for name, each in contracts.items() if each is None and _is_own(bases, name)),
        not_compared=_not_compared(bases, contracts),
        rent_commitment=_commitment(rented),
        library_costs=bases.library_costs,
    )


def _not_compared(bases: Bases, contracts: Mapping[str, Reservation | None]) -> str | None:
    """Return the commitment of the scenario where it is none of the alternatives."""
    is_compared = bases.commitment in contracts or bases.commitment in ("", _commitment(bases.rented))
    return None if is_compared else bases.commitment


@dataclass(frozen=True, slots=True)
class ContractDraws:
    """Draws of the cost of an hour used under a contract for the whole time, USD per chip-hour.

    Attributes
    ----------
    commitment : str
    is_own : bool
        Whether it is the contract of the scenario.
    cost : array

    """

    commitment: str
    is_own: bool
    cost: Array


@dataclass(frozen=True, slots=True)
class HorizonDraws:
    """Draws of the cost of an hour used by the horizon, USD per chip-hour.

    Attributes
    ----------
    horizons : array
        Hours, from one month to the median useful life.
    owned, bare : array
        Owned chips with and without cost of capital and resale, (horizons, draws).
    rented : array
        By draw.
    use : array
        Share of the time in which owned and reserved chips are used, by draw.
    contracts : tuple of ContractDraws
        Contracts that are not longer than the longest horizon.
    rent_commitment : str
        How hours are rented without a contract: `on-demand` or `spot`.

    """

    horizons: Array
    owned: Array
    bare: Array
    rented: Array
    use: Array
    contracts: tuple[ContractDraws, ...]
    rent_commitment: str


def simulate_horizons(bases: Bases, options: RunOptions = DEFAULTS, points: int = 24) -> HorizonDraws:
    """Simulate the cost of an hour used, rented and owned, for horizons up to the median useful life of the chips."""
    _refuse_unless_comparable(bases)
    rent, owner = _simulate_rent(bases.rented, options), _Owner(bases.owned, options, None)
    horizons = np.geomspace(MONTH, max(float(np.median(owner.life)), 2 * MONTH), points)

    def costs(overrides: Mapping[str, Value]) -> Array:
        return np.stack([owner.cost_of_use(np.full(owner.draws, horizon), overrides) for horizon in horizons])

    contracts = tuple(
        ContractDraws(name, _is_own(bases, name), contract.hourly_price / owner.use)
        for name, contract in _contract_rents(bases, owner.draws, options).items()
        if contract.term <= horizons[-1]
    )
    bare, commitment = costs(_NO_CAPITAL_OR_RESALE), _commitment(bases.rented)
    return HorizonDraws(horizons, costs({}), bare, rent.hourly_cost, owner.use, contracts, commitment)


def _refuse_unless_comparable(bases: Bases) -> None:
    rented, owned = bases.rented, bases.owned
    refuse_under_way(rented, owned)
    for name, scenario in (("rental_price", rented), ("chip_hours", rented), ("useful_life", owned), ("fixed_cost", owned)):
        if name not in scenario.plan.names:
            advice = "name `compute` among its lines"
            raise UnsupportedError(f"{scenario.name} does not use {name}, so there is no break-even; {advice}")


class Rent(NamedTuple):
    """Draws of the rented scenario, USD per chip-hour.

    Attributes
    ----------
    price : array
        The rental price without a contract.
    hourly_cost : array
        What an hour of work costs at that price, with the deflator and the hours lost on spot capacity.

    """

    price: Array
    hourly_cost: Array


def _simulate_rent(rented: Scenario, options: RunOptions) -> Rent:
    draws = simulate_draws(rented, options, ["rental_cost", "chip_hours", "rental_price"]).retained_draws
    with np.errstate(all="ignore"):
        hourly_cost = draws["rental_cost"] / draws["chip_hours"]
    if not (np.isfinite(hourly_cost) & (hourly_cost > 0)).all():
        raise UnsupportedError("rent is not above zero in some draws, so they have no break-even price")
    return Rent(draws["rental_price"], hourly_cost)


class _HourlyCost(NamedTuple):
    """Costs of owned chips, USD per chip-hour: of an hour held, and of the power of an hour used."""

    held: Array
    power: Array


class _Owner:
    """Draws of the owned scenario, from which the cost of an hour follows for any horizon."""

    def __init__(self, owned: Scenario, options: RunOptions, horizon: float | None) -> None:
        names = ["chip_hours", "chips", "useful_life", "fleet_use", *prior_names(owned)]
        keep = [name for name in names if name in owned.plan.names]
        draws = simulate_draws(owned, options.with_(progress=None), keep).retained_draws
        self._inputs: dict[str, Value] = {**input_draws(owned, draws), "chip_hours": draws["chip_hours"]}
        self._plan = build_plan(owned.graph, self._inputs, ["compute_cost", "fixed_cost", "hardware_cost"])
        self.draws = len(draws["chip_hours"])
        one = np.ones(self.draws)
        self.life = draws["useful_life"]
        self.horizon = self.life if horizon is None else horizon * one
        self.use, self.chips = draws.get("fleet_use", one), draws.get("chips", one)
        self.work, self.has_chips = draws["chip_hours"], "chips" in draws
        values = self._evaluate(self.horizon, {})
        # Straight-line depreciation over the horizon, times its hours, is the price.
        self.acquisition = self._per_hour(values["hardware_cost"]) * self.horizon * self.chips

    def hourly_cost(self, horizon: Array, overrides: Mapping[str, Value]) -> _HourlyCost:
        """Return the costs of an hour where chips are kept for a horizon."""
        values = self._evaluate(horizon, overrides)
        held = self._per_hour(values["fixed_cost"])
        return _HourlyCost(held, self._per_hour(values["compute_cost"]) - held)

    def cost_of_use(self, horizon: Array, overrides: Mapping[str, Value]) -> Array:
        """Return the cost of an hour used where chips are kept for a horizon, with its share of idle hours."""
        cost = self.hourly_cost(horizon, overrides)
        return cost.held / self.use + cost.power

    def _evaluate(self, horizon: Array, overrides: Mapping[str, Value]) -> dict[str, Value]:
        values = dict(self._inputs)
        evaluate_from(self._plan, values, {**overrides, "useful_life": horizon})
        return values

    def _per_hour(self, cost: Value) -> Array:
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(cost / self._inputs["chip_hours"]), self.draws)


def _purchase(owner: _Owner, rent: Rent, hours: Array, interval: Level, overrides: Mapping[str, Value]) -> Purchase:
    cost, per_hour = owner.hourly_cost(owner.horizon, overrides), owner.cost_of_use(owner.horizon, overrides)
    owned_total = per_hour * hours
    return Purchase(
        owned=summary_statistics(owned_total, interval),
        rented_less_owned=paired_difference(owned_total, rent.hourly_cost * hours, interval),
        break_even_price=summary_statistics(per_hour * rent.price / rent.hourly_cost, interval),
        break_even_utilisation=_break_even(_break_even_use(cost, rent), interval),
        break_even_months=_break_even(_break_even_horizon(owner, rent, overrides) / MONTH, interval),
    )


def _break_even_use(cost: _HourlyCost, rent: Rent) -> Array:
    """Return the share of hours in use at which an owned hour costs the rent; infinite where it is above one."""
    saving = rent.hourly_cost - cost.power
    with np.errstate(all="ignore"):
        return np.where((saving > 0) & (cost.held <= saving), cost.held / saving, np.inf)


def _break_even_horizon(owner: _Owner, rent: Rent, overrides: Mapping[str, Value]) -> Array:
    """Return the hours after which an owned hour costs the rent; infinite where that is beyond the useful life.

    The cost of an hour falls with the horizon, so bisection finds it.
    """

    def is_dearer(horizon: Array) -> Array:
        return np.asarray(owner.cost_of_use(horizon, overrides) > rent.hourly_cost)

    low, high = np.zeros(owner.draws), np.log(np.maximum(owner.life, 1))  # logarithms of hours
    never = is_dearer(owner.life)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        dearer = is_dearer(np.exp(middle))
        low, high = np.where(dearer, middle, low), np.where(dearer, high, middle)
    return np.where(never, np.inf, np.exp(high))


class _ContractRent(NamedTuple):
    """Rent under a contract: its median term, hours, and draws of its price and of what a reserved hour costs."""

    term: float
    price: Array
    hourly_price: Array


def _contract_rents(bases: Bases, draws: int, options: RunOptions) -> dict[str, _ContractRent]:
    """Return the rent under each contract that has a price, the longest first."""
    rents = {}
    for commitment, scenario in bases.reserved.items():
        keep = [name for name in ("rental_price", "reserved_term", "deflator") if name in scenario.plan.names]
        values = simulate_draws(scenario, options.with_(progress=None), keep).retained_draws
        price = values["rental_price"]
        term = float(np.median(values["reserved_term"]))
        rents[commitment] = _ContractRent(term, price, price * values.get("deflator", np.ones(draws)))
    return rents


def _contracts(bases: Bases, owner: _Owner, hours: Array, options: RunOptions) -> dict[str, Reservation | None]:
    """Return the cost of each contract for the whole horizon, the longest first; None where it is longer than the horizon."""
    owned_total = owner.cost_of_use(owner.horizon, {}) * hours
    contracts: dict[str, Reservation | None] = {}
    for commitment, rent in _contract_rents(bases, owner.draws, options).items():
        if rent.term > np.median(owner.horizon):
            contracts[commitment] = None
            continue
        total = rent.hourly_price * owner.chips * owner.horizon
        contracts[commitment] = Reservation(
            commitment=commitment,
            is_own=_is_own(bases, commitment),
            has_own_price=_states_price(bases.reserved[commitment], commitment),
            price=summary_statistics(rent.price, options.interval),
            cost=summary_statistics(total, options.interval),
            less_owned=paired_difference(owned_total, total, options.interval),
        )
    return contracts


def _is_own(bases: Bases, commitment: str) -> bool:
    """Whether a contract is that of the scenario: its commitment, or one whose price it states."""
    return commitment == bases.commitment or _states_price(bases.reserved[commitment], commitment)


def _states_price(scenario: Scenario, commitment: str) -> bool:
    """Whether files or options of the user state the price of a contract, or its discount."""
    term = commitment.replace("-", "_")
    origins = [scenario.inputs[name].origin for name in (f"{term}_price", f"{term}_discount") if name in scenario.inputs]
    return any(not origin.startswith((library.LIBRARY_LABEL, "chip ", "channel ")) for origin in origins)


def _break_even(values: Array, interval: Level) -> BreakEven:
    """Return median and interval of values that may be infinite; None where a quantile is infinite."""
    lower, upper = interval_bounds(interval)
    # Order statistics, because a finite and an infinite value cannot be interpolated.
    quantiles = np.quantile(values, [0.5, lower, upper], method="inverted_cdf").tolist()
    median, low, high = (value if math.isfinite(value) else None for value in quantiles)
    return BreakEven(median=median, low=low, high=high, median_error=_median_error(values), never=probability(np.isinf(values)))


def _median_error(values: Array) -> float | None:
    step = 0.5 / math.sqrt(len(values))
    low, high = np.quantile(values, [0.5 - step, 0.5 + step], method="inverted_cdf").tolist()
    return (high - low) / 2 if math.isfinite(high) else None
