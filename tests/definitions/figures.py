"""Figures of an answer by their path in the JSON."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple
from unittest.mock import patch

from definitions.case import Case
from definitions.report_answer import report_answer

from simulator.cli import group
from simulator.cli.command import Answer, Page


@dataclass(frozen=True)
class PrintedAnswer:
    """What a command writes and prints, without its result, which may hold all draws."""

    result_type: type
    document: Mapping[str, Any]
    pages: Page | tuple[Page, ...]

    def page(self) -> Page | tuple[Page, ...]:
        """Return the pages, as an `Answer` does."""
        return self.pages


@cache
def answer_of(case: Case) -> PrintedAnswer:
    """Return the answer of a command before it is written; that of `report` are its tables."""
    answer = report_answer(case) if case.output == "report" else _answer(case)
    pages = answer.page()
    return PrintedAnswer(type(answer.result), answer.result.to_dict(), pages if isinstance(pages, Page) else tuple(pages))


def _answer(case: Case) -> Answer:
    with patch("simulator.cli.command.write_answer") as write_answer:
        group.main([*case.arguments, "--quiet"], prog_name="llmcost", standalone_mode=False)
    answer: Answer = write_answer.call_args.args[0]
    return answer


class Figure(NamedTuple):
    """A number of the JSON.

    `keys` are the keys and positions that `{}` and `[]` of the path stand for, `parents` the objects around it, the innermost
    last, and `value` is None where the figure is withheld.
    """

    path: str
    keys: tuple[str | int, ...]
    parents: tuple[Any, ...]
    value: float | None

    @property
    def place(self) -> str:
        """Return the path with its keys, for messages."""
        keys = iter(self.keys)
        return re.sub(r"\[\]|\{\}", lambda found: f"{found[0][0]}{next(keys)}{found[0][1]}", self.path)


def figures_of(data: Any, paths: set[str]) -> Iterator[Figure]:
    """Yield the numbers of a JSON document; a key is `{}` where `paths` has no figure at the key itself, but at any key.

    A value that is null is a figure if `paths` has it.
    """
    prefixes = {path[: found.start()] for path in paths for found in re.finditer(r"(?=\.|\[\]|\{\}|$)", path)}

    def walk(value: Any, path: str, keys: tuple[str | int, ...], parents: tuple[Any, ...]) -> Iterator[Figure]:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                plain, any_key = f"{path}.{key}" if path else str(key), f"{path}{{}}"
                if plain not in prefixes and any_key in prefixes:
                    yield from walk(inner, any_key, (*keys, key), (*parents, value))
                else:
                    yield from walk(inner, plain, keys, (*parents, value))
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                yield from walk(inner, f"{path}[]", (*keys, place), (*parents, value))
        elif (isinstance(value, int | float) and not isinstance(value, bool)) or (value is None and path in paths):
            yield Figure(path, keys, parents, value)

    return walk(data, "", (), ())


class Near(NamedTuple):
    """A value that a figure has up to an absolute tolerance."""

    value: float
    tolerance: float


def agrees(found: float | None, expected: "float | Near | None") -> bool:
    """Whether a figure is what its definition gives, up to rounding or the tolerance of the definition."""
    if found is None or expected is None:
        return found is None and expected is None
    if isinstance(expected, Near):
        return abs(found - expected.value) <= expected.tolerance
    return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12)


def texts_of(data: Any) -> Iterator[str]:
    """Yield the texts of a JSON document, such as names and titles."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping | list):
        for inner in data.values() if isinstance(data, Mapping) else data:
            yield from texts_of(inner)
