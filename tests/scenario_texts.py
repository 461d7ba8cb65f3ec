"""Small scenarios as text, and helpers for tests of reading them."""

import pytest

from simulator.scenario import InvalidInputError

RUN = """
extends: training-run
chip: nvidia-h100-sxm
total_parameters: 70e9
training_tokens: 15e12
chips: 4096
"""
SMALL = """
lines: [energy_cost]
energy: 1000 to 2000 kWh
electricity_price: 0.05 to 0.10 USD/kWh
deflator: 1
"""


def refusal_of(call, *arguments, **options):
    """Return the message of the error that a call raises."""
    with pytest.raises(InvalidInputError) as error:
        call(*arguments, **options)
    return str(error.value)


def write_files(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)


def value_of(scenario, name):
    return scenario.inputs[name].distribution.value


def steps(scenario):
    return {step.name: step.needs for step in scenario.plan.steps}


def correlated(*pairs):
    rows = ", ".join(f"{{between: [{a}, {b}], rank: {rank}}}" for a, b, rank in pairs)
    return RUN + f"mfu: all-runs\ngoodput: expert\ndependence: [{rows}]\n"
