"""A scheduler without workers: it is told, and the threads of this process do the rest."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from simulator.engine import cluster
from simulator.engine.executor import map_in_order

distributed = pytest.importorskip("distributed", reason="--scheduler needs the extra llmcost[dask]")
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore:unclosed", "ignore::pytest.PytestUnraisableExceptionWarning"
)


def start(*words):
    return subprocess.Popen(
        [sys.executable, "-m", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


@pytest.fixture
def scheduler():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--no-show")
    yield f"tcp://127.0.0.1:{port}"
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def slow_square():
    """Return a function of its own, which is sent to workers by value."""

    def square(number):
        time.sleep(0.05)
        return number * number

    return square


def test_without_workers_it_ends_with_an_error(scheduler, monkeypatch):
    monkeypatch.setattr(cluster, "WORKERS_WITHIN", 0.5)
    with cluster.workers(scheduler), pytest.raises(cluster.ClusterError, match="has no workers"):
        list(map_in_order(slow_square(), [1], 1))


def test_after_the_last_worker_is_lost_this_process_does_the_rest(scheduler, monkeypatch, tmp_path):
    words = ("--nthreads", "1", "--no-dashboard", "--no-nanny", "--local-directory", str(tmp_path))
    worker = start("distributed.cli.dask_worker", scheduler, *words)
    lines, found = [], []
    with cluster.workers(scheduler, report=lines.append):
        for output in map_in_order(slow_square(), list(range(60)), 1):
            if not found:
                monkeypatch.setattr(cluster, "WORKERS_WITHIN", 0.5)
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
            found.append(output)
    assert found == [number * number for number in range(60)]
    assert len(lines) == 1
    assert "has had no workers for 0 s; the threads of this process do the rest" in lines[0]
