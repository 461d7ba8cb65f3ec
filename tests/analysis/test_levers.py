"""The libraries of levers and shocks: each changes what its source states; a saving is a paired difference."""

import csv
import io
import json
import math

import numpy as np
import pytest
from click.testing import CliRunner
from documented import undocumented
from lever_sizes import RICH, levers, scenarios

from simulator import model
from simulator.analysis.levers import rank_levers
from simulator.cli.commands.levers import command
from simulator.core.errors import Issue, UnsupportedError
from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.adjustments import WEIGHTS
from simulator.engine.inputs import GRADES
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.scenario import TOTAL, InvalidInputError, Overrides, library, open_scenario, read
from simulator.scenario.schema import AdjustmentRow, Settings

SHARED = ["commitment=one-year", "reservation=shared"]
NEEDS = {"expense-monitoring": SHARED, "idle-third": SHARED, "contract-rise-2026": SHARED,
         "capacity-block-rise-2026": ["commitment=capacity-block", "block_price=4 USD/chip/hour"]}  # fmt: skip
"""Settings that make a lever or a shock applicable to the run."""
M, G, FLOP = "multiply", "scale_from_one", "training_flop"
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
    path.write_text(RICH.replace("basis: rented", "basis: owned").replace("cash_cost", "energy"))
    return str(path)


def row_of(kind, name):
    return AdjustmentRow.model_validate(library.find_file(kind, name).plain())


def observed_change(how, after, before):
    """Return the change of a quantity by a lever, by its operation."""
    return np.divide(after, before) if how == M else np.divide(after - 1, before - 1)


def holds(values, p, expected):
    """Whether a share p of the values lies below, within 4.5 standard errors and the rounding of the figure (1 %)."""
    near = np.mean(values < expected * 0.99), np.mean(values <= expected * 1.01)
    slack = 4.5 * math.sqrt(p * (1 - p) / len(values))
    return near[0] - slack <= p <= near[1] + slack


FAILING = [name for name, lever in levers().items() if lever.none]


@pytest.mark.parametrize("name", FAILING)
def test_all_effects_of_a_lever_fail_together(name):
    base, scenario = scenarios(levers()[name])
    draws = simulate(scenario, 2000, keep=scenario.plan.names).retained_draws
    idle = draws[f"lever/{name}.variate"] < row_of("levers", name).probability_of_none
    assert 0 < idle.mean() < 1
    quality = draws.get(f"lever/{name}.quality or none", np.ones(1))
    assert (quality[idle] == 1).all() if quality.size > 1 else True
    added = sum(draws[line][idle] for line in scenario.lines if line not in base.lines)
    total = simulate(base, 2000, keep=[TOTAL]).retained_draws[TOTAL]
    np.testing.assert_allclose(draws[TOTAL][idle] - added, total[idle], rtol=1e-12)


LOSES_QUALITY = {
    "upcycling", "knowledge-distillation", "pruning", "low-rank-pretraining", "smaller-task-models", "hybrid-modular",
    "synthetic-data", "synthetic-for-licences", "low-communication-training", "pretrained-model", "fine-tuning", "zero-shot",
    "few-shot", "model-growth",
}  # fmt: skip


def test_lost_quality_is_made_up_for_with_compute(rich):
    assert {name for name in library.names("levers") if row_of("levers", name).quality is not None} == LOSES_QUALITY
    for name in LOSES_QUALITY:
        _, scenario = scenarios(levers()[name])
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
        scenario = read(owned, levers=[name], sets=["total_parameters=9e9 parameter"])
        draws = simulate(scenario, DRAWS, keep=scenario.plan.names).retained_draws
        change = observed_change(how, draws[on], draws[f"{on} before lever/{name}"])
        assert holds(change[~np.isclose(change, 1)] if row_of("levers", name).probability_of_none else change, 0.5, middle)


@pytest.mark.parametrize("name", library.names("levers"))
def test_lever_says_when_it_works_and_what_it_takes(name):
    row = row_of("levers", name)
    assert row.effects or row.choice
    assert not row.effects or not row.effects[0].side
    assert row.when or row.baseline
    assert row.sources
    if row.grade == "D":
        assert row.about.startswith("Assumption:")
        assert 0.3 <= row.probability_of_none <= 0.8
    if not row.baseline:
        assert row.adoption is not None
        assert row.adoption.effort is not None
        assert (row.adoption.delay is None) != (row.adoption.wait is None)


