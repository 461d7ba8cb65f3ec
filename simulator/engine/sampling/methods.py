"""Sampling methods for standard normal variates: pseudo-random, Sobol points, Latin hypercubes."""

from collections.abc import Iterable
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from simulator.core.suggestions import InvalidValueError
from simulator.distributions import normal_quantiles
from simulator.engine.sampling.latin_hypercube import interleaved_latin_points
from simulator.engine.sampling.sobol import Sobol, sobol_dimensions
from simulator.engine.sampling.streams import REPLICATES, random_normals

Array = NDArray[np.float64]

Method = Literal["random", "sobol", "lhs"]
METHODS: tuple[Method, ...] = get_args(Method)


class Sampler(Protocol):
    """Source of standard normal variates."""

    def __call__(self, name: str, block: int, size: int) -> Array:
        """Return the first `size` normal variates of a block of a name."""
        ...


def build_sampler(method: str, seed: int, draws: int, names: Iterable[str] = (), model_names: Iterable[str] = ()) -> Sampler:
    """Return the sampler of a method.

    `names` are the required streams, `model_names` all names of the model in their fixed order. Only Sobol points use them: the
    dimension of a model name is its position, that of any other name the next free one after its hash.
    A Latin hypercube depends on its number of draws; the other methods do not depend on `draws`.

    Sobol points and hypercubes have independently scrambled replicates, which are interleaved: draw i is point i // 8 of
    replicate i % 8. So every block contains all replicates, and a shorter run is a prefix of a longer one.
    """
    if method == "random":
        return lambda name, block, size: random_normals(seed, name, block, size)
    if method == "sobol":
        dimensions = sobol_dimensions(names, model_names)
        sequences = {name: Sobol(seed, name, dimension, REPLICATES) for name, dimension in dimensions.items()}
        return lambda name, block, size: normal_quantiles(sequences[name].points(block, size))
    if method == "lhs":
        each = -(-draws // REPLICATES)
        return lambda name, block, size: normal_quantiles(interleaved_latin_points(seed, name, each, block, size))
    raise InvalidValueError(f"no method {method!r}; there are {', '.join(METHODS)}")
