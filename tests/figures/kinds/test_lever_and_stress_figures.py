"""Levers and shocks."""

from figure_cases import HEADER, lines

from simulator.figures import draw


def test_levers_and_shocks_stand_where_their_tables_say():
    figures = {"low": -5.0, "median": 10.0, "high": 30.0}
    row = {"name": "spot", "grade": "D", "assumption": True, "saving": figures, "net_saving": 9.0}
    axes = draw("levers", {**HEADER, "ranked_by": "mean", "total": {"median": 50.0}, "levers": [row]}).axes[0]
    assert any(x.tolist() == [-5, 30] for x, _ in lines(axes).values())
    assert axes.texts[0].get_text() == "+9.00 net"
    case = {"name": "x", "shocks": ["x"], "grade": "C", **figures, "change": {"value": 4.0, "share": 0.1, "moves": True}}
    unchanged = {**case, "change": {"value": 0.0, "share": 0.0, "moves": False}}
    axes = draw(
        "stress", {**HEADER, "budget": 20.0, "shocks": {"ranked_by": "mean", "base": figures, "cases": [unchanged, case]}}
    ).axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["no shock", "x"]
    assert axes.texts[1].get_text() == "+4.00 (+10%) C"
