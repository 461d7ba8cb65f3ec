"""The content of the explorer: columns, options, switches and plans, without a browser."""

import json
import re
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from plans import ONE
from report.explorer_cases import SERVED, column_of, data, explorer, opened

import llmcost
from simulator.core.errors import Issue, UnsupportedError
from simulator.core.units import Unit
from simulator.engine.blocks import BlockSimulator
from simulator.engine.scenario import TOTAL
from simulator.engine.simulate import simulate
from simulator.engine.summaries import rank_correlation
from simulator.report.explorer.build import FEW_CHIPS, build_explorer
from simulator.report.explorer.columns import STEPS, Columns, encode
from simulator.report.explorer.data import page_data, page_values
from simulator.report.explorer.document import document
from simulator.report.explorer.kept import quantity_of
from simulator.report.explorer.options import find_options, with_choices

MAIN = "gpt-4"


# --- columns --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draws", "scale"),
    [
        (np.exp(np.random.default_rng(0).normal(10, 3, 4096)), "log"),
        (np.random.default_rng(0).normal(0, 3, 4096), "linear"),
        (np.random.default_rng(0).uniform(9, 11, 4096), "linear"),
        (np.random.default_rng(0).integers(0, 3, 4096).astype(float), "exact"),
        (np.full(4096, 7.5), "exact"),
    ],
)
def test_a_column_holds_its_draws_within_half_a_step(draws, scale):
    column = encode(draws)
    assert column.scale == scale
    if scale == "exact":
        assert (column.draws == draws).all()
    elif scale == "log":
        step = np.log(draws.max() / draws.min()) / STEPS
        assert np.abs(np.log(column.draws / draws)).max() <= step / 2 * (1 + 1e-9)
    else:
        assert np.abs(column.draws - draws).max() <= (draws.max() - draws.min()) / STEPS / 2 * (1 + 1e-9)


def test_equal_draws_are_stored_once():
    columns, draws = Columns(), np.linspace(1, 3, 4096)
    assert [columns.add(draws), columns.add(draws.copy()), columns.add(draws + 1)] == [0, 0, 1]


# --- options and plans ----------------------------------------------------------------------------------------------------


def assembled(variant):
    """Return a scenario without the notes whose remedies are tried, which take longer than the scenario."""
    scenario = variant.try_scenario()
    assert not isinstance(scenario, Issue), scenario
    return scenario


def total_of(scenario, draws):
    values = BlockSimulator(scenario, draws, 0, "sobol", (), None, ()).simulate_block(0)
    return np.broadcast_to(values[TOTAL], draws)


@pytest.mark.parametrize("name", [MAIN, "startup-7b"])
def test_every_combination_of_choices_is_the_scenario_with_them(name):
    content = explorer(name)
    case = content.cases[0]
    assert len(case.plans) > 10
    for choices, plan in case.plans.items():
        expected = total_of(case.options.variants[choices], content.draws)
        found = page_values(plan, content.pool)[plan.results[TOTAL]]
        assert np.mean(np.abs(found / expected - 1)) < 2e-4, choices  # a block of whole days may have one day more or less


@pytest.mark.parametrize("name", [MAIN, "startup-7b"])
def test_every_shock_and_lever_and_pairs_of_them_are_the_scenario_with_them(name):
    content, case = explorer(name), data(name)
    plan = content.cases[0].plans[()]
    usable = [each for each in case["toggles"] if each["name"] not in plan.unavailable]
    pairs = [pair for pair in combinations(usable, 2) if not set(pair[0]["groups"]) & set(pair[1]["groups"])]
    for toggles in [*((each,) for each in usable), *pairs[::4]]:
        names = {kind: [each["short"] for each in toggles if each["kind"] == kind] for kind in ("lever", "shock")}
        variant = assembled(opened(name).with_(levers=names["lever"], shocks=names["shock"]))
        expected = total_of(variant, content.draws)
        found = page_values(plan, content.pool, switched_on=[each["name"] for each in toggles])[plan.results[TOTAL]]
        assert np.quantile(np.abs(found / expected - 1), 0.999) < 1e-3, names


