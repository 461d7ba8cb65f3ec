"""What users start from, scored on published runs: template, tiers and presets, and every named pair of MFU and goodput."""

import numpy as np
import pytest

from simulator.core.units import Unit
from simulator.evidence import predictions, public_path
from simulator.evidence.calibration import utilisation
from simulator.evidence.published_runs import hours_at_peak, published_runs
from simulator.evidence.scores import score_cases
from simulator.scenario import library
from simulator.scenario.entries import Reader, library_entry
from simulator.scenario.library import generation
from simulator.scenario.overrides import open_source

MIN_COVERAGE = 0.88
LATE = ("hopper", "blackwell")
RUNS = published_runs().runs
SCORED = [run for run in RUNS if run.tests_hours and hours_at_peak(run)]
SHARES = {run.case: hours_at_peak(run) / run.chip_hours for run in SCORED}
IN_FP8 = ("deepseek-v3", "llama-4-maverick", "exaone-4.0-32b", "oellm-32b-first-8pct")
ORGANISATIONS = ("startup", "tech-company", "academic", "consortium")


def is_late(run):
    return generation(run.chip) in LATE


def is_hopper_mixture(run):
    return generation(run.chip) == "hopper" and run.is_mixture_of_experts


# The runs that each row is about; rows of single runs and benchmarks, which state what was measured, are not among them.
SUBJECTS = {
    ("mfu", "all-runs"): lambda _: True,
    ("mfu", "cottier-2024"): lambda _: True,
    ("mfu", "dense-h100"): lambda run: is_late(run) and not run.is_mixture_of_experts,
    ("mfu", "moe-hopper"): is_hopper_mixture,
    ("mfu", "fp8-2025"): lambda run: run.case in IN_FP8,
    ("effective_utilisation", "all-runs"): lambda _: True,
    ("effective_utilisation", "all-runs-quantiles"): lambda _: True,
    ("effective_utilisation", "a100-dense"): lambda run: generation(run.chip) == "ampere" and not run.is_mixture_of_experts,
    ("effective_utilisation", "hopper-dense"): lambda run: generation(run.chip) == "hopper" and not run.is_mixture_of_experts,
    ("effective_utilisation", "hopper-moe"): is_hopper_mixture,
    ("effective_utilisation", "tpu-v3-v4"): lambda run: generation(run.chip) == "tpu",
    ("effective_utilisation", "large-runs"): lambda run: run.chip_hours >= 1e6,
}
SINGLE_RUN_RATIO = 1.4
"""Ratio of the bounds of a range that was measured on one run."""


EVENLY = tuple((np.arange(300) + 0.5) / 300)


def quantiles_of(quantity, row, probabilities=EVENLY):
    distribution = Reader().distribution(quantity, library_entry(quantity, row), Unit("1", high=1.0))
    return np.array([distribution.quantile(p) for p in probabilities])


def coverage(quantity, row, values):
    low, high = np.quantile(values, [0.025, 0.975])
    per_peak = 0.5 if library_entry(quantity, row).peak == "fp8" else 1.0
    shares = np.array([SHARES[run.case] * per_peak for run in SCORED if SUBJECTS[quantity, row](run)])
    assert len(shares) >= 3
    return float(np.mean((low <= shares) & (shares <= high)))


@pytest.mark.parametrize("goodput", sorted(library.rows_of("goodput")))
@pytest.mark.parametrize("row", [row for quantity, row in SUBJECTS if quantity == "mfu"])
def test_every_named_pair_of_mfu_and_goodput_covers_the_runs_that_it_is_about(row, goodput):
    products = np.outer(quantiles_of("mfu", row), quantiles_of("goodput", goodput)).ravel()
    assert coverage("mfu", row, products) >= MIN_COVERAGE


@pytest.mark.parametrize("row", [row for quantity, row in SUBJECTS if quantity == "effective_utilisation"])
def test_every_named_utilisation_covers_the_runs_that_it_is_about(row):
    assert coverage("effective_utilisation", row, quantiles_of("effective_utilisation", row)) >= MIN_COVERAGE


@pytest.mark.parametrize("quantity", ["mfu", "effective_utilisation"])
def test_every_other_row_states_what_was_measured_on_one_run(quantity):
    for row in set(library.rows_of(quantity)) - {row for of, row in SUBJECTS if of == quantity}:
        low, high = quantiles_of(quantity, row, (0.025, 0.975))
        assert high <= SINGLE_RUN_RATIO * low, row


def test_a_pair_that_is_too_narrow_fails():
    assert coverage("mfu", "dense-h100", np.linspace(0.36, 0.54, 100) * 0.93) < MIN_COVERAGE


@pytest.mark.parametrize("path", public_path.PATHS)
def test_what_users_start_from_covers_the_runs_of_hopper_and_later(path):
    observations = utilisation.observations(RUNS)
    keep = predictions.observation_filter("family")
    late = tuple(run for run in RUNS if is_late(run))
    cases = public_path.predict_public_paths([path], late, observations, keep)[path]
    scores, scored = score_cases(cases), {case.case for case in cases}
    by_model = predictions.predict_chip_hours(late, observations, keep, predictions.fit_calibrated)
    model = score_cases([case for case in by_model if case.case in scored])
    assert scores.n >= 15
    assert scores.coverage["95"] >= MIN_COVERAGE
    assert scores.crps <= model.crps + 0.002  # Monte Carlo error of 2,000 draws


@pytest.mark.parametrize("organisation", ORGANISATIONS)
@pytest.mark.parametrize("tier", ["small-medium", "large", "cutting-edge"])
def test_tiers_with_organisations_keep_the_posterior(tier, organisation):
    inputs = open_source({"extends": [tier, organisation]}).scenario.inputs
    assert inputs["mfu"].specification == public_path.POSTERIOR
    goodput = inputs["goodput" if "goodput" in inputs else "reference_goodput"]
    assert goodput.specification == public_path.POSTERIOR


def test_the_template_takes_the_posterior():
    base = public_path.scenario_base(public_path.TEMPLATE)
    assert base["mfu"] == base["goodput"] == public_path.POSTERIOR
