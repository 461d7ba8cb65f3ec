"""Levers that are choices: lever and setting agree draw by draw, and a lever is refused where it is in force or cannot act."""

import numpy as np
import pytest
from scenario_texts import refusal_of

from simulator.analysis.levers import rank_levers
from simulator.analysis.statistics import simulate_draws
from simulator.engine.options import RunOptions
from simulator.scenario import InvalidInputError, Overrides, library, open_scenario, read
from simulator.scenario.schema import AdjustmentRow

OPTIONS = RunOptions(draws=500)
RENTED = """
extends: training-run
chip: nvidia-h100-sxm
basis: rented
chips: 1024
total_parameters: 70e9
training_tokens: 2e12
on_demand_price: 2 to 3 USD/chip/hour
one_year_discount: 0.1
spot_discount: 0.4 to 0.6
block_discount: 0.2
outcomes: [chip_hours, wall_clock]
"""
PRICE = "on_demand_price: 2 to 3 USD/chip/hour"
HYPERSCALER = RENTED.replace(PRICE, "channel: hyperscaler").replace("block_discount: 0.2\n", "")
LISTED = RENTED.replace(f"{PRICE}\n", "")
OWN = RENTED + "fleet_use: 65%\n"
SETTINGS = {
    "spot-instances": ["commitment=spot"],
    "reserved-instances": ["commitment=one-year"],
    "flexible-workloads": ["commitment=capacity-block"],
    "own-hardware": ["basis=owned", "cost_of_capital=neocloud-2026", "facility_price=colocation-2025",
                     "hardware_maintenance_rate=trade-practice", "insurance_rate=trade-practice",
                     "operators_per_power=data-centre-2026", "engineers_per_chip=cluster-2026", "operations_pay=us-2026"],
    "newer-chips": ["chip=nvidia-b200-sxm"],
    "on-demand-instances": ["commitment=on-demand"],
    "shared-reservation": ["reservation=shared", "idle_factor=cloud-2025"],
}  # fmt: skip
CONTRACTED = RENTED + "commitment: one-year\n"
TEXTS = {"own-hardware": OWN, "on-demand-instances": CONTRACTED, "shared-reservation": CONTRACTED}
"""Scenarios of levers that do not apply to the rented run."""
CREDITS = ["credit_grant=startup-programmes-2026", "credit_share=startup-2026", "credit_term=programmes-2026"]


def draws_of(scenario):
    """Return all quantities of a scenario in each draw."""
    return simulate_draws(scenario, OPTIONS, scenario.plan.names).retained_draws


LATER = ("total_cost", "build_cost", "work_cost", "cash_", "noncash_cost", "adoption_")
"""Quantities that the cost of adoption is a part of."""


def assert_same_draws(by_lever, by_setting):
    """Check that a lever and the setting agree draw by draw in all but the line and the delay of its adoption."""
    assert by_lever.lines == (*by_setting.lines, "adoption_cost")
    first, second = draws_of(by_lever), draws_of(by_setting)
    for name in by_setting.plan.names:
        if not name.startswith(LATER) and not name.endswith((".start", ".end")):
            np.testing.assert_array_equal(first[name], second[name], err_msg=name)
    np.testing.assert_allclose(first["total_cost"] - first["adoption_cost"], second["total_cost"], rtol=1e-12)
    assert (first["adoption_cost"] > 0).all()


@pytest.mark.parametrize("lever", SETTINGS)
def test_lever_and_setting_agree_draw_by_draw_in_every_quantity(lever, read_scenario):
    text = TEXTS.get(lever, RENTED)
    without = read_scenario(text)
    by_lever = read_scenario(text, levers=[lever])
    by_setting = read_scenario(text, sets=SETTINGS[lever])
    assert_same_draws(by_lever, by_setting)
    before, after = draws_of(without), draws_of(by_lever)
    assert any(name not in before or not np.array_equal(before[name], values) for name, values in after.items())


def test_specialised_cloud_agrees_with_its_setting(read_scenario):
    assert_same_draws(read_scenario(HYPERSCALER, levers=["neocloud"]), read_scenario(HYPERSCALER, sets=["channel=neocloud"]))


