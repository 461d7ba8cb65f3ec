"""Suggested remedies for an invalid input: similar names, another reading of a number, another setting.

The code that finds an issue attaches candidate remedies. A message suggests only those that work: `scenario.remedies` applies
each to the scenario, and retains it if the scenario is then assembled without the issue.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.core.errors import LlmcostError


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change that may remove an issue.

    `text` is the suggestion as a message states it, including the separator. `name` is the suggested name; a message lists all
    names that work. The change itself: `edit` rewrites keys and values at the place of the issue, `add` adds keys to the
    mapping there, `remove` removes the entry at a place, `settings` override the scenario.
    """

    text: str
    name: str = ""
    edit: Callable[[str], str] | None = None
    add: Mapping[str, Any] = field(default_factory=dict)
    settings: tuple[tuple[str, str], ...] = ()
    remove: Any = None


Remedies = Callable[[], Iterable[Remedy]]
"""Computes the remedies on demand: finding them takes longer than finding the issue."""


class InvalidValueError(LlmcostError, ValueError):
    """An invalid value, with candidate remedies. Its text suggests the first of them.

    Parameters
    ----------
    message : str
        What is wrong.
    *remedies : Remedy
        Changes that may remove the problem.

    Examples
    --------
    >>> import llmcost
    >>> try:
    ...     llmcost.run("gpt-4", draws=1.5)
    ... except llmcost.InvalidValueError as error:
    ...     print(error)
    draws must be a whole number from 2 to 10,000,000,000, not 1.5

    """

    __module__ = "llmcost"  # where users import it from, which tracebacks show

    def __init__(self, message: str, *remedies: Remedy) -> None:
        self.message, self.remedies = message, remedies
        super().__init__(message + "".join(remedy.text for remedy in remedies[:1]))


_MISSPELT = 0.8
"""Similarity from which a word is a misspelling of a name: mfuu and mfu have 0.86, build_cost and idle_cost 0.74."""


def find_similar(word: str, words: Iterable[str], count: int = 3) -> list[str]:
    """Return the words most similar to a word, the most similar first."""
    return difflib.get_close_matches(word, list(words), n=count, cutoff=0.6)


def is_misspelt(word: str, name: str) -> bool:
    """Whether a word is a name with a letter or two more, less or other."""
    return difflib.SequenceMatcher(None, word, name).ratio() >= _MISSPELT


def suggest_nearest(word: str, words: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the most similar word, or an empty text if there is none."""
    return did_you_mean(find_similar(word, words, 1))


def did_you_mean(names: list[str]) -> str:
    """Return `; did you mean 'x', 'y' or 'z'?`, or an empty text without names."""
    *others, last = map(repr, names) if names else [""]
    return f"; did you mean {', '.join(others)}{' or ' if others else ''}{last}?" if names else ""


def rename_remedies(word: str, names: Iterable[str]) -> list[Remedy]:
    """Return one remedy for each name, which replaces the word by that name."""
    return [Remedy(did_you_mean([name]), name, edit=swap(word, name)) for name in names if name != word]


def similar_name_remedies(word: str, words: Iterable[str]) -> list[Remedy]:
    """Return the remedies that replace a word by similar words."""
    return rename_remedies(word, find_similar(word, words))


def swap(word: str, other: str) -> Callable[[str], str]:
    """Return an edit that replaces a word by another, wherever it is a whole word."""
    pattern = re.compile(rf"(?<![\w.-]){re.escape(word)}(?![\w.-])")
    return lambda text: other if text == word else pattern.sub(lambda _: other, text)


_NUMBER = re.compile(r"(?<![\w.%+-])[0-9][0-9_.]*(?:[eE][+-]?[0-9]+)?(?![\w.%]|\s?%)")


def add_percent_signs(text: str) -> str:
    """Add a percent sign to each number above one."""
    return _NUMBER.sub(lambda match: f"{match[0]}%" if float(match[0].replace("_", "")) > 1 else match[0], text)


def percentage_remedies(low: float, high: float) -> list[Remedy]:
    """Return a remedy that reads numbers as percentages, if they may be: all above one, and not just above one."""
    if not (1 < low <= high <= 100 and high >= 2):
        return []
    if low == high:
        text = f"; {high:g} looks like a percentage: write {high:g}% or {high / 100:g}"
    else:
        text = f"; {low:g} to {high:g} looks like a percentage: write {low:g}% to {high:g}%"
    return [Remedy(text, edit=add_percent_signs)]
