"""Levers that are choices: lever and setting agree draw by draw, and a lever is refused where it is in force or cannot act."""

import numpy as np
import pytest
from scenario_texts import refusal_of

from simulator.analysis.levers import rank_levers
from simulator.analysis.statistics import simulate_draws
from simulator.engine.options import RunOptions
from simulator.scenario import library, open_scenario, read
from simulator.scenario.schema import AdjustmentRow

OPTIONS = RunOptions(draws=500)
RENTED = """
extends: training-run
chip: nvidia-h100-sxm
basis: rented
chips: 1024
total_parameters: 70e9
training_tokens: 2e12
on_demand_price: 2 to 3
one_year_discount: 0.1
spot_discount: 0.4 to 0.6
block_discount: 0.2
outcomes: [chip_hours, wall_clock]
"""
HYPERSCALER = RENTED.replace("on_demand_price: 2 to 3", "channel: hyperscaler").replace("block_discount: 0.2\n", "")
SETTINGS = {
    "spot-instances": ["commitment=spot"],
    "reserved-instances": ["commitment=one-year"],
    "flexible-workloads": ["commitment=capacity-block"],
    "own-hardware": ["basis=owned"],
    "bigger-clusters": ["chips=2048"],
    "newer-chips": ["chip=nvidia-b200-sxm"],
}
CREDITS = ["credit_grant=startup-programmes-2026", "credit_share=startup-2026", "credit_term=programmes-2026"]


def draws_of(scenario):
    """Return all quantities of a scenario in each draw."""
    return simulate_draws(scenario, OPTIONS, scenario.plan.names).retained_draws


def assert_same_draws(a, b):
    assert a.plan.names == b.plan.names
    assert a.lines == b.lines
    first, second = draws_of(a), draws_of(b)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


@pytest.mark.parametrize("lever", SETTINGS)
def test_lever_and_setting_agree_draw_by_draw_in_every_quantity(lever, read_scenario):
    without = read_scenario(RENTED)
    by_lever = read_scenario(RENTED, levers=[lever])
    by_setting = read_scenario(RENTED, sets=SETTINGS[lever])
    assert_same_draws(by_lever, by_setting)
    before, after = draws_of(without), draws_of(by_lever)
    assert any(name not in before or not np.array_equal(before[name], values) for name, values in after.items())


def test_specialised_cloud_agrees_with_its_setting(read_scenario):
    assert_same_draws(read_scenario(HYPERSCALER, levers=["neocloud"]), read_scenario(HYPERSCALER, sets=["channel=neocloud"]))


def test_credits_are_the_same_by_lever_and_by_setting(read_scenario):
    text = RENTED.replace("outcomes: [chip_hours, wall_clock]", "outcomes: [cash_cost, credits_used]")
    assert_same_draws(read_scenario(text, levers=["cloud-credits"]), read_scenario(text, sets=CREDITS))
    message = refusal_of(read_scenario, RENTED, levers=["cloud-credits"])
    assert "selects credit_grant, which is not used here" in message


def test_quantity_that_is_a_distribution_is_multiplied_draw_by_draw(read_scenario):
    text = RENTED.replace("chips: 1024", "chips: {quantiles: {p5: 512, p50: 1024, p95: 4096}, truncate: {high: 8192}}")
    plain, doubled = draws_of(read_scenario(text)), draws_of(read_scenario(text, levers=["bigger-clusters"]))
    np.testing.assert_allclose(doubled["chips"], 2 * plain["chips"], rtol=1e-12)
    np.testing.assert_allclose(2 * doubled["wall_clock"], plain["wall_clock"], rtol=1e-12)


