"""A program that tests need is found, skipped, or missed where it is required."""

import programs
import pytest


@pytest.fixture
def _no_programs(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("_no_programs")
def test_a_missing_program_is_a_skip_that_says_so(monkeypatch):
    monkeypatch.setenv(programs.REQUIRED, "browser")
    with pytest.raises(pytest.skip.Exception, match="soffice, libreoffice is on the PATH: no workbook was recalculated"):
        programs.program("office")


@pytest.mark.usefixtures("_no_programs")
def test_a_required_program_that_is_missing_is_a_failure(monkeypatch):
    monkeypatch.setenv(programs.REQUIRED, "browser, office")
    with pytest.raises(pytest.fail.Exception, match="LLMCOST_REQUIRE names office"):
        programs.program("office")


def test_a_program_that_is_there_is_found(monkeypatch, tmp_path):
    path = tmp_path / "libreoffice"
    path.write_text("")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert programs.program("office") == str(path)


def test_an_unknown_name_is_refused(monkeypatch):
    monkeypatch.setenv(programs.REQUIRED, "browser,ofice")
    with pytest.raises(pytest.UsageError, match="no program ofice; there are browser, office"):
        programs.required_kinds()
