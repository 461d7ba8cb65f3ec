"""`llmcost stress`: all formats agree."""

import csv
import io
import json

import pytest
from click.testing import CliRunner
from plans import CONSTANT, ONE, TWO

from simulator.cli.commands.stress import command
from simulator.engine.simulate import simulate
from simulator.io.save import save
from simulator.scenario import read

CONSTANT_AND_PRIOR = CONSTANT.replace("chip_cost: 1000", "chip_cost: 850 to 1150")


def print_stress(*arguments, code=0):
    """Run the command and return its output."""
    outcome = CliRunner().invoke(command, list(arguments), standalone_mode=code == 2)
    assert outcome.exit_code == code, outcome.output
    return outcome.output if code else outcome.stdout


def test_json_csv_and_table_agree(write_plan, tmp_path):
    arguments = [write_plan(CONSTANT), "--shock", "staff-pay-3-times", "--draws", "100", "--budget", "2000"]
    data = json.loads(print_stress(*arguments, "--format", "json"))
    assert data["shocks"]["cases"][0]["median"] == 2500
    rows = dict(list(csv.reader(io.StringIO(print_stress(*arguments, "--format", "csv"))))[1:])
    assert float(rows["shocks.cases[staff-pay-3-times].median"]) == 2500
    table = print_stress(*arguments)
    assert "staff pay 3 times" in table
    assert "+$1.00K" in table
    assert print_stress(*arguments, "--format", "markdown").startswith("# plan: the median moves from $1.50K to $2.50K")
    print_stress(*arguments, "-o", str(tmp_path / "out.json"))
    assert json.loads((tmp_path / "out.json").read_text()) == data


def test_sweep_reverse_and_reweight_omit_shocks_unless_given(write_plan):
    path = write_plan(TWO)
    data = json.loads(
        print_stress(
            path, "--sweep", "--reverse", "total_cost > 2000", "--reweight", "energy_cost=300 to 500", "--format", "json"
        )
    )
    assert {"sweep", "reverse", "reweightings"} <= data.keys()
    assert "shocks" not in data
    table = print_stress(path, "--sweep", "--reverse", "total_cost > 2000", "--reweight", "energy_cost=300 to 500")
    text = " ".join(table.split())  # a note is wrapped
    assert "of the outcomes in which total cost is above 2,000" in text.replace("$", "")
    assert "draws are effective" in text


def test_saved_draws_answer_without_a_second_run(write_plan, tmp_path):
    path = write_plan(TWO)
    scenario = read(path)
    result = simulate(scenario, 20_000, seed=5, keep=scenario.plan.names)
    save(result, tmp_path / "draws.nc")
    arguments = [path, "--reverse", "total_cost > 2000", "--format", "json"]
    saved = json.loads(print_stress(*arguments, "--saved", str(tmp_path / "draws.nc")))
    simulated = json.loads(print_stress(*arguments, "--draws", "20000", "--seed", "5"))
    assert saved["reverse"] == simulated["reverse"]
    assert saved["seed"] == 5
    other = print_stress(write_plan(ONE, "other"), *arguments[1:], "--saved", str(tmp_path / "draws.nc"), code=2)
    assert "the saved draws are not of" in other


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--reverse", "total_cost > 1e9"], "are needed to describe them"),
        (["--reweight", "chip_cost={lognormal: {median: 9000, sigma: 0.1}}"], "simulate the changed scenario instead"),
        (["--combine", "staff-pay-3-times"], "at least two shocks"),
        (["--saved", "draws.nc"], "--saved applies to"),
    ],
)
def test_what_is_refused_ends_with_code_2(write_plan, arguments, message):
    assert message in " ".join(print_stress(write_plan(TWO), "--draws", "5000", *arguments, code=2).split())


def test_standard_input_is_read_once_for_shocks_and_new_priors(write_plan):
    """Each variant of the scenario is built from the same text."""
    arguments = ["--draws", "5000", "--format", "json", "--shock", "staff-pay-3-times", "--reweight", "chip_cost=900 to 1100"]
    data = json.loads(print_stress(write_plan(CONSTANT_AND_PRIOR), *arguments))
    outcome = CliRunner().invoke(command, ["-", *arguments], input=CONSTANT_AND_PRIOR)
    assert outcome.exit_code == 0, outcome.output
    piped = json.loads(outcome.stdout)
    assert piped["scenario"] == "-"
    assert piped["shocks"]["cases"][0]["change"]["value"] == pytest.approx(1000)
    assert piped["shocks"] == data["shocks"]
    assert piped["reweightings"] == data["reweightings"]
