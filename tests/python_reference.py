"""The reference of the Python package in docs/reference: `python tests/python_reference.py` writes python.md and results.md.

It is made from signatures and docstrings of every public name of `llmcost`. A test says when it is no longer up to date.
"""

import inspect
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

import result_types
from numpydoc.docscrape import ClassDoc, FunctionDoc, NumpyDocString, Parameter

import llmcost
from simulator.core.units import unit_of

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "python.md"
RESULTS_PAGE = PAGE.with_name("results.md")

HEAD = """# Python package

Reference, written by `python tests/python_reference.py` from the docstrings of `llmcost`; a test says when it is outdated. How
to use the package: [work in Python](../how-to/python.md).

- All exceptions that an argument can provoke derive from `LlmcostError`.
- A type checker finds the types of all functions (`py.typed`); `dir(llmcost)` lists the names.
- The types within results, such as `Contingency`, are names of `llmcost.results`: [types within results](results.md).
- Amounts are in the money of the scenario, other quantities in canonical units (hours, USD per chip-hour).
- A level of confidence is `0.9`, `90` or `"90%"`. A number of draws may be `1e5` or a NumPy scalar.
"""

GROUPS = {
    "Scenarios": (
        "simulator.api.scenarios", "simulator.engine.scenario", "simulator.scenario.overrides", "simulator.model.lines",
    ),
    "Priors": ("simulator.api.families", "simulator.api.composite", "simulator.api.prior", "simulator.engine.inputs"),
    "Runs and results": (
        "simulator.api.simulation", "simulator.api.result", "simulator.api.files", "simulator.io.run_summary",
        "simulator.io.risk_register",
    ),
    "Decide": (
        "simulator.api.decisions", "simulator.api.actuals", "simulator.api.risks", "simulator.api.comparisons",
        "simulator.api.sweep", "simulator.api.explore", "simulator.api.report", "simulator.api.workbook",
    ),
    "Stress tests": ("simulator.api.stress",),
    "Sensitivity": ("simulator.api.sensitivity",),
    "Evidence": ("simulator.api.evidence", "simulator.api.serving"),
    "Your own records": ("simulator.api.records",),
    "Figures": ("simulator.api.figure",),
    "The library": ("simulator.api.library", "simulator.api.citation"),
    "Results of analyses": (
        "simulator.analysis", "simulator.core.results", "simulator.evidence", "simulator.records", "simulator.report",
        "simulator.scenario.descriptions", "simulator.scenario.inspection",
    ),
}  # fmt: skip
"""The modules, or packages of modules, whose names stand under each heading."""
ERRORS, UNITS = "Errors", "Units"


def written() -> str:
    """Return the page as the package makes it today."""
    parts = [HEAD, _index()]
    for heading, names in grouped().items():
        parts += [f"## {heading}\n", *(entry(name) for name in names)]
    parts += [f"## {UNITS}\n", _units()]
    return "\n".join(parts).rstrip() + "\n"


def grouped() -> dict[str, list[str]]:
    """Return the public names under their headings; raises `KeyError` for a name that belongs to none."""
    found: dict[str, list[str]] = {heading: [] for heading in (*GROUPS, ERRORS)}
    for name in llmcost.__all__:
        value = getattr(llmcost, name)
        if name != "__version__" and not inspect.ismodule(value):
            found[_heading(name, value)].append(name)
    return found


def _heading(name: str, value: type) -> str:
    if inspect.isclass(value) and issubclass(value, Exception):
        return ERRORS
    for heading, modules in GROUPS.items():
        if any(value.__module__ == module or value.__module__.startswith(f"{module}.") for module in modules):
            return heading
    raise KeyError(f"{name} of {value.__module__} stands under no heading: add the module to GROUPS")


def _index() -> str:
    """Return a table of the headings with their names."""
    rows = [f"| {heading} | {', '.join(f'`{name}`' for name in names)} |" for heading, names in grouped().items()]
    return "\n".join(["| subject | names |", "|---|---|", *rows, ""])


def entry(name: str) -> str:
    """Return the section of one public name."""
    value = getattr(llmcost, name)
    is_class = inspect.isclass(value)
    document = ClassDoc(value, config={"show_class_members": False}) if is_class else FunctionDoc(value)
    parts = [f"### `{name}`\n"]
    if not is_class or (document["Parameters"] and not issubclass(value, Exception)):
        parts.append(f"```python\n{signature(name, value)}\n```\n")
    parts += sections(document)
    if is_class:
        parts += list(_methods(value))
    return "\n".join(parts)


