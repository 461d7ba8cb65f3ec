"""Files are written atomically."""

import stat

import pytest

from simulator.core import files
from simulator.io.save import SUFFIXES


class Termination(BaseException):
    """Like the termination request of the command line: not an Exception."""


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, MemoryError, SystemExit, Termination])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_old_file_stays_whole_when_writing_fails(error, suffix, tmp_path):
    path = tmp_path / f"out{suffix}"
    path.write_text("old")

    def fail_halfway(temporary):
        assert temporary.parent.parent == path.parent  # on the same disk, so that it can be moved in one step
        assert temporary.suffix == suffix
        temporary.write_text("ne")
        raise error

    with pytest.raises(error):
        files.write_atomically(path, fail_halfway)
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_new_file_is_whole_before_it_has_its_name(tmp_path):
    path = tmp_path / "out.txt"

    def write(temporary):
        temporary.write_text("new")
        assert not path.exists()

    files.write_atomically(path, write)
    assert path.read_text() == "new"


def test_new_file_may_be_read_as_any_other(tmp_path):
    files.write_text_atomically(tmp_path / "ours.txt", "x")
    (tmp_path / "other.txt").write_text("x")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_text_keeps_its_line_ends_and_letters(tmp_path):
    files.write_text_atomically(tmp_path / "x.txt", "a\r\nb\nM\N{LATIN SMALL LETTER U WITH DIAERESIS}\n")
    assert (tmp_path / "x.txt").read_bytes() == b"a\r\nb\nM\xc3\xbc\n"


def test_missing_folder_is_an_error_and_makes_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.write_text_atomically(tmp_path / "none" / "x.txt", "x")
    assert not list(tmp_path.iterdir())
