"""Results as plain data: a documented dataclass becomes a dictionary, JSON, CSV or a data frame in one way."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields, is_dataclass
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, Union

import numpy as np

from simulator.core.csv_text import Cell, csv_text
from simulator.core.formatting import one_line
from simulator.core.money import label_currency

if TYPE_CHECKING:
    import pandas

SCHEMA = 2
"""Version of the JSON that commands write."""

Plain: TypeAlias = Union[bool, int, float, str, "list[Plain]", "dict[str, Plain]", None]
"""Data that JSON can hold."""

MOST_HTML_ROWS = 20
"""Maximum number of rows of a table in a notebook."""

FIGURE_COLUMNS = ("figure", "value")
"""Columns of a CSV with one row per figure."""

_IN_DATA, _KEY, _OPTIONAL = "in_data", "key", "optional"


def hidden(**options: Any) -> Any:
    """Declare a field that is left out of plain data, such as draws."""
    return field(metadata={_IN_DATA: False}, repr=False, **options)


def renamed(key: str, **options: Any) -> Any:
    """Declare a field whose key in plain data is no Python name, such as `from`."""
    return field(metadata={_KEY: key}, **options)


def optional(default: Any = None, **options: Any) -> Any:
    """Declare a field that has no key in plain data where it has its default, which is None if not given."""
    return field(default=default, metadata={_OPTIONAL: True}, **options)


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader should know about a result.

    Attributes
    ----------
    code : str
        What kind of note it is, for programs: `no-mean`, `levers-beyond-evidence`.
    subject : str
        The quantity, lever, line or file it is about; empty where it is about all.
    text : str
        The sentence for people.

    Examples
    --------
    >>> import llmcost
    >>> trends = llmcost.trend(since=2015)
    >>> all(isinstance(note, llmcost.Note) for note in trends.notes)
    True

    """

    code: str
    subject: str
    text: str

    def __str__(self) -> str:
        return self.text


