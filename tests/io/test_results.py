"""What others read: JSON, CSV and netCDF with all sources in them, the same byte for byte, and files whole or not at all."""

import csv
import io
import json
import math
import re
import stat

import numpy as np
import pytest

from simulator.core import files
from simulator.engine.simulate import simulate
from simulator.io.results import (
    CSV_COLUMNS,
    SUFFIXES,
    as_csv,
    as_json,
    budget_of,
    changes,
    headline,
    json_text,
    open_tree,
    save,
    to_tree,
)
from simulator.scenario import TOTAL, read

SCENARIO = """
title: "=1+1"
extends: llama-3.1-405b
lines: [compute, staff_cost]
outcomes: [wall_clock, emissions]
money: 2024 USD
duration: 8 to 14 month
hardware_age: -30 day
mfu: {value: 0.34 to 0.46, about: "@SUM(A1)", sources: {title: "=HYPERLINK(1)", url: "https://example.org/x", date: 2026-01}, date: 2026, sure: B}
goodput: {value: 0.9 to 0.95, about: A guess}
staff:
  team: {people: 30, fte: 0.5 to 0.9, salary: sf-ml-2024, on_cost: us-2024, equity: sf-ml-2024}
budget: 110e6
dependence: [{between: [mfu, goodput], rank: 0.4}]
levers: [hyperparameter-transfer]
known: [Something]
assumed: [Something else]
sources: {title: A report, date: 2026-01}
"""  # noqa: E501


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    path = tmp_path_factory.mktemp("scenario") / "ours.yaml"
    path.write_text(SCENARIO)
    return read(str(path))


@pytest.fixture(scope="module")
def result(scenario):
    return simulate(scenario, 5000, seed=4, keep=scenario.plan.names)


