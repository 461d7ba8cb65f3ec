"""Standard normal variates by every method: what may not change them, and their distribution."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sampled_blocks import DRAWS, KNOWN, NAMES, sample_block
from scipy import stats

from simulator.engine.sampling.methods import METHODS, build_sampler
from simulator.engine.sampling.streams import BLOCK

P_LIMIT = 1e-6  # seeds are fixed, so a test below it is a wrong distribution and not bad random draws


def all_blocks(method, name, **other):
    return np.concatenate([sample_block(method, name, block, **other) for block in range(4)])


over_methods = pytest.mark.parametrize("method", METHODS)


@over_methods
def test_draws_do_not_depend_on_the_order_of_blocks_or_names(method):
    expected = {(name, block): sample_block(method, name, block) for name in NAMES for block in range(4)}
    sampler = build_sampler(method, 7, DRAWS, NAMES, KNOWN)
    for name, block in reversed(expected):
        assert np.array_equal(sampler(name, block, len(expected[name, block])), expected[name, block])


@over_methods
def test_draws_do_not_depend_on_threads(method):
    sampler = build_sampler(method, 11, DRAWS, NAMES, KNOWN)
    addresses = [(name, block, 1000) for name in NAMES for block in range(4)]
    with ThreadPoolExecutor(4) as pool:
        threaded = list(pool.map(lambda address: sampler(*address), addresses))
    for address, block in zip(addresses, threaded, strict=True):
        assert np.array_equal(block, build_sampler(method, 11, DRAWS, NAMES, KNOWN)(*address))


@over_methods
@pytest.mark.parametrize("name", NAMES)
def test_draws_do_not_depend_on_other_names(method, name):
    alone = sample_block(method, name, 1, names=[name])
    assert np.array_equal(alone, sample_block(method, name, 1, names=[*NAMES, "another", "zzz", "a"]))
    assert np.array_equal(alone, sample_block(method, name, 1, names=NAMES[::-1]))


@over_methods
@pytest.mark.parametrize("size", [0, 1, 2, 999, BLOCK - 1])
def test_fewer_draws_of_a_block_are_a_prefix(method, size):
    assert np.array_equal(sample_block(method, "mfu", 1, size), sample_block(method, "mfu", 1)[:size])


@pytest.mark.parametrize("method", ["random", "sobol"])
@pytest.mark.parametrize("draws", [1, 1000, BLOCK, BLOCK + 1])
def test_a_shorter_run_is_a_prefix_of_a_longer_one(method, draws):
    blocks = range(-(-draws // BLOCK))
    short = np.concatenate([sample_block(method, "mfu", block, draws=draws) for block in blocks])
    assert np.array_equal(short, all_blocks(method, "mfu")[:draws])


@over_methods
def test_blocks_names_and_seeds_differ(method):
    blocks = [
        sample_block(method, name, block, 1000, seed=seed)
        for name in ("mfu", "goodput", "shock.delay")
        for block in (0, 1, 2)
        for seed in (7, 8, 2**40)
    ]
    for i, a in enumerate(blocks):
        for b in blocks[i + 1 :]:
            assert not np.array_equal(a, b)
            assert np.mean(a == b) < 0.01


@pytest.mark.parametrize("method", ["random", "lhs"])
def test_names_seeds_and_blocks_are_independent(method):
    parts = [
        sample_block(method, name, block, BLOCK, seed=seed)
        for name in ("mfu", "goodput")
        for block in (0, 1)
        for seed in (7, 8)
    ]
    correlations = np.corrcoef(parts)[np.triu_indices(len(parts), 1)]
    assert np.abs(correlations).max() < 5 / math.sqrt(BLOCK)


def test_an_unknown_method_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="'grid'; there are random, sobol, lhs"):
        build_sampler("grid", 7, 100)


@over_methods
def test_variates_are_standard_normal(method):
    blocks = range(-(-1_000_000 // BLOCK))
    z = np.concatenate([sample_block(method, "mfu", block, draws=1_000_000) for block in blocks])
    assert len(z) == 1_000_000
    assert np.isfinite(z).all()
    assert stats.kstest(z, "norm", method="asymp").pvalue > P_LIMIT
    assert abs(z.mean()) < 5e-3
    assert abs(np.mean(z**4) - 3) < 5 * math.sqrt(96 / 1e6)
