"""What every distribution promises: one path from z to value, against scipy's distributions and against draws."""

import math
from dataclasses import FrozenInstanceError, dataclass, fields, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import integrate, interpolate, special, stats

from simulator.distributions import (
    FAMILIES,
    Z_LIMIT,
    Beta,
    Choice,
    Constant,
    Distribution,
    Empirical,
    Gamma,
    Johnson,
    LogitNormal,
    LogNormal,
    LogUniform,
    Mixture,
    Normal,
    Pert,
    Posterior,
    Quantiles,
    Scaled,
    StudentT,
    Triangular,
    Truncated,
    Uniform,
    build_distribution,
    fit_family,
    fit_through,
    fit_within_bounds,
    is_quantile,
    normal_cdf,
    normal_quantile,
    parse_quantile,
    team_mean,
)
from simulator.distributions.base import InterpolationTable, _moments, normal_quantiles, quantiles_from_log_density
from simulator.distributions.families import _to_scale
from simulator.distributions.fitting import SCALES

N = 1_000_000
P_LIMIT = 1e-6  # seeds are fixed, so a test below it is a wrong distribution and not bad random draws
ROWS = tuple(np.random.default_rng(5).gamma(3.0, 2.0, 400).tolist())


# --- reference values of a distribution
# ------------------------------------------------------------------------------


class Scipy:
    """A continuous distribution of scipy."""

    is_discrete = False

    def __init__(self, distribution):
        self.distribution, self.cdf = distribution, distribution.cdf

    def at(self, z):
        return np.where(z < 0, self.distribution.ppf(special.ndtr(z)), self.distribution.isf(special.ndtr(-z)))

    def raw(self, order):
        return float(self.distribution.moment(order))


class Mapped:
    """A function of a standard normal variate, with its inverse."""

    is_discrete = False

    def __init__(self, at, z_of):
        self.at, self.z_of = at, z_of

    def cdf(self, x):
        return special.ndtr(self.z_of(x))

    def raw(self, order):
        return integrate.quad(lambda z: float(self.at(z)) ** order * stats.norm.pdf(z), -12, 12, limit=500)[0]


class Held:
    """A distribution of scipy between two bounds, renormalised."""

    is_discrete = False

    def __init__(self, distribution, low, high):
        self.distribution, self.low, self.high = distribution, low, high
        self.mass = distribution.cdf(high) - distribution.cdf(low)

    def cdf(self, x):
        return (self.distribution.cdf(np.clip(x, self.low, self.high)) - self.distribution.cdf(self.low)) / self.mass

    def at(self, z):
        return self.distribution.ppf(self.distribution.cdf(self.low) + special.ndtr(z) * self.mass)

    def raw(self, order):
        inner = (self.low, min(self.high, self.distribution.isf(1e-14)))
        return integrate.quad(lambda x: x**order * self.distribution.pdf(x), *inner, limit=500)[0] / self.mass


class Values:
    """Values with their weights."""

    is_discrete = True
    at = None

    def __init__(self, values, weights=None):
        self.values = np.array(values, dtype=float)
        self.weights = np.full(len(values), 1 / len(values)) if weights is None else np.array(weights)

    def cdf(self, x):
        order = np.argsort(self.values)
        total = np.concatenate([[0.0], np.cumsum(self.weights[order])])
        return total[np.searchsorted(self.values[order], x, side="right")]

    def raw(self, order):
        return float(self.weights @ self.values**order)


class Weighted:
    """Distributions with their weights."""

    at = None

    def __init__(self, *parts):
        self.parts = parts
        self.is_discrete = all(part.is_discrete for _, part in parts)

    def cdf(self, x):
        return sum(weight * part.cdf(x) for weight, part in self.parts)

    def raw(self, order):
        return sum(weight * part.raw(order) for weight, part in self.parts)


def through_points(probabilities, values, to, back):
    """scipy's own monotone cubic between the points, and a straight line beyond them."""
    knots = special.ndtri(probabilities)
    inner = interpolate.PchipInterpolator(knots, to(np.array(values)))
    slope = inner.derivative()

    def at(z):
        bounded_z = np.clip(z, knots[0], knots[-1])
        return back(inner(bounded_z) + slope(bounded_z) * (z - bounded_z))

    grid = np.linspace(-9, 9, 400_001)
    return Mapped(at, lambda x: np.interp(x, at(grid), grid))


@dataclass(frozen=True)
class Case:
    """A distribution, its reference, and the tolerance of its value at a normal variate (relative to value and scale)."""

    distribution: Distribution
    reference: object
    near: float = 1e-12
    has_moments: bool = True  # a finite fourth moment, so that there is a standard error
    rises: bool = True


