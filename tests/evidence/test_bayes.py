"""Bayesian fits: the same bits cold and warm, judged before they are used, whole or absent."""

import math
import os
import signal
import subprocess
import sys

import numpy as np
import paths
import pytest
import xarray as xr
from packaging.requirements import Requirement
from scipy import stats

from simulator.evidence import bayes, cross_validation, diagnostics
from simulator.io.netcdf import open_tree

SMALL = bayes.Size(draws=150, tune=150, chains=2)
GROUPS = ["log_likelihood", "observed_data", "posterior", "posterior_predictive", "prior", "prior_predictive", "sample_stats"]


def straight_line():
    pm = bayes.pymc()
    x = np.linspace(-2, 2, 30)
    y = 1 + 0.5 * x + np.random.default_rng(1).normal(0, 0.3, 30)
    with pm.Model() as model:
        height, slope, spread = pm.Normal("height", 0, 2), pm.Normal("slope", 0, 2), pm.HalfNormal("spread", 1)
        pm.Normal("y", height + slope * x, spread, observed=y)
    return model


def tree_of_chains(chains, diverging=0, **groups):
    """Make a tree of posterior draws of `x` by (chain, draw, ...), as a sampler would leave it."""
    chains = np.asarray(chains, float)
    posterior = xr.Dataset({"x": (("chain", "draw", *(f"d{n}" for n in range(chains.ndim - 2))), chains)})
    bad = np.zeros(chains.shape[:2], bool)
    bad[0, :diverging] = True
    datasets = {"posterior": posterior, "sample_stats": xr.Dataset({"diverging": (("chain", "draw"), bad)})}
    datasets |= {name: xr.Dataset(variables) for name, variables in groups.items()}
    return xr.DataTree.from_dict({f"/{name}": dataset for name, dataset in datasets.items()})


def independent(seed=0, shape=(4, 1000)):
    return np.random.default_rng(seed).normal(size=shape)


# --- sampling ---------------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bits_cold_and_warm(tmp_path):
    """The first process has no home, so its cache is a temporary folder and cold; the third fit finds what the second left."""
    code = (
        "from pathlib import Path; from test_bayes import *; "
        "bayes.save(bayes.sample(straight_line(), 7, SMALL), Path(sys.argv[1]))"
    )
    cold = tmp_path / "cold.nc"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "NUMBA_", "PYTENSOR_"))}
    here = os.pathsep.join(map(str, (paths.ROOT, paths.TESTS, paths.TESTS / "evidence")))
    environment |= {"HOME": "/dev/null/nowhere", "TMPDIR": str(tmp_path), "PYTHONPATH": here}
    process = subprocess.run(
        [sys.executable, "-c", code, str(cold)], env=environment, cwd=paths.ROOT, capture_output=True, text=True
    )
    assert (process.returncode, process.stderr) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["cold.nc"]  # the temporary cache is gone
    first, second = (bayes.sample(straight_line(), 7, SMALL) for _ in range(2))
    with open_tree(cold) as saved:
        assert sorted(saved.children) == GROUPS
        for name in GROUPS:
            assert saved[name].to_dataset().identical(first[name].to_dataset().assign_attrs(saved[name].attrs))
            assert second[name].to_dataset().equals(first[name].to_dataset())
    assert first["posterior"].sizes == {"chain": 2, "draw": 150}
    assert set(first["posterior"].data_vars) == {"height", "slope", "spread"}


@pytest.mark.parametrize("name", ["arviz", "llvmlite", "numba", "numpy", "pymc", "pytensor", "scipy", "xarray"])
def test_one_version_of_what_the_bits_hang_on_serves_all_pythons(name):
    lock = (paths.ROOT / "requirements.lock").read_text(encoding="utf-8")
    rows = [Requirement(row.rstrip("\\ ")) for row in lock.splitlines() if row.startswith(f"{name}==")]
    versions = [
        {str(row.specifier) for row in rows if row.marker is None or row.marker.evaluate({"python_full_version": python})}
        for python in ("3.11.7", "3.12.1", "3.13.0")
    ]
    assert len(versions[0]) == 1
    assert versions[0] == versions[1] == versions[2]


@pytest.mark.parametrize("stage", ["sampling", "predicting"])
def test_an_interrupt_ends_the_fit_and_not_the_sampling_alone(stage):
    def press(now, done, _):
        if now == stage and (done == 100 or stage == "predicting"):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        bayes.sample(straight_line(), 7, SMALL, progress=press)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_bad_fit_is_tried_once_more_with_smaller_steps_and_then_refused(monkeypatch):
    targets = []

    def bad(_model, _seed, _size, target_accept, _progress):
        targets.append(target_accept)
        tree = tree_of_chains(independent(), diverging=3)
        return {name: node.to_dataset() for name, node in tree.children.items()}

    monkeypatch.setattr(bayes, "_posterior", bad)
    with pytest.raises(diagnostics.BadFitError, match="3 of 4,000 draws diverged"):
        bayes.fit(None, 1)
    assert targets == [0.9, 0.99]


