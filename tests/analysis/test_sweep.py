"""Sweeps: the cells of a grid, invalid files, resuming, and independence of threads and workers."""

import csv
import hashlib
import itertools
import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner
from documented import undocumented

from simulator import figures
from simulator.analysis import sweep
from simulator.analysis.sweep import simulation
from simulator.analysis.sweep import store as stores
from simulator.cli import group
from simulator.core.files import check_output_file
from simulator.core.formatting import format_money, to_words
from simulator.core.results import to_plain
from simulator.core.suggestions import InvalidValueError
from simulator.engine.blocks import BLOCKS_PER_RANGE
from simulator.engine.options import RunOptions
from simulator.engine.sampling.streams import BLOCK
from simulator.engine.simulate import simulate
from simulator.engine.summaries import PERCENTS, summarize
from simulator.figures.sweep import draw_sweep, sweep_finding
from simulator.scenario import InvalidInputError, read
from simulator.scenario.grid import read_grid

BASE = "extends: llama-3.1-405b\n"
GRID = BASE + "budget: 80e6\ngrid:\n  mfu: [0.3, 0.4]\n  levers: [none, mixture-of-experts]\n  basis: [owned, rented]\n"
LIST = BASE + "list:\n  - {mfu: 0.4}\n  - {chips: 8192, electricity_price: 0.05 to 0.10 USD/kWh}\n  - {basis: rented}\n"
CUBE = BASE + "latin-hypercube: {cells: 64, over: {mfu: 0.3 to 0.5, electricity_price: prior}}\n"
DRAWS = 2000


