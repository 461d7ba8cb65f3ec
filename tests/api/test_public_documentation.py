"""Documentation of the public names: complete by the numpydoc standard, with examples that are run here."""

import doctest
import inspect
import warnings
from functools import cached_property

import pytest
from numpydoc.docscrape import NumpyDocString
from numpydoc.validate import validate

import llmcost

NAMES = [name for name in llmcost.__all__ if name not in ("__version__", "results", "units")]
CLASSES = [name for name in NAMES if inspect.isclass(getattr(llmcost, name))]
FUNCTIONS = [name for name in NAMES if name not in CLASSES]
OWN_METHODS = ("Result", "OpenScenario", "Prior")
METHODS = [
    f"{name}.{method}"
    for name in OWN_METHODS
    for method, value in vars(getattr(llmcost, name)).items()
    if not method.startswith("_") and inspect.isfunction(value)
]
PROPERTIES = [
    f"{name}.{attribute}"
    for name in OWN_METHODS
    for attribute, value in vars(getattr(llmcost, name)).items()
    if not attribute.startswith("_") and isinstance(value, property | cached_property)
]
REQUIRED = {
    "GL08": "has no docstring",
    "SS01": "has no summary",
    "SS02": "has a summary that does not begin with a capital letter",
    "SS04": "has a summary with leading spaces",
    "GL06": "has an unknown section",
    "GL07": "has sections in the wrong order",
    "PR01": "has parameters that are not documented",
    "PR02": "documents parameters that it has not",
    "PR07": "has a parameter without description",
    "PR10": "has no space before the colon of a parameter",
    "RT01": "has no section Returns",
    "EX01": "has no example",
}
"""Errors of `numpydoc.validate` that fail; the others concern layout."""


def value_of(name):
    """Return the object of a dotted public name."""
    value = llmcost
    for part in name.split("."):
        value = getattr(value, part)
    return value


def sections(value):
    return NumpyDocString(inspect.cleandoc(value.__doc__ or ""))


def documented(kind):
    """Return the parameters and attributes that a class and its bases document."""
    names = set()
    for base in kind.__mro__[:-1]:
        if "__doc__" in vars(base) and base.__module__.startswith(("simulator", "llmcost")):
            docs = sections(base)
            entries = [*docs["Parameters"], *docs["Attributes"]]
            names |= {part.strip().lstrip("*") for each in entries for part in each.name.split(",")}
    return names


@pytest.mark.parametrize("name", [*FUNCTIONS, *METHODS])
def test_a_function_is_documented_completely(name):
    found = {code: text for code, text in validate(f"llmcost.{name}")["errors"] if code in REQUIRED}
    assert found == {}
    value, docs = value_of(name), sections(value_of(name))
    untyped = [each.name for each in docs["Parameters"] if not each.type and not " ".join(each.desc).startswith("As in")]
    assert untyped == []
    parameters = set(inspect.signature(value).parameters) - {"self"}
    if parameters and name not in CANNOT_FAIL:
        assert docs["Raises"], "has no section Raises"
        names = [part for each in docs["Raises"] for part in each.type.split(", ")]
        assert all(issubclass(getattr(llmcost, each), llmcost.LlmcostError) for each in names)


CANNOT_FAIL = {"OpenScenario.without_shocks"}


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_is_documented_completely(name):
    kind = value_of(name)
    skipped = {"PR01", "PR02", "PR07", "RT01"}
    found = {code: text for code, text in validate(f"llmcost.{name}")["errors"] if code in REQUIRED.keys() - skipped}
    assert found == {}
    inherits = issubclass(kind, Exception) and "__init__" not in vars(kind)
    parameters = set() if inherits else set(inspect.signature(kind).parameters)
    assert parameters - documented(kind) == set()


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_property_has_a_docstring(name):
    owner, _, attribute = name.partition(".")
    value = inspect.getattr_static(value_of(owner), attribute)
    assert (value.__doc__ or "").strip()


def examples():
    finder = doctest.DocTestFinder(recurse=False)
    for name in [*NAMES, *METHODS]:
        for each in finder.find(value_of(name), name, module=False, globs={}):
            if each.examples:
                yield pytest.param(each, id=name)


def test_every_name_has_an_example():
    assert {each.id for each in examples()} == {*NAMES, *METHODS}


WITH_AN_EMPTY_LINE = {"OpenScenario.to_yaml"}
"""Names whose examples print an empty line at the end, which they do not show."""


@pytest.mark.parametrize("example", list(examples()))
def test_an_example_gives_what_it_says(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    flags = doctest.NORMALIZE_WHITESPACE if example.name in WITH_AN_EMPTY_LINE else 0
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS | flags)
    messages = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        runner.run(example, out=messages.append)
    assert not messages, "".join(messages)
