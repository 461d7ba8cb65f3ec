"""Cases of the corpus as a user meets them: files in a folder, a command, and what came of it."""

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
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "corpus"
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
    """One row of the corpus."""

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

    @property
    def section(self):
        return self.id[0]


def cases():
    """Return the rows of all files, in their order."""
    made = []
    for path in sorted(FOLDER.glob("*.yaml")):
        for row in yaml.safe_load(path.read_text(encoding="utf-8")):
            made.append(Case(**row))
    return made


def good_with(lines):
    """Return the good scenario with these lines on top; a key that they give replaces the good one."""
    given = {line.partition(":")[0] for line in lines.splitlines()}
    return "".join(f"{key}: {value}\n" for key, value in GOOD.items() if key not in given) + lines.rstrip("\n") + "\n"


def lay(case, folder):
    """Put the files of a case into a folder."""
    files = dict(case.files)
    if case.add is not None:
        files["s.yaml"] = good_with(case.add)
    if case.file is not None:
        files["s.yaml"] = case.file
    for name, given in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(given, str):
            given = {"text": given}
        if "folder" in given:
            path.mkdir()
        elif "fifo" in given:
            os.mkfifo(path)
        elif "socket" in given:
            with socket.socket(socket.AF_UNIX) as one:
                one.bind(str(path))
        elif "link" in given:
            path.symlink_to(given["link"])
        elif "sparse" in given:
            with path.open("wb") as file:
                file.truncate(given["sparse"])
        else:
            path.write_bytes(_bytes(given))
        if "mode" in given:
            path.chmod(int(given["mode"], 8))


def _bytes(given):
    if "bytes" in given:
        return bytes.fromhex(given["bytes"])
    if "repeat" in given:
        text = given.get("before", "") + given["repeat"] * int(given["times"]) + given.get("after", "")
    else:
        text = good_with(given["add"]) if "add" in given else given["text"]
    if given.get("ends") == "crlf":
        text = text.replace("\n", "\r\n")
    return text.encode(given.get("encoding", "utf-8"))


@dataclass
class Done:
    """What a command did; `seconds` are of the processor, so that a busy machine does not fail a test."""

    code: int
    out: str
    err: str
    seconds: float
    peak: int
    touched: list = field(default_factory=list)


def in_process(command, stdin="", touched=None):
    """Call the command line as `llmcost` does, in this process."""
    from simulator.cli import main

    kept = sys.argv, sys.stdout, sys.stderr, sys.stdin, signal.getsignal(signal.SIGTERM)
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    sys.argv = ["llmcost", *shlex.split(command)]
    sys.stdout, sys.stderr = out, err
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    before, code = _peak(), 0
    started = time.process_time()
    try:
        main()
    except SystemExit as end:
        code = end.code
    finally:
        seconds = time.process_time() - started
        sys.argv, sys.stdout, sys.stderr, sys.stdin, handler = kept
        signal.signal(signal.SIGTERM, handler)
    said = []
    for stream in (out, err):
        stream.flush()
        said.append(stream.buffer.getvalue().decode())
    return Done(code, *said, seconds, _peak() - before, touched or [])


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def in_shell(command, folder, env=None, stdin=""):
    """Run a command line of a shell in a process of its own, `llmcost` being the one under test."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    paths = [folder.parent / f"{folder.name}.{name}" for name in ("in", "out", "err")]
    paths[0].write_text(stdin)
    with paths[0].open("rb") as given, paths[1].open("wb") as out, paths[2].open("wb") as err:
        process = subprocess.Popen(
            ["bash", "-c", command],
            cwd=folder,
            env={**os.environ, "PATH": path, "ROOT": str(FOLDER.parent.parent), **(env or {})},
            stdin=given,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        timer = threading.Timer(60, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        _, status, used = os.wait4(process.pid, 0)
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    out, err = (path.read_bytes().decode("utf-8", "replace") for path in paths[1:])
    peak = used.ru_maxrss * 1024
    # A child begins as a copy of the tests' own process, and that counts: no more than it tells nothing.
    return Done(process.returncode, out, err, used.ru_utime + used.ru_stime, peak if peak > 1.05 * _peak() else 0)


def contents(folder):
    """Return what is in a folder: kind and bytes of each thing, by its path."""
    found = {}
    for path in sorted(folder.rglob("*")):
        readable = path.is_file() and os.access(path, os.R_OK) and not path.is_symlink()
        found[str(path.relative_to(folder))] = path.read_bytes() if readable else "special"
    return found


def refuse_token(token):
    raise ValueError(f"the token {token} in JSON")


def as_json(text):
    """Read JSON as a strict reader does."""
    return json.loads(text, parse_constant=refuse_token)


def at(data, path):
    """Return what a path with dots leads to."""
    for key in path.split("."):
        data = data[int(key)] if isinstance(data, list) else data[key]
    return data
