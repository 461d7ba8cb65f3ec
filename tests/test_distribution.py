"""Wheel and source distribution: complete, equal, and usable outside the checkout with the data that they hold."""

import os
import subprocess
import sys
import tarfile
import zipfile

import pytest
from paths import ROOT

from simulator.core.version import tool_version


def build(source, folder, *targets):
    """Build distributions from a source tree, as a release does, and return their paths by target."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    command += [part for target in targets for part in ("-t", target)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    patterns = {"wheel": "*.whl", "sdist": "*.tar.gz"}
    return [next(folder.glob(patterns[target])) for target in targets]


def contents(wheel):
    """Return the checksum of each file in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {each.filename: each.CRC for each in archive.infolist()}


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """The wheel and the source distribution of the checkout."""
    return build(ROOT, tmp_path_factory.mktemp("dist"), "wheel", "sdist")


@pytest.fixture(scope="module")
def installed(distributions, tmp_path_factory):
    """A function that runs Python with the unpacked wheel, in an empty folder; a wheel of pure Python is installed so."""
    site, elsewhere = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("elsewhere")
    with zipfile.ZipFile(distributions[0]) as archive:
        archive.extractall(site)

    def python(*arguments):
        environment = os.environ | {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=elsewhere,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    python.site = site
    return python


def test_wheel_is_what_is_imported(installed):
    places = installed(
        "-c", "import llmcost, simulator; print(llmcost.__file__, simulator.__file__, llmcost.__version__)"
    ).split()
    assert places == [str(installed.site / name / "__init__.py") for name in ("llmcost", "simulator")] + [tool_version()]


def test_installed_tool_reads_the_data_of_the_wheel(installed):
    assert installed("-m", "simulator", "run", "gpt-4", "--draws", "1000").startswith("GPT-4, development cost: ")
    assert installed("-m", "simulator", "cite", "--format", "cff") == (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert installed("-c", "import llmcost; print(llmcost.cite(), end='')").startswith("llmcost developers")
    assert not (installed.site / "priors").exists()


def test_wheel_names_its_licence_and_holds_nothing_but_the_packages(distributions):
    with zipfile.ZipFile(distributions[0]) as archive:
        names = archive.namelist()
        metadata = archive.read(f"llmcost-{tool_version()}.dist-info/METADATA").decode()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "License-Expression: MIT" in metadata
    assert {name.partition("/")[0] for name in names} == {"llmcost", "simulator", f"llmcost-{tool_version()}.dist-info"}
    assert not any("__pycache__" in name for name in names)


def test_source_distribution_builds_the_same_wheel(distributions, tmp_path):
    wheel, source = distributions
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path, filter="data")
    (tree,) = tmp_path.iterdir()
    (again,) = build(tree, tmp_path, "wheel")
    assert contents(again) == contents(wheel)
    for name in ("CONTRIBUTING.md", "Makefile", "requirements.lock", "tests/test_distribution.py", "reports/make.py"):
        assert (tree / name).is_file(), name
