"""The level of rental prices by chip, channel, seller and date."""

import math
from collections.abc import Iterable

from simulator.core.units import Unit
from simulator.evidence.calibration.design import Fitted, Observation, fitted, settings
from simulator.evidence.tables import RentalPrice
from simulator.records import typical
from simulator.scenario.posteriors import Covariates, rental_terms


def observations(prices: Iterable[RentalPrice]) -> list[Observation]:
    """Return what prices say; quotes of one vendor for one chip are alike."""
    found = []
    for price in prices:
        given = Covariates(chip=price.chip, peak=typical(price.chip, "peak_flop_bf16", Unit("FLOP/chip/second")))
        vendor = f"{price.vendor} {price.chip}"
        terms = {**rental_terms(given, price.channel, price.seller, price.date), f"vendor/{vendor}": 1.0}
        case = f"{vendor} {price.channel} {price.date:.2f}"
        found.append(Observation(case, vendor, price.date, "price", math.log(price.price), terms))
    return found


def fit(prices: Iterable[RentalPrice]) -> Fitted:
    """Return the model of rental prices after these quotes."""
    return fitted(settings("rental"), observations(prices))