@pytest.fixture
def no_budget(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text("lines: [energy_cost]\nenergy: 1000 to 2000\nelectricity_price: 0.1\ndeflator: 1\n")
    return simulate(read(str(path)), 1000)


# --- JSON -------------------------------------------------------------------------------------------------------------------


def test_json_has_the_keys_that_others_rely_on(result):
    said = as_json(result)
    assert {
        "schema", "scenario", "draws", "seed", "method", "interval", "money", "version", "quantities", "budget",
    } <= said.keys()  # fmt: skip
    assert (said["schema"], said["scenario"], said["draws"], said["seed"]) == (1, "ours", 5000, 4)
    assert (said["method"], said["interval"], said["money"]) == ("random", 95, "2024 USD")
    for name, figures in said["quantities"].items():
        assert {"unit", "role", "mean", "sd", "median", "low", "high", "quantiles", "mcse"} <= figures.keys()
        assert set(figures["quantiles"]) == {"2.5", "5", "10", "20", "50", "70", "80", "90", "95", "97.5"}
        assert set(figures["mcse"]) == {"mean", "median", "low", "high"}
        assert ("share" in figures) == (name in result.scenario.lines)
        if "share" in figures:
            assert {"mean", "low", "high"} <= figures["share"].keys()
    assert {
        "amount", "probability_within", "p50", "p80", "contingency_to_p80", "expected_overrun", "cvar_95",
    } <= said["budget"].keys()  # fmt: skip


def test_json_gives_each_quantity_its_role(result):
    roles = {name: figures["role"] for name, figures in as_json(result)["quantities"].items()}
    assert roles.keys() == set(result.scenario.plan.names)
    assert roles[TOTAL] == "total"
    assert roles["staff_cost"] == roles["chip_cost"] == "line"
    assert roles["wall_clock"] == roles["emissions"] == "outcome"
    assert roles["mfu"] == roles["team.salary"] == roles["lever/hyperparameter-transfer.experiments_factor"] == "prior"
    assert roles["chips"] == roles["hardware_age"] == "choice"
    assert roles["chip_hours"] == roles["team.cost"] == "intermediate"
    assert next(iter(roles)) == TOTAL


def test_json_gives_units_and_figures_in_them(result):
    said = as_json(result)["quantities"]
    assert (said[TOTAL]["unit"], said["wall_clock"]["unit"], said["mfu"]["unit"]) == ("USD", "hour", "1")
    assert said["hardware_age"]["mean"] == -720
    assert said["chips"] | {"mean": 16384.0, "sd": 0.0, "low": 16384.0, "high": 16384.0} == said["chips"]
    for name in (TOTAL, "mfu", "wall_clock"):
        kept, figures = result.kept[name], said[name]
        assert figures["mean"] == pytest.approx(kept.mean(), rel=1e-10)
        for percent, value in figures["quantiles"].items():
            assert value == pytest.approx(np.quantile(kept, float(percent) / 100), rel=5e-3)
        for figure, percent in (("low", "2.5"), ("median", "50"), ("high", "97.5")):
            assert figures[figure] == pytest.approx(figures["quantiles"][percent], rel=5e-3)


def test_json_reads_back_as_it_was_written(result):
    text = json_text(as_json(result))
    assert text.endswith("}\n")
    assert json.loads(text) == as_json(result)


def test_json_text_refuses_what_is_no_number():
    for value in (math.nan, math.inf):
        with pytest.raises(ValueError, match="not JSON compliant"):
            json_text({"a": value})


def test_json_of_another_interval(result):
    ninety, ninety_five = as_json(result, 0.90), as_json(result)
    assert ninety["interval"] == 90
    assert ninety["quantities"][TOTAL]["low"] == pytest.approx(ninety_five["quantities"][TOTAL]["quantiles"]["5"], rel=5e-3)
    assert "90% CI" in ninety["headline"]


def test_json_has_no_budget_where_there_is_none(no_budget):
    assert as_json(no_budget)["budget"] is None
    assert budget_of(no_budget) is None


def test_headline_says_the_interval(no_budget, result):
    assert re.fullmatch(r"small, energy cost: 14\d USD \(95% CI: (9[6-9]\.\d|10[0-4]) to (19|20)\d\)", headline(no_budget))
    assert "USD (50% CI: " in headline(no_budget, 0.5)
    assert headline(result).startswith("=1+1, development cost: ")


def test_same_input_gives_the_same_bytes_of_json(result, scenario):
    again = simulate(scenario, 5000, seed=4, threads=3)
    assert json_text(as_json(again)) == json_text(as_json(result))
    other = simulate(scenario, 5000, seed=5)
    assert json_text(as_json(other)) != json_text(as_json(result))


def test_json_names_what_decided_the_numbers(result):
    said = as_json(result)
    assert said["fingerprint"] == result.scenario.fingerprint
    assert said["choices"] == result.scenario.choices
    assert said["adjustments"] == ["lever/hyperparameter-transfer"]
    assert (said["known"], said["assumed"]) == (["Something"], ["Something else"])
    assert said["sources"] == [{"title": "A report", "date": "2026-01"}]
    (tie,) = said["dependence"]
    assert (tie["between"], tie["rank"]) == (["goodput", "mfu"], 0.4)
    assert tie["achieved"] == pytest.approx(0.4, abs=0.06)
    assert said["point_estimate"] == result.point


# --- provenance -------------------------------------------------------------------------------------------------------------


def priors(result):
    return {name: made for name, made in result.scenario.inputs.items() if made.role == "prior"}


def test_sources_of_every_prior_reach_the_json(result):
    said = as_json(result)["quantities"]
    assert len(priors(result)) > 15
    for name, given in priors(result).items():
        assert said[name]["sources"] == [
            {key: text for key, text in vars_of(source).items() if text} for source in given.sources
        ]
        assert (said[name]["stated"], said[name]["date"], said[name]["sure"]) == (given.stated, given.date, given.sure)
        assert said[name]["assumption"] == given.is_assumption
    assert said["goodput"]["assumption"] is True
    assert said["mfu"]["assumption"] is False
    assert said["lever/hyperparameter-transfer.experiments_factor"]["sources"]
    assert said["team.salary"]["sources"]


def vars_of(source):
    return {"title": source.title, "place": source.place, "url": source.url, "date": source.date}


def test_sources_of_every_prior_reach_the_netcdf(result, tmp_path):
    save(result, tmp_path / "draws.nc")
    with open_tree(tmp_path / "draws.nc") as tree:
        for name, given in priors(result).items():
            attributes = tree["prior"][name.replace("/", ":")].attrs
            assert attributes["stated"] == given.stated
            assert (attributes["date"], attributes["sure"]) == (given.date, given.sure)
            assert attributes["units"] == given.unit.text
            for source in given.sources:
                assert str(source) in attributes["references"]
            assert (attributes["references"] == "assumption") == (not given.sources)


def test_sources_of_every_prior_reach_the_table(result):
    rows = {row["quantity"]: row for row in csv.DictReader(io.StringIO(as_csv(result)))}
    for name, given in priors(result).items():
        for source in given.sources:
            assert source.title in rows[name]["sources"]


# --- CSV --------------------------------------------------------------------------------------------------------------------


def test_table_holds_the_figures_of_the_json(result):
    text = as_csv(result)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == CSV_COLUMNS
    said = as_json(result)["quantities"]
    assert [row["quantity"] for row in rows] == list(said)
    for row in rows:
        figures = said[row["quantity"]]
        assert float(row["mean"]) == figures["mean"]
        assert float(row["p97.5"]) == figures["quantiles"]["97.5"]
        assert float(row["mcse_high"]) == figures["mcse"]["high"]
        assert (row["share_mean"] != "") == ("share" in figures)


def test_table_holds_no_cell_that_a_spreadsheet_takes_for_a_formula(result):
    rows = list(csv.reader(io.StringIO(as_csv(result))))
    texts = [cell for row in rows for cell in row if not is_number(cell)]
    assert not [cell for cell in texts if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    found = {row[0]: row for row in rows}
    assert found["hardware_age"][-2] == "'-30 day"
    assert found["mfu"][-1].startswith("'=HYPERLINK(1)")


def is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


# --- netCDF -----------------------------------------------------------------------------------------------------------------


def test_netcdf_holds_the_draws_in_the_groups_of_arviz(result, scenario, tmp_path):
    save(result, tmp_path / "draws.nc")
    with open_tree(tmp_path / "draws.nc") as tree:
        assert set(tree.children) == {"prior", "prior_predictive"}
        names = [name.replace("/", ":") for name in scenario.plan.names]
        assert sorted([*tree["prior"].data_vars, *tree["prior_predictive"].data_vars]) == sorted(names)
        for name, draws in result.kept.items():
            found = tree["prior" if name in scenario.inputs else "prior_predictive"][name.replace("/", ":")]
            assert found.dims == ("chain", "draw")
            assert found.shape == (1, 5000)
            np.testing.assert_array_equal(found.values[0], draws)
            assert found.attrs["role"] == scenario.role(name)
            assert found.attrs["units"] == scenario.unit(name)
        assert tree.attrs["seed"] == 4
        assert tree.attrs["config_sha256"] == scenario.fingerprint
        assert tree.attrs["money"] == "2024 USD"


def test_netcdf_saved_twice_is_the_same_byte_for_byte(result, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    for name in ("first.nc", "second.nc"):
        save(result, tmp_path / name)
    assert (tmp_path / "first.nc").read_bytes() == (tmp_path / "second.nc").read_bytes()
    with open_tree(tmp_path / "first.nc") as tree:
        assert tree.attrs["created_at"] == "2023-11-14T22:13:20+00:00"


def test_netcdf_of_a_run_that_kept_nothing_is_read_too(no_budget, tmp_path):
    assert not to_tree(no_budget)["prior"].data_vars
    save(no_budget, tmp_path / "draws.nc")
    with open_tree(tmp_path / "draws.nc") as tree:
        assert tree.attrs["creation_library"] == "llmcost"


def test_file_that_is_none_of_ours_is_refused(tmp_path, result):
    import xarray as xr

    (tmp_path / "text.nc").write_text("no netCDF")
    xr.Dataset({"x": ("n", [1.0])}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    with pytest.raises(ValueError, match="is no netCDF file of llmcost"):
        open_tree(tmp_path / "text.nc")
    with pytest.raises(ValueError, match="is no netCDF file of llmcost"):
        open_tree(tmp_path / "missing.nc")
    with pytest.raises(ValueError, match="was not written by llmcost"):
        open_tree(tmp_path / "other.nc")


# --- files ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_saved_file_holds_what_the_functions_give(suffix, result, tmp_path):
    path = tmp_path / f"out{suffix}"
    save(result, path)
    if suffix == ".json":
        assert json.loads(path.read_text()) == as_json(result)
    if suffix == ".csv":
        assert path.read_bytes() == as_csv(result).encode()
        assert path.read_bytes().count(b"\r\n") == len(result.tallies) + 1
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_other_suffix_is_refused(result, tmp_path):
    with pytest.raises(ValueError, match=r"no format '.xlsx'; there are .nc, .csv, .json"):
        save(result, tmp_path / "out.xlsx")
    assert not list(tmp_path.iterdir())


class Terminated(BaseException):
    """As the command line's, which is no Exception."""


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, MemoryError, SystemExit, Terminated])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_old_file_stays_whole_when_writing_fails(error, suffix, tmp_path):
    path = tmp_path / f"out{suffix}"
    path.write_text("old")

    def half(beside):
        assert beside.parent.parent == path.parent  # on the same disk, so that it can be moved in one step
        assert beside.suffix == suffix
        beside.write_text("ne")
        raise error

    with pytest.raises(error):
        files.write_whole(path, half)
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_old_file_stays_whole_when_a_result_cannot_be_written(result, tmp_path, monkeypatch):
    path = tmp_path / "out.json"
    path.write_text("old")
    monkeypatch.setattr(
        "simulator.core.files.os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(OSError, match="No space left"):
        save(result, path)
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_new_file_is_whole_before_it_has_its_name(tmp_path):
    path = tmp_path / "out.txt"

    def write(beside):
        beside.write_text("new")
        assert not path.exists()

    files.write_whole(path, write)
    assert path.read_text() == "new"


def test_new_file_may_be_read_as_any_other(tmp_path):
    files.write_text_whole(tmp_path / "ours.txt", "x")
    (tmp_path / "other.txt").write_text("x")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_text_keeps_its_line_ends_and_letters(tmp_path):
    files.write_text_whole(tmp_path / "x.txt", "a\r\nb\nM\N{LATIN SMALL LETTER U WITH DIAERESIS}\n")
    assert (tmp_path / "x.txt").read_bytes() == b"a\r\nb\nM\xc3\xbc\n"


def test_missing_folder_is_an_error_and_makes_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.write_text_whole(tmp_path / "none" / "x.txt", "x")
    assert not list(tmp_path.iterdir())


# --- a baseline -------------------------------------------------------------------------------------------------------------


def test_changes_against_an_earlier_run(result, tmp_path):
    path = tmp_path / "ours.yaml"
    path.write_text(SCENARIO.replace("0.9 to 0.95", "0.8 to 0.85"))
    old, new = as_json(result), as_json(simulate(read(str(path)), 6000, seed=4))
    moved = changes(json.loads(json_text(old)), new)
    assert moved["inputs_changed"] == ["goodput"]
    assert moved["run_differs_in"] == ["draws"]
    assert set(moved["quantities"]) == {TOTAL, *result.scenario.lines}
    for name, figures in moved["quantities"].items():
        for key, value in (("median", "median"), ("low", "low"), ("high", "high")):
            was, now = old["quantities"][name][value], new["quantities"][name][value]
            assert figures[key] == {"old": was, "new": now, "change": now - was}
        assert figures["p80"]["old"] == old["quantities"][name]["quantiles"]["80"]
    assert moved["quantities"]["chip_cost"]["median"]["change"] > 0
    errors = (each["quantities"][TOTAL]["mcse"]["median"] for each in (old, new))
    assert moved["median_change_mcse"] == pytest.approx(math.hypot(*errors))


def test_no_changes_against_itself(result):
    said = as_json(result)
    moved = changes(said, said)
    assert moved["inputs_changed"] == moved["run_differs_in"] == []
    assert all(figure["change"] == 0 for figures in moved["quantities"].values() for figure in figures.values())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda old: [],
        lambda old: None,
        lambda old: "total_cost",
        lambda old: {},
        lambda old: old | {"schema": 2},
        lambda old: {key: value for key, value in old.items() if key != "money"},
        lambda old: old | {"quantities": {}},
        lambda old: old | {"quantities": None},
        lambda old: old | {"quantities": [TOTAL]},
        lambda old: old | {"quantities": "total_cost"},
        lambda old: old | {"quantities": old["quantities"] | {TOTAL: 5}},
        lambda old: old | {"quantities": old["quantities"] | {TOTAL: {"median": "a"}}},
        lambda old: old | {"quantities": old["quantities"] | {TOTAL: old["quantities"][TOTAL] | {"low": "1"}}},
        lambda old: old | {"quantities": old["quantities"] | {TOTAL: old["quantities"][TOTAL] | {"low": math.nan}}},
        lambda old: old | {"quantities": old["quantities"] | {"mfu": 5}},
    ],
)
def test_baseline_that_cannot_be_read_is_refused(spoil, result):
    said = as_json(result)
    with pytest.raises(ValueError, match="is no result of `llmcost run --format json` that this version can read"):
        changes(spoil(said), said)


def test_baseline_in_other_money_is_refused(result):
    said = as_json(result)
    with pytest.raises(ValueError, match="is in 1999 USD, and this run in 2024 USD; they cannot be compared"):
        changes(said | {"money": "1999 USD"}, said)
