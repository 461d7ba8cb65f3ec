"""The change of the total from the unmodified scenario, draw by draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.analysis.statistics import Array, Estimate, mean, quantile
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
        Median of the differences draw by draw; not the difference of the medians.
    median_mcse : float
        Its Monte Carlo standard error.
    value : float
        The change by which all are ranked: that of the mean, or the median change.
    share : float or None
        `value` as a share of the mean or median before the change; None where that is zero.

    """

    mean: float | None
    mcse: float | None
    median: float
    median_mcse: float
    value: float
    share: float | None


class PairedChange(NamedTuple):
    """Mean and median change, and each as a share of mean and median before.

    The mean is None where a tail is too heavy; `why_no_mean` says so where it is that of the change.
    """

    mean: Estimate | None
    median: Estimate
    share_of_mean: float | None
    share_of_median: float | None
    why_no_mean: str = ""


def paired_change(change: Array, before: Array, *, heavy: bool) -> PairedChange:
    """Return mean and median of a change draw by draw, each also as a share of the statistic before.

    The mean change is None where the tail of the total is `heavy`, or that of the change itself is significantly so.
    """
    why_no_mean = explain_heavy_tail(tail_index_lower_bound(tail_index(change), len(change)))
    mean_change = None if heavy or why_no_mean else mean(change)
    median = quantile(change, 0.5)
    return PairedChange(
        mean_change,
        median,
        None if mean_change is None else _share(mean_change.value, float(before.mean())),
        _share(median.value, float(np.median(before))),
        why_no_mean,
    )


def explain_ranking(why_no_mean_of_total: str, changes: Mapping[str, PairedChange]) -> str:
    """Return why changes are ranked by the median and have no mean, or an empty text if they have one."""
    if why_no_mean_of_total:
        return f"total cost: {why_no_mean_of_total}"
    return "; ".join(f"{name}: {change.why_no_mean}" for name, change in changes.items() if change.why_no_mean)


def _share(change: float, before: float) -> float | None:
    return change / before if before else None


def in_one_statistic(changes: Sequence[PairedChange], *, heavy: bool) -> tuple[str, list[RankedChange]]:
    """Return `mean` or `median` and the changes by it: the mean change, or the median change for all where any has no mean."""
    if heavy or any(change.mean is None for change in changes):
        return "median", [RankedChange(None, None, *each.median, each.median.value, each.share_of_median) for each in changes]
    return "mean", [
        RankedChange(*each.mean, *each.median, each.mean.value, each.share_of_mean) for each in changes if each.mean is not None
    ]
