"""Progress on standard error, for commands that take more than a second, on a terminal only."""

import sys
from time import monotonic
from typing import Any

import click

_NARROW = 76  # characters of a terminal below which a share stands for the counts
_DELAY = 1.0  # seconds before progress is shown
_REFRESH_INTERVAL = 0.1  # seconds between refreshes; some callers report every draw


class ProgressLine:
    """The current step and its progress, in one line that is erased at the end."""

    def __init__(self, label: str = "", quiet: bool = False) -> None:
        self._label = label
        self._enabled = _is_interactive(quiet)
        self._pace = Pace()
        self._next_refresh, self._is_visible = monotonic() + _DELAY, False

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_visible:
            click.echo("\r\033[K", nl=False, err=True)

    def update(self, done: int, total: int, label: str = "") -> None:
        """Show progress (`total` 0 if unknown), with another label if given."""
        self._pace.update(done, total)
        if self._enabled and monotonic() > self._next_refresh:
            count = f"{done:,} of {total:,} " if total else ""
            pace = f", {self._pace}" if total and done else ""
            click.echo(f"\r\033[K{count}{label or self._label}{pace}", nl=False, err=True)
            self._next_refresh, self._is_visible = monotonic() + _REFRESH_INTERVAL, True

    def show_step(self, label: str) -> None:
        """Show the step that begins."""
        self.update(0, 0, f"{label} ...")


class Pace:
    """Rate of the steps done, and the time that the remaining ones take at this rate."""

    def __init__(self) -> None:
        self._start, self._done, self._total, self._now = monotonic(), 0, 0, monotonic()

    def update(self, done: int, total: int) -> None:
        """Note the steps done; a count below the last one begins another phase, with a rate of its own."""
        self._now = monotonic()
        if done < self._done or total != self._total:
            self._start = self._now
        self._done, self._total = done, total

    @property
    def elapsed(self) -> float:
        """Seconds since the phase began."""
        return max(self._now - self._start, 1e-9)

    @property
    def rate(self) -> float:
        """Steps per second."""
        return self._done / self.elapsed

    @property
    def remaining(self) -> float | None:
        """Seconds until all steps are done at this rate; None before the first."""
        return (self._total - self._done) / self.rate if self._done and self._total >= self._done else None

    def __str__(self) -> str:
        remaining = self.remaining
        text = f"{format_rate(self.rate)}/s"
        return text if remaining is None else f"{text}, {format_duration(remaining)} left"


def format_rate(rate: float) -> str:
    """Format a number per second: `3.4M`, `120K`, `0.52`."""
    for scale, letter in ((1e6, "M"), (1e3, "K")):
        if rate >= scale:
            return f"{rate / scale:.3g}{letter}" if rate < 1000 * scale else f"{rate / scale:,.0f}{letter}"
    return f"{rate:.2g}" if rate < 100 else f"{rate:.0f}"


def format_duration(seconds: float) -> str:
    """Format a time in two units at most: `8 s`, `2 min 5 s`, `1 h 10 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


class ProgressBar:
    """A progress bar with rate and remaining time."""

    def __init__(self, quiet: bool, label: str = "draws") -> None:
        self._label = label
        self._enabled = _is_interactive(quiet)
        self._pace = Pace()
        self._bar: Any = None

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int, total: int) -> None:
        """Show progress; a count below the last one begins another phase."""
        self._pace.update(done, total)
        if not self._enabled or (self._bar is None and self._pace.elapsed < _DELAY):
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            console = Console(stderr=True)
            counts = TextColumn("{task.completed:,.0f} of {task.total:,.0f} " + self._label)
            if console.width < _NARROW:
                counts = TextColumn("{task.percentage:.0f}%")
            bar = BarColumn(bar_width=max(8, min(40, console.width - 60)))
            self._bar = Progress(bar, counts, TextColumn("{task.fields[pace]}"), console=console, transient=True)
            self._task = self._bar.add_task("", total=total, pace="")
            self._bar.start()
        self._bar.update(self._task, completed=done, total=total, pace=str(self._pace))


def _is_interactive(quiet: bool) -> bool:
    return not quiet and sys.stderr is not None and sys.stderr.isatty()
