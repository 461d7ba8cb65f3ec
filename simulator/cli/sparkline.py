"""The distribution of the total in one line of characters, with marks below it."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

BARS = "▁▂▃▄▅▆▇█"
MOST_BARS = 60
"""Largest number of bars; more would not be read more easily."""
POINTER = "▲"


class Mark(NamedTuple):
    """An amount below the line, with its name."""

    name: str
    amount: float


class Distribution(NamedTuple):
    """What is drawn: the bounds of an interval with their texts, the probability up to an amount, and marks."""

    low: float
    high: float
    low_text: str
    high_text: str
    cdf: Callable[[float], float]
    marks: Sequence[Mark]


def distribution_lines(distribution: Distribution, width: int) -> list[str]:
    """Return the density between the bounds as bars, and the marks below it; nothing for a known amount."""
    low, high = distribution.low, distribution.high
    count = min(MOST_BARS, width - len(distribution.low_text) - len(distribution.high_text) - 2)
    if not high > low or count < len(BARS):
        return []
    edges = [low + (high - low) * place / count for place in range(count + 1)]
    below = [distribution.cdf(edge) for edge in edges]
    masses = [max(0.0, after - before) for before, after in pairwise(below)]
    largest = max(masses)
    if largest <= 0:
        return []
    bars = "".join(BARS[min(len(BARS) - 1, int(len(BARS) * mass / largest))] if mass else " " for mass in masses)
    offset = len(distribution.low_text) + 1
    positions = [(offset + int(count * (mark.amount - low) / (high - low)), mark) for mark in distribution.marks]
    inside = [(place, mark.name) for place, mark in positions if low <= mark.amount <= high]
    outside = [
        f"{mark.name} is {'above' if mark.amount > high else 'below'} this range"
        for _, mark in positions
        if not low <= mark.amount <= high
    ]
    line = f"{distribution.low_text} {bars} {distribution.high_text}"
    return [line, *_mark_lines(inside, min(width, len(line))), *(f"{' ' * offset}{text}" for text in outside)]


def _mark_lines(marks: Sequence[tuple[int, str]], width: int) -> list[str]:
    """Return lines with a pointer at each place and its name beside it, in as few lines as have room for them."""
    lines: list[str] = []
    for place, name in sorted(marks):
        start, text = place, f"{POINTER} {name}"
        if place + len(text) > width:  # the name is on the other side
            text = f"{name} {POINTER}"
            start = place + 1 - len(text)
        start = max(0, start)
        for number, line in enumerate(lines):
            if len(line) + 1 < start or not line:
                lines[number] = line.ljust(start) + text
                break
        else:
            lines.append(" " * start + text)
    return lines
