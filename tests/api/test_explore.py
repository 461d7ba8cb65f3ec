"""`llmcost.explore` and the command `explore`."""

import json

import pytest

import llmcost
from simulator.cli import group


def test_it_writes_a_page(tmp_path):
    exploration = llmcost.explore("gpt-3", file=tmp_path / "page.html", draws=2000)
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == exploration.html
    assert "html" not in exploration.to_dict()
    assert '"words":["gpt-3"]' in exploration.html


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({}, "needs a scenario"), ({"progress": 1}, "progress"), ({"file": 3}, "file must be a path")],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(llmcost.InvalidValueError, match=message):
        llmcost.explore(*(["gpt-3"] if arguments else []), **arguments)


def test_a_mapping_has_no_command():
    exploration = llmcost.explore({"extends": "gpt-3"}, draws=2000)
    assert '"command":null' in exploration.html


def test_steps_are_told():
    steps = []
    llmcost.explore("gpt-3", draws=2000, progress=steps.append)
    assert steps[0] == "options and drivers of gpt-3"
    assert steps[-1] == "writing"


def test_the_command_writes_the_page_of_the_function(tmp_path, capsys):
    page = tmp_path / "explorer.html"
    group.main(["explore", "gpt-3:basis=rented", "--draws", "2000", "-q", "-o", str(page)], standalone_mode=False)
    assert capsys.readouterr().out == ""
    assert page.read_text(encoding="utf-8") == llmcost.explore("gpt-3:basis=rented", draws=2000).html


def test_the_command_prints_the_unchanged_case(capsys):
    group.main(["explore", "gpt-3", "--draws", "2000", "-q", "--format", "json"], standalone_mode=False)
    printed = json.loads(capsys.readouterr().out)
    assert printed["scenarios"][0]["p80"] == llmcost.explore("gpt-3", draws=2000).scenarios[0].p80
