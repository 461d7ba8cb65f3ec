"""The first page of a report: what it says of idle hours, of a service, of bases with other costs, and in which words."""

import pytest

import llmcost
from simulator.analysis.occurrences import decides_event
from simulator.core.formatting import plain_text, to_words
from simulator.report.content import Bars, Bullets, FigureBlock, Paragraph, TableBlock
from simulator.scenario.quantity_definitions import definition_of

SHORT = {"draws": 2000}


@pytest.fixture(scope="module")
def idle(tmp_path_factory):
    """The report on a run that uses an eighth of the contract for it."""
    path = tmp_path_factory.mktemp("idle") / "idle.yaml"
    path.write_text(
        "title: Ours\nextends: [small-medium, startup]\ntotal_parameters: 7e9\ntraining_tokens: 1e12\nchips: 128\n"
        "reservation: dedicated\n"
    )
    return llmcost.report(path, **SHORT)


@pytest.fixture(scope="module")
def service():
    return llmcost.report("serve/llama-3.3-70b", interval=80, **SHORT)


@pytest.fixture(scope="module")
def bases():
    return llmcost.report("gpt-4", "gpt-4:basis=rented", **SHORT)


def decisions(report):
    (block,) = [each for each in report.front if isinstance(each, Bullets) and each.lead == "What to decide"]
    return block.items


def test_idle_hours_of_a_contract_are_a_decision(idle):
    (text,) = [each for each in decisions(idle) if each.startswith("Whether to shorten")]
    cost = idle.studies[0].run.quantities["idle_cost"]
    assert f"{cost.median / 1e6:.2f}M" in text
    assert any("of the chip-hours that are paid for stand idle" in each for each in decisions(idle))
    (lever,) = [each for each in decisions(idle) if each.startswith("Whether to adopt")]
    assert "it replaces the contract" in lever


def test_a_shared_contract_is_a_decision_with_its_whole_amount(idle, tmp_path):
    assert not any("sign the contract" in each for each in decisions(idle))  # a contract that is counted in full is no surprise
    path = tmp_path / "shared.yaml"
    plan = "title: Ours\nextends: [small-medium, startup]\ntotal_parameters: 7e9\ntraining_tokens: 1e12\nchips: 512\n"
    path.write_text(f"{plan}one_year_price: 2 USD/chip/hour\nidle_factor: 1\n", encoding="utf-8")
    report = llmcost.report(path, **SHORT)
    (text,) = [each for each in decisions(report) if "sign the contract" in each]
    whole = 512 * 8766 * 2  # $8.98M
    used = report.studies[0].run.quantities["rental_cost"].median  # with an idle_factor of 1, the hours of work alone
    assert f"in all it obliges to ${whole / 1e6:.2f}M" in text
    assert f"this plan counts ${used / 1e3:.0f}K of it" in text


def test_no_event_is_among_the_drivers_of_the_first_page(idle):
    assert any(decides_event(driver.name) for driver in idle.studies[0].drivers.drivers)
    (bars,) = [each for each in idle.front if isinstance(each, Bars)]
    assert not any("whether it happens" in bar.name for bar in bars.bars)
    assert not any("whether it happens" in each for each in decisions(idle))


def test_what_a_driver_is_stands_under_its_bar_and_first_in_the_table(idle):
    (bars,) = [each for each in idle.front if isinstance(each, Bars)]
    graph = idle.studies[0].scenario.graph
    names = {to_words(driver.name): driver.name for driver in idle.studies[0].drivers.drivers}
    assert [bar.about for bar in bars.bars] == [definition_of(names[bar.name], graph) for bar in bars.bars]
    assert all(bar.about for bar in bars.bars)
    (table,) = [each for each in idle.blocks(TableBlock) if each.name == "drivers"]
    about = {row.cells[0].values[0]: row.cells[1].text for row in table.rows}
    definition = definition_of("experiments_factor")
    assert about["experiments_factor"].startswith(f"{definition} ")
    assert len(about["experiments_factor"]) > len(definition) + 20


