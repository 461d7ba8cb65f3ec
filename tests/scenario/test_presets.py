"""Presets laid over one another, drivers worked by hand, rules of thumb beside prices, and the tables of the library."""

import json
import math
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner
from library_table import README as LIBRARY_README
from library_table import written

from simulator import model
from simulator.cli.commands import list as listing
from simulator.core.errors import InvalidInputError
from simulator.engine.graph import build_graph
from simulator.engine.simulate import simulate
from simulator.engine.summaries import summarize
from simulator.model import credits, data, energy, serving, site, software, upkeep
from simulator.scenario import library, read
from simulator.scenario.catalogue import last_day, list_library, select_older
from simulator.scenario.overrides import open_scenario
from simulator.scenario.schema import ChipRow, split

TIERS = ("small-medium", "large", "cutting-edge")
ORGANISATIONS = ("tech-company", "academic", "startup", "consortium")
SCOPES = {"final-run": "final run", "development": "development cost", "whole-life": "cost of the whole life"}
RANGES = {"large": (1e6, 20e6), "cutting-edge": (50e6, 1e9)}
TOTAL = "total_cost"
DRAWS = 20_000
YEAR = 8766.0


@pytest.fixture
def read_presets(read_scenario):
    def read(*presets, more=""):
        return read_scenario(f"extends: [{', '.join(presets)}]\n{more}")

    return read


def figures(scenario, name=TOTAL, draws=DRAWS):
    return summarize(simulate(scenario, draws).accumulators[name], 0.95)


def median(scenario, name=TOTAL):
    return figures(scenario, name).median


# --- tiers, organisations, scopes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("organisation", ORGANISATIONS)
@pytest.mark.parametrize("tier", TIERS)
def test_presets_combine(tier, organisation, scope, read_presets):
    scenario = read_presets(tier, organisation, scope)
    total = figures(scenario)
    assert scenario.scope == SCOPES[scope]
    assert 0 < total.low < total.median < total.high < math.inf
    assert math.isfinite(total.mean)
    if scope == "final-run" and tier in RANGES:
        low, high = RANGES[tier]
        assert low < total.median < high


@pytest.mark.parametrize("tier", TIERS)
def test_tier_runs_by_itself(tier):
    assert figures(read(tier)).low > 0


@pytest.mark.parametrize("tier", TIERS)
def test_wider_scope_costs_more_and_its_parts_are_the_same(tier, read_presets):
    final_run, development, whole_life = (simulate(read_presets(tier, "startup", scope), DRAWS) for scope in SCOPES)
    medians = [summarize(result.accumulators[TOTAL], 0.95).median for result in (final_run, development, whole_life)]
    assert medians == sorted(medians)
    assert whole_life.scenario.lines[: len(development.scenario.lines)] == development.scenario.lines
    assert summarize(whole_life.accumulators["build_cost"], 0.95).median == pytest.approx(medians[1], rel=0.03)


@pytest.mark.parametrize("organisation", ORGANISATIONS)
@pytest.mark.parametrize("tier", TIERS)
def test_tier_and_organisation_may_come_in_either_order(tier, organisation, read_presets):
    one, other = read_presets(tier, organisation), read_presets(organisation, tier)
    assert one.fingerprint == other.fingerprint
    assert one.choices == other.choices
    figures(other, draws=200)


def test_whole_life_may_stand_anywhere_and_the_final_run_stands_last(read_presets):
    assert (
        read_presets("whole-life", "large", "startup").fingerprint == read_presets("large", "startup", "whole-life").fingerprint
    )
    assert read_presets("large", "startup", "final-run").scope == "final run"
    # Named first, it gives way as a whole: never a final run with the tier's experiments in it.
    early = read_presets("final-run", "large", "startup")
    assert early.scope == "development cost"
    assert early.fingerprint == read_presets("large", "startup").fingerprint


@pytest.mark.parametrize("tier", TIERS)
def test_final_run_leaves_the_experiments_out(tier, read_presets):
    alone, developed = read_presets(tier, "startup", "final-run"), read_presets(tier, "startup", "development")
    assert alone.inputs["experiments_factor"].distribution.quantile(0.5) == 1
    assert developed.inputs["experiments_factor"].distribution.quantile(0.5) > 1.5


