"""What has no effect is refused or noted."""

import pytest
from scenario_texts import RUN, refused


def test_key_that_something_given_shadows_is_refused_naming_it(made):
    said = refused(made, RUN + "final_run_chip_hours: 5e6\nmfu: 0.4\noutcomes: []\n")
    assert "mfu: acts on nothing here: final_run_chip_hours is given and shadows it" in said
    assert "leave it out in line 7 to compute it" in said


@pytest.mark.parametrize(("option", "name"), [("levers", "fp8-training"), ("shocks", "goodput-half")])
def test_lever_and_shock_on_something_shadowed_is_refused_naming_it(option, name, made):
    said = refused(made, RUN + "final_run_chip_hours: 5e6\n", **{option: [name]})
    assert name in said
    assert "final_run_chip_hours is given and shadows it" in said


def test_key_of_a_base_may_be_shadowed_without_a_word(made):
    scenario = made(RUN + "final_run_chip_hours: 5e6\n")
    assert "mfu" not in scenario.inputs
    assert not any("mfu" in note for note in scenario.notes)


def test_key_that_another_choice_would_use_is_kept_with_a_note(made):
    scenario = made(RUN + "useful_life: 4 year\n")
    assert "useful_life" not in scenario.inputs
    assert any("useful_life" in note and "depreciation: straight-line" in note for note in scenario.notes)


def test_shock_that_no_line_feels_is_refused(made):
    said = refused(made, RUN + "basis: rented\noutcomes: []\n", shocks=["electricity-high"])
    assert "electricity-high: acts on electricity_price, which takes no part here" in said


def test_lever_where_chip_hours_are_infinite_is_refused_without_a_warning_of_numpy(made):
    assert "is zero in the middle" in refused(made, RUN + "mfu: 0\n", levers=["fp8-training"])
