"""Levers and shocks."""

from dataclasses import replace

from figure_cases import HEADER, lines

from simulator.analysis.lever_results import LeverRanking, LeverSaving, SavingStatistics, TotalWithoutLever
from simulator.analysis.statistics import StandardErrors
from simulator.analysis.stress import ShockTest
from simulator.analysis.stress.shocks import ShockCase, ShockChange, ShockEffects, StressTotal
from simulator.figures import alt_text, draw

BOUNDS = {"mean": 12.0, "median": 10.0, "low": -5.0, "high": 30.0}


def test_levers_stand_where_their_tables_say():
    lever = LeverSaving(
        name="spot", about="", grade="D", assumption=True, affects=(), net=SavingStatistics(**BOUNDS, mcse=0.1),
        saving=SavingStatistics(13.0, 11.0, -4.0, 31.0, 0.1), outcomes=(), share_of_total=0.2,
        probability_of_saving=0.9, probability_of_none=0, probability_of_costing_more=0.1,
        adoption_cost=None, delay_hours=None, added_hours=None, conditions="", side_effects="", notes=(),
        too_good=False, draws=None, net_draws=None,
    )  # fmt: skip
    table = LeverRanking(
        header=HEADER, total=TotalWithoutLever(60.0, 50.0), levers=(lever,), no_line=(), inapplicable=(),
        base=None,
    )  # fmt: skip
    axes = draw("levers", table).axes[0]
    assert any(x.tolist() == [-5, 30] for x, _ in lines(axes).values())
    assert axes.texts[0].get_text() == "+$10.0"
    assert alt_text("levers", table).endswith("median and interval: spot 10.0 (-5.00 to 30.0).")


def test_shocks_stand_where_their_tables_say():
    errors = StandardErrors(0.1, 0.1, 0.1, 0.1)
    base = StressTotal(**BOUNDS, sd=9.0, quantiles={"80": 20.0}, mcse=errors, within_budget=None)
    change = ShockChange(mean=4.0, mcse=0.1, median=4.0, median_mcse=0.1, value=4.0, share=0.1, moves=True)
    case = ShockCase(
        **BOUNDS, sd=9.0, quantiles={"80": 20.0}, mcse=errors, within_budget=None, name="x", shocks=("x",), about="", grade="C",
        conditions="", change=change, mitigation="",
    )  # fmt: skip
    unchanged = replace(case, change=replace(change, value=0.0, share=0.0, moves=False))
    effects = ShockEffects("mean", "", base, (unchanged, case), ())
    table = ShockTest(header=HEADER, budget=20.0, shocks=effects)
    axes = draw("stress", table).axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["no shock", "x"]
    assert axes.texts[1].get_text() == "+$4.00 (+10%) C"
    assert "budget $20" in {line.get_label() for line in axes.get_lines()}
    assert alt_text("stress", table).endswith("to the total of T (mean change): x 4.00.")
