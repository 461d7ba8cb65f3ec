"""Amounts that may be meant otherwise: rates the other way round, budgets in millions, amounts without a currency."""

import pytest
from test_money import LINES, read_text  # noqa: F401, the fixture

from simulator.model import GROUPS
from simulator.scenario import library
from simulator.scenario.values import parse_value

PLAN = LINES + "chip_cost: 12e6 USD\n"
EUROS = "money: 2023 EUR\nrates: {EUR: 0.8}\n"


# --- rates ----------------------------------------------------------------------------------------------------------------


def test_a_rate_the_other_way_round_is_reported_with_its_inverse(read_text):  # noqa: F811
    (warning,) = read_text(PLAN + "money: 2023 EUR\nrates: {EUR: 1.16}\n").warnings
    assert "rates.EUR: 1.16 EUR for one USD is outside the plausible 0.78 to 1.045" in warning
    assert warning.endswith("; if one EUR is 1.16 USD, write 0.8621")  # 1 / 1.16
    assert not read_text(PLAN + "money: 2023 EUR\nrates: {EUR: 0.8621}\n").warnings


def test_a_rate_that_is_implausible_either_way_has_no_inverse(read_text):  # noqa: F811
    (warning,) = read_text(PLAN + "money: 2023 EUR\nrates: {EUR: 8.6}\n").warnings
    assert warning.endswith("is outside the plausible 0.78 to 1.045")


def test_a_currency_without_limits_has_any_rate(read_text):  # noqa: F811
    assert not read_text(PLAN + "money: 2023 ISK\nrates: {ISK: 138}\n").warnings


@pytest.mark.parametrize("code", library.exchange_rates())
def test_limits_of_rates_leave_out_the_inverse_of_their_middle(code):
    limits = parse_value(library.exchange_rates()[code])
    middle = (limits.low * limits.high) ** 0.5
    assert limits.low < middle < limits.high < 3.2 * limits.low or code == "TRY"
    assert not limits.low <= 1 / middle <= limits.high


# --- budgets --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        ("12", "$12 is far below the total, $12.0M with every prior at its median; 12 million is written 12e6"),
        ("11900 USD", "$11900 is far below the total, $12.0M with every prior at its median; 11900 thousand is written"),
        ("0.5", "$0.5 is far below"),
        ("13e9", "$1.3e10 is far above the total, $12.0M with every prior at its median"),
    ],
)
def test_a_budget_of_another_order_is_reported(budget, words, read_text):  # noqa: F811
    (warning,) = read_text(PLAN + f"budget: {budget}\n").warnings
    assert "plan.yaml:6:1: budget: " in warning
    assert words in warning


@pytest.mark.parametrize("budget", ["12e6", "13e3", "11e9", "1 MUSD"])
def test_a_budget_within_a_factor_of_a_thousand_is_not(budget, read_text):  # noqa: F811
    assert not read_text(PLAN + f"budget: {budget}\n").warnings


def test_a_budget_in_another_money_is_reported_in_it(read_text):  # noqa: F811
    (warning,) = read_text(PLAN + EUROS, budget="12").warnings
    assert "€12 is far below the total, €9.60M" in warning  # 12M x 0.8
    assert "12 million is written 12e6" in warning


def test_a_plan_by_month_is_reported_by_its_own_name(read_text):  # noqa: F811
    (warning,) = read_text(PLAN + "start: 2026-01\nbudget_plan: {1: 5, 2: 7}\n").warnings
    assert ": budget_plan: $12 is far below" in warning


# --- amounts without a currency -------------------------------------------------------------------------------------------


def note_of(scenario):
    return [each.text for each in scenario.notes if each.code == "amount-without-currency"]


def test_an_amount_without_a_currency_beside_another_money_is_noted(read_text):  # noqa: F811
    scenario = read_text(PLAN.replace("12e6 USD", "12e6") + EUROS, budget="9e6")
    assert note_of(scenario) == [
        "chip_cost is without a currency and so in USD, although a budget without one is in EUR; if it is in EUR, write EUR "
        "after the number"
    ]
    assert scenario.inputs["chip_cost"].distribution.quantile(0.5) == 9.6e6  # 12e6 USD
    assert scenario.budget == 9e6  # EUR


def test_the_remedy_of_the_note_works(read_text):  # noqa: F811
    scenario = read_text(PLAN.replace("12e6 USD", "12e6 EUR") + EUROS)
    assert scenario.inputs["chip_cost"].distribution.quantile(0.5) == 12e6
    assert not note_of(scenario)


@pytest.mark.parametrize("money", ["", "money: 2023 USD\n", "rates: {EUR: 0.8}\n"])
def test_an_amount_in_the_only_money_is_not_noted(money, read_text):  # noqa: F811
    assert not note_of(read_text(PLAN.replace("12e6 USD", "12e6") + money))


@pytest.mark.parametrize("value", ["{quantiles: {p5: 1e6, p95: 3e6}}", "1e6 to 3e6", "{lognormal: {median: 2e6, sigma: 1}}"])
def test_a_distribution_without_a_currency_is_noted_too(value, read_text):  # noqa: F811
    assert len(note_of(read_text(LINES + f"chip_cost: {value}\n" + EUROS))) == 1
    with_unit = f"{{{value.strip('{}')}}}, unit: USD}}" if value.startswith("{") else f"{value} USD"
    assert not note_of(read_text(LINES + f"chip_cost: {with_unit}\n" + EUROS))


def test_parts_of_a_mixture_with_their_own_currencies_are_not_noted(read_text):  # noqa: F811
    mixture = "chip_cost: {mixture: [{weight: 0.5, distribution: 400 EUR}, {weight: 0.5, distribution: 500}]}\n"
    assert len(note_of(read_text(LINES + mixture + EUROS))) == 1
    assert not note_of(read_text(LINES + mixture.replace("500", "500 USD") + EUROS))


