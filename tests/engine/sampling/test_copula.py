"""The copula: rank correlations that are reached, and inconsistent ones."""

import math

import numpy as np
import pytest
from scipy import stats

from simulator.engine.sampling.copula import Copula
from simulator.engine.sampling.streams import BLOCK, random_normals

P_LIMIT = 1e-6  # seeds are fixed, so a test below it is a wrong distribution and not bad random draws

MANY = 4 * BLOCK


def independent(names="abcdef"):
    return {name: np.concatenate([random_normals(3, name, block, BLOCK) for block in range(4)]) for name in names}


def correlated(ranks, names="abcdef"):
    z = independent(names)
    Copula(ranks).correlate(z)
    return z


@pytest.mark.parametrize("rank", [-0.95, -0.5, -0.1, 0.0, 0.3, 0.7, 0.99])
def test_a_pair_has_the_rank_correlation_asked_for(rank):
    z = correlated({("a", "b"): rank})
    assert abs(stats.spearmanr(z["a"], z["b"])[0] - rank) < 5 / math.sqrt(MANY)


def test_every_pair_of_a_group_has_its_rank_correlation():
    ranks = {("a", "b"): 0.6, ("c", "b"): -0.4, ("a", "c"): 0.1, ("c", "d"): 0.5}
    z = correlated(ranks)
    for a, b in (*ranks, ("a", "d"), ("b", "d")):
        assert abs(stats.spearmanr(z[a], z[b])[0] - ranks.get((a, b), 0.0)) < 5 / math.sqrt(MANY)


@pytest.mark.parametrize("rank", [1, -1, 1.0, -1.0])
def test_a_complete_tie_is_exact(rank):
    z = correlated({("a", "b"): rank})
    assert np.array_equal(z["a"], rank * z["b"])
    assert np.array_equal(z["a"], independent()["a"])


@pytest.mark.parametrize("name", "abcd")
def test_correlated_variates_are_standard_normal(name):
    z = correlated({("a", "b"): 0.9, ("b", "c"): -0.8, ("a", "c"): -0.7, ("c", "d"): 0.3})
    assert stats.kstest(z[name], "norm", method="asymp").pvalue > P_LIMIT
    assert abs(z[name].var() - 1) < 5 * math.sqrt(2 / MANY)


def test_tying_one_pair_changes_no_other_stream():
    z, before = correlated({("b", "d"): 0.5}), independent()
    assert not np.array_equal(z["d"], before["d"])
    for name in "abcef":
        assert np.array_equal(z[name], before[name]), name


def test_a_second_group_changes_nothing_in_the_first():
    one, two = correlated({("a", "c"): 0.5}), correlated({("b", "d"): -0.7, ("a", "c"): 0.5})
    assert np.array_equal(one["a"], two["a"])
    assert np.array_equal(one["c"], two["c"])
    assert abs(np.corrcoef(two["c"], two["d"])[0, 1]) < 5 / math.sqrt(MANY)


def test_the_order_in_which_pairs_are_named_does_not_matter():
    one = correlated({("a", "b"): 0.5, ("b", "c"): 0.2})
    two = correlated({("c", "b"): 0.2, ("b", "a"): 0.5})
    for name in "abc":
        assert np.array_equal(one[name], two[name])


def test_a_group_of_which_a_part_is_missing_is_left_alone():
    z = correlated({("a", "b"): 0.5, ("b", "g"): 0.5})
    for name, before in independent().items():
        assert np.array_equal(z[name], before)


def test_the_pairs_to_blame_come_worst_first_and_are_four_at_most():
    """A star: its smallest eigenvalue is 1 - |r|, and each pair's part in it goes with the square of its own r."""
    ranks = {("a", "c"): 0.9, ("a", "f"): 0.5, ("a", "b"): 0.8, ("x", "y"): 0.9, ("a", "e"): 0.7, ("a", "d"): 0.6}
    smallest = 1 - math.hypot(*(2 * math.sin(math.pi * rank / 6) for (a, _), rank in ranks.items() if a == "a"))
    with pytest.raises(ValueError, match="are inconsistent") as error:
        Copula(ranks)
    expected = f"(smallest eigenvalue {smallest:.3g}): a with c (+0.9), a with b (+0.8), a with e (+0.7), a with d (+0.6); move"
    assert expected in str(error.value)


@pytest.mark.parametrize(
    ("ranks", "pairs"),
    [
        ({("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9}, ("a with b (+0.9)", "b with c (+0.9)", "a with c (-0.9)")),
        ({("a", "b"): 1.0, ("a", "c"): 0.5}, ("a with b (+1)", "a with c (+0.5)")),
        ({("a", "b"): 0.8, ("a", "c"): 0.8, ("a", "d"): 0.8}, ("a with b (+0.8)", "a with c (+0.8)", "a with d (+0.8)")),
    ],
)
def test_ranks_that_are_inconsistent_are_refused_by_name(ranks, pairs):
    with pytest.raises(ValueError, match="are inconsistent") as error:
        Copula(ranks | {("e", "f"): 0.5})
    for pair in pairs:
        assert pair in str(error.value)
    assert "e with f" not in str(error.value)


def test_ranks_that_determine_a_stream_are_accepted():
    z = correlated({("a", "b"): 1.0, ("a", "c"): 0.5, ("b", "c"): 0.5})
    assert np.array_equal(z["a"], z["b"])
    assert abs(stats.spearmanr(z["b"], z["c"])[0] - 0.5) < 5 / math.sqrt(MANY)
    # c as half of a and half of b, to the last bit of its rank
    rank = 6 / math.pi * math.asin(math.sqrt(0.5) / 2)
    z = correlated({("a", "c"): rank, ("b", "c"): rank})
    np.testing.assert_allclose(z["c"], (z["a"] + z["b"]) * math.sqrt(0.5), atol=1e-7)


def test_no_ties_change_nothing():
    z = correlated({})
    for name, before in independent().items():
        assert np.array_equal(z[name], before)
