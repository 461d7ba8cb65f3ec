"""Money spent so far, by month."""

import numpy as np
from documented import undocumented
from figure_cases import lines, table_of

import llmcost
from simulator.core.formatting import format_money
from simulator.figures import draw
from simulator.figures.data import FigureRequest
from simulator.figures.kinds.cashflow import cashflow_table


def test_a_fan_of_known_costs_is_a_line(folder):
    table = table_of(folder, "known", "cashflow")
    stack, axes = draw("cashflow", table).axes
    assert [round(bar.get_height()) for bar in stack.patches if bar.get_height()] == [300] * 6
    x, y = lines(axes)["median"]
    np.testing.assert_allclose(x, range(7))
    np.testing.assert_allclose(y, [300 * month for month in range(7)])
    assert [text.get_text() for text in axes.texts] == ["data ends", "final run ends"]


def test_costs_that_are_no_payments_are_named_as_left_out(folder):
    assert "Left out" not in remark(table_of(folder, "known", "cashflow"))
    owned = llmcost.open_scenario({"extends": "gpt-3", "schedule": {"final_run": {"lines": ["energy_cost"]}}})
    table = cashflow_table(FigureRequest((owned.scenario,), draws=2000))
    flow = llmcost.cashflow(owned, draws=2000)
    assert table.noncash == -flow.reconciliation["noncash_cost"] > 0
    amount = format_money(table.noncash, "USD")
    assert f"Left out: {amount} of costs that are no payments, as depreciation and equity are." in remark(table)


def remark(table):
    """Return the text of a drawn figure, in one line."""
    return " ".join(" ".join(text.get_text() for text in draw("cashflow", table).texts).split())


def test_the_table_is_documented_plain_data(folder):
    table = table_of(folder, "plan", "cashflow")
    assert undocumented(table) == set()
    data = table.to_dict()
    assert data["phases"]["data"]["median"] == table.phases["data"].median
    assert [row["from_month"] for row in data["periods"]] == list(range(len(table.periods)))
    assert all(period.cumulative.low <= period.cumulative.q25 <= period.cumulative.median for period in table.periods)
    assert all(period.planned is not None for period in table.periods)
    assert table.periods[-1].planned == 2000
    assert len(table.to_dataframe()) == len(table.to_csv().splitlines()) - 1
