"""Columns of prices in a table of quotes: what a name such as `price_usd_per_gpu_hour` says of its prices."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.records.cells import MISSING_WORDS, Column
from simulator.records.csv_format import plain_name
from simulator.records.table import Records
from simulator.records.usage_units import CHIP_WORDS, SERVER_WORDS, split_words

TIMES = {
    "hour": "hour", "hours": "hour", "hr": "hour", "hrs": "hour", "h": "hour", "hourly": "hour", "day": "day", "d": "day",
    "daily": "day", "month": "month", "months": "month", "mo": "month", "monthly": "month", "year": "year", "yr": "year",
    "annum": "year", "yearly": "year",
}  # fmt: skip
"""Words for the time that a price pays for."""
CURRENCIES = frozenset(
    [
        "usd",
        "eur",
        "gbp",
        "chf",
        "jpy",
        "cny",
        "rmb",
        "inr",
        "cad",
        "aud",
        "nzd",
        "sek",
        "nok",
        "dkk",
        "pln",
        "czk",
        "huf",
        "ron",
        "bgn",
        "try",
        "ils",
        "krw",
        "sgd",
        "hkd",
        "twd",
        "thb",
        "idr",
        "myr",
        "php",
        "vnd",
        "brl",
        "mxn",
        "clp",
        "cop",
        "ars",
        "zar",
        "ngn",
        "kes",
        "egp",
        "aed",
        "sar",
        "qar",
        "kwd",
        "bhd",
        "omr",
        "uah",
        "kzt",
        "pkr",
        "bdt",
        "lkr",
    ]
)
_PRICES = frozenset({"price", "prices", "pricing", "rate", "quote", "cost", "tariff", "fee", "amount", "list"})
_FILLERS = frozenset({"per", "in", "a", "an", "the", "for", "of", "each", "from", "at"})
_EXACT = ("price", "rate", "quote", "hourly_price")
"""Names of the one column of prices that are read whatever else a table has."""
TERM_SYNONYMS = {
    "on demand": ("on demand", "ondemand", "hourly", "pay as you go", "payg", "pay go", "list", "standard", "regular", "od"),
    "spot": ("spot", "preemptible", "pre emptible", "interruptible", "spot vm", "low priority", "community"),
    "capacity block": ("capacity block", "capacity blocks", "block", "dws calendar", "dws"),
}
"""Terms of a rent in their standard form, with what vendors call them."""
_TERM_WORDS = re.compile(
    r"\b(on demand|ondemand|payg|pay as you go|spot|preemptible|interruptible|low priority|capacity blocks?|reserved|"
    r"reservation|commit(?:ted|ment)?|contract|[0-9]+ ?(?:m|mo|mos|months?|y|yr|yrs|years?)|one year|three years?|1 yr|3 yr)\b"
)
_CONTRACT_WORDS = re.compile(
    r"\b(reserved|reservation|commitment|commit|committed|contract|term|plan|savings|prepaid|instance|ri|cud)\b"
)
_NUMBERS = {"one": "1", "two": "2", "three": "3", "annual": "1 year", "monthly": "1 month"}


@dataclass(frozen=True, slots=True)
class PriceColumn:
    """A column of prices, the unit that its name states (empty where it states none), and its term (empty for none)."""

    column: Column
    unit: str = ""
    term: str = ""


def normalise_term(text: str) -> str:
    """Return the term of a contract in a standard form: `12 months`, `on demand`, `spot`, `capacity block`.

    Examples
    --------
    >>> normalise_term("1-yr reserved"), normalise_term("PAYG")
    ('12 months', 'on demand')

    """
    plain = re.sub(r"[\s_-]+", " ", text.strip().lower())
    if plain in MISSING_WORDS:
        return ""
    named = " ".join(_NUMBERS.get(word, word) for word in plain.split())
    length = re.search(r"(?<![0-9.])([0-9]+) ?(m|mo|mos|month|months|y|yr|yrs|year|years)\b", named)
    rest = _CONTRACT_WORDS.sub(" ", named.replace(length[0], " ") if length else named)
    if length and not rest.strip(" ()/,"):
        months = int(length[1]) * (12 if length[2].startswith("y") else 1)
        return f"{months} months" if months != 1 else "1 month"
    plain = re.sub(r" (price|rate|instances?)$", "", plain)
    return next((term for term, synonyms in TERM_SYNONYMS.items() if plain in synonyms), plain[:40])


def read_price_name(name: str) -> tuple[str, str] | None:
    """Return the unit and the term that the name of a column states, or None if it is not that of a price.

    Examples
    --------
    >>> read_price_name("price_usd_per_gpu_hour")
    ('USD/gpu/hour', '')
    >>> read_price_name("spot USD/GPU-hr")
    ('USD/gpu/hour', 'spot')

    """
    words = " ".join(split_words(re.sub(r"[\[\]]", " ", name)))
    found = _TERM_WORDS.findall(words)
    term = normalise_term(" ".join(found)) if found else ""
    rest = _TERM_WORDS.sub(" ", words).split()
    currencies = [word for word in rest if word in CURRENCIES]
    items = [word for word in rest if word in CHIP_WORDS | SERVER_WORDS]
    times = [TIMES[word] for word in rest if word in TIMES]
    known = CURRENCIES | CHIP_WORDS | SERVER_WORDS | TIMES.keys() | _PRICES | _FILLERS
    if any(word not in known for word in rest) or max(map(len, (currencies, items, times))) > 1:
        return None
    is_price = any(word in _PRICES for word in rest)
    if not (is_price and (currencies or items or times or term)) and not (currencies and (items or times)):
        return None
    return "/".join([*(code.upper() for code in currencies), *items, *times]), term


def find_price_columns(records: Records, names: Sequence[str] = ()) -> list[PriceColumn]:
    """Return the columns of prices of a table: those named, or those whose names say so; report what is missing or ambiguous.

    Several columns are a wide table if each has a term of its own, such as on demand and spot side by side.
    """
    if names:
        return [_named(records, name) for name in names]
    exact = records.find(*_EXACT, units=())
    others = []
    for index, name in enumerate(records.header):
        name_parts = read_price_name(name) if exact is None or index != exact.index else None
        if name_parts is not None:
            others.append(PriceColumn(Column(index, name), *name_parts))
    if exact is not None:
        terms = Counter(each.term for each in others)
        name_unit, term = read_price_name(exact.name) or ("", "")
        first = PriceColumn(exact, exact.unit or name_unit, term)
        side_by_side = [each for each in others if each.term and terms[each.term] == 1]
        return [first, *side_by_side] if side_by_side else [first]
    terms = Counter(each.term for each in others)
    if others and max(terms.values()) == 1:
        return others
    if others:
        listed = ", ".join(each.column.name for each in others)
        records.refuse(f"has several columns of prices: {listed}; choose with --price-column", others[0].column)
    likely = [name for name in records.header if re.search(r"price|rate|cost|\$|€|£", name.lower()) and name]
    option = f"; if it is {likely[0]!r}, name it: --price-column" if likely else ""
    return [PriceColumn(records.need("price", hint=option))]


def _named(records: Records, text: str) -> PriceColumn:
    """Return the column of an option `NAME` or `NAME=UNIT`."""
    name, unit = text, ""
    if not any(plain_name(each) == plain_name(text) for each in records.header) and "=" in text:
        name, _, unit = text.rpartition("=")
    column = next((Column(i, each) for i, each in enumerate(records.header) if plain_name(each) == plain_name(name)), None)
    if column is None:
        return PriceColumn(records.need(name))
    bracketed = re.fullmatch(r"(.+?)\s*[(\[](.+)[)\]]", column.name)
    name_parts = read_price_name(column.name) or (bracketed[2].strip() if bracketed else "", "")
    return PriceColumn(column, unit or name_parts[0], name_parts[1])