def test_credits_are_the_same_by_lever_and_by_setting(read_scenario):
    text = RENTED + "available: credit-programme\n"
    by_setting = read_scenario(text, sets=[*CREDITS, "outcomes=[inherited, cash_cost, credits_used]"])
    assert_same_draws(read_scenario(text, levers=["cloud-credits"]), by_setting)
    message = refusal_of(read_scenario, RENTED, levers=["cloud-credits"])
    assert "needs `available: credit-programme`, which this scenario does not list" in message


def test_quantity_that_is_a_distribution_is_multiplied_draw_by_draw(read_scenario):
    text = RENTED.replace("chips: 1024", "chips: {quantiles: {p5: 512, p50: 1024, p95: 4096}, truncate: {high: 8192}}")
    plain, doubled = draws_of(read_scenario(text)), draws_of(read_scenario(text, levers=["bigger-clusters"]))
    np.testing.assert_allclose(doubled["chips"], 2 * plain["chips"], rtol=1e-12)
    hours = doubled["chip_hours"] / plain["chip_hours"]
    np.testing.assert_allclose(2 * doubled["wall_clock"], plain["wall_clock"] * hours, rtol=1e-12)


@pytest.mark.parametrize("lever", SETTINGS)
def test_levers_in_the_file_and_on_the_command_line_are_one(lever, read_scenario):
    text = TEXTS.get(lever, RENTED)
    a, b = read_scenario(text + f"levers: [{lever}]\n"), read_scenario(text, levers=[lever])
    assert (a.lines, a.plan.names) == (b.lines, b.plan.names)
    first, second = draws_of(a), draws_of(b)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


@pytest.mark.parametrize(
    ("text", "lever", "reason"),
    [
        (RENTED + "commitment: spot\n", "spot-instances", "is in force already: this scenario has `commitment: spot`"),
        (RENTED + "commitment: one-year\n", "reserved-instances", "in force already: this scenario has `commitment: one-year`"),
        (RENTED, "neocloud", "in force already: this scenario has `channel: neocloud`"),
        (RENTED + "credit_grant: 1e5\ncredit_share: 0.5\ncredit_term: 1 year\n", "cloud-credits", "in force already"),
        (
            RENTED.replace("basis: rented", "basis: owned"),
            "spot-instances",
            "needs `basis: rented`, but this has `basis: owned`",
        ),
        (RENTED.replace("basis: rented", "basis: owned"), "own-hardware", "in force already: this scenario has `basis: owned`"),
        (RENTED, "own-hardware", "needs fleet_use that is stated by the scenario, but it is not given"),
        (LISTED.replace("h100-sxm", "vr200"), "newer-chips", "has none after 'nvidia-vr200'"),
        (RENTED, "on-demand-instances", "in force already: this scenario has `commitment: on-demand`"),
        (RENTED, "shared-reservation", "needs `commitment: one-year or three-year or mixed`, but this has `commitment: on-"),
        (CONTRACTED + "reservation: shared\n", "shared-reservation", "in force already: this scenario has `reservation: sh"),
        (RENTED.replace(PRICE, "rental_price: 2 USD/chip/hour"), "spot-instances", "rental_price is given in its place"),
        (RENTED.replace("chips: 1024", "wall_clock: 20 day"), "bigger-clusters", "needs chips that is stated by the scenario"),
        (
            RENTED + "commitment: three-year\nthree_year_discount: 0.5\n",
            "reserved-instances",
            "needs `commitment: on-demand or spot or capacity-block`, but this has `commitment: three-year`",
        ),
        (
            LISTED.replace("one_year_discount: 0.1\n", "") + "commitment: one-year\nchannel: hyperscaler\n"
            "one_year_price: 2.20 USD/chip/hour\n",
            "neocloud",
            "but it is stated by the scenario: 2.20 USD/chip/hour, a price of commitment one-year",
        ),
        (
            HYPERSCALER.replace("channel: hyperscaler", "channel: hyperscaler\non_demand_price: 2.20 USD/chip/hour").replace(
                "one_year_discount: 0.1\n", ""
            ),
            "reserved-instances",
            "needs on_demand_price of a stated channel, but it is stated by the scenario: 2.20 USD/chip/hour",
        ),
    ],
)
def test_lever_is_refused_where_it_is_in_force_or_without_effect(text, lever, reason, read_scenario):
    message = refusal_of(read_scenario, text, levers=[lever])
    assert f"lever {lever}" in message
    assert reason in message