@pytest.mark.parametrize("name", library.names("shocks"))
def test_shock_says_what_it_is(name):
    row = row_of("shocks", name)
    assert row.effects
    assert row.sources
    assert row.grade in GRADES
    if row.grade == "D":
        assert row.about.startswith("Assumption:")


@pytest.mark.parametrize("kind", ["levers", "shocks"])
def test_conditions_name_settings_and_quantities_of_the_model(kind):
    known = {*Settings.model_fields, *model.every_graph().units, "rollback.run_share"}
    for name in library.names(kind):
        for conditions in row_of(kind, name).when:
            assert set(conditions) <= known, name


BARE = {"mixed-precision", "deduplication", "tuned-parallelism", "fused-kernels", "quality-filtering"}


@pytest.mark.parametrize("name", sorted(BARE))
def test_levers_of_the_baseline_have_no_effect_and_a_note(name, rich):
    scenario = read(rich, levers=[name])
    assert any("inside the figures of the scenario already" in note.text and name in note.text for note in scenario.notes)
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
        ("mfu-at-p5", "owned", "mfu", lambda x: 0.16 + 0 * x),
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

HAND = """baseline: bare
levers: []
peak_flop_bf16: 1e15 FLOP/chip/hour
effective_utilisation: 0.5
total_parameters: 1e9 parameter
active_share: 1
training_tokens: 1e12 token
flop_per_parameter_token: 6 FLOP/parameter/token
experiments_factor: 1
post_training_share: 0
adoption: {tuned-parallelism: {effort: 60e3 person*hour, delay: 0 month}}
"""
PLAIN = """
lines: [rental_cost]
basis: rented
commitment: on-demand
chip_hours_from: flop
chip_hours: 1000 chip*hour
price_factor: 1
deflator: 1
on_demand_price: 2 to 4
prices: 2026 USD
"""


@pytest.fixture
def plain(tmp_path):
    path = tmp_path / "plain.yaml"
    path.write_text(PLAIN)
    return str(path)


def test_saving_is_the_paired_difference(plain):
    name, none = "decentralised-training", "adoption={decentralised-training: {effort: 0 person*month, delay: 0 month}}"
    (saving,) = rank_levers(open_scenario(plain), RunOptions(DRAWS, 2), names=[name]).levers
    scenarios = read(plain), read(plain, levers=[name]), read(plain, levers=[name], sets=[none])
    base, adopted, free = (simulate(each, DRAWS, seed=2, keep=[TOTAL]).retained_draws[TOTAL] for each in scenarios)
    np.testing.assert_array_equal(saving.draws, base - free)
    np.testing.assert_array_equal(saving.net_draws, base - adopted)
    assert saving.net.median == np.median(base - adopted)
    assert saving.net.mean == pytest.approx(float(np.mean(base - adopted)))
    assert saving.net.mcse == pytest.approx(np.std(base - adopted, ddof=1) / math.sqrt(DRAWS))
    assert saving.probability_of_saving == np.mean(adopted < base)
    assert saving.probability_of_none == np.mean(free == base)


def test_a_paired_saving_has_a_lower_variance(rich):
    ranking = rank_levers(open_scenario(rich), RunOptions(DRAWS), names=["fault-tolerance"])
    (lever_saving,) = ranking.levers
    other = simulate(read(rich, levers=["fault-tolerance"]), DRAWS, seed=99, keep=[TOTAL]).retained_draws[TOTAL]
    assert lever_saving.net_draws.var() < (ranking.base - other).var() / 4


def test_ranking_is_by_the_median_of_the_net_saving_alone(rich):
    ranking = rank_levers(open_scenario(rich), RunOptions(1000))
    medians = [lever.net.median for lever in ranking.levers]
    assert medians == sorted(medians, reverse=True)
    for lever in ranking.levers:
        assert lever.net.median == np.median(lever.net_draws)
        assert lever.net.mean is None or lever.net.mean == pytest.approx(lever.net_draws.mean())
        assert lever.share_of_total == pytest.approx(lever.net.median / ranking.total.median)
        paid = lever.draws - lever.net_draws
        assert np.all(paid >= -1e-6 * ranking.base)


