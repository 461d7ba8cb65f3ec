"""Rent or buy: the price and the time at which rented and owned chips cost the same."""

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

import numpy as np

from simulator.analysis.compare import PairedDifference, is_heavy, paired_difference
from simulator.analysis.explanation import input_draws, prior_names
from simulator.analysis.statistics import (
    Array,
    Estimate,
    SummaryStatistics,
    evaluate_from,
    probability,
    refuse_under_way,
    simulate_draws,
    summary_statistics,
)
from simulator.core.errors import InvalidInputError, UnsupportedError
from simulator.core.levels import Level
from simulator.core.results import AnalysisResult, values_of
from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.result import SimulationResult
from simulator.engine.summaries import interval_bounds
from simulator.io.header import header_of
from simulator.scenario import TOTAL, OpenScenario, Scenario

MONTH = HOURS_PER_YEAR / 12


@dataclass(frozen=True, slots=True)
class Bases:
    """One scenario on rented, owned and purchased chips.

    Attributes
    ----------
    rented, owned, purchased : Scenario
        Owned chips are charged for the time they are used, purchased ones in full.
    useful_life : Scenario or None
        The owned scenario with the useful life of its chips; None where that is not known.

    """

    rented: Scenario
    owned: Scenario
    purchased: Scenario
    useful_life: Scenario | None = None

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """All of them."""
        return tuple(
            scenario for scenario in (self.rented, self.owned, self.purchased, self.useful_life) if scenario is not None
        )


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """A time after which buying pays off, which may never come.

    Attributes
    ----------
    median, low, high : float or None
        Median and bounds of the central interval, months; None where buying never pays off.
    median_error : float or None
        Monte Carlo standard error of the median; None where it is not finite.
    never : Estimate
        Probability that buying never pays off.

    """

    median: float | None
    low: float | None
    high: float | None
    median_error: float | None
    never: Estimate


@dataclass(frozen=True, kw_only=True)
class BreakEvenUtilisation(BreakEven):
    """Break-even time as a share of the useful life of the chips.

    Attributes
    ----------
    median, low, high, median_error, never
        As in `BreakEven`, but as a share.
    possible : Estimate
        Probability that buying pays off within the useful life.

    """

    possible: Estimate


@dataclass(frozen=True, kw_only=True)
class RentOrBuy(AnalysisResult):
    """A scenario on rented, owned and purchased chips, and where they cost the same.

    Attributes
    ----------
    rented, owned, purchased : SummaryStatistics
        The totals, USD.
    rented_less_owned : PairedDifference
        USD; `first_cheaper` is the probability that owned chips are cheaper.
    rental_price : SummaryStatistics
        Of the scenario, USD per chip-hour.
    break_even_price : SummaryStatistics
        The rent at which the rented total equals the owned one, USD per chip-hour.
    break_even_months : BreakEven
        Months of work of each purchased chip.
    break_even_utilisation : BreakEvenUtilisation or None
        Share of the chips' useful life; None where that is not known.

    Examples
    --------
    >>> import llmcost
    >>> answer = llmcost.rent_or_buy("gpt-4", draws=2000)
    >>> answer.rented.median > answer.owned.median
    True

    """

    FIELD_TABLES: ClassVar[Mapping[str, tuple[str, ...]]] = {"bases": ("rented", "owned", "purchased")}

    rented: SummaryStatistics
    owned: SummaryStatistics
    purchased: SummaryStatistics
    rented_less_owned: PairedDifference
    rental_price: SummaryStatistics
    break_even_price: SummaryStatistics
    break_even_months: BreakEven
    break_even_utilisation: BreakEvenUtilisation | None


def bases_of(opened: OpenScenario) -> Bases:
    """Return a scenario rented, owned and purchased; a setting may apply to one of them only.

    Raises `InvalidInputError` for a setting that has an effect on none of them.
    """
    lenient = opened.allowing_unused()
    rented, owned, purchased = (lenient.with_(basis=basis).scenario for basis in ("rented", "owned", "purchased"))
    useful_life = None
    with suppress(InvalidInputError):  # without a useful life there is no break-even utilisation
        useful_life = lenient.with_(basis="owned", sets=("depreciation=straight-line",)).scenario
    bases = Bases(rented, owned, purchased, useful_life)
    if unused_in_all(bases.scenarios):
        _ = opened.with_(basis="rented").scenario  # raises the error
    return bases


def unused_in_all(scenarios: Iterable[Scenario]) -> set[str]:
    """Return the settings that are unused in every variant of a scenario."""
    return set.intersection(*(set(scenario.unused_options) for scenario in scenarios))


