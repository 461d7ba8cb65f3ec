"""Units of usage in bills: hours of instances or of chips, in the spellings of clouds, and numbers of tokens."""

import re
from dataclasses import dataclass
from functools import lru_cache

from simulator.core.units import conversion_factor

_TIMES = {
    "second": ("s", "sec", "secs", "second", "seconds"),
    "minute": ("min", "mins", "minute", "minutes"),
    "hour": ("h", "hr", "hrs", "hour", "hours"),
    "day": ("d", "day", "days"),
}  # fmt: skip
_TIME_UNITS = {word: unit for unit, words in _TIMES.items() for word in words}
CHIP_WORDS = frozenset({"gpu", "gpus", "chip", "chips", "accelerator", "accelerators", "tpu", "tpus", "card", "cards"})
"""Words for one chip."""
SERVER_WORDS = frozenset({
    "instance", "instances", "vm", "vms", "node", "nodes", "server", "servers", "machine", "machines", "host", "hosts", "box",
    "system",
})  # fmt: skip
"""Words for a machine with its chips."""
_FILLERS = frozenset({"per", "of", "compute", "usage", "virtual", "a"})
_TOKEN_WORDS = frozenset({"token", "tokens", "tok", "toks"})
_SCALES = {"": 1.0, "k": 1e3, "thousand": 1e3, "thousands": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "millions": 1e6,
           "b": 1e9, "bn": 1e9, "billion": 1e9, "billions": 1e9}  # fmt: skip


@dataclass(frozen=True, slots=True)
class UsageUnit:
    """A unit of usage: the hours of one unit, and whether they are hours of one chip and not of an instance."""

    hours: float
    is_of_chips: bool


def split_words(text: str) -> list[str]:
    """Return the words of a unit in lower case: `GpuHours` and `gpu-hours` alike."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=GPU)(?=[A-Z][a-z])|(?<=[0-9])(?=[A-Za-z])", " ", text)
    return [word for word in re.split(r"[\s/_*.()-]+", re.sub(r"(?<=[0-9]),(?=[0-9]{3})", "", apart).lower()) if word]


def _leading_number(words: list[str]) -> tuple[float, list[str]]:
    """Return the number with which a unit begins, such as 100 of `100 Hours`, and the other words."""
    if words and re.fullmatch(r"[0-9]+", words[0]):
        return float(words[0]), words[1:]
    return 1.0, words


@lru_cache(maxsize=1000)
def parse_usage_unit(text: str) -> UsageUnit | None:
    """Return the unit of usage that a text names, or None if it is no time of instances or chips.

    Months are refused, because bills mean hours of different months by them.

    Examples
    --------
    >>> parse_usage_unit("GPU-Hours")
    UsageUnit(hours=1.0, is_of_chips=True)
    >>> parse_usage_unit("100 Hours").hours
    100.0

    """
    number, words = _leading_number(split_words(text))
    words = [part for word in words for part in _split_chip_word(word)]
    times = [_TIME_UNITS[word] for word in words if word in _TIME_UNITS]
    is_of_chips = any(word in CHIP_WORDS for word in words)
    rest = [word for word in words if word not in _TIME_UNITS.keys() | CHIP_WORDS | SERVER_WORDS | _FILLERS]
    if rest or len(times) != 1 or number == 0 or (is_of_chips and any(word in SERVER_WORDS for word in words)):
        return None
    return UsageUnit(number * conversion_factor(times[0], "hour"), is_of_chips)


def _split_chip_word(word: str) -> list[str]:
    """Return `gpuhours` as its two words."""
    match = re.fullmatch(r"(gpu|tpu|chip|accelerator)(.+)", word)
    return [match[1], match[2]] if match and match[2] in _TIME_UNITS else [word]


@lru_cache(maxsize=1000)
def parse_token_unit(text: str) -> float | None:
    """Return the tokens of one unit, or None if it is no number of tokens.

    Examples
    --------
    >>> parse_token_unit("1K Tokens")
    1000.0

    """
    number, words = _leading_number(split_words(text))
    match = re.fullmatch(r"([kmb])(tokens?|tok)", words[0]) if words else None
    words = [match[1], match[2], *words[1:]] if match else words
    scales = [word for word in words if word in _SCALES]
    tokens = [word for word in words if word in _TOKEN_WORDS]
    if len(tokens) != 1 or len(scales) > 1 or len(scales) + 1 != len([word for word in words if word not in _FILLERS]):
        return None
    return number * (_SCALES[scales[0]] if scales else 1.0) if number else None
