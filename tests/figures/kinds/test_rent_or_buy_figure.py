"""The figure of renting and buying: its data, what is drawn, and why it is not drawn."""

import numpy as np
import pytest
from figure_cases import lines, request_for
from plans import CLUSTER

from simulator.figures import alt_text, build_table, draw
from simulator.figures.data import FigureRequest, FigureUnavailableError
from simulator.scenario import open_scenario, read

TEXT = CLUSTER.replace("useful_life: 1000 hour", "useful_life: 4 year") + "basis: rented\n"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("rent-or-buy") / "cluster.yaml"
    path.write_text(TEXT, encoding="utf-8")
    request = FigureRequest([read(str(path))], opened=open_scenario(str(path)), draws=1000)
    return build_table("rent-or-buy", request)


def test_costs_fall_with_the_horizon_and_rent_does_not(table):
    assert table.horizons[0].months == pytest.approx(1)
    assert table.horizons[-1].months == pytest.approx(48)
    medians = [each.owned.median for each in table.horizons]
    assert medians == sorted(medians, reverse=True)
    assert all(each.owned.low <= each.owned.median <= each.owned.high for each in table.horizons)
    assert (table.rented.low, table.rented.median, table.rented.high) == (2, 2, 2)
    assert table.horizons[0].bare > table.horizons[0].owned.median  # nothing is sold


def test_drawing_has_the_data_of_the_table(table):
    drawn = lines(draw("rent-or-buy", table, date="2026-11-21").axes[0])
    months, owned = drawn["owned, median"]
    np.testing.assert_allclose(months, [each.months for each in table.horizons])
    np.testing.assert_allclose(owned, [each.owned.median for each in table.horizons])
    np.testing.assert_allclose(drawn["without interest and resale, median"][1], [each.bare for each in table.horizons])
    np.testing.assert_allclose(drawn["rented on demand, median"][1], 2)


def test_text_states_the_costs_at_both_ends(table):
    text = alt_text("rent-or-buy", table)
    assert "in use 85% of the time: rented on demand 2.00 USD" in text
    assert "48.0 months" in text


def test_scenario_without_hardware_is_refused_with_the_reason(folder):
    with pytest.raises(FigureUnavailableError, match="cannot be compared rented and owned"):
        build_table("rent-or-buy", request_for(str(folder / "plan.yaml"), "rent-or-buy"))


def test_contracts_are_lines_of_what_an_hour_used_costs_with_its_idle_hours(tmp_path):
    path = tmp_path / "cluster.yaml"
    path.write_text(TEXT.replace("commitment: on-demand", "commitment: one-year") + "fleet_use: 0.5\none_year_price: 0.5\n"
                    "one_year_term: 1 year\n", encoding="utf-8")  # fmt: skip
    request = FigureRequest([read(str(path))], opened=open_scenario(str(path)), draws=500)
    table = build_table("rent-or-buy", request)
    (contract,) = table.contracts
    assert (contract.commitment, contract.is_own, table.use) == ("one-year", True, 0.5)
    assert contract.cost.median == pytest.approx(0.5 / 0.5)  # an idle hour is paid for beside each hour used
    figure = draw("rent-or-buy", table, date="2026-11-21")
    np.testing.assert_allclose(lines(figure.axes[0])["reserved (one-year), median"][1], 1)
    assert "reserved (one-year) 1.00 USD" in alt_text("rent-or-buy", table)
    is_cheaper = contract.cheaper > 0.5
    assert is_cheaper == (table.horizons[-1].owned.median > 1)
