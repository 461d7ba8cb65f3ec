"""What was spent at the command line: the gate of a pipeline, options, and the page."""

import json
import re

import pytest
from click.testing import CliRunner
from command_line import run_llmcost

from simulator.cli import group
from simulator.core.errors import InvalidInputError

PLAN = """title: Labels
lines: [labelling_cost, storage_cost]
outcomes: []
prices: 2026 USD
start: 2026-01
budget: 16e6 USD
schedule: {work: {duration: 10 month}}
labelling_cost: {lognormal: {median: 10e6, sigma: 0.5}}
storage_cost: {lognormal: {median: 4e6, sigma: 0.3}}
"""
HEADER = "month,line,amount (k USD)\n"
FEW = ("--draws", "2000", "--accrual")


def table(labelling, storage=400, months=("2026-01", "2026-02")):
    return HEADER + "".join(f"{month},labelling_cost,{labelling}\n{month},storage_cost,{storage}\n" for month in months)


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "good.csv").write_text(table(800), encoding="utf-8")
    (tmp_path / "bad.csv").write_text(table(1800), encoding="utf-8")

    def run(*arguments):
        return CliRunner().invoke(group, arguments, env={"COLUMNS": "80"})

    return run


@pytest.mark.usefixtures("call")
def test_a_gate_on_the_forecast_exits_3():
    good, bad = (
        run_llmcost("run", "plan.yaml", "--actuals", f"{name}.csv", "--fail-above", "20%", *FEW, "--quiet")
        for name in ("good", "bad")
    )
    assert (good.returncode, bad.returncode) == (0, 3)
    assert "llmcost: after 2026-02 the probability of exceeding $16M in costs (accrual) is" in bad.stderr
    assert good.stderr == ""
    assert "Labels, forecast at completion (accrual): " in bad.stdout


@pytest.mark.parametrize(("options", "name", "title", "gate"), [
    ((), "cash", "Paid (cash) through 2026-02,", "exceeding $16M in payments (cash) is"),
    (("--accrual",), "accrual", "Accrued (cost) through 2026-02,", "exceeding $16M in costs (accrual) is"),
])  # fmt: skip
@pytest.mark.usefixtures("call")
def test_header_table_and_gate_name_the_basis(options, name, title, gate):
    arguments = ("--missing", "zero", "--draws", "2000", "--fail-above", "10%")
    result = run_llmcost("run", "plan.yaml", "--actuals", "bad.csv", *arguments, *options)
    assert result.returncode == 3
    assert f"forecast at completion ({name}): " in result.stdout.splitlines()[0]
    assert title in result.stdout
    assert f"within $16M ({name})" in result.stdout
    assert gate in result.stderr


def test_a_plan_to_come_is_rehearsed(call, tmp_path):
    (tmp_path / "plan.yaml").write_text(PLAN.replace("2026-01", "2190-01"), encoding="utf-8")
    (tmp_path / "good.csv").write_text(table(800, months=("2190-01", "2190-02")), encoding="utf-8")
    refused = call("run", "plan.yaml", "--actuals", "good.csv", *FEW)
    assert isinstance(refused.exception, InvalidInputError)
    for command in ("run", "cashflow"):
        result = call(command, "plan.yaml", "--actuals", "good.csv", "--as-of", "2190-02", *FEW)
        assert result.exit_code == 0, result.output
        assert "a rehearsal: 2190-02-28, which is to come, is taken as today" in result.stdout
    assert "Rehearsal: Accrued" in call("run", "plan.yaml", "--actuals", "good.csv", "--as-of", "2190-02", *FEW).stdout
    assert "--as-of needs --actuals" in call("run", "plan.yaml", "--as-of", "2190-02").stderr


def test_amounts_that_are_not_known_are_no_zeros(call, tmp_path):
    months = ("2026-01", "2026-02")
    (tmp_path / "part.csv").write_text(HEADER + "".join(f"{month},labelling_cost,900\n" for month in months), encoding="utf-8")
    for missing, spent, planned in (("estimate", "n/a", "n/a"), ("zero", "$0", "$793K")):  # a fifth of 4M, within its error
        result = call("run", "plan.yaml", "--actuals", "part.csv", "--missing", missing, *FEW)
        (row,) = [line for line in result.stdout.splitlines() if line.startswith("storage cost")]
        assert row.split()[2:4] == [spent, planned]


def test_the_figure_takes_the_options_that_its_refusal_proposes(call, tmp_path):
    (tmp_path / "part.csv").write_text(f"{HEADER}2026-01,labelling_cost,900\n2026-02,labelling_cost,900\n", encoding="utf-8")
    drawn = ("figure", "burn-up", "plan.yaml", "--actuals", "part.csv", "-o", "burn-up.json", "--draws", "2000")
    refused = call(*drawn)
    assert isinstance(refused.exception, InvalidInputError)
    assert "or --missing" in str(refused.exception)
    ends = []
    for missing in ("zero", "estimate"):
        assert call(*drawn, "--missing", missing).exit_code == 0
        ends.append(json.loads((tmp_path / "burn-up.json").read_text(encoding="utf-8"))["burn_up"][-1]["forecast"]["p50"])
    assert ends[0] != ends[1]
    for kind, reason in (("s-curve", "does not apply to s-curve"), ("burn-up", "needs --actuals")):
        assert f"--missing {reason}" in call("figure", kind, "plan.yaml", "--missing", "zero", "-o", "x.png").stderr


