"""The command line as seen by users: exit codes, streams, formats, files."""

import csv
import io
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import COMMAND, run_llmcost

QUICK = ("--draws", "2000")
ROOT = Path(__file__).resolve().parents[2]


def test_help_lists_every_command_and_loads_nothing_heavy():
    code = (
        "import sys; sys.argv = ['llmcost', '--help']\n"
        "from simulator.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('numpy', 'scipy', 'xarray', 'pydantic', 'yaml', 'rich', 'pint') if m in sys.modules])"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all(f"\n  {command_name} " in process.stdout for command_name in ("run", "list", "show", "check", "schema", "new"))
    assert process.stdout.endswith("[]\n")


def test_first_number_needs_neither_scipy_nor_xarray_nor_pint():
    code = (
        "import sys; sys.argv = ['llmcost', 'run', 'deepseek-v3', '--quiet', '-o', '/dev/null/x.json']\n"
        "import llmcost; llmcost.run('llama-3.1-405b', draws=1000).headline()\n"
        "print([m for m in ('scipy.stats', 'xarray', 'pandas', 'pint', 'matplotlib') if m in sys.modules])"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["run", "gpt-4", *QUICK], 0),
        (["run", "no-such"], 2),
        (["run", "gpt-4", "--draws", "0"], 2),
        (["run", "gpt-4", "--draws", "2.5"], 2),
        (["run", "gpt-4", "--draws", "-5"], 2),
        (["run", "gpt-4", "--interval", "0"], 2),
        (["run", "gpt-4", "--interval", "1"], 2),
        (["run", "gpt-4", "--interval", "100"], 2),
        (["run", "gpt-4", "--threads", "-3"], 2),
        (["run", "gpt-4", "--fail-above", "5%"], 2),
        (["run", "gpt-4", "--set", "mfu"], 2),
        (["run", "gpt-4", "--set", "nosuch=1"], 2),
        (["run", "gpt-4", "--lever", "nosuch"], 2),
        (["run", "gpt-4", "-o", "/no/such/folder/x.json"], 2),
        (["run", "gpt-4", "-o", "x.foo"], 2),
        (["run", "gpt-4", "--precision", "1%", "--method", "lhs"], 2),
        (["run", "gpt-4", "--baseline", "/no/such.json"], 2),
        (["run", "deepseek-v3", *QUICK, "--budget", "1e6", "--fail-above", "5%"], 3),
        (["run", "deepseek-v3", *QUICK, "--budget", "1e9", "--fail-above", "5%"], 0),
        (["check", "gpt-3", "gpt-4"], 0),
        (["nosuch"], 2),
        (["show", "nosuch"], 2),
        ([], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_exit_codes(arguments, code):
    process = run_llmcost(*arguments)
    assert process.returncode == code, process.stderr
    assert "Traceback" not in process.stderr
    if code == 2:
        assert process.stdout == ""
        assert process.stderr.strip()


def test_one_percent_may_be_written_in_three_ways():
    outputs = {
        run_llmcost("run", "gpt-4", *QUICK, "--format", "json", "--interval", text).stdout for text in ("90", "90%", "0.9")
    }
    assert len(outputs) == 1
    assert json.loads(outputs.pop())["interval"] == 90


def test_json_holds_what_others_rely_on():
    answer = json.loads(run_llmcost("run", "gpt-4", *QUICK, "--budget", "2e8", "--format", "json").stdout)
    assert answer["schema"] == 2
    assert (answer["scenario"], answer["draws"], answer["seed"], answer["method"], answer["interval"]) == (
        "gpt-4",
        2000,
        0,
        "random",
        95,
    )
    total = answer["quantities"]["total_cost"]
    assert {"unit", "role", "mean", "sd", "median", "low", "high", "quantiles", "mcse"} <= total.keys()
    assert set(total["quantiles"]) == {"2.5", "5", "10", "20", "50", "70", "80", "90", "95", "97.5"}
    assert set(total["mcse"]) == {"mean", "median", "low", "high"}
    assert answer["quantities"]["staff_cost"]["share"].keys() == {"mean", "low", "high", "mcse"}
    assert answer["quantities"]["chip_price"]["sources"]
    assert {"amount", "probability_within", "p50", "p80", "contingency_to_p80", "expected_overrun", "cvar_95"} <= answer[
        "budget"
    ].keys()


def test_budget_is_null_without_one():
    assert json.loads(run_llmcost("run", "gpt-4", *QUICK, "--format", "json").stdout)["budget"] is None


def test_csv_has_a_row_for_each_quantity():
    rows = list(csv.DictReader(io.StringIO(run_llmcost("run", "gpt-4", *QUICK, "--format", "csv").stdout)))
    assert {"total_cost", "chip_cost", "staff_cost", "chip_hours"} <= {row["quantity"] for row in rows}
    assert all(float(row["low"]) <= float(row["median"]) <= float(row["high"]) for row in rows)


@pytest.mark.parametrize("suffix", [".json", ".csv", ".nc"])
def test_output_file_is_written_and_quiet_prints_nothing(tmp_path, suffix):
    path = tmp_path / f"result{suffix}"
    process = run_llmcost("run", "gpt-4", *QUICK, "--quiet", "-o", path)
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
    assert path.stat().st_size > 1000
    assert list(tmp_path.iterdir()) == [path]


def test_baseline_shows_changes(tmp_path):
    old = tmp_path / "old.json"
    run_llmcost("run", "deepseek-v3", *QUICK, "-q", "-o", old)
    process = run_llmcost("run", "deepseek-v3", *QUICK, "--set", "rental_price=3", "--baseline", old, "--format", "json")
    changes = json.loads(process.stdout)["baseline"]
    assert changes["inputs_changed"] == ["rental_price"]
    total = changes["quantities"]["total_cost"]["median"]
    assert total["new"] == pytest.approx(1.5 * total["old"], rel=1e-3)  # the same random numbers: the ratio of prices


def test_run_writes_several_files_and_prints_too(tmp_path):
    files = [tmp_path / f"run{suffix}" for suffix in (".nc", ".csv", ".json")]
    process = run_llmcost("run", "gpt-4", *QUICK, "--format", "json", *(part for file in files for part in ("-o", file)))
    assert process.returncode == 0, process.stderr
    assert process.stdout == files[2].read_text()
    assert files[1].read_text().startswith("quantity,role,unit,")
    assert files[0].stat().st_size > 0


def test_scenario_may_come_from_standard_input():
    process = run_llmcost("run", "-", *QUICK, input="extends: deepseek-v3\ntitle: From a pipe\n")
    assert process.returncode == 0
    assert process.stdout.startswith("From a pipe, final run:")


def test_formulas_of_a_user_take_part(tmp_path):
    formulas = tmp_path / "mine.py"
    formulas.write_text(
        "from simulator.core.units import Chips, Usd, UsdPerChip\n\n"
        "def moving_cost(chips: Chips, moving_price: UsdPerChip) -> Usd:\n    'Moving the cluster.'\n"
        "    return chips * moving_price\n"
    )
    process = run_llmcost("run", "deepseek-v3", *QUICK, "--formulas", formulas, "--set", "lines=[compute, moving_cost]",
                   "--set", "moving_price=100", "--format", "json")  # fmt: skip
    assert json.loads(process.stdout)["quantities"]["moving_cost"]["median"] == pytest.approx(204_800)


def test_formulas_that_do_not_run_are_one_line(tmp_path):
    formulas = tmp_path / "mine.py"
    formulas.write_text("import no_such_module\n")
    process = run_llmcost("run", "gpt-4", "--formulas", formulas)
    assert process.returncode == 2
    assert "no_such_module" in process.stderr
    assert len(process.stderr.splitlines()) == 1


def test_new_scenario_runs_and_is_not_written_over(tmp_path):
    path = tmp_path / "ours.yaml"
    assert run_llmcost("new", path).returncode == 0
    assert run_llmcost("run", path, *QUICK).returncode == 0
    text = path.read_text()
    assert run_llmcost("new", path).returncode == 2
    assert path.read_text() == text


def test_lists_are_json_for_machines():
    for kind in ("scenarios", "priors", "chips", "models", "prices", "levers", "shocks", "quantities"):
        rows = json.loads(run_llmcost("list", kind, "--format", "json").stdout)
        assert rows
        assert all({"name", "about"} <= row.keys() for row in rows), kind


def test_closed_pipe_and_plain_terminals_are_no_failure():
    piped = subprocess.run(
        f"{shlex.quote(sys.executable)} -m simulator run gpt-4 --draws 2000 | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert piped.stdout.startswith("GPT-4")
    assert piped.stderr == ""
    ascii_only = run_llmcost("run", "gpt-4", *QUICK, env=os.environ | {"PYTHONIOENCODING": "ascii", "LANG": "C"})
    assert ascii_only.returncode == 0
    assert "\x1b" not in ascii_only.stdout


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device here")  # noqa: PTH110
def test_full_disk_is_reported():
    with open("/dev/full", "w") as full:  # noqa: PTH123
        process = subprocess.run(
            [*COMMAND, "run", "gpt-4", *QUICK], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert process.returncode == 1
    assert "No space left" in process.stderr
    assert "Traceback" not in process.stderr


def _wait_until_drawing(pid):
    """Wait until the process has used four seconds of processor time; start-up takes one."""
    stat, ticks = Path(f"/proc/{pid}/stat"), os.sysconf("SC_CLK_TCK")
    for _ in range(600):
        if not stat.exists():
            time.sleep(4)
            return
        used = stat.read_text().rpartition(")")[2].split()
        if (int(used[11]) + int(used[12])) / ticks > 4:
            return
        time.sleep(0.1)


@pytest.mark.parametrize(("signal_number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupt_leaves_the_old_file_whole(tmp_path, signal_number, code):
    path = tmp_path / "old.json"
    path.write_text("the old one")
    command = [*COMMAND, "run", "gpt-4", "--draws", "1e9", "--format", "json", "-o", str(path)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _wait_until_drawing(running.pid)
    start = time.monotonic()
    running.send_signal(signal_number)
    output, errors = running.communicate(timeout=20)
    assert time.monotonic() - start < 5  # a second where nothing else runs
    assert running.returncode == code
    assert "Traceback" not in errors
    assert path.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [path]
    if signal_number == signal.SIGINT:  # the draws so far are reported, and marked as partial
        answer = json.loads(output)
        assert answer["partial"]
        assert 0 < answer["draws"] < 1e9
        assert any(note.startswith("partial: interrupted after") for note in answer["notes"])
        assert answer["quantities"]["total_cost"]["median"] == pytest.approx(121e6, rel=0.02)


def test_standard_input_may_be_read_again_within_a_command():
    text = "extends: llama-3.1-405b\nbasis: rented\n"
    process = run_llmcost("levers", "-", "--only", "fp8-training", "--draws", 200, input=text)
    assert process.returncode == 0, process.stderr
    assert "fp8-training" in process.stdout


def test_precision_of_needs_a_precision():
    process = run_llmcost("run", "gpt-4", "--precision-of", "mfu")
    assert process.returncode == 2
    assert "give both" in process.stderr


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        ("ClusterError('no scheduler at tcp://x:1;\\nstart one')", 1, "llmcost: no scheduler at tcp://x:1; start one\n"),
        ("UnsupportedError('nothing drives the total')", 1, "llmcost: nothing drives the total\n"),
        ("InvalidInputError([Issue(Place('a.yaml'), 'mfu', 'is wrong')])", 2, "llmcost: a.yaml: mfu: is wrong\n"),
    ],
)
def test_own_error_that_escapes_a_command_is_one_line(error, code, line):
    program = (
        "import sys; sys.argv = ['llmcost', 'list']\n"
        "from simulator.cli import app\n"
        "from simulator.core.errors import InvalidInputError, Issue, Place, UnsupportedError\n"
        "from simulator.engine.cluster import ClusterError\n"
        f"def fail(**_): raise {error}\n"
        "app.group.main = lambda **_: fail()\n"
        "app.main()\n"
    )
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (process.returncode, process.stdout, process.stderr) == (code, "", line)


def test_file_of_a_new_scenario_is_named_as_the_argument_it_is(tmp_path):
    process = run_llmcost("new", "foo.txt", cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert process.returncode == 2
    assert "llmcost: FILE.yaml foo.txt: no format '.txt'" in process.stderr


def test_saved_run_with_a_heavy_tail_is_compared_without_its_mean(tmp_path):
    options = {"cwd": tmp_path, "env": os.environ | {"PYTHONPATH": str(ROOT)}}
    plan = "title: A plan\nprices: 2026 USD\nlines: [chip_cost]\nchip_cost: {lognormal: {median: 1000, sigma: 5}}\n"
    (tmp_path / "heavy.yaml").write_text(plan, encoding="utf-8")
    assert run_llmcost("run", "heavy.yaml", *QUICK, "-o", "heavy.json", **options).returncode == 0
    process = run_llmcost("compare", "heavy.yaml", "heavy.json", *QUICK, **options)
    assert process.returncode == 0
    (row,) = [line for line in process.stdout.splitlines() if "(saved)" in line]
    assert " n/a " in row
