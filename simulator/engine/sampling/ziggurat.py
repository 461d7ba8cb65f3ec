"""Vectorized standard normal variates from random words: the ziggurat (Marsaglia and Tsang 2000) with 1,024 layers.

The area under exp(-x^2 / 2) is divided into layers of equal area. A word selects a layer and a position in its width; all but
0.4 % of positions lie under the curve at any height, and are accepted after two look-ups. The others take two more words each.
NumPy's own generator is scalar, takes 1.5 times as long, and may change between versions; words of a bit generator may not.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.distributions import normal_quantiles
from simulator.distributions.base import upper_tail

Array = NDArray[np.float64]

_LAYER_BITS = 10
_TAIL = 4.038849846109505  # edge of the lowest layer's rectangle, for 1,024 layers; a test solves for it


class _Layers(NamedTuple):
    """By layer, the lowest first: width in steps of a signed word; width that lies entirely under the curve; lower and upper
    edge.
    """

    step: Array
    inner_width: Array
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
    inner_width = np.array([*edges, 0.0])
    lowest = area / math.exp(-_TAIL * _TAIL / 2)  # width of a rectangle whose area includes the tail
    width = np.array([lowest, *edges])
    return _Layers(np.ldexp(width, _LAYER_BITS - 63), inner_width, _height(width), _height(inner_width))


def normals_from_words(words: NDArray[np.int64], draw_uniforms: Callable[[int], Array]) -> Array:
    """Return the normal variate of each word.

    `words` are random signed 64-bit integers, shape (n,); `draw_uniforms(m)` returns m pairs of uniforms, shape (m, 2), for the
    positions that may lie above the curve, in their order: so a variate does not depend on later words.
    """
    layers = _layers()
    layer = words & np.int64((1 << _LAYER_BITS) - 1)
    x = (words >> np.int64(_LAYER_BITS)).astype(np.float64)
    x *= layers.step.take(layer, mode="wrap")
    outside = np.flatnonzero(np.abs(x) >= layers.inner_width.take(layer, mode="wrap"))
    if outside.size:
        x[outside] = _accept_or_redraw(x[outside], layer[outside], draw_uniforms(outside.size))
    return x


def _accept_or_redraw(x: Array, layer: NDArray[np.int64], uniforms: Array) -> Array:
    """Accept positions under the curve; replace those of the lowest layer by tail draws; redraw those above the curve."""
    layers = _layers()
    height, redraw = uniforms.T
    floor, is_lowest = layers.floor.take(layer), layer == 0
    is_under = floor + height * (layers.ceiling.take(layer) - floor) < _height(x)
    replacement = normal_quantiles(np.where(is_lowest, height * upper_tail(_TAIL), redraw))
    return np.where(is_lowest, np.copysign(replacement, x), np.where(is_under, x, replacement))