def test_ranking_by_hand(tmp_path):
    """24M USD of rent for 6 x 1e9 x 1e12 FLOP at 0.5e15 an hour: 12M hours at 2 USD.

    Mixed precision leaves 0.3 of the hours in the median, and saves 16.8M USD. Fused kernels leave 0.8, and save 4.8M. So does
    tuned parallelism, at 3M USD of work: 1.8M. Deduplication leaves 0.85 x 1.01 of them, and saves 3.396M.
    """
    path = tmp_path / "hand.yaml"
    path.write_text(PLAIN.replace("chip_hours: 1000 chip*hour\n", HAND).replace("2 to 4", "2 USD/chip/hour"))
    names = ["tuned-parallelism", "deduplication", "fused-kernels", "mixed-precision"]
    sets = ("adoption_pay=50 USD/person/hour",)
    opened = open_scenario(str(path), Overrides(sets=sets))
    ranking = rank_levers(opened, RunOptions(DRAWS), names=names)
    assert ranking.total.median == pytest.approx(24e6)
    by_hand = {"mixed-precision": 16.8e6, "fused-kernels": 4.8e6, "deduplication": 3.396e6, "tuned-parallelism": 1.8e6}
    assert [lever.name for lever in ranking.levers] == list(by_hand)
    for lever in ranking.levers:
        assert lever.net.median == pytest.approx(by_hand[lever.name], rel=0.04), lever.name


def reasons_of(ranking):
    return {each.name: each.reason for each in ranking.inapplicable}


def test_every_lever_is_somewhere(rich):
    ranking = rank_levers(open_scenario(rich), RunOptions(500))
    names = {each.name for each in (*ranking.levers, *ranking.no_line, *ranking.inapplicable)}
    assert names == set(library.names("levers"))
    assert [each.name for each in ranking.no_line] == ["renewable-energy"]  # a rent includes the electricity
    reasons = reasons_of(ranking)
    assert set(reasons) >= BARE | {"cloud-credits", "neocloud", "expense-monitoring", "flexible-workloads", "own-hardware"}
    assert "in force already: this scenario has `channel: neocloud`" in reasons["neocloud"]
    assert "in force already: this scenario has credit_grant and credit_share" in reasons["cloud-credits"]
    assert "idle_factor, which no line or outcome" in reasons["expense-monitoring"]
    assert "block_price" in reasons["flexible-workloads"]
    assert "needs fleet_use" in reasons["own-hardware"]


def test_lever_that_changes_outcomes_alone_shows_them_and_not_the_total():
    ranking = rank_levers(open_scenario("deepseek-v3"), RunOptions(500))
    ((name, (change,)),) = ((lever.name, lever.outcomes) for lever in ranking.no_line)
    assert (name, change.name, change.unit) == ("renewable-energy", "emissions", "tCO2e")
    assert change.after < change.before


def adoption_pay_by_hand():
    """Return the pay of a year by lognormal means: base 139,771 to 265,236, on-cost 1.25 to 1.4, equity 35,468 to 501,747."""

    def mean(low, high):
        sigma = math.log(high / low) / (2 * 1.6448536269514722)
        return math.sqrt(low * high) * math.exp(sigma**2 / 2)

    return mean(139771, 265236) * mean(1.25, 1.4) + mean(35468, 501747)


def pay_of(path, **options):
    scenario = read(path, levers=["spend-limits"], budget="1000 USD", **options)
    return float(simulate(scenario, 200_000, keep=["adoption_pay"]).retained_draws["adoption_pay"].mean()) * HOURS_PER_YEAR


def test_adoption_is_paid_by_the_library_where_there_is_no_staff(plain, rich):
    assert pay_of(plain) == pytest.approx(adoption_pay_by_hand(), rel=0.01)
    assert pay_of(rich) == pytest.approx(adoption_pay_by_hand(), rel=0.02)
    sets = ["team.salary=1000 USD/person/year", "team.equity=0 USD/person/year", "team.on_cost=1"]
    assert pay_of(rich, sets=sets) == pytest.approx(1000)


def test_adoption_is_a_line_of_the_work_and_of_the_staff_that_is_paid_meanwhile(rich):
    name = "fp8-training"
    keep = ["adoption_cost", f"lever/{name}.effort", f"lever/{name}.delay", "team.pay", "staff_cost", "duration", "deflator"]
    draws = simulate(read(rich, levers=[name]), 500, keep=keep).retained_draws
    work = draws[f"lever/{name}.effort"] * draws["team.pay"] * draws["deflator"]
    meanwhile = draws[f"lever/{name}.delay"] * draws["staff_cost"] / draws["duration"]
    np.testing.assert_allclose(draws["adoption_cost"], work + meanwhile, rtol=1e-12)