def test_the_gate_is_about_the_forecast_and_not_about_the_plan(call):
    data = json.loads(call("run", "plan.yaml", "--actuals", "good.csv", "--format", "json", *FEW).stdout)
    assert 1 - data["budget"]["planned_within"]["value"] > 0.2 > 1 - data["budget"]["within"]["value"]


def test_pages_fit_80_columns_and_name_the_months(call):
    for command in ("run", "cashflow"):
        result = call(command, "plan.yaml", "--actuals", "good.csv", *FEW)
        assert result.exit_code == 0, result.output
        tables = [line for line in result.stdout.splitlines() if not line.startswith("- ")]
        assert max(map(len, tables)) <= 80
        assert "2026-02" in result.stdout


def test_burn_up_by_quarter_ends_with_quarters_and_the_report(call):
    result = call("cashflow", "plan.yaml", "--actuals", "good.csv", "--period", "quarter", *FEW)
    rows = [line.split()[0] for line in result.stdout.splitlines() if re.match(r"20\d\d-\d\d ", line)]
    assert rows == ["2026-02", "2026-03", "2026-06", "2026-09", "2026-10"]


def test_json_and_csv_have_the_figures(call):
    result = call("run", "plan.yaml", "--actuals", "good.csv", "--format", "json", *FEW)
    data = json.loads(result.stdout)
    assert data["total"]["spent"] == 2.4e6
    assert data["draws"] == 2000
    assert data["budget"]["amount"] == 16e6
    csv = call("run", "plan.yaml", "--actuals", "good.csv", "--format", "csv", *FEW).stdout
    assert "total.spent,2400000.0" in csv


def test_the_answer_is_written_to_files(call, tmp_path):
    result = call("run", "plan.yaml", "--actuals", "good.csv", "-o", "forecast.json", *FEW)
    assert "forecast at completion" in result.stdout
    assert json.loads((tmp_path / "forecast.json").read_text())["months"] == 2


def test_fewer_draws_are_the_default_where_every_month_is_held_in_memory(call):
    data = json.loads(call("run", "plan.yaml", "--actuals", "good.csv", "--accrual", "--format", "json").stdout)
    assert data["draws"] == 20_000


def test_accounts_and_missing_amounts_are_options(call, tmp_path):
    (tmp_path / "ledger.csv").write_text(
        HEADER + "2026-01,Vendors,900\n2026-02,Vendors,850\n2026-02,Travel,3\n", encoding="utf-8"
    )
    refused = run_llmcost("run", "plan.yaml", "--actuals", "ledger.csv", *FEW)
    assert refused.returncode == 2
    assert refused.stderr.count("is no line of this plan") == 2  # once for each account
    options = ("--account", "Vendors=labelling_cost", "--account", "Travel=none", "--missing", "estimate")
    result = call("run", "plan.yaml", "--actuals", "ledger.csv", *options, *FEW)
    assert result.exit_code == 0, result.output
    assert "1 amount, 3,000 in all, left out: no part of the plan" in result.stdout


@pytest.mark.parametrize(("options", "message"), [
    (("--method", "sobol"), "--method sobol does not apply"),
    (("--exact",), "--exact does not apply"),
    (("--precision", "1%"), "--precision does not apply"),
    (("--integrate", "auto"), "--integrate does not apply"),
    (("-o", "draws.nc"), "-o FILE.nc does not apply"),
    (("--account", "Payroll"), "write ACCOUNT=LINE"),
])  # fmt: skip
def test_options_that_cannot_be_meant_are_refused(call, options, message):
    result = call("run", "plan.yaml", "--actuals", "good.csv", *options, *FEW)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize("options", [("--accrual",), ("--missing", "zero"), ("--through", "2026-01"), ("--account", "a=b")])
def test_options_about_actuals_need_actuals(call, options):
    result = call("run", "plan.yaml", "--draws", "2000", *options)
    assert result.exit_code == 2
    assert f"{options[0]} needs --actuals FILE" in result.stderr


def test_actuals_of_the_scenario_are_used(call, tmp_path):
    text = "extends: plan.yaml\nactuals: [{month: 2026-01, line: labelling_cost, amount: 9e5 USD}]\n"
    (tmp_path / "now.yaml").write_text(text, encoding="utf-8")
    result = call("run", "now.yaml", "--missing", "estimate", *FEW)
    assert "forecast at completion" in result.stdout
    other = call("budget", "now.yaml", "--draws", "2000")
    assert "`actuals`" in other.stdout  # the figures of other commands are those of the plan