AMOUNTS_OF_ITEMS = {
    "staff": (
        "team",
        "salary",
        "{posts: 2, salary: %s, on_cost: 1.2, equity: 0 USD/person/month}",
        "1000 {}/person/month",
    ),
    "deals": ("books", "price", "{count: 2, price: %s}", "1000 {}"),
    "labels": ("answers", "price", "{items: 2, price: %s}", "1000 {}"),
    "tools": ("tracker", "fee", "{count: 2, fee: %s, duration: 3 month}", "1000 {}/month"),
    "risks": ("claim", "impact", "{probability: 10%%, impact: %s}", "1000 {}"),
}
"""Of each group: an item, its quantity that is an amount, the item with a place for it, and the amount with its currency."""


def amount_of(scenario, name):
    return scenario.inputs[name].distribution.quantile(0.5)


@pytest.mark.parametrize("group", GROUPS)
def test_amounts_of_items_are_converted_and_noted_as_others(group, read_text):  # noqa: F811
    item, key, text, amount = AMOUNTS_OF_ITEMS[group]
    name = f"{item}.{key}"
    plan = f"extends: small-medium\nlines: [compute, {GROUPS[group].line}]\nprices: 2023 USD\n{EUROS}{group}: {{{item}: "
    euros, dollars = (read_text(f"{plan}{text % amount.format(code)}}}\n") for code in ("EUR", "USD"))
    assert amount_of(dollars, name) == pytest.approx(0.8 * amount_of(euros, name))
    assert not note_of(euros) + note_of(dollars)
    set_again = read_text(f"{plan}{text % amount.format('USD')}}}\n", sets=[f"{name}={amount.format('EUR')}"])
    assert amount_of(set_again, name) == amount_of(euros, name)
    if amount == "1000 {}":
        bare = read_text(f"{plan}{text % '1000'}}}\n")
        assert amount_of(bare, name) == amount_of(dollars, name) == 800
        assert [each.split()[0] for each in note_of(bare)] == [name]


@pytest.mark.parametrize(
    "risks",
    [
        "{failed_run: failed-run}",
        "{inherited: all, failed_run: {from: failed-run}}",
        "{rollback: {probability: 5%}}",
        "{claim: {probability: 5%, impact: 1e6 EUR}}",
    ],
)
def test_risks_are_read_in_another_money(risks, read_text):  # noqa: F811
    plan = f"extends: [small-medium, startup]\nmoney: 2026 EUR\nrates: {{EUR: 0.86}}\nrisks: {risks}\n"
    scenario = read_text(plan, sets=["rollback.probability=10%"] if "inherited" in risks else [])
    assert not note_of(scenario)
    if "claim" in risks:
        assert amount_of(scenario, "claim.impact") == pytest.approx(1e6)  # EUR in, EUR out
        in_dollars = read_text(plan.replace("money: 2026 EUR", "money: 2026 USD"))
        assert amount_of(in_dollars, "claim.impact") == pytest.approx(1e6 / 0.86)


def test_an_amount_of_an_adjustment_is_noted(read_text):  # noqa: F811
    more = "adjustments: {more: {about: More, effects: [{on: chip_cost, add: 20}]}}\n"
    (note,) = note_of(read_text(PLAN + EUROS + more))
    assert note.startswith("adjustments.more is without a currency")
    assert not note_of(read_text(PLAN + EUROS + more.replace("20", "20 EUR")))


def test_options_are_read_as_the_file(read_text):  # noqa: F811
    assert len(note_of(read_text(PLAN + EUROS, sets=["chip_cost=3e6"]))) == 1
    assert len(note_of(read_text(PLAN, sets=["chip_cost=3e6"], money="2023 EUR", rates={"EUR": 0.8}))) == 1


RENTED = """
extends: training-run
chip: nvidia-h100-sxm
basis: rented
chips: 1024
total_parameters: 70e9
training_tokens: 2e12
prices: 2023 USD
"""


@pytest.mark.parametrize("lever", ["spot-instances", "newer-chips", "smaller-clusters"])
def test_settings_of_a_lever_are_no_amounts_of_the_user(lever, read_text):  # noqa: F811
    assert not note_of(read_text(RENTED, levers=[lever], money="2023 EUR", rates={"EUR": 0.8}))


# --- remedies -------------------------------------------------------------------------------------------------------------


def test_amounts_without_a_year_are_of_the_year_of_the_outputs_with_a_note(read_text):  # noqa: F811
    text = LINES.replace("prices: 2023 USD\n", "") + "chip_cost: 100 USD\nmoney: 2026 EUR\nrates: {EUR: 0.8}\n"
    assumed, named = read_text(text), read_text(text + "prices: 2026 USD\n")
    for scenario in (assumed, named, read_text(text, sets=["prices=2026 USD"])):
        assert (scenario.money, scenario.inputs["chip_cost"].distribution.quantile(0.5)) == ("2026 EUR", 80)
    texts = [[note.text for note in scenario.notes] for scenario in (assumed, named)]
    assert "amounts are taken as 2026 USD, as no file states their `prices`" in texts[0]
    assert not any("amounts are taken as" in text for text in texts[1])


@pytest.mark.parametrize("amount", ["9e6 EUR", "9e6EUR"])
def test_a_rate_that_a_budget_needs_has_an_effect(amount, read_text):  # noqa: F811
    scenario = read_text(PLAN + f"rates: {{EUR: 0.9}}\nbudget: {amount}\n")
    assert scenario.budget == 1e7
    assert not any(each.code == "rate-unused" for each in scenario.notes)