@pytest.mark.parametrize("organisation", ORGANISATIONS)
def test_organisation_says_nothing_of_one_chip(organisation):
    chip_quantities = {key for node in library.chips().values() for key in ChipRow.model_validate(node.plain()).model_extra}
    keys = library.find_file("scenarios", organisation).keys.keys()
    assert not keys & (chip_quantities | {"chip", "rental_price", "chips", "spot_price", "one_year_price"})


@pytest.mark.parametrize("chip", ["nvidia-a100-sxm4-80gb", "google-tpu-v5p", "amd-mi300x"])
@pytest.mark.parametrize("organisation", ORGANISATIONS)
def test_organisation_fits_another_chip(organisation, chip, read_presets):
    assert figures(read_presets("large", organisation, more=f"chip: {chip}"), draws=200).low > 0


@pytest.mark.parametrize("tier", TIERS)
def test_who_cannot_hold_the_model_is_refused(tier, read_presets):
    with pytest.raises(InvalidInputError, match="does not fit"):
        read_presets(tier, more="chips: 1\ntotal_parameters: 1e12")


def test_small_tier_says_that_no_range_is_published():
    settings, _ = split(library.find_file("scenarios", "small-medium").plain())
    assert "Nobody publishes" in " ".join(settings["about"].split())
    assert any("No published cost range" in fact for fact in settings["known"])
    assert "point" not in settings
    figures_in = (library.folder().parent / "README.md").read_text(encoding="utf-8")
    assert not [line for line in figures_in.splitlines() if "small-medium" in line and "published" in line]


def test_tiers_are_apart(read_presets):
    middle = [median(read_presets(tier, "tech-company", "final-run")) for tier in TIERS]
    assert all(10 * low < high for low, high in pairwise(middle))


# --- dependence -------------------------------------------------------------------------------------------------------------


def test_pairs_of_the_preset_hold_where_both_are_unknown(read_presets):
    owned, rented = read_presets("cutting-edge", "tech-company"), read_presets("cutting-edge", "startup")
    own_mfu = open_scenario("cutting-edge").with_(sets=["mfu=0.3 to 0.4"]).scenario
    assert own_mfu.ranks[("mfu", "power_share")] == 0.6
    assert ("on_demand_price", "processing_price") in rented.ranks
    own_goodput = open_scenario("cutting-edge").with_(sets=["goodput=0.8 to 0.9"]).scenario
    assert ("chips", "goodput") in own_goodput.ranks
    assert not {"on_demand_price"} & {name for pair in owned.ranks for name in pair}
    assert ("chips", "mfu") not in read_presets("cutting-edge", "startup", more="chips: 20000").ranks


@pytest.mark.parametrize("organisation", ORGANISATIONS)
@pytest.mark.parametrize("tier", TIERS)
def test_pairs_have_their_rank_correlation(tier, organisation, read_presets):
    result = simulate(read_presets(tier, organisation, "whole-life"), DRAWS)
    assert len(result.achieved_ranks) >= 5
    for pair, achieved in result.achieved_ranks.items():
        assert achieved == pytest.approx(result.scenario.ranks[pair], abs=0.03)


PAIRS = [row for row in library.find_file("scenarios", "dependence").plain()["dependence"] if row != "inherited"]


def test_all_pairs_can_hold_together_and_so_any_of_them():
    names = sorted({name for row in PAIRS for name in row["between"]})
    matrix = np.eye(len(names))
    for row in PAIRS:
        a, b = (names.index(name) for name in row["between"])
        assert matrix[a, b] == 0, "a pair stands here once"
        matrix[a, b] = matrix[b, a] = 2 * math.sin(math.pi * float(row["rank"]) / 6)  # of normals with this rank correlation
    assert np.linalg.eigvalsh(matrix)[0] > 0.01


def test_every_pair_says_why():
    for row in PAIRS:
        assert row["about"]
        assert row.get("sources") or "judgement" in row["about"].lower()


# --- prices that move -------------------------------------------------------------------------------------------------------

HOUR_OF_A_CHIP = """
extends: [training-run, price-path]
basis: rented
final_run_chip_hours: 1 chip*hour
rental_price: 1 USD/chip/hour
outcomes: []
"""


