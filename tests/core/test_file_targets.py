"""What may be written over, and what stays of it: modes, links; devices, pipes and sockets are refused."""

import os
import socket
import stat

import pytest

from simulator.core import files
from simulator.core.suggestions import InvalidValueError


def test_a_new_file_has_the_mode_of_the_old_one(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    path.chmod(0o640)
    files.write_text_atomically(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_folder_has_the_mode_of_the_old_one(tmp_path):
    folder = tmp_path / "report"
    folder.mkdir(mode=0o700)
    files.write_folder_atomically(folder, lambda new: (new / "x").write_text("x"))
    assert (folder / "x").exists()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("exists", [True, False], ids=["a file", "nothing yet"])
def test_a_link_stays_and_the_file_that_it_names_is_written(tmp_path, exists):
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "b.json", tmp_path / "a.json"
    if exists:
        target.write_text("old")
    link.symlink_to(target)
    files.check_output_file(link, (".json",))
    files.write_text_atomically(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert [each.name for each in target.parent.iterdir()] == ["b.json"]


def make_fifo(path):
    os.mkfifo(path)


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


SPECIAL = {
    "a named pipe": make_fifo,
    "a socket": make_socket,
    "a device": lambda path: path.symlink_to("/dev/null"),
    "a loop of symbolic links": lambda path: path.symlink_to(path),
}


@pytest.mark.parametrize("kind", SPECIAL)
def test_what_is_no_file_is_refused_and_stays(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    path = tmp_path / "x.json"
    SPECIAL[kind](path.relative_to(tmp_path) if kind == "a socket" else path)
    before = path.lstat().st_mode
    for refuse in (lambda: files.check_output_file(path, (".json",)), lambda: files.write_text_atomically(path, "x")):
        with pytest.raises(InvalidValueError, match=f"is {kind}"):
            refuse()
    assert path.lstat().st_mode == before
    assert list(tmp_path.iterdir()) == [path]
