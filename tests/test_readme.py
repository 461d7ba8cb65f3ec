"""What the documents show is what a reader gets."""

import re

import pytest
from readme import DOCUMENTS, ROOT, all_examples, differences, has_examples

from simulator.engine.simulate import simulate
from simulator.engine.summaries import summarize
from simulator.scenario import read

EPOCH = (ROOT / "docs/explanation/epoch.md").read_text(encoding="utf-8")
WITH_EXAMPLES = [path for path in DOCUMENTS if has_examples(path)]
TABLE = re.findall(r"^\| ([\w-]+) \| [\d./ ]+ \| ([\d./ ]+) \| ([\d./ ]+) \|$", EPOCH, re.MULTILINE)


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_print_what_the_document_shows(path, tmp_path):
    found = differences(path.read_text(encoding="utf-8"), tmp_path)
    assert not found, "run `python tests/readme.py`, and read what it changes\n" + "\n".join(found)


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_that_pick_lines_show_some(path):
    """A pattern that no longer fits would leave nothing to compare."""
    found = all_examples(path.read_text(encoding="utf-8"))
    assert [command for command, shown in found if re.search(r"\| (grep|head|tail|sed)", command) and not shown.strip()] == []


def test_an_output_that_differs_is_seen(tmp_path):
    document = (
        "Save this:\n\n```text list.txt\none\ntwo\n```\n\n"
        "```console\n$ cat list.txt | head -1\none\n\n$ cat list.txt\none\n```\n"
    )
    (seen,) = differences(document, tmp_path)
    assert seen.startswith("$ cat list.txt\nprints:\none\ntwo\n")


def test_table_names_the_three_published_runs():
    assert [name for name, _, _ in TABLE] == ["gpt-3", "gpt-4", "gemini-ultra"]


@pytest.mark.parametrize(("name", "as_published", "default"), TABLE, ids=[row[0] for row in TABLE])
def test_table_of_published_runs_is_ours(name, as_published, default):
    for scenario, specification in ((f"epoch/{name}", as_published), (name, default)):
        figures = summarize(simulate(read(scenario), 400_000).accumulators["total_cost"], 0.90)
        ours = [value / 1e6 for value in (figures.low, figures.median, figures.high)]
        assert ours == pytest.approx([float(value) for value in specification.split("/")], rel=0.015)