def test_a_definition_that_a_value_repeats_is_left_out(service):
    (table,) = [each for each in service.blocks(TableBlock) if each.name == "drivers"]
    (text,) = [row.cells[1].text for row in table.rows if row.cells[0].values[0] == "peak_demand_ratio"]
    assert text.count("Demand of the busiest hour over the mean of the day") == 1


def test_a_service_says_what_a_million_tokens_cost_and_how_many_there_are(service):
    by_name = {each.name: each for each in service.key_figures}
    card, run = by_name["a million tokens, median"], service.studies[0].run
    assert card.value == f"${1e6 * run.quantities['mean_token_cost'].median:.3f}"
    chips = run.quantities["serving_chips"]
    assert f"1B tokens a day for 365.25 days on {chips.median:g} ({chips.low:g} to {chips.high:g}) chips" in card.remark
    assert by_name["80% of the outcomes"].remark == "10% cost less and 10% cost more"
    assert not {each.kind for each in service.blocks(FigureBlock)} & {"breakdown", "bridge"}
    assert [each.name for each in service.sections[0].blocks][:1] == ["outcomes"]


def test_what_a_service_assumes_and_misses_is_a_decision(service):
    run, texts = service.studies[0].run, decisions(service)
    assert any("1B tokens a day is an assumption of the library" in each for each in texts)
    missed = 1 - run.quantities["latency_met"].mean
    assert any(f"the targets of latency are missed in {100 * missed:.0f}% of the outcomes" in each for each in texts)


