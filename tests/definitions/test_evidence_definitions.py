"""Figures of the backtest and the calibration of serving: each number has an entry, and tables print figures of their labels.

That scores are what their definitions say is tested on the predictions themselves, in `tests/evidence/`.
"""

import pytest
from definitions.figures import figures_of
from definitions.result_types import number_paths
from definitions.tables import cells_of, notes_of, prints

from simulator.cli.command import Answer
from simulator.cli.serving_pages import backtest_page, calibration_page
from simulator.core.results import Header
from simulator.definitions import EVIDENCE, definitions_of, serving
from simulator.evidence.calibration.summary import FittedEffect
from simulator.evidence.scores import PredictedValue
from simulator.evidence.serving.backtest import ServingBacktest
from simulator.evidence.serving.calibration import ServingCalibration
from simulator.evidence.serving.fleets import FleetCase
from simulator.evidence.serving.scores import ServedCase, ServingScores, SweepScores

TENTHS = (0.05, 0.15, *[0.1] * 8)


def scores(start):
    """Scores whose figures all differ."""
    cases = (ServedCase(f"case {start}", "a", PredictedValue(start + 1.5, start + 2.5, start + 3.5), start + 2.75, 0.61),)
    numbers = {"n": start + 4, "sweeps": start + 5, "pit_histogram": TENTHS}
    coverage = {"50": 0.46, "80": 0.77, "90": 0.88, "95": 0.94}
    simpler = SweepScores(crps=start + 0.321, sharpness=start + 6.5, coverage=dict.fromkeys(coverage, 0.31), **numbers)
    return ServingScores(
        crps=start + 0.123, sharpness=start + 7.5, coverage=coverage, cases=cases, baselines={"eight logs": simpler}, **numbers
    )


def targets(start):
    return {"tokens_per_second_per_chip": scores(start), "tpot": scores(start + 20), "ttft": scores(start + 40)}


BACKTEST = ServingBacktest(
    header=Header(version="1"), targets=targets(100), later=targets(200), chips=targets(300), models=None,
    fleets=(FleetCase("fleet", "nodes", 226.75, PredictedValue(150.0, 240.0, 380.0), 1.0584, is_inside=True),),
)  # fmt: skip
CALIBRATION = ServingCalibration(
    header=Header(seed=7, version="1"), observations=1950, sweeps=146, own=4, until="2026-06", sigma={"tpot": 0.05},
    effects=(FittedEffect("bandwidth_use", 0.71, 0.62, 0.83),), coverage_95={"tpot": 0.953}, crps={"tpot": 0.166}, fit=None,
)  # fmt: skip
ANSWERS = {
    serving.BACKTEST: Answer(BACKTEST, lambda: backtest_page(BACKTEST, with_cases=True)),
    serving.CALIBRATION: Answer(CALIBRATION, lambda: calibration_page(CALIBRATION, ())),
}
NAMES = {serving.BACKTEST: {"what", "how", "model", "case", "fleet", "figure"}, serving.CALIBRATION: {"effect"}}
"""Columns without numbers."""
each_output = pytest.mark.parametrize("output", ANSWERS)


def is_labelled(cell, label):
    """Whether a cell stands under a label; a label of one part is a header or in a note, and no part of a title."""
    return (cell if " | " in label else cell._replace(title="")).has_label(label)


def paths_of(output):
    return {each.path for each in definitions_of(output)}


@each_output
def test_every_number_of_the_result_has_an_entry_and_no_other(output):
    assert number_paths(type(ANSWERS[output].result)) - paths_of(output) == set(serving.NO_DRAWS[output])
    assert paths_of(output) - number_paths(type(ANSWERS[output].result)) == {"schema"}
    found = {figure.path for figure in figures_of(ANSWERS[output].result.to_dict(), paths_of(output))}
    assert found <= paths_of(output)


@each_output
def test_every_number_of_a_table_is_a_figure_of_its_label(output):
    values = {}
    for figure in figures_of(ANSWERS[output].result.to_dict(), paths_of(output)):
        values.setdefault(figure.path, []).append(figure.value)
    names, wrong = set(), []
    for cell in [*cells_of(ANSWERS[output]), *notes_of(ANSWERS[output])]:
        entries = [each for each in definitions_of(output) if is_labelled(cell, each.label)]
        if cell.title and not entries:
            names.add(cell.column)
        candidates = [value for each in entries for value in values.get(each.path, ())]
        if entries:
            numbers = cell._replace(text=cell.text.replace(CALIBRATION.until, "")).numbers
            wrong += [(cell, number) for number in numbers if not any(prints(number, each) for each in candidates)]
    assert names == NAMES[output]
    assert wrong == []


@each_output
def test_every_label_is_printed(output):
    cells = [*cells_of(ANSWERS[output]), *notes_of(ANSWERS[output])]
    labels = {each.label for each in definitions_of(output) if each.label}
    assert {label for label in labels if not any(is_labelled(cell, label) for cell in cells)} == set()


def test_entries_are_of_these_outputs():
    assert {each.output for each in EVIDENCE} == set(ANSWERS)
