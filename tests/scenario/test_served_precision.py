"""Precision of the weights of a model in service: it stays where the model is replaced, and has a unit."""

import pytest

from simulator.core.errors import InvalidInputError
from simulator.scenario import open_scenario

FLEET = "serve/llama-3.3-70b"


def scenario(*sets, reference=FLEET):
    return open_scenario(reference).with_(sets=sets).scenario


def bytes_of(found):
    return found.inputs["served_weight_bytes"].distribution.middle


def texts(found, *codes):
    return [note.text for note in found.notes if note.code in codes]


@pytest.mark.parametrize("model", ["llama-3.3-70b", "gpt-oss-120b", "qwen3-235b-a22b"])
def test_a_precision_that_a_scenario_chooses_stays_where_the_model_is_replaced(model):
    found = scenario(f"served_model={model}")
    assert bytes_of(found) == 1
    assert texts(found, "in-service") == [f"in service: {model}, weights of 8 bits, on nvidia-h100-sxm"]
    (kept,) = texts(found, "precision-kept")
    assert kept.startswith(f"{model} is served with served_weight_bytes fp8, as chosen in preset serve/llama-3.3-70b")


def test_the_same_model_costs_the_same():
    assert scenario("served_model=llama-3.3-70b").inputs["served_weight_bytes"].specification == "fp8"


def test_a_precision_beside_the_model_is_that_of_the_model():
    found = scenario("served_model=llama-3.3-70b", "served_weight_bytes=bf16")
    assert bytes_of(found) == 2
    assert "weights of 16 bits" in texts(found, "in-service")[0]


def test_without_a_choice_the_precision_is_that_of_the_publication():
    found = scenario("served_model=llama-3.3-70b", reference="serve/gpt-oss-120b")
    assert bytes_of(found) == 2
    assert not texts(found, "precision-kept")


def test_a_precision_without_unit_is_refused_and_bits_are_read():
    with pytest.raises(InvalidInputError, match="8 needs a unit: 8 byte/parameter or 8 bit/parameter"):
        scenario("served_weight_bytes=8")
    assert bytes_of(scenario("served_weight_bytes=8 bit/parameter")) == pytest.approx(1)
    (warning,) = scenario("served_weight_bytes=8 byte/parameter").warnings
    assert "is above the plausible 4.00 byte/parameter" in warning


def test_four_bits_save_memory_only_on_chips_without_such_units():
    assert texts(scenario("served_weight_bytes=fp4"), "saves-memory-only")
    assert not texts(scenario("served_weight_bytes=fp4", "chip=nvidia-b200-sxm"), "saves-memory-only")
    assert not texts(scenario(), "saves-memory-only")
