"""The ziggurat: its layers close over the curve, and what it makes of random words is standard normal, tails included."""

import math

import numpy as np
import pytest
from scipy import optimize, stats

from simulator.engine.sampling import ziggurat
from simulator.engine.sampling.streams import BLOCK, generator, random_normals
from simulator.engine.sampling.ziggurat import normals_from_words

MANY = 16
P_LIMIT = 1e-4
LAYERS = 1 << ziggurat._LAYER_BITS
WORDS = [9_934_697_706_180_495_745, 316_945_144_524_161_799, 11_111_504_761_456_093_624]


@pytest.fixture(scope="module")
def z():
    return np.concatenate([random_normals(5, "mfu", block, BLOCK) for block in range(MANY)])


def area_above_top(start, layers=LAYERS):
    """How far the top of as many layers of equal area comes short of the top of the curve."""
    area = start * math.exp(-start * start / 2) + math.sqrt(2 * math.pi) * stats.norm.sf(start)
    x = start
    for done in range(layers - 2):
        height = area / x + math.exp(-x * x / 2)
        if height >= 1:
            return -1.0 - (layers - done)
        x = math.sqrt(-2 * math.log(height))
    return 1 - (area / x + math.exp(-x * x / 2))


def test_the_layers_close_over_the_curve():
    assert optimize.brentq(area_above_top, 3, 6, xtol=1e-15) == pytest.approx(ziggurat._TAIL, rel=1e-14)


def test_layers_lie_on_each_other_and_have_one_area():
    layers = ziggurat._layers()
    assert np.array_equal(layers.floor[2:], layers.ceiling[1:-1])
    width = np.ldexp(layers.step, 63 - ziggurat._LAYER_BITS)
    area = width[1:] * (layers.ceiling - layers.floor)[1:]
    assert area == pytest.approx(np.full(LAYERS - 1, area[0]), rel=1e-9)
    assert LAYERS * area[0] == pytest.approx(math.sqrt(math.pi / 2), rel=5e-3)  # the rest lies above the curve
    assert layers.ceiling[-1] == 1


def test_variates_are_standard_normal(z):
    assert stats.kstest(z, "norm", method="asymp").pvalue > P_LIMIT
    cells = np.bincount((stats.norm.cdf(z) * 4096).astype(int), minlength=4096)
    assert stats.chisquare(cells).pvalue > P_LIMIT
    n = len(z)
    for power, mean in ((1, 0), (2, 1), (3, 0), (4, 3), (6, 15)):
        variance = stats.norm.moment(2 * power) - stats.norm.moment(power) ** 2
        assert abs(np.mean(z**power) - mean) < 4.5 * math.sqrt(variance / n)


@pytest.mark.parametrize("beyond", [1, 2, 3, 3.8, ziggurat._TAIL, 4.3, 4.8])
def test_tails_hold_what_they_should(z, beyond):
    expected = stats.norm.sf(beyond)
    for side in (z, -z):
        count = np.count_nonzero(side > beyond)
        assert stats.binomtest(count, len(z), expected).pvalue > P_LIMIT


def test_neighbours_are_independent(z):
    for x, y in ((z[1:], z[:-1]), (z[1:] ** 2, z[:-1] ** 2), (z[2:], z[:-2])):
        assert abs(np.corrcoef(x, y)[0, 1]) < 4.5 / math.sqrt(len(z))


def words_of(layer, place):
    """Words that choose a layer and a place in it, -1 to 1 of its width."""
    steps = np.ldexp(np.asarray(place, dtype=float), 63 - ziggurat._LAYER_BITS).astype(np.int64)
    return (steps << ziggurat._LAYER_BITS) | np.int64(layer)


def never(count):
    raise AssertionError(f"{count} words were unsure")


@pytest.mark.parametrize("layer", [0, 1, 500, LAYERS - 2])
def test_a_position_under_the_curve_needs_no_uniforms(layer):
    layers = ziggurat._layers()
    width = np.ldexp(layers.step[layer], 63 - ziggurat._LAYER_BITS)
    limit = layers.inner_width[layer] / width * (1 - 1e-12)
    variates = normals_from_words(words_of(layer, [-limit, 0, limit / 2, limit]), never)
    assert variates == pytest.approx(np.array([-limit, 0, limit / 2, limit]) * width, abs=1e-14)


@pytest.mark.parametrize("layer", [1, 500, LAYERS - 1])
def test_other_positions_are_accepted_below_the_curve_and_redrawn_above(layer):
    layers = ziggurat._layers()
    width = np.ldexp(layers.step[layer], 63 - ziggurat._LAYER_BITS)
    place = (1 + layers.inner_width[layer] / width) / 2
    x = place * width
    share = (math.exp(-x * x / 2) - layers.floor[layer]) / (layers.ceiling[layer] - layers.floor[layer])
    word = words_of(layer, [place])
    assert normals_from_words(word, lambda _: np.array([[share - 1e-6, 0.2]])) == pytest.approx(x)
    assert normals_from_words(word, lambda _: np.array([[share + 1e-6, 0.2]])) == pytest.approx(stats.norm.ppf(0.2))


def test_the_lowest_layer_goes_on_into_the_tail():
    for sign in (-1, 1):
        for u in (1.0, 0.5, 1e-6):
            variates = normals_from_words(words_of(0, [sign * (1 - 1e-9)]), lambda _, u=u: np.array([[u, 0.7]]))
            assert variates == pytest.approx(sign * stats.norm.isf(u * stats.norm.sf(ziggurat._TAIL)), rel=1e-9)


@pytest.mark.parametrize("size", [0, 1, 2, 999, BLOCK - 1])
def test_a_variate_does_not_depend_on_later_words(size):
    assert np.array_equal(random_normals(3, "x", 4, size), random_normals(3, "x", 4, BLOCK)[:size])


def test_words_are_those_of_the_bit_generator_which_numpy_promises_to_keep():
    # NEP 19: the stream of a bit generator stays; those of a Generator's methods may change.
    words = generator(7, "mfu", 0).bit_generator.random_raw(3)
    assert words.tolist() == WORDS
