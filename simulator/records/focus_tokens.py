"""Tokens of a bill: the price of a million tokens of each kind and model."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from simulator.core.results import Note
from simulator.records import RecordPrior, empirical_distribution
from simulator.records.cells import UnusableRowError, format_count
from simulator.records.gpus import read_details
from simulator.records.token_kinds import QUANTITIES, kind_of, model_of_meter
from simulator.records.token_priors import token_prior

_MODEL_KEYS = (
    "model",
    "modelname",
    "model_name",
    "modelid",
    "model_id",
    "x_model",
    "modelversion",
    "deployment",
    "inferencemodel",
)
_KIND_KEYS = ("tokentype", "token_type", "tokenkind", "usagetype", "usage_type", "type", "direction", "metric", "x_tokentype")
UNKNOWN = ""
"""Kind of tokens of rows that do not tell it."""


@dataclass(slots=True)
class _Sums:
    prices: dict[str, tuple[float, float]] = field(default_factory=dict)  # by price to four digits: tokens, USD
    rows: int = 0

    def add(self, tokens: float, cost: float) -> None:
        key = f"{cost / tokens:.3e}"
        total = self.prices.get(key, (0.0, 0.0))
        self.prices[key] = total[0] + tokens, total[1] + cost
        self.rows += 1


class TokenBill:
    """Sums over the token rows of a bill, by model, kind of token and whether requests are in batches."""

    def __init__(self) -> None:
        self.sums: dict[tuple[str, str, bool], _Sums] = {}

    @property
    def models(self) -> Counter[str]:
        """The rows of each model."""
        rows: Counter[str] = Counter()
        for (model, _, _), sums in self.sums.items():
            rows[model] += sums.rows
        return rows

    def add(self, details: str, texts: Sequence[str], service: str, tokens: float, cost: float) -> str:
        """Add a row; return its model."""
        try:
            fields = {key.casefold(): value for key, value in read_details(details).items() if isinstance(value, str)}
        except UnusableRowError:
            fields = {}
        meter = next((text for text in texts if kind_of(text).kind), next(filter(None, texts), ""))
        kind = kind_of(" ".join([*(fields[key] for key in _KIND_KEYS if key in fields), meter]))
        model = next((fields[key] for key in _MODEL_KEYS if fields.get(key)), "") or model_of_meter(meter) or service
        self.sums.setdefault((model, kind.kind, kind.is_batch), _Sums()).add(tokens, cost)
        return model

    def priors(self, model: str, period: str, notes: list[Note]) -> list[RecordPrior]:
        """Return the prices of the tokens of a model; rows that do not tell input from output give one price for both."""
        sums = {(kind, is_batch): each for (name, kind, is_batch), each in self.sums.items() if name == model}
        known = {kind for kind, _ in sums if kind}
        priors = []
        for (kind, in_batches), each in sums.items():
            is_batch = in_batches
            if kind == UNKNOWN and known:
                notes.append(Note("tokens-of-no-kind", model, f"{format_count(each.rows, 'row')} of no kind of token left out"))
                continue
            kinds = ("input", "output") if kind == UNKNOWN else (kind,)
            if kind == UNKNOWN:
                text = "look at this: rows do not tell input from output tokens: one price is taken for both"
                notes.append(Note("tokens-of-one-price", "input_price", text))
            if is_batch and (kind, False) not in sums:
                text = f"{kind} tokens are billed in batches alone: their price is that of batches"
                notes.append(Note("batch-price", QUANTITIES[kinds[0]], text))
                is_batch = False
            priors += [p for name in kinds if (p := _prior(name, is_batch, each, model, period, notes)) is not None]
        return priors


def _prior(kind: str, is_batch: bool, sums: _Sums, model: str, period: str, notes: list[Note]) -> RecordPrior | None:
    positive = [each for each in sums.prices.values() if min(each) > 0]
    if not positive:
        notes.append(Note("no-price", QUANTITIES[kind], f"corrections leave no cost of {kind} tokens, so there is no price"))
        return None
    tokens, cost = (sum(each[i] for each in positive) for i in (0, 1))
    distribution, description = empirical_distribution((1e6 * usd / count, count) for count, usd in positive)
    about = (
        f"Own bill, {model}: {kind} tokens, mean of {1e6 * cost / tokens:.6g} USD a million; {format_count(sums.rows, 'row')}, "
        f"{tokens:,.6g} tokens, {period}; {description}, weighted by tokens"
    )
    return token_prior(kind, distribution, about, "A", notes, is_batch=is_batch)
