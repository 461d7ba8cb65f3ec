"""Tables of `risks`, `stress` and `compare` fit 80 columns, and have the figures of the JSON."""

import json

import pytest
from click.testing import CliRunner

from simulator.cli import group
from simulator.core.formatting import to_words

LONG = "shortage-2023+goodput-half+staff-pay-3-times+electricity-high"


def printed(*arguments, code=0):
    outcome = CliRunner().invoke(group, [*arguments, "--quiet"], env={"COLUMNS": "80"})
    assert outcome.exit_code == code, outcome.output
    return outcome.stdout if code == 0 else outcome.output


def table_lines(text):
    """The lines of the page without the notes."""
    return [line for line in text.split("\n- ")[0].splitlines() if line]


@pytest.mark.parametrize(
    "arguments",
    [
        ("risks", "cutting-edge", "--draws", "2000"),
        ("stress", "large", "--combine", LONG, "--budget", "20e6", "--draws", "500"),
        ("stress", "large", "--reverse", "total_cost > 2*budget", "--budget", "15e6", "--draws", "2000"),
        ("compare", "Rent=large:basis=rented", "Own cluster=large", "--draws", "500"),
    ],
    ids=lambda arguments: " ".join(arguments[:3]),
)
def test_tables_fit_80_columns(arguments):
    lines = table_lines(printed(*arguments))
    assert len(lines) > 5
    assert max(map(len, lines)) <= 80


def test_a_combination_of_four_shocks_is_one_row_with_all_names():
    text = printed("stress", "large", "--combine", LONG, "--draws", "500")
    rows = " ".join(line.split("  ")[0].strip() for line in table_lines(text))
    names = " + ".join(map(to_words, LONG.split("+")))
    assert names in " ".join(rows.split())
    assert f"{names}: the changes by each alone add up to " in " ".join(text.split())


def test_the_register_is_part_of_a_run():
    data = json.loads(printed("run", "large", "--draws", "1000", "--format", "json"))
    assert [risk["name"] for risk in data["risks"]["risks"]]
    text = printed("run", "large", "--draws", "1000")
    assert "Risk register in 2026 USD" in text
    assert "risk register from 1,000 draws" in text
    assert "Risk register" not in printed("run", "gpt-4", "--draws", "1000")


def test_a_run_has_mitigations_in_short_and_the_register_in_full():
    run, register = (printed(command, "cutting-edge", "--draws", "1000") for command in ("run", "risks"))
    short = run[run.index("Mitigation in short (in full: llmcost risks)") :].split("\n- ")[0]
    assert len(table_lines(short)) < 20  # it was a page of 70 lines
    assert max(map(len, table_lines(short))) <= 80
    text = " ".join(short.split())
    assert "Agree on a date of delivery with a penalty" in text
    assert "begin with rented chips" not in text
    full = " ".join(register.split())
    assert "What happens, and mitigation" in full
    for word in ("penalty", "rented", "lawfully", "pirated"):
        assert word in full


def test_reverse_on_the_budget_needs_one_and_the_remedy_works():
    text = printed("stress", "gpt-4", "--reverse", "total_cost > 2*budget", "--draws", "2000", code=2)
    assert "there is no budget; add --budget AMOUNT" in text
    for arguments in (["gpt-4", "--budget", "75e6"], ["gpt-4", "--set", "budget=75e6"]):
        assert "(total_cost > 2*budget)" in printed(
            "stress", *arguments, "--reverse", "total_cost > 2*budget", "--draws", "2000"
        )


def test_names_of_the_user_are_in_every_table_of_a_comparison():
    text = printed("compare", "Rent=gpt-4:basis=rented", "Own=gpt-4", "--draws", "500")
    assert "Own less Rent" in text
    assert "from Rent to Own" in text
    assert "release: Own" in text
    assert "gpt-4:basis" not in text
    text = printed("compare", "A=gpt-4", "A=gpt-3", code=2)
    assert "'A' names two scenarios" in text
