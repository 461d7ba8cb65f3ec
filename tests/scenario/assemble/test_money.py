"""The money of a scenario: prices, outputs, rates, price levels, and amounts in each."""

import pytest

from simulator.core.errors import InvalidInputError, UnsupportedError
from simulator.scenario import open_scenario
from simulator.scenario.money_terms import library_index

# Levels of a round ratio: prices rise by a quarter, and a dollar is 0.8 euros, so that 2026 EUR are 2023 USD.
INDEX = "price_index: {2023: 100, 2026: 125}\n"
EUROS = "money: 2026 EUR\nrates: {EUR: 0.8}\n" + INDEX
LINES = "lines: [chip_cost]\noutcomes: []\ntitle: P\nprices: 2023 USD\n"


@pytest.fixture
def read_text(tmp_path):
    def read(text, **changes):
        path = tmp_path / "plan.yaml"
        path.write_text(text)
        return open_scenario(str(path)).with_(**changes).scenario

    return read


def refusal(read, *args, **changes):
    with pytest.raises(InvalidInputError) as error:
        read(*args, **changes)
    return " ".join(str(error.value).split())


def cost(scenario):
    return scenario.inputs["chip_cost"].distribution.quantile(0.5)


def test_amounts_are_converted_by_index_and_rate(read_text):
    scenario = read_text(
        LINES + "chip_cost: 1000 USD\n", money="2026 EUR", rates={"EUR": 0.8}, sets={"price_index": {2023: 100, 2026: 110}}
    )
    # 1000 x 1.1 x 0.8
    assert cost(scenario) == 880
    assert (scenario.money, scenario.currency, scenario.unit("chip_cost"), scenario.unit("total_cost")) == (
        "2026 EUR", "EUR", "EUR", "EUR",
    )  # fmt: skip
    assert scenario.inputs["chip_cost"].specification == "1000 USD (in 2023 USD)"
    (note,) = [each.text for each in scenario.notes if each.code == "money-converted"]
    assert all(part in note for part in ("2023 USD", "2026 EUR", "0.88", "110 (2026)", "100 (2023)", "0.8 EUR for one USD"))
    assert note.endswith(", a rate that is taken as known")


def test_the_note_has_the_date_and_the_source_of_a_rate(read_text):
    rates = "rates: {EUR: {value: 0.8, date: 2026-05-04, sources: {title: Reference rates of the ECB}}}\n"
    scenario = read_text(LINES + "chip_cost: 1000 USD\nmoney: 2023 EUR\n" + rates)
    assert cost(scenario) == 800
    assert any("0.8 EUR for one USD (2026-05-04; Reference rates of the ECB)" in each.text for each in scenario.notes)


def test_the_levels_of_the_library_are_those_of_the_bureau(read_text):
    scenario = read_text(LINES + "chip_cost: 304702 USD\n", money="2024 USD")
    assert cost(scenario) == pytest.approx(313_689, rel=1e-12)
    assert scenario.money == "2024 USD"
    levels = library_index().levels
    assert levels["December 2023"].level == 306.746
    months = [row.level for period, row in levels.items() if period.endswith(" 2024")]
    assert len(months) == 12
    assert sum(months) / 12 == pytest.approx(levels["2024"].level, abs=5e-4)
    months = [row.level for period, row in levels.items() if period.endswith(" 2026")]
    assert sum(months) / 8 == pytest.approx(levels["2026"].level, abs=5e-4)
    assert "January to August" in levels["2026"].about
    months = [row.level for period, row in levels.items() if period.endswith(" 2025")]
    assert sum(months) / 11 == pytest.approx(levels["2025"].level, abs=5e-4)


def test_a_money_without_a_year_keeps_the_price_level(read_text):
    scenario = read_text(LINES + "chip_cost: 1000 USD\nmoney: EUR\nrates: {EUR: 0.8}\n")
    assert (cost(scenario), scenario.money) == (800, "2023 EUR")


