"""What the verbs that fit share: progress where somebody watches, and a bad fit as one line."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Progress:
    """A line on standard error that says what a fit does now."""

    def __init__(self) -> None:
        self._bar: Any = None
        self.of = ""
        """What is fitted."""

    def update(self, stage: str, done: int, of: int) -> None:
        """Say the stage, and how far it has come; called for every draw, it draws one in fifty."""
        if sys.stderr is None or not sys.stderr.isatty() or (done % 50 and done < of):
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, SpinnerColumn, TextColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), console=Console(stderr=True), transient=True
            )
            self._task = self._bar.add_task("")
            self._bar.start()
        self._bar.update(self._task, description=f"{self.of}: {stage}", completed=done, total=of or None)

    def stop(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()


@contextmanager
def fitting() -> Iterator[Progress]:
    """Show the progress of fits; one whose chains are not good enough ends the command."""
    from simulator.bayes import BadFit
    from simulator.cli import RunFailed

    progress = Progress()
    try:
        yield progress
    except BadFit as error:
        raise RunFailed(f"{progress.of}: {error}; nothing was written") from None
    finally:
        progress.stop()
