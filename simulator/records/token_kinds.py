"""Kinds of token prices, and how price lists and bills name them."""

import re
from functools import lru_cache
from typing import NamedTuple

QUANTITIES = {
    "input": "input_price",
    "output": "output_price",
    "cached input": "cached_input_price",
    "cache write": "cache_write_price",
}
"""The quantity of each kind of token."""

_KINDS = (
    (
        "cache write",
        re.compile(r"\bcache_?d? (?:write|writes|creation|storage|store)\b|\b(?:write|creation) cache\b|\bcachewrite\b"),
    ),
    ("cached input", re.compile(r"\bcached?\b|\bcacheread\b|\bcachehit\b|\bcchd\b")),
    ("output", re.compile(r"\b(?:output|outputs|completion|completions|outp|opt|generated|out|response)\b")),
    ("input", re.compile(r"\b(?:input|inputs|prompt|prompts|inp|in|request)\b")),
)
_KIND_WORDS = re.compile(
    r"\b(?:input|inputs|output|outputs|prompt|prompts|completion|completions|outp|opt|inp|in|out|generated|cached?|cchd|read|reads|"
    r"write|writes|hit|creation|storage|tokens?|batch|count|per|1k|1m|usage|use[0-9]?)\b"
)


class TokenKind(NamedTuple):
    """What a price of tokens is for: the kind of token (empty where nothing tells it), and whether requests are in batches."""

    kind: str
    is_batch: bool


def words_of(text: str) -> str:
    """Return the words of a name in lower case, with blanks between them: `cache_read_token` and `CacheReadToken` alike."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return " ".join(re.split(r"[^a-z0-9.]+", apart.lower())).strip()


@lru_cache(maxsize=10_000)
def kind_of(text: str) -> TokenKind:
    """Return the kind of tokens that a name of a meter or of a key means.

    Examples
    --------
    >>> kind_of("cache_read_input_token_cost")
    TokenKind(kind='cached input', is_batch=False)

    """
    words = words_of(text)
    kind = next((kind for kind, pattern in _KINDS if pattern.search(words)), "")
    return TokenKind(kind, bool(re.search(r"\bbatch(es)?\b", words)))


def model_of_meter(text: str) -> str:
    """Return what is left of the name of a meter without the words for its kind of tokens: the model."""
    return " ".join(_KIND_WORDS.sub(" ", words_of(text)).split())
