"""The wait before a project that a lever takes: it moves every date and costs nothing."""

import numpy as np
import pytest

from simulator.analysis.cashflow import cash_flow, simulate_cash_flow
from simulator.analysis.compare import compare
from simulator.analysis.joint import joint_confidence
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.scenario import open_scenario
from simulator.scenario.inspection import ValidScenario

MONTH = 730.5
OPTIONS = RunOptions(2000)
PLAN = """extends: small-medium
title: Ours
levers: [wait-for-better-recipes]
adoption: {wait-for-better-recipes: {wait: 0 month}}
start: 2027-01
"""
SCHEDULE = "schedule: {data: {duration: 3 month}, final_run: {}, post_training: {duration: 1 month}}\n"


@pytest.fixture(params=["", SCHEDULE], ids=["derived", "scheduled"])
def with_wait(request, tmp_path):
    """Return a function that reads the plan with a wait."""

    def read(wait):
        path = tmp_path / "plan.yaml"
        path.write_text(PLAN.replace("0 month", wait) + request.param, encoding="utf-8")
        return open_scenario(str(path)).scenario

    return read


def test_no_line_grows_by_waiting(with_wait):
    without, waiting = (simulate(with_wait(wait), 2000).accumulators for wait in ("0 month", "12 month"))
    for line in with_wait("0 month").lines:
        assert without[line].mean == waiting[line].mean, line


def test_a_release_is_later_by_the_wait(with_wait):
    (row,) = compare([with_wait("0 month"), with_wait("12 month")], OPTIONS, names=["now", "later"]).differences
    times = {each.name: each for each in row.times}
    assert times["release"].low == pytest.approx(12 * MONTH)
    assert times["release"].high == pytest.approx(12 * MONTH)
    assert times["wall_clock"].low == times["wall_clock"].high == 0  # the length of the final run
    assert row.equal == 1


def test_dates_have_the_wait_and_say_so(with_wait):
    comparison = compare([with_wait("0 month"), with_wait("12 month")], OPTIONS, names=["now", "later"])
    first, second = (next(t for t in run.times if t.name == "release") for run in comparison.scenarios)
    assert first.dates.start == second.dates.start == "2027-01-01"
    assert int(second.dates.median[:4]) == int(first.dates.median[:4]) + 1
    texts = [note.text for note in comparison.notes if note.code == "wait-before-start"]
    assert ["a wait of 0 months" in text for text in texts] == [True, False]
    assert "after a wait of 12.0 months" in texts[1]


def test_the_date_of_a_joint_probability_has_the_wait_in_each_draw(with_wait):
    without, waiting = (joint_confidence(with_wait(wait), OPTIONS) for wait in ("0 month", "12 month"))
    assert waiting.date_target.months == pytest.approx(without.date_target.months + 12)
    assert waiting.months.low == pytest.approx(without.months.low + 12)
    assert waiting.cost == without.cost
    uncertain = joint_confidence(with_wait("{uniform: {min: 10, max: 14}, unit: month}"), OPTIONS)
    assert uncertain.months.low < waiting.months.low
    assert uncertain.months.high > waiting.months.high


@pytest.mark.parametrize("view", ["cash", "accrual"])
def test_what_is_paid_falls_later_by_the_wait(with_wait, view):
    without, waiting = (simulate_cash_flow(with_wait(wait), OPTIONS, view=view) for wait in ("0 month", "12 month"))
    assert waiting.months == without.months + 12
    for line, amounts in without.by_line.items():
        np.testing.assert_allclose(waiting.by_line[line][:, 12:], amounts, rtol=1e-9, atol=1e-6)
        assert not waiting.by_line[line][:, :12].any()
    for phase, ends in without.phase_ends.items():
        np.testing.assert_allclose(waiting.phase_ends[phase], ends + 12)


def test_months_of_the_calendar_have_the_wait(with_wait):
    flow = cash_flow(with_wait("12 month"), OPTIONS)
    assert flow.periods[0].label == "2027-01"
    first = next(period for period in flow.periods if period.outlay.high)
    assert first.label == "2028-01"
    assert any(note.code == "wait-before-start" for note in flow.notes)


def test_phases_begin_after_the_wait(with_wait):
    without, waiting = (
        {each.name: each for each in ValidScenario.of("plan", with_wait(wait)).phases} for wait in ("0 month", "12 month")
    )
    for name, phase in waiting.items():
        assert (phase.start, phase.end) == pytest.approx((without[name].start + 12, without[name].end + 12))