P3 = (0.05, 0.5, 0.95)
FAR = Mixture((Normal(0.0, 1.0), Normal(3.0, 0.5)), (0.6, 0.4))
CASES = {
    "constant": Case(Constant(5.0), Values([5.0])),
    "normal": Case(Normal(-3.0, 2.0), Scipy(stats.norm(-3, 2))),
    "lognormal": Case(LogNormal(2e9, 0.5), Scipy(stats.lognorm(0.5, scale=2e9))),
    "lognormal-wide": Case(LogNormal(1e-3, 0.9), Scipy(stats.lognorm(0.9, scale=1e-3))),
    "lognormal-low": Case(LogNormal(3.0, 0.7, low=1.0), Scipy(stats.lognorm(0.7, loc=1, scale=2))),
    "logitnormal": Case(
        LogitNormal(0.3, 0.8),
        Mapped(lambda z: special.expit(special.logit(0.3) + 0.8 * z), lambda x: (special.logit(x) - special.logit(0.3)) / 0.8),
    ),
    "uniform": Case(Uniform(-1.0, 4.0), Scipy(stats.uniform(-1, 5)), 1e-10),
    "loguniform": Case(LogUniform(0.01, 100.0), Scipy(stats.loguniform(0.01, 100)), 1e-9),
    "triangular": Case(Triangular(1.0, 2.0, 6.0), Scipy(stats.triang(0.2, 1, 5)), 1e-6),
    "triangular-mode-at-end": Case(Triangular(0.0, 3.0, 3.0), Scipy(stats.triang(1.0, 0, 3)), 1e-7),
    "beta": Case(Beta(2.0, 5.0), Scipy(stats.beta(2, 5)), 1e-8),
    "beta-on-the-ends": Case(Beta(0.3, 0.5), Scipy(stats.beta(0.3, 0.5)), 1e-8),
    "beta-narrow": Case(Beta(600.0, 30.0, -1.0, 3.0), Scipy(stats.beta(600, 30, -1, 4)), 1e-8),
    "pert": Case(Pert(1.0, 2.0, 6.0), Scipy(stats.beta(1.8, 4.2, 1, 5)), 1e-8),
    "pert-mode-at-end": Case(Pert(2.0, 2.0, 3.0), Scipy(stats.beta(1, 5, 2, 1)), 1e-8),
    "gamma": Case(Gamma(0.5, 3.0), Scipy(stats.gamma(0.5, scale=3)), 1e-8),
    "gamma-narrow": Case(Gamma(80.0, 1e6), Scipy(stats.gamma(80, scale=1e6)), 1e-8),
    "student-t": Case(StudentT(9.0, 2.0, 0.5), Scipy(stats.t(9, 2, 0.5)), 1e-8),
    "student-t-heavy": Case(StudentT(1.5, -1.0, 2.0), Scipy(stats.t(1.5, -1, 2)), 1e-8, has_moments=False),
    "quantiles-two-linear": Case(Quantiles((0.1, 0.9), (-1.0, 2.0)), Scipy(stats.norm(0.5, 1.5 / special.ndtri(0.9)))),
    "quantiles-two-log": Case(
        Quantiles((0.1, 0.9), (1.0, 4.0), "log"), Scipy(stats.lognorm(math.log(2) / special.ndtri(0.9), scale=2))
    ),
    "quantiles-linear": Case(
        Quantiles((0.05, 0.5, 0.8, 0.95), (-1.0, 0.5, 1.0, 3.0)),
        through_points((0.05, 0.5, 0.8, 0.95), (-1.0, 0.5, 1.0, 3.0), np.asarray, np.asarray),
    ),
    "quantiles-log": Case(Quantiles(P3, (1.3, 2.2, 5.6), "log"), through_points(P3, (1.3, 2.2, 5.6), np.log, np.exp)),
    "quantiles-logit": Case(
        Quantiles(P3, (0.2, 0.4, 0.55), "logit"), through_points(P3, (0.2, 0.4, 0.55), special.logit, special.expit)
    ),
    "mixture-overlapping": Case(FAR, Weighted((0.6, Scipy(stats.norm(0, 1))), (0.4, Scipy(stats.norm(3, 0.5))))),
    "mixture-with-a-zero": Case(
        Mixture((LogNormal(5.0, 0.5), Constant(0.0)), (0.7, 0.3)),
        Weighted((0.3, Values([0.0])), (0.7, Scipy(stats.lognorm(0.5, scale=5)))),
    ),
    "mixture-with-a-zero-inside": Case(
        Mixture((Constant(0.0), Normal(0.5, 1.0)), (0.3, 0.7)),
        Weighted((0.3, Values([0.0])), (0.7, Scipy(stats.norm(0.5, 1)))),
    ),
    "mixture-with-values-inside": Case(
        Mixture((Empirical((1.0, 2.0, 12.0)), Uniform(0.0, 20.0)), (0.5, 0.5)),
        Weighted((0.5, Values([1.0, 2.0, 12.0])), (0.5, Scipy(stats.uniform(0, 20)))),
    ),
    "mixture-separated": Case(
        Mixture((Uniform(5.0, 9.0), LogUniform(1.0, 2.0)), (0.25, 0.75)),
        Weighted((0.75, Scipy(stats.loguniform(1, 2))), (0.25, Scipy(stats.uniform(5, 4)))),
    ),
    "choice-of-numbers": Case(
        Choice(("c", "a", "b"), (Constant(6.0), Constant(5.0), Constant(5.5)), (0.5, 0.2, 0.3)),
        Values([5.0, 5.5, 6.0], [0.2, 0.3, 0.5]),
    ),
    "choice-separated": Case(
        Choice(("low", "high"), (Uniform(1.0, 2.0), Uniform(3.0, 5.0)), (0.5, 0.5)),
        Weighted((0.5, Scipy(stats.uniform(1, 1))), (0.5, Scipy(stats.uniform(3, 2)))),
    ),
    "choice-overlapping": Case(
        Choice(("a", "b"), (LogNormal(1.0, 0.5), LogNormal(2.0, 0.6)), (0.5, 0.5)),
        Weighted((0.5, Scipy(stats.lognorm(0.5))), (0.5, Scipy(stats.lognorm(0.6, scale=2)))),
        rises=False,
    ),
    "empirical": Case(
        Empirical((3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0)), Values([1.0, 2.0, 3.0, 4.0, 5.0, 9.0], np.array([2, 1, 1, 1, 1, 1]) / 7)
    ),
    "posterior": Case(Posterior(ROWS, "fit"), Values(ROWS), rises=False),
    "truncated": Case(Truncated(Normal(1.0, 2.0), 0.0, 3.0), Scipy(stats.truncnorm(-0.5, 1, 1, 2)), 1e-8),
    "truncated-below": Case(Truncated(Normal(0.0, 1.0), low=4.0), Scipy(stats.truncnorm(4, np.inf)), 1e-7),
    "truncated-above": Case(
        Truncated(LogNormal(2.0, 0.5), high=2.5), Held(stats.lognorm(0.5, scale=2), 0.0, 2.5), 1e-8
    ),
    "truncated-mixture": Case(
        Truncated(FAR, -0.5, 3.5),
        Weighted(
            *(
                (weight / (FAR.cdf(3.5) - FAR.cdf(-0.5)) * Held(distribution, -0.5, 3.5).mass, Held(distribution, -0.5, 3.5))
                for weight, distribution in ((0.6, stats.norm(0, 1)), (0.4, stats.norm(3, 0.5)))
            )
        ),
    ),
    "truncated-values": Case(Truncated(Empirical((1.0, 2.0, 3.0, 4.0)), 2.0, 3.0), Values([2.0, 3.0])),
    "scaled": Case(Scaled(Beta(2.0, 5.0), 1e3), Scipy(stats.beta(2, 5, 0, 1e3)), 1e-8),
    "scaled-posterior": Case(Scaled(Posterior(ROWS, "fit"), 2.0), Values(2 * np.array(ROWS)), rises=False),
}  # fmt: skip


def over(test=lambda case: True):
    return pytest.mark.parametrize("name", [name for name, case in CASES.items() if test(case)])


@cache
def normal_draws():
    return np.random.default_rng(20_240_817).standard_normal(N)


@cache
def draws(name):
    return np.asarray(CASES[name].distribution.at(normal_draws()))


def moments(reference):
    """Mean, variance and fourth central moment."""
    first, second, third, fourth = (reference.raw(order) for order in (1, 2, 3, 4))
    return first, second - first**2, fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4


# --- distributions over all of them
# --------------------------------------------------------------------------------------------------


def test_every_family_is_held_to_the_distributions():
    types = {type(case.distribution) for case in CASES.values()}
    assert set(FAMILIES.values()) | {Quantiles, Mixture, Choice, Empirical, Posterior, Truncated, Scaled} == types


@over(lambda case: case.reference.at is not None)
def test_value_at_a_score_equals_the_inverse_of_the_distribution(name):
    case = CASES[name]
    z = np.linspace(-6, 6, 1201) + 0.0007  # off the nodes of the tables
    reference = case.reference.at(z)
    scale = float(case.reference.at(np.array(1.0)) - case.reference.at(np.array(-1.0)))
    np.testing.assert_allclose(case.distribution.at(z), reference, rtol=case.near, atol=case.near * scale)


@over(lambda case: case.rises)
def test_value_rises_with_the_score(name):
    distribution = CASES[name].distribution
    value = np.asarray(distribution.at(np.linspace(-Z_LIMIT, Z_LIMIT, 200_001)))
    assert np.diff(value).min() >= 0
    assert distribution.is_constant or value[-1] > value[0]


@over(lambda case: case.rises and not case.reference.is_discrete)
def test_no_two_scores_of_a_smooth_distribution_share_a_value(name):
    z = np.linspace(-4, 4, 1001)
    value = CASES[name].distribution.at(z)
    atoms = [weight for weight, part in getattr(CASES[name].reference, "parts", ()) if part.is_discrete]
    assert (np.diff(value) > 0).mean() >= (0.99 if not atoms else 0.4)


def test_a_distribution_goes_on_beyond_its_outer_quantiles():
    for values in ((0.0, 10.0, 11.0), (0.0, 1.0, 11.0)):
        value = Quantiles(P3, values).at(np.array([-6.0, -4.0, -2.0, 2.0, 4.0, 6.0]))
        assert np.diff(value).min() > 0.2


@over()
def test_support_holds_to_the_last_draw(name):
    distribution = CASES[name].distribution
    low, high = distribution.support
    ends = np.concatenate([distribution.at(np.array([-Z_LIMIT, Z_LIMIT])), draws(name)])
    assert np.isfinite(ends).all()
    assert low <= ends.min()
    assert ends.max() <= high


@over()
@pytest.mark.parametrize("p", [0.025, 0.2, 0.5, 0.8, 0.975])
def test_draws_stay_below_a_quantile_as_often_as_stated(name, p):
    quantile = CASES[name].distribution.quantile(p)
    error = 5 * math.sqrt(p * (1 - p) / N)
    half = 0.5 / len(ROWS)  # a row's quantile lies between two rows
    slack = error + (half if "posterior" in name else 0)
    assert np.mean(draws(name) <= quantile) >= p - slack
    assert np.mean(draws(name) < quantile) <= p + slack


@over(lambda case: case.reference.at is not None)
@pytest.mark.parametrize("p", [0.025, 0.975])
def test_ends_of_the_central_interval_are_as_stated(name, p):
    case = CASES[name]
    reference = float(case.reference.at(np.array(special.ndtri(p))))
    assert case.distribution.quantile(p) == pytest.approx(reference, rel=max(case.near, 1e-9))
    assert case.distribution.exact_quantile(p) == pytest.approx(reference, rel=1e-9 if case.near < 1e-7 else case.near)


