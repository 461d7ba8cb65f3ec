"""Progress on standard error, once a command takes more than a second, and only where somebody watches."""

import sys
from time import monotonic
from typing import Any

import click

_AT_LEAST = 1.0  # seconds before anything is shown
_BETWEEN = 0.1  # seconds from one showing to the next; some are told of every draw


class Line:
    """What is done now and how much of it, in one line that is wiped in the end."""

    def __init__(self, what: str = "", quiet: bool = False) -> None:
        self._what = what
        self._wanted = _watched(quiet)
        self._next, self._shown = monotonic() + _AT_LEAST, False

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            click.echo("\r\033[K", nl=False, err=True)

    def update(self, done: int, of: int, what: str = "") -> None:
        """Say how much is done (`of` 0: not known), and what where that changes."""
        if self._wanted and monotonic() > self._next:
            count = f"{done:,} of {of:,} " if of else ""
            click.echo(f"\r\033[K{count}{what or self._what}", nl=False, err=True)
            self._next, self._shown = monotonic() + _BETWEEN, True

    def say(self, what: str) -> None:
        """Say which step begins."""
        self.update(0, 0, f"{what} ...")


class Bar:
    """A bar with its rate and the time that is left, for draws and what consists of them."""

    def __init__(self, quiet: bool, what: str = "draws") -> None:
        self._what = what
        self._wanted = _watched(quiet)
        self._start = monotonic()
        self._bar: Any = None

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int, of: int) -> None:
        """Say how much is done."""
        taken = monotonic() - self._start
        if not self._wanted or (self._bar is None and taken < _AT_LEAST):
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (
                BarColumn(),
                TextColumn("{task.completed:,.0f} of {task.total:,.0f} " + self._what),
                TextColumn("{task.fields[rate]}"),
            )
            self._bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task("", total=of, rate="")
            self._bar.start()
        rate = done / taken
        said = f"{rate / 1e6:.1f} M/s" if self._what == "draws" else f"{rate:.1f}/s"
        self._bar.update(self._task, completed=done, total=of, rate=said)


def _watched(quiet: bool) -> bool:
    return not quiet and sys.stderr is not None and sys.stderr.isatty()
