"""`llmcost sensitivity`: all formats agree."""

import csv
import io
import json
import re

import pytest
from click.testing import CliRunner
from plans import SUM

from simulator.analysis.sensitivity import rank_drivers
from simulator.cli.commands.sensitivity import command
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.io.save import save


@pytest.fixture
def call(tmp_path, read_plan):
    """Run the command on a scenario from text."""

    def run(text, *options):
        read_plan(text)
        return CliRunner().invoke(command, [str(tmp_path / "plan.yaml"), "--draws", "5000", *options])

    return run


def test_json_csv_and_table_agree(call, read_plan):
    data = json.loads(call(SUM, "--format", "json").output)
    rows = list(csv.DictReader(io.StringIO(call(SUM, "--format", "csv").output)))
    assert [row["name"] for row in rows] == [row["name"] for row in data["drivers"]] == ["chip_cost", "energy_cost"]
    for row, driver in zip(rows, data["drivers"], strict=True):
        assert float(row["share_of_variance_value"]) == driver["share_of_variance"]["value"]
        assert float(row["if_known_expected_gain_mcse"]) == driver["if_known"]["expected_gain"]["mcse"]
        assert float(row["swing_median_p90"]) == driver["swing"]["median"]["p90"]
        assert float(row["sobol_total_low"]) == driver["sobol"]["total"]["low"]
    ranking = rank_drivers(read_plan(SUM), RunOptions(5000))
    assert data.pop("warnings") == []
    assert data == json.loads(ranking.to_json())
    assert ranking.to_csv().replace("\r\n", "\n") == call(SUM, "--format", "csv").output.replace("\r\n", "\n")
    table = call(SUM).output
    assert table.startswith("Research next: chip cost; knowing it would lower the P80 by ")
    cells = next(line.split() for line in table.splitlines() if line.strip().startswith("chip cost"))
    assert cells[5:7] == [f"{ranking.drivers[0].share_of_variance.value:.0%}", f"{ranking.drivers[0].sobol.total.value:.0%}"]


@pytest.mark.parametrize(
    ("method", "present", "absent"),
    [
        ("draws", ["of P95", "gain"], ["swing", "with others"]),
        ("swing", ["others at medians", "mean, it set"], ["gain", "Research next"]),
        ("sobol", ["first", "total"], ["gain", "swing"]),
    ],
)
def test_a_method_shows_its_own_columns(call, method, present, absent):
    outcome = call(SUM, "--method", method)
    assert outcome.exit_code == 0
    assert all(word in outcome.output for word in present)
    assert not any(word in outcome.output for word in absent)
    parts = json.loads(call(SUM, "--method", method, "--format", "json").output)["drivers"][0]
    assert {key for key in ("if_known", "swing", "sobol") if parts[key] is not None} == {
        {"draws": "if_known"}.get(method, method)
    }


def test_top_leaves_the_rest_to_a_note(call):
    output = call(SUM, "--top", "1").output
    assert "energy cost" not in output.split("Research next")[1].split("\n\n", 1)[1]
    assert "1 more inputs" in output


def test_idle_cost_scales_the_gain(call):
    expected_gain = [
        json.loads(call(SUM, "--format", "json", "--idle-cost", cost).output)["drivers"][0]["if_known"]["expected_gain"][
            "value"
        ]
        for cost in ("5%", "20%")
    ]
    assert expected_gain[1] == pytest.approx(4 * expected_gain[0])


def test_an_assumption_is_called_one(call):
    text = SUM.replace("sd: 9", "sd: 15")
    assert "Research next: energy cost, an assumption today;" in call(text).output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--interval", "99.99"), "too few for so wide an interval"),
        (("--draws", "10"), "must be a whole number from 1,000"),
        (("--method", "magic"), "magic"),
        (("-o", "x.pdf"), "no format '.pdf'"),
    ],
)
def test_options_that_do_not_fit_are_refused(call, options, message):
    outcome = call(SUM, *options)
    assert outcome.exit_code == 2
    assert message in outcome.output


def test_a_saved_run_is_used_as_it_is(tmp_path, read_plan):
    scenario = read_plan(SUM)
    save(simulate(scenario, 2000, keep=scenario.plan.names), tmp_path / "run.nc")
    path, run = str(tmp_path / "run.nc"), CliRunner()
    assert "from a saved run" in run.invoke(command, [path]).output
    assert run.invoke(command, [path, "-o", str(tmp_path / "out.csv")]).output == ""
    assert (tmp_path / "out.csv").read_text().startswith("name,unit,")
    for options in (["--seed", "4"], ["--set", "chip_cost=5"], ["--method", "sobol"]):
        outcome = run.invoke(command, [path, *options])
        assert (outcome.exit_code, "saved run" in outcome.output) == (2, True)
    missing = run.invoke(command, [str(tmp_path / "gone.nc")])
    assert (missing.exit_code, "there is no such file" in missing.output) == (2, True)


@pytest.mark.parametrize("method", ["all", "shapley"])
def test_the_page_says_what_each_input_is(method):
    outcome = CliRunner().invoke(command, ["serve/llama-3.3-70b", "--draws", "1000", "--method", method])
    table = outcome.output.partition("What these inputs are")[2]
    for name, definition in (
        ("answer tokens", "Tokens of the answer to a request, without hidden reasoning."),
        ("unexplained token time", "Factor on the time between tokens, for what the formulas do not explain."),
    ):
        assert re.search(rf"^{name} +{definition}$", table, re.MULTILINE)
