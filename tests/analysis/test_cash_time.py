"""Cash flow over the calendar, against a budget, and what later payments are worth."""

import datetime
import math
import re

import numpy as np
import pytest
from click.testing import CliRunner

from simulator.analysis.cashflow import cash_flow, parse_start, simulate_cash_flow
from simulator.analysis.cashflow.calendar import month_label, offset_of, spans
from simulator.analysis.cashflow.payments import describe_terms, payment_profile
from simulator.analysis.cashflow.profiles import Segment, at, evenly, monthly_shares, weighted
from simulator.cli.commands.cashflow import command
from simulator.core.errors import NonFiniteResultError
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import RunOptions
from simulator.engine.payments import PaymentTerms

MONTH = 730.5
KNOWN = """lines: [licence_cost]
outcomes: []
prices: 2026 USD
licence_cost: 1200 USD
payments: {licence_cost: monthly}
schedule: {run: {duration: 12 month, lines: [licence_cost]}}
"""
UNCERTAIN = KNOWN.replace("licence_cost: 1200 USD", "licence_cost: {lognormal: {median: 1200, sigma: 0.5}, unit: USD}")


# --- calendar ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "date"), [("2027-01", datetime.date(2027, 1, 1)), ("2027-01-15", datetime.date(2027, 1, 15))])
def test_a_start_is_a_month_or_a_day(text, date):
    assert parse_start(text) == date


@pytest.mark.parametrize("text", ["2027", "2027-13", "January", "2027-02-30", ""])
def test_another_start_is_refused(text):
    with pytest.raises(InvalidValueError, match="a month or a day, as in 2027-01"):
        parse_start(text)


def test_labels_are_those_of_the_calendar():
    start = datetime.date(2027, 11, 20)
    assert [month_label(start, month) for month in range(4)] == ["2027-11", "2027-12", "2028-01", "2028-02"]
    assert [month_label(None, month) for month in range(2)] == ["1", "2"]
    quarters = spans(6, "quarter", start)
    assert [(span.label, span.first, span.months) for span in quarters] == [
        ("2027 Q4", 0, 2), ("2028 Q1", 2, 3), ("2028 Q2", 5, 1),
    ]  # fmt: skip
    assert [(span.label, span.months) for span in spans(15, "year", start)] == [("2027", 2), ("2028", 12), ("2029", 1)]
    assert [(span.label, span.months) for span in spans(7, "quarter", None)] == [("1", 3), ("2", 3), ("3", 1)]


def test_a_schedule_that_begins_within_a_month_has_the_rest_of_it(read_plan):
    assert offset_of(datetime.date(2027, 2, 15)) == 14 / 28
    flow = simulate_cash_flow(read_plan(KNOWN), RunOptions(100), start=datetime.date(2027, 2, 15))
    np.testing.assert_allclose(flow.total[0], [50, *[100] * 11, 50])


def test_the_start_of_the_scenario_is_that_of_the_flow_unless_another_is_given(read_plan):
    scenario = read_plan(KNOWN + "start: 2027-03\n")
    assert cash_flow(scenario, RunOptions(100)).periods[0].label == "2027-03"
    flow = cash_flow(scenario, RunOptions(100), start=datetime.date(2030, 1, 1), period="year")
    assert [(period.label, round(period.amount)) for period in flow.periods] == [("2030", 1200)]


# --- profiles and terms -----------------------------------------------------------------------------------------------------


def test_shares_of_months_add_up_and_grow_with_demand():
    start, end = np.array([0.5, 2.0]), np.array([2.5, 2.0])
    np.testing.assert_allclose(monthly_shares(evenly(start, end), 4), [[0.25, 0.5, 0.25, 0], [0, 0, 1, 0]])
    growth = np.array([math.log(4), math.log(4)])
    shares = monthly_shares((Segment(np.zeros(2), np.full(2, 2.0), growth=growth),), 3)
    # a rate that doubles in each of two months: (2 - 1) / (4 - 1) and (4 - 2) / (4 - 1)
    np.testing.assert_allclose(shares[0], [1 / 3, 2 / 3, 0])
    both = weighted([(np.zeros(1), np.ones(1)), (np.ones(1), np.full(1, 3.0))], [np.ones(1), np.full(1, 3.0)])
    np.testing.assert_allclose(monthly_shares(both, 3), [[0.25, 0.375, 0.375]])
    nothing = weighted([(np.ones(1), np.ones(1))], [np.zeros(1)])
    np.testing.assert_allclose(monthly_shares(nothing, 3), [[0, 1, 0]])


