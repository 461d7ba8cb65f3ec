"""Which fields of a result have no description in the documentation of their class."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass


def undocumented(value):
    """Return the names of fields, as `Class.field`, that the docstrings of their classes do not mention."""
    if isinstance(value, Mapping):
        return set().union(*map(undocumented, value.values()))
    if isinstance(value, (list, tuple)):
        return set().union(*map(undocumented, value))
    if not is_dataclass(value):
        return set()
    kind = type(value)
    documentation = " ".join(base.__doc__ or "" for base in kind.__mro__ if base is not object)
    described = set(re.findall(r"\w+", documentation))
    missing = {f"{kind.__name__}.{each.name}" for each in fields(kind) if each.name not in described}
    in_data = [each for each in fields(kind) if each.metadata.get("in_data", True)]
    return missing.union(*(undocumented(getattr(value, each.name)) for each in in_data))
