"""Cost and date together."""

import numpy as np
import pytest
from documented import undocumented
from figure_cases import lines, table_of

from simulator.figures import draw


def test_a_scatter_shows_draws_and_quadrants(folder):
    table = table_of(folder, "plan", "joint")
    axes = draw("joint", table).axes[0]
    (dots,) = [line for line in axes.lines if len(line.get_xdata()) == 3 * len(table.points.cost)]
    points = np.column_stack([dots.get_xdata()[::3], dots.get_ydata()[::3]])
    np.testing.assert_array_equal(points, np.column_stack([table.points.months, table.points.cost]))
    assert np.ptp(dots.get_xdata()[:2]) < 1e-3 * np.ptp(axes.get_xlim())  # a dot is a line too short to see
    quadrants = table.quadrants
    shares = [share.value for share in (quadrants.within_both, quadrants.over_cost, quadrants.late, quadrants.over_both)]
    assert sum(shares) == pytest.approx(1)
    cheap = np.asarray(points[:, 1]) <= table.cost_target.amount
    early = np.asarray(points[:, 0]) <= table.date_target.months
    assert np.mean(cheap & early) == pytest.approx(shares[0])  # all draws are shown here
    x, y = lines(axes)["frontier of 70%"]
    both = [np.mean((points[:, 0] <= month) & (points[:, 1] <= cost)) for month, cost in zip(x, y, strict=True)]
    assert min(both) >= 0.7 - 1e-9
    assert max(both) < 0.72


def test_the_table_is_documented_plain_data(folder):
    table = table_of(folder, "plan", "joint")
    assert undocumented(table) == set()
    data = table.to_dict()
    assert data["points"] == {"months": table.points.months, "cost": table.points.cost}
    assert data["time"] == "release"
    assert ("points.cost[0]", table.points.cost[0]) in table.table()[1]
    assert len(table.to_dataframe()) == len(table.to_csv().splitlines()) - 1
