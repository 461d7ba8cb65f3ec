"""Predictions of published runs from other evidence: chip-hours, days, energy and cost, by the model and by baselines.

Every prediction is a Student t on the logarithm of the quantity, from the exact path of `evidence.calibration`.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import numpy as np

from simulator.core.units import Unit
from simulator.evidence.calibration import power, rental, utilisation
from simulator.evidence.calibration.design import FittedModel, Observation, fit_model, read_settings
from simulator.evidence.calibration.linear import Array
from simulator.evidence.calibration.student import Sample, Student
from simulator.evidence.published_runs import PublishedRun, hours_at_peak, published_runs
from simulator.evidence.tables import MeasuredPower, RentalPrice, measured_powers, rental_prices
from simulator.records import library_median
from simulator.scenario.library import generation
from simulator.scenario.posteriors import Covariates, rental_terms

COST_BASES = ("vendor_quote", "budget_statement", "all_in_stated", "all_in")
Fold = Literal["run", "family", "forward"]
FOLDS: dict[str, str] = {"run": "leave one run out", "family": "leave one family out", "forward": "earlier runs only"}
"""The evidence from which a run is predicted: all other runs, runs of other families, or runs published before it."""
MIN_EARLIER_RUNS = 10
"""Smallest number of earlier runs for a prediction forward in time."""


@dataclass(frozen=True, slots=True)
class Case:
    """A published value and its prediction."""

    case: str
    date: float
    groups: Mapping[str, str]
    prediction: Student | Sample
    published_value: float
    is_bound: bool = False
    """Whether the published value is an upper bound of the quantity."""

    @property
    def pit(self) -> float:
        """Predicted probability of a value up to the published one."""
        return self.prediction.cdf(math.log(self.published_value))


@dataclass(frozen=True)
class Evidence:
    """All published runs, metered powers and prices."""

    runs: tuple[PublishedRun, ...]
    powers: tuple[MeasuredPower, ...]
    prices: tuple[RentalPrice, ...]


def library_evidence() -> Evidence:
    """Return the library's evidence."""
    return Evidence(published_runs().runs, tuple(measured_powers()), tuple(rental_prices()))


class Predictor(Protocol):
    """A model fitted to its evidence."""

    def predictive(self, terms: Mapping[str, float], kind: str) -> tuple[float, float, float]:
        """Return centre, scale and degrees of freedom of the Student t of a new observation."""
        ...


FitT = TypeVar("FitT")
Model = Callable[[Sequence[Observation]], Predictor]
ObservationFilter = Callable[[Observation, PublishedRun], bool]


def observation_filter(fold: str) -> ObservationFilter:
    """Return the condition under which an observation may be used to predict a run."""
    return {
        "run": lambda observation, run: observation.case != run.case,
        "family": lambda observation, run: observation.family != run.family and observation.case != run.case,
        "forward": lambda observation, run: observation.date < run.date,
    }[fold]


def predict_chip_hours(
    runs: Sequence[PublishedRun],
    observations: Sequence[Observation],
    keep: ObservationFilter,
    model: Model,
    tested: Callable[[PublishedRun], bool] = lambda run: run.tests_hours,
) -> list[Case]:
    """Predict chip-hours of the `tested` runs from parameters, tokens and chip."""
    cases = []
    groups = {run.case: run_groups(run, runs) for run in runs}
    for run, fitted in fits(runs, observations, keep, model, tested):
        peak_hours = hours_at_peak(run)
        if peak_hours and run.chip_hours:
            share = _predict(fitted, {**utilisation.terms(run), "goodput": 1.0}, "hours")
            prediction = Student(math.log(peak_hours) - share.centre, share.scale, share.degrees)
            cases.append(Case(run.case, run.date, groups[run.case], prediction, run.chip_hours, run.bounds_hours))
    return cases


