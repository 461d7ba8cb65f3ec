"""Figures of `llmcost compare --rent-or-buy` from the draws of the rented and the owned scenario."""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import yaml
from definitions.case import Case, Draws
from definitions.recompute.evaluation import draws_of_scenario, has_mean, less
from definitions.recompute.statistics import bounds, probability_error, summary
from paths import ROOT

from simulator.scenario import Scenario
from simulator.scenario.variants import open_variant

CASES = (
    "compare gpt-4 --rent-or-buy --draws 2000",
    "compare llama-3.1-405b --rent-or-buy --draws 1500 --interval 90%",
    "compare small-medium --rent-or-buy --draws 1500 --seed 3 --horizon '18 month'",
    "compare heavy-run.yaml --rent-or-buy --draws 2000",
    "compare 'gpt-4:electricity_price=3 USD/kWh' --rent-or-buy --draws 1500",
    "compare owner.yaml --rent-or-buy --draws 1500 --horizon '2 month'",
    "compare 'startup.yaml:one_year_price=2.2 to 2.6 USD/chip/hour' --rent-or-buy --draws 1500",
)
HOURS_OF_A_MONTH = 365.25 * 24 / 12
OWNER_COSTS = ROOT / "priors" / "scenarios" / "owner-costs.yaml"
CONTRACTS = ("three-year", "one-year")


@dataclass(frozen=True)
class Owner:
    """Owned chips: what an hour costs by the formulas of an annuity, from the draws of the inputs.

    Without capital and resale (`is_bare`), interest and resale value are zero.
    """

    draws: Draws
    horizon: np.ndarray
    is_bare: bool = False

    def value(self, name):
        """The draws of a quantity, or zero where the scenario has none."""
        return self.draws.values.get(name, np.zeros(len(self.draws.total)))

    @property
    def chips(self):
        return self.value("chips")

    @property
    def use(self):
        return self.value("fleet_use")

    @property
    def hours(self):
        """Chip-hours used over the horizon."""
        return self.chips * self.horizon * self.use

    @property
    def interest(self):
        return 0 * self.use if self.is_bare else self.value("cost_of_capital")

    def _growth(self, time):
        return (1 + self.interest) ** (time / self.value("compounding_period"))

    def _annuity(self, time):
        """What each hour repays of a price."""
        rate, growth = self.interest, self._growth(time)
        with np.errstate(all="ignore"):
            repaid = rate / (1 - 1 / growth) / self.value("compounding_period")
        return np.where(rate > 0, repaid, 1 / time)

    def _resale(self, time):
        if self.is_bare:
            return 0 * self.use
        if "resale_share" in self.draws.scenario.inputs:
            return self.value("resale_share")
        return np.exp(-self.value("resale_decline") * time) * (1 - self.value("selling_share"))

    @property
    def _site(self):
        if "building_price" in self.draws.scenario.inputs:
            return self.value("building_price") * self._annuity(self.value("building_life"))
        return self.value("facility_price")

    def held(self, time):
        """An hour for which a chip is held, where it is kept for some time."""
        price, power = self.value("cluster_price"), self.value("rated_power")
        capital = price * self._annuity(time) * (1 - self._resale(time) / self._growth(time))
        bought = price * (self.value("spares_share") + self.value("import_duty_rate")) / time
        kept = price * (self.value("hardware_maintenance_rate") + self.value("insurance_rate"))
        people = self.value("operators_per_power") * power + self.value("engineers_per_chip")
        return self.value("deflator") * (capital + bought + kept + power * self._site + people * self.value("operations_pay"))

    @property
    def power(self):
        """Electricity of an hour used."""
        return self.value("energy_cost") / self.value("chip_hours")

    def used(self, time):
        """An hour used."""
        return self.held(time) / self.use + self.power

    @property
    def cost(self):
        """All hours used over the horizon."""
        return self.used(self.horizon) * self.hours


