"""The model of utilisation by MCMC: Student-t tails and spreads that are learned, which the exact path takes as given.

Of a run with MFU and hours, the hours are conditional on the MFU; of one with hours alone, run and goodput add up. Spreads of
operators, families, generations and years are lognormal about what the exact path takes. It is a check on that path and the
better fit where outliers matter; PSIS-LOO compares normal with Student-t tails.
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import bayes
from simulator.calibration.design import Fitted, Observation, settings
from simulator.calibration.draws import DRAWS
from simulator.calibration.linear import Array
from simulator.scenario.posteriors import NEW, UTILISATION_YEARS

if TYPE_CHECKING:
    import xarray as xr

FIXED = ("level", "mixture", "size")
GROUPS = ("generation", "walk", "operator", "family")
LEAST_MEMBERS = 2
WORTH = 0.5
"""Spread of the logarithm of the first guess of each spread, about as wide as the exact path's prior of sigma. Laws that reach
zero (half-normal) made funnels in which some draws diverged."""
SIZE: dict[str, Any] = {"draws": 500, "tune": 500, "cores": 2}
"""Draws of each of four chains: together the rows of a table, enough for 400 effective ones, within a minute on two cores."""
TARGETS = (0.95, 0.99)
Progress = Callable[[str, int, int], None]


def fit(observations: Sequence[Observation], seed: int, progress: Progress | None = None) -> "dict[str, xr.DataTree]":
    """Return the fits with Student-t and with normal tails; raise `bayes.BadFit` where the chains of either do not agree."""
    return {
        tails: bayes.fit(model(observations, tails), seed, **SIZE, targets=TARGETS, progress=progress)[0]
        for tails in ("student-t", "normal")
    }


def model(observations: Sequence[Observation], tails: str) -> Any:
    """Return the PyMC model."""
    pm = bayes.pymc()
    given = settings("utilisation")
    guess = given.guess
    rows = _rows(observations)
    groups = {group: _members(observations, group) for group in GROUPS}
    coords = {
        **{f"{group}_of": members for group, members in groups.items()},
        "observation": [f"{each.case} ({each.kind})" for each in rows],
    }
    with pm.Model(coords=coords) as made:
        run = pm.LogNormal("run", math.log(guess * given.spread_of("run/")), WORTH)
        lost = pm.LogNormal("lost", math.log(guess * given.noise["hours"]), WORTH)
        mean = 0.0
        for name in FIXED:
            effect = pm.Normal(name, given.expected(name), given.spread_of(name) * guess)
            mean = mean + effect * np.array([each.terms.get(name, 0.0) for each in rows])
        for group, members in groups.items():
            spread = pm.LogNormal(f"{group}_spread", math.log(guess * given.spread_of(f"{group}/")), WORTH)
            unit = pm.Normal(f"{group}_unit", 0, 1, dims=f"{group}_of")
            effects = pm.Deterministic(group, spread * unit, dims=f"{group}_of")
            weights = np.array([[each.terms.get(f"{group}/{member}", 0.0) for member in members] for each in rows])
            mean = mean + (weights * effects).sum(axis=1)
        goodput = pm.Normal("goodput", given.expected("goodput"), given.spread_of("goodput") * guess)
        hours = np.array([each.kind == "hours" for each in rows], dtype=float)
        both = np.array([_reported(each, observations) is not None for each in rows], dtype=float) * hours
        reported = np.array([_reported(each, observations) or 0.0 for each in rows])
        centre = (1 - both) * mean + both * reported + hours * goodput
        scale = pm.math.sqrt((1 - both) * run**2 + hours * lost**2)
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


def _members(observations: Sequence[Observation], group: str) -> list[str]:
    """Return the members of a group; families and operators need two runs, for one alone tells of nothing shared."""
    cases: dict[str, set[str]] = {}
    for each in observations:
        for term in each.terms:
            if term.startswith(f"{group}/"):
                cases.setdefault(term.partition("/")[2], set()).add(each.case)
    least = LEAST_MEMBERS if group in ("operator", "family") else 1
    return sorted(member for member, runs in cases.items() if len(runs) >= least)


def columns(found: "dict[str, xr.DataTree]", *, operator: str = "", seed: int = 0) -> dict[str, Array]:
    """Return the Student-t fit as the table of draws that a run reads."""
    from scipy.special import stdtr, stdtrit

    posterior = found["student-t"]["posterior"].to_dataset().stack(row=("chain", "draw"))
    draws = DRAWS["utilisation"]
    rng = np.random.default_rng(seed)
    rows = rng.permutation(posterior.sizes["row"])[:draws]

    def value(name: str) -> Array:
        return np.asarray(posterior[name].transpose("row", ...).values, dtype=float)[rows]

    table = {name: value(name) for name in FIXED}
    for group in ("generation", "walk"):
        members, effects = posterior.coords[f"{group}_of"].values.tolist(), value(group)
        table |= {f"{group}/{member}": effects[:, place] for place, member in enumerate(members)}
    anew = [f"generation/{NEW}"] + [f"walk/{year}" for year in range(*UTILISATION_YEARS)]
    for term in anew:
        if term not in table:
            table[term] = value(f"{term.partition('/')[0]}_spread") * rng.standard_normal(draws)
    known = posterior.coords["operator_of"].values.tolist()
    of_operator = (
        value("operator")[:, known.index(operator)]
        if operator in known
        else value("operator_spread") * rng.standard_normal(draws)
    )
    degrees = value("degrees") + 1
    own = of_operator + value("family_spread") * rng.standard_normal(draws)
    table["own"] = own + value("run") * stdtrit(degrees, rng.random(draws))
    below_one = stdtr(degrees, -value("goodput") / value("lost"))
    table["goodput"] = value("goodput") + value("lost") * stdtrit(degrees, np.maximum(rng.random(draws) * below_one, 1e-12))
    order = np.argsort(sum(table.values(), np.zeros(draws)), kind="stable")
    return {term: column[order] for term, column in sorted(table.items())}


def summary(found: "dict[str, xr.DataTree]", exact: Fitted) -> dict[str, Any]:
    """Return effects beside those of the exact path, how the chains stand, and PSIS-LOO of both kinds of tails."""
    posterior = found["student-t"]["posterior"].to_dataset()
    rows = []
    for name in (*FIXED, "goodput"):
        low, middle, high = np.exp(np.quantile(posterior[name].values, [0.025, 0.5, 0.975])).tolist()
        rows.append(
            {
                "effect": name,
                "factor": middle,
                "low95": low,
                "high95": high,
                "exact": float(np.exp(exact.interval(name, 0.95)[1])),
            }
        )
    for group in ("generation", "walk"):
        for member in posterior.coords[f"{group}_of"].values.tolist():
            low, middle, high = np.exp(
                np.quantile(posterior[group].sel({f"{group}_of": member}).values, [0.025, 0.5, 0.975])
            ).tolist()
            known = f"{group}/{member}" in exact.index
            middle_exact = float(np.exp(exact.interval(f"{group}/{member}", 0.95)[1])) if known else None
            rows.append({"effect": f"{group}/{member}", "factor": middle, "low95": low, "high95": high, "exact": middle_exact})
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
