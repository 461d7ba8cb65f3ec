"""What was spent, beside the plan and the forecast."""

import numpy as np
import pytest
from documented import undocumented
from figure_cases import lines, table_of

from simulator.figures import build_table, draw
from simulator.figures.data import FigureRequest, FigureUnavailableError
from simulator.figures.registry import kind_functions
from simulator.scenario import read


def test_lines_are_those_of_the_table(folder):
    table = table_of(folder, "known", "burn-up")
    drawn = lines(draw("burn-up", table).axes[0])
    x, y = drawn["actual"]
    np.testing.assert_allclose(x, [0, 1, 2])
    np.testing.assert_allclose(y, [0, *(month.actual for month in table.burn_up[:2])])
    ahead, median = drawn["forecast, median"]
    assert (ahead[0], median[0]) == (x[-1], y[-1])
    assert median[-1] == table.burn_up[-1].forecast.p50
    np.testing.assert_allclose(drawn["plan, median"][1][1:], [month.plan.p50 for month in table.burn_up])


def test_the_budget_is_a_line(folder):
    table = table_of(folder, "plan", "burn-up")
    name = next(name for name in lines(draw("burn-up", table).axes[0]) if name.startswith("budget"))
    assert name.startswith("budget, 2,000 USD: ")
    assert "probability of staying within the budget" in kind_functions("burn-up").describe(table)


def test_the_table_is_documented_plain_data(folder):
    table = table_of(folder, "plan", "burn-up")
    assert undocumented(table) == set()
    assert table.to_dict()["burn_up"][0]["actual"] == table.burn_up[0].actual


def test_a_scenario_without_amounts_has_no_burn_up():
    with pytest.raises(FigureUnavailableError, match="gpt-4 has no `actuals`"):
        build_table("burn-up", FigureRequest([read("gpt-4")], draws=500))
