"""What users write of a fleet that is refused with a remedy, or noted where it has no effect."""

import pytest

from simulator.core.errors import InvalidInputError
from simulator.scenario import open_scenario

FLEET = "serve/llama-3.3-70b"
SIZES = ["served_total_parameters=600e9", "served_active_parameters=40e9"]


def scenario(*sets, reference=FLEET):
    return open_scenario(reference).with_(sets=sets).scenario


def texts(found, code):
    return [note.text for note in found.notes if note.code == code]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("served_model=gpt-5", "approximated by served_total_parameters and served_active_parameters: give both"),
        ("serving=api", "did you mean 'priced'"),
        ("serving=own", "did you mean 'hosted'"),
        ("time_per_output_token_target=50ms", "did you mean 'ms/token'"),
        ("requests=1e6/day", "as in `1e6 request/day`"),
        ("chip_price=30000", "the rent of a chip for an hour is `on_demand_price`"),
        ("token_demand=0", "a fleet needs some demand"),
        ("regions=2.5", "must be a whole number"),
        ("minimum_replicas=0.5", "must be a whole number"),
        ("instance_chips=2.5", "must be a whole number"),
        ("instance_chips=3", "the 8 heads of keys and values cannot be divided over 3 chips.*such as 4 chips"),
    ],
)
def test_refusals_name_what_to_write(setting, words):
    with pytest.raises(InvalidInputError, match=words):
        scenario(setting)


def test_remedies_are_read():
    scenario("time_per_output_token_target=50 ms/token", "requests=1e6 request/day", "instance_chips=4", "regions=2")


def test_one_size_of_a_model_that_is_not_in_the_library_is_not_enough():
    with pytest.raises(InvalidInputError, match="give both"):
        scenario("served_model=gpt-5", SIZES[0])


def test_a_model_of_another_name_is_approximated_by_its_parameters():
    found = scenario("served_model=gpt-5", *SIZES)
    assert found.inputs["served_total_parameters"].distribution.middle == 600e9
    assert "served_layers" not in found.inputs
    assert "served_layers_error" in found.plan.inputs
    assert texts(found, "in-service") == ["in service: gpt-5, by an approximation, weights of 8 bits, on nvidia-h100-sxm"]


def test_parameters_of_a_lower_layer_are_not_those_of_a_new_name(tmp_path):
    path = tmp_path / "fleet.yaml"
    path.write_text(f"extends: {FLEET}\nserved_total_parameters: 600e9\nserved_active_parameters: 40e9\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="no language model 'gpt-5'"):
        scenario("served_model=gpt-5", reference=str(path))


def test_the_precision_of_training_has_no_effect_on_a_fleet():
    (text,) = texts(scenario("precision=fp8"), "precision-of-training")
    assert "`served_weight_bytes`" in text
    assert not texts(scenario(), "precision-of-training")


def test_what_changes_outcomes_alone_is_noted():
    (text,) = texts(scenario("serving=priced", "price_factor=0.5"), "outcomes-only")
    assert text.endswith("(`serving: priced`): price_factor")
    assert not texts(scenario("price_factor=0.5"), "outcomes-only")
