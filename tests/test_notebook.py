"""The notebook of the tutorial: its cells run in a clean kernel, and give the outputs that are committed."""

import base64
import re
import time

import nbformat
import notebooks
import pytest
from notebooks import METADATA, NOTEBOOK, ROOT, outputs
from readme import DOCUMENTS
from test_documents import LINK, anchors

COMMITTED = notebooks.read()
CODE = [cell for cell in COMMITTED.cells if cell.cell_type == "code"]
PROSE = [cell for cell in COMMITTED.cells if cell.cell_type == "markdown"]
MAX_SECONDS = 60
MAX_BYTES = 250_000


@pytest.fixture(scope="module")
def run():
    """The notebook as it is executed today, and the seconds that it took."""
    start = time.monotonic()
    today = notebooks.executed(COMMITTED)
    return today, time.monotonic() - start


def shown(name, cells):
    """Return the outputs of a cell by its name."""
    (cell,) = (cell for cell in cells if cell.id == name)
    return "\n".join(text for _, text in outputs(cell))


def test_outputs_are_those_that_are_committed(run):
    today = [cell for cell in run[0].cells if cell.cell_type == "code"]
    for committed, now in zip(CODE, today, strict=True):
        assert outputs(now) == outputs(committed), f"{now.id}: run `make notebook` and read what it changes"


def test_time_of_the_session(run):
    assert run[1] < MAX_SECONDS


def test_an_output_that_differs_is_seen():
    changed = nbformat.from_dict(COMMITTED)
    cell = next(cell for cell in changed.cells if cell.id == "statistics")
    cell.outputs[0].text = cell.outputs[0].text.replace("P80", "P90")
    assert outputs(cell) != outputs(next(cell for cell in CODE if cell.id == "statistics"))


def test_a_cell_that_fails_is_seen():
    broken = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import llmcost\nllmcost.run('no-such-scenario')")])
    with pytest.raises(notebooks.CellExecutionError, match="no such scenario"):
        notebooks.executed(broken)


def test_session_covers_what_an_analyst_does():
    session = "\n".join(cell.source for cell in CODE)
    calls = (
        "llmcost.open_scenario( llmcost.between( llmcost.LogNormal( np.array( llmcost.run( .summary() .quantile( .samples() "
        ".plot( formulas=insurance_cost correlations= llmcost.value_of_information( .save( llmcost.load("
    )
    for call in calls.split():
        assert call in session, call
    assert "simulator" not in session


def test_what_the_text_says_is_what_the_outputs_show():
    assert "insurance cost" in shown("insurance", CODE)
    assert "rental_cost is in 1 here and in USD" in shown("wrong-unit", CODE)
    # "a rank correlation between the two widens the interval"
    row = r"(\w+) +rank correlation ([+-][\d.]+) +interval of the total ([\d.]+)M to ([\d.]+)M USD"
    (none, *narrow), (some, *wide) = [map(float, found[1:]) for found in re.findall(row, shown("correlations", CODE))]
    assert (none, some) == pytest.approx((0, 0.4), abs=0.02)
    assert wide[1] - wide[0] > narrow[1] - narrow[0]
    # "the order is that in which to ask", and all of them are worth more than the first
    gains = [float(gain.replace(",", "")) for gain in re.findall(r"([\d,]+)K USD", shown("value-of-information", CODE))]
    assert gains[:-1] == sorted(gains[:-1], reverse=True)
    assert gains[-1] > gains[0]
    assert "the same draws: True" in shown("save", CODE)


def test_prose_states_no_figure_that_could_go_stale():
    for cell in PROSE:
        text = re.sub(r"`[^`]*`|\]\([^)]*\)", "", cell.source)
        assert re.findall(r"\d", text) == [], cell.id


def test_links_of_the_notebook_lead_to_a_file_and_a_heading():
    links = [link for cell in PROSE for link in LINK.findall(cell.source)]
    assert len(links) > 5
    for link in links:
        name, _, anchor = link.partition("#")
        target = (NOTEBOOK.parent / name).resolve()
        assert target in DOCUMENTS, link
        assert not anchor or anchor in anchors(target), link


def test_file_is_small_and_says_nothing_of_the_machine():
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert len(text) < MAX_BYTES
    assert COMMITTED.metadata == METADATA
    assert all(cell.metadata == {} for cell in COMMITTED.cells)
    assert str(ROOT) not in text
    assert not re.search(r"/(?:tmp|home|root|work|Users)/|\bsite-packages\b|\.venv", text)
    assert not re.search(r"\d\d:\d\d:\d\d", text)
    pictures = [output.data["image/png"] for cell in CODE for output in cell.outputs if "image/png" in output.get("data", {})]
    assert len(pictures) >= 2
    assert all(base64.b64decode(picture).startswith(b"\x89PNG") and len(picture) < 80_000 for picture in pictures)


def test_cells_are_executed_in_order():
    nbformat.validate(COMMITTED)
    assert [cell.execution_count for cell in CODE] == list(range(1, len(CODE) + 1))
    assert len({cell.id for cell in COMMITTED.cells}) == len(COMMITTED.cells)
