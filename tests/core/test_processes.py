"""Work on a second core gives what it gives here, and leaves no process behind."""

import os
import threading

import pytest

from simulator.core import processes
from simulator.core.processes import running_beside


@pytest.fixture(params=["copy", "here"])
def where(request, monkeypatch):
    if request.param == "copy" and (not hasattr(os, "fork") or threading.active_count() > 1):
        pytest.skip("this process cannot be copied")
    monkeypatch.setattr(processes, "_can_copy", lambda: request.param == "copy")
    return request.param


@pytest.fixture
def left(monkeypatch):
    """Return the processes that were started here and are not waited for; other tests may have children of their own."""
    started, fork = [], os.fork
    monkeypatch.setattr(os, "fork", lambda: started.append(fork()) or started[-1])

    def is_left(process):
        try:
            return os.waitpid(process, os.WNOHANG) is not None
        except ChildProcessError:
            return False

    return lambda: [process for process in started if is_left(process)]


def test_the_output_is_that_of_the_work(where, tmp_path, left):
    def work():
        (tmp_path / "file").write_text("written")
        return {"process": os.getpid(), "text": "x" * 1_000_000}  # more than a pipe holds

    with running_beside(work) as output:
        found = output()
    assert len(found["text"]) == 1_000_000
    assert (found["process"] == os.getpid()) == (where == "here")
    assert (tmp_path / "file").read_text() == "written"
    assert left() == []


def test_an_error_of_the_work_is_raised_where_its_output_is_asked_for(where, left):
    def work():
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), running_beside(work) as output:
        output()
    assert left() == []


def test_an_error_of_what_runs_beside_ends_the_work(where, left):
    def work():
        threading.Event().wait(60)

    with pytest.raises(KeyboardInterrupt), running_beside(work):
        raise KeyboardInterrupt
    assert left() == []


def test_a_copy_that_ends_without_an_output_is_replaced(monkeypatch, left):
    if not hasattr(os, "fork") or threading.active_count() > 1:
        pytest.skip("this process cannot be copied")
    monkeypatch.setattr(processes, "_can_copy", lambda: True)
    first = os.getpid()

    def work():
        if os.getpid() != first:
            os._exit(1)
        return "done here"

    with running_beside(work) as output:
        assert output() == "done here"
    assert left() == []


def test_an_output_that_cannot_be_sent_is_computed_here(where, left):
    def work():
        return lambda: os.getpid()  # a function without a name cannot be pickled

    with running_beside(work) as output:
        found = output()
    assert found() == os.getpid()
    assert left() == []
