"""What is needed and missing is listed; an outcome that cannot be computed is skipped."""

import pytest
from scenario_texts import RUN, SMALL, refusal_of

from simulator.core.errors import InvalidInputError
from simulator.scenario.assemble.needs import TIER
from simulator.scenario.overrides import open_scenario, open_source


def test_precision_that_a_chip_lacks_is_refused(read_scenario):
    message = refusal_of(read_scenario, RUN.replace("nvidia-h100-sxm", "google-tpu-v4") + "precision: fp8\n")
    assert "chip: the library has no peak_flop_fp8 of google-tpu-v4, needed for precision fp8; give peak_flop_fp8" in message
    assert message.endswith("or choose `precision: bf16`")


def test_missing_quantities_are_listed_with_their_users_and_units(read_scenario):
    message = refusal_of(read_scenario, "lines: [energy_cost, rental_cost]\n")
    for line in (
        "electricity_price: is needed for energy_cost; give it (in USD/kWh or USD/MWh)",
        "deflator: is needed for energy_cost, rental_cost; give it (a plain number)",
    ):
        assert line in message


def test_outcome_that_lacks_something_is_skipped_and_says_so(read_scenario):
    scenario = read_scenario(SMALL + "outcomes: [energy, emissions]\n")
    assert scenario.outcomes == ("energy",)
    assert scenario.uncomputable_outcomes == {"emissions": ("grid_intensity",)}


@pytest.mark.parametrize("preset", ["startup", "tech-company", "academic", "consortium", "owner-costs", "training-run"])
def test_a_part_of_a_scenario_says_in_one_line_what_completes_it(preset):
    with pytest.raises(InvalidInputError) as refusal:
        _ = open_scenario(preset).scenario
    (issue,) = refusal.value.issues
    assert f"`extends: [{TIER}, {preset}]`" in issue.message
    assert open_source({"extends": [TIER, preset]}).scenario.lines


def test_a_part_of_a_scenario_with_options_lists_what_is_missing():
    with pytest.raises(InvalidInputError) as refusal:
        _ = open_scenario("startup").with_(sets=["chips=64"]).scenario
    assert len(refusal.value.issues) > 3
