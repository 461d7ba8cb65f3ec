"""The libraries of levers and shocks: each changes what its source states; a saving is a paired difference."""

import contextlib
import csv
import io
import json
import math

import numpy as np
import pytest
from click.testing import CliRunner
from documented import undocumented

from simulator.analysis.adoption import PAY, mean_pay
from simulator.analysis.levers import rank_levers
from simulator.cli.commands.levers import command
from simulator.core.errors import Issue, UnsupportedError
from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.adjustments import WEIGHTS
from simulator.engine.inputs import GRADES
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.scenario import TOTAL, InvalidInputError, Overrides, library, open_scenario, read
from simulator.scenario.schema import AdjustmentRow

RICH = """
extends: llama-3.1-405b
basis: rented
serving: priced
lines: [compute, energy_cost, staff_cost, licence_cost, labelling_cost, storage_cost, chip_licence_cost, refresh_cost,
  serving_cost]
outcomes: [chip_hours, wall_clock, emissions, memory_use, cash_cost]
experiments_factor: new-open-model
post_training_share: reported-2026
repeated_share: 0.1
idle_factor: cloud-2025
budget: 150e6 USD
credit_grant: 1e9 USD
credit_share: 0.2
duration: 12 month
staff: {team: {people: 1, fte: team-frontier, salary: sf-ml-2024, on_cost: us-2024, equity: sf-ml-2024}}
deals: {archive: {count: 2, price: archive-2024}}
labels: {preferences: {items: comparisons-2023, price: comparison-crowd-2025}}
dataset_tokens: 15.6e12
surviving_share: web-crawl-2024
bytes_per_token: raw-to-clean
checkpoints_kept: 50
checkpoint_bytes: weights-and-optimiser
storage_price: object-2026
storage_time: 1 year
chip_licence_price: 0.1
service_life: 2 year
refresh_interval: 4 month
refresh_share: continued-pretraining-2024
requests: 1e6 request/day
demand_growth: 0 OOM/year
serving_price_decline: 0 OOM/year
prompt_tokens: 1000
input_price: 2 USD/Mtoken
output_price: 8 USD/Mtoken
output_tokens: 500
"""
"""The run of Llama 3.1 405B with every quantity that a lever can affect."""