@pytest.mark.parametrize(
    ("price", "quantity"),
    [
        (PRICE, "on_demand_price"),
        ("rental_price: 2 USD/chip/hour", "rental_price"),
        ("one_year_price: 2 USD/chip/hour\ncommitment: one-year", "one_year_price"),
    ],
)
def test_a_price_of_the_older_chip_is_dropped_with_a_note(price, quantity, read_scenario):
    text = RENTED.replace(PRICE, price)
    scenario = read_scenario(text, levers=["newer-chips"])
    assert_same_draws(scenario, read_scenario(text, sets=["chip=nvidia-b200-sxm"]))
    note = f"scenario.yaml:{line_of(text, quantity)}:1) is that of nvidia-h100-sxm, so it does not apply to nvidia-b200"
    assert note in "\n".join(each.text for each in scenario.notes)
    assert "nvidia-b200-sxm" in scenario.choices["chip"]


def line_of(text, quantity):
    return next(number for number, line in enumerate(text.splitlines(), start=1) if line.startswith(f"{quantity}:"))


@pytest.mark.parametrize(
    ("lever", "change"),
    [
        ("spot-instances", "drops"),
        ("on-demand-instances", "drops"),
        ("newer-chips", "drops"),
        ("smaller-clusters", "shrinks"),
        ("bigger-clusters", ""),
        ("shared-reservation", ""),
    ],
)
def test_a_contract_that_a_lever_drops_is_noted(lever, change, write_plan):
    path = write_plan(CONTRACTED)
    ranking = rank_levers(open_scenario(path), OPTIONS, names=[lever])
    note = f"lever {lever} {change} the contract of the scenario (`commitment: one-year`): if it is signed, what it still owes"
    (saving,) = ranking.levers
    assert any(each.startswith(note) for each in saving.notes) is bool(change)
    if not change:
        assert not any("the contract of the scenario" in each for each in saving.notes)
    by_the_hour = read(write_plan(RENTED, "hour"), levers=["newer-chips"])
    assert not any("the contract of the scenario" in each.text for each in by_the_hour.notes)


def test_half_the_cluster_takes_twice_the_days_and_halves_a_contract(read_scenario):
    text = CONTRACTED.replace("[chip_hours, wall_clock]", "[chip_hours, wall_clock, billed_chip_hours]")
    plain, halved = (draws_of(read_scenario(text, levers=levers)) for levers in ([], ["smaller-clusters"]))
    np.testing.assert_allclose(2 * halved["chips"], plain["chips"], rtol=1e-12)
    # 512 chips for a year in place of 1,024, both far longer than the run
    np.testing.assert_allclose(2 * halved["billed_chip_hours"], plain["billed_chip_hours"], rtol=1e-12)
    hours = halved["chip_hours"] / plain["chip_hours"]
    assert (hours < 1).all()  # fewer interruptions
    np.testing.assert_allclose(halved["wall_clock"], 2 * hours * plain["wall_clock"], rtol=1e-12)


def test_two_levers_with_the_same_setting_are_refused_once(read_scenario):
    message = refusal_of(read_scenario, RENTED, levers=["spot-instances", "reserved-instances"])
    assert "lever reserved-instances: overlaps with spot-instances" in message
    assert len(message.splitlines()) == 1


def test_levers_with_effects_apply_on_top_of_the_selected_settings(read_scenario):
    with_both = draws_of(read_scenario(RENTED, levers=["spot-instances", "fault-tolerance"]))
    expected = draws_of(read_scenario(RENTED, sets=["commitment=spot"], levers=["fault-tolerance"]))
    np.testing.assert_array_equal(with_both["rental_cost"], expected["rental_cost"])


def test_remedy_of_a_shadowed_lever_works(read_scenario):
    text = RENTED.replace(f"{PRICE}\n", "") + "rental_price: 2 USD/chip/hour\n"
    assert "(`without: [rental_price]` computes it)" in refusal_of(read_scenario, text, levers=["reserved-instances"])
    assert read_scenario(text, levers=["reserved-instances"], sets=["without=[rental_price]"])
    line = len((text + "levers: [reserved-instances]\n").splitlines()) - 1
    message = refusal_of(read_scenario, text + "levers: [reserved-instances]\n")
    assert f"(remove it in line {line} to compute it)" in message
    assert read_scenario(text.replace("rental_price: 2 USD/chip/hour\n", "") + "levers: [reserved-instances]\n")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({}, "needs `effects`, or `choice`"),
        ({"choice": {"commitment": "spot"}, "probability_of_none": 0.5}, "has no `effects`, so it can have no"),
        ({"choice": {"chips": {"times": 2, "next": {"a": "b"}}}}, "needs one of times, next"),
    ],
)
def test_row_of_a_lever_has_effects_or_a_choice(row, reason):
    with pytest.raises(ValueError, match=reason):
        AdjustmentRow.model_validate({"about": "a lever", **row})


