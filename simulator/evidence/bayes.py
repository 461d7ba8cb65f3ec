"""Bayesian fits: the only place that knows PyMC and ArviZ.

A fit is a tree of groups in the ArviZ schema (posterior, sample_stats, log_likelihood, prior, prior_predictive,
posterior_predictive, observed_data). It is whole or absent: a sampler that was interrupted leaves nothing, and one whose chains
do not agree is refused. The same model and seed give the same bits on every supported Python, with a cold or a warm cache:
PyTensor's Numba backend is used everywhere without fast-math, whose liberties change with what is compiled when, and the lock
has one version of it all.
"""

import atexit
import logging
import math
import os
import shutil
import signal
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.core.files import write_whole
from simulator.core.version import tool_version
from simulator.io.netcdf import now

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
Progress = Callable[[str, int, int], None]
"""Told what is done now, how much of it, and of how much (0: not known)."""

# Thresholds of Vehtari et al. 2021 (Bayesian Analysis 16, 667) for chains that agree and tell enough.
MOST_RHAT = 1.01
LEAST_ESS = 400
TARGETS = (0.9, 0.99)
"""Rates of acceptance that the sampler aims at: first, and once more where that fit is bad."""

# What a sampler says of itself, without what differs between machines (times) or versions.
_STATS = ("acceptance_rate", "diverging", "energy", "lp", "n_steps", "reached_max_treedepth", "step_size", "tree_depth")


class BadFit(Exception):
    """A fit whose chains do not agree, or do not tell enough; says by how much."""


# --- PyMC and ArviZ ---------------------------------------------------------------------------------------------------------


@cache
def pymc() -> ModuleType:
    """Import PyMC with the backend that gives the same bits everywhere."""
    folder = str(_cache_folder())
    # The last of two flags wins: a compile folder is the user's choice, the backend is ours.
    flags = (f"base_compiledir={folder}", os.environ.get("PYTENSOR_FLAGS"), "mode=NUMBA", "numba__fastmath=False", "cxx=")
    os.environ["PYTENSOR_FLAGS"] = ",".join(filter(None, flags))
    os.environ.setdefault("NUMBA_CACHE_DIR", folder)
    with _contained():
        import pymc
    return pymc


@cache
def arviz() -> ModuleType:
    """Import ArviZ, after PyMC's backend has been chosen."""
    pymc()
    with _contained():
        import arviz
    return arviz


def _cache_folder() -> Path:
    """Return a folder for compiled code: the user's cache where that can be written, else one that goes with the process."""
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "llmcost").expanduser()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except (OSError, RuntimeError):  # a home that is not there, or not ours to write
        folder = _scratch_folder()
        # ArviZ and matplotlib want folders of their own as they are imported.
        os.environ |= {"XDG_CACHE_HOME": str(folder), "MPLCONFIGDIR": os.environ.get("MPLCONFIGDIR", str(folder))}
    return folder


@cache
def _scratch_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="llmcost-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def _contained() -> Iterator[None]:
    """Keep what two libraries tell their developers from the user, and the sources they compile out of the temporary folder.

    What matters of a fit is in its diagnostics.
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


def _groups(found: Any) -> Groups:
    """Return what PyMC gives as datasets by their group."""
    return {name: _sorted(found[name]) for name in found.groups()}


def _sorted(group: "xr.Dataset") -> "xr.Dataset":
    """Return a group with its variables by name, so that files are the same byte for byte, and without its library's notes."""
    return group[sorted(map(str, group.data_vars))].drop_attrs(deep=False)


# --- sampling ---------------------------------------------------------------------------------------------------------------


class Size(NamedTuple):
    """How much is drawn, and by what means."""

    draws: int = 1000
    """Draws of each chain that are kept."""
    tune: int = 1000
    """Draws before them, in which the sampler learns its steps."""
    chains: int = 4
    cores: int = 1
    """More pay where a draw takes much longer than handing it from one process to another; the draws do not depend on it."""
    dense: bool = False
    """Learn the correlations and not the scales alone: half the steps where effects trade off against one another."""


DEFAULT = Size()


def fit(
    model: Any, seed: int, size: Size = DEFAULT, *, targets: tuple[float, ...] = TARGETS, progress: Progress | None = None
) -> "tuple[xr.DataTree, Diagnostics]":
    """Sample a model and judge the chains; where they are bad, once more with smaller steps; raise `BadFit` where that fails.

    An interrupt is a KeyboardInterrupt, never part of a fit.
    """
    for target_accept in targets:
        found = _posterior(model, seed, size, target_accept, progress)
        diagnostics = diagnose(_tree(found, seed))
        if not diagnostics.issues():
            break
    require_good(diagnostics)
    return _tree(found | _predictions(model, found["posterior"], seed, progress), seed), diagnostics


