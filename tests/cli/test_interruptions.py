"""Kills, full disks, lost pipes, small machines: what was written before stays whole, and doing it again gives the same bytes.

`make kills` counts fifty moments of each of the long commands; the suite takes a few.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import paths
import pytest

from simulator.core import files
from simulator.core import resources as machine
from simulator.engine.simulate import simulate
from simulator.io.netcdf import to_tree
from simulator.report import content, folder
from simulator.scenario import read

COMMAND = [sys.executable, "-m", "simulator"]
HERE = paths.TESTS
RECORDS = HERE / "cases" / "records"
MOMENTS = int(os.environ.get("LLMCOST_MOMENTS", "2"))

# --- what is tried ------------------------------------------------------------------------------------------------------------


class Writer(NamedTuple):
    """A command that writes `{}`: the suffix of its file (none: a folder), and what is added to go on after a kill.

    `is_long` is who works long enough for all moments of a kill.
    """

    words: list[str]
    suffix: str
    is_long: bool = False
    again: tuple[str, ...] = ()


WRITERS = {
    "run": Writer(["run", "gpt-4", "--draws", "1e6", "-q", "-o", "{}"], ".json", is_long=True),
    "run, draws": Writer(["run", "gpt-4", "--draws", "20000", "-q", "-o", "{}"], ".nc", is_long=True),
    "report": Writer(["report", "deepseek-v3", "--draws", "2000", "-q", "-o", "{}"], "", is_long=True),
    "calibrate": Writer(["calibrate", "-q", "-o", "{}"], ".csv", is_long=True),
    "sweep": Writer(["sweep", str(HERE / "cases" / "grid.yaml"), "-q", "-o", "{}"], ".nc", is_long=True, again=("--resume",)),
    "run, table": Writer(["run", "gpt-4", "-q", "-o", "{}"], ".csv"),
    "levers": Writer(["levers", "deepseek-v3", "--only", "fp8-training", "-o", "{}"], ".json"),
    "stress": Writer(["stress", "deepseek-v3", "-q", "-o", "{}"], ".json"),
    "budget": Writer(["budget", "deepseek-v3", "-q", "-o", "{}"], ".csv"),
    "compare": Writer(["compare", "gpt-4", "gpt-3", "-q", "-o", "{}"], ".json"),
    "cashflow": Writer(["cashflow", str(HERE / "cases" / "plan.yaml"), "-o", "{}"], ".json"),
    "sensitivity": Writer(["sensitivity", "deepseek-v3", "-o", "{}"], ".json"),
    "trend": Writer(["trend", "-o", "{}"], ".json"),
    "schema": Writer(["schema", "-o", "{}"], ".json"),
    "calibrate, groups": Writer(["calibrate", "-q", "-o", "{}"], ".nc"),
    "backtest": Writer(["backtest", "--fold", "run", "-q", "-o", "{}"], ".json"),
    "figure": Writer(["figure", "histogram", "gpt-4", "--draws", "2000", "-q", "-o", "{}"], ".svg"),
    "new": Writer(["new", "{}", "--force"], ".yaml"),
    "prior": Writer(["prior", "from-quotes", str(RECORDS / "quotes.csv"), "--chip", "h100", "--force", "-o", "{}"], ".yaml"),
}
FEW = ("run", "run, draws", "sweep", "new") if MOMENTS < 50 else tuple(WRITERS)
ENVIRONMENT = os.environ | {"SOURCE_DATE_EPOCH": "1700000000"}


def started(name, path, more=(), **options):
    arguments = [str(path) if part == "{}" else part for part in WRITERS[name].words]
    return subprocess.Popen(
        [*COMMAND, *arguments, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **({"env": ENVIRONMENT} | options),
    )


def finished(name, path, more=(), **options):
    """Run a command of the table to its end; return its code and what it says of issues."""
    running = started(name, path, more, **options)
    _, said = running.communicate(timeout=300)
    return running.returncode, said


def contents(path):
    """What a file, or all files of a folder, hold."""
    if not path.is_dir():
        return path.read_bytes()
    return {found.relative_to(path).as_posix(): found.read_bytes() for found in path.rglob("*") if found.is_file()}


def put_earlier(name, path):
    """Put something into the place of an output, as if from before; return what it holds."""
    if path.is_dir():
        shutil.rmtree(path)
    if WRITERS[name].suffix:
        path.write_bytes(b"what was there before")
    else:
        folder.write(content.Report("Before", "K", "Answer.", (), (), (), "made", {}), path)
    return contents(path)


# --- kills --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FEW)
def test_kill_at_any_moment_leaves_the_old_output_or_the_new_one(name, tmp_path):
    path = tmp_path / f"out{WRITERS[name].suffix}"
    start = time.monotonic()
    assert finished(name, path)[0] == 0
    takes = time.monotonic() - start
    new = contents(path)
    moments = MOMENTS if WRITERS[name].is_long or MOMENTS < 50 else MOMENTS // 10
    whole = again = 0
    for number in range(moments):
        old = put_earlier(name, path)
        sent = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)[number % 3]
        running = started(name, path)
        time.sleep(takes * (number + 0.5) / moments)
        running.send_signal(sent)
        _, said = running.communicate(timeout=300)
        whole += contents(path) in (old, new)
        assert running.returncode in (0, -sent, {signal.SIGINT: 130, signal.SIGTERM: 143}.get(sent)), said
        if "Exception ignored in" in said:  # it fell into a finalizer while Python itself was still loading
            assert running.returncode == 0
        elif "Traceback" in said:  # Python itself was still loading: nobody can catch that
            assert "simulator/cli/app.py" in said or "runpy" in said
            assert running.returncode == -signal.SIGINT
        code, said = finished(name, path, WRITERS[name].again)
        again += code == 0 and contents(path) == new
        if code or contents(path) != new:
            print(f"after {sent!r} at {number}: {code}, {said}")
        assert [found.name for found in tmp_path.iterdir()] == [path.name]
    print(f"\n{name}: {whole} of {moments} kills leave the output whole, {again} of {moments} repeats are bit-equal")
    assert whole == again == moments


SIGNALLED = """
import os, re, sys, time
from simulator import cli

