"""A file from a stranger runs nothing, reads nothing else, reaches no network and takes no more than its share.

What is promised stands in SECURITY.md. The hook of `sys.addaudithook` sees every file, socket and process that Python opens.
"""

import ast
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import simulator
from simulator.core.errors import InvalidInputError
from simulator.engine.simulate import simulate
from simulator.io.netcdf import open_tree
from simulator.io.run_summary import summarize_run
from simulator.io.save import save
from simulator.scenario import read

ROOT = Path(simulator.__file__).resolve().parent.parent
SOURCES = sorted(ROOT.glob("simulator/**/*.py"))

AUDITED = """
import json, sys
seen = []
def watch(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "webbrowser.")):
        seen.append(f"{event} {arguments!r}"[:200])
    elif event == "open" and isinstance(arguments[0], str) and secret in arguments[0]:
        seen.append(f"{event} {arguments[0]}")
secret = sys.argv.pop(1)
sys.addaudithook(watch)
sys.argv[0] = "llmcost"
from simulator.cli import main
try:
    main()
except SystemExit as end:
    code = end.code
print("\\n" + json.dumps({"code": code, "seen": seen}), file=sys.stderr)
"""


def audited(*arguments, secret="/no/secret/", **options):
    """Run a command and return its code, what the hook saw, and what was said."""
    done = subprocess.run(
        [sys.executable, "-c", AUDITED, secret, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        **options,
    )
    *said, last = done.stderr.rstrip().split("\n")
    told = json.loads(last)
    return told["code"], told["seen"], done.stdout + "\n".join(said)


# --- scenarios ----------------------------------------------------------------------------------------------------------------

HOSTILE = {
    "tag of Python": "title: !!python/object/apply:os.system [touch SECRET/ran]\n",
    "tag of a module": "!!python/module:os.path\n",
    "alias bomb": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "merge key": "base: &base {mfu: 0.4}\n<<: *base\n",
    "extends an absolute path": "extends: SECRET/secret.yaml\n",
    "extends a way out": "extends: ../SECRETNAME/secret.yaml\n",
    "extends a way out by a folder": "extends: x/../../SECRETNAME/secret.yaml\n",
    "extends a home": "extends: ~root/secret.yaml\n",
    "extends a URL": "extends: http://127.0.0.1:9/secret.yaml\n",
    "extends a file URL": "extends: file://SECRET/secret.yaml\n",
    "extends a link": "extends: link.yaml\n",
    "extends a link of a folder": "extends: folder/secret.yaml\n",
    "lever by path": "extends: gpt-4\nlevers: [../../../SECRETNAME/secret]\n",
    "shock by path": "extends: gpt-4\nshocks: [SECRET/secret.yaml]\n",
    "chip by path": "extends: gpt-4\nchip: ../SECRETNAME/secret\n",
    "row by path": "extends: gpt-4\nmfu: {from: ../SECRETNAME/secret}\n",
    "formulas in a file": "extends: gpt-4\nformulas: SECRET/secret.py\n",
    "expression": "extends: gpt-4\nmfu: __import__('os').system('id')\n",
    "attribute": "extends: gpt-4\n__class__: 1\n",
    "unit with a call": "extends: gpt-4\nmfu: {value: 0.4, unit: \"__import__('os')\"}\n",
    "unit with a power": "extends: gpt-4\nmfu: 0.4 m**9**9**9**9\n",
    "deep nesting": "x: " + "[" * 100_000 + "\n",
    "many keys": "\n".join(f"key{number}: 1" for number in range(100_000)) + "\n",
    "more than the limit": "#" * 2_100_000 + "\n",
    "huge number": "extends: gpt-4\nmfu: " + "9" * 1_000_000 + "\n",
    "many parts": "extends: gpt-4\nmfu: {mixture: [" + ", ".join(["{weight: 0.001, distribution: 0.1 to 0.2}"] * 1000) + "]}\n",
    "nested mixtures": "extends: gpt-4\nmfu: "
    + "{mixture: [{weight: 0.5, distribution: 0.1}, {weight: 0.5, distribution: " * 15
    + "0.2"
    + "}]}" * 15,
    "many values": "extends: gpt-4\nmfu: {empirical: [" + ", ".join(["0.4"] * 300_000) + "]}\n",
}
QUICK = ("tag of Python", "extends a link", "extends a URL", "unit with a power", "nested mixtures")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_scenario_is_refused(name, tmp_path):
    here, secret = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    secret.mkdir()
    (secret / "secret.yaml").write_text("extends: gpt-4\nmfu: 0.31415926\n")
    (secret / "secret.py").write_text("def mfu() -> float: return 0.31415926\n")
    (here / "link.yaml").symlink_to(secret / "secret.yaml")
    (here / "folder").symlink_to(secret)
    path = here / "hostile.yaml"
    path.write_text(HOSTILE[name].replace("SECRETNAME", secret.name).replace("SECRET", str(secret)))
    if name in QUICK:
        code, seen, said = audited("run", path, "--draws", 200, "--format", "json", secret=str(secret))
        assert seen == []
        assert code == 2
        assert "Traceback" not in said
        assert "0.31415926" not in said
    else:
        with pytest.raises(InvalidInputError):
            read(str(path))
    assert not (secret / "ran").exists()


# --- the network, other programs, other files ---------------------------------------------------------------------------------

COMMANDS = {
    "run": ["run", "gpt-4", "--draws", "200", "-o", "{}/out.nc"],
    "list": ["list", "priors", "--format", "json"],
    "check": ["check", "gpt-4"],
    "trend": ["trend"],
    "calibrate": ["calibrate", "-o", "{}/ours.csv"],
    "backtest": ["backtest", "--fold", "run"],
    "figure": ["figure", "histogram", "gpt-4", "--draws", "200", "-o", "{}/out.svg"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_opens_a_socket_or_starts_a_program(name, tmp_path):
    code, seen, said = audited(*(part.format(tmp_path) for part in COMMANDS[name]))
    assert code == 0, said
    assert [
        each for each in seen if not any(known in each for known in ("['uname', '-p']", "'fc-list'"))
    ] == []  # Python's own `platform`, asked by a library as it is imported


def test_the_hook_sees_what_it_should(tmp_path):
    """Formulas that a user names are code, and they may: so the hook must tell."""
    mine = tmp_path / "mine.py"
    mine.write_text("import socket, subprocess, pickle\nsocket.getaddrinfo('127.0.0.1', 9)\nsubprocess.run(['true'])\n")
    code, seen, said = audited("run", "gpt-4", "--draws", "200", "--formulas", mine)
    assert code == 0, said
    assert {event.split()[0] for event in seen} >= {"socket.getaddrinfo", "subprocess.Popen"}


FORBIDDEN_CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "os.system",
    "os.popen",
    "yaml.load",
    "yaml.unsafe_load",
    "yaml.full_load",
}
ALLOWED = {
    "simulator/engine/cluster.py": {
        "cloudpickle",
        "pickle",
    },  # what goes to workers that the user named; SECURITY.md says what that means
    "simulator/core/processes.py": {"pickle"},  # from a copy of this process, over a pipe that only the two have
    "simulator/report/pages.py": {"urllib"},  # urllib.parse, which opens nothing
}
FORBIDDEN_MODULES = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "subprocess",
    "socket",
    "urllib",
    "http",
    "requests",
}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_source_neither_unpickles_nor_evaluates_nor_connects(path):
    allowed = ALLOWED.get(str(path.relative_to(ROOT)), set())
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not {alias.name.partition(".")[0] for alias in node.names} & FORBIDDEN_MODULES - allowed
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in FORBIDDEN_MODULES - allowed
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in FORBIDDEN_CALLS, (path, node.lineno)
            assert not any(word.arg == "allow_pickle" for word in node.keywords), (path, node.lineno)


def test_page_is_escaped_and_only_plain_text_is_not():
    """`_environment(escapes)` is asked for Markdown without, which no browser reads."""
    text = (ROOT / "simulator/report/pages.py").read_text(encoding="utf-8")
    assert "_environment(escapes=True)" in text or "_environment(True)" in text


def test_templates_escape_what_they_show():
    """HTML is made with autoescape on, wherever jinja2 is met."""
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        if re.search(r"^\s*(?:from|import) jinja2", text, re.M):
            assert re.search(r"autoescape\s*=\s*(?:True|select_autoescape|escapes)", text), path


# --- saved draws and results from strangers -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "out.nc"
    scenario = read("deepseek-v3")
    save(simulate(scenario, 1000, keep=tuple(scenario.plan.names)), path)
    return path.read_bytes()


def _without(path, group):
    with h5py.File(path, "r+") as file:
        del file[group]


def _nan(path):
    with h5py.File(path, "r+") as file:
        file["prior_predictive/total_cost"][0, 5] = np.nan


def _text(path):
    with h5py.File(path, "r+") as file:
        file["prior_predictive/other"] = "x"


def _link(path):
    with h5py.File(path, "r+") as file:
        file["prior/other"] = h5py.ExternalLink("/etc/passwd", "/x")


def _raw(path):
    (path.parent / "secret").write_bytes(b"s" * 8000)
    with h5py.File(path, "r+") as file:
        file["prior"].create_dataset("other", (1, 1000), "f8", external=[(str(path.parent / "secret"), 0, 8000)])


def _huge(path):
    with h5py.File(path, "r+") as file:
        del file["prior_predictive/total_cost"]
        made = file["prior_predictive"].create_dataset("total_cost", (1, 10**13), "f8", chunks=(1, 10**6))
        made.dims[0].attach_scale(file["chain"]) if "chain" in file else None


def _attribute(path):
    with h5py.File(path, "r+") as file:
        file.attrs["seed"] = "x"


SPOILED = {
    "no group": lambda path: _without(path, "prior"),
    "no draws at all": lambda path: _without(path, "prior_predictive"),
    "a draw that is no number": _nan,
    "text in place of draws": _text,
    "a link to another file": _link,
    "draws in another file": _raw,
    "more draws than memory": _huge,
    "a seed that is none": _attribute,
    "cut in the middle": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: path.write_bytes(b""),
    "other bytes": lambda path: path.write_bytes(b"CDF\x01" + os.urandom(1000)),
    "a header alone": lambda path: path.write_bytes(path.read_bytes()[:600]),
}


def test_saved_draws_open(saved, tmp_path):
    path = tmp_path / "out.nc"
    path.write_bytes(saved)
    with open_tree(path) as tree:
        assert "total_cost" in tree["prior_predictive"].dataset


@pytest.mark.parametrize("name", SPOILED)
def test_hostile_saved_draws_are_refused_in_one_line(name, saved, tmp_path):
    path = tmp_path / "out.nc"
    path.write_bytes(saved)
    SPOILED[name](path)
    with pytest.raises(ValueError, match=re.escape(str(path))) as error:
        open_tree(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 100_000,
        "nul",
        '{"schema": 2}',
        '{"schema": 1e999, "money": 1}',
        "1" * 10_000,
        "\ufeff{}",
        '"x"',
        "NaN",
        '{"a": NaN}',
    ],
    ids=lambda text: text[:12],
)
def test_hostile_result_is_refused_in_one_line(text, tmp_path):
    path = tmp_path / "old.json"
    path.write_text(text, encoding="utf-8")
    for arguments in (["run", "gpt-4", "--draws", "200", "--baseline", str(path)], ["compare", str(path), str(path)]):
        code, seen, said = in_process(arguments)
        assert (code, seen) == (2, []), said
        assert "old.json" in said


def in_process(arguments):
    from click.testing import CliRunner

    from simulator.cli import group

    done = CliRunner().invoke(group, arguments)
    if isinstance(done.exception, InvalidInputError):  # which `main` turns into lines and exit code 2
        return 2, [], str(done.exception)
    return done.exit_code, [] if isinstance(done.exception, SystemExit) else [done.exception], done.output


def test_result_with_infinite_figures_is_refused(tmp_path):
    path = tmp_path / "old.json"
    said = summarize_run(simulate(read("deepseek-v3"), 200)).to_dict()
    for spoil in ({"draws": math.inf}, {"seed": math.inf}, {"interval": "x"}):
        path.write_text(json.dumps(said | spoil))
        code, seen, told = in_process(["compare", str(path), str(path)])
        assert (code, seen) == (2, []), told


# --- what others read of us ---------------------------------------------------------------------------------------------------


def test_text_of_a_stranger_cannot_steer_a_terminal(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text('extends: gpt-4\n"\\e[2Jmfu\\u202e": "\\e]0;x\\a"\n')
    with pytest.raises(InvalidInputError) as error:
        read(str(path))
    assert all(line.isprintable() for line in str(error.value).split("\n"))
    assert "\\x1b[2Jmfu\\u202e" in str(error.value)
