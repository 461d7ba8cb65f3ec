"""Old prices: every command that prints amounts notes them, and counts their age to SOURCE_DATE_EPOCH."""

import re
import shlex

import pytest
from click.testing import CliRunner

from simulator.cli import group
from simulator.report import folder
from simulator.report.content import Bullets

OLD = """lines: [chip_cost]
outcomes: []
prices: 2026 USD
schedule: {final_run: {duration: 4 month, lines: [chip_cost]}}
chip_cost: {lognormal: {p5: 800, p95: 2000}, date: 2026-05-01}
"""
NEW = "extends: old.yaml\nchip_cost: {lognormal: {p5: 900, p95: 2000}, date: 2026-10-01}\n"
NOTE = "prices older than 180 days: chip cost (2026-05-01)"
LATER, EARLIER = "1795219200", "1790812800"
"""2026-11-21, when the price is 204 days old, and 2026-10-01, when it is 153."""


@pytest.fixture
def answer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.yaml").write_text(OLD, encoding="utf-8")
    (tmp_path / "new.yaml").write_text(NEW, encoding="utf-8")

    def answer_of(command, epoch=LATER):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        done = CliRunner().invoke(group, command.split())
        assert done.exit_code == 0, done.output
        return " ".join(done.output.split())

    return answer_of


COMMANDS = {name: f"{name} old.yaml --draws 1000" for name in ("run", "budget", "cashflow")} | {
    "check": "check old.yaml",
    "compare": "compare new.yaml old.yaml --draws 1000",
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_old_price_is_noted_on_the_day_that_ages_count_to(command, answer):
    assert NOTE in answer(command)
    assert "older than" not in answer(command, EARLIER)


def test_comparison_says_whose_price_is_old(answer):
    assert f"old: {NOTE}" in answer(COMMANDS["compare"])
    # Both have it: no name.
    same = answer("compare old.yaml old.yaml --draws 1000")
    assert NOTE in same
    assert f": {NOTE}" not in same


@pytest.mark.parametrize("reference", ["old.yaml", "gpt-4", "our plan.yaml", "folder/old.yaml"])
def test_the_command_of_the_note_runs(reference, answer, tmp_path):
    (tmp_path / "folder").mkdir()
    for copy in ("our plan.yaml", "folder/old.yaml"):
        (tmp_path / copy).write_text(OLD, encoding="utf-8")
    noted = CliRunner().invoke(group, ["check", reference])
    found = re.search(r"`llmcost (list priors [^`]*)` shows their effect", " ".join(noted.output.split()))
    done = CliRunner().invoke(group, shlex.split(found[1]))
    assert done.exit_code == 0, done.output
    assert "change of total" in done.output


def test_a_scenario_that_no_command_finds_by_name_is_called_a_file(answer):
    done = CliRunner().invoke(group, ["check", "-"], input=OLD)
    assert "`llmcost list priors --stale --scenario FILE` shows their effect" in " ".join(done.output.split())


@pytest.mark.parametrize("scenarios", ["old.yaml", "new.yaml old.yaml"])
def test_report_notes_an_old_price_once(scenarios, answer, monkeypatch):
    reports = []
    monkeypatch.setattr(folder, "write", lambda report, *_, **__: reports.append(report))
    answer(f"report {scenarios} --draws 1000 -o report --quiet")
    texts = [text for block in reports[0].blocks(Bullets) for text in block.items if NOTE in str(text)]
    assert len(texts) == 1
