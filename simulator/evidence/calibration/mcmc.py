"""The model of utilisation by MCMC: Student-t tails and spreads that are learned, which the exact path takes as given.

Of a run with MFU and hours, the hours are conditional on the MFU; of one with hours alone, run and goodput add up. Spreads of
operators, families, generations and years are lognormal about what the exact path takes. It is a check on that path and the
better fit where outliers matter; PSIS-LOO compares normal with Student-t tails.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.evidence import bayes
from simulator.evidence.calibration.design import Fitted, Observation, settings
from simulator.evidence.calibration.draws import DRAWS
from simulator.evidence.calibration.linear import Array
from simulator.scenario.posteriors import NEW, UTILISATION_YEARS

if TYPE_CHECKING:
    import xarray as xr

FIXED = ("level", "mixture", "size", "goodput")
GROUPS = ("generation", "walk", "operator", "family")
SPREADS = (*GROUPS, "run", "lost")
LEAST_MEMBERS = 2
WORTH = 0.5
"""Spread of the logarithm of the first guess of each spread, about as wide as the exact path's prior of sigma. Distributions
that reach zero (half-normal) made funnels in which some draws diverged."""
SIZE = bayes.Size(draws=750, tune=500, cores=2, dense=True)
"""Draws of each of four chains: more than a table has rows, with R-hat well below its limit, within a minute on two cores."""
TARGETS = (0.99, 0.998)
"""Small steps from the start: at 0.95 and 0.98 one draw in some thousand diverged, with normal tails, in every second seed."""
Progress = Callable[[str, int, int], None]


def fit(observations: Sequence[Observation], seed: int, progress: Progress | None = None) -> "dict[str, xr.DataTree]":
    """Return the fits with Student-t and with normal tails; raise `bayes.BadFit` where the chains of either do not agree."""
    return {
        tails: bayes.fit(model(observations, tails), seed, SIZE, targets=TARGETS, progress=progress)[0]
        for tails in ("student-t", "normal")
    }


def model(observations: Sequence[Observation], tails: str) -> Any:
    """Return the PyMC model: an observation is an offset, the effects of its terms, and noise of the run or of its lost hours.

    Effects are one vector, each its prior mean and a spread (given for `FIXED`, learned for `GROUPS`) times a unit score: few
    long vectors compile in a fraction of the time of many short ones.
    """
    pm = bayes.pymc()
    given = settings("utilisation")
    rows = _rows(observations)
    terms = [*FIXED, *(f"{group}/{group_item}" for group in GROUPS for group_item in _group_items(observations, group))]
    reported = [_reported(each, observations) for each in rows]
    offset = np.array([known or 0.0 for known in reported])
    weights = np.array([
        [each.terms.get(term, 0.0) if known is None or term == "goodput" else 0.0 for term in terms]
        for each, known in zip(rows, reported, strict=True)
    ])  # fmt: skip
    expected = np.array([given.expected(term) for term in terms])
    fixed = given.guess * np.array([given.spread_of(term) if term in FIXED else 0.0 for term in terms])
    learned = np.array([[term.startswith(f"{part}/") for part in SPREADS] for term in terms], dtype=float)
    blurred = [_blurred_by(each, known is None) for each, known in zip(rows, reported, strict=True)]
    noisy = np.array([[part in parts for part in SPREADS] for parts in blurred], dtype=float)
    guesses = given.guess * np.array(
        [given.noise["hours"] if part == "lost" else given.spread_of(f"{part}/") for part in SPREADS]
    )
    coords = {"term": terms, "part": SPREADS, "observation": [f"{each.case} ({each.kind})" for each in rows]}
    with pm.Model(coords=coords) as made:
        spread = pm.LogNormal("spread", np.log(guesses), WORTH, dims="part")
        unit = pm.Normal("unit", 0, 1, dims="term")
        effect = pm.Deterministic("effect", expected + (fixed + (learned * spread).sum(axis=1)) * unit, dims="term")
        centre = offset + (weights * effect).sum(axis=1)
        scale = pm.math.sqrt((noisy * spread**2).sum(axis=1))
        values = np.array([each.value for each in rows])
        if tails == "student-t":
            degrees = pm.Gamma("degrees", 2, 0.1)
            pm.StudentT("value", nu=degrees + 1, mu=centre, sigma=scale, observed=values, dims="observation")
        else:
            pm.Normal("value", centre, scale, observed=values, dims="observation")
    return made


def _rows(observations: Sequence[Observation]) -> list[Observation]:
    return sorted(observations, key=lambda each: (each.kind, each.case))


def _reported(hours: Observation, observations: Sequence[Observation]) -> float | None:
    """Return the reported MFU (its logarithm) of a run whose hours are known too."""
    if hours.kind != "hours":
        return None
    return next((each.value for each in observations if each.kind == "mfu" and each.case == hours.case), None)


def _blurred_by(observation: Observation, alone: bool) -> tuple[str, ...]:
    """Return the spreads an observation has besides its effects: hours of a run whose MFU is known have that of lost hours."""
    return (*(("run",) if alone else ()), *(("lost",) if observation.kind == "hours" else ()))


def _group_items(observations: Sequence[Observation], group: str) -> list[str]:
    """Return the members of a group; families and operators need two runs, for one alone tells of nothing shared."""
    cases: dict[str, set[str]] = {}
    for each in observations:
        for term in each.terms:
            if term.startswith(f"{group}/"):
                cases.setdefault(term.partition("/")[2], set()).add(each.case)
    least = LEAST_MEMBERS if group in ("operator", "family") else 1
    return sorted(group_item for group_item, runs in cases.items() if len(runs) >= least)


def columns(found: "dict[str, xr.DataTree]", *, operator: str = "", seed: int = 0) -> dict[str, Array]:
    """Return the Student-t fit as the table of draws that a run reads."""
    from scipy.special import stdtr, stdtrit

    posterior = found["student-t"]["posterior"].to_dataset().stack(row=("chain", "draw"))
    draws = DRAWS["utilisation"]
    rng = np.random.default_rng(seed)
    posterior = posterior.isel(row=rng.permutation(posterior.sizes["row"])[:draws])
    known = {term: posterior["effect"].sel(term=term).values for term in posterior["term"].values.tolist()}
    spread = {part: posterior["spread"].sel(part=part).values for part in SPREADS}

    def effect(term: str) -> Array:
        """Return the draws of an effect; of one that no observation had, from the spread of its group."""
        return known[term] if term in known else spread[term.partition("/")[0]] * rng.standard_normal(draws)

    anew = [f"generation/{NEW}"] + [f"walk/{year}" for year in range(*UTILISATION_YEARS)]
    fitted = [term for term in known if term.partition("/")[0] in ("level", "mixture", "size", "generation", "walk")]
    table = {term: effect(term) for term in dict.fromkeys([*fitted, *anew])}
    degrees = posterior["degrees"].values + 1
    own = effect(f"operator/{operator}") + spread["family"] * rng.standard_normal(draws)
    table["own"] = own + spread["run"] * stdtrit(degrees, rng.random(draws))
    goodput = effect("goodput")
    below_one = stdtr(degrees, -goodput / spread["lost"])
    table["goodput"] = goodput + spread["lost"] * stdtrit(degrees, np.maximum(rng.random(draws) * below_one, 1e-12))
    order = np.argsort(sum(table.values(), np.zeros(draws)), kind="stable")
    return {term: column[order] for term, column in sorted(table.items())}


def summary(found: "dict[str, xr.DataTree]", exact: Fitted) -> dict[str, Any]:
    """Return effects beside those of the exact path, how the chains stand, and PSIS-LOO of both kinds of tails."""
    effects = found["student-t"]["posterior"].to_dataset()["effect"]
    rows = []
    for term in effects["term"].values.tolist():
        if term.partition("/")[0] not in ("operator", "family"):
            low, middle, high = np.exp(np.quantile(effects.sel(term=term).values, [0.025, 0.5, 0.975])).tolist()
            known = float(np.exp(exact.interval(term, 0.95)[1])) if term in exact.index else None
            rows.append({"effect": term, "factor": middle, "low95": low, "high95": high, "exact": known})
    compared = [
        {
            "variant": each.name, "elpd": each.loo.elpd, "se": each.loo.se, "behind": each.behind,
            "behind_se": each.behind_se, "pareto_k": each.loo.worst_k,
        }
        for each in bayes.compare(found, "value")
    ]  # fmt: skip
    predictive = {f"inside_{name}_95": _inside(found["student-t"], f"{name}_predictive") for name in ("prior", "posterior")}
    return {
        "mcmc": rows,
        "loo": compared,
        "predictive": predictive,
        "diagnostics": bayes.diagnose(found["student-t"]).as_json(),
    }


def _inside(tree: "xr.DataTree", group: str) -> float:
    """Return the share of the observations inside the central 95 % of what a group of draws predicts for them."""
    drawn = tree[group].to_dataset()["value"].stack(row=("chain", "draw")).transpose("row", ...).values
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    observed = tree["observed_data"].to_dataset()["value"].values
    return float(np.mean((low <= observed) & (observed <= high)))
