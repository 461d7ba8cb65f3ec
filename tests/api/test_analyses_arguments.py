"""Arguments of the analyses: forms that are accepted, and one clear error for what is not."""

import datetime
import inspect

import numpy as np
import pytest

import llmcost

ANALYSES = {
    "backtest": (),
    "budget": ("gpt-4",),
    "calibrate": (),
    "cashflow": ("gpt-4",),
    "compare": ("gpt-4", "gpt-3"),
    "figure": ("s-curve", "gpt-4"),
    "forecast": (
        {"extends": "gpt-4", "actuals": {"rows": [{"month": 1, "line": "staff_cost", "amount": 1e6}], "missing": "zero"}},
    ),
    "joint": ("gpt-4",),
    "levers": ("gpt-4",),
    "portfolio": ("gpt-4", "gpt-3"),
    "rent_or_buy": ("gpt-4",),
    "report": ("gpt-4",),
    "reverse_stress": ("gpt-4", "total_cost > 130e6"),
    "reweight": ("gpt-4", "chip_price=12000 to 20000"),
    "sensitivity": ("gpt-4",),
    "stress": ("gpt-4",),
    "sweep": ({"extends": "gpt-4", "grid": {"chips": [16000]}},),
    "trend": (),
    "value_of_information": ("gpt-4",),
    "vary_one_at_a_time": ("gpt-4",),
}
"""Each analysis, with arguments that are valid."""

WRONG = {
    "accounts": [3, {"Payroll": 3}, {"Payroll": "nothing"}],
    "actuals": [3, "nowhere.csv", [3], {"month": 1}, [{"month": 1}], []],
    "budget": ["lots", "3 hour", -1],
    "condition": [3, "total_cost", "total_cost > lots", "nothing > 3"],
    "correlation": ["all", None, 1],
    "combinations": ["A+B", 3, [["chip-price-double"]], [3], ["none+nothing"]],
    "cost": ["lots", "3 hour", -1, np.nan, True, []],
    "date": ["soon", "3 USD", -1, "2026-13-01", []],
    "draws": [1.5, "many", True, -1, np.nan, np.inf, 0, None, [], 1e12],
    "evidence": ["nowhere.csv", 3, b"x"],
    "folder": ["/proc/none/here", 3],
    "folds": ["none", 3, [], [3]],
    "format": ["pdf", None],
    "formulas": [3, ["text"]],
    "idle_cost": ["some", 0, -1, 1, None, True],
    "inputs": [3, "nothing", [3]],
    "interval": [0, 1, 2e3, "most", None, True, np.nan],
    "kind": ["pie", 3],
    "level": [0, 1, "most", None, np.nan],
    "latest": ["soon"],
    "levels": [0, "most", None, [0.5, "x"], [None], 1.5e3],
    "measures": ["all", 3, [], [3]],
    "missing": ["maybe", 3],
    "method": ["guess", None, 3],
    "model": ["weather", None],
    "names": [3, "one", [3], ["one", "two", "three"]],
    "of": ["chip_price", "nothing", 3],
    "output": ["result.txt", 3, "/none/here.svg"],
    "horizon": ["soon", -1, 0, np.nan, True],
    "period": ["week", 3, None],
    "progress": [3, "yes"],
    "rate": ["x", -0.1, 1, 8, None],
    "rates": [3, {"EURO": 1}, {"EUR": "x"}, {"USD": 2}],
    "rent_or_buy": ["no", 1],
    "resume": ["no", True],
    "robust": ["no", 1],
    "saved": ["nowhere.nc", 3],
    "seed": [-1, 0.5, "x", None, True, 2**64],
    "shocks": ["none-such", 3, [3]],
    "since": ["then", 1500, np.nan, True],
    "start": ["soon", "2027", "2027-13", "2027-02-30", 3],
    "threads": [0, -1, "x", 0.5],
    "threshold": ["lots", 0, -1, np.nan],
    "through": ["soon", "2027-13", 0, -1],
    "as_of": ["soon", "2027-13", 0, -1, "3"],
    "tolerance": ["x", 0, -1, 1, None],
    "until": ["then", 1500, None],
    "view": ["both", None],
    "when": ["total_cost > 1e6"],
    "width": ["89", "wide", 0, True, np.nan, [], "1 mm"],
    "height": ["89", "high", 0, True, np.nan, "5 mm"],
    "font_size": [0, 99, "x", True, np.nan],
    "grey": ["no", 1],
    "dpi": [0, 5, "x", 1e9, np.nan],
}
"""Values that are wrong for every analysis with that argument."""

NO_SCENARIO = [3, None, "none-such", "nowhere.yaml", {}, {"extends": "none-such"}, [], b"gpt-4"]
SCENARIO_ARGUMENTS = {"source", "sources", "grid"}


def wrong_arguments():
    for name in ANALYSES:
        for parameter in inspect.signature(getattr(llmcost, name)).parameters.values():
            for value in (each for each in WRONG.get(parameter.name, ()) if each is not parameter.default):
                yield pytest.param(name, parameter.name, value, id=f"{name}-{parameter.name}-{value!r}")


def call(name, parameter, value):
    """Call an analysis with its valid arguments and another value for one parameter."""
    function, arguments = getattr(llmcost, name), ANALYSES[name]
    places = [
        each for each, kind in inspect.signature(function).parameters.items() if kind.kind.name == "POSITIONAL_OR_KEYWORD"
    ]
    if parameter in places[: len(arguments)]:
        place = places.index(parameter)
        return function(*arguments[:place], value, *arguments[place + 1 :])
    return function(*arguments, **{parameter: value})


