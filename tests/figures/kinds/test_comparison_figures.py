"""Scenarios over each other, and their differences."""

import numpy as np
import pytest
from documented import undocumented
from figure_cases import bars

from simulator.engine.simulate import simulate
from simulator.figures import alt_text, build_table, draw, finding_of
from simulator.figures.data import FigureRequest
from simulator.figures.kinds.difference import difference_finding, difference_of
from simulator.figures.kinds.overlay import overlay_of
from simulator.scenario import TOTAL, read


def test_differences_lie_on_their_side_of_nothing(folder):
    results = [simulate(read(str(folder / "plan.yaml"), sets=sets), 5000, keep=[TOTAL])
               for sets in ([], ["chip_cost=1000"])]  # fmt: skip
    table = difference_of(results, ["a", "b"])
    axes, (row,) = draw("difference", table).axes[0], table.differences
    costlier = sum(height for low, high, height in bars(axes) if (low + high) / 2 > 0)
    change = results[1].retained_draws[TOTAL] - results[0].retained_draws[TOTAL]
    step = row.edges[1] - row.edges[0]
    assert costlier == pytest.approx(100 * np.mean(change > 0), abs=100 * np.mean(np.abs(change) < step) + 1)
    assert row.first_cheaper.value == pytest.approx(0.5, abs=0.03)  # 1000 is the median
    assert f"costlier in {100 * row.first_cheaper.value:.0f}% of the draws" in axes.get_title(loc="left")


def test_outlines_of_scenarios_stand_on_the_same_steps(folder):
    path = str(folder / "plan.yaml")
    results = [simulate(read(path, sets=sets), 5000, keep=[TOTAL]) for sets in ([], ["chip_cost=1000"])]
    table = overlay_of(results, ["a", "b"])
    axes = draw("overlay", table).axes[0]
    for row, result, outline in zip(table.scenarios, results, axes.patches, strict=True):
        values, edges, _ = outline.get_data()
        np.testing.assert_array_equal(edges, table.edges)
        np.testing.assert_allclose(values, 100 * np.histogram(result.retained_draws[TOTAL], edges)[0] / 5000)
        assert row.median == pytest.approx(np.median(result.retained_draws[TOTAL]))


def test_tables_are_documented_plain_data(folder):
    path = str(folder / "plan.yaml")
    results = [simulate(read(path, sets=sets), 500, keep=[TOTAL]) for sets in ([], ["chip_cost=1000"])]
    overlay, difference = overlay_of(results, ["a", "b"]), difference_of(results, ["a", "b"])
    for table in (overlay, difference):
        assert undocumented(table) == set()
        assert table.to_dict()["draws"] == 500
        assert len(table.to_csv().splitlines()) == len(table.to_dataframe()) + 1
    assert [row["name"] for row in overlay.to_dict()["scenarios"]] == ["a", "b"]
    (row,) = difference.to_dict()["differences"]
    assert (row["of"], row["from"]) == ("b", "a")
    assert len(row["shares"]) == len(row["edges"]) - 1


RENTED = ["commitment=one-year", "reservation=dedicated"]


@pytest.fixture
def own(tmp_path):
    """Chips of one's own with all costs of owners."""
    path = tmp_path / "own.yaml"
    path.write_text("title: Own\nextends: [owner-costs, large]\nbasis: owned\n")
    return read(str(path))


def test_a_difference_says_that_a_part_of_the_chips_is_compared_with_a_whole_term(own):
    scenarios = [read("large", basis="rented", sets=RENTED), own]
    table = difference_of([simulate(each, 500, keep=[TOTAL]) for each in scenarios], ["Rent", "Own"])
    assert "; Own pays for " in difference_finding(table)
    assert difference_finding(table).endswith(" chips")
    assert "other work pays for the rest. Rent pays for its whole term." in alt_text("difference", table)
    same = difference_of([simulate(scenarios[1], 500, seed, keep=[TOTAL]) for seed in (0, 1)], ["a", "b"])
    assert same.own_chips == ()
    assert "pays for" not in alt_text("difference", same)


def title_and_note(kind, scenarios, names):
    """Return the finding of a figure of scenarios, and the texts that are drawn."""
    table = build_table(kind, FigureRequest(scenarios, names=names, draws=500))
    texts = " ".join(" ".join(text.get_text().split()) for text in draw(kind, table).texts)
    return finding_of(kind, table), texts


@pytest.mark.parametrize("kind", ["overlay", "cdf", "intervals"])
def test_no_scenario_costs_least_where_one_pays_for_a_part_of_its_chips(kind, own):
    rented = read("large", basis="rented", sets=RENTED)
    title, texts = title_and_note(kind, [rented, own], ["Rent", "Own"])
    assert "costs least" not in title
    assert "; Own pays for " in title
    assert title in texts
    assert "Not like for like: Own pays for " in texts
    many, _ = title_and_note("intervals", [rented, own, own, own], ["Rent", "Own", "Ours", "All"])
    assert "; 3 of them pay for a part of their own chips" in many


@pytest.mark.parametrize("kind", ["overlay", "cdf", "intervals", "difference"])
def test_a_title_says_that_own_chips_are_without_costs_that_a_rent_includes(kind):
    title, texts = title_and_note(kind, [read("gpt-4", basis="rented"), read("gpt-4")], ["Rent", "Own"])
    assert "costs least" not in title
    assert " that a rent includes" in title
    assert "Not like for like: Own is without " in texts
