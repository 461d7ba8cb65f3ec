"""The reference of figures is up to date and has every entry."""

import re

from figures_reference import PAGE, reference_text

from simulator.definitions import DEFINITIONS, EVIDENCE


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == reference_text(), "run `python tests/figures_reference.py`"


def test_every_entry_has_a_row_of_four_cells():
    rows = [line for line in reference_text().splitlines() if line.startswith("| ")]
    entries = (*DEFINITIONS, *EVIDENCE)
    assert len(rows) == len(entries) + 2 * len({each.output for each in entries})
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}
