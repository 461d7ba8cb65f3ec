"""Kills, full disks, closed pipes, small machines: earlier files stay intact, and repeating a command gives the same bytes.

`make kills` tries fifty moments of each long command; the suite tries a few.
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
from command_line import COMMAND

from simulator.cli.app import TerminationRequest, _report_failure
from simulator.core import files
from simulator.core import resources as machine
from simulator.engine.simulate import simulate
from simulator.io.netcdf import to_tree
from simulator.report import content, folder
from simulator.scenario import read

HERE = paths.TESTS
RECORDS = HERE / "cases" / "records"
MOMENTS = int(os.environ.get("LLMCOST_MOMENTS", "2"))

# --- commands -----------------------------------------------------------------------------------------------------------------


class Writer(NamedTuple):
    """A command that writes `{}`: the suffix of its file (empty: a folder), and the options to continue after a kill.

    `is_long`: it runs long enough to be killed at all moments.
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
QUICK = ("run", "run, draws", "sweep", "new") if MOMENTS < 50 else tuple(WRITERS)
ENVIRONMENT = os.environ | {"SOURCE_DATE_EPOCH": "1700000000"}


def start_writer(name, path, more=(), **options):
    arguments = [str(path) if part == "{}" else part for part in WRITERS[name].words]
    return subprocess.Popen(
        [*COMMAND, *arguments, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **({"env": ENVIRONMENT} | options),
    )


def run_to_end(name, path, more=(), **options):
    """Run a command of the table to its end, and return its exit code and standard error."""
    running = start_writer(name, path, more, **options)
    _, errors = running.communicate(timeout=300)
    return running.returncode, errors


def contents(path):
    """Return the contents of a file, or of all files of a folder."""
    if not path.is_dir():
        return path.read_bytes()
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def write_earlier_output(name, path):
    """Write an earlier output to a path, and return its contents."""
    if path.is_dir():
        shutil.rmtree(path)
    if WRITERS[name].suffix:
        path.write_bytes(b"what was there before")
    else:
        folder.write(content.Report("Before", "K", "Answer.", (), (), (), "made", {}), path)
    return contents(path)


# --- kills --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", QUICK)
def test_kill_at_any_moment_leaves_the_old_output_or_the_new_one(name, tmp_path):
    path = tmp_path / f"out{WRITERS[name].suffix}"
    start = time.monotonic()
    assert run_to_end(name, path)[0] == 0
    duration = time.monotonic() - start
    new = contents(path)
    moments = MOMENTS if WRITERS[name].is_long or MOMENTS < 50 else MOMENTS // 10
    whole = again = 0
    for number in range(moments):
        old = write_earlier_output(name, path)
        signal_number = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)[number % 3]
        running = start_writer(name, path)
        time.sleep(duration * (number + 0.5) / moments)
        running.send_signal(signal_number)
        _, errors = running.communicate(timeout=300)
        whole += contents(path) in (old, new)
        assert running.returncode in (0, -signal_number, {signal.SIGINT: 130, signal.SIGTERM: 143}.get(signal_number)), errors
        if "Exception ignored in" in errors:  # raised in a finalizer while Python itself was still loading
            assert running.returncode == 0
        elif "Traceback" in errors:  # Python itself was still loading, where it cannot be caught
            assert "simulator/cli/app.py" in errors or "runpy" in errors
            assert running.returncode == -signal.SIGINT
        code, errors = run_to_end(name, path, WRITERS[name].again)
        again += code == 0 and contents(path) == new
        if code or contents(path) != new:
            print(f"after {signal_number!r} at {number}: {code}, {errors}")
        assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    print(f"\n{name}: {whole} of {moments} kills leave the output whole, {again} of {moments} repeats are bit-equal")
    assert whole == again == moments


SIGNAL_CODE = """
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

class Incomplete:
    def __init__(self):
        send()
        self.is_open = True

    def __del__(self):
        assert self.is_open

def as_an_object_is_built():
    Incomplete()  # h5netcdf.File is such a class

def as_a_model_is_built():
    from pydantic_core import SchemaValidator

    re.compile = send  # pydantic calls it, and wraps what it raises
    SchemaValidator({"type": "str", "pattern": "a"}, {"regex_engine": "python-re"})

cli.group.main = lambda **_: globals()[sys.argv[2]]()
cli.main()
"""


