"""Standard normal scores by address: score i of a name under a seed is one number, whatever else is drawn, and wherever.

A block is a fixed number of draws. A block of a name has a generator of its own, keyed by (seed, name, block), so blocks can be
made in any order, by any number of threads or machines, and a shorter run is a prefix of a longer one.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from simulator.distributions import scores
from simulator.engine.sampling.ziggurat import normals

Array = NDArray[np.float64]

BLOCK = 131_072
"""Draws in a block: a call on an array of it is long beside Python's own work, and the few arrays alive at once fit a cache."""

METHODS = ("random", "sobol", "lhs")

REPLICATES = 8
"""Independent copies of a Sobol sequence or Latin hypercube: their spread is the only honest error of such a run."""


class Source(Protocol):
    """Where scores come from."""

    def __call__(self, name: str, block: int, size: int) -> Array:
        """Return the first `size` scores of a block of a name."""
        ...


def source(method: str, seed: int, draws: int, names: Iterable[str] = (), known: Iterable[str] = ()) -> Source:
    """Return the source of scores for a method.

    `names` are the streams that will be asked for, `known` all names of the model in their fixed order. Only Sobol points need
    them: a known name has its dimension by its place, another the next free one after a hash of it.
    A Latin hypercube belongs to its number of draws; the others do not depend on `draws`.

    Sobol points and hypercubes come in replicates of their own scramble, dealt in turn: draw i is point i // 8 of replicate
    i % 8. So every block holds all replicates, and a shorter run is a prefix of a longer one.
    """
    if method == "random":
        return lambda name, block, size: random_normals(seed, name, block, size)
    if method == "sobol":
        dimensions = sobol_dimensions(names, known)
        sequences = {name: Sobol(seed, name, dimension, REPLICATES) for name, dimension in dimensions.items()}
        return lambda name, block, size: scores(sequences[name].points(block, size))
    if method == "lhs":
        each = -(-draws // REPLICATES)
        return lambda name, block, size: scores(_dealt_latin_points(seed, name, each, block, size))
    raise ValueError(f"no method {method!r}; there are {', '.join(METHODS)}")


def key(name: str) -> int:
    """Return 64 bits by which a name is known."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


class _Address(np.random.bit_generator.ISeedSequence):
    """What starts a generator: a hash of its address. A `SeedSequence` does the same in three times the time."""

    def __init__(self, seed: int, name: str, block: int) -> None:
        self.text = f"{seed}/{block}/{name}".encode()

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> NDArray[Any]:
        """Return the words from which a generator starts."""
        size = n_words * np.dtype(dtype).itemsize
        return np.frombuffer(hashlib.blake2b(self.text, digest_size=size).digest(), dtype=dtype)


def generator(seed: int, name: str, block: int) -> np.random.Generator:
    """Return the generator of one block of one name. SFC64 makes normals 20 % faster than numpy's default."""
    return np.random.Generator(np.random.SFC64(cast(Any, _Address(seed, name, block))))  # numpy's stubs know SeedSequence alone


def random_normals(seed: int, name: str, block: int, size: int) -> Array:
    """Return pseudo-random scores."""
    words = generator(seed, name, block).bit_generator.random_raw(size).view(np.int64)
    return normals(words, lambda count: generator(seed, f"{name}/unsure", block).random((count, 2)))


# --- Sobol points ---------------------------------------------------------------------------------------------------------

_BITS = 52  # every point is an exact float
_STEPS = 32  # direction numbers: 2^32 points at most
_RESERVED = 512  # dimensions kept for names of the model; all others lie above


def sobol_dimensions(names: Iterable[str], known: Iterable[str]) -> dict[str, int]:
    """Return the dimension of each name. What is not known is placed by its hash, in the order of the alphabet."""
    place = {name: number for number, name in enumerate(known)}
    if len(place) > _RESERVED:
        raise ValueError(f"the model has {len(place)} names, more than the {_RESERVED} dimensions kept for them")
    dimensions, taken = {}, set()
    for name in sorted(names):
        if name in place:
            dimensions[name] = place[name]
            continue
        free = _RESERVED + key(name) % 4096
        while free in taken:
            free += 1
        taken.add(free)
        dimensions[name] = free
    return dimensions


@cache
def _joe_and_kuo() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the primitive polynomials and first numbers of each dimension (Joe and Kuo 2008), from the table in scipy.

    The file is read past scipy, whose import would take half a second; a test compares the points.
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


class Sobol:
    """Scrambled Sobol points of one name, strictly between 0 and 1, in natural order, so that any block stands by itself.

    There are `replicates` of them (a power of two), dealt in turn: each has its own random lower-triangular matrix and its own
    digital shift (Matousek 1998).
    """

    def __init__(self, seed: int, name: str, dimension: int, replicates: int = 1) -> None:
        rng = generator(seed, "sobol/" + name, 0)
        row = np.arange(_BITS, dtype=np.uint64)
        whole = (1 << _STEPS) - 1
        before = np.array([whole & ~(whole >> i) for i in range(_BITS)], dtype=np.uint64)  # the columns left of the diagonal
        diagonal = np.array([1 << _STEPS - 1 - i if i < _STEPS else 0 for i in range(_BITS)], dtype=np.uint64)
        matrix = rng.integers(0, 1 << _STEPS, (replicates, _BITS), dtype=np.uint64) & before | diagonal
        plain = _direction_numbers(dimension)
        mixed = np.bitwise_count(matrix[:, :, None] & plain).astype(np.uint64) & np.uint64(1)
        self.numbers = (mixed << (_BITS - 1 - row)[:, None]).sum(axis=1, dtype=np.uint64)  # by replicate and step
        self.shift = rng.integers(0, 1 << _BITS, replicates, dtype=np.uint64)
        self.bits = (BLOCK // replicates).bit_length() - 1  # of the index within a block
        self.pattern = np.zeros((1, replicates), dtype=np.uint64)  # a block but for its offset, as far as it was asked for

    def points(self, block: int, size: int) -> Array:
        """Return the first `size` points of a block, replicate by replicate in turn."""
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


# --- Latin hypercube ------------------------------------------------------------------------------------------------------


def latin_points(seed: int, name: str, draws: int, block: int, size: int, step: int = BLOCK) -> Array:
    """Return points of which exactly one falls in each of `draws` equal strips of (0, 1), in random order.

    The order is a keyed permutation of 0 .. draws - 1 that can be asked at any index (a Feistel network, walked until the value
    is in range: Black and Rogaway 2002), so no block needs another. A block is `step` points.
    """
    start = block * step
    if start + size > draws:
        raise ValueError(f"a Latin hypercube of {draws} draws has no draw {start + size}")
    rng = generator(seed, "lhs/" + name, block)
    keys = generator(seed, "lhs/" + name, -1 % 2**32).integers(0, 2**63, 6, dtype=np.uint64)
    strip = _permuted(np.arange(start, start + size, dtype=np.uint64), draws, keys)
    return (strip + rng.random(size).clip(1e-12, 1 - 1e-12)) / draws


def _dealt_latin_points(seed: int, name: str, each: int, block: int, size: int) -> Array:
    """Return the points of all replicates in turn."""
    share = BLOCK // REPLICATES
    rows = -(-size // REPLICATES)
    columns = [latin_points(seed, f"{name}#{number}", each, block, rows, share) for number in range(REPLICATES)]
    return np.stack(columns, axis=1).ravel()[:size]


def _permuted(index: NDArray[np.uint64], count: int, keys: NDArray[np.uint64]) -> Array:
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


# --- dependence -----------------------------------------------------------------------------------------------------------


class Copula:
    """A Gaussian copula over some of the streams, given as rank correlations of pairs.

    A rank correlation rho becomes the correlation 2 sin(pi rho / 6) of the scores (Kruskal 1958). Streams are tied within each
    connected group, in the order of the alphabet, so a pair elsewhere changes nothing here.
    """

    def __init__(self, ranks: Mapping[tuple[str, str], float]) -> None:
        self.factors: list[tuple[tuple[str, ...], Array]] = []
        for group in _groups(ranks):
            matrix = np.eye(len(group))
            for (a, b), rank in ranks.items():
                if a in group:
                    i, j = group.index(a), group.index(b)
                    matrix[i, j] = matrix[j, i] = rank if abs(rank) == 1 else 2 * np.sin(np.pi * rank / 6)
            self._check(group, matrix, ranks)
            self.factors.append((group, _root(matrix)))

    @property
    def names(self) -> list[str]:
        """The streams that are tied."""
        return [name for group, _ in self.factors for name in group]

    @staticmethod
    def _check(group: tuple[str, ...], matrix: Array, ranks: Mapping[tuple[str, str], float]) -> None:
        values, vectors = np.linalg.eigh(matrix)
        if values[0] >= -1e-10:
            return
        weight = vectors[:, 0]
        index = {name: i for i, name in enumerate(group)}
        blame = {
            pair: float(weight[index[pair[0]]] * weight[index[pair[1]]] * matrix[index[pair[0]], index[pair[1]]])
            for pair in ranks
            if pair[0] in index
        }
        worst = sorted((pair for pair in blame if blame[pair] < -1e-12), key=blame.__getitem__)
        named = ", ".join(f"{a} with {b} ({ranks[a, b]:+g})" for a, b in worst[:4])
        raise ValueError(
            f"these rank correlations cannot hold together (smallest eigenvalue {values[0]:.3g}): {named}; "
            "bring one of them nearer to zero"
        )

    def tie(self, z: dict[str, Array]) -> None:
        """Replace independent scores by dependent ones, in place; a group is tied where all of it is there."""
        for group, factor in self.factors:
            if all(name in z for name in group):
                # Not `@`: the last digits of BLAS hang on the number of cores.
                tied = np.einsum("ij,jk->ik", factor, np.stack([z[name] for name in group]))
                z.update(zip(group, tied, strict=True))


def _groups(ranks: Mapping[tuple[str, str], float]) -> list[tuple[str, ...]]:
    groups: list[set[str]] = []
    for a, b in ranks:
        touching = [group for group in groups if a in group or b in group]
        groups = [group for group in groups if group not in touching] + [set().union({a, b}, *touching)]
    return sorted(tuple(sorted(group)) for group in groups)


def _root(matrix: Array) -> Array:
    """Cholesky's factor, with zero columns where the matrix is singular (a pair tied completely)."""
    size = len(matrix)
    root = np.zeros_like(matrix)
    for j in range(size):
        rest = matrix[j:, j] - root[j:, :j] @ root[j, :j]
        if rest[0] > 1e-10:
            root[j:, j] = rest / np.sqrt(rest[0])
    return root
