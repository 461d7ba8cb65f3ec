"""Costs are compared with predictions only where they are of the run alone."""

from simulator.evidence import predictions
from simulator.evidence.calibration import utilisation


def test_a_cost_with_experiments_inside_is_not_predicted():
    evidence = predictions.library_evidence()
    observations = utilisation.observations(evidence.runs)
    cases = predictions.predict_dollars(evidence.runs, observations, evidence.prices, "run")
    assert {case.case for case in cases} == {"mosaic-gpt3-quality-30b-quote", "smollm2-1.7b"}
    (bloom,) = (run for run in evidence.runs if run.case == "bloom-176b")
    assert bloom.cost_scope == "with experiments"
    assert bloom.cost_low