@pytest.mark.parametrize("where", ["in_a_finalizer", "as_an_object_is_built", "as_a_model_is_built"])
@pytest.mark.parametrize(
    ("signal_number", "code", "errors"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_signal_that_comes_where_exceptions_get_lost_ends_the_command(where, signal_number, code, errors):
    command = [sys.executable, "-c", SIGNAL_CODE, str(int(signal_number)), where]
    process = subprocess.run(command, capture_output=True, text=True, timeout=15, env=ENVIRONMENT)
    assert (process.returncode, process.stderr) == (code, f"llmcost: {errors}; no incomplete file was left\n")


KILL_AT_LINE = """
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
files.write_text_atomically(path, "new" * 1000)
"""


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGINT])
def test_kill_at_every_line_of_the_writing_leaves_the_old_file_or_the_new_one(signal_number, tmp_path):
    path = tmp_path / "out.txt"
    code = None
    for line in range(1, 200):
        path.write_text("old")
        command = [sys.executable, "-c", KILL_AT_LINE, str(path), str(int(signal_number)), str(line)]
        code = subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode
        assert path.read_text() in ("old", "new" * 1000), line
        files.write_text_atomically(path, "again")
        assert [entry.name for entry in tmp_path.iterdir()] == ["out.txt"], line  # the next run removes leftovers
        if code == 0:
            break
    assert code == 0
    assert line > 20


def test_leftovers_of_others_stay(tmp_path):
    path = tmp_path / "out.json"
    foreign = [".out.json.swp", "out.json.llmcost-x", ".other.json.llmcost-x"]
    for name in foreign:
        (tmp_path / name).mkdir()
    (tmp_path / ".out.json.llmcost-link").symlink_to(tmp_path / foreign[0])
    (tmp_path / ".out.json.llmcost-dead").mkdir()
    files.write_text_atomically(path, "x")
    assert {entry.name for entry in tmp_path.iterdir()} == {*foreign, ".out.json.llmcost-link", "out.json"}


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
        files.write_text_atomically(path, "quick")  # another run, from its beginning to its end
        assert beside.read_text() == "slow"

    files.write_atomically(path, slow)
    assert path.read_text() == "slow"
    assert list(tmp_path.iterdir()) == [path]


# --- disks, folders, pipes ----------------------------------------------------------------------------------------------------


def _small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


@pytest.mark.parametrize("name", ["run", "run, draws", "new"] if MOMENTS < 50 else WRITERS)
def test_full_disk_leaves_the_old_file(name, tmp_path):
    path = tmp_path / f"out{WRITERS[name].suffix}"
    old = write_earlier_output(name, path)
    code, errors = run_to_end(name, path, preexec_fn=_small_files)
    assert code == 1, errors
    assert errors.count("\n") == 1
    assert "cannot write" in errors
    assert contents(path) == old
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("folder", ["/sys", "/proc"])
def test_folder_that_cannot_be_written_to_is_reported(folder):
    """Even root cannot write to these folders."""
    if not os.path.isdir(folder):  # noqa: PTH112
        pytest.skip(f"there is no {folder} here")
    code, errors = run_to_end("new", Path(folder) / "out.yaml")
    assert code in (1, 2), errors
    assert "Traceback" not in errors
    assert "cannot" in errors


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_read_only_folder_is_refused_before_any_work(tmp_path):
    tmp_path.chmod(0o555)
    code, errors = run_to_end("run", tmp_path / "out.json")
    tmp_path.chmod(0o755)
    assert code == 2
    assert "cannot be written to" in errors


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
        errors = running.stderr.read()
        running.stderr.close()
    else:
        errors = running.communicate(timeout=300)[1]
    assert running.wait(timeout=60) in (0, 1)
    assert b"Traceback" not in errors
    assert b"Exception" not in errors


@pytest.mark.parametrize("home", ["/nonexistent", "/proc"])
@pytest.mark.parametrize("name", ["run, draws"] if MOMENTS < 50 else WRITERS)
def test_home_and_caches_that_cannot_be_written_change_nothing(name, home, tmp_path):
    path = tmp_path / f"out{WRITERS[name].suffix}"
    assert run_to_end(name, path)[0] == 0
    expected = contents(path)
    path.rename(tmp_path / "before")
    places = {"HOME": home, "XDG_CACHE_HOME": f"{home}/cache", "XDG_CONFIG_HOME": f"{home}/config", "TMPDIR": f"{home}/none"}
    code, errors = run_to_end(name, path, env=ENVIRONMENT | places)
    assert code == 0, errors
    assert "Traceback" not in errors
    assert contents(path) == expected


