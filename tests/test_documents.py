"""The documents hold together: links lead somewhere, the README is short, the reference names everything that there is."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import click
import pytest
from readme import ROOT, run

from simulator.cli import group
from simulator.distributions import FAMILIES
from simulator.figures import KINDS
from simulator.scenario.schema import AdjustmentRow, Entry, Settings

LINKING = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "reports/README.md"]
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)")


def prose(text: str) -> str:
    """Return a document without its code."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE))


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub and MyST make them."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} (.+)$", re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.S | re.M), re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip().lower())
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        repeats = sum(1 for each in found if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", each))
        found.add(f"{slug}-{repeats}" if repeats else slug)
    return found


def dead_links(path: Path) -> list[str]:
    """Return the links of a document that lead to no file, or to no heading of it."""
    dead = []
    for link in LINK.findall(prose(path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    return dead


@pytest.mark.parametrize("path", LINKING, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_a_file_and_a_heading(path):
    assert dead_links(path) == []


def test_a_dead_link_is_seen(tmp_path):
    (tmp_path / "other.md").write_text("# Other\n\n```sh\n# no heading\n```\n\n## How `a to b` is read\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(
        "# Page\n[1](other.md) [2](other.md#how-a-to-b-is-read) [3](#page) [4](https://example.org/x)\n"
        "[5](none.md) [6](other.md#none) [7](other.md#no-heading) [8](#none) `[9](code.md)`\n",
        encoding="utf-8",
    )
    assert dead_links(page) == ["none.md", "other.md#none", "other.md#no-heading", "#none"]


@pytest.mark.parametrize(("name", "most"), [("README.md", 149), ("ARCHITECTURE.md", 80)])
def test_the_first_pages_are_short(name, most):
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= most


@pytest.mark.parametrize("folder", ["tutorial", "how-to", "reference", "explanation"])
def test_the_index_has_every_page_of_a_kind(folder):
    linked = set(LINK.findall((ROOT / "docs/README.md").read_text(encoding="utf-8")))
    assert {f"{folder}/{path.name}" for path in (ROOT / "docs" / folder).glob("*.md")} <= linked


def test_decisions_are_indexed_and_numbered_without_a_gap():
    folder = ROOT / "docs/decisions"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))
    assert LINK.findall((folder / "README.md").read_text(encoding="utf-8")) == records


def missing(page: str, names: list[str]) -> list[str]:
    """Return the names that a page does not have as code."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    code = "\n".join([*re.findall(r"^```\w*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE), *re.findall(r"`([^`\n]+)`", text)])
    return [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", code)]


def keys(model: type) -> list[str]:
    """Return the keys of a part of a scenario file."""
    return [field.alias or name for name, field in model.model_fields.items()]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("reference/commands.md", group.list_commands(click.Context(group))),
        ("reference/scenario-files.md", keys(Settings)),
        ("reference/scenario-files.md", keys(Entry)),
        ("reference/scenario-files.md", keys(AdjustmentRow)),
        ("reference/scenario-files.md", list(FAMILIES)),
        ("how-to/report.md", list(KINDS)),
    ],
    ids=["commands", "settings", "entry", "adjustment", "families", "figures"],
)
def test_the_reference_names_everything(page, names):
    assert len(names) > 5
    assert missing(page, names) == []


@pytest.mark.parametrize(
    ("command", "parts"),
    [
        ("run gpt-3 --budget 1e7", [(), ("budget",), ("quantities", "chip_cost"), ("quantities", "chip_price")]),
        ("compare gpt-3 gpt-3:chips=2000", [("scenarios", 0), ("differences", 0, "ratio")]),
    ],
)
def test_the_reference_names_the_keys_of_json(command, parts, tmp_path):
    document = json.loads(run(f"llmcost {command} --draws 1000 --format json", tmp_path))
    for steps in parts:
        part = document
        for step in steps:
            part = part[step]
        assert len(part) > 4
        assert missing("reference/json.md", list(part)) == []
