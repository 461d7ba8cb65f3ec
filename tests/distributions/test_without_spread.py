"""Parameters without a spread are a known number; what a family does not take is refused all the same."""

import pytest

from simulator.distributions import Constant
from simulator.distributions.fitting import fit_family

KNOWN = [
    ("normal", {"mean": 0.4, "sd": 0.0}, []),
    ("normal", {"mean": 0.0, "sd": 0.0}, []),
    ("lognormal", {"mean": 0.4, "sd": 0.0}, []),
    ("lognormal", {"median": 0.4, "sigma": 0.0}, []),
    ("beta", {"mean": 0.4, "sd": 0.0}, []),
    ("gamma", {"mean": 0.4, "sd": 0.0}, []),
    ("pert", {"min": 0.4, "mode": 0.4, "max": 0.4}, []),
    ("triangular", {"min": 0.4, "mode": 0.4, "max": 0.4}, []),
    ("uniform", {"min": 0.4, "max": 0.4}, []),
    ("loguniform", {"min": 0.4, "max": 0.4}, []),
    ("normal", {}, [(0.05, 0.4), (0.95, 0.4)]),
    ("lognormal", {}, [(0.05, 0.4), (0.95, 0.4)]),
]


@pytest.mark.parametrize(("name", "parameters", "points"), KNOWN)
def test_without_a_spread_it_is_a_number(name, parameters, points):
    value = parameters.get("mean", 0.4)
    assert fit_family(name, parameters, points) == Constant(value)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("normal", {"mean": 0.4, "sd": -0.1}),
        ("normal", {"median": 0.4, "sigma": 0.0}),
        ("lognormal", {"mean": -0.4, "sd": 0.0}),
        ("lognormal", {"median": -1.0, "sigma": 0.0}),
        ("pert", {"min": 0.4, "max": 0.4}),
        ("pert", {"min": 0.4, "mode": 0.5, "max": 0.4}),
        ("beta", {"mean": 1.4, "sd": 0.0}),
        ("uniform", {"min": 0.5, "max": 0.4}),
    ],
)
def test_what_a_family_does_not_take_is_refused(name, parameters):
    with pytest.raises(ValueError, match=r"needs|has no|no beta"):
        fit_family(name, parameters, [])
