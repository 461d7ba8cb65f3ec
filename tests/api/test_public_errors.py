"""Wrong calls: each raises one `LlmcostError` with one line that names the argument and says what is wrong."""

import datetime
from decimal import Decimal

import numpy as np
import pytest

import llmcost

BASE = {"extends": "llama-3.1-405b"}


@pytest.fixture(scope="module")
def result():
    return llmcost.run("gpt-4", draws=1000)


SCENARIOS = {
    "a misspelt name": (lambda: llmcost.read("gpt4"), "gpt4: no such scenario; did you mean 'gpt-4'?"),
    "no file": (lambda: llmcost.read("ours.yaml"), "ours.yaml: there is no such file"),
    "a number": (lambda: llmcost.run(3), "a built-in name, a path, a mapping"),
    "nothing": (lambda: llmcost.open_scenario(None), "a built-in name, a path, a mapping"),
    "bytes": (lambda: llmcost.run(b"gpt-4"), "a built-in name, a path, a mapping"),
    "a result": (lambda: llmcost.run(llmcost.run("gpt-3", draws=100)), "a built-in name, a path, a mapping"),
    "a scenario to vary": (lambda: llmcost.open_scenario(llmcost.read("gpt-4")), "cannot be varied"),
    "an empty mapping": (lambda: llmcost.read({}), "<dict>: is empty"),
    "a base that does not exist": (lambda: llmcost.read({"extends": "gpt4"}), "<dict>: extends: no such scenario"),
    "a misspelt quantity": (lambda: llmcost.read({**BASE, "mfuu": 0.4}), "<dict>: mfuu: there is no such quantity"),
    "a value outside": (lambda: llmcost.read({**BASE, "mfu": 1.4}), "<dict>: mfu: '1.4' lies outside"),
    "text that is no value": (lambda: llmcost.read({**BASE, "mfu": "much !"}), "<dict>: mfu: 'much !' is not a number"),
    "a list": (lambda: llmcost.read({**BASE, "mfu": [0.3, 0.4]}), "<dict>: mfu: must be a value or a mapping"),
    "a list from Python": (
        lambda: llmcost.read({**BASE, "chip_price": [1e4, 2e4]}),
        "observed values are `np.array([...])`, a range is `between(low, high)`",
    ),
    "a prior under value": (
        lambda: llmcost.read({**BASE, "mfu": {"value": llmcost.between(0.3, 0.4)}}),
        "<dict>: mfu.value: between(low=0.3, high=0.4) is a prior, not a number: write it in place of the mapping",
    ),
    "a boolean": (lambda: llmcost.read({**BASE, "mfu": True}), "<dict>: mfu: True is no value"),
    "None in a mapping": (lambda: llmcost.read({**BASE, "mfu": None}), "<dict>: mfu: None is no value; leave the key out"),
    "an object": (lambda: llmcost.read({**BASE, "mfu": object()}), "<dict>: mfu: <object"),
    "a class": (lambda: llmcost.read({**BASE, "mfu": llmcost.Normal}), "<dict>: mfu: <class"),
    "a key that is no text": (lambda: llmcost.read({**BASE, 3: 4}), "<dict>: a key must be text, not 3"),
    "not a number": (lambda: llmcost.read({**BASE, "mfu": np.nan}), "<dict>: mfu: 'nan' is not a finite number"),
    "an array of two dimensions": (
        lambda: llmcost.read({**BASE, "mfu": np.ones((2, 2))}),
        "<dict>: mfu: is an array of shape (2, 2)",
    ),
    "an empty array": (lambda: llmcost.read({**BASE, "mfu": np.array([])}), "<dict>: mfu: is an empty array"),
    "an array with nan": (lambda: llmcost.read({**BASE, "mfu": np.array([0.4, np.nan])}), "<dict>: mfu: has 1 of 2 values"),
    "an array of objects": (lambda: llmcost.read({**BASE, "mfu": np.array([None])}), "<dict>: mfu: is an array of object"),
    "an array as text": (lambda: llmcost.read({**BASE, "title": np.ones(2)}), "<dict>: title: must be plain text"),
    "a prior of the wrong unit": (
        lambda: llmcost.read({**BASE, "mfu": llmcost.between(2, 4, unit="USD")}),
        "<dict>: mfu: USD cannot be converted",
    ),
    "a deep value": (
        lambda: llmcost.read({**BASE, "mfu": {"lognormal": {"p5": "much !", "p95": 0.4}}}),
        "<dict>: mfu.lognormal.p5: 'much !' is not a number",
    ),
    "an invisible character": (
        lambda: llmcost.read({**BASE, "title": "a\u200bb"}),
        "<dict>: title: contains an invisible character",
    ),
}