def test_what_is_earlier_or_later_is_in_the_first_or_last_month():
    np.testing.assert_allclose(monthly_shares(at(np.array([-5.0, 9.0])), 3), [[1, 0, 0], [0, 0, 1]])


@pytest.mark.parametrize(
    ("terms", "row", "text"),
    [
        (PaymentTerms("a", lag=MONTH), [0, 0.5, 0.5, 0], "1 month after it accrues"),
        (PaymentTerms("b", due="start"), [1, 0, 0, 0], "at the start"),
        (PaymentTerms("c", deposit=0.2, lag=24 * 30), None, "20% at the start; the rest 30 days after it accrues"),
        (
            PaymentTerms("d", due="start", deposit=0.4, lag=2 * MONTH),
            [0.4, 0, 0.6, 0],
            "40% at the start; the rest 2 months after the start",
        ),
        (PaymentTerms("e", tax=0.2, recovery=2 * MONTH), [0.6, 0.6, -0.1, -0.1], "as it accrues; 20% tax, back after 2 months"),
        (PaymentTerms("f", due="never"), None, "no payment"),
    ],
)  # fmt: skip
def test_terms_say_when_a_cost_of_two_months_is_paid(terms, row, text):
    assert describe_terms(terms) == text
    if row is not None:
        np.testing.assert_allclose(
            monthly_shares(payment_profile(evenly(np.zeros(1), np.full(1, 2.0)), terms), 4), [row], atol=1e-12
        )


def test_a_deposit_before_the_start_is_in_the_first_month_and_noted(read_plan):
    text = KNOWN.replace("payments: {licence_cost: monthly}", "payments: {licence_cost: purchase}")
    flow = cash_flow(read_plan(text), RunOptions(100))
    assert [round(period.amount) for period in flow.periods] == [1200]
    (note,) = [note for note in flow.notes if note.code == "due-before-start"]
    assert note.text.startswith("licence cost: 360 in the mean falls due before the start")


# --- budget and present value -----------------------------------------------------------------------------------------------


def test_one_amount_is_distributed_as_the_median(read_plan):
    flow = cash_flow(read_plan(UNCERTAIN + "budget: 1800 USD\n"), RunOptions(20_000))
    assert flow.budget.is_spread
    assert [period.planned for period in flow.budget.periods] == pytest.approx(
        [150 * month for month in range(1, 13)], rel=1e-9
    )
    # of a lognormal: P(T < 1800) = Phi(log(1.5) / 0.5), the same at the end of every month
    expected = 0.5 * (1 + math.erf(math.log(1800 / 1200) / 0.5 / math.sqrt(2)))
    for row in (*flow.budget.periods, flow.budget):
        assert abs(row.probability - expected) < 4 * row.error
        assert row.error == pytest.approx(math.sqrt(expected * (1 - expected) / 20_000), rel=0.05)
    assert flow.budget.gap.median == 0
    assert flow.budget.gap.high == pytest.approx(flow.total.high - 1800, rel=1e-9)


def test_a_budget_by_month_is_compared_by_month(read_plan):
    plan = "start: 2027-01\nbudget_plan: {2027-01: 250 USD, 2027-04: 500 USD, 2027-10: 600 USD}\n"
    scenario = read_plan(KNOWN + plan)
    assert scenario.budget == 1350
    flow = cash_flow(scenario, RunOptions(100))
    planned = [250] * 3 + [750] * 6 + [1350] * 3
    assert [row.planned for row in flow.budget.periods] == planned
    paid = [100 * month for month in range(1, 13)]
    assert [row.probability for row in flow.budget.periods] == [
        float(sum_ <= plan) for sum_, plan in zip(paid, planned, strict=True)
    ]
    assert flow.budget.probability == 0
    assert flow.budget.gap.median == pytest.approx(150)  # at the end of September
    assert not flow.budget.is_spread
    of_quarters = cash_flow(scenario, RunOptions(100), period="quarter").budget
    assert [(row.label, row.planned) for row in of_quarters.periods] == [
        ("2027 Q1", 250), ("2027 Q2", 750), ("2027 Q3", 750), ("2027 Q4", 1350),
    ]  # fmt: skip
    assert of_quarters.gap.median == pytest.approx(150)  # of months, whatever the periods