def price_factors(read_scenario, more=""):
    return simulate(read_scenario(HOUR_OF_A_CHIP + more), DRAWS, keep=[TOTAL]).retained_draws[TOTAL]


def test_prices_do_not_only_fall(read_scenario):
    factors = price_factors(read_scenario)
    assert 0.25 < np.mean(factors > 1) < 0.6
    assert np.mean(factors > 1.4) > 0.05
    assert np.mean(factors < 0.6) > 0.05


def test_price_that_is_paid_today_is_todays(read_scenario):
    assert np.all(price_factors(read_scenario, "lead_time: 0 hour") == 1)


def test_price_is_more_uncertain_the_later_it_is_paid(read_scenario):
    deviations = [np.std(np.log(price_factors(read_scenario, f"lead_time: {months} month"))) for months in (1, 6, 12, 36)]
    assert deviations == sorted(deviations)


def test_walk_is_that_of_a_price_that_moves_by_40_percent_a_year_and_comes_half_back_in_one_and_a_half(read_scenario):
    no_trend = "price_drift: 0 OOM/year\nrise_rate: 0 OOM/year\nfall_rate: 0 OOM/year\n"
    middles = "price_spread: 0.416\nprice_reversion: 0.20069 OOM/year\n"  # those of the library's rows
    log_factors = np.log(price_factors(read_scenario, no_trend + middles))
    steps, rng = 250, np.random.default_rng(1)
    walk = np.zeros(20_000)
    for _ in range(steps):  # the same walk in small steps
        walk += -math.log(2) / 1.5 * walk / steps + 0.40 * rng.standard_normal(walk.size) / math.sqrt(steps)
    assert np.std(log_factors) == pytest.approx(np.std(walk), rel=0.02)
    assert np.mean(log_factors) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(("jump", "other", "factor"), [("rise", "fall", 1.35), ("fall", "rise", 0.60)])
def test_jump_happens_about_once_in_five_years(jump, other, factor, read_scenario):
    lone = f"price_drift: 0 OOM/year\nprice_spread: 0\nrise: 0.3001\n{other}_rate: 0 OOM/year\n"
    factors = price_factors(read_scenario, lone)
    assert 0.17 < np.mean(factors != 1) < 0.23
    assert np.unique(np.round(factors[factors != 1], 4)) == pytest.approx([factor], rel=1e-3)


def test_price_path_goes_with_tier_and_organisation(read_presets):
    still, moving = read_presets("large", "academic", "final-run"), read_presets("large", "academic", "final-run", "price-path")
    assert moving.fingerprint == read_presets("price-path", "large", "academic", "final-run").fingerprint
    one, other = (simulate(each, DRAWS, keep=["rent", "billed_chip_hours"]).retained_draws for each in (still, moving))
    prices = [np.log(each["rent"] / each["billed_chip_hours"]) for each in (one, other)]
    assert np.std(prices[1]) > np.std(prices[0])
    assert figures(read_presets("large", "tech-company", "final-run")) == figures(
        read_presets("large", "tech-company", "final-run", "price-path")
    )


# --- drivers worked by hand -------------------------------------------------------------------------------------------------

RUN = """
basis: rented
deflator: 1
billed_chip_hours: 2.5e6 chip*hour
chip_hours: 2.5e6 chip*hour
final_run_chip_hours: 1e6 chip*hour
rental_price: 2 USD/chip/hour
staff_cost: 0 USD
duration: 12 month
"""  # 5 M USD, of which the final run is 2 M


def test_deals_add_up(read_scenario):
    deals = "deals: {platform: {count: 2, price: 60e6 USD}, books: {count: 1000, price: 5000 USD}}\n"
    assert median(read_scenario(RUN + "lines: [compute]")) == pytest.approx(5e6)
    assert median(read_scenario(RUN + deals + "lines: [compute, licence_cost]")) == pytest.approx(5e6 + 120e6 + 5e6)


