"""The last value of each thread, for what is asked for several times in a row."""

import threading
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class LastValue(threading.local, Generic[Kept]):
    """A place for one value, of which each thread has its own."""

    value: Kept | None = None
