"""Fixtures of all tests."""

import os
import signal
from functools import partial

# Before numpy is imported, as in `llmcost`: small matrices are faster with one thread, and last digits the same everywhere.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Ages of prices count to the day of this version, so that documents and outputs do not change from day to day.
os.environ.setdefault("SOURCE_DATE_EPOCH", "1795219200")

import programs
import pytest

# Tests started in the background of a shell ignore Ctrl-C, and their commands would inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure():
    """Refuse an unknown name in LLMCOST_REQUIRE before any test."""
    programs.required_kinds()


BEFORE_THREADS = "test_processes.py"
"""The module that copies the process of the tests, which may have one thread only; the client of a browser has its own."""
SHARED_PAGES = ("test_explorer.py", "test_explorer_page.py")
"""Modules that take minutes, and build the same pages."""
FIRST = (BEFORE_THREADS, *SHARED_PAGES)


def pytest_collection_modifyitems(items):
    """Put modules that share pages beside each other, so that one worker builds each page, and begins with it."""
    items.sort(key=lambda item: (item.path.name not in FIRST, item.path.name != BEFORE_THREADS))


@pytest.fixture
def write_plan(tmp_path):
    """Write a scenario from text, and return its path."""

    def write(text, name="plan"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def read_plan(write_plan):
    """Read a scenario from text."""
    from simulator.scenario import read

    def read_text(text, name="plan", **options):
        return read(write_plan(text, name), **options)

    return read_text


@pytest.fixture
def read_scenario(read_plan):
    """Read a scenario from text, as `scenario.yaml`."""
    return partial(read_plan, name="scenario")


@pytest.fixture(autouse=True)
def _width(monkeypatch):
    """Print tables at the width of the README, whatever the terminal or runner."""
    monkeypatch.setenv("COLUMNS", "110")


@pytest.fixture(autouse=True)
def _signals():
    """Restore signal handlers: a command that ran in this process leaves signals ignored."""
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in handlers.items():
        if signal.getsignal(each) is not handler:
            signal.signal(each, handler)


def pytest_terminal_summary(terminalreporter):
    """Print passed cases of the corpus of invalid inputs by section and severity."""
    counts = {}
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            key = dict(report.user_properties).get("corpus")
            if key is not None and (report.when == "call" or outcome == "failed"):
                cell = counts.setdefault(tuple(key), {"passed": 0, "failed": 0, "skipped": 0})
                cell[outcome] += 1
    if not counts:
        return
    terminalreporter.section("corpus of invalid inputs: passed of all cases, by severity")
    sections = sorted({section for section, _ in counts})
    rows = [("section", "***", "**", "*", "all", "waiting")]
    for section in [*sections, "all"]:
        cells = [
            [cell for (name, stars), cell in counts.items() if section in (name, "all") and stars in stars_shown]
            for stars_shown in ((3,), (2,), (1,), (1, 2, 3))
        ]
        shares = [f"{sum(c['passed'] for c in group)}/{sum(c['passed'] + c['failed'] for c in group)}" for group in cells]
        rows.append((section, *shares, str(sum(c["skipped"] for c in cells[3]))))
    for row in rows:
        terminalreporter.write_line(f"{row[0]:24}" + "".join(f"{cell:>11}" for cell in row[1:]))