M, G, A, R = "multiply", "scale_from_one", "add", "replace"
HOURS, FLOP, TOKENS, RENT = "useful_chip_hours", "training_flop", "training_tokens", "rental_price"
EFFECTS = {  # lever: (quantity, operation, 5 %, median, 95 %), and the probability of no effect
    "weight-sparsity": ([(FLOP, M, 0.4, 0.8, 1.0)], 0.8),
    "mixture-of-experts": ([(FLOP, M, 0.14, 0.35, 0.65), ("effective_utilisation", M, 0.35, 0.6, 0.85),
                            ("training_state", M, 2, None, 10), ("power_share", M, 0.8, 0.8, 0.8)], 0.1),
    "upcycling": ([(HOURS, M, 0.005, 0.05, 0.5)], 0.2),
    "knowledge-distillation": ([(TOKENS, M, 0.025, 0.15, 0.6), ("request_cost", M, 0.1, 0.4, 0.6)], 0.1),
    "pruning": ([(HOURS, M, 0.03, 0.15, 0.5), ("request_cost", M, 0.5, 0.7, 0.9)], 0.1),
    "serving-quantisation": ([("request_cost", M, 0.25, 0.5, 0.8)], 0),
    "low-rank-pretraining": ([(FLOP, M, 0.5, 0.85, 1.05), ("training_state", M, 0.35, 0.7, 1.0)], 0.2),
    "low-rank-adapters": ([("post_training_share", M, 0.3, 0.6, 0.9), ("refresh_share", M, 0.3, 0.6, 0.9)], 0),
    "parameter-sharing": ([("training_state", M, 0.06, 0.2, 0.6), (HOURS, M, 0.6, 1.0, 3.0)], 0.1),
    "smaller-task-models": ([(FLOP, M, 1e-5, 1e-3, 0.05), ("request_cost", M, 0.02, 0.1, 0.4)], 0),
    "hybrid-modular": ([(FLOP, M, 0.3, None, 1.3), ("staff_cost", M, 1.0, None, 1.5)], 0.5),
    "wait-for-better-recipes": ([(FLOP, M, 0.12, None, 0.8)], 0.3),
    "linear-attention": ([(FLOP, M, 0.5, 0.75, 1.0)], 0.2),
    "gradient-checkpointing": ([(HOURS, M, 1.25, 1.33, 1.38)], 0),
    "mixed-precision": ([(HOURS, M, 0.12, 0.3, 0.6)], 0),
    "memory-thrifty-optimisers": ([("state_bytes", M, 0.4, 0.6, 0.9), (HOURS, M, 0.95, 1.0, 1.1)], 0),
    "new-optimisers": ([(FLOP, M, 0.65, 0.88, 1.0)], 0.1),
    "early-stopping": ([(TOKENS, M, 0.7, 0.95, 1.0), ("experiments_factor", G, 0.4, 0.7, 0.95)], 0.2),
    "intermediate-evaluations": ([("repeated_share", M, 0.5, 0.8, 1.0), ("final_run_chip_hours", M, 1.005, 1.02, 1.1)], 0.2),
    "hyperparameter-transfer": ([("experiments_factor", G, 0.3, 0.6, 0.9)], 0.2),
    "open-datasets": ([("licence_cost", M, None, 0.1, 0.5)], 0),
    "deduplication": ([(TOKENS, M, 0.5, 0.85, 1.0), ("chip_hours", M, 1.01, 1.01, 1.01)], 0),
    "quality-filtering": ([(TOKENS, M, 0.13, 0.4, 0.8)], 0.1),
    "curriculum-learning": ([(TOKENS, M, 0.6, 0.92, 1.05)], 0.2),
    "active-sampling": ([(TOKENS, M, 0.3, 0.8, 1.0), ("flop_per_parameter_token", M, 1.05, None, 1.4)], 0.2),
    "synthetic-data": ([(TOKENS, M, 0.2, 0.7, 1.1), ("labelling_cost", M, 0.05, 0.3, 1.5)], 0.2),
    "synthetic-for-licences": ([("licence_cost", M, 0.2, None, 1.0)], 0.5),
    "data-parallelism": ([(HOURS, M, 1.0, 1.1, 1.6)], 0),
    "tuned-parallelism": ([(HOURS, M, 0.65, 0.8, 0.97)], 0),
    "fused-kernels": ([(HOURS, M, 0.5, 0.8, 1.0)], 0),
    "low-communication-training": ([(HOURS, M, 0.85, 1.05, 1.4)], 0.2),
    "fault-tolerance": ([("goodput", G, 0.05, 0.3, 0.8), ("chip_hours", M, 1.01, None, 1.05)], 0),
    "off-peak-scheduling": ([("electricity_price", M, 0.75, None, 1.0)], 0.5),
    "renewable-energy": ([("grid_intensity", M, 0.01, 0.2, 0.7), ("electricity_price", M, 0.7, 1.0, 1.2)], 0),
    "immersion-cooling": ([("pue", R, 1.03, 1.07, 1.2)], 0),
    "spend-limits": ([("rental_cost", "at_most", None, None, None)], 0),
    "expense-monitoring": ([("idle_factor", G, 0.4, 0.7, 1.0)], 0.2),
    "pretrained-model": ([(FLOP, M, 1e-6, 1e-3, 0.1)], 0),
    "fine-tuning": ([(FLOP, M, 1e-6, 1e-3, 0.1), ("labelling_cost", A, 1e3, None, 2e6)], 0),
    "open-source-models": ([("request_cost", M, 0.05, 0.2, 0.8), ("chip_licence_cost", M, 0, 0, 0)], 0),
    "zero-shot": ([(FLOP, M, 1e-6, 1e-6, 1e-6), ("request_cost", M, None, 1.5 * math.sqrt(2 * 20), None)], 0.3),
    "few-shot": ([(FLOP, M, 1e-6, 1e-6, 1e-6), ("prompt_tokens", A, 300, 1500, 20000)], 0.2),
    "federated-learning": ([(HOURS, M, 1.0, None, 4), ("storage_cost", M, 0.05, 0.3, 1.0)], 0.3),
    "decentralised-training": ([(RENT, M, 0.2, None, 1.0), ("final_run_chip_hours", M, 1.05, 1.4, 3)], 0.3),
    "sharing-consortium": ([("experiments_factor", G, 0.3, None, 1.0), ("staff_cost", M, 1.05, 1.3, 2)], 0.5),
    "model-growth": ([(FLOP, M, 0.3, 0.7, 1.0)], 0.2),
    "donated-allocation": ([("credit_share", R, 0.8, None, None)], 0),
}  # fmt: skip
CHOICES = {
    "newer-chips", "spot-instances", "flexible-workloads", "reserved-instances", "neocloud", "own-hardware", "cloud-credits",
    "bigger-clusters", "fp8-training",
}  # fmt: skip
"""Levers that select settings, which act through the model: tests/scenario/test_lever_choices.py."""
SHARED = ["commitment=one-year", "reservation=shared"]
NEEDS = {"expense-monitoring": SHARED, "idle-third": SHARED, "contract-rise-2026": SHARED,
         "capacity-block-rise-2026": ["commitment=capacity-block", "block_price=4"]}  # fmt: skip
