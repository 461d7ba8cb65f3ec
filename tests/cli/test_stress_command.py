"""`llmcost stress`: the same in every format."""

import csv
import io
import json

import pytest
from click.testing import CliRunner
from plans import KNOWN, ONE, TWO

import simulator
from simulator.cli.commands.stress import command


def printed(*words, code=0):
    """Call the command, and return what it prints."""
    found = CliRunner().invoke(command, list(words), standalone_mode=code == 2)
    assert found.exit_code == code, found.output
    return found.output if code else found.stdout


def test_json_csv_and_table_tell_the_same(write_plan, tmp_path):
    words = [write_plan(KNOWN), "--shock", "staff-pay-3-times", "--draws", "100", "--budget", "2000"]
    data = json.loads(printed(*words, "--format", "json"))
    assert data["shocks"]["cases"][0]["median"] == 2500
    rows = dict(list(csv.reader(io.StringIO(printed(*words, "--format", "csv"))))[1:])
    assert float(rows["shocks.worlds[staff-pay-3-times].median"]) == 2500
    table = printed(*words)
    assert "staff-pay-3-times" in table
    assert "+1.00K" in table
    assert printed(*words, "--format", "markdown").startswith("**plan: total cost in 2026 USD, with each shock**")
    printed(*words, "-o", str(tmp_path / "out.json"))
    assert json.loads((tmp_path / "out.json").read_text()) == data


def test_sweep_reverse_and_doubt_leave_shocks_out_unless_they_are_named(write_plan):
    path = write_plan(TWO)
    data = json.loads(
        printed(path, "--sweep", "--reverse", "total_cost > 2000", "--reweight", "energy_cost=300 to 500", "--format", "json")
    )
    assert {"sweep", "reverse", "reweightings"} <= data.keys()
    assert "shocks" not in data
    table = printed(path, "--sweep", "--reverse", "total_cost > 2000", "--reweight", "energy_cost=300 to 500")
    assert "of such draws lie here" in table
    assert "draws count in effect" in table


def test_saved_draws_answer_without_a_second_run(write_plan, tmp_path):
    path = write_plan(TWO)
    scenario = simulator.read(path)
    result = simulator.run(scenario, 20_000, seed=5, keep=scenario.plan.names)
    simulator.save(result, tmp_path / "draws.nc")
    words = [path, "--reverse", "total_cost > 2000", "--format", "json"]
    kept = json.loads(printed(*words, "--saved", str(tmp_path / "draws.nc")))
    drawn = json.loads(printed(*words, "--draws", "20000", "--seed", "5"))
    assert kept["reverse"] == drawn["reverse"]
    assert kept["seed"] == 5
    other = printed(write_plan(ONE, "other"), *words[1:], "--saved", str(tmp_path / "draws.nc"), code=2)
    assert "the saved draws are not of" in other


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--reverse", "total_cost > 1e9"], "are needed to say what such draws look like"),
        (["--reweight", "chip_cost={lognormal: {median: 9000, sigma: 0.1}}"], "draw it anew with --set"),
        (["--combine", "staff-pay-3-times"], "two shocks or more"),
        (["--saved", "draws.nc"], "--saved goes with"),
    ],
)
def test_what_is_refused_ends_with_code_2(write_plan, words, message):
    assert message in " ".join(printed(write_plan(TWO), "--draws", "5000", *words, code=2).split())


def test_standard_input_is_not_read_twice():
    found = CliRunner().invoke(command, ["-"], input=ONE)
    assert found.exit_code == 2
    assert "save it in a file" in found.output
