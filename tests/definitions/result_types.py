"""Paths of the numbers that the type of a result allows, whatever the options."""

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np


def number_paths(kind: Any) -> set[str]:
    """Return the paths of all numbers in the JSON of a type of results; the header is at the top level."""
    paths = {path.removeprefix(".header").removeprefix(".") for path in _paths(kind, "")}
    return {path for path in paths if not path.startswith("notes")}


def _paths(kind: Any, path: str) -> Iterator[str]:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in (int, float):
        yield path
    elif origin in (Union, types.UnionType):
        for each in arguments:
            yield from _paths(each, path)
    elif origin is np.ndarray:
        yield f"{path}[]"
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        yield from _paths(arguments[1], f"{path}{{}}")
    elif isinstance(origin, type) and issubclass(origin, Sequence):
        for each in arguments:
            yield from _paths(each, f"{path}[]")
    elif is_dataclass(kind):
        hints = get_type_hints(kind)
        for field in fields(kind):
            if field.metadata.get("in_data", True):
                yield from _paths(hints[field.name], f"{path}.{field.metadata.get('key', field.name)}")
    elif hasattr(kind, "_fields"):
        for name, hint in get_type_hints(kind).items():
            yield from _paths(hint, f"{path}.{name}")
