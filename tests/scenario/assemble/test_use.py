"""What has no effect is refused or noted."""

import pytest
from scenario_texts import RUN, refusal_of


def test_key_that_something_given_shadows_is_refused_naming_it(read_scenario):
    message = refusal_of(read_scenario, RUN + "final_run_chip_hours: 5e6 chip*hour\nmfu: 0.4\noutcomes: []\n")
    assert "mfu: has no effect here: final_run_chip_hours is given and shadows it" in message
    assert "remove it in line 7 to compute it" in message


@pytest.mark.parametrize(
    ("option", "name", "reason"),
    [
        ("levers", "parameter-sharing", "final_run_chip_hours is given and shadows it"),
        ("levers", "fp8-training", "selects `precision: fp8`, but final_run_chip_hours is given in its place"),
        ("shocks", "restart-at-half", "final_run_chip_hours is given and shadows it"),
    ],
)
def test_lever_and_shock_on_something_shadowed_is_refused_naming_it(option, name, reason, read_scenario):
    message = refusal_of(read_scenario, RUN + "final_run_chip_hours: 5e6 chip*hour\n", **{option: [name]})
    assert name in message
    assert reason in message


def test_key_of_a_base_may_be_shadowed_without_a_word(read_scenario):
    scenario = read_scenario(RUN + "final_run_chip_hours: 5e6 chip*hour\n")
    assert "mfu" not in scenario.inputs
    assert not any("mfu" in note.text for note in scenario.notes)


def test_key_that_another_choice_would_use_is_kept_with_a_note(read_scenario):
    scenario = read_scenario(RUN + "useful_life: 4 year\n")
    assert "useful_life" not in scenario.inputs
    assert any("useful_life" in note.text and "depreciation: straight-line" in note.text for note in scenario.notes)


def test_shock_that_no_line_feels_is_refused(read_scenario):
    message = refusal_of(read_scenario, RUN + "basis: rented\noutcomes: []\n", shocks=["electricity-high"])
    assert "electricity-high: needs `basis: owned or purchased`, but this has `basis: rented`" in message


def test_lever_where_chip_hours_are_infinite_is_refused_without_a_warning_of_numpy(read_scenario):
    assert "is zero at its median" in refusal_of(read_scenario, RUN + "mfu: 0\n", levers=["new-optimisers"])
