"""Coverage and sorted places of a backtest."""

from figure_cases import lines

from simulator.figures import build_table, draw
from simulator.figures.data import FigureRequest


def test_a_backtest_shows_coverage_and_sorted_places(folder):
    table = build_table("backtest", FigureRequest(reference=str(folder / "backtest.json")))
    left, right = draw("backtest", table).axes
    x, y = lines(left)["chip hours (n = 4)"]
    assert (x.tolist(), y.tolist()) == ([50, 80, 90, 95], [25, 75, 100, 100])
    steps = [data for data in lines(right).values() if len(data[0]) == 6]
    assert steps[0][0].tolist() == [0, 0.1, 0.3, 0.6, 0.9, 1]
    assert steps[0][1].tolist() == [0, 0.25, 0.5, 0.75, 1, 1]


def test_a_backtest_is_drawn_from_its_result_as_from_its_json(tmp_path):
    from simulator.evidence.backtest import backtest
    from simulator.figures.kinds.backtest import backtest_of

    result = backtest(folds=["forward"])
    path = tmp_path / "backtest.json"
    path.write_text(result.to_json(), encoding="utf-8")
    table = build_table("backtest", FigureRequest(reference=str(path)))
    assert table == backtest_of(result)
    assert set(table.to_dict()) == {"schema", "title", "n", "targets", "notes"}
    assert table.n == sum(target.n for target in table.targets.values())
