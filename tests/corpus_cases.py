"""Cases of the corpus as a user meets them: files in a folder, a command, and its outcome."""

import io
import json
import os
import resource
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

CORPUS = Path(__file__).parent / "corpus"
CODES = {"R": 2, "F": 1, "G": 3, "I": 130, "W": 0, "A": 0}
GOOD = {
    "extends": "training-run",
    "chip": "nvidia-h100-sxm",
    "basis": "rented",
    "total_parameters": "70e9",
    "training_tokens": "15e12",
    "chips": "4096",
}
DEFAULT = "run s.yaml --draws 2000 --format json"


@dataclass(frozen=True)
class Case:
    """One row of the corpus; `section` is the name of its file."""

    section: str
    id: str
    about: str
    expect: str
    stars: int
    add: str | None = None
    file: str | None = None
    files: dict = field(default_factory=dict)
    env: dict = field(default_factory=dict)
    stdin: str = ""
    first: tuple = ()
    run: str = DEFAULT
    shell: str = ""
    words: tuple = ()
    never: tuple = ()
    same: str = ""
    figures: dict = field(default_factory=dict)
    whole: tuple = ()
    makes: tuple = ()
    waiting: str = ""


@cache
def load_cases():
    """Return the cases of all files, in order."""
    rows = []
    for path in sorted(CORPUS.glob("*.yaml")):
        # The parser in C: that in Python takes two seconds of every run of the tests, whichever these are.
        for row in yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader):
            rows.append(Case(path.stem, **row))
    return rows


def good_with(lines):
    """Return the valid scenario with additional lines, which replace its keys of the same name."""
    keys = {line.partition(":")[0] for line in lines.splitlines()}
    return "".join(f"{key}: {value}\n" for key, value in GOOD.items() if key not in keys) + lines.rstrip("\n") + "\n"


def write_files(case, folder):
    """Write the files of a case to a folder."""
    files = dict(case.files)
    if case.add is not None:
        files["s.yaml"] = good_with(case.add)
    if case.file is not None:
        files["s.yaml"] = case.file
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = {"text": content}
        if "folder" in content:
            path.mkdir()
        elif "fifo" in content:
            os.mkfifo(path)
        elif "socket" in content:
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(path))
        elif "link" in content:
            path.symlink_to(content["link"])
        elif "sparse" in content:
            with path.open("wb") as file:
                file.truncate(content["sparse"])
        else:
            path.write_bytes(_bytes(content))
        if "mode" in content:
            path.chmod(int(content["mode"], 8))


def _bytes(content):
    if "bytes" in content:
        return bytes.fromhex(content["bytes"])
    if "repeat" in content:
        text = content.get("before", "") + content["repeat"] * int(content["times"]) + content.get("after", "")
    else:
        text = good_with(content["add"]) if "add" in content else content["text"]
    if content.get("ends") == "crlf":
        text = text.replace("\n", "\r\n")
    return text.encode(content.get("encoding", "utf-8"))


@dataclass
class Outcome:
    """The outcome of a command. `seconds` is processor time, so that a busy machine does not fail a test."""

    code: int
    out: str
    err: str
    seconds: float
    peak: int
    accessed: list = field(default_factory=list)


def in_process(command, stdin="", accessed=None):
    """Run a command line of `llmcost` in this process."""
    from simulator.cli import main

    streams = sys.argv, sys.stdout, sys.stderr, sys.stdin, signal.getsignal(signal.SIGTERM)
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    sys.argv = ["llmcost", *shlex.split(command)]
    sys.stdout, sys.stderr = out, err
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    before, code = _peak(), 0
    started = time.process_time()
    try:
        main()
    except SystemExit as exit_request:
        code = exit_request.code
    finally:
        seconds = time.process_time() - started
        sys.argv, sys.stdout, sys.stderr, sys.stdin, handler = streams
        signal.signal(signal.SIGTERM, handler)
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())
    return Outcome(code, *texts, seconds, _peak() - before, accessed or [])


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def in_shell(command, folder, env=None, stdin=""):
    """Run a shell command in a process of its own, where `llmcost` is the version under test."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    paths = [folder.parent / f"{folder.name}.{name}" for name in ("in", "out", "err")]
    paths[0].write_text(stdin)
    with paths[0].open("rb") as stdin_file, paths[1].open("wb") as out, paths[2].open("wb") as err:
        process = subprocess.Popen(
            ["bash", "-c", command],
            cwd=folder,
            env={**os.environ, "PATH": path, "ROOT": str(CORPUS.parent.parent), **(env or {})},
            stdin=stdin_file,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        timer = threading.Timer(60, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    out, err = (path.read_bytes().decode("utf-8", "replace") for path in paths[1:])
    peak = usage.ru_maxrss * 1024
    # A child process starts as a copy of the test process, so a peak up to its size carries no information.
    return Outcome(process.returncode, out, err, usage.ru_utime + usage.ru_stime, peak if peak > 1.05 * _peak() else 0)


def contents(folder):
    """Return the contents of the files in a folder by path, and `special` for other entries."""
    entries = {}
    for path in sorted(folder.rglob("*")):
        readable = path.is_file() and os.access(path, os.R_OK) and not path.is_symlink()
        entries[str(path.relative_to(folder))] = path.read_bytes() if readable else "special"
    return entries


def refuse_token(token):
    raise ValueError(f"the token {token} in JSON")


def as_json(text):
    """Parse JSON strictly."""
    return json.loads(text, parse_constant=refuse_token)


def value_at(data, path):
    """Return the value at a path with dots."""
    for key in path.split("."):
        data = data[int(key)] if isinstance(data, list) else data[key]
    return data
