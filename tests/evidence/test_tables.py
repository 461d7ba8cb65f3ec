"""The evidence: every row is read, says where it is from, and agrees with the tables it was taken from."""

import csv
import math
from datetime import datetime

import paths
import pytest

from simulator.core.errors import InvalidInputError
from simulator.evidence.published_runs import published_runs, vendor_benchmarks
from simulator.evidence.table_rows import table_path
from simulator.evidence.tables import frontier_models, measured_powers, rental_prices
from simulator.scenario import library

SHARED, SECOND = paths.SHARED / "published-runs.csv", paths.SHARED / "published-runs-2.csv"


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.skipif(not SHARED.exists(), reason="the shared table of runs is not here")
def test_runs_agree_with_the_shared_table_cell_by_cell():
    theirs = {row["case"]: row for row in (*rows(SHARED), *rows(SECOND))}
    compared = 0
    for ours in rows(table_path("runs", None)):
        other = theirs[ours["case"]]
        for column in set(ours) & set(other):
            if column == "stage" and ours[column] == "distilled":
                continue  # a class of its own here
            if ours[column] and other[column]:
                assert ours[column] == other[column], (ours["case"], column)
                compared += 1
            if column not in ("source", "stage", "confidence"):
                assert not (ours[column] and not other[column]), (ours["case"], column)
    assert compared > 1500


@pytest.mark.skipif(not SHARED.exists(), reason="the shared table of runs is not here")
def test_the_main_test_set_is_that_of_the_shared_table():
    vague = ("upper_bound", "third_party_estimate")
    theirs = {
        row["case"] for row in (*rows(SHARED), *rows(SECOND))
        if row["stage"] == "pretrain" and row["params_active"] and row["tokens"] and row["gpu_hours"]
        and row["gpu_hours_basis"] not in vague and row["flop_basis"] != "third_party_estimate"
    }  # fmt: skip
    assert {run.case for run in published_runs().runs if run.tests_hours} == theirs - {"llama-3.2-1b"}
    assert len(theirs) == 61


@pytest.mark.parametrize("name", ["runs", "benchmarks", "power", "rental-prices"])
def test_every_row_of_the_library_is_read_and_has_a_source(name):
    readers = {"runs": lambda: published_runs().runs, "benchmarks": vendor_benchmarks, "power": measured_powers}
    read = {**readers, "rental-prices": rental_prices}[name]()
    whole = rows(table_path(name, None))
    assert len(read) == len(whole)
    assert all(row["source"].strip() for row in whole)


def test_every_chip_of_the_library_is_known():
    for row in (*measured_powers(), *rental_prices()):
        assert row.chip in library.chips()
        assert library.generation(row.chip) != "new"
    assert all(run.chip in library.chips() for run in published_runs().runs if run.tests_hours)


def test_what_a_run_says_it_tests_it_has_the_figures_for():
    by_case = {run.case: run for run in published_runs().runs}
    for row in rows(table_path("runs", None)):
        words, run = row["tests"].split(), by_case[row["case"]]
        assert ("hours" in words) <= bool(run.chip_hours)
        assert ("energy" in words) <= bool(run.energy)
        assert run.tests_energy <= ("energy" in words)


@pytest.mark.parametrize(
    ("text", "year"),
    [("2024", 2024.5), ("2024-01", 2024 + 0.5 / 12), ("2024-07-01", 2024 + 182 / 366), ("2023-12-31", 2023 + 364 / 365)],
)
def test_a_date_stands_for_its_middle(tmp_path, text, year):
    (tmp_path / "runs.csv").write_text(f"case,date,chip\na,{text},H100\n")
    assert published_runs(tmp_path / "runs.csv").runs[0].date == pytest.approx(year)


def test_a_short_table_is_enough_and_says_what_it_took(tmp_path):
    (tmp_path / "runs.csv").write_text(
        "run,date,gpu,operator,params_total,tokens,gpu_hours,mfu\na,2026-05,H100,Acme,8e9,1e12,5e4,0.4\n"
    )
    (run,) = published_runs(tmp_path / "runs.csv").runs
    assert (run.chip, run.org, run.family, run.stage) == ("nvidia-h100-sxm", "Acme", "Acme 2026-05", "pretrain")
    assert (run.active_parameters, run.chip_hours, run.mfu, run.cost) == (8e9, 5e4, 0.4, None)
    assert run.tests_hours
    assert run.tests_mfu
    assert not run.is_mixture_of_experts
    assert not run.tests_energy


@pytest.mark.parametrize(
    ("basis", "tests"),
    [
        ("measured_power_x_hours_incl_pue", True), ("measured_system_power_x_hours_incl_pue", True), ("tdp_x_hours", False),
        ("measured_gpu_power", False), ("reported_approx", False), ("", False),
    ],
)  # fmt: skip
def test_energy_is_evidence_where_the_system_was_metered(tmp_path, basis, tests):
    head = "case,date,chip,gpu_hours,energy_mwh_reported,energy_basis\n"
    (tmp_path / "runs.csv").write_text(f"{head}a,2024,H100,5e4,40,{basis}\n")
    assert published_runs(tmp_path / "runs.csv").runs[0].tests_energy is tests


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (measured_powers, "case,date,chip\na,2024,H100\n", "system_watts_per_chip: there is no such column"),
        (measured_powers, "case,date,chip,system_watts_per_chip\na,2024,H100,\n", "must be a number above zero"),
        (measured_powers, "case,date,chip,system_watts_per_chip\na,2024,H100,-3\n", "must be a number above zero"),
        (rental_prices, "date,chip,channel,seller,price_usd\n2024,H100,spot,large,2\n", "spot is not one of on-demand"),
        (rental_prices, "date,chip,channel,seller,price_usd\n2024,H100,one-year,mine,2\n", "mine is not one of large"),
        (rental_prices, "date,chip,channel,seller,price_usd\n2039,H100,one-year,large,2\n", "lies in the future"),
    ],
)
def test_a_bad_table_is_refused(tmp_path, read, text, message):
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(InvalidInputError) as error:
        read(tmp_path / "bad.csv")
    assert message in str(error.value).replace("'", "")


def test_powers_are_below_what_the_server_is_rated_for():
    from simulator.evidence.calibration import power

    for each in power.observations(measured_powers()):
        assert math.log(0.2) < each.value < math.log(1.1)


def test_a_clock_that_was_set_back_does_not_make_the_library_a_thing_to_come(monkeypatch):
    class Earlier(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2019, 5, 1, tzinfo=tz)

    monkeypatch.setattr("simulator.records.cells.datetime", Earlier)
    for read in (frontier_models, published_runs, measured_powers, rental_prices):
        assert read()
