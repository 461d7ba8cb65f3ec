"""The change of the total from the unmodified scenario, draw by draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.analysis.statistics import Array, Estimate, mean
from simulator.engine.tails import explain_heavy_tail, tail_index, tail_index_lower_bound


@dataclass(frozen=True, slots=True)
class RankedChange:
    """A change of the total, USD.

    Attributes
    ----------
    mean : float or None
        Change of the mean; None where the changes are ranked by the median.
    mcse : float or None
        Monte Carlo standard error of that of the mean.
    median : float
        Median after the change less median before; not the median of the differences draw by draw.
    value : float
        The change by which all are ranked: that of the mean or of the median.
    share : float or None
        `value` as a share of that statistic before the change; None where it is zero.

    """

    mean: float | None
    mcse: float | None
    median: float
    value: float
    share: float | None


class PairedChange(NamedTuple):
    """The change of mean and median, and each as a share of the value before; the mean is None where a tail is too heavy."""

    mean: Estimate | None
    median: float
    share_of_mean: float | None
    share_of_median: float | None


def paired_change(change: Array, before: Array, *, heavy: bool) -> PairedChange:
    """Return the change of the mean and of the median, each also as a share of the value before.

    The change of the mean is None where the tail of the total is `heavy`, or that of the change itself is significantly so.
    """
    index = tail_index_lower_bound(tail_index(change), len(change))
    mean_change = None if heavy or explain_heavy_tail(index) else mean(change)
    median = float(np.median(before + change) - np.median(before))
    return PairedChange(
        mean_change,
        median,
        None if mean_change is None else _share(mean_change.value, float(before.mean())),
        _share(median, float(np.median(before))),
    )


def _share(change: float, before: float) -> float | None:
    return change / before if before else None


def in_one_statistic(changes: Sequence[PairedChange], *, heavy: bool) -> tuple[str, list[RankedChange]]:
    """Return `mean` or `median` and the changes by it: of the mean, or of the median for all where any has no mean."""
    if heavy or any(change.mean is None for change in changes):
        return "median", [RankedChange(None, None, each.median, each.median, each.share_of_median) for each in changes]
    return "mean", [
        RankedChange(each.mean.value, each.mean.error, each.median, each.mean.value, each.share_of_mean)
        for each in changes
        if each.mean is not None
    ]