def test_choice_is_for_levers_alone(read_scenario):
    message = refusal_of(read_scenario, RENTED + "adjustments: {ours: {about: a, choice: {commitment: spot}}}\n")
    assert "levers alone" in message


def test_ranking_shows_spot_capacity_as_it_is_and_offers_nothing_that_is_in_force(write_plan):
    path = write_plan(RENTED)
    names = ["spot-instances", "reserved-instances", "neocloud", "bigger-clusters", "own-hardware"]
    ranking = rank_levers(open_scenario(path), OPTIONS, names=names)
    spot = next(each for each in ranking.levers if each.name == "spot-instances")
    plain, spotted = (draws_of(read(path, sets=sets)) for sets in ([], ["commitment=spot"]))
    np.testing.assert_array_equal(spot.draws, plain["total_cost"] - spotted["total_cost"])
    assert spot.added_hours == pytest.approx(np.median(spotted["wall_clock"] - plain["wall_clock"]))
    assert spot.added_hours > 0
    reserved = next(each for each in ranking.levers if each.name == "reserved-instances")
    assert reserved.probability_of_costing_more > 0.9  # 96 % of the year stands idle
    assert any("stand idle" in note for note in reserved.notes)
    bigger = next(each for each in ranking.levers if each.name == "bigger-clusters")
    assert bigger.added_hours < 0
    reasons = {each.name: each.reason for each in ranking.inapplicable}
    assert reasons["neocloud"] == "is in force already: this scenario has `channel: neocloud`"
    assert "needs fleet_use" in reasons["own-hardware"]
    on_spot = rank_levers(open_scenario(write_plan(RENTED + "commitment: spot\n", "spot")), OPTIONS, names=["spot-instances"])
    assert not on_spot.levers
    assert "in force already" in on_spot.inapplicable[0].reason


def test_option_that_has_an_effect_with_a_lever_only_is_no_error_of_the_ranking(write_plan):
    opened = open_scenario(write_plan(RENTED), Overrides(sets=("fleet_use=65%",)))
    assert [each.name for each in rank_levers(opened, OPTIONS, names=["own-hardware"]).levers] == ["own-hardware"]
    with pytest.raises(InvalidInputError, match="fleet_use: has no effect here"):
        rank_levers(opened, OPTIONS, names=["fault-tolerance"])


# --- by name: which levers are offered, and why others are not -----------------------------------------------------------

