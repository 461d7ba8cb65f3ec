"""Trends of models that lie close together in time, and tables with missing costs."""

import numpy as np
import pytest

from simulator.evidence import trend, trend_summary
from simulator.evidence.tables import frontier_models

HEADER = "model,date,amortised_cost (USD),cloud_cost (USD)\n"


def write(tmp_path, *rows):
    path = tmp_path / "t.csv"
    path.write_text(HEADER + "".join(f"M{number},{row}\n" for number, row in enumerate(rows)))
    return path


def test_six_models_within_two_days_have_no_growth_per_year(tmp_path):
    path = write(tmp_path, *(f"2024-01-0{1 + number // 3},{number + 1}e6," for number in range(6)))
    with pytest.raises(trend_summary.NoTrendError, match="models over 3 months or more, and these lie within 1 days"):
        trend_summary.fit_trends(path)


def test_an_interval_without_bound_is_no_overflow():
    """One model is a year away from three of one day, which differ by twelve orders of magnitude."""
    x, y = np.array([2024.0, 2024.0, 2024.0, 2024.26]), np.array([6.0, 12.0, 18.0, 400.0])
    with pytest.raises(trend.TooFewModelsError, match="its interval has no bound"):
        trend.least_squares("amortised", x, y)


def test_costs_of_none_are_counted(tmp_path):
    rows = ["2020-01-01,1e6,None", "2021-01-01,2e6,1e6", "2022-01-01,3e6,2e6", "2024-01-02,None,None"]
    notes = []
    assert len(frontier_models(write(tmp_path, *rows), notes)) == 3
    texts = [note.text for note in notes]
    assert "1 of 4 rows not used: no cost (1)" in texts
    assert "cloud_cost (USD): 1 model of 3 without a value, left out of its trend" in texts