@pytest.fixture
def write(tmp_path):
    def write_file(text, name="my.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write_file


def cli(*words):
    return CliRunner().invoke(group, ["sweep", *map(str, words)], standalone_mode=False)


# --- cells ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draws", [DRAWS, BLOCKS_PER_RANGE * BLOCK + 1], ids=["cells over threads", "blocks over threads"])
def test_a_cell_is_the_run_of_its_scenario(write, draws):
    """The same bytes as `run` with the same changes: cells share their random numbers and nothing else."""
    text = GRID if draws == DRAWS else BASE + "budget: 80e6\ngrid: {mfu: [0.4], levers: [mixture-of-experts], basis: [rented]}"
    result = sweep.sweep(read_grid(write(text)), RunOptions(draws, 3, threads=2))
    values = itertools.product(("0.3", "0.4"), ((), ("mixture-of-experts",)), ("owned", "rented"))
    if draws != DRAWS:
        values = [("0.4", ("mixture-of-experts",), "rented")]
    for cell, (mfu, levers, basis) in zip(result.cells, values, strict=True):
        scenario = read("llama-3.1-405b", sets=[f"mfu={mfu}"], levers=levers, basis=basis, budget="80e6")
        run = simulate(scenario, draws, 3)
        for name in ("total_cost", *scenario.lines):
            summary = summarize(run.accumulators[name])
            statistics = cell.quantities[name]
            assert (statistics.median, statistics.low, statistics.p80, statistics.mcse_high) == (
                summary.median, summary.low, summary.quantiles[80], summary.high_error,
            )  # fmt: skip
        assert cell.budget.probability_within == run.within_budget / run.draws
        assert cell.point_estimate == run.point


def test_labels_are_those_of_the_file(write):
    optimistic = "optimistic: {logitnormal: {p5: 0.35, p95: 0.5}}"
    levers = "[none, [mixture-of-experts, deduplication]]"
    grid = read_grid(write(BASE + f"grid:\n  mfu: {{cautious: 0.3, {optimistic}}}\n  levers: {levers}\n"))
    assert grid.dims["mfu"] == ("cautious", "optimistic")
    assert grid.dims["levers"] == ("none", "mixture-of-experts+deduplication")
    assert grid.labels(3) == {"mfu": "optimistic", "levers": "mixture-of-experts+deduplication"}
    assert [each.name for each in grid.scenarios[3].adjustments] == ["mixture-of-experts", "deduplication"]


def test_a_list_leaves_what_a_cell_does_not_name(write):
    grid = read_grid(write(LIST))
    assert grid.along["mfu"] == ("0.4", "", "")
    assert [scenario.choices["basis"] for scenario in grid.scenarios] == ["owned", "owned", "rented"]
    assert grid.scenarios[1].inputs["chips"].distribution.quantile(0.5) == 8192


def test_a_hypercube_has_one_value_in_each_part_of_a_distribution(write):
    grid = read_grid(write(CUBE))
    plain = read("llama-3.1-405b", sets=["mfu=0.3 to 0.5"])
    for name in ("mfu", "electricity_price"):
        ranks = np.array([plain.inputs[name].distribution.cdf(float(value)) for value in grid.along[name]]) * 64
        assert sorted(np.floor(ranks).astype(int)) == list(range(64))
    assert abs(np.corrcoef(*(np.array(grid.along[name], dtype=float) for name in grid.along))[0, 1]) < 0.4
    assert read_grid(write(CUBE), seed=1).along != grid.along
    assert read_grid(write(CUBE)).along == grid.along


def test_a_base_is_found_beside_the_file(write, tmp_path):
    write(BASE + "mfu: 0.2\n", "base.yaml")
    grid = read_grid(write("extends: base.yaml\ntitle: Mine\ngrid: {electricity_price: [0.05 USD/kWh, 0.1 USD/kWh]}\n"))
    assert grid.title == "Mine"
    assert {scenario.inputs["mfu"].distribution.quantile(0.5) for scenario in grid.scenarios} == {0.2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BASE, "defines no sweep; add one of grid, list, latin-hypercube"),
        (BASE + "grid: {mfu: [0.3]}\nlist: [{mfu: 0.3}]\n", "has grid and list; keep one"),
        ("grid: {mfu: [0.3]}\n", "extends: is missing"),
        (BASE + "grid: {}\n", "must name the quantities to sweep"),
        (BASE + "grid: [mfu]\n", "must name the quantities to sweep"),
        (BASE + "grid: {mfu: 0.3}\n", "my.yaml:2:13: mfu: must be a list of values"),
        (BASE + "grid: {mfu: []}\n", "must be a list of values"),
        (BASE + "grid: {mfu: [0.3, 0.3]}\n", "has 0.3 twice"),
        (BASE + "grid: {mfuu: [0.3]}\n", "there is no such quantity or setting; did you mean 'mfu'"),
        (BASE + "grid: {mfu: [0.3, 1.4]}\n", "it cannot be above 1 (in 1 of 2 cells, first mfu 1.4)"),
        (BASE + "grid: {chip: [nvidia-h1000]}\n", "no chip 'nvidia-h1000'"),
        (BASE + "grid: {levers: [none, moe-typo]}\n", "no lever 'moe-typo'"),
        (BASE + "grid: {basis: [owned, leased]}\n", "'leased' is not one of"),
        (BASE + "grid: {extends: [gpt-4]}\n", "cannot be swept"),
        (BASE + "grid: {labels_price: [1, 2]}\n", "there is no such quantity"),
        (BASE + "grid: {on_demand_price: [1, 2]}\n", "is swept but has no effect in any cell"),
        (BASE + "mfuu: 1\ngrid: {mfu: [0.3, 0.4]}\n", "my.yaml:2:1: mfuu: there is no such quantity"),
        (BASE + "list: {mfu: 0.3}\n", "must be a list of cells"),
        (BASE + "list: [mfu]\n", "must name the quantities to sweep"),
        (BASE + "latin-hypercube: {over: {mfu: 0.3 to 0.5}}\n", "give it `cells: 200` and `over:`"),
        (BASE + "latin-hypercube: {cells: 10, ovr: {mfu: prior}}\n", "there is no 'ovr'"),
        (BASE + "latin-hypercube: {cells: 1.5, over: {mfu: prior}}\n", "must be a whole number above zero"),
        (BASE + "latin-hypercube: {cells: 10, over: {mfu: 0.4}}\n", "is one number; give it a range"),
        (BASE + "latin-hypercube: {cells: 10, over: {chip_hours: prior}}\n", "is computed here"),
        (BASE + "latin-hypercube: {cells: 10, over: {nothing: prior}}\n", "there is no such quantity"),
        (BASE + "latin-hypercube: {cells: 1e9, over: {mfu: prior}}\n", "has 1,000,000,000 cells; the limit for one sweep is"),
        (BASE + "grid: {mfu: [0.3], mfu: [0.4]}\n", "is given twice"),
    ],
)  # fmt: skip
def test_issues_are_reported_with_their_position(write, text, message):
    with pytest.raises(InvalidInputError) as error:
        read_grid(write(text))
    assert message in str(error.value) + "\n"


