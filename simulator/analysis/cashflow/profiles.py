"""When an amount falls, draw by draw: shares of it that fall evenly, or at a growing rate, between two times.

Times are in months from the start of the schedule.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulator.analysis.statistics import Array

_LEAST_GROWTH = 1e-12
"""Growth over a segment below which it is even."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A share of an amount that falls between two times, in each draw.

    Attributes
    ----------
    start, end : array
        Months from the start; where they are equal, the share falls at that time.
    share : array or float
        Share of the amount; negative for a part that comes back.
    growth : array or None
        Growth of the logarithm of the rate from start to end; None for an even rate.

    """

    start: Array
    end: Array
    share: Array | float = 1.0
    growth: Array | None = None


_ROUNDING = 1e-14
"""Share below which it is only the rounding of floating point."""

_INSTANT = 1e-9
"""Months after which an amount that falls at one time is over: at the end of a month, it is in the next."""

Profile = tuple[Segment, ...]
"""Segments whose shares add up to one."""


def at(time: Array) -> Profile:
    """Return the profile of an amount that falls at one time."""
    return (Segment(time, time),)


def evenly(start: Array, end: Array) -> Profile:
    """Return the profile of an amount that falls evenly between two times."""
    return (Segment(start, np.maximum(start, end)),)


def weighted(spans: Sequence[tuple[Array, Array]], weights: Sequence[Array]) -> Profile:
    """Return a profile over several spans, in proportion to weights; where all are zero, at the first start."""
    total = np.sum(weights, axis=0)
    first = np.min([start for start, _ in spans], axis=0)
    is_empty = total <= 0
    with np.errstate(invalid="ignore", divide="ignore"):
        segments = [
            Segment(start, np.maximum(start, end), np.where(is_empty, 0.0, weight / total))
            for (start, end), weight in zip(spans, weights, strict=True)
        ]
    return (*segments, Segment(first, first, is_empty.astype(np.float64))) if is_empty.any() else tuple(segments)


def scaled(profile: Profile, factor: Array | float) -> Profile:
    """Return a profile times a factor."""
    return tuple(replace(each, share=each.share * factor) for each in profile)


def shifted(profile: Profile, months: Array | float) -> Profile:
    """Return a profile at later times."""
    return (
        tuple(replace(each, start=each.start + months, end=each.end + months) for each in profile)
        if np.any(months)
        else profile
    )


def beginning(profile: Profile) -> Array:
    """Return the first time at which a profile has a share."""
    first: Array = np.min([np.where(each.share != 0, each.start, np.inf) for each in profile], axis=0)
    return first


def ending(profile: Profile) -> Array:
    """Return the last time at which a profile has a share; what falls at one time is over just after it."""
    ends = (np.where(each.end > each.start, each.end, each.end + _INSTANT) for each in profile)
    last: Array = np.max([np.where(each.share != 0, end, -np.inf) for each, end in zip(profile, ends, strict=True)], axis=0)
    return last


def monthly_shares(profile: Profile, months: int, offset: float = 0.0) -> Array:
    """Return the share in each month, (draws, months); what is earlier or later is in the first or the last month.

    Month k is from k to k + 1; `offset` is the part of month 0 that is over when the schedule begins.
    """
    edges = np.arange(1, months, dtype=np.float64) - offset
    shares = np.zeros((len(profile[0].start), months))
    for segment in profile:
        falling = _part_before(segment, edges)
        share = np.broadcast_to(segment.share, falling.shape[:1])[:, None]
        shares[:, :-1] += share * falling
        shares[:, 1:] -= share * falling
        shares[:, -1] += share[:, 0]
    shares[np.abs(shares) < _ROUNDING] = 0.0
    return shares


def _part_before(segment: Segment, edges: Array) -> Array:
    """Return the part of a segment that falls before each edge, (draws, edges)."""
    length = (segment.end - segment.start)[:, None]
    since = edges[None, :] - segment.start[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.clip(since / length, 0.0, 1.0)
        if segment.growth is not None:
            growth = segment.growth[:, None]
            is_even = np.abs(growth) < _LEAST_GROWTH
            part = np.where(is_even, part, np.expm1(growth * part) / np.expm1(np.where(is_even, 1.0, growth)))
    return np.where(length > 0, part, since > 0)
