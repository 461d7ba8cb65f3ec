"""Forecast at completion: exact where the conditional distribution is known, calibrated where a draw is the truth."""

import datetime
import math
import re

import numpy as np
import pytest
from documented import undocumented

import llmcost
from simulator.analysis.actuals.conditioning import MISALLOCATION, TOLERANCE, condition_draws
from simulator.analysis.actuals.forecast import forecast_at_completion, forecast_draws
from simulator.analysis.cashflow import simulate_cash_flow
from simulator.core.errors import InvalidInputError, UnsupportedError
from simulator.engine.options import RunOptions
from simulator.records.actuals import from_rows
from simulator.scenario import TOTAL

OPTIONS = RunOptions(4000)
HEAD = "lines: [labelling_cost, storage_cost]\noutcomes: []\nprices: 2026 USD\nschedule: {work: {duration: 10 month}}\n"
COSTS = "labelling_cost: {lognormal: {median: 10e6, sigma: 0.5}}\nstorage_cost: {lognormal: {median: 4e6, sigma: 0.3}}\n"
RANK = 0.8


def correlated(text=""):
    return HEAD + COSTS + f"dependence: [{{between: [labelling_cost, storage_cost], rank: {RANK}}}]\n" + text


def rows(*months, labelling=1e6, storage=0.4e6):
    return [row for month in months for row in ((month, "labelling_cost", labelling), (month, "storage_cost", storage))]


def forecast(scenario, table, *, draws=4000, seed=0, **options):
    return forecast_at_completion(scenario, from_rows(table), RunOptions(draws, seed), view="accrual", **options)


# --- where the conditional distribution is known -----------------------------------------------------------------------------


def conditional_normal(mean, covariance, observed, errors):
    """Mean and covariance of the logarithms of two costs, given those of what was spent with independent errors."""
    gain = covariance @ np.linalg.inv(covariance + np.diag(errors**2))
    return mean + gain @ (observed - mean), covariance - gain @ covariance


@pytest.mark.parametrize(("labelling", "storage"), [(1.0e6, 0.4e6), (1.4e6, 0.45e6), (0.8e6, 0.3e6)])
def test_forecast_of_lognormal_lines_is_the_conditional_distribution(read_plan, labelling, storage):
    """A tenth of each line is spent every month: after three months X = 0.3 C, so that ln C is normal, given ln X."""
    scenario = read_plan(correlated())
    spent = 3 * np.array([labelling, storage])
    table = rows(1, 2, 3, labelling=labelling, storage=storage)
    result = forecast(scenario, table, draws=40_000)
    # A rank correlation is one of the normal scores of 2 sin(pi r / 6).
    sigma = np.array([0.5, 0.3])
    correlation = np.array([[1, 2 * math.sin(math.pi * RANK / 6)], [2 * math.sin(math.pi * RANK / 6), 1]])
    in_all = max(spent.sum(), 0.3 * 14.3e6)
    errors = np.hypot(TOLERANCE, MISALLOCATION * in_all / spent)
    mean, covariance = conditional_normal(
        np.log([10e6, 4e6]), np.outer(sigma, sigma) * correlation, np.log(spent / 0.3), errors
    )
    for place, line in enumerate(result.lines):
        amount, sd = line.remaining, math.sqrt(covariance[place, place])
        for value, error, z in (
            (amount.median, amount.mcse.median, 0),
            (amount.low, amount.mcse.low, -1.959964),
            (amount.high, amount.mcse.high, 1.959964),
            (amount.p80, amount.mcse.p80, 0.841621),
        ):
            exact = 0.7 * math.exp(mean[place] + z * sd)
            assert value == pytest.approx(exact, abs=4 * error + 0.002 * exact), (line.name, z)
        assert line.spent == pytest.approx(spent[place])
    plan = result.total.planned_at_completion
    assert result.total.at_completion.high - result.total.at_completion.low < (plan.high - plan.low) / 3


