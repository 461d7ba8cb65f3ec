"""One scenario in several kinds of money: every amount of every output is converted, and nothing else changes."""

import json
import math
import re
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner
from definitions.figures import figures_of

import llmcost
from simulator.core.money import money_power
from simulator.definitions import definitions_of
from simulator.report import sheets
from simulator.report.content import TableBlock

PLAN = """\
title: Plan
prices: 2023 USD
chip: nvidia-h100-sxm
basis: rented
commitment: on-demand
lines: [compute, staff_cost, licence_cost]
outcomes: [chip_hours, energy]
on_demand_price: 2 to 3 USD/chip/hour
idle_factor: 1
final_run_chip_hours: 0.8e6 to 1.2e6 chip*hour
experiments_factor: 1
deflator: 1
duration: 6 to 9 month
budget: 6e6 USD
staff:
  team: {people: 9 person, fte: 0.8 to 1, salary: 200e3 to 300e3 USD/person/year, on_cost: 1.3, equity: 0 USD/person/year}
deals:
  archive: {count: 1, price: 200e3 to 400e3 USD}
price_index: {2023: 100, 2026: 125}
rates: {EUR: 0.8, CHF: 0.5}
"""
DRAWS = 1000
KINDS = {"2026 USD": 1.25, "2023 EUR": 0.8, "2026 EUR": 1.0, "2026 CHF": 0.625}
"""Factors by hand: 125 / 100 for the prices, 0.8 and 0.5 for the currencies."""
RESULTS = {
    "run": lambda source: llmcost.run(source, draws=DRAWS).summary(),
    "budget": lambda source: llmcost.budget(source, draws=DRAWS),
    "joint": lambda source: llmcost.joint(source, draws=DRAWS),
    "sensitivity": lambda source: llmcost.sensitivity(source, draws=DRAWS),
    "stress": lambda source: llmcost.stress(source, shocks=["rental-spike-2026"], draws=DRAWS),
    "levers": lambda source: llmcost.levers(source, draws=DRAWS),
    "cashflow": lambda source: llmcost.cashflow(source, draws=DRAWS),
    "portfolio": lambda source: llmcost.portfolio(source, source, draws=DRAWS),
}


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    path = tmp_path_factory.mktemp("money") / "plan.yaml"
    path.write_text(PLAN)
    return str(path)


def factor_of(figure, units, factor, scenario):
    """Return the factor on a figure by the unit of its definition, of the object around it, or of the input that it names."""
    unit = units.get(figure.path, "1")
    if unit.startswith("unit of"):
        around = next((each for each in reversed(figure.parents) if "unit" in each), None)
        name = next((each["name"] for each in reversed(figure.parents) if "name" in each), "")
        unit = around["unit"] if around else scenario.unit(name)
    return factor ** money_power(unit)


@pytest.mark.parametrize(
    ("output", "money", "factor"),
    [
        (output, money, factor)
        for output in RESULTS
        for money, factor in KINDS.items()
        if output in ("run", "budget") or money == "2026 CHF"
    ],
)
def test_every_amount_is_converted_and_nothing_else_changes(plan, output, money, factor):
    before, after = (llmcost.open_scenario(plan, money=each) for each in (None, money))
    units = {each.path: each.unit for each in definitions_of(output) if each.path}
    old, new = (RESULTS[output](each).to_dict() for each in (before, after))
    assert (old["money"], new["money"]) == ("2023 USD", money)
    figures = list(zip(figures_of(old, set(units)), figures_of(new, set(units)), strict=True))
    scaled = 0
    for first, second in figures:
        assert first.place == second.place
        times = factor_of(first, units, factor, before.scenario)
        scaled += times != 1
        if first.value is None:
            assert second.value is None, first.place
        else:
            # Allocations are rounded to cents, and differences of equal amounts to a few billionths of one.
            rounding = 0.02 if first.path.startswith("allocation") else 1e-8
            assert second.value == pytest.approx(first.value * times, rel=1e-7, abs=rounding), first.place
    assert scaled > 10 or factor == 1


def test_the_probability_of_the_budget_by_hand(plan):
    """A budget of 6 million USD of 2023 is one of 6 x 1.25 x 0.8 million EUR of 2026, and 3.75 million CHF."""
    budgets = {money: llmcost.budget(llmcost.open_scenario(plan, money=money), draws=DRAWS).budget for money in KINDS}
    assert {money: each.amount for money, each in budgets.items()} == {
        "2026 USD": 7.5e6, "2023 EUR": 4.8e6, "2026 EUR": 6e6, "2026 CHF": 3.75e6,
    }  # fmt: skip
    assert len({each.probability_within for each in budgets.values()}) == 1


