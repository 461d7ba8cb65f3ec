"""Addressable Latin hypercubes: any block can be computed by itself."""

import numpy as np
from numpy.typing import NDArray

from simulator.engine.sampling.streams import BLOCK, REPLICATES, generator

Array = NDArray[np.float64]


def latin_points(seed: int, name: str, draws: int, block: int, size: int, step: int = BLOCK) -> Array:
    """Return points of which exactly one falls in each of `draws` equal strips of (0, 1), in random order.

    The order is a keyed permutation of 0 .. draws - 1 that can be evaluated at any index (a Feistel network with cycle walking:
    Black and Rogaway 2002), so blocks are independent of each other. A block is `step` points.
    """
    start = block * step
    if start + size > draws:
        raise ValueError(f"a Latin hypercube of {draws} draws has no draw {start + size}")
    rng = generator(seed, "lhs/" + name, block)
    keys = generator(seed, "lhs/" + name, -1 % 2**32).integers(0, 2**63, 6, dtype=np.uint64)
    strip = _permute(np.arange(start, start + size, dtype=np.uint64), draws, keys)
    return (strip + rng.random(size).clip(1e-12, 1 - 1e-12)) / draws


def interleaved_latin_points(seed: int, name: str, each: int, block: int, size: int) -> Array:
    """Return the points of all replicates, interleaved."""
    share = BLOCK // REPLICATES
    rows = -(-size // REPLICATES)
    columns = [latin_points(seed, f"{name}#{number}", each, block, rows, share) for number in range(REPLICATES)]
    return np.stack(columns, axis=1).ravel()[:size]


def _permute(index: NDArray[np.uint64], count: int, keys: NDArray[np.uint64]) -> Array:
    half = np.uint64(max(1, (max(1, count - 1).bit_length() + 1) // 2))
    mask = (np.uint64(1) << half) - np.uint64(1)
    value = index.copy()
    outside = np.ones(len(value), dtype=bool)
    while outside.any():
        left, right = value[outside] >> half, value[outside] & mask
        for round_key in keys:
            mixed = (right + round_key) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(29)
            mixed *= np.uint64(0xBF58476D1CE4E5B9)
            left, right = right, left ^ (mixed >> np.uint64(32)) & mask
        value[outside] = left << half | right
        outside &= value >= count
    return value.astype(np.float64)
