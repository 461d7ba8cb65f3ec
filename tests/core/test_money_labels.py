"""Labels of money, and currencies in the text of units."""

import pytest

from simulator.core.formatting import display_unit, format_median_and_interval, format_quantity
from simulator.core.money import (
    Conversion,
    Money,
    currency_of,
    in_currency,
    is_amount,
    label_currency,
    money_power,
    parse_money,
)
from simulator.core.units import conversion_factor


@pytest.mark.parametrize(
    ("label", "money"),
    [
        ("2026 EUR", Money("EUR", "2026")),
        ("December 2023 USD", Money("USD", "December 2023")),
        ("CHF", Money("CHF")),
    ],
)
def test_a_label_is_a_currency_and_a_period(label, money):
    assert parse_money(label) == money
    assert str(money) == label


@pytest.mark.parametrize("label", ["", "2026", "Decembre 2023 EUR", "relative to the median", "2026 eur", "2026 EUR USD"])
def test_a_text_that_is_no_money_is_refused(label):
    with pytest.raises(ValueError, match="as in"):
        parse_money(label)


@pytest.mark.parametrize(
    ("unit", "currency", "power", "in_euros"),
    [
        ("USD", "USD", 1, "EUR"),
        ("USD/chip/hour", "USD", 1, "EUR/chip/hour"),
        ("chip/USD", "USD", -1, "chip/EUR"),
        ("USD*USD", "USD", 2, "EUR*EUR"),
        ("EUR/Mtoken", "EUR", 1, "EUR/Mtoken"),
        ("OOM/year", "", 0, "OOM/year"),
        ("GPU/hour", "", 0, "GPU/hour"),
        ("FLOP/chip/hour", "", 0, "FLOP/chip/hour"),
        ("1", "", 0, "1"),
    ],
)
def test_the_currency_of_a_unit(unit, currency, power, in_euros):
    assert (currency_of(unit), money_power(unit), in_currency(unit, "EUR")) == (currency, power, in_euros)
    assert is_amount(unit) == (unit in ("USD", "EUR"))


def test_the_currency_of_a_result_without_money_is_that_of_the_library():
    assert [label_currency(each) for each in ("2026 EUR", "relative to the median", "", None)] == ["EUR", "USD", "USD", "USD"]


def test_units_of_another_currency_are_shown_like_those_of_the_library():
    assert display_unit("EUR/person/hour") == ("EUR/person/year", display_unit("USD/person/hour")[1])
    assert format_quantity(1e-6, "EUR/token") == "1.00 EUR/Mtoken"
    figures = type("Figures", (), {"median": 2e6, "low": 1e6, "high": 3e6})
    assert format_median_and_interval(figures, "EUR") == ("2.00M", "1.00M to 3.00M")


def test_units_are_converted_in_any_currency_and_at_the_rate_of_another_one():
    assert conversion_factor("EUR/Mtoken", "EUR/token") == pytest.approx(1e-6)
    assert conversion_factor("EUR/chip/year", "USD/chip/hour", (("EUR", 1.25),)) == pytest.approx(1.25 / 8766)
    with pytest.raises(ValueError, match="amounts are in EUR here, so write EUR in place of USD"):
        conversion_factor("USD", "EUR")
    with pytest.raises(ValueError, match="give the rate of EUR for one USD"):
        conversion_factor("EUR", "USD")


def test_an_amount_that_is_converted_and_back_is_the_same():
    conversion = Conversion("December 2023 USD", "2026 EUR", 331.655 / 306.746 * 0.86)
    for amount in (12e6, 12345678.9, 0.07):
        assert conversion.inverse.amount(conversion.amount(amount)) == amount
    assert conversion.currency == "EUR"
