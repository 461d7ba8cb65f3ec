"""A box in a few inputs in which chosen draws are dense: the patient rule induction method (PRIM), and the box in words."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from simulator.analysis.statistics import Array, probability
from simulator.analysis.stress.kept_draws import Mask
from simulator.analysis.stress.kolmogorov_smirnov import ks_distance, luck
from simulator.core.formatting import percent, shown, words

MOST_NAMED = 3
"""Inputs that a box names: more than three are no sentence."""

_PEELED = 0.05  # of a box, each time (Friedman and Fisher 1999)
_TRIED = 8  # inputs, those with the largest distance first, that a box may name
_LEAST_IN_BOX = 20
_WORTH_NAMING = 0.01  # what a bound must add to the box, or it is left out of the sentence


class Bound(NamedTuple):
    """One side of a box: the input lies at or above (below) a value, as `share` of all draws do."""

    name: str
    above: bool
    value: float
    share: float


def box_of(inputs: Mapping[str, Array], such: Mask, most: int = MOST_NAMED) -> dict[str, Any] | None:
    """Find a box in at most `most` inputs in which the chosen draws are dense, or None where no input has to do with them.

    The patient rule induction method of Friedman and Fisher (Bump hunting in high-dimensional data, Statistics and Computing 9,
    1999): from the half of the draws with even numbers, 5 % are peeled off at a time, always at that end of an input which
    leaves the greatest share of chosen draws. Of the boxes on the way the one is taken in which lying inside agrees best with
    being chosen (the correlation of the two), and bounds that add little to that are dropped again. The step that pastes
    slices back on is left out. What is told of the box is counted on the other half, which had no part in finding it.

    `density` is the share of chosen draws in the box, `coverage` the share of the chosen draws that lie there, `mass` the share
    of all draws that do. Only the order of values matters, so a change of scale changes nothing.
    """
    seek, check = slice(0, None, 2), slice(1, None, 2)
    if not such[seek].any() or not such[check].any():
        return None
    found = {name: ks_distance(values[seek], such[seek])[0] for name, values in inputs.items()}
    clear = sorted((name for name in found if found[name] > luck(such[seek])), key=lambda name: -found[name])[:_TRIED]
    bounds = _peeled({name: inputs[name][seek] for name in clear}, such[seek], most)
    if not bounds:
        return None
    inside = _inside(bounds, inputs)
    if not inside[check].any():
        return None

    def shares(half: slice) -> dict[str, dict[str, float]]:
        within, chosen = inside[half], such[half]
        parts = {"density": chosen[within], "coverage": within[chosen], "mass": within}
        return {key: probability(part)._asdict() for key, part in parts.items()}

    sides = [
        Bound(name, above, value, float(np.mean(_holds(inputs[name], above, value)))) for (name, above), value in bounds.items()
    ]
    return {
        "bounds": [side._asdict() for side in sides],
        **shares(check),
        "found_on": shares(seek),
        "usual": float(np.mean(such)),
    }


_Bounds = dict[tuple[str, bool], float]


def _holds(values: Array, above: bool, value: float) -> Mask:
    return values >= value if above else values <= value


def _inside(bounds: _Bounds, inputs: Mapping[str, Array]) -> Mask:
    """In which draws all bounds hold."""
    held = [_holds(inputs[name], above, value) for (name, above), value in bounds.items()]
    return np.asarray(np.logical_and.reduce(held))


def _peeled(inputs: Mapping[str, Array], such: Mask, most: int) -> _Bounds:
    """Peel, pick the best box on the way, and drop the bounds that it does not need."""
    rows = np.arange(len(such))
    bounds: _Bounds = {}
    boxes: list[tuple[float, _Bounds]] = []
    while True:
        taken = {name for name, _ in bounds}
        held = such[rows]
        share = float(held.mean())
        best: tuple[float, str, bool, float, Mask] | None = None
        for name in inputs:
            if len(taken) >= most and name not in taken:
                continue
            for above in (True, False):
                cut = _cut(inputs[name][rows], above)
                if cut is None:
                    continue
                value, stays = cut
                # For each draw that is given up, so that steps of unlike size compare; the more surprising input wins a tie.
                gain = (float(held[stays].mean()) - share) / (len(rows) - int(np.count_nonzero(stays)))
                if gain > 0 and (best is None or gain > best[0]):
                    best = gain, name, above, value, stays
        if best is None:
            break
        _, name, above, value, stays = best
        rows = rows[stays]
        if np.count_nonzero(such[rows]) < _LEAST_IN_BOX:
            break
        bounds = {**bounds, (name, above): value}
        boxes.append((_agreement(bounds, inputs, such), bounds))
    if not boxes:
        return {}
    return _needed(max(boxes, key=lambda box: box[0])[1], inputs, such)


def _cut(values: Array, above: bool) -> tuple[float, Mask] | None:
    """Take the outermost 5 % off one end, equal values together; None where nothing would stay or nothing would go."""
    signed = values if above else -values
    count = max(1, int(_PEELED * len(values)))
    if count >= len(values):
        return None
    edge = np.partition(signed, count)[count]
    stays = signed >= edge
    if stays.all():  # so many equal values lie at the end that they go together
        stays = signed > edge
        if not stays.any():
            return None
        edge = signed[stays].min()
    return float(edge if above else -edge), stays


def _agreement(bounds: _Bounds, inputs: Mapping[str, Array], such: Mask) -> float:
    """The correlation between lying in a box and being chosen."""
    within = _inside(bounds, inputs)
    inside, chosen, many = float(np.count_nonzero(within)), float(np.count_nonzero(such)), float(len(such))
    spread = inside * (many - inside) * chosen * (many - chosen)
    return (np.count_nonzero(within & such) * many - inside * chosen) / math.sqrt(spread) if spread > 0 else 0.0


def _needed(bounds: _Bounds, inputs: Mapping[str, Array], such: Mask) -> _Bounds:
    """Drop bounds one by one while the box agrees nearly as well without."""
    least = (1 - _WORTH_NAMING) * _agreement(bounds, inputs, such)
    while len(bounds) > 1:
        fewer = [{key: value for key, value in bounds.items() if key != out} for out in bounds]
        best = max(fewer, key=lambda some: _agreement(some, inputs, such))
        if _agreement(best, inputs, such) < least:
            break
        bounds = best
    return bounds


def sentence(box: Mapping[str, Any], units: Mapping[str, str]) -> str:
    """Name a box in words, with what share of such draws lies there and what share of draws there is such."""
    parts = []
    for name in dict.fromkeys(bound["name"] for bound in box["bounds"]):
        sides = {bound["above"]: bound for bound in box["bounds"] if bound["name"] == name}
        word, unit = words(name), units[name]
        if len(sides) == 2:
            share = sides[True]["share"] + sides[False]["share"] - 1
            span = f"{shown(sides[True]['value'], unit)} and {shown(sides[False]['value'], unit)}"
            parts.append(f"{word} between {span} ({percent(share)} of draws)")
        else:
            (bound,) = sides.values()
            side, end = ("above", "top") if bound["above"] else ("below", "lowest")
            parts.append(f"{word} {side} {shown(bound['value'], unit)} ({end} {percent(bound['share'])})")
    listed = " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
    coverage, density = (percent(box[key]["value"]) for key in ("coverage", "density"))
    return (
        f"{listed}: {coverage} of such draws lie here, where {density} of draws are such "
        f"({percent(box['usual'])} of all draws are)"
    )
