"""Efficiencies of serving for a scenario: joint draws of the posterior, by model, chip and backend, and the conventions."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.model.serving.settings import PARAMETERS, Conventions, Efficiency
from simulator.scenario import library
from simulator.scenario.text import parse, read_text

NEW = "new"
"""A model, chip or backend without measured points."""
OWN, WAIT = "own", "wait"
"""Parts of the columns of what a set-up and its measurement differ by, and of what the time that requests wait differs by."""
MODES = ("aggregated", "disaggregated")
SHARES = (
    "bandwidth_use", "cache_bandwidth_use", "cache_bytes_share", "decode_flop_use", "attention_flop_use", "prefill_flop_use",
    "link_use", "network_use", "memory_share", "routing_evenness",
)  # fmt: skip
"""Efficiencies that are at most 1 by their meaning; the draws of their logarithms are not bounded."""
BACKEND_PARAMETERS = ("decode_backend", "prompt_backend")
RESIDUALS = {"time_per_token": "token_residual", "time_to_first_token": "first_residual"}
"""Targets of the posterior, with the factor of `Efficiency` that holds what formulas do not explain of them."""

Draws = NDArray[np.float64]


@cache
def serving_priors() -> Mapping[str, Any]:
    """Return the priors of the efficiencies, the conventions, and the settings of the residuals, as text."""
    file = "evidence/serving.yaml"
    plain: dict[str, Any] = parse(read_text(library.folder() / file, file), file).plain()
    return plain


@cache
def conventions() -> Conventions:
    """Return the constants of the formulas."""
    return Conventions(**{name: float(row["value"]) for name, row in serving_priors()["conventions"].items()})


@cache
def serving_columns() -> Mapping[str, Draws]:
    """Return the joint draws of the library by effect, on the logarithmic scale."""
    file = "posteriors/serving.csv"
    lines = [line for line in read_text(library.folder() / file, file).splitlines() if not line.startswith("#")]
    rows = np.array([[float(cell) for cell in line.split(",")] for line in lines[1:]])
    return dict(zip(lines[0].split(","), rows.T, strict=True))


def efficiency_draws(
    columns: Mapping[str, Draws],
    *,
    backend: str = NEW,
    model: str = NEW,
    chip: str = NEW,
    is_disaggregated: bool = False,
    is_later: bool = False,
) -> Efficiency:
    """Return joint draws of efficiencies for a backend, model and chip; a name without points is taken as new.

    Parameters
    ----------
    columns : mapping of str to array
        Such as `serving_columns()`.
    backend, model, chip : str
        Names as in the measured points.
    is_disaggregated : bool
        Whether prompts and answers have chips of their own.
    is_later : bool
        Whether the set-up is of a date after all measured points.

    """
    values = {name: np.exp(columns[name]) for name in PARAMETERS}
    values |= {name: np.minimum(values[name], 1.0) for name in SHARES}
    for name in BACKEND_PARAMETERS:
        values[name] = np.exp(columns.get(f"{name}/{backend}", columns[f"{name}/{NEW}"]))
    for target, residual in RESIDUALS.items():
        total = columns[f"{target}/{OWN}/{MODES[is_disaggregated]}"] + (columns[f"{target}/later"] if is_later else 0.0)
        for group, name in (("model", model), ("chip", chip)):
            total = total + columns.get(f"{target}/{group}/{name}", columns[f"{target}/{group}/{NEW}"])
        values[residual] = np.exp(total)
    values["wait_residual"] = np.exp(columns[f"time_to_first_token/{WAIT}"])
    return Efficiency(**values)


SPEED = ("bandwidth_use", "decode_flop_use", "prefill_flop_use")
SLOWNESS = ("decode_backend", "token_residual")


def speed_order(efficiency: Efficiency) -> NDArray[np.intp]:
    """Return the order of the draws by a figure of speed: the main efficiencies over the factors on the time between tokens."""
    logarithms = {name: np.log(getattr(efficiency, name)) for name in (*SPEED, *SLOWNESS)}
    speed = sum(logarithms[name] for name in SPEED) / len(SPEED) - sum(logarithms[name] for name in SLOWNESS)
    return np.argsort(np.asarray(speed), kind="stable")
