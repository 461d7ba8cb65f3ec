"""Docstrings of the analyses and of their results: complete in the style of numpydoc, with examples."""

import doctest
import inspect

import pytest
from numpydoc.docscrape import ClassDoc, FunctionDoc
from python_reference import ERRORS, grouped

import llmcost

SUBJECTS = {"Decide", "Stress tests", "Sensitivity", "Evidence", "Your own records", "Figures", "The library"}
FUNCTIONS = [name for heading, names in grouped().items() if heading in SUBJECTS for name in names]
RESULTS = grouped()["Results of analyses"]
OWN_ERRORS = [
    "BadFitError", "ConditionError", "FigureUnavailableError", "NoDateError", "NoTrendError",
    "NothingToScoreError", "OccupiedFolderError", "SweepInterruptedError", "UnknownNameError",
]  # fmt: skip
WITHOUT_ERROR = {"figure_kinds", "list_api_prices", "list_chips", "list_levers", "list_models", "list_priors",
                 "list_quantities", "list_risks", "list_scenarios", "list_shocks", "scenario_schema"}  # fmt: skip
"""Functions without arguments."""


def missing_parts(function):
    """Return what the docstring of a function does not document: parameters, sections."""
    document = FunctionDoc(function)
    documented = {name.strip(" *") for each in document["Parameters"] for name in each.name.split(",")}
    missing = sorted(set(inspect.signature(function).parameters) ^ documented)
    missing += [
        f"type of {each.name}" for each in document["Parameters"] if not each.type and "As in" not in "".join(each.desc)
    ]
    sections = ["Summary", "Returns", "Examples", *([] if function.__name__ in WITHOUT_ERROR else ["Raises"])]
    return missing + [section for section in sections if not document[section]]


def raised(function):
    """Return the exceptions that a docstring names."""
    return [name.strip() for each in FunctionDoc(function)["Raises"] for name in (each.type or each.name).split(",")]


def number_of_examples(name):
    """Return the number of lines that the examples of a public name run."""
    found = doctest.DocTestFinder(recurse=False).find(getattr(llmcost, name), name, globs={})
    return sum(len(test.examples) for test in found)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_documents_arguments_result_and_errors(name):
    function = getattr(llmcost, name)
    assert missing_parts(function) == []
    assert all(issubclass(getattr(llmcost, error), llmcost.LlmcostError) for error in raised(function))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_documented_result_is_the_annotated_one(name):
    function = getattr(llmcost, name)
    annotation = inspect.signature(function).return_annotation
    documented = FunctionDoc(function)["Returns"][0].type
    written = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    assert documented.split()[0].rpartition(".")[2] == written


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_documents_its_attributes(name):
    document = ClassDoc(getattr(llmcost, name), config={"show_class_members": False})
    assert document["Summary"]
    assert document["Attributes"]
    assert document["Examples"]


@pytest.mark.parametrize("name", [*FUNCTIONS, *RESULTS, *OWN_ERRORS])
def test_examples_are_more_than_a_line(name):
    """`test_public_documentation.py` runs them, with those of all public names."""
    assert number_of_examples(name) > 1


def test_errors_are_public():
    assert set(OWN_ERRORS) <= set(grouped()[ERRORS])


def test_a_missing_part_is_seen():
    def incomplete(a, b):
        """Do something.

        Parameters
        ----------
        a
            Something.
        c : int
            Something else.

        Returns
        -------
        int

        """

    assert missing_parts(incomplete) == ["b", "c", "type of a", "Examples", "Raises"]
