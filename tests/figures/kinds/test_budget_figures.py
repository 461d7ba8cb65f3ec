"""Contingency by line, bridges, the risk register, and curves and intervals of several scenarios."""

import numpy as np
import pytest
from documented import undocumented
from figure_cases import lines, request_for, table_of

from simulator.analysis.compare import compare
from simulator.analysis.risks import risk_register
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.figures import alt_text, build_table, draw
from simulator.figures.data import FigureRequest, FigureUnavailableError
from simulator.figures.kinds.bridge import REST, BridgeStep, _short
from simulator.scenario import TOTAL, read


def bars(axes):
    return [(bar.get_x(), bar.get_width(), round(bar.get_y() + bar.get_height() / 2)) for bar in axes.patches]


def test_contingencies_add_up_to_that_of_the_total(folder):
    plan = table_of(folder, "plan", "contingency")
    axes = draw("contingency", plan).axes[0]
    drawn = bars(axes)
    total = simulate(read(str(folder / "plan.yaml")), 1000, keep=[TOTAL]).retained_draws[TOTAL]
    assert sum(width for _, width, _ in drawn) == pytest.approx(
        np.quantile(total, 0.8), abs=0.02
    )  # of points and contingencies
    assert sum(width for _, width, _ in drawn[::2]) == pytest.approx(1200, abs=0.02)  # the point estimate
    for (start, width, _), (left, _, _) in zip(drawn[::2], drawn[1::2], strict=True):
        assert left == start + width


def test_bridge_to_the_p80_ends_there(folder):
    table = table_of(folder, "plan", "bridge")
    assert undocumented(table) == set()
    assert table.first_amount == pytest.approx(1200)
    assert table.first_amount + sum(step.change for step in table.steps) == pytest.approx(table.last_amount, abs=0.02)
    level = table.first_amount
    for step, (left, width, row) in zip(table.steps, bars(draw("bridge", table).axes[0]), strict=False):
        assert (left, width) == (pytest.approx(level), pytest.approx(step.change))
        assert row > 0
        level += step.change
    assert alt_text("bridge", table).startswith("Bridge from point estimate $1.20K to P80 $")


def test_bridge_between_scenarios_has_the_steps_of_the_comparison(folder):
    path = str(folder / "plan.yaml")
    scenarios = [read(path), read(path, sets=["chip_cost=500"])]
    table = build_table("bridge", FigureRequest(scenarios, names=("a", "b"), draws=2000))
    comparison = compare(scenarios, RunOptions(draws=2000), names=["a", "b"])
    assert [(step.name, step.change) for step in table.steps] == [
        (step.name, step.change) for step in comparison.differences[0].steps
    ]
    assert (table.first_amount, table.last_amount) == tuple(each.mean for each in comparison.scenarios)
    # E of the lognormal is 1000 exp(0.125) = 1133, and the other scenario has 500
    assert table.last_amount - table.first_amount == pytest.approx(-633, abs=60)
    assert table.first_amount + sum(step.change for step in table.steps) == pytest.approx(table.last_amount)


def test_small_steps_are_one():
    steps = [
        BridgeStep(f"s{number}", "", "", float(change), 1.0)
        for number, change in enumerate((9, -8, 7, 6, 5, 4, 3, 20, 1, 2, 1))
    ]
    short = _short(steps)
    assert [step.name for step in short] == ["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s9", REST]
    assert short[-1].change == 2
    assert short[-1].mcse == pytest.approx(2**0.5)
    assert _short(steps[:10]) == tuple(steps[:10])


def test_register_is_that_of_the_analysis(folder):
    table = table_of(folder, "risks", "risks")
    assert table == risk_register(read(str(folder / "risks.yaml")), request_for(str(folder / "risks.yaml"), "risks").options())
    left, right = draw("risks", table).axes
    assert [bar.get_width() for bar in left.patches] == [100 * risk.probability.value for risk in table.risks]
    drawn = [x.tolist() for x, _ in lines(right).values() if len(x) == 2]
    assert [table.risks[0].impact.low, table.risks[0].impact.high] in drawn


def test_scenario_without_risks_is_refused(folder):
    with pytest.raises(FigureUnavailableError, match="has no risk register"):
        build_table("risks", request_for(str(folder / "plan.yaml"), "risks"))


def test_curves_are_the_distributions_of_the_totals(folder):
    table = table_of(folder, "plan", "cdf")
    assert undocumented(table) == set()
    path = str(folder / "plan.yaml")
    drawn = lines(draw("cdf", table).axes[0])
    for row, sets in zip(table.scenarios, ([], ["chip_cost=500"]), strict=True):
        total = simulate(read(path, sets=sets), 1000, keep=[TOTAL]).retained_draws[TOTAL]
        x, y = next(data for label, data in drawn.items() if label.startswith(row.name))
        np.testing.assert_allclose(x, np.quantile(total, np.arange(1, 100) / 100))
        np.testing.assert_allclose(y, np.arange(1, 100))
        assert row.within == np.mean(total <= 2000)


def test_intervals_are_ordered_by_their_medians(folder):
    table = table_of(folder, "plan", "intervals")
    assert undocumented(table) == set()
    path = str(folder / "plan.yaml")
    totals = [simulate(read(path, sets=sets), 1000, keep=[TOTAL]).retained_draws[TOTAL] for sets in (["chip_cost=500"], [])]
    drawn = [x.tolist() for x, y in lines(draw("intervals", table).axes[0]).values() if len(x) == 2 and y[0] == y[1]]
    for row, total in zip(table.scenarios, totals, strict=True):
        assert row.median == pytest.approx(np.median(total))
        assert row.p80 == pytest.approx(np.quantile(total, 0.8))
        assert [row.low, row.high] in drawn
        assert row.budget == 2000


def test_intervals_take_many_scenarios(folder):
    path = str(folder / "plan.yaml")
    scenarios = [read(path, sets=[f"chip_cost={100 * number}"]) for number in range(1, 41)]
    table = build_table("intervals", FigureRequest(scenarios, names=[f"n{number}" for number in range(1, 41)], draws=200))
    assert [row.name for row in table.scenarios] == [f"n{number}" for number in range(1, 41)]
    assert len(draw("intervals", table).axes[0].get_yticklabels()) == 40
