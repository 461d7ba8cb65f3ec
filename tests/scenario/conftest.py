"""Fixtures for tests of reading scenarios."""

import pytest

from simulator.scenario import read


@pytest.fixture
def made(tmp_path):
    """Read a scenario from text."""

    def read_text(text, **options):
        path = tmp_path / "scenario.yaml"
        path.write_text(text, encoding="utf-8")
        return read(str(path), **options)

    return read_text
