"""Sobol points: their values, how evenly they lie, and the dimension of each name."""

import itertools

import numpy as np
import pytest
from sampled_blocks import KNOWN, sample_block
from scipy.stats import qmc

from simulator.engine.sampling import sobol
from simulator.engine.sampling.sobol import Sobol, sobol_dimensions
from simulator.engine.sampling.streams import BLOCK, hash_name


def sobol_points(seed, name, dimension, block, size):
    return Sobol(seed, name, dimension).points(block, size)


SOBOL = {
    (7, "mfu", 3, 0): (0.541637844848822, 0.3524886804562132, 0.8780263623627061),
    (7, "mfu", 3, 5): (0.6707982459874083, 0.48115698797591044, 0.7572020222465811),
    (8, "x", 600, 2): (0.686473079863633, 0.2930045385203973, 0.1845370966239538),
}


@pytest.mark.parametrize("address", SOBOL)
def test_a_sobol_point_is_one_number_for_ever(address):
    assert tuple(sobol_points(*address, BLOCK)[[0, 1, -1]]) == SOBOL[address]


@pytest.mark.parametrize("dimension", [0, 1, 2, 63, 64, 599, 4607])
def test_direction_numbers_give_the_points_of_scipy(dimension):
    count = 256
    numbers = sobol._direction_numbers(dimension)
    index = np.arange(count)
    gray = index ^ index >> 1  # scipy walks its points in the order of Gray's code
    bits = (gray[:, None] >> np.arange(8) & 1).astype(bool)
    ours = np.bitwise_xor.reduce(np.where(bits, numbers[:8], np.uint64(0)), axis=1) / 2.0**32
    theirs = qmc.Sobol(4608, scramble=False, bits=32).random(count)[:, dimension]
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("dimension", [0, 1, 5, 511, 4000])
@pytest.mark.parametrize("block", [0, 5])
def test_every_aligned_run_of_sobol_points_hits_each_strip_once(dimension, block):
    points = sobol_points(7, "mfu", dimension, block, BLOCK)
    for k in range(17):
        strips = (points.reshape(-1, 2**k) * 2**k).astype(int)
        assert np.array_equal(np.sort(strips, axis=1), np.broadcast_to(np.arange(2**k), strips.shape))


def test_four_blocks_of_sobol_points_hit_each_strip_once():
    points = np.concatenate([sobol_points(3, "mfu", 12, block, BLOCK) for block in range(4)])
    assert np.array_equal(np.sort((points * 4 * BLOCK).astype(int)), np.arange(4 * BLOCK))


def test_the_first_two_dimensions_fill_every_box_of_the_square_once():
    x, y = (sobol_points(7, name, dimension, 0, 2**12) for dimension, name in enumerate(("a", "b")))
    for k in range(13):
        boxes = (x * 2**k).astype(int) * 2 ** (12 - k) + (y * 2 ** (12 - k)).astype(int)
        assert np.array_equal(np.sort(boxes), np.arange(2**12))


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(range(6), 2)))
def test_pairs_of_low_dimensions_are_balanced(first, second):
    x, y = sobol_points(7, f"x{first}", first, 0, BLOCK), sobol_points(7, f"y{second}", second, 0, BLOCK)
    counts = np.bincount((x * 64).astype(int) * 64 + (y * 64).astype(int), minlength=64 * 64)
    assert (counts == BLOCK // 64**2).all()


@pytest.mark.parametrize("block", [3, 6, 37, 1023])
def test_a_block_of_sobol_points_is_its_slice_of_the_sequence(block):
    def bits(block, index):
        return int(sobol_points(7, "mfu", 3, block, BLOCK)[index] * 2**52 - 0.5)

    # The sequence is linear in the bits of the index, so its points at powers of two fix all others.
    start = bits(0, 0)
    power = [start ^ (bits(0, 2**k) if 2**k < BLOCK else bits(2**k // BLOCK, 0)) for k in range(27)]
    for index in (0, 1, 12_345, BLOCK - 1):
        expected = start
        for k in range(27):
            expected ^= power[k] if (block * BLOCK + index) >> k & 1 else 0
        assert bits(block, index) == expected


def test_sobol_points_lie_strictly_between_nothing_and_one():
    for dimension in range(8):
        points = sobol_points(1, "x", dimension, 0, BLOCK)
        assert 0 < points.min() < 1e-4
        assert 1 - 1e-4 < points.max() < 1


def test_the_mean_over_sobol_points_is_far_nearer_than_over_random_draws():
    wrong = {
        method: np.mean([abs(sample_block(method, "mfu", 0, seed=seed).mean()) for seed in range(20)])
        for method in ("random", "sobol")
    }
    assert wrong["sobol"] < wrong["random"] / 20


def test_a_known_name_has_the_dimension_of_its_place():
    names = [f"quantity_{i}" for i in range(512)]
    assert sobol_dimensions(names[::-1], names) == {name: i for i, name in enumerate(names)}


def test_dimensions_of_unknown_names_are_stable_and_lie_above_the_known_ones():
    first = sobol_dimensions(["mfu", "zeta", "alpha"], KNOWN)
    assert first == {"alpha": 2131, "mfu": 0, "zeta": 2417}
    more = sobol_dimensions([*(f"name_{i}" for i in range(20)), "zeta", "alpha"], (*KNOWN, "another"))
    assert {name: more[name] for name in ("alpha", "zeta")} == {"alpha": 2131, "zeta": 2417}
    assert min(more.values()) >= 512


def test_no_two_names_share_a_dimension():
    assert hash_name("extra_13") % 4096 == hash_name("extra_80") % 4096  # they would like the same one
    names = [*KNOWN, *(f"extra_{i}" for i in range(600))]
    dimensions = sobol_dimensions(names, KNOWN)
    assert len(set(dimensions.values())) == len(names)
    assert sobol_dimensions(names[::-1], KNOWN) == dimensions


def test_a_name_whose_dimension_is_taken_gets_the_next():
    expected = 512 + hash_name("extra_13") % 4096
    assert sobol_dimensions(["extra_13", "extra_80"], KNOWN) == {"extra_13": expected, "extra_80": expected + 1}


def test_names_beyond_the_reserved_dimensions_are_hashed_above_them():
    names = [f"model_{i}" for i in range(600)]
    dimensions = sobol_dimensions(names, names)
    assert [dimensions[name] for name in names[:512]] == list(range(512))
    assert len(set(dimensions.values())) == 600
    assert min(dimensions[name] for name in names[512:]) >= 512
    assert dimensions["model_512"] == 512 + hash_name("model_512") % 4096
