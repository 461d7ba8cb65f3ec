"""The registry, and the data of figures without their drawing."""

import math
import pkgutil
import subprocess
import sys

import numpy as np

from simulator import figures
from simulator.figures import KINDS, kinds
from simulator.figures.data import bin_edges
from simulator.figures.registry import KindFunctions, kind_functions, module_name


def test_equal_bounds_still_make_bins():
    assert len(bin_edges(5, 5, 48)) == 4
    assert bin_edges(5, 5, 48)[0] < 5 < bin_edges(5, 5, 48)[-1]
    assert np.allclose(np.diff(np.log(bin_edges(1, 1e6, 10))), math.log(1e6) / 10)


def test_every_kind_has_a_module_and_every_module_is_a_kind():
    modules = {module.name for module in pkgutil.iter_modules(kinds.__path__)}
    assert modules == {module_name(kind) for kind in KINDS}
    assert all(isinstance(kind_functions(kind), KindFunctions) for kind in KINDS)


def test_tables_are_built_and_described_without_matplotlib(folder):
    program = (
        "import sys; from simulator.figures import alt_text, build_table\n"
        "from simulator.figures.data import FigureRequest; from simulator.scenario import read\n"
        "request = FigureRequest([read(sys.argv[1])], draws=1000)\n"
        "for kind in ('histogram', 's-curve', 'breakdown', 'cashflow', 'joint', 'tornado', 'variance', 'convergence'):\n"
        "    assert alt_text(kind, build_table(kind, request)).endswith('.')\n"
        "assert alt_text('trend', build_table('trend', request)).endswith('.')\n"
        "print('matplotlib' in sys.modules)"
    )
    process = subprocess.run(
        [sys.executable, "-c", program, str(folder / "plan.yaml")], capture_output=True, text=True, check=True
    )
    assert process.stdout.split() == ["False"]


def test_no_submodule_has_the_name_of_a_public_function():
    """Importing a submodule sets it as an attribute of the package: `alt_text` could be called once, and then no more."""
    assert {module.name for module in pkgutil.iter_modules(figures.__path__)} & set(figures.__all__) == set()
