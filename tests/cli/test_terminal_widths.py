"""Every command at 80 and 40 columns: no line is too long, nothing is cut, and the main commands print what `golden/` has."""

import re
from collections import Counter
from unittest.mock import patch

import click
import golden_pages
import pytest
from click.testing import CliRunner

from simulator.cli import group
from simulator.cli.app import COMMANDS
from simulator.cli.command import write_answer
from simulator.cli.examples import EXAMPLES

QUOTES = "chip,price,unit,date\nh100-sxm,2.4,USD/chip/hour,2026-09-01\nh100-sxm,2.9,USD/chip/hour,2026-09-20\n"
GRID = "extends: gpt-4\nbudget: 150e6\ngrid: {chips: [20000, 25000], electricity_price: [0.05 USD/kWh, 0.1 USD/kWh]}\n"
SPENT = "month,line,amount\n1,staff_cost,3e6\n2,staff_cost,4e6\n"
LINES = {
    "run": ["run gpt-4 --budget 150e6", "run deepseek-v3", "run whole.yaml", "run plan.yaml --money '2026 CHF' --rate CHF=0.8",
            "run plan.yaml --actuals spent.csv --missing zero"],
    "budget": ["budget gpt-4 --budget 150e6", "budget plan.yaml --confidence 99.9% --money '2026 CHF' --rate CHF=0.8"],
    "sensitivity": ["sensitivity gpt-4 --draws 2048", "sensitivity gpt-4 --method shapley --draws 2048",
                    "sensitivity gpt-4 --method swing --draws 2048", "sensitivity gpt-4 --method sobol --draws 2048"],
    "explore": ["explore gpt-4 --draws 1000"],
    "cashflow": ["cashflow gpt-4 --budget 60e6", "cashflow whole.yaml --period year --discount-rate 8%",
                 "cashflow plan.yaml --actuals spent.csv --missing zero --period quarter"],
    "joint": ["joint gpt-4"],
    "risks": ["risks plan.yaml"],
    "compare": ["compare gpt-4 gpt-4:basis=rented", "compare gpt-4 --rent-or-buy"],
    "levers": ["levers gpt-4 --draws 1000"],
    "stress": ["stress gpt-4 --budget 150e6 --combine chip-price-double+six-months-late",
               "stress gpt-4 --sweep --reverse 'total_cost > 2e8' --reweight 'chip_price=10000 to 40000 USD/chip'"],
    "sweep": ["sweep grid.yaml"],
    "portfolio": ["portfolio gpt-3 gpt-4 --budget 200e6"],
    "trend": ["trend"],
    "backtest": ["backtest --cases --fold run"],
    "calibrate": ["calibrate utilisation"],
    "prior": ["prior from-quotes quotes.csv --format table"],
    "check": ["check gpt-4"],
    "list": ["list", "list priors", "list chips", "list quantities", "list priors --stale 180 --scenario gpt-4"],
    "show": ["show mfu", "show chip_price --in gpt-4", "show gpt-4", "show early-stopping", "show electricity-high",
             "show mfu/all-runs --format table"],
}  # fmt: skip
OTHERS = {"report", "figure", "new", "schema", "cite"}
"""Commands that print no tables: `cite` is tested below, the others write files."""
ALL_LINES = [line for lines in LINES.values() for line in lines]
_SIMULATED = {"run", "budget", "cashflow", "joint", "risks", "compare", "stress", "sweep", "portfolio"}
_NUMBER = re.compile(
    r"(?<![\w.,])[-+]?(?:[$€£]|CHF )?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?(?:[KMBTx%](?![A-Za-z]))?(?![\w.,]*\d)"
)
UNLIMITED = 5000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files that the commands read."""
    path = tmp_path_factory.mktemp("files")
    (path / "plan.yaml").write_text(golden_pages.PLAN)
    (path / "grid.yaml").write_text(GRID)
    (path / "spent.csv").write_text(SPENT)
    (path / "quotes.csv").write_text(QUOTES)
    (path / "whole.yaml").write_text("extends: [large, tech-company, whole-life]\nbudget: 3e7\nschedule: {final_run: {}}\n")
    return path


def printed_at(line, widths, folder, monkeypatch, capsys):
    """Return what a command prints at each width; it is computed once."""
    import shlex

    monkeypatch.chdir(folder)
    draws = ["--draws", "1000"] if line.split()[0] in _SIMULATED else []
    with patch("simulator.cli.command.write_answer") as written:
        group.main([*shlex.split(line), *draws], prog_name="llmcost", standalone_mode=False)
    answer, form = written.call_args.args[:2]
    texts = {}
    for width in widths:
        monkeypatch.setenv("COLUMNS", str(width))
        capsys.readouterr()
        write_answer(answer, form, ())
        texts[width] = capsys.readouterr().out
    return texts


def test_every_command_is_here():
    assert LINES.keys() | OTHERS == set(COMMANDS)


@pytest.mark.parametrize("line", ALL_LINES)
def test_no_line_is_too_long_and_no_number_is_cut(line, folder, monkeypatch, capsys):
    texts = printed_at(line, (40, 80, UNLIMITED), folder, monkeypatch, capsys)
    numbers = Counter(_NUMBER.findall(texts[UNLIMITED]))
    assert numbers
    for width in (40, 80):
        lines = texts[width].splitlines()
        assert [each for each in lines if len(each) > width] == []
        assert [each for each in lines if each != each.rstrip()] == []
        assert not re.search(r"…|\.\.\.(?! \()", texts[width].replace("SCENARIO...", ""))
        assert set(_NUMBER.findall(texts[width])) - set(numbers) == set()
        assert not re.search(r"\d\S* (?:to|->|\+-)\n\s*[-+$€£]?\d", texts[width]), "the bounds of an interval are in two lines"


def test_a_cut_number_would_be_found():
    assert _NUMBER.findall("$12.3M to -$1,230K, 5.9% 2.41x CHF 3 (1e-5)") == [
        "$12.3M",
        "-$1,230K",
        "5.9%",
        "2.41x",
        "CHF 3",
        "1e-5",
    ]
    assert _NUMBER.findall("$12.3") != _NUMBER.findall("$12.3M")


def test_a_citation_fits(monkeypatch):
    done = CliRunner(env={"COLUMNS": "80"}).invoke(group, ["cite"])
    assert max(len(line) for line in done.stdout.splitlines()) <= 80


# --- golden files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", golden_pages.WIDTHS)
@pytest.mark.parametrize("name", golden_pages.COMMANDS)
def test_main_commands_print_what_was_looked_at(name, width, tmp_path):
    """After a change that is meant: `make pages`, and read the difference."""
    expected = golden_pages.file_of(name, width).read_text(encoding="utf-8")
    assert golden_pages.printed(golden_pages.COMMANDS[name], width, tmp_path) == expected
    assert max(len(line) for line in expected.splitlines()) <= width


# --- help -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_help_of_a_command_has_examples_that_parse(name):
    import shlex

    for key, lines in EXAMPLES.items():
        if key.split()[0] != name:
            continue
        output = CliRunner().invoke(group, [*key.split(), "--help"], prog_name="llmcost").output
        assert sum(line.startswith("Usage: ") for line in output.splitlines()) == 1
        for line in lines:
            assert f"\n    {line}\n" in output
            command, *arguments = shlex.split(line)
            assert command == "llmcost"
            parsed = _parse(arguments)
            assert " ".join(parsed) == key or key == name


def _parse(arguments):
    """Parse a command line without running it; return the names of the command and subcommand."""
    names, command, rest = [], group, list(arguments)
    while isinstance(command, click.Group):
        names.append(rest.pop(0))
        command = command.get_command(None, names[-1])
    command.make_context(names[-1], rest)
    return names


def test_every_command_and_subcommand_has_an_example():
    parts = {f"prior {name}" for name in group.get_command(None, "prior").commands}
    assert set(EXAMPLES) == set(COMMANDS) | parts
