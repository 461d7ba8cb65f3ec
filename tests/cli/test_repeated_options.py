"""Options that are given twice: the last one never wins without a word."""

import click
import pytest

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
