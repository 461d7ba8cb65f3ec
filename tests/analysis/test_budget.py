"""Budgets: contingency, overrun, allocation and dependence against closed forms; what adds up adds up."""

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from click.testing import CliRunner
from documented import undocumented
from monte_carlo import near
from plans import HEAD, ONE, SIGMA

from simulator.analysis.budget import plan_budget
from simulator.analysis.risks import risk_register
from simulator.analysis.statistics import independent_priors, simulate_draws
from simulator.cli.commands import budget as budget_command
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import RunOptions
from simulator.scenario import TOTAL, read

N = NormalDist()
CORRELATED = (
    HEAD
    + "lines: [chip_cost, energy_cost]\n"
    + "chip_cost: {lognormal: {median: 1000, sigma: 0.5}}\nenergy_cost: {lognormal: {median: 1000, sigma: 0.5}}\n"
    + "dependence: [{between: [chip_cost, energy_cost], rank: 0.9}]\n"
)
STARTUP = "title: Ours\nextends: [small-medium, startup]\ntotal_parameters: 7e9\ntraining_tokens: 1e12\nchips: 128\n"
SCHEDULE = "without: [duration]\nschedule: {data: {duration: 1 to 2 month}, final_run: {lines: [compute]}}\n"


def test_budget_of_a_lognormal_is_that_of_its_closed_form(read_plan):
    plan = plan_budget(read_plan(ONE + "budget: 1500 USD\n"), levels=[0.85])
    assert plan.point_estimate.amount == pytest.approx(1000)
    assert near((plan.point_estimate.percentile, plan.point_estimate.mcse), 50)
    assert [row.level for row in plan.contingency] == [50, 70, 80, 85, 90]
    for row in plan.contingency:
        expected = 1000 * math.exp(SIGMA * N.inv_cdf(row.level / 100))
        assert near((row.amount, row.mcse), expected)
        assert row.contingency == pytest.approx(row.amount - 1000)
        assert row.share_of_point == pytest.approx(row.contingency / 1000)
    assessment = plan.budget
    d = math.log(1500 / 1000) / SIGMA
    assert near(assessment.within, N.cdf(d))
    # The mean excess of a lognormal over a bar (Black and Scholes 1973 without interest).
    overrun = 1000 * math.exp(SIGMA**2 / 2) * N.cdf(SIGMA - d) - 1500 * N.cdf(-d)
    assert near((assessment.expected_overrun, assessment.expected_overrun_error), overrun)
    beyond = 1 - assessment.probability_within
    assert assessment.probability_of_overrun == beyond
    assert assessment.expected_overrun_given_overrun * beyond == pytest.approx(assessment.expected_overrun)


def test_contingency_is_found_by_its_level_in_every_way_of_writing(read_plan):
    plan = plan_budget(read_plan(ONE), RunOptions(1000))
    assert plan.contingency_at(0.7) == plan.contingency_at("70%") == plan.contingency[1]
    with pytest.raises(InvalidValueError, match="no contingency at 75%"):
        plan.contingency_at(0.75)


def test_contingency_below_the_point_estimate_is_negative_and_says_so(read_plan, tmp_path):
    plan = plan_budget(read_plan(ONE + "point: 1400 USD\n"), RunOptions(10_000))
    assert [row.negative for row in plan.contingency] == [row.amount < 1400 for row in plan.contingency]
    assert plan.contingency[0].negative
    table = CliRunner().invoke(budget_command.command, [str(tmp_path / "plan.yaml"), "--draws", "10000"]).output
    assert "negative contingency at P50, P70" in table


@pytest.mark.parametrize("reference", ["gpt-4", "cutting-edge"])
def test_contingency_and_amounts_of_lines_add_up_to_the_cent(reference):
    plan = plan_budget(read(reference), RunOptions(20_000), levels=[0.33])
    for allocation, row in zip(plan.allocation, plan.contingency, strict=True):
        assert allocation.level == row.level
        amounts, points, contingencies = (
            [round(100 * amount) for amount in column]
            for column in zip(*((line.amount, line.point, line.contingency) for line in allocation.lines), strict=True)
        )
        assert sum(amounts) == round(100 * row.amount)
        assert sum(points) == round(100 * plan.point_estimate.amount)
        assert sum(contingencies) == sum(amounts) - sum(points)


