"""Bayesian fits: the only module that uses PyMC and ArviZ.

A fit is a tree of groups in the ArviZ schema (posterior, sample_stats, log_likelihood, prior, prior_predictive,
posterior_predictive, observed_data). It is complete or absent: an interrupted sampler leaves nothing, and one whose chains do
not agree is refused. The same model and seed give the same bits on every supported Python, with a cold or a warm cache:
PyTensor's Numba backend is always used without fast-math, whose results depend on the order of compilation, and the lock file
fixes one version of each library.
"""

import atexit
import logging
import math
import os
import shutil
import signal
import tempfile
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.core.files import write_atomically
from simulator.core.version import tool_version
from simulator.engine import options
from simulator.evidence.diagnostics import Diagnostics, make_diagnostics, require_good
from simulator.io.netcdf import current_time

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
Progress = Callable[[str, int, int], None]
"""Called with the current stage, the steps done, and their total (0: unknown)."""
TARGETS = (0.9, 0.99)
"""Target acceptance rates of the sampler: of the first attempt, and of a second one if that fit is bad."""

# Statistics of the sampler, without those that differ between machines (times) or versions.
_STATS = ("acceptance_rate", "diverging", "energy", "lp", "n_steps", "reached_max_treedepth", "step_size", "tree_depth")


def in_steps(progress: options.Progress, fit: int = 0, fits: int = 1) -> Progress:
    """Return a function that reports the progress of one fit of several of equal length, in steps of all."""

    def report(_: str, done: int, total: int) -> None:
        if progress is not None and total:
            progress(fit * total + done, fits * total)

    return report


# --- PyMC and ArviZ ---------------------------------------------------------------------------------------------------------


@cache
def pymc() -> ModuleType:
    """Import PyMC with the backend that gives the same bits everywhere."""
    folder = str(_cache_folder())
    # The last of two flags wins: a compile folder is the user's choice, the backend is ours.
    flags = (f"base_compiledir={folder}", os.environ.get("PYTENSOR_FLAGS"), "mode=NUMBA", "numba__fastmath=False", "cxx=")
    os.environ["PYTENSOR_FLAGS"] = ",".join(filter(None, flags))
    os.environ.setdefault("NUMBA_CACHE_DIR", folder)
    with quiet_libraries():
        import pymc
    return pymc


@cache
def arviz() -> ModuleType:
    """Import ArviZ, after PyMC's backend has been chosen."""
    pymc()
    with quiet_libraries():
        import arviz
    return arviz


def _cache_folder() -> Path:
    """Return a folder for compiled code: the user's cache if it is writable, else a temporary one of this process."""
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "llmcost").expanduser()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except (OSError, RuntimeError):  # a home folder that is missing or not writable
        folder = _scratch_folder()
        # ArviZ and matplotlib need folders of their own at import.
        os.environ |= {"XDG_CACHE_HOME": str(folder), "MPLCONFIGDIR": os.environ.get("MPLCONFIGDIR", str(folder))}
    return folder