# --- clocks -------------------------------------------------------------------------------------------------------------------


def test_files_of_the_future_are_read_and_written_over(tmp_path):
    """After the clock was set back, an earlier output, a leftover and the scenario are dated ten years ahead."""
    scenario, out = tmp_path / "mine.yaml", tmp_path / "out.json"
    scenario.write_text("extends: gpt-4\n")
    out.write_text("old")
    dead = tmp_path / ".out.json.llmcost-dead"
    dead.mkdir()
    future = time.time() + 10 * 365.25 * 86_400
    for path in (scenario, out, dead):
        os.utime(path, (future, future))
    process = subprocess.run([*COMMAND, "run", str(scenario), "--draws", "2000", "-q", "-o", str(out)], check=False)
    assert process.returncode == 0
    assert out.read_text() != "old"
    assert not dead.exists()


def test_date_given_from_outside_is_taken(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    result = simulate(read("deepseek-v3"), 100, keep=["total_cost"])
    assert abs(datetime.fromisoformat(to_tree(result).attrs["created_at"]).timestamp() - time.time()) < 100
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert to_tree(result).attrs["created_at"] == "2023-11-14T22:13:20+00:00"


@pytest.mark.parametrize("epoch", ["", "soon", "-1", "1e9", "9" * 30])
def test_date_given_from_outside_that_is_none_is_refused(epoch, tmp_path):
    code, errors = run_to_end("schema", tmp_path / "out.json", env=os.environ | {"SOURCE_DATE_EPOCH": epoch})
    assert (code, errors.count("\n")) == (2, 1)
    assert errors.startswith("llmcost: SOURCE_DATE_EPOCH: must be")


# --- smaller machines ---------------------------------------------------------------------------------------------------------


def _one_core():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not tell cores apart")
@pytest.mark.parametrize("name", ["run"] if MOMENTS < 50 else WRITERS)
def test_one_core_gives_the_same_bytes(name, tmp_path):
    path = tmp_path / f"out{WRITERS[name].suffix}"
    outputs = []
    for options in ({}, {"preexec_fn": _one_core}):
        assert run_to_end(name, path, **options)[0] == 0
        outputs.append(contents(path))
    assert outputs[0] == outputs[1]


def test_cores_are_those_that_the_process_may_use(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {3}, raising=False)
    assert machine.cores() == 1


@pytest.mark.parametrize("megabytes", [260, 500] if MOMENTS < 50 else range(100, 900, 50))
def test_little_memory_is_enough_or_one_line(megabytes, tmp_path):
    path = tmp_path / "out.nc"
    path.write_text("old")
    limit = megabytes * 1_000_000
    code, errors = run_to_end("run, draws", path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    assert "Traceback" not in errors
    if code:
        assert code in (1, 2), errors
        assert "memory" in errors
        assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_more_draws_than_memory_holds_are_refused_before_any_work(monkeypatch):
    monkeypatch.setattr(machine, "free_memory", lambda: 1e6)
    with pytest.raises(ValueError, match=r"100,000 draws of 1 quantities need 0.0024 GB .* 0.001 GB"):
        simulate(read("deepseek-v3"), 100_000, keep=["total_cost"])
    simulate(read("deepseek-v3"), 10_000, keep=["total_cost"])
    simulate(read("deepseek-v3"), 100_000)


def test_free_memory_is_what_the_tightest_limit_leaves():
    assert 1e6 < machine.free_memory() < 1e15
    code = (
        "import resource; from simulator.core import resources as machine\n"
        "resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9)); print(machine.free_memory())"
    )
    free = float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert 5e8 < free < 1e9


@pytest.mark.parametrize(("kind", "code"), [(KeyboardInterrupt, 130), (TerminationRequest, 143)])
def test_a_signal_that_python_wraps_while_a_class_is_built_is_a_stop(kind, code, capsys):
    error = RuntimeError("Error calling __set_name__")
    error.__cause__ = kind()
    assert _report_failure(error) == code
    assert "no incomplete file was left" in capsys.readouterr().err