def rent_or_buy(bases: Bases, options: RunOptions = DEFAULTS) -> RentOrBuy:
    """Compare a scenario on rented and on owned chips, and return where they cost the same.

    Break-even price: the rent per chip-hour at which the rented total equals the owned one (owned chips are charged for the
    time they are used, as the scenario depreciates them). The total is linear in the rent, so two evaluations give it.

    Break-even time: the hours for which each purchased chip must work until renting would have cost as much as the cluster's
    purchase and its power, and that time over the chip's useful life (the utilisation that a buyer needs). Resale value and
    cost of capital are ignored. Where power alone costs more than rent there is no such time; `never` is the share of such
    draws.
    """
    rented, owned, purchased = bases.rented, bases.owned, bases.purchased
    refuse_under_way(rented, owned, purchased)
    for name, scenario in (("rental_price", rented), ("chip_hours", rented), ("chip_hours", purchased), ("chips", purchased)):
        if name not in scenario.plan.names:
            raise UnsupportedError(f"{scenario.name} does not use {name}, so there is no break-even price or time")
    rent = _simulate_rent(rented, options)
    owned_result = simulate_draws(owned, options, [TOTAL])
    owned_total = owned_result.retained_draws[TOTAL]
    price = _break_even_price(rent, owned_total)
    purchased_result, hours = _break_even_hours(purchased, rent, options)
    interval, heavy = options.interval, rent.is_heavy or is_heavy(owned_result)
    return RentOrBuy(
        header=replace(header_of(rented, options), fingerprint=None),  # that of the rented one is not that of all
        rented=summary_statistics(rent.total, interval, heavy=rent.is_heavy),
        owned=summary_statistics(owned_total, interval, heavy=is_heavy(owned_result)),
        purchased=summary_statistics(purchased_result.retained_draws[TOTAL], interval, heavy=is_heavy(purchased_result)),
        rented_less_owned=paired_difference(owned_total, rent.total, interval, heavy=heavy),
        rental_price=summary_statistics(rent.price, interval),
        break_even_price=summary_statistics(price, interval, heavy=heavy or None),
        break_even_months=_break_even(hours / MONTH, interval),
        break_even_utilisation=_break_even_utilisation(bases.useful_life, hours, options),
    )


class _Rent(NamedTuple):
    """Draws of the rented scenario, USD: its total, that at a rent of zero, price and cost of a chip-hour; and its tail."""

    total: Array
    total_at_zero: Array
    price: Array
    hourly_cost: Array
    is_heavy: bool


def _simulate_rent(rented: Scenario, options: RunOptions) -> _Rent:
    keep = [TOTAL, "rental_cost", "chip_hours", "rental_price", *prior_names(rented)]
    result = simulate_draws(rented, options, keep)
    draws = result.retained_draws
    inputs = input_draws(rented, draws)
    evaluate_from(rented.plan, inputs, {"rental_price": np.zeros_like(draws[TOTAL])})
    total_at_zero = np.broadcast_to(np.asarray(inputs[TOTAL]), draws[TOTAL].shape)
    with np.errstate(all="ignore"):
        hourly_cost = draws["rental_cost"] / draws["chip_hours"]
    return _Rent(draws[TOTAL], total_at_zero, draws["rental_price"], hourly_cost, is_heavy(result))


def _break_even_price(rent: _Rent, owned_total: Array) -> Array:
    """Return the rent at which the rented total equals the owned one."""
    with np.errstate(all="ignore"):
        price = (owned_total - rent.total_at_zero) * rent.price / (rent.total - rent.total_at_zero)
    if not np.isfinite(price).all():
        raise UnsupportedError("rent does not affect the total in some draws, so they have no break-even price")
    return price


def _break_even_hours(purchased: Scenario, rent: _Rent, options: RunOptions) -> tuple[SimulationResult, Array]:
    """Return the run of the purchased scenario, and the hours of work after which each chip has saved its price in rent."""
    purchases = [line for line in ("chip_purchase", "server_purchase", "network_purchase") if line in purchased.lines]
    result = simulate_draws(purchased, options, [TOTAL, "chips", "chip_hours", "energy_cost", *purchases])
    draws = result.retained_draws
    with np.errstate(all="ignore"):
        purchase = np.sum([draws[line] for line in purchases], axis=0) / draws["chips"]
        hourly_saving = rent.hourly_cost - draws["energy_cost"] / draws["chip_hours"]
        return result, np.where(hourly_saving > 0, purchase / hourly_saving, np.inf)


def _break_even_utilisation(scenario: Scenario | None, hours: Array, options: RunOptions) -> BreakEvenUtilisation | None:
    """Return the break-even time as a share of the useful life that a scenario includes, or None where it includes none."""
    if scenario is None or "useful_life" not in scenario.inputs:
        return None
    life = simulate_draws(scenario, options.with_(progress=None), ["useful_life"]).retained_draws["useful_life"]
    figures = _break_even(hours / life, options.interval)
    return BreakEvenUtilisation(**values_of(figures), possible=probability(hours <= life))


def _break_even(values: Array, interval: Level) -> BreakEven:
    """Return median and interval of times that may be infinite; None where a quantile is infinite."""
    lower, upper = interval_bounds(interval)
    # Order statistics, because a finite and an infinite value cannot be interpolated.
    quantiles = np.quantile(values, [0.5, lower, upper], method="inverted_cdf").tolist()
    median, low, high = (value if math.isfinite(value) else None for value in quantiles)
    return BreakEven(median=median, low=low, high=high, median_error=_median_error(values), never=probability(np.isinf(values)))


def _median_error(values: Array) -> float | None:
    step = 0.5 / math.sqrt(len(values))
    low, high = np.quantile(values, [0.5 - step, 0.5 + step], method="inverted_cdf").tolist()
    return (high - low) / 2 if math.isfinite(high) else None