OVERRIDES = {
    "sets": [
        (3, "sets: must be NAME=VALUE"),
        ("mfu", "sets: mfu: write NAME=VALUE"),
        ([3], "sets: must be NAME=VALUE"),
        ({3: 4}, "sets: a name must be text"),
        ({"mfu": "much !"}, "sets: mfu: 'much !' is not a number"),
        ({"extends": "gpt-3"}, "sets: extends: cannot be set"),
        ({"chip_price": llmcost.LogNormal}, "sets: chip_price: <class"),
        ({"chip_price": llmcost.LogNormal}, "it is a class: call it with the parameters of a prior"),
        ({"mfu": {}}, "sets: mfu: needs one distribution"),
    ],
    "levers": [
        ("nosuch", "levers: no lever 'nosuch'"),
        ([3], "levers: must be a name or several names, not 3"),
        (3, "levers: must be"),
    ],
    "shocks": [("nosuch", "shocks: no shock 'nosuch'"), (3, "shocks: must be a name or several names, not 3")],
    "basis": [("leased", "basis: 'leased' is not one of"), (3, "basis: must be owned, purchased or rented, not 3")],
    "budget": [
        (-3, "budget: '-3' must be a single amount above zero"),
        ("lots", "budget: 'lots' is not a number"),
        (True, "budget: must be an amount such as 12e6 or '10e6 EUR', not True"),
        (np.nan, "budget: 'nan' is not a finite number"),
        ([1], "budget: must be an amount"),
    ],
    "correlations": [
        (3, "correlations: must be a mapping such as"),
        ({"mfu": 0.5}, "correlations: 'mfu' must be a pair of names"),
        ({("mfu", "tdp"): 2}, "correlations: the rank correlation of mfu and tdp must be a number from -1 to 1"),
        ({("mfu", "tdp"): np.nan}, "correlations: the rank correlation of mfu and tdp"),
        ({("mfu", "tdp"): 0.1, ("tdp", "mfu"): 0.2}, "correlations: mfu and tdp are correlated twice"),
        ({("mfu", "mfu"): 0.5}, "correlations: mfu is correlated with itself"),
        ({("nosuch", "tdp"): 0.5}, "correlations: nosuch is not a prior here"),
    ],
    "formulas": [
        (3, "formulas: must be functions with units"),
        ([3], "formulas: must be functions"),
        (dict, "formulas: must be"),
        (lambda x: x, "formulas: formula <lambda>: <lambda> has no unit"),
    ],
}

RUNS = {
    "draws": [
        (0, "2 to 10,000,000,000, not 0"),
        (1.5, "not 1.5"),
        ("many", "not 'many'"),
        (True, "not True"),
        (np.nan, "not nan"),
        (np.inf, "not inf"),
        (None, "not None"),
        ([1], r"not [1]"),
        (1e11, "not 100000000000.0"),
    ],
    "seed": [(-1, "not -1"), (0.5, "not 0.5"), ("x", "not 'x'"), (2**63, "not 9223372036854775808")],
    "interval": [
        (0, "0 is no level"),
        (1, "1 can be read as 1% or as certainty"),
        ("wide", "'wide' is no level"),
        (None, "None is no level"),
    ],
    "threads": [(0, "1 to 1,024, not 0"), ("all", "not 'all'")],
    "method": [("nosuch", "one of random, sobol, lhs, not 'nosuch'"), (3, "not 3")],
    "keep": [("nosuch", "no quantity 'nosuch' in gpt-4"), (3, "must be names of quantities, not 3"), ([3], "must be names")],
    "precision": [(0, "a share between 0 and 1, such as 0.01, not 0"), ("x", "must be a finite number, not 'x'")],
    "precision_of": [(3, "must be names of quantities, not 3")],
    "exact": [("yes", "True or False, not 'yes'")],
    "integrate": [(3, "the name of an input"), ("nosuch", "'nosuch' cannot be integrated out")],
    "progress": [(3, "must be a function of the draws done and their total, not 3")],
}

