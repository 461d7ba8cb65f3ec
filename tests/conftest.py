"""What every test may rely on."""

import os

# Before numpy is imported, as `llmcost` itself does: small matrices are quicker so, and last digits the same everywhere.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest


@pytest.fixture(autouse=True)
def _width(monkeypatch):
    """Tables are as wide as the README's, whatever terminal or runner the tests have."""
    monkeypatch.setenv("COLUMNS", "110")
