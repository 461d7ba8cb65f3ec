"""The corpus of bad inputs, issues and odd but right inputs: every case is run as a user would, and judged by every rule.

`tests/corpus/README.md` says what a row holds and what is judged.
"""

import os
import platform
import re
import sys
import sysconfig

import paths
import pytest
from corpus_cases import CODES, DEFAULT, as_json, at, cases, contents, in_process, in_shell, lay

CASES = cases()
GIB = 2**30
_TOUCHED: list | None = None
_OWN = [
    str(paths.ROOT),
    sys.prefix,
    *sys.path[1:],
    *sysconfig.get_paths().values(),
    "/usr/share/zoneinfo",
    "/dev/",
    "/proc/",
    "/sys/",
]


def _watch(event, arguments):
    """Note what the process opens, starts or connects to while a case runs."""
    if _TOUCHED is None:
        return
    if event == "open" and isinstance(arguments[0], str):
        _TOUCHED.append(arguments[0])
    elif event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
        _TOUCHED.append(f"{event} {arguments}")


platform.processor()  # libraries ask for it as they are loaded; on some machines that is a process, once
sys.addaudithook(_watch)


@pytest.fixture
def watched():
    global _TOUCHED
    _TOUCHED = []
    yield _TOUCHED
    _TOUCHED = None


def test_no_id_twice():
    ids = [case.id for case in CASES]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_case(case, tmp_path, monkeypatch, watched, record_property):
    record_property("corpus", [case.section, case.stars])
    if case.waiting:
        pytest.skip(f"waiting for `llmcost {case.waiting}`")
    folder = tmp_path / "case"
    folder.mkdir()
    monkeypatch.chdir(folder)
    lay(case, folder)
    for command in case.first:
        assert in_process(command).code == 0, command
    before = contents(folder)
    if case.shell:
        done = in_shell(case.shell, folder, case.env, case.stdin)
    else:
        for key, value in case.env.items():
            monkeypatch.setenv(key, value)
        watched.clear()
        done = in_process(case.run, case.stdin)
        judge_reach(watched, tmp_path)
    allowed = case.expect.split("|")
    assert done.code in {CODES[letter] for letter in allowed}, f"{done.code}\n{done.err}\n{done.out[:2000]}"
    judge_streams(case, done, allowed)
    judge_files(case, before, contents(folder), done)
    judge_words(case, done)
    if case.same:
        other = in_process(case.same)
        assert other.code == 0, other.err
        assert as_json(done.out)["quantities"] == as_json(other.out)["quantities"]
    for path, wanted in case.figures.items():
        assert at(as_json(done.out), path) == pytest.approx(wanted, rel=1e-9), path


def judge_reach(touched, folder):
    """Nothing is started or connected to, and nothing opened outside the folder, Python and the tool."""
    own = (*_OWN, str(folder))
    strange = [what for what in touched if (" " in what and "(" in what) or (what.startswith("/") and not what.startswith(own))]
    assert not strange


def judge_streams(case, done, allowed):
    said = done.out + done.err
    assert "Traceback (most recent call last)" not in said
    assert "an issue of llmcost itself" not in said, said
    assert not re.search(r"NoneType|<class '|numpy\.|pydantic", done.err), done.err
    assert "\0" not in said
    assert "\x1b" not in done.err.replace("\x1b[?25", ""), "a file's control characters reach the terminal"
    if done.code:
        assert done.err.strip(), "a failure without a word"
        assert done.seconds < (5 if done.code == 2 else 20), f"{done.seconds:.1f} s"
    if done.code in (1, 2):
        assert not done.out or case.shell, done.out[:500]
        for line in done.err.splitlines():
            assert len(line) < 700, line[:700]
            assert case.shell or re.match(r"llmcost: |Usage: |Try |Error: |$|\s+\[", line), line
    if done.code == 0 and allowed == ["A"] and not case.shell:
        assert not done.err, done.err
    if done.code == 0 and allowed == ["W"]:
        assert done.err, "no warning on standard error"
    if "--format json" in case.run and not case.shell and done.out:
        as_json(done.out)
    assert done.peak < GIB


def judge_files(case, before, after, done):
    new = set(after) - set(before)
    assert new == (set(case.makes) - set(before) if not done.code else set()), new
    for name in before:
        if name not in case.makes or done.code:
            assert after.get(name) == before[name], name
    if not done.code:
        assert all(after[name] != before.get(name) for name in case.makes if not os.path.islink(name))  # noqa: PTH114
    for name in case.makes:
        if name.endswith(".json") and not done.code:
            as_json(after[name].decode())


def judge_words(case, done):
    said = done.err if done.code else done.out + done.err
    missing = [word for word in case.words if word not in said]
    assert not missing, f"{missing} not in:\n{said[:3000]}"
    for word in case.never:
        assert word not in done.out + done.err, word


def test_table_of_the_corpus_covers_every_section():
    assert {case.section for case in CASES} >= set("ABCDEFGHJKL")
    assert DEFAULT.startswith("run s.yaml")
