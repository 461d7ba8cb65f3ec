"""What results and messages call a scenario from a mapping: its title, or its place among several."""

import pytest

import llmcost

TITLED, PLAIN = {"extends": "gpt-4", "title": "Our\n plan"}, {"extends": "gpt-4", "chips": 20_000}
WRONG = {"extends": "gpt-4", "chipz": 1}


def test_a_title_is_the_name():
    assert llmcost.read(TITLED).name == "Our plan"
    assert llmcost.read(PLAIN).name == "<dict>"
    assert repr(llmcost.run(TITLED, draws=100)) == "<Result of Our plan, 100 draws, seed 0, random>"
    assert repr(llmcost.open_scenario(TITLED)) == "<OpenScenario Our plan>"
    assert repr(llmcost.budget(TITLED, draws=1000)) == "<BudgetPlan of Our plan, 1,000 draws>"
    assert len(llmcost.read({**TITLED, "title": "x" * 500}).name) == 80


def test_results_about_several_use_the_title_or_the_place():
    names = ["Our plan", "<dict 2>"]
    assert [each.name for each in llmcost.compare(TITLED, PLAIN, draws=1000).scenarios] == names
    assert [each.name for each in llmcost.portfolio(TITLED, PLAIN, draws=1000).runs] == names
    assert [each.name for each in llmcost.portfolio(TITLED, TITLED, draws=1000).runs] == ["Our plan (1)", "Our plan (2)"]
    first, second = (llmcost.run(each, draws=1000) for each in (TITLED, {**PLAIN, "title": "Small"}))
    legend = first.plot("overlay", others=second).axes[0].get_legend()
    assert {text.get_text().split(":")[0] for text in legend.get_texts()} == {"Our plan", "Small"}


def test_a_portfolio_takes_names():
    result = llmcost.portfolio(PLAIN, "gpt-3", names=["big", "small"], draws=1000)
    assert [each.name for each in result.runs] == ["big", "small"]
    assert set(result.levels[0].own) == {"big", "small"}
    with pytest.raises(llmcost.InvalidValueError, match="names must be 2 different names"):
        llmcost.portfolio(PLAIN, "gpt-3", names=["one"])


@pytest.mark.parametrize("function", [llmcost.compare, llmcost.portfolio, llmcost.report])
def test_an_issue_says_which_mapping_has_it(function):
    with pytest.raises(llmcost.InvalidInputError, match=r"^<dict 2>: chipz: there is no such quantity"):
        function(PLAIN, WRONG, draws=100)


def test_a_check_says_which_mapping_has_an_issue():
    assert [issue.file for issue in llmcost.check(PLAIN, WRONG).issues] == ["<dict 2>"]
    assert [issue.file for issue in llmcost.check(WRONG).issues] == ["<dict>"]
    assert [each.reference for each in llmcost.check(TITLED).scenarios] == ["Our plan"]
