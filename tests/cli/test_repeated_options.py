"""Options that are given twice: the last one never wins without a word."""

import re

import click
import pytest
from click.testing import CliRunner

import llmcost
from simulator.cli.app import COMMANDS, group


def leaves(command, name, context):
    if isinstance(command, click.Group):
        for part in command.list_commands(context):
            yield from leaves(command.get_command(context, part), f"{name} {part}", context)
    else:
        yield name, command


CASES = [
    (name, param)
    for each in COMMANDS
    for name, command in leaves(group.get_command(click.Context(group), each), each, click.Context(group))
    for param in command.params
    if isinstance(param, click.Option) and not (param.multiple or param.is_flag or param.count)
]


@pytest.mark.parametrize(("name", "param"), CASES, ids=lambda case: case if isinstance(case, str) else case.opts[0])
def test_an_option_of_one_value_is_refused_twice(name, param):
    with pytest.raises(click.UsageError, match=f"{param.opts[0]} is given twice"):
        group.main([*name.split(), param.opts[0], "1", param.opts[0], "1"], standalone_mode=False)


def test_options_that_set_the_same_are_refused_in_python():
    with pytest.raises(llmcost.InvalidInputError, match="budget: is set twice"):
        llmcost.open_scenario("gpt-4", sets={"budget": 1e8}, budget=2e8)
    with pytest.raises(llmcost.InvalidInputError, match="mfu: is set twice"):
        llmcost.open_scenario("gpt-4", sets=["mfu=0.3", "mfu=0.4"])
    earlier = llmcost.open_scenario("gpt-4", sets={"budget": 1e8})
    assert earlier.with_(budget=2e8).scenario.budget == 2e8  # a later call replaces


# --- options of several scenarios ------------------------------------------------------------------------------------------

RENTED = """
extends: training-run
chip: nvidia-h100-sxm
basis: rented
lines: [compute]
total_parameters: 70e9
chips: 1024 chip
training_tokens: 2e12 token
mfu: 0.4
goodput: 0.9
"""


@pytest.fixture
def rented(tmp_path, monkeypatch):
    """A rented run in the current folder, as `r.yaml`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.yaml").write_text(RENTED)
    return "r.yaml"


def printed(*arguments):
    return CliRunner().invoke(group, [*arguments, "--draws", "1000"])


def test_an_option_that_one_of_two_scenarios_uses_is_listed_as_their_difference(rented):
    scenarios = (rented, f"{rented}:commitment=capacity-block", "--set", "block_discount=0.2")
    assert re.search(r"block discount +none +0.2", printed("compare", *scenarios).output)
    assert printed("portfolio", *scenarios).exit_code == 0


@pytest.mark.parametrize("command", ["compare", "portfolio"])
@pytest.mark.parametrize(
    ("other", "options"),
    [
        ("r.yaml:chips=2048", ["--set", "block_discount=0.2"]),  # none of the two uses it
        ("r.yaml:block_discount=0.2", []),  # a change of this scenario alone
    ],
)
def test_an_option_without_effect_is_refused_where_nothing_uses_it(command, other, options, rented):
    done = printed(command, rented, other, *options)
    assert isinstance(done.exception, llmcost.InvalidInputError)
    assert "block_discount: has no effect here: it would with `commitment: capacity-block`" in str(done.exception)


@pytest.mark.parametrize(
    "arguments",
    [("stress", "--reverse", "total_cost > {}"), ("joint", "--cost", "{}"), ("stress", "--reverse", "total_cost > 2*{}")],
    ids=lambda arguments: " ".join(arguments),
)
def test_an_amount_in_another_currency_has_a_remedy_that_works(arguments, rented):
    command, *options = (each.format("60e6 EUR") for each in arguments)
    euros = ("--rate", "EUR=0.86")
    refused = printed(command, "gpt-4", *options, *euros)
    assert refused.exit_code == 2
    assert "'60e6 EUR' is in EUR, but amounts are in USD here; convert it, or state the money of the outputs: --money EUR" in (
        " ".join(refused.output.split())
    )
    assert printed(command, "gpt-4", *options, *euros, "--money", "EUR").exit_code == 0


@pytest.mark.parametrize("options", [("--rate", "EUR=0.8 to 0.9"), ("--set", "rates={EUR: 0.8 to 0.9}")])
def test_a_range_of_rates_is_refused_as_the_rate_is_taken_as_known(options, rented):
    done = printed("run", rented, "--money", "EUR", *options)
    words = " ".join(f"{done.output} {done.exception}".split())
    assert "'0.8 to 0.9' is a range; a rate is one number and taken as known: run with 0.8, then with 0.9" in words
