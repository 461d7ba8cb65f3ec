"""A table of token prices of our own (CSV): a row for each model and condition, a column for each kind of tokens."""

import re
from pathlib import Path

from simulator.records.cells import MISSING_WORDS, CellError, Column, Row, UnusableRowError, quote_cell
from simulator.records.quote_columns import CURRENCIES
from simulator.records.table import Records
from simulator.records.token_kinds import words_of
from simulator.records.token_lists import TokenPrice, read_key

_SINCE = re.compile(r"(?:from|since) ([0-9]{4}-[0-9]{2}-[0-9]{2})")
_TIER = re.compile(r"([a-z ]+?) ?x ?([0-9.]+) (?:above|over) ([0-9]+)(?: ?(k))?(?: tokens)?")


class _Reader:
    def __init__(self, records: Records) -> None:
        self.records = records
        self.prices: list[TokenPrice] = []
        self.model = records.need("model", "model_name", "id", "name")
        self.provider = records.find("provider", "vendor", "seller")
        self.condition, self.tier = records.find("condition", "valid", "when"), records.find("tier", "tiers", "long_context")
        self.since = records.find("date", "from_date", "valid_from", "since", "as_of")
        self.columns = [
            (Column(i, name), *read) for i, name in enumerate(records.header) if (read := _price_column(records, i, name))
        ]
        if not self.columns:
            records.need("input_usd_per_mtok", hint=", nor another price of tokens with its unit")
        records.check()

    def use(self, row: Row) -> str:
        model = row.text(self.model)
        if not model:
            raise UnusableRowError("no model")
        condition, since = self._condition(row)
        numbers = row.numbers(*(column for column, *_ in self.columns), missing_words=MISSING_WORDS)
        base = TokenPrice(model, row.text(self.provider), "", 0.0, since=since, condition=condition)
        found = []
        for (column, kind, is_batch, above, factor), value in zip(self.columns, numbers, strict=True):
            if value is None:
                continue
            if value < 0:
                raise CellError((column, f"{quote_cell(row.text(column))} must not be below zero"))
            price = float(f"{value * factor:.12g}")
            found.append(TokenPrice(base.model, base.provider, kind, price, is_batch, above, since, condition))
        if not found:
            raise UnusableRowError("no price")
        self.prices += [*found, *self._tiers(row, found)]
        return model

    def _condition(self, row: Row) -> tuple[str, str]:
        """Return the condition of a row and the date from which it holds."""
        text = row.text(self.condition)
        since = row.read_time(self.since).date().isoformat() if self.since and row.text(self.since) else ""
        match = _SINCE.fullmatch(text.casefold())
        if match:
            return "", match[1]
        return ("" if text.casefold() in ("", "base", "always", "standard") else text), since

    def _tiers(self, row: Row, prices: list[TokenPrice]) -> list[TokenPrice]:
        """Return the prices of long prompts that a factor states: `input x2 above 200000 tokens`."""
        text = row.text(self.tier)
        if not text:
            return []
        tiers = []
        for part in re.split(r"[;,] *", text.casefold()):
            match = _TIER.fullmatch(part.strip())
            if match is None or self.tier is None:
                raise CellError(
                    (self.tier or self.model, f"{quote_cell(text)} is no tier; write `input x2 above 200000 tokens`")
                )
            above = int(match[3]) * (1000 if match[4] else 1)
            kinds = match[1].split(" and ")
            tiers += [
                TokenPrice(p.model, p.provider, p.kind, p.price * float(match[2]), p.is_batch, above, p.since, p.condition)
                for p in prices
                if p.kind in kinds
            ]
        return tiers


def _price_column(records: Records, index: int, name: str) -> tuple[str, bool, int, float] | None:
    """Return what a column of prices is for, with the factor that makes USD a million tokens of it; None for other columns."""
    read = read_key(re.sub(r"/ ?", " per ", name))
    if read is None:
        return None
    kind, is_batch, above, factor = read
    codes = [word for word in words_of(name).split() if word in CURRENCIES]
    if factor is None:
        if codes or "price" in name.casefold() or "cost" in name.casefold():
            records.issue(
                records.header_line, "does not tell the tokens that it is for; write input_usd_per_mtok", Column(index, name)
            )
        return None
    if codes and codes != ["usd"]:
        message = f"is in {codes[0].upper()}; convert the list to USD, and write input_usd_per_mtok"
        records.issue(records.header_line, message, Column(index, name))
    return kind, is_batch, above, factor


def read_table(path: Path) -> list[TokenPrice]:
    """Return the prices of a table; raise `InvalidInputError` with its issues."""
    with Records(path) as records:
        reader = _Reader(records)
        records.read_rows(reader.use)
        if not reader.prices:
            records.refuse_empty("price of tokens")
        return reader.prices