"""Settings that make a lever or a shock applicable to the run."""
NEUTRAL = {M: 1.0, G: 1.0, A: 0.0}
DRAWS = 20_000


@pytest.fixture(scope="session")
def rich(tmp_path_factory):
    path = tmp_path_factory.mktemp("levers") / "rich.yaml"
    path.write_text(RICH)
    return str(path)


@pytest.fixture(scope="session")
def owned(tmp_path_factory):
    """The same on hardware of one's own, where `compute` has the electricity in it."""
    path = tmp_path_factory.mktemp("levers") / "owned.yaml"
    path.write_text(RICH.replace("basis: rented", "basis: owned").replace("energy_cost, ", "").replace("cash_cost", "energy"))
    return str(path)


def row_of(kind, name):
    return AdjustmentRow.model_validate(library.find_file(kind, name).plain())


def test_every_lever_of_the_library_is_in_the_table():
    assert sorted({*EFFECTS, *CHOICES}) == list(library.names("levers"))
    assert len(EFFECTS) + len(CHOICES) == 56
    assert {name for name in library.names("levers") if row_of("levers", name).choice} == CHOICES


def observed_change(how, after, before):
    """Return the change of a quantity by a lever, by its operation."""
    if how == M:
        return np.divide(after, before)
    if how == G:
        return np.divide(after - 1, before - 1)
    return after - before if how == A else after


def holds(values, p, expected):
    """Whether a share p of the values lies below, within 4.5 standard errors and the rounding of the figure (1 %)."""
    near = np.mean(values < expected * 0.99), np.mean(values <= expected * 1.01)
    slack = 4.5 * math.sqrt(p * (1 - p) / len(values))
    return near[0] - slack <= p <= near[1] + slack


@pytest.mark.parametrize("name", EFFECTS)
def test_lever_changes_its_quantities_as_its_source_states(name, rich):
    effects, none = EFFECTS[name]
    needs = NEEDS.get(name, [])
    scenario = read(rich, levers=[name], sets=["baseline=bare", *needs])
    (lever,) = scenario.adjustments
    row = row_of("levers", name)
    before = {effect.quantity: f"{effect.quantity} before lever/{name}" for effect in lever.effects if not effect.label}
    draws = simulate(scenario, DRAWS, seed=5, keep=scenario.plan.names).retained_draws
    for on, how, low, middle, high in effects:
        assert next(effect.operation for effect in lever.effects if effect.quantity == on and not effect.label) == how
        change = observed_change(how, draws.get(f"{on} before lever/{name} quality", draws[on]), draws[before[on]])
        neutral = np.isclose(change, NEUTRAL.get(how, np.nan), rtol=1e-10, atol=1e-10)
        if none:
            assert abs(neutral.mean() - none) < 4.5 * math.sqrt(none * (1 - none) / DRAWS) + 1e-3
        active = change[~neutral] if none else change
        for p, expected in ((0.05, low), (0.5, middle), (0.95, high)):
            if expected is not None:
                assert holds(active, p, expected), (on, p, np.quantile(active, p))
    assert row.probability_of_none == none
    assert f"lever {name}: grade {row.grade}, {GRADES[row.grade]}" in "\n".join(map(str, scenario.notes))
    outcomes = [TOTAL, *scenario.outcomes]
    old = simulate(read(rich, sets=needs), DRAWS, seed=5, keep=outcomes).retained_draws
    assert any((draws[outcome] != old[outcome]).any() for outcome in outcomes)