def test_weights_alone_are_used_where_they_leave_enough_draws(read_plan):
    scenario = read_plan(HEAD + "labelling_cost: {lognormal: {median: 10e6, sigma: 0.1}}\nstorage_cost: 4e6 USD\n")
    result = forecast(scenario, rows(1, 2, storage=0.4e6), draws=20_000)
    assert result.kernel_width == pytest.approx(TOLERANCE)
    error = math.hypot(TOLERANCE, MISALLOCATION * 2.8e6 / 2e6)
    sd = 0.1 * error / math.hypot(0.1, error)
    amount = result.line("labelling_cost").remaining
    assert amount.high == pytest.approx(8e6 * math.exp(1.959964 * sd), abs=4 * amount.mcse.high)
    assert result.line("storage_cost").remaining.median == pytest.approx(3.2e6)


def test_many_lines_are_conditioned_by_the_kalman_update_where_weights_cannot():
    """Five wide lines leave no draw within 5% of each: logarithms of what remains are normal, with known moments."""
    random, lines, size = np.random.default_rng(5), [f"line_{number}" for number in range(5)], 20_000
    root = np.vstack([np.diag(random.uniform(0.5, 0.8, size=5)) + 0.2, np.zeros(5)])
    root[5] = root[:5].mean(axis=0)  # what comes later is like the mean of the lines, up to 2%
    covariance = root @ root.T + np.diag([*np.zeros(5), 0.02**2])
    logs = random.multivariate_normal(np.zeros(6), covariance, size=size)
    observed = random.multivariate_normal(np.zeros(6), covariance)[:5]
    planned = {line: np.exp(logs[:, place]) for place, line in enumerate(lines)}
    remaining = {line: np.zeros(size) for line in lines} | {"later": np.exp(logs[:, 5])}
    spent = dict(zip(lines, np.exp(observed).tolist(), strict=True))
    found = condition_draws(planned, spent, remaining)
    in_all = max(sum(spent.values()), float(np.median(sum(planned.values()))))
    errors = np.hypot(TOLERANCE, MISALLOCATION * in_all / np.exp(observed))
    gain = covariance[5, :5] @ np.linalg.inv(covariance[:5, :5] + np.diag(errors**2))
    mean, sd = gain @ observed, math.sqrt(covariance[5, 5] - gain @ covariance[:5, 5])
    left = logs[found.places, 5] + np.log(found.factors["later"])
    center = float(found.weights @ left)
    assert found.widening > 3
    assert center == pytest.approx(mean, abs=4 * sd / math.sqrt(found.effective))
    assert math.sqrt(found.weights @ (left - center) ** 2) == pytest.approx(sd, rel=0.1)


# --- what a forecast must do -------------------------------------------------------------------------------------------------


def test_spending_as_one_draw_concentrates_the_weights_on_draws_like_it(read_plan):
    plan = simulate_cash_flow(read_plan(correlated()), RunOptions(20_000), view="accrual")
    x = {line: amounts[:, :3].sum(axis=1) for line, amounts in plan.by_line.items()}
    left = {line: amounts[:, 3:].sum(axis=1) for line, amounts in plan.by_line.items()}
    chosen = 17
    found = condition_draws(x, {line: float(values[chosen]) for line, values in x.items()}, left)
    for line, values in x.items():
        ratio = np.log(values[found.places] / values[chosen])
        near = math.sqrt(float(np.sum(found.weights * ratio**2)))
        assert near < 0.4 * float(np.std(np.log(values)))
        shifted = np.log(left[line][found.places] * found.factors[line] / left[line][chosen])
        assert abs(float(np.sum(found.weights * shifted))) < TOLERANCE


@pytest.mark.parametrize("view", ["cash", "accrual"])
def test_spending_more_raises_and_less_lowers_what_shares_its_drivers(read_plan, view):
    scenario = read_plan(correlated())
    plan = simulate_cash_flow(scenario, OPTIONS, view=view)
    medians = {line: np.median(amounts[:, :4], axis=0) for line, amounts in plan.by_line.items()}
    found = {}
    for factor in (0.7, 1.0, 1.4):
        table = [(month + 1, line, factor * amounts[month]) for line, amounts in medians.items() for month in range(4)]
        table = [(month, line, amount / factor if line == "storage_cost" else amount) for month, line, amount in table]
        result = forecast_at_completion(scenario, from_rows(table), OPTIONS, view=view)
        found[factor] = [result.line(line).remaining.median for line in ("labelling_cost", "storage_cost")]
    assert found[0.7][0] < found[1.0][0] < found[1.4][0]
    assert found[0.7][1] < found[1.0][1] < found[1.4][1]  # the same amounts, and a shared driver


