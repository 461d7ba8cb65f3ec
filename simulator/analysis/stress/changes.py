"""The change of the total against the scenario as it is, draw by draw."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from simulator.analysis.statistics import Array, mean
from simulator.engine.tails import surely_at_least, tail_index, too_heavy


def change_figures(change: Array, before: Array, *, heavy: bool) -> dict[str, Any]:
    """Return the change of the mean and of the median, each with its share of the figure before.

    There is no change of the mean where the tail of the total is `heavy`, or that of the change itself without doubt.
    """
    index = surely_at_least(tail_index(change), len(change))
    moved = None if heavy or too_heavy(index) else mean(change)
    median = float(np.median(before + change) - np.median(before))
    return {
        "mean": None if moved is None else moved.value,
        "mcse": None if moved is None else moved.error,
        "median": median,
        "shares": {
            "mean": None if moved is None else _share(moved.value, before.mean()),
            "median": _share(median, np.median(before)),
        },
    }


def _share(change: float, before: Any) -> float | None:
    return change / float(before) if before else None


def rank_by_one(changes: Sequence[dict[str, Any]], *, heavy: bool) -> str:
    """Give each change its `value` and `share`: of the mean, or for all of them of the median where one has no mean."""
    by = "median" if heavy or any(change["mean"] is None for change in changes) else "mean"
    for change in changes:
        shares = change.pop("shares")
        if by == "median":
            change |= {"mean": None, "mcse": None}
        change |= {"value": change[by], "share": shares[by]}
    return by