@pytest.mark.parametrize("name", [name for name, (_, none) in EFFECTS.items() if none])
def test_all_effects_of_a_lever_fail_together(name, rich):
    scenario = read(rich, levers=[name], sets=["baseline=bare", *NEEDS.get(name, [])])
    draws = simulate(scenario, 2000, keep=scenario.plan.names).retained_draws
    idle = draws[f"lever/{name}.variate"] < row_of("levers", name).probability_of_none
    base = simulate(read(rich, sets=NEEDS.get(name, [])), 2000, keep=[TOTAL]).retained_draws[TOTAL]
    assert 0 < idle.mean() < 1
    quality = draws.get(f"lever/{name}.quality or none", np.ones(1))
    assert (quality[idle] == 1).all() if quality.size > 1 else True
    np.testing.assert_allclose(draws[TOTAL][idle], base[idle], rtol=1e-12)


LOSES_QUALITY = {
    "upcycling", "knowledge-distillation", "pruning", "low-rank-pretraining", "smaller-task-models", "hybrid-modular",
    "synthetic-data", "synthetic-for-licences", "low-communication-training", "pretrained-model", "fine-tuning", "zero-shot",
    "few-shot", "model-growth",
}  # fmt: skip


def test_lost_quality_is_made_up_for_with_compute(rich):
    assert {name for name in library.names("levers") if row_of("levers", name).quality is not None} == LOSES_QUALITY
    for name in LOSES_QUALITY:
        scenario = read(rich, levers=[name])
        draws = simulate(scenario, DRAWS, keep=scenario.plan.names).retained_draws
        factor = draws[FLOP] / draws[f"{FLOP} before lever/{name} quality"]
        active = factor[~np.isclose(factor, 1, rtol=1e-12)]
        for p, expected in ((0.05, 0.9), (0.5, 1.0), (0.95, 1.5)):
            assert holds(active, p, expected)


def test_owned_hardware_has_levers_of_its_own(owned):
    for name, on, how, middle in (
        ("low-communication-training", "network_factor", G, 0.6),
        ("off-peak-scheduling", "cluster_charge", M, math.sqrt(1.5)),
    ):
        scenario = read(owned, levers=[name])
        draws = simulate(scenario, DRAWS, keep=scenario.plan.names).retained_draws
        change = observed_change(how, draws[on], draws[f"{on} before lever/{name}"])
        assert holds(change[~np.isclose(change, 1)] if row_of("levers", name).probability_of_none else change, 0.5, middle)


@pytest.mark.parametrize("name", library.names("levers"))
def test_lever_says_when_it_works_and_what_it_takes(name):
    row = row_of("levers", name)
    assert row.effects or row.choice
    assert not row.effects or not row.effects[0].side
    assert row.conditions or row.side_effects or row.grade in "BC"
    assert row.sources
    if row.grade == "D":
        assert row.about.startswith("Assumption:")
        assert 0.3 <= row.probability_of_none <= 0.8
    if not row.baseline:
        assert row.adoption is not None
        assert row.adoption.effort is not None
        assert row.adoption.delay is not None


@pytest.mark.parametrize("name", library.names("shocks"))
def test_shock_says_what_it_is(name):
    row = row_of("shocks", name)
    assert row.effects
    assert row.sources
    assert row.grade in GRADES
    if row.grade == "D":
        assert row.about.startswith("Assumption:")


BARE = {"mixed-precision", "deduplication", "tuned-parallelism", "fused-kernels"}


@pytest.mark.parametrize("name", sorted(BARE))
def test_levers_of_the_baseline_have_no_effect_and_a_note(name, rich):
    scenario = read(rich, levers=[name])
    assert any("part of every modern baseline" in note.text and name in note.text for note in scenario.notes)
    one, other = (simulate(each, 500, keep=[TOTAL]).retained_draws[TOTAL] for each in (scenario, read(rich)))
    np.testing.assert_array_equal(one, other)


def test_only_those_are_in_the_baseline():
    assert {name for name in library.names("levers") if row_of("levers", name).baseline} == BARE


