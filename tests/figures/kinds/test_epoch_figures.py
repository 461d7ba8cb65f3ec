"""The study's figures, drawn from this project's tables and scenarios."""

import numpy as np
import pytest

from simulator.figures import build_table, draw
from simulator.figures.data import FigureRequest


@pytest.mark.parametrize(("kind", "growths"), [("epoch-growth", (2.411, 2.578)), ("epoch-acquisition", (2.494,))])
def test_the_study_s_growths_are_drawn(kind, growths):
    figure = draw(kind, build_table(kind, FigureRequest()))
    legend = " ".join(text.get_text() for text in figure.axes[0].get_legend().get_texts())
    for growth in growths:
        assert f"{growth:.2f}x a year" in legend


def test_the_study_s_components_are_within_a_point_and_a_half():
    """Published: shares of component medians (version 2 of the study, its B.5), in percent."""
    published = {
        "GPT-3": (31.0, 21.2, 12.3, 2.8, 32.8),
        "GPT-4": (31.7, 21.1, 12.3, 6.3, 28.6),
        "Gemini": (23.1, 14.7, 8.9, 4.6, 48.8),
    }
    table = build_table("epoch-components", FigureRequest(draws=50_000))
    for row, (name, shares) in zip(table.scenarios, published.items(), strict=True):
        assert row.title.startswith(name)
        np.testing.assert_allclose([100 * share for share in row.shares.values()], shares, atol=1.5)


def test_tables_are_plain_data():
    growth = build_table("epoch-growth", FigureRequest()).to_dict()
    assert [fit["cost"] for fit in growth["costs"]] == ["amortised", "cloud"]
    assert growth["n"] == growth["costs"][0]["n"]
    assert growth["costs"][1]["title"] == growth["title"] == "Frontier models"
    components = build_table("epoch-components", FigureRequest(draws=1000))
    assert set(components.to_dict()["scenarios"][0]) == {"name", "title", "medians", "shares"}
    assert len(components.to_dataframe()) == len(components.to_csv().splitlines()) - 1
