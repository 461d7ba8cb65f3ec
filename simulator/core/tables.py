"""The tables within a result: parts that are several items of one type, with a row for each and a column for each field."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from simulator.core.results import AnalysisResult, is_in_data, key_of, to_plain
from simulator.core.suggestions import InvalidValueError, suggest_nearest

if TYPE_CHECKING:
    import pandas

_LABELS = ("name", "quantity", "reference", "of", "level", "percent")
"""Fields that identify an item, in order of preference: that of the outer item begins the rows of a table within it."""


def table_names(kind: type) -> tuple[str, ...]:
    """Return the paths of the tables of a type: `contingency`, `sweep.priors`, and within items `allocation.lines`."""
    of_fields: Mapping[str, tuple[str, ...]] = getattr(kind, "FIELD_TABLES", {})
    return tuple(sorted(dict.fromkeys([*of_fields, *_tables(kind, "")]), key="notes".__eq__))


def _tables(kind: type, path: str) -> Iterator[str]:
    for key, annotation in _annotations(kind).items():
        for part in _alternatives(annotation):
            within = f"{path}.{key}" if path else key
            if _is_record(part):
                yield from _tables(part, within)
                continue
            items = [item for item in _alternatives(_item_type(part)) if _is_record(item)]
            if items:
                yield within
            for item in items:
                yield from _tables(item, within)


def _annotations(kind: type) -> dict[str, Any]:
    """Return the types of the fields of a dataclass or named tuple by their keys in plain data."""
    if not is_dataclass(kind):
        return get_type_hints(kind)
    # A quoted annotation is of a type that is imported only for type checkers: draws or a data set, no table.
    return {key_of(each): each.type for each in fields(kind) if each.metadata.get("in_data", True)}


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _item_type(annotation: Any) -> Any:
    """Return the type of the items of a collection, or None."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if not isinstance(origin, type) or not issubclass(origin, Collection) or not parts:
        return None
    return parts[-1] if issubclass(origin, Mapping) else parts[0]


def _is_record(value: Any) -> bool:
    """Whether a type, or the type of a value, has fields: a dataclass or a named tuple."""
    kind = value if isinstance(value, type) else type(value)
    return is_dataclass(kind) or (issubclass(kind, tuple) and hasattr(kind, "_fields"))


def _fields_of(record: Any) -> dict[str, Any]:
    if is_dataclass(record):
        return {key_of(each): getattr(record, each.name) for each in fields(record) if is_in_data(each, record)}
    return dict(record._asdict())


def data_frame(result: AnalysisResult, name: str) -> "pandas.DataFrame":
    """Return a table of a result as a data frame; raise `InvalidValueError` for a name that it has not."""
    import pandas as pd

    rows = table_rows(result, name)
    columns = dict.fromkeys(column for row in rows for column in row)
    return pd.DataFrame({column: _column([row.get(column) for row in rows]) for column in columns})


def table_rows(result: AnalysisResult, name: str) -> list[dict[str, Any]]:
    """Return the rows of a table of a result, each with its cells by column.

    Raises
    ------
    InvalidValueError
        If the result has no such table.

    """
    names = table_names(type(result))
    if name not in names:
        hint = suggest_nearest(name, names) if isinstance(name, str) else ""
        listed = f"there are {', '.join(names)}" if names else "it has none"
        raise InvalidValueError(f"there is no table {name!r} in a {type(result).__name__}{hint or f'; {listed}'}")
    if name in type(result).FIELD_TABLES:
        records = {key: getattr(result, key) for key in type(result).FIELD_TABLES[name]}
        return [{"name": key, **dict(_cells(record, ""))} for key, record in records.items()]
    return list(_rows(result, name.split("."), "", {}))


def _rows(record: Any, path: Sequence[str], done: str, labels: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the table at a path below a record; `labels` has the cells that identify the items around it."""
    key, rest = path[0], path[1:]
    value, done = _fields_of(record).get(key), f"{done}{key}."
    if value is None:
        return
    if _is_record(value):
        yield from _rows(value, rest, done, labels)
        return
    is_mapping = isinstance(value, Mapping)
    for number, (label, item) in enumerate(value.items() if is_mapping else enumerate(value)):
        if not rest:
            cells = dict(_cells(item, ""))
            own = {"key" if "name" in cells else "name": label} if is_mapping else {}
            yield {**labels, **own, **cells}
        elif _is_record(item) and rest[0] in _fields_of(item):
            own = {"name": label} if is_mapping else _label(item, number)
            yield from _rows(item, rest, done, {**labels, **{f"{done}{name}": text for name, text in own.items()}})


def _label(item: Any, number: int) -> dict[str, Any]:
    values = _fields_of(item)
    name = next((name for name in _LABELS if name in values), None)
    return {"number": number} if name is None else {name: values[name]}


def _cells(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield column and value of each field; nested records have dots, tables within are left out."""
    if _is_record(value) or isinstance(value, Mapping):
        inner = value if isinstance(value, Mapping) else _fields_of(value)
        is_table = isinstance(value, Mapping) and any(map(_is_record, value.values()))
        for key, each in () if is_table else inner.items():
            yield from _cells(each, f"{path}.{key}" if path else str(key))
    else:
        is_list = isinstance(value, Sequence | set | frozenset) and not isinstance(value, str)
        if not (is_list and any(map(_is_record, value))):
            yield path, to_plain(value)


def _column(values: list[Any]) -> Any:
    """Return a column; numbers, of which some may be absent, as an array of numbers."""
    present = [value for value in values if value is not None]
    is_numeric = bool(present) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in present)
    if is_numeric and len(present) < len(values):
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return values
