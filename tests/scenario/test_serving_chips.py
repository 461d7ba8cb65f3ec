"""Chips for serving: every chip of the library has a row, with its sources, and values that physics and tables allow."""

import csv

import paths
import pytest

from simulator.core.suggestions import InvalidValueError
from simulator.scenario import library
from simulator.scenario.serving_chips import ServingChipRow, peak_flop, rows, serving_chip

POINTS = paths.SHARED / "serving-points.csv"
for_each_chip = pytest.mark.parametrize("name", list(library.chips()))


def test_every_chip_has_a_row_and_no_other():
    assert set(rows()) == set(library.chips())


@for_each_chip
def test_a_chip_is_complete_and_has_sources(name):
    chip, row = serving_chip(name), rows()[name]
    assert chip.sources
    assert all(source.title and source.date for source in row.sources)
    if row.grade == "D":
        assert row.note.startswith("Assumption:")
    assert 1e10 < chip.memory < 1e12
    assert 1e-3 < chip.memory / chip.memory_bandwidth < 0.1  # seconds to read all of the memory
    assert 10 < chip.peak_flop_bf16 / chip.memory_bandwidth < 1000  # FLOP for a byte
    if chip.link_bandwidth is not None and chip.network_bandwidth is not None:
        assert chip.network_bandwidth < chip.link_bandwidth < chip.memory_bandwidth
    if chip.peak_flop_fp4 is not None:
        assert chip.peak_flop_fp8 is not None
        assert chip.peak_flop_bf16 < chip.peak_flop_fp8 <= chip.peak_flop_fp4


@pytest.mark.parametrize(
    ("name", "bandwidth", "bf16", "fp8", "fp4", "link", "chips", "network"),
    [
        ("H100", 3.35e12, 0.989e15, 1.979e15, None, 450e9, 8, 50e9),
        ("H200", 4.8e12, 0.989e15, 1.979e15, None, 450e9, 8, 50e9),
        ("B200", 7.7e12, 2.25e15, 4.5e15, 9e15, 900e9, 8, 100e9),
        ("GB200", 8e12, 2.5e15, 5e15, 10e15, 900e9, 72, 100e9),
        ("B300", 7.75e12, 2.25e15, 4.5e15, 14e15, 900e9, 8, 100e9),
        ("GB300", 8e12, 2.5e15, 5e15, 15e15, 900e9, 72, 100e9),
    ],
)
def test_published_values(name, bandwidth, bf16, fp8, fp4, link, chips, network):
    chip = serving_chip(name)
    assert chip.memory_bandwidth == bandwidth
    assert chip.peak_flop_bf16 == bf16
    assert chip.peak_flop_fp8 == fp8
    assert chip.peak_flop_fp4 == fp4
    assert (chip.link_bandwidth, chip.link_chips, chip.network_bandwidth) == (link, chips, network)


def test_weights_compute_at_the_peak_of_their_precision():
    b200, h100, a100 = serving_chip("B200"), serving_chip("H100"), serving_chip("A100-80")
    assert [peak_flop(b200, bits) for bits in (4.25, 8, 16)] == [9e15, 4.5e15, 2.25e15]
    assert [peak_flop(h100, bits) for bits in (4.25, 8, 16)] == [0.989e15, 1.979e15, 0.989e15]  # 4 bits are expanded to 16
    assert {peak_flop(a100, bits) for bits in (4, 8, 16)} == {312e12}


def test_chips_of_the_measured_points():
    if not POINTS.exists():
        pytest.skip("the table of measured points is not here")
    with POINTS.open(encoding="utf-8") as file:
        names = {point["chip"] for point in csv.DictReader(file)}
    for name in names:
        chip = serving_chip(name)
        assert None not in (chip.link_bandwidth, chip.link_chips, chip.network_bandwidth)


def test_an_unknown_chip_and_a_wrong_unit_are_refused():
    with pytest.raises(InvalidValueError, match="no chip 'nvidia-h101-sxm'"):
        serving_chip("nvidia-h101-sxm")
    row = library.serving_chips()["nvidia-h100-sxm"].plain()
    with pytest.raises(ValueError, match="byte/second/chip"):
        ServingChipRow.model_validate({**row, "memory_bandwidth": "3350 GB/second/chip"})
    with pytest.raises(ValueError, match="greater than 0"):
        ServingChipRow.model_validate({**row, "memory_bandwidth": "0 byte/second/chip"})