def test_certain_risk_of_a_tenth_of_the_run_adds_a_tenth_of_the_final_run(read_scenario):
    risks = "risks: {again: {probability: 1, run_share: 0.1}}\nlines: [compute, risk_cost]\n"
    assert median(read_scenario(RUN + risks)) == pytest.approx(5e6 + 0.1 * 2e6)
    assert median(read_scenario(RUN + risks.replace("probability: 1", "probability: 0"))) == pytest.approx(5e6)


def test_risk_that_may_occur_is_in_the_mean_and_not_in_the_median(read_scenario):
    scenario = read_scenario(RUN + "risks: {again: {probability: 0.25, run_share: 0.1}}\nlines: [compute, risk_cost]\n")
    totals = simulate(scenario, DRAWS, keep=[TOTAL]).retained_draws[TOTAL]
    assert np.unique(totals) == pytest.approx([5e6, 5.2e6])
    assert np.mean(totals) == pytest.approx(5e6 + 0.25 * 0.2e6, abs=5 * 0.2e6 * math.sqrt(0.25 * 0.75 / DRAWS))


def test_delay_costs_what_the_staff_costs_meanwhile(read_scenario):
    staff = "staff: {team: {people: 10, fte: 1, salary: 240000 USD/person/year, on_cost: 1, equity: 0}}\n"
    risks = "risks: {late: {probability: 1, delay: 3 month}}\nlines: [compute, staff_cost, risk_cost]\n"
    assert median(read_scenario(RUN.replace("staff_cost: 0 USD\n", "") + staff + risks)) == pytest.approx(5e6 + 2.4e6 + 0.6e6)


@pytest.mark.parametrize(
    "settled",
    [
        "deals: {works: {count: 500e3, price: settlement-work-2025}}\nlines: [compute, licence_cost]\n",
        "risks: {claim: {probability: 1, impact: settlement-bartz-2025}}\nlines: [compute, risk_cost]\n",
    ],
)
def test_settlement_for_half_a_million_works_is_one_and_a_half_billion(settled, read_scenario):
    assert median(read_scenario(RUN + settled)) == pytest.approx(5e6 + 500_000 * 3000)


def test_labels_and_tools_add_up(read_scenario):
    labels = "labels: {preferences: {items: 200e3, price: 2 USD, rework: 3}}\n"
    tools = "tools: {tracking: {count: 10, fee: 50 USD/month}}\n"
    scenario = read_scenario(RUN + labels + tools + "lines: [compute, labelling_cost, tool_cost]")
    assert median(scenario) == pytest.approx(5e6 + 200e3 * 2 * 3 + 10 * 50 * 12)


def test_credits_are_cash_and_not_cost(read_scenario):
    text = RUN + "lines: [compute]\noutcomes: [credits_used, cash_cost]\ncredit_share: 0.3\n"
    for grant, credit in ((1e6, 1e6), (2e6, 1.5e6)):  # up to the grant; 30 % of 5 M
        scenario = read_scenario(text + f"credit_grant: {grant} USD\n")
        assert median(scenario) == pytest.approx(5e6)
        assert median(scenario, "credits_used") == pytest.approx(credit)
        assert median(scenario, "cash_cost") == pytest.approx(5e6 - credit)


@pytest.mark.parametrize("organisation", ["startup", "academic"])
@pytest.mark.parametrize("tier", TIERS)
def test_credits_leave_the_economic_cost_as_it_is(tier, organisation, read_presets):
    keep = [TOTAL, "cash_cost", "cloud_bill", "credits_used", "noncash_cost"]
    granted = simulate(read_presets(tier, organisation), DRAWS, keep=keep).retained_draws
    without = simulate(read_presets(tier, organisation, more="credit_grant: 0 USD"), DRAWS, keep=keep).retained_draws
    assert np.all(granted["cash_cost"] < without["cash_cost"])
    assert np.all(granted["credits_used"] <= granted["cloud_bill"] * (1 + 1e-12))
    np.testing.assert_array_equal(granted[TOTAL], without[TOTAL])
    np.testing.assert_allclose(granted["cash_cost"], without["cash_cost"] - granted["credits_used"], rtol=1e-12)
    np.testing.assert_allclose(without["cash_cost"], without[TOTAL] - without["noncash_cost"], rtol=1e-12)


