"""The patient rule induction method (PRIM): a box in a few inputs in which the draws of a mask are dense, in words."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.analysis.statistics import Array, Estimate, probability
from simulator.analysis.stress.kolmogorov_smirnov import critical_distance, ks_distance
from simulator.analysis.stress.retained_draws import Mask
from simulator.core.formatting import event_clause, format_percent, format_quantity, to_words
from simulator.core.results import values_of

MAX_INPUTS = 3
"""Maximum number of inputs of a box, so that it can be described in one sentence."""

_PEEL_SHARE = 0.05  # share of a box removed in each step (Friedman and Fisher 1999)
_MAX_CANDIDATES = 8  # inputs with the largest distance that a box may use
_MIN_MATCHES = 20
_MIN_GAIN = 0.01  # minimum relative increase of the correlation for a bound to be retained


@dataclass(frozen=True, slots=True)
class Bound:
    """One side of a box.

    Attributes
    ----------
    name : str
        The input.
    above : bool
        Whether the box is at or above the value, or at or below it.
    value : float
        In the canonical unit of the input.
    share : float
        Share of all draws on that side.

    """

    name: str
    above: bool
    value: float
    share: float


@dataclass(frozen=True, slots=True)
class BoxShares:
    """Shares of draws in a box.

    Attributes
    ----------
    density : Estimate
        Share of matches among the draws in the box.
    coverage : Estimate
        Share of the matches that lie in the box.
    mass : Estimate
        Share of all draws that lie in the box.

    """

    density: Estimate
    coverage: Estimate
    mass: Estimate


@dataclass(frozen=True, slots=True)
class Box(BoxShares):
    """A box in a few inputs in which matches are dense; its shares are unbiased, from draws not used to find it.

    Attributes
    ----------
    bounds : tuple of Bound
    in_sample : BoxShares
        Shares of the draws on which the box was found, which are too high.
    all_draws : float
        Share of matches among all draws.

    """

    bounds: tuple[Bound, ...]
    in_sample: BoxShares
    all_draws: float


def find_box(inputs: Mapping[str, Array], mask: Mask, max_inputs: int = MAX_INPUTS) -> Box | None:
    """Find a box in at most `max_inputs` inputs in which the draws of a mask are dense, or None where no input is related.

    The patient rule induction method of Friedman and Fisher (Bump hunting in high-dimensional data, Statistics and Computing 9,
    1999): starting from the even-numbered half of the draws, each step removes 5 % at the end of an input that leaves the
    highest share of matches. The box with the highest correlation between being inside and being a match is selected, and
    bounds that add little to it are removed. Pasting is omitted. The reported shares are those of the other half of the draws,
    which had no part in the search. Only the order of values matters, so the box is invariant to monotone transformations.
    """
    search, check = slice(0, None, 2), slice(1, None, 2)
    if not mask[search].any() or not mask[check].any():
        return None
    distances = {name: ks_distance(values[search], mask[search])[0] for name, values in inputs.items()}
    significant = [name for name, distance in distances.items() if distance > critical_distance(mask[search])]
    candidates = sorted(significant, key=lambda name: -distances[name])[:_MAX_CANDIDATES]
    bounds = _peel({name: inputs[name][search] for name in candidates}, mask[search], max_inputs)
    if not bounds:
        return None
    inside = _inside(bounds, inputs)
    if not inside[check].any():
        return None

    sides = tuple(
        Bound(name, above, value, float(np.mean(_holds(inputs[name], above, value)))) for (name, above), value in bounds.items()
    )
    return Box(
        **values_of(_shares(inside[check], mask[check])),
        bounds=sides,
        in_sample=_shares(inside[search], mask[search]),
        all_draws=float(np.mean(mask)),
    )


def _shares(inside: Mask, matches: Mask) -> BoxShares:
    return BoxShares(probability(matches[inside]), probability(inside[matches]), probability(inside))


_Bounds = dict[tuple[str, bool], float]


def _holds(values: Array, above: bool, value: float) -> Mask:
    return values >= value if above else values <= value


def _inside(bounds: _Bounds, inputs: Mapping[str, Array]) -> Mask:
    """Return the mask of draws in which all bounds hold."""
    sides = [_holds(inputs[name], above, value) for (name, above), value in bounds.items()]
    return np.asarray(np.logical_and.reduce(sides))


def _peel(inputs: Mapping[str, Array], mask: Mask, max_inputs: int) -> _Bounds:
    """Peel, select the best of the boxes, and remove the bounds that it does not need."""
    rows = np.arange(len(mask))
    bounds: _Bounds = {}
    boxes: list[tuple[float, _Bounds]] = []
    while True:
        bounded = {name for name, _ in bounds}
        names = inputs if len(bounded) < max_inputs else [name for name in inputs if name in bounded]
        step = _best_step({name: inputs[name][rows] for name in names}, mask[rows])
        if step is None:
            break
        rows = rows[step.remains]
        if np.count_nonzero(mask[rows]) < _MIN_MATCHES:
            break
        bounds = {**bounds, (step.name, step.above): step.value}
        boxes.append((_correlation(bounds, inputs, mask), bounds))
    if not boxes:
        return {}
    return _prune(max(boxes, key=lambda box: box[0])[1], inputs, mask)


class _Step(NamedTuple):
    """Removal of one end of an input: the new bound, and the draws that remain."""

    name: str
    above: bool
    value: float
    remains: Mask


def _best_step(inputs: Mapping[str, Array], matches: Mask) -> _Step | None:
    """Return the step that raises the share of matches most per draw that it removes, or None where none does."""
    share, best_gain, best = float(matches.mean()), 0.0, None
    for name, values in inputs.items():
        for above in (True, False):
            end = _remove_end(values, above)
            if end is None:
                continue
            value, remains = end
            # Gain per removed draw, so that steps of different sizes are comparable; the more surprising input wins a tie.
            gain = (float(matches[remains].mean()) - share) / (len(matches) - int(np.count_nonzero(remains)))
            if gain > best_gain:
                best_gain, best = gain, _Step(name, above, value, remains)
    return best


def _remove_end(values: Array, above: bool) -> tuple[float, Mask] | None:
    """Remove the outermost 5 % at one end, equal values together; None where nothing or everything would be removed."""
    signed = values if above else -values
    count = max(1, int(_PEEL_SHARE * len(values)))
    if count >= len(values):
        return None
    edge = np.partition(signed, count)[count]
    remains = signed >= edge
    if remains.all():  # more than 5 % are equal to the extreme value, so all of them are removed
        remains = signed > edge
        if not remains.any():
            return None
        edge = signed[remains].min()
    return float(edge if above else -edge), remains


def _correlation(bounds: _Bounds, inputs: Mapping[str, Array], mask: Mask) -> float:
    """Return the correlation between lying in a box and being a match."""
    within = _inside(bounds, inputs)
    inside, matches, total = float(np.count_nonzero(within)), float(np.count_nonzero(mask)), float(len(mask))
    variance_product = inside * (total - inside) * matches * (total - matches)
    if not variance_product > 0:
        return 0.0
    return (np.count_nonzero(within & mask) * total - inside * matches) / math.sqrt(variance_product)


def _prune(bounds: _Bounds, inputs: Mapping[str, Array], mask: Mask) -> _Bounds:
    """Remove bounds one by one while the correlation remains nearly the same."""
    threshold = (1 - _MIN_GAIN) * _correlation(bounds, inputs, mask)
    while len(bounds) > 1:
        subsets = [{key: value for key, value in bounds.items() if key != removed} for removed in bounds]
        best = max(subsets, key=lambda subset: _correlation(subset, inputs, mask))
        if _correlation(best, inputs, mask) < threshold:
            break
        bounds = best
    return bounds


def describe_box(box: Box, units: Mapping[str, str], condition: str, events: Collection[str] = ()) -> str:
    """Describe a box in words, with its coverage and its density; the condition is a clause: `total cost is above $200M`.

    `events` are the inputs that are 1 where an event occurs and 0 otherwise.
    """
    parts = []
    for name in dict.fromkeys(bound.name for bound in box.bounds):
        sides = {bound.above: bound for bound in box.bounds if bound.name == name}
        word, unit = to_words(name), units[name]
        if name in events:
            (bound,) = sides.values()
            parts.append(f"{event_clause(name, occurs=bound.above)} (true of {format_percent(bound.share)} of all)")
        elif len(sides) == 2:
            share = sides[True].share + sides[False].share - 1
            span = f"{format_quantity(sides[True].value, unit)} and {format_quantity(sides[False].value, unit)}"
            parts.append(f"{word} is between {span} (true of {format_percent(share)} of all)")
        else:
            (bound,) = sides.values()
            side = "above" if bound.above else "below"
            parts.append(
                f"{word} is {side} {format_quantity(bound.value, unit)} (true of {format_percent(bound.share)} of all)"
            )
    ranges = " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
    coverage, density = format_percent(box.coverage.value), format_percent(box.density.value)
    both = "both hold" if len(parts) == 2 else "all of these hold" if len(parts) > 2 else "this holds"
    return (
        f"in {coverage} of the outcomes in which {condition}, {ranges}; where {both}, {condition} in {density} of the "
        f"outcomes, against {format_percent(box.all_draws)} of all"
    )
