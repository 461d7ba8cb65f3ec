"""Inputs for tests that evaluate every formula."""

import math
import zlib

import numpy as np

PARTS = {"activation_memory": "memory", "adoption_equity": "adoption_pay"}
"""Quantities that are at most another one."""


def sample_inputs(formula, unit_of, count=7):
    """Return read-only arrays of possible values of the inputs of a formula, different for each name."""
    values = {need: _samples(need, unit_of(need), count) for need in formula.needs}
    for part, whole in PARTS.items():
        if {part, whole} <= values.keys():
            values[part] = values[part] / 2 * values[whole]  # 0.05 to 0.95 of the whole
    for each in values.values():
        each.flags.writeable = False
    return list(values.values())


def _samples(need, unit, count):
    low = unit.low if math.isfinite(unit.low) else -1.0
    width = unit.high - low if math.isfinite(unit.high) else 2.0
    return low + np.random.default_rng(zlib.crc32(need.encode())).uniform(0.05, 0.95, count) * width