def test_grant_pays_most_of_an_academic_bill(read_presets):
    draws = simulate(read_presets("small-medium", "academic", "final-run"), DRAWS, keep=[TOTAL, "credits_used"]).retained_draws
    assert 0.6 < np.mean(draws["credits_used"] / draws[TOTAL]) < 0.8


def test_who_owns_has_no_credits(read_presets):
    outcomes = read_presets("large", "tech-company").outcomes
    assert "credits_used" not in outcomes
    assert "cash_cost" in outcomes


# --- every driver has its place ---------------------------------------------------------------------------------------------

EVERYTHING = """
extends: [large, startup, whole-life]
lines: [compute, staff_cost, licence_cost, labelling_cost, data_processing_cost, storage_cost, egress_cost, synthetic_data_cost,
  tool_cost, chip_licence_cost, platform_cost, support_cost, other_cloud_cost,
  carbon_cost, risk_cost, refresh_cost, retrain_cost, maintenance_cost, serving_cost]
outcomes: [tokens_per_parameter, investment_cost, affordable_capacity, water_use, total_emissions, cash_cost, served_tokens,
  served_energy]
serving: provided
egress_bytes: 100e12 byte
egress_price: clouds-2025
synthetic_share: mixture-2025
synthetic_price: small-model-2026
chip_licence_price: nvidia-ai-enterprise-2026
platform_surcharge: managed-2026
support_share: clouds-2026
other_cloud_share: cloud-2026
carbon_price: 50 to 150
provider_margin: list-over-chips-2025
capacity: 1e6 kW
building_price: ai-site-2026
equipment_price: ai-site-2026
budgeted_investment: chip-industry-press-2024
ramp: 0.7
staff: {inherited: all, leads: {people: 2, fte: 0.5, salary: 300e3 USD/person/year, equity: 0 USD/person/year, on_cost: 1.25}}
"""


def test_every_driver_takes_part_somewhere(read_scenario, read_presets):
    scenarios = [
        read_scenario(EVERYTHING),
        read("large"),
        read("api-user"),
        read_presets("cutting-edge", "startup", "price-path"),
        read_presets("large", "tech-company"),
    ]
    assert figures(scenarios[0], draws=2000).low > 0
    used_names = {name for scenario in scenarios for name in scenario.plan.names}
    modules = (data, software, upkeep, serving, energy, credits, site)
    unused = {name for module in modules for name in names_in(module)} - used_names
    assert not unused
    assert {"price_factor", "has_risen", "has_fallen"} <= used_names
    for setting, group in model.GROUPS.items():
        group_items = {name for layer in scenarios for name in layer.plan.names if "." in name}
        unused = {key for key in model.group_item_inputs(setting) if not any(name.endswith(f".{key}") for name in group_items)}
        assert not unused, setting
        assert group.line in used_names


def names_in(module):
    """What the formulas of one module make and need."""
    return {name for formula in build_graph([module]).formulas.values() for name in (formula.name, *formula.needs)}


# --- prices of words, and a popular figure ----------------------------------------------------------------------------------


def test_launch_price_of_gpt_4_is_under_a_cent_for_100_words():
    bare = read("words/gpt-4-launch-100", sets=["prompt_tokens=0", "tokens_per_word=1.3333333333"])
    long = read("words/gpt-4-launch-100", sets=["prompt_tokens=8000", "tokens_per_word=1.3333333333"])
    assert median(bare) == pytest.approx(0.008, rel=1e-6)
    assert median(long) == pytest.approx(0.248, rel=1e-6)


@pytest.mark.parametrize(
    ("rule", "words", "probabilities", "low", "high"),
    [
        ("rule-of-thumb-100", 100, (0, 1), 75, 750),
        ("rule-of-thumb-gpt-4-100", 100, (0, 1), 75, 3750),
        ("rule-of-thumb-1000", 1000, (0.05, 0.95), 75, 3750),
    ],
)
def test_rule_of_thumb_stands_for_the_price_of_tokens_that_its_text_names(rule, words, probabilities, low, high):
    distribution = read(f"words/{rule}").inputs["request_cost"].distribution
    implied = [1e6 * distribution.quantile(p) / (words * 4 / 3) for p in probabilities]
    assert implied == pytest.approx([low, high], rel=1e-3)


