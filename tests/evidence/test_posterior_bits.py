"""The library's posteriors have the same bits on every version of Python: `make pythons` runs this on each."""

import pytest

from simulator.evidence.calibration.dataset import MODELS
from simulator.evidence.calibration.summary import calibrate
from simulator.scenario import library


def draws(text):
    """Lines of the table without its head, which names the version of the tool."""
    return [line for line in text.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("model", MODELS)
def test_draws_are_those_of_the_library_to_the_last_digit(model):
    table = draws((library.folder() / "posteriors" / f"{model}.csv").read_text(encoding="utf-8"))
    assert len(table) > 1000
    assert draws(calibrate(model).posterior_table()) == table