PRIORS = {
    "quantiles in the wrong order": (lambda: llmcost.LogNormal(p5=4, p95=2), "LogNormal: lognormal needs increasing quantiles"),
    "too few parameters": (lambda: llmcost.Normal(3), "Normal: normal needs sd"),
    "the base class": (lambda: llmcost.Prior(), "Prior is the base class of all priors; use between(low, high), LogNormal"),
    "a unit that does not exist": (
        lambda: llmcost.between(1, 2, unit="USD/foo"),
        "between: unit: unknown unit foo in 'USD/foo'",
    ),
    "a unit of another word": (
        lambda: llmcost.Normal(3, 1, unit="USD/chipp"),
        "Normal: unit: unknown unit chipp in 'USD/chipp'; did you mean",
    ),
    "a unit that is no unit": (lambda: llmcost.Normal(3, 1, unit="a b"), "Normal: unit: 'a b' is no unit"),
    "no parameters": (lambda: llmcost.LogNormal(), "LogNormal: lognormal needs median, sigma"),
    "text for a number": (lambda: llmcost.LogNormal(p5="1", p95=2), "LogNormal: p5 must be a finite number, not '1'"),
    "a negative sd": (lambda: llmcost.Normal(3, -1), "Normal: normal needs sd above zero"),
    "a grade that does not exist": (lambda: llmcost.Normal(3, 1, grade="E"), "Normal: grade: 'E' is not one of"),
    "a date that is none": (lambda: llmcost.Normal(3, 1, date="soon"), "Normal: date: must be a date"),
    "a source that is none": (lambda: llmcost.Normal(3, 1, source=3), "Normal: source must be text or a Source, not 3"),
    "a unit that is no text": (lambda: llmcost.Normal(3, 1, unit=3), "Normal: unit must be text, not 3"),
    "one bound": (lambda: llmcost.Normal(3, 1, truncate=3), "Normal: truncate must be (low, high)"),
    "bounds that leave nothing": (lambda: llmcost.Normal(3, 1, truncate=(99, None)), "Normal: has no probability left"),
    "a range from high to low": (lambda: llmcost.between(4, 3), "between: '4.0 to 3.0' must go from low to high"),
    "a range of certainty": (lambda: llmcost.between(3, 4, 1), "between: interval: 1 can be read as"),
    "a range of text": (lambda: llmcost.between("a", 3), "between: low must be a finite number, not 'a'"),
    "one quantile": (lambda: llmcost.Quantiles({5: 1}), "Quantiles: needs two quantiles or more"),
    "quantiles that are none": (lambda: llmcost.Quantiles(3), "Quantiles: quantiles must be a mapping"),
    "a quantile twice": (lambda: llmcost.Quantiles({5: 1, 0.05: 2}), "Quantiles: 5% is there twice"),
    "weights beyond one": (lambda: llmcost.Mixture([(0.7, 0), (0.7, 1)]), "Mixture: needs weights above zero that add up to 1"),
    "a mixture of nothing": (lambda: llmcost.Mixture([]), "Mixture: needs two parts or more"),
    "a mixture of numbers": (lambda: llmcost.Mixture([1, 2]), "Mixture: needs a list of pairs (weight, prior), not 1"),
    "a part that is none": (
        lambda: llmcost.Mixture([(0.5, "a"), (0.5, 1)]),
        "Mixture: a part must be a finite number, not 'a'",
    ),
    "a choice of nothing": (lambda: llmcost.Choice({}), "Choice: needs two parts or more"),
    "a choice that is none": (lambda: llmcost.Choice(3), "Choice: alternatives must be a mapping"),
    "no data": (lambda: llmcost.Empirical([]), "Empirical: data: is an empty array"),
    "data that is no number": (lambda: llmcost.Empirical("abc"), "Empirical: data: is an array of"),
    "data that is one number": (lambda: llmcost.Empirical(3), "Empirical: data must be an array of numbers, not 3"),
    "a name of a row that is none": (lambda: llmcost.LibraryRow("x y"), "LibraryRow: from: must be a name"),
    "a row without its quantity": (
        lambda: llmcost.LibraryRow("us-2024").quantile(0.5),
        "LibraryRow(name='us-2024') depends on its quantity",
    ),
    "a row of another quantity": (
        lambda: llmcost.LibraryRow("us-2024").quantile(0.5, quantity="mfu"),
        "LibraryRow: the library has no row",
    ),
    "a fixed text": (lambda: llmcost.Fixed("a"), "Fixed: value must be a finite number, not 'a'"),
    "an error that is no prior": (lambda: llmcost.Fixed(1, times=2), "Fixed: times must be a prior, not 2"),
    "no probability": (lambda: llmcost.Normal(3, 1).quantile(0), "p: 0 is no level"),
    "no number of draws": (lambda: llmcost.Normal(3, 1).sample(0), "n must be a whole number from 1"),
    "a quantity that does not exist": (
        lambda: llmcost.Normal(3, 1).quantile(0.5, quantity="chipss"),
        "no quantity 'chipss'; did you mean",
    ),
    "a quantity that is no text": (lambda: llmcost.Normal(3, 1).sample(3, quantity=4), "quantity must be a name, not 4"),
}

