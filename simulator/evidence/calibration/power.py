"""Mean power in training over rated power, from what was metered: hours times a rating says nothing of it."""

import math
from collections.abc import Iterable

from simulator.core.units import Unit
from simulator.evidence.calibration.design import Fitted, Observation, fitted, settings
from simulator.evidence.tables import MeasuredPower
from simulator.records import typical
from simulator.scenario.library import generation
from simulator.scenario.posteriors import Covariates, power_terms


def terms(power: MeasuredPower) -> dict[str, float]:
    """Return what the share of the rated power depends on."""
    found = {**power_terms(Covariates(generation=generation(power.chip))), f"study/{power.study}": 1.0}
    return {**found, "small": 1.0} if power.small else found


def observations(powers: Iterable[MeasuredPower]) -> list[Observation]:
    """Return the share of the rated power, chip and server, that was drawn."""
    found = []
    for power in powers:
        rated = typical(power.chip, "tdp", Unit("W/chip"))
        server = typical(power.chip, "server_power_factor", Unit("1", low=1.0))
        if rated is None or server is None:
            continue
        value = math.log(power.watts / (rated * server))
        found.append(Observation(power.case, power.study, power.date, "power", value, terms(power)))
    return found


def fit(powers: Iterable[MeasuredPower]) -> Fitted:
    """Return the model of power over rated power after these measurements."""
    return fitted(settings("power"), observations(powers))
