"""CITATION.cff is valid and names this version, and `llmcost cite` prints it with the data that results rest on."""

import csv
import re
import tomllib

import jsonschema
import pytest
import yaml
from command_line import run_llmcost
from paths import ROOT

from simulator.cli.commands import cite
from simulator.core.suggestions import InvalidValueError
from simulator.core.version import tool_version
from simulator.io.citation import FORMS, citation_text, cited_works

SOURCE = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
CITATION = yaml.load(SOURCE, Loader=yaml.BaseLoader)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EVIDENCE = (ROOT / "priors/evidence/README.md").read_text(encoding="utf-8")

TEXT = {"type": "string", "minLength": 1}
AUTHORS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "anyOf": [
            {"properties": {"name": TEXT}, "required": ["name"], "additionalProperties": False},
            {
                "properties": {"family-names": TEXT, "given-names": TEXT},
                "required": ["family-names"],
                "additionalProperties": False,
            },
        ]
    },
}
WORK = {
    "authors": AUTHORS,
    "title": TEXT,
    "url": {"type": "string", "pattern": "^https?://.+"},
    "license": {"enum": ["MIT", "CC-BY-4.0"]},
}
SCHEMA = {
    "type": "object",
    "required": ["cff-version", "message", "title", "authors"],
    "additionalProperties": False,
    "properties": WORK
    | {
        "cff-version": {"const": "1.2.0"},
        "type": {"enum": ["software", "dataset"]},
        "message": TEXT,
        "abstract": TEXT,
        "version": TEXT,
        "date-released": {"pattern": r"^\d{4}-(0[1-9]|1[012])-(0[1-9]|[12]\d|3[01])$"},
        "keywords": {"type": "array", "items": TEXT, "uniqueItems": True},
        "references": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["type", "authors", "title"],
                "additionalProperties": False,
                "properties": WORK
                | {
                    "type": {"enum": ["article", "data", "report", "software", "website"]},
                    "year": {"pattern": r"^\d{4}$"},
                    "scope": TEXT,
                    "identifiers": {
                        "items": {
                            "required": ["type", "value"],
                            "properties": {"type": {"enum": ["doi", "url", "swh", "other"]}},
                        }
                    },
                },
            },
        },
    },
}
"""What the Citation File Format 1.2.0 requires of the keys that the file has. All scalars are read as text."""


def test_file_is_valid():
    jsonschema.validate(CITATION, SCHEMA)


@pytest.mark.parametrize(
    "change", [{"cff-version": "1.1.0"}, {"authors": []}, {"authors": [{"names": "x"}]}, {"licence": "MIT"}]
)
def test_invalid_file_is_seen(change):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(CITATION | change, SCHEMA)


def test_file_agrees_with_the_project():
    released = re.findall(r"^## (\S+) \((\S+)\)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert CITATION["title"] == PROJECT["name"]
    assert CITATION["version"] == PROJECT["version"] == tool_version()
    assert CITATION["license"] == PROJECT["license"]
    assert (CITATION["version"], CITATION["date-released"]) == released[0]
    assert CITATION["authors"] == [{"name": "llmcost developers"}]


def test_data_under_a_licence_that_asks_for_a_name_are_cited():
    data = [work for work in cited_works() if work.kind == "data"]
    assert len(data) == EVIDENCE.count("CC BY 4.0")
    assert all(work.license == "CC-BY-4.0" and work.authors == ("Epoch AI",) for work in data)
    for work in data:
        month_and_year = work.scope.rpartition("state of ")[2]
        assert month_and_year in re.sub(r"\s+", " ", EVIDENCE)
        assert month_and_year.endswith(work.year)


def test_number_of_rows_is_that_of_the_table():
    with (ROOT / "priors/evidence/rental-prices.csv").open(encoding="utf-8", newline="") as file:
        sources = [row["source"] for row in csv.DictReader(file)]
    (prices,) = (work for work in cited_works() if "rental-prices" in work.scope)
    counts = [sum(source.startswith("Epoch AI, hardware prices") for source in sources), len(sources)]
    assert [int(number) for number in re.findall(r"\d+", prices.scope)[:2]] == counts


def test_text_names_every_work():
    text = run_llmcost("cite").stdout
    assert text.split() == citation_text().split()  # in lines of the width of the terminal
    text = citation_text()
    assert text.startswith(f"llmcost developers ({CITATION['date-released'][:4]}). llmcost. Version {PROJECT['version']}.")
    assert "Cottier, B., Rahman, R., Fattorini, L., Maslej, N., Besiroglu, T., Owen, D. (2024). The rising costs" in text
    for work in CITATION["references"]:
        assert f"({work['year']}). {work['title']}" in text
        assert f"Used for: {work['scope']}." in text
    assert text.count("Licence CC BY 4.0") == 4


def test_bibtex_has_an_entry_with_a_key_of_its_own_for_every_work():
    text = run_llmcost("cite", "--format", "bibtex").stdout
    keys = re.findall(r"^@(?:software|misc)\{([a-z0-9]+),$", text, re.MULTILINE)
    assert keys == [work.key for work in cited_works()]
    assert len(set(keys)) == len(keys) == 1 + len(CITATION["references"])
    assert "cottier2024rising" in keys
    assert text.count("\n}\n") == len(keys)
    assert text.count("{") == text.count("}")
    assert "author = {{llmcost developers}}" in text
    assert "eprint = {2405.21015}" in text
    assert '"' not in text


def test_cff_is_the_file():
    assert run_llmcost("cite", "--format", "cff").stdout == SOURCE


def test_forms_of_command_and_library_are_the_same():
    assert cite.FORMS == FORMS
    with pytest.raises(InvalidValueError, match=r"'apa'.*text, bibtex, cff"):
        citation_text("apa")
