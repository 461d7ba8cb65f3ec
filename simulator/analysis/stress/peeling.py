"""The patient rule induction method (PRIM): a box in a few inputs in which the draws of a mask are dense, in words."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from simulator.analysis.statistics import Array, probability
from simulator.analysis.stress.kolmogorov_smirnov import critical_distance, ks_distance
from simulator.analysis.stress.retained_draws import Mask
from simulator.core.formatting import format_percent, format_quantity, to_words

MAX_INPUTS = 3
"""Maximum number of inputs of a box, so that it can be described in one sentence."""

_PEEL_SHARE = 0.05  # share of a box removed in each step (Friedman and Fisher 1999)
_MAX_CANDIDATES = 8  # inputs with the largest distance that a box may use
_MIN_MATCHES = 20
_MIN_GAIN = 0.01  # minimum relative increase of the correlation for a bound to be retained


class Bound(NamedTuple):
    """One side of a box: the input is at or above (below) a value, as in a `share` of all draws."""

    name: str
    above: bool
    value: float
    share: float


def find_box(inputs: Mapping[str, Array], mask: Mask, max_inputs: int = MAX_INPUTS) -> dict[str, Any] | None:
    """Find a box in at most `max_inputs` inputs in which the draws of a mask are dense, or None where no input is related.

    The patient rule induction method of Friedman and Fisher (Bump hunting in high-dimensional data, Statistics and Computing 9,
    1999): starting from the even-numbered half of the draws, each step removes 5 % at the end of an input that leaves the
    highest share of matches. The box with the highest correlation between being inside and being a match is selected, and
    bounds that add little to it are removed. Pasting is omitted. The reported shares are those of the other half of the draws,
    which had no part in the search.

    `density` is the share of matches in the box, `coverage` the share of the matches that lie there, `mass` the share of all
    draws that do. Only the order of values matters, so the box is invariant to monotone transformations.
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

    def shares(half: slice) -> dict[str, dict[str, float]]:
        within, matches = inside[half], mask[half]
        parts = {"density": matches[within], "coverage": within[matches], "mass": within}
        return {key: probability(part)._asdict() for key, part in parts.items()}

    sides = [
        Bound(name, above, value, float(np.mean(_holds(inputs[name], above, value)))) for (name, above), value in bounds.items()
    ]
    return {
        "bounds": [side._asdict() for side in sides],
        **shares(check),
        "found_on": shares(search),
        "usual": float(np.mean(mask)),
    }


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
        matches = mask[rows]
        share = float(matches.mean())
        best: tuple[float, str, bool, float, Mask] | None = None
        for name in inputs:
            if len(bounded) >= max_inputs and name not in bounded:
                continue
            for above in (True, False):
                step = _remove_end(inputs[name][rows], above)
                if step is None:
                    continue
                value, remains = step
                # Gain per removed draw, so that steps of different sizes are comparable; the more surprising input wins a tie.
                gain = (float(matches[remains].mean()) - share) / (len(rows) - int(np.count_nonzero(remains)))
                if gain > 0 and (best is None or gain > best[0]):
                    best = gain, name, above, value, remains
        if best is None:
            break
        _, name, above, value, remains = best
        rows = rows[remains]
        if np.count_nonzero(mask[rows]) < _MIN_MATCHES:
            break
        bounds = {**bounds, (name, above): value}
        boxes.append((_correlation(bounds, inputs, mask), bounds))
    if not boxes:
        return {}
    return _prune(max(boxes, key=lambda box: box[0])[1], inputs, mask)


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


def describe_box(box: Mapping[str, Any], units: Mapping[str, str]) -> str:
    """Describe a box in words, with its coverage and its density."""
    parts = []
    for name in dict.fromkeys(bound["name"] for bound in box["bounds"]):
        sides = {bound["above"]: bound for bound in box["bounds"] if bound["name"] == name}
        word, unit = to_words(name), units[name]
        if len(sides) == 2:
            share = sides[True]["share"] + sides[False]["share"] - 1
            span = f"{format_quantity(sides[True]['value'], unit)} and {format_quantity(sides[False]['value'], unit)}"
            parts.append(f"{word} between {span} ({format_percent(share)} of draws)")
        else:
            (bound,) = sides.values()
            side, end = ("above", "top") if bound["above"] else ("below", "lowest")
            parts.append(f"{word} {side} {format_quantity(bound['value'], unit)} ({end} {format_percent(bound['share'])})")
    ranges = " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
    coverage, density = (format_percent(box[key]["value"]) for key in ("coverage", "density"))
    return (
        f"{ranges}: {coverage} of the draws that meet the condition lie here, where {density} of draws meet it "
        f"({format_percent(box['usual'])} of all draws do)"
    )