def is_close(plan, content, scenario, changes=None, switched_on=()):
    """Whether the page has the draws of a scenario; a few have one instance more or less, as the page rounds its inputs."""
    found = page_values(plan, content.pool, changes, switched_on)[plan.results[TOTAL]]
    errors = np.abs(found / total_of(scenario, content.draws) - 1)
    return np.mean(errors) < 2e-4 and np.quantile(errors, 0.99) < 1e-4


@pytest.mark.parametrize("name", SERVED)
def test_every_control_of_a_service_is_the_scenario_with_it(name):
    """The users of an instance are searched for, which no page does; nothing that the page offers may depend on the search."""
    content, controls = explorer(name), data(name)
    case = content.cases[0]
    for choices, plan in case.plans.items():
        assert is_close(plan, content, case.options.variants[choices]), choices
        basis = dict(choices).get("basis")
        if choices in ((), (("basis", "owned"),)):
            shown = [each for each in controls["drivers"] if each["name"] in map(quantity_of, plan.columns)]
            for driver, level in ((each, level) for each in shown for level in (0.1, 0.9)):
                value = float(f"{np.quantile(column_of(name, driver['name']), level):.4g}")
                inputs = [each for each in plan.columns if each in plan.scenario.inputs and quantity_of(each) == driver["name"]]
                variant = assembled(opened(name).with_(basis=basis, sets=[f"{driver['name']}={value} {driver['canonical']}"]))
                assert is_close(plan, content, variant, dict.fromkeys(inputs, value)), (choices, driver["name"], value)
        for toggle in controls["toggles"]:
            if toggle["name"] in plan.unavailable or not (len(choices) < 2 or toggle["selects"]):
                continue
            sets = [f"{key}={option}" for key, option in choices if key != "basis" and key not in toggle["selects"]]
            variant = opened(name).allowing_unused().with_(basis=basis, sets=sets, **{f"{toggle['kind']}s": [toggle["short"]]})
            assert is_close(plan, content, assembled(variant), switched_on=[toggle["name"]]), (choices, toggle["name"])


@pytest.mark.parametrize("name", list(SERVED)[:3])
def test_inputs_of_the_search_have_no_control_and_the_page_says_so(name):
    controls = data(name)
    offered = {each["name"] for each in controls["drivers"]}
    assert {"answer_tokens", "serving_decode_backend", "serving_token_residual"} <= set(controls["behind"])
    assert {"peak_demand_ratio", "peak_load_share", "on_demand_price"} <= offered
    assert offered.isdisjoint(controls["behind"])
    assert re.match(
        r"Not sliders here, though they are among the inputs that matter most: .*decode software effect.*\. "
        "Serving speed and replica chips depend on them, and are searched for, which a page cannot do; use llmcost run --set.$",
        controls["withheld"],
    )
    assert "Error" not in " ".join([controls["withheld"], *controls["notOffered"]])
    assert data("priced tokens")["withheld"] == ""


@pytest.mark.parametrize("name", ["llama-3.1-405b", "small startup"])
def test_an_option_refuses_the_shocks_and_levers_that_it_refuses_alone(name):
    case = explorer(name).cases[0]
    conditional = [each for each in case.options.toggles if each.adjustment.conditions and not each.selects]
    found = 0
    for axis in case.options.axes:
        for option in axis.options[1:]:
            is_lone_term = axis.key == "commitment" and case.scenario.choices["basis"] != "rented"
            choices = (*((("basis", "rented"),) if is_lone_term else ()), (axis.key, option))
            for toggle in conditional:
                alone = (
                    with_choices(case.opened, choices)
                    .with_(**{f"{toggle.adjustment.kind}s": [toggle.adjustment.name]})
                    .try_scenario()
                )
                reason = alone.message if isinstance(alone, Issue) else None
                assert toggle.refusals.get((axis.key, option)) == reason
                found += reason is not None
    assert found