def test_issues_of_all_cells_are_reported_together(write):
    axes = "  mfu: [1.2, 0.3, 1.3]\n  electricity_price: [-1 USD/kWh, 0.1 USD/kWh]\n  levers: [none, nope]\n"
    with pytest.raises(InvalidInputError) as error:
        read_grid(write(BASE + "grid:\n" + axes))
    lines = str(error.value).splitlines()
    assert len(lines) == 4
    assert [line.split(":")[1] for line in lines] == ["3", "3", "4", "5"]
    assert "(in 4 of 12 cells, first mfu 1.2, electricity_price -1 USD/kWh, levers none)" in lines[0]


# --- output ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sweeps(tmp_path_factory):
    results = {}
    for name, text in (("grid", GRID), ("list", LIST), ("cube", CUBE)):
        path = tmp_path_factory.mktemp("sweep") / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        results[name] = sweep.sweep(read_grid(str(path)), RunOptions(DRAWS, threads=2))
    return results


def test_a_grid_is_one_dataset_with_its_names_as_dimensions(sweeps, tmp_path):
    path = tmp_path / "grid.nc"
    sweep.save(sweeps["grid"], path)
    dataset = xr.open_dataset(path, engine="h5netcdf")
    assert dataset.figures.dims == ("mfu", "levers", "basis", "quantity", "statistic")
    assert dataset.sizes["quantity"] > 5
    assert dataset.mfu.values.tolist() == [0.3, 0.4]
    assert dataset.mfu.attrs["units"] == "1"
    for place, (mfu, levers, basis) in enumerate(itertools.product(dataset.mfu, dataset.levers, dataset.basis)):
        at = {"mfu": mfu, "levers": levers, "basis": basis}
        cell = sweeps["grid"].cells[place]
        p80 = float(dataset.figures.sel(at | {"quantity": "total_cost", "statistic": "p80"}))
        assert p80 == cell.quantities["total_cost"].p80
        assert float(dataset.probability_within_budget.sel(at)) == cell.budget.probability_within
        has_rent = not np.isnan(dataset.figures.sel(at | {"quantity": "rental_cost", "statistic": "mean"}))
        assert has_rent == (basis == "rented")
    assert dataset.unit.sel(quantity="total_cost") == "USD"
    dataset.close()


@pytest.mark.parametrize("name", ["list", "cube"])
def test_a_list_and_a_hypercube_have_cells_as_dimension(sweeps, name):
    dataset = sweep.to_dataset(sweeps[name])
    assert dataset.figures.dims == ("cell", "quantity", "statistic")
    assert set(sweeps[name].grid.names) <= set(dataset.coords)
    assert dataset.cell.values.tolist() == list(range(1, len(sweeps[name].cells) + 1))
    if name == "cube":
        assert dataset.mfu.dtype == float


