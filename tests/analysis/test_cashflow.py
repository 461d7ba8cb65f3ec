"""Cash flow: every line falls exactly once, during its phases; a run under way is conditional on spend to date."""

import csv
import io
import json
import math

import numpy as np
import pytest
from click.testing import CliRunner
from documented import undocumented

from simulator.analysis.cashflow import (
    MONTH,
    bands,
    cash_flow,
    cash_flow_of_draws,
    simulate_cash_flow,
)
from simulator.cli.commands.cashflow import command
from simulator.core.errors import InvalidInputError, NonFiniteResultError
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.scenario import TOTAL

LINES = "lines: [chip_cost, energy_cost]\noutcomes: []\nprices: 2026 USD\n"
KNOWN = LINES + "chip_cost: 1200\nenergy_cost: 600\n"
IN_THE_MONTH = "payments: {chip_cost: monthly, energy_cost: monthly}\n"
SCHEDULE = """schedule:
  data: {duration: 2 month, lines: [energy_cost]}
  final_run: {duration: 4 month, lines: [chip_cost]}
"""
UNCERTAIN = (
    LINES
    + """chip_cost: {lognormal: {p5: 800, p95: 2000}}
energy_cost: {lognormal: {p5: 300, p95: 900}}
schedule:
  data: {duration: 1 to 3 month}
  experiments: {duration: 2 to 5 month, after: []}
  final_run: {duration: 1 to 2 month, after: [data, experiments], lag: 0.5 month, lines: [chip_cost]}
"""
)


# --- months -----------------------------------------------------------------------------------------------------------------


def test_known_lines_are_spent_evenly_while_their_phases_last(read_plan):
    flow = simulate_cash_flow(read_plan(KNOWN + SCHEDULE), RunOptions(100), view="accrual")
    np.testing.assert_allclose(flow.total[0], [300, 300, 300, 300, 300, 300])
    np.testing.assert_allclose(flow.by_line["chip_cost"][0], [0, 0, 300, 300, 300, 300])
    assert np.array_equal(flow.then_year, flow.total)
    assert flow.present_value[0] == pytest.approx(1800)


def test_a_phase_that_ends_within_a_month_gives_that_month_its_part(read_plan):
    text = KNOWN + "schedule: {all: {duration: 1.5 month, lines: [chip_cost, energy_cost]}}\n"
    np.testing.assert_allclose(simulate_cash_flow(read_plan(text), RunOptions(100), view="accrual").total[0], [1200, 600])


@pytest.mark.parametrize("seed", [0, 1])
def test_every_draw_is_spent_whole_and_never_negative(read_plan, seed):
    flow = simulate_cash_flow(read_plan(UNCERTAIN), RunOptions(5000, seed), view="accrual")
    np.testing.assert_allclose(flow.total.sum(axis=1), flow.result.retained_draws[TOTAL], rtol=1e-12)
    for line, amounts in flow.by_line.items():
        np.testing.assert_allclose(amounts.sum(axis=1), flow.result.retained_draws[line], rtol=1e-12)
        assert (amounts >= 0).all()


def test_phases_follow_each_other_draw_by_draw(read_plan):
    draws = simulate_cash_flow(read_plan(UNCERTAIN), RunOptions(2000)).result.retained_draws
    assert (draws["data.start"] == 0).all()
    assert (draws["experiments.start"] == 0).all()
    latest = np.maximum(draws["data.end"], draws["experiments.end"])
    np.testing.assert_allclose(draws["final_run.start"], latest + 0.5 * MONTH)


def test_a_phase_comes_after_the_one_before_unless_it_says_otherwise(read_plan):
    scenario = read_plan(KNOWN + SCHEDULE)
    needs = {step.name: step.needs for step in scenario.plan.steps}
    assert needs["final_run.start"] == ("final_run.lag", "data.end")
    assert needs["data.start"] == ("data.lag",)