GROUPS = [
    {"weight-sparsity", "mixture-of-experts", "low-rank-pretraining", "parameter-sharing"},
    {"knowledge-distillation", "pruning", "smaller-task-models", "pretrained-model", "fine-tuning", "zero-shot", "few-shot"},
    {
        "deduplication",
        "quality-filtering",
        "curriculum-learning",
        "active-sampling",
        "synthetic-data",
        "synthetic-for-licences",
    },
    {"spot-instances", "flexible-workloads", "reserved-instances", "neocloud", "own-hardware", "cloud-credits"},
    {"federated-learning", "decentralised-training", "sharing-consortium"},
    {"mixed-precision", "fp8-training"},
]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: min(group))
def test_levers_that_save_the_same_are_refused_together(group, rich):
    names = sorted(group)
    for first, second in zip(names, names[1:] + names[:1], strict=True):
        with pytest.raises(InvalidInputError) as error:
            read(rich, levers=[first, second], sets=["baseline=bare"])
        assert len([issue for issue in error.value.issues if "overlaps" in issue.message]) == 1
        assert f"lever {second}: overlaps with {first}" in str(error.value)
        assert "choose the better one" in str(error.value)


def test_what_the_baseline_contains_overlaps_with_nothing(rich):
    read(rich, levers=["mixed-precision", "fp8-training"])


# --- the kind of shocks, against figures of their sources ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "basis", "on", "expected"),
    [
        ("price-cut-2025", "rented", "price_factor", lambda x: x * 6.88 / 12.29),
        ("capacity-block-rise-2026", "rented", "rental_price", lambda x: x * 4.98 / 4.33),
        ("contract-rise-2026", "rented", "rental_price", lambda x: x * 2.65 / 1.70),
        ("shortage-2023", "owned", "cluster_price", lambda x: x * 34 / 24),
        ("restart-at-10-percent", "owned", "repeated_share", lambda x: x + 0.1),
        ("goodput-half", "owned", "goodput", lambda x: 0.5 + 0 * x),
        ("mfu-at-p5", "owned", "mfu", lambda x: 0.2 + 0 * x),
        ("experiments-8-times", "owned", "experiments_factor", lambda x: 8 + 0 * x),
        ("staff-pay-3-times", "owned", "staff_cost", lambda x: 3 * x),
        ("six-months-late", "owned", "duration", lambda x: x + HOURS_PER_YEAR / 2),
        ("electricity-high", "owned", "electricity_price", lambda x: 1.7 * x),
        ("export-control-h20", "owned", "peak_flop", lambda x: x * 148 / 989),
        ("export-control-h20", "owned", "tdp", lambda x: x * 400 / 700),
        ("labels-3-times", "owned", "rework", lambda x: 3 * x),
        ("idle-third", "rented", "idle_factor", lambda x: 1 / (1 - 1 / 3) + 0 * x),
        ("credits-end", "rented", "credit_share", lambda x: 0 * x),
        ("chip-price-double", "owned", "cluster_price", lambda x: 2 * x),
        ("tokens-doubled", "owned", "training_tokens", lambda x: 2 * x),
    ],
)
def test_shock_does_what_happened(name, basis, on, expected, rich, owned):
    path, needs = owned if basis == "owned" else rich, NEEDS.get(name, [])
    base, after = (read(path, shocks=shocks, sets=needs) for shocks in ([], [name]))
    old, new = (simulate(each, 1000, keep=[on]).retained_draws[on] for each in (base, after))
    np.testing.assert_allclose(new, expected(old), rtol=0.01)


def test_shortage_is_three_to_four_times_the_rent(rich):
    base, after = (read(rich, shocks=shocks) for shocks in ([], ["shortage-2023"]))
    old, new = (simulate(each, DRAWS, keep=["rental_cost"]).retained_draws["rental_cost"] for each in (base, after))
    assert holds(new / old, 0.05, 3)
    assert holds(new / old, 0.95, 4)


def test_failures_affect_computed_goodput(tmp_path):
    path = tmp_path / "failing.yaml"
    path.write_text(
        "extends: llama-3.1-405b\nwithout: [goodput]\nlost_time: 0.5 hour\ncheckpoint_share: 0\n"
        "chip_time_between_interruptions: 2111 chip*day\n"
    )
    for shocks, days in (([], 2111), (["failures-every-400-days"], 400)):
        goodput = simulate(read(str(path), shocks=shocks), 100, keep=["goodput"]).retained_draws["goodput"]
        np.testing.assert_allclose(goodput, 1 / (1 + 16384 * 0.5 / (days * 24)), rtol=1e-12)


