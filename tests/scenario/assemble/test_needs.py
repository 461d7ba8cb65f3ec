"""What is needed and missing is listed; an outcome that cannot be computed is skipped."""

from scenario_texts import RUN, SMALL, refused


def test_precision_that_a_chip_lacks_is_refused(made):
    said = refused(made, RUN.replace("nvidia-h100-sxm", "google-tpu-v4") + "precision: fp8\n")
    assert "chip: the library has no peak_flop_fp8 of google-tpu-v4, needed for peak_flop; give peak_flop_fp8" in said
    assert said.endswith("or choose `precision: bf16`")


def test_missing_quantities_are_listed_with_their_users_and_units(made):
    said = refused(made, "lines: [energy_cost, rental_cost]\n")
    for line in (
        "electricity_price: is needed for energy_cost; give it (in USD/kWh)",
        "deflator: is needed for energy_cost, rental_cost; give it (a plain number)",
    ):
        assert line in said


def test_outcome_that_lacks_something_is_skipped_and_says_so(made):
    scenario = made(SMALL + "outcomes: [energy, emissions]\n")
    assert scenario.outcomes == ("energy",)
    assert scenario.skipped == {"emissions": ("grid_intensity",)}
