"""Files and folders that are written whole or not at all."""

import contextlib
import ctypes
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file of this name in a folder beside it, then put it in its place in one step.

    On any failure the old file stays. What a killed run has left beside the file is cleared away.
    """
    _clear_leftovers(path)
    with _folder_beside(path) as folder:
        beside = folder / path.name
        write(beside)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)


def write_text_whole(path: Path, text: str) -> None:
    """Write text as UTF-8 with the line ends that it has, whole or not at all."""
    write_whole(path, lambda beside: _write_text(beside, text))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")


def write_folder_whole(folder: Path, fill: Callable[[Path], object]) -> None:
    """Let `fill` put files into a folder of this name beside it, then put it in the place of what stood there.

    On any failure the old folder stays, and it is gone once the new one stands.
    """
    _clear_leftovers(folder)
    with _folder_beside(folder) as hidden:
        made = hidden / folder.name
        made.mkdir()
        fill(made)
        if not folder.exists():
            made.rename(folder)
        elif not _exchanged(made, folder):
            _replaced(made, folder)


_AT_THE_WORKING_FOLDER, _EXCHANGE = -100, 2  # of Linux's fcntl.h and fs.h


def _exchanged(made: Path, folder: Path) -> bool:
    """Let two folders change places in one step, where the system can do that."""
    try:
        rename = ctypes.CDLL(None).renameat2
    except (OSError, TypeError, AttributeError):
        return False
    here = _AT_THE_WORKING_FOLDER
    return bool(rename(here, os.fsencode(made), here, os.fsencode(folder), _EXCHANGE) == 0)


def _replaced(made: Path, folder: Path) -> None:
    """Put a folder in the place of another in two steps. A kill between them leaves the old one under a name that says so."""
    earlier = folder.with_name(f"{folder.name}.earlier")
    folder.rename(earlier)
    try:
        made.rename(folder)
    except BaseException:
        earlier.rename(folder)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def _prefix(path: Path) -> str:
    return f".{path.name}.llmcost-"


@contextlib.contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """Make a hidden folder beside a file, and hold a lock on it as long as this process lives, however it ends.

    A folder and not a file, so that libraries may lock what they write. Where the clearing away is interrupted, the next run
    does it.
    """
    folder, lock = _made(path)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _made(path: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_prefix(path), dir=path.parent))
        lock = _locked(folder)
        if lock is not None and folder.exists():
            return folder, lock
        # Another run found it before it was locked, and took it for a leftover.


def _clear_leftovers(path: Path) -> None:
    """Remove the folders of runs that were killed: those on which nobody holds a lock. Times are not asked; clocks go wrong."""
    for folder in path.parent.iterdir():
        if folder.name.startswith(_prefix(path)) and not folder.is_symlink():
            lock = _locked(folder)
            if lock is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


def _locked(folder: Path) -> int | None:
    """Return a descriptor that holds the lock of a folder, or None where another process holds it or the folder is gone."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock
