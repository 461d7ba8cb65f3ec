"""What the model of serving takes before it sees the points: `priors/evidence/serving.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from simulator.evidence.calibration.linear import Array
from simulator.model.serving.settings import PARAMETERS, Conventions
from simulator.scenario.serving_posterior import BACKEND_PARAMETERS, MODES, conventions, serving_priors

TARGETS = ("time_per_token", "time_to_first_token", "throughput")
"""The measured quantities: seconds between tokens, seconds to the first, and output tokens by second and chip."""
TIMES = TARGETS[:2]


@dataclass(frozen=True)
class ResidualSettings:
    """Standard deviations of effects and noise of one target, in multiples of its dispersion."""

    initial: float
    effects: Mapping[str, float]
    noise: Mapping[str, float]
    """By mode."""
    wait: float
    """Of the logarithm of the time that a request waits."""


@dataclass(frozen=True)
class ServingSettings:
    """Priors of the efficiencies, in logarithms, conventions, and settings of the residuals."""

    median: Array
    spread: Array
    backend_spread: Mapping[str, float]
    conventions: Conventions
    observations_per_model: float
    unit_spread: Mapping[str, float]
    observations: float
    degrees: float
    residuals: Mapping[str, ResidualSettings]
    """Of the two times: throughput follows from both."""


@cache
def serving_settings() -> ServingSettings:
    """Return the settings of the library."""
    plain = serving_priors()
    rows, residuals = plain["efficiencies"], plain["residuals"]
    return ServingSettings(
        median=np.log([float(rows[name]["median"]) for name in PARAMETERS]),
        spread=np.array([float(rows[name]["spread"]) for name in PARAMETERS]),
        backend_spread={name: float(plain["backends"][name]) for name in BACKEND_PARAMETERS},
        conventions=conventions(),
        observations_per_model=float(plain["observations_per_model"]),
        unit_spread={target: float(plain["unit_spread"][target]) for target in TARGETS},
        observations=float(residuals["observations"]),
        degrees=float(residuals["degrees"]),
        residuals={target: _residual_settings(residuals[target]) for target in TIMES},
    )


def _residual_settings(row: Mapping[str, str]) -> ResidualSettings:
    numbers = {key: float(value) for key, value in row.items()}
    noise = {mode: numbers.pop(mode) for mode in MODES}
    initial, wait = numbers.pop("initial"), numbers.pop("wait")
    return ResidualSettings(initial, numbers, noise, wait)
