"""requirements.lock is complete, so that set-up takes what it names and pip has nothing to resolve and nothing to build.

What a package requires is read from its installed metadata. A pin for another Python or system is not installed here, so what
it requires is not read: `make pythons` runs these tests on 3.11 to 3.13; pins for Windows (colorama) or 3.14 alone stay unread.
"""

import hashlib
import re
import shlex
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distributions
from itertools import product
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DIRECT = [
    *PROJECT["project"]["dependencies"],
    *PROJECT["project"]["optional-dependencies"]["dask"],
    *PROJECT["dependency-groups"]["dev"],
    *PROJECT["build-system"]["requires"],
]
_SYSTEMS = {
    "Linux x86_64": ("linux", "posix", "Linux", "x86_64"),
    "Linux aarch64": ("linux", "posix", "Linux", "aarch64"),
    "macOS arm64": ("darwin", "posix", "Darwin", "arm64"),
    "Windows AMD64": ("win32", "nt", "Windows", "AMD64"),
}
ENVIRONMENTS = {
    f"{python} on {name}": {
        "implementation_name": "cpython", "implementation_version": f"{python}.1", "platform_python_implementation": "CPython",
        "python_version": python, "python_full_version": f"{python}.1", "platform_release": "", "platform_version": "",
        "sys_platform": system[0], "os_name": system[1], "platform_system": system[2], "platform_machine": system[3],
    }
    for python, (name, system) in product(("3.11", "3.12", "3.13", "3.14"), _SYSTEMS.items())
}  # fmt: skip
INSTALLED = {canonicalize_name(each.name): each for each in distributions()}


def rows(lock):
    """Return the lines of a lock that pin a package, each with its hashes."""
    joined = re.sub(r"\\\n\s*", "", lock).splitlines()
    return [line for line in joined if line.strip() and not line.lstrip().startswith("#")]


def pins(lock, environment):
    """Return the versions of each package that a lock pins in an environment."""
    versions = {}
    for row in rows(lock):
        pin = Requirement(row.partition("--hash")[0])
        if pin.marker is None or pin.marker.evaluate(environment):
            versions.setdefault(canonicalize_name(pin.name), []).append(str(pin.specifier).removeprefix("=="))
    return versions


def requirements(name, version, environment, extra):
    """Return what a package of this version requires in an environment; nothing where another version or none is installed."""
    package = INSTALLED.get(name)
    every = [Requirement(text) for text in (package and package.version == version and package.requires) or ()]
    return [each for each in every if each.marker is None or each.marker.evaluate({**environment, "extra": extra})]


def required(versions, environment, direct=DIRECT):
    """Return each requirement of the project and of the pins that follow from it, with what states it."""
    needs = [("pyproject.toml", need) for need in map(Requirement, direct)]
    done = set()
    for _, need in needs:  # the list grows on the way
        name = canonicalize_name(need.name)
        for extra in {"", *need.extras}:
            if (name, extra) not in done and name in versions:
                done.add((name, extra))
                needs += [(name, each) for each in requirements(name, versions[name][0], environment, extra)]
    return needs


def missing(lock, environment, direct=DIRECT):
    """Return the requirements that are not met by exactly one pin of the lock."""
    versions = pins(lock, environment)
    return {
        f"{by} requires {need.name}{need.specifier}; pinned: {', '.join(own) or 'nothing'}"
        for by, need in required(versions, environment, direct)
        for own in [versions.get(canonicalize_name(need.name), [])]
        if len(own) != 1 or not need.specifier.contains(own[0], prereleases=True)
    }


@pytest.fixture
def _locked():
    """Skip where the packages are not those of the lock, as after `pip install .`: its pins cannot be judged by them."""
    for name, versions in pins(LOCK, default_environment()).items():
        here = INSTALLED[name].version if name in INSTALLED else None
        if [here] != versions:
            pytest.skip(f"installed is {name} {here}, not {', '.join(versions)} of requirements.lock")


# --- the lock -----------------------------------------------------------------------------------------------------------------


def test_every_pin_has_its_hashes():
    assert len(rows(LOCK)) > 50
    for row in rows(LOCK):
        assert re.fullmatch(r"[a-z0-9-]+==\S+ (; [^\\]+ )?(--hash=sha256:[0-9a-f]{64}\s*)+", row), row[:80]


@pytest.mark.usefixtures("_locked")
@pytest.mark.parametrize("where", ENVIRONMENTS)
def test_the_lock_has_all_that_is_required(where):
    assert missing(LOCK, ENVIRONMENTS[where]) == set()


@pytest.mark.usefixtures("_locked")
def test_each_pin_is_required():
    versions = pins(LOCK, default_environment())
    assert {canonicalize_name(need.name) for _, need in required(versions, default_environment())} == set(versions)


@pytest.mark.usefixtures("_locked")
@pytest.mark.parametrize(
    ("name", "where", "issue"),
    [
        ("coverage", "3.13 on Linux x86_64", "pytest-cov requires coverage>=7.10.6; pinned: nothing"),
        ("h5py", "3.11 on macOS arm64", "h5netcdf requires h5py; pinned: nothing"),  # h5netcdf[h5py]: by an extra alone
        ("zict", "3.12 on Linux aarch64", "distributed requires zict>=3.0.0; pinned: nothing"),
        ("colorama", "3.11 on Windows AMD64", "pytest requires colorama>=0.4; pinned: nothing"),
        ("hatchling", "3.11 on Linux x86_64", "pyproject.toml requires hatchling; pinned: nothing"),
    ],
)
def test_a_pin_that_is_taken_out_is_missed(name, where, issue):
    lock = re.sub(rf"^{name}==(?:.*\\\n)+.*\n", "", LOCK, flags=re.MULTILINE)
    assert issue in missing(lock, ENVIRONMENTS[where])


