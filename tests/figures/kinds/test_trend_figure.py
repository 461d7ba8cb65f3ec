"""The trend of frontier models."""

import numpy as np
import pytest
from figure_cases import lines

from simulator.figures import build_table, draw
from simulator.figures.data import FigureRequest


def test_a_trend_is_the_published_line():
    table = build_table("trend", FigureRequest())
    axes = draw("trend", table).axes[0]
    x, y = next(data for data in lines(axes).values() if len(data[0]) == len(table.line))
    slope = np.diff(np.log10(y)) / np.diff(x)
    np.testing.assert_allclose(10**slope, 2.411, atol=0.001)  # our rows of the study's second version
    dates, costs = lines(axes)["amortised cost, 31 models"]
    centre = dates.mean(), np.log10(costs).mean()
    assert np.interp(centre[0], x, np.log10(y)) == pytest.approx(centre[1], abs=1e-6)  # through the mean
    assert any(np.all(np.asarray(line.get_ydata()) == 1e9) for line in axes.lines)


def test_the_table_of_a_trend_is_plain_data():
    plain = build_table("trend", FigureRequest()).to_dict()
    figures = {"cost", "n", "threshold", "last", "growth", "models", "line"}
    assert set(plain) == {"schema", "title", "money", "interval", "version", "notes"} | figures
    assert set(plain["growth"]) == {"value", "low", "high"}
    assert plain["n"] == len(plain["models"]) == 31
