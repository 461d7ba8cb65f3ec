"""The types that public results consist of, and the reference of those that are no results themselves."""

import dataclasses
import inspect
import itertools
import typing
from collections.abc import Iterator

from numpydoc.docscrape import ClassDoc, Parameter

import llmcost

HEAD = """# Types within results

Reference, written by `python tests/python_reference.py` from the docstrings of `llmcost.results`; a test says when it is
outdated. The results themselves: [Python package](python.md). `from llmcost.results import Contingency` serves annotations.

`to_dataframe("contingency")` of a result returns a part with several items as a data frame, with a column for each field.
"""
HEADINGS = {
    "Statistics": ("simulator.analysis.statistics", "simulator.engine"),
    "Runs": ("simulator.io",),
    "Budget": (
        "simulator.analysis.budget", "simulator.analysis.allocation", "simulator.analysis.overruns",
        "simulator.analysis.spread",
    ),
    "Cost and date": (
        "simulator.analysis.joint", "simulator.analysis.cashflow", "simulator.analysis.actuals", "simulator.analysis.times",
    ),
    "Comparisons": (
        "simulator.analysis.compare", "simulator.analysis.explanation", "simulator.analysis.input_differences",
        "simulator.analysis.token_costs", "simulator.analysis.own_chips", "simulator.analysis.latency",
        "simulator.analysis.portfolio", "simulator.analysis.rent_or_buy_results",
    ),
    "Levers and shocks": ("simulator.analysis.lever_results", "simulator.analysis.applicability"),
    "Stress tests": ("simulator.analysis.stress",),
    "Sensitivity": ("simulator.analysis.sensitivity",),
    "Sweep": ("simulator.analysis.sweep",),
    "Evidence": ("simulator.evidence",),
    "Your own records": ("simulator.records",),
    "The library": ("simulator.scenario", "simulator.analysis.old_prices"),
}  # fmt: skip
"""The modules, or packages of modules, whose types stand under each heading."""


def reachable() -> list[type]:
    """Return the types with fields that the fields and methods of public results lead to, without the public names."""
    found: list[type] = []
    for root in _roots():
        _add(root, found)
    public = {getattr(llmcost, name) for name in llmcost.__all__}
    return [each for each in found if each not in public]


def _roots() -> Iterator[type]:
    for name in llmcost.__all__:
        value = getattr(llmcost, name)
        if inspect.isclass(value) and issubclass(value, llmcost.AnalysisResult):
            yield value
        if name.startswith("list_"):
            yield from _types(typing.get_type_hints(value)["return"])


def _types(annotation: object) -> Iterator[type]:
    parts = typing.get_args(annotation)
    if not parts and isinstance(annotation, type):
        yield annotation
    for part in parts:
        yield from _types(part)


def _add(kind: type, found: list[type]) -> None:
    is_record = dataclasses.is_dataclass(kind) or (issubclass(kind, tuple) and hasattr(kind, "_fields"))
    if kind in found or not is_record or kind is llmcost.Source:
        return
    found.append(kind)
    for each in [*(annotation for _, annotation in annotations(kind)), *_returned(kind)]:
        for part in _types(each):
            _add(part, found)


def annotations(kind: type) -> list[tuple[str, object]]:
    """Return name and type of each field that is in the data of a type."""
    if dataclasses.is_dataclass(kind):
        return [(each.name, each.type) for each in dataclasses.fields(kind) if each.metadata.get("in_data", True)]
    return list(typing.get_type_hints(kind).items())


def _returned(kind: type) -> Iterator[object]:
    """Yield what the methods and properties of a type return."""
    for name, value in inspect.getmembers(kind):
        function = value.fget if isinstance(value, property) else value
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        try:
            yield typing.get_type_hints(function).get("return")
        except NameError:  # of a package that is imported only for type checkers
            continue


def described_fields(kind: type) -> dict[str, Parameter]:
    """Return the description of each field, from the docstring of the class or of the first base that has one."""
    found: dict[str, Parameter] = {}
    for base in kind.__mro__:
        if "__doc__" in vars(base) and base.__module__.startswith("simulator"):
            document = ClassDoc(base, config={"show_class_members": False})
            for each in document["Attributes"]:
                for name in each.name.split(","):
                    found.setdefault(name.strip(), each)
    return found


def page() -> str:
    """Return the reference of the types."""
    parts = [HEAD]
    for heading, modules in HEADINGS.items():
        kinds = [getattr(llmcost.results, name) for name in llmcost.results.__all__]
        parts.append(f"## {heading}\n")
        parts += [_entry(each) for each in kinds if heading_of(each) == heading]
        assert modules
    return "\n".join(parts).rstrip() + "\n"


def heading_of(kind: type) -> str:
    """Return the heading of a type; raises `KeyError` if it has none."""
    for heading, modules in HEADINGS.items():
        if any(kind.__module__ == module or kind.__module__.startswith(f"{module}.") for module in modules):
            return heading
    raise KeyError(f"{kind.__name__} of {kind.__module__} stands under no heading: add the module to HEADINGS")


def _entry(kind: type) -> str:
    """Return the section of one type: its summary and its fields."""
    document = ClassDoc(kind, config={"show_class_members": False})
    text = "\n".join([*document["Summary"], "", *document["Extended Summary"]]).strip()
    described, rows = described_fields(kind), []
    for each, group in itertools.groupby(annotations(kind), lambda row: described.get(row[0])):
        fields = list(group)
        about = "" if each is None else " ".join(line.strip() for line in each.desc).strip()
        shown = each.type if each is not None and each.type else _type_text(fields[0][1])
        names = ", ".join(f"`{name}`" for name, _ in fields)
        rows.append(f"- {names}: {shown}" + (f". {about}" if about else ""))
    return f"### `{kind.__name__}`\n\n{text}\n\n".replace("``", "`") + "\n".join(rows).replace("``", "`") + "\n"


def _type_text(annotation: object) -> str:
    """Return an annotation as a reader writes it, without modules."""
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return "None" if annotation is type(None) else annotation.__name__
    parts = typing.get_args(annotation)
    if not parts:
        return str(annotation)
    origin = typing.get_origin(annotation)
    if isinstance(origin, type) and issubclass(origin, typing.Collection):
        items = [_type_text(part) for part in parts if part is not Ellipsis]
        return f"{origin.__name__.lower()} of {' to '.join(items) if len(items) > 1 and origin is not tuple else items[0]}"
    return " or ".join(_type_text(part) for part in parts)
