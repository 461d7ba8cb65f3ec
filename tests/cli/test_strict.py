"""`--strict` makes warnings exit 3, on every command."""

import json
import subprocess
import sys
from importlib import import_module

import click
import pytest
from click.testing import CliRunner

from simulator.cli import group
from simulator.cli.app import COMMANDS

PLAN = """extends: training-run
chip: nvidia-h100-sxm
basis: rented
total_parameters: 7e9 parameter
training_tokens: 1e12 token
chips: 512
rental_price: 2 to 3 USD/chip/hour
"""


def leaves(command):
    if not isinstance(command, click.Group):
        return [command]
    return [leaf for each in command.commands.values() for leaf in leaves(each)]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_option_once(name):
    command = group.get_command(click.Context(group), name)
    group.get_command(click.Context(group), name)
    assert command is import_module(f"simulator.cli.commands.{name}").command
    for leaf in leaves(command):
        assert [parameter.name for parameter in leaf.params].count("strict") == 1


def run(tmp_path, *words):
    (tmp_path / "plan.yaml").write_text(PLAN)
    process = subprocess.run(
        [sys.executable, "-m", "simulator", *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    return process.returncode, process.stderr


@pytest.mark.parametrize("draws", ["100", "2000"])
def test_a_warning_is_a_failure_with_strict_only(tmp_path, draws):
    assert run(tmp_path, "run", "plan.yaml", "--draws", draws)[0] == 0
    code, errors = run(tmp_path, "run", "plan.yaml", "--draws", draws, "--strict")
    assert code == (3 if draws == "100" else 0)
    assert ("a warning, which --strict makes a failure" in errors) == (draws == "100")


def test_what_to_look_at_in_records_is_a_warning(tmp_path):
    rows = "vendor,chip,price (USD/chip/hour),term\nA,H100,{},1 year\n"
    for price, code in (("2.1", 0), ("210", 3)):
        (tmp_path / "q.csv").write_text(rows.format(price))
        assert run(tmp_path, "prior", "from-quotes", "q.csv", "--strict")[0] == code


def test_a_level_with_hardly_a_draw_beyond_it_is_marked(tmp_path):
    (tmp_path / "plan.yaml").write_text(PLAN)
    outcome = CliRunner().invoke(group, ["budget", str(tmp_path / "plan.yaml"), "--draws", "10000", "--confidence", "99.99"])
    assert outcome.exit_code == 0
    row = next(line for line in outcome.stdout.splitlines() if line.strip().startswith("P99.99"))
    assert row.rstrip().endswith("hardly any draw lies beyond")
    assert "warning: P99.99: hardly any draw lies beyond it (1 of 10,000 on average)" in outcome.stderr


def test_a_gate_that_draws_do_not_decide_is_a_warning(tmp_path):
    (tmp_path / "plan.yaml").write_text(PLAN)
    median = CliRunner().invoke(group, ["run", str(tmp_path / "plan.yaml"), "--draws", "2000", "--format", "json"])
    amount = json.loads(median.stdout)["quantities"]["total_cost"]["median"]
    for factor, is_close in ((1.0, True), (1.2, False)):
        words = ["run", str(tmp_path / "plan.yaml"), "--draws", "2000"]
        words += ["--budget", f"{amount * factor} USD", "--fail-above", "50%"]
        outcome = CliRunner().invoke(group, words)
        assert outcome.exit_code in (0, 3)
        assert ("so its side is uncertain" in outcome.stderr) == is_close