def test_spending_on_an_independent_line_does_not_move_another(read_plan):
    scenario = read_plan(HEAD + COSTS)
    low, high = (forecast(scenario, rows(1, 2, 3, labelling=each)).line("storage_cost") for each in (0.7e6, 1.4e6))
    error = math.hypot(low.remaining.mcse.median, high.remaining.mcse.median)
    assert low.remaining.median == pytest.approx(high.remaining.median, abs=4 * error)


def test_amounts_that_are_spent_are_exact(read_plan):
    table = [*rows(1, 2, 3), (2, "labelling_cost", -12_345.5)]
    result = forecast(read_plan(correlated()), table)
    assert result.line("labelling_cost").spent == 3e6 - 12_345.5
    assert result.total.spent == 4.2e6 - 12_345.5
    assert [month.actual for month in result.burn_up[:4]] == [1.4e6, 2.8e6 - 12_345.5, 4.2e6 - 12_345.5, None]
    assert result.burn_up[2].forecast.p10 == result.burn_up[2].forecast.p90 == result.total.spent
    assert result.burn_up[-1].forecast.p50 == pytest.approx(result.total.at_completion.median)
    for line in (*result.lines, result.total):
        assert line.at_completion.median == pytest.approx(line.spent + line.remaining.median)


def test_lines_add_up_to_the_total_draw_by_draw(read_plan):
    plan = simulate_cash_flow(read_plan(correlated()), OPTIONS, view="accrual")
    draws = forecast_draws(plan, from_rows(rows(1, 2)))
    left = sum(amounts.sum(axis=1) for amounts in draws.future.values())
    assert draws.conditional.weights.sum() == pytest.approx(1)
    assert (left > 0).all()
    assert all((amounts[:, :2] == 0).all() for amounts in draws.future.values())
    assert draws.future.keys() == plan.by_line.keys()
    np.testing.assert_allclose(plan.total.sum(axis=1), plan.result.retained_draws[TOTAL])


def test_the_plan_of_a_finished_scenario_is_what_was_spent(read_plan):
    result = forecast(read_plan(correlated()), rows(*range(1, 11)))
    assert result.total.at_completion.low == result.total.at_completion.high == result.total.spent == pytest.approx(14e6)


# --- calibration -------------------------------------------------------------------------------------------------------------

SCENARIOS = {
    "startup": """extends: [small-medium, startup, development]
schedule:
  data: {duration: 1 to 3 month}
  experiments: {duration: 1 to 3 month, lines: [compute]}
  final_run: {lines: [compute]}
""",
    "contract": """extends: [small-medium, startup, development]
basis: rented
rental_price: 2.2 to 2.6 USD/chip/hour
chips: 512
mfu: 0.3 to 0.45
schedule:
  data: {duration: 1 to 3 month}
  experiments: {duration: 3 to 5 month, lines: [compute]}
  final_run: {lines: [compute]}
""",
}


@pytest.mark.parametrize(("name", "months"), [("startup", 2), ("contract", 3), ("contract", 5)])
@pytest.mark.parametrize("noise", [0.0, TOLERANCE])
def test_intervals_contain_the_truth_as_often_as_they_say(read_plan, name, months, noise):
    """A draw of the plan, from another seed, is the truth of which some months are reported."""
    scenario, trials = read_plan(SCENARIOS[name]), 200
    plan, truth = (
        simulate_cash_flow(scenario, options, view="accrual") for options in (RunOptions(8000), RunOptions(trials, 9))
    )
    random = np.random.default_rng(3)
    x, left = ({line: each[:, part].sum(axis=1) for line, each in plan.by_line.items()} for part in _parts(months))
    true_x, true_left = ({line: each[:, part].sum(axis=1) for line, each in truth.by_line.items()} for part in _parts(months))
    places = []
    for trial in range(trials):
        spent = {line: float(each[trial] * math.exp(noise * random.standard_normal())) for line, each in true_x.items()}
        found = condition_draws(x, spent, left, seed=trial)
        total = sum(left[line][found.places] * found.factors[line] for line in left) + sum(found.late.values(), 0.0)
        value = sum(each[trial] for each in true_left.values())
        below, equal = (float(np.sum(found.weights[event])) for event in (total < value, total == value))
        places.append(below + random.random() * equal)
    for level in (0.5, 0.8, 0.95):
        covered = np.mean(np.abs(np.array(places) - 0.5) < level / 2)
        assert covered == pytest.approx(level, abs=3.5 * math.sqrt(level * (1 - level) / trials)), level
    assert np.mean(places) == pytest.approx(0.5, abs=0.08)