def test_life_of_three_years_is_for_straight_lines(owned):
    with pytest.raises(InvalidInputError, match="depreciation: straight-line"):
        read(owned, shocks=["useful-life-3-years"])
    after = read(owned, shocks=["useful-life-3-years"], sets=["depreciation=straight-line"])
    draws = simulate(after, 100, keep=["useful_life", "cluster_charge", "cluster_price"]).retained_draws
    np.testing.assert_allclose(draws["cluster_charge"], draws["cluster_price"] / (3 * HOURS_PER_YEAR), rtol=1e-12)


# --- the ranking ------------------------------------------------------------------------------------------------------------

PLAIN = """
lines: [rental_cost]
basis: rented
commitment: on-demand
chip_hours_from: flop
chip_hours: 1000
price_factor: 1
deflator: 1
on_demand_price: 2 to 4
money: 2026 USD
"""


@pytest.fixture
def plain(tmp_path):
    path = tmp_path / "plain.yaml"
    path.write_text(PLAIN)
    return str(path)


def test_saving_is_the_paired_difference(plain):
    (lever_saving,) = rank_levers(open_scenario(plain), RunOptions(DRAWS, 2), names=["decentralised-training"]).levers
    base = simulate(read(plain), DRAWS, seed=2, keep=[TOTAL]).retained_draws[TOTAL]
    lever = read(plain, levers=["decentralised-training"])
    after = simulate(lever, DRAWS, seed=2, keep=[TOTAL]).retained_draws[TOTAL]
    np.testing.assert_array_equal(lever_saving.draws, base - after)
    assert lever_saving.saving.mean == pytest.approx(float(np.mean(base - after)))
    assert lever_saving.probability_of_saving == pytest.approx(float(np.mean(after < base)))
    assert lever_saving.saving.mcse == pytest.approx(np.std(base - after, ddof=1) / math.sqrt(DRAWS))


def test_a_paired_saving_has_a_lower_variance(rich):
    ranking = rank_levers(open_scenario(rich), RunOptions(DRAWS), names=["gradient-checkpointing"])
    (lever_saving,) = ranking.levers
    other = simulate(read(rich, levers=["gradient-checkpointing"]), DRAWS, seed=99, keep=[TOTAL]).retained_draws[TOTAL]
    assert lever_saving.draws.var() < (ranking.base - other).var() / 4


def test_shares_of_saving_nothing_and_costing_more_add_up(rich):
    for lever in rank_levers(open_scenario(rich), RunOptions(2000)).levers:
        shares = lever.probability_of_saving, lever.probability_of_none, lever.probability_of_costing_more
        assert sum(shares) == pytest.approx(1)
        assert lever.net_saving == pytest.approx(lever.saving.mean - lever.adoption_cost)


def reasons_of(ranking):
    return {each.name: each.reason for each in ranking.inapplicable}


def test_ranking_is_by_net_saving_and_every_lever_is_somewhere(rich):
    ranking = rank_levers(open_scenario(rich), RunOptions(1000))
    nets = [lever.net_saving for lever in ranking.levers]
    assert nets == sorted(nets, reverse=True)
    names = {each.name for each in (*ranking.levers, *ranking.no_line, *ranking.inapplicable)}
    assert names == set(library.names("levers"))
    outcomes = {lever.name: lever.moves for lever in ranking.no_line}
    assert set(outcomes) == {"renewable-energy", "bigger-clusters", "donated-allocation"}
    assert outcomes["bigger-clusters"] == "wall clock, memory use"
    reasons = reasons_of(ranking)
    assert set(reasons) == BARE | {"cloud-credits", "neocloud", "expense-monitoring", "flexible-workloads", "own-hardware"}
    assert "in force already: this scenario has `channel: neocloud`" in reasons["neocloud"]
    assert "in force already: this scenario has credit_grant and credit_share" in reasons["cloud-credits"]
    assert "`reservation: shared`" in reasons["expense-monitoring"]
    assert "block_price" in reasons["flexible-workloads"]