@cache
def _scratch_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="llmcost-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Suppress warnings and logs of the libraries, and keep the sources that they compile in a folder of this process.

    Everything relevant to a fit is in its diagnostics.
    """
    logger, level, folder = logging.getLogger("pymc"), logging.getLogger("pymc").level, tempfile.tempdir
    logger.setLevel(logging.CRITICAL)
    tempfile.tempdir = str(_scratch_folder())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        tempfile.tempdir = folder
        logger.setLevel(level)


Groups = dict[str, "xr.Dataset"]


def _groups(result: Any) -> Groups:
    """Return a result of PyMC as datasets by group."""
    return {name: _sorted(result[name]) for name in result.groups()}


def _sorted(group: "xr.Dataset") -> "xr.Dataset":
    """Return a group with sorted variables, so that files are reproducible, and without the attributes of its library."""
    return group[sorted(map(str, group.data_vars))].drop_attrs(deep=False)


# --- sampling ---------------------------------------------------------------------------------------------------------------


class Size(NamedTuple):
    """Number of draws, and settings of the sampler."""

    draws: int = 1000
    """Retained draws of each chain."""
    tune: int = 1000
    """Preceding draws, in which the sampler adapts its steps."""
    chains: int = 4
    cores: int = 1
    """More than one is useful if a draw takes much longer than its transfer between processes; draws do not depend on it."""
    dense: bool = False
    """Whether correlations are adapted as well as scales, which halves the steps if effects are strongly correlated."""


DEFAULT = Size()


def fit(
    model: Any, seed: int, size: Size = DEFAULT, *, targets: tuple[float, ...] = TARGETS, progress: Progress | None = None
) -> "tuple[xr.DataTree, Diagnostics]":
    """Sample a model and check the chains; if they are bad, sample again with smaller steps, or else raise `BadFitError`.

    An interrupt raises KeyboardInterrupt and never returns a partial fit.
    """
    for target_accept in targets:
        groups = _with_sound_cache(lambda: _posterior(model, seed, size, target_accept, progress))  # noqa: B023
        diagnostics = diagnose(_tree(groups, seed))
        if not diagnostics.issues():
            break
    require_good(diagnostics)
    predictions = _with_sound_cache(lambda: _predictions(model, groups["posterior"], seed, progress))
    return _tree(groups | predictions, seed), diagnostics


def sample(
    model: Any, seed: int, size: Size = DEFAULT, *, target_accept: float = TARGETS[0], progress: Progress | None = None
) -> "xr.DataTree":
    """Sample a model once, with all groups and without a check of the chains; see `diagnose`."""
    groups = _with_sound_cache(lambda: _posterior(model, seed, size, target_accept, progress))
    return _tree(groups | _with_sound_cache(lambda: _predictions(model, groups["posterior"], seed, progress)), seed)


def _with_sound_cache(task: Callable[[], Groups]) -> Groups:
    """Run a task; if a file of compiled code cannot be read, remove all of them and run it again, which compiles anew."""
    try:
        return task()
    except Exception as error:
        if not _comes_from_cache(error):
            raise
    for folder in {os.environ["NUMBA_CACHE_DIR"], str(_cache_folder())}:
        for pattern in ("*.nbi", "*.nbc"):
            for file in Path(folder).rglob(pattern):
                file.unlink(missing_ok=True)
    return task()


def _comes_from_cache(error: BaseException | None) -> bool:
    """Whether an error, or its cause, was raised where Numba reads compiled code from files."""
    while error is not None:
        if any(frame.filename.endswith(_CACHE_MODULE) for frame in traceback.extract_tb(error.__traceback__)):
            return True
        error = error.__cause__ or error.__context__
    return False


_CACHE_MODULE = str(Path("numba", "core", "caching.py"))


def _posterior(model: Any, seed: int, size: Size, target_accept: float, progress: Progress | None) -> Groups:
    pm = pymc()
    step, total = 0, size.chains * (size.tune + size.draws)
    report = progress or (lambda *_: None)
    report("compiling", 0, 0)

    def count(**_: Any) -> None:
        nonlocal step
        step += 1
        report("sampling", step, total)

    with quiet_libraries(), _interruptible():
        result = pm.sample(
            size.draws, tune=size.tune, chains=size.chains, cores=size.cores, random_seed=_seed(seed, 0), model=model,
            callback=count, init="jitter+adapt_full" if size.dense else "jitter+adapt_diag",
            nuts={"target_accept": target_accept}, nuts_sampler="pymc", progressbar=False, quiet=True,
            compute_convergence_checks=False,
        )  # fmt: skip
    groups = _groups(result)
    groups["sample_stats"] = groups["sample_stats"][list(_STATS)]
    return groups


def _predictions(model: Any, posterior: "xr.Dataset", seed: int, progress: Progress | None) -> Groups:
    """Return prior, prior and posterior predictions, and the log-likelihood of each observation."""
    pm = pymc()
    if progress is not None:
        progress("predicting", 0, 0)
    # Each is evaluated a few thousand times: compiling it would take longer than evaluation with NumPy.
    with quiet_libraries(), _interruptible(), pm.pytensorf.pytensor.config.change_flags(mode="FAST_COMPILE"):
        prior = pm.sample_prior_predictive(posterior.sizes["draw"], model=model, random_seed=_seed(seed, 1))
        predictive = pm.sample_posterior_predictive(posterior, model=model, random_seed=_seed(seed, 2), progressbar=False)
        likelihood = pm.compute_log_likelihood(
            {"posterior": posterior}, model=model, extend_inferencedata=False, progressbar=False
        )
    return _groups(prior) | _groups(predictive) | {"log_likelihood": likelihood}


def _seed(seed: int, purpose: int) -> int:
    """Return a separate seed for each purpose."""
    return int(np.random.SeedSequence((seed, purpose)).generate_state(1)[0])


def _tree(groups: Groups, seed: int) -> "xr.DataTree":
    import xarray as xr

    attributes = {
        "created_at": current_time(),
        "creation_library": "llmcost",
        "creation_library_version": tool_version(),
        "creation_library_language": "Python",
        "inference_library": "pymc",
        "inference_library_version": pymc().__version__,
        "sample_dims": ["chain", "draw"],
        "seed": seed,
    }
    datasets = {f"/{name}": group.assign_attrs(attributes) for name, group in sorted(groups.items())}
    tree: xr.DataTree = xr.DataTree.from_dict({"/": xr.Dataset(attrs=attributes), **datasets})
    return tree


class _Interrupted(BaseException):
    """Ctrl-C as another exception: on a KeyboardInterrupt PyMC stops sampling and returns the partial result."""


@contextmanager
def _interruptible() -> Iterator[None]:
    """Make a KeyboardInterrupt of the handler of Ctrl-C end the whole fit; what else the handler does, it does as before."""
    handler = signal.getsignal(signal.SIGINT)

    def stop(number: int, frame: FrameType | None) -> None:
        try:
            if callable(handler):
                handler(number, frame)
        except KeyboardInterrupt:
            raise _Interrupted from None

    handles_sigint = threading.current_thread() is threading.main_thread() and callable(handler)
    if handles_sigint:
        signal.signal(signal.SIGINT, stop)
    try:
        yield
    except _Interrupted:
        raise KeyboardInterrupt from None
    finally:
        if handles_sigint:
            signal.signal(signal.SIGINT, handler)


# --- diagnostics ------------------------------------------------------------------------------------------------------------


def diagnose(tree: "xr.DataTree") -> Diagnostics:
    """Diagnose every varying element of the posterior: rank-normalised split R-hat, bulk and tail ESS (5 % and 95 %)."""
    az = arviz()
    rhat, bulk, tail = {}, {}, {}
    with quiet_libraries():
        for name, variable in tree["posterior"].to_dataset().data_vars.items():
            elements = np.moveaxis(variable.transpose("chain", "draw", ...).values.reshape(*variable.shape[:2], -1), -1, 0)
            varying = [each for each in elements if np.ptp(each) != 0]  # the diagonal of a correlation matrix is constant
            if varying:
                rhat[str(name)] = _worst(max, (az.rhat(each) for each in varying))
                bulk[str(name)] = _worst(min, (az.ess(each, method="bulk") for each in varying))
                tail[str(name)] = _worst(min, (az.ess(each, method="tail", prob=(0.05, 0.95)) for each in varying))
    diverging = tree["sample_stats"].to_dataset()["diverging"].values
    return make_diagnostics(rhat, bulk, tail, int(diverging.sum()), diverging.size)


def _worst(extreme: Callable[[list[float]], float], elements: Iterable[Any]) -> float:
    values = [float(value) for value in elements]
    return math.nan if any(map(math.isnan, values)) else extreme(values)


# --- on disk ----------------------------------------------------------------------------------------------------------------


def save(tree: "xr.DataTree", path: Path) -> None:
    """Write a fit as netCDF atomically, to be read by ArviZ, xarray and `netcdf.open_tree`."""
    write_atomically(path, lambda temporary: tree.to_netcdf(temporary, engine="h5netcdf"))
