"""Expression trees in the languages of a browser and of a spreadsheet."""

import json

import numpy as np
import programs
import pytest

from simulator import model
from simulator.engine.compile.expressions import Number, evaluate, operation, trace
from simulator.engine.compile.javascript import javascript_kernel
from simulator.engine.compile.program import compile_formula
from simulator.engine.compile.spreadsheet import spreadsheet_formula, spreadsheet_names
from simulator.model.serving.replicas import HOURLY, replica_formulas

NAMES = {"x": "x", "y": "y"}


@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (lambda x, y: x + y * 2, "x+y*2"),
        (lambda x, y: (x + y) * 2, "(x+y)*2"),
        (lambda x, y: x - (y - 1), "x-(y-1)"),
        (lambda x, y: x / (y * 2), "x/(y*2)"),
        (lambda x, y: (-x) ** 2 - y, "POWER((-(x)),2)-y"),
        (lambda x, y: np.where(x > y, np.exp(x), -0.5), "IF(x>y,EXP(x),(-0.5))"),
        (lambda x, y: np.maximum(x, 0) - np.minimum(y, 1e-7), "MAX(x,0)-MIN(y,1E-07)"),
        (lambda x, y: np.ceil(x) + np.floor(y), "(-INT(-(x)))+INT(y)"),
        (lambda x, y: (x == y) * (x != 1), "(x=y)*(x<>1)"),
    ],
)
def test_a_spreadsheet_formula_by_hand(function, formula):
    assert spreadsheet_formula(trace(function, ("x", "y")), NAMES) == formula


def test_a_formula_of_many_parts_fits_into_cells():
    """A cell of a spreadsheet holds 8,192 characters."""
    (formula, *_) = replica_formulas(HOURLY)
    steps = compile_formula(formula)
    names = {need: need for step in steps for need in step.needs}
    assert sum(len(spreadsheet_formula(step.expression, names)) for step in steps) > 8192
    assert max(len(spreadsheet_formula(step.expression, names)) for step in steps) < 4096


def test_defined_names_are_valid_and_differ():
    quantities = [
        "team.fte",
        "team fte",
        "FP8",
        "R1C1",
        "true",
        "c",
        "chip price before shock/x",
        "2nd",
        "Team_fte",
        "wall_clock",
    ]
    names = list(spreadsheet_names(quantities).values())
    assert names[:4] == ["team_fte", "team_fte_2", "FP8_", "R1C1_"]
    assert len({name.casefold() for name in names}) == len(quantities)
    assert not any(name.casefold() in ("true", "c", "r") or name[0].isdigit() for name in names)


def test_a_kernel_by_hand():
    source, needs = javascript_kernel(trace(lambda x, y: x * y - 1, ("price", "count")))
    assert source == "(n,o,a0,a1)=>{for(let i=0;i<n;i++)o[i]=((a0[i]*a1[i])-1)}"
    assert needs == ("price", "count")
    other, _ = javascript_kernel(trace(lambda x, y: x * y - 1, ("energy", "tariff")))
    assert other == source  # the same shape has the same function


def kernels():
    for formula in model.every_graph().formulas.values():
        yield from ((formula.name, step.expression) for step in compile_formula(formula))
    yield "expm1", trace(lambda x: np.expm1(x - 1) + np.log1p(x) + np.sqrt(x), ("x",))
    yield "logic", trace(lambda x, y: np.where((x > 1) & ~(y > 2) | (x != 1), abs(x - y), 2), ("x", "y"))
    yield "constant", operation("divide", Number(1.0), Number(0.0))


@pytest.fixture(scope="module")
def tab():
    path = programs.program("browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        instance = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield instance.new_page()
        instance.close()


def test_every_formula_of_the_library_is_the_same_in_a_browser(tab):
    rng, jobs, expected = np.random.default_rng(0), [], []
    for name, expression in kernels():
        source, needs = javascript_kernel(expression)
        points = {need: np.exp(rng.uniform(-3, 3, 40)) for need in needs}
        jobs.append([source, [points[need].tolist() for need in needs]])
        expected.append((name, np.broadcast_to(evaluate(expression, points), 40)))
    script = "jobs => JSON.parse(jobs).map(([source, values]) => { const o = new Float64Array(40); eval(source)(40, o, ...values); return [...o].map(String); })"  # noqa: E501
    found = tab.evaluate(script, json.dumps(jobs))
    assert len(found) > 150
    for (name, numbers), texts in zip(expected, found, strict=True):
        given = np.array([float(text.replace("Infinity", "inf")) for text in texts])
        np.testing.assert_allclose(given, numbers, rtol=1e-12, equal_nan=True, err_msg=name)
