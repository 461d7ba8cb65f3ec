"""Does 95 % mean 95 %? Each published run predicted from what was known without it, and scored against what was published.

Every prediction is a Student t on the logarithm of the quantity, from the exact path of `evidence.calibration`. Scores are
those of Gneiting and Raftery (2007): the continuous ranked probability score and the interval score on the natural logarithm,
coverage of central intervals, and the probability integral transform (PIT), which is uniform where predictions are calibrated.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from simulator.core.units import Unit
from simulator.evidence.calibration import power, rental, utilisation
from simulator.evidence.calibration.design import Fitted, Observation, fitted, settings
from simulator.evidence.calibration.linear import Array
from simulator.evidence.calibration.student import Student
from simulator.evidence.tables import MeasuredPower, PublishedRun, RentalPrice, hours_at_peak
from simulator.records import typical
from simulator.scenario.library import generation
from simulator.scenario.posteriors import Covariates, rental_terms

LEVELS = (50, 80, 90, 95)
PIT_BINS = 10
DOLLARS = ("vendor_quote", "budget_statement", "all_in_stated", "all_in")
FOLDS = {
    "run": "each run is predicted from all others",
    "family": "each run is predicted from the runs of other families, none of its siblings",
    "forward": "each run is predicted from runs published before it",
}
LEAST_BEFORE = 10
"""Runs that have to be published before one for it to be predicted forward in time."""


@dataclass(frozen=True, slots=True)
class Case:
    """A published value and what was predicted of it."""

    case: str
    date: float
    groups: Mapping[str, str]
    predicted: Student
    published: float

    @property
    def pit(self) -> float:
        """Probability, by the prediction, of no more than what was published."""
        return self.predicted.cdf(math.log(self.published))


@dataclass(frozen=True)
class Evidence:
    """What is known of all runs, metered powers and prices."""

    runs: tuple[PublishedRun, ...]
    powers: tuple[MeasuredPower, ...]
    prices: tuple[RentalPrice, ...]


class Predicts(Protocol):
    """A model that has seen its evidence."""

    def predictive(self, terms: Mapping[str, float], kind: str) -> tuple[float, float, float]:
        """Return centre, scale and degrees of freedom of the Student t of a new observation."""
        ...


Model = Callable[[Sequence[Observation]], Predicts]
Keep = Callable[[Observation, PublishedRun], bool]


def keep_of(fold: str) -> Keep:
    """Return which observations may be known when a run is predicted."""
    return {
        "run": lambda seen, run: seen.case != run.case,
        "family": lambda seen, run: seen.family != run.family and seen.case != run.case,
        "forward": lambda seen, run: seen.date < run.date,
    }[fold]


def chip_hours(runs: Sequence[PublishedRun], known: Sequence[Observation], keep: Keep, model: Model) -> list[Case]:
    """Predict chip-hours from parameters, tokens and chip."""
    found = []
    after: dict[tuple[int, ...], Predicts] = {}
    for run in runs:
        least = hours_at_peak(run)
        places = tuple(place for place, each in enumerate(known) if keep(each, run))
        seen = [known[place] for place in places]
        if run.tests_hours and least and run.chip_hours and sum(each.kind == "hours" for each in seen) >= LEAST_BEFORE:
            if places not in after:
                after[places] = model(seen)
            share = _of(after[places], {**utilisation.terms(run), "goodput": 1.0}, "hours")
            predicted = Student(math.log(least) - share.centre, share.scale, share.degrees)
            found.append(Case(run.case, run.date, groups(run), predicted, run.chip_hours))
    return found


def wall_clock(cases: Iterable[Case], runs: Sequence[PublishedRun]) -> list[Case]:
    """Predict days from the predicted hours and the number of chips, where both were published."""
    named = {run.case: run for run in runs}
    found = []
    for case in cases:
        run = named[case.case]
        if run.days and run.chips:
            moved = case.predicted.centre - math.log(24 * run.chips)
            predicted = Student(moved, case.predicted.scale, case.predicted.degrees)
            found.append(Case(case.case, case.date, case.groups, predicted, run.days))
    return found


def energy(runs: Sequence[PublishedRun], powers: Sequence[MeasuredPower], fold: str) -> list[Case]:
    """Predict metered energy (MWh) from hours, chip and the site's overhead, all as published, without the run's own power."""
    known = power.observations(powers)
    study = {each.case: each.study for each in powers}
    found = []
    for run in runs:
        rated, server = typical(run.chip, "tdp", Unit("W/chip")), typical(run.chip, "server_power_factor", Unit("1", low=1.0))
        if not (run.tests_energy and run.energy and run.chip_hours and run.pue and rated and server):
            continue
        own = study.get(run.case, "")
        allowed = {
            "run": [each for each in known if each.case != run.case],
            "family": [each for each in known if each.case != run.case and each.family != own],
            "forward": [each for each in known if each.date < run.date],
        }[fold]
        shown = MeasuredPower(run.case, run.date, run.chip, 1.0, own or run.family, bool((run.active_parameters or 1e12) < 1e9))
        share = _of(fitted(settings("power"), allowed), power.terms(shown), "power")
        base = math.log(run.chip_hours * rated * server * run.pue / 1e6)
        found.append(
            Case(run.case, run.date, groups(run), Student(base + share.centre, share.scale, share.degrees), run.energy)
        )
    return found


def dollars(runs: Sequence[PublishedRun], known: Sequence[Observation], prices: Sequence[RentalPrice], fold: str) -> list[Case]:
    """Predict quotes and statements of cost from parameters, tokens, chip and date: hours times the price of renting on demand.

    The two logarithms are taken as independent; their sum as Student t of the smaller number of degrees, which is close.
    """
    quotes, keep = rental.observations(prices), keep_of(fold)
    found = []
    for run in runs:
        least, amount = hours_at_peak(run), _amount(run)
        if run.cost_basis not in DOLLARS or run.flop_basis == "third_party_estimate" or not least or not amount:
            continue
        seen = [each for each in known if keep(each, run)]
        if len(seen) < LEAST_BEFORE:
            continue
        share = _of(fitted(settings("utilisation"), seen), {**utilisation.terms(run), "goodput": 1.0}, "hours")
        before = quotes if fold != "forward" else [each for each in quotes if each.date < run.date]
        given = Covariates(chip=run.chip, peak=typical(run.chip, "peak_flop_bf16", Unit("FLOP/chip/second")))
        terms = {**rental_terms(given, "on-demand", "specialised", run.date), f"vendor/{run.org} {run.chip}": 1.0}
        price = _of(fitted(settings("rental"), before), terms, "price")
        centre = math.log(least) - share.centre + price.centre
        predicted = Student(centre, math.hypot(share.scale, price.scale), min(share.degrees, price.degrees))
        found.append(Case(run.case, run.date, groups(run), predicted, amount))
    return found


def _amount(run: PublishedRun) -> float | None:
    """Return the cost that was stated, or the middle of its bounds."""
    if run.cost is None and run.cost_low and run.cost_high:
        return math.sqrt(run.cost_low * run.cost_high)
    return run.cost


def _of(model: Predicts, terms: Mapping[str, float], kind: str) -> Student:
    return Student(*model.predictive(terms, kind))


def groups(run: PublishedRun) -> dict[str, str]:
    """Return to which groups a run belongs: scale, year, chips, architecture."""
    hours = run.chip_hours or 0.0
    scale = "below 100,000 chip-hours" if hours < 1e5 else "100,000 to 1 million" if hours < 1e6 else "1 million and more"
    architecture = "mixture of experts" if run.is_mixture else "dense"
    return {"scale": scale, "year": f"{math.floor(run.date)}", "chips": generation(run.chip), "architecture": architecture}


# --- models -----------------------------------------------------------------------------------------------------------------


def calibrated(seen: Sequence[Observation]) -> Fitted:
    """The library's own model of utilisation and goodput."""
    return fitted(settings("utilisation"), seen)