RESULTS = {
    "no quantity": (
        lambda result: result.quantile(0.5, "chip"),
        "there is no quantity 'chip' in this run; did you mean 'chips'?",
    ),
    "a quantity that is no text": (lambda result: result.samples(3), "there is no quantity 3 in this run"),
    "no probability": (lambda result: result.quantile("most"), "p: 'most' is no level"),
    "a probability among several": (lambda result: result.quantile([0.5, 0]), "p: 0 is no level"),
    "a wrong name of several": (lambda result: result.to_xarray(["chips", "x"]), "there is no quantity 'x'"),
    "no interval": (lambda result: result.summary(200), "interval: 200 is no level"),
    "no kind": (lambda result: result.plot("histogramm"), "no figure 'histogramm'; did you mean 'histogram'?"),
    "a kind without a run": (lambda result: result.plot("trend"), "`llmcost figure trend` draws it"),
    "a kind that is no text": (lambda result: result.plot(3), "no figure 3; there are"),
    "an option of another kind": (lambda result: result.plot("histogram", of="chips"), "of does not apply to histogram"),
    "no prior": (lambda result: result.plot("prior"), "which prior? Name one, as in of="),
    "a prior that is none": (lambda result: result.plot("prior", of="chipss"), "'chipss'"),
    "nothing to compare": (lambda result: result.plot("overlay"), "overlay takes 1 to 4 results as `others`, not 0"),
    "too much to compare": (lambda result: result.plot("s-curve", others=result), "s-curve takes none as `others`, not 1"),
    "a name to compare with": (
        lambda result: result.plot("overlay", others="gpt-3"),
        "others must be results of `run`, not 'gpt-3'; run it first: `llmcost.run('gpt-3')`",
    ),
    "several samples": (lambda result: result.samples(["chips"]), "`samples_dataframe` has a column for each of several"),
    "what is no result": (lambda result: result.plot("overlay", others=3), "others must be results of `run`, not 3"),
    "draws that do not pair": (
        lambda result: result.plot("overlay", others=llmcost.run("gpt-4", draws=999)),
        "cannot be paired",
    ),
    "no format": (lambda result: result.save("run.txt"), "run.txt: there is no format '.txt'; there are .nc, .json, .csv"),
    "no folder": (lambda result: result.save("/nowhere/run.nc"), "/nowhere/run.nc: there is no folder /nowhere"),
    "no path": (lambda result: result.save(3), "a file is named by a path, not 3"),
    "no file to load": (lambda _: llmcost.load("run.nc"), "run.nc: there is no such file"),
    "no summary to load": (lambda _: llmcost.load("run.json"), "run.json: there is no such file"),
    "a table to load": (lambda _: llmcost.load("run.csv"), "run.csv cannot be loaded; save the run as .nc or .json"),
    "what is no path to load": (lambda _: llmcost.load(None), "a file is named by a path, not None"),
}


