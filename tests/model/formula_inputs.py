"""Inputs for tests that evaluate every formula."""

import math
import zlib

import numpy as np


def sample_inputs(formula, unit_of, count=7):
    """Return read-only arrays of possible values of the inputs of a formula, different for each name."""
    arrays = []
    for need in formula.needs:
        unit = unit_of(need)
        low = unit.low if math.isfinite(unit.low) else -1.0
        width = unit.high - low if math.isfinite(unit.high) else 2.0
        values = low + np.random.default_rng(zlib.crc32(need.encode())).uniform(0.05, 0.95, count) * width
        values.flags.writeable = False
        arrays.append(values)
    return arrays
