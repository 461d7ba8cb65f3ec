"""Tornado, shares of variance and heat map of correlations."""

from figure_cases import HEADER, swing

from simulator.figures import alt_text, draw, style
from simulator.scenario import TOTAL


def test_a_tornado_shows_the_conditional_swing_beside_the_causal_one():
    correlated = {**swing(90, 110)}
    correlated["swing"]["conditional"] = {"p10": 70, "p90": 95}
    table = {**HEADER, "drivers": [swing(80, 120, "wide"), correlated]}
    figure = draw("tornado", table)
    (line,) = [line for line in figure.axes[0].lines if list(line.get_xdata()) == [70, 95]]
    assert list(line.get_ydata()) == [1, 1]
    assert "conditional" in line.get_label()
    assert "(conditional 70 to 95" in alt_text("tornado", table).replace(".0", "")
    assert "conditional" not in alt_text("tornado", {**HEADER, "drivers": [swing(80, 120)]})


def test_a_tornado_has_the_widest_swing_on_top_and_the_right_ends():
    rows = [swing(90, 110), swing(150, 50, "wide"), {**swing(1, 1), "swing": None}]
    axes = draw("tornado", {**HEADER, "drivers": rows}).axes[0]
    ends = {}
    for bar in axes.patches:
        ends.setdefault(round(bar.get_y() + bar.get_height() / 2), set()).add(bar.get_x() + bar.get_width())
    assert ends == {0: {150, 50}, 1: {90, 110}}
    assert [text.get_text() for text in axes.get_yticklabels()] == ["wide", "a"]
    assert axes.get_xlim()[0] < 50


def test_shares_of_variance_are_drawn_with_their_error():
    share = {"value": 0.4, "low": 0.35, "high": 0.45, "mcse": 0.025}
    rows = [{**swing(1, 2, name), "share_of_variance": each, "grade": grade}
            for name, each, grade in (("a", {**share, "value": -0.001, "low": -0.01}, "B"), ("b", share, "D"))]  # fmt: skip
    axes = draw("variance", {**HEADER, "variance_of": "cost", "drivers": rows}).axes[0]
    assert [bar.get_width() for bar in axes.patches] == [40, 0]
    assert [bar.get_hatch() for bar in axes.patches] == [style.HATCHES[1], ""]
    assert [text.get_text() for text in axes.texts] == ["40%", "~0"]


def test_a_heat_map_says_every_rank_and_hatches_what_is_negative():
    table = {**HEADER, "names": [TOTAL, "a", "b"], "ranks": [[1.0], [0.8, 1.0], [-0.4, 0.001, 1.0]], "specification": []}
    axes = draw("correlation", table).axes[0]
    assert [text.get_text() for text in axes.texts] == ["1", "+0.80", "1", "−0.40", "0", "1"]
    assert [bool(bar.get_hatch()) for bar in axes.patches] == [False, False, False, True, False, False]
