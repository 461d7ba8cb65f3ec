"""Distributed execution by Dask: `with workers("tcp://..."):` runs the tasks of its body on the workers of a scheduler.

A task is a pure function and an item, both pickled here, and its output is small. Outputs are returned in the order of the
items, whichever worker computed them and however often, so a result is byte-identical to that of the threads of this process.
Scheduling, retries, lost workers and data transfer are left to Dask. Dask uses pickle, which requires mutual trust: connect
only to your own scheduler.
"""

import contextlib
import logging
import platform
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from simulator.core import resources as machine
from simulator.core.errors import LlmcostError
from simulator.core.version import tool_version
from simulator.engine.executor import EXECUTOR, Item, Output, map_over_threads

if TYPE_CHECKING:
    from distributed import Client, Future

INSTALL = "Dask is not installed; pip install distributed"
LOCAL = "local:"
MOST_LOCAL = 1024
RETRIES = 3
_ALLOWED_FAILURES = 100
"""Worker deaths that a task may survive: Dask's default of three would fail tasks of interrupted spot instances."""
_IN_FLIGHT = 16  # tasks per worker thread: enough that no worker waits, few enough that results need little memory
_CONNECT = 10.0  # seconds
_RECONNECT = 30.0
WORKERS_WITHIN = 30.0
"""Seconds for which a scheduler may be without workers, at the start and between tasks."""
_POLL = 1.0  # seconds between two looks at the workers
_ENVIRONMENT = {
    # One thread per worker, as there is one worker per core.
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    # Dask would release memory at once, and each block of draws would request it again: 330 ns a draw instead of 190.
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),  # the maximum of glibc
}


class ClusterError(LlmcostError):
    """A cluster that cannot be used, with the reason in one line."""


