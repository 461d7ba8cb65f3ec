"""Inputs where a condition holds."""

from dataclasses import replace

from figure_cases import HEADER, lines

from simulator.analysis.statistics import Estimate
from simulator.analysis.stress import ReverseTest
from simulator.analysis.stress.reverse_stress import InputComparison, MedianAndInterval, ReverseStress
from simulator.figures import FigureFormat, draw
from simulator.scenario import TOTAL


def test_inputs_are_on_the_scale_of_their_usual_intervals():
    row = InputComparison(
        name="a",
        unit="1",
        grade="B",
        ks_distance=0.5,
        clear=True,
        higher=True,
        all_draws=MedianAndInterval(2.0, 0.0, 10.0),
        selected=MedianAndInterval(6.0, 1.0, 14.0),
    )
    comparison = ReverseStress(
        condition="total_cost > 200e6",
        quantity=TOTAL,
        above=True,
        amount=2e8,
        unit="USD",
        draws=1000,
        selected_draws=200,
        probability=Estimate(0.2, 0.01),
        inputs=(row, replace(row, clear=False)),
        box=None,
        sentence="",
    )
    table = ReverseTest(header=HEADER, budget=None, reverse=comparison)
    figure = draw("reverse", table)
    plotted = list(lines(figure.axes[0]).values())
    assert plotted[0][0].tolist() == [-0.5, 1.5]
    assert plotted[1][0].tolist() == [0.5]
    assert "total cost is above $200M" in figure.texts[0].get_text()
    assert [each.get_text() for each in figure.axes[0].get_xticklabels()] == ["low", "median", "high"]
    narrow = draw("reverse", table, page=FigureFormat(width=3.5)).axes[0]
    assert [each.get_text() for each in narrow.get_xticklabels()] == ["low", "", "high"]  # they would touch