def _parts(months):
    return slice(0, months), slice(months, None)


# --- outside the draws -------------------------------------------------------------------------------------------------------


def codes(result):
    return {note.code for note in result.notes}


def test_spending_above_all_draws_scales_what_remains_of_the_line(read_plan):
    scenario = read_plan(HEAD + "labelling_cost: 10e6 USD\nstorage_cost: 4e6 USD\n")
    result = forecast(scenario, rows(1, 2, labelling=2e6))
    line = result.line("labelling_cost")
    error = math.hypot(TOLERANCE, MISALLOCATION * 4.8e6 / 4e6)
    assert line.rule == "above"
    assert line.remaining.median == pytest.approx(8e6 * 2 / math.exp(error))  # twice the plan, but for the error of amounts
    assert result.line("storage_cost").remaining.median == pytest.approx(3.2e6)
    assert "actuals-above" in codes(result)


def test_spending_below_all_draws_is_late_and_not_saved(read_plan):
    scenario = read_plan(HEAD + "labelling_cost: 10e6 USD\nstorage_cost: 4e6 USD\n")
    result = forecast(scenario, rows(1, 2, labelling=0.5e6))
    line = result.line("labelling_cost")
    error = math.hypot(TOLERANCE, MISALLOCATION * 2.8e6 / 1e6)
    assert line.rule == "below"
    assert line.at_completion.median == pytest.approx(8e6 + 2e6 * math.exp(-error))
    assert result.burn_up[2].forecast.p50 == pytest.approx(1.8e6 + 2e6 * math.exp(-error) - 1e6 + 1e6 + 0.4e6)


def test_nothing_spent_where_all_draws_spend_is_late(read_plan):
    result = forecast(read_plan(HEAD + COSTS), rows(1, 2, labelling=0))
    line = result.line("labelling_cost")
    assert line.rule == "late"
    assert line.at_completion.high == pytest.approx(line.planned_at_completion.high, rel=0.2)
    assert line.at_completion.median == pytest.approx(line.planned_at_completion.median, rel=0.05)
    assert "actuals-late" in codes(result)


def test_spending_before_all_draws_is_subtracted_from_what_remains(read_plan):
    text = HEAD.replace("{work: {duration: 10 month}}", "{work: {duration: 5 month, lines: [labelling_cost]}, "
                        "rest: {duration: 5 month, lines: [storage_cost]}}")  # fmt: skip
    result = forecast(
        read_plan(text + "labelling_cost: 10e6 USD\nstorage_cost: 4e6 USD\n"), rows(1, labelling=2e6, storage=1e6)
    )
    line = result.line("storage_cost")
    assert (line.rule, line.remaining.median, line.at_completion.median) == ("early", pytest.approx(3e6), pytest.approx(4e6))


def test_amounts_that_no_draw_combines_are_noted(read_plan):
    """Two lines that move together in the plan, of which one is far above it and the other far below."""
    scenario = read_plan(HEAD + COSTS + "dependence: [{between: [labelling_cost, storage_cost], rank: 0.97}]\n")
    usual, odd = (forecast(scenario, rows(1, 2, labelling=a, storage=b)) for a, b in ((1.4e6, 0.48e6), (1.7e6, 0.27e6)))
    assert usual.tail_probability > 0.05
    assert "actuals-outside" not in codes(usual)
    assert odd.tail_probability < 0.001
    assert "actuals-outside" in codes(odd)


# --- the table ---------------------------------------------------------------------------------------------------------------

DATED = correlated("start: 2026-01\n")


def issues(scenario, table, **options):
    with pytest.raises(InvalidInputError) as error:
        llmcost.forecast(scenario, table, **{"view": "accrual", "draws": 500} | options)
    return str(error.value)


