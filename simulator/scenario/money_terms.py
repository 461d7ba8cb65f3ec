"""The terms on which amounts are converted: the money of the prices and of the outputs, exchange rates, and the price index."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from simulator.core.formatting import format_plain
from simulator.core.money import BASE, Conversion, Money, year_of
from simulator.core.suggestions import InvalidValueError
from simulator.core.units import Rates
from simulator.scenario import library
from simulator.scenario.entries import sources_of
from simulator.scenario.schema import LevelRow, PriceIndexRow, RateRow

OWN_INDEX = "the scenario's price index"


@dataclass(frozen=True, slots=True)
class PriceIndex:
    """Price levels by period, with the name of the index for the reader."""

    name: str
    levels: Mapping[str, LevelRow]
    is_own: bool

    def period_of(self, period: str) -> str:
        """Return the period that stands for another one: itself, or the year of a month that the index lacks."""
        for each in (period, year_of(period)) if self.is_own else (period,):
            if each in self.levels:
                return each
        raise InvalidValueError(f"the price index has no {period}; {self._remedy(period)}")

    def _remedy(self, period: str) -> str:
        if self.is_own:
            return f"add it: `price_index: {{{period}: ...}}`"
        last = list(self.levels)[-1]
        return f"it ends in {last}; give your own, such as `price_index: {{{last}: 100, {period}: 104}}`"

    def level_text(self, period: str) -> str:
        """Return a level with its period, for the reader."""
        row = self.levels[self.period_of(period)]
        about = f", {row.about[:1].lower()}{row.about[1:]}" if row.about else ""
        return f"{format_plain(row.level)} ({self.period_of(period)}{about})"


@dataclass(frozen=True, slots=True)
class MoneyTerms:
    """What is needed to convert amounts; `prices` is None for amounts that have no money, such as shares of a median."""

    prices: Money | None
    money: Money
    rates: Mapping[str, RateRow]
    index: PriceIndex

    def inflation(self, period: str) -> float:
        """Return the price level of a period over that of the prices; raise ValueError if it is not known."""
        if self.prices is None:
            raise InvalidValueError("cannot be converted: its amounts are relative, and in no money")
        if period in ("", self.prices.period):
            return 1.0
        if not self.prices.period:
            raise InvalidValueError(f"has no year from which to convert to {period}; state it, as in `prices: 2026 USD`")
        levels = [self.index.levels[self.index.period_of(each)].level for each in (period, self.prices.period)]
        return levels[0] / levels[1]

    @property
    def is_indexed(self) -> bool:
        """Whether the money of the outputs has another price level than the prices."""
        return self.prices is not None and self.money.period not in ("", self.prices.period)

    def rate(self, currency: str) -> float:
        """Return the units of a currency for one USD; raise ValueError if there is no rate."""
        if currency == BASE:
            return 1.0
        if currency not in self.rates:
            raise InvalidValueError(
                f"needs the rate of {currency} for one USD: `rates: {{{currency}: ...}}`, or --rate {currency}=..."
            )
        return self.rates[currency].value

    def factor(self, money: Money) -> float:
        """Return the units of a money for one of the prices; raise ValueError if that is not known."""
        return self.inflation(money.period) * self.rate(money.currency)

    def rates_at(self, money: Money) -> Rates:
        """Return what one unit of each currency, at the price level of a money, is in the money of the prices.

        Where the price level is not known, which is reported for the money itself, it is that of the prices.
        """
        try:
            level = self.inflation(money.period)
        except ValueError:
            level = 1.0
        return tuple((code, 1 / (level * row.value)) for code, row in self.rates.items())

    def rate_text(self, currency: str) -> str:
        """Return a rate with its date and source, for the reader."""
        row = self.rates[currency]
        origin = "; ".join(part for part in (row.date, *map(str, sources_of(row.sources))) if part)
        return f"{format_plain(row.value)} {currency} for one USD" + (f" ({origin})" if origin else "")


@dataclass(frozen=True, slots=True)
class MoneyContext:
    """Money of one reading of a scenario."""

    terms: MoneyTerms
    conversion: Conversion | None
    in_force: tuple[Money | None, ...]
    """The money in force in each layer: that of `money` in it or in the last one below it that has it."""


@cache
def library_index() -> PriceIndex:
    """Return the price index of the library."""
    row = PriceIndexRow.model_validate(library.price_index().plain())
    return PriceIndex(sources_of(row.sources)[0].title, row.levels, is_own=False)
