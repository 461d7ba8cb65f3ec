"""Figures of `llmcost compare --rent-or-buy` from the draws of the scenario on three bases."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from definitions.case import Case, Draws
from definitions.recompute.evaluation import draws_of_scenario, has_mean, less, total
from definitions.recompute.statistics import bounds, probability_error, summary

from simulator.scenario.variants import open_variant

CASES = (
    "compare gpt-4 --rent-or-buy --draws 2000",
    "compare llama-3.1-405b --rent-or-buy --draws 1500 --interval 90%",
    "compare small-medium --rent-or-buy --draws 1500 --seed 3",
    "compare heavy-run.yaml --rent-or-buy --draws 2000",
    "compare gpt-4:electricity_price=3 --rent-or-buy --draws 1500",
)
HOURS_OF_A_MONTH = 365.25 * 24 / 12


@dataclass(frozen=True)
class Bases:
    """Draws of a scenario on rented, owned and purchased chips."""

    case: Case
    rented: Draws
    owned: Draws
    purchased: Draws
    useful_life: np.ndarray

    @property
    def total(self):
        return self.rented.total

    @property
    def break_even_price(self):
        """The rent at which both cost the same, from the totals at the rent and at twice the rent."""
        price = self.rented.values["rental_price"]
        slope = (total(self.rented, {"rental_price": 2 * price}) - self.rented.total) / price
        return price + (self.owned.total - self.rented.total) / slope

    @property
    def break_even_hours(self):
        """The hours of work after which a purchased chip has saved its price."""
        rented, purchased = self.rented.values, self.purchased.values
        price = sum(purchased[f"{part}_purchase"] for part in ("chip", "server", "network")) / purchased["chips"]
        saving = rented["rental_cost"] / rented["chip_hours"] - purchased["energy_cost"] / purchased["chip_hours"]
        hours = np.full(len(saving), math.inf)
        hours[saving > 0] = price[saving > 0] / saving[saving > 0]
        return hours


@lru_cache(maxsize=2)
def inputs(case):
    """Simulate the scenario on each basis with the same seed."""
    (reference,) = case.references
    opened = open_variant(reference, case.overrides).allowing_unused()
    runs = [draws_of_scenario(case, opened.with_(basis=basis).scenario) for basis in ("rented", "owned", "purchased")]
    life = draws_of_scenario(case, opened.with_(basis="owned", sets=["depreciation=straight-line"]).scenario)
    return Bases(case, *runs, life.values["useful_life"])


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


def _difference(bases):
    return less(bases.rented.total, bases.owned.total)


def _variance_ratio(bases):
    change = _difference(bases)
    return np.var(change) / (np.var(bases.rented.total) + np.var(bases.owned.total)) if _rented_and_owned(bases) else None


def _possible(bases):
    return np.mean(bases.break_even_hours <= bases.useful_life)


def _rented_and_owned(bases):
    return bases.rented.has_mean and bases.owned.has_mean


def _summary(path, values_of, have_mean):
    return summary(path, lambda bases, _: values_of(bases), lambda bases, _: have_mean(bases))


def _ratio(bases):
    return bases.rented.total / bases.owned.total


FIGURES = {
    **_summary("rented", lambda bases: bases.rented.total, lambda bases: bases.rented.has_mean),
    **_summary("owned", lambda bases: bases.owned.total, lambda bases: bases.owned.has_mean),
    **_summary("purchased", lambda bases: bases.purchased.total, lambda bases: bases.purchased.has_mean),
    **_summary("rented_less_owned", _difference, _rented_and_owned),
    "rented_less_owned.first_cheaper.value": lambda bases, _: np.mean(_difference(bases) > 0),
    "rented_less_owned.first_cheaper.error": lambda bases, _: probability_error(
        np.mean(_difference(bases) > 0), len(bases.total)
    ),
    "rented_less_owned.equal": lambda bases, _: np.mean(_difference(bases) == 0),
    **_summary("rented_less_owned.ratio", _ratio, lambda bases: has_mean(_ratio(bases))),
    "rented_less_owned.variance_ratio": lambda bases, _: _variance_ratio(bases),
    **_summary(
        "rental_price", lambda bases: bases.rented.values["rental_price"],
        lambda bases: has_mean(bases.rented.values["rental_price"]),
    ),
    **_summary(
        "break_even_price", lambda bases: bases.break_even_price,
        lambda bases: _rented_and_owned(bases) and has_mean(bases.break_even_price),
    ),
    **_break_even("break_even_months", lambda bases: bases.break_even_hours / HOURS_OF_A_MONTH),
    **_break_even("break_even_utilisation", lambda bases: bases.break_even_hours / bases.useful_life),
    "break_even_utilisation.possible.value": lambda bases, _: _possible(bases),
    "break_even_utilisation.possible.error": lambda bases, _: probability_error(_possible(bases), len(bases.total)),
}  # fmt: skip
