"""A study as data."""

from plans import CORRELATED_SUM

from simulator.analysis.sensitivity import as_json, rank_drivers
from simulator.core.results import json_text


def test_the_same_run_gives_the_same_bytes(read_plan):
    scenario = read_plan(CORRELATED_SUM)
    first, second = (json_text(as_json(rank_drivers(scenario, 5000, seed=9))) for _ in range(2))
    assert first == second