@over()
@pytest.mark.parametrize("p", [0.001, 0.05, 0.23, 0.5, 0.77, 0.95, 0.999])
def test_cdf_is_the_inverse_of_the_quantile(name, p):
    distribution = CASES[name].distribution
    quantile = distribution.quantile(p)
    reference = CASES[name].reference
    mass = reference.cdf(quantile) - reference.cdf(np.nextafter(quantile, -np.inf))
    if mass < 1e-9 and not reference.is_discrete:
        assert distribution.cdf(quantile) == pytest.approx(p, abs=2e-6)
    elif "posterior" not in name:
        assert distribution.cdf(quantile) >= p - 1e-9
        assert distribution.cdf(np.nextafter(quantile, -np.inf)) <= p + 1e-9


@over()
def test_cdf_equals_the_known_one(name):
    distribution, reference = CASES[name].distribution, CASES[name].reference
    for x in np.quantile(draws(name), [0.0, 0.01, 0.1, 0.3, 0.5, 0.6, 0.9, 0.99, 1.0]):
        assert distribution.cdf(x) == pytest.approx(
            float(reference.cdf(x)), abs=2e-6 if not isinstance(distribution, Mixture) else 5e-4
        )
    assert distribution.cdf(-1e300) == 0
    assert distribution.cdf(1e300) == 1


@over(lambda case: case.has_moments)
def test_mean_and_sd_of_draws_are_within_five_standard_errors(name):
    mean, variance, fourth = moments(CASES[name].reference)
    x = draws(name)
    sd = math.sqrt(max(variance, 0.0))
    assert abs(x.mean() - mean) <= 5 * sd / math.sqrt(N) + 1e-12 * abs(mean)
    second_order = 25 * abs(variance) / N  # all there is where two values are alike likely
    assert abs(x.var() - variance) <= 5 * math.sqrt(max(fourth - variance**2, 0.0) / N) + second_order


@over(lambda case: case.has_moments)
def test_stated_moments_equal_the_known_ones(name):
    mean, variance, _ = moments(CASES[name].reference)
    # Steps do not fall on the edges of the midpoint rule.
    near = 1e-5 if not getattr(CASES[name].reference, "parts", ()) and not CASES[name].reference.is_discrete else 2e-3
    estimates = CASES[name].distribution.moments()
    assert estimates[0] == pytest.approx(mean, rel=near, abs=near * math.sqrt(max(variance, 0)))
    assert estimates[1] == pytest.approx(math.sqrt(max(variance, 0)), rel=near, abs=1e-9)


@over(lambda case: not case.reference.is_discrete)
def test_draws_follow_the_distribution(name):
    x, times = np.unique(draws(name), return_counts=True)
    upto = np.cumsum(times) / N
    reference = CASES[name].reference
    # On either side of each value, so that a weight on a value is a step of both.
    from_above = np.abs(upto - reference.cdf(x)).max()
    from_below = np.abs(upto - times / N - reference.cdf(np.nextafter(x, -np.inf))).max()
    assert stats.kstwobign.sf(max(from_above, from_below) * math.sqrt(N)) > P_LIMIT


@over(lambda case: case.reference.is_discrete)
def test_values_come_as_often_as_their_weights(name):
    reference = CASES[name].reference
    values, times = np.unique(draws(name), return_counts=True)
    assert np.array_equal(values, np.unique(reference.values))
    weights = reference.weights[np.argsort(reference.values)]
    assert len(values) == 1 or stats.chisquare(times, weights * N).pvalue > P_LIMIT


@over()
def test_one_score_gives_the_number_that_an_array_of_it_gives(name):
    distribution = CASES[name].distribution
    for z in (-Z_LIMIT, -1.3, 0.0, 0.4, 2.0, Z_LIMIT, np.float64(0.7)):
        one = distribution.at(z)
        assert np.ndim(one) == 0
        assert float(one) == np.asarray(distribution.at(np.array([z, z])))[1]
    assert np.shape(distribution.at(np.zeros((2, 3)))) == (2, 3)
    assert np.shape(distribution.at(np.zeros(0))) == (0,)


@over()
def test_scores_are_left_as_they_are(name):
    z = np.linspace(-3, 3, 11)
    CASES[name].distribution.at(z)
    assert np.array_equal(z, np.linspace(-3, 3, 11))


@over()
def test_a_distribution_is_a_value(name):
    distribution = CASES[name].distribution
    distribution.at(0.0)
    again = replace(distribution)
    assert again == distribution
    assert hash(again) == hash(distribution)
    assert [other for other, case in CASES.items() if case.distribution == distribution] == [name]
    for field in fields(distribution):
        with pytest.raises(FrozenInstanceError):
            setattr(distribution, field.name, 1.0)


# --- wrappers ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high"), [(-1.0, 0.5), (0.0, math.inf), (-math.inf, 1.0), (2.0, 2.5), (3.5, math.inf), (-1, 4.6)]
)
def test_truncation_renormalises_and_leaves_no_weight_on_a_bound(low, high):
    distribution, reference = Truncated(Normal(0.0, 1.0), low, high), stats.truncnorm(low, high)
    x = np.asarray(distribution.at(normal_draws()))
    assert not np.isin(x, [low, high]).any()
    assert len(np.unique(x)) > 0.99 * N
    assert x.mean() == pytest.approx(reference.mean(), abs=5 * reference.std() / math.sqrt(N))
    p = np.array([1e-4, 0.01, 0.3, 0.5, 0.9, 0.999])
    np.testing.assert_allclose([distribution.quantile(q) for q in p], reference.ppf(p), rtol=1e-8, atol=1e-9)


def test_truncation_beyond_the_support_changes_nothing():
    z = np.linspace(-5, 5, 101)
    np.testing.assert_allclose(Truncated(Uniform(1.0, 2.0), 0.0, 3.0).at(z), Uniform(1.0, 2.0).at(z), rtol=1e-9)


def test_truncation_keeps_the_weight_on_its_bounds():
    distribution = Truncated(Choice(("a", "b", "c"), (Constant(1.0), Constant(2.0), Constant(3.0)), (0.2, 0.2, 0.6)), high=2.0)
    assert np.mean(np.asarray(distribution.at(normal_draws())) == 2.0) == pytest.approx(0.5, abs=5 * 0.5 / math.sqrt(N))


@over(lambda case: isinstance(case.distribution, Mixture))
def test_a_mixture_has_the_weighted_cdf_of_its_parts(name):
    distribution, reference = CASES[name].distribution, CASES[name].reference
    z = np.linspace(-5, 5, 4001)
    x = np.asarray(distribution.at(z))
    # Beside a step z may be one cell of the table off, which holds 4.4e-4 at most.
    near = 2e-6 if name == "mixture-overlapping" else 5e-4
    assert (reference.cdf(x) >= special.ndtr(z) - near).all()
    assert (reference.cdf(np.nextafter(x, -np.inf)) <= special.ndtr(z) + near).all()


def test_a_mixture_is_right_in_both_far_tails():
    z = np.linspace(3, 8, 50)
    above = 0.6 * stats.norm.sf(FAR.at(z)) + 0.4 * stats.norm.sf(FAR.at(z), 3, 0.5)
    below = 0.6 * stats.norm.cdf(FAR.at(-z)) + 0.4 * stats.norm.cdf(FAR.at(-z), 3, 0.5)
    np.testing.assert_allclose(above, special.ndtr(-z), rtol=1e-4)
    np.testing.assert_allclose(below, special.ndtr(-z), rtol=1e-4)


def test_the_weight_on_a_value_in_a_mixture_stands_on_that_value():
    error = 5 * math.sqrt(0.21 / N) + 5e-4
    assert np.mean(draws("mixture-with-a-zero-inside") == 0) == pytest.approx(0.3, abs=error)
    assert np.mean(draws("mixture-with-a-zero") == 0) == pytest.approx(0.3, abs=5 * math.sqrt(0.21 / N))
    assert np.mean(draws("mixture-with-values-inside") == 12) == pytest.approx(1 / 6, abs=error)


def test_an_order_of_the_parts_does_not_matter():
    z = np.linspace(-5, 5, 101)
    parts, weights = (Normal(0.0, 1.0), Normal(1.0, 2.0), Constant(7.0)), (0.2, 0.3, 0.5)
    assert Mixture(parts, weights) == Mixture(parts[::-1], weights[::-1])
    assert np.array_equal(Mixture(parts, weights).at(z), Mixture(parts[::-1], weights[::-1]).at(z))


def test_columns_of_one_stream_take_the_same_row():
    first, second = Posterior((1.0, 2.0, 3.0), "fit"), Posterior((10.0, 20.0, 30.0), "fit")
    assert np.array_equal(10 * np.asarray(first.at(normal_draws())), np.asarray(second.at(normal_draws())))