def test_delay_of_adoption_lengthens_the_schedule_and_its_staff(rich, tmp_path):
    path = tmp_path / "phases.yaml"
    schedule = "schedule: {data: {duration: 3 month}, final_run: {}}\n"
    text = "".join(line + "\n" for line in RICH.splitlines() if not line.startswith(("duration:", "storage_time:")))
    path.write_text(text + schedule)
    fixed = "adoption={fp8-training: {effort: 0 person*month, delay: 2 month}}"
    free = "adoption={fp8-training: {effort: 0 person*month, delay: 0 month}}"
    keep = ["release", "staff_cost", "adoption_cost", "rental_cost", "team.pay", "team.posts"]
    late, early = (
        simulate(read(str(path), levers=["fp8-training"], sets=[each]), 200, keep=keep[:4]).retained_draws
        for each in (fixed, free)
    )
    np.testing.assert_allclose(late["release"] - early["release"], HOURS_PER_YEAR / 6, rtol=1e-9)
    np.testing.assert_allclose(late["staff_cost"] / early["staff_cost"], late["release"] / early["release"], rtol=1e-9)
    np.testing.assert_array_equal(late["rental_cost"], early["rental_cost"])
    assert (late["adoption_cost"] == 0).all()  # the schedule pays the staff


def test_adoption_that_a_scenario_states_replaces_that_of_the_library(plain):
    sets = ["adoption={decentralised-training: {effort: 10 person*hour, delay: 0 month}}", "adoption_pay=50 USD/person/hour"]
    scenario = read(plain, levers=["decentralised-training"], sets=sets)
    draws = simulate(scenario, 100, keep=["adoption_cost"]).retained_draws
    np.testing.assert_allclose(draws["adoption_cost"], 500.0, rtol=1e-12)
    with pytest.raises(InvalidInputError, match=r"adoption\.neoclod: there is no such lever; did you mean 'neocloud'"):
        read(plain, sets=["adoption={neoclod: {effort: 1 person*hour}}"])
    notes = [note.text for note in read(plain, sets=["adoption={neocloud: {effort: 1 person*hour}}"]).notes]
    assert "adoption of neocloud is given but has no effect here: it is no lever of this scenario" in notes
    with pytest.raises(InvalidInputError, match="there is no 'cost'; give effort or delay"):
        read(plain, levers=["decentralised-training"], sets=["adoption={decentralised-training: {cost: 1 USD}}"])


def test_inapplicable_levers_have_a_reason(plain):
    reasons = reasons_of(rank_levers(open_scenario(plain), RunOptions(500)))
    assert "active_parameters at least total_parameters, but it is not known here" in reasons["mixture-of-experts"]
    assert "chip_hours is given and shadows it" in reasons["new-optimisers"]
    assert "idle_factor, which no line or outcome of this scenario uses" in reasons["expense-monitoring"]
    assert reasons["spend-limits"] == "needs `budget`, which is not set"
    other = reasons_of(rank_levers(open_scenario("llama-3.1-405b"), RunOptions(500)))
    assert other["spot-instances"] == "needs `basis: rented`, but this has `basis: owned`"
    assert other["hyperparameter-transfer"] == "there is nothing to change: experiments_factor is 1"
    assert other["immersion-cooling"].startswith("needs pue above 1.2, but it is 1.08")


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
            assert f"lever {lever.name}: {text}" in notes or text in notes


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
    assert "mixture of experts" in estimates
    assert "wait for better recipes" not in estimates
    assert "wait for better recipes" in rest
    assert "needs `basis: rented`" in rest


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
    assert float(rows[0]["net_median"]) == data["levers"][0]["net"]["median"]
    assert "| spot instances | B |" in run.invoke(command, [*arguments, "--format", "markdown"]).output


def test_plain_data_has_documented_fields_only(rich):
    ranking = rank_levers(open_scenario(rich), RunOptions(200))
    assert undocumented(ranking) == set()
    row = ranking.to_dict()["levers"][0]
    assert not {"draws", "net_draws"} & row.keys()
    assert row["saving"]["mean"] == ranking.levers[0].saving.mean
    frame = ranking.to_dataframe()
    assert list(frame["lever"]) == [each.name for each in (*ranking.levers, *ranking.no_line, *ranking.inapplicable)]
    assert frame["net_median"][0] == ranking.levers[0].net.median
    assert len(ranking.to_csv().splitlines()) == len(frame) + 1


def test_only_requested_levers_are_ranked(rich):
    result = CliRunner().invoke(command, [rich, "--only", "spot-instances", "--draws", "1000", "--format", "json"])
    assert [row["name"] for row in json.loads(result.output)["levers"]] == ["spot-instances"]


def test_weights_fall():
    assert WEIGHTS[0] == 1
    assert list(WEIGHTS) == sorted(WEIGHTS, reverse=True)
