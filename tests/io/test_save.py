"""A result in a file is whole, and holds what the functions give."""

import json

import pytest

from simulator.io.run_summary import summarize_run
from simulator.io.save import SUFFIXES, save


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_saved_file_holds_what_the_functions_give(suffix, result, tmp_path):
    path = tmp_path / f"out{suffix}"
    save(result, path)
    if suffix == ".json":
        assert json.loads(path.read_text()) == summarize_run(result).to_dict()
    if suffix == ".csv":
        assert path.read_bytes() == summarize_run(result).to_csv().encode()
        assert path.read_bytes().count(b"\r\n") == len(result.accumulators) + 1
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_other_suffix_is_refused(result, tmp_path):
    with pytest.raises(ValueError, match=r"no format '.xlsx'; there are .nc, .csv, .json"):
        save(result, tmp_path / "out.xlsx")
    assert not list(tmp_path.iterdir())


def test_old_file_stays_whole_when_a_result_cannot_be_written(result, tmp_path, monkeypatch):
    path = tmp_path / "out.json"
    path.write_text("old")
    monkeypatch.setattr(
        "simulator.core.files.os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(OSError, match="No space left"):
        save(result, path)
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