@pytest.mark.usefixtures("_locked")
@pytest.mark.parametrize(
    ("name", "version", "issue"),
    [
        ("coverage", "7.10", "pytest-cov requires coverage>=7.10.6; pinned: 7.10"),
        ("numpy", "999.0", "numba requires numpy<2.5,>=1.22; pinned: 999.0"),
        ("pydantic", "2.7", "pyproject.toml requires pydantic>=2.8; pinned: 2.7"),
        ("pydantic-core", "2.50.3", "pydantic requires pydantic-core==2.50.4; pinned: 2.50.3"),
    ],
)
def test_a_pin_that_does_not_meet_a_requirement_is_seen(name, version, issue):
    lock = re.sub(rf"^{name}==[^ ]+", f"{name}=={version}", LOCK, flags=re.MULTILINE)
    assert issue in missing(lock, ENVIRONMENTS["3.11 on Linux x86_64"])


@pytest.mark.usefixtures("_locked")
def test_what_is_pinned_twice_or_added_to_the_project_alone_is_seen():
    here = ENVIRONMENTS["3.11 on Linux x86_64"]
    assert "pyproject.toml requires jinja2>=3.1; pinned: 3.1.5, 3.1.6" in missing("jinja2==3.1.5\n" + LOCK, here)
    assert "pyproject.toml requires polars>=1; pinned: nothing" in missing(LOCK, here, [*DIRECT, "polars>=1"])


# --- the recipes --------------------------------------------------------------------------------------------------------------

_FROM_LOCK = {"--no-deps", "--only-binary=:all:", "--require-hashes"}
_PLACES = ("Makefile", "*.md", "docs/**/*", ".ci/*", "benchmarks/*.py")
_TEXTS = sorted(str(path.relative_to(ROOT)) for place in _PLACES for path in ROOT.glob(place) if path.is_file())


def installs(text):
    """Return the options and arguments of each `pip install` of a text, and of each part of a line that goes on."""
    return [shlex.split(each) for each in re.findall(r"pip install ((?:[^\n`&|;#()]|\\\n)+)", re.sub(r"\\\n\s*", "", text))]


def resolving(text):
    """Return the commands of a text that install from the lock and leave something to pip."""
    return [words for words in installs(text) if "requirements.lock" in words and not set(words) >= _FROM_LOCK]


@pytest.mark.parametrize("path", _TEXTS)
def test_no_command_resolves_or_builds_what_the_lock_names(path):
    assert resolving((ROOT / path).read_text(encoding="utf-8")) == []


def test_a_command_that_resolves_is_seen():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for option in _FROM_LOCK:
        assert resolving(makefile.replace(f" {option}", ""))
    assert resolving("Then `pip install --require-hashes \\\n  -r requirements.lock` and go on.")


def test_set_up_installs_what_the_lock_says_and_nothing_else():
    locked, editable, audit, check = installs((ROOT / "Makefile").read_text(encoding="utf-8"))
    assert locked[-2:] == ["-r", "requirements.lock"]
    assert editable[-4:] == ["--no-deps", "--no-build-isolation", "--editable", "."]
    assert audit == ["--quiet", "pip-audit"]  # a tool in an environment of its own, always the newest
    assert "--dry-run" in check


def test_no_document_takes_the_name_llmcost_from_an_index():
    """There it is another project's."""
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("simulator/**/*.py")]:
        assert not re.search(r"pip install [^\n`]*['\" ]llmcost", path.read_text(encoding="utf-8")), path


def wheel(folder, name, version, *metadata):
    """Write the smallest wheel that there is, and return its hash."""
    info = f"{name}-{version}.dist-info"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(
            f"{info}/METADATA", "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata, ""])
        )
        archive.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_newer_release_of_a_package_with_an_extra_changes_nothing(tmp_path):
    """Make's own command against an index of two packages, in which the one that is required with an extra has gone on.

    Without --no-deps, pip before 23.3 stops here.
    """
    if not any(distributions(name="pip")):  # not imported: on 3.11 setuptools then leaves distutils to the standard library
        pytest.skip("pip is not installed")
    extra = "Provides-Extra: more"
    hashes = {
        "upper": wheel(tmp_path, "upper", "1.0", "Requires-Dist: lower[more]>=1"),
        "lower": wheel(tmp_path, "lower", "1.0", extra),
    }
    wheel(tmp_path, "lower", "999.0", extra)
    lock = "".join(f"{name}==1.0 --hash=sha256:{sha256}\n" for name, sha256 in hashes.items())
    (tmp_path / "requirements.lock").write_text(lock, encoding="utf-8")
    command = installs((ROOT / "Makefile").read_text(encoding="utf-8"))[0]
    process = subprocess.run(
        [sys.executable, "-m", "pip", "--isolated", "install", *command, "--no-index", "--find-links=.", "--target=packages"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    assert {path.name for path in (tmp_path / "packages").glob("*.dist-info")} == {"upper-1.0.dist-info", "lower-1.0.dist-info"}