def signature(name: str, value: object) -> str:
    """Return the call of a function or class with the defaults of its arguments, wrapped where it is long."""
    parameters = [each for each in inspect.signature(value).parameters.values() if each.name != "self"]  # type: ignore[arg-type]
    texts = [str(each.replace(annotation=inspect.Parameter.empty)) for each in parameters]
    keywords = [number for number, each in enumerate(parameters) if each.kind is inspect.Parameter.KEYWORD_ONLY]
    if keywords and not any(each.kind is inspect.Parameter.VAR_POSITIONAL for each in parameters):
        texts.insert(keywords[0], "*")
    lines, line = [], f"{name}("
    for number, text in enumerate(texts):
        piece = text + (", " if number < len(texts) - 1 else "")
        if len(line) + len(piece) > 100:
            lines.append(line.rstrip())
            line = "    "
        line += piece
    return "\n".join([*lines, f"{line})"])


def sections(document: NumpyDocString) -> Iterator[str]:
    """Yield the sections of a docstring as Markdown."""
    yield _text([*document["Summary"], "", *document["Extended Summary"]])
    for title in ("Parameters", "Attributes", "Returns", "Raises"):
        if document[title]:
            yield f"**{title}**\n"
            yield "\n".join(_item(each) for each in document[title]) + "\n"
    if document["See Also"]:
        names = [name for each, _ in document["See Also"] for name, _ in each]
        yield f"**See also**: {', '.join(f'`{name}`' for name in names)}\n"
    if document["Notes"]:
        yield "**Notes**\n"
        yield _text(document["Notes"])
    if document["Examples"]:
        yield "\n".join(["```pycon", *_without_import(document["Examples"]), "```\n"])


def _item(parameter: Parameter) -> str:
    name = f"`{parameter.name}`" if parameter.name else ""
    kind = f"{name}: {parameter.type}" if name and parameter.type else name or f"`{parameter.type}`"
    about = " ".join(line.strip() for line in parameter.desc).strip()
    return f"- {kind}" + (f". {_markdown(about)}" if about else "")


def _text(lines: Iterable[str]) -> str:
    return _markdown("\n".join(lines).strip()) + "\n"


def _markdown(text: str) -> str:
    return text.replace("``", "`")


def _without_import(lines: list[str]) -> list[str]:
    """Return an example without the import, which the page need not repeat."""
    return [line for line in lines if line.strip() != ">>> import llmcost"]


def _methods(value: type) -> Iterator[str]:
    """Yield the public methods and properties of a class, each with the first sentence of its docstring."""
    inherited = set(dir(llmcost.AnalysisResult)) if value is not llmcost.AnalysisResult else set()
    rows = []
    for name in sorted(name for name in dir(value) if not name.startswith("_") and not _is_foreign(value, name)):
        if name in inherited and issubclass(value, llmcost.AnalysisResult):
            continue
        attribute = inspect.getattr_static(value, name)
        if isinstance(attribute, property | cached_property):
            rows.append(f"- `{name}`: {_first_sentence(attribute)}")
        elif isinstance(attribute, classmethod | staticmethod) or inspect.isfunction(attribute):
            call = signature(name, getattr(value, name)).replace("\n   ", "")
            rows.append(f"- `{call}`: {_first_sentence(getattr(value, name))}")
    if issubclass(value, llmcost.AnalysisResult) and inherited:
        rows.append("- and those of `AnalysisResult`")
    if rows:
        yield "**Methods**\n"
        yield "\n".join(rows) + "\n"


def _first_sentence(attribute: object) -> str:
    return _markdown(" ".join((inspect.getdoc(attribute) or "").partition("\n\n")[0].split()))


def _is_foreign(value: type, name: str) -> bool:
    """Whether a attribute is one of Python's own types, such as those of all exceptions."""
    owner = next(each for each in value.__mro__ if name in vars(each))
    return not owner.__module__.startswith(("simulator", "llmcost"))


def _units() -> str:
    """Return the types of `llmcost.units` with the unit of each."""
    rows = []
    for name in llmcost.units.__all__:
        unit = unit_of(getattr(llmcost.units, name))
        if unit is not None:
            rows.append(f"| `{name}` | {unit.text} |")
    about = "`llmcost.units` has the annotations of own formulas: each is a number or an array of numbers in a unit.\n"
    return "\n".join([about, "| type | unit |", "|---|---|", *rows, ""])


if __name__ == "__main__":
    for path, text in ((PAGE, written()), (RESULTS_PAGE, result_types.page())):
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote {path}\n")