def test_without_correlations_the_variance_is_that_of_independent_lines(read_plan):
    rows = plan_budget(read_plan(CORRELATED)).dependence
    assert [row.dependence for row in rows] == ["as-simulated", "independent-priors", "independent-lines"]
    assert [row.name for row in rows] == [
        "as the scenario says",
        "priors independent of each other",
        "lines independent of each other",
    ]
    variance = 1000**2 * math.exp(SIGMA**2) * (math.exp(SIGMA**2) - 1)
    score = 2 * math.sin(math.pi * 0.9 / 6)
    covariance = 1000**2 * math.exp(SIGMA**2) * (math.exp(score * SIGMA**2) - 1)
    correlated, free = math.sqrt(2 * variance + 2 * covariance), math.sqrt(2 * variance)
    for row, expected in zip(rows, (correlated, free, free), strict=True):
        assert row.sd == pytest.approx(expected, rel=0.02)


def test_priors_that_share_a_stream_are_dependent(read_plan):
    scenario = read_plan(CORRELATED.split("dependence")[0])
    assert independent_priors(scenario) is None
    shared = replace(scenario, inputs={name: replace(x, stream="shared") for name, x in scenario.inputs.items()})
    simulated, independent = plan_budget(shared, RunOptions(20_000)).dependence[:2]
    assert independent.dependence == "independent-priors"
    assert simulated.sd == pytest.approx(math.sqrt(2) * independent.sd, rel=0.05)


def test_total_without_the_register_lacks_what_the_risks_cost(read_plan):
    text = (
        HEAD
        + "lines: [chip_cost, risk_cost]\nchip_cost: 1000\ndeflator: 1\nduration: 1 hour\nfinal_run_cost: 0\nstaff_burn: 0\n"
        + "final_run_chip_hours: 1 chip*hour\n"
    )
    text += "risks: {fire: {probability: 0.2, impact: 500 USD, run_share: 0, delay: 0}}\n"
    risks = plan_budget(read_plan(text), RunOptions(50_000)).risks
    assert risks.without.mean == risks.without.high == 1000
    assert near((risks.with_risks.mean, risks.with_risks.mcse.mean), 1100)
    assert near(risks.probability_of_any, 0.2)
    assert plan_budget(read_plan(ONE), RunOptions(1000)).risks is None


def test_total_without_the_register_is_that_of_the_command_of_risks(read_plan):
    """A delay lengthens the schedule, so that its cost is in the line of staff and not in that of risks."""
    options, scenario = RunOptions(4000, 3), read_plan(STARTUP + SCHEDULE)
    risks, register = plan_budget(scenario, options).risks, risk_register(scenario, options)
    assert (risks.with_risks.p80, risks.without.p80) == (register.p80.value, register.p80_without.value)
    assert risks.probability_of_any == register.any_risk
    draws = simulate_draws(scenario, options, [TOTAL, "risk_cost"]).retained_draws
    assert risks.without.p80 < np.quantile(draws[TOTAL] - draws["risk_cost"], 0.8)


def test_plain_data_has_documented_fields_only(read_plan):
    plan = plan_budget(read_plan(CORRELATED + "budget: 2500 USD\n"), RunOptions(1000))
    assert undocumented(plan) == set()
    data = plan.to_dict()
    assert list(data)[:3] == ["schema", "scenario", "title"]
    assert data["budget"]["amount"] == 2500
    assert [row["name"] for row in data["dependence"]] == [row.name for row in plan.dependence]
    assert "dependence" not in data["dependence"][0]  # for programs in Python only
    frame = plan.to_dataframe()
    figures = dict(zip(frame["figure"], frame["value"], strict=True))
    assert figures["contingency[80].amount"] == plan.contingency_at(0.8).amount
    assert len(plan.to_csv().splitlines()) == len(frame) + 1


def test_a_tail_without_a_mean_is_a_note(read_plan):
    plan = plan_budget(read_plan(ONE.replace("sigma: 0.5", "sigma: 4") + "budget: 1500 USD\n"), RunOptions(2000))
    assert ("no-mean", "total_cost") in {(note.code, note.subject) for note in plan.notes}
    assert plan.tail.cvar is plan.total.mean is plan.budget.expected_overrun is None


def test_an_interrupt_leaves_nothing(read_plan):
    def stop(done, of):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan_budget(read_plan(ONE), RunOptions(progress=stop))
