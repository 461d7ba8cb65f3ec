"""Addressable scrambled Sobol points: any block can be computed by itself."""

from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulator.engine.sampling.streams import BLOCK, generator, hash_name

Array = NDArray[np.float64]

_BITS = 52  # every point is an exact float
_STEPS = 32  # direction numbers: 2^32 points at most
_RESERVED = 512  # dimensions reserved for the first names of the model; all others lie above


def sobol_dimensions(names: Iterable[str], model_names: Iterable[str]) -> dict[str, int]:
    """Return the dimension of each name: its place among the first names of the model, or above them by its hash.

    Names that are hashed take their places in alphabetical order.
    """
    place = {name: number for number, name in enumerate(islice(model_names, _RESERVED))}
    dimensions, occupied = {}, set()
    for name in sorted(names):
        if name in place:
            dimensions[name] = place[name]
            continue
        free = _RESERVED + hash_name(name) % 4096
        while free in occupied:
            free += 1
        occupied.add(free)
        dimensions[name] = free
    return dimensions


@cache
def _joe_and_kuo() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the primitive polynomials and initial numbers of each dimension (Joe and Kuo 2008), from SciPy's table.

    The file is read without importing SciPy, which would take half a second; a test compares the points.
    """
    (home,) = find_spec("scipy").submodule_search_locations  # type: ignore[union-attr, misc]
    with np.load(Path(home) / "stats" / "_sobol_direction_numbers.npz") as table:
        return table["poly"].astype(np.uint64), table["vinit"].astype(np.uint64)


def _direction_numbers(dimension: int) -> NDArray[np.uint64]:
    """Return the unscrambled direction numbers of a dimension, as fractions of 2^32 (Bratley and Fox 1988)."""
    shifts = np.arange(_STEPS - 1, -1, -1, dtype=np.uint64)
    if dimension == 0:
        return np.uint64(1) << shifts
    polynomials, firsts = _joe_and_kuo()
    polynomial = int(polynomials[dimension])
    degree = polynomial.bit_length() - 1
    numbers = firsts[dimension][:degree].tolist()
    for step in range(degree, _STEPS):
        number = numbers[step - degree]
        for back in range(1, degree + 1):
            if polynomial >> degree - back & 1:
                number ^= numbers[step - back] << back
        numbers.append(number)
    return np.array(numbers, dtype=np.uint64) << shifts


@lru_cache(maxsize=4096)
def _scrambled(seed: int, name: str, dimension: int, replicates: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the scrambled direction numbers by replicate and step, and the digital shift of each replicate."""
    rng = generator(seed, "sobol/" + name, 0)
    row = np.arange(_BITS, dtype=np.uint64)
    mask = (1 << _STEPS) - 1
    left = np.array([mask & ~(mask >> i) for i in range(_BITS)], dtype=np.uint64)  # the columns left of the diagonal
    diagonal = np.array([1 << _STEPS - 1 - i if i < _STEPS else 0 for i in range(_BITS)], dtype=np.uint64)
    matrix = rng.integers(0, 1 << _STEPS, (replicates, _BITS), dtype=np.uint64) & left | diagonal
    plain = _direction_numbers(dimension)
    mixed = np.bitwise_count(matrix[:, :, None] & plain).astype(np.uint64) & np.uint64(1)
    numbers = (mixed << (_BITS - 1 - row)[:, None]).sum(axis=1, dtype=np.uint64)
    return numbers, rng.integers(0, 1 << _BITS, replicates, dtype=np.uint64)


class Sobol:
    """Scrambled Sobol points of one name, strictly between 0 and 1, in natural order, so that blocks are independent.

    There are `replicates` sequences (a power of two), interleaved: each has its own random lower-triangular matrix and digital
    shift (Matousek 1998).
    """

    def __init__(self, seed: int, name: str, dimension: int, replicates: int = 1) -> None:
        self.numbers, self.shift = _scrambled(seed, name, dimension, replicates)
        self.bits = (BLOCK // replicates).bit_length() - 1  # of the index within a block
        self.pattern = np.zeros((1, replicates), dtype=np.uint64)  # a block without its offset, as far as computed

    def points(self, block: int, size: int) -> Array:
        """Return the first `size` points of a block, with interleaved replicates."""
        offset = self.shift
        for bit in range(block.bit_length()):
            if block >> bit & 1:
                offset = offset ^ self.numbers[:, self.bits + bit]
        pattern = self.pattern
        while pattern.size < size:
            pattern = np.concatenate([pattern, pattern ^ self.numbers[:, len(pattern).bit_length() - 1]])
        self.pattern = pattern
        rows = -(-size // len(offset))
        return ((pattern[:rows] ^ offset).ravel()[:size].astype(np.float64) + 0.5) * 2.0**-_BITS