CONTRACT = """
extends: [small-medium, startup]
total_parameters: 7e9 parameter
chips: 256 chip
rental_price: {value: 2.20 USD/chip/hour, term: one-year}
"""
ACADEMIC = "extends: [small-medium, academic]\n"
OFFERED = {
    "deepseek-v3": {
        "active-sampling", "bigger-clusters", "curriculum-learning", "data-parallelism", "decentralised-training",
        "hybrid-modular", "large-batch-training", "linear-attention", "memory-thrifty-optimisers", "new-optimisers",
        "parameter-sharing", "smaller-clusters", "synthetic-data", "wait-for-better-recipes", "weight-sparsity",
    },
    "llama-3.1-405b": {
        "active-sampling", "bigger-clusters", "curriculum-learning", "data-parallelism", "fp8-training", "hybrid-modular",
        "large-batch-training", "linear-attention", "memory-thrifty-optimisers", "mixture-of-experts", "new-optimisers",
        "newer-chips", "off-peak-scheduling", "parameter-sharing", "renewable-energy", "smaller-clusters", "synthetic-data",
        "wait-for-better-recipes", "weight-sparsity",
    },
    "contract": {
        "active-sampling", "bigger-clusters", "curriculum-learning", "data-parallelism", "early-stopping",
        "expense-monitoring", "fault-tolerance", "fp8-training", "hybrid-modular", "hyperparameter-transfer",
        "intermediate-evaluations", "large-batch-training", "linear-attention", "low-communication-training",
        "low-rank-pretraining", "memory-thrifty-optimisers", "mixture-of-experts", "new-optimisers", "newer-chips",
        "on-demand-instances", "parameter-sharing", "smaller-clusters", "spot-instances", "synthetic-data",
        "wait-for-better-recipes", "weight-sparsity",
    },
    "academic": {
        "active-sampling", "bigger-clusters", "curriculum-learning", "data-parallelism", "early-stopping",
        "fault-tolerance", "fp8-training", "hybrid-modular", "hyperparameter-transfer", "intermediate-evaluations",
        "large-batch-training", "linear-attention", "low-communication-training", "low-rank-pretraining",
        "memory-thrifty-optimisers", "mixture-of-experts", "new-optimisers", "newer-chips", "on-demand-instances",
        "parameter-sharing", "reserved-instances", "smaller-clusters", "synthetic-data", "wait-for-better-recipes",
        "weight-sparsity",
    },
    "api-user": {"batch-prices", "open-source-models", "prompt-caching"},
}  # fmt: skip
REASONS = {
    "deepseek-v3": {
        "mixture-of-experts": "needs active_parameters at least total_parameters, but it is 37.0B",
        "fp8-training": "inside the figures of the scenario already",
        "neocloud": "in force already: this scenario has `channel: neocloud`",
        "reserved-instances": "rental_price is given in its place",
        "pretrained-model": "needs `available: base-model`, which this scenario does not list",
        "immersion-cooling": "needs `basis: owned or purchased`, but this has `basis: rented`",
        "low-rank-pretraining": "needs total_parameters at most 7e9, but it is 671B",
        "hyperparameter-transfer": "there is nothing to change: experiments_factor is 1",
        "federated-learning": "needs partners above 1, but it is 1.00",
    },
    "llama-3.1-405b": {
        "fault-tolerance": "inside the figures of the scenario already",
        "immersion-cooling": "needs pue above 1.2, but it is 1.08",
        "spot-instances": "needs `basis: rented`, but this has `basis: owned`",
        "own-hardware": "in force already: this scenario has `basis: owned`",
    },
    "contract": {
        "neocloud": "in force already: this scenario has `channel: neocloud`",
        "reserved-instances": "in force already: this scenario has `commitment: one-year`",
        "cloud-credits": "in force already: this scenario has credit_grant and credit_share and credit_term",
        "shared-reservation": "in force already: this scenario has `reservation: shared`",
        "own-hardware": "needs fleet_use that is stated by the scenario, but it is given by a preset: laboratory-2025",
        "open-source-models": "needs `serving: priced`, but this has `serving: hosted`",
    },
    "academic": {
        "spot-instances": "in force already: this scenario has `commitment: spot`",
        "cloud-credits": "in force already: this scenario has credit_grant and credit_share",
        "expense-monitoring": "needs idle_factor, which no line or outcome of this scenario uses",
    },
    "api-user": {
        "serving-quantisation": "needs `serving: hosted`, but this has `serving: priced`",
        "new-optimisers": "needs chip_hours, which no line or outcome of this scenario uses",
        "few-shot": "needs `available: general-model`, which this scenario does not list",
    },
}


@pytest.mark.parametrize("name", OFFERED)
def test_levers_are_offered_where_they_apply_and_refused_with_the_reason(name, write_plan):
    texts = {"contract": CONTRACT, "academic": ACADEMIC}
    ranking = rank_levers(open_scenario(write_plan(texts[name]) if name in texts else name), OPTIONS)
    assert {each.name for each in ranking.levers} == OFFERED[name]
    reasons = {each.name: each.reason for each in ranking.inapplicable}
    for lever, reason in REASONS[name].items():
        assert reason in reasons[lever]
    assert OFFERED[name].isdisjoint(reasons)


def test_levers_with_a_choice_name_settings_or_quantities_of_the_model():
    from simulator import model
    from simulator.scenario.schema import Settings

    choices = {
        name: AdjustmentRow.model_validate(library.find_file("levers", name).plain()).choice for name in library.names("levers")
    }
    assert set(SETTINGS) | {"neocloud", "cloud-credits", "bigger-clusters"} <= {
        name for name, choice in choices.items() if choice
    }
    known = {*Settings.model_fields, *model.base_graph().units}
    assert all(key in known for choice in choices.values() for key in choice)