def test_months_of_the_calendar_and_numbers_are_the_same(read_plan):
    scenario = read_plan(DATED)
    dated = forecast(scenario, [("2026-01", "labelling_cost", 1e6), ("2026-01-15", "storage_cost", 0.4e6)])
    numbered = forecast(scenario, rows(1))
    assert dated.total == numbered.total
    assert (dated.through, dated.months) == ("2026-01", 1)
    assert [month.month for month in dated.burn_up[:3]] == ["2026-01", "2026-02", "2026-03"]


@pytest.mark.parametrize(("row", "message"), [
    (("2026-13", "labelling_cost", 1), "no date of the calendar"),
    (("March", "labelling_cost", 1), "'March' is no month"),
    ((0, "labelling_cost", 1), "numbered from 1"),
    (("2025-12", "labelling_cost", 1), "2025-12 lies before the start of the plan, 2026-01"),
    (("2027-06", "labelling_cost", 1), "2027-06 lies after the end of the plan"),
    ((1, "labeling_cost", 1), "'labeling_cost' is no line of this plan; did you mean 'labelling_cost'?"),
    ((1, "Travel", 1), "--account 'Travel="),
    ((1, "labelling_cost", "1,000"), "amount must be a number"),
    ((1, "labelling_cost", math.nan), "amount must be a finite number"),
])  # fmt: skip
def test_rows_that_cannot_be_meant_are_refused(read_plan, row, message):
    assert message in issues(read_plan(DATED), [*rows(1), row])


def test_all_issues_are_reported_at_once(read_plan):
    text = issues(read_plan(DATED), [("x", "labelling_cost", 1), (1, "other", 1)])
    assert len(text.splitlines()) == 2


def test_dates_need_a_start(read_plan):
    assert "the plan has no start" in issues(read_plan(correlated()), [("2026-01", "labelling_cost", 1)])


def test_future_months_are_refused(read_plan):
    scenario = read_plan(correlated("start: 2190-01\n"))
    assert "2190-01 lies in the future" in issues(scenario, rows("2190-01"))
    assert "lies in the future" in issues(scenario, rows(1))


def test_a_month_that_is_not_over_needs_a_day(read_plan, monkeypatch):
    from simulator.analysis.actuals import report

    monkeypatch.setattr(report, "_today", lambda: datetime.date(2026, 2, 20))
    scenario = read_plan(DATED)
    assert "2026-02 is not over" in issues(scenario, rows(1, 2))
    assert "lies in the future" in issues(scenario, rows(1, 2), through="2026-02-21")
    assert forecast(scenario, rows(1)).months == 1
    result = llmcost.forecast(scenario, rows(1, 2), view="accrual", through="2026-02-14", draws=500)
    assert result.months == 1.5


def test_a_part_of_a_month_is_compared_with_that_part_of_the_plan(read_plan):
    scenario = read_plan(HEAD + "labelling_cost: 10e6 USD\nstorage_cost: 4e6 USD\n")
    result = llmcost.forecast(
        scenario, [*rows(1), *rows(2, labelling=0.5e6, storage=0.2e6)], view="accrual", through="1.5", draws=500
    )
    assert result.total.planned_to_date.p50 == pytest.approx(2.1e6)
    assert result.total.at_completion.median == pytest.approx(14e6)
    assert result.burn_up[1].forecast.p50 == pytest.approx(2.8e6)
    assert "after" in issues(scenario, rows(1, 2, 3), through=2)


def test_a_missing_amount_is_refused_zero_or_estimated(read_plan):
    scenario = read_plan(DATED)
    table = [*rows(1), (2, "labelling_cost", 1e6)]
    text = issues(scenario, table)
    assert "storage_cost has no amount in 2026-02" in text
    assert "missing: zero" in text
    zero, estimate = (
        llmcost.forecast(scenario, table, view="accrual", missing=missing, draws=2000) for missing in ("zero", "estimate")
    )
    assert zero.line("storage_cost").planned_to_date.p50 == pytest.approx(2 * estimate.line("storage_cost").planned_to_date.p50)
    assert {"missing-zero"} <= codes(zero)
    assert {"missing-estimate"} <= codes(estimate)
    assert estimate.line("storage_cost").at_completion.median > zero.line("storage_cost").at_completion.median