def test_a_line_that_no_phase_names_falls_in_the_phases_of_its_stage(read_plan):
    text = KNOWN.replace("[chip_cost, energy_cost]", "[chip_cost, energy_cost, egress_cost]") + "egress_cost: 900 USD\n"
    text += "schedule: {data: {duration: 1 month}, experiments: {duration: 1 month}, final_run: {duration: 1 month}}\n"
    flow = simulate_cash_flow(read_plan(text), RunOptions(100), view="accrual")
    np.testing.assert_allclose(flow.by_line["energy_cost"][0], [0, 300, 300])  # in the phases of the cluster
    np.testing.assert_allclose(flow.by_line["egress_cost"][0], [300, 300, 300])  # in all before the release
    text = "lines: [serving_cost, chip_cost]\noutcomes: []\nchip_cost: 5\nserving_cost: 7\nservice_life: 1 year\n"
    text += "schedule: {final_run: {duration: 6 month}, serving: {}}\n"
    flow = simulate_cash_flow(read_plan(text), RunOptions(100), view="accrual")
    np.testing.assert_allclose(flow.by_line["serving_cost"][0], [0] * 6 + [7 / 12] * 12)
    np.testing.assert_allclose(flow.by_line["chip_cost"][0], [5 / 6] * 6 + [0] * 12)


def test_purchases_are_paid_when_their_phase_begins(read_plan):
    text = "lines: [licence_cost]\noutcomes: []\nlicence_cost: 60e6\n"
    text += "schedule: {data: {duration: 1 month}, tuning: {duration: 3 month, lines: [licence_cost]}}\n"
    np.testing.assert_allclose(simulate_cash_flow(read_plan(text), RunOptions(100)).total[0], [0, 60e6])


def test_staff_is_paid_until_the_release(read_plan):
    text = "lines: [staff_cost]\noutcomes: []\ndeflator: 1\n"
    text += "staff: {team: {people: 1, fte: 2, salary: 8766 USD/person/year, on_cost: 1, equity: 0}}\n"
    text += "schedule: {data: {duration: 5 month}, serving: {duration: 24 month}}\n"
    assert simulate(read_plan(text), 100).accumulators[TOTAL] == pytest.approx(2 * 8766 * 5 / 12)


def test_a_commitment_bills_at_least_as_long_as_the_schedule_holds_the_cluster(read_plan):
    text = "lines: [rental_cost, idle_cost]\noutcomes: []\ncommitment: one-year\none_year_term: 1 year\non_demand_price: 2\n"
    text += "one_year_discount: 0.5\nchips: 10\nchip_hours: 1000 chip*hour\ndeflator: 1\n"
    text += "schedule: {experiments: {duration: 12 month}, final_run: {duration: 6 month}}\n"
    assert simulate(read_plan(text), 100).accumulators[TOTAL] == pytest.approx(10 * 8766 * 1.5)


def test_escalation_and_discount_are_those_of_the_middle_of_the_month(read_plan):
    text = KNOWN + SCHEDULE + "escalation: {value: 0.12, unit: 1/year}\n" + IN_THE_MONTH
    flow = simulate_cash_flow(read_plan(text), RunOptions(100), rate=0.1)
    years = (np.arange(6) + 0.5) / 12
    np.testing.assert_allclose(flow.then_year[0], 300 * np.exp(0.12 * years))
    assert flow.present_value[0] == pytest.approx(np.sum(300 * np.exp(0.12 * years) / 1.1**years))


def test_without_a_schedule_the_phases_are_derived_and_noted(read_plan):
    flow = cash_flow(read_plan(KNOWN), RunOptions(100), view="accrual")
    assert [round(period.outlay.median) for period in flow.periods] == [1800]
    assert "derived-schedule" in {note.code for note in flow.notes}


def test_a_schedule_that_never_ends_is_refused(read_plan):
    with pytest.raises(NonFiniteResultError, match="the maximum is 240"):
        simulate_cash_flow(read_plan(KNOWN + "schedule: {data: {duration: 30 year}}\n"), RunOptions(100))


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ("{data: {duration: 1 month, after: [dta]}}", "comes after 'dta'; there is no such phase"),
        ("{data: {duration: 1 month, after: [data]}}", "it is this phase"),
        ("{data: {duration: 1 month, after: [run]}, run: {duration: 1 month, after: [data]}}", "cycle"),
        ("{data: {duration: 1 USD}}", "USD cannot be converted to hour"),
        ("{data: {duration: 1 month, lines: [energy]}}", "'energy' is not a line here; did you mean 'energy_cost'?"),
        ("{data: {lines: [energy_cost]}}", "data.duration: is needed for data.end"),
        ("{data: {duration: 1 month, during: 3}}", "during"),
    ],
)
def test_a_bad_schedule_is_refused(read_plan, schedule, message):
    with pytest.raises(InvalidInputError) as caught:
        read_plan(KNOWN + f"schedule: {schedule}\n")
    assert message in str(caught.value)


