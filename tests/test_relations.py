"""Relations between two questions: each row of `tests/relations/` runs on every scenario that it applies to."""

import pytest
from relation_rows import STATUS, Figures, Outcome, Row, State, evaluate_everywhere, evaluate_row, holds, load_rows

ROWS = load_rows()
RUN = [row for row in ROWS if row.status == "run"]
PENDING = {"P1", "P2", "P3", "P4"}
"""Relations of post-training that the model does not have quantities for."""


@pytest.mark.parametrize("row", RUN, ids=[row.label for row in RUN])
def test_relation_holds_wherever_it_applies(row):
    outcomes = evaluate_everywhere(row)
    failures = {outcome.scenario: outcome.failure for outcome in outcomes if outcome.failure}
    assert not failures
    assert any(outcome.has_run for outcome in outcomes), {outcome.scenario: outcome.reason for outcome in outcomes}


def test_rows_are_complete():
    assert len({row.id for row in ROWS}) == 75
    assert len({row.label for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row.status in STATUS, row.id
        assert all((row.given, row.change, row.effect)), row.id
        assert (row.status == "pending") == bool(row.missing), row.id
        if row.status == "run":
            assert row.holds or row.refused or row.unchanged_but is not None or row.money_times is not None, row.id
        if row.refused:
            assert row.words, f"{row.id} is refused for any reason"


def test_all_other_rows_run():
    assert {row.id for row in ROWS if row.status != "run"} == PENDING


def test_a_relation_that_does_not_hold_is_found():
    """The evaluation itself: a wrong factor, a refusal for another reason, a changed line, and a row that does not apply."""
    states = {"before": State(), "after": State(multiply={"electricity_price": 2})}
    row = Row("own", "X1", "", "", "", states=states, holds=("after.energy_cost == 3 * before.energy_cost",))
    assert evaluate_row(row, "gpt-4", "gpt-4").failure == "after.energy_cost == 3 * before.energy_cost"
    row = Row("own", "X2", "", "", "", states=states, unchanged_but=("chip_cost",))
    assert "energy_cost changes" in evaluate_row(row, "gpt-4", "gpt-4").failure
    refused = {"before": State(), "after": State(set=("mfu=2",))}
    row = Row("own", "X3", "", "", "", states=refused, refused=("after",), words=("no such word",))
    assert "is refused without ['no such word']" in evaluate_row(row, "llama-3.1-405b", "llama-3.1-405b").failure
    row = Row("own", "X4", "", "", "", states={"before": State()}, refused=("before",), words=("x",))
    assert evaluate_row(row, "gpt-4", "gpt-4").failure == "before is not refused"
    row = Row("own", "X5", "", "", "", when={"basis": ("rented",)}, states=states, holds=("after.lines >= before.lines",))
    assert evaluate_row(row, "gpt-4", "gpt-4") == Outcome(row, "gpt-4", reason="basis is owned")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a.x == 2 * b.x", True), ("a.x > b.x", True), ("a.x <= b.x", False), ("a.x == b.x", False), ("a['x'] >= 2 * b.x", True)],
)
def test_a_statement_is_about_every_draw(text, expected):
    import numpy as np

    row = Row("own", "X6", "", "", "", holds=(text,))
    figures = {"a": Figures({"x": np.array([2.0, 4.0])}), "b": Figures({"x": np.array([1.0, 2.0])})}
    assert holds(row.comparisons[0], figures) == expected
