"""What the README shows is what a reader gets."""

import re

import pytest
from readme import README, examples, plain, run

import simulator

EXAMPLES = examples(README.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reader")


@pytest.mark.xdist_group("readme")  # in order, in one folder: a later example may need the file of an earlier one
@pytest.mark.parametrize(("command", "shown"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_example_prints_what_the_readme_shows(command, shown, folder):
    assert run(command, folder) == plain(shown)


TABLE = re.findall(
    r"^\| ([\w-]+) \| [\d./ ]+ \| ([\d./ ]+) \| ([\d./ ]+) \|$", README.read_text(encoding="utf-8"), re.MULTILINE
)


@pytest.mark.parametrize(("name", "as_published", "default"), TABLE)
def test_table_of_published_runs_is_ours(name, as_published, default):
    for scenario, stated in ((f"epoch/{name}", as_published), (name, default)):
        figures = simulator.spread(simulator.run(simulator.read(scenario), 400_000).tallies["total_cost"], 0.90)
        ours = [value / 1e6 for value in (figures.low, figures.median, figures.high)]
        assert ours == pytest.approx([float(value) for value in stated.split("/")], rel=0.015)


def test_readme_has_examples():
    assert len(EXAMPLES) >= 5
    assert len(TABLE) == 3
