"""`llmcost figure`: every kind, and refusals."""

import csv
import json

import pytest
from click.testing import CliRunner
from figure_cases import write_cases

from simulator.cli.commands.figure import command
from simulator.figures import KINDS, SUFFIXES
from simulator.scenario import InvalidInputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    write_cases(folder)
    spent = "actuals: {missing: zero, rows: [{month: 1, line: energy_cost, amount: 100 USD}]}"
    (folder / "spent.yaml").write_text(f"extends: plan.yaml\n{spent}\n", encoding="utf-8")
    return folder


MAGIC = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}

EXTRA_OPTIONS = {"prior": ["--of", "experiments_factor"], "levers": ["--basis", "rented"], "joint": ["--latest", "18 month"]}


def scenarios_of(folder, kind):
    """Return the scenarios, or the file, that a figure of a kind is drawn of."""
    files = {"backtest": "backtest.json", "cashflow": "plan.yaml", "burn-up": "spent.yaml", "risks": "risks.yaml"}
    if kind in files:
        return [str(folder / files[kind])]
    return ["gpt-4", "gpt-4:basis=rented"][: KINDS[kind].min_scenarios]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_from_the_command_line(folder, tmp_path, kind):
    suffix = SUFFIXES[list(KINDS).index(kind) % 3]
    scenarios = scenarios_of(folder, kind)
    draws = ["--draws", "1000"] if KINDS[kind].max_scenarios and kind != "backtest" else []
    path = tmp_path / f"figure{suffix}"
    outcome = CliRunner().invoke(command, [kind, *scenarios, *draws, *EXTRA_OPTIONS.get(kind, []), "-o", str(path)])
    assert outcome.exit_code == 0, outcome.output
    assert outcome.output == ""
    assert path.read_bytes().startswith(MAGIC[suffix])


REFUSALS = [
    (["s-cruve", "gpt-4", "-o", "x.png"], "no kind 's-cruve'; did you mean 's-curve'?"),
    (["zzz", "gpt-4", "-o", "x.png"], "there are histogram, s-curve"),
    (["s-curve", "gpt-4", "-o", "x.jpg"], "no format '.jpg'"),
    (["s-curve", "gpt-4", "-o", "nowhere/x.png"], "there is no folder nowhere"),
    (["s-curve", "gpt-4"], "Missing option '-o'"),
    (["s-curve", "gpt-4", "gpt-3", "-o", "x.png"], "s-curve takes one scenario, not 2"),
    (["overlay", "gpt-4", "-o", "x.png"], "overlay takes 2 to 5 scenarios, not 1"),
    (["trend", "gpt-4", "-o", "x.png"], "trend takes no scenario, not 1"),
    (["trend", "--set", "a=1", "-o", "x.png"], "--set has no effect"),
    (["trend", "--of", "gold", "-o", "x.png"], "choose from amortised, acquisition, cloud"),
    (["s-curve", "gpt-4", "--cost", "1e6", "-o", "x.png"], "--cost does not apply to s-curve, only to joint"),
    (["prior", "gpt-4", "-o", "x.png"], "which prior? Name one as `of`"),
    (["prior", "gpt-4", "--of", "experiment_factor", "-o", "x.png"], "did you mean 'experiments_factor'?"),
    (["prior", "gpt-4", "--of", "training_flop", "-o", "x.png"], "is a known number in gpt-4"),
    (["joint", "gpt-4", "--of", "mfu", "-o", "x.png"], "which is not a time"),
    (["joint", "gpt-4", "--latest", "3 USD", "-o", "x.png"], "--latest"),
    (["reverse", "gpt-4", "--when", "nonsense", "-o", "x.png"], "is not a condition"),
    (["backtest", "nowhere.json", "-o", "x.png"], "nowhere.json: there is no such file"),
    (["overlay", "gpt-4", "llama-3.1-405b", "-o", "x.png"], "money"),
    (["s-curve", "gpt-4", "--width", "89", "-o", "x.png"], "width is a length with its unit, mm, cm, in, px, as in '89 mm'"),
    (["s-curve", "gpt-4", "--width", "1mm", "-o", "x.png"], "the width of a figure must be 2.5 to 30 inches"),
    (["s-curve", "gpt-4", "--font-size", "3", "-o", "x.png"], "the font size of a figure must be 5 to 24 points"),
    (["s-curve", "gpt-4", "--font-size", "7", "-o", "x.json"], "--font-size has no effect on data"),
    (["s-curve", "gpt-4", "--dpi", "300", "-o", "x.pdf"], "--dpi has no effect on .pdf"),
    (
        ["s-curve", "gpt-4", "--draws", "500", "--height", "30mm", "-o", "x.pdf"],
        "leaves no room for the axes of this figure: give at",
    ),
    (["bridge", "gpt-4", "gpt-3", "llama-3.1-405b", "-o", "x.png"], "bridge takes 1 to 2 scenarios, not 3"),
    (["risks", "gpt-4", "-o", "x.png"], "gpt-4 has no risk register"),
    (["posterior", "--of", "gold", "-o", "x.png"], "choose from utilisation"),
    (["s-curve", "gpt-4", "--date", "yesterday", "-o", "x.png"], "'yesterday' does not match"),
    (["epoch-components", "startup-of-mine", "-o", "x.png"], "no such scenario"),
    (["epoch-components", "llama-3.1-405b", "-o", "x.png"], "has no line"),
]


@pytest.mark.parametrize(("args", "message"), REFUSALS)
def test_what_cannot_be_drawn_is_refused_in_a_line(args, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = CliRunner().invoke(command, args)
    output = " ".join((outcome.output + str(outcome.exception)).split())
    assert message in output
    assert outcome.exit_code == 2 or type(outcome.exception).__name__ == "InvalidInputError"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_backtest_is_refused(tmp_path):
    path = tmp_path / "other.json"
    path.write_text("no json")
    with pytest.raises(InvalidInputError, match="cannot be read as JSON"):
        CliRunner().invoke(command, ["backtest", str(path), "-o", str(tmp_path / "x.png")], catch_exceptions=False)
    for text in ("{}", "[1]", '{"targets": {}}', '{"targets": {"a": {"n": 1}}}'):
        path.write_text(text)
        outcome = CliRunner().invoke(command, ["backtest", str(path), "-o", str(tmp_path / "x.png")])
        assert outcome.exit_code == 2, text
        assert "is not JSON of `llmcost backtest`" in outcome.output


def test_help_lists_the_kinds():
    output = CliRunner().invoke(command, ["--help"]).output
    assert all(kind in output for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_data_of_every_kind_is_written(folder, tmp_path, kind):
    scenarios = scenarios_of(folder, kind)
    draws = ["--draws", "1000"] if KINDS[kind].max_scenarios and kind != "backtest" else []
    for path in (tmp_path / "x.json", tmp_path / "x.csv"):
        outcome = CliRunner().invoke(command, [kind, *scenarios, *draws, *EXTRA_OPTIONS.get(kind, []), "-o", str(path)])
        assert (outcome.exit_code, outcome.output) == (0, "")
    assert json.loads((tmp_path / "x.json").read_text())["schema"] == 2
    columns, *rows = csv.reader((tmp_path / "x.csv").read_text().splitlines())
    assert rows
    assert {len(row) for row in rows} == {len(columns)}