@pytest.mark.parametrize("p", [0.0, 1e-15, 1e-6, 0.025, 0.5, 0.975, 1 - 1e-9, 1.0])
def test_score_and_probability_are_inverse(p):
    assert float(normal_cdf(normal_quantile(p))) == pytest.approx(p, rel=1e-6 if p < 0.5 else 1e-12, abs=2e-18)


def test_probabilities_stay_strictly_between_nothing_and_one():
    p = np.asarray(normal_cdf(np.array([-40.0, -9.0, 9.0, 40.0])))
    assert (p > 0).all()
    assert (p < 1).all()


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
def test_a_score_needs_a_probability(p):
    with pytest.raises(ValueError, match="probability"):
        normal_quantile(p)


# --- what a person states ---------------------------------------------------------------------------------------------------

TWO = {
    "normal": {"p5": -1.0, "p95": 3.0},
    "lognormal": {"p2.5": 1.7, "p97.5": 3.2},
    "lognormal with low": {"p5": 1.2, "p95": 4.0, "low": 1.0},
    "lognormal with median": {"median": 2.0, "p95": 5.0},
    "lognormal with sigma": {"sigma": 0.3, "p10": 5.0},
    "normal with mean": {"mean": -2.0, "p95": 5.0},
    "normal with sd": {"sd": 2.0, "p95": 5.0},
    "logitnormal": {"p10": 0.2, "p90": 0.6},
    "logitnormal with median": {"median": 0.3, "p90": 0.6},
    "uniform": {"p5": 3.0, "p95": 4.0},
    "uniform with min": {"min": 0.0, "p95": 4.0},
    "loguniform": {"p10": 1e-3, "p90": 1e3},
    "triangular with ends": {"min": 0.0, "p50": 2.0, "max": 5.0},
    "triangular": {"p5": 1.0, "p50": 2.0, "p95": 3.5},
    "pert": {"p5": 1.0, "p50": 2.0, "p95": 4.0},
    "pert with min": {"min": 0.0, "p50": 2.0, "p95": 6.0},
    "beta": {"p10": 0.2, "p90": 0.6},
    "beta with ends": {"p10": 12.0, "p90": 16.0, "min": 10.0, "max": 20.0},
    "beta with a": {"a": 2.0, "p50": 0.4},
    "gamma": {"p5": 2.0, "p95": 30.0},
    "gamma with shape": {"shape": 2.0, "p95": 30.0},
    "student_t": {"p5": -1.0, "p95": 4.0, "df": 3.0},
}


@pytest.mark.parametrize("specification", TWO)
def test_a_distribution_passes_through_its_quantiles(specification):
    parameters = TWO[specification]
    distribution = build_distribution(specification.split()[0], parameters)
    assert type(distribution) is FAMILIES[specification.split()[0]]
    for key, value in parameters.items():
        if is_quantile(key):
            assert distribution.quantile(parse_quantile(key)) == pytest.approx(value, rel=1e-6)
        else:
            assert getattr(distribution, key) == value


def test_every_family_can_be_stated_by_quantiles():
    assert {specification.split()[0] for specification in TWO} | {"constant"} == set(FAMILIES)


# A distribution, a middle that lies within 5 % of it, and one that does not.
THREE = {
    "normal": ({"p5": 10.0, "p95": 20.0}, 15.3, 17.0),
    "lognormal": ({"p5": 1.0, "p95": 4.0}, 2.05, 2.3),
    "logitnormal": ({"p5": 0.2, "p95": 0.5}, 0.34, 0.4),
    "uniform": ({"p5": 10.0, "p95": 20.0}, 15.3, 17.5),
    "loguniform": ({"p5": 1.0, "p95": 4.0}, 2.05, 2.5),
    "beta": ({"p5": 0.2, "p95": 0.5}, 0.34, 0.4),
    "gamma": ({"p5": 10.0, "p95": 20.0}, 14.6, 17.0),
    "student_t": ({"p5": 10.0, "p95": 20.0, "df": 4.0}, 15.3, 17.5),
}


@pytest.mark.parametrize("middle", ["near", "far", "farther"])
@pytest.mark.parametrize("name", THREE)
def test_three_quantiles_are_all_met_or_refused_with_the_way_out(name, middle):
    ends, near, far = THREE[name]
    parameters = ends | {"p50": {"near": near, "far": far, "farther": 0.1 * ends["p5"] + 0.9 * ends["p95"]}[middle]}
    if name not in SCALES:
        with pytest.raises(ValueError, match=r"quantiles.* in place of the family"):
            build_distribution(name, parameters)
        return
    distribution = build_distribution(name, parameters)
    for key, value in parameters.items():
        assert distribution.quantile(parse_quantile(key)) == pytest.approx(value, rel=1e-12)


def j_qpd_s(z, quantiles, alpha, low):
    """J-QPD-S as printed (Hadlock and Bickel 2017, equation 10), at normal variates."""
    c = stats.norm.ppf(1 - alpha)
    x = np.array(quantiles) - low
    bottom, middle, top = np.log(x)
    n = np.sign(bottom + top - 2 * middle)
    theta = x[{1: 0, 0: 1, -1: 2}[int(n)]]
    delta = np.sinh(np.arccosh((top - bottom) / (2 * min(middle - bottom, top - middle)))) / c
    scale = min(top - middle, middle - bottom) / (delta * c)
    return low + theta * np.exp(scale * np.sinh(np.arcsinh(delta * z) + np.arcsinh(n * c * delta)))


@pytest.mark.parametrize("quantiles", [(1.0, 2.0, 9.0), (1.0, 6.0, 9.0), (0.5, 0.501, 40.0)])
@pytest.mark.parametrize(("alpha", "low"), [(0.05, 0.0), (0.1, 0.4)])
def test_three_quantiles_make_the_published_distribution(quantiles, alpha, low):
    distribution = Johnson((alpha, 0.5, 1 - alpha), quantiles, "log", low)
    z = np.linspace(-4, 4, 81)
    assert distribution.at(z) == pytest.approx(j_qpd_s(z, quantiles, alpha, low), rel=1e-9)
    assert distribution.support == (low, np.inf)


@pytest.mark.parametrize(
    ("probabilities", "scale", "values", "low"),
    [
        ((0.05, 0.5, 0.95), "log", (1.0, 2.0, 2.9), 0.0),
        ((0.05, 0.5, 0.95), "logit", (0.45, 0.7, 0.9), 0.0),
        ((0.1, 0.3, 0.975), "log", (1.2, 1.25, 8.0), 1.0),
        ((0.01, 0.8, 0.9), "linear", (-5.0, 40.0, 41.0), 0.0),
        ((0.05, 0.2, 0.99), "logit", (0.3, 0.5, 0.51), 0.0),
    ],
)
def test_a_distribution_through_three_quantiles_rises_smoothly_within_its_support(probabilities, scale, values, low):
    distribution = Johnson(probabilities, values, scale, low)
    assert [distribution.quantile(p) for p in probabilities] == pytest.approx(values, rel=1e-12)
    z = np.linspace(-Z_LIMIT, Z_LIMIT, 20_001)
    x = distribution.at(z)
    inside = slice(5_000, 15_001)  # where a fraction is not rounded to one
    assert (np.diff(x) >= 0).all()
    assert (np.diff(x[inside]) > 0).all()
    assert distribution.support[0] <= x[0]
    assert x[-1] <= distribution.support[1]
    # Where it is smooth, its slope changes half as much over half the way; at a kink it would change as much.
    turns = []
    for points in (20_001, 40_001):
        fine = np.linspace(-4, 4, points)
        turns.append(np.abs(np.diff(_to_scale(scale, tuple(distribution.at(fine).tolist()), low), 2)).max() * points)
    assert turns[1] < 0.6 * turns[0]


def test_three_quantiles_on_one_line_make_the_plain_family():
    plain = LogNormal(2.0, 0.5)
    parameters = {"p5": plain.quantile(0.05), "p50": 2.0, "p95": plain.quantile(0.95)}
    assert isinstance(build_distribution("lognormal", parameters), LogNormal)
    bent = Johnson((0.05, 0.5, 0.95), tuple(parameters.values()), "log")
    z = np.linspace(-6, 6, 25)
    assert bent.at(z) == pytest.approx(plain.at(z), rel=1e-9)