@pytest.mark.parametrize("suffix", [".nc", ".csv", ".json"])
def test_a_sweep_has_the_same_bytes_again(sweeps, tmp_path, suffix):
    paths = [tmp_path / f"{number}{suffix}" for number in range(2)]
    for path in paths:
        sweep.save(sweeps["grid"], path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_a_csv_row_is_a_quantity_of_a_cell(sweeps):
    rows = list(csv.DictReader(sweeps["grid"].to_csv().splitlines()))
    assert len(rows) == sum(len(cell.quantities) for cell in sweeps["grid"].cells)
    assert {row["levers"] for row in rows} == {"none", "mixture-of-experts"}
    assert float(rows[0]["median"]) == sweeps["grid"].cells[0].quantities["total_cost"].median


def test_zarr_is_written_where_it_is_installed(sweeps, tmp_path):
    if find_spec("zarr") is None:
        with pytest.raises(ValueError, match="pip install zarr"):
            sweep.check_output(tmp_path / "a.zarr")
        return
    for _ in range(2):  # the second takes the place of the first
        sweep.save(sweeps["grid"], tmp_path / "a.zarr")
    dataset = xr.open_zarr(tmp_path / "a.zarr")
    xr.testing.assert_allclose(dataset.figures, sweep.to_dataset(sweeps["grid"]).figures)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zarr"]


@pytest.fixture
def stub_zarr(monkeypatch):
    """Write a store without the package: a folder with the file that marks it."""

    def to_zarr(dataset, store, *, mode, consolidated):
        assert (mode, consolidated) == ("w", False)
        (store / "zarr.json").write_text(str(dict(dataset.sizes)), encoding="utf-8")

    monkeypatch.setattr(xr.Dataset, "to_zarr", to_zarr)


@pytest.mark.usefixtures("stub_zarr")
def test_a_store_is_written_where_a_link_points_and_the_link_stays(sweeps, tmp_path):
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "b.zarr", tmp_path / "a.zarr"
    link.symlink_to(target)
    for _ in range(2):  # to a link to nothing, and then over the store
        sweep.save(sweeps["grid"], link)
        assert link.is_symlink()
        assert [path.name for path in target.iterdir()] == ["zarr.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zarr", "there"]
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["b.zarr"]


@pytest.mark.usefixtures("stub_zarr")
@pytest.mark.parametrize("linked", [False, True])
def test_a_store_takes_the_place_of_a_store_alone(sweeps, tmp_path, linked):
    """A file stays what it is, and a folder with other contents too, also behind a link."""
    file, folder = tmp_path / "file.zarr", tmp_path / "folder.zarr"
    file.write_text("mine", encoding="utf-8")
    folder.mkdir()
    (folder / "letters.txt").write_text("mine", encoding="utf-8")
    for path, message in ((file, "is a file"), (folder, "holds no zarr store")):
        output = path
        if linked:
            output = path.with_name(f"link-{path.name}")
            output.symlink_to(path)
        for write in (lambda output=output: sweep.save(sweeps["grid"], output), lambda output=output: check(output)):
            with pytest.raises(InvalidValueError, match=message):
                write()
        assert output.is_symlink() == linked
    assert file.read_text(encoding="utf-8") == (folder / "letters.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.usefixtures("stub_zarr")
def test_a_store_can_be_named_as_an_output_again(sweeps, tmp_path):
    sweep.save(sweeps["grid"], tmp_path / "a.zarr")
    check(tmp_path / "a.zarr")
    (tmp_path / "empty.zarr").mkdir()
    check(tmp_path / "empty.zarr")


def check(path):
    check_output_file(path, (".zarr",))


# --- points of a hypercube --------------------------------------------------------------------------------------------


def test_points_of_a_hypercube_have_their_unit(sweeps):
    cube = sweeps["cube"]
    price = next(variable for variable in cube.variables if variable.name == "electricity_price")
    assert price.unit == "USD/kWh"
    for place, cell in enumerate(cube.cells):
        text = cell.at["electricity_price"]
        assert text == price.values[place]
        assert text == f"{cube.grid.along['electricity_price'][place]} USD/kWh"
        # What is written is what the cell has.
        scenario = read("llama-3.1-405b", sets=[f"electricity_price={text}"])
        expected = cube.grid.scenarios[place].inputs["electricity_price"].distribution.quantile(0.5)
        assert scenario.inputs["electricity_price"].distribution.quantile(0.5) == expected
        assert cell.at["mfu"] == cube.grid.along["mfu"][place]
    assert sweep.to_dataset(cube).electricity_price.dtype == float
    assert float(next(csv.DictReader(cube.to_csv().splitlines()))["electricity_price"]) > 0


# --- threads and workers ------------------------------------------------------------------------------------------------


def sha(result):
    return hashlib.sha256(result.to_json().encode()).hexdigest()


def test_200_cells_have_the_same_bytes_from_threads_and_workers(write):
    pytest.importorskip("distributed")
    from simulator.engine.cluster import workers

    grid = read_grid(write(CUBE.replace("64", "200")))
    expected = sha(sweep.sweep(grid, RunOptions(500, threads=1)))
    assert sha(sweep.sweep(grid, RunOptions(500, threads=3))) == expected
    with workers("local:2"):
        assert sha(sweep.sweep(grid, RunOptions(500))) == expected


# --- resuming -------------------------------------------------------------------------------------------------------------


class Stop(sweep.Store):
    """A store that is interrupted after some cells."""

    def __init__(self, output, after):
        super().__init__(output)
        self.remaining = after

    def add(self, key, figures):
        if self.remaining == 0:
            raise KeyboardInterrupt
        self.remaining -= 1
        super().add(key, figures)


def count_simulated_cells(monkeypatch):
    """Return a list that grows with every simulated cell."""
    count = []
    original = simulation.cell_statistics
    monkeypatch.setattr(
        simulation, "cell_statistics", lambda *arguments, **options: count.append(1) or original(*arguments, **options)
    )
    return count


def test_a_sweep_resumes_from_finished_cells(sweeps, tmp_path, monkeypatch):
    grid, output = sweeps["grid"].grid, tmp_path / "a.nc"
    with pytest.raises(sweep.SweepInterruptedError) as stopped:
        sweep.sweep(grid, RunOptions(DRAWS, threads=1), store=Stop(output, 3))
    assert stopped.value.done == 3
    store = sweep.Store(output)
    with store.path.open("a") as file:
        file.write('\n{"cell": "cut of')  # a truncated line
    count = count_simulated_cells(monkeypatch)
    assert sha(sweep.sweep(grid, RunOptions(DRAWS), store=store)) == sha(sweeps["grid"])
    assert len(count) == len(grid.scenarios) - 3
    assert len(store.read()) == len(grid.scenarios)


@pytest.mark.parametrize("other", ["seed", "draws", "interval", "method", "version", "code", "prior", "budget"])
def test_a_stale_cell_is_simulated_again(write, tmp_path, monkeypatch, other):
    text = BASE + "budget: 80e6\ngrid: {mfu: [0.3, 0.4]}\n"
    store = sweep.Store(tmp_path / "a.nc")
    options, how = RunOptions(200), {"method": "random", "code": ""}
    sweep.sweep(read_grid(write(text)), options, store=store, **how)
    changed = {"seed": 1, "draws": 300, "interval": 0.9}
    if other in changed:
        options = options.with_(**{other: changed[other]})
    elif other in how:
        how[other] = {"method": "sobol", "code": "x"}[other]
    elif other == "version":
        monkeypatch.setattr(stores, "tool_version", lambda: "9.9")
    else:
        text = text.replace("0.4", "0.41") if other == "prior" else text.replace("80e6", "81e6")
    count = count_simulated_cells(monkeypatch)
    sweep.sweep(read_grid(write(text)), options, store=store, **how)
    assert len(count) == (1 if other == "prior" else 2)


def test_an_interrupt_keeps_cells_and_says_so(write, tmp_path):
    """Ctrl-C in the middle of a sweep leaves no output, and a store from which the next goes on to the same bytes."""
    path = write(BASE + "grid: {mfu: [" + ", ".join(f"0.3{number}" for number in range(16)) + "]}\n")
    whole, output = tmp_path / "whole.json", tmp_path / "a.json"
    words = [sys.executable, "-m", "simulator", "sweep", path, "--draws", "100000", "-q"]
    running = subprocess.Popen([*words, "-o", str(output)], stderr=subprocess.PIPE, text=True)
    store = sweep.Store(output)
    for _ in range(1200):
        if store.path.exists() and len(store.read()) > 1:
            break
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, stderr = running.communicate(timeout=60)
    assert running.returncode == 130
    assert stderr.startswith("llmcost: interrupted; finished cells are in ")
    assert "continue with --resume" in stderr
    assert not output.exists()
    finished = len(store.read())
    assert 1 < finished < 16
    rerun = subprocess.run([*words, "-o", str(output)], capture_output=True, text=True)
    assert rerun.returncode == 2
    assert "continue it with --resume, or remove the file" in rerun.stderr
    subprocess.run([*words, "-o", str(output), "--resume"], check=True)
    assert not store.path.exists()
    subprocess.run([*words, "-o", str(whole)], check=True)
    assert output.read_bytes() == whole.read_bytes()


# --- the command ----------------------------------------------------------------------------------------------------------


def test_the_command_prints_a_row_a_cell(write, tmp_path):
    path = write(GRID)
    result = cli(path, "--draws", DRAWS, "-o", tmp_path / "a.nc", "--figure", tmp_path / "a.svg")
    assert result.exit_code == 0, result.output
    rows = [line for line in result.stdout.splitlines() if re.match(r"0\.[34] ", line)]
    assert len(rows) == 8
    assert "within budget" in result.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.nc", "a.svg", "my.yaml"]


@pytest.mark.parametrize("form", ["json", "csv", "markdown"])
def test_formats_agree(write, form):
    result = cli(write(GRID), "--draws", DRAWS, "--format", form)
    assert result.exit_code == 0
    if form == "json":
        data = json.loads(result.stdout)
        assert data["variables"][0] == {"name": "mfu", "unit": "1", "values": ["0.3", "0.4"]}
        assert len(data["cells"]) == 8
    elif form == "csv":
        assert result.stdout.startswith("cell,mfu,levers,basis,quantity,role,unit,mean,sd,median")
    else:
        assert result.stdout.count("\n| 0.") == 8


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--resume"], "give it with -o"),
        (["-o", "a.txt"], "no format '.txt'"),
        (["--figure", "a.jpg"], "--figure a.jpg: no format '.jpg'"),
        (["--of", "wall_clok"], "no cell reports it; did you mean 'wall_clock'"),
        (["--scheduler", "nowhere"], "is no scheduler"),
        (["--draws", "10"], "from 100"),
    ],
)
def test_options_that_do_not_fit_are_refused(write, words, message):
    result = cli(write(GRID), *words)
    assert message in str(result.exception)


