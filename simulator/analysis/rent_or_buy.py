"""Rent or buy: the price and the time at which rented and owned chips cost the same."""

import math
from typing import Any

import numpy as np

from simulator.analysis.compare import input_draws, paired_difference, prior_names
from simulator.analysis.statistics import (
    DRAWS,
    Array,
    Progress,
    UnsupportedError,
    evaluate_from,
    probability,
    refuse_under_way,
    simulate_draws,
    summary_statistics,
)
from simulator.core.levels import Level, in_percent, interval_of
from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.summaries import interval_bounds
from simulator.scenario import TOTAL, Scenario

MONTH = HOURS_PER_YEAR / 12


def rent_or_buy(
    rented: Scenario,
    owned: Scenario,
    purchased: Scenario,
    useful_life: Scenario | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    interval: Level = 0.95,
    threads: int | None = None,
    progress: Progress = None,
) -> dict[str, Any]:
    """Compare a scenario on rented and on owned chips, and return where they cost the same, as plain data.

    Break-even price: the rent per chip-hour at which the rented total equals the owned one (owned chips are charged for the
    time they are used, as the scenario depreciates them). The total is linear in the rent, so two evaluations give it.

    Break-even time: the hours for which each purchased chip must work until renting would have cost as much as the cluster's
    purchase and its power, and that time over the chip's useful life (the utilisation that a buyer needs; `useful_life` is a
    scenario that includes it). Resale value and cost of capital are ignored. Where power alone costs more than rent there is no
    such time; `never` is the share of such draws.
    """
    interval = interval_of(interval)
    refuse_under_way(rented, owned, purchased)
    for name, scenario in (("rental_price", rented), ("chip_hours", rented), ("chip_hours", purchased), ("chips", purchased)):
        if name not in scenario.plan.names:
            raise UnsupportedError(f"{scenario.name} does not use {name}, so there is no break-even price or time")
    rented_draws = simulate_draws(
        rented, draws, seed, [TOTAL, "rental_cost", "chip_hours", "rental_price", *prior_names(rented)], threads=threads,
        progress=progress,
    ).retained_draws  # fmt: skip
    owned_draws = simulate_draws(owned, draws, seed, [TOTAL], threads=threads, progress=progress).retained_draws
    purchases = [line for line in ("chip_purchase", "server_purchase", "network_purchase") if line in purchased.lines]
    keep = [TOTAL, "chips", "chip_hours", "energy_cost", *purchases]
    purchased_draws = simulate_draws(purchased, draws, seed, keep, threads=threads, progress=progress).retained_draws
    inputs = input_draws(rented, rented_draws)
    evaluate_from(rented.plan, inputs, {"rental_price": np.zeros_like(rented_draws[TOTAL])})
    total_without_rent = np.broadcast_to(np.asarray(inputs[TOTAL]), rented_draws[TOTAL].shape)
    with np.errstate(all="ignore"):
        price = (
            (owned_draws[TOTAL] - total_without_rent)
            * rented_draws["rental_price"]
            / (rented_draws[TOTAL] - total_without_rent)
        )
        purchase = np.sum([purchased_draws[line] for line in purchases], axis=0) / purchased_draws["chips"]
        hourly_saving = (
            rented_draws["rental_cost"] / rented_draws["chip_hours"]
            - purchased_draws["energy_cost"] / purchased_draws["chip_hours"]
        )
        hours = np.where(hourly_saving > 0, purchase / hourly_saving, np.inf)
    if not np.isfinite(price).all():
        raise UnsupportedError("rent does not affect the total in some draws, so they have no break-even price")
    utilisation = None
    if useful_life is not None and "useful_life" in useful_life.inputs:
        life = simulate_draws(useful_life, draws, seed, ["useful_life"], threads=threads).retained_draws["useful_life"]
        utilisation = _statistics_with_never(hours / life, interval) | {"possible": probability(hours <= life)._asdict()}
    return {
        "schema": 2, "scenario": rented.name, "title": rented.title, "money": rented.money, "draws": draws, "seed": seed,
        "interval": in_percent(interval),
        "rented": summary_statistics(rented_draws[TOTAL], interval), "owned": summary_statistics(owned_draws[TOTAL], interval),
        "purchased": summary_statistics(purchased_draws[TOTAL], interval),
        "rented_less_owned": paired_difference(owned_draws[TOTAL], rented_draws[TOTAL], interval),
        "rental_price": summary_statistics(rented_draws["rental_price"], interval),
        "break_even_price": summary_statistics(price, interval),
        "break_even_months": _statistics_with_never(hours / MONTH, interval),
        "break_even_utilisation": utilisation,
    }  # fmt: skip


def _statistics_with_never(values: Array, interval: Level) -> dict[str, Any]:
    """Return median and interval of times that may be infinite; None where a quantile is infinite."""
    low, high = interval_bounds(interval)
    # Order statistics, because a finite and an infinite value cannot be interpolated.
    quantiles = np.quantile(values, [0.5, low, high], method="inverted_cdf").tolist()
    finite_or_none: list[float | None] = [value if math.isfinite(value) else None for value in quantiles]
    return {
        **dict(zip(("median", "low", "high"), finite_or_none, strict=True)),
        "median_error": _quantile_error(values),
        "never": probability(np.isinf(values))._asdict(),
    }


def _quantile_error(values: Array) -> float | None:
    step = 0.5 / math.sqrt(len(values))
    low, high = np.quantile(values, [0.5 - step, 0.5 + step], method="inverted_cdf").tolist()
    return (high - low) / 2 if math.isfinite(high) else None