@dataclass(frozen=True)
class RentOrBuy:
    """Draws of a scenario that is rented, owned, and reserved (None where no contract is compared)."""

    case: Case
    rented: Draws
    owner: Owner
    reserved: Draws | None
    own: Draws | None

    @property
    def total(self):
        return self.rented.total

    @property
    def bare(self):
        return Owner(self.owner.draws, self.owner.horizon, is_bare=True)

    @property
    def rent(self):
        """An hour used that is rented."""
        return self.rented.values["rental_cost"] / self.rented.values["chip_hours"]

    @property
    def reserved_price(self):
        return None if self.reserved is None else self.reserved.values["rental_price"]

    @property
    def reserved_cost(self):
        return self._all_hours(self.reserved)

    @property
    def own_price(self):
        return None if self.own is None else self.own.values["rental_price"]

    @property
    def own_cost(self):
        return self._all_hours(self.own)

    def _all_hours(self, contract):
        if contract is None:
            return None
        values = contract.values
        return values["rental_price"] * values["deflator"] * self.owner.chips * self.owner.horizon

    @cached_property
    def break_even_hours(self):
        """Hours for which chips must be kept, with and without capital and resale."""
        return {owner.is_bare: self._solve(owner) for owner in (self.owner, self.bare)}

    def _solve(self, owner):
        """Halve the interval in which the cost of an hour used falls to the rent; it ends with the useful life."""
        life = owner.value("useful_life")
        low, high = np.ones(len(life)), life.copy()
        for _ in range(80):
            middle = (low + high) / 2
            is_dearer = owner.used(middle) > self.rent
            low, high = np.where(is_dearer, middle, low), np.where(is_dearer, high, middle)
        return np.where(owner.used(life) > self.rent, math.inf, high)

    def utilisation(self, owner):
        """Share of the horizon in use at which a chip costs what it saves in rent."""
        shares = np.full(len(self.rent), math.inf)
        saving = self.rent - owner.power
        shares[saving > 0] = owner.held(owner.horizon)[saving > 0] / saving[saving > 0]
        return np.where(shares <= 1, shares, math.inf)


@lru_cache(maxsize=2)
def inputs(case):
    """Simulate the scenario rented, owned and reserved with the same seed."""
    (reference,) = case.references
    opened = open_variant(reference, case.overrides).allowing_unused()
    commitment = "spot" if opened.with_(basis="rented").scenario.choices.get("commitment") == "spot" else "on-demand"
    rented = draws_of_scenario(case, opened.with_(basis="rented", sets=[f"commitment={commitment}"]).scenario)
    owned = draws_of_scenario(case, _owned(opened))
    horizon = case.value_of("--horizon", "")
    life = owned.values["useful_life"]
    owner = Owner(owned, life if not horizon else np.full(len(life), _hours(horizon)))
    contracts = _reserved(case, opened, np.median(owner.horizon))
    own = contracts[1] if len(contracts) > 1 and "one_year_price=" in case.line else None
    return RentOrBuy(case, rented, owner, contracts[0] if contracts else None, own)


def _hours(text):
    number, unit = text.split()
    assert unit == "month"
    return float(number) * HOURS_OF_A_MONTH


def _owned(opened):
    """Return the owned scenario with the rows of the library for the costs of an owner that it lacks."""
    sets = ["depreciation=straight-line", "outcomes=[acquisition_cost]"]
    plan = set(opened.with_(basis="owned", sets=sets).scenario.plan.names)
    rows = yaml.safe_load(Path(OWNER_COSTS).read_text(encoding="utf-8"))
    quantities = [name for name in rows if name not in ("extends", "about", "basis", "depreciation")]
    has_resale = "resale_share" in plan
    lacking = [
        name for name in quantities if name not in plan and not (has_resale and name in ("resale_decline", "selling_share"))
    ]
    return opened.with_(basis="owned", sets=[*sets, *(f"{name}={rows[name]}" for name in lacking)]).scenario


def _reserved(case, opened, horizon):
    """Simulate the contracts that are not longer than the horizon and have a price, the longest first."""
    found = []
    for commitment in CONTRACTS:
        sets = [f"commitment={commitment}", "reservation=dedicated"]
        scenario = opened.with_(basis="rented", sets=sets).scenario_or_issue()
        if not isinstance(scenario, Scenario):
            continue
        draws = draws_of_scenario(case, scenario)
        if np.median(draws.values["reserved_term"]) <= horizon:
            found.append(draws)
    return found


# --- figures --------------------------------------------------------------------------------------------------------------


def _order_statistic(values, p):
    """Return the smallest value with a share of at least `p` of the values at or below it; None where it is infinite."""
    value = np.sort(values)[max(0, math.ceil(round(p * len(values), 6)) - 1)]
    return value if math.isfinite(value) else None


