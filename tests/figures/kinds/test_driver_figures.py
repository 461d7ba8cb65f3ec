"""Tornado, shares of variance and heat map of correlations."""

from dataclasses import replace

from documented import undocumented
from figure_cases import HEADER, sensitivity_of, swing, table_of

from simulator.analysis.sensitivity import IntervalEstimate
from simulator.figures import alt_text, draw, style
from simulator.figures.kinds.correlation import CorrelationTable
from simulator.scenario import TOTAL


def test_a_tornado_shows_the_conditional_swing_beside_the_causal_one():
    table = sensitivity_of(swing(80, 120, "wide"), swing(90, 110, conditional=(70, 95)))
    figure = draw("tornado", table)
    (line,) = [line for line in figure.axes[0].lines if list(line.get_xdata()) == [70, 95]]
    assert list(line.get_ydata()) == [1, 1]
    assert "conditional" in line.get_label()
    assert "(conditional 70 to 95" in alt_text("tornado", table).replace(".0", "")
    assert "conditional" not in alt_text("tornado", sensitivity_of(swing(80, 120)))


def test_a_tornado_has_the_widest_swing_on_top_and_the_right_ends():
    rows = [swing(90, 110), swing(150, 50, "wide"), replace(swing(1, 1), swing=None)]
    axes = draw("tornado", sensitivity_of(*rows)).axes[0]
    ends = {}
    for bar in axes.patches:
        ends.setdefault(round(bar.get_y() + bar.get_height() / 2), set()).add(bar.get_x() + bar.get_width())
    assert ends == {0: {150, 50}, 1: {90, 110}}
    assert [text.get_text() for text in axes.get_yticklabels()] == ["wide", "a"]
    assert axes.get_xlim()[0] < 50


def test_shares_of_variance_are_drawn_with_their_error():
    shares = {"a": IntervalEstimate(-0.001, 0.005), "b": IntervalEstimate(0.4, 0.025)}
    rows = [replace(swing(1, 2, name), share_of_variance=share, grade=grade)
            for (name, share), grade in zip(shares.items(), ("B", "D"), strict=True)]  # fmt: skip
    axes = draw("variance", sensitivity_of(*rows)).axes[0]
    assert [bar.get_width() for bar in axes.patches] == [40, 0]
    assert [bar.get_hatch() for bar in axes.patches] == [style.HATCHES[1], ""]
    assert [text.get_text() for text in axes.texts] == ["40%", "~0"]


def test_a_heat_map_says_every_rank_and_hatches_what_is_negative():
    ranks = ((1.0,), (0.8, 1.0), (-0.4, 0.001, 1.0))
    table = CorrelationTable(header=HEADER, names=(TOTAL, "a", "b"), ranks=ranks, specification=())
    axes = draw("correlation", table).axes[0]
    assert [text.get_text() for text in axes.texts] == ["1", "+0.80", "1", "−0.40", "0", "1"]
    assert [bool(bar.get_hatch()) for bar in axes.patches] == [False, False, False, True, False, False]


def test_correlations_are_documented_data(folder):
    table = table_of(folder, "plan", "correlation")
    assert undocumented(table) == set()
    assert table.to_dict()["names"][0] == TOTAL
    assert len(table.to_dataframe()) > len(table.names)
