"""Every figure of every output has an entry in the registry, and is what its definition says over the draws.

A module of `recompute/` holds the command lines of an output (`CASES`), a function for each path (`FIGURES`), which takes the
draws and the figure, and for each label that is in the tables alone one that takes the draws and the document (`PRINTED`) and
returns all its numbers. Where the draws are not those of one scenario, `inputs` returns them for a case.
"""

from collections import defaultdict
from dataclasses import is_dataclass
from importlib import import_module

import pytest
from definitions.case import Case, draws_of
from definitions.figures import agrees, answer_of, figures_of, texts_of
from definitions.result_types import number_paths
from definitions.tables import Cell, cells_of, notes_of, numbers_in_title, prints

from simulator.core.formatting import to_words
from simulator.definitions import DEFINITIONS, definition_of, definitions_of, old_prices

OUTPUTS = tuple(dict.fromkeys(each.output for each in DEFINITIONS))
RECOMPUTATIONS = {output: import_module(f"definitions.recompute.{output}") for output in OUTPUTS}
CASES = [Case(line) for module in RECOMPUTATIONS.values() for line in module.CASES]
COMPARED_BASES = [case for case in CASES if case.output == "compare" and "--rent-or-buy" in case.arguments]

each_output = pytest.mark.parametrize("output", OUTPUTS)
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.line)


def paths_of(output):
    return {each.path for each in definitions_of(output) if each.path}


def figures(case):
    return list(figures_of(answer_of(case).document, paths_of(case.output)))


def inputs_of(case):
    return getattr(RECOMPUTATIONS[case.output], "inputs", draws_of)(case)


@each_case
def test_every_figure_has_an_entry(case):
    assert {figure.path for figure in figures(case) if definition_of(case.output, figure.path) is None} == set()


@each_output
def test_every_number_of_a_result_type_has_an_entry(output):
    """Whatever the options: figures that no case has are found by the types of the results."""
    types = {answer_of(case).result_type for case in CASES if case.output == output}
    without_draws = set(old_prices.NO_DRAWS) if output == "list" else set()
    assert set().union(*map(number_paths, filter(is_dataclass, types))) - paths_of(output) == without_draws


@each_case
def test_every_figure_is_what_its_definition_says(case):
    functions, draws, wrong = RECOMPUTATIONS[case.output].FIGURES, inputs_of(case), []
    for figure in figures(case):
        if figure.path in functions:  # the others have no entry, which is reported above
            expected = functions[figure.path](draws, figure)
            if not agrees(figure.value, expected):
                wrong.append((figure.place, figure.value, expected))
    assert wrong == []


@each_output
def test_every_entry_is_recomputed_in_a_case(output):
    found = {figure.path for case in CASES if case.output == output for figure in figures(case) if figure.value is not None}
    assert found >= paths_of(output)
    assert set(RECOMPUTATIONS[output].FIGURES) == paths_of(output)


UNITS = {"USD", "unit"}
"""Headers that are units, and that of units."""


def names_in(case):
    """Return the names in an answer, which are data: texts of the document and keys that are names, as they are printed."""
    names = {*texts_of(answer_of(case).document)}.union(*(map(str, figure.keys) for figure in figures(case)))
    return names.union(map(to_words, names), UNITS, getattr(RECOMPUTATIONS[case.output], "NAMES", ()))


@each_case
def test_every_label_of_a_table_has_an_entry(case):
    names = names_in(case)
    labels = {each.label for each in definitions_of(case.output)}
    texts = {(place, cell) for cell in cells_of(answer_of(case)) for place in ("row", "column") if getattr(cell, place)}

    def has_entry(place, cell):
        text = getattr(cell, place)
        alone = Cell("", text, "", "")
        return text in names or any(alone.has_label(part) for label in labels if label for part in label.split(" | "))

    assert {getattr(cell, place) for place, cell in texts if not has_entry(place, cell)} == set()


@each_case
def test_every_number_of_a_table_is_a_figure_of_its_label(case):
    """A number has an entry whose label it stands under, and is the value of that entry."""
    output, answer, draws = case.output, answer_of(case), inputs_of(case)
    values = defaultdict(list)
    for figure in figures(case):
        if figure.value is not None:
            values[figure.path].append(figure.value)
    document = answer.document
    for label, function in getattr(RECOMPUTATIONS[output], "PRINTED", {}).items():
        values[label] = list(function(draws, document))
    wrong, names = [], names_in(case)
    cells = [*cells_of(answer), *notes_of(answer)]
    for before, cell in zip([None, *cells], cells, strict=False):
        entries = [each for each in definitions_of(output) if cell.has_label(each.label)]
        candidates = [value for each in entries for value in values[each.path or each.label]]
        is_data = set(cell.text.split(" -> ")) <= names  # such as a specification of a prior
        is_data |= len(cell.text) > 20 and any(name.startswith(cell.text) for name in names)  # a text in short
        if not is_data and (cell.title or entries):  # a note without a label is text
            # An interval has the unit of the median before it.
            text = f"{before.text if before and before.title == cell.title else ''} {cell.text}"
            wrong += [(cell, number) for number in cell.numbers if not any(prints(number, each, text) for each in candidates)]
    assert wrong == []


@pytest.mark.parametrize("case", COMPARED_BASES, ids=lambda case: case.line)
def test_title_of_a_rent_or_buy_has_chips_time_and_use(case):
    answer = answer_of(case)
    title, data = next(cell.title for cell in cells_of(answer)), answer.document
    for path in ("chips", "horizon_months", "use"):
        (number,) = numbers_in_title(title, definition_of("compare", f"{path}.median").label)
        assert prints(number, data[path]["median"]), path


@each_output
def test_every_label_is_printed_in_a_case(output):
    cells = [cell for case in CASES if case.output == output for read in (cells_of, notes_of) for cell in read(answer_of(case))]
    labels = {each.label for each in definitions_of(output) if each.label}
    assert {label for label in labels if not any(cell.has_label(label) for cell in cells)} == set()
    only_printed = {each.label for each in definitions_of(output) if not each.path}
    assert {*getattr(RECOMPUTATIONS[output], "PRINTED", {})} == only_printed