def test_a_line_without_any_amount_is_estimated_from_the_others(read_plan):
    table = [(month, "labelling_cost", 1.5e6) for month in (1, 2, 3)]
    result = llmcost.forecast(read_plan(correlated()), table, view="accrual", missing="estimate", draws=4000)
    line = result.line("storage_cost")
    assert (line.rule, line.spent) == ("estimate", 0)
    assert line.at_completion.median > 1.1 * line.planned_at_completion.median  # the driver that both share


def test_repeated_rows_are_added_and_refunds_are_counted(read_plan):
    scenario = read_plan(correlated())
    table = [*rows(1), (1, "labelling_cost", 0.2e6), (1, "storage_cost", -0.1e6)]
    result = forecast(scenario, table)
    assert result.line("labelling_cost").spent == 1.2e6
    texts = {note.code: note.text for note in result.notes}
    assert texts["amounts-added"].startswith("2 amounts")
    assert texts["refunds"].startswith("1 negative amount, -100,000 in all")


def test_an_account_covers_one_line_or_several_or_none(read_plan):
    scenario = read_plan(correlated())
    accounts = {"Everything": ["labelling_cost", "storage_cost"], "Travel": "none"}
    table = [(month, "everything", 1.4e6) for month in (1, 2)] + [(1, "Travel", 5e3)]
    result = llmcost.forecast(scenario, table, accounts=accounts, view="accrual", draws=2000)
    assert [line.name for line in result.lines] == ["Everything"]
    assert result.lines[0].lines == ("labelling_cost", "storage_cost")
    assert result.total.spent == 2.8e6
    assert "outside-plan" in codes(result)
    everything = llmcost.forecast(scenario, table, accounts={**accounts, "Everything": "all"}, view="accrual", draws=2000)
    assert everything.total == result.total
    text = issues(scenario, table, accounts={"Everything": ["labelling_cost", "stor"], "Travel": "none"})
    assert "'Everything' is mapped to 'stor', which is no line of this plan" in text


def test_accounts_that_share_a_line_are_refused(read_plan):
    text = HEAD.replace("storage_cost]", "storage_cost, tool_cost]") + COSTS + "tool_cost: 1e6 USD\n"
    accounts = {"A": ["labelling_cost", "storage_cost"], "B": ["storage_cost", "tool_cost"]}
    assert "'A' and 'B' both cover storage_cost" in issues(read_plan(text), [(1, "A", 1)], accounts=accounts)


def test_a_cost_that_is_no_payment_has_no_amount_in_cash(read_plan):
    scenario = read_plan(HEAD.replace("labelling_cost", "chip_cost") +
                         "chip_cost: 10e6 USD\nstorage_cost: 4e6 USD\n")  # fmt: skip
    with pytest.raises(InvalidInputError, match="is a cost and no payment"):
        llmcost.forecast(scenario, [(1, "chip_cost", 1e6)], missing="zero", draws=500)


# --- scenario, options and result --------------------------------------------------------------------------------------------


def test_actuals_of_a_scenario_are_those_of_a_table(read_plan):
    listed = "".join(f"\n  - {{month: {month}, line: {line}, amount: {amount:g} USD}}" for month, line, amount in rows(1, 2))
    scenario = read_plan(correlated(f"actuals:{listed}\n"))
    assert forecast_at_completion(scenario, None, OPTIONS, view="accrual").total == forecast(scenario, rows(1, 2)).total
    assert "actuals" in {note.code for note in scenario.notes}
    table = read_plan(correlated(f"actuals:\n  missing: zero\n  through: 1.5\n  rows:{listed}\n")).actuals
    assert (table.missing, table.through, len(table.amounts)) == ("zero", "1.5", 4)