def send(*_):
    os.kill(os.getpid(), int(sys.argv[1]))
    time.sleep(0.1)

class Going:
    __del__ = send

def in_a_finalizer():
    Going()
    time.sleep(20)

def as_a_model_is_built():
    from pydantic_core import SchemaValidator

    re.compile = send  # pydantic calls it from within, and makes an error of its own of what comes out
    SchemaValidator({"type": "str", "pattern": "a"}, {"regex_engine": "python-re"})

cli.group.main = lambda **_: globals()[sys.argv[2]]()
cli.main()
"""


@pytest.mark.parametrize("where", ["in_a_finalizer", "as_a_model_is_built"])
@pytest.mark.parametrize(("sent", "code", "said"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")])
def test_a_signal_that_comes_where_exceptions_get_lost_ends_the_command(where, sent, code, said):
    command = [sys.executable, "-c", SIGNALLED, str(int(sent)), where]
    done = subprocess.run(command, capture_output=True, text=True, timeout=15, env=ENVIRONMENT)
    assert (done.returncode, done.stderr) == (code, f"llmcost: {said}; no file was left half written\n")


KILLED_AT_A_LINE = """
import os, signal, sys, threading
from pathlib import Path
from simulator.core import files

path, sent, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
lines = 0

def at_line(frame, event, _):
    global lines
    if frame.f_code.co_filename != files.__file__:
        return None
    if event == "line":
        lines += 1
        if lines == last:
            os.kill(os.getpid(), sent)
    return at_line