# --- plain data -------------------------------------------------------------------------------------------------------------


def test_plain_data_has_documented_fields_only(sweeps):
    for result in sweeps.values():
        assert undocumented(replace(result, grid=None)) == set()
        assert set(result.to_dict()) == {
            "schema", "scenario", "title", "scope", "money", "draws", "seed", "interval", "fingerprint", "version",
            "kind", "method", "variables", "cells", "notes",
        }  # fmt: skip
    cell = sweeps["grid"].to_dict()["cells"][0]
    assert list(cell) == ["at", "fingerprint", "draws", "point_estimate", "budget", "quantities"]
    assert tuple(cell["quantities"]["total_cost"]) == ("unit", "role", *sweep.STATISTICS)


def test_statistics_of_a_quantity_are_its_quantiles_by_percent():
    assert {name for name in sweep.STATISTICS if name.startswith("p")} == {f"p{percent:g}" for percent in PERCENTS}


def test_the_table_of_a_sweep_is_a_data_frame(sweeps):
    result = sweeps["grid"]
    frame = result.to_dataframe()
    totals = frame[frame["quantity"] == "total_cost"]
    assert totals["median"].tolist() == result.statistic("total_cost", "median")
    assert totals["probability_within_budget"].tolist() == [cell.budget.probability_within for cell in result.cells]
    low, high = result.extremes("total_cost")
    assert result.cells[low].quantities["total_cost"].median == totals["median"].min()
    assert result.cells[high].quantities["total_cost"].median == totals["median"].max()


