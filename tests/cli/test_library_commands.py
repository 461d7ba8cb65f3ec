"""`llmcost list`, `show` and `check` in every format, and the help that names all commands."""

import csv
import io
import json

import pytest
from command_line import run_llmcost
from corpus_cases import in_process

from simulator.cli.app import COMMANDS, GROUPS

CALLS = (
    "list",
    "list chips",
    "list priors --stale 365",
    "show mfu",
    "show mfu/dense-h100",
    "show chips --in gpt-4",
    "check gpt-4",
)


def test_help_groups_the_commands_with_a_line_for_each():
    lines = run_llmcost("--help").stdout.splitlines()
    for title, commands in GROUPS.items():
        start = lines.index(f"{title}:")
        assert lines[start + 1 : start + 1 + len(commands)] == [f"  {name:<11}  {line}" for name, line in commands.items()]
    assert max(map(len, lines)) <= 80
    assert not any("..." in line for line in lines if "ARGS" not in line)


def test_every_command_is_in_one_group():
    assert sorted(COMMANDS) == sorted(name for commands in GROUPS.values() for name in commands)


@pytest.mark.parametrize("call", CALLS)
def test_every_format_is_printed_and_written(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outputs = {form: in_process(f"{call} --format {form}") for form in ("table", "json", "csv", "markdown")}
    assert all((each.code, each.err) == (0, "") for each in outputs.values())
    assert json.loads(outputs["json"].out)
    columns, *rows = csv.reader(io.StringIO(outputs["csv"].out))
    assert rows
    assert {len(row) for row in rows} == {len(columns)}
    assert "\n| --- |" in outputs["markdown"].out
    for suffix in ("json", "csv"):
        done = in_process(f"{call} -o x.{suffix}")
        assert (done.code, done.out) == (0, "")
        assert (tmp_path / f"x.{suffix}").read_bytes().decode() == outputs[suffix].out.replace(
            "\r\n", "\n" if suffix == "json" else "\r\n"
        )


def test_check_reports_every_issue_as_data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.yaml").write_text("title: Bad\nextends: gpt-4\nmfu: fast\nnosuch: 3\n")
    done = in_process("check gpt-4 bad.yaml --format json")
    assert done.code == 2
    answer = json.loads(done.out)
    assert [scenario["name"] for scenario in answer["scenarios"]] == ["gpt-4"]
    assert [issue["key"] for issue in answer["issues"]] == ["mfu", "nosuch"]
    assert len(done.err.splitlines()) == 2


def test_quiet_check_prints_only_what_is_wrong(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.yaml").write_text("title: Bad\nextends: gpt-4\nmfu: fast\n")
    assert in_process("check gpt-4 --quiet").out == ""
    assert in_process("check gpt-4 --quiet --format markdown").out == ""
    done = in_process("check gpt-4 bad.yaml --quiet")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("llmcost: bad.yaml:3:")


@pytest.mark.parametrize("call", ["list -o x.png", "show mfu -o nowhere/x.json", "check gpt-4 -o x"])
def test_files_that_cannot_be_written_are_refused(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = in_process(call)
    assert (done.code, done.out) == (2, "")
