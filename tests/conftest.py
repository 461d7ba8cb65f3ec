"""What every test may rely on."""

import pytest


@pytest.fixture(autouse=True)
def _width(monkeypatch):
    """Tables are as wide as the README's, whatever terminal or runner the tests have."""
    monkeypatch.setenv("COLUMNS", "110")
