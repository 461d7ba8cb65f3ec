"""Evidence turned into posterior priors: exact normal models (`linear`, `design`), one module a quantity, and their draws.

`utilisation` is MFU and goodput jointly, `power` the share of the rated power, `discrepancy` disclosed over computed hours,
`rental` the level of prices. `mcmc` fits the first again by sampling, with heavy tails and learned spreads, as a check.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from simulator.evidence import tables as evidence
from simulator.evidence.bayes import BadFit
from simulator.evidence.calibration import discrepancy, power, rental, utilisation
from simulator.evidence.calibration.design import Fitted, Observation, Settings, fitted, left_out, settings
from simulator.evidence.calibration.student import Student
from simulator.records.table import counted

MODELS = {
    "utilisation": "MFU and goodput of training runs, jointly",
    "power": "mean power of a chip and its share of the server over their rated power",
    "discrepancy": "disclosed chip-hours over those that follow from the reported MFU",
    "rental": "price of a chip-hour by chip, channel, seller and date",
}
_OPTIONAL = {
    "utilisation": ("mixture", "size", "generation/", "walk/", "operator/", "family/"),
    "power": ("small", "generation/"),
    "discrepancy": (),
    "rental": ("speed", "walk/", "chip/"),
}
"""What each model can be compared without."""
_NOTHING = 1e-6
"""Spread of an effect that is left out."""
_SURPRISE = 1e-4
"""Probability below which the fit of what was left out is no accident."""


@dataclass(frozen=True)
class Gathered:
    """Observations for a model, and what a reader should know of where they come from."""

    observations: tuple[Observation, ...]
    own: tuple[Observation, ...]
    """Those from the user's table."""
    operator: str
    """The one operator of the user's table, or nothing."""
    date: str
    notes: tuple[str, ...]


def gather(model: str, own: Path | None = None) -> Gathered:
    """Return the library's observations and those of a user's table of the same columns; raise `InvalidInputError`."""
    from simulator.core.errors import InvalidInputError, Issue, Place

    notes: list[str] = []
    if model in ("utilisation", "discrepancy"):
        observe = utilisation.observations if model == "utilisation" else discrepancy.observations
        library, table = evidence.published_runs(), evidence.published_runs(own) if own else None
        operators = {run.org for run in table.runs} if table else set()
        cases = {evidence.same_name(run.case) for run in table.runs} if table else set()
        runs = tuple(run for run in library.runs if evidence.same_name(run.case) not in cases)
        ours, theirs = observe(runs), observe(table.runs) if table else []
        if table:
            notes += [*table.notes, *_unused(model, table.runs, theirs)]
    elif model == "power":
        ours, theirs = power.observations(evidence.measured_powers()), []
        operators = set()
        theirs = power.observations(evidence.measured_powers(own, notes)) if own else []
    else:
        ours = rental.observations(evidence.rental_prices())
        operators = set()
        theirs = rental.observations(evidence.rental_prices(own, notes)) if own else []
    if own and not theirs:
        raise InvalidInputError([Issue(Place(str(own)), "", f"has no row that says something of {model}: {NEEDS[model]}")])
    date = max(each.date for each in (*ours, *theirs))
    operator = operators.pop() if len(operators) == 1 else ""
    day = f"{int(date)}-{min(int((date % 1) * 12) + 1, 12):02d}"
    return Gathered((*ours, *theirs), tuple(theirs), operator, day, tuple(notes))


def _unused(model: str, runs: Sequence[evidence.PublishedRun], found: Sequence[Observation]) -> list[str]:
    """Name the runs of a user that say nothing of the model, and what it takes."""
    used = {each.case for each in found}
    cases = [run.case for run in runs if run.case not in used]
    named = ", ".join(cases[:10]) + (", ..." if len(cases) > 10 else "")
    return [f"{counted(len(cases), 'own run')} not used: {named}; {NEEDS[model]}"] if cases else []


NEEDS = {
    "utilisation": "it takes a chip of the library, params_active, tokens and gpu_hours, or chip and mfu_reported",
    "discrepancy": "it takes a chip of the library, params_active, tokens, gpu_hours and mfu_reported",
    "power": "it takes case, date, chip and system_watts_per_chip",
    "rental": "it takes date, chip, channel, seller and price_usd",
}


def fit(model: str, observations: Sequence[Observation]) -> Fitted:
    """Return a model after these observations."""
    return fitted(settings(model), observations)


@dataclass(frozen=True)
class Checks:
    """How a fit stands: what each observation would have been to a model that knew all others."""

    seen: int
    inside_prior: float
    """Share of the observations inside the 95 % interval of the prior predictive distribution."""
    inside: float
    """Share inside the 95 % interval of what was predicted without them."""
    uniform: float
    """Probability of PITs as uneven as these from a calibrated model (Kolmogorov-Smirnov)."""
    elpd: float
    """Sum of log densities of what was left out, and its standard error."""
    elpd_error: float
    furthest: tuple[str, float]
    """The observation that surprises most, and its PIT."""


def check(given: Settings, observations: Sequence[Observation]) -> Checks:
    """Leave out each case in turn, and see what the rest predicts of it."""
    before = fitted(given, ())
    left = [Student(*distribution) for distribution in left_out(given, observations)]
    prior = [Student(*before.predictive(each.terms, each.kind)).cdf(each.value) for each in observations]
    pits = [distribution.cdf(each.value) for distribution, each in zip(left, observations, strict=True)]
    densities = [distribution.log_density(each.value) for distribution, each in zip(left, observations, strict=True)]
    place = int(np.argmax(np.abs(np.array(pits) - 0.5)))
    spread = float(np.std(densities, ddof=1)) * math.sqrt(len(densities)) if len(densities) > 1 else math.nan
    return Checks(
        len(pits), _inside(prior), _inside(pits), _evenness(pits),
        float(np.sum(densities)), spread, (observations[place].case, pits[place]),
    )  # fmt: skip


def _inside(pits: list[float]) -> float:
    """Return the share inside the 95 % interval."""
    return float(np.mean(np.abs(np.array(pits) - 0.5) <= 0.475))


def _evenness(pits: list[float]) -> float:
    """Return the p-value of Kolmogorov and Smirnov for uniform PITs, with Stephens' (1970) correction for few of them."""
    from scipy.special import kolmogorov

    n, steps = len(pits), np.arange(len(pits) + 1) / len(pits)
    far = max(np.max(steps[1:] - np.sort(pits)), np.max(np.sort(pits) - steps[:-1]))
    return float(kolmogorov(far * (math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n))))


def require_good(model: str, checks: Checks) -> None:
    """Refuse a fit whose predictions of what was left out cannot be calibrated; raise `BadFit`."""
    if checks.uniform < _SURPRISE:
        raise BadFit(
            f"{model}: the evidence does not look like the model: what it predicts of cases left out is off in a way that has "
            f"a probability of {checks.uniform:.1g} ({checks.furthest[0]} most of all)"
        )


def variants(model: str, observations: Sequence[Observation]) -> list[dict[str, Any]]:
    """Compare the model with itself without each of its parts, by its predictions of cases left out and by the evidence."""
    whole = settings(model)
    rows = []
    for part in ("", *_OPTIONAL[model]):
        given = replace(whole, spread={**whole.spread, part: _NOTHING}) if part else whole
        checked = check(given, observations)
        rows.append({
            "variant": f"without {part.rstrip('/')}" if part else "whole",
            "elpd": checked.elpd,
            "log_evidence": fitted(given, observations).posterior.log_evidence,
            "inside95": checked.inside,
        })  # fmt: skip
    return rows
