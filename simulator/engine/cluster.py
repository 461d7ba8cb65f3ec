"""Work on more than one machine, by Dask distributed: `with workers("tcp://..."):` sends there what runs under it.

A task is a pure function and its item, both pickled here, and what it makes is small. It comes back in the order of the items
whoever made it, however often it was begun, so a result has the bytes that the threads of this process would give it. There is
no scheduler, queue or protocol of ours: retries, lost workers and data are Dask's. Dask pickles between machines that trust
each other: connect only to a scheduler of your own.
"""

import contextlib
import logging
import platform
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from simulator.core import resources as machine
from simulator.core.version import tool_version
from simulator.engine.executor import EXECUTOR, Item, Output, over_threads

if TYPE_CHECKING:
    from distributed import Client, Future

INSTALL = "Dask is not installed; pip install distributed"
LOCAL = "local:"
MOST_LOCAL = 1024
RETRIES = 3
_ALLOWED_FAILURES = 100
"""Deaths of workers that a task may meet: Dask's three blame every task of a worker that a spot market took away."""
_IN_FLIGHT = 16  # tasks for each thread of the workers: enough that none waits, few enough that results need little memory
_CONNECT = 10.0  # seconds
_RECONNECT = 30.0
_WORKERS_WITHIN = 60.0
_ENVIRONMENT = {
    # One thread for each worker, as there is one worker for each core.
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    # Dask would give memory back at once, and each block of draws would ask for it anew: 330 ns a draw in place of 190.
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),  # the most that glibc takes
}


class Trouble(Exception):
    """A cluster that cannot be used, with one clear line."""