sys.settrace(at_line)
files.write_text_whole(path, "new" * 1000)
"""


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_kill_at_every_line_of_the_writing_leaves_the_old_file_or_the_new_one(sent, tmp_path):
    path = tmp_path / "out.txt"
    code = None
    for line in range(1, 200):
        path.write_text("old")
        command = [sys.executable, "-c", KILLED_AT_A_LINE, str(path), str(int(sent)), str(line)]
        code = subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode
        assert path.read_text() in ("old", "new" * 1000), line
        files.write_text_whole(path, "again")
        assert [found.name for found in tmp_path.iterdir()] == ["out.txt"], line  # the next run clears away what was left
        if code == 0:
            break
    assert code == 0
    assert line > 20


def test_leftovers_of_others_stay(tmp_path):
    path = tmp_path / "out.json"
    kept = [".out.json.swp", "out.json.llmcost-x", ".other.json.llmcost-x"]
    for name in kept:
        (tmp_path / name).mkdir()
    (tmp_path / ".out.json.llmcost-link").symlink_to(tmp_path / kept[0])
    (tmp_path / ".out.json.llmcost-dead").mkdir()
    files.write_text_whole(path, "x")
    assert {found.name for found in tmp_path.iterdir()} == {*kept, ".out.json.llmcost-link", "out.json"}


# --- two runs, one place ------------------------------------------------------------------------------------------------------


def test_two_runs_writing_to_one_place_leave_one_of_their_files(tmp_path):
    path = tmp_path / "out.json"
    running = [
        subprocess.Popen([*COMMAND, "run", "gpt-4", "-q", "--draws", "2000", "--seed", str(seed), "-o", str(path)])
        for seed in (1, 2)
    ]
    assert [each.wait(timeout=60) for each in running] == [0, 0]
    single = {}
    for seed in (1, 2):
        alone = tmp_path / "alone.json"
        subprocess.run([*COMMAND, "run", "gpt-4", "-q", "--draws", "2000", "--seed", str(seed), "-o", str(alone)], check=True)
        single[seed] = alone.read_bytes()
        alone.unlink()
    assert path.read_bytes() in single.values()
    assert list(tmp_path.iterdir()) == [path]


def test_a_run_leaves_what_another_is_still_writing(tmp_path):
    path = tmp_path / "out.txt"

    def slow(beside):
        beside.write_text("slow")
        files.write_text_whole(path, "quick")  # another run, from its beginning to its end
        assert beside.read_text() == "slow"

    files.write_whole(path, slow)
    assert path.read_text() == "slow"
    assert list(tmp_path.iterdir()) == [path]


# --- disks, folders, pipes ----------------------------------------------------------------------------------------------------


def _small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


@pytest.mark.parametrize("name", ["run", "run, draws", "new"] if MOMENTS < 50 else WRITERS)
def test_full_disk_leaves_the_old_file(name, tmp_path):
    path = tmp_path / f"out{WRITERS[name].suffix}"
    old = put_earlier(name, path)
    code, said = finished(name, path, preexec_fn=_small_files)
    assert code == 1, said
    assert said.count("\n") == 1
    assert "cannot write" in said
    assert contents(path) == old
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("folder", ["/sys", "/proc"])
def test_folder_that_cannot_be_written_to_is_said(folder):
    """Even root cannot write there, whatever the modes say."""
    if not os.path.isdir(folder):  # noqa: PTH112
        pytest.skip(f"there is no {folder} here")
    code, said = finished("new", Path(folder) / "out.yaml")
    assert code in (1, 2), said
    assert "Traceback" not in said
    assert "cannot" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_read_only_folder_is_refused_before_any_work(tmp_path):
    tmp_path.chmod(0o555)
    code, said = finished("run", tmp_path / "out.json")
    tmp_path.chmod(0o755)
    assert code == 2
    assert "cannot be written to" in said


PRINTERS = {
    "run": ["run", "gpt-4", "--draws", "2000"],
    "list": ["list", "priors"],
    "stress": ["stress", "deepseek-v3", "--draws", "2000"],
    "schema": ["schema"],
    "help": ["--help"],
}


@pytest.mark.parametrize("name", ["run", "schema"] if MOMENTS < 50 else PRINTERS)
@pytest.mark.parametrize("closed", ["reader gone", "stdout", "stderr", "stdin"])
def test_closed_pipes_are_no_traceback(name, closed):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if closed != "reader gone":
        number = ("stdin", "stdout", "stderr").index(closed)
        options["preexec_fn"] = lambda: os.close(number)
    running = subprocess.Popen([*COMMAND, *PRINTERS[name]], **options)
    if closed == "reader gone":
        running.stdout.close()
        said = running.stderr.read()
        running.stderr.close()
    else:
        said = running.communicate(timeout=300)[1]
    assert running.wait(timeout=60) in (0, 1)
    assert b"Traceback" not in said
    assert b"Exception" not in said


@pytest.mark.parametrize("home", ["/nonexistent", "/proc"])
@pytest.mark.parametrize("name", ["run, draws"] if MOMENTS < 50 else WRITERS)
def test_home_and_caches_that_cannot_be_written_change_nothing(name, home, tmp_path):
    path = tmp_path / f"out{WRITERS[name].suffix}"
    assert finished(name, path)[0] == 0
    expected = contents(path)
    path.rename(tmp_path / "before")
    places = {"HOME": home, "XDG_CACHE_HOME": f"{home}/cache", "XDG_CONFIG_HOME": f"{home}/config", "TMPDIR": f"{home}/none"}
    code, said = finished(name, path, env=ENVIRONMENT | places)
    assert code == 0, said
    assert "Traceback" not in said
    assert contents(path) == expected


# --- clocks -------------------------------------------------------------------------------------------------------------------


def test_files_of_the_future_are_read_and_written_over(tmp_path):
    """The clock was set back: an earlier output, a leftover and the scenario itself are of ten years from now."""
    scenario, out = tmp_path / "mine.yaml", tmp_path / "out.json"
    scenario.write_text("extends: gpt-4\n")
    out.write_text("old")
    dead = tmp_path / ".out.json.llmcost-dead"
    dead.mkdir()
    future = time.time() + 10 * 365.25 * 86_400
    for path in (scenario, out, dead):
        os.utime(path, (future, future))
    done = subprocess.run([*COMMAND, "run", str(scenario), "--draws", "2000", "-q", "-o", str(out)], check=False)
    assert done.returncode == 0
    assert out.read_text() != "old"
    assert not dead.exists()


def test_date_given_from_outside_is_taken(monkeypatch):
    result = simulate(read("deepseek-v3"), 100, keep=["total_cost"])
    assert abs(datetime.fromisoformat(to_tree(result).attrs["created_at"]).timestamp() - time.time()) < 100
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert to_tree(result).attrs["created_at"] == "2023-11-14T22:13:20+00:00"


@pytest.mark.parametrize("epoch", ["", "soon", "-1", "1e9", "9" * 30])
def test_date_given_from_outside_that_is_none_is_refused(epoch, tmp_path):
    code, said = finished("schema", tmp_path / "out.json", env=os.environ | {"SOURCE_DATE_EPOCH": epoch})
    assert (code, said.count("\n")) == (2, 1)
    assert said.startswith("llmcost: SOURCE_DATE_EPOCH: must be")


# --- smaller machines ---------------------------------------------------------------------------------------------------------


def _one_core():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not tell cores apart")
@pytest.mark.parametrize("name", ["run"] if MOMENTS < 50 else WRITERS)
def test_one_core_gives_the_same_bytes(name, tmp_path):
    path = tmp_path / f"out{WRITERS[name].suffix}"
    found = []
    for options in ({}, {"preexec_fn": _one_core}):
        assert finished(name, path, **options)[0] == 0
        found.append(contents(path))
    assert found[0] == found[1]


def test_cores_are_those_that_the_process_may_use(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {3}, raising=False)
    assert machine.cores() == 1


@pytest.mark.parametrize("megabytes", [260, 500] if MOMENTS < 50 else range(100, 900, 50))
def test_little_memory_is_enough_or_one_line(megabytes, tmp_path):
    path = tmp_path / "out.nc"
    path.write_text("old")
    limit = megabytes * 1_000_000
    code, said = finished("run, draws", path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    assert "Traceback" not in said
    if code:
        assert code in (1, 2), said
        assert "memory" in said
        assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_more_draws_than_memory_holds_are_refused_before_any_work(monkeypatch):
    monkeypatch.setattr(machine, "free_memory", lambda: 1e6)
    with pytest.raises(ValueError, match=r"100,000 draws of 1 quantities take 0.0024 GB while .* 0.001 GB"):
        simulate(read("deepseek-v3"), 100_000, keep=["total_cost"])
    simulate(read("deepseek-v3"), 10_000, keep=["total_cost"])
    simulate(read("deepseek-v3"), 100_000)


def test_free_memory_is_what_the_tightest_limit_leaves():
    assert 1e6 < machine.free_memory() < 1e15
    code = (
        "import resource; from simulator.core import resources as machine\n"
        "resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9)); print(machine.free_memory())"
    )
    left = float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert 5e8 < left < 1e9
