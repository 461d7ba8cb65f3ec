"""Inputs where a condition holds."""

from figure_cases import HEADER, lines

from simulator.figures import draw
from simulator.scenario import TOTAL


def test_inputs_are_on_the_scale_of_their_usual_intervals():
    usual, then = {"low": 0.0, "median": 2.0, "high": 10.0}, {"low": 1.0, "median": 6.0, "high": 14.0}
    row = {"name": "a", "unit": "1", "ks_distance": 0.5, "clear": True, "higher": True, "usual": usual, "then": then}
    comparison = {"quantity": TOTAL, "above": True, "amount": 2e8, "unit": "USD", "probability": {"value": 0.2}, "sentence": "",
             "inputs": [row, {**row, "clear": False}], "condition": "total_cost > 200e6"}  # fmt: skip
    figure = draw("reverse", {**HEADER, "reverse": comparison})
    plotted = list(lines(figure.axes[0]).values())
    assert plotted[0][0].tolist() == [-0.5, 1.5]
    assert plotted[1][0].tolist() == [0.5]
    assert "total cost is above 200M USD" in figure.texts[0].get_text()
