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
    "gather": "collect",
    "law": "distribution",
    "laws": "distributions",
    "member": "group_item",
    "members": "group_items",
    "luck": "variate, Monte Carlo error",
    "world": "draw",
    "worlds": "draws",
    "shelf": "kind",
    "shelves": "kinds",
    "sure": "grade",
    "surprise": "ks_distance",
    "tallies": "accumulators",
    "tally": "accumulator",
    "tied": "correlated",
    "unable": "UnsupportedError",
    "untied": "independent",
    "verb": "command",
    "verbs": "commands",
    "wording": "text",
}
RETIRED_IN_PACKAGE = {
    "ask": "request",
    "asked": "requested",
    "broken": "NonFiniteResultError",
    "door": "validation",
    "elsewhere": "executor",
    "given": "a noun, or `is_given` of a value that the user gives",
    "knowing": "value_of_information",
    "made": "a noun for what is computed",
    "reach": "half-width",
    "refused": "inapplicable",
    "rejected": "InvalidInputError",
    "said": "text",
    "score": "z; established for scoring rules of forecasts",
    "scores": "z; established for scoring rules of forecasts",
    "stated": "specification",
    "tie": "correlate",
    "ties": "correlations",
    "told": "reported",
    "worth": "value",
}
"""Words that the names of tests may hold, but no name in the package."""
ALLOWED = {
    "BrokenPipeError": "a type of Python",
    "expected_overrun_given_overrun": "an expectation conditional on an overrun, as it is written and printed",
    "is_given": "whether the user gives a value",
    **dict.fromkeys(
        ("BoundScores", "GroupScores", "NothingToScoreError", "Scores", "ServingScores", "SweepScores", "TailScore",
         "TargetScores", "interval_score", "score_all_bounds", "score_bounds", "score_cases", "score_fold", "score_groups",
         "score_predictions", "score_public_path", "score_target", "scores"),
        "scoring rules of forecasts",
    ),
}  # fmt: skip
"""Identifiers that hold a retired word in an established sense, with the sense."""
CLASSES = {"Fault", "Rejected", "Broken", "Unable", "Stated", "Tally", "Act", "Spread", "Knowing", "Elsewhere"}
"""Names of types that were retired; as ordinary words in the names of tests they are English."""
FILES = {"door", "elsewhere", "law", "laws", "luck", "tally", "wording"}
PROSE = re.compile(r"\b(luck|worlds?|tall(?:y|ies)|shelf|verbs?|surprise|doubts?|the door|by chance|laws?)\b", re.IGNORECASE)
ALLOWED_PROSE = {
    r"\bscaling laws?\b": "an established term: loss as a power of compute",
    r"\bpower laws?\b": "an established term of statistics",
    r"\bworld[ -]mean\b": "the mean of all electricity grids",
}
"""Text that holds a retired word in another sense, with the reason."""
KEYS = re.compile(r"(?<![\w-])(sure|acts|law|chance_of_none)\s*:(?=\s)")
SOURCES = sorted(path for folder in ("simulator", "reports", "benchmarks", "tests") for path in (ROOT / folder).rglob("*.py"))
TEXTS = sorted((ROOT / "priors").rglob("*.yaml"))
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md")),
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if "decisions" not in path.parts),
    *sorted((ROOT / "simulator").rglob("*.jinja")),
]
"""Records of decisions keep the words of their day, and the changelog says what was renamed."""


def words(identifier):
    """The words of an identifier: `LawOf`, `law_of` and `_law` hold `law`."""
    return re.findall(r"[a-z]+", re.sub(r"([A-Z])", r"_\1", identifier).lower())


def retired(text, *, in_package=False):
    """Return the identifiers of a Python source that hold a retired word."""
    retired_words = {*RETIRED, *(RETIRED_IN_PACKAGE if in_package else ())}
    names = {token.string for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type == tokenize.NAME}
    return sorted(name for name in names - set(ALLOWED) if retired_words & set(words(name)) or name in CLASSES)


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_no_identifier_is_a_retired_word(path):
    in_package = path.is_relative_to(ROOT / "simulator")
    assert retired(path.read_text(encoding="utf-8"), in_package=in_package) == []
    assert path.stem not in FILES


def test_no_key_of_a_file_is_a_retired_word():
    found = {path.name: KEYS.findall(path.read_text(encoding="utf-8")) for path in TEXTS}
    assert {name: keys for name, keys in found.items() if keys} == {}


def retired_prose(text):
    """Return the retired words in a text."""
    for pattern in ALLOWED_PROSE:
        text = re.sub(pattern, "", text, flags=re.IGNORECASE)
    return [match[0] for match in PROSE.finditer(text)]


@pytest.mark.parametrize(
    "path",
    [*(path for path in SOURCES if "tests" not in path.parts), *TEXTS, *DOCUMENTS],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_text_holds_a_retired_word(path):
    assert retired_prose(path.read_text(encoding="utf-8")) == []


def test_a_retired_word_in_a_text_is_seen():
    assert retired_prose("Scaling laws hold in all worlds by luck; a power law") == ["worlds", "luck"]


def test_a_retired_word_is_seen():
    assert retired("def law_of(x): return x.sure + Tally(x)") == ["Tally", "law_of", "sure"]
    assert retired("def text_said(made): ...") == []
    assert retired("def text_said(made): ...", in_package=True) == ["made", "text_said"]
    assert KEYS.findall("row: {sure: A, law: x}") == ["sure", "law"]
