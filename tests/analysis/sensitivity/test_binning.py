"""Draws in bins by the rank of an input."""

import numpy as np

from simulator.analysis.sensitivity.binning import Bins


def test_bins_hold_equal_values_together_and_every_draw_once():
    x = np.repeat([1.0, 2.0, 3.0, 4.0], [7000, 10, 2000, 990])
    bins = Bins(x)
    assert bins.sizes.sum() == 10_000
    assert all(len(set(bins.code[x == value])) == 1 for value in (1.0, 2.0, 3.0, 4.0))
