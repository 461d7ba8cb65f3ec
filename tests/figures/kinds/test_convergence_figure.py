"""Quantiles as draws grow in number."""

import numpy as np
import pytest
from documented import undocumented
from figure_cases import lines, table_of

from simulator.engine.simulate import simulate
from simulator.figures import draw
from simulator.scenario import TOTAL, read


def test_convergence_ends_at_the_quantiles_of_all_draws(folder):
    path = str(folder / "plan.yaml")
    table = table_of(folder, "plan", "convergence")
    total = simulate(read(path), 1000, keep=[TOTAL]).retained_draws[TOTAL]
    figure = draw("convergence", table)
    for axes, p in zip(figure.axes, (0.975, 0.5, 0.025), strict=True):
        x, y = next(data for data in lines(axes).values() if len(data[0]) > 2)
        assert x[-1] == 1000
        assert y[-1] == pytest.approx(np.quantile(total, p))
        assert y[0] == pytest.approx(np.quantile(total[: int(x[0])], p))


def test_quantiles_are_documented_data(folder):
    table = table_of(folder, "plan", "convergence")
    assert undocumented(table) == set()
    last = table.to_dict()["quantiles"]["P50"][-1]
    assert last == {"draws": 1000, "value": table.quantiles["P50"][-1].value, "error": table.quantiles["P50"][-1].error}
    assert "P97.5" in table.to_csv()