@pytest.mark.parametrize(("money", "factor"), [("2026 CHF", 0.625)])
def test_a_report_is_converted(plan, money, factor):
    old, new = (llmcost.report(llmcost.open_scenario(plan, money=each), draws=DRAWS) for each in (None, money))
    amounts = 0
    for before, after in zip(old.blocks(TableBlock), new.blocks(TableBlock), strict=True):
        fields = sheets.field_names(before)
        assert [name.replace("_chf", "_usd") for name in sheets.field_names(after, "CHF")] == fields
        assert not any(name.endswith("_usd") for name in sheets.as_csv(after, "CHF").partition("\n")[0].split(","))
        if before.name in ("assumptions", "known", "break-even"):
            continue  # in the unit of each row
        for row, other in zip(sheets.row_values(before), sheets.row_values(after), strict=True):
            for field, first, second in zip(fields, row, other, strict=True):
                if isinstance(first, float | int) and "outcome" not in before.name and before.name != "runs":
                    times = factor if field.endswith("_usd") else 1
                    amounts += times != 1
                    assert second == pytest.approx(first * times, rel=1e-7), (before.name, field)
    assert amounts > 50
    assert "CHF 3.75M" in new.answer
    assert "USD" not in re.sub(r"[^.]*2023 USD[^.]*\.", "", new.answer)
    assert not any("USD" in f"{each.value}{each.remark}" for each in new.key_figures)


COMMANDS = [
    "run", "budget", "joint", "sensitivity", "levers", "stress --shock rental-spike-2026", "cashflow", "portfolio {plan}",
    "compare {plan}:on_demand_price=3",
]  # fmt: skip


@pytest.mark.parametrize("line", COMMANDS)
def test_no_table_names_another_currency(plan, line):
    command, *rest = line.format(plan=plan).split()
    arguments = [command, plan, *rest, "--draws", str(DRAWS), "--money", "2026 CHF", "-q"]
    result = CliRunner().invoke(import_module(f"simulator.cli.commands.{command}").command, arguments[1:])
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    assert "CHF" in result.output
    allowed = r"amounts are stated in 2023 USD|for one USD|\(in 2023 USD\)|USD/[a-z/]+|for another in USD"
    text = " ".join(result.output.split())  # a note is wrapped
    assert not re.search(r"USD|\$", re.sub(allowed, "", text))
    assert "0.5 CHF for one USD" in text
    assert "125 (2026) over 100 (2023)" in text


def test_saved_runs_keep_their_money(plan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runs = {money: llmcost.run(llmcost.open_scenario(plan, money=money), draws=DRAWS) for money in ("2023 USD", "2026 CHF")}
    runs["2026 CHF"].save("chf.nc")
    runs["2026 CHF"].save("chf.json")
    assert json.loads((tmp_path / "chf.json").read_text())["money"] == "2026 CHF"
    loaded = llmcost.load("chf.nc")
    assert loaded.summary().header.money == "2026 CHF"
    assert loaded.summary().total.unit == "CHF"
    with pytest.raises(llmcost.UnsupportedError, match="--money '2026 CHF'"):
        llmcost.compare(plan, "chf.json", draws=DRAWS)
    both = llmcost.compare(llmcost.open_scenario(plan, money="2026 CHF"), "chf.json", draws=DRAWS)
    medians = [each.median for each in (*both.scenarios, *both.saved)]
    assert math.isclose(medians[0], medians[1], rel_tol=1e-12)


def test_scenarios_in_different_money_or_at_different_rates_are_refused(plan):
    with pytest.raises(llmcost.UnsupportedError, match="--money '2023 USD'"):
        llmcost.compare(plan, llmcost.open_scenario(plan, money="2026 EUR"), draws=DRAWS)
    one, other = (llmcost.open_scenario(plan, money="2026 EUR", rates={"EUR": rate}) for rate in (0.8, 0.9))
    with pytest.raises(llmcost.UnsupportedError, match=r"0\.8 EUR for one USD and .* 0\.9"):
        llmcost.portfolio(one, other, draws=DRAWS)


def test_a_sweep_is_converted(plan, monkeypatch):
    monkeypatch.chdir(Path(plan).parent)
    grid = {"on_demand_price": ["2 USD/chip/hour", "3 USD/chip/hour"]}
    kinds = (llmcost.open_scenario(plan, money=each) for each in (None, "2026 CHF"))
    before, after = (llmcost.sweep(each, grid=grid, draws=DRAWS) for each in kinds)
    for first, second in zip(before.cells, after.cells, strict=True):
        figures = [each.quantities["total_cost"] for each in (first, second)]
        assert figures[1].median == pytest.approx(0.625 * figures[0].median, rel=1e-12)
        assert figures[1].unit == "CHF"
        assert second.quantities["chip_hours"].median == first.quantities["chip_hours"].median
    cube = {"extends": "plan.yaml", "latin-hypercube": {"cells": 3, "over": {"on_demand_price": "prior"}}}
    totals = [llmcost.sweep({**cube, **more}, draws=DRAWS).cells for more in ({}, {"money": "2026 CHF"})]
    for first, second in zip(*totals, strict=True):
        assert second.quantities["total_cost"].median == pytest.approx(0.625 * first.quantities["total_cost"].median, rel=1e-12)
    with pytest.raises(llmcost.InvalidInputError, match="different money"):
        llmcost.sweep(plan, grid={"money": ["2023 USD", "2026 EUR"]}, draws=DRAWS)
