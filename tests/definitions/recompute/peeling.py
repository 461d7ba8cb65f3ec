"""The patient rule induction method as the registry defines it, in plain numpy."""

import math

import numpy as np


def ks_distance(values, matches):
    """Return the largest difference of the shares of all draws, and of the matches, at or below a value."""
    points = np.unique(values)
    shares = [np.searchsorted(np.sort(each), points, side="right") / len(each) for each in (values, values[matches])]
    return np.max(abs(shares[0] - shares[1]))


def holds(values, above, bound):
    """Return the mask of draws on one side of a bound."""
    return values >= bound if above else values <= bound


def inside(inputs, bounds):
    """Return the mask of draws within all bounds, which are by input and side."""
    return np.all([holds(inputs[name], above, bound) for (name, above), bound in bounds.items()], axis=0)


def find_bounds(inputs, matches):
    """Return the bounds of the box that is found among the even-numbered draws, by input and side; none without a box."""
    inputs, matches = {name: values[::2] for name, values in inputs.items()}, matches[::2]
    share = np.mean(matches)
    critical = 1.95 * math.sqrt((1 - share) / np.sum(matches))
    distances = {name: ks_distance(values, matches) for name, values in inputs.items()}
    candidates = sorted((name for name in inputs if distances[name] > critical), key=lambda name: -distances[name])[:8]
    boxes = list(_peeled({name: inputs[name] for name in candidates}, matches))
    return _pruned(max(boxes, key=lambda bounds: _correlation(inputs, bounds, matches)), inputs, matches) if boxes else {}


def _peeled(inputs, matches):
    """Yield the bounds after each step."""
    bounds, remaining = {}, np.full(len(matches), True)
    while True:
        bounded = {name for name, _ in bounds}
        steps = [
            (gain, name, above, bound)
            for name in inputs
            if len(bounded) < 3 or name in bounded
            for above in (True, False)
            for gain, bound in [_gain(inputs[name], matches, remaining, above)]
            if gain > 0
        ]
        if not steps:
            return
        _, name, above, bound = max(steps, key=lambda step: step[0])
        remaining = remaining & holds(inputs[name], above, bound)
        if np.sum(matches[remaining]) < 20:
            return
        bounds = bounds | {(name, above): bound}
        yield bounds


def _gain(values, matches, remaining, above):
    """Return the rise of the share of matches per draw removed at one end, and the new bound."""
    ordered = np.sort(values[remaining])
    ordered = ordered if above else ordered[::-1]
    count = max(1, int(0.05 * len(ordered)))
    if count >= len(ordered):
        return 0, None
    bound = ordered[count]
    if bound == ordered[0]:  # equal values are removed together
        others = ordered[ordered != bound]
        if not len(others):
            return 0, None
        bound = others[0]
    kept = remaining & holds(values, above, bound)
    return (np.mean(matches[kept]) - np.mean(matches[remaining])) / (np.sum(remaining) - np.sum(kept)), bound


def _correlation(inputs, bounds, matches):
    is_inside = inside(inputs, bounds)
    return 0.0 if is_inside.all() or not is_inside.any() else np.corrcoef(is_inside, matches)[0, 1]


def _pruned(bounds, inputs, matches):
    least = 0.99 * _correlation(inputs, bounds, matches)
    while len(bounds) > 1:
        smaller = [{key: bounds[key] for key in bounds if key != removed} for removed in bounds]
        best = max(smaller, key=lambda each: _correlation(inputs, each, matches))
        if _correlation(inputs, best, matches) < least:
            break
        bounds = best
    return bounds
