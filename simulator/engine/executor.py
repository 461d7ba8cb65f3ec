"""Where work is done: on threads of this process, or where a context variable sends it."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Output = TypeVar("Output")


class Executor(Protocol):
    """Does work that is not done by the threads of this process, such as a cluster."""

    def __call__(self, task: Callable[[Item], Output], items: Iterable[Item]) -> Iterator[Output]:
        """Yield what a task makes of each item, in the order of the items."""
        ...


EXECUTOR: ContextVar[Executor | None] = ContextVar("elsewhere", default=None)
"""Results do not depend on it, so it is no option of any function: whoever sets it sends the work of all that run under it."""


def in_order(task: Callable[[Item], Output], items: Sequence[Item], threads: int) -> Iterator[Output]:
    """Do a task on the executor of the context, or on threads, and yield what it makes of each item in their order."""
    executor = EXECUTOR.get()
    yield from over_threads(task, items, threads) if executor is None else executor(task, items)


def over_threads(task: Callable[[Item], Output], items: Sequence[Item], threads: int) -> Iterator[Output]:
    """Do a task on threads, and yield what it makes of each item in their order, with few of them in flight."""
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
