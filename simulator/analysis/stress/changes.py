"""The change of the total from the unmodified scenario, draw by draw."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from simulator.analysis.statistics import Array, mean
from simulator.engine.tails import explain_heavy_tail, tail_index, tail_index_lower_bound


def change_statistics(change: Array, before: Array, *, heavy: bool) -> dict[str, Any]:
    """Return the change of the mean and of the median, each also as a share of the value before.

    The change of the mean is None where the tail of the total is `heavy`, or that of the change itself is significantly so.
    """
    index = tail_index_lower_bound(tail_index(change), len(change))
    mean_change = None if heavy or explain_heavy_tail(index) else mean(change)
    median = float(np.median(before + change) - np.median(before))
    return {
        "mean": None if mean_change is None else mean_change.value,
        "mcse": None if mean_change is None else mean_change.error,
        "median": median,
        "shares": {
            "mean": None if mean_change is None else _share(mean_change.value, before.mean()),
            "median": _share(median, np.median(before)),
        },
    }


def _share(change: float, before: Any) -> float | None:
    return change / float(before) if before else None


def rank_by_one(changes: Sequence[dict[str, Any]], *, heavy: bool) -> str:
    """Add `value` and `share` to each change: those of the mean, or of the median for all where any has no mean."""
    by = "median" if heavy or any(change["mean"] is None for change in changes) else "mean"
    for change in changes:
        shares = change.pop("shares")
        if by == "median":
            change |= {"mean": None, "mcse": None}
        change |= {"value": change[by], "share": shares[by]}
    return by
