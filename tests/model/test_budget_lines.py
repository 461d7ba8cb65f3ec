"""Lines that real budgets have: shares of a cloud's bill, software, evaluation, safety testing, compliance, and upkeep."""

import numpy as np
import pytest

from simulator.core.errors import InvalidInputError
from simulator.engine.simulate import simulate
from simulator.scenario import library, read
from simulator.scenario.rents import OF_CHANNEL

DRAWS = 2000
PUBLISHED = {
    "gpt-3": {"staff_cost"}, "gpt-4": {"staff_cost"}, "gemini-ultra": {"staff_cost"}, "palm-540b": set(), "bloom-176b": set(),
    "llama-3.1-405b": set(), "deepseek-v3": set(), "gpt-3-lambda-2020": set(), "epoch/gpt-3": {"staff_cost"},
    "epoch/gpt-4": {"staff_cost"}, "epoch/gemini-ultra": {"staff_cost"}, "epoch/gpu-run": set(),
}  # fmt: skip
"""Lines beside the run of scenarios that reproduce published figures."""
RUN = {
    "chip_cost", "server_cost", "network_cost", "energy_cost", "rental_cost", "idle_cost", "capital_cost", "resale_credit",
    "facility_cost", "hardware_maintenance_cost", "insurance_cost", "operations_cost",
}  # fmt: skip
COMMON = {"software_cost", "evaluation_cost", "safety_testing_cost", "compliance_cost"}


@pytest.fixture
def read_presets(read_scenario):
    def read(*presets, more=""):
        return read_scenario(f"extends: [{', '.join(presets)}]\n{more}")

    return read


def draws(scenario, *names):
    return simulate(scenario, DRAWS, keep=dict.fromkeys((*scenario.lines, *names))).retained_draws


def notes(scenario, code):
    return [note.subject for note in scenario.notes if note.code == code]


# --- which presets have which lines -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PUBLISHED)
def test_scenario_of_a_published_figure_keeps_its_scope_and_says_so(name):
    assert set(read(name).lines) - RUN == PUBLISHED[name]
    assumed = " ".join(library.find_file("scenarios", name).plain()["assumed"])
    assert "evaluation, safety testing and compliance are left out" in " ".join(assumed.split())


@pytest.mark.parametrize("tier", ["small-medium", "large", "cutting-edge"])
@pytest.mark.parametrize(
    ("organisation", "expected"),
    [
        ("startup", COMMON | {"other_cloud_cost"}),
        ("tech-company", COMMON | {"cpu_node_cost"}),
        ("consortium", COMMON | {"cpu_node_cost"}),
        ("academic", {"software_cost", "evaluation_cost", "other_cloud_cost"}),
    ],
)
def test_each_organisation_has_the_lines_that_it_needs(tier, organisation, expected, read_presets):
    lines = set(read_presets(tier, organisation).lines)
    assert lines & {*COMMON, "other_cloud_cost", "cpu_node_cost", "support_cost", "egress_cost", "platform_cost"} == expected


def test_whole_life_adds_compliance_of_the_service_and_an_api_user_has_no_compute(read_presets):
    assert "service_compliance_cost" in read_presets("large", "startup", "whole-life").lines
    assert "service_compliance_cost" not in read_presets("large", "academic", "whole-life").lines
    assert set(read("api-user").lines) == COMMON | {"serving_cost", "staff_cost"}


def test_final_run_has_none_of_them(read_presets):
    assert set(read_presets("large", "startup", "final-run").lines) == {"rental_cost", "idle_cost"}


# --- shares of the bill -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "channel", "low", "high"),
    [
        # published 2 to 10 %, of which lost goodput is 2.1 to 3.4 %
        ("cutting-edge", "neocloud", 0.003, 0.10),
        # published 5 to 25 %, of which lost goodput is 2.1 %
        ("cutting-edge", "hyperscaler", 0.03, 0.25),
        # published 15 to 55 %
        ("small-medium", "neocloud", 0.0, 0.55),
    ],
)
def test_other_items_of_a_cloud_are_within_what_is_published(tier, channel, low, high, read_presets):
    scenario = read_presets(tier, "startup", more=f"channel: {channel}\none_year_discount: 0.05\n")
    sample = draws(scenario, "cloud_bill")
    share = sample["other_cloud_cost"] / sample["cloud_bill"]
    assert low < np.quantile(share, 0.06)
    assert np.quantile(share, 0.94) < high


def test_bill_of_a_few_chips_has_the_share_of_a_small_cluster(read_presets):
    def share(chips):
        sample = draws(read_presets("small-medium", "startup", more=f"chips: {chips}"), "other_cloud_share")
        return np.median(sample["other_cloud_share"])

    shares = {chips: share(chips) for chips in (16, 64, 256, 1000, 4000)}
    assert shares[16] == shares[64] == pytest.approx(0.35, abs=0.01)
    assert shares[1000] == shares[4000] == pytest.approx(0.025, abs=0.003)
    assert shares[64] > shares[256] > shares[1000]


