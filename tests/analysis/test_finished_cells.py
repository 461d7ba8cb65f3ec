"""Finished cells of a sweep: a line that was changed is refused, one that was cut off is simulated again."""

import pytest

from simulator.analysis import sweep
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import RunOptions
from simulator.scenario.grid import read_grid

GRID = """extends: training-run
chip: nvidia-h100-sxm
basis: rented
total_parameters: 7e9 parameter
training_tokens: 1e12 token
chips: 512
rental_price: 2 to 3 USD/chip/hour
grid: {mfu: [0.3, 0.4, 0.45]}
"""


@pytest.fixture
def finished(tmp_path):
    """The grid, its store with all cells, and their statistics."""
    (tmp_path / "g.yaml").write_text(GRID)
    grid, store = read_grid(str(tmp_path / "g.yaml")), sweep.Store(tmp_path / "a.nc")
    sweep.sweep(grid, RunOptions(200), store=store)
    return grid, store, store.read()


def swap_keys(lines):
    first, second = (line.split('"figures"') for line in lines[:2])
    return ['"figures"'.join((second[0], first[1])), '"figures"'.join((first[0], second[1])), *lines[2:]]


CHANGES = {
    "a digit": lambda lines: [lines[0].replace("0", "1", 1), *lines[1:]],
    "NaN": lambda lines: [lines[0].replace('"point_estimate": ', '"point_estimate": NaN, "x": '), *lines[1:]],
    "swapped": swap_keys,
    "without its checksum": lambda lines: [lines[0].partition("\t")[0], *lines[1:]],
    "cut off in the middle": lambda lines: [lines[0][:200], *lines[1:]],
    "no text": lambda lines: ["\udcff\udcfe", *lines[1:]],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_line_is_refused_with_its_number(finished, change):
    _, store, _ = finished
    lines = store.path.read_text().splitlines()
    store.path.write_bytes("".join(f"{line}\n" for line in CHANGES[change](lines)).encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidValueError, match=r"cells\.jsonl:1: this finished cell is not as it was .*; remove the line"):
        store.read()


def test_a_missing_line_and_a_cut_off_last_one_are_simulated_again(finished):
    grid, store, cells = finished
    lines = store.path.read_text().splitlines()
    store.path.write_text(f"{lines[1]}\n{lines[2][:100]}")
    assert len(store.read()) == 1
    sweep.sweep(grid, RunOptions(200), store=store)
    assert store.read() == cells
    assert len(store.path.read_text().splitlines()) == 3


def test_a_store_that_is_no_file_is_refused(tmp_path):
    store = sweep.Store(tmp_path / "a.nc")
    store.path.mkdir()
    with pytest.raises(InvalidValueError, match="is no file; remove it"):
        store.read()
