"""The reports in `reports/` are what would be written today; `make reports` writes them again."""

import csv
import importlib.util
import io
import re
import sys
from html import unescape

import paths
import pytest

from simulator.report import folder, pages, sheets
from simulator.report.content import FigureBlock, TableBlock

REPORTS = paths.ROOT / "reports"
sys.path.insert(0, str(REPORTS))
SPEC = importlib.util.spec_from_file_location("make_reports", REPORTS / "make.py")
MAKE = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(MAKE)
NAMES = [MAKE.EPOCH, *MAKE.SHOWCASES]
NUMBER = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")


def today(name, monkeypatch, tmp_path):
    """The report as it would be written, before anything is drawn or written."""
    reports = []
    monkeypatch.setattr(folder, "write", lambda report, *_, **__: reports.append(report))
    MAKE.make(name, tmp_path / name)
    return reports[0]


def words_and_numbers(html):
    """The text of a page without its figures: the words between numbers, and the numbers."""
    text = unescape(
        re.sub(
            r"<[^>]+>", " ", re.sub(r'<svg\b.*?</svg>|<style>.*?</style>|<p class="remark">.*?</p>', "", html, flags=re.DOTALL)
        )
    )
    text = " ".join(text.split())
    return NUMBER.split(text), [float(each.replace(",", "")) for each in NUMBER.findall(text)]


@pytest.mark.parametrize("name", NAMES)
def test_a_report_is_what_would_be_written_today(name, monkeypatch, tmp_path):
    report = today(name, monkeypatch, tmp_path)
    place = REPORTS / name
    tables = {table.name: sheets.as_csv(table) for table in report.blocks(TableBlock)}
    assert {path.stem for path in (place / "tables").glob("*.csv")} == set(tables), "run `make reports`"
    for title, written in tables.items():
        old = list(csv.reader(io.StringIO((place / "tables" / f"{title}.csv").read_text(encoding="utf-8"))))
        new = list(csv.reader(io.StringIO(written)))
        assert len(old) == len(new), f"{title}: run `make reports`"
        for before, after in zip(old, new, strict=True):
            assert [same(a, b) for a, b in zip(before, after, strict=True)] == [True] * len(after), (title, before, after)
    drawings = {block.name: pages.Drawing() for block in report.blocks(FigureBlock)}
    words, numbers = words_and_numbers(pages.html(report, drawings))
    old_words, old_numbers = words_and_numbers((place / "report.html").read_text(encoding="utf-8"))
    assert old_words == words, "run `make reports`"
    assert old_numbers == pytest.approx(numbers, rel=0.011)  # the third digit may turn where processors differ


def same(before, after):
    """Whether two cells are the same: to the letter, or as numbers whose last digits may differ between processors."""
    if before == after:
        return True
    try:
        return float(before) == pytest.approx(float(after), rel=1e-6, abs=1e-9)
    except ValueError:
        return False


def test_every_folder_there_is_made():
    assert {path.name for path in REPORTS.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(NAMES)


def test_what_is_committed_stays_modest():
    committed = [
        path for name in NAMES for path in (REPORTS / name).rglob("*") if path.is_file() and path.parent.name != "figures"
    ]
    counted_files = [path for path in committed if path.suffix in (".html", ".csv") or path.name == "manifest.json"]
    assert sum(path.stat().st_size for path in counted_files) < 8e6