@contextlib.contextmanager
def workers(address: str, report: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Run the tasks of the body on the scheduler `tcp://HOST:PORT` or on `local:N` worker processes.

    It connects with the first task, so that invalid input is refused before anything is started. If the scheduler is lost,
    `report` is called with a line, the connection is retried, and remaining tasks run there or else in this process. If it has
    been without workers for `WORKERS_WITHIN` seconds, they run in this process.

    Raises ValueError if `address` is invalid or Dask is missing. The body raises `ClusterError` if there is no scheduler, there
    are no workers, or their versions differ.
    """
    check_scheduler(address)
    cluster = _Cluster(address, report)
    before = EXECUTOR.set(cluster)
    try:
        yield
    finally:
        EXECUTOR.reset(before)
        cluster.close()


def check_scheduler(address: str) -> None:
    """Raise ValueError if the address of a scheduler is invalid, or Dask is missing."""
    if find_spec("distributed") is None:
        raise ValueError(INSTALL)
    scheme, _, rest = address.partition(":")
    count = rest.isascii() and rest.isdigit() and 1 <= int(rest[:9]) <= MOST_LOCAL
    if not (scheme == "local" and count) and not (scheme in ("tcp", "tls") and rest.startswith("//") and len(rest) > 2):
        raise ValueError(f"{address!r} is no scheduler; write tcp://HOST:PORT or local:N, N worker processes on this machine")


class _Cluster:
    """The workers of one scheduler; connected on first use."""

    def __init__(self, address: str, report: Callable[[str], None]) -> None:
        self.address, self.report = address, report
        self._open: contextlib.ExitStack | None = None
        self._client: Any = None

    def __call__(self, task: Callable[[Item], Output], items: Iterable[Item]) -> Iterator[Output]:
        pending_items = list(items)
        output: Output
        task_bytes = _pickle((_versions(), task))
        while pending_items:
            try:
                if self._client is None:
                    self._connect(_CONNECT)
                for output in self._submit(task_bytes, list(pending_items)):
                    pending_items.pop(0)
                    yield output
            except _WorkersLostError:
                self.close()
                problem = f"has had no workers for {WORKERS_WITHIN:.0f} s"
                self.report(f"the scheduler {self.address} {problem}; the threads of this process do the rest")
                yield from map_over_threads(task, pending_items, machine.cores())
                return
            except _SchedulerLostError:
                self.close()
                self.report(f"lost the scheduler {self.address}; reconnecting for {_RECONNECT:.0f} s")
                try:
                    self._connect(_RECONNECT)
                except ClusterError:
                    self.report(f"the scheduler {self.address} did not come back; the threads of this process do the rest")
                    yield from map_over_threads(task, pending_items, machine.cores())
                    return

    def _submit(self, task_bytes: bytes, items: list[Item]) -> Iterator[Output]:
        """Submit tasks, few of them at a time, and yield the outputs in the order of the items."""
        client: Client = self._client
        pending: deque[Future] = deque()
        with _detect_loss():
            # The common data are a task of their own: sent to a worker once, and computed again if that worker dies.
            shared = client.submit(bytes, task_bytes, pure=False, retries=RETRIES)
            limit = _IN_FLIGHT * max(1, sum(client.nthreads().values()))
            try:
                for item in items:
                    pending.append(client.submit(_run_task, shared, _pickle(item), pure=False, retries=RETRIES))
                    if len(pending) >= limit:
                        yield _wait_for(pending.popleft(), client)
                while pending:
                    yield _wait_for(pending.popleft(), client)
            finally:
                for future in pending:
                    future.release()

    def _connect(self, seconds: float) -> None:
        """Connect to the workers or start them, and refuse them if their versions could give other results."""
        import dask
        from distributed import Client, LocalCluster

        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # this module reports what matters
        with contextlib.ExitStack() as stack:
            stack.enter_context(dask.config.set({
                "distributed.scheduler.allowed-failures": _ALLOWED_FAILURES,
                "distributed.nanny.pre-spawn-environ": _ENVIRONMENT,
                "distributed.comm.timeouts.connect": seconds,
            }))  # fmt: skip
            try:
                scheduler: Any = self.address
                if self.address.startswith(LOCAL):
                    scheduler = stack.enter_context(
                        LocalCluster(
                            n_workers=int(self.address.removeprefix(LOCAL)), threads_per_worker=1, dashboard_address=":0",
                            silence_logs=logging.CRITICAL,
                        )
                    )  # fmt: skip
                client = stack.enter_context(Client(scheduler, timeout=seconds, set_as_default=False))
                client.wait_for_workers(1, timeout=WORKERS_WITHIN)
            except TimeoutError as error:
                problem = "has no workers" if "worker" in str(error) else "does not answer"
                raise ClusterError(f"--scheduler {self.address}: {problem}") from None
            except (OSError, ValueError) as error:
                raise ClusterError(f"--scheduler {self.address}: {error}") from None
            _check_versions(self.address, client.get_versions(packages=["llmcost"]))
            self._client, self._open = client, stack.pop_all()

    def close(self) -> None:
        if self._open is not None:
            stack, self._open, self._client = self._open, None, None
            with contextlib.suppress(Exception):  # the scheduler may be gone
                stack.close()


class _SchedulerLostError(LlmcostError):
    """The scheduler is gone."""


class _WorkersLostError(LlmcostError):
    """The scheduler is there, and has no workers."""


@contextlib.contextmanager
def _detect_loss() -> Iterator[None]:
    from distributed import CancelledError

    try:
        yield
    except (CancelledError, OSError, TimeoutError) as error:
        raise _SchedulerLostError from error


def _wait_for(future: "Future", client: "Client") -> Any:
    """Wait for a task and return its output; raise `_WorkersLostError` without workers for `WORKERS_WITHIN` s."""
    from distributed.scheduler import KilledWorker

    last_seen = time.monotonic()
    try:
        while True:
            try:
                return future.result(timeout=_POLL)
            except TimeoutError:
                if future.done():  # it ended just now, or the task itself raised the error
                    return future.result()
            if client.nthreads():
                last_seen = time.monotonic()
            elif time.monotonic() - last_seen > WORKERS_WITHIN:
                raise _WorkersLostError
    except KilledWorker:
        raise ClusterError(f"{_ALLOWED_FAILURES} workers died on one task, so it is not retried; see their logs") from None
    except ModuleNotFoundError as error:
        raise ClusterError(f"a worker has no module {error.name}: install llmcost {tool_version()} on every worker") from None
    finally:
        future.release()


# --- on the worker --------------------------------------------------------------------------------------------------------


def _run_task(shared: bytes, item: bytes) -> Any:
    """Run the task on an item, if this process has the same versions as the sender."""
    import pickle

    versions, task = _load(shared)
    if versions != _versions():
        raise ClusterError(_describe_difference(_versions(), versions))
    return task(pickle.loads(item))


def _load(shared: bytes) -> Any:
    """Unpickle the data common to all tasks, once per worker."""
    import pickle

    if shared not in _CACHE:
        _CACHE.clear()
        _CACHE[shared] = pickle.loads(shared)
    return _CACHE[shared]


_CACHE: dict[bytes, Any] = {}


def _versions() -> dict[str, str]:
    """Return the versions that must agree for identical results: package, NumPy, and Python, as code objects are sent."""
    import numpy as np

    return {"llmcost": tool_version(), "numpy": np.__version__, "python": ".".join(platform.python_version_tuple()[:2])}


def _describe_difference(theirs: dict[str, Any], ours: dict[str, str]) -> str:
    other = [f"{name} {theirs.get(name) or 'is missing'}, not {ours[name]}" for name in ours if theirs.get(name) != ours[name]]
    return f"a worker has {'; '.join(other)}: results would not be the same; install the same versions everywhere"


def _check_versions(address: str, versions: dict[str, Any]) -> None:
    ours = _versions()
    for worker in versions["workers"].values():
        theirs = {name: worker["packages"].get(name) for name in ours}
        theirs["python"] = ".".join(str(theirs["python"]).split(".")[:2])
        if theirs != ours:
            raise ClusterError(f"--scheduler {address}: {_describe_difference(theirs, ours)}")


def _pickle(value: object) -> bytes:
    """Pickle with cloudpickle: local functions, and formulas of the user's own file, are pickled by value."""
    import cloudpickle

    own_modules = [module for name, module in list(sys.modules.items()) if name.startswith("llmcost_formulas_")]
    for module in own_modules:
        cloudpickle.register_pickle_by_value(module)
    return cloudpickle.dumps(value)