def fits(
    runs: Sequence[PublishedRun],
    observations: Sequence[Observation],
    keep: ObservationFilter,
    model: Callable[[Sequence[Observation]], FitT],
    tested: Callable[[PublishedRun], bool],
) -> Iterator[tuple[PublishedRun, FitT]]:
    """Yield the `tested` runs, each with a model of the observations that may be used to predict it."""
    models: dict[tuple[int, ...], FitT] = {}
    for run in runs:
        included = tuple(place for place, each in enumerate(observations) if keep(each, run))
        enough = sum(observations[place].kind == "hours" for place in included) >= MIN_EARLIER_RUNS
        if tested(run) and enough and hours_at_peak(run):
            if included not in models:
                models[included] = model([observations[place] for place in included])
            yield run, models[included]


def predict_benchmarks(
    benchmarks: Sequence[PublishedRun], observations: Sequence[Observation], keep: ObservationFilter
) -> list[Case]:
    """Predict the utilisation over all hours of runs like those of vendors' benchmarks, which bound it from above."""
    cases = []
    for run in benchmarks:
        model = fit_calibrated([each for each in observations if keep(each, run)])
        prediction = _predict(model, {**utilisation.terms(run), "goodput": 1.0}, "hours")
        if run.mfu:
            cases.append(Case(run.case, run.date, run_groups(run), prediction, run.mfu, is_bound=True))
    return cases


def predict_days(cases: Iterable[Case], runs: Sequence[PublishedRun]) -> list[Case]:
    """Predict days from the predicted hours and the number of chips, where days and chips are published."""
    runs_by_case = {run.case: run for run in runs}
    days_cases = []
    for case in cases:
        run = runs_by_case[case.case]
        if run.days and run.chips and isinstance(case.prediction, Student):
            centre = case.prediction.centre - math.log(24 * run.chips)
            prediction = Student(centre, case.prediction.scale, case.prediction.degrees)
            days_cases.append(Case(case.case, case.date, case.groups, prediction, run.days))
    return days_cases


def predict_energy(runs: Sequence[PublishedRun], powers: Sequence[MeasuredPower], fold: str) -> list[Case]:
    """Predict metered energy (MWh) from published hours, chip and PUE, without the run's own power."""
    observations = power.observations(powers)
    studies = {each.case: each.study for each in powers}
    cases = []
    for run in runs:
        rated = library_median(run.chip, "tdp", Unit("W/chip"))
        server = library_median(run.chip, "server_power_factor", Unit("1", low=1.0))
        if not (run.tests_energy and run.energy and run.chip_hours and run.pue and rated and server):
            continue
        own_study = studies.get(run.case, "")
        training = {
            "run": [each for each in observations if each.case != run.case],
            "family": [each for each in observations if each.case != run.case and each.family != own_study],
            "forward": [each for each in observations if each.date < run.date],
        }[fold]
        is_small = bool((run.active_parameters or 1e12) < 1e9)
        subject = MeasuredPower(run.case, run.date, run.chip, 1.0, own_study or run.family, is_small)
        share = _predict(fit_model(read_settings("power"), training), power.terms(subject), "power")
        base = math.log(run.chip_hours * rated * server * run.pue / 1e6)
        cases.append(
            Case(run.case, run.date, run_groups(run), Student(base + share.centre, share.scale, share.degrees), run.energy)
        )
    return cases


def predict_dollars(
    runs: Sequence[PublishedRun], observations: Sequence[Observation], prices: Sequence[RentalPrice], fold: str
) -> list[Case]:
    """Predict published costs from parameters, tokens, chip and date, as hours times the on-demand rental price.

    The two logarithms are taken as independent, and their sum is approximated by a Student t with the smaller degrees of
    freedom.
    """
    quotes, keep = rental.observations(prices), observation_filter(fold)
    cases = []
    for run in runs:
        peak_hours, amount = hours_at_peak(run), _amount(run)
        if (
            run.cost_basis not in COST_BASES
            or run.cost_scope
            or run.flop_basis == "third_party_estimate"
            or not peak_hours
            or not amount
        ):
            continue
        training = [each for each in observations if keep(each, run)]
        if len(training) < MIN_EARLIER_RUNS:
            continue
        share = _predict(fit_model(read_settings("utilisation"), training), {**utilisation.terms(run), "goodput": 1.0}, "hours")
        training_quotes = quotes if fold != "forward" else [each for each in quotes if each.date < run.date]
        covariates = Covariates(chip=run.chip, peak=library_median(run.chip, "peak_flop_bf16", Unit("FLOP/chip/second")))
        terms = {**rental_terms(covariates, "on-demand", "specialised", run.date), f"vendor/{run.org} {run.chip}": 1.0}
        price = _predict(fit_model(read_settings("rental"), training_quotes), terms, "price")
        centre = math.log(peak_hours) - share.centre + price.centre
        prediction = Student(centre, math.hypot(share.scale, price.scale), min(share.degrees, price.degrees))
        cases.append(Case(run.case, run.date, run_groups(run), prediction, amount))
    return cases