@pytest.mark.parametrize(
    ("plan", "start", "message"),
    [
        ("{2027-01: 5 USD}", None, "give the first, as in `start: 2027-01`"),
        ("{1: 5 USD}", datetime.date(2027, 1, 1), "write months of the calendar, as in 2027-01"),
    ],
)
def test_a_budget_by_month_needs_the_months_of_the_flow(read_plan, plan, start, message):
    with pytest.raises(InvalidValueError, match=message):
        cash_flow(read_plan(KNOWN + f"budget_plan: {plan}\n"), RunOptions(100), start=start)


def test_numbered_months_need_no_start(read_plan):
    flow = cash_flow(read_plan(KNOWN + "budget_plan: {1: 200 USD, 7: 1000 USD}\n"), RunOptions(100))
    assert [row.planned for row in flow.budget.periods] == [200] * 6 + [1200] * 6


def test_present_value_by_hand_and_only_of_payments(read_plan):
    flow = cash_flow(read_plan(KNOWN), RunOptions(100), rate=0.1)
    assert flow.present_value.median == pytest.approx(sum(100 / 1.1 ** ((month + 0.5) / 12) for month in range(12)))
    assert cash_flow(read_plan(KNOWN), RunOptions(100), view="accrual").present_value is None
    assert flow.largest_month.median == pytest.approx(100)
    assert flow.peak_funding.median == pytest.approx(1200)


def test_what_is_left_of_a_duration_is_exactly_nothing_where_the_work_takes_it_all(read_plan):
    text = (
        "extends: training-run\nlines: [rental_cost, staff_cost]\noutcomes: [wall_clock]\nprices: 2026 USD\nbasis: rented\n"
        "commitment: on-demand\nchip: nvidia-h100-sxm\nchips: 500\ntotal_parameters: 7e9 to 70e9\ntraining_tokens: 1e12\n"
        "mfu: 0.3\ngoodput: 0.9\nexperiments_factor: 1.5 to 9\non_demand_price: 2 USD/chip/hour\nduration: 2 month\n"
        "staff: {team: {people: 3, fte: 1, salary: 100e3 USD/person/year, on_cost: 1.2, equity: 0 USD/person/year}}\n"
    )
    draws = simulate_cash_flow(read_plan(text), RunOptions(5000))
    left = draws.phase_ends["data"]
    assert 0.2 < (left == 0).mean() < 0.95
    assert left[left > 0].min() > 1e-6  # months


def test_the_command_refuses_what_does_not_fit(tmp_path, read_plan):
    read_plan(KNOWN)
    path = str(tmp_path / "plan.yaml")
    for options, message in [
        (["--accrual", "--discount-rate", "5%"], "a present value is that of payments"),
        (["--start", "next year"], "--start: start must be a month or a day"),
        (["--period", "week"], "'week' is not one of"),
    ]:
        result = CliRunner().invoke(command, [path, *options])
        assert result.exit_code == 2
        assert message in result.output


def test_tables_have_the_labels_the_budget_and_sums_that_add_up(tmp_path, read_plan):
    read_plan(UNCERTAIN + "start: 2027-03\nbudget: 1800 USD\n")
    options = ["--draws", "1000", "--period", "quarter"]
    output = CliRunner().invoke(command, [str(tmp_path / "plan.yaml"), *options]).output
    assert "Paid by quarter, in 2026 USD" in output
    assert "2027 Q1" in output
    assert re.search(r"^ budget +1,800 *$", output, re.M)  # the budget itself
    assert "within the budget in all" in output
    assert "within it at the end of every quarter" in output
    assert "budget: 1,800 USD is one amount, so the column divides it in time as the median of the payments (cash)" in output
    assert "From cost to cash" in output
    accrual = CliRunner().invoke(command, [str(tmp_path / "plan.yaml"), *options, "--accrual"]).output
    assert "Accrued by quarter, in 2026 USD" in accrual
    assert "the median of the costs (accrual)" in accrual
    assert "From cost to cash" not in accrual


