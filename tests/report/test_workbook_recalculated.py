"""LibreOffice recalculates workbooks: every quantity is that of Python, before and after inputs are changed."""

import subprocess
from dataclasses import dataclass, replace

import numpy as np
import openpyxl
import paths
import programs
import pytest

from simulator.distributions import Constant
from simulator.engine.simulate import point_estimate, simulate
from simulator.io.run_summary import summarize_run
from simulator.report.workbook import result_workbook, subject_of
from simulator.report.workbook.live import LiveModel, live_model, median_values
from simulator.scenario import open_scenario
from simulator.scenario.variants import open_variant

PROGRAMME = """title: A programme
extends: [large, tech-company, whole-life]
basis: purchased
money: 2026 EUR
rates: {EUR: 0.9}
schedule:
  build: {duration: 3 to 9 month, lines: [chip_purchase]}
  final_run: {}
  serving: {duration: 18 to 40 month}
"""
WHOLE_LIFE = "title: A whole life\nextends: [small-medium, startup, whole-life]\nbudget: 20e6 USD\n"
CASES = ("gpt-4", "llama-3.1-405b", "startup", "whole life", "programme")
CHANGES = (1.25, 0.8, 1.1)
"""Factors of the three inputs that are changed."""
PRECISION = 1e-9
DRAWS = 300


@dataclass
class Case:
    """A workbook, the factors by which inputs are changed in it, and what LibreOffice computed before and after."""

    model: LiveModel
    factors: dict
    before: object = None
    after: object = None


def open_case(name, folder):
    texts = {"whole life": WHOLE_LIFE, "programme": PROGRAMME}
    if name in texts:
        path = folder / f"{name}.yaml"
        path.write_text(texts[name], encoding="utf-8")
        return open_scenario(str(path))
    if name == "startup":
        return open_scenario(str(paths.ROOT / "reports" / "startup-7b.yaml"))
    return open_variant(name)


def changed_scenario(scenario, factors):
    """Return a scenario with inputs at their median times a factor."""
    changed = {
        name: replace(scenario.inputs[name], distribution=Constant(scenario.inputs[name].distribution.quantile(0.5) * factor))
        for name, factor in factors.items()
    }
    return replace(scenario, inputs={**scenario.inputs, **changed}, point=None)


def inputs_that_matter(scenario):
    """Return three priors whose change changes the total."""
    base = point_estimate(replace(scenario, point=None))
    found = []
    for name in sorted(scenario.plan.inputs, key=lambda name: (scenario.inputs[name].role != "prior", name)):
        if abs(point_estimate(changed_scenario(scenario, {name: 1.1})) / base - 1) > 1e-3:
            found.append(name)
        if len(found) == len(CHANGES):
            break
    return dict(zip(found, CHANGES, strict=True))


def cell_of(book, name):
    ((sheet, place),) = book.defined_names[name].destinations
    return book[sheet][place]


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """All workbooks, opened and recalculated by one LibreOffice, since it takes seconds to start."""
    office = programs.program("office")
    folder = tmp_path_factory.mktemp("workbooks")
    cases, written = {}, []
    for name in CASES:
        opened = open_case(name, folder)
        scenario = opened.scenario
        model = live_model(scenario)
        summary = summarize_run(simulate(scenario, DRAWS))
        content = result_workbook(summary, [subject_of(opened if name == "gpt-4" else scenario)])
        cases[name] = Case(model, inputs_that_matter(scenario))
        for state, factors in (("before", {}), ("after", cases[name].factors)):
            path = folder / f"{name} {state}.xlsx"
            path.write_bytes(content)
            book = openpyxl.load_workbook(path)
            for quantity, factor in factors.items():
                cell_of(book, model.edited_names[quantity]).value *= factor
            book.save(path)  # without the values of formulas, so that all are computed
            assert cell_of(openpyxl.load_workbook(path, data_only=True), model.names["total_cost"]).value is None
            written.append(path)
    profile = (folder / "profile").as_uri()
    results = folder / "recalculated"
    command = [office, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML"]
    subprocess.run([*command, "--outdir", results, *written], check=True, capture_output=True, timeout=300)
    for name, case in cases.items():
        for state in ("before", "after"):
            setattr(case, state, openpyxl.load_workbook(results / f"{name} {state}.xlsx", data_only=True))
    return cases


@pytest.mark.parametrize("state", ["before", "after"])
@pytest.mark.parametrize("name", CASES)
def test_every_quantity_is_that_of_the_point_estimate(cases, name, state):
    case = cases[name]
    scenario = case.model.scenario if state == "before" else changed_scenario(case.model.scenario, case.factors)
    expected, book = median_values(scenario), getattr(case, state)
    for quantity, value in expected.items():
        if quantity in case.model.names:
            computed = cell_of(book, case.model.names[quantity]).value
            assert computed == pytest.approx(value, rel=PRECISION, abs=1e-12), quantity
    assert expected["total_cost"] == point_estimate(replace(scenario, point=None))


@pytest.mark.parametrize("name", CASES)
def test_changed_inputs_change_the_summary(cases, name):
    case = cases[name]
    before, after = (
        {row[0]: row[1] for row in book["Summary"].iter_rows(values_only=True) if row[0]} for book in (case.before, case.after)
    )
    now = "Now, with the inputs of this workbook"
    assert (before["Inputs changed"], after["Inputs changed"]) == (0, 3)
    assert before["Change"] == pytest.approx(0, abs=1e-9 * before[now])
    assert after["As reported"] == pytest.approx(before[now], rel=PRECISION)
    assert after["Change"] == pytest.approx(after[now] - before[now], rel=1e-6)
    assert abs(after[now] / before[now] - 1) > 1e-3
    assert after["Total cost"] == pytest.approx(after[now], rel=PRECISION)
    assert after["P80"] == before["P80"]  # from draws


@pytest.mark.parametrize("name", CASES)
def test_no_cell_is_an_error(cases, name):
    for book in (cases[name].before, cases[name].after):
        for sheet in book:
            for row in sheet.iter_rows():
                for cell in row:
                    assert cell.data_type != "e", f"{sheet.title}!{cell.coordinate}: {cell.value}"


def test_sheets_add_up_when_recalculated(cases):
    rows = list(cases["gpt-4"].after["Cash flow"].iter_rows(min_row=5, values_only=True))
    months, end = [row for row in rows if str(row[0]).isdecimal()], next(row for row in rows if row[0] == "Sum")
    for column in range(1, len([cell for cell in end if cell is not None])):
        assert end[column] == pytest.approx(np.sum([row[column] for row in months]), rel=1e-9)
    scenarios = {row[0]: row for row in cases["gpt-4"].after["Scenarios"].iter_rows(min_row=5, values_only=True)}
    total = cell_of(cases["gpt-4"].after, "total_cost").value
    assert scenarios["GPT-4"][2] == pytest.approx(total, rel=PRECISION)
    doubled = scenarios["Chip price double"]
    assert doubled[3] == pytest.approx(doubled[2] - total, rel=1e-6)
