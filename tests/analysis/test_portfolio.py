"""Portfolios: sums of independent and of identical runs."""

import math
from statistics import NormalDist

import pytest
from documented import undocumented
from monte_carlo import near
from plans import ONE

from simulator.analysis.portfolio import portfolio, portfolio_levels
from simulator.engine.options import RunOptions

N = NormalDist()


def test_quantile_of_a_sum_of_independent_normals_is_below_the_sum_of_quantiles(rng):
    totals = {name: 100 + 10 * rng.standard_normal(200_000) for name in "abcd"}
    for row in portfolio_levels(totals):
        z = N.inv_cdf(row.level / 100)
        assert near((row.amount, row.mcse), 400 + 20 * z)
        assert row.sum_of_own == pytest.approx(400 + 40 * z, abs=1)
        assert row.difference == pytest.approx(row.amount - row.sum_of_own)
        assert near(row.within_sum, N.cdf(2 * z), 6)


def test_two_runs_with_common_random_numbers_are_one_run_twice(read_plan):
    scenario = read_plan(ONE)
    shared = portfolio([scenario, scenario], RunOptions(20_000))
    assert [run.name for run in shared.runs] == ["plan (1)", "plan (2)"]
    assert all(row.difference == pytest.approx(0, abs=1e-6) for row in shared.levels)
    alone = portfolio([scenario, scenario], RunOptions(100_000), correlation="none")
    assert alone.total.sd == pytest.approx(shared.total.sd / math.sqrt(2), rel=0.03)
    assert alone.levels[2].difference < 0  # P80


def test_other_money_and_runs_under_way_are_refused(read_plan):
    a, b = read_plan(ONE), read_plan(ONE.replace("2026", "2024"), "other")
    with pytest.raises(ValueError, match="2026 USD and other in 2024 USD"):
        portfolio([a, b], RunOptions(100))
    under_way = read_plan(ONE + "progress: {share_done: 0.3, spent: 300 USD}\n", "now")
    with pytest.raises(ValueError, match="correlation none"):
        portfolio([a, under_way], RunOptions(100))
    assert portfolio([a, under_way], RunOptions(5000), correlation="none").header.draws < 5000


def test_plain_data_has_documented_fields_only(read_plan):
    result = portfolio([read_plan(ONE), read_plan(ONE, "other")], RunOptions(1000), levels=["85%"])
    assert undocumented(result) == set()
    data = result.to_dict()
    assert set(data) == {
        *("schema", "money", "draws", "seed", "interval", "version", "notes"),
        *("correlation", "total", "runs", "levels"),
    }
    assert list(data["runs"][0])[:2] == ["name", "title"]
    assert [row["level"] for row in data["levels"]] == [50, 70, 80, 85, 90]
    frame = result.to_dataframe()
    figures = dict(zip(frame["figure"], frame["value"], strict=True))
    assert figures["levels[85].own.other"] == result.levels[3].own["other"]
    assert figures["runs[plan].median"] == result.runs[0].median
    assert len(result.to_csv().splitlines()) == len(frame) + 1


def test_budget_is_that_of_the_sum(read_plan):
    scenario, under_budget = read_plan(ONE), read_plan(ONE + "budget: 1000 USD\n", "other")
    result = portfolio([scenario, under_budget], RunOptions(20_000), budget=2000.0)
    # The sum of a run and itself stays within twice an amount as often as the run stays within the amount.
    once = portfolio([scenario], RunOptions(20_000), budget=1000.0)
    assert result.budget.probability_within == once.budget.probability_within
    assert 0 < once.budget.probability_within < 1
    share = once.budget.probability_within
    assert once.budget.probability_within_error == pytest.approx(math.sqrt(share * (1 - share) / 20_000), rel=1e-3)
    assert undocumented(result) == set()
    assert result.notes == ()
    alone = portfolio([scenario, under_budget], RunOptions(1000))
    assert alone.budget is None
    assert [note.code for note in alone.notes] == ["budgets-of-runs"]
