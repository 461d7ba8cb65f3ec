"""What a number of draws supports, by hand: draws beyond a level, and a probability near a limit."""

import pytest

from simulator.core.suggestions import InvalidValueError
from simulator.engine import support


@pytest.mark.parametrize(("level", "draws", "beyond"), [(0.9999, 10_000, 1.0), (0.05, 1000, 50.0), (0.999, 1000, 1.0)])
def test_draws_beyond_a_level(level, draws, beyond):
    assert support.draws_beyond(level, draws) == pytest.approx(beyond)


def test_a_level_with_less_than_one_draw_beyond_it_is_refused_with_draws_that_suffice():
    with pytest.raises(InvalidValueError, match=r"P99\.99: no draw of 5,000 .* use 50,000 draws or more, or .* 99\.9% or less"):
        support.require_levels([0.5, 0.9999], 5000)
    support.require_levels([0.9999], 50_000)
    assert not support.level_notes([0.9999], 50_000, "total_cost")
    assert len(support.level_notes([0.9999, 0.9], 49_000, "total_cost")) == 1


def test_a_level_that_no_allowed_number_of_draws_supports_has_a_remedy_that_works():
    with pytest.raises(InvalidValueError, match=r"use a level of 99\.995% or less$"):
        support.require_levels([0.9999999], 100_000)
    assert not support.level_notes([0.99995], 100_000, "x")


@pytest.mark.parametrize(("limit", "needed"), [(0.5, 1000), (0.05, 1000), (0.001, 5000), (0.9999, 50_000)])
def test_a_gate_needs_draws_beyond_its_limit(limit, needed):
    support.require_draws_for_gate(limit, needed)
    with pytest.raises(InvalidValueError, match=f"use {needed:,} draws or more"):
        support.require_draws_for_gate(limit, needed - 1)


def test_a_probability_within_two_standard_errors_of_the_limit_is_close():
    """At 50% of 10,000 draws a standard error is 0.5%, so 49.1% is within two of them and 48.9% is not."""
    assert support.describe_close_gate(0.5, 0.491, 10_000)
    assert support.describe_close_gate(0.5, 0.509, 10_000)
    assert not support.describe_close_gate(0.5, 0.489, 10_000)
    assert "about 10,000 draws tell" in support.describe_close_gate(0.5, 0.491, 10_000)
