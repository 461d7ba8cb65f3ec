"""Spider, Shapley effects and posteriors; axes that outliers do not set; names beside their points."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from documented import undocumented
from figure_cases import lines, request_for, table_of

from simulator.analysis.sensitivity import rank_drivers
from simulator.evidence.calibration.dataset import MODELS
from simulator.evidence.calibration.design import fit_model, read_settings
from simulator.figures import alt_text, build_table, draw
from simulator.figures.axes import axis_range, rows_range
from simulator.figures.data import FigureRequest, FigureUnavailableError
from simulator.figures.kinds.posterior import FactorInterval


def test_spider_is_the_formula_along_the_quantiles(folder):
    table = table_of(folder, "plan", "spider")
    assert undocumented(table) == set()
    assert table.at_medians == pytest.approx(1200)
    chips, energy = table.inputs
    assert (chips.name, energy.name) == ("chip_cost", "energy_cost")
    quantiles = [1000 * math.exp(0.5 * NormalDist().inv_cdf(level)) for level in table.levels]
    np.testing.assert_allclose(chips.totals, np.array(quantiles) + 200, rtol=1e-6)
    drawn = lines(draw("spider", table).axes[0])
    np.testing.assert_array_equal(drawn["chip cost"][1], chips.totals)
    assert drawn["chip cost"][0][[0, -1]].tolist() == [5, 95]


def test_spider_of_known_inputs_is_refused(folder):
    with pytest.raises(FigureUnavailableError, match="every input is a known number"):
        build_table("spider", request_for(str(folder / "known.yaml"), "spider"))


def test_effects_are_those_of_the_analysis(folder):
    table = table_of(folder, "plan", "shapley")
    request = request_for(str(folder / "plan.yaml"), "shapley")
    assert table == rank_drivers(request.scenario, request.options(), measures=("shapley",))
    axes = draw("shapley", table).axes[0]
    assert [bar.get_width() for bar in axes.patches] == [100 * max(0.0, effect.share.value) for effect in table.shapley]
    # Independent summands: the share of the chips is their variance over that of the sum.
    variances = [median**2 * math.exp(sigma**2) * (math.exp(sigma**2) - 1) for median, sigma in ((1000, 0.5), (200, 0.2))]
    assert abs(table.shapley[0].share.value - variances[0] / sum(variances)) < 4 * table.shapley[0].share.mcse + 0.005
    assert alt_text("shapley", table).startswith("Shapley effects on the variance of the cost of Plan: chip cost 9")


@pytest.mark.parametrize("model", MODELS)
def test_priors_are_those_of_a_fit_without_observations(model):
    table = build_table("posterior", FigureRequest(subject=model))
    assert undocumented(table) == set()
    settings = read_settings(model)
    nothing = fit_model(settings, [])
    for effect in table.effects:
        if effect.effect in settings.means:  # the only terms of such a fit
            low, median, high = (math.exp(x) for x in nothing.interval(effect.effect, 0.95))
            assert effect.prior == FactorInterval(pytest.approx(median), pytest.approx(low), pytest.approx(high))
    shrinks = [effect.shrinks for effect in table.effects]
    assert shrinks == sorted(shrinks, reverse=True)


def test_posteriors_are_drawn_over_their_priors():
    table = build_table("posterior", FigureRequest(subject="power"))
    drawn = [line.get_xdata() for line in draw("posterior", table).axes[0].lines]
    pairs = [list(x) for x in drawn if len(x) == 2]
    for effect in table.effects:
        assert [effect.prior.low, effect.prior.high] in pairs
        assert [effect.posterior.low, effect.posterior.high] in pairs


def test_unknown_model_is_refused():
    with pytest.raises(FigureUnavailableError, match="unknown model 'gold'; choose from"):
        build_table("posterior", FigureRequest(subject="gold"))


def row(low, median, high):
    return FactorInterval(median, low, high)


def test_one_long_interval_does_not_set_the_axis():
    rows = [row(-1, 5, 10), row(-2, 4, 9), row(-190, 3, 12)]
    limits = rows_range(rows, [0.0])
    assert -4 < limits.low < -2
    assert 12 < limits.high < 14
    long = rows_range([row(-20, 5, 10), row(-25, 4, 9), row(-30, 3, 12)], [0.0])
    assert long.low < -30  # all are long
    assert rows_range([row(-190, 3, 12)]).low < -190
    assert rows_range([row(5, 5, 5)]).low < 5 < rows_range([row(5, 5, 5)]).high


def test_medians_are_always_inside():
    limits = rows_range([row(0, 1, 2), row(0, 1.5, 3), row(900, 1000, 1100)])
    assert limits.high > 1000


def test_ratio_of_a_logarithmic_axis_can_be_lower():
    assert not axis_range([1, 20]).log
    assert axis_range([1, 20], log_ratio=10).log


def test_single_draw_does_not_set_the_axes_of_cost_and_date(folder):
    from dataclasses import replace

    table = table_of(folder, "plan", "joint")
    cost = [*table.points.cost]
    cost[0] = 1e6
    far = replace(table, points=replace(table.points, cost=cost))
    figure = draw("joint", far)
    assert figure.axes[0].get_ylim()[1] < 20_000
    assert "of them lie outside the axes" in " ".join(text.get_text() for text in figure.texts)


def test_names_stand_beside_their_own_points():
    table = build_table("trend", FigureRequest())
    axes = draw("trend", table).axes[0]
    by_name = {model.name: (model.date, model.cost) for model in table.models}
    rings = {(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines if line.get_label() == "_named"}
    named = {text.xy for text in axes.texts}
    assert rings == named
    assert rings
    for text in axes.texts:
        name = " ".join(text.get_text().split())
        assert next(place for full, place in by_name.items() if full.startswith(name.rstrip("…"))) == text.xy


def test_panels_of_differences_share_their_axes(folder):
    from simulator.scenario import read

    path = str(folder / "plan.yaml")
    scenarios = [read(path), read(path, sets=["chip_cost=500"]), read(path, sets=["chip_cost=9000"])]
    table = build_table("difference", FigureRequest(scenarios, names=("a", "b", "c"), draws=1000))
    one, other = draw("difference", table).axes
    assert one.get_xlim() == other.get_xlim()
    assert one.get_ylim() == other.get_ylim()
    assert table.differences[0].edges == table.differences[1].edges
