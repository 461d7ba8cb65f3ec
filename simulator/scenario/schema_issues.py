"""Issues of what does not match the schema: the errors of pydantic with place, key and remedies, in plain English."""

import re
from functools import partial

from pydantic import BaseModel, ValidationError

from simulator.core.errors import Issue
from simulator.core.suggestions import InvalidValueError, Remedies, Remedy, rename_remedies, similar_name_remedies
from simulator.scenario.schema import (
    CURRENCY,
    DATE,
    FROM,
    MONEY,
    NAME,
    PLAN_MONTH,
    PRICES,
    ROLE,
    START,
    ActualRow,
    AdjustmentRow,
    Bounds,
    Dependence,
    EffectRow,
    Entry,
    LevelRow,
    PaymentChange,
    PhaseRow,
    ProgressRow,
    RateRow,
    RiskRow,
    SourceRow,
    Weighted,
)
from simulator.scenario.text import Node

# Messages for the error types of pydantic and the patterns of the schema.
_REQUIREMENTS = {
    "string_type": "must be plain text",
    "dict_type": "must be a mapping of keys",
    "tuple_type": "must be a list",
    "model_type": "must be a value or a mapping of keys",
    "model_attributes_type": "must be a value or a mapping of keys",
    FROM: "must be a name: of a row of the library, posterior/NAME, or a table beside this file (ours.csv)",
    NAME: "must be a name: a letter, then letters, digits, `_`, `-` and `.`",
    ROLE: "must be a name: a lower-case letter, then lower-case letters, digits and `_`",
    PRICES: "must be USD, with the year or month of the prices, as in 2026 USD; `money: 2026 EUR` is the money of the outputs",
    MONEY: "must be the code of a currency, with the year or month of its prices, as in 2026 EUR or December 2023 USD",
    CURRENCY: "must be the code of a currency in capital letters, such as EUR",
    DATE: "must be a date such as 2026, 2026-03 or 2026-03-31",
    START: "must be a month such as 2026-03, or a day such as 2026-03-31",
    PLAN_MONTH: "must be a month such as 2026-03, or the number of a month from 1 to 999",
}


def _explain_list(values: list[object], *, is_python: bool) -> str:
    """Say what a list in place of an entry may have meant."""
    observed, interval = (
        ("`np.array([...])`", "`between(low, high)`") if is_python else ("`{empirical: [...]}`", "`low to high`")
    )
    got = str(values)[:40]
    return f"must be a value or a mapping of keys; got {got}; observed values are {observed}, a range is {interval}"


def _path(steps: tuple[str | int, ...], node: Node) -> tuple[str | int, ...]:
    """Return a path of pydantic without its internal steps, such as `function-before[...]`, unless they are keys."""
    path: list[str | int] = []
    for step in steps:
        is_key = node.keys is not None and step in node.keys
        is_default_key = node.items is not None  # a list that stands for a mapping with one list has no key
        if is_key or isinstance(step, int) or ("[" not in step and not is_default_key):
            path.append(step)
        if is_key:
            node = node.child(str(step))
        elif node.items is not None and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
    return tuple(path)


# The model of what is below a key, where it is not an entry.
_MODEL_BELOW_KEY: dict[str | int, type[BaseModel]] = {
    "sources": SourceRow, "truncate": Bounds, "mixture": Weighted, "choice": Weighted, "dependence": Dependence,
    "adjustments": AdjustmentRow, "risks": RiskRow, "effects": EffectRow, "schedule": PhaseRow, "progress": ProgressRow,
    "rates": RateRow, "price_index": LevelRow, "payments": PaymentChange, "actuals": ActualRow,
}  # fmt: skip


_MEANT = {
    "serving": {"api": "priced", "interface": "priced", "list": "priced", "own": "hosted", "self-hosted": "hosted",
                "owned": "hosted", "rented": "hosted", "provider": "provided"},
}  # fmt: skip
"""What people write for an option of a setting."""


def _option_remedies(key: str, text: str, words: list[str]) -> list[Remedy]:
    """Return the options of a setting that a text means or resembles."""
    meant = _MEANT.get(key, {}).get(text.strip().lower())
    return rename_remedies(text, [meant]) if meant in words else similar_name_remedies(text, words)


def issues_of(error: ValidationError, node: Node, key: str = "", model: type[BaseModel] | None = None) -> list[Issue]:
    """Convert the errors of pydantic to issues with place, key and remedies."""
    issues = []
    for item in error.errors(include_url=False):
        path = _path(item["loc"], node)
        full_key = ".".join([*([key] if key else []), *map(str, path)])
        message = item["msg"].removeprefix("Value error, ")
        remedies: Remedies = tuple
        if isinstance(cause := item.get("ctx", {}).get("error"), InvalidValueError):
            message, remedies = cause.message, partial(tuple, cause.remedies)
        if item["type"] == "extra_forbidden":
            key_model = (
                (model or Entry)
                if len(path) == 1
                else next((_MODEL_BELOW_KEY[key] for key in reversed(path[:-1]) if key in _MODEL_BELOW_KEY), Entry)
            )
            words = [field.alias or name for name, field in key_model.model_fields.items()]
            message = "there is no such key"
            remedies = partial(similar_name_remedies, str(path[-1]), words)
        elif item["type"] == "missing":
            message = "is missing"
        elif item["type"] == "literal_error" and item["ctx"]["expected"] == "''":
            continue  # an empty value is allowed; the other alternatives are reported
        elif item["type"] == "literal_error":
            message = f"{item['input']!r} is not one of {item['ctx']['expected']}"
            words = re.findall(r"'([^']+)'", item["ctx"]["expected"])
            remedies = partial(_option_remedies, full_key, str(item["input"]), words)
        elif item["type"] != "value_error":
            if item["type"].startswith("model") and isinstance(item["input"], list):
                issues.append(Issue(node.at(path), full_key, _explain_list(item["input"], is_python=bool(node.at(path).path))))
                continue
            requirement = _REQUIREMENTS.get(item["type"]) or _REQUIREMENTS.get(item.get("ctx", {}).get("pattern", ""))
            message = f"{requirement or message[:1].lower() + message[1:]}; got {str(item['input'])[:40]!r}"
        issues.append(Issue(node.at(path), full_key, message, remedies))
    return issues
