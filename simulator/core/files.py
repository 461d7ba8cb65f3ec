"""Atomic writes: files and folders are written completely or not at all."""

import contextlib
import ctypes
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from simulator.core.suggestions import InvalidValueError


def check_output_file(path: Path, suffixes: Sequence[str]) -> None:
    """Raise `InvalidValueError` where a file cannot be written: another format, a folder, or no folder to write it to."""
    if path.suffix not in suffixes:
        raise InvalidValueError(f"{path}: no format {path.suffix or path.name!r}; there are {', '.join(suffixes)}")
    try:
        is_folder = path.is_dir()
    except OSError as error:  # such as a name that is too long
        raise InvalidValueError(f"{path}: {error.strerror}") from None
    if is_folder:
        raise InvalidValueError(f"{path}: is a folder")
    if not path.parent.is_dir():
        raise InvalidValueError(f"{path}: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise InvalidValueError(f"{path}: the folder {path.parent} cannot be written to")


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Call `write` on a temporary file of the same name in a hidden sibling folder, then move it into place in one step.

    On any failure the old file stays. Temporary folders of killed runs are removed.
    """
    _clear_leftovers(path)
    with _temporary_sibling(path) as folder:
        temporary = folder / path.name
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)


def write_text_atomically(path: Path, text: str) -> None:
    """Write text atomically, as UTF-8 and with its own line ends."""
    write_atomically(path, lambda temporary: _write_text(temporary, text))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")


def write_folder_atomically(folder: Path, fill: Callable[[Path], object]) -> None:
    """Call `fill` on a temporary folder of the same name in a hidden sibling folder, then replace the old folder by it.

    On any failure the old folder stays; it is removed once the new one is in place.
    """
    _clear_leftovers(folder)
    with _temporary_sibling(folder) as hidden:
        new_folder = hidden / folder.name
        new_folder.mkdir()
        fill(new_folder)
        if not folder.exists():
            new_folder.rename(folder)
        elif not _exchange(new_folder, folder):
            _replace(new_folder, folder)


_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # of Linux's fcntl.h and fs.h


def _exchange(new_folder: Path, folder: Path) -> bool:
    """Exchange two folders in one step, if the system supports it."""
    try:
        rename = ctypes.CDLL(None).renameat2
    except (OSError, TypeError, AttributeError):
        return False
    return bool(rename(_AT_FDCWD, os.fsencode(new_folder), _AT_FDCWD, os.fsencode(folder), _RENAME_EXCHANGE) == 0)


def _replace(new_folder: Path, folder: Path) -> None:
    """Replace a folder by another in two steps. If killed between them, the old one remains as `NAME.earlier`."""
    earlier = folder.with_name(f"{folder.name}.earlier")
    folder.rename(earlier)
    try:
        new_folder.rename(folder)
    except BaseException:
        earlier.rename(folder)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def _prefix(path: Path) -> str:
    return f".{path.name}.llmcost-"


@contextlib.contextmanager
def _temporary_sibling(path: Path) -> Iterator[Path]:
    """Create a hidden folder next to a file, and lock it for the lifetime of this process.

    A folder rather than a file, so that libraries can lock the file they write. If the removal is interrupted, the next run
    completes it.
    """
    folder, lock = _create_locked_folder(path)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _create_locked_folder(path: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_prefix(path), dir=path.parent))
        lock = _lock(folder)
        if lock is not None and folder.exists():
            return folder, lock
        # Another run removed it as a leftover before it was locked.


def _clear_leftovers(path: Path) -> None:
    """Remove the temporary folders of killed runs: those without a lock. Time stamps are not used, as clocks may be wrong."""
    for folder in path.parent.iterdir():
        if folder.name.startswith(_prefix(path)) and not folder.is_symlink():
            lock = _lock(folder)
            if lock is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


def _lock(folder: Path) -> int | None:
    """Lock a folder and return the descriptor, or None if another process holds the lock or the folder is gone."""
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