def _error(values):
    step = 0.5 / math.sqrt(len(values))
    low, high = (_order_statistic(values, 0.5 + sign * step) for sign in (-1, 1))
    return None if high is None else (high - low) / 2


def _break_even(path, values_of):
    def never(bases):
        return np.mean(np.isinf(values_of(bases)))

    return {
        f"{path}.median": lambda bases, _: _order_statistic(values_of(bases), 0.5),
        f"{path}.low": lambda bases, _: _order_statistic(values_of(bases), bounds(bases.case.interval)[0]),
        f"{path}.high": lambda bases, _: _order_statistic(values_of(bases), bounds(bases.case.interval)[1]),
        f"{path}.median_error": lambda bases, _: _error(values_of(bases)),
        f"{path}.never.value": lambda bases, _: never(bases),
        f"{path}.never.error": lambda bases, _: probability_error(never(bases), len(values_of(bases))),
    }


def _summary(path, values_of):
    return summary(path, lambda bases, _: values_of(bases), lambda bases, _: has_mean(values_of(bases)))


def _difference(path, pair_of):
    """Return the functions of the figures of a difference; `pair_of` returns the draws of the two costs."""

    def change(bases):
        return less(*pair_of(bases))

    def cheaper(bases):
        return np.mean(change(bases) > 0)

    def ratio(bases):
        minuend, subtrahend = pair_of(bases)
        return minuend / subtrahend

    def variance_ratio(bases):
        separate = sum(map(np.var, pair_of(bases)))
        return np.var(change(bases)) / separate if separate > 0 and has_mean(change(bases)) else None

    return {
        **_summary(path, change),
        f"{path}.first_cheaper.value": lambda bases, _: cheaper(bases),
        f"{path}.first_cheaper.error": lambda bases, _: probability_error(cheaper(bases), len(bases.total)),
        f"{path}.equal": lambda bases, _: np.mean(change(bases) == 0),
        **_summary(f"{path}.ratio", ratio),
        f"{path}.variance_ratio": lambda bases, _: variance_ratio(bases),
    }


def _purchase(path, owner_of):
    return {
        **_summary(f"{path}owned", lambda bases: owner_of(bases).cost),
        **_difference(
            f"{path}rented_less_owned", lambda bases: (bases.rent * owner_of(bases).hours, owner_of(bases).cost)
        ),
        **_summary(
            f"{path}break_even_price",
            lambda bases: owner_of(bases).used(bases.owner.horizon) * bases.rented.values["rental_price"] / bases.rent,
        ),
        **_break_even(f"{path}break_even_utilisation", lambda bases: bases.utilisation(owner_of(bases))),
        **_break_even(
            f"{path}break_even_months", lambda bases: bases.break_even_hours[owner_of(bases).is_bare] / HOURS_OF_A_MONTH
        ),
    }  # fmt: skip


FIGURES = {
    **_summary("chips", lambda bases: bases.owner.chips),
    **_summary("horizon_months", lambda bases: bases.owner.horizon / HOURS_OF_A_MONTH),
    **_summary("use", lambda bases: bases.owner.use),
    **_summary("own_use", lambda bases: bases.owner.value("chip_hours") / (bases.owner.chips * bases.owner.horizon)),
    **_summary(
        "acquisition",
        lambda bases: bases.owner.value("cluster_price") * bases.owner.chips * bases.owner.value("deflator"),
    ),
    **_summary("rented", lambda bases: bases.rent * bases.owner.hours),
    **_summary("rental_price", lambda bases: bases.rented.values["rental_price"]),
    **_purchase("", lambda bases: bases.owner),
    **_purchase("without_capital_and_resale.", lambda bases: bases.bare),
    **_summary("reserved.price", lambda bases: bases.reserved_price),
    **_summary("reserved.cost", lambda bases: bases.reserved_cost),
    **_difference("reserved.less_owned", lambda bases: (bases.reserved_cost, bases.owner.cost)),
    **_summary("own_contract.price", lambda bases: bases.own_price),
    **_summary("own_contract.cost", lambda bases: bases.own_cost),
    **_difference("own_contract.less_owned", lambda bases: (bases.own_cost, bases.owner.cost)),
}  # fmt: skip
