"""One prior with its sources."""

import math
from statistics import NormalDist

import pytest
from documented import undocumented
from figure_cases import bars, table_of

from simulator.figures import draw


def test_a_prior_is_its_distribution_and_names_its_source(folder):
    table = table_of(folder, "plan", "prior")
    figure = draw("prior", table)
    distribution = NormalDist(math.log(1000), 0.5)
    for low, high, height in bars(figure.axes[0]):
        assert height == pytest.approx(
            100 * (distribution.cdf(math.log(high)) - distribution.cdf(math.log(low))), rel=1e-3, abs=1e-6
        )
    assert any("A quote, 2026-10-02" in text.get_text() for text in figure.texts)


def test_a_prior_is_documented_data(folder):
    table = table_of(folder, "plan", "prior")
    assert undocumented(table) == set()
    data = table.to_dict()
    assert (data["name"], data["title"], data["interval"]) == ("chip_cost", "Plan", 95)
    assert "draws" not in data  # a prior is not simulated
    assert table.to_dataframe().set_index("figure")["value"]["median"] == table.median
