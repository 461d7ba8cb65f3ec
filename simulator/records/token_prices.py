"""A price list of language-model APIs -> input_price, output_price and the other prices of tokens of one model."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.formatting import format_plain
from simulator.core.results import Header, Note
from simulator.core.suggestions import InvalidValueError, find_similar
from simulator.core.version import tool_version
from simulator.records.prior_set import PriorSet, RecordPrior
from simulator.records.token_kinds import QUANTITIES
from simulator.records.token_lists import TokenPrice, read_json_list
from simulator.records.token_priors import UNIT, token_prior
from simulator.records.token_table import read_table

_MAX_BYTES = 50_000_000
_LISTED = 12


@dataclass(frozen=True, slots=True)
class TokenOptions:
    """Which prices of a list are used.

    Attributes
    ----------
    model : str or None
        The model, as `model` or `provider/model`; None where the list has one.
    date : str
        ISO date on which the prices hold; empty for today.
    is_batch : bool
        Whether requests are in batches.
    prompt_tokens : float
        Tokens of a prompt, which select the tier.
    cached_share : float
        Share of the prompt that is read from the cache of the provider.

    """

    model: str | None = None
    date: str = ""
    is_batch: bool = False
    prompt_tokens: float = 0.0
    cached_share: float = 0.0


def read(path: Path, options: TokenOptions | None = None) -> PriorSet:
    """Return the prices of the tokens of one model in a price list, JSON or CSV; raise `InvalidInputError` with its issues."""
    options = options or TokenOptions()
    prices, digest, list_date = _read_file(path)
    model = _select_model(path, prices, options.model)
    own = [price for price in prices if price.model == model.model and price.provider == model.provider]
    notes: list[Note] = []
    in_force = _in_force(path, own, options, notes)
    kinds = {kind: _price_of(in_force, kind, options, notes) for kind in QUANTITIES}
    priors = _priors(path, model, {kind: price for kind, price in kinds.items() if price is not None}, options, notes)
    if not priors:
        _refuse(path, f"has no price of input or output tokens of {model.model}")
    date = max((price.since for price in in_force if price.since), default="") or list_date or options.date
    return PriorSet(
        header=Header(version=tool_version()),
        priors=tuple(replace(prior, date=date) for prior in priors),
        title=path.name,
        place=f"{model.model}, sha256 {digest}",
        date=date,
        notes=tuple(notes),
    )


def _read_file(path: Path) -> tuple[list[TokenPrice], str, str]:
    """Return the prices of a file, the beginning of its SHA-256, and its date."""
    if not path.is_file():
        _refuse(path, "is no file" if path.exists() else "there is no such file")
    if path.stat().st_size > _MAX_BYTES:
        _refuse(path, f"is larger than {_MAX_BYTES:,} bytes; is it a price list?")
    try:
        content = path.read_bytes()
    except OSError as error:
        _refuse(path, f"cannot be read: {error.strerror}")
    digest = hashlib.sha256(content).hexdigest()[:12]
    if not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return read_table(path), digest, ""
    try:
        data = json.loads(content.decode("utf-8-sig"))
        prices = read_json_list(data)
    except (ValueError, RecursionError, OverflowError) as error:
        _refuse(path, f"is no JSON: {error}" if isinstance(error, json.JSONDecodeError | UnicodeDecodeError) else str(error))
    if not prices:
        _refuse(path, "has no price of tokens that is known, such as input_cost_per_token or input_mtok; is it a price list?")
    return prices, digest, _date_of(data)


def _date_of(data: Any) -> str:
    """Return the date that a list states for itself."""
    found = data.get("updated_at") or data.get("date") if isinstance(data, dict) else None
    return found[:10] if isinstance(found, str) and re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", found) else ""


def _select_model(path: Path, prices: Sequence[TokenPrice], name: str | None) -> TokenPrice:
    """Return one price of the model that is meant; refuse none and several."""
    models = {(price.provider, price.model): price for price in prices}
    if name is None:
        if len(models) == 1:
            return next(iter(models.values()))
        _refuse(path, f"has prices of {len(models):,} models: {_listed(models.values())}; choose one with --model")
    plain = name.casefold()
    tests = (
        lambda price: plain in (price.model.casefold(), f"{price.provider}/{price.model}".casefold()),
        lambda price: plain == price.model.casefold().rpartition("/")[2],
        lambda price: plain in price.model.casefold(),
    )
    matches = next(filter(None, ([price for price in models.values() if test(price)] for test in tests)), [])
    if len(matches) > 1:
        _refuse(path, f"has several models {name!r}: {_listed(matches)}; name one of them with --model")
    if not matches:
        similar = find_similar(plain, [price.model for price in models.values()])
        hint = f"; did you mean {similar[0]!r}?" if similar else f"; it has {_listed(models.values())}"
        _refuse(path, f"has no model {name!r}{hint}")
    return matches[0]


def _listed(prices: Any) -> str:
    names = [f"{price.provider}/{price.model}" if price.provider else price.model for price in prices]
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _in_force(path: Path, prices: list[TokenPrice], options: TokenOptions, notes: list[Note]) -> list[TokenPrice]:
    """Return the prices that hold on the date, without those of hours of the day; note the changes to come and the others."""
    day = options.date or datetime.now(UTC).date().isoformat()
    prices = [price for each in prices if (price := _until(each, day)) is not None]
    conditional = [price for price in prices if price.condition]
    for condition in dict.fromkeys(price.condition for price in conditional):
        listed = ", ".join(_price_text(price) for price in conditional if price.condition == condition)
        notes.append(Note("conditional-price", condition, f"{condition}: {listed}; left out, as it does not hold always"))
    later = [price for price in prices if price.since > day and not price.condition]
    if later:
        listed = ", ".join(f"{_price_text(price)} from {price.since}" for price in later)
        notes.append(Note("price-change", path.name, f"look at this: prices change: {listed}"))
    valid = [price for price in prices if not price.condition and price.since <= day]
    newest: dict[tuple[str, bool, int], str] = {}
    for price in valid:
        key = (price.kind, price.is_batch, price.above)
        newest[key] = max(newest.get(key, ""), price.since)
    latest = max((price.since for price in valid if not price.above), default="")
    in_force = [price for price in valid if price.since == newest[price.kind, price.is_batch, price.above]]
    if not in_force:
        _refuse(path, f"has no price in force on {day}")
    # A tier of an earlier price does not hold on a later one.
    return [price for price in in_force if not price.above or price.since == latest or not price.since]


def _until(price: TokenPrice, day: str) -> TokenPrice | None:
    """Return a price that ends, as one without an end if the day is before it; None if it has ended."""
    if not price.condition.startswith("until "):
        return price
    return replace(price, condition="") if day < price.condition.removeprefix("until ") else None


def _price_of(prices: list[TokenPrice], kind: str, options: TokenOptions, notes: list[Note]) -> TokenPrice | None:
    """Return the price of a kind of tokens for the options, or None; note the others."""
    own = [price for price in prices if price.kind == kind]
    batch = [price for price in own if price.is_batch]
    usual = [price for price in own if not price.is_batch]
    if options.is_batch and usual and not batch:
        notes.append(
            Note(
                "no-batch-price", QUANTITIES[kind], f"the list has no price of {kind} tokens in batches: its usual one is taken"
            )
        )
    chosen = batch if options.is_batch and batch else usual or batch
    tiers = sorted(chosen, key=lambda price: price.above)
    selected = next((price for price in reversed(tiers) if price.above < max(options.prompt_tokens, 1)), None)
    for price in own:
        if price is not selected:
            notes.append(Note("other-token-price", QUANTITIES[kind], f"not used: {_price_text(price)}"))
    return selected


def _price_text(price: TokenPrice) -> str:
    batch = " in batches" if price.is_batch else ""
    above = f" of prompts above {price.above:,} tokens" if price.above else ""
    return f"{price.kind} tokens{batch}{above} at {format_plain(price.price)} {UNIT}"


def _priors(
    path: Path, model: TokenPrice, prices: dict[str, TokenPrice], options: TokenOptions, notes: list[Note]
) -> list[RecordPrior]:
    """Return the prior of each price; with a cached share, the price of input is that of the mixture."""
    provider = f" of {model.provider}" if model.provider else ""
    values = {kind: price.price for kind, price in prices.items()}
    texts = dict.fromkeys(values, "")
    share = options.cached_share
    if share:
        if "cached input" not in values or "input" not in values:
            raise InvalidValueError(f"--cached-share: {path.name} has no price of cached input tokens of {model.model}")
        cached = values.pop("cached input")
        mixture = (1 - share) * values["input"] + share * cached
        texts["input"] = (
            f"; {1 - share:.6g} at {format_plain(values['input'])} and {share:.6g} from the cache at {format_plain(cached)}"
        )
        values["input"] = float(f"{mixture:.12g}")
    priors = []
    for kind, value in values.items():
        price = prices[kind]
        tier = f", prompts above {price.above:,} tokens" if price.above else ""
        batch = ", in batches" if price.is_batch else ""
        about = f"List price of {model.model}{provider}: {kind} tokens{batch}{tier}{texts[kind]}"
        prior = token_prior(kind, {"value": value}, about, "B", notes)
        if prior is not None:
            priors.append(prior)
    return priors


def _refuse(path: Path, message: str) -> NoReturn:
    raise InvalidInputError([Issue(Place(str(path)), "", message)])
