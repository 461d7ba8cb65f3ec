"""Typed results from their plain data, as `results.to_plain` writes it; what does not fit the types is refused."""

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from simulator.core.results import Note
from simulator.core.suggestions import InvalidValueError

Typed = TypeVar("Typed")


def from_plain(kind: type[Typed], data: Any, **known: Any) -> Typed:
    """Return an instance of a documented type from its plain data; `known` are fields that are not in the data.

    Keys that the type does not have are left out, so that a file of a command that adds some can be read. Raises
    `InvalidValueError` for a key that is missing or has another type.
    """
    value: Typed = _instance(kind, data, known)
    return value


def _instance(kind: Any, data: Any, known: Mapping[str, Any]) -> Any:
    if not isinstance(data, Mapping):
        raise InvalidValueError(f"must be a mapping, to be a {kind.__name__}")
    values = dict(known)
    for each in fields(kind):
        key = str(each.metadata.get("key", each.name))
        if each.name in known:
            continue
        if key in data:
            values[each.name] = _value(_hints(kind)[each.name], data[key], key)
        elif each.default is MISSING and each.default_factory is MISSING:
            raise InvalidValueError(f"{key} is missing")
    return kind(**values)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(kind: Any, data: Any, key: str) -> Any:
    """Return a value of a type; `key` names it in messages."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return data
    if origin in (Union, types.UnionType):
        if data is None and type(None) in arguments:
            return None
        return _value(next(each for each in arguments if each is not type(None)), data, key)
    if kind is Note:
        return Note("", "", _value(str, data, key))
    if kind is float and isinstance(data, int | float) and not isinstance(data, bool) and math.isfinite(data):
        return float(data)
    if isinstance(kind, type) and kind in (str, int, bool) and type(data) is kind:
        return data
    if isinstance(kind, type) and is_dataclass(kind):
        return _instance(kind, data, {})
    if isinstance(kind, type) and hasattr(kind, "_fields") and isinstance(data, Mapping):  # a named tuple
        return kind(**{name: _value(_hints(kind)[name], data.get(name), f"{key}.{name}") for name in kind._fields})
    if origin is tuple and isinstance(data, list):
        parts = [arguments[0]] * len(data) if arguments[1:] == (...,) else list(arguments)
        if len(parts) == len(data):
            return tuple(_value(part, each, f"{key}[]") for part, each in zip(parts, data, strict=True))
    if isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(data, Mapping):
        return {name: _value(arguments[1], each, f"{key}.{name}") for name, each in data.items()}
    raise InvalidValueError(f"{key} is no {getattr(kind, '__name__', kind)}")