def test_a_finished_cell_is_read_as_it_was_written(sweeps, tmp_path):
    store = sweep.Store(tmp_path / "a.nc")
    for result in sweeps.values():
        cell = result.cells[0]
        store.add(result.kind, sweep.CellStatistics(draws=cell.draws, point_estimate=cell.point_estimate, budget=cell.budget,
                                                    quantities=cell.quantities))  # fmt: skip
        assert to_plain(store.read()[result.kind]) == {
            key: value for key, value in to_plain(cell).items() if key not in ("at", "fingerprint")
        }


# --- the figure -----------------------------------------------------------------------------------------------------------


def test_a_heat_map_shows_the_table(sweeps):
    result = sweeps["grid"]
    figure = draw_sweep(result)
    maps = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert len(maps) == 2
    shown = np.concatenate([np.asarray(axes.collections[0].get_array()).ravel() for axes in maps])
    expected = [cell.quantities["total_cost"].median for cell in result.cells]
    assert sorted(shown) == pytest.approx(sorted(expected))
    names = {to_words(variable.name): variable.name for variable in result.variables}
    for axes in maps:  # each panel is one value of the third name
        across, along = names[axes.get_xlabel()], names[axes.get_ylabel()]
        grid = np.asarray(axes.collections[0].get_array())
        for (row, column), value in np.ndenumerate(grid):
            at = {across: axes.get_xticklabels()[column].get_text(), along: axes.get_yticklabels()[row].get_text()}
            other, _, label = axes.get_title(loc="left").rpartition(" ")
            (cell,) = [cell for cell in result.cells if cell.at == {**at, names[other]: label}]
            assert value == pytest.approx(cell.quantities["total_cost"].median)