def plain_lognormal(seen: Sequence[Observation]) -> Predicts:
    """Baseline: one lognormal of utilisation for all runs."""
    return _regression(seen, ())


def chips_and_mixture(seen: Sequence[Observation]) -> Predicts:
    """Baseline: a regression on Hopper chips and mixtures of experts."""
    return _regression(seen, ("generation/hopper", "mixture"))


BASELINES: dict[str, Model] = {"plain lognormal": plain_lognormal, "chip generation and mixture": chips_and_mixture}


def _regression(seen: Sequence[Observation], names: tuple[str, ...]) -> Predicts:
    """Return least squares on the hours alone, with a level and the effects named."""
    rows = [each for each in seen if each.kind == "hours"]
    terms = ("level", *names)
    x = np.array([[each.terms.get(term, 0.0) for term in terms] for each in rows])
    inverse = np.linalg.pinv(x.T @ x)  # an effect that no run has yet is taken as none
    y = np.array([each.value for each in rows])
    coefficients = inverse @ (x.T @ y)
    degrees = len(rows) - int(np.linalg.matrix_rank(x))
    scale = math.sqrt(float(np.sum((y - x @ coefficients) ** 2)) / degrees)
    return LeastSquares(terms, coefficients, inverse, degrees, scale)


@dataclass(frozen=True)
class LeastSquares:
    """A regression as it is found in textbooks: the exact posterior under flat priors."""

    terms: tuple[str, ...]
    coefficients: Array
    inverse: Array
    """Of X'X, for the error of the line."""
    degrees: int
    scale: float

    def predictive(self, terms: Mapping[str, float], kind: str) -> tuple[float, float, float]:
        x = np.array([terms.get(term, 0.0) for term in self.terms])
        return float(x @ self.coefficients), self.scale * math.sqrt(1 + float(x @ self.inverse @ x)), self.degrees