def sample(
    model: Any, seed: int, size: Size = DEFAULT, *, target_accept: float = TARGETS[0], progress: Progress | None = None
) -> "xr.DataTree":
    """Sample a model once, with all groups, whatever its chains are worth: `diagnose` says."""
    found = _posterior(model, seed, size, target_accept, progress)
    return _tree(found | _predictions(model, found["posterior"], seed, progress), seed)


def _posterior(model: Any, seed: int, size: Size, target_accept: float, progress: Progress | None) -> Groups:
    pm = pymc()
    done, whole = 0, size.chains * (size.tune + size.draws)
    tell = progress or (lambda *_: None)
    tell("compiling", 0, 0)

    def count(**_: Any) -> None:
        nonlocal done
        done += 1
        tell("sampling", done, whole)

    with _contained(), _interruptible():
        found = pm.sample(
            size.draws, tune=size.tune, chains=size.chains, cores=size.cores, random_seed=_seed(seed, 0), model=model,
            callback=count, init="jitter+adapt_full" if size.dense else "jitter+adapt_diag",
            nuts={"target_accept": target_accept}, nuts_sampler="pymc", progressbar=False, quiet=True,
            compute_convergence_checks=False,
        )  # fmt: skip
    groups = _groups(found)
    groups["sample_stats"] = groups["sample_stats"][list(_STATS)]
    return groups


def _predictions(model: Any, posterior: "xr.Dataset", seed: int, progress: Progress | None) -> Groups:
    """Return prior, what it predicts, what the posterior predicts, and the log-likelihood of each observation."""
    pm = pymc()
    if progress is not None:
        progress("predicting", 0, 0)
    # Each is evaluated a few thousand times: compiling it would take longer than leaving it to numpy does.
    with _contained(), _interruptible(), pm.pytensorf.pytensor.config.change_flags(mode="FAST_COMPILE"):
        before = pm.sample_prior_predictive(posterior.sizes["draw"], model=model, random_seed=_seed(seed, 1))
        after = pm.sample_posterior_predictive(posterior, model=model, random_seed=_seed(seed, 2), progressbar=False)
        likelihood = pm.compute_log_likelihood(
            {"posterior": posterior}, model=model, extend_inferencedata=False, progressbar=False
        )
    return _groups(before) | _groups(after) | {"log_likelihood": likelihood}


def _seed(seed: int, purpose: int) -> int:
    """Return a seed of its own for each thing that draws."""
    return int(np.random.SeedSequence((seed, purpose)).generate_state(1)[0])


def _tree(groups: Groups, seed: int) -> "xr.DataTree":
    import xarray as xr

    about = {
        "created_at": now(),
        "creation_library": "llmcost",
        "creation_library_version": tool_version(),
        "creation_library_language": "Python",
        "inference_library": "pymc",
        "inference_library_version": pymc().__version__,
        "sample_dims": ["chain", "draw"],
        "seed": seed,
    }
    made = {f"/{name}": group.assign_attrs(about) for name, group in sorted(groups.items())}
    tree: xr.DataTree = xr.DataTree.from_dict({"/": xr.Dataset(attrs=about), **made})
    return tree