def test_scenarios_with_the_same_costs_are_decided_by_cost(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("title: Own\nextends: [owner-costs, gpt-4]\n")
    report = llmcost.report(path, "gpt-4:basis=rented", **SHORT)
    assert "Not like for like" not in report.answer
    assert "On one condition: Own pays for 12% of the useful life of 25," in report.answer
    (decision,) = decisions(report)
    assert decision.startswith("Whether to take Own: it is cheaper in")
    assert "if other work pays for 88% of the useful life of its chips, and to buy them takes $7" in decision


TERM = """
title: Plan
extends: [small-medium, startup]
total_parameters: 13e9
training_tokens: 2e12
chip: nvidia-h100-sxm
chips: 256
commitment: one-year
reservation: dedicated
"""


def test_a_part_of_the_chips_is_not_compared_with_a_whole_term_as_if_it_were_all_of_them(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(TERM, encoding="utf-8")
    report = llmcost.report(path, f"{path}:basis=owned", names=["Rent", "Own"], **SHORT)
    (own,) = report.summary["comparison"]["own_chips"]
    assert report.answer.startswith("Own costs less than Rent")
    assert "Not like for like: Own pays for 3.7% of the useful life of 256 chips" in report.answer
    (condition,) = report.conditions
    assert condition.startswith("Rent pays for its whole term. With `basis: purchased` (all of the chips) Own costs $")
    purchased = llmcost.compare(path, f"{path}:basis=purchased", **SHORT)
    assert own["purchased"] == purchased.scenarios[1].median
    assert own["other_cheaper"]["value"] == purchased.differences[0].first_cheaper.value > 0.9
    (decision,) = decisions(report)
    assert decision.startswith("Rent or Own: these figures do not decide. Own is cheaper only if other work pays for 96%")
    for figure in report.blocks(FigureBlock):
        assert "costs least" not in figure.finding
        assert "Own pays for 3.7% of the useful life of 256 chips" in figure.finding
        assert figure.data.own_chips[0].purchased == own["purchased"]


def test_costs_within_the_supply_of_a_fleet_are_not_missing(tmp_path):
    path = tmp_path / "fleet.yaml"
    path.write_text("title: Chat\nextends: serve/llama-3.3-70b\ntoken_demand: 2e9 token/day\n", encoding="utf-8")
    sources = [path, f"{path}:basis=owned", f"{path}:serving=priced"]
    report = llmcost.report(*sources, names=["Demand", "Owned", "API"], **SHORT)
    assert "a rent includes" not in report.answer
    assert "Owned costs least" in report.answer
    assert "On one condition: Owned pays for 18% of the useful life" in report.answer
    assert (
        "Demand pays for all hours of its chips in service, used or not, and API pays for no chips of its own"
        in report.conditions[0]
    )
    assert not any("owner-costs" in each for each in decisions(report))
    bare = [f"{path}:basis=owned:without=[facility_price]", path]
    report = llmcost.report(*bare, names=["Bare", "Demand"], **SHORT)
    assert "Bare is without facility cost, which a rent includes" in report.answer


def test_a_shock_with_evidence_leads_and_assumptions_are_shown(idle):
    (figure,) = [each for each in idle.blocks(FigureBlock) if each.kind == "stress"]
    cases = [case for case in figure.data.shocks.cases if case.change.moves]
    largest, leading = cases[0], next(case for case in cases if case.grade != "D")
    assert largest.grade == "D"
    assert figure.finding.lower().startswith(to_words(leading.name).lower())


def test_scenarios_with_other_kinds_of_cost_are_not_like_for_like(bases):
    assert bases.names == ("GPT-4", "GPT-4, rented")
    assert "Not like for like: GPT-4 is without 5 costs that a rent includes." in bases.answer
    for figure in bases.blocks(FigureBlock):
        assert "costs least" not in figure.finding
        assert "; GPT-4 is without 5 costs that a rent includes" in figure.finding
    missing, decision = decisions(bases)
    for cost in ("capital cost", "facility cost", "hardware maintenance cost", "operations cost", "idle cost"):
        assert cost in missing
    assert decision.endswith("these figures do not decide, because GPT-4 is cheaper without costs that it has.")
    assert not any("anything speaks" in each for each in decisions(bases))
    assert "in 95% of all outcomes" in bases.key_figures[-1].remark


def test_a_bar_of_a_comparison_says_what_its_quantity_is(bases):
    (block,) = [each for each in bases.front if isinstance(each, Bars)]
    assert [bar.about for bar in block.bars] == [definition_of(name) for name in ("rental_cost", "chip_cost", "server_cost")]
    assert all(bar.about.endswith(".") for bar in block.bars)


def drivers_of(report):
    (table,) = [each for each in report.blocks(TableBlock) if each.name == "drivers"]
    return table


def test_each_driver_has_a_description_of_its_own(service, idle):
    texts = [row.cells[1].text for row in drivers_of(service).rows]
    assert len(set(texts)) == len(texts)
    assert not any("Efficiencies of serving" in text for text in texts)
    section = next(each for each in service.sections if each.key == "drivers")
    (shared,) = [each.text for each in section.blocks if isinstance(each, Paragraph) and "of these inputs" in each.text]
    assert "such as unexplained token time, have values of one source: Efficiencies of serving, and what" in shared
    texts_of_events = [row.cells[1].text for row in drivers_of(idle).rows if "whether it happens" in row.cells[0].text]
    assert texts_of_events
    assert all("Whether it occurs." in text for text in texts_of_events)  # which is no source that they share
    (load,) = [text for text in texts if "busiest hour over what they can bear" in text]
    assert load == "Assumption: load of the instances in the busiest hour over what they can bear."


def test_notes_are_in_words_without_folders():
    text = "storage is in large_cluster_share; team.posts is computed (/tmp/a/first.yaml:5:1); `--set total_parameters=1` stays"
    assert plain_text(text, {"large_cluster_share", "total_parameters"}) == (
        "storage is in large cluster share; team: posts is computed (first.yaml:5:1); `--set total_parameters=1` stays"
    )
    assert to_words("power-price-germany-2024") == "power price Germany 2024"


def test_one_form_says_by_how_much_knowledge_narrows_the_interval(idle):
    study = idle.studies[0]
    shared = (
        "narrow the 95% interval, as a ratio, by" if study.drivers.variance_of == "log cost" else "narrow the 95% interval by"
    )
    assert shared in study.drivers.research_next.text
    assert any(shared in each for each in decisions(idle))


def test_a_comparison_says_what_the_adoption_of_a_lever_takes():
    report = llmcost.report("small-medium", "small-medium:precision=fp8", names=["BF16", "FP8"], draws=500)
    (text,) = [each for each in decisions(report) if each.startswith("What it takes to adopt")]
    assert "FP8: precision = fp8 is without the adoption of fp8-training, which takes $" in text