def test_adoption_is_paid_by_the_library_where_there_is_no_staff(plain, rich):
    # Lognormal means of the rows: base pay 139,771 to 265,236, equity 35,468 to 501,747 and on-cost 1.25 to 1.4, at 5 and 95 %.
    def mean(low, high):
        sigma = math.log(high / low) / (2 * 1.6448536269514722)
        return math.sqrt(low * high) * math.exp(sigma**2 / 2)

    by_hand = mean(139771, 265236) * mean(1.25, 1.4) + mean(35468, 501747)
    assert mean_pay(read(plain)) * HOURS_PER_YEAR == pytest.approx(by_hand, rel=1e-4)
    assert set(PAY) == {"salary", "on_cost", "equity"}
    own = mean_pay(read(rich), RunOptions(200_000))
    assert own * HOURS_PER_YEAR == pytest.approx(by_hand, rel=0.02)
    cheap = mean_pay(read(rich, sets=["team.salary=1000 USD/person/year", "team.equity=0", "team.on_cost=1"]))
    assert cheap * HOURS_PER_YEAR == pytest.approx(1000)


def test_inapplicable_levers_have_a_reason(plain):
    reasons = reasons_of(rank_levers(open_scenario(plain), RunOptions(500)))
    assert "chip_hours is given and shadows it" in reasons["mixture-of-experts"]
    assert "idle_factor, which is not used here" in reasons["expense-monitoring"]
    assert "there is none; add --budget" in reasons["spend-limits"]
    other = reasons_of(rank_levers(open_scenario("llama-3.1-405b"), RunOptions(500)))
    assert other["spot-instances"] == "needs `basis: rented`, but this has `basis: owned`"
    assert "experiments factor is 1" in other["hyperparameter-transfer"]


@pytest.mark.parametrize("reference", ["llama-3.1-405b", "gpt-4"])
def test_reasons_are_the_first_issues_of_the_scenario_with_the_lever(reference):
    """Only the first issue is completed with a remedy, in fewer trials; its text is that of a complete reading."""
    opened = open_scenario(reference)
    reasons = reasons_of(rank_levers(opened, RunOptions(100)))
    first_issues = {
        name: issue.message
        for name in library.names("levers")
        if isinstance(issue := opened.with_(levers=[name]).scenario_or_issue(), Issue)
    }
    assert len(first_issues) > 10
    for name, message in first_issues.items():
        with pytest.raises(InvalidInputError) as error:
            assert opened.with_(levers=[name]).scenario
        issue = error.value.issues[0]
        assert message == issue.message
        assert reasons[name] in (message, f"{issue.key} {message}")


def test_the_notes_of_a_lever_are_those_of_a_complete_reading(rich):
    opened = open_scenario(rich, Overrides(sets=("baseline=bare",)))
    for lever in rank_levers(opened, RunOptions(100)).levers:
        notes = [note.text for note in opened.with_(levers=[lever.name]).scenario.notes]
        for text in lever.notes:
            assert f"lever {lever.name}: {text}" in notes


def test_other_levers_are_compared_with_a_scenario_that_has_one(rich):
    opened = open_scenario(rich, Overrides(levers=("fp8-training",)))
    ranking = rank_levers(opened, RunOptions(500), names=["fp8-training", "new-optimisers"])
    assert reasons_of(ranking) == {"fp8-training": "part of the scenario already"}
    assert [lever.name for lever in ranking.levers] == ["new-optimisers"]
    base = simulate(read(rich, levers=["fp8-training"]), 500, keep=[TOTAL]).retained_draws[TOTAL]
    np.testing.assert_array_equal(ranking.base, base)


def test_limit_at_the_budget_and_the_probability_of_finishing(plain):
    ranking = rank_levers(open_scenario(plain, Overrides(budget="3000")), RunOptions(DRAWS), names=["spend-limits"])
    (lever,) = ranking.levers
    np.testing.assert_allclose(lever.draws, np.maximum(ranking.base - 3000, 0), atol=1e-9)
    assert lever.probability_of_none == np.mean(ranking.base <= 3000)


def test_unknown_lever_and_scenario_are_refused(plain):
    with pytest.raises(InvalidInputError, match="no lever 'moe'"):
        rank_levers(open_scenario(plain), names=["moe"])
    with pytest.raises(InvalidInputError, match="no such scenario"):
        rank_levers(open_scenario("gpt-40"))


def test_a_run_under_way_is_refused(tmp_path, plain):
    path = tmp_path / "now.yaml"
    path.write_text(PLAIN + "progress: {share_done: 0.5, spent: 1500 USD}\n")
    with pytest.raises(UnsupportedError, match="now is under way: its draws are conditional on spend to date"):
        rank_levers(open_scenario(str(path)))
    result = CliRunner().invoke(command, [str(path)])
    assert result.exit_code == 2
    assert "now is under way" in result.output


