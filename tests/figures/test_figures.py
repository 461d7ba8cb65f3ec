"""Figures draw the numbers that they are given, the same bytes each time, and can be read: in colour, in grey, by a machine."""

import itertools
import json
import math
import re
import xml.etree.ElementTree as ET
from functools import cache
from statistics import NormalDist

import numpy as np
import pytest
from click.testing import CliRunner

import simulator
from simulator.cli.commands.figure import command
from simulator.engine.simulate import simulate
from simulator.figures import KINDS, SUFFIXES, alt_text, draw, save, style, svg
from simulator.figures.alt_text import SAID
from simulator.figures.gather import GATHERERS, Asked, difference_of, even, histogram_of, overlay_of
from simulator.scenario import TOTAL, Rejected

HOSTILE = "$x_1$ </script><script>alert(1)</script> & \\frac{1}{2} 100% " + "a" * 90 + " " + "long title " * 30
PLAN = """title: Plan
lines: [chip_cost, energy_cost]
outcomes: []
money: 2026 USD
budget: 2000 USD
chip_cost: {lognormal: {median: 1000, sigma: 0.5}, sources: [{title: A quote, date: 2026-10-02}]}
energy_cost: {lognormal: {median: 200, sigma: 0.2}}
schedule:
  data: {duration: 1 to 3 month, lines: [energy_cost]}
  final_run: {duration: 4 month, lines: [chip_cost]}
"""
KNOWN = """title: Known
lines: [chip_cost, energy_cost]
outcomes: []
money: 2026 USD
chip_cost: 1200
energy_cost: 600
schedule:
  data: {duration: 2 month, lines: [energy_cost]}
  final_run: {duration: 4 month, lines: [chip_cost]}
"""
BACKTEST = {
    "schema": 1,
    "targets": {
        "chip_hours": {
            "n": 4, "coverage": {"50": 0.25, "80": 0.75, "90": 1.0, "95": 1.0}, "crps": 1, "sharpness": 1,
            "baselines": {"flat": {"coverage": {"50": 0.0, "80": 0.5, "90": 0.5, "95": 0.75}, "crps": 2}},
            "cases": [{"case": str(number), "pit": pit} for number, pit in enumerate((0.9, 0.1, 0.6, 0.3))],
        },
        "amortised_cost": {"n": 2, "coverage": {"50": 0.5, "95": 1.0}, "baselines": {}, "cases": [{"case": "a", "pit": 0.5}]},
    },
}  # fmt: skip
ONE = [kind for kind, about in KINDS.items() if about.most == 1 and kind != "backtest"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Scenario files of every kind of trouble."""
    folder = tmp_path_factory.mktemp("figures")
    texts = {
        "plan": PLAN,
        "known": KNOWN,
        "hostile": PLAN.replace("title: Plan", f"title: {json.dumps(HOSTILE)}")
        .replace("{median: 1000, sigma: 0.5}", "{median: 1e12, sigma: 4}")
        .replace("budget: 2000", "budget: 5e12"),
        "tiny": PLAN.replace("{median: 1000,", "{median: 1e-5,").replace("{median: 200,", "{median: 1e-6,"),
    }
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "backtest.json").write_text(json.dumps(BACKTEST), encoding="utf-8")
    return folder


@cache
def asked_of(path, kind, draws=1000):
    """What a figure of a file's scenario is asked."""
    read = simulator.read(path)
    scenarios = [read, simulator.read(path, sets=["chip_cost=500"])][: max(1, KINDS[kind].least)]
    return Asked(
        scenarios if KINDS[kind].most else [], reference=path, of="chip_cost" if kind == "prior" else None, draws=draws
    )


def table_of(folder, name, kind):
    return GATHERERS[kind](asked_of(str(folder / f"{name}.yaml"), kind))


def bars(axes):
    """Every bar that is drawn, as (left, right, height)."""
    return [(bar.get_x(), bar.get_x() + bar.get_width(), bar.get_height()) for bar in axes.patches]


def lines(axes):
    """Every line that is drawn, as (x, y) by its label."""
    return {line.get_label(): (np.asarray(line.get_xdata()), np.asarray(line.get_ydata())) for line in axes.lines}


# --- the style --------------------------------------------------------------------------------------------------------------


def linear(colour):
    """Linear red, green and blue of a colour (IEC 61966-2-1)."""
    parts = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
# Machado, Oliveira and Fernandes 2009, severity 1.
BLINDNESS = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lightness(rgb):
    """CIE L* of linear red, green and blue."""
    y = float(np.clip(rgb, 0, 1) @ LUMINANCE)
    return 116 * y ** (1 / 3) - 16 if y > 216 / 24389 else y * 24389 / 27


@pytest.mark.parametrize("seen", ["grey", *BLINDNESS])
def test_colours_differ_in_lightness_for_every_eye(seen):
    matrix = np.array(BLINDNESS[seen]) if seen in BLINDNESS else np.eye(3)
    found = [lightness(matrix @ linear(colour)) for colour in style.COLOURS]
    assert min(abs(a - b) for a, b in itertools.combinations(found, 2)) > 12


def contrast(a, b):
    """Contrast of two colours as WCAG 2 has it."""
    high, low = sorted((float(linear(each) @ LUMINANCE) for each in (a, b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_and_lines_stand_out_from_paper():
    assert contrast(style.INK, "#ffffff") > 15
    assert contrast(style.MUTED, "#ffffff") >= 7  # AAA, for the small print
    assert all(contrast(colour, "#ffffff") >= 3 for colour in style.COLOURS[:3])  # graphics, WCAG 1.4.11
    assert contrast(style.FILL, style.PALE) > 1.25  # inside an interval and outside


@pytest.mark.parametrize("text", ["", "word", HOSTILE, "W" * 400, "i " * 400, "界" * 200, "tab\tnew\nline \x00\x1b[31m"])
def test_wrapped_text_fits_its_width_and_number_of_lines(text):
    with style.styled():
        found = style.wrapped(text, 11, 6.1, 2, bold=True)
        assert len(found) <= 2
        assert all(style.width_of(line, 11, bold=True) <= 6.1 for line in found)
        assert all(line.isprintable() for line in found)
    if len(found) == 2 and not text.startswith("i"):
        assert found[-1].endswith("…") == (style.width_of(style.plain(text), 11, bold=True) > 2 * 6.1)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (1.5e6, "1.5M"), (2e9, "2B"), (-2e4, "−20K"), (999_999.9, "1M"), (0.25, "0.25"), (1e15, "1.00e15"), (12, "12")],
)
def test_amounts_on_axes(value, said):
    assert style.amount(value) == said


@pytest.mark.parametrize("values", [[5], [0], [-3, 8], [1e-9, 1e-9], [1, 1e9], [0, 1e9]])
def test_axes_hold_their_values_with_room(values):
    ends = style.span(values)
    assert ends.low < min(values) <= max(values) < ends.high
    assert ends.log == (min(values) > 0 and max(values) / min(values) > style.WIDE)


# --- what is drawn is what the table says -----------------------------------------------------------------------------------


def test_every_kind_has_gatherer_drawing_and_words():
    assert set(KINDS) == set(GATHERERS) == set(SAID)


def test_a_histogram_is_the_lognormal_that_was_drawn(folder):
    scenario = simulator.read(str(folder / "plan.yaml"), sets=["energy_cost=0"])
    result = simulate(scenario, 200_000, keep=[TOTAL])
    table = histogram_of(result)
    axes = draw("histogram", table).axes[0]
    law = NormalDist(math.log(1000), 0.5)
    drawn = bars(axes)
    assert sum(height for *_, height in drawn) + 100 * (table["below"] + table["above"]) == pytest.approx(100)
    for low, high, height in drawn:
        p = law.cdf(math.log(high)) - law.cdf(math.log(low))
        assert height == pytest.approx(100 * p, abs=100 * 4.5 * math.sqrt(p / 200_000) + 0.01)
    ends = [1000 * math.exp(side * 1.96 * 0.5) for side in (-1, 1)]
    inside = [low for low, high, _ in drawn if ends[0] < (low + high) / 2 < ends[1]]
    filled = [bar.get_x() for bar in axes.patches if bar.get_facecolor() == axes.patches[len(drawn) // 2].get_facecolor()]
    assert abs(len(filled) - len(inside)) <= 2
    said = [text.get_text() for text in axes.get_legend().get_texts()]
    assert said[1] in ("P50 997", "P50 998", "P50 999", "P50 1.00K")  # 1.4 is a standard error
    assert said[-1].startswith("budget 2,000 (92% to stay within)")  # Phi(ln 2 / 0.5) = 0.917


def test_an_s_curve_passes_through_its_marks(folder):
    table = table_of(folder, "plan", "s-curve")
    axes = draw("s-curve", table).axes[0]
    drawn = lines(axes)
    x, y = next(data for data in drawn.values() if len(data[0]) == 99)
    np.testing.assert_array_equal(x, table["s_curve"]["amount"])
    np.testing.assert_allclose(y, np.arange(1, 100))
    for label, (at, chance) in drawn.items():
        if label.startswith(("P50", "P80", "budget", "point")):
            assert chance[0] == pytest.approx(np.interp(at[0], x, y), abs=0.7), label


@pytest.mark.parametrize("kind", ["breakdown", "epoch-components"])
def test_stacked_shares_add_up(folder, kind):
    table = GATHERERS[kind](Asked(draws=1000)) if kind.startswith("epoch") else table_of(folder, "plan", kind)
    axes = draw(kind, table).axes[0]
    rows = {}
    for bar in axes.patches:
        rows.setdefault(bar.get_y(), []).append((bar.get_x(), bar.get_width()))
    for parts in rows.values():
        assert sum(width for _, width in parts) == pytest.approx(100)
        ends = [x + width for x, width in parts]
        assert [x for x, _ in parts] == pytest.approx([0.0, *ends[:-1]], abs=1e-9)


def test_lines_have_their_intervals(folder):
    table = table_of(folder, "plan", "breakdown")
    drawn = [data for data in lines(draw("breakdown", table).axes[1]).values() if len(data[0]) == 2]
    told = {key: [told[key] for told in table["quantities"].values()] for key in ("low", "high")}
    for x, _ in drawn:
        assert x[0] in told["low"]
        assert x[1] in told["high"]


def test_a_fan_of_known_costs_is_a_line(folder):
    table = table_of(folder, "known", "cashflow")
    axes = draw("cashflow", table).axes[0]
    x, y = lines(axes)["median"]
    np.testing.assert_allclose(x, range(7))
    np.testing.assert_allclose(y, [300 * month for month in range(7)])
    assert [text.get_text() for text in axes.texts] == ["data ends", "final run ends"]


def test_a_scatter_shows_worlds_and_quadrants(folder):
    table = table_of(folder, "plan", "joint")
    axes = draw("joint", table).axes[0]
    points = axes.collections[0].get_offsets()
    np.testing.assert_array_equal(points[:, 1], table["points"]["cost"])
    shares = [table["quadrants"][name]["value"] for name in ("within_both", "over_cost", "late", "over_both")]
    assert sum(shares) == pytest.approx(1)
    cheap = np.asarray(points[:, 1]) <= table["cost_target"]["amount"]
    early = np.asarray(points[:, 0]) <= table["date_target"]["months"]
    assert np.mean(cheap & early) == pytest.approx(shares[0])  # all draws are shown here
    x, y = lines(axes)["frontier of 70%"]
    both = [np.mean((points[:, 0] <= month) & (points[:, 1] <= cost)) for month, cost in zip(x, y, strict=True)]
    assert min(both) >= 0.7 - 1e-9
    assert max(both) < 0.72


def swing(low, high, name="a", unit="1"):
    ends = {"p10": low, "p90": high, "mcse_of_difference": 0.1}
    return {"name": name, "unit": unit, "grade": "B", "share_of_variance": None,
            "swing": {"input": {"p10": 1, "p90": 2}, "median": ends}}  # fmt: skip


HEADER = {"title": "T", "scope": "s", "money": "2026 USD", "draws": 1000, "seed": 0, "interval": 95}


def test_a_tornado_shows_the_conditional_swing_beside_the_causal_one():
    along = {**swing(90, 110)}
    along["swing"]["conditional"] = {"p10": 70, "p90": 95}
    table = {**HEADER, "drivers": [swing(80, 120, "wide"), along]}
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
    table = {**HEADER, "names": [TOTAL, "a", "b"], "ranks": [[1.0], [0.8, 1.0], [-0.4, 0.001, 1.0]], "stated": []}
    axes = draw("correlation", table).axes[0]
    assert [text.get_text() for text in axes.texts] == ["1", "+0.80", "1", "−0.40", "0", "1"]
    assert [bool(bar.get_hatch()) for bar in axes.patches] == [False, False, False, True, False, False]


def test_differences_lie_on_their_side_of_nothing(folder):
    results = [simulate(simulator.read(str(folder / "plan.yaml"), sets=sets), 5000, keep=[TOTAL])
               for sets in ([], ["chip_cost=1000"])]  # fmt: skip
    table = difference_of(results, ["a", "b"])
    axes, (row,) = draw("difference", table).axes[0], table["differences"]
    dearer = sum(height for low, high, height in bars(axes) if (low + high) / 2 > 0)
    change = results[1].kept[TOTAL] - results[0].kept[TOTAL]
    step = row["edges"][1] - row["edges"][0]
    assert dearer == pytest.approx(100 * np.mean(change > 0), abs=100 * np.mean(np.abs(change) < step) + 1)
    assert row["first_cheaper"]["value"] == pytest.approx(0.5, abs=0.03)  # 1000 is the median
    assert f"dearer in {100 * row['first_cheaper']['value']:.0f}% of worlds" in axes.get_title(loc="left")


def test_outlines_of_scenarios_stand_on_the_same_steps(folder):
    path = str(folder / "plan.yaml")
    results = [simulate(simulator.read(path, sets=sets), 5000, keep=[TOTAL]) for sets in ([], ["chip_cost=1000"])]
    table = overlay_of(results, ["a", "b"])
    axes = draw("overlay", table).axes[0]
    for row, result, outline in zip(table["scenarios"], results, axes.patches, strict=True):
        values, edges, _ = outline.get_data()
        np.testing.assert_array_equal(edges, table["edges"])
        np.testing.assert_allclose(values, 100 * np.histogram(result.kept[TOTAL], edges)[0] / 5000)
        assert row["median"] == pytest.approx(np.median(result.kept[TOTAL]))


def test_convergence_ends_at_the_quantiles_of_all_draws(folder):
    path = str(folder / "plan.yaml")
    table = table_of(folder, "plan", "convergence")
    total = simulate(simulator.read(path), 1000, keep=[TOTAL]).kept[TOTAL]
    figure = draw("convergence", table)
    for axes, p in zip(figure.axes, (0.975, 0.5, 0.025), strict=True):
        x, y = next(data for data in lines(axes).values() if len(data[0]) > 2)
        assert x[-1] == 1000
        assert y[-1] == pytest.approx(np.quantile(total, p))
        assert y[0] == pytest.approx(np.quantile(total[: int(x[0])], p))


def test_a_prior_is_its_law_and_names_its_source(folder):
    table = table_of(folder, "plan", "prior")
    figure = draw("prior", table)
    law = NormalDist(math.log(1000), 0.5)
    for low, high, height in bars(figure.axes[0]):
        assert height == pytest.approx(100 * (law.cdf(math.log(high)) - law.cdf(math.log(low))), rel=1e-3, abs=1e-6)
    assert any("A quote, 2026-10-02" in text.get_text() for text in figure.texts)


def test_a_trend_is_the_published_line():
    table = GATHERERS["trend"](Asked())
    axes = draw("trend", table).axes[0]
    x, y = next(data for data in lines(axes).values() if len(data[0]) == len(table["line"]))
    slope = np.diff(np.log10(y)) / np.diff(x)
    np.testing.assert_allclose(10**slope, 2.411, atol=0.001)  # our rows of the study's second version
    dates, costs = lines(axes)["amortised cost, 31 models"]
    centre = dates.mean(), np.log10(costs).mean()
    assert np.interp(centre[0], x, np.log10(y)) == pytest.approx(centre[1], abs=1e-6)  # through the mean
    assert any(np.all(np.asarray(line.get_ydata()) == 1e9) for line in axes.lines)


@pytest.mark.parametrize(("kind", "growths"), [("epoch-growth", (2.411, 2.578)), ("epoch-acquisition", (2.494,))])
def test_the_study_s_growths_are_drawn(kind, growths):
    figure = draw(kind, GATHERERS[kind](Asked()))
    said = " ".join(text.get_text() for text in figure.axes[0].get_legend().get_texts())
    for growth in growths:
        assert f"{growth:.2f}x a year" in said


def test_the_study_s_components_are_within_a_point_and_a_half():
    """Published: shares of component medians (version 2 of the study, its B.5), in percent."""
    published = {
        "GPT-3": (31.0, 21.2, 12.3, 2.8, 32.8),
        "GPT-4": (31.7, 21.1, 12.3, 6.3, 28.6),
        "Gemini": (23.1, 14.7, 8.9, 4.6, 48.8),
    }
    table = GATHERERS["epoch-components"](Asked(draws=50_000))
    for row, (name, shares) in zip(table["scenarios"], published.items(), strict=True):
        assert row["title"].startswith(name)
        np.testing.assert_allclose([100 * share for share in row["shares"].values()], shares, atol=1.5)


def test_a_backtest_shows_coverage_and_sorted_places(folder):
    table = GATHERERS["backtest"](Asked(reference=str(folder / "backtest.json")))
    left, right = draw("backtest", table).axes
    x, y = lines(left)["chip hours (n = 4)"]
    assert (x.tolist(), y.tolist()) == ([50, 80, 90, 95], [25, 75, 100, 100])
    steps = [data for data in lines(right).values() if len(data[0]) == 6]
    assert steps[0][0].tolist() == [0, 0.1, 0.3, 0.6, 0.9, 1]
    assert steps[0][1].tolist() == [0, 0.25, 0.5, 0.75, 1, 1]


def test_levers_and_shocks_stand_where_their_tables_say():
    figures = {"low": -5.0, "median": 10.0, "high": 30.0}
    row = {"name": "spot", "sure": "D", "assumption": True, "saving": figures, "net_saving": 9.0}
    axes = draw("levers", {**HEADER, "ranked_by": "mean", "total": {"median": 50.0}, "levers": [row]}).axes[0]
    assert any(x.tolist() == [-5, 30] for x, _ in lines(axes).values())
    assert axes.texts[0].get_text() == "+9.00 net"
    world = {"name": "x", "shocks": ["x"], "sure": "C", **figures, "change": {"value": 4.0, "share": 0.1, "moves": True}}
    still = {**world, "change": {"value": 0.0, "share": 0.0, "moves": False}}
    axes = draw(
        "stress", {**HEADER, "budget": 20.0, "shocks": {"ranked_by": "mean", "base": figures, "worlds": [still, world]}}
    ).axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["no shock", "x"]
    assert axes.texts[1].get_text() == "+4.00 (+10%) C"


def test_a_portrait_is_on_the_scale_of_the_usual_interval():
    usual, then = {"low": 0.0, "median": 2.0, "high": 10.0}, {"low": 1.0, "median": 6.0, "high": 14.0}
    row = {"name": "a", "unit": "1", "surprise": 0.5, "clear": True, "higher": True, "usual": usual, "then": then}
    found = {"quantity": TOTAL, "above": True, "amount": 2e8, "unit": "USD", "chance": {"value": 0.2}, "sentence": "",
             "inputs": [row, {**row, "clear": False}], "condition": "total_cost > 200e6"}  # fmt: skip
    figure = draw("reverse", {**HEADER, "reverse": found})
    drawn = list(lines(figure.axes[0]).values())
    assert drawn[0][0].tolist() == [-0.5, 1.5]
    assert drawn[1][0].tolist() == [0.5]
    assert "total cost is above 200M USD" in figure.texts[0].get_text()


# --- text, and places where it may stand ------------------------------------------------------------------------------------


def texts_of(figure):
    """All upright texts that are seen, with their boxes in pixels."""
    import matplotlib.text

    beyond = set()  # ticks beyond the ends of an axis keep their labels and are not drawn
    for axes in figure.axes:
        for axis, ends in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            beyond |= {tick.label1 for tick in ticks if not min(ends) <= tick.get_loc() <= max(ends)}
    found = [text for text in figure.findobj(matplotlib.text.Text) if text.get_visible() and text.get_text().strip()]
    with style._silent():
        return [
            (text.get_text(), text.get_window_extent()) for text in found if text not in beyond and text.get_rotation() != 35
        ]


def check_texts(figure):
    """Every text stands on the page, and none on another, also at another resolution than that of the layout."""
    figure.set_dpi(72)
    with style.styled(), style._silent():
        figure.draw_without_rendering()
    texts = [(text, box.transformed(figure.dpi_scale_trans.inverted())) for text, box in texts_of(figure)]
    for text, box in texts:
        assert min(box.x0, box.y0) >= -0.02, text
        assert box.x1 <= figure.get_figwidth() + 0.02, text
        assert box.y1 <= figure.get_figheight() + 0.02, text
    for (one, a), (other, b) in itertools.combinations(texts, 2):
        wide, tall = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(wide, tall) < 0.02, (one, other)
    assert sum("2026-11-21" in text for text, _ in texts) == 1


@pytest.mark.parametrize("name", ["plan", "known", "hostile", "tiny"])
def test_no_text_of_any_kind_leaves_the_page_or_hides_another(folder, name):
    for kind in [*ONE, "overlay", "difference"]:
        if (name == "known" and kind in ("tornado", "variance", "prior", "reverse")) or (name == "tiny" and kind == "reverse"):
            continue  # nothing drives it, or no world is such: refused
        check_texts(draw(kind, table_of(folder, name, kind), date="2026-11-21"))


@pytest.mark.parametrize("kind", [kind for kind, about in KINDS.items() if about.least == 0] + ["backtest"])
def test_texts_of_evidence_stand_by_themselves(folder, kind):
    check_texts(draw(kind, GATHERERS[kind](Asked(reference=str(folder / "backtest.json"), draws=1000)), date="2026-11-21"))


def test_long_names_are_broken_and_many_rows_cut():
    names = [f"a_rather_long_name_of_a_quantity_that_somebody_gave_to_row_{number}" for number in range(20)]
    table = {**HEADER, "drivers": [swing(100 - number, 1e6, name, "USD/chip/hour") for number, name in enumerate(names)]}
    figure = draw("tornado", table, date="2026-11-21")
    check_texts(figure)
    assert len(figure.axes[0].get_yticklabels()) == 12
    assert any("8 more inputs are not shown" in " ".join(text.get_text().split()) for text in figure.texts)


def test_a_dollar_is_a_dollar_and_markup_is_text(folder):
    table = table_of(folder, "hostile", "histogram")
    figure = draw("histogram", table)
    assert figure.texts[0].get_text().startswith("$x_1$ </script>")
    assert not any(text.get_parse_math() for text in figure.texts)
    found = svg(figure, "one", title=HOSTILE, about=alt_text("histogram", table))
    assert "<script" not in found
    assert "<!--" not in found
    root = ET.fromstring(found)
    assert root[0].text.startswith("$x_1$ </script><script>")


def test_inline_figures_do_not_clash_and_refer_only_to_themselves(folder):
    found = [svg(draw(kind, table_of(folder, "plan", kind)), kind, title="T", about="A") for kind in ("breakdown", "s-curve")]
    ids = [identity for text in found for identity in re.findall(r'\bid="([^"]+)"', text)]
    assert len(ids) == len(set(ids))
    for text in found:
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', text)) <= set(ids)
        assert 'role="img" aria-labelledby="' in text
        assert not re.search(r"https?://(?!www\.w3\.org/)", text)


@pytest.mark.parametrize("kind", ["breakdown", "joint"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_bytes_repeat_and_hold_no_clock(folder, tmp_path, kind, suffix):
    table = table_of(folder, "plan", kind)
    paths = [tmp_path / f"{number}{suffix}" for number in range(3)]
    figures = [draw(kind, table, "2026-11-21") for _ in range(2)]
    for path, figure in zip(paths, [*figures, figures[0]], strict=True):
        save(figure, path)
    first, *others = (path.read_bytes() for path in paths)
    assert others == [first, first]
    assert not re.search(rb"CreationDate|dc:date|Creation Time", first)


def test_a_failed_write_leaves_the_old_file(folder, tmp_path, monkeypatch):
    path = tmp_path / "x.png"
    path.write_text("old")
    figure = draw("histogram", table_of(folder, "plan", "histogram"))
    monkeypatch.setattr(type(figure), "savefig", lambda *_, **__: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save(figure, path)
    assert [each.name for each in tmp_path.iterdir()] == ["x.png"]
    assert path.read_text() == "old"


def test_equal_ends_still_make_steps():
    assert len(even(5, 5, 48)) == 4
    assert even(5, 5, 48)[0] < 5 < even(5, 5, 48)[-1]
    assert np.allclose(np.diff(np.log(even(1, 1e6, 10))), math.log(1e6) / 10)


# --- the verb ---------------------------------------------------------------------------------------------------------------

MAGIC = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}
MORE = {"prior": ["--of", "experiments_factor"], "levers": ["--basis", "rented"], "joint": ["--latest", "18 month"]}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_from_the_command_line(folder, tmp_path, kind):
    suffix = SUFFIXES[list(KINDS).index(kind) % 3]
    scenarios = {"backtest": [str(folder / "backtest.json")], "cashflow": [str(folder / "plan.yaml")]}.get(
        kind, ["gpt-4", "gpt-4:basis=rented"][: KINDS[kind].least]
    )
    draws = ["--draws", "1000"] if KINDS[kind].most and kind != "backtest" else []
    path = tmp_path / f"figure{suffix}"
    done = CliRunner().invoke(command, [kind, *scenarios, *draws, *MORE.get(kind, []), "-o", str(path)])
    assert done.exit_code == 0, done.output
    assert done.output == ""
    assert path.read_bytes().startswith(MAGIC[suffix])


REFUSED = [
    (["s-cruve", "gpt-4", "-o", "x.png"], "no kind 's-cruve'; did you mean 's-curve'?"),
    (["zzz", "gpt-4", "-o", "x.png"], "there are histogram, s-curve"),
    (["s-curve", "gpt-4", "-o", "x.jpg"], "no format '.jpg'"),
    (["s-curve", "gpt-4", "-o", "nowhere/x.png"], "there is no folder nowhere"),
    (["s-curve", "gpt-4"], "Missing option '-o'"),
    (["s-curve", "gpt-4", "gpt-3", "-o", "x.png"], "s-curve takes one scenario, not 2"),
    (["overlay", "gpt-4", "-o", "x.png"], "overlay takes 2 to 5 scenarios, not 1"),
    (["trend", "gpt-4", "-o", "x.png"], "trend takes no scenario, not 1"),
    (["trend", "--set", "a=1", "-o", "x.png"], "--set would do nothing"),
    (["trend", "--of", "gold", "-o", "x.png"], "there are amortised, acquisition, cloud"),
    (["s-curve", "gpt-4", "--cost", "1e6", "-o", "x.png"], "s-curve has no use for --cost; it belongs to joint"),
    (["prior", "gpt-4", "-o", "x.png"], "which prior? Name one with --of"),
    (["prior", "gpt-4", "--of", "experiment_factor", "-o", "x.png"], "did you mean 'experiments_factor'?"),
    (["prior", "gpt-4", "--of", "training_flop", "-o", "x.png"], "is a known number in gpt-4"),
    (["cashflow", "gpt-4", "-o", "x.png"], "has no `schedule`"),
    (["joint", "gpt-4", "--of", "mfu", "-o", "x.png"], "which is no time"),
    (["joint", "gpt-4", "--latest", "3 USD", "-o", "x.png"], "--latest"),
    (["reverse", "gpt-4", "--when", "nonsense", "-o", "x.png"], "is no condition"),
    (["backtest", "nowhere.json", "-o", "x.png"], "nowhere.json: there is no such file"),
    (["overlay", "gpt-4", "llama-3.1-405b", "-o", "x.png"], "money"),
    (["s-curve", "gpt-4", "--date", "yesterday", "-o", "x.png"], "'yesterday' does not match"),
    (["epoch-components", "startup-of-mine", "-o", "x.png"], "no such scenario"),
    (["epoch-components", "llama-3.1-405b", "-o", "x.png"], "has no line"),
]


@pytest.mark.parametrize(("args", "said"), REFUSED)
def test_what_cannot_be_drawn_is_refused_in_a_line(args, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(command, args)
    told = " ".join((done.output + str(done.exception)).split())
    assert said in told
    assert done.exit_code == 2 or type(done.exception).__name__ == "Rejected"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_backtest_is_refused(tmp_path):
    path = tmp_path / "other.json"
    path.write_text("no json")
    with pytest.raises(Rejected, match="cannot be read as JSON"):
        CliRunner().invoke(command, ["backtest", str(path), "-o", str(tmp_path / "x.png")], catch_exceptions=False)
    for text in ("{}", "[1]", '{"targets": {}}', '{"targets": {"a": {"n": 1}}}'):
        path.write_text(text)
        done = CliRunner().invoke(command, ["backtest", str(path), "-o", str(tmp_path / "x.png")])
        assert done.exit_code == 2, text
        assert "it is no JSON of `llmcost backtest`" in done.output


def test_help_lists_the_kinds():
    said = CliRunner().invoke(command, ["--help"]).output
    assert all(kind in said for kind in KINDS)