def to_plain(value: Any) -> Plain:
    """Return a result as plain data: fields become keys, notes their text, arrays lists; nothing is rounded."""
    if isinstance(value, Note):
        return value.text
    if is_dataclass(value) and not isinstance(value, type):
        return {key_of(each): to_plain(getattr(value, each.name)) for each in fields(value) if is_in_data(each, value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(each) for key, each in value.items()}
    if hasattr(value, "_asdict"):
        return to_plain(value._asdict())
    if isinstance(value, np.ndarray):
        return to_plain(value.tolist())
    if isinstance(value, np.generic):
        return to_plain(value.item())
    if isinstance(value, str) or not isinstance(value, Sequence | set | frozenset):
        return value
    return [to_plain(each) for each in value]


def is_in_data(each: "Field[Any]", value: Any) -> bool:
    """Whether a field of a value has a key in plain data."""
    is_absent = each.metadata.get(_OPTIONAL, False) and getattr(value, each.name) == each.default
    return not is_absent and bool(each.metadata.get(_IN_DATA, True))


def values_of(instance: Any) -> Mapping[str, Any]:
    """Return the values of the fields of a dataclass by name, to build an instance of a type that extends it."""
    return {each.name: getattr(instance, each.name) for each in fields(instance)}


def key_of(each: "Field[Any]") -> str:
    """Return the key of a field in plain data."""
    return str(each.metadata.get(_KEY, each.name))


def json_text(data: Any) -> str:
    """Write standard JSON; a number that is not finite is an error here, not a token there."""
    return json.dumps(data, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def flatten(value: Plain, path: str = "") -> Iterator[tuple[str, Cell]]:
    """Yield path and value of every figure; items of a list are identified by their name or level, if any."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flatten(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            label: Plain = number
            if isinstance(inner, dict):
                label = inner.get("name", inner.get("of", inner.get("level", number)))
            yield from flatten(inner, f"{path}[{label:g}]" if isinstance(label, float) else f"{path}[{label}]")
    else:
        yield path, str(value).lower() if isinstance(value, bool) else value


def html_table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Return a small HTML table, in which all text is escaped; of a long one, the first rows and the number of the others."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(_cell_text(cell))}</td>' for cell in row)}</tr>" for row in rows[:MOST_HTML_ROWS]
    )
    hidden_rows = len(rows) - MOST_HTML_ROWS
    more = f'<tr><td colspan="{len(columns)}">and {hidden_rows:,} more rows</td></tr>' if hidden_rows > 0 else ""
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}{more}</tbody></table>"


def _cell_text(cell: Cell) -> str:
    return "" if cell is None else f"{cell:.6g}" if isinstance(cell, float) else str(cell)


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a result was computed from.

    Attributes
    ----------
    scenario, title, scope, money : str or None
        Name, title, scope and currency (with price level) of the scenario; None where a result has several scenarios.
    draws, seed : int or None
        Number of draws and seed; None where nothing is simulated.
    interval : float or None
        Level of the central intervals, percent.
    fingerprint : str or None
        Hash of everything in the scenario that the figures depend on.
    version : str or None
        Version of the tool.
    conversion : str or None
        How amounts were converted to `money`: factor, price levels and exchange rate; None where they were not.

    Examples
    --------
    >>> import llmcost
    >>> header = llmcost.budget("gpt-4", draws=2000).header
    >>> header.scenario, header.draws, header.interval_name
    ('gpt-4', 2000, '95% CI')

    """

    scenario: str | None = None
    title: str | None = None
    scope: str | None = None
    money: str | None = None
    draws: int | None = None
    seed: int | None = None
    interval: float | None = None
    fingerprint: str | None = None
    version: str | None = None
    conversion: str | None = None

    @property
    def interval_name(self) -> str:
        """Name of the central intervals: `95% CI`."""
        return f"{self.interval:.10g}% CI"

    @property
    def currency(self) -> str:
        """The currency of all amounts, such as `USD`."""
        return label_currency(self.money)


@dataclass(frozen=True, kw_only=True)
class AnalysisResult:
    """What an analysis returns: figures with documented units, what they were computed from, and notes.

    Subclasses are frozen dataclasses. A field that is another dataclass, or a tuple of them, is nested in `to_dict`.

    Attributes
    ----------
    header : Header
    notes : tuple of Note

    Examples
    --------
    >>> import llmcost
    >>> plan = llmcost.budget("gpt-4", draws=2000)
    >>> plan.to_dict()["total"]["median"] == plan.total.median
    True
    >>> list(plan.to_dataframe().columns)
    ['figure', 'value']
    >>> plan.tables
    ('contingency', 'allocation', 'allocation.lines', 'dependence', 'overrun.inputs', 'notes')
    >>> list(plan.to_dataframe("contingency")["level"])
    [50.0, 70.0, 80.0, 90.0]

    """

    FIELD_TABLES: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Tables of which each row is a field, by name: fields of one type."""

    header: Header
    notes: tuple[Note, ...] = ()

    def __init_subclass__(cls) -> None:
        if "__repr__" not in vars(cls):  # `dataclass` would write one of all fields
            cls.__repr__ = AnalysisResult.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        scenario = "" if self.header.scenario is None else f" of {one_line(self.header.scenario)}"
        draws = "" if self.header.draws is None else f", {self.header.draws:,} draws"
        return f"<{type(self).__name__}{scenario}{draws}>"

    def _repr_html_(self) -> str:
        """Return the first rows of its table for a notebook."""
        columns, rows = self.table()
        return html_table(repr(self), columns, rows)

    def to_dict(self) -> dict[str, Plain]:
        """Return plain data under the keys of the JSON output: the header first, canonical units, nothing rounded."""
        data = to_plain(self)
        assert isinstance(data, dict)
        header, notes = data.pop("header"), data.pop("notes")
        assert isinstance(header, dict)
        return {"schema": SCHEMA, **{key: value for key, value in header.items() if value is not None}, **data, "notes": notes}

    def to_json(self) -> str:
        """Return the text of its JSON."""
        return json_text(self.to_dict())

    def table(self) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Return columns and rows of its CSV: by default one row per figure, with its path in the JSON."""
        return FIGURE_COLUMNS, list(flatten(self.to_dict()))

    def to_csv(self) -> str:
        """Return the text of its CSV (RFC 4180), in which no text is a spreadsheet formula."""
        return csv_text(*self.table())

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of its parts that are tables, for `to_dataframe`; a table within the items of another has a dotted name."""
        from simulator.core.tables import table_names

        return table_names(type(self))

    def to_dataframe(self, table: str | None = None) -> "pandas.DataFrame":
        """Return one of its `tables` as a data frame, or by default the table of its CSV.

        A table has a row for each item and a column for each field; fields of fields have dots (`mcse.mean`). A table within
        the items of another begins with what identifies the outer item.

        Parameters
        ----------
        table : str, optional
            One of `tables`.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        InvalidValueError
            If there is no such table.

        Examples
        --------
        >>> import llmcost
        >>> prices = llmcost.compare("gpt-4", "gpt-4:basis=rented", draws=2000).to_dataframe("scenarios")
        >>> prices[["name", "median"]].shape
        (2, 2)

        """
        if table is not None:
            from simulator.core.tables import data_frame

            return data_frame(self, table)
        import pandas as pd

        columns, rows = self.table()
        return pd.DataFrame(rows, columns=list(columns))
