"""Tables of what was spent: columns, currencies, scales, and what is refused."""

import pytest

from simulator.core.errors import InvalidInputError
from simulator.records.actuals import parse_money_unit, read

TABLE = "month,line,amount (USD)\n2026-01,staff_cost,1000\n2026-02,staff_cost,-50.5\n"


@pytest.fixture
def read_table(tmp_path):
    def read_text(text, currency="USD"):
        path = tmp_path / "spent.csv"
        path.write_text(text, encoding="utf-8")
        return read(path, currency)

    return read_text


def amounts(table):
    return [(row.month, row.line, row.amount) for row in table.amounts]


def test_rows_have_month_line_and_amount(read_table):
    table = read_table(TABLE)
    assert amounts(table) == [("2026-01", "staff_cost", 1000.0), ("2026-02", "staff_cost", -50.5)]
    assert [row.place.line for row in table.amounts] == [2, 3]
    assert {note.code for note in table.notes} == {"rows-used"}


@pytest.mark.parametrize("header", [
    "Month,Account,Amount", "Posted;Category;Spent", "billing_month\tcost centre\tcost", "Date|Item|Actual",
])  # fmt: skip
def test_columns_are_recognised_by_common_names(read_table, header):
    separator = next(each for each in ",;\t|" if each in header)
    row = separator.join(("2026-01-31", "Payroll", "12.5"))
    assert amounts(read_table(f"{header}\n{row}\n")) == [("2026-01-31", "Payroll", 12.5)]


@pytest.mark.parametrize(("header", "currency", "factor"), [
    ("amount (USD)", "USD", 1), ("amount (k USD)", "USD", 1e3), ("amount [EUR thousand]", "EUR", 1e3),
    ("cost (MEUR)", "EUR", 1e6), ("amount_usd", "USD", 1), ("amount_keur", "EUR", 1e3),
])  # fmt: skip
def test_header_has_currency_and_scale(read_table, header, currency, factor):
    table = read_table(f"month,line,{header}\n1,staff_cost,2.5\n", currency)
    assert table.amounts[0].amount == 2.5 * factor
    assert "currency-assumed" not in {note.code for note in table.notes}


def test_without_a_currency_that_of_the_results_is_assumed_and_noted(read_table):
    table = read_table("month,line,amount\n1,staff_cost,2\n", "EUR")
    assert "amounts are read as EUR" in next(note.text for note in table.notes if note.code == "currency-assumed")


@pytest.mark.parametrize(("text", "message"), [
    ("month,line,amount (EUR)\n1,staff_cost,2\n", "spent.csv:1:3: amount (EUR): amounts are in EUR, and the results in USD"),
    ("month,line,amount,currency\n1,staff_cost,2,EUR\n", "spent.csv:2:4: currency: amounts are in EUR"),
    ("month,line,amount (EUR),currency\n1,staff_cost,2,USD\n", "amounts are in EUR"),
    ("month,line,amount ($)\n1,staff_cost,2\n", "has a currency sign"),
    ("month,line,amount (widgets)\n1,staff_cost,2\n", "is no unit of an amount"),
    ("month,line\n1,staff_cost\n", "amount: there is no such column"),
    ("month,amount\n1,2\n", "line: there is no such column"),
    ("month,line,amount\n1,staff_cost,\"1,000\"\n", "has a comma or a thousands separator"),
    ("month,line,amount\n1,staff_cost,$5\n", "has a currency sign"),
    ("month,line,amount\n,staff_cost,5\n", "spent.csv:2:1: month: is empty"),
    ("month,line,amount\n1,staff_cost,n/a\n", "gives no amount"),
    ("month,line,amount\n", "has a header and no rows"),
])  # fmt: skip
def test_what_is_ambiguous_is_refused_with_its_place(read_table, text, message):
    with pytest.raises(InvalidInputError) as error:
        read_table(text)
    assert message in str(error.value)


def test_rows_without_an_amount_and_sums_are_left_out_and_counted(read_table):
    table = read_table("line,month,amount\nstaff_cost,1,5\nstaff_cost,2,n/a\nTotal,2,5\n")
    assert len(table.amounts) == 1
    texts = " ".join(note.text for note in table.notes)
    assert "1 of 3 rows used" in texts
    assert "2 of 3 rows not used: amount 'n/a' (1); named as a sum or a mean of others (1)" in texts


@pytest.mark.parametrize(("text", "expected"), [
    ("EUR", (1, "EUR")), ("k EUR", (1e3, "EUR")), ("kEUR", (1e3, "EUR")), ("EUR m", (1e6, "EUR")), ("millions of usd", None),
    ("thousand chf", (1e3, "CHF")),
])  # fmt: skip
def test_units_of_money(text, expected):
    if expected is None:
        with pytest.raises(ValueError, match="no unit of an amount"):
            parse_money_unit(text)
    else:
        assert parse_money_unit(text) == expected
