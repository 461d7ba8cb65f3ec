"""Draws as netCDF: groups of ArviZ, all sources, the same byte for byte, and files that are refused."""

import numpy as np
import pytest

from simulator.io.netcdf import open_tree, to_tree
from simulator.io.save import save


def test_sources_of_every_prior_reach_the_netcdf(result, tmp_path, priors):
    save(result, tmp_path / "draws.nc")
    with open_tree(tmp_path / "draws.nc") as tree:
        for name, prior in priors.items():
            attributes = tree["prior"][name.replace("/", ":")].attrs
            assert attributes["specification"] == prior.specification
            assert (attributes["date"], attributes["grade"]) == (prior.date, prior.grade)
            assert attributes["units"] == prior.unit.text
            for source in prior.sources:
                assert str(source) in attributes["references"]
            assert (attributes["references"] == "assumption") == (not prior.sources)


def test_netcdf_holds_the_draws_in_the_groups_of_arviz(result, scenario, tmp_path):
    save(result, tmp_path / "draws.nc")
    with open_tree(tmp_path / "draws.nc") as tree:
        assert set(tree.children) == {"prior", "prior_predictive"}
        names = [name.replace("/", ":") for name in scenario.plan.names]
        assert sorted([*tree["prior"].data_vars, *tree["prior_predictive"].data_vars]) == sorted(names)
        for name, draws in result.retained_draws.items():
            variable = tree["prior" if name in scenario.inputs else "prior_predictive"][name.replace("/", ":")]
            assert variable.dims == ("chain", "draw")
            assert variable.shape == (1, 5000)
            np.testing.assert_array_equal(variable.values[0], draws)
            assert variable.attrs["role"] == scenario.role(name)
            assert variable.attrs["units"] == scenario.unit(name)
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
    with pytest.raises(ValueError, match=r"missing\.nc: there is no such file$"):
        open_tree(tmp_path / "missing.nc")
    with pytest.raises(ValueError, match=r"is no file$"):
        open_tree(tmp_path)
    with pytest.raises(ValueError, match="was not written by llmcost"):
        open_tree(tmp_path / "other.nc")
