"""The decision commands: `budget`, `compare`, `portfolio` and `joint`."""

import csv
import io
import json
import re

import pytest
from click.testing import CliRunner
from plans import CLUSTER, ONE, SCHEDULE

from simulator.cli.commands import budget, compare, joint, portfolio
from simulator.engine.simulate import simulate
from simulator.io.save import save
from simulator.scenario import Overrides
from simulator.scenario.variants import open_variant, split_variant

COMMANDS = [
    (budget, ["plan"], "Allocation of the contingency to lines"),
    (compare, ["plan", "plan:chip_cost=900"], "plan: chip_cost=900 less"),
    (compare, ["cluster", "--rent-or-buy"], "break-even utilisation"),
    (portfolio, ["plan", "plan", "--correlation", "none", "--confidence", "85"], "P85"),
    (portfolio, ["plan", "plan", "--budget", "2000"], "Budget of the sum"),
    (joint, ["plan", "--cost", "1500 USD", "--date", "6month"], "Pairs of targets with equal probability of meeting both"),
]


@pytest.mark.parametrize(("module", "args", "expected_text"), COMMANDS)
def test_json_csv_table_and_files_agree(read_plan, tmp_path, module, args, expected_text):
    read_plan(SCHEDULE)
    read_plan(CLUSTER + "basis: owned\n", "cluster")
    args = [re.sub("^(plan|cluster)", rf"{tmp_path}/\1.yaml", arg) for arg in args]
    args += ["--draws", "2000"]
    run = CliRunner()

    def output(*more):
        outcome = run.invoke(module.command, [*args, *more], catch_exceptions=False, env={"COLUMNS": "200"})
        assert outcome.exit_code == 0, outcome.output
        return outcome.stdout

    data = output("--format", "json")
    numbers = sorted(_numbers(json.loads(data)))
    rows = list(csv.DictReader(io.StringIO(output("--format", "csv"))))
    distributions = (".from", ".to")  # specifications, which may be numbers too
    values = [row["value"] for row in rows if not row["figure"].endswith(distributions)]
    assert sorted(float(value) for value in values if _is_number(value)) == numbers
    assert len({row["figure"] for row in rows}) == len(rows)
    assert expected_text in " ".join(output().split())
    assert "| --- |" in output("--format", "markdown") or "| ---: |" in output("--format", "markdown")
    output("-o", str(tmp_path / "out.json"))
    assert (tmp_path / "out.json").read_text() == data
    assert output("--format", "json", "--threads", "1") == data


def _numbers(value):
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _numbers(inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("module", "args", "expected_text"),
    [
        (compare, ["gpt-4"], "needs two scenarios"),
        (compare, ["gpt-4", "llama-3.1-405b"], "--money 'December 2023 USD'"),
        (portfolio, ["gpt-4:budget=1e6", "gpt-3"], "--budget is that of the sum"),
        (joint, ["gpt-4", "--date", "18 USD"], "--date"),
        (joint, ["gpt-4", "--cost", "1 to 2"], "single amount"),
        (joint, ["gpt-4", "--of", "chips"], "which is not a time"),
        (budget, ["gpt-4", "--confidence", "120%"], "between 0 and 100"),
        (budget, ["gpt-4", "-o", "x.nc"], "no format"),
    ],
)
def test_bad_usage_is_one_line(module, args, expected_text):
    outcome = CliRunner().invoke(module.command, [*args, "--draws", "1000"])
    assert outcome.exit_code == 2
    assert expected_text in outcome.output


@pytest.mark.parametrize(("gate", "code"), [("30%", 0), ("15%", 3)])
def test_gate_ends_with_its_code(read_plan, tmp_path, gate, code):
    read_plan(ONE)  # exceeded with probability 1 - Phi(ln 1.5 / 0.5) = 0.209
    options = ["--budget", "1500", "--fail-above", gate, "--format", "json", "--draws", "20000"]
    outcome = CliRunner().invoke(budget.command, [str(tmp_path / "plan.yaml"), *options], standalone_mode=False)
    assert outcome.return_value == code


def test_gate_needs_a_budget(read_plan, tmp_path):
    read_plan(ONE)
    outcome = CliRunner().invoke(budget.command, [str(tmp_path / "plan.yaml"), "--fail-above", "5%"])
    assert outcome.exit_code == 2
    assert "needs a budget" in outcome.output


def test_changes_behind_a_name_are_read_as_options():
    overrides = Overrides(sets=("pue=1.2",))
    name, changed = split_variant("gpt-4:basis=rented:chips=8000:shock=electricity-high", overrides)
    assert name == "gpt-4"
    assert changed == Overrides(sets=("pue=1.2", "chips=8000"), shocks=("electricity-high",), basis="rented")
    assert overrides == Overrides(sets=("pue=1.2",))
    distribution = "gpt-4:chip_price={lognormal: {p5: 8e3, p95: 2e4}, unit: USD/chip}:pue=1.3"
    scenario = open_variant(distribution).scenario
    assert scenario.inputs["chip_price"].distribution.quantile(0.95) == pytest.approx(2e4)
    assert scenario.inputs["pue"].distribution.quantile(0.5) == 1.3


def test_a_saved_run_is_shown_but_not_paired(read_plan, tmp_path):
    result = simulate(read_plan(ONE), 5000)
    save(result, tmp_path / "old.json")
    run = CliRunner()
    args = [str(tmp_path / "plan.yaml"), str(tmp_path / "old.json"), "--draws", "5000"]
    data = json.loads(run.invoke(compare.command, [*args, "--format", "json"]).output)
    assert data["differences"] == []
    assert data["saved"][0]["median"] == pytest.approx(data["scenarios"][0]["median"], rel=1e-3)
    assert "not paired" in run.invoke(compare.command, args).output
    (tmp_path / "old.json").write_text('{"schema": 2, "money": "2026 USD"}')
    outcome = run.invoke(compare.command, args)
    assert outcome.exit_code == 2
    assert "no result of" in outcome.output


def test_rent_or_buy_takes_one_scenario():
    for args in (["gpt-4", "gemini-ultra"], ["gpt-4:basis=rented"]):
        outcome = CliRunner().invoke(compare.command, [*args, "--rent-or-buy"])
        assert outcome.exit_code == 2
        assert "takes one scenario" in outcome.output


@pytest.mark.parametrize(("options", "is_noted"), [([], True), (["--set", "three_year_price=1.2 to 1.6 USD/chip/hour"], False)])
def test_a_price_of_a_contract_that_is_one_number_is_noted_with_the_quantity_that_replaces_it(options, is_noted, write_plan):
    path = write_plan("extends: [cutting-edge, tech-company]\nchip: nvidia-h100-sxm\nchips: 8000\n")
    words = [str(path), "--rent-or-buy", "--draws", "200", *options]
    page = CliRunner().invoke(compare.command, words).output
    assert "reserved (three-year)" in page
    assert ("the price of that contract is one number of the library" in page) == is_noted
    assert ("`three_year_price` states yours, or a range" in page) == is_noted


def test_what_holds_in_all_draws_is_no_certainty():
    done = CliRunner().invoke(compare.command, ["gpt-4", "gpt-4:chips=50000", "--draws", "1000"])
    assert "GPT-4 is cheaper in all 1,000 simulated outcomes" in " ".join(done.output.split())
