"""The wheel, unpacked outside the checkout: the package and its data are there, and a first run gives a number."""

import os
import subprocess
import sys
import zipfile

import paths
import pytest
from hatchling.builders.wheel import WheelBuilder

PROGRAM = """
import os, sys, llmcost, simulator
print(os.path.dirname(os.path.dirname(llmcost.__file__)))
print(os.path.dirname(os.path.dirname(simulator.__file__)))
print(sorted(dir(llmcost)) == sorted(llmcost.__all__), all(hasattr(llmcost, name) for name in llmcost.__all__))
result = llmcost.run({"extends": "gpt-4", "chips": llmcost.between(2e4, 3e4)}, draws=2000)
result.save("run.nc"), result.save("run.json")
print(llmcost.load("run.nc").draws, llmcost.load("run.json").summary().total.unit)
print(llmcost.LibraryRow("us-2024").quantile(0.5, quantity="electricity_price") > 0)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Build the wheel and return the folder in which it is unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    (wheel,) = WheelBuilder(str(paths.ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_holds_the_package_its_stub_and_its_data(installed):
    for path in ("llmcost/__init__.py", "llmcost/__init__.pyi", "llmcost/units.py", "llmcost/py.typed", "simulator/py.typed",
                 "simulator/priors/scenarios/gpt-4.yaml", "simulator/api/simulation.py"):  # fmt: skip
        assert (installed / path).is_file(), path
    assert not (installed / "tests").exists()


def test_an_installed_package_works_outside_the_checkout(installed, tmp_path):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COVERAGE"))}
    environment |= {"PYTHONPATH": str(installed), "PYTHONNOUSERSITE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, cwd=tmp_path, env=environment, check=False
    )
    assert not done.stderr, done.stderr
    assert done.stdout.splitlines() == [str(installed)] * 2 + ["True True", "2000 USD", "True"]