def check(call, expected):
    """Check that a call raises one error of the package, in one line with the expected text."""
    with pytest.raises(llmcost.LlmcostError) as error:
        call()
    message = str(error.value)
    assert expected in message
    assert "\n" not in message
    assert len(message) < 600
    assert error.value.__cause__ is None


def test_a_report_to_a_file_names_the_file(tmp_path):
    (tmp_path / "w.py").touch()
    with pytest.raises(llmcost.OccupiedFolderError, match=r"w\.py: is a file, but a report is a folder$"):
        llmcost.report("gpt-4", folder=tmp_path / "w.py")


def test_numbers_and_dates_may_be_of_other_types():
    assert llmcost.run("gpt-4", draws="1e3").draws == llmcost.run("gpt-4", draws=Decimal(1000)).draws == 1000
    assert (
        llmcost.read("gpt-4", sets={"chips": Decimal("2e4")}, budget=Decimal("1e6")).inputs["chips"].specification == "20000.0"
    )
    prior = llmcost.between(Decimal("1.5"), 2, date=datetime.date(2026, 3, 1))
    assert prior.to_entry() == llmcost.between(1.5, 2, date="2026-03-01").to_entry()
    assert llmcost.Normal(3, 1, date=datetime.datetime(2026, 3, 1, 12)).date == "2026-03-01"
    for draws in ("1.5", "1e3 chip", "", "50%"):
        with pytest.raises(llmcost.InvalidValueError, match="draws must be a whole number"):
            llmcost.run("gpt-4", draws=draws)


def of_options(table):
    return [
        pytest.param(option, value, text, id=f"{option}={getattr(value, '__name__', repr(value))}")
        for option, rows in table.items()
        for value, text in rows
    ]


@pytest.mark.parametrize("case", SCENARIOS)
def test_wrong_scenarios(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check(*SCENARIOS[case])


@pytest.mark.parametrize(("option", "value", "text"), of_options(OVERRIDES))
@pytest.mark.parametrize("function", [llmcost.read, llmcost.open_scenario, "with_"])
def test_wrong_overrides(function, option, value, text):
    if function == "with_":
        check(lambda: llmcost.open_scenario("llama-3.1-405b").with_(**{option: value}).scenario, text)
    elif function is llmcost.read:
        check(lambda: llmcost.read("llama-3.1-405b", **{option: value}), text)
    else:
        check(lambda: llmcost.open_scenario("llama-3.1-405b", **{option: value}).scenario, text)


@pytest.mark.parametrize(("option", "value", "text"), of_options(RUNS))
def test_wrong_options_of_a_run(option, value, text):
    check(lambda: llmcost.run("gpt-4", **{"draws": 100, option: value}), text)
    assert option in RUNS


@pytest.mark.parametrize("case", PRIORS)
def test_wrong_priors(case):
    check(*PRIORS[case])


@pytest.mark.parametrize("case", RESULTS)
def test_wrong_questions_to_a_result(case, result, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ask, expected = RESULTS[case]
    check(lambda: ask(result), expected)
    assert list(tmp_path.iterdir()) == []


def test_several_mistakes_have_a_line_each():
    with pytest.raises(llmcost.InvalidInputError) as error:
        llmcost.read({**BASE, "mfu": None, "chips": object(), 3: 4})
    assert len(str(error.value).splitlines()) == 3
    assert len(error.value.issues) == 3


def test_a_value_of_an_item_is_named_by_its_path():
    with pytest.raises(llmcost.InvalidInputError, match=r"<dict>: staff\.team\.salary: 'much !' is not a number"):
        llmcost.read({"extends": "gpt-4", "staff": {"team": {"salary": "much !"}}})
    with pytest.raises(llmcost.InvalidInputError, match=r"sets: staff\.team\.salary: 'much !' is not a number"):
        llmcost.read("gpt-4", sets={"team.salary": "much !"})


def test_a_mapping_that_contains_itself_is_refused():
    endless = dict(BASE)
    endless["mfu"] = endless
    with pytest.raises(llmcost.InvalidInputError, match="nested more than 20 levels deep") as error:
        llmcost.read(endless)
    assert {issue.key.count(".") for issue in error.value.issues} == {20}
