"""Amounts of conditions: numbers with units and the budget, combined by + - * / and brackets, such as `2*budget + 5e6 USD`.

    amount  = term  { ("+" | "-") term }
    term    = factor { ("*" | "/") factor }
    factor  = [ "-" ] ( NUMBER [ UNIT ] | "budget" | "(" amount ")" )

A number without a unit is a factor where it multiplies or divides, and an amount in the unit of the quantity elsewhere.
"""

import math
import re
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from simulator.core.money import BASE, is_amount, refuse_other_currency
from simulator.core.units import Unit
from simulator.scenario import Scenario
from simulator.scenario.values import distribution_of

BUDGET = "budget"
NO_BUDGET = "there is no budget; add --budget AMOUNT, `budget: 150e6` to the file, or :budget=150e6 to the name of the scenario"
_UNIT = r"[A-Za-z][A-Za-z0-9]*(?:\^-?\d+)?(?:\s*[*/]\s*[A-Za-z][A-Za-z0-9]*(?:\^-?\d+)?)*"
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(?P<unit>%|(?!budget\b){_UNIT}(?<!budget))?"
    r"|(?P<word>[A-Za-z_][\w.]*)|(?P<sign>[-+*/()]))"
)
_MOST_TOKENS = 100
_MOST_BRACKETS = 20


class Amount(NamedTuple):
    """A value in the canonical unit of the quantity, or a plain number without a unit."""

    value: float
    has_unit: bool


class _Token(NamedTuple):
    kind: str
    text: str
    unit: str = ""


def parse_amount(text: str, quantity: str, scenario: Scenario) -> float:
    """Return an amount in the canonical unit of a quantity; raise ValueError where it is none, or not finite.

    Examples
    --------
    >>> from simulator.scenario import open_scenario, Overrides
    >>> parse_amount("2*budget + 5e6", "total_cost", open_scenario("gpt-4", Overrides(budget="100e6")).scenario)
    205000000.0

    """
    if " to " in text:
        raise ValueError("the amount must be one number")
    parser = _Parser(_tokens(text), text, Unit(scenario.unit(quantity), low=-math.inf), scenario.budget)
    amount = parser.parse()
    value = amount.value if amount.has_unit else parser.of_unit(f"{amount.value!r}")
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not a finite amount")
    return value


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or len(tokens) >= _MOST_TOKENS:
            _refuse(text)
        kind = match.lastgroup or ""
        if match["number"] is not None:
            tokens.append(_Token("number", match["number"], re.sub(r"\s", "", match["unit"] or "")))
        else:
            tokens.append(_Token(kind, match[kind]))
        position = match.end()
    return tokens


def _refuse(part: str) -> NoReturn:
    raise ValueError(
        f"{part!r} is not a number; write numbers with or without a unit, `budget`, + - * / and brackets, as in 2*budget or "
        "1.5*(budget + 10e6)"
    )


class _Parser:
    """A recursive descent over the tokens of an amount."""

    def __init__(self, tokens: list[_Token], text: str, unit: Unit, budget: float | None) -> None:
        self._tokens, self._text, self._unit, self._budget = tokens, text, unit, budget
        self._place = self._depth = 0

    def parse(self) -> Amount:
        """Return the amount of all tokens."""
        amount = self._sum()
        if self._place < len(self._tokens):
            _refuse(self._text)
        return amount

    def of_unit(self, text: str) -> float:
        """Return a single amount with or without a unit in the unit of the quantity."""
        refuse_other_currency(text, self._unit.text)
        distribution = distribution_of(text, self._unit, 0.95)
        return float(distribution.quantile(0.5))

    def _take(self, *signs: str) -> str:
        """Return the next token if it is one of some signs, and go on; empty if it is not."""
        token = self._tokens[self._place] if self._place < len(self._tokens) else _Token("end", "")
        if token.kind != "sign" or token.text not in signs:
            return ""
        self._place += 1
        return token.text

    def _sum(self) -> Amount:
        amount = self._product()
        while sign := self._take("+", "-"):
            other = self._product()
            if amount.has_unit or other.has_unit:  # a plain number beside an amount is an amount too
                amount, other = self._with_unit(amount), self._with_unit(other)
            amount = Amount(amount.value + (other.value if sign == "+" else -other.value), amount.has_unit)
        return amount

    def _product(self) -> Amount:
        amount = self._factor()
        while sign := self._take("*", "/"):
            other = self._factor()
            amount = _multiply(amount, other) if sign == "*" else _divide(amount, other)
        return amount

    def _factor(self) -> Amount:
        if self._take("-"):
            value, has_unit = self._factor()
            return Amount(-value, has_unit)
        if self._take("("):
            self._depth += 1
            if self._depth > _MOST_BRACKETS:
                _refuse(self._text)
            amount = self._sum()
            if not self._take(")"):
                raise ValueError(f"{self._text!r} lacks a closing bracket")
            self._depth -= 1
            return amount
        if self._place >= len(self._tokens):
            _refuse(self._text)
        token = self._tokens[self._place]
        self._place += 1
        readers: dict[str, Callable[[_Token], Amount]] = {"number": self._number, "word": self._word}
        if token.kind not in readers:
            _refuse(self._text)
        return readers[token.kind](token)

    def _number(self, token: _Token) -> Amount:
        if token.unit == "%":
            return Amount(float(token.text) / 100, has_unit=False)
        if token.unit:
            return Amount(self.of_unit(f"{token.text} {token.unit}"), has_unit=True)
        return Amount(float(token.text), has_unit=False)

    def _word(self, token: _Token) -> Amount:
        if token.text != BUDGET:
            _refuse(token.text)
        if self._budget is None:
            raise ValueError(NO_BUDGET)
        return Amount(self.of_unit(f"{self._budget!r} {_money_of(self._unit)}"), has_unit=True)

    def _with_unit(self, amount: Amount) -> Amount:
        return amount if amount.has_unit else Amount(self.of_unit(repr(amount.value)), has_unit=True)


def _money_of(unit: Unit) -> str:
    """Return the unit of the budget: the currency of the quantity, or US dollars for a quantity that is no amount of money."""
    return unit.text if is_amount(unit.text) else BASE


def _multiply(amount: Amount, other: Amount) -> Amount:
    if amount.has_unit and other.has_unit:
        raise ValueError("two amounts with a unit cannot be multiplied; multiply by a plain number, as in 2*budget")
    return Amount(amount.value * other.value, amount.has_unit or other.has_unit)


def _divide(amount: Amount, other: Amount) -> Amount:
    if other.value == 0:
        raise ValueError("is divided by zero")
    if other.has_unit and not amount.has_unit:
        raise ValueError("a plain number cannot be divided by an amount with a unit; divide by a plain number, as in budget/2")
    return Amount(amount.value / other.value, amount.has_unit and not other.has_unit)