# --- prices of later years, and long schedules ------------------------------------------------------------------------------


def price_note(flow):
    return [note.text for note in flow.notes if note.code in ("no-escalation", "escalation-from-start")]


@pytest.mark.parametrize(("more", "expected"), [
    ("", ""),  # twelve months
    ("start: 2026-01\n", ""),
    ("start: 2027-01\n", "amounts of 2027 are in 2026 USD too"),
    ("start: 2026-07\n", "amounts of 2027 are in 2026 USD too"),
    ("start: 2028-11\n", "amounts of 2028 to 2029 are in 2026 USD too"),
    ("start: 2028-11\nescalation: 0 1/year\n", "amounts of 2028 to 2029 are in 2026 USD too"),
    ("start: 2028-11\nescalation: 3 percent/year\n", "escalation begins with the schedule, in 2028-11: from 2026 until then"),
    ("start: 2026-07\nescalation: 3 percent/year\n", ""),
])  # fmt: skip
def test_every_later_year_at_the_same_prices_is_named(read_plan, more, expected):
    found = price_note(cash_flow(read_plan(KNOWN + more), RunOptions(100)))
    assert len(found) == bool(expected)
    assert "".join(found).startswith(expected)


def test_without_a_start_a_schedule_of_more_than_a_year_is_named(read_plan):
    (note,) = price_note(cash_flow(read_plan(KNOWN.replace("12 month", "30 month")), RunOptions(100)))
    assert note.startswith("amounts after the first year are in 2026 USD too")


LONG = """
lines: [labelling_cost]
outcomes: []
prices: 2026 USD
labelling_cost: 1000 USD
schedule: {work: {duration: {lognormal: {median: 120, sigma: 1}, unit: month}}}
"""


def test_a_schedule_that_is_too_long_in_some_draws_is_cut_with_a_note(read_plan):
    """It is paid 30 days later: the logarithm of 239 over 120 months is 0.69 standard deviations, and 24.5 % are longer."""
    flow = cash_flow(read_plan(LONG), RunOptions(20_000))
    assert len(flow.periods) == 240
    assert flow.total.median == pytest.approx(1000)
    (note,) = [note.text for note in flow.notes if note.code == "later-amounts"]
    assert note == "in 25% of the draws amounts fall after the last of 240 months, the maximum, which includes them"
    assert sum(period.amount for period in flow.periods) == pytest.approx(1000)


@pytest.mark.parametrize(("text", "remedy"), [
    (LONG.replace("120", "300"), "The longest phase is work: shorten it"),
    (
        "extends: training-run\nlines: [rental_cost]\noutcomes: []\nbasis: rented\ncommitment: on-demand\n"
        "chip: nvidia-h100-sxm\nchips: 8\nchip_hours: 3e6 chip*hour\non_demand_price: 2 USD/chip/hour\n"
        "final_run_chip_hours: 3e6 chip*hour\nschedule: {data: {duration: 3 month}, final_run: {lines: [compute]}}\n",
        "The longest phase is final run: give it more `chips`",
    ),
])  # fmt: skip
def test_a_schedule_that_is_too_long_in_most_draws_is_refused_with_a_remedy_that_works(read_plan, text, remedy):
    with pytest.raises(NonFiniteResultError, match="in half of the draws; the maximum is 240") as error:
        cash_flow(read_plan(text), RunOptions(500))
    assert str(error.value).endswith(remedy)
    shorter = text.replace("chips: 8\n", "chips: 512\n").replace("median: 300", "median: 30")
    assert len(cash_flow(read_plan(shorter), RunOptions(500)).periods) <= 240


def test_a_frontier_model_in_an_academic_group_has_a_cash_flow(read_plan):
    flow = cash_flow(read_plan("extends: [cutting-edge, academic, whole-life]\n"), RunOptions(2000), period="year")
    assert any("after the last of 240 months, the maximum" in note.text for note in flow.notes)