def test_words_alone_are_the_smallest_part_of_a_priced_request():
    whole = median(read("words/priced-100"))
    bare = median(read("words/priced-100", sets=["prompt_tokens=0", "reasoning_ratio=0"]))
    assert bare < whole / 5
    assert bare < read("words/rule-of-thumb-100").inputs["request_cost"].distribution.quantile(0.01)
    assert median(read("words/priced-1000")) > 3 * whole


def test_popular_figure_for_gpt_3_is_one_hypothetical_bill():
    scenario = read("gpt-3-lambda-2020")
    hours = 3.14e23 / (28e12 * 3600)
    assert median(scenario, "chip_hours") == pytest.approx(hours, rel=1e-9)
    assert median(scenario, "chip_hours") / 8760 == pytest.approx(355, rel=0.005)  # GPU-years, as stated
    assert median(scenario) == pytest.approx(1.5 * hours, rel=1e-9)
    assert median(scenario) == pytest.approx(4.6e6, rel=0.02)
    assert figures(scenario).low == figures(scenario).high


def test_trillions_are_capital_and_buy_a_hundred_gigawatts():
    scenario = read("programme-5-to-7-trillion")
    assert "training" not in scenario.scope
    assert median(scenario, "affordable_capacity") == pytest.approx(6e12 / 50_000, rel=0.05)  # 50 B USD a GW


# --- the tables, and what is stale ------------------------------------------------------------------------------------------


def test_tables_of_the_library_are_up_to_date():
    assert LIBRARY_README.read_text(encoding="utf-8") == written(), "run `python tests/library_table.py`"


def test_tables_hold_everything_once():
    text = written()
    for quantity, named in library.rows().items():
        for name in named:
            assert text.count(f"\n| {quantity}/{name} | ") == 1
    for name, node in library.chips().items():
        assert text.count(f"\n| {name} | ") == 1
        line = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
        assert all(alias in line for alias in ChipRow.model_validate(node.plain()).aliases)
    for kind in ("scenarios", "levers", "shocks"):
        assert all(text.count(f"\n| {name} | ") == 1 for name in library.names(kind))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2018", date(2018, 12, 31)),
        ("2024-05", date(2024, 5, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2024-05-20", date(2024, 5, 20)),
    ],
)
def test_date_counts_as_its_last_day(text, day):
    assert last_day(text) == day


def test_stale_rows_are_older_than_the_limit_and_the_oldest_come_first():
    prior = list_library("priors").priors[0]
    days = (("b", "2024-05"), ("a", "2024-05-20"), ("c", "2023"), ("d", ""))
    priors = [replace(prior, name=name, date=day) for name, day in days]
    stale = select_older(priors, 30, date(2024, 6, 30))
    assert [(row.name, row.days_old) for row in stale] == [("d", None), ("c", 182), ("a", 41)]
    assert [row.name for row in select_older(priors, 29, date(2024, 6, 30))] == ["d", "c", "a", "b"]


def test_stale_asks_the_day_of_source_date_epoch(monkeypatch):
    def stale(days, day):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int((day - date(1970, 1, 1)).total_seconds())))
        done = CliRunner().invoke(listing.command, ["priors", "--stale", str(days), "--format", "json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.output)

    rows = stale(365, date(2026, 11, 21))
    names = [row["name"] for row in rows]
    assert names[0] == "electricity_price/us-2010"
    assert "on_demand_price/h100-2026" not in names
    ages = [row["days_old"] for row in rows]
    assert ages == sorted(ages, reverse=True)
    assert min(ages) > 365
    assert "on_demand_price/h100-2026" in [row["name"] for row in stale(365, date(2027, 6, 2))]  # of May 2026
    assert stale(365, date(2005, 1, 1)) == []


@pytest.mark.parametrize(
    ("arguments", "epoch"), [(["chips", "--stale", "3"], ""), (["--stale", "3"], ""), (["priors", "--stale", "-3"], ""),
                             (["priors", "--stale", "x"], ""), (["priors", "--stale", "3"], "tomorrow")]
)  # fmt: skip
def test_stale_is_refused_where_it_means_nothing(arguments, epoch, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert CliRunner().invoke(listing.command, arguments).exit_code == 2