@contextlib.contextmanager
def workers(where: str, tell: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Send the work of what runs inside to `tcp://HOST:PORT` or to `local:N` worker processes.

    It connects with the first task, so that an input is refused before anything is started. `tell` is given a line where the
    scheduler is lost: it is looked for again, and what is still to do then is done by it, or else by this process.

    Raises ValueError where `where` is no such place or Dask is missing, and inside `Trouble` where there is no scheduler, or
    there are no workers, or they have other versions.
    """
    check(where)
    cluster = _Cluster(where, tell)
    before = EXECUTOR.set(cluster)
    try:
        yield
    finally:
        EXECUTOR.reset(before)
        cluster.close()


def check(where: str) -> None:
    """Raise ValueError where this is no place for work, or Dask is missing."""
    if find_spec("distributed") is None:
        raise ValueError(INSTALL)
    scheme, _, rest = where.partition(":")
    count = rest.isascii() and rest.isdigit() and 1 <= int(rest[:9]) <= MOST_LOCAL
    if not (scheme == "local" and count) and not (scheme in ("tcp", "tls") and rest.startswith("//") and len(rest) > 2):
        raise ValueError(f"{where!r} is no scheduler; write tcp://HOST:PORT or local:N, N worker processes on this machine")


class _Cluster:
    """The workers at one place; connected on first use."""

    def __init__(self, where: str, tell: Callable[[str], None]) -> None:
        self.where, self.tell = where, tell
        self._open: contextlib.ExitStack | None = None
        self._client: Any = None

    def __call__(self, task: Callable[[Item], Output], items: Iterable[Item]) -> Iterator[Output]:
        waiting = list(items)
        output: Output
        pickled = _pickled((_versions(), task))
        while waiting:
            try:
                if self._client is None:
                    self._connect(_CONNECT)
                for output in self._sent(pickled, list(waiting)):
                    waiting.pop(0)
                    yield output
            except _Lost:
                self.close()
                self.tell(f"lost the scheduler {self.where}; looking for it again for {_RECONNECT:.0f} s")
                try:
                    self._connect(_RECONNECT)
                except Trouble:
                    self.tell(f"the scheduler {self.where} does not come back; the threads of this process do the rest")
                    yield from over_threads(task, waiting, machine.cores())
                    return

    def _sent(self, pickled: bytes, items: list[Item]) -> Iterator[Output]:
        """Send tasks, few of them at a time, and yield what comes back in the order of the items."""
        client: Client = self._client
        pending: deque[Future] = deque()
        with _lost_is_known():
            # A task of its own holds what all need: it is sent to a worker once, and made again where that worker dies.
            shared = client.submit(bytes, pickled, pure=False, retries=RETRIES)
            most = _IN_FLIGHT * max(1, sum(client.nthreads().values()))
            try:
                for item in items:
                    pending.append(client.submit(_work, shared, _pickled(item), pure=False, retries=RETRIES))
                    if len(pending) >= most:
                        yield _output(pending.popleft())
                while pending:
                    yield _output(pending.popleft())
            finally:
                for future in pending:
                    future.release()

    def _connect(self, seconds: float) -> None:
        """Start or find the workers, and refuse them where they would not give the same numbers."""
        import dask
        from distributed import Client, LocalCluster

        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is told in lines of our own
        with contextlib.ExitStack() as stack:
            stack.enter_context(dask.config.set({
                "distributed.scheduler.allowed-failures": _ALLOWED_FAILURES,
                "distributed.nanny.pre-spawn-environ": _ENVIRONMENT,
                "distributed.comm.timeouts.connect": seconds,
            }))  # fmt: skip
            try:
                place: Any = self.where
                if self.where.startswith(LOCAL):
                    place = stack.enter_context(
                        LocalCluster(
                            n_workers=int(self.where.removeprefix(LOCAL)), threads_per_worker=1, dashboard_address=":0",
                            silence_logs=logging.CRITICAL,
                        )
                    )  # fmt: skip
                client = stack.enter_context(Client(place, timeout=seconds, set_as_default=False))
                client.wait_for_workers(1, timeout=_WORKERS_WITHIN)
            except TimeoutError as error:
                what = "has no workers" if "worker" in str(error) else "does not answer"
                raise Trouble(f"--scheduler {self.where}: {what}") from None
            except (OSError, ValueError) as error:
                raise Trouble(f"--scheduler {self.where}: {error}") from None
            _check_versions(self.where, client.get_versions(packages=["llmcost"]))
            self._client, self._open = client, stack.pop_all()

    def close(self) -> None:
        if self._open is not None:
            stack, self._open, self._client = self._open, None, None
            with contextlib.suppress(Exception):  # of a scheduler that is gone
                stack.close()


class _Lost(Exception):
    """The scheduler is gone."""


@contextlib.contextmanager
def _lost_is_known() -> Iterator[None]:
    from distributed import CancelledError

    try:
        yield
    except (CancelledError, OSError, TimeoutError) as error:
        raise _Lost from error


def _output(future: "Future") -> Any:
    """Wait for a task."""
    from distributed.scheduler import KilledWorker

    try:
        return future.result()
    except KilledWorker:
        raise Trouble(f"{_ALLOWED_FAILURES} workers died on one task, so it is not sent again; look at their logs") from None
    except ModuleNotFoundError as error:
        raise Trouble(f"a worker has no module {error.name}: install llmcost {tool_version()} on every worker") from None
    finally:
        future.release()


# --- on the worker --------------------------------------------------------------------------------------------------------


def _work(shared: bytes, item: bytes) -> Any:
    """Do the task on an item, where this process has the versions of the one that sends it."""
    import pickle

    versions, task = _loaded(shared)
    if versions != _versions():
        raise Trouble(_differ(_versions(), versions))
    return task(pickle.loads(item))


def _loaded(shared: bytes) -> Any:
    """Unpickle what all tasks share, once for each worker."""
    import pickle

    if shared not in _LOADED:
        _LOADED.clear()
        _LOADED[shared] = pickle.loads(shared)
    return _LOADED[shared]


_LOADED: dict[bytes, Any] = {}


def _versions() -> dict[str, str]:
    """What must be the same everywhere for the same bytes: package, numpy, and Python, whose code objects are sent."""
    import numpy as np

    return {"llmcost": tool_version(), "numpy": np.__version__, "python": ".".join(platform.python_version_tuple()[:2])}


def _differ(theirs: dict[str, Any], ours: dict[str, str]) -> str:
    other = [f"{name} {theirs.get(name) or 'is missing'}, not {ours[name]}" for name in ours if theirs.get(name) != ours[name]]
    return f"a worker has {'; '.join(other)}: results would not be the same; install one set of versions everywhere"


def _check_versions(where: str, found: dict[str, Any]) -> None:
    ours = _versions()
    for worker in found["workers"].values():
        theirs = {name: worker["packages"].get(name) for name in ours}
        theirs["python"] = ".".join(str(theirs["python"]).split(".")[:2])
        if theirs != ours:
            raise Trouble(f"--scheduler {where}: {_differ(theirs, ours)}")


def _pickled(what: object) -> bytes:
    """Pickle with cloudpickle: functions made here, and formulas of the user's own file, go by their code."""
    import cloudpickle

    own = [module for name, module in list(sys.modules.items()) if name.startswith("llmcost_formulas_")]
    for module in own:
        cloudpickle.register_pickle_by_value(module)
    return cloudpickle.dumps(what)