def test_periods_add_up_to_the_same_money(read_plan):
    draws = simulate_cash_flow(read_plan(UNCERTAIN), RunOptions(3000), view="accrual")
    flows = [cash_flow_of_draws(draws, 0.9, period=period) for period in ("month", "quarter", "year")]
    whole = [sum(period.outlay.mean for period in flow.periods) for flow in flows]
    assert whole == pytest.approx([draws.total.sum(axis=1).mean()] * 3, rel=1e-12)
    assert [flow.total for flow in flows] == [flows[0].total] * 3
    for flow in flows:
        assert sum(period.months for period in flow.periods) == draws.months
        assert flow.periods[-1].cumulative.median == pytest.approx(flow.total.median, rel=1e-12)


def test_bands_are_quantiles_and_means_of_columns(rng):
    amounts = rng.random((1000, 3))
    for column, band in enumerate(bands(amounts, 0.9)):
        values = amounts[:, column]
        assert [band.low, band.median, band.high] == pytest.approx(np.quantile(values, [0.05, 0.5, 0.95]).tolist())
        assert band.mean == pytest.approx(values.mean())
    assert bands(amounts, has_mean=False)[0].mean is None


def test_error_of_a_median_is_that_of_its_density(rng):
    (band,) = bands(rng.random((100_000, 1)))
    assert band.error == pytest.approx(0.5 / math.sqrt(100_000), rel=0.1)  # sqrt(p (1 - p) / n) over a density of 1


def test_plain_data_has_documented_fields_only(read_plan):
    text = UNCERTAIN + IN_THE_MONTH + "budget: 2000 USD\n"
    flow = cash_flow(read_plan(text), RunOptions(1000), rate=0.08, period="quarter")
    assert undocumented(flow) == set()
    data = flow.to_dict()
    assert data["rate"] == 0.08
    assert list(data["phases"]) == ["data", "experiments", "final_run"]
    assert data["periods"][0]["outlay"]["median"] == flow.periods[0].outlay.median
    frame = flow.to_dataframe()
    assert list(frame.columns) == list(flow.table()[0])
    assert frame["cumulative_high"].tolist() == [period.cumulative.high for period in flow.periods]
    assert frame["chip_cost"].sum() == pytest.approx(sum(period.lines["chip_cost"] for period in flow.periods))
    assert frame["within_budget"].tolist() == [period.probability for period in flow.budget.periods]
    assert not flow.has_escalation


def test_a_line_of_a_total_with_a_mean_has_one(read_plan):
    heavy = KNOWN.replace("chip_cost: 1200", "chip_cost: {lognormal: {median: 1200, sigma: 2.2}}")
    flow = cash_flow(read_plan(heavy + SCHEDULE), RunOptions(20_000), view="accrual")
    assert flow.representative == "mean"
    assert sum(line.total.mean for line in flow.lines) == pytest.approx(flow.total.mean)


def test_lines_with_a_heavy_tail_stay_in_and_add_up_near_the_median(read_plan):
    heavy = KNOWN.replace("chip_cost: 1200", "chip_cost: {lognormal: {median: 1200, sigma: 4}}")
    flow = cash_flow(read_plan(heavy + SCHEDULE), RunOptions(20_000), view="accrual")
    assert flow.representative == "near-median"
    assert {note.code for note in flow.notes} == {"no-mean", "near-median"}
    assert [line.total.mean is None for line in flow.lines] == [True, True]
    assert flow.total.mean is None
    for period in flow.periods:
        assert set(period.lines) == {"chip_cost", "energy_cost"}
        assert period.amount == sum(period.lines.values())
    assert sum(period.amount for period in flow.periods) == pytest.approx(flow.total.median, rel=0.05)
    assert sum(period.amount for period in flow.periods) == pytest.approx(sum(line.amount for line in flow.lines))


