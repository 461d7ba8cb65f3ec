"""Price lists of language-model APIs: the prices of tokens in a JSON file, found by its structure, or in a table of our own.

A price is found by its key: `input_cost_per_token`, `cache_read_mtok`. Where keys are bare words (`prompt`, `input`), the unit
is that of the layout: by the token under `pricing`, by the million under `cost` and in entries with a `vendor`. Any other
layout is refused. All amounts are in USD.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from simulator.records.quote_columns import CURRENCIES
from simulator.records.token_kinds import kind_of, words_of

_KNOWN = frozenset(
    [
        "input",
        "inputs",
        "output",
        "outputs",
        "prompt",
        "prompts",
        "completion",
        "completions",
        "cache",
        "cached",
        "read",
        "reads",
        "write",
        "writes",
        "creation",
        "hit",
        "hits",
        "batch",
        "batches",
        "batched",
        "cost",
        "costs",
        "price",
        "prices",
        "pricing",
        "rate",
        "list",
        "per",
        "in",
        "token",
        "tokens",
        "tok",
        "toks",
        "mtok",
        "mtokens",
        "ktok",
        "million",
        "millions",
        "thousand",
        "1m",
        "1k",
        "m",
        "k",
        "1000000",
        "1000",
        "usd",
        "standard",
        "text",
        "of",
    ]
)
"""Words of a key of a price of text tokens. Other words mean another price: of audio, of a priority, of a cache for an hour."""
_UNITS = (
    (re.compile(r"\b(mtok|mtokens|million|1m|per m|m tokens|1000000)\b"), 1.0),
    (re.compile(r"\b(1k|thousand|ktok|1000)\b"), 1e3),
    (re.compile(r"\b(cost|price|usd)\b.*\btokens?\b|\btokens?\b.*\b(cost|price|usd)\b"), 1e6),
)
_ABOVE = re.compile(r"\b(?:above|over)(?: (?:context))? ?([0-9]+) ?(k|m)?\b(?! ?hr)")
_CONTAINERS = frozenset(
    {"prices", "pricing", "cost", "models", "data", "price_history", "model_list", "model_prices", "tiered_pricing"}
)
_BARE_UNITS = {"pricing": 1e6, "cost": 1.0}
_NAMES = ("id", "model", "model_name", "model_id", "slug")


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """A price of tokens in a list.

    Attributes
    ----------
    model, provider : str
    kind : str
        Input, output, cached input or cache write.
    price : float
        USD a million tokens.
    is_batch : bool
        Whether it is for requests in batches.
    above : int
        Tokens of the prompt above which it holds; 0 for all prompts.
    since : str
        ISO date from which it holds; empty where the list does not tell.
    condition : str
        Any other condition, such as hours of the day; empty for none.

    """

    model: str
    provider: str
    kind: str
    price: float
    is_batch: bool = False
    above: int = 0
    since: str = ""
    condition: str = ""


def read_key(key: str) -> tuple[str, bool, int, float | None] | None:
    """Return the kind, batch, tier and unit (a million over the tokens of the unit) of a key; None if it is no price of text.

    Examples
    --------
    >>> read_key("input_cost_per_token_above_200k_tokens")
    ('input', False, 200000, 1000000.0)

    """
    words = words_of(key)
    above = _ABOVE.search(words)
    tier = int(above[1]) * {"k": 1000, "m": 1_000_000}.get(above[2] or "", 1) if above else 0
    plain = words[: above.start()].strip() if above else words
    kind = kind_of(plain)
    rest = f"{plain} {words[above.end() :]}" if above else words
    if not kind.kind or any(word not in _KNOWN | CURRENCIES for word in rest.split()):
        return None
    unit = next((factor for pattern, factor in _UNITS if pattern.search(plain)), None)
    return kind.kind, kind_of(key).is_batch, tier, unit


def read_json_list(data: Any) -> list[TokenPrice]:
    """Return all prices of text tokens in the data of a JSON file; raise ValueError where their unit is not known."""
    without_unit: list[str] = []
    prices = list(_walk(data, TokenPrice("", "", "", 0.0), "", without_unit))
    if without_unit and not prices:
        raise ValueError(
            f"{without_unit[0]} has a price, and nothing tells whether it is by the token or by the million tokens"
        )
    return list(dict.fromkeys(prices))


def _walk(node: Any, context: TokenPrice, key: str, without_unit: list[str]) -> Iterator[TokenPrice]:
    """Yield the prices below a node; `context` has the model and the conditions that hold there."""
    if isinstance(node, list):
        for item in node:
            yield from _walk(item, context, key, without_unit)
    if not isinstance(node, dict):
        return
    context = _with_names(node, context, key)
    yield from _prices_of(node, context, key, without_unit)
    for name, child in node.items():
        if isinstance(child, (dict, list)) and not (isinstance(child, dict) and _is_price(name, child)):
            yield from _walk(child, context, name, without_unit)


def _is_price(name: str, child: Mapping[str, Any]) -> bool:
    """Whether a mapping is a price with tiers: `input_mtok: {base: 1.25, tiers: [...]}`."""
    return "base" in child and read_key(name) is not None


def _with_names(node: Mapping[str, Any], context: TokenPrice, key: str) -> TokenPrice:
    """Return the context within a mapping: its model and provider, and from when its prices hold."""
    own = next((node[name] for name in _NAMES if isinstance(node.get(name), str)), "")
    is_provider = isinstance(node.get("models"), (list, dict))
    name = own or ("" if key in _CONTAINERS or _ABOVE.search(words_of(key)) else key)
    provider = next((node[each] for each in ("litellm_provider", "vendor", "provider") if isinstance(node.get(each), str)), "")
    if is_provider:
        context = replace(context, provider=name or context.provider)
    elif name and name not in ("constraint",):
        context = replace(context, model=name)
    tier = _ABOVE.search(words_of(key))
    if tier:
        context = replace(context, above=int(tier[1]) * {"k": 1000, "m": 1_000_000}.get(tier[2] or "", 1))
    bounds = node.get("range")
    if isinstance(bounds, list) and bounds and isinstance(bounds[0], (int, float)):
        context = replace(context, above=int(bounds[0]))
    since = next((node[each] for each in ("from_date", "start_date") if isinstance(node.get(each), str)), "")
    constraint = node.get("constraint")
    condition = context.condition
    if isinstance(constraint, dict):
        since = constraint.get("start_date") or since
        condition = "" if constraint.get("start_date") else ", ".join(f"{k} {v}" for k, v in constraint.items() if k != "type")
    if isinstance(node.get("to_date"), str):
        condition = f"until {node['to_date']}"
    return replace(context, provider=provider or context.provider, since=since or context.since, condition=condition)


def _prices_of(node: Mapping[str, Any], context: TokenPrice, key: str, without_unit: list[str]) -> Iterator[TokenPrice]:
    """Yield the prices of one mapping; keys whose unit is not known go to `without_unit`."""
    bare = _BARE_UNITS.get(key) or (1.0 if "vendor" in node or "from_date" in node else None)
    if bare is None and context.above and _ABOVE.search(words_of(key)):
        bare = 1.0  # a tier within `cost`
    for name, value in node.items():
        read = read_key(name)
        amounts = _amounts(value) if read else []
        if read is None or not amounts:
            continue
        kind, is_batch, above, factor = read
        if factor is None and not _is_bare(name):
            continue
        factor = factor if factor is not None else bare
        if factor is None:
            without_unit.append(f"{name} of {context.model or key}")
            continue
        for start, amount in amounts:
            yield replace(
                context,
                kind=kind,
                is_batch=is_batch,
                above=start or above or context.above,
                price=float(f"{amount * factor:.12g}"),
            )


_BARE = re.compile(
    r"(input|output|prompt|completion)s?|(input )?cached?( (read|write|input|creation))?|input cached( (read|write))?|"
    r"input cache (read|write)"
)


def _is_bare(name: str) -> bool:
    return _BARE.fullmatch(words_of(name)) is not None


def _amounts(value: Any) -> list[tuple[int, float]]:
    """Return the amounts of a price with the tokens above which they hold; none for what is no price."""
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, (int, float)):
        return [(0, float(value))]
    if isinstance(value, str):
        return [(0, float(value))] if re.fullmatch(r"[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?", value) else []
    if isinstance(value, dict) and "base" in value:
        tiers = [tier for tier in value.get("tiers") or [] if isinstance(tier, dict)]
        parts = [(int(tier.get("start", 0)), tier.get("price")) for tier in tiers]
        return [pair for start, amount in [(0, value["base"]), *parts] for pair in [(start, a) for _, a in _amounts(amount)]]
    return []