def test_a_stated_median_beside_two_quantiles_is_the_median():
    distribution = build_distribution("lognormal", {"median": 2.2, "p5": 1.49, "p95": 2.94})
    assert [distribution.quantile(p) for p in (0.05, 0.5, 0.95)] == pytest.approx([1.49, 2.2, 2.94], rel=1e-12)


def test_quantiles_too_far_apart_for_finite_tails_are_refused():
    with pytest.raises(ValueError, match="overflow"):
        Johnson((0.05, 0.5, 0.95), (1e-30, 1.0, 1e30), "log")
    with pytest.raises(ValueError, match="three quantiles"):
        Johnson((0.05, 0.95), (1.0, 2.0), "log")


@pytest.mark.parametrize(
    ("name", "points", "low", "high"),
    [
        ("lognormal", [(0.05, 1.2), (0.95, 4.0)], 1.0, np.inf),
        ("normal", [(0.05, 0.1), (0.95, 0.65)], 0.01, 0.99),
        ("lognormal", [(0.05, 0.2), (0.5, 0.5), (0.95, 0.8)], 0.0, 1.0),
    ],
)
def test_a_distribution_within_bounds_has_the_quantiles_that_are_stated(name, points, low, high):
    distribution = fit_within_bounds(lambda target: fit_family(name, {}, target), points, low, high)
    assert [distribution.quantile(p) for p, _ in points] == pytest.approx([x for _, x in points], rel=1e-7)
    assert low <= distribution.quantile(0)
    assert distribution.quantile(1) <= high
    draws = distribution.at(np.random.default_rng(5).standard_normal(200_000))
    for p, x in points:
        assert np.mean(draws <= x) == pytest.approx(p, abs=5 * math.sqrt(p * (1 - p) / 200_000))


def test_quantiles_that_bounds_cannot_hold_are_refused():
    with pytest.raises(ValueError, match=r"has a quantile of 0\.5"):
        fit_within_bounds(lambda target: fit_family("lognormal", {}, target), [(0.05, 0.5), (0.95, 4.0)], 1.0, math.inf)
    with pytest.raises(ValueError, match="too much of it lies outside"):
        fit_within_bounds(lambda target: fit_family("lognormal", {}, target), [(0.05, 1.0), (0.95, 4.0)], 1.0, math.inf)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("normal", {"mean": -3.0, "sd": 1.0}),
        ("lognormal", {"mean": 3.0, "sd": 1.0}),
        ("lognormal", {"mean": 3.0, "sd": 1.0, "low": 1.0}),
        ("gamma", {"mean": 3.0, "sd": 1.0}),
        ("beta", {"mean": 0.3, "sd": 0.1}),
        ("beta", {"mean": 13.0, "sd": 2.0, "min": 10.0, "max": 20.0}),
        ("beta", {"mean": -0.5, "sd": 0.1, "min": -1.0, "max": 1.0}),
    ],
)
def test_a_distribution_has_the_mean_and_sd_it_was_given(name, parameters):
    assert build_distribution(name, parameters).moments() == pytest.approx((parameters["mean"], parameters["sd"]), rel=1e-6)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_takes_its_own_parameters(name):
    distribution = next(case.distribution for case in CASES.values() if type(case.distribution) is FAMILIES[name])
    assert (
        build_distribution(name, {field.name: getattr(distribution, field.name) for field in fields(distribution)})
        == distribution
    )


