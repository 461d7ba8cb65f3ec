"""What users start from, scored: scenarios with chip, parameters and tokens, whose utilisation comes from the library."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simulator.core.errors import InvalidInputError
from simulator.engine.scenario import Scenario
from simulator.engine.simulate import simulate
from simulator.evidence.calibration import draws
from simulator.evidence.calibration.design import FittedModel, Observation
from simulator.evidence.calibration.linear import Array
from simulator.evidence.calibration.student import Sample
from simulator.evidence.predictions import Case, ObservationFilter, fit_calibrated, fits, run_groups
from simulator.evidence.published_runs import PublishedRun
from simulator.scenario import posteriors
from simulator.scenario.overrides import open_source
from simulator.scenario.template import scenario_template
from simulator.scenario.text import parse

HOURS = "final_run_chip_hours"
POSTERIOR = "posterior/utilisation"
PRESETS = ("training-run", "small-medium", "large", "cutting-edge")
TEMPLATE = "template"
PATHS = (*PRESETS, TEMPLATE)
"""What a run is predicted with: presets, and the file that `llmcost new` writes."""
DRAWS = 2000
_RENTED = {"basis": "rented", "rental_price": "1 USD/chip/hour"}
"""No hours depend on a price; this one stands for those of chips that the library has none for."""


def predict_public_paths(
    paths: Sequence[str], runs: Sequence[PublishedRun], observations: Sequence[Observation], keep: ObservationFilter
) -> dict[str, list[Case]]:
    """Predict chip-hours by each path, with a posterior of utilisation that is fitted to the observations that are kept.

    A run whose training state does not fit the chips of a preset is not of its kind, and is left out.
    """
    bases = {path: scenario_base(path) for path in paths}
    cases: dict[str, list[Case]] = {path: [] for path in paths}
    for run, table in fits(runs, observations, keep, _posterior_text, lambda run: run.tests_hours):
        with posteriors.substituted(POSTERIOR, table):
            for path, base in bases.items():
                case = predict_with_scenario(base, run, runs)
                if case is not None:
                    cases[path].append(case)
    return cases


def scenario_base(path: str) -> Mapping[str, Any]:
    """Return the scenario of a path, without what is stated of one run."""
    if path != TEMPLATE:
        return {"extends": path, **_RENTED}
    plain: dict[str, Any] = parse(scenario_template("ours.yaml"), "ours.yaml").plain()
    return {key: value for key, value in plain.items() if key != "budget"}


def predict_with_scenario(base: Mapping[str, Any], run: PublishedRun, runs: Sequence[PublishedRun]) -> Case | None:
    """Predict the chip-hours of a run with chip, parameters and tokens in a scenario; None if it does not fit the chips."""
    known = {
        "chip": run.chip,
        "total_parameters": f"{run.total_parameters or run.active_parameters:g} parameter",
        "active_parameters": f"{run.active_parameters:g} parameter",
        "training_tokens": f"{run.tokens:g} token",
    }
    try:
        scenario = open_source({**base, **known}).scenario
    except InvalidInputError as error:
        if any("training state" in issue.message for issue in error.issues):
            return None
        raise
    assert run.chip_hours is not None
    return Case(run.case, run.date, run_groups(run, runs), Sample(_log_hours(scenario)), run.chip_hours)


def _log_hours(scenario: Scenario) -> Array:
    result = simulate(scenario, draws=DRAWS, seed=0, keep=(HOURS,))
    return np.log(result.retained_draws[HOURS])


def _posterior_text(observations: Sequence[Observation]) -> str:
    """Return the table of draws that a calibration to the observations writes."""
    return format_posterior(fit_calibrated(observations), observations)


def format_posterior(model: FittedModel, observations: Sequence[Observation]) -> str:
    """Return a fit as the text of a posterior of the library."""
    newest = max(each.date for each in observations)
    header = [("date", f"{int(newest)}"), ("source", "published runs"), *draws.evidence_facts("utilisation", observations)]
    return draws.format_table("utilisation", draws.build_columns("utilisation", model), header)