@pytest.mark.parametrize("lever", SETTINGS)
def test_levers_in_the_file_and_on_the_command_line_are_one(lever, read_scenario):
    assert_same_draws(read_scenario(RENTED + f"levers: [{lever}]\n"), read_scenario(RENTED, levers=[lever]))


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
        (RENTED.replace("basis: rented", "basis: owned"), "own-hardware", "needs `basis: rented`"),
        (RENTED.replace("h100-sxm", "vr200"), "newer-chips", "has none after 'nvidia-vr200'"),
        (RENTED.replace("on_demand_price: 2 to 3", "rental_price: 2"), "spot-instances", "rental_price is given in its place"),
        (RENTED.replace("on_demand_price: 2 to 3", "rental_price: 2"), "newer-chips", "rental_price is given in its place"),
        (RENTED.replace("chips: 1024", "wall_clock: 20 day"), "bigger-clusters", "changes chips, which is not given here"),
    ],
)
def test_lever_is_refused_where_it_is_in_force_or_without_effect(text, lever, reason, read_scenario):
    message = refusal_of(read_scenario, text, levers=[lever])
    assert f"lever {lever}" in message
    assert reason in message


def test_two_levers_with_the_same_setting_are_refused_once(read_scenario):
    message = refusal_of(read_scenario, RENTED, levers=["spot-instances", "reserved-instances"])
    assert "lever reserved-instances: overlaps with spot-instances" in message
    assert len(message.splitlines()) == 1


def test_levers_with_effects_apply_on_top_of_the_selected_settings(read_scenario):
    with_both = draws_of(read_scenario(RENTED, levers=["spot-instances", "fault-tolerance"]))
    expected = draws_of(read_scenario(RENTED, sets=["commitment=spot"], levers=["fault-tolerance"]))
    np.testing.assert_array_equal(with_both["total_cost"], expected["total_cost"])


def test_remedy_of_a_shadowed_lever_works(read_scenario):
    text = RENTED.replace("on_demand_price: 2 to 3\n", "") + "rental_price: 2\n"
    assert "(`without: [rental_price]` computes it)" in refusal_of(read_scenario, text, levers=["reserved-instances"])
    assert read_scenario(text, levers=["reserved-instances"], sets=["without=[rental_price]"])
    line = len((text + "levers: [reserved-instances]\n").splitlines()) - 1
    message = refusal_of(read_scenario, text + "levers: [reserved-instances]\n")
    assert f"(remove it in line {line} to compute it)" in message
    assert read_scenario(text.replace("rental_price: 2\n", "") + "levers: [reserved-instances]\n")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({}, "needs `effects`, or `choice`"),
        ({"choice": {"commitment": "spot"}, "effects": [{"on": "chips", "multiply": "2"}]}, "so it needs no effects"),
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
    assert [each.name for each in ranking.no_line] == ["bigger-clusters"]
    assert [(each.name, "in force already" in each.reason) for each in ranking.inapplicable] == [("neocloud", True)]
    on_spot = rank_levers(open_scenario(write_plan(RENTED + "commitment: spot\n", "spot")), OPTIONS, names=["spot-instances"])
    assert not on_spot.levers
    assert "in force already" in on_spot.inapplicable[0].reason


def test_option_that_a_lever_makes_needless_does_not_keep_it_out_of_the_ranking(write_plan):
    from simulator.scenario import Overrides

    opened = open_scenario(write_plan(RENTED), Overrides(sets=("on_demand_price=2.5",)))
    assert [each.name for each in rank_levers(opened, OPTIONS, names=["own-hardware"]).levers] == ["own-hardware"]


def test_levers_with_a_choice_name_settings_or_quantities_of_the_model():
    from simulator import model
    from simulator.scenario.schema import Settings

    choices = {
        name: AdjustmentRow.model_validate(library.find_file("levers", name).plain()).choice for name in library.names("levers")
    }
    assert set(SETTINGS) | {"neocloud", "cloud-credits"} <= {name for name, choice in choices.items() if choice}
    known = {*Settings.model_fields, *model.base_graph().units}
    assert all(key in known for choice in choices.values() for key in choice)