def test_the_same_money_changes_nothing(read_text):
    plain, same = (read_text(LINES + "chip_cost: 900 to 1100 USD\n" + money) for money in ("", "money: 2023 USD\n"))
    assert plain.fingerprint == same.fingerprint
    assert same.conversion is None
    assert plain.money == same.money == "2023 USD"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("500 EUR", 500),  # in the money of the outputs
        ("500 USD", 500),  # 500 x 1.25 x 0.8
        ("500", 500),
        ("500 GBP", 500 / 0.5 * 0.8),
        ("400 to 600 EUR", None),
        ("{value: 500, unit: EUR}", 500),
        ("{lognormal: {median: 500, sigma: 0.1}, unit: EUR}", 500),
        ("{mixture: [{weight: 0.5, distribution: 400}, {weight: 0.5, distribution: 400 EUR}], unit: EUR}", 400),
    ],
)
def test_amounts_in_each_currency(read_text, text, amount):
    scenario = read_text(LINES + f"chip_cost: {text}\n" + EUROS.replace("0.8", "0.8, GBP: 0.5"))
    assert cost(scenario) == pytest.approx(amount or (400 * 600) ** 0.5, rel=1e-12)


def test_an_amount_is_in_the_money_in_force_in_its_file(tmp_path):
    # 500 EUR of 2026 are 625 USD of 2026, and 500 of 2023
    (tmp_path / "base.yaml").write_text(LINES + "chip_cost: 500 EUR\n" + EUROS)
    (tmp_path / "ours.yaml").write_text("extends: base.yaml\nmoney: 2023 USD\n")
    assert cost(open_scenario(str(tmp_path / "ours.yaml")).scenario) == pytest.approx(500)
    assert cost(open_scenario(str(tmp_path / "base.yaml")).scenario) == 500


@pytest.mark.parametrize(
    ("budget", "expected"),
    [("700 EUR", 700), ("700", 700), ("700 USD", 560), ("700 GBP", 1120)],
)
def test_a_budget_is_in_the_money_of_its_file(read_text, budget, expected):
    scenario = read_text(LINES + f"chip_cost: 500\nbudget: {budget}\n" + EUROS.replace("0.8", "0.8, GBP: 0.5"))
    assert scenario.budget == expected
    notes = [each.text for each in scenario.notes if each.code == "amount-converted"]
    assert notes == (["the budget of 700 USD is 560 EUR at 0.8 EUR for one USD"] if budget == "700 USD" else [])


def test_a_budget_of_a_file_follows_the_money_of_an_option(read_text):
    text = LINES + "chip_cost: 500\nbudget: 700 USD\npoint: 600\n" + INDEX
    scenario = read_text(text, money="2026 EUR", rates={"EUR": 0.4})
    assert (scenario.budget, scenario.point) == (350, 300)  # x 1.25 x 0.4
    scenario = read_text(text, money="2026 EUR", rates={"EUR": 0.4}, budget="700 EUR")
    assert scenario.budget == 700
    assert read_text(text, money="2026 USD", budget=700).budget == 700


