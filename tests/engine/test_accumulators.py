"""Accumulators, compared with NumPy on all draws."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.engine.accumulators import Accumulator, explain_non_finite
from simulator.engine.summaries import PERCENTS, assess_budget, summarize

N = 1_000_000
BLOCK = 65_536


def _draws():
    rng = np.random.default_rng(17)
    with_zeros = rng.lognormal(3.0, 1.0, N)
    with_zeros[rng.random(N) < 0.3] = 0.0
    across = rng.standard_normal(N)
    across[rng.random(N) < 0.3] = -0.0
    return {
        "lognormal": rng.lognormal(17.0, 1.0, N),
        "normal": rng.normal(0.3, 1.0, N),
        "negative": -rng.lognormal(2.0, 1.0, N),
        "heavy-tail": rng.standard_t(1.5, N),
        "constant": np.full(N, 7.3),
        "all-zero": np.zeros(N),
        "with-zeros": with_zeros,
        "zeros-inside": across,
    }


DRAWS = _draws()
NARROW = {
    "narrow": 100 + np.random.default_rng(1).standard_normal(N),
    "very-narrow": 1e6 + 10 * np.random.default_rng(2).standard_normal(N),
    "values": np.random.default_rng(3).choice([5.0, 5.5, 6.0], N, p=[0.2, 0.3, 0.5]),
}
over_draws = pytest.mark.parametrize("name", DRAWS)
P = np.array(PERCENTS) / 100


def merged(x, sizes, *, sums=False):
    """Accumulator blocks of the given sizes and merge them in their order."""
    probabilities = np.cumsum(sizes)
    accumulators = [Accumulator.of(part, sums=sums) for part in np.split(x, probabilities[:-1])]
    for accumulator in accumulators[1:]:
        accumulators[0].merge(accumulator)
    return accumulators[0]


def same_histogram(a, b):
    return a.histogram.first_bin == b.histogram.first_bin and np.array_equal(a.histogram.counts, b.histogram.counts)


# --- one accumulator
# --------------------------------------------------------------------------------------------------------------


@over_draws
def test_moments_and_ends_are_those_of_the_draws(name):
    x, accumulator = DRAWS[name], Accumulator.of(DRAWS[name])
    assert accumulator.count == N == accumulator.histogram.counts.sum()
    assert accumulator.mean == pytest.approx(x.mean(), rel=1e-14, abs=1e-14)
    assert accumulator.sd == pytest.approx(x.std(ddof=1), rel=1e-10, abs=1e-12 * abs(x.mean()))
    assert (accumulator.low, accumulator.high) == (x.min(), x.max())
    assert accumulator.mean_error == pytest.approx(x.std(ddof=1) / 1000, rel=1e-10, abs=1e-14)


@over_draws
def test_quantiles_stand_at_their_rank_among_the_draws(name):
    x, quantiles = np.sort(DRAWS[name]), Accumulator.of(DRAWS[name]).quantiles(P)
    below, upto = np.searchsorted(x, quantiles, side="left") / N, np.searchsorted(x, quantiles, side="right") / N
    assert np.maximum(below - P, P - upto).max() < 5e-5
    assert np.diff(quantiles).min() >= 0


@pytest.mark.parametrize("name", [*DRAWS, *NARROW])
def test_a_quantile_is_never_off_by_more_than_its_bin(name):
    x = (DRAWS | NARROW)[name]
    expected = np.quantile(x, P)
    assert (np.abs(Accumulator.of(x).quantiles(P) - expected) <= np.abs(expected) / 256 + 1e-6).all()


@over_draws
def test_the_quantile_of_nothing_and_of_all_are_the_ends(name):
    x, accumulator = DRAWS[name], Accumulator.of(DRAWS[name])
    assert accumulator.quantile(0.0) == x.min()
    assert accumulator.quantile(1.0) == x.max()


@pytest.mark.parametrize("name", ["with-zeros", "zeros-inside", "all-zero"])
def test_zeros_are_zero_and_nothing_near_it(name):
    x, accumulator = DRAWS[name], Accumulator.of(DRAWS[name])
    inside = np.linspace((x < 0).mean() + 1e-6, (x <= 0).mean() - 1e-6, 20)
    assert (accumulator.quantiles(inside) == 0).all()
    assert accumulator.cdf(0.0) == pytest.approx((x <= 0).mean(), abs=1e-9)
    assert accumulator.cdf(-1e-300) == pytest.approx((x < 0).mean(), abs=1e-6)


@pytest.mark.parametrize("name", ["lognormal", "normal", "negative", "heavy-tail"])
def test_the_cdf_is_the_inverse_of_the_quantile(name):
    accumulator = Accumulator.of(DRAWS[name])
    accumulator.drop_block()
    for p in np.linspace(0.001, 0.999, 57):
        assert accumulator.cdf(accumulator.quantile(p)) == pytest.approx(p, abs=1e-9)


@over_draws
def test_of_one_block_quantiles_and_shares_are_those_of_the_draws(name):
    x = DRAWS[name][:BLOCK]
    accumulator = Accumulator.of(x)
    assert np.array_equal(accumulator.quantiles(P), np.quantile(x, P))
    assert accumulator.cdf(x[7]) == np.mean(x <= x[7])
    accumulator.merge(Accumulator.of(x[:1]))
    assert accumulator.block is None


@pytest.mark.parametrize("name", ["lognormal", "normal", "negative", "heavy-tail"])
def test_the_cdf_is_the_share_of_draws_not_above(name):
    x, accumulator = DRAWS[name], Accumulator.of(DRAWS[name])
    for value in np.quantile(x, [0.01, 0.3, 0.6, 0.99]):
        assert accumulator.cdf(value) == pytest.approx(np.mean(x <= value), abs=5e-5)
    assert accumulator.cdf(x.max()) == 1
    assert accumulator.cdf(np.nextafter(x.min(), -np.inf)) == 0


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 0.95, 0.999])
def test_mean_above_is_the_mean_of_the_upper_draws(name, p):
    x = np.sort(DRAWS[name])
    tail = x[round(p * N) :]
    assert Accumulator.of(x, sums=True).mean_above(p) == pytest.approx(tail.mean(), rel=1e-5, abs=1e-5)


def test_mean_above_shares_out_the_draw_on_the_edge():
    assert Accumulator.of(np.array([1.0, 2.0, 4.0]), sums=True).mean_above(0.5) == pytest.approx((4 + 2 / 2) / 1.5)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("at", [0, 17, 999])
def test_a_draw_that_is_no_finite_number_is_refused(bad, at):
    x = np.ones(1000)
    x[at] = bad
    with pytest.raises(FloatingPointError, match="1 of 1000 draws"):
        Accumulator.of(x)


def test_infinities_of_both_signs_are_refused_and_counted():
    with pytest.raises(FloatingPointError, match="3 of 5 draws"):
        Accumulator.of(np.array([math.inf, 1.0, -math.inf, 2.0, math.nan]))


@pytest.mark.parametrize("values", [[1e308, 1.7e308], [1e200, -1e200]])
def test_draws_too_large_to_add_up_are_refused(values):
    with pytest.raises(FloatingPointError):
        Accumulator.of(np.array(values))


def test_tallying_leaves_the_draws_as_they_are_and_takes_any_stride():
    x = DRAWS["normal"][:1000].copy()
    every_second = Accumulator.of(x[::2])
    assert np.array_equal(x, DRAWS["normal"][:1000])
    assert same_histogram(every_second, Accumulator.of(x[::2].copy()))
    assert every_second.mean == x[::2].mean()


@pytest.mark.parametrize("count", [1, 2, 10])
@pytest.mark.parametrize("name", DRAWS)
def test_few_draws_give_figures_and_no_nan(name, count):
    x = DRAWS[name][:count]
    accumulator = Accumulator.of(x, sums=True)
    summary = summarize(accumulator)
    over = Accumulator.of(np.maximum(x - x[0], 0.0))
    assessment = assess_budget(float(x[0]), int((x <= x[0]).sum()), over, accumulator, float(x[0]))
    overrun = assessment.expected_overrun_given_overrun
    assert (overrun is None) == (assessment.probability_within == 1)
    figures = [
        *summary[:5],
        *summary.quantiles.values(),
        *summary[6:],
        *assessment._replace(expected_overrun_given_overrun=overrun or 0.0),
    ]
    assert np.isfinite(figures).all()
    assert (
        np.array([*summary.quantiles.values(), summary.median, assessment.cvar_95]) >= x.min() * (1 - 1e-12 * np.sign(x.min()))
    ).all()
    assert (np.array([*summary.quantiles.values(), summary.median]) <= x.max()).all()
    assert count > 1 or summary.sd == summary.mean_error == summary.median_error == 0


# --- blocks -----------------------------------------------------------------------------------------------------------------

SIZES = {
    "even": [BLOCK] * 15 + [N - 15 * BLOCK],
    "uneven": [1, 10, 500_000, 7, N - 500_018],
    "two": [N // 2, N - N // 2],
}


@over_draws
@pytest.mark.parametrize("sizes", SIZES)
def test_merged_blocks_equal_one_accumulator(name, sizes):
    whole = Accumulator.of(DRAWS[name], sums=True)
    whole.drop_block()
    parts = merged(DRAWS[name], SIZES[sizes], sums=True)
    assert same_histogram(whole, parts)
    assert (whole.count, whole.low, whole.high) == (parts.count, parts.low, parts.high)
    assert parts.mean == pytest.approx(whole.mean, rel=1e-14, abs=1e-14 * whole.sd)
    assert parts.sd == pytest.approx(whole.sd, rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(parts.histogram.sums, whole.histogram.sums, rtol=1e-10, atol=1e-9)
    assert np.array_equal(parts.quantiles(P), whole.quantiles(P))


@over_draws
def test_the_tail_of_a_block_is_that_of_its_histogram(name):
    block, histogram = Accumulator.of(DRAWS[name]), Accumulator.of(DRAWS[name])
    histogram.drop_block()
    assert block.tail_index == histogram.tail_index


def test_a_block_needs_no_histogram_until_it_is_merged():
    accumulator = Accumulator.of(np.array([0.0, 1.0, 2.0]))
    accumulator.quantile(0.5), accumulator.cdf(1.0), accumulator.tail_index
    assert accumulator._histogram is None
    accumulator.merge(Accumulator.of(np.array([3.0])))
    assert accumulator.histogram.counts.sum() == 4


@over_draws
def test_the_order_of_merging_does_not_matter_to_quantiles(name):
    parts = np.array_split(DRAWS[name], 16)
    forward, backward = merged(DRAWS[name], [len(part) for part in parts]), Accumulator.of(parts[-1])
    for part in parts[-2::-1]:
        backward.merge(Accumulator.of(part))
    assert same_histogram(forward, backward)
    assert np.array_equal(forward.quantiles(P), backward.quantiles(P))


def test_merging_leaves_the_other_accumulator_as_it_is():
    one, other = Accumulator.of(np.array([1.0, 2.0]), sums=True), Accumulator.of(np.array([-5.0, 1e6]), sums=True)
    counts, sums = other.histogram.counts.copy(), other.histogram.sums.copy()
    one.merge(other)
    one.merge(Accumulator.of(np.array([1e9]), sums=True))
    assert np.array_equal(other.histogram.counts, counts)
    assert np.array_equal(other.histogram.sums, sums)
    assert other.count == 2
    wide, fine = Accumulator.of(np.array([-5.0, 1e6])), Accumulator.of(np.array([1.0, 1.001, 1.0001]))
    shift, counts = fine.histogram.shift, fine.histogram.counts.copy()
    wide.merge(fine)
    assert wide.histogram.shift > shift == fine.histogram.shift
    assert np.array_equal(fine.histogram.counts, counts)


# --- Monte Carlo errors -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lognormal", "normal"])
def test_reported_errors_are_the_summary_of_repeated_runs(kind):
    rng = np.random.default_rng(23)
    runs = [Accumulator.of(getattr(rng, kind)(0.5, 0.8, 5000)) for _ in range(200)]
    probabilities = np.array([0.025, 0.5, 0.975])
    # The dispersion of 200 repeats has an error of 5 %, so these are four of its standard errors.
    ratio = np.mean([run.mean_error for run in runs]) / np.std([run.mean for run in runs], ddof=1)
    assert 0.8 < ratio < 1.2
    dispersions = np.std([run.quantiles(probabilities) for run in runs], axis=0, ddof=1)
    ratios = np.mean([run.quantile_errors(probabilities) for run in runs], axis=0) / dispersions
    assert (ratios > 0.8).all()
    assert (ratios < 1.25).all()


def test_an_error_falls_with_the_root_of_the_draws():
    x = DRAWS["lognormal"]
    few, many = Accumulator.of(x[:10_000]), Accumulator.of(x)
    assert few.mean_error / many.mean_error == pytest.approx(10, rel=0.1)
    assert (few.quantile_errors(P) / many.quantile_errors(P)).mean() == pytest.approx(10, rel=0.1)


# --- properties over what hypothesis thinks of ------------------------------------------------------------------------------

# A histogram has a bin for each 1/256 octave between its ends, so the spans are limited.
numbers = st.lists(st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-3), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(first=numbers, second=numbers)
def test_any_two_blocks_merge_into_the_accumulator_of_both(first, second):
    both = Accumulator.of(np.array(first + second), sums=True)
    one = Accumulator.of(np.array(first), sums=True)
    one.merge(Accumulator.of(np.array(second), sums=True))
    assert same_histogram(one, both)
    assert one.mean == pytest.approx(both.mean, rel=1e-12, abs=1e-9)
    assert one.squares == pytest.approx(both.squares, rel=1e-9, abs=1e-9)
    assert (one.low, one.high, one.count) == (both.low, both.high, both.count)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(values=numbers, p=st.floats(0, 1), q=st.floats(0, 1))
def test_quantiles_of_any_draws_rise_and_stay_between_the_ends(values, p, q):
    accumulator = Accumulator.of(np.array(values))
    low, high = accumulator.quantile(min(p, q)), accumulator.quantile(max(p, q))
    assert min(values) <= low <= high <= max(values)
    assert 0 <= accumulator.cdf(low) <= accumulator.cdf(high) <= 1


def test_what_has_no_mean_says_why():
    assert explain_non_finite(np.array([1.0, np.nan, np.inf])) == "2 of 3 draws are not finite numbers"
    assert explain_non_finite(np.array([1e308, 1e308])) == "draws are too large to have a mean"


def test_two_replicates_are_every_other_draw():
    x = np.arange(10.0)
    assert [part.mean for part in Accumulator.of(x, replicates=2).replicates] == [4.0, 5.0]


def test_draws_too_large_for_a_standard_deviation_are_named():
    with pytest.raises(FloatingPointError, match=r"draws as large as 1e\+200 have no standard deviation"):
        Accumulator.of(np.array([1.0, 1e200]))


def test_replicates_are_merged_each_with_its_own():
    x = np.random.default_rng(3).gamma(2.0, 5.0, 8000)
    merged = Accumulator.of(x[:4000], replicates=8)
    merged.merge(Accumulator.of(x[4000:], replicates=8))
    assert [part.count for part in merged.replicates] == [1000] * 8
    for number, part in enumerate(merged.replicates):
        own = x[number::8]
        assert part.mean == pytest.approx(own.mean(), rel=1e-12)
        assert part.quantile(0.5) == pytest.approx(np.median(own), rel=2e-3)


def test_a_accumulator_without_replicates_or_sums_keeps_none_when_merged():
    plain, rich = Accumulator.of(np.arange(1.0, 9.0)), Accumulator.of(np.arange(1.0, 9.0), sums=True, replicates=2)
    plain.merge(rich)
    assert plain.histogram.sums is None
    assert plain.replicates is None
    assert plain.count == 16