def test_json_csv_and_table_agree(tmp_path, read_plan):
    read_plan(UNCERTAIN)
    path, run = str(tmp_path / "plan.yaml"), CliRunner()
    data = json.loads(run.invoke(command, [path, "--format", "json", "--draws", "1000"]).output)
    rows = list(csv.DictReader(io.StringIO(run.invoke(command, [path, "--format", "csv", "--draws", "1000"]).output)))
    assert [float(row["outlay_median"]) for row in rows] == [row["outlay"]["median"] for row in data["periods"]]
    table = run.invoke(command, [path, "--draws", "1000", "--discount-rate", "8%"]).output
    assert "End of each phase, in months" in table
    assert "present value at 8" in table


# --- a run under way --------------------------------------------------------------------------------------------------------

SIGMA, MEDIAN = 0.5, 1000.0
UNDER_WAY = f"lines: [chip_cost]\noutcomes: []\nchip_cost: {{lognormal: {{median: {MEDIAN:g}, sigma: {SIGMA}}}}}\n"


@pytest.mark.parametrize(("share", "spent", "tolerance"), [(0.3, 300, 0.1), (0.3, 450, 0.2), (0.8, 500, 0.3), (0.5, 1500, 0.4)])
def test_the_remaining_cost_given_spend_to_date_has_its_closed_form(read_plan, share, spent, tolerance):
    progress = f"progress: {{share_done: {share}, spent: {spent} USD, tolerance: {tolerance}}}\n"
    result = simulate(read_plan(UNDER_WAY + progress), 400_000, seed=3)
    # log T ~ N(log 1000, 0.5^2) seen through log(spent / share) with the tolerance as its error: conjugate.
    weight = 1 / (1 + (tolerance / SIGMA) ** 2)
    centre = (1 - weight) * math.log(MEDIAN) + weight * math.log(spent / share)
    sigma = tolerance * math.sqrt(weight)
    rest = result.accumulators["chip_cost"]
    for p, z in ((0.1, -1.2816), (0.5, 0.0), (0.9, 1.2816)):
        expected = (1 - share) * math.exp(centre + z * sigma)
        error = rest.quantile_errors(np.array([p]))[0]
        assert abs(rest.quantile(p) - expected) < 5 * error + 1e-4 * expected
    assert result.accumulators[TOTAL].quantile(0.5) == pytest.approx(spent + rest.quantile(0.5), rel=1e-3)


def test_a_run_under_way_does_not_depend_on_threads(read_plan):
    scenario = read_plan(UNDER_WAY + "progress: {share_done: 0.3, spent: 450 USD}\n")
    one, two = (simulate(scenario, 200_000, threads=threads).accumulators[TOTAL] for threads in (1, 2))
    assert np.array_equal(one.histogram.counts, two.histogram.counts)
    assert one.mean == two.mean


def test_remaining_cost_and_uncertainty_fall_with_progress(read_plan):
    widths, remaining = [], []
    for share in (0.2, 0.5, 0.8):
        text = UNDER_WAY + f"progress: {{share_done: {share}, spent: {1000 * share} USD}}\n"
        result = simulate(read_plan(text), 100_000)
        total = result.accumulators[TOTAL]
        widths.append(total.quantile(0.975) - total.quantile(0.025))
        remaining.append(result.accumulators["chip_cost"].mean)
    assert widths == sorted(widths, reverse=True)
    assert remaining == sorted(remaining, reverse=True)


def test_spending_that_the_priors_do_not_allow_is_refused(read_plan):
    with pytest.raises(NonFiniteResultError, match="its priors do not allow it"):
        simulate(read_plan(UNDER_WAY + "progress: {share_done: 0.5, spent: 90000 USD}\n"))


@pytest.mark.parametrize("options", [{"method": "sobol"}, {"precision": 0.01}, {"integrate": "auto"}])
def test_a_run_under_way_refuses_unsupported_options(read_plan, options):
    with pytest.raises(ValueError, match="under way"):
        simulate(read_plan(UNDER_WAY + "progress: {share_done: 0.5, spent: 500 USD}\n"), **options)


@pytest.mark.parametrize(
    "progress",
    ["{share_done: 1.2, spent: 5}", "{share_done: 0.2, spent: -5}", "{share_done: 0.2, spent: 1 to 2}", "{spent: 5}"],
)
def test_bad_progress_is_refused(read_plan, progress):
    with pytest.raises(InvalidInputError):
        read_plan(UNDER_WAY + f"progress: {progress}\n")
