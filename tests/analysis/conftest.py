"""What tests of analyses share."""

import numpy as np
import pytest


@pytest.fixture
def rng():
    """Random numbers of one seed."""
    return np.random.default_rng(20261121)