@pytest.mark.parametrize(("text", "message"), [
    ("actuals: [{month: 1, line: labeling_cost, amount: 1 USD}]", "did you mean 'labelling_cost'"),
    ("actuals: [{month: 1, line: storage_cost, amount: 1 hour}]", "cannot be converted"),
    ("actuals: [{month: 1, line: storage_cost, amount: 1 to 2 USD}]", "must be a single amount"),
    ("actuals: [{month: 1, line: storage_cost, amont: 1 USD}]", "did you mean 'amount'"),
    ("actuals: {rows: [], missing: maybe}", "'maybe' is not one of"),
    ("actuals: [{month: 1, line: storage_cost, amount: 1 USD}]\nprogress: {share_done: 0.5, spent: 1 USD}", "keep one of them"),
])  # fmt: skip
def test_actuals_of_a_scenario_are_validated_with_it(read_plan, text, message):
    with pytest.raises(InvalidInputError) as error:
        read_plan(correlated(f"{text}\n"))
    assert message in str(error.value)


def test_without_amounts_there_is_no_forecast(read_plan):
    with pytest.raises(UnsupportedError, match="has no `actuals`"):
        llmcost.forecast(read_plan(correlated()))
    with pytest.raises(llmcost.InvalidValueError, match="give these too"):
        llmcost.forecast(read_plan(correlated()), missing="zero")
    with pytest.raises(InvalidInputError, match="has no amounts"):
        llmcost.forecast(read_plan(correlated()), [])


def test_probability_of_an_overrun_follows_what_was_spent(read_plan):
    scenario = read_plan(correlated("budget: 16e6 USD\n"))
    low, high = (forecast(scenario, rows(1, 2, 3, labelling=each)) for each in (0.8e6, 1.5e6))
    assert low.budget.planned_within == high.budget.planned_within
    assert low.probability_of_overrun < 0.05 < 0.95 < high.probability_of_overrun
    assert forecast(read_plan(correlated()), rows(1)).budget is None


def test_then_year_amounts_are_compared_with_the_plan_of_their_month(read_plan):
    text = HEAD + "labelling_cost: 10e6 USD\nstorage_cost: 4e6 USD\nescalation: 0.12 1/year\n"
    plan = simulate_cash_flow(read_plan(text), OPTIONS, view="accrual")
    result = forecast(read_plan(text), rows(1))
    assert result.total.planned_at_completion.median == pytest.approx(plan.then_year[0].sum())


def test_more_draws_make_the_error_smaller(read_plan):
    few, many = (forecast(read_plan(correlated()), rows(1, 2), draws=draws) for draws in (2000, 32_000))
    assert many.total.at_completion.mcse.median < few.total.at_completion.mcse.median / 2
    assert many.effective_draws > 2 * few.effective_draws


def test_the_result_is_documented_plain_data(read_plan):
    result = forecast(read_plan(correlated("budget: 20e6 USD\n")), rows(1, 2))
    assert undocumented(result) == set()
    data = result.to_dict()
    assert data["total"]["at_completion"]["p80"] == result.total.at_completion.p80
    assert {"lines", "burn_up"} <= set(result.tables)
    assert list(result.to_dataframe("burn_up")["month"][:2]) == ["1", "2"]


def test_a_forecast_in_another_currency_is_the_same_forecast(read_plan):
    """Amounts in USD are converted with everything else; rows of a table are in the currency of the results."""
    listed = "".join(f"\n  - {{month: {month}, line: {line}, amount: {amount:g} USD}}" for month, line, amount in rows(1, 2))
    text = correlated(f"budget: 16e6 USD\nactuals:{listed}\n")
    usd, eur = (read_plan(text + more) for more in ("", "money: 2026 EUR\nrates: {EUR: 0.8}\n"))
    results = [forecast_at_completion(scenario, None, OPTIONS, view="accrual") for scenario in (usd, eur)]
    results.append(forecast(eur, rows(1, 2, labelling=0.8e6, storage=0.32e6)))
    first, *others = results
    for other in others:
        assert other.header.money == "2026 EUR"
        assert other.total.spent == pytest.approx(0.8 * first.total.spent)
        assert other.total.at_completion.p80 == pytest.approx(0.8 * first.total.at_completion.p80)
        assert other.budget.within.value == pytest.approx(first.budget.within.value)


# --- rehearsal --------------------------------------------------------------------------------------------------------

TO_COME = correlated("start: 2190-01\nbudget: 16e6 USD\n")