def _amount(run: PublishedRun) -> float | None:
    """Return the published cost, or the geometric mean of its bounds."""
    if run.cost is None and run.cost_low and run.cost_high:
        return math.sqrt(run.cost_low * run.cost_high)
    return run.cost


def _predict(model: Predictor, terms: Mapping[str, float], kind: str) -> Student:
    return Student(*model.predictive(terms, kind))


def run_groups(run: PublishedRun, runs: Sequence[PublishedRun] = ()) -> dict[str, str]:
    """Return the groups of a run: scale, year, chips, architecture, and whether `runs` have others of its family."""
    hours = run.chip_hours or 0.0
    scale = "below 100,000 chip-hours" if hours < 1e5 else "100,000 to 1 million" if hours < 1e6 else "1 million and more"
    has_siblings = any(each.family == run.family and each.case != run.case and each.tests_hours for each in runs)
    return {
        "scale": scale,
        "year": f"{math.floor(run.date)}",
        "chips": generation(run.chip),
        "architecture": "mixture of experts" if run.is_mixture_of_experts else "dense",
        "siblings": "with siblings" if has_siblings else "without siblings",
    }


# --- models -----------------------------------------------------------------------------------------------------------------


def fit_calibrated(observations: Sequence[Observation]) -> FittedModel:
    """Fit the library's own model of utilisation and goodput."""
    return fit_model(read_settings("utilisation"), observations)


def fit_plain_lognormal(observations: Sequence[Observation]) -> Predictor:
    """Fit the baseline of one lognormal of utilisation for all runs."""
    return _regression(observations, ())


def fit_chips_and_architecture(observations: Sequence[Observation]) -> Predictor:
    """Fit the baseline of a regression on Hopper chips, what Blackwell differs from them, and mixtures of experts."""
    return _regression(observations, ("generation/hopper", "generation/blackwell", "mixture"))


BASELINES: dict[str, Model] = {
    "plain lognormal": fit_plain_lognormal,
    "chip generation and mixture": fit_chips_and_architecture,
}


def _regression(observations: Sequence[Observation], names: tuple[str, ...]) -> Predictor:
    """Return a least-squares regression of the hours alone on a level and the named effects."""
    rows = [each for each in observations if each.kind == "hours"]
    terms = ("level", *names)
    x = np.array([[each.terms.get(term, 0.0) for term in terms] for each in rows])
    inverse = np.linalg.pinv(x.T @ x)  # an effect without runs is zero
    y = np.array([each.value for each in rows])
    coefficients = inverse @ (x.T @ y)
    degrees = len(rows) - int(np.linalg.matrix_rank(x))
    scale = math.sqrt(float(np.sum((y - x @ coefficients) ** 2)) / degrees)
    return LeastSquares(terms, coefficients, inverse, degrees, scale)


@dataclass(frozen=True)
class LeastSquares:
    """A textbook regression: the exact posterior under flat priors."""

    terms: tuple[str, ...]
    coefficients: Array
    inverse: Array
    """Inverse of X'X, for the error of the regression."""
    degrees: int
    scale: float

    def predictive(self, terms: Mapping[str, float], kind: str) -> tuple[float, float, float]:
        x = np.array([terms.get(term, 0.0) for term in self.terms])
        return float(x @ self.coefficients), self.scale * math.sqrt(1 + float(x @ self.inverse @ x)), self.degrees
