"""The level of rental prices by chip, channel, seller and date."""

import math
from collections.abc import Iterable

from simulator.core.units import Unit
from simulator.evidence.calibration.design import FittedModel, Observation, fit_model, read_settings
from simulator.evidence.tables import RentalPrice
from simulator.records import library_median
from simulator.scenario.posteriors import Covariates, rental_terms


def observations(prices: Iterable[RentalPrice]) -> list[Observation]:
    """Return the logarithms of prices; quotes of one vendor for one chip share an effect."""
    result = []
    for price in prices:
        covariates = Covariates(chip=price.chip, peak=library_median(price.chip, "peak_flop_bf16", Unit("FLOP/chip/second")))
        vendor = f"{price.vendor} {price.chip}"
        terms = {**rental_terms(covariates, price.channel, price.seller, price.date), f"vendor/{vendor}": 1.0}
        case = f"{vendor} {price.channel} {price.date:.2f}"
        result.append(Observation(case, vendor, price.date, "price", math.log(price.price), terms))
    return result


def fit(prices: Iterable[RentalPrice]) -> FittedModel:
    """Fit the model of rental prices to these quotes."""
    return fit_model(read_settings("rental"), observations(prices))