# --- the command
# ---------------------------------------------------------------------------------------------------------------


def test_table_sets_assumptions_apart():
    result = CliRunner().invoke(command, ["llama-3.1-405b", "--draws", "500"], catch_exceptions=False)
    assert result.exit_code == 0
    estimates, _, rest = result.output.partition("Assumptions, grade D: do not base a budget on these")
    assert "mixture-of-experts" in estimates
    assert "wait-for-better-recipes" not in estimates
    assert "wait-for-better-recipes" in rest
    assert "needs `basis: rented`" in rest
    assert "implausible, or a different model" in rest


def test_json_csv_and_markdown_say_the_same(rich, tmp_path):
    run = CliRunner()
    arguments = [rich, "--draws", "1000", "--seed", "3", "--interval", "90"]
    data = json.loads(run.invoke(command, [*arguments, "--format", "json"]).stdout)
    expected = rank_levers(open_scenario(rich), RunOptions(1000, 3, 0.9))
    assert data.pop("warnings") == []
    assert data == json.loads(expected.to_json())
    for row in data["levers"]:
        assert row["saving"]["low"] <= row["saving"]["median"] <= row["saving"]["high"]
    path = tmp_path / "levers.csv"
    assert run.invoke(command, [*arguments, "-o", str(path)]).output == ""
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode())))
    assert {row["lever"] for row in rows} == set(library.names("levers"))
    assert float(rows[0]["saving_mean"]) == data["levers"][0]["saving"]["mean"]
    assert "| spot-instances | B |" in run.invoke(command, [*arguments, "--format", "markdown"]).output


def test_plain_data_has_documented_fields_only(rich):
    ranking = rank_levers(open_scenario(rich), RunOptions(200))
    assert undocumented(ranking) == set()
    row = ranking.to_dict()["levers"][0]
    assert "draws" not in row
    assert row["saving"]["mean"] == ranking.levers[0].saving.mean
    frame = ranking.to_dataframe()
    assert list(frame["lever"]) == [each.name for each in (*ranking.levers, *ranking.no_line, *ranking.inapplicable)]
    assert frame["net_saving"][0] == ranking.levers[0].net_saving
    assert len(ranking.to_csv().splitlines()) == len(frame) + 1


def test_only_requested_levers_are_ranked(rich):
    result = CliRunner().invoke(command, [rich, "--only", "spot-instances", "--draws", "1000", "--format", "json"])
    assert [row["name"] for row in json.loads(result.output)["levers"]] == ["spot-instances"]


def test_weights_fall():
    assert WEIGHTS[0] == 1
    assert list(WEIGHTS) == sorted(WEIGHTS, reverse=True)


LIFE = "extends: [large, tech-company, llama-3.1-405b, whole-life]\n"
CREDIT_OUTCOME = {"basis": "rented", "sets": ["outcomes=[cash_cost]"]}
CREDITS = {"basis": "rented", "sets": ["credit_share=0.3", "credit_grant=50e6 USD", "outcomes=[cash_cost]"]}


@pytest.mark.parametrize("name", library.names("levers"))
def test_every_lever_can_be_pulled_on_a_known_run_with_what_it_needs(name, tmp_path):
    """As it stands, rented, within a budget, with credits, from another cloud, or with the lines of its whole life."""
    (tmp_path / "life.yaml").write_text(LIFE)
    whole = str(tmp_path / "life.yaml")
    ways = [("llama-3.1-405b", {}), ("llama-3.1-405b", {"basis": "rented"}),
            ("llama-3.1-405b", {"basis": "rented", "budget": "100e6"}), ("llama-3.1-405b", CREDITS),
            ("llama-3.1-405b", {"basis": "rented", "sets": SHARED}), ("llama-3.1-405b", CREDIT_OUTCOME),
            ("llama-3.1-405b", {"basis": "rented", "sets": ["channel=hyperscaler"]}),
            ("llama-3.1-405b", {"basis": "rented", "sets": ["block_price=4 USD/chip/hour"]}), (whole, {})]  # fmt: skip
    for reference, options in ways:
        with contextlib.suppress(InvalidInputError):
            scenario = read(reference, levers=[name], **options)
            assert [each.name for each in scenario.adjustments if each.kind == "lever"] == [name]
            return
    pytest.fail(f"{name} has no effect in any of these")
