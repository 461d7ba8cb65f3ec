"""Each analysis of the public API gives the numbers of the command of the same name."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import llmcost
from simulator.cli import group

FEW = {"draws": 2000, "seed": 3}
FEW_OPTIONS = ("--draws", "2000", "--seed", "3")
PLAN = """\
extends: gpt-4
budget: 150e6
schedule:
  data: {duration: 2 to 4 month}
  final_run: {lines: [chip_cost, energy_cost]}
"""
GRID = "extends: gpt-4\ngrid:\n  chips: [16000, 32000]\n  basis: [owned, rented]\n"
SPENT = "month,account,amount (USD)\n1,Payroll,2e6\n2,Payroll,1.5e6\n"
TOKENS = "model,input_usd_per_mtok,output_usd_per_mtok\nm-1,3,15\n"
QUOTES = "vendor,chip,price (USD/chip/hour),term\nNorth,H100,2.10,1 year\nSouth,H100,2.45,1 year\n"

CASES = {
    "budget": (
        ["budget", "plan.yaml", "--confidence", "85%", *FEW_OPTIONS],
        lambda: llmcost.budget("plan.yaml", levels="85%", **FEW),
    ),
    "compare": (
        ["compare", "gpt-4", "gpt-4:basis=rented", "gpt-3", "old.json", *FEW_OPTIONS],
        lambda: llmcost.compare("gpt-4", "gpt-4:basis=rented", "gpt-3", "old.json", **FEW),
    ),
    "rent_or_buy": (
        ["compare", "gpt-4", "--rent-or-buy", *FEW_OPTIONS],
        lambda: llmcost.rent_or_buy("gpt-4", **FEW),
    ),
    "portfolio": (
        ["portfolio", "gpt-3", "gpt-4:basis=rented", "--correlation", "none", "--confidence", "60", *FEW_OPTIONS],
        lambda: llmcost.portfolio("gpt-3", "gpt-4:basis=rented", correlation="none", levels=60, **FEW),
    ),
    "levers": (
        ["levers", "gpt-4", "--only", "newer-chips", "--only", "few-shot", *FEW_OPTIONS],
        lambda: llmcost.levers("gpt-4", names=["newer-chips", "few-shot"], **FEW),
    ),
    "joint": (
        ["joint", "gpt-4", "--cost", "150e6", "--date", "12 month", *FEW_OPTIONS],
        lambda: llmcost.joint("gpt-4", cost="150e6", date="12 month", **FEW),
    ),
    "cashflow": (
        ["cashflow", "plan.yaml", "--discount-rate", "8%", "--period", "quarter", "--start", "2027-02", *FEW_OPTIONS],
        lambda: llmcost.cashflow("plan.yaml", rate="8%", period="quarter", start="2027-02", **FEW),
    ),
    "forecast": (
        ["run", "plan.yaml", "--actuals", "spent.csv", "--account", "Payroll=staff_cost", "--missing", "estimate",
         *FEW_OPTIONS],
        lambda: llmcost.forecast("plan.yaml", "spent.csv", accounts={"Payroll": "staff_cost"}, missing="estimate", **FEW),
    ),
    "forecast by period": (
        ["cashflow", "plan.yaml", "--actuals", "spent.csv", "--account", "Payroll=staff_cost", "--missing", "zero", "--through",
         "1.5", "--accrual", "--period", "quarter", *FEW_OPTIONS],
        lambda: llmcost.forecast("plan.yaml", Path("spent.csv"), accounts={"Payroll": ["staff_cost"]}, missing="zero",
                                 through="1.5", view="accrual", **FEW),
    ),
    "stress": (
        ["stress", "gpt-4", "--combine", "chip-price-double+staff-pay-3-times", *FEW_OPTIONS],
        lambda: llmcost.stress("gpt-4", combinations=["chip-price-double + staff-pay-3-times"], **FEW),
    ),
    "vary_one_at_a_time": (
        ["stress", "gpt-4", "--sweep", *FEW_OPTIONS],
        lambda: llmcost.vary_one_at_a_time("gpt-4", **FEW),
    ),
    "reverse_stress": (
        ["stress", "gpt-4", "--reverse", "total_cost > 130e6", *FEW_OPTIONS],
        lambda: llmcost.reverse_stress("gpt-4", "total_cost > 130e6", **FEW),
    ),
    "reverse_stress of saved draws": (
        ["stress", "gpt-4", "--reverse", "total_cost > 130e6", "--saved", "run.nc"],
        lambda: llmcost.reverse_stress("gpt-4", "total_cost > 130e6", saved="run.nc"),
    ),
    "reweight": (
        ["stress", "gpt-4", "--reweight", "chip_price=12000 to 20000", "--reweight", "electricity_price=0.05 to 0.13 USD/kWh",
         *FEW_OPTIONS],
        lambda: llmcost.reweight("gpt-4", {"chip_price": "12000 to 20000", "electricity_price": "0.05 to 0.13 USD/kWh"}, **FEW),
    ),
    "sensitivity": (
        ["sensitivity", "gpt-4", "--confidence", "70", "--idle-cost", "20%", *FEW_OPTIONS],
        lambda: llmcost.sensitivity("gpt-4", level=70, idle_cost=0.2, **FEW),
    ),
    "sensitivity of a saved run": (
        ["sensitivity", "run.nc"],
        lambda: llmcost.sensitivity(Path("run.nc")),
    ),
    "sweep": (
        ["sweep", "grid.yaml", "--method", "sobol", *FEW_OPTIONS],
        lambda: llmcost.sweep("grid.yaml", method="sobol", **FEW),
    ),
    "trend": (
        ["trend", "--until", "2027", "--threshold", "5e8"],
        lambda: llmcost.trend(until=2027, threshold="5e8"),
    ),
    "calibrate": (
        ["calibrate", "power", "--seed", "4"],
        lambda: llmcost.calibrate("power", seed=4),
    ),
    "backtest": (
        ["backtest", "--fold", "run"],
        lambda: llmcost.backtest(folds="run"),
    ),
    "show": (
        ["show", "chip_price", "--in", "gpt-4"],
        lambda: llmcost.show("chip_price", "gpt-4"),
    ),
    "check": (
        ["check", "gpt-4", "plan.yaml"],
        lambda: llmcost.check("gpt-4", "plan.yaml"),
    ),
    "priors_from_quotes": (
        ["prior", "from-quotes", "quotes.csv"],
        lambda: llmcost.priors_from_quotes("quotes.csv"),
    ),
    "priors_from_token_prices": (
        ["prior", "from-token-prices", "tokens.csv"],
        lambda: llmcost.priors_from_token_prices("tokens.csv"),
    ),
    "old_prices": (
        ["list", "priors", "--stale", "100", "--scenario", "plan.yaml"],
        lambda: llmcost.old_prices("plan.yaml", 100),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a plan, a grid, quotes, and an earlier run as JSON and as netCDF."""
    path = tmp_path_factory.mktemp("analyses")
    for name, text in {
        "plan.yaml": PLAN,
        "grid.yaml": GRID,
        "quotes.csv": QUOTES,
        "spent.csv": SPENT,
        "tokens.csv": TOKENS,
    }.items():
        (path / name).write_text(text, encoding="utf-8")
    for name in ("old.json", "run.nc"):
        invoke(["run", "gpt-4", "--quiet", "-o", str(path / name), *FEW_OPTIONS])
    return path


