"""A planted box is found, its shares are unbiased, and it is described in words."""

import math
from dataclasses import replace

import numpy as np
import pytest

from simulator.analysis.statistics import Estimate
from simulator.analysis.stress.peeling import Bound, Box, BoxShares, describe_box, find_box


def plant_box(rng, sides, density=0.9, outside=0.05, count=40_000, inputs=8):
    """Return independent inputs, a mask that is denser in a box of their ranks, and the coverage of that box."""
    u = {f"x{number}": rng.random(count) for number in range(inputs)}
    inside = np.logical_and.reduce([(u[name] > low) & (u[name] < high) for name, (low, high) in sides.items()])
    mask = rng.random(count) < np.where(inside, density, outside)
    mass = math.prod(high - low for low, high in sides.values())
    return u, mask, mass * density / (mass * density + (1 - mass) * outside)


@pytest.mark.parametrize(
    "sides",
    [
        {"x3": (0.8, 1)},
        {"x1": (0, 0.3)},
        {"x0": (0.7, 1), "x5": (0, 0.4)},
        {"x2": (0.3, 0.7), "x4": (0.5, 1)},
        {"x0": (0.5, 1), "x3": (0.5, 1), "x6": (0, 0.5)},
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_planted_box_is_found(sides, seed):
    inputs, mask, coverage = plant_box(np.random.default_rng(seed), sides)
    box = find_box(inputs, mask)
    found = {(bound.name, bound.above): bound.value for bound in box.bounds}
    expected = {(name, True): low for name, (low, _) in sides.items() if low > 0}
    expected |= {(name, False): high for name, (_, high) in sides.items() if high < 1}
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, abs=0.03)  # a peel is 5 % of what is left
    assert box.density.value == pytest.approx(0.9, abs=0.05)
    assert box.coverage.value == pytest.approx(coverage, abs=0.06)
    for bound in box.bounds:
        share = 1 - bound.value if bound.above else bound.value
        assert bound.share == pytest.approx(share, abs=0.01)


def test_the_shares_of_a_box_are_those_of_draws_not_used_to_find_it():
    """With few draws a box overfits its own half; the estimates of the other half must be unbiased."""
    excess, deviations, errors = [], [], []
    for seed in range(60):
        inputs, mask, _ = plant_box(np.random.default_rng(100 + seed), {"x0": (0.7, 1)}, 0.5, 0.1, count=1500, inputs=15)
        box = find_box(inputs, mask)
        if box is None:
            continue
        u = inputs
        inside = np.logical_and.reduce([u[b.name] >= b.value if b.above else u[b.name] <= b.value for b in box.bounds])
        truth = np.where(u["x0"] > 0.7, 0.5, 0.1)[inside].mean()
        deviations.append(box.density.value - truth)
        excess.append(box.in_sample.density.value - truth)
        errors.append(box.density.error)
    standard = np.sqrt(np.mean(np.square(errors)) / len(deviations))
    assert abs(np.mean(deviations)) < 4 * standard
    assert np.mean(excess) > np.mean(deviations)


def test_only_the_order_of_values_matters_to_a_box():
    inputs, mask, _ = plant_box(np.random.default_rng(5), {"x0": (0.7, 1), "x5": (0, 0.4)})
    box = find_box(inputs, mask)
    other = find_box({name: np.exp(5 * x) for name, x in inputs.items()}, mask)
    assert other.density == box.density
    assert other.coverage == box.coverage
    for one, two in zip(box.bounds, other.bounds, strict=True):
        assert two.value == pytest.approx(math.exp(5 * one.value))


def test_a_box_takes_equal_values_together():
    rng = np.random.default_rng(6)
    chip = rng.choice([1.0, 2.0, 3.0], 20_000, p=[0.5, 0.3, 0.2])
    mask = rng.random(20_000) < np.where(chip == 3, 0.8, 0.05)
    box = find_box({"chip": chip, "other": rng.random(20_000)}, mask)
    assert [(b.name, b.above, b.value) for b in box.bounds] == [("chip", True, 3.0)]
    assert box.density.value == pytest.approx(0.8, abs=0.04)


def test_there_is_no_box_where_no_input_is_related():
    rng = np.random.default_rng(7)
    inputs = {f"x{number}": rng.random(20_000) for number in range(5)}
    assert find_box(inputs, rng.random(20_000) < 0.1) is None


def test_a_box_has_three_inputs_at_most():
    rng = np.random.default_rng(8)
    inputs = {f"x{number}": rng.normal(size=40_000) for number in range(6)}
    box = find_box(inputs, sum(inputs.values()) > 3)
    assert len({bound.name for bound in box.bounds}) <= 3
    assert all(bound.above for bound in box.bounds)


def test_the_sentence_is_the_box_in_words():
    shares = {"coverage": Estimate(0.71, 0.01), "density": Estimate(0.64, 0.01), "mass": Estimate(0.2, 0.01)}
    box = Box(
        **shares,
        bounds=(Bound("experiments_factor", True, 3.1, 0.2), Bound("mfu", False, 0.31, 0.35)),
        in_sample=BoxShares(**shares),
        all_draws=0.14,
    )
    assert describe_box(box, {"experiments_factor": "1", "mfu": "1"}, "total cost is above $200M") == (
        "in 71% of the outcomes in which total cost is above $200M, experiments factor is above 3.10 (true of 20% of all) and "
        "utilisation (MFU) is below 0.310 (true of 35% of all); where both hold, total cost is above $200M in 64% of the "
        "outcomes, against 14% of all"
    )
    box = replace(box, bounds=(Bound("mfu", True, 0.2, 0.9), Bound("mfu", False, 0.31, 0.35)))
    assert "utilisation (MFU) is between 0.200 and 0.310 (true of 25% of all); " in describe_box(
        box, {"mfu": "1"}, "x is above 1"
    )
