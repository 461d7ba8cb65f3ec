"""What is needed and missing is listed; an outcome that cannot be computed is skipped."""

from scenario_texts import RUN, SMALL, refusal_of


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
