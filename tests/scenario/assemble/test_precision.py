"""The basis of a utilisation: its peak, whether goodput is inside, and the precision that it holds."""

import numpy as np
import pytest
from scenario_texts import RUN, refusal_of

from simulator.engine.simulate import simulate
from simulator.scenario import library
from simulator.scenario.entries import library_entry

HOURS = "final_run_chip_hours"
MIXTURE = RUN + "active_share: 0.1\n"


def hours(scenario, draws=500):
    return simulate(scenario, draws, keep=[HOURS]).retained_draws[HOURS]


@pytest.mark.parametrize("quantity", ["mfu", "hfu", "effective_utilisation"])
def test_every_utilisation_of_the_library_states_its_peak_and_where_goodput_is(quantity):
    for name in library.rows_of(quantity):
        entry = library_entry(quantity, name)
        assert entry.peak in ("bf16", "fp8"), name
        assert entry.goodput == ("inside" if quantity == "effective_utilisation" else "apart"), name


def test_fp8_speeds_up_work_that_was_measured_in_bf16(read_scenario):
    scenario = read_scenario(RUN + "precision: fp8\nmfu: dense-h100\nfp8_speedup: 1.3\n")
    np.testing.assert_allclose(hours(read_scenario(RUN + "mfu: dense-h100\n")) / hours(scenario), 1.3, rtol=1e-12)
    assert scenario.choices["peak"] == "bf16"


@pytest.mark.parametrize(("text", "row"), [(RUN, "dense-2026"), (MIXTURE, "mixture-2026")])
def test_the_speedup_is_that_of_the_kind_of_model(text, row, read_scenario):
    assert read_scenario(text + "precision: fp8\n").inputs["fp8_speedup"].specification == row


def test_the_speedup_never_exceeds_the_ratio_of_the_peaks(read_scenario):
    text = RUN.replace("nvidia-h100-sxm", "amazon-trainium1") + "mfu: all-runs\n"  # FP8 is no faster there
    np.testing.assert_array_equal(hours(read_scenario(text + "precision: fp8\n")), hours(read_scenario(text)))


def test_a_stated_utilisation_holds_its_precision_and_says_so(read_scenario):
    text = RUN + "mfu: 0.35\n"
    with_fp8 = read_scenario(text + "precision: fp8\n")
    np.testing.assert_array_equal(hours(with_fp8), hours(read_scenario(text)))
    notes = [note.text for note in with_fp8.notes if note.code == "precision-held"]
    assert notes == ["precision fp8 changes no hours: mfu is stated as 0.35, which holds the precision that it was measured in"]
    message = refusal_of(read_scenario, text, levers=["fp8-training"])
    assert "lever fp8-training: selects `precision: fp8`, but mfu is stated as 0.35, which holds the precision" in message
    message = refusal_of(read_scenario, text + "precision: fp8\n", sets=["fp8_speedup=1.4"])
    assert "fp8_speedup: has no effect here: mfu is stated as 0.35" in message


def test_the_lever_and_the_choice_are_one_decision(read_scenario):
    text = RUN + "mfu: all-runs\n"
    by_choice, by_lever = read_scenario(text + "precision: fp8\n"), read_scenario(text, levers=["fp8-training"])
    np.testing.assert_array_equal(hours(by_choice), hours(by_lever))
    message = refusal_of(read_scenario, text + "precision: fp8\n", levers=["fp8-training"])
    assert "lever fp8-training: is in force already: this scenario has `precision: fp8`" in message


def test_one_throughput_on_two_peaks_is_the_same_hours(read_scenario):
    of_bf16 = read_scenario(RUN + "mfu: 0.4\n")
    of_fp8 = read_scenario(RUN + f"mfu: {{value: {0.4 * 989 / 1979!r}, peak: fp8}}\n")
    np.testing.assert_allclose(hours(of_fp8), hours(of_bf16), rtol=1e-12)
    assert of_fp8.choices["peak"] == "fp8"
    assert of_fp8.inputs["mfu"].specification.endswith("of the FP8 peak")
    assert hours(read_scenario(RUN + "mfu: 0.4\npeak: fp8\n"))[0] == pytest.approx(hours(of_bf16)[0] * 989 / 1979)


def test_a_row_of_the_fp8_peak_selects_that_peak_and_holds_fp8(read_scenario):
    scenario = read_scenario(RUN + "mfu: fp8-2025\n")
    assert "peak_flop_fp8" in scenario.inputs
    np.testing.assert_array_equal(hours(scenario), hours(read_scenario(RUN + "mfu: fp8-2025\nprecision: fp8\n")))
    message = refusal_of(read_scenario, RUN + "mfu: fp8-2025\n", levers=["fp8-training"])
    assert "mfu (fp8-2025) is a share of the FP8 peak, so it holds that precision" in message


def test_two_statements_of_the_peak_must_agree(read_scenario):
    message = refusal_of(read_scenario, RUN + "mfu: dense-h100\npeak: fp8\n")
    assert message.endswith("peak: fp8 is not the peak of mfu (dense-h100), a share of the bf16 peak; choose `peak: bf16`")
    assert "tdp: is no utilisation, so it has no peak" in refusal_of(read_scenario, RUN + "tdp: {value: 700 W, peak: fp8}\n")


def test_fp8_on_a_chip_without_it_is_refused(read_scenario):
    message = refusal_of(read_scenario, RUN.replace("nvidia-h100-sxm", "google-tpu-v4") + "mfu: 0.4\nprecision: fp8\n")
    assert "the library has no peak_flop_fp8 of google-tpu-v4, needed for precision fp8" in message


def test_goodput_inside_makes_an_effective_utilisation_and_the_other_way_round(read_scenario):
    text = RUN + "goodput: 0.8\nrepeated_share: 0.25\n"
    apart, inside = read_scenario(text + "mfu: 0.4\n"), read_scenario(RUN + "mfu: {value: 0.256, goodput: inside}\n")
    np.testing.assert_allclose(hours(inside), hours(apart), rtol=1e-12)  # 0.4 x 0.8 / 1.25
    assert "effective_utilisation" in inside.inputs
    back = read_scenario(text + "effective_utilisation: {value: 0.4, goodput: apart}\n")
    np.testing.assert_allclose(hours(back), hours(apart), rtol=1e-12)
    message = refusal_of(read_scenario, RUN + "effective_utilisation: 0.3\n", sets=["repeated_share=0.2"])
    assert "repeated_share: has no effect here: effective_utilisation is given and shadows it" in message


@pytest.mark.parametrize(
    ("lines", "is_warned"),
    [
        ("mfu: {value: 0.5, peak: fp8}\n", False),  # the best benchmark
        ("mfu: {value: 0.6, peak: fp8}\n", True),  # 1.2 of the BF16 peak
        ("mfu: 0.75\n", True),
        ("mfu: 0.75\nprecision: fp8\n", False),  # 405B on H100 in FP8
    ],
)
def test_plausible_utilisation_depends_on_peak_and_precision(lines, is_warned, read_scenario):
    assert bool(read_scenario(RUN + lines).warnings) == is_warned
