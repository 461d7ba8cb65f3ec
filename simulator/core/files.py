"""Atomic writes: files and folders are written completely or not at all.

Writing over a file keeps its mode. A symbolic link stays, and the file that it names is replaced. Devices, named pipes and
sockets are refused, because moving a file into their place would remove them.
"""

import contextlib
import ctypes
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from simulator.core.suggestions import InvalidValueError

STORES = {".zarr": (".zgroup", ".zmetadata", "zarr.json")}
"""Formats that are folders, with the files of which one marks such a folder."""


def check_output_file(path: Path, suffixes: Sequence[str]) -> None:
    """Raise `InvalidValueError` where a file cannot be written: another format, a folder, or no folder to write it to."""
    if path.suffix not in suffixes:
        raise InvalidValueError(f"{path}: no format {path.suffix or path.name!r}; there are {', '.join(suffixes)}")
    try:
        target = _target_of(path)
        is_folder = target.is_dir()
    except OSError as error:  # such as a name that is too long
        raise InvalidValueError(f"{path}: {error.strerror}") from None
    if path.suffix in STORES:
        _check_store(path, target)
    elif is_folder:
        raise InvalidValueError(f"{path}: is a folder")
    _refuse_special(path, target)
    folder = path.parent if target == path else target.parent
    if not folder.is_dir():
        raise InvalidValueError(f"{path}: there is no folder {folder}")
    if not os.access(folder, os.W_OK):
        raise InvalidValueError(f"{path}: the folder {folder} cannot be written to")
    if target.exists() and not os.access(target, os.W_OK):
        raise InvalidValueError(f"{path}: cannot be written to; name another file, or change its mode")


def _check_store(path: Path, target: Path) -> None:
    """Raise `InvalidValueError` for a file, or a folder with other contents, where a store is to be written."""
    where = "" if target == path else f" (a link to {target})"
    if target.is_file():
        raise InvalidValueError(f"{path}: is a file{where}, and {path.suffix} is a folder; name another")
    if target.is_dir() and any(target.iterdir()) and not any((target / name).exists() for name in STORES[path.suffix]):
        raise InvalidValueError(f"{path}: is a folder{where} that holds no {path.suffix.lstrip('.')} store; name another")


def _target_of(path: Path) -> Path:
    """Return the file that a symbolic link names, which need not exist, or the path itself."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _refuse_special(path: Path, target: Path) -> None:
    """Raise `InvalidValueError` for what is neither a file nor free: a device, a named pipe, a socket, a loop of links."""
    try:
        mode = target.lstat().st_mode
    except OSError:  # there is nothing yet
        return
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return
    kinds = (
        (stat.S_ISLNK, "a loop of symbolic links"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    )
    kind = next((words for is_kind, words in kinds if is_kind(mode)), "no file")
    raise InvalidValueError(f"{path}: is {kind}; name a file, or print with --format")


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Call `write` on a temporary file of the same name in a hidden sibling folder, then move it into place in one step.

    On any failure the old file stays. Temporary folders of killed runs are removed.
    """
    target = _target_of(path)
    _refuse_special(path, target)
    _clear_leftovers(target)
    with _temporary_sibling(target) as folder:
        temporary = folder / target.name
        if target.suffix != path.suffix:  # a link of another name: libraries go by the suffix that the user gave
            temporary = temporary.with_name(f"{target.name}{path.suffix}")
        write(temporary)
        _copy_mode(target, temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(target)


def write_store_atomically(path: Path, fill: Callable[[Path], object]) -> None:
    """Call `fill` on a temporary folder, and put it in the place of the store of that name, or of that which a link names."""
    target = _target_of(path)
    _refuse_special(path, target)
    _check_store(path, target)
    write_folder_atomically(target, fill)


def _copy_mode(old: Path, new: Path) -> None:
    """Give a new file the mode of the file that it replaces, and its owner where this process may."""
    try:
        before = old.stat()
    except OSError:  # there is no old file
        return
    with contextlib.suppress(OSError):
        os.chown(new, before.st_uid, before.st_gid)
    new.chmod(stat.S_IMODE(before.st_mode))


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
        _copy_mode(folder, new_folder)
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
