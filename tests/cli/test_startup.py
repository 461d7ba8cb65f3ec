"""Start of the command line: an interrupt or a foreign module while it is being loaded is one line, not a traceback."""

import shlex
import subprocess
import sys

import paths
import pytest

INTERRUPT_AT_IMPORT = """
import os, signal, sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)
        return None

sys.meta_path.insert(0, Interrupt())
sys.argv = ["llmcost", "run", "gpt-4", "--draws", "2000"]
from simulator.startup import start
start()
"""


@pytest.mark.parametrize("name", ["click", "simulator.cli.app", "simulator.cli.commands.run", "numpy"])
def test_an_interrupt_at_an_import_is_one_line(name):
    process = subprocess.run(
        [sys.executable, "-c", INTERRUPT_AT_IMPORT.format(name=name)],
        cwd=paths.ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert process.returncode == 130
    assert process.stdout == ""
    assert process.stderr.lstrip("\n") == "llmcost: interrupted; no incomplete file was left\n"


@pytest.mark.parametrize("name", ["numpy", "click", "yaml"])
def test_a_foreign_module_is_named(tmp_path, name):
    (tmp_path / f"{name}.py").write_text("x = 1\n")
    process = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(paths.ROOT)!r}]\n"
         "sys.argv = ['llmcost', 'run', 'gpt-4', '--draws', '2000']\nfrom simulator.startup import start\nstart()"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert process.returncode == 1
    assert f"{name}.py is loaded in place of the library {name}: remove it from PYTHONPATH" in process.stderr
    assert len(process.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", [["run", "gpt-4", "--draws", "2000"], ["schema"], ["--version"]])
def test_a_closed_standard_output_is_an_error(words):
    command = shlex.join([sys.executable, "-m", "simulator", *words])
    process = subprocess.run(["bash", "-c", f"{command} >&-"], cwd=paths.ROOT, stderr=subprocess.PIPE, text=True, check=False)
    assert process.returncode == 1
    assert process.stderr == "llmcost: cannot write: standard output is closed\n"
