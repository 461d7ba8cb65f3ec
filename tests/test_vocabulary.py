"""Words that were retired do not come back: as identifiers, as keys of files, or as names of files."""

import io
import re
import tokenize

import pytest
from paths import ROOT

RETIRED = {
    "act": "effect",
    "acts": "effects",
    "chance": "probability",
    "chances": "probabilities",
    "doubt": "reweighting",
    "fault": "issue",
    "faults": "issues",
    "law": "distribution",
    "laws": "distributions",
    "member": "group_item",
    "members": "group_items",
    "rejected": "InvalidInputError",
    "shelf": "kind",
    "shelves": "kinds",
    "stated": "specification",
    "sure": "grade",
    "surprise": "ks_distance",
    "tallies": "accumulators",
    "tally": "accumulator",
    "tied": "correlated",
    "unable": "UnsupportedError",
    "verb": "command",
    "verbs": "commands",
}
ALLOWED = {
    "all_in_stated": "a column of published tables",
}
"""Identifiers that hold a retired word in another sense, with the reason."""
KEYS = re.compile(r"(?<![\w-])(sure|acts|law|chance_of_none)\s*:(?=\s)")
SOURCES = sorted(path for folder in ("simulator", "reports", "benchmarks", "tests") for path in (ROOT / folder).rglob("*.py"))
TEXTS = sorted((ROOT / "priors").rglob("*.yaml"))


def words(identifier):
    """The words of an identifier: `LawOf`, `law_of` and `_law` hold `law`."""
    return re.findall(r"[a-z]+", re.sub(r"([A-Z])", r"_\1", identifier).lower())


def retired(text):
    """Return the identifiers of a Python source that hold a retired word."""
    names = {token.string for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type == tokenize.NAME}
    return sorted(name for name in names - set(ALLOWED) if RETIRED.keys() & set(words(name)))


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_no_identifier_is_a_retired_word(path):
    assert retired(path.read_text(encoding="utf-8")) == []
    assert not RETIRED.keys() & set(words(path.stem))


def test_no_key_of_a_file_is_a_retired_word():
    found = {path.name: KEYS.findall(path.read_text(encoding="utf-8")) for path in TEXTS}
    assert {name: keys for name, keys in found.items() if keys} == {}


def test_a_retired_word_is_seen():
    assert retired("def law_of(x): return x.sure + Tally(x)") == ["Tally", "law_of", "sure"]
    assert KEYS.findall("row: {sure: A, law: x}") == ["sure", "law"]
