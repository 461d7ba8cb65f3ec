"""The documents on the Python package: the reference is up to date, and every block of the how-to guide runs as it is shown."""

import doctest
import re

import paths
import pytest
from python_reference import ERRORS, PAGE, RESULTS_PAGE, grouped, written
from result_types import annotations, described_fields, heading_of, page, reachable

import llmcost

GUIDE = paths.ROOT / "docs" / "how-to" / "python.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def failures(page):
    """Run the examples of a page one after the other, and return what differs from what it shows."""
    examples = "\n".join(text for language, text in BLOCK.findall(page) if language == "pycon")
    test = doctest.DocTestParser().get_doctest(examples, {}, "page", None, 0)
    assert len(test.examples) > 1
    messages = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False).run(test, out=messages.append)
    return messages


def test_the_reference_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == written(), "run `python tests/python_reference.py`"
    assert RESULTS_PAGE.read_text(encoding="utf-8") == page(), "run `python tests/python_reference.py`"


def test_the_types_within_results_are_those_that_public_results_lead_to():
    kinds = {each.__name__: each for each in reachable()}
    assert set(llmcost.results.__all__) == set(kinds)
    assert {"Period", "SummaryStatistics", "Contingency", "ScenarioDifference", "IntervalEstimate"} <= set(kinds)
    assert all(getattr(llmcost.results, name) is kind for name, kind in kinds.items())
    text = RESULTS_PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"^### `(\w+)`$", text, re.MULTILINE)) == set(kinds)
    assert all(map(heading_of, kinds.values()))


@pytest.mark.parametrize("kind", reachable(), ids=lambda kind: kind.__name__)
def test_every_field_of_a_type_within_results_is_documented(kind):
    assert [name for name, _ in annotations(kind) if name not in described_fields(kind)] == []


def test_every_public_name_has_an_entry():
    page = PAGE.read_text(encoding="utf-8")
    names = set(llmcost.__all__) - {"__version__", "results", "units"}
    assert {name for names in grouped().values() for name in names} == names
    assert set(re.findall(r"^### `(\w+)`$", page, re.MULTILINE)) == names
    assert all(issubclass(getattr(llmcost, name), llmcost.LlmcostError) for name in grouped()[ERRORS])


def test_the_examples_of_the_guide_run_as_they_are_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = GUIDE.read_text(encoding="utf-8")
    assert {language for language, _ in BLOCK.findall(page)} == {"pycon"}
    assert failures(page) == []


@pytest.mark.parametrize("shown", ["3", "1\n>>> 1 / 0\n2"])
def test_an_example_that_differs_is_seen(shown):
    assert failures(f"```pycon\n>>> x = 1\n>>> x + 1\n{shown}\n```\n")
