"""What the README shows is what a reader gets."""

import re

import pytest
from readme import README, examples, plain, run

import simulator

TEXT = README.read_text(encoding="utf-8")
TABLE = re.findall(r"^\| ([\w-]+) \| [\d./ ]+ \| ([\d./ ]+) \| ([\d./ ]+) \|$", TEXT, re.MULTILINE)


def test_examples_print_what_the_readme_shows(tmp_path):
    # One test, in order and in one folder: a later example needs the file of an earlier one.
    found = examples(TEXT)
    assert len(found) >= 8
    for command, shown in found:
        assert run(command, tmp_path) == plain(shown), command


def test_table_names_the_three_published_runs():
    assert [name for name, _, _ in TABLE] == ["gpt-3", "gpt-4", "gemini-ultra"]


@pytest.mark.parametrize(("name", "as_published", "default"), TABLE, ids=[row[0] for row in TABLE])
def test_table_of_published_runs_is_ours(name, as_published, default):
    for scenario, stated in ((f"epoch/{name}", as_published), (name, default)):
        figures = simulator.spread(simulator.run(simulator.read(scenario), 400_000).tallies["total_cost"], 0.90)
        ours = [value / 1e6 for value in (figures.low, figures.median, figures.high)]
        assert ours == pytest.approx([float(value) for value in stated.split("/")], rel=0.015)
