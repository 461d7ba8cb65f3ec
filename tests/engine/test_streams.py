"""Scores by address: what may not change them, how even they are, and how they are tied."""

import itertools
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

from simulator.engine.sampling import streams
from simulator.engine.sampling.streams import (
    BLOCK,
    METHODS,
    Copula,
    Sobol,
    latin_points,
    random_normals,
    sobol_dimensions,
    source,
)

P_LIMIT = 1e-6  # seeds are fixed, so a test below it is a wrong law and not bad luck
DRAWS = 3 * BLOCK + 1000
KNOWN = ("mfu", "goodput", "gpu_hour_price", "electricity_price")
NAMES = (*KNOWN, "role.engineer.fte", "shock.delay")


def block_of(method, name, block, size=None, seed=7, names=NAMES, draws=DRAWS):
    return source(method, seed, draws, names, KNOWN)(name, block, min(BLOCK, draws - block * BLOCK) if size is None else size)


def all_blocks(method, name, **other):
    return np.concatenate([block_of(method, name, block, **other) for block in range(4)])


def sobol_points(seed, name, dimension, block, size):
    return Sobol(seed, name, dimension).points(block, size)


over_methods = pytest.mark.parametrize("method", METHODS)


# --- addressed, not consumed ------------------------------------------------------------------------------------------------

# The first two scores of a block and its last; a change of any digit changes every saved result.
RANDOM = {
    (7, "mfu", 0): (-1.625182470982762, 0.03733733325529761, 0.7169892617677465),
    (7, "mfu", 3): (-0.69731461272453, -0.2650012489910374, 0.44077787703580656),
    (8, "mfu", 0): (-0.9084827796989594, 1.7571726690518823, 1.0496052880048812),
    (7, "gpu_hour_price", 0): (-0.6287763062054699, 0.5388441609194876, 0.6376003433236477),
    (0, "mfu", 0): (0.41218879768265476, -1.8203063493024936, 0.9904984691586847),
    (2**64 + 1, "é", 12_345): (0.1548074684267043, -1.522297082280164, -0.8926061830254182),
}
SOBOL = {
    (7, "mfu", 3, 0): (0.541637844848822, 0.3524886804562132, 0.8780263623627061),
    (7, "mfu", 3, 5): (0.6707982459874083, 0.48115698797591044, 0.7572020222465811),
    (8, "x", 600, 2): (0.686473079863633, 0.2930045385203973, 0.1845370966239538),
}
LATIN = {
    (7, "mfu", 200_000, 0): (0.3560842614165144, 0.5815534736315694, 0.9017724550032112),
    (7, "mfu", 200_000, 1): (0.2084158565287806, 0.8416684657691178, 0.7568771410492904),
    (7, "mfu", 131_072, 0): (0.5433414633430701, 0.8873801782708273, 0.6283301620532397),
    (7, "mfu", 7, 0): (0.2646119004123822, 0.8135323305523351, 0.8639558838053069),
}


@pytest.mark.parametrize("address", RANDOM)
def test_a_random_score_is_one_number_for_ever(address):
    assert tuple(random_normals(*address, BLOCK)[[0, 1, -1]]) == RANDOM[address]


@pytest.mark.parametrize("address", SOBOL)
def test_a_sobol_point_is_one_number_for_ever(address):
    assert tuple(sobol_points(*address, BLOCK)[[0, 1, -1]]) == SOBOL[address]


@pytest.mark.parametrize("address", LATIN)
def test_a_latin_point_is_one_number_for_its_number_of_draws(address):
    size = min(BLOCK, address[2] - address[3] * BLOCK)
    assert tuple(latin_points(*address, size)[[0, 1, -1]]) == LATIN[address]


@over_methods
def test_draws_do_not_depend_on_the_order_of_blocks_or_names(method):
    wanted = {(name, block): block_of(method, name, block) for name in NAMES for block in range(4)}
    scores = source(method, 7, DRAWS, NAMES, KNOWN)
    for name, block in reversed(wanted):
        assert np.array_equal(scores(name, block, len(wanted[name, block])), wanted[name, block])


