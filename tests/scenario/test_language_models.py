"""Architectures of open models: counted parameters are the published ones, keys and values are those worked by hand."""

import csv
import dataclasses
import re

import numpy as np
import paths
import pytest

from simulator.core.suggestions import InvalidValueError
from simulator.scenario import library, models
from simulator.scenario.approximation import KINDS, approximate_architecture, approximation_errors
from simulator.scenario.models import ModelRow, architecture, described_architecture, find_model

ROWS = models.rows()
POINTS = paths.SHARED / "serving-points.csv"
TOLERANCE = 0.011  # Llama 4 Scout's published total has its encoder of images, 1% of it
ACTIVE_TOLERANCE = 0.03  # what counts as active differs from one publisher to the next
for_each_model = pytest.mark.parametrize("name", list(ROWS))


def half_unit(printed):
    """Half a unit of the last digit of a printed number: 0.5e9 for 671B."""
    decimals = len(printed[:-1].partition(".")[2])
    return 0.5 * 10**-decimals * models.printed_parameters("1" + printed[-1])


def test_there_are_enough_models_of_every_kind_and_family():
    assert len(ROWS) >= 30
    assert {row.attention for row in ROWS.values()} == {"full", "gqa", "mla", "sliding", "hybrid"}
    families = "llama-2 llama-3 llama-3.1 llama-4 mistral mixtral qwen2.5 qwen3 deepseek-v2 deepseek-v3 gpt-oss gemma-2 gemma-3"
    for family in [*families.split(), "phi", "kimi-k2", "glm-4.5", "command", "nemotron", "falcon", "olmo"]:
        assert any(name.startswith(family) for name in ROWS), family
    for name in ("Llama-3.3-70B", "DeepSeek-R1", "Qwen2-72B"):  # share the architecture of another row
        assert find_model(name)


@for_each_model
def test_every_row_has_its_provenance(name):
    row = ROWS[name]
    assert row.sources
    assert all(source.title and source.date for source in row.sources)
    assert row.released
    if row.grade == "D":
        assert "recalled" in row.note
    assert ("recalled" not in row.note) or row.grade in "BCD"


@for_each_model
def test_counted_parameters_are_those_published(name):
    row, model = ROWS[name], architecture(name)
    total = models.printed_parameters(row.published.total)
    assert abs(model.total_parameters - total) <= TOLERANCE * total + half_unit(row.published.total)
    assert bool(row.experts) == (model.expert_parameters > 0)
    if row.published.active is not None:
        active = models.printed_parameters(row.published.active)
        slack = ACTIVE_TOLERANCE * active + half_unit(row.published.active)
        table = model.vocabulary * model.hidden_size
        assert model.active_parameters - slack <= active <= model.active_parameters + table + slack


def test_most_totals_are_published_to_more_than_their_name_tells():
    errors = [
        abs(architecture(name).total_parameters / models.printed_parameters(row.published.total) - 1)
        for name, row in ROWS.items()
    ]
    assert np.mean(np.array(errors) < 0.005) > 0.7
    assert np.mean(np.array(errors) < 0.02) > 0.85


def test_a_wrong_fact_is_seen_in_the_count():
    row = ROWS["qwen3-235b-a22b"]
    for change in ({"layers": 92.0}, {"expert_size": 1408.0}, {"active_experts": 6.0}, {"hidden_size": 4608.0}):
        total, active, _ = models.parameter_counts(row.model_copy(update=change))
        assert abs(total / 235e9 - 1) > 0.015 or abs(active / 22e9 - 1) > 0.1


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Llama-3.1-70B", 80 * 8 * 128 * 2),  # grouped: keys and values of 8 heads
        ("Llama-2-7B", 32 * 32 * 128 * 2),  # every head has its own
        ("DeepSeek-R1", 61 * (512 + 64)),  # latent vector and key with positions
        ("gpt-oss-120b", 18 * 8 * 64 * 2),  # half the layers see a window
        ("Qwen3.5-397B-A17B", 15 * 2 * 256 * 2),  # one layer of four is not linear
        ("falcon-7b", 32 * 1 * 64 * 2),  # one head of keys and values for all
    ],
)
def test_keys_and_values_of_a_token_by_hand(name, values):
    assert architecture(name).kv_bytes_per_token(2) == 2 * values
    assert architecture(name).kv_bytes_per_token(1) == values


def test_memory_of_a_user_by_hand():
    oss = architecture("gpt-oss-120b")
    assert oss.kv_bytes(100, 2) == 100 * 36_864 * 2  # all layers grow until the window of 128 tokens is full
    assert oss.kv_bytes(10_000, 2) == 10_000 * 36_864 + 128 * 36_864
    hybrid = architecture("qwen3.5-397b-a17b")
    state = 45 * (64 * 128 * 128 + 3 * 128 * (16 + 16 + 64))
    assert hybrid.kv_bytes(1_000, 2) == 1_000 * 30_720 + 2 * state
    np.testing.assert_array_equal(oss.kv_bytes(np.array([100, 10_000]), 2), [oss.kv_bytes(100, 2), oss.kv_bytes(10_000, 2)])


