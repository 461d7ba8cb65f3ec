"""Progress on standard error, for commands that take more than a second, on a terminal only."""

import sys
from time import monotonic
from typing import Any

import click

_DELAY = 1.0  # seconds before progress is shown
_REFRESH_INTERVAL = 0.1  # seconds between refreshes; some callers report every draw


class ProgressLine:
    """The current step and its progress, in one line that is erased at the end."""

    def __init__(self, label: str = "", quiet: bool = False) -> None:
        self._label = label
        self._enabled = _is_interactive(quiet)
        self._next_refresh, self._is_visible = monotonic() + _DELAY, False

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_visible:
            click.echo("\r\033[K", nl=False, err=True)

    def update(self, done: int, total: int, label: str = "") -> None:
        """Show progress (`total` 0 if unknown), with another label if given."""
        if self._enabled and monotonic() > self._next_refresh:
            count = f"{done:,} of {total:,} " if total else ""
            click.echo(f"\r\033[K{count}{label or self._label}", nl=False, err=True)
            self._next_refresh, self._is_visible = monotonic() + _REFRESH_INTERVAL, True

    def show_step(self, label: str) -> None:
        """Show the step that begins."""
        self.update(0, 0, f"{label} ...")


class ProgressBar:
    """A progress bar with rate and remaining time."""

    def __init__(self, quiet: bool, label: str = "draws") -> None:
        self._label = label
        self._enabled = _is_interactive(quiet)
        self._start = monotonic()
        self._done = 0
        self._bar: Any = None

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int, total: int) -> None:
        """Show progress; a count below the last one begins another phase, with a rate of its own."""
        if done < self._done:
            self._start = monotonic()
        self._done, elapsed = done, max(monotonic() - self._start, 1e-9)
        if not self._enabled or (self._bar is None and elapsed < _DELAY):
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (
                BarColumn(),
                TextColumn("{task.completed:,.0f} of {task.total:,.0f} " + self._label),
                TextColumn("{task.fields[rate]}"),
            )
            self._bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task("", total=total, rate="")
            self._bar.start()
        rate = done / elapsed
        speed = f"{rate / 1e6:.1f} M/s" if self._label == "draws" else f"{rate:.1f}/s"
        self._bar.update(self._task, completed=done, total=total, rate=speed)


def _is_interactive(quiet: bool) -> bool:
    return not quiet and sys.stderr is not None and sys.stderr.isatty()
