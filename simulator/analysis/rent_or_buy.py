"""Rent or buy: the price and the time at which rented and own chips cost the same."""

import math
from typing import Any

import numpy as np

from simulator.analysis.compare import input_draws, paired, prior_names
from simulator.analysis.statistics import (
    DRAWS,
    Array,
    Progress,
    UnsupportedError,
    draw,
    evaluate_from,
    figures,
    probability,
    refuse_under_way,
)
from simulator.core.levels import Level, in_percent, interval_of
from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.summaries import ends
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
    """Compare a scenario on rented and on own chips, and return where they cost the same, as plain data.

    Break-even price: the rent of a chip for an hour at which the rented total equals the owned one (own chips charged for the
    time they are used, as the scenario depreciates them). The total is a straight line in the rent, so two evaluations give it.

    Break-even use: the hours for which each bought chip must work before rent would have cost as much as the cluster's purchase
    and its power, and that time over the chip's useful life (the utilisation that a buyer needs; `useful_life` is a scenario in
    which it takes part). Nothing is taken for resale, nor for what money costs meanwhile. Where power alone costs more than
    rent there is no such time: `never` says in what share of draws.
    """
    interval = interval_of(interval)
    refuse_under_way(rented, owned, purchased)
    for name, scenario in (("rental_price", rented), ("chip_hours", rented), ("chip_hours", purchased), ("chips", purchased)):
        if name not in scenario.plan.names:
            raise UnsupportedError(
                f"{scenario.name} has no {name} that takes part, so there is no price or time to break even at"
            )
    rent = draw(
        rented, draws, seed, [TOTAL, "rental_cost", "chip_hours", "rental_price", *prior_names(rented)], threads=threads,
        progress=progress,
    ).kept  # fmt: skip
    own = draw(owned, draws, seed, [TOTAL], threads=threads, progress=progress).kept
    purchases = [line for line in ("chip_purchase", "server_purchase", "network_purchase") if line in purchased.lines]
    keep = [TOTAL, "chips", "chip_hours", "energy_cost", *purchases]
    bought = draw(purchased, draws, seed, keep, threads=threads, progress=progress).kept
    drawn = input_draws(rented, rent)
    evaluate_from(rented.plan, drawn, {"rental_price": np.zeros_like(rent[TOTAL])})
    without = np.broadcast_to(np.asarray(drawn[TOTAL]), rent[TOTAL].shape)
    with np.errstate(all="ignore"):
        price = (own[TOTAL] - without) * rent["rental_price"] / (rent[TOTAL] - without)
        purchase = np.sum([bought[line] for line in purchases], axis=0) / bought["chips"]
        saved = rent["rental_cost"] / rent["chip_hours"] - bought["energy_cost"] / bought["chip_hours"]
        hours = np.where(saved > 0, purchase / saved, np.inf)
    if not np.isfinite(price).all():
        raise UnsupportedError("rent does nothing to the total in some draws, so no price breaks even there")
    need = None
    if useful_life is not None and "useful_life" in useful_life.inputs:
        life = draw(useful_life, draws, seed, ["useful_life"], threads=threads).kept["useful_life"]
        need = _with_never(hours / life, interval) | {"possible": probability(hours <= life)._asdict()}
    return {
        "schema": 1, "scenario": rented.name, "title": rented.title, "money": rented.money, "draws": draws, "seed": seed,
        "interval": in_percent(interval),
        "rented": figures(rent[TOTAL], interval), "owned": figures(own[TOTAL], interval),
        "purchased": figures(bought[TOTAL], interval),
        "rented_less_owned": paired(own[TOTAL], rent[TOTAL], interval),
        "rental_price": figures(rent["rental_price"], interval),
        "break_even_price": figures(price, interval),
        "break_even_months": _with_never(hours / MONTH, interval),
        "break_even_utilisation": need,
    }  # fmt: skip


def _with_never(values: Array, interval: Level) -> dict[str, Any]:
    """Median and interval of times that may never come: None where a quantile lies among those."""
    low, high = ends(interval)
    # By the order statistic itself: there is nothing between a number and never.
    found = np.quantile(values, [0.5, low, high], method="inverted_cdf").tolist()
    figures_or_none: list[float | None] = [value if math.isfinite(value) else None for value in found]
    return {
        **dict(zip(("median", "low", "high"), figures_or_none, strict=True)),
        "median_error": _order_error(values),
        "never": probability(np.isinf(values))._asdict(),
    }


def _order_error(values: Array) -> float | None:
    step = 0.5 / math.sqrt(len(values))
    low, high = np.quantile(values, [0.5 - step, 0.5 + step], method="inverted_cdf").tolist()
    return (high - low) / 2 if math.isfinite(high) else None
