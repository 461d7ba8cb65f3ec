"""What the remark of a figure says of rows that it does not show."""

from dataclasses import replace

import pytest
from figure_cases import table_of

from simulator.figures import draw
from simulator.figures.axes import MAX_ROWS, omitted_rows_text
from simulator.figures.kinds import contingency
from simulator.figures.kinds.breakdown import MAX_LINES, _remark


@pytest.mark.parametrize(("more", "text"), [(0, ""), (1, " 1 more shock is not shown."), (2, " 2 more shocks are not shown.")])
def test_omitted_rows_are_counted_in_words_that_agree(more, text):
    assert omitted_rows_text(range(MAX_ROWS + more), "shocks") == text


def test_omitted_lines_of_a_breakdown_agree_with_their_number():
    assert "The smallest line is omitted below." in _remark(MAX_LINES + 1)
    assert "The 2 smallest lines are omitted below." in _remark(MAX_LINES + 2)
    assert "omitted" not in _remark(MAX_LINES)


@pytest.mark.parametrize(
    ("more", "text"), [(1, "1 line with less contingency is not shown"), (2, "2 lines with less contingency are")]
)
def test_omitted_lines_of_a_contingency_agree_with_their_number(folder, more, text):
    plan = table_of(folder, "plan", "contingency")
    level = contingency.allocation_at_p80(plan)
    line = level.lines[0]
    lines = tuple(replace(line, name=f"line_{number}") for number in range(contingency._MAX_LINES + more))
    figure = draw("contingency", replace(plan, allocation=(replace(level, lines=lines),)))
    written = " ".join(" ".join(each.get_text() for each in figure.texts).split())
    assert text in written