def test_published_files_of_weights():
    oss = architecture("gpt-oss-120b")  # 60.8 GiB of files, which the publisher states
    assert oss.weight_bytes(oss.weight_bits / 8, oss.dense_weight_bits / 8) / 2**30 == pytest.approx(60.8, rel=0.01)


def test_weights_that_a_step_reads():
    model = architecture("DeepSeek-R1")
    assert model.touched_share(1) == pytest.approx(8 / 256, rel=1e-12)
    assert model.step_weight_bytes(1, 1, 1) == pytest.approx(model.active_parameters, rel=1e-12)
    table = model.vocabulary * model.hidden_size
    assert model.step_weight_bytes(1e5, 1, 1) == pytest.approx(model.total_parameters - table, rel=1e-12)
    shares = model.touched_share(np.array([1.0, 2.0, 8.0, 64.0, 512.0]))
    assert (np.diff(shares) > 0).all()
    dense = architecture("Llama-3.1-8B")
    assert dense.touched_share(1) == 1
    assert dense.step_weight_bytes(1, 2, 2) == dense.step_weight_bytes(64, 2, 2) == 2 * dense.active_parameters


def test_copies_of_keys_and_values():
    assert architecture("Llama-3.1-70B").kv_copies(8) == 1
    assert architecture("Llama-3.1-70B").kv_copies(16) == 2
    assert architecture("DeepSeek-R1").kv_copies(8) == 8


def test_work_of_latent_attention_while_writing():
    model = architecture("DeepSeek-R1")
    assert model.attention_flop_prefill == 61 * 2 * 128 * (128 + 64 + 128)
    assert model.attention_flop_decode == 61 * 2 * 128 * (2 * 512 + 64)
    assert model.attention_flop_decode / model.attention_flop_prefill == pytest.approx(3.4)


@pytest.mark.skipif(not POINTS.exists(), reason="the table of measured points is not here")
def test_models_of_the_measured_points():
    with POINTS.open(encoding="utf-8") as file:
        points = {point["model"]: point for point in csv.DictReader(file)}
    assert points
    for name, point in points.items():
        model = architecture(name)
        for column, value in {
            "params_total": model.total_parameters,
            "params_active": model.active_parameters,
            "params_experts": model.expert_parameters,
            "layers": model.layers,
            "hidden": model.hidden_size,
            "kv_bytes_per_token": model.kv_bytes_per_token(2),
            "kv_heads": model.kv_heads,
            "attention_flop_prefill": model.attention_flop_prefill,
            "attention_flop_decode": model.attention_flop_decode,
            "attention_window": model.selected_tokens,
            "experts": model.experts,
            "experts_per_token": model.active_experts,
        }.items():
            assert value == pytest.approx(float(point[column]), rel=2e-4), (name, column)


def test_names_lead_to_one_model():
    aliases = [models._key(alias) for name, row in ROWS.items() for alias in (name, *row.aliases)]
    owners = [(models._key(alias), name) for name, row in ROWS.items() for alias in {name, *row.aliases}]
    assert len({alias for alias, _ in owners}) == len(set(owners)), "an alias leads to two models"
    assert len(aliases) > 150
    assert find_model("deepseek r1") == find_model("DEEPSEEK-R1") == "deepseek-v3"
    assert find_model("deepseek") == ""
    with pytest.raises(InvalidValueError, match=r"no language model 'Llama-3.1-7B'.*llama-3.1"):
        architecture("Llama-3.1-7B")


def test_rows_of_models_are_no_priors():
    assert not set(ROWS) & set(library.rows())
    assert "memory_bandwidth" not in library.rows()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kv_heads": None}, "kv_heads"),
        ({"kv_headz": "8"}, "kv_headz"),
        ({"layers": "0"}, "layers"),
        ({"attention": "mla"}, "latent_rank"),
        ({"attention": "sliding"}, "window"),
        ({"attention": "full"}, "kv_heads is heads"),
        ({"experts": "8", "active_experts": "9"}, "at most"),
        ({"full_attention_layers": "81"}, "at most"),
    ],
)
def test_a_description_is_checked(change, message):
    described = {
        "layers": "80", "hidden_size": "8192", "vocabulary": "128256", "attention": "gqa", "heads": "64", "kv_heads": "8",
        "head_dim": "128", "feedforward_size": "28672", "max_context": "131072",
    }  # fmt: skip
    model, llama = described_architecture(described), architecture("Llama-3.1-70B")
    for field in dataclasses.fields(model):
        if field.name not in ("name", "sources", "grade", "note"):
            assert getattr(model, field.name) == getattr(llama, field.name), field.name
    changed = {key: value for key, value in {**described, **change}.items() if value is not None}
    with pytest.raises(InvalidValueError, match=message):
        described_architecture(changed)


