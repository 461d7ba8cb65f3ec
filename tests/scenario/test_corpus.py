"""The corpus of invalid, odd and unusual but valid inputs: every case is run as by a user, and judged by every rule.

`tests/corpus/README.md` describes the rows and the rules.
"""

import os
import platform
import re
import sys
import sysconfig

import paths
import pytest
from corpus_cases import CODES, CORPUS, DEFAULT, as_json, contents, in_process, in_shell, load_cases, value_at, write_files

CASES = load_cases()
GIB = 2**30
_ACCESSED: list | None = None
_ALLOWED = [
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
    """Record what the process opens, starts or connects to while a case runs."""
    if _ACCESSED is None:
        return
    if event == "open" and isinstance(arguments[0], str):
        _ACCESSED.append(arguments[0])
    elif event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
        _ACCESSED.append(f"{event} {arguments}")


platform.processor()  # libraries query it on import; on some machines that starts a process, once
sys.addaudithook(_watch)


@pytest.fixture
def accessed_paths():
    global _ACCESSED
    _ACCESSED = []
    yield _ACCESSED
    _ACCESSED = None


def test_no_id_twice():
    ids = [case.id for case in CASES]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_case(case, tmp_path, monkeypatch, accessed_paths, record_property):
    record_property("corpus", [case.section, case.stars])
    if case.waiting:
        pytest.skip(f"waiting for `llmcost {case.waiting}`")
    folder = tmp_path / "case"
    folder.mkdir()
    monkeypatch.chdir(folder)
    write_files(case, folder)
    for command in case.first:
        assert in_process(command).code == 0, command
    before = contents(folder)
    if case.shell:
        outcome = in_shell(case.shell, folder, case.env, case.stdin)
    else:
        for key, value in case.env.items():
            monkeypatch.setenv(key, value)
        accessed_paths.clear()
        outcome = in_process(case.run, case.stdin)
        judge_access(accessed_paths, tmp_path)
    allowed = case.expect.split("|")
    assert outcome.code in {CODES[letter] for letter in allowed}, f"{outcome.code}\n{outcome.err}\n{outcome.out[:2000]}"
    judge_streams(case, outcome, allowed)
    judge_files(case, before, contents(folder), outcome)
    judge_words(case, outcome)
    if case.same:
        other = in_process(case.same)
        assert other.code == 0, other.err
        assert _figures(outcome) == _figures(other)
    for path, value in case.figures.items():
        assert value_at(as_json(outcome.out), path) == pytest.approx(value, rel=1e-9), path


def _figures(outcome):
    """Return the quantities of a run without their places, which name its file."""
    quantities = as_json(outcome.out)["quantities"]
    return {name: {key: value for key, value in each.items() if key != "origin"} for name, each in quantities.items()}


def judge_access(accessed, folder):
    """No process is started, no connection opened, and no file outside the folder, Python and the tool."""
    allowed = (*_ALLOWED, str(folder))
    foreign = [
        access
        for access in accessed
        if (" " in access and "(" in access) or (access.startswith("/") and not access.startswith(allowed))
    ]
    assert not foreign


def judge_streams(case, outcome, allowed):
    text = outcome.out + outcome.err
    assert "Traceback (most recent call last)" not in text
    assert "internal error in llmcost" not in text, text
    assert not re.search(r"NoneType|<class '|numpy\.|pydantic", outcome.err), outcome.err
    assert "\0" not in text
    assert "\x1b" not in outcome.err.replace("\x1b[?25", ""), "a file's control characters reach the terminal"
    if outcome.code:
        assert outcome.err.strip(), "a failure without a word"
        assert outcome.seconds < (5 if outcome.code == 2 else 20), f"{outcome.seconds:.1f} s"
    if outcome.code in (1, 2):
        assert not outcome.out or case.shell, outcome.out[:500]
        for line in outcome.err.splitlines():
            assert len(line) < 700, line[:700]
            assert case.shell or re.match(r"llmcost: |Usage: |Try |Error: |$|\s+\[", line), line
    if outcome.code == 0 and allowed == ["A"] and not case.shell:
        assert not outcome.err, outcome.err
    if outcome.code == 0 and allowed == ["W"]:
        assert outcome.err, "no warning on standard error"
    if "--format json" in case.run and not case.shell and outcome.out:
        as_json(outcome.out)
    assert outcome.peak < GIB


def judge_files(case, before, after, outcome):
    new_files = set(after) - set(before)
    assert new_files == (set(case.makes) - set(before) if not outcome.code else set()), new_files
    for name in before:
        if name not in case.makes or outcome.code:
            assert after.get(name) == before[name], name
    if not outcome.code:
        assert all(after[name] != before.get(name) for name in case.makes if not os.path.islink(name))  # noqa: PTH114
    for name in case.makes:
        if name.endswith(".json") and not outcome.code:
            as_json(after[name].decode())


def judge_words(case, outcome):
    text = outcome.err if outcome.code else outcome.out + outcome.err
    joined = " ".join(text.split())  # a note is wrapped at the width of the terminal
    missing = [word for word in case.words if word not in text and word not in joined]
    assert not missing, f"{missing} not in:\n{text[:3000]}"
    for word in case.never:
        assert word not in outcome.out + outcome.err, word


def test_table_of_the_corpus_covers_every_section():
    assert {case.id[0] for case in CASES} >= set("ABCDEFGHJKL")
    assert {case.section for case in CASES} == {path.stem for path in CORPUS.glob("*.yaml")}
    assert DEFAULT.startswith("run s.yaml")
