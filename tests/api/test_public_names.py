"""The names of the public package: listed, found, typed, and imported on first use."""

import ast
import subprocess
import sys

import paths
import pytest

import llmcost
from llmcost import units
from simulator.core import units as core_units

STUB = ast.parse((paths.ROOT / "llmcost" / "__init__.pyi").read_text(encoding="utf-8"))
NAMES = {alias.asname for each in STUB.body if isinstance(each, ast.ImportFrom) for alias in each.names} | {"__version__"}
PROMISED = {
    "open_scenario", "read", "run", "load", "Scenario", "Result", "budget", "compare", "levers", "stress", "sensitivity",
    "value_of_information", "portfolio", "joint", "cashflow", "sweep", "trend", "calibrate", "backtest", "report", "between",
    "LogNormal", "Empirical", "units", "LlmcostError",
}  # fmt: skip


def fresh(code):
    """Run code in a process of its own and return what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_dir_shows_the_public_names_and_nothing_else():
    assert fresh("import llmcost; print(*dir(llmcost))").split() == sorted(NAMES)
    assert set(llmcost.__all__) == NAMES
    assert NAMES >= PROMISED
    assert fresh("import llmcost; llmcost.run; llmcost.units; llmcost.compare; print(*dir(llmcost))").split() == sorted(NAMES)


def test_every_name_is_found_where_the_stub_says():
    for each in STUB.body:
        if isinstance(each, ast.ImportFrom) and each.module:
            for alias in each.names:
                value = getattr(llmcost, alias.name)
                assert alias.name == alias.asname
                assert value.__name__ == alias.name
                assert value is vars(llmcost)[alias.name]
    assert llmcost.units is units
    assert llmcost.__version__[0].isdigit()


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'llmcost' has no attribute 'nosuch'"):
        _ = llmcost.nosuch


def test_a_public_function_is_not_replaced_by_a_module_of_its_name():
    code = "import llmcost, simulator.report, simulator.api.stress, simulator.analysis.compare; print(callable(llmcost.report))"
    assert fresh(code) == "True"
    assert fresh("import llmcost; llmcost.sweep; import simulator.api.sweep; print(callable(llmcost.sweep))") == "True"


def test_importing_the_package_is_faster_than_importing_numpy():
    code = (
        "import time, importlib\n"
        "start = time.perf_counter(); import llmcost; own = time.perf_counter() - start\n"
        "import sys; assert 'numpy' not in sys.modules\n"
        "start = time.perf_counter(); import numpy; print(own < (time.perf_counter() - start))"
    )
    assert "True" in [fresh(code) for _ in range(3)]


def test_units_are_those_of_the_model():
    annotated = {name for name, value in vars(core_units).items() if core_units.unit_of(value) is not None}
    assert set(units.__all__) == annotated | {"Unit", "Value"}
    assert all(getattr(units, name) is getattr(core_units, name) for name in units.__all__)


def test_packages_declare_that_they_are_typed():
    for package in ("llmcost", "simulator"):
        assert (paths.ROOT / package / "py.typed").is_file()
