"""Names of chips: which chip of the library a text means, and which it may have been meant to be."""

import re
from functools import cache, lru_cache

from simulator.core.suggestions import matches
from simulator.scenario import library

# What tells one build of a chip from another; a name with such a word means that build alone.
_VARIANT = re.compile(r"pcie|sxm|nvl|mig|ti|super|oam|[0-9]+gb")
_MAKERS = {"nvidia", "tesla", "google", "cloud", "amd", "instinct", "intel", "aws", "huawei"}


def _words(name: str) -> frozenset[str]:
    text = re.sub(r"([0-9]{2,3})\s*g(?:i?b)?\b", r"\1gb", name.casefold())
    words = set()
    for word in re.split(r"[^a-z0-9]+", text):
        word = re.sub(r"^[0-9]+x|(?<=[0-9])x[0-9]+$", "", word)  # 8xH100, H100x8
        word = re.sub(r"^(sxm)[0-9]$", r"\1", word)
        if word and not re.fullmatch(r"x[0-9]+", word):
            words.add(word)
    return frozenset(words - _MAKERS)


@cache
def _aliases() -> dict[str, str]:
    """Return the chip of each name that the library has for one, in small letters."""
    found = {}
    for name, node in library.chips().items():
        listed = (node.keys or {}).get("aliases")
        for alias in (name, *(item.text or "" for item in (listed.items or [] if listed else []))):
            found[" ".join(alias.casefold().split())] = name
    return found


@cache
def _known_chips() -> tuple[tuple[str, frozenset[str], frozenset[str]], ...]:
    """Return each way to name a chip: the chip, the words of that way, and the words of all its ways."""
    every: dict[str, frozenset[str]] = {}
    for alias, name in _aliases().items():
        every[name] = every.get(name, frozenset()) | _words(alias)
    return tuple((name, _words(alias), every[name]) for alias, name in _aliases().items() if _words(alias))


def strange_words(text: str, chip: str) -> frozenset[str]:
    """Return the words of a text that no name of the chip has."""
    return _words(text) - next(every for name, _, every in _known_chips() if name == chip)


@lru_cache(maxsize=10_000)
def chip_named(text: str) -> str:
    """Return the chip of the library that a text names, or nothing where it names none, several, or another build of it.

    A whole alias is its chip. Else the words of an alias must all be there, and the alias with most words wins.
    """
    text = text[:500]
    whole = re.sub(r"^[0-9]+ ?x ", "", " ".join(text.casefold().split()))
    if whole in _aliases():
        return _aliases()[whole]
    words = _words(text)
    variants = {word for word in words if _VARIANT.fullmatch(word)}
    best: dict[str, int] = {}
    for name, alias, every in _known_chips():
        if alias <= words and variants <= every:
            best[name] = max(best.get(name, 0), len(alias))
    most = [name for name, count in best.items() if count == max(best.values())]
    return most[0] if len(most) == 1 else ""


def meant(text: str) -> list[str]:
    """Return the chips that a text may mean, the likeliest first: the chip it names, builds with its words, similar names."""
    words = _words(text[:500])
    builds = [name for name, _, every in _known_chips() if words and words <= every]
    return list(dict.fromkeys(filter(None, [chip_named(text), *builds, *matches(text.casefold(), library.chips())])))
