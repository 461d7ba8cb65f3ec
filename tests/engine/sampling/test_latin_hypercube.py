"""Latin hypercubes: one point in each strip, in random order."""

import math

import numpy as np
import pytest
from scipy import stats

from simulator.engine.sampling.latin_hypercube import latin_points
from simulator.engine.sampling.streams import BLOCK

P_LIMIT = 1e-6  # seeds are fixed, so a test below it is a wrong distribution and not bad random draws

LATIN = {
    (7, "mfu", 200_000, 0): (0.3560842614165144, 0.5815534736315694, 0.9017724550032112),
    (7, "mfu", 200_000, 1): (0.2084158565287806, 0.8416684657691178, 0.7568771410492904),
    (7, "mfu", 131_072, 0): (0.5433414633430701, 0.8873801782708273, 0.6283301620532397),
    (7, "mfu", 7, 0): (0.2646119004123822, 0.8135323305523351, 0.8639558838053069),
}


@pytest.mark.parametrize("address", LATIN)
def test_a_latin_point_is_one_number_for_its_number_of_draws(address):
    size = min(BLOCK, address[2] - address[3] * BLOCK)
    assert tuple(latin_points(*address, size)[[0, 1, -1]]) == LATIN[address]


@pytest.mark.parametrize("draws", [1, 2, 7, 1000, BLOCK, 100_000])
@pytest.mark.parametrize("seed", [0, 7])
def test_a_latin_hypercube_has_one_point_in_each_strip(draws, seed):
    sizes = [min(BLOCK, draws - start) for start in range(0, draws, BLOCK)]
    points = np.concatenate([latin_points(seed, "mfu", draws, block, size) for block, size in enumerate(sizes)])
    assert np.array_equal(np.sort((points * draws).astype(int)), np.arange(draws))
    assert points.min() > 0
    assert points.max() < 1


def test_strips_come_in_random_order_and_points_anywhere_in_them():
    draws = 200_000
    points = np.concatenate([latin_points(7, "mfu", draws, block, size) for block, size in ((0, BLOCK), (1, draws - BLOCK))])
    assert abs(np.corrcoef(points, np.arange(draws))[0, 1]) < 5 / math.sqrt(draws)
    assert abs(np.corrcoef(points[1:], points[:-1])[0, 1]) < 5 / math.sqrt(draws)
    assert stats.kstest(points * draws % 1, "uniform", method="asymp").pvalue > P_LIMIT


@pytest.mark.parametrize(("draws", "block", "size"), [(1, 0, 2), (1000, 0, 1001), (BLOCK, 1, 1), (BLOCK + 5, 1, 6)])
def test_a_latin_hypercube_has_no_draw_past_its_end(draws, block, size):
    with pytest.raises(ValueError, match=f"{draws} draws has no draw {block * BLOCK + size}"):
        latin_points(7, "mfu", draws, block, size)
    assert len(latin_points(7, "mfu", draws, block, size - 1)) == size - 1
