"""Logs that releases of codecarbon write, each from the index of packages; without one the tests are skipped."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from records.test_energy_logs import COLUMNS, RUN, power

from simulator.records import codecarbon

WRITER = Path(__file__).with_name("codecarbon_writer.py")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return a function that returns the wheel of a release."""
    folder = tmp_path_factory.mktemp("wheels")

    def wheel(release):
        words = (
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary=:all:",
            "--dest",
            str(folder),
        )
        done = subprocess.run(
            [sys.executable, "-m", "pip", *words, f"codecarbon=={release}"], capture_output=True, text=True, timeout=120
        )
        if done.returncode:
            pytest.skip(f"codecarbon {release} cannot be had from an index of packages: no file of its own was read")
        return next(folder.glob(f"codecarbon-{release}-*.whl"))

    return wheel


@pytest.mark.parametrize("release", COLUMNS)
def test_a_file_that_the_release_writes_is_read(release, wheel, tmp_path):
    path = tmp_path / "emissions.csv"
    runs = [RUN | {"codecarbon_version": release, "run_id": run, "timestamp": day} for run, day in (
        ("a", "2026-09-04T20:00:00"), ("b", "2026-09-06T20:00:00"),
    )]  # fmt: skip
    subprocess.run(
        [sys.executable, str(WRITER), str(wheel(release)), str(path)],
        input=json.dumps(runs),
        text=True,
        check=True,
        timeout=120,
    )
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    assert (sorted(header.split(",")), len(rows)) == (sorted(COLUMNS[release].split(",")), 2)
    found = power(codecarbon.read(path))
    if release.startswith("1."):  # it writes no GPUs
        assert found is None
    else:  # 56 kWh in ten hours of eight GPUs
        assert found.distribution["quantiles"]["p50"] == pytest.approx(0.7)
