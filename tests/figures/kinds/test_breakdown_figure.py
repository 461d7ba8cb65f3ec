"""Lines of a total: shares that add up, and intervals."""

import pytest
from figure_cases import lines, table_of

from simulator.figures import build_table, draw
from simulator.figures.data import FigureRequest


@pytest.mark.parametrize("kind", ["breakdown", "epoch-components"])
def test_stacked_shares_add_up(folder, kind):
    table = build_table(kind, FigureRequest(draws=1000)) if kind.startswith("epoch") else table_of(folder, "plan", kind)
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
    lows, highs = ([getattr(quantity, key) for quantity in table.quantities.values()] for key in ("low", "high"))
    for x, _ in drawn:
        assert x[0] in lows
        assert x[1] in highs
