"""Standard normal scores from random words, a whole array at a time: the ziggurat (Marsaglia and Tsang 2000) in 1,024 layers.

The area under exp(-x^2 / 2) is cut into layers of equal area. A word chooses a layer and a place in its width; all but 4 in a
thousand places lie under the curve whatever their height, and are done after two look-ups. The others get two more words each.
numpy's own does one number at a time, at 1.5 times the cost, and may change between versions; words of a bit generator may not.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.distributions import scores
from simulator.distributions.base import upper_tail

Array = NDArray[np.float64]

_LAYER_BITS = 10
_TAIL = 4.038849846109505  # where the lowest layer's straight part ends, for 1,024 layers; a test solves for it


class _Layers(NamedTuple):
    """By layer, the lowest first: its width in steps of a signed word; how far it lies under the curve whole; its two edges."""

    step: Array
    whole: Array
    floor: Array
    ceiling: Array


def _height(x: Array | float) -> Array:
    return np.exp(-np.square(x) / 2)


@cache
def _layers() -> _Layers:
    count = 1 << _LAYER_BITS
    area = _TAIL * math.exp(-_TAIL * _TAIL / 2) + math.sqrt(2 * math.pi) * upper_tail(_TAIL)
    edges = [_TAIL]
    for _ in range(count - 2):
        edges.append(math.sqrt(-2 * math.log(area / edges[-1] + math.exp(-edges[-1] * edges[-1] / 2))))
    whole = np.array([*edges, 0.0])
    lowest = area / math.exp(-_TAIL * _TAIL / 2)  # as wide as a box that holds the tail too
    width = np.array([lowest, *edges])
    return _Layers(np.ldexp(width, _LAYER_BITS - 63), whole, _height(width), _height(whole))


def normals(words: NDArray[np.int64], more: Callable[[int], Array]) -> Array:
    """Return the score of each word.

    `words` are random signed 64-bit integers, shape (n,); `more(m)` gives m pairs of uniforms, shape (m, 2), for the places
    that do not lie under the curve for sure, in their order: so what a word becomes does not depend on the words after it.
    """
    layers = _layers()
    layer = words & np.int64((1 << _LAYER_BITS) - 1)
    x = (words >> np.int64(_LAYER_BITS)).astype(np.float64)
    x *= layers.step.take(layer, mode="wrap")
    unsure = np.flatnonzero(np.abs(x) >= layers.whole.take(layer, mode="wrap"))
    if unsure.size:
        x[unsure] = _settled(x[unsure], layer[unsure], more(unsure.size))
    return x


def _settled(x: Array, layer: NDArray[np.int64], uniforms: Array) -> Array:
    """Keep a place under the curve; put one of the lowest layer into the tail; draw anew what lies above the curve."""
    layers = _layers()
    height, fresh = uniforms.T
    floor, lowest = layers.floor.take(layer), layer == 0
    under = floor + height * (layers.ceiling.take(layer) - floor) < _height(x)
    drawn = scores(np.where(lowest, height * upper_tail(_TAIL), fresh))
    return np.where(lowest, np.copysign(drawn, x), np.where(under, x, drawn))
