"""What may be meant in place of what is wrong: similar names, another reading of a number, another setting.

Whoever finds an issue states remedies as candidates. A message proposes only those that were tried: `scenario.remedies` applies
each to the scenario and keeps it where the scenario is then assembled without the issue.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change that may remove an issue.

    `text` is how a message proposes it, with what separates it from the message. `name` is the name that it proposes: several
    that work are listed together. The change itself: `edit` rewrites keys and values where the issue stands, `add` puts keys
    into the mapping there, `remove` takes out what stands at a place, `settings` are put on top of the scenario.
    """

    text: str
    name: str = ""
    edit: Callable[[str], str] | None = None
    add: Mapping[str, Any] = field(default_factory=dict)
    settings: tuple[tuple[str, str], ...] = ()
    remove: Any = None


Remedies = Callable[[], Iterable[Remedy]]
"""Remedies when they are asked for: to find them takes longer than to find the issue."""


class InvalidValueError(ValueError):
    """A value that is refused, with the remedies that may be meant. Its text proposes the first of them."""

    def __init__(self, message: str, *remedies: Remedy) -> None:
        self.message, self.remedies = message, remedies
        super().__init__(message + "".join(remedy.text for remedy in remedies[:1]))


def matches(word: str, words: Iterable[str], most: int = 3) -> list[str]:
    """Return the words that look most like a word, the nearest first."""
    return difflib.get_close_matches(word, list(words), n=most, cutoff=0.6)


def nearest(word: str, words: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the word that looks most like it, or nothing; for words that are all right."""
    return did_you_mean(matches(word, words, 1))


def did_you_mean(names: list[str]) -> str:
    """Return `; did you mean 'x', 'y' or 'z'?`, or nothing."""
    *most, last = map(repr, names) if names else [""]
    return f"; did you mean {', '.join(most)}{' or ' if most else ''}{last}?" if names else ""


def renamed(word: str, names: Iterable[str]) -> list[Remedy]:
    """Return the remedies that put each of some names in the place of a word."""
    return [Remedy(did_you_mean([name]), name, edit=swap(word, name)) for name in names if name != word]


def similar(word: str, words: Iterable[str]) -> list[Remedy]:
    """Return the remedies that put similar words in the place of a word."""
    return renamed(word, matches(word, words))


def swap(word: str, other: str) -> Callable[[str], str]:
    """Return the edit that writes one word for another, wherever it stands as a word of its own."""
    pattern = re.compile(rf"(?<![\w.-]){re.escape(word)}(?![\w.-])")
    return lambda text: other if text == word else pattern.sub(lambda _: other, text)


_ABOVE_ONE = re.compile(r"(?<![\w.%+-])[0-9][0-9_.]*(?:[eE][+-]?[0-9]+)?(?![\w.%]|\s?%)")


def as_percentages(text: str) -> str:
    """Write a % behind each number above one."""
    return _ABOVE_ONE.sub(lambda found: f"{found[0]}%" if float(found[0].replace("_", "")) > 1 else found[0], text)


def percentages(low: float, high: float) -> list[Remedy]:
    """Return the reading of numbers as percentages, where they may be: none is a fraction, nor just above one."""
    if not (1 < low <= high <= 100 and high >= 2):
        return []
    if low == high:
        text = f"; {high:g} looks like a percentage: write {high:g}% or {high / 100:g}"
    else:
        text = f"; {low:g} to {high:g} looks like a percentage: write {low:g}% to {high:g}%"
    return [Remedy(text, edit=as_percentages)]
