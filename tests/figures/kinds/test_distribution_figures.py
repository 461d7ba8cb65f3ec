"""A histogram is the distribution that was drawn, and an S-curve passes through its marks."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from documented import undocumented
from figure_cases import bars, lines, table_of

from simulator.engine.simulate import simulate
from simulator.figures import draw
from simulator.figures.kinds.histogram import histogram_of
from simulator.scenario import TOTAL, read


def test_a_histogram_is_the_lognormal_that_was_drawn(folder):
    scenario = read(str(folder / "plan.yaml"), sets=["energy_cost=0"])
    result = simulate(scenario, 200_000, keep=[TOTAL])
    table = histogram_of(result)
    axes = draw("histogram", table).axes[0]
    distribution = NormalDist(math.log(1000), 0.5)
    histogram_bars = bars(axes)
    assert sum(height for *_, height in histogram_bars) + 100 * (table.below + table.above) == pytest.approx(100)
    for low, high, height in histogram_bars:
        p = distribution.cdf(math.log(high)) - distribution.cdf(math.log(low))
        assert height == pytest.approx(100 * p, abs=100 * 4.5 * math.sqrt(p / 200_000) + 0.01)
    bounds = [1000 * math.exp(side * 1.96 * 0.5) for side in (-1, 1)]
    inside = [low for low, high, _ in histogram_bars if bounds[0] < (low + high) / 2 < bounds[1]]
    filled = [
        bar.get_x() for bar in axes.patches if bar.get_facecolor() == axes.patches[len(histogram_bars) // 2].get_facecolor()
    ]
    assert abs(len(filled) - len(inside)) <= 2
    legend_texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend_texts[1] in ("P50 $997", "P50 $998", "P50 $999", "P50 $1.00K")  # 1.4 is a standard error
    assert legend_texts[-1].startswith("budget $2,000: 92%")  # Phi(ln 2 / 0.5) = 0.917


def test_an_s_curve_passes_through_its_marks(folder):
    table = table_of(folder, "plan", "s-curve")
    axes = draw("s-curve", table).axes[0]
    plotted = lines(axes)
    x, y = next(data for data in plotted.values() if len(data[0]) == 99)
    np.testing.assert_array_equal(x, table.s_curve.amount)
    np.testing.assert_allclose(y, np.arange(1, 100))
    for label, (at, probability) in plotted.items():
        if label.startswith(("P50", "P80", "budget", "point")):
            assert probability[0] == pytest.approx(np.interp(at[0], x, y), abs=0.7), label


def test_a_histogram_is_documented_data(folder):
    table = table_of(folder, "plan", "histogram")
    assert undocumented(table) == set()
    data = table.to_dict()
    assert data["point_estimate"]["amount"] == table.point_estimate.amount
    assert len(data["edges"]) == len(data["shares"]) + 1
    frame = table.to_dataframe().set_index("figure")["value"]
    assert frame["total.median"] == table.total.median
