"""The warning on a service that is stated and no part of the total."""

import pytest

from simulator.scenario import read

BUILT = """
extends: training-run
lines: [rental_cost]
outcomes: [chip_hours]
basis: rented
commitment: on-demand
chip: nvidia-h100-sxm
chips: 64
chip_hours: 1e5 chip*hour
on_demand_price: 2 USD/chip/hour
"""
SCHEDULE = "schedule: {work: {duration: 6 month, lines: [compute]}, serving: {duration: 18 month}}\n"
STORED = BUILT.replace("[rental_cost]", "[rental_cost, storage_cost]") + (
    "stored_bytes: 1e15 byte\nstorage_price: 0.02 USD/GB/month\n"
)


def warnings_of(scenario):
    return [text for text in scenario.warnings if "the service is no part of this total" in text]


@pytest.mark.parametrize(("text", "subject"), [
    ("service_life: 18 month\n", "scenario.yaml:11:1: service_life:"),
    ("requests: 1000 request/day\nservice_life: 18 month\n", "requests, service_life:"),
    (SCHEDULE, "scenario.yaml:11:1: the phase serving:"),
])  # fmt: skip
def test_a_service_that_no_line_counts_is_a_warning(read_scenario, text, subject):
    (warning,) = warnings_of(read_scenario(BUILT + text))
    assert subject in warning
    assert "serving cost" in warning
    assert "the scenario whole-life has these lines" in warning


@pytest.mark.parametrize("text", [
    BUILT,
    BUILT + "schedule: {work: {duration: 6 month, lines: [compute]}}\n",
    BUILT + "pue: 1.2\n",  # without effect too, and not of a service alone
    "extends: [small-medium, startup, whole-life]\nservice_life: 18 month\n",
])  # fmt: skip
def test_nothing_is_said_where_no_service_is_left_out(read_scenario, text):
    assert warnings_of(read_scenario(text)) == []


def test_a_line_that_lasts_with_the_service_is_no_reason_for_a_warning(read_scenario):
    assert warnings_of(read_scenario(STORED + SCHEDULE)) == []


@pytest.mark.parametrize("name", ["api-user", "cutting-edge", "deepseek-v3", "gpt-4", "large", "small-medium"])
def test_scenarios_of_the_library_have_no_such_warning(name):
    assert warnings_of(read(name)) == []
