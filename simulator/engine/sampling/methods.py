"""Ways to draw standard normal variates: pseudo-random, Sobol points, Latin hypercubes."""

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.distributions import scores
from simulator.engine.sampling.latin_hypercube import dealt_latin_points
from simulator.engine.sampling.sobol import Sobol, sobol_dimensions
from simulator.engine.sampling.streams import REPLICATES, random_normals

Array = NDArray[np.float64]

METHODS = ("random", "sobol", "lhs")


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
        return lambda name, block, size: scores(dealt_latin_points(seed, name, each, block, size))
    raise ValueError(f"no method {method!r}; there are {', '.join(METHODS)}")