def test_a_lever_that_selects_a_choice_is_this_choice_with_the_cost_of_its_adoption():
    name = "startup-7b"
    content, case = explorer(name), data(name)
    spot = next(each for each in case["toggles"] if each["short"] == "spot-instances")
    assert spot["selects"] == {"commitment": "spot"}
    plans = content.cases[0].plans
    assert "selects commitment spot" in plans[()].unavailable[spot["name"]]
    plan = plans[("commitment", "spot"),]
    expected = total_of(opened(name).with_(levers="spot-instances").scenario, content.draws)
    found = page_values(plan, content.pool, switched_on=[spot["name"]])[plan.results[TOTAL]]
    assert np.quantile(np.abs(found / expected - 1), 0.999) < 1e-3
    assert np.median(found) > np.median(page_values(plan, content.pool)[plan.results[TOTAL]])


def test_inputs_that_are_drawn_together_are_drivers_of_their_own():
    """MFU and goodput have the same variate, because both come from one posterior; a command sets each alone."""
    name = "large startup"
    drivers = {each["name"]: each for each in data(name)["drivers"]}
    assert (drivers["mfu"]["correlated"], drivers["goodput"]["correlated"]) == (["goodput"], ["mfu"])
    scenario = opened(name).with_(sets=["mfu=0.4"]).scenario
    assert scenario.inputs["goodput"] == opened(name).scenario.inputs["goodput"]
    assert scenario.inputs["goodput"].stream == opened(name).scenario.inputs["mfu"].stream


def close(found, scenario):
    """Whether the quantiles of a case of the page are those of its scenario, whose draws are others."""
    shares = (0.2, 0.5, 0.8)
    amounts = simulate(scenario, 65_536, method="sobol", keep=[TOTAL]).retained_draws[TOTAL]
    return np.quantile(found, shares) == pytest.approx(np.quantile(amounts, shares), rel=0.02)


def test_a_utilisation_that_is_stated_holds_its_precision():
    """FP8 makes the run of a library's utilisation faster, and not that of a number, which was measured in FP8."""
    name = "startup-7b"
    content = explorer(name)
    plan = content.cases[0].plans[("precision", "fp8"),]
    stated, own = (opened(name).with_(sets=["precision=fp8", *sets]).scenario for sets in (["mfu=0.4"], []))
    assert "precision_speedup" in stated.inputs
    assert "precision_speedup" not in own.inputs
    mfu = next(each for each in plan.columns if quantity_of(each) == "mfu")
    assert close(page_values(plan, content.pool, {mfu: 0.4})[TOTAL], stated)
    assert close(page_values(plan, content.pool)[TOTAL], own)


def test_the_order_of_a_moved_posterior_has_the_correlations_of_its_command():
    """The ranks of MFU and goodput against those of the columns that the page has, by the pairs of the presets."""
    content = explorer("frontier company")
    plan = content.cases[0].plans[()]
    columns = content.pool.columns.columns
    assert set(plan.orders) == {"mfu", "goodput"}
    for ranks in (columns[place].codes for place in plan.orders.values()):
        assert (np.sort(ranks) == np.arange(content.draws)).all()
    expected = {("mfu", "active_share"): 0.3, ("mfu", "chips"): -0.2, ("mfu", "power_share"): 0.6, ("goodput", "chips"): -0.3}
    places = {quantity_of(quantity): place for quantity, place in plan.columns.items() if quantity in plan.scenario.inputs}
    for moved in plan.orders:
        ranks = columns[plan.orders[moved]].codes
        for other, place in places.items():
            found = rank_correlation(ranks.astype(float), columns[place].draws)
            if other == moved:  # so that it has the Monte Carlo error of the unchanged case, which the page corrects
                assert found > 0.6
            elif "/" not in other:  # Sobol draws of two inputs reach 0.06, those of levers 0.2
                assert found == pytest.approx(expected.get((moved, other), 0.0), abs=0.08), (moved, other)