@pytest.mark.parametrize(("name", "parameter", "value"), list(wrong_arguments()))
def test_a_wrong_argument_raises_one_clear_error(name, parameter, value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(llmcost.LlmcostError) as error:
        call(name, parameter, value)
    message = str(error.value)
    assert 10 < len(message) < 700
    assert list(tmp_path.iterdir()) == []


def test_every_argument_is_tried():
    """A parameter without wrong values would be one that nobody has thought about."""
    parameters = (
        {parameter for name in ANALYSES for parameter in inspect.signature(getattr(llmcost, name)).parameters}
        - SCENARIO_ARGUMENTS
        - {"changes"}
    )
    assert parameters - WRONG.keys() == set()


@pytest.mark.parametrize("source", NO_SCENARIO, ids=repr)
@pytest.mark.parametrize(
    "name", [name for name in ANALYSES if SCENARIO_ARGUMENTS & set(inspect.signature(getattr(llmcost, name)).parameters)]
)
def test_what_is_no_scenario_raises_one_clear_error(name, source):
    arguments = list(ANALYSES[name])
    place = 1 if name == "figure" else 0
    arguments[place] = source
    with pytest.raises(llmcost.LlmcostError):
        getattr(llmcost, name)(*arguments)


@pytest.mark.parametrize("changes", ["nothing", "none=3", 3, [], {}, [3], {"none": 3}, {"chip_price": None}, "chip_price=5"])
def test_changes_that_cannot_be_reweighted_raise_one_clear_error(changes):
    with pytest.raises(llmcost.LlmcostError):
        llmcost.reweight("gpt-4", changes, draws=2000)


@pytest.mark.parametrize("name", ["levers", "stress", "reweight", "rent_or_buy", "report"])
def test_a_scenario_that_cannot_be_varied_says_what_to_pass(name):
    scenario = llmcost.read("gpt-4")
    with pytest.raises(llmcost.UnsupportedError, match="pass its name"):
        getattr(llmcost, name)(scenario, *ANALYSES[name][1:])


@pytest.mark.parametrize("draws", [2e3, np.float64(2000), np.int32(2000), 2000])
def test_numbers_of_draws_in_any_form_are_the_same(draws):
    assert llmcost.budget("gpt-4", draws=draws).to_dict() == llmcost.budget("gpt-4", draws=2000).to_dict()


def test_a_scenario_in_any_form_gives_the_same_numbers(tmp_path):
    path = tmp_path / "ours.yaml"
    path.write_text("extends: gpt-4\n", encoding="utf-8")
    forms = [path, str(path), {"extends": "gpt-4"}, llmcost.open_scenario("gpt-4"), llmcost.read("gpt-4"), "gpt-4"]
    totals = [llmcost.budget(form, draws=2000).total for form in forms]
    assert all(total == totals[0] for total in totals)


def test_levels_in_any_form_are_the_same():
    plans = [
        llmcost.budget("gpt-4", levels=levels, draws=2000).contingency for levels in (0.85, 85, "85%", ["85%"], np.array([85]))
    ]
    assert all(plan == plans[0] for plan in plans)
    assert len(plans[0]) == 5


def test_names_label_what_they_are_given_for(tmp_path):
    comparison = llmcost.compare("gpt-4", {"extends": "gpt-4", "basis": "rented"}, names=["owned", "rented"], draws=2000)
    assert [each.name for each in comparison.scenarios] == ["owned", "rented"]
    rented = llmcost.open_scenario("gpt-4", basis="rented")
    own = llmcost.compare("gpt-4", "gpt-4", rented, draws=2000)
    assert [each.name for each in own.scenarios] == ["gpt-4 (1)", "gpt-4 (2)", "gpt-4:basis=rented"]


def test_dates_are_shown_as_they_are_written():
    shown = [
        llmcost.report("gpt-3", "gpt-4", date=date, draws=1000).date
        for date in ("2026-11-21", datetime.date(2026, 11, 21), None)
    ]
    assert shown == ["2026-11-21", "2026-11-21", ""]


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("backtest", {"folds": "forward"}),
        ("budget", {"draws": 2000}),
        ("cashflow", {"draws": 2000}),
        ("compare", {"draws": 2000}),
        ("joint", {"draws": 2000}),
        ("levers", {"draws": 2000, "names": ["newer-chips", "few-shot"]}),
        ("portfolio", {"draws": 2000}),
        ("rent_or_buy", {"draws": 2000}),
        ("reverse_stress", {"draws": 2000}),
        ("reweight", {"draws": 2000}),
        ("sensitivity", {"draws": 2000, "measures": "draws"}),
        ("stress", {"draws": 2000, "shocks": "chip-price-double"}),
        ("sweep", {"draws": 2000}),
        ("value_of_information", {"draws": 2000}),
        ("vary_one_at_a_time", {"draws": 2000}),
    ],
)
def test_progress_is_reported_and_has_no_effect(name, more):
    reports = []
    arguments = ANALYSES[name]
    if name == "cashflow":
        arguments = (
            {"extends": "gpt-4", "schedule": {"data": {"duration": "2 month"}, "final_run": {"lines": ["chip_cost"]}}},
        )
    with_progress = getattr(llmcost, name)(*arguments, progress=lambda done, total: reports.append((done, total)), **more)
    assert reports
    assert all(0 <= done <= total for done, total in reports)
    assert with_progress.to_dict() == getattr(llmcost, name)(*arguments, **more).to_dict()