def test_points_show_intervals_and_scatters_show_every_cell(sweeps):
    cells = sweeps["list"].cells
    (axes,) = draw_sweep(sweeps["list"]).axes
    drawn = [line.get_xdata() for line in axes.lines]
    for cell, ends, middle in zip(cells, drawn[::2], drawn[1::2], strict=True):
        total = cell.quantities["total_cost"]
        assert list(ends) == [total.low, total.high]
        assert list(middle) == [total.median]
    figure = draw_sweep(sweeps["cube"])
    assert [len(axes.collections[0].get_offsets()) for axes in figure.axes if axes.get_visible()] == [64, 64]


def test_curve_along_a_number_has_its_band(tmp_path):
    path = tmp_path / "curve.yaml"
    path.write_text("extends: gpt-4\ngrid: {chips: [10000, 20000, 40000]}\n", encoding="utf-8")
    result = sweep.sweep(read_grid(str(path)), RunOptions(draws=500))
    figure = draw_sweep(result)
    (axes,) = figure.axes
    drawn = {line.get_label(): line for line in axes.lines}
    totals = [cell.quantities["total_cost"] for cell in result.cells]
    for label, key in (("median", "median"), ("P80", "p80")):
        assert drawn[label].get_xdata().tolist() == [10_000, 20_000, 40_000]
        assert drawn[label].get_ydata().tolist() == [getattr(total, key) for total in totals]
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert {band.min(), band.max()} == {min(total.low for total in totals), max(total.high for total in totals)}
    lowest, highest = result.extremes("total_cost")
    texts = [f"chips {result.cells[place].at['chips']} (${format_money(totals[place].median)})" for place in (lowest, highest)]
    assert sweep_finding(result) == f"Total cost is lowest at {texts[0]}, highest at {texts[1]}"
    assert " ".join(figure.texts[0].get_text().split()) == sweep_finding(result)


@pytest.mark.parametrize("suffix", figures.SUFFIXES)
@pytest.mark.parametrize("name", ["grid", "list", "cube"])
def test_a_figure_has_the_same_bytes_again_whatever_its_texts(sweeps, tmp_path, name, suffix):
    header = replace(sweeps[name].header, title="$x_1$ <script>" + "long " * 60)
    result = replace(sweeps[name], header=header)
    paths = [tmp_path / f"{number}{suffix}" for number in range(2)]
    for path in paths:
        figures.save(draw_sweep(result), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert b"<script>" not in paths[0].read_bytes()


def test_too_much_for_one_figure_is_refused(sweeps):
    result = sweeps["list"]
    with pytest.raises(ValueError, match="is the maximum"):
        draw_sweep(replace(result, cells=result.cells * 40))
    with pytest.raises(ValueError, match="no cell has 'x'"):
        draw_sweep(result, "x")
