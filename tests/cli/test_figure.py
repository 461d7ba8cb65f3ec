"""`llmcost figure`: every kind, and what it refuses."""

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
    return folder


MAGIC = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}

MORE = {"prior": ["--of", "experiments_factor"], "levers": ["--basis", "rented"], "joint": ["--latest", "18 month"]}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_from_the_command_line(folder, tmp_path, kind):
    suffix = SUFFIXES[list(KINDS).index(kind) % 3]
    scenarios = {"backtest": [str(folder / "backtest.json")], "cashflow": [str(folder / "plan.yaml")]}.get(
        kind, ["gpt-4", "gpt-4:basis=rented"][: KINDS[kind].least]
    )
    draws = ["--draws", "1000"] if KINDS[kind].most and kind != "backtest" else []
    path = tmp_path / f"figure{suffix}"
    done = CliRunner().invoke(command, [kind, *scenarios, *draws, *MORE.get(kind, []), "-o", str(path)])
    assert done.exit_code == 0, done.output
    assert done.output == ""
    assert path.read_bytes().startswith(MAGIC[suffix])


REFUSED = [
    (["s-cruve", "gpt-4", "-o", "x.png"], "no kind 's-cruve'; did you mean 's-curve'?"),
    (["zzz", "gpt-4", "-o", "x.png"], "there are histogram, s-curve"),
    (["s-curve", "gpt-4", "-o", "x.jpg"], "no format '.jpg'"),
    (["s-curve", "gpt-4", "-o", "nowhere/x.png"], "there is no folder nowhere"),
    (["s-curve", "gpt-4"], "Missing option '-o'"),
    (["s-curve", "gpt-4", "gpt-3", "-o", "x.png"], "s-curve takes one scenario, not 2"),
    (["overlay", "gpt-4", "-o", "x.png"], "overlay takes 2 to 5 scenarios, not 1"),
    (["trend", "gpt-4", "-o", "x.png"], "trend takes no scenario, not 1"),
    (["trend", "--set", "a=1", "-o", "x.png"], "--set would do nothing"),
    (["trend", "--of", "gold", "-o", "x.png"], "there are amortised, acquisition, cloud"),
    (["s-curve", "gpt-4", "--cost", "1e6", "-o", "x.png"], "s-curve has no use for --cost; it belongs to joint"),
    (["prior", "gpt-4", "-o", "x.png"], "which prior? Name one with --of"),
    (["prior", "gpt-4", "--of", "experiment_factor", "-o", "x.png"], "did you mean 'experiments_factor'?"),
    (["prior", "gpt-4", "--of", "training_flop", "-o", "x.png"], "is a known number in gpt-4"),
    (["cashflow", "gpt-4", "-o", "x.png"], "has no `schedule`"),
    (["joint", "gpt-4", "--of", "mfu", "-o", "x.png"], "which is no time"),
    (["joint", "gpt-4", "--latest", "3 USD", "-o", "x.png"], "--latest"),
    (["reverse", "gpt-4", "--when", "nonsense", "-o", "x.png"], "is no condition"),
    (["backtest", "nowhere.json", "-o", "x.png"], "nowhere.json: there is no such file"),
    (["overlay", "gpt-4", "llama-3.1-405b", "-o", "x.png"], "money"),
    (["s-curve", "gpt-4", "--date", "yesterday", "-o", "x.png"], "'yesterday' does not match"),
    (["epoch-components", "startup-of-mine", "-o", "x.png"], "no such scenario"),
    (["epoch-components", "llama-3.1-405b", "-o", "x.png"], "has no line"),
]


@pytest.mark.parametrize(("args", "said"), REFUSED)
def test_what_cannot_be_drawn_is_refused_in_a_line(args, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(command, args)
    told = " ".join((done.output + str(done.exception)).split())
    assert said in told
    assert done.exit_code == 2 or type(done.exception).__name__ == "InvalidInputError"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_backtest_is_refused(tmp_path):
    path = tmp_path / "other.json"
    path.write_text("no json")
    with pytest.raises(InvalidInputError, match="cannot be read as JSON"):
        CliRunner().invoke(command, ["backtest", str(path), "-o", str(tmp_path / "x.png")], catch_exceptions=False)
    for text in ("{}", "[1]", '{"targets": {}}', '{"targets": {"a": {"n": 1}}}'):
        path.write_text(text)
        done = CliRunner().invoke(command, ["backtest", str(path), "-o", str(tmp_path / "x.png")])
        assert done.exit_code == 2, text
        assert "it is no JSON of `llmcost backtest`" in done.output


def test_help_lists_the_kinds():
    said = CliRunner().invoke(command, ["--help"]).output
    assert all(kind in said for kind in KINDS)