def test_a_command_keeps_the_goodput_that_would_follow_the_chips():
    name = "large startup"
    driver = next(each for each in data(name)["drivers"] if each["name"] == "chips")
    assert (driver["isWhole"], driver["kept"]) == (True, [["goodput", "posterior/utilisation"]])
    followed, kept = (
        opened(name).with_(sets=["chips=2000", *sets]).scenario for sets in ([], ["goodput=posterior/utilisation"])
    )
    assert "goodput" not in followed.inputs
    assert kept.inputs["goodput"].distribution.quantile(0.5) == opened(name).scenario.inputs["goodput"].distribution.quantile(
        0.5
    )


def test_what_is_not_on_the_page_is_named():
    case = data("startup-7b")
    listed = {each["label"] for each in case["toggles"]}
    text = " ".join(case["notOffered"])
    assert "bigger clusters: it changes chips" in text
    assert "less saved than by those on this page" in text
    assert not any(re.search(rf"\b{label}\b", text) for label in listed)


# --- own formulas ---------------------------------------------------------------------------------------------------------


def audit_cost(chip_cost: llmcost.units.Usd) -> llmcost.units.Usd:
    return 100.0 + 0 * np.asarray(chip_cost, dtype=float)


def cover_cost(chip_cost: llmcost.units.Usd) -> llmcost.units.Usd:
    return np.where(chip_cost > 1000, chip_cost - 1000, 0.0 * chip_cost)


def test_a_formula_that_does_not_compile_keeps_its_draws_and_is_named(write_plan):
    path = write_plan(ONE.replace("lines: [chip_cost]", "lines: [chip_cost, audit_cost, cover_cost]"))
    exploration = llmcost.explore(llmcost.open_scenario(path, formulas=[audit_cost, cover_cost]), draws=2000)
    (note,) = exploration.notes
    assert note.text == (
        f"{path}: audit cost has a formula that does not translate to a page, so its draws stay as they are, "
        "and what it depends on has no control"
    )
    content = build_explorer([llmcost.open_scenario(path, formulas=[audit_cost, cover_cost])], ["plan"], [None])
    (case,) = page_data(content)["cases"]
    assert (case["drivers"], case["behind"]) == ([], ["chip_cost"])
    assert case["withheld"] == (
        "Not a slider here, though it is among the inputs that matter most: chip cost. "
        "Audit cost depends on it, and has a formula that does not translate to a page; use llmcost run --set."
    )
    plan = content.cases[0].plans[()]
    values = page_values(plan, content.pool, {"chip_cost": np.full(content.draws, 1500.0)})
    assert (values[plan.results[TOTAL]] == 1500 + 100 + 500).all()


# --- what a page has room for ---------------------------------------------------------------------------------------------


def small_page(name, most_bytes):
    content = build_explorer([opened(name)], [name], [None], most_bytes=most_bytes)
    return content, content.cases[0].options, len(document(content).encode())


def test_a_smaller_page_has_fewer_draws_then_fewer_chips_then_fewer_shocks_and_levers():
    whole = explorer(MAIN).cases[0].options
    sizes = []
    for most_bytes in (900_000, 695_000, 600_000):
        content, options, size = small_page(MAIN, most_bytes)
        assert (content.draws, size <= most_bytes) == (4096, True)
        (chips,) = (len(axis.options) for axis in options.axes if axis.key == "chip")
        sizes.append((chips, len(options.toggles)))
    assert sizes[0] == (4, len(whole.toggles))
    assert sizes[1] == (FEW_CHIPS, len(whole.toggles))
    assert sizes[2][0] == FEW_CHIPS
    assert 0 < sizes[2][1] < len(whole.toggles)


def test_assumptions_are_left_out_first_and_then_what_changes_the_total_least():
    whole = explorer(MAIN).cases[0].options
    _, options, _ = small_page(MAIN, 600_000)
    left_out = [each for each in whole.toggles if each not in options.toggles]
    with_effects = [each for each in options.toggles if each.adjustment.effects]  # others select a choice
    uncertain = [each for each in with_effects if not each.adjustment.effects[0].change.distribution.is_constant]
    importance = lambda toggle: (not toggle.is_assumption, abs(toggle.change))  # noqa: E731
    assert max(map(importance, left_out)) < min(map(importance, uncertain))
    named = {name for each in options.omissions if each.is_for_size for name in each.names}
    assert {each.adjustment.name for each in left_out} <= named


