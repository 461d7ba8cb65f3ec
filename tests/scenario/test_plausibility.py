"""Valid but implausible values are warnings; distributions under which the total has no mean are refused."""

from contextlib import suppress

import pytest

from simulator.core.units import Unit
from simulator.scenario import InvalidInputError, library, read
from simulator.scenario import plausibility as plausible

GOOD = (
    "extends: training-run\nchip: nvidia-h100-sxm\nbasis: rented\ntotal_parameters: 70e9\ntraining_tokens: 15e12\nchips: 4096\n"
)


def read_scenario(folder, lines):
    path = folder / "s.yaml"
    path.write_text(GOOD + lines)
    return read(str(path))


def read_presets():
    for name in library.names("scenarios"):
        with suppress(InvalidInputError):  # a part of a scenario, to be extended
            yield read(name)


def test_no_preset_has_a_warning():
    warned = {preset.name: preset.warnings for preset in read_presets() if preset.warnings}
    assert not warned


@pytest.mark.parametrize(
    ("distribution", "verdict"),
    [
        # The total goes like 1 / x: where P(x < e) goes like e, it has no mean, like e^2 no spread, like e^3 both.
        ("{uniform: {min: 0, max: 0.5}}", "refused"),
        ("{triangular: {min: 0, mode: 0.3, max: 0.5}}", "warned"),
        ("{beta: {a: 0.9, b: 3}}", "refused"),
        ("{beta: {a: 1.9, b: 3}}", "warned"),
        ("{beta: {a: 3, b: 3}}", "fine"),
        ("{uniform: {min: 0.2, max: 0.5}}", "fine"),
        ("{logitnormal: {p5: 0.3, p95: 0.5}}", "fine"),
    ],
)
def test_tail_of_a_divisor_decides_whether_the_total_has_a_mean(distribution, verdict, tmp_path):
    if verdict == "refused":
        with pytest.raises(InvalidInputError, match=r"no mean; bound it with `truncate: \{low: \.\.\.\}`"):
            read_scenario(tmp_path, f"mfu: {distribution}\n")
        return
    scenario = read_scenario(tmp_path, f"mfu: {distribution}\n")
    assert verdict == ("warned" if any("standard deviation" in warning for warning in scenario.warnings) else "fine")


def test_limit_is_twice_the_range_of_the_library():
    """Of electricity prices, by hand: the least 5 % point halved, the greatest 95 % point doubled."""
    unit = Unit("USD/kWh")
    from simulator.scenario.entries import Reader, library_entry

    distributions = [Reader().distribution("electricity_price", library_entry("electricity_price", name), unit)
            for name in library.rows()["electricity_price"]]  # fmt: skip
    low, high = plausible._limits("electricity_price", plausible.rows()["electricity_price"], {}, unit)
    assert low == min(distribution.exact_quantile(0.05) for distribution in distributions) / 2
    assert high == max(distribution.exact_quantile(0.95) for distribution in distributions) * 2


@pytest.mark.parametrize(
    ("value", "is_implausible"), [("600 W/chip", False), ("1040 W/chip", False), ("1060 W/chip", True), ("60 W/chip", True)]
)
def test_power_is_compared_with_the_chip(value, is_implausible, tmp_path):
    scenario = read_scenario(tmp_path, f"average_power: {value}\n")
    assert is_implausible == any("average_power" in warning and "tdp, 700 W/chip" in warning for warning in scenario.warnings)


def test_every_row_is_of_a_quantity_and_in_its_unit():
    from simulator import model

    units = {name.rpartition(".")[2]: unit for name, unit in model.every_graph().units.items()}
    units |= {unit.text: unit for unit in units.values()}  # limits by unit
    for name, row in plausible.rows().items():
        low, high = plausible._limits(name, row, {row.of: 1.0} if row.of else {}, units[name])
        assert low < high, name