def invoke(arguments):
    result = CliRunner().invoke(group, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("name", CASES)
def test_function_and_command_give_the_same_numbers(name, folder, monkeypatch):
    monkeypatch.chdir(folder)
    arguments, call = CASES[name]
    printed = json.loads(invoke([*arguments, "--format", "json"]))
    printed.pop("warnings")
    assert json.loads(call().to_json()) == printed


def test_a_difference_of_numbers_is_seen(folder, monkeypatch):
    monkeypatch.chdir(folder)
    printed = json.loads(invoke(["budget", "plan.yaml", "--format", "json", *FEW_OPTIONS]))
    other = json.loads(llmcost.budget("plan.yaml", draws=2000, seed=4).to_json())
    assert printed["total"] != other["total"]


def test_value_of_information_is_that_of_the_sensitivity_study(folder, monkeypatch):
    monkeypatch.chdir(folder)
    printed = json.loads(invoke(["sensitivity", "gpt-4", "--method", "draws", "--format", "json", *FEW_OPTIONS]))
    values = llmcost.value_of_information("gpt-4", **FEW).to_dict()
    assert values["perfect_information"] == printed["perfect_information"]
    assert {each["name"]: each["value"] for each in values["inputs"]} == {
        driver["name"]: driver["if_known"] for driver in printed["drivers"]
    }
    gains = [each["value"]["expected_gain"]["value"] for each in values["inputs"]]
    assert gains == sorted(gains, reverse=True)


@pytest.mark.parametrize("kind", ["scenarios", "priors", "chips", "levers", "shocks", "quantities"])
def test_lists_of_the_library_are_those_of_the_command(kind):
    entries = getattr(llmcost, f"list_{kind}")()
    printed = json.loads(invoke(["list", kind, "--format", "json"]))
    assert [entry.name for entry in entries] == [entry["name"] for entry in printed]


def test_old_priors_are_those_of_the_command(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1798761600")  # 2027-01-01
    printed = json.loads(invoke(["list", "priors", "--stale", "700", "--format", "json"]))
    old = llmcost.list_old_priors(700, on="2027-01-01")
    assert len(printed) > 5
    assert [(prior.name, prior.days_old) for prior in old] == [(entry["name"], entry["days_old"]) for entry in printed]


def test_a_report_is_that_of_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    invoke(["report", "plan.yaml", "-o", "printed", "--quiet", *FEW_OPTIONS])
    steps = []
    report = llmcost.report("plan.yaml", folder=tmp_path / "called", progress=steps.append, **FEW)
    printed, called = (tmp_path / "printed", tmp_path / "called")
    summary = (called / "summary.json").read_bytes()
    assert summary == (printed / "summary.json").read_bytes()
    assert json.loads(summary) == json.loads(json.dumps(report.summary))
    tables = sorted(path.name for path in (called / "tables").iterdir())
    assert len(tables) > 5
    assert [
        name for name in tables if "runs" not in name and not _is_same(called / "tables" / name, printed / "tables" / name)
    ] == []
    manifests = [json.loads((each / "manifest.json").read_text(encoding="utf-8")) for each in (printed, called)]
    assert manifests[0]["inputs"] == manifests[1]["inputs"]
    assert manifests[1]["command"] == "llmcost.report('plan.yaml', draws=2000, seed=3, folder='report')"
    assert {"drivers", "levers", "writing"} <= set(steps)


def _is_same(a, b):
    return a.read_bytes() == b.read_bytes()


def test_the_template_and_the_schema_are_those_of_the_commands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    invoke(["new", "ours.yaml"])
    printed = (tmp_path / "ours.yaml").read_text(encoding="utf-8")
    assert llmcost.new("ours.yaml", overwrite=True) == printed == (tmp_path / "ours.yaml").read_text(encoding="utf-8")
    assert json.loads(invoke(["schema"])) == llmcost.scenario_schema()


def test_a_figure_has_the_bytes_of_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    invoke(["figure", "overlay", "gpt-4", "gpt-4:basis=rented", "-o", "printed.svg", "--quiet", *FEW_OPTIONS])
    llmcost.figure("overlay", "gpt-4", "gpt-4:basis=rented", output="called.svg", **FEW)
    assert (tmp_path / "called.svg").read_bytes() == (tmp_path / "printed.svg").read_bytes()


def test_a_sweep_writes_its_output_and_resumes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    grid = {"extends": "gpt-4", "grid": {"chips": [16000, 32000], "basis": ["owned", "rented"]}}
    result = llmcost.sweep(grid, output="cells.nc", **FEW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cells.nc"]
    assert result.to_xarray().sizes["chips"] == 2
    done = []

    def interrupt_at_two(cells, _):
        done.append(cells)
        if cells == 2 and len(done) > 4:  # the first four calls are of the cells as they are read
            raise KeyboardInterrupt

    with pytest.raises(llmcost.SweepInterruptedError, match="2 cells"):
        llmcost.sweep(grid, output="cells.csv", progress=interrupt_at_two, **FEW)
    with pytest.raises(llmcost.InvalidValueError, match="interrupted sweep"):
        llmcost.sweep(grid, output="cells.csv", **FEW)
    llmcost.sweep(grid, output="cells.csv", resume=True, progress=lambda cells, _: done.append(cells), **FEW)
    assert done[-2:] == [3, 4]
    assert (tmp_path / "cells.csv").read_bytes().decode() == result.to_csv()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cells.csv", "cells.nc"]