def team(distribution, to_score_correlation, people, correlation):
    """Means of teams, person by person, with values that are correlated as asked."""
    rng = np.random.default_rng(11)
    correlate = to_score_correlation(correlation)
    common = rng.standard_normal(N // 2)
    total = sum(
        np.asarray(distribution.at(math.sqrt(correlate) * common + math.sqrt(1 - correlate) * rng.standard_normal(N // 2)))
        for _ in range(people)
    )
    return total / people


@pytest.mark.parametrize("people", [1, 2, 7])
@pytest.mark.parametrize("correlation", [0.0, 0.5, 1.0])
def test_the_mean_of_a_team_has_the_moments_of_people_drawn_one_by_one(people, correlation):
    distribution = LogNormal(1.0, 0.6)
    x = team(distribution, lambda rho: math.log1p(rho * math.expm1(0.36)) / 0.36, people, correlation)
    mean, sd = team_mean(distribution, people, correlation).moments()
    fourth = np.mean((x - x.mean()) ** 4)
    assert abs(x.mean() - mean) < 5 * x.std() / math.sqrt(len(x))
    assert abs(x.var() - sd**2) < 5 * math.sqrt((fourth - x.var() ** 2) / len(x))
    # A sum of lognormals is nearly lognormal: Fenton and Wilkinson's fit, within 3 % at the ends.
    ends = [team_mean(distribution, people, correlation).quantile(p) for p in (0.05, 0.5, 0.95)]
    assert ends == pytest.approx(np.quantile(x, [0.05, 0.5, 0.95]).tolist(), rel=0.03)


def test_people_who_are_all_alike_are_one_person():
    distribution = team_mean(LogNormal(1.5, 0.4), 12, 1.0)
    assert (distribution.median, distribution.sigma) == pytest.approx((1.5, 0.4), rel=1e-6)


def test_a_team_of_known_people_is_known():
    assert team_mean(Constant(3.0), 12, 0.5) == Constant(3.0)


# --- what is refused --------------------------------------------------------------------------------------------------------

ONE, TWO_LAWS = Constant(1.0), (Constant(1.0), Constant(2.0))
BAD = [
    (lambda: Normal(0.0, 0.0), "sd above zero"),
    (lambda: Normal(0.0, -1.0), "sd above zero"),
    (lambda: Normal(0.0, math.nan), "sd above zero"),
    (lambda: LogNormal(0.0, 1.0), "median above 0"),
    (lambda: LogNormal(1.0, 1.0, low=2.0), "median above 2"),
    (lambda: LogNormal(1.0, 0.0), "sigma above zero"),
    (lambda: LogNormal(1.0, 40.0), "logarithm"),
    (lambda: LogitNormal(1.0, 1.0), "between 0 and 1"),
    (lambda: LogitNormal(0.0, 1.0), "between 0 and 1"),
    (lambda: LogitNormal(0.5, -1.0), "sigma above zero"),
    (lambda: LogitNormal(0.5, 40.0), "logit"),
    (lambda: Uniform(2.0, 1.0), "min < max"),
    (lambda: Uniform(1.0, 1.0), "min < max"),
    (lambda: LogUniform(2.0, 1.0), "min < max"),
    (lambda: LogUniform(0.0, 1.0), "min above zero"),
    (lambda: Triangular(3.0, 2.0, 1.0), "min < max"),
    (lambda: Triangular(0.0, 3.0, 2.0), "mode"),
    (lambda: Pert(0.0, 3.0, 2.0), "mode"),
    (lambda: Pert(0.0, -1.0, 2.0), "mode"),
    (lambda: Pert(2.0, 2.0, 2.0), "min < max"),
    (lambda: Beta(0.0, 1.0), "a above zero"),
    (lambda: Beta(1.0, -1.0), "b above zero"),
    (lambda: Beta(1.0, 1e-6), "use choice"),
    (lambda: Beta(0.05, 1.0), "use choice"),
    (lambda: Beta(1.0, 1.0, 2.0, 1.0), "min < max"),
    (lambda: Gamma(0.0, 1.0), "shape above zero"),
    (lambda: Gamma(1.0, -1.0), "scale above zero"),
    (lambda: Gamma(0.01, 1.0), "use choice"),
    (lambda: StudentT(0.0), "df above zero"),
    (lambda: StudentT(0.5), "df"),
    (lambda: StudentT(3.0, 0.0, 0.0), "scale above zero"),
    (lambda: Quantiles((0.5,), (1.0,)), "two quantiles"),
    (lambda: Quantiles((0.0, 0.5), (1.0, 2.0)), "between 0 and 1"),
    (lambda: Quantiles((0.5, 1.0), (1.0, 2.0)), "between 0 and 1"),
    (lambda: Quantiles((0.1, 0.9), (2.0, 1.0)), "increas"),
    (lambda: Quantiles((0.1, 0.1), (1.0, 2.0)), "increas"),
    (lambda: Quantiles((0.1, 0.9), (1.0, math.nan)), "increas"),
    (lambda: Quantiles((0.1, 0.9), (0.0, 1.0), "log"), "log"),
    (lambda: Quantiles((0.1, 0.9), (0.5, 1.0), "logit"), "logit"),
    (lambda: Mixture(TWO_LAWS, (0.5, 0.4)), "add up to 1"),
    (lambda: Mixture(TWO_LAWS, (1.5, -0.5)), "above zero"),
    (lambda: Mixture(TWO_LAWS, (1.0, 0.0)), "above zero"),
    (lambda: Mixture(TWO_LAWS, (0.2, 0.3, 0.5)), "its weight"),
    (lambda: Mixture((ONE,), (1.0,)), "two parts"),
    (lambda: Choice(("a", "b"), TWO_LAWS, (0.5, 0.4)), "add up to 1"),
    (lambda: Choice(("a", "a"), TWO_LAWS, (0.5, 0.5)), "twice"),
    (lambda: Choice(("a",), TWO_LAWS, (0.5, 0.5)), "name"),
    (lambda: Empirical(()), "finite"),
    (lambda: Empirical((1.0, math.inf)), "finite"),
    (lambda: Posterior((), "fit"), "finite"),
    (lambda: Posterior((math.nan,), "fit"), "finite"),
    (lambda: Truncated(Normal(0.0, 1.0), 2.0, 1.0), "low < high"),
    (lambda: Truncated(Normal(0.0, 1.0), 1.0, 1.0), "low < high"),
    (lambda: Truncated(Normal(0.0, 1.0), -9.0, -8.0), "no probability left"),
    (lambda: Truncated(Normal(0.0, 1.0), 20.0), "no probability left"),
    (lambda: Truncated(Uniform(0.0, 1.0), 2.0, 3.0), "no probability left"),
    (lambda: Scaled(ONE, 0.0), "factor above zero"),
    (lambda: Scaled(ONE, -1.0), "factor above zero"),
    (lambda: build_distribution("normal", {"p0": 1.0, "p95": 2.0}), "p0"),
    (lambda: build_distribution("normal", {"p5": 1.0, "p100": 2.0}), "p100"),
    (lambda: build_distribution("normal", {"p5": 1.0, "p5.0": 2.0}), "twice|rise"),
    (lambda: build_distribution("normal", {"p50": 1.0, "p50.0": 1.0, "p95": 2.0}), "twice"),
    (lambda: build_distribution("normal", {"p5": 2.0, "p95": 1.0}), "increas"),
    (lambda: build_distribution("lognormal", {"p5": 0.0, "p95": 1.0}), "above 0"),
    (lambda: build_distribution("lognormal", {"p5": -1.0, "p95": 1.0}), "above 0"),
    (lambda: build_distribution("lognormal", {"p5": 1.0, "p95": 4.0, "low": 2.0}), "above 2"),
    (lambda: build_distribution("logitnormal", {"p5": 0.5, "p95": 1.5}), "between 0 and 1"),
    (lambda: build_distribution("normal", {"mean": 1.0}), "sd"),
    (lambda: build_distribution("normal", {"p95": 1.0}), "mean, sd"),
    (lambda: build_distribution("lognormal", {"p95": 1.0}), "median, sigma"),
    (lambda: build_distribution("lognormal", {"median": 1.0, "sigma": 1.0, "p95": 9.0}), "omit one"),
    (lambda: build_distribution("lognormal", {"median": 2.0, "p95": 1.0}), "no distribution"),
    (lambda: build_distribution("normal", {"mean": 1.0, "sd": 1.0, "p5": 1.0}), "omit one"),
    (lambda: build_distribution("lognormal", {"mu": 1.0, "sigma": 1.0}), "mu"),
    (lambda: build_distribution("lognormal", {"mean": -1.0, "sd": 1.0}), "mean above 0"),
    (lambda: build_distribution("lognormal", {"mean": 1.0, "sd": 1.0, "low": 1.0}), "mean above 1"),
    (lambda: build_distribution("gamma", {"mean": 1.0, "sd": -0.1}), "above zero"),
    (lambda: build_distribution("beta", {"mean": 0.5, "sd": 0.6}), "no beta"),
    (lambda: build_distribution("beta", {"mean": 0.5, "sd": 0.1, "min": 0.2, "max": 0.1}), "min < max"),
    (lambda: build_distribution("triangular", {"p5": 1.0, "p95": 2.0}), "do not determine"),
    (lambda: build_distribution("triangular", {"min": 0.0, "p50": 2.0, "p95": 5.4}), "no distribution"),
    (lambda: build_distribution("uniform", {"min": 0.0, "max": 1.0, "p50": 0.5}), "omit one"),
    (lambda: build_distribution("student_t", {"p5": 1.0, "p95": 2.0}), "df"),
    (lambda: build_distribution("constant", {"p50": 1.0}), "no quantiles"),
    (lambda: build_distribution("constant", {}), "value"),
    (lambda: team_mean(Normal(-1.0, 0.5), 4, 0.5), "mean above 0"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "word"), BAD, ids=lambda item: item if isinstance(item, str) else "")
def test_what_makes_no_distribution_is_refused(make, word):
    with pytest.raises(ValueError, match=word):
        make()


# --- properties over what hypothesis thinks of ------------------------------------------------------------------------------

few = settings(max_examples=40, deadline=None, derandomize=True)
unit = st.floats(1e-3, 1 - 1e-3)
size = st.floats(1e-6, 1e12)


@few
@given(name=st.sampled_from(sorted(CASES)), p=unit, q=unit)
def test_quantiles_keep_their_order(name, p, q):
    distribution = CASES[name].distribution
    assert distribution.quantile(min(p, q)) <= distribution.quantile(max(p, q))


@few
@given(name=st.sampled_from(sorted(CASES)), by=size, z=st.floats(-9, 9), p=unit)
def test_scaling_is_multiplication(name, by, z, p):
    distribution = CASES[name].distribution
    scaled = Scaled(distribution, by)
    assert scaled.at(z) == distribution.at(z) * by
    assert scaled.quantile(p) == distribution.quantile(p) * by
    assert scaled.support == tuple(by * end for end in distribution.support)
    assert scaled.is_constant == distribution.is_constant
    assert Scaled(scaled, 2.0).at(z) == pytest.approx(float(Scaled(distribution, 2.0 * by).at(z)), rel=1e-12)


@few
@given(name=st.sampled_from(["normal", "lognormal", "uniform", "loguniform", "gamma"]), low=size, ratio=st.floats(1.01, 100.0))
def test_a_range_is_the_central_interval_of_its_distribution(name, low, ratio):
    distribution = build_distribution(name, {"p2.5": low, "p97.5": low * ratio})
    assert distribution.quantile(0.025) == pytest.approx(low, rel=1e-6, abs=1e-6 * low * ratio)
    assert distribution.quantile(0.975) == pytest.approx(low * ratio, rel=1e-6)


@few
@given(low=unit, high=unit)
def test_a_range_of_a_fraction_stays_a_fraction(low, high):
    assume(high - low > 1e-3)
    distribution = fit_through("logitnormal", (0.025, low), (0.975, high))
    assert (distribution.quantile(0.025), distribution.quantile(0.975)) == pytest.approx((low, high), rel=1e-9)
    assert 0 <= distribution.at(-Z_LIMIT) < distribution.at(Z_LIMIT) <= 1


@few
@given(
    values=st.lists(st.floats(0.01, 0.99), min_size=2, max_size=5, unique=True),
    scale=st.sampled_from(["linear", "log", "logit"]),
)
def test_stated_quantiles_are_all_met(values, scale):
    values = sorted(values)
    assume(np.diff(values).min() > 1e-3)
    at = np.linspace(0.05, 0.95, len(values)).tolist()
    distribution = Quantiles(tuple(at), tuple(values), scale)
    assert [distribution.quantile(p) for p in at] == pytest.approx(values, rel=1e-9)


@few
@given(a=st.floats(-3, 3), width=st.floats(0.1, 6))
def test_what_is_kept_of_a_distribution_lies_between_its_bounds(a, width):
    distribution = Truncated(Normal(0.0, 1.0), a, a + width)
    p = np.array([0.01, 0.5, 0.99])
    np.testing.assert_allclose(
        [distribution.quantile(q) for q in p], stats.truncnorm(a, a + width).ppf(p), rtol=1e-7, atol=1e-7
    )
    assert a <= distribution.at(-Z_LIMIT) < distribution.at(Z_LIMIT) <= a + width


# --- made here and not when this file is read --------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [(1.0, 2.0, 2.5, 7.0, 7.5), (0.1, 3.0, 3.1, 3.2, 40.0)])
def test_slopes_inside_are_those_of_scipy(values):
    probabilities = (0.05, 0.2, 0.5, 0.9, 0.97)
    distribution = Quantiles(probabilities, values)
    knots = stats.norm.ppf(probabilities)
    slopes = interpolate.PchipInterpolator(knots, values).derivative()(knots)
    assert distribution._knots[1][1:-1] == pytest.approx(slopes[1:-1], rel=1e-12)
    assert np.diff(distribution.at(np.linspace(-6, 6, 2001))).min() > 0


@pytest.mark.parametrize(
    ("values", "first", "last"),
    [
        ((0.0, 1.0, 2.0), 1.0, 1.0),  # straight
        ((0.0, 1.0, 4.0), 1 / 3, 4.0),  # ((2 + 1) 1 - 3) / 2 = 0 is held at a third of 1; ((2 + 1) 3 - 1) / 2 = 4
        ((0.0, 1.0, 1.5), 1.25, 0.25),  # ((2 + 1) 1 - 0.5) / 2; ((2 + 1) 0.5 - 1) / 2
    ],
)
def test_slopes_at_the_ends_are_one_sided(values, first, last):
    """Three knots one apart, by hand; beyond them the distribution is a straight line in z."""
    distribution = Quantiles(tuple(stats.norm.cdf([-1, 0, 1])), values)
    assert distribution.at(-1) - distribution.at(-2) == pytest.approx(first)
    assert distribution.at(2) - distribution.at(1) == pytest.approx(last)


def test_slopes_at_ends_of_uneven_cells():
    """Widths 1 and 2, rises 1 and 6: ((2 + 2) 1 - 1 x 3) / 3 and ((4 + 1) 3 - 2 x 1) / 3."""
    distribution = Quantiles(tuple(stats.norm.cdf([-1, 0, 2])), (0.0, 1.0, 7.0))
    assert distribution.at(-1) - distribution.at(-2) == pytest.approx(1 / 3)
    assert distribution.at(3) - distribution.at(2) == pytest.approx(13 / 3)
    distribution = Quantiles(tuple(stats.norm.cdf([-1, 0, 2])), (0.0, 2.0, 3.0))
    assert distribution.at(-1) - distribution.at(-2) == pytest.approx(2.5)  # ((2 + 2) 2 - 1 x 0.5) / 3
    assert distribution.at(3) - distribution.at(2) == pytest.approx(0.5 / 3)  # ((4 + 1) 0.5 - 2 x 2) / 3 < 0 is held at a third


@pytest.mark.parametrize("distribution", [Gamma(2.5, 1.7), Beta(2.1, 3.4, 0, 2), Triangular(0, 1, 4.2)])
def test_moments_are_those_of_scipy(distribution):
    reference = {
        "Gamma": stats.gamma(2.5, scale=1.7),
        "Beta": stats.beta(2.1, 3.4, scale=2),
        "Triangular": stats.triang(1 / 4.2, scale=4.2),
    }[type(distribution).__name__]
    assert distribution.moments() == pytest.approx((reference.mean(), reference.std()), rel=1e-5)


def test_slopes_at_the_ends_of_five_knots_are_one_sided():
    """Knots one apart: (3 x 1 - 2) / 2 at the first, (3 x 5 - 4) / 2 at the last."""
    distribution = Quantiles(tuple(stats.norm.cdf([-2, -1, 0, 1, 2])), (0.0, 1.0, 3.0, 7.0, 12.0))
    assert distribution.at(-2) - distribution.at(-3) == pytest.approx(0.5)
    assert distribution.at(3) - distribution.at(2) == pytest.approx(5.5)


COARSE = 2 * Z_LIMIT / 8  # a table of eight cells


def test_a_table_holds_a_quadratic_up_to_its_outer_cells():
    table = InterpolationTable(lambda z: (z + 20) ** 2, cells=8)
    z = np.linspace(-Z_LIMIT + COARSE, Z_LIMIT - COARSE, 101)
    np.testing.assert_allclose(table(z), (z + 20) ** 2, rtol=1e-12)
    assert table(np.array([-20.0, 20.0])) == pytest.approx([11**2, 29**2], rel=1e-8)


def test_a_table_holds_a_cubic_two_cells_from_its_ends():
    table = InterpolationTable(lambda z: (z + 20) ** 3, cells=8)
    z = np.linspace(-Z_LIMIT + 2 * COARSE, Z_LIMIT - 2 * COARSE, 101)
    np.testing.assert_allclose(table(z), (z + 20) ** 3, rtol=1e-12)


@pytest.mark.parametrize("side", [-1, 1])
def test_a_table_begins_with_the_slope_of_its_secant(side):
    """Hermite's cubic from the end inwards, by hand: slopes are the secant, and the mean of two secants at the next node."""
    nodes = side * (Z_LIMIT - COARSE * np.arange(3))
    y = (nodes + 20) ** 2
    rise, next_slope = y[1] - y[0], (y[2] - y[0]) / 2
    for t in (0.25, 0.6):
        reference = y[0] + t * rise + t**2 * (3 * rise - 2 * rise - next_slope) + t**3 * (rise + next_slope - 2 * rise)
        assert InterpolationTable(lambda z: (z + 20) ** 2, cells=8)(nodes[0] + t * (nodes[1] - nodes[0])) == pytest.approx(
            reference, rel=1e-12
        )


def test_a_table_is_no_steeper_than_three_of_its_lesser_secants():
    table = InterpolationTable(lambda z: np.where(z < 0, z, 100 * z), cells=8)
    assert (table(1e-6) - table(0.0)) / 1e-6 == pytest.approx(3, rel=1e-3)
    assert np.diff(table(np.linspace(-9, 9, 5001))).min() >= 0


def test_quantiles_of_a_density_without_a_table():
    """Gumbel's distribution, whose two tails differ: x = -ln(-ln p)."""
    z = np.array([-8.0, -5.0, -1.0, 0.0, 1.0, 5.0, 8.0])
    reference = [-math.log(-stats.norm.logcdf(each)) for each in z]
    assert quantiles_from_log_density(lambda x: -x - np.exp(-x), 0.0, z) == pytest.approx(reference, rel=1e-7, abs=1e-8)
    assert quantiles_from_log_density(lambda x: x - np.exp(x) + 7, 0.0, -z) == pytest.approx(
        [-x for x in reference], rel=1e-7, abs=1e-8
    )


def test_scores_of_probabilities_without_a_table():
    p = np.array([0.5, 0.25, 0.75, 1e-12, 1 - 1e-9])
    assert normal_quantiles(p) == pytest.approx(stats.norm.ppf(p), abs=1e-8)
    assert normal_quantiles(np.array([0.0, 1.0])).tolist() == [-Z_LIMIT, Z_LIMIT]


def test_a_weight_on_a_value_begins_at_one_score_and_ends_at_another():
    distribution = Empirical((1.0, 2.0, 2.0, 3.0))
    assert distribution.z_of(2.0) == pytest.approx(stats.norm.ppf(0.25), abs=1e-6)
    assert distribution.z_of(2.0, past=True) == pytest.approx(stats.norm.ppf(0.75), abs=1e-6)
    assert [distribution.cdf(value) for value in (0.5, 2.5, 3.0)] == [0.0, pytest.approx(0.75, abs=1e-6), 1.0]


@pytest.mark.parametrize("high", [1.05, 2.0])
def test_a_quantile_of_zero_is_met(high):
    assert build_distribution("normal", {"p5": -1.0, "p50": 0.0, "p95": high}).quantile(0.5) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("key", ["x5", "p1.2.3", "p", "5", "pp5"])
def test_what_names_no_quantile(key):
    assert not is_quantile(key)


def test_quantiles_of_less_than_a_percent_and_equal_ones():
    assert parse_quantile("p0.5") == pytest.approx(0.005)
    assert build_distribution("normal", {"p5": 1.0, "p95": 1.0}) == Constant(1.0)


def test_moments_without_what_is_remembered():
    """Means and spreads are kept from one distribution to its equal; this asks the sum itself."""
    assert _moments(Normal(3.0, 2.0)) == pytest.approx((3.0, 2.0), rel=1e-6)
    assert _moments(LogNormal(2.0, 0.3)) == pytest.approx(
        (2 * math.exp(0.045), 2 * math.exp(0.045) * math.sqrt(math.expm1(0.09))), rel=1e-5
    )
    assert _moments(Constant(2.0)) == pytest.approx((2.0, 0.0), abs=1e-9)
    assert not math.isfinite(_moments(LogUniform(1e-150, 1e300))[1])


def test_mixture_of_overlapping_parts_that_end_on_either_side_of_its_median():
    """Uniform to 1 with weight 0.2, uniform from 0.5 to 10 with 0.8: the cdf is x/5, then steeper, then that of the second."""
    distribution = Mixture((Uniform(0.0, 1.0), Uniform(0.5, 10.0)), (0.2, 0.8))
    second = 0.8 / 9.5
    for p in (0.02, 0.1, 0.12, 0.2, 0.4, 0.7, 0.99):
        between = 0.5 + (p - 0.1) / (0.2 + second)
        reference = 5 * p if p <= 0.1 else between if between <= 1 else 0.5 + (p - 0.2) / second
        assert distribution.quantile(p) == pytest.approx(reference, rel=1e-3)
    distribution = Mixture((Uniform(0.0, 9.5), Uniform(9.0, 10.0)), (0.8, 0.2))  # its mirror image
    for p in (0.02, 0.3, 0.6, 0.8, 0.88, 0.9, 0.98):
        between = 9.5 - (1 - p - 0.1) / (0.2 + second)
        reference = 10 - 5 * (1 - p) if p >= 0.9 else between if between >= 9 else 9.5 - (1 - p - 0.2) / second
        assert distribution.quantile(p) == pytest.approx(reference, rel=1e-3)


def test_mixture_made_anew_is_right_in_its_lowest_tail():
    distribution = Mixture((Normal(0.0, 1.0), Normal(1.0, 1.0)), (0.5, 0.5))
    for z in (-8.5, -8.0, 8.0, 8.5):
        x = float(distribution.at(z))
        tail = stats.norm.logsf if z > 0 else stats.norm.logcdf
        assert np.logaddexp(tail(x), tail(x - 1)) + math.log(0.5) == pytest.approx(tail(z), abs=1e-3)


def test_weight_of_a_number_inside_a_mixture_is_on_the_number_alone():
    distribution = Mixture((Constant(1.0), Normal(0.0, 2.0)), (0.5, 0.5))
    before = 0.5 * stats.norm.cdf(0.5)  # of the other part, below the number
    assert [distribution.quantile(before + p) for p in (0.01, 0.25, 0.49)] == [1.0, 1.0, 1.0]
    assert distribution.quantile(before - 0.01) == pytest.approx(2 * stats.norm.ppf(2 * (before - 0.01)), abs=1e-3)
    assert distribution.quantile(before + 0.51) == pytest.approx(2 * stats.norm.ppf(2 * (before + 0.01)), abs=1e-3)


def test_values_made_anew_are_sorted_floats_each_as_likely():
    distribution = Empirical((3, 1, 2, 2))
    assert [distribution.quantile(p) for p in (0.1, 0.3, 0.6, 0.9)] == [1.0, 2.0, 2.0, 3.0]
    assert (distribution.support, distribution.at(np.zeros(2)).dtype) == ((1.0, 3.0), np.float64)
    rows = Posterior((3, 1, 2), "fit")
    assert (rows.at(np.array([-3.0, 0.0, 3.0])).tolist(), rows.at(np.zeros(2)).dtype) == ([3.0, 1.0, 2.0], np.float64)


def test_truncation_made_anew_keeps_the_weight_on_its_upper_bound():
    distribution = Truncated(Empirical((1.0, 2.0, 3.0, 4.0)), high=3.0)
    assert [distribution.quantile(p) for p in (0.2, 0.5, 0.8)] == [1.0, 2.0, 3.0]
    assert [distribution.cdf(value) for value in (1.0, 2.0, 3.0)] == pytest.approx([1 / 3, 2 / 3, 1.0], abs=2e-3)


def test_truncation_far_below_is_right_in_its_own_lower_tail():
    distribution = Truncated(Normal(0.0, 1.0), high=-4.0)
    for z in (-6.0, -3.0, 0.0, 3.0):
        reference = stats.norm.logcdf(z) + stats.norm.logcdf(-4.0)
        assert stats.norm.logcdf(float(distribution.at(z))) == pytest.approx(reference, abs=1e-4)
    mirror = Truncated(Normal(0.0, 1.0), low=4.0)
    assert mirror.at(np.array([6.0, 0.0])) == pytest.approx(-np.asarray(distribution.at(np.array([-6.0, 0.0]))), rel=1e-9)


@pytest.mark.parametrize("distribution", [Beta(0.1, 2.0), Beta(2.0, 0.1), Gamma(0.1, 1.0), StudentT(1.0, 0.0, 1.0)])
def test_the_least_parameter_that_is_taken(distribution):
    assert math.isfinite(distribution.quantile(0.5))


def test_alternatives_keep_their_names_in_the_order_of_their_values():
    distribution = Choice(("dear", "cheap"), (Constant(5.0), Constant(1.0)), (0.25, 0.75))
    assert (distribution.quantile(0.7), distribution.quantile(0.8)) == (1.0, 5.0)
    assert distribution.at(np.array([-1.0, 1.0])).tolist() == [1.0, 5.0]


@pytest.mark.parametrize("family", [LogNormal, LogitNormal])
def test_the_widest_logarithm_that_is_taken(family):
    assert family(0.5, 20.0).sigma == 20
    with pytest.raises(ValueError, match="is the standard deviation of the log"):
        family(0.5, 20.5)


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("loguniform", {"p5": 0.0, "p97.5": 0.487}, "needs quantiles above zero, not 0"),
        ("loguniform", {"p5": -1.0, "p97.5": 0.487}, "needs quantiles above zero, not -1"),
        ("gamma", {"shape": 2.0, "p50": 0.0}, "passes through these quantiles: at p50 it has"),
        ("beta", {"a": 2.0, "p50": 0.0}, "passes through these quantiles: at p50 it has"),
    ],
)
def test_a_quantile_of_zero_where_a_distribution_has_none_is_refused(name, parameters, words):
    with pytest.raises(ValueError, match=words):
        build_distribution(name, parameters)


def test_a_team_of_data_of_one_value_has_that_value():
    distribution = Empirical((3e5,))
    assert team_mean(distribution, 4, 0.5) == distribution


@pytest.mark.parametrize(("mean", "sd"), [(3.0, 2.0), (0.4, 0.1)])
def test_a_gamma_by_mean_and_sd_has_them(mean, sd):
    distribution = build_distribution("gamma", {"mean": mean, "sd": sd})
    assert (distribution.shape, distribution.scale) == pytest.approx(((mean / sd) ** 2, sd**2 / mean))
    assert distribution.moments() == pytest.approx((mean, sd), rel=1e-5)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"min": 1.0, "max": 1.0, "mean": 1.5, "sd": 0.1}, "needs min < max"),
        ({"mean": 1.0, "sd": 0.1}, "no beta distribution has mean 1"),
        ({"mean": 1.5, "sd": 0.1}, "no beta distribution has mean 1.5"),
        ({"mean": 0.5, "sd": 0.5}, "no beta distribution has mean 0.5 and sd 0.5"),
    ],
)
def test_a_beta_by_mean_and_sd_that_none_has_is_refused(parameters, words):
    with pytest.raises(ValueError, match=words):
        build_distribution("beta", parameters)


@pytest.mark.parametrize("values", [(0.0, 0.5, 0.9), (0.1, 0.5, 1.0), (-0.1, 0.5, 0.9), (0.1, 0.5, 1.1)])
def test_quantiles_on_the_logit_scale_lie_inside_nothing_and_one(values):
    with pytest.raises(ValueError, match="do not fit a logit scale"):
        Quantiles((0.1, 0.5, 0.9), values, "logit")


@pytest.mark.parametrize("ends", [(0.0, 0.5), (0.5, 0.5), (0.5, 1.0)])
def test_a_logit_normal_through_an_end_is_refused(ends):
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        fit_through("logitnormal", (0.05, ends[0]), (0.95, ends[1]))


def test_a_lognormal_through_two_points_begins_at_nothing_where_nobody_says():
    assert fit_through("lognormal", (0.05, 0.5), (0.95, 2.0)).median == pytest.approx(1.0)
