"""The tables of a page of a report: which rows and columns they show, and in which words and units."""

import re

import pytest

import llmcost
from simulator.analysis.occurrences import decides_event
from simulator.report.content import Bullets, Cell, Paragraph, TableBlock, TableColumn, make_table, text_cell
from simulator.report.pages import mark_code

SHORT = {"draws": 2000}


@pytest.fixture(scope="module")
def with_risks(tmp_path_factory):
    """The report on a run with a risk register and a heavy tail."""
    path = tmp_path_factory.mktemp("risks") / "ours.yaml"
    path.write_text("title: Ours\nextends: [large, startup]\n")
    return llmcost.report(path, **SHORT)


@pytest.fixture(scope="module")
def service():
    return llmcost.report("serve/llama-3.3-70b", **SHORT)


def table(report, name):
    (block,) = [each for each in report.blocks(TableBlock) if each.name == name]
    return block


def texts(block):
    return {row.cells[0].text: [cell.text for cell in row.cells] for row in block.page_rows}


def test_events_are_named_and_the_numbers_that_decide_them_are_in_the_files_only(with_risks):
    block = table(with_risks, "assumptions")
    decisive = [row for row in block.rows if decides_event(row.cells[0].values[0])]
    assert len(decisive) == 3
    assert not any("whether" in name for name in texts(block))
    (events,) = [each.text for each in with_risks.blocks(Paragraph) if each.text.startswith("Events")]
    assert all(each in events for each in ("failed run happens", "late start happens", "rollback happens"))
    (section,) = [each for each in with_risks.sections if each.key == "assumptions"]
    assert f"of the {len(block.page_rows)} uncertain inputs" in section.heading


def test_a_note_of_the_drivers_has_no_identifier(with_risks):
    (reasons,) = [each for each in with_risks.blocks(Bullets) if each.lead.startswith("Why the variance")]
    assert "preferences: items" in reasons.items[0]
    assert not re.search(r"[a-z]\.[a-z]|_", reasons.items[0])


def test_a_known_number_is_shown_once(service):
    block = table(service, "known")
    row = next(each for each in block.rows if each.cells[0].values == ("serving_memory",))
    assert row.cells[1] == Cell("", ("80000000000.0 byte/chip",))
    assert row.cells[2].text == "80 GB/chip"
    assert texts(block)["reasoning ratio"][1] == "none"


def test_a_time_below_a_day_has_a_unit_that_fits_it(service):
    shown = texts(table(service, "assumptions"))
    assert shown["scaling lag"][2] == "10.0 minutes"
    for name in ("serving answer overhead", "serving exchange latency", "serving layer overhead"):
        median, unit = shown[name][2].split()
        assert unit in ("ms", "µs")
        assert 1 <= float(median) < 1000


def test_a_column_that_says_nothing_is_in_the_files_only():
    columns = [TableColumn(name, (name,)) for name in ("input", "gain", "", "note")]
    rows = [
        (text_cell(name), Cell("n/a", (None,)), Cell("", (1.0,)), text_cell(note)) for name, note in (("a", ""), ("b", "x"))
    ]
    block = make_table("t", "T", columns, rows)
    assert block.page_columns == (0, 3)
    assert len(block.columns) == 4


def test_the_share_of_an_indicator_needs_no_interval_and_zeros_are_in_the_files_only(service):
    block = table(service, "outcomes")
    assert texts(block)["latency met"][1].endswith("% of the draws")
    assert texts(block)["latency met"][2] == ""
    assert "cached token cost" not in texts(block)
    assert "cached_token_cost" in {row.cells[0].values[0] for row in block.rows}


def test_the_heading_counts_the_inputs_that_the_table_lists():
    report = llmcost.report("gpt-4", "gpt-4:basis=rented", **SHORT)
    (section,) = [each for each in report.sections if each.key == "assumptions"]
    (listed,) = [each for each in report.blocks(TableBlock) if each.caption.startswith("What differs in the inputs")]
    assert section.heading == f"{len(listed.rows)} inputs and choices differ; all others are the same"


def test_code_is_marked_and_escaped():
    assert mark_code("give `a <b>` & go") == "give <code>a &lt;b&gt;</code> &amp; go"
    assert mark_code("one ` alone") == "one ` alone"