def test_a_row_needs_a_source():
    row = next(iter(library.language_models().values())).plain()
    ModelRow.model_validate(row)
    with pytest.raises(ValueError, match="sources"):
        ModelRow.model_validate({**row, "sources": []})


ERRORS = {(error.kind, error.quantity): error for error in approximation_errors()}


def test_approximation_covers_models_left_out():
    assert set(ERRORS) == {(kind, quantity) for kind, quantities in KINDS.items() for quantity in quantities}
    for error in ERRORS.values():
        assert error.models >= 20
        assert 0.87 <= error.inside <= 1.0, error  # 38 models leave 95% in 1 of 30 cases
    assert 0.92 <= np.mean([error.inside for error in ERRORS.values()]) <= 0.98
    assert ERRORS["dense", "layers"].spread < 0.25 < 0.5 < ERRORS["dense", "kv_bytes_per_token"].spread


def test_an_error_is_that_of_a_model_left_out():
    """The error of one model from a regression over the others, fitted without the shortcut."""
    names = [name for name, row in ROWS.items() if not row.experts]
    at = np.array([[1.0, np.log(architecture(name).total_parameters)] for name in names])
    values = np.log([architecture(name).kv_bytes_per_token(2) for name in names])
    errors = []
    for left_out in range(len(names)):
        others = np.arange(len(names)) != left_out
        coefficients, *_ = np.linalg.lstsq(at[others], values[others], rcond=None)
        errors.append(values[left_out] - at[left_out] @ coefficients)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(ERRORS["dense", "kv_bytes_per_token"].spread, rel=1e-9)


@pytest.mark.parametrize(
    ("total", "active"), [(8e9, None), (405e9, None), (671e9, 37e9), (117e9, 5.1e9), (30e9, 25e9), (2e12, 2e10)]
)
def test_an_approximation_is_consistent_and_says_what_it_is(total, active):
    model = approximate_architecture(total, active)
    kind = "dense" if active is None else "mixture"
    assert model.total_parameters == total
    assert set(model.spread) == set(KINDS[kind])
    assert all(spread > 0 for spread in model.spread.values())
    assert "approximated" in model.note
    assert model.grade == "D"
    if active is None:
        assert model.touched_share(1) == 1
        assert 0.8 * total < model.active_parameters <= total
    else:
        assert model.active_parameters == active
        assert 0 < model.expert_parameters < total
        assert 0 < model.expert_share < 1
        assert model.step_weight_bytes(1, 1, 1) == pytest.approx(active, rel=1e-9)
    for value in (model.layers, model.hidden_size, model.kv_heads, model.heads, model.kv_bytes_per_token(2)):
        assert np.isfinite(value)
        assert value > 0


def test_larger_models_are_approximated_larger():
    small, large = approximate_architecture(8e9), approximate_architecture(400e9)
    assert small.layers < large.layers
    assert small.hidden_size < large.hidden_size
    assert small.kv_bytes_per_token(2) < large.kv_bytes_per_token(2)


@pytest.mark.parametrize(("total", "active"), [(0, None), (1e9, 2e9), (-1e9, None), (float("nan"), None), (float("inf"), 1e9)])
def test_impossible_parameters_are_refused(total, active):
    with pytest.raises(InvalidValueError, match="active parameters"):
        approximate_architecture(total, active)


def test_printed_errors_are_the_computed_ones():
    text = (paths.ROOT / "docs" / "explanation" / "model-facts.md").read_text(encoding="utf-8")
    printed = re.findall(r"^\| `(\w+)` \| ([\d.]+|-) \| ([\d.]+|-) \|$", text, re.MULTILINE)
    computed = {(kind, name): f"{error.spread:.2f}" for (kind, name), error in ERRORS.items()}
    found = {("dense", name): dense for name, dense, _ in printed if dense != "-"}
    found |= {("mixture", name): mixture for name, _, mixture in printed if mixture != "-"}
    assert found == computed
    assert f"architecture of {len(ROWS)} open models" in text
    text = " ".join(text.split())
    widths = [round(np.exp(2 * 1.96 * ERRORS[kind, "kv_bytes_per_token"].spread)) for kind in ("dense", "mixture")]
    assert f"An interval of 95% on it is {widths[0]} times wide for a dense model and {widths[1]} times for a mixture" in text
    shares = [error.inside for error in ERRORS.values()]
    assert f"hold {min(shares):.0%} to {max(shares):.0%} of the models left out" in text