def test_every_quantity_of_a_channel_has_a_row_for_each():
    for channel in ("neocloud", "hyperscaler", "marketplace"):
        assert channel in library.rows_of("large_cluster_share")
    assert "large_cluster_share" in OF_CHANNEL


# --- what a price includes already ------------------------------------------------------------------------------------------


def test_storage_is_no_line_where_the_price_of_the_cluster_or_the_cloud_includes_it(read_presets):
    owned, rented = read_presets("large", "tech-company"), read_presets("large", "startup")
    for scenario in (owned, rented):
        assert "storage_cost" not in scenario.lines
        assert notes(scenario, "line-included") == ["storage_cost"]
    # the network of the published study, which is of earlier chips too, comes without storage
    of_study = "network_factor: {from: cottier-2024, chip: nvidia-h100-sxm}"
    assert "storage_cost" in read_presets("large", "tech-company", more=of_study).lines
    assert "storage_cost" in read_presets("large", "tech-company", more="chip: nvidia-a100-sxm4-80gb").lines
    # a price of the cluster includes its storage whatever the factor that splits it
    stated = read_presets("large", "tech-company", more=f"{of_study}\ncluster_price: 40000 USD/chip")
    assert "storage_cost" not in stated.lines


def test_itemised_lines_take_the_place_of_the_share(read_presets):
    more = "without: [small_cluster_share]\nsupport_share: 0.05\negress_bytes: 1e14 byte\negress_price: 0.05 USD/GB\n"
    scenario = read_presets("large", "startup", more=more)
    assert {"storage_cost", "support_cost", "egress_cost"} <= set(scenario.lines)
    assert "other_cloud_cost" not in scenario.lines
    assert notes(scenario, "line-included") == []


def test_line_that_a_user_states_is_kept_and_noted(read_presets):
    scenario = read_presets("large", "startup", more="support_share: 0.05\n")
    assert {"support_cost", "other_cloud_cost"} <= set(scenario.lines)
    assert notes(scenario, "line-counted-beside") == ["support_cost"]
    named = read_presets("large", "startup", more="lines: [compute, other_cloud_cost, storage_cost]\n")
    assert "storage_cost" in named.lines
    assert notes(named, "line-counted-beside") == ["storage_cost"]


def test_excludes_is_checked_against_the_schema(read_presets):
    with pytest.raises(InvalidInputError, match="excludes"):
        read_presets("large", "tech-company", more='network_factor: {value: 1.2, excludes: "no name"}')


# --- what the lines depend on -----------------------------------------------------------------------------------------------


def test_seats_follow_the_staff(read_presets):
    before = draws(read_presets("large", "startup"), "staff_effort")
    prices = "tracking_price: 0 USD/person/month\ndeveloper_software_price: 100 USD/person/month\n"
    after = draws(read_presets("large", "startup", more=prices), "staff_effort")
    np.testing.assert_allclose(after["software_cost"], after["staff_effort"] * 100 * 12 / 8766, rtol=1e-12)
    np.testing.assert_array_equal(before["staff_effort"], after["staff_effort"])


def test_a_run_above_the_threshold_has_the_duties_of_a_systemic_risk(read_presets):
    def cost(flop):
        rates = "base_compliance_rate: 60000 USD/year\nsystemic_risk_rate: 1e6 USD/year\n"
        scenario = read_presets("large", "startup", more=f"training_flop: {flop} FLOP\nduration: 6 month\n{rates}")
        return np.unique(draws(scenario)["compliance_cost"])

    assert cost(9.9e24) == pytest.approx([30_000])
    assert cost(1e25) == pytest.approx([530_000])


def test_upkeep_is_a_share_of_the_staff_and_knows_neither_compute_nor_idle_hours(read_presets):
    more = "service_life: 2 year\nmaintenance_rate: 20 percent/year\n"
    sample = draws(read_presets("large", "startup", "whole-life", more=more))
    np.testing.assert_allclose(sample["maintenance_cost"], 0.4 * sample["staff_cost"], rtol=1e-12)
    idle = draws(read_presets("large", "startup", "whole-life", more=more + "idle_factor: 3\n"))
    np.testing.assert_array_equal(idle["maintenance_cost"], sample["maintenance_cost"])
    np.testing.assert_array_equal(idle["refresh_cost"], sample["refresh_cost"])
    dear = draws(read_presets("large", "startup", "whole-life", more=more + "one_year_price: 20 USD/chip/hour\n"))
    np.testing.assert_array_equal(dear["maintenance_cost"], sample["maintenance_cost"])
    assert (dear["refresh_cost"] > sample["refresh_cost"]).all()


def test_red_team_of_a_frontier_model_costs_what_research_expects(read_presets):
    cost = draws(read_presets("cutting-edge", "tech-company"))["safety_testing_cost"]
    assert 0.15e6 < np.quantile(cost, 0.05) < 0.4e6
    assert 0.7e6 < np.median(cost) < 1.5e6
    assert 3e6 < np.quantile(cost, 0.95) < 8e6
