"""Work on a second core, in a copy of this process."""

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from simulator.core.resources import cores

Output = TypeVar("Output")


@contextmanager
def running_beside(work: Callable[[], Output]) -> Iterator[Callable[[], Output]]:
    """Run work beside what follows, and return a function that waits for its output.

    The work may write files; everything else that it changes in memory is lost. A copy of the process takes no time to start,
    and shares all that is loaded. There is one only on Linux, where this process has one thread and may use several cores;
    otherwise, and where the copy ends without an output, the work is done when its output is asked for.
    """
    if not _can_copy():
        yield work
        return
    receiving, sending = os.pipe()
    process = os.fork()
    if process == 0:
        _work_and_exit(work, sending)
    os.close(sending)
    is_over = False

    def output() -> Output:
        nonlocal is_over
        with os.fdopen(receiving, "rb", closefd=False) as stream:
            sent = stream.read()
        os.waitpid(process, 0)
        is_over = True
        if not sent:
            return work()
        error, found = pickle.loads(sent)
        if error is not None:
            raise error
        result: Output = found
        return result

    try:
        yield output
    finally:
        if not is_over:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        os.close(receiving)


def _can_copy() -> bool:
    return sys.platform == "linux" and threading.active_count() == 1 and cores() > 1


def _work_and_exit(work: Callable[[], Output], sending: int) -> None:
    """Do the work in the copy, send its output or its error, and end without cleaning up what belongs to the first process."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt ends the first process, which ends this one
        try:
            found: tuple[Exception | None, object] = (None, work())
        except Exception as error:
            found = (error, None)
        sent = pickle.dumps(found)  # what cannot be sent ends the copy without an output
        if found[0] is not None:
            pickle.loads(sent)
        with os.fdopen(sending, "wb") as stream:
            stream.write(sent)
    finally:
        os._exit(0)
