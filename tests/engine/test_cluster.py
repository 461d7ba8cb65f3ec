"""The bytes of a result do not depend on who draws: threads, worker processes, workers that die, a scheduler that is lost."""

import contextlib
import hashlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from simulator.cli import group
from simulator.core.errors import NonFiniteResultError
from simulator.core.units import Usd
from simulator.engine import cluster
from simulator.engine.blocks import BLOCKS_PER_RANGE
from simulator.engine.executor import EXECUTOR, map_in_order
from simulator.engine.sampling.streams import BLOCK
from simulator.engine.simulate import simulate
from simulator.io.run_summary import summarize_run
from simulator.scenario import read

distributed = pytest.importorskip("distributed", reason="--scheduler needs the extra llmcost[dask]")

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore:unclosed", "ignore::pytest.PytestUnraisableExceptionWarning"
)

MANY = 3 * BLOCKS_PER_RANGE * BLOCK + 1234  # three ranges and a bit
KINDS = {
    "random": {"draws": MANY},
    "sobol": {"draws": MANY // 2, "method": "sobol"},
    "lhs": {"draws": BLOCK + 8, "method": "lhs"},
    "kept": {"draws": 100_000, "keep": ["total_cost", "team.salary"]},
    "exact": {"draws": 2 * BLOCK, "exact": True},
    "integrated": {"draws": 2 * BLOCK, "integrate": "auto"},
    "precise": {"draws": 50_000, "precision": 0.004},
}


def fingerprint_of(scenario, **options):
    """A hash of all that a run says, and of the draws that it keeps."""
    result = simulate(scenario, options.pop("draws", MANY), **options)
    draws = b"".join(values.tobytes() for values in result.retained_draws.values())
    return hashlib.sha256(summarize_run(result).to_json().encode() + draws).hexdigest()


@pytest.fixture(scope="module")
def gpt_4():
    return read("gpt-4", budget="150e6")


@pytest.fixture(scope="module")
def serial(gpt_4):
    return {kind: fingerprint_of(gpt_4, threads=1, **options) for kind, options in KINDS.items()}


@pytest.fixture(scope="module")
def two():
    """Two worker processes that several tests share."""
    with cluster.workers("local:2"):
        yield EXECUTOR.get()


@contextlib.contextmanager
def sent_to(executor):
    before = EXECUTOR.set(executor)
    try:
        yield
    finally:
        EXECUTOR.reset(before)


# --- the same bytes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_threads_give_the_bytes_of_one(gpt_4, serial, kind):
    assert fingerprint_of(gpt_4, threads=3, **KINDS[kind]) == serial[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_workers_give_the_bytes_of_one_thread(gpt_4, serial, two, kind):
    with sent_to(two):
        assert fingerprint_of(gpt_4, **KINDS[kind]) == serial[kind]


@pytest.mark.parametrize("count", [1, 4])
def test_the_number_of_workers_does_not_matter(gpt_4, serial, count):
    with cluster.workers(f"local:{count}"):
        assert fingerprint_of(gpt_4) == serial["random"]


def test_results_twice_and_out_of_order_are_merged_in_order(gpt_4, serial):
    numbers = []

    def executor(task, items):
        items = list(items)
        order = [*range(len(items)), *range(len(items))]
        random.Random(1).shuffle(order)
        done = {}
        for number in order:  # the later of two replaces the first, as a task that was begun again does
            done[number] = task(items[number])
            numbers.append(number)
        yield from (done[number] for number in range(len(items)))

    with sent_to(executor):
        assert fingerprint_of(gpt_4) == serial["random"]
    assert numbers != sorted(numbers)
    assert len(numbers) == 8


def test_what_comes_back_is_small(gpt_4):
    """A summary of half a million draws, after the first, which includes the draws of all other quantities."""
    import pickle

    sizes = []

    def executor(task, items):
        for item in items:
            sizes.append(len(pickle.dumps(output := task(item))))
            yield output

    with sent_to(executor):
        simulate(gpt_4, MANY)
    assert len(sizes) == 4
    assert max(sizes[1:]) < 1_000_000


# --- what goes wrong ------------------------------------------------------------------------------------------------------


def with_formula(function):
    """The scenario with its staff computed by a function that has the name of a line."""
    return read("gpt-4", formulas=[function], budget="150e6", sets=["lines=[compute, extra_cost]", "staff={}"])


def count_files(folder: Path) -> int:
    """Count how often this was called, over processes."""
    (folder / f"{os.getpid()}-{time.monotonic_ns()}").touch()
    return len(list(folder.iterdir()))


def failing(folder, fail, until):
    """A formula that fails the first times that a worker computes it, and is a number else."""
    here = os.getpid()

    def extra_cost(energy_cost: Usd) -> Usd:
        """What a test adds."""
        if os.getpid() != here and count_files(folder) <= until:
            fail()
        return energy_cost * 2

    return extra_cost


def _raise():
    raise RuntimeError("not this time")


@pytest.mark.parametrize(
    ("fail", "until"), [(_raise, 2), (lambda: os._exit(1), 1)], ids=["a task fails twice", "a worker ends itself"]
)
def test_what_fails_is_done_again(tmp_path, fail, until):
    scenario = with_formula(failing(tmp_path, fail, until))
    expected = fingerprint_of(scenario, threads=1)
    with cluster.workers("local:2"):
        assert fingerprint_of(scenario) == expected
    assert len(list(tmp_path.iterdir())) > until


def test_a_worker_that_is_killed_is_replaced(gpt_4, serial):
    with cluster.workers("local:2"):
        list(map_in_order(abs, [1], 1))  # it begins here
        client = EXECUTOR.get()._client
        first = min(client.run(os.getpid).values())
        killer = threading.Timer(0.15, os.kill, (first, signal.SIGKILL))
        killer.start()
        assert fingerprint_of(gpt_4) == serial["random"]
        killer.join()
        assert first not in client.run(os.getpid).values()


def _server(*words):
    return subprocess.Popen(
        [sys.executable, "-m", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def served(tmp_path):
    """A scheduler with one worker that can be killed, and begun again at the same address."""
    port = _free_port()
    address = f"tcp://127.0.0.1:{port}"
    running = []

    def begin():
        scheduler = ("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        worker = ("distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny")
        running[:] = [_server(*scheduler, "--no-show"), _server(*worker, "--local-directory", str(tmp_path))]

    def kill():
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    begin()
    yield address, begin, kill
    kill()


@pytest.mark.parametrize("returns", [True, False], ids=["it comes back", "it does not"])
def test_a_lost_scheduler_loses_nothing(gpt_4, served, monkeypatch, returns):
    address, begin, kill = served
    monkeypatch.setattr(cluster, "_RECONNECT", 20.0 if returns else 0.5)
    lines, done = [], []
    draws = 6 * BLOCKS_PER_RANGE * BLOCK
    expected = fingerprint_of(gpt_4, draws=draws, threads=1)

    def progress(some, _):
        if not done:
            kill()
            if returns:
                begin()
        done.append(some)

    with cluster.workers(address, report=lines.append):
        assert fingerprint_of(gpt_4, draws=draws, progress=progress) == expected
    assert done == [BLOCKS_PER_RANGE * BLOCK * number for number in range(1, 7)]  # what was done is not done again
    assert f"lost the scheduler {address}" in lines[0]
    assert len(lines) == (1 if returns else 2)


# --- what is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["llmcost", "numpy", "python"])
def test_workers_of_other_versions_are_refused(monkeypatch, two, what):
    ours = cluster._versions()
    with sent_to(two):
        list(map_in_order(abs, [1, 2], 1))  # so that there is a client
    monkeypatch.setattr(cluster, "_versions", lambda: ours | {what: "9.9"})
    with pytest.raises(cluster.ClusterError, match=rf"{what} {ours[what]}, not 9\.9.*install the same versions"):
        cluster._check_versions("tcp://x", two._client.get_versions(packages=["llmcost"]))
    with sent_to(two), pytest.raises(cluster.ClusterError, match="would not be the same"):  # a worker that came later
        list(map_in_order(abs, [1, 2], 1))


def test_a_quantity_that_is_not_finite_is_named_by_a_worker_too(two):
    def extra_cost(energy_cost: Usd) -> Usd:
        """What a test adds."""
        return energy_cost * (float("nan") if energy_cost.ndim else 1.0)

    with sent_to(two), pytest.raises(NonFiniteResultError, match=r"^extra_cost: (\d+) of \1 "):
        simulate(with_formula(extra_cost), 100_000)


@pytest.mark.parametrize(
    "where", ["local:0", "local:x", "local:", "local:-1", "local:99999999999", "tcp:", "10.0.0.1:8786", "http://x", ""]
)
def test_what_is_no_scheduler_is_refused(where):
    with pytest.raises(ValueError, match="is no scheduler; write tcp://HOST:PORT or local:N"), cluster.workers(where):
        pass


def invoke(*words):
    return CliRunner().invoke(group, [str(word) for word in words], standalone_mode=False)


def test_a_missing_dask_is_told_with_what_installs_it(monkeypatch):
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    outcome = invoke("run", "gpt-4", "--scheduler", "local:2")
    assert "pip install distributed" in str(outcome.exception)


def test_no_scheduler_is_one_line():
    process = subprocess.run(
        [sys.executable, "-m", "simulator", "run", "gpt-4", "--scheduler", f"tcp://127.0.0.1:{_free_port()}"],
        capture_output=True, text=True, env={**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1"},
    )  # fmt: skip
    assert process.returncode == 1
    assert process.stdout == ""
    assert len(process.stderr.splitlines()) == 1
    assert process.stderr.startswith("llmcost: --scheduler tcp://127.0.0.1:")


@pytest.mark.parametrize("command_name", ["run", "sensitivity", "stress"])
def test_commands_print_the_same_from_workers(command_name):
    words = {
        "run": ["--draws", "6e5"],
        "sensitivity": ["--draws", "131072", "--method", "draws"],
        "stress": ["--shock", "chip-price-double"],
    }[command_name]
    results = [
        CliRunner().invoke(group, [command_name, "gpt-4", *words, "--format", "json", *where])
        for where in ([], ["--scheduler", "local:1"])
    ]
    assert results[0].stdout == results[1].stdout
    assert json.loads(results[0].stdout)["scenario"] == "gpt-4"