class _Stopped(BaseException):
    """Ctrl-C under another name: PyMC takes a KeyboardInterrupt for `enough` and hands over what it has."""


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end the work whole; where it is ignored, or no business of this thread, it stays so."""

    def stop(*_: object) -> None:
        raise _Stopped

    ours = (
        threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if ours:
        signal.signal(signal.SIGINT, stop)
    try:
        yield
    except _Stopped:
        raise KeyboardInterrupt from None
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


# --- is it good? ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Diagnostics:
    """What the chains say of themselves: the worst element of each variable, and how many draws diverged."""

    rhat: dict[str, float]
    ess_bulk: dict[str, float]
    ess_tail: dict[str, float]
    divergences: int
    draws: int

    def issues(self) -> list[str]:
        """Return what is wrong, and by how much; nothing where the fit is good. What is no number is wrong."""
        said = []
        for name, least, found in (("bulk ESS", LEAST_ESS, self.ess_bulk), ("tail ESS", LEAST_ESS, self.ess_tail)):
            variable = min(found, key=lambda each: _worst_if_nan(found[each], -math.inf))
            if not found[variable] >= least:
                said.append(f"{name} of {variable} is {found[variable]:.0f} (at least {least})")
        variable = max(self.rhat, key=lambda each: _worst_if_nan(self.rhat[each], math.inf))
        if not self.rhat[variable] <= MOST_RHAT:
            said.insert(0, f"R-hat of {variable} is {self.rhat[variable]:.3f} (at most {MOST_RHAT})")
        if self.divergences:
            said.append(f"{self.divergences:,} of {self.draws:,} draws diverged")
        return said

    def as_json(self) -> dict[str, Any]:
        """Return plain data: thresholds beside what was found."""
        return {
            "draws": self.draws,
            "divergences": self.divergences,
            "rhat": {"worst": max(self.rhat.values()), "most": MOST_RHAT, "of": self.rhat},
            "ess_bulk": {"worst": min(self.ess_bulk.values()), "least": LEAST_ESS, "of": self.ess_bulk},
            "ess_tail": {"worst": min(self.ess_tail.values()), "least": LEAST_ESS, "of": self.ess_tail},
        }


def _worst_if_nan(value: float, worst: float) -> float:
    return worst if math.isnan(value) else value


def diagnose(tree: "xr.DataTree") -> Diagnostics:
    """Judge every element that varies in the posterior: rank-normalised split R-hat, bulk and tail ESS (5 % and 95 %)."""
    az = arviz()
    rhat, bulk, tail = {}, {}, {}
    with _contained():
        for name, variable in tree["posterior"].to_dataset().data_vars.items():
            elements = np.moveaxis(variable.transpose("chain", "draw", ...).values.reshape(*variable.shape[:2], -1), -1, 0)
            varying = [each for each in elements if np.ptp(each) != 0]  # the diagonal of a correlation matrix does not
            if varying:
                rhat[str(name)] = _worst(max, (az.rhat(each) for each in varying))
                bulk[str(name)] = _worst(min, (az.ess(each, method="bulk") for each in varying))
                tail[str(name)] = _worst(min, (az.ess(each, method="tail", prob=(0.05, 0.95)) for each in varying))
    diverging = tree["sample_stats"].to_dataset()["diverging"].values
    return Diagnostics(rhat, bulk, tail, int(diverging.sum()), diverging.size)


def _worst(extreme: Callable[[list[float]], float], found: Iterable[Any]) -> float:
    values = [float(value) for value in found]
    return math.nan if any(map(math.isnan, values)) else extreme(values)


def require_good(diagnostics: Diagnostics) -> None:
    """Raise `BadFit` in one line where the chains do not agree or do not tell enough."""
    issues = diagnostics.issues()
    if issues:
        raise BadFit(f"the fit is not good enough to be used: {'; '.join(issues)}")


# --- which of several models predicts better --------------------------------------------------------------------------------


class Loo(NamedTuple):
    """Leave-one-out by Pareto-smoothed importance sampling (Vehtari, Gelman and Gabry 2017)."""

    elpd: float
    """Sum of log predictive densities; larger is better."""
    se: float
    worst_k: float
    """Largest Pareto k: above 0.7 the sum is not to be trusted."""
    pointwise: Array


class Compared(NamedTuple):
    """A variant beside the best one: the difference of their sums, and its error from the paired observations."""

    name: str
    loo: Loo
    behind: float
    behind_se: float


def loo(tree: "xr.DataTree", name: str) -> Loo:
    """Return how well each observation of `name` is predicted by the others."""
    az = arviz()
    with _contained():
        data = az.InferenceData(**{group: node.to_dataset() for group, node in tree.children.items()})
        found = az.loo(data, var_name=name, pointwise=True)
    pointwise = np.asarray(found.loo_i).ravel()
    return Loo(float(pointwise.sum()), _sum_error(pointwise), float(np.max(found.pareto_k)), pointwise)


def compare(trees: "Mapping[str, xr.DataTree]", name: str) -> list[Compared]:
    """Rank variants fitted to the same observations of `name`, the best first."""
    found = {variant: loo(tree, name) for variant, tree in trees.items()}
    best = max(found.values(), key=lambda each: each.elpd).pointwise
    return [
        Compared(variant, each, float((best - each.pointwise).sum()), _sum_error(best - each.pointwise))
        for variant, each in sorted(found.items(), key=lambda pair: -pair[1].elpd)
    ]


def _sum_error(values: Array) -> float:
    return math.sqrt(values.size * float(values.var()))


# --- on disk ----------------------------------------------------------------------------------------------------------------


def save(tree: "xr.DataTree", path: Path) -> None:
    """Write a fit as netCDF, whole or not at all; ArviZ and xarray read it, and `results.open_tree`."""
    write_whole(path, lambda beside: tree.to_netcdf(beside, engine="h5netcdf"))
