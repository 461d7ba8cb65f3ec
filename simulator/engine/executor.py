"""Execution of tasks: on threads of this process, or on the executor of a context variable."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Output = TypeVar("Output")


class Executor(Protocol):
    """Runs tasks outside the threads of this process, such as on a cluster."""

    def __call__(self, task: Callable[[Item], Output], items: Iterable[Item]) -> Iterator[Output]:
        """Yield the output of a task for each item, in the order of the items."""
        ...


EXECUTOR: ContextVar[Executor | None] = ContextVar("executor", default=None)
"""Results do not depend on it, so it is not an option of any function: it applies to everything that runs in its context."""


def map_in_order(task: Callable[[Item], Output], items: Sequence[Item], threads: int) -> Iterator[Output]:
    """Run a task on the executor of the context, or on threads, and yield the outputs in the order of the items."""
    executor = EXECUTOR.get()
    yield from map_over_threads(task, items, threads) if executor is None else executor(task, items)


def map_over_threads(task: Callable[[Item], Output], items: Sequence[Item], threads: int) -> Iterator[Output]:
    """Run a task on threads with few items in flight, and yield the outputs in the order of the items."""
    if threads == 1 or len(items) == 1:
        yield from map(task, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        pending: deque[Future[Output]] = deque()
        try:
            for item in items:
                pending.append(pool.submit(task, item))
                if len(pending) > 2 * threads:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