@over_methods
def test_draws_do_not_depend_on_threads(method):
    scores = source(method, 11, DRAWS, NAMES, KNOWN)
    addresses = [(name, block, 1000) for name in NAMES for block in range(4)]
    with ThreadPoolExecutor(4) as pool:
        threaded = list(pool.map(lambda address: scores(*address), addresses))
    for address, found in zip(addresses, threaded, strict=True):
        assert np.array_equal(found, source(method, 11, DRAWS, NAMES, KNOWN)(*address))


@over_methods
@pytest.mark.parametrize("name", NAMES)
def test_draws_do_not_depend_on_other_names(method, name):
    alone = block_of(method, name, 1, names=[name])
    assert np.array_equal(alone, block_of(method, name, 1, names=[*NAMES, "another", "zzz", "a"]))
    assert np.array_equal(alone, block_of(method, name, 1, names=NAMES[::-1]))


@over_methods
@pytest.mark.parametrize("size", [0, 1, 2, 999, BLOCK - 1])
def test_fewer_draws_of_a_block_are_a_prefix(method, size):
    assert np.array_equal(block_of(method, "mfu", 1, size), block_of(method, "mfu", 1)[:size])


@pytest.mark.parametrize("method", ["random", "sobol"])
@pytest.mark.parametrize("draws", [1, 1000, BLOCK, BLOCK + 1])
def test_a_shorter_run_is_a_prefix_of_a_longer_one(method, draws):
    blocks = range(-(-draws // BLOCK))
    short = np.concatenate([block_of(method, "mfu", block, draws=draws) for block in blocks])
    assert np.array_equal(short, all_blocks(method, "mfu")[:draws])


@over_methods
def test_blocks_names_and_seeds_differ(method):
    seen = [
        block_of(method, name, block, 1000, seed=seed)
        for name in ("mfu", "goodput", "shock.delay")
        for block in (0, 1, 2)
        for seed in (7, 8, 2**40)
    ]
    for i, a in enumerate(seen):
        for b in seen[i + 1 :]:
            assert not np.array_equal(a, b)
            assert np.mean(a == b) < 0.01


@pytest.mark.parametrize("method", ["random", "lhs"])
def test_names_seeds_and_blocks_are_independent(method):
    parts = [
        block_of(method, name, block, BLOCK, seed=seed) for name in ("mfu", "goodput") for block in (0, 1) for seed in (7, 8)
    ]
    correlations = np.corrcoef(parts)[np.triu_indices(len(parts), 1)]
    assert np.abs(correlations).max() < 5 / math.sqrt(BLOCK)


def test_an_unknown_method_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="'grid'; there are random, sobol, lhs"):
        source("grid", 7, 100)


@over_methods
def test_scores_are_standard_normal(method):
    blocks = range(-(-1_000_000 // BLOCK))
    z = np.concatenate([block_of(method, "mfu", block, draws=1_000_000) for block in blocks])
    assert len(z) == 1_000_000
    assert np.isfinite(z).all()
    assert stats.kstest(z, "norm", method="asymp").pvalue > P_LIMIT
    assert abs(z.mean()) < 5e-3
    assert abs(np.mean(z**4) - 3) < 5 * math.sqrt(96 / 1e6)


# --- Sobol points -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dimension", [0, 1, 2, 63, 64, 599, 4607])
def test_direction_numbers_give_the_points_of_scipy(dimension):
    count = 256
    numbers = streams._direction_numbers(dimension)
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
        wanted = start
        for k in range(27):
            wanted ^= power[k] if (block * BLOCK + index) >> k & 1 else 0
        assert bits(block, index) == wanted


def test_sobol_points_lie_strictly_between_nothing_and_one():
    for dimension in range(8):
        points = sobol_points(1, "x", dimension, 0, BLOCK)
        assert 0 < points.min() < 1e-4
        assert 1 - 1e-4 < points.max() < 1


def test_the_mean_over_sobol_points_is_far_nearer_than_over_random_draws():
    wrong = {
        method: np.mean([abs(block_of(method, "mfu", 0, seed=seed).mean()) for seed in range(20)])
        for method in ("random", "sobol")
    }
    assert wrong["sobol"] < wrong["random"] / 20


def test_a_known_name_has_the_dimension_of_its_place():
    known = [f"quantity_{i}" for i in range(512)]
    assert sobol_dimensions(known[::-1], known) == {name: i for i, name in enumerate(known)}


def test_dimensions_of_unknown_names_are_stable_and_lie_above_the_known_ones():
    first = sobol_dimensions(["mfu", "zeta", "alpha"], KNOWN)
    assert first == {"alpha": 2131, "mfu": 0, "zeta": 2417}
    more = sobol_dimensions([*(f"name_{i}" for i in range(20)), "zeta", "alpha"], (*KNOWN, "another"))
    assert {name: more[name] for name in ("alpha", "zeta")} == {"alpha": 2131, "zeta": 2417}
    assert min(more.values()) >= 512


def test_no_two_names_share_a_dimension():
    assert streams.key("extra_13") % 4096 == streams.key("extra_80") % 4096  # they would like the same one
    names = [*KNOWN, *(f"extra_{i}" for i in range(600))]
    dimensions = sobol_dimensions(names, KNOWN)
    assert len(set(dimensions.values())) == len(names)
    assert sobol_dimensions(names[::-1], KNOWN) == dimensions


def test_a_name_whose_dimension_is_taken_gets_the_next():
    wanted = 512 + streams.key("extra_13") % 4096
    assert sobol_dimensions(["extra_13", "extra_80"], KNOWN) == {"extra_13": wanted, "extra_80": wanted + 1}


def test_a_model_of_too_many_names_is_refused():
    with pytest.raises(ValueError, match="513 names"):
        sobol_dimensions([], [f"quantity_{i}" for i in range(513)])


# --- Latin hypercube --------------------------------------------------------------------------------------------------------


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


# --- dependence -------------------------------------------------------------------------------------------------------------

MANY = 4 * BLOCK


def independent(names="abcdef"):
    return {name: np.concatenate([random_normals(3, name, block, BLOCK) for block in range(4)]) for name in names}


def tied(ranks, names="abcdef"):
    z = independent(names)
    Copula(ranks).tie(z)
    return z


@pytest.mark.parametrize("rank", [-0.95, -0.5, -0.1, 0.0, 0.3, 0.7, 0.99])
def test_a_pair_has_the_rank_correlation_asked_for(rank):
    z = tied({("a", "b"): rank})
    assert abs(stats.spearmanr(z["a"], z["b"])[0] - rank) < 5 / math.sqrt(MANY)


def test_every_pair_of_a_group_has_its_rank_correlation():
    ranks = {("a", "b"): 0.6, ("c", "b"): -0.4, ("a", "c"): 0.1, ("c", "d"): 0.5}
    z = tied(ranks)
    for a, b in (*ranks, ("a", "d"), ("b", "d")):
        assert abs(stats.spearmanr(z[a], z[b])[0] - ranks.get((a, b), 0.0)) < 5 / math.sqrt(MANY)


@pytest.mark.parametrize("rank", [1, -1, 1.0, -1.0])
def test_a_complete_tie_is_exact(rank):
    z = tied({("a", "b"): rank})
    assert np.array_equal(z["a"], rank * z["b"])
    assert np.array_equal(z["a"], independent()["a"])


@pytest.mark.parametrize("name", "abcd")
def test_tying_leaves_each_score_standard_normal(name):
    z = tied({("a", "b"): 0.9, ("b", "c"): -0.8, ("a", "c"): -0.7, ("c", "d"): 0.3})
    assert stats.kstest(z[name], "norm", method="asymp").pvalue > P_LIMIT
    assert abs(z[name].var() - 1) < 5 * math.sqrt(2 / MANY)


def test_tying_one_pair_changes_no_other_stream():
    z, before = tied({("b", "d"): 0.5}), independent()
    assert not np.array_equal(z["d"], before["d"])
    for name in "abcef":
        assert np.array_equal(z[name], before[name]), name


def test_a_second_group_changes_nothing_in_the_first():
    one, two = tied({("a", "c"): 0.5}), tied({("b", "d"): -0.7, ("a", "c"): 0.5})
    assert np.array_equal(one["a"], two["a"])
    assert np.array_equal(one["c"], two["c"])
    assert abs(np.corrcoef(two["c"], two["d"])[0, 1]) < 5 / math.sqrt(MANY)


def test_the_order_in_which_pairs_are_named_does_not_matter():
    one = tied({("a", "b"): 0.5, ("b", "c"): 0.2})
    two = tied({("c", "b"): 0.2, ("b", "a"): 0.5})
    for name in "abc":
        assert np.array_equal(one[name], two[name])


def test_what_settles_unsure_scores_is_drawn_for_each_seed_name_and_block(monkeypatch):
    monkeypatch.setattr(streams, "normals", lambda words, unsure: unsure(3))
    drawn = [streams.random_normals(*of, 4).tobytes() for of in ((1, "a", 0), (2, "a", 0), (1, "b", 0), (1, "a", 1))]
    assert len(set(drawn)) == 4
    assert streams.random_normals(1, "a", 0, 4).tobytes() == drawn[0]


def test_a_group_of_which_a_part_is_missing_is_left_alone():
    z = tied({("a", "b"): 0.5, ("b", "g"): 0.5})
    for name, before in independent().items():
        assert np.array_equal(z[name], before)


def test_the_pairs_to_blame_come_worst_first_and_are_four_at_most():
    """A star: its smallest eigenvalue is 1 - |r|, and each pair's part in it goes with the square of its own r."""
    ranks = {("a", "c"): 0.9, ("a", "f"): 0.5, ("a", "b"): 0.8, ("x", "y"): 0.9, ("a", "e"): 0.7, ("a", "d"): 0.6}
    smallest = 1 - math.hypot(*(2 * math.sin(math.pi * rank / 6) for (a, _), rank in ranks.items() if a == "a"))
    with pytest.raises(ValueError, match="cannot hold together") as caught:
        Copula(ranks)
    said = f"(smallest eigenvalue {smallest:.3g}): a with c (+0.9), a with b (+0.8), a with e (+0.7), a with d (+0.6); bring"
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("ranks", "named"),
    [
        ({("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9}, ("a with b (+0.9)", "b with c (+0.9)", "a with c (-0.9)")),
        ({("a", "b"): 1.0, ("a", "c"): 0.5}, ("a with b (+1)", "a with c (+0.5)")),
        ({("a", "b"): 0.8, ("a", "c"): 0.8, ("a", "d"): 0.8}, ("a with b (+0.8)", "a with c (+0.8)", "a with d (+0.8)")),
    ],
)
def test_ranks_that_cannot_hold_together_are_refused_by_name(ranks, named):
    with pytest.raises(ValueError, match="cannot hold together") as caught:
        Copula(ranks | {("e", "f"): 0.5})
    for pair in named:
        assert pair in str(caught.value)
    assert "e with f" not in str(caught.value)


def test_ranks_that_determine_a_stream_are_accepted():
    z = tied({("a", "b"): 1.0, ("a", "c"): 0.5, ("b", "c"): 0.5})
    assert np.array_equal(z["a"], z["b"])
    assert abs(stats.spearmanr(z["b"], z["c"])[0] - 0.5) < 5 / math.sqrt(MANY)
    # c as half of a and half of b, to the last bit of its rank
    rank = 6 / math.pi * math.asin(math.sqrt(0.5) / 2)
    z = tied({("a", "c"): rank, ("b", "c"): rank})
    np.testing.assert_allclose(z["c"], (z["a"] + z["b"]) * math.sqrt(0.5), atol=1e-7)


def test_no_ties_change_nothing():
    z = tied({})
    for name, before in independent().items():
        assert np.array_equal(z[name], before)
