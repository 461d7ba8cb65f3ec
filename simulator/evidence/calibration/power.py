"""Mean power in training over rated power, from metered power only: energy computed from a rating has no information on it."""

import math
from collections.abc import Iterable

from simulator.core.units import Unit
from simulator.evidence.calibration.design import FittedModel, Observation, fit_model, read_settings
from simulator.evidence.tables import MeasuredPower
from simulator.records import library_median
from simulator.scenario.library import generation
from simulator.scenario.posteriors import Covariates, power_terms


def terms(power: MeasuredPower) -> dict[str, float]:
    """Return the terms of the share of the rated power."""
    result = {**power_terms(Covariates(generation=generation(power.chip))), f"study/{power.study}": 1.0}
    return {**result, "small": 1.0} if power.small else result


def observations(powers: Iterable[MeasuredPower]) -> list[Observation]:
    """Return the measured power as shares of the rated power of chip and server."""
    result = []
    for power in powers:
        rated = library_median(power.chip, "tdp", Unit("W/chip"))
        server = library_median(power.chip, "server_power_factor", Unit("1", low=1.0))
        if rated is None or server is None:
            continue
        value = math.log(power.watts / (rated * server))
        result.append(Observation(power.case, power.study, power.date, "power", value, terms(power)))
    return result


def fit(powers: Iterable[MeasuredPower]) -> FittedModel:
    """Fit the model of power over rated power to these measurements."""
    return fit_model(read_settings("power"), observations(powers))