# --- is it good? ------------------------------------------------------------------------------------------------------------


def test_independent_draws_are_good():
    chains = bayes.diagnose(tree_of_chains(independent(1, (4, 1000, 3))))
    assert chains.issues() == []
    assert chains.rhat.of["x"] == chains.rhat.worst == pytest.approx(1, abs=0.005)
    assert chains.ess_bulk.of["x"] == chains.ess_bulk.worst == pytest.approx(4000, rel=0.1)
    diagnostics.require_good(chains)


def test_what_does_not_vary_is_not_judged():
    draws = independent(1, (4, 1000, 2))
    draws[:, :, 0] = 1.0
    assert bayes.diagnose(tree_of_chains(draws)).issues() == []


SHIFT = np.array([0, 0, 0, 1])[:, None]
WALK = np.array([stats.norm.rvs(size=1000, random_state=n).cumsum() for n in range(4)])


@pytest.mark.parametrize(
    ("chains", "diverging", "message"),
    [
        (independent() + SHIFT, 0, "R-hat of x is 1."),
        (independent(2, (4, 60)), 0, "bulk ESS of x is "),
        (WALK, 0, "R-hat of x is "),
        (independent(), 1, "1 of 4,000 draws diverged"),
        (np.where(independent(3) > 1, np.nan, independent()), 0, "R-hat of x is nan"),
    ],
)
def test_bad_chains_are_refused_in_one_line_that_says_by_how_much(chains, diverging, message):
    diagnosed = bayes.diagnose(tree_of_chains(chains, diverging))
    with pytest.raises(diagnostics.BadFitError, match=r"^the fit is not good enough to be used: [^\n]*$") as error:
        diagnostics.require_good(diagnosed)
    assert message in str(error.value)


def test_the_worst_element_of_a_variable_counts():
    draws = independent(1, (4, 1000, 3))
    draws[0, :, 1] += 1
    rhat = bayes.diagnose(tree_of_chains(draws)).rhat.of["x"]
    assert rhat == bayes.diagnose(tree_of_chains(draws[:, :, 1])).rhat.of["x"] > 1.1


# --- leave-one-out ----------------------------------------------------------------------------------------------------------


def normal_mean(y, spread, seed):
    """Exact draws of the posterior of a mean under a flat prior, and the likelihood of each observation."""
    mean = independent(seed, (4, 4000)) * spread / math.sqrt(len(y)) + y.mean()
    likelihood = stats.norm.logpdf(y, mean[..., None], spread)
    return tree_of_chains(mean, log_likelihood={"y": (("chain", "draw", "n"), likelihood)})


def leave_one_out_density(y, spread):
    """The closed form: each observation under the predictive of the others."""
    others = (y.sum() - y) / (len(y) - 1)
    return stats.norm.logpdf(y, others, spread * math.sqrt(1 + 1 / (len(y) - 1)))


def test_leave_one_out_is_that_of_the_closed_form():
    y = np.random.default_rng(5).normal(3, 1, 25)
    result = cross_validation.loo(normal_mean(y, 1.0, 1), "y")
    exact = leave_one_out_density(y, 1.0)
    assert result.pointwise == pytest.approx(exact, abs=0.02)
    assert result.elpd == pytest.approx(exact.sum(), abs=0.05)
    assert result.se == pytest.approx(exact.std() * 5, rel=0.02)
    assert result.worst_k < 0.7


def test_the_variant_that_predicts_better_comes_first_and_differences_are_paired():
    y = np.random.default_rng(5).normal(3, 1, 25)
    best, worse = cross_validation.compare({"wide": normal_mean(y, 3.0, 1), "right": normal_mean(y, 1.0, 2)}, "y")
    difference = leave_one_out_density(y, 1.0) - leave_one_out_density(y, 3.0)
    assert (best.name, best.elpd_difference, best.elpd_difference_se) == ("right", 0, 0)
    assert worse.name == "wide"
    assert worse.elpd_difference == pytest.approx(difference.sum(), abs=0.06)
    assert worse.elpd_difference_se == pytest.approx(difference.std() * 5, rel=0.03)


# --- on disk ----------------------------------------------------------------------------------------------------------------


def test_a_fit_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    tree = tree_of_chains(independent())
    monkeypatch.setattr(type(tree), "to_netcdf", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        bayes.save(tree, tmp_path / "fit.nc")
    assert list(tmp_path.iterdir()) == []
