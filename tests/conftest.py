"""What every test may rely on."""

import os
import signal

# Before numpy is imported, as `llmcost` itself does: small matrices are quicker so, and last digits the same everywhere.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest

# A shell that starts the tests in the background lets them ignore Ctrl-C, and so would every command that they interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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


@pytest.fixture(autouse=True)
def _width(monkeypatch):
    """Tables are as wide as the README's, whatever terminal or runner the tests have."""
    monkeypatch.setenv("COLUMNS", "110")


@pytest.fixture(autouse=True)
def _signals():
    """A command that is called in this process ends by ignoring signals; the next test must not inherit that."""
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in handlers.items():
        if signal.getsignal(each) is not handler:
            signal.signal(each, handler)


def pytest_terminal_summary(terminalreporter):
    """Print the corpus of bad inputs as a table: cases by section and severity, and how many passed."""
    counted = {}
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            key = dict(report.user_properties).get("corpus")
            if key is not None and (report.when == "call" or outcome == "failed"):
                cell = counted.setdefault(tuple(key), {"passed": 0, "failed": 0, "skipped": 0})
                cell[outcome] += 1
    if not counted:
        return
    terminalreporter.section("corpus of bad inputs: passed of cases, by severity")
    sections = sorted({section for section, _ in counted})
    rows = [("section", "***", "**", "*", "all", "waiting")]
    for section in [*sections, "all"]:
        cells = [
            [cell for (name, stars), cell in counted.items() if section in (name, "all") and stars in wanted]
            for wanted in ((3,), (2,), (1,), (1, 2, 3))
        ]
        said = [f"{sum(c['passed'] for c in some)}/{sum(c['passed'] + c['failed'] for c in some)}" for some in cells]
        rows.append((section, *said, str(sum(c["skipped"] for c in cells[3]))))
    for row in rows:
        terminalreporter.write_line(f"{row[0]:8}" + "".join(f"{cell:>11}" for cell in row[1:]))
