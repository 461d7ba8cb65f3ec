"""Chips of the library: the chip that a text names, suggestions for a text that names none, and the facts that a chip has."""

import re
from functools import cache, lru_cache

from simulator.core.suggestions import find_similar
from simulator.scenario import library

FACTS_OF_CHIP = frozenset({
    "peak_flop_bf16", "peak_flop_fp8", "memory", "tdp", "server_power_factor", "power_share", "server_factor", "network_factor",
    "chip_price", "server_price", "cluster_price", "rental_price", "on_demand_price", "one_year_price", "three_year_price",
    "spot_price", "block_price", "idle_price", "granted_charge", "peak_flop", "average_power", "rated_power", "cluster_value",
    "cluster_charge", "capital_charge", "resale_charge",
})  # fmt: skip
"""Quantities of which every chip has its own value, so that the value of one chip is none of another."""
_RATIOS = frozenset({"server_factor", "network_factor", "server_power_factor", "power_share"})
"""Facts of a chip that studies measure over many chips, so that a row of one may serve another."""
ANY_CHIP = "any"
"""Under `chip` of an entry: a value that is the same for every chip."""

# Words that distinguish variants of a chip; a name with such a word denotes that variant only.
_VARIANT = re.compile(r"pcie|sxm|nvl|mig|ti|super|oam|[0-9]+gb")
_MAKERS = {"nvidia", "tesla", "google", "cloud", "amd", "instinct", "intel", "aws", "huawei"}


def _words(name: str) -> frozenset[str]:
    text = re.sub(r"([0-9]{2,3})\s*g(?:i?b)?\b", r"\1gb", name.casefold())
    words = set()
    for word in re.split(r"[^a-z0-9]+", text):
        word = re.sub(r"^[0-9]+x|(?<=[0-9])x[0-9]+$", "", word)  # 8xH100, H100x8
        word = re.sub(r"^(sxm)[0-9]$", r"\1", word)
        if word and not re.fullmatch(r"x[0-9]+", word):
            words.add(word)
    return frozenset(words - _MAKERS)


@cache
def _aliases() -> dict[str, str]:
    """Return the chip of each alias in the library, in lower case."""
    chips_by_alias = {}
    for name, node in library.chips().items():
        aliases = (node.keys or {}).get("aliases")
        for alias in (name, *(item.text or "" for item in (aliases.items or [] if aliases else []))):
            chips_by_alias[" ".join(alias.casefold().split())] = name
    return chips_by_alias


@cache
def _chip_words() -> tuple[tuple[str, frozenset[str], frozenset[str]], ...]:
    """Return, for each alias, the chip, the words of the alias, and the words of all aliases of the chip."""
    words_by_chip: dict[str, frozenset[str]] = {}
    for alias, name in _aliases().items():
        words_by_chip[name] = words_by_chip.get(name, frozenset()) | _words(alias)
    return tuple((name, _words(alias), words_by_chip[name]) for alias, name in _aliases().items() if _words(alias))


def unmatched_words(text: str, chip: str) -> frozenset[str]:
    """Return the words of a text that occur in no alias of the chip."""
    return _words(text) - next(all_words for name, _, all_words in _chip_words() if name == chip)


@lru_cache(maxsize=10_000)
def find_chip(text: str) -> str:
    """Return the chip that a text names, or an empty string if it names none, several, or an unknown variant.

    A text that equals an alias names its chip. Otherwise, all words of an alias must occur in the text, and the alias with the
    most words wins.
    """
    text = text[:500]
    whole = re.sub(r"^[0-9]+ ?x ", "", " ".join(text.casefold().split()))
    if whole in _aliases():
        return _aliases()[whole]
    words = _words(text)
    variants = {word for word in words if _VARIANT.fullmatch(word)}
    alias_lengths: dict[str, int] = {}
    for name, alias, all_words in _chip_words():
        if alias <= words and variants <= all_words:
            alias_lengths[name] = max(alias_lengths.get(name, 0), len(alias))
    best_matches = [name for name, count in alias_lengths.items() if count == max(alias_lengths.values())]
    return best_matches[0] if len(best_matches) == 1 else ""


def suggest_chips(text: str) -> list[str]:
    """Return the chips that a text may mean, most likely first: the chip it names, variants with its words, similar names."""
    words = _words(text[:500])
    variants = [name for name, _, all_words in _chip_words() if words and words <= all_words]
    return list(dict.fromkeys(filter(None, [find_chip(text), *variants, *find_similar(text.casefold(), library.chips())])))


@cache
def _chips_by_row() -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the chips that take a row of the library, by quantity and row."""
    chips_by_row: dict[tuple[str, str], tuple[str, ...]] = {}
    for chip, node in library.chips().items():
        rows = [(key, value.text or "") for key, value in (node.keys or {}).items() if key in FACTS_OF_CHIP]
        rents = (node.keys or {}).get("rents")
        for terms in (rents.keys or {}).values() if rents else ():
            rows += [("rental_price", row.text or "") for row in (terms.keys or {}).values()]
        for row in rows:
            chips_by_row[row] = (*chips_by_row.get(row, ()), chip)
    return chips_by_row


def chips_of_row(quantity: str, row: str) -> tuple[str, ...]:
    """Return the chips whose fact a row of the library is; none for a row that is of no chip in particular.

    A row that no chip takes, such as a price of another year, begins with the name of its chip.
    """
    if quantity in _RATIOS:
        return ()
    is_rent = quantity.endswith("_price") and quantity not in ("chip_price", "server_price", "cluster_price")
    taken = _chips_by_row().get(("rental_price" if is_rent else quantity, row), ())
    if taken or not row:
        return taken
    chip = find_chip(row.partition("-")[0])
    return (chip,) if chip else ()