# --- scores -----------------------------------------------------------------------------------------------------------------


def scored(cases: Sequence[Case]) -> dict[str, Any]:
    """Return coverage with binomial bands, scores, sharpness, PIT histogram; all logarithms are natural."""
    n = len(cases)
    pits = np.array([case.pit for case in cases])
    inside = {level: int(np.sum(np.abs(pits - 0.5) <= level / 200)) for level in LEVELS}
    ends = [(case.predicted.quantile(0.025), case.predicted.quantile(0.975)) for case in cases]
    values = [math.log(case.published) for case in cases]
    missed = [2 / 0.05 * (max(low - x, 0) + max(x - high, 0)) for (low, high), x in zip(ends, values, strict=True)]
    return {
        "n": n,
        "coverage": {str(level): count / n for level, count in inside.items()},
        "band": {str(level): _band(n, level / 100) for level in LEVELS},
        "crps": float(np.mean([case.predicted.crps(x) for case, x in zip(cases, values, strict=True)])),
        "interval_score": float(np.mean([high - low + miss for (low, high), miss in zip(ends, missed, strict=True)])),
        "sharpness": float(np.exp(np.median([high - low for low, high in ends]))),
        "pit_histogram": np.histogram(pits, PIT_BINS, (0, 1))[0].tolist(),
    }


def _band(n: int, level: float) -> list[float]:
    """Return between which shares the coverage of calibrated predictions lies in 95 of 100 sets of n cases."""
    from scipy.special import bdtr

    probabilities = bdtr(np.arange(n + 1.0), n, level)
    return [int(np.searchsorted(probabilities, p)) / n for p in (0.025, 0.975)]


def by_group(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return the main scores of each group of each kind."""
    rows = []
    for kind in ("scale", "year", "chips", "architecture"):
        for name in sorted({case.groups[kind] for case in cases}):
            chosen = [case for case in cases if case.groups[kind] == name]
            scores = scored(chosen)
            rows.append({"by": kind, "group": name, **{key: scores[key] for key in ("n", "coverage", "crps", "sharpness")}})
    return rows


def backtest(evidence: Evidence, unseen: Sequence[PublishedRun] | None = None, fold: str = "run") -> dict[str, Any]:
    """Return the scores of every target in one fold, baselines beside the chip-hours; `unseen` take the place of the known."""
    runs = evidence.runs if unseen is None else with_known_families(unseen, evidence.runs)
    known, keep = utilisation.observations(evidence.runs), keep_of(fold)
    hours = chip_hours(runs, known, keep, calibrated)
    found = {
        "chip_hours": hours,
        "energy": energy(runs, evidence.powers, fold),
        "wall_clock": wall_clock(hours, runs),
        "dollars": dollars(runs, known, evidence.prices, fold),
    }
    targets: dict[str, Any] = {}
    for name, cases in found.items():
        if not cases:
            continue
        targets[name] = {**scored(cases), "cases": [_told(case) for case in cases]}
    if hours:
        targets["chip_hours"]["groups"] = by_group(hours)
        targets["chip_hours"]["baselines"] = {
            name: {key: value for key, value in scored(chip_hours(runs, known, keep, model)).items() if key != "band"}
            for name, model in BASELINES.items()
        }
    return targets


def with_known_families(runs: Sequence[PublishedRun], known: Sequence[PublishedRun]) -> tuple[PublishedRun, ...]:
    """Return runs with the family that the evidence has for them, by name or else by operator and day."""
    by_case = {run.case: run.family for run in known}
    by_day = {(run.org, run.date): run.family for run in known}
    return tuple(replace(run, family=by_case.get(run.case) or by_day.get((run.org, run.date)) or run.family) for run in runs)


def _told(case: Case) -> dict[str, Any]:
    low, median, high = (math.exp(case.predicted.quantile(p)) for p in (0.025, 0.5, 0.975))
    said = {"low": low, "median": median, "high": high}
    return {"case": case.case, "date": round(case.date, 3), "predicted": said, "published": case.published, "pit": case.pit}