def test_spending_to_date_and_limits_of_adjustments_follow(read_text):
    text = LINES + "chip_cost: 400 to 600\nbudget: 700 USD\nprogress: {share_done: 0.5, spent: 250 USD}\n"
    text += "adjustments:\n  limit: {about: Limit, effects: [{on: chip_cost, at_most: budget}]}\n"
    text += "  more: {about: More, effects: [{on: chip_cost, add: 20 USD}]}\n"
    before, after = read_text(text), read_text(text + INDEX, money="2026 EUR", rates={"EUR": 0.4})
    assert (before.paused_run.spend_to_date, after.paused_run.spend_to_date) == (250, 125)
    amounts = {name: each for name, each in after.inputs.items() if each.unit.text == "EUR"}
    assert {"adjustment/limit.chip_cost", "adjustment/more.chip_cost"} <= set(amounts)
    for name, each in amounts.items():
        assert each.distribution.quantile(0.3) == pytest.approx(0.5 * before.inputs[name].distribution.quantile(0.3)), name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("money: 2026 EUR\n" + INDEX, ["rate of EUR", "--rate EUR"]),
        ("chip_cost: 500 EUR\n", ["chip_cost", "rate of EUR", "--rate EUR"]),
        ("money: 2031 USD\n", ["2031", "August 2026", "price_index"]),
        ("money: 2031 EUR\nrates: {EUR: 0.8}\nprice_index: {2023: 100}\n", ["2031", "price_index: {2031"]),
        ("money: Decembre 2023 USD\n", ["Decembre", "December 2023"]),
        ("money: million EUR\n", ["money", "code of a currency"]),
        ("rates: {USD: 2}\n", ["rate of USD is 1"]),
        ("rates: {EUR: 0}\n", ["rates.EUR"]),
        ("rates: {EUR: 0.80 to 0.95}\n", ["'0.80 to 0.95' is a range", "taken as known", "run with 0.80, then with 0.95"]),
        ("rates: {EUR: {value: 0.8 to 0.9}}\n", ["is a range", "run with 0.8, then with 0.9"]),
        ("rates: {EUR: a tenth}\n", ["'a tenth' is not a rate", "one number, such as 0.86"]),
        ("rates: {euro: 0.9}\n", ["rates", "capital"]),
        ("price_index: {then: 3}\n", ["price_index", "December 2023"]),
        ("prices: 2026 EUR\n", ["prices", "USD", "money"]),
        ("prices: relative to the median\nmoney: 2026 USD\n", ["relative"]),
        ("prices: USD\nmoney: 2026 USD\n", ["no year", "prices: 2026 USD"]),
        ("budget: 700 EUR\n", ["budget", "rate of EUR"]),
    ],
)
def test_what_cannot_be_converted_is_refused_with_the_next_step(read_text, text, words):
    plan = {line.partition(":")[0]: line for line in (LINES + "chip_cost: 500\n" + text).splitlines()}
    message = refusal(read_text, "\n".join(plan.values()) + "\n")
    assert all(word in message for word in words), message


def test_the_remedies_work(read_text):
    text = LINES + "chip_cost: 500\nmoney: 2031 USD\n"
    assert "price_index: {August 2026: 100, 2031: 104}" in refusal(read_text, text)
    assert "no 2023" in refusal(read_text, text, sets={"price_index": {"August 2026": 100, "2031": 104}})
    assert read_text(text, sets={"price_index": {"2023": 100, "2031": 104}}).money == "2031 USD"


def test_rates_and_levels_without_effect_are_noted(read_text):
    scenario = read_text(LINES + "chip_cost: 500\nrates: {EUR: 0.8, CHF: 0.9}\n" + INDEX, money="2023 EUR")
    assert {(each.code, each.subject) for each in scenario.notes if each.code.endswith("unused")} == {
        ("rate-unused", "CHF"), ("price-index-unused", "price_index"),
    }  # fmt: skip


def test_rates_of_a_file_and_of_options_are_merged(read_text):
    text = LINES + "chip_cost: 500 GBP\nrates: {EUR: 0.4, GBP: 0.5}\n"
    assert cost(read_text(text, money="2023 EUR", rates={"EUR": 0.8})) == 800
    opened = read_text(text, money="2023 EUR", rates={"EUR": 0.6})
    assert cost(opened) == 600


def test_a_month_that_an_own_index_lacks_has_the_level_of_its_year(read_text):
    text = LINES.replace("2023", "December 2023") + "chip_cost: 500\n" + INDEX
    scenario = read_text(text, money="2026 USD")
    assert cost(scenario) == 625
    assert "100 (2023)" in next(each.text for each in scenario.notes if each.code == "money-converted")


def test_a_scenario_in_another_money_is_written_as_a_file(read_text, tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(LINES + "chip_cost: 500 EUR\nbudget: 800 EUR\n" + EUROS)
    opened = open_scenario(str(path)).with_(rates={"GBP": 0.5}, sets={"chip_cost": "400 GBP"})
    (tmp_path / "again.yaml").write_text(opened.to_yaml())
    again = open_scenario(str(tmp_path / "again.yaml")).scenario
    assert (again.fingerprint, again.money, again.budget) == (opened.scenario.fingerprint, "2026 EUR", 800)
    with pytest.raises(UnsupportedError, match="depend on their order"):  # the budget would be of 2023
        opened.with_(money="2023 USD").to_yaml()


def test_an_argument_that_is_no_money_is_named():
    for changes, words in (({"money": 3}, "money"), ({"rates": 3}, "rates"), ({"rates": {"EUR": "x"}}, "rates")):
        with pytest.raises(InvalidInputError, match=words):
            _ = open_scenario("gpt-4").with_(**changes).scenario