def test_a_page_without_shocks_says_why():
    content, options, _ = small_page(MAIN, 1)
    kinds = {each.adjustment.kind for each in options.toggles}
    (case,) = page_data(content)["cases"]
    for kind in ("shock", "lever"):
        assert bool(case["absent"][kind]) == (kind not in kinds)
    without = replace(options, toggles=())
    assert without.absence("lever") == "Levers apply to this scenario, but are left out to keep the page small: see its end."
    assert replace(without, omissions=()).absence("shock") == "No shock of the library changes this scenario."


def test_evidenced_levers_come_before_assumptions():
    options = explorer("startup-7b").cases[0].options
    levers = [each for each in options.toggles if each.adjustment.kind == "lever"]
    assert not any(each.is_assumption for each in levers)
    assert any("no evidence of their size" in each.text and each.kind == "lever" for each in options.omissions)


def test_a_lever_that_changes_no_cost_but_that_of_its_adoption_is_no_lever_of_the_page():
    priced = find_options(llmcost.open_scenario({**SERVED["served llama"], "serving": "priced"}))
    assert "renewable-energy" not in {each.adjustment.name for each in priced.toggles}  # who pays by the token pays no power
    (omission,) = [each for each in priced.omissions if "renewable-energy" in each.names]
    assert omission.reason == "no cost of this scenario changes but that of adoption"
    alone = replace(priced, toggles=(), omissions=(omission,))
    assert alone.absence("lever") == "No lever of the library changes this scenario."
    owned = find_options(llmcost.open_scenario({**SERVED["served llama"], "basis": "owned"}))
    assert "renewable-energy" in {name for each in owned.omissions for name in each.names} | {
        each.adjustment.name for each in owned.toggles
    }
    assert not any("adoption" in each.reason and "renewable-energy" in each.names for each in owned.omissions)


# --- the page -------------------------------------------------------------------------------------------------------------


def test_a_scenario_without_uncertainty_has_a_page():
    scenario = llmcost.open_scenario({"lines": ["chip_cost"], "chip_cost": "1000 USD", "outcomes": [], "prices": "2026 USD"})
    exploration = llmcost.explore(scenario, draws=2000)
    assert (exploration.scenarios[0].p50, exploration.scenarios[0].p80) == (1000.0, 1000.0)
    assert '"drivers":[]' in exploration.html


def test_a_run_under_way_has_no_page():
    under_way = llmcost.open_scenario(MAIN, sets={"progress": {"share_done": 0.5, "spent": "40e6 USD"}})
    with pytest.raises(UnsupportedError, match="is under way"):
        llmcost.explore(under_way)


def test_scenarios_in_different_money_are_refused():
    with pytest.raises(UnsupportedError, match="convert both to one money"):
        llmcost.explore("gpt-4", llmcost.open_scenario("gpt-3", money="2026 USD"))


def test_the_same_input_gives_the_same_bytes():
    assert document(build_explorer([opened("gpt-3")], ["a"], [None])) == document(
        build_explorer([opened("gpt-3")], ["a"], [None])
    )


def test_the_data_is_standard_json_that_cannot_end_the_script():
    content = build_explorer([llmcost.open_scenario({"extends": "gpt-3", "title": "</script>\u2028"})], ["<b>"], [None])
    text = document(content)
    assert json.loads(json.dumps(page_data(content), allow_nan=False))
    assert text.count("</script>") == 1
    assert "\u2028" not in text.split("<script>")[1]


def test_a_unit_has_its_bounds_on_the_page():
    driver = next(each for each in data(MAIN)["drivers"] if each["name"] == "experiments_factor")
    assert driver["isAtLeastOne"]
    assert driver["least"] == 1.0 == Unit("1", low=1.0).low