def test_a_plan_to_come_is_rehearsed_with_a_day_taken_as_today(read_plan):
    past = forecast(read_plan(correlated("start: 2026-01\nbudget: 16e6 USD\n"), "past"), rows(1, 2))
    for as_of in ("2190-02", "2190-02-28", datetime.date(2190, 3, 4)):
        rehearsed = llmcost.forecast(read_plan(TO_COME), rows(1, 2), view="accrual", as_of=as_of, draws=4000)
        assert rehearsed.total == past.total
        assert "rehearsal" in codes(rehearsed)
    assert "rehearsal" not in codes(past)


def test_the_refusal_of_months_to_come_proposes_a_rehearsal_that_works(read_plan):
    text = issues(read_plan(TO_COME), rows(1, 2, 3))
    (proposed,) = set(re.findall(r"as_of: (\S+),", text))
    assert proposed == "2190-03-31"  # of the last amount, so that it is enough for all rows
    llmcost.forecast(read_plan(TO_COME), rows(1, 2, 3), view="accrual", as_of=proposed, draws=500)


def test_amounts_after_the_day_taken_as_today_are_refused(read_plan):
    assert "2026-02 lies in the future of 2026-01-31" in issues(read_plan(DATED), rows(1, 2), as_of="2026-01")
    assert "2026-02 is not over on 2026-02-10" in issues(read_plan(DATED), rows(1, 2), as_of="2026-02-10")
    assert "as-of" in codes(llmcost.forecast(read_plan(DATED), rows(1), view="accrual", as_of="2026-01", draws=500))


@pytest.mark.parametrize(("plan", "as_of", "message"), [
    (DATED, "soon", "as_of: 'soon' is no day; write a day"),
    (DATED, "3", "as_of: '3' is no day"),
    (correlated(), "2026-02", "the plan has no start"),
])  # fmt: skip
def test_days_that_cannot_be_meant_are_refused(read_plan, plan, as_of, message):
    assert message in issues(read_plan(plan), rows(1), as_of=as_of)


def test_a_scenario_states_the_day_taken_as_today(read_plan):
    text = (
        TO_COME
        + "actuals:\n  as_of: 2190-01\n  missing: zero\n  rows:\n  - {month: 1, line: labelling_cost, amount: 1e6 USD}\n"
    )
    assert "rehearsal" in codes(llmcost.forecast(read_plan(text), view="accrual", draws=500))


# --- payments that are negative, and amounts that are not known --------------------------------------------------------


def test_a_missing_credit_is_a_negative_amount(read_plan):
    plan = (
        "extends: training-run\nlines: [rental_cost]\noutcomes: [credits_used]\nbasis: rented\ncommitment: on-demand\n"
        "chip: nvidia-h100-sxm\nchips: 512\nchip_hours: 1e6 chip*hour\non_demand_price: 2 USD/chip/hour\n"
        "credit_grant: 500e3 USD\ncredit_share: 50%\ncredit_term: 12 month\nstart: 2026-01\n"
        "schedule: {work: {duration: 4 month, lines: [compute]}}\n"
    )
    text = issues(read_plan(plan), [("2026-03", "rental_cost", 1e5)], view="cash")
    assert "credits_used has no amount in 2026-01, 2026-02, 2026-03, in which the plan reduces payments by it" in text
    assert "as a negative amount" in text
    assert "spends on it; add it" not in text.split("credits_used")[1]


# --- the basis --------------------------------------------------------------------------------------------------------


def test_a_forecast_names_its_basis_and_the_cost_beside_it(read_plan):
    staff = (
        "extends: training-run\nlines: [staff_cost]\noutcomes: []\nprices: 2026 USD\nstart: 2026-01\n"
        "staff: {team: {people: 10, fte: 1, salary: 120e3 USD/person/year, on_cost: 1, equity: 60e3 USD/person/year}}\n"
        "schedule: {work: {duration: 6 month}}\n"
    )
    table = [("2026-01", "staff_cost", 1e5)]
    cash, accrual = (llmcost.forecast(read_plan(staff), table, view=view, draws=500) for view in ("cash", "accrual"))
    notes = {note.code: note.text for note in cash.notes}
    # Half a year of ten people: salaries of 600K; equity of 300K is a cost and no payment.
    assert "pays 600K and costs 900K at the medians" in notes["basis-of-amounts"]
    assert "accrual" in {note.code: note.text for note in accrual.notes}["basis-of-amounts"]
