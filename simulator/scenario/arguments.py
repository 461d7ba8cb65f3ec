"""Arguments from Python that override parts of a scenario, in the form that the layers take, and their names in messages."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NoReturn, TypeAlias

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.formatting import one_line
from simulator.scenario.layers import Assignment
from simulator.scenario.plain import node_of_value, number_text

Pair: TypeAlias = tuple[str, str]
Sets: TypeAlias = Mapping[str, object] | Iterable[str]
"""Values by name, or texts `NAME=VALUE`."""

_ARGUMENTS = {
    "--set": "sets", "--lever": "levers", "--shock": "shocks", "--basis": "basis", "--budget": "budget",
    "--correlation": "correlations", "--formulas": "formulas", "--money": "money", "--rate": "rates",
}  # fmt: skip
"""Arguments of functions by the options of the command line that correspond to them."""


def assignments_of(sets: Sets | None) -> tuple[str | Assignment, ...]:
    """Return settings: the values of a mapping as nodes, texts as they are; raise `InvalidInputError` for anything else."""
    if sets is None:
        return ()
    if isinstance(sets, Mapping):
        return tuple(_assignment(name, value) for name, value in sets.items())
    return texts_of(sets, "sets", "NAME=VALUE, or a mapping of names to values")


def _assignment(name: object, value: object) -> Assignment:
    if not isinstance(name, str) or not name.strip():
        _refuse("sets", f"a name must be text, not {one_line(repr(name))}")
    try:
        return Assignment(name.strip(), node_of_value(name.strip(), value, f"--set {name.strip()}"))
    except InvalidInputError as error:
        raise InvalidInputError([name_argument(issue) for issue in error.issues]) from None


def money_of(money: str | None, rates: Mapping[str, float] | None) -> tuple[Assignment, ...]:
    """Return the money of the outputs and exchange rates as settings."""
    settings: list[Assignment] = []
    if money is not None:
        if not isinstance(money, str):
            _refuse("money", f"must be text such as '2026 EUR', not {one_line(repr(money))}")
        settings.append(_named("money", money))
    if rates is not None:
        if not isinstance(rates, Mapping):
            _refuse("rates", f"must map currencies to units for one USD, as in {{'EUR': 0.86}}, not {one_line(repr(rates))}")
        settings.append(_named("rates", rates))
    return tuple(settings)


def _named(name: str, value: object) -> Assignment:
    try:
        return Assignment(name, node_of_value(name, value, name))
    except InvalidInputError as error:
        raise InvalidInputError([replace(issue, key="") for issue in error.issues]) from None


def names_of(names: str | Iterable[str], argument: str) -> tuple[str, ...]:
    """Return names of levers or shocks, of which a text is one."""
    return texts_of(names, argument, "a name or several names")


def texts_of(texts: str | Iterable[str], argument: str, form: str) -> tuple[str, ...]:
    """Return texts, of which there may be one alone; raise `InvalidInputError` for anything that is none."""
    listed = (texts,) if isinstance(texts, str) or not isinstance(texts, Iterable) else tuple(texts)
    for each in listed:
        if not isinstance(each, str):
            _refuse(argument, f"must be {form}, not {one_line(repr(each))}")
    return listed


def basis_of(basis: str) -> str:
    """Return the name of a basis."""
    if not isinstance(basis, str):
        _refuse("basis", f"must be owned, purchased or rented, not {one_line(repr(basis))}")
    return basis


def amount_of(budget: str | float) -> str:
    """Return a budget as text."""
    text = budget if isinstance(budget, str) else number_text(budget)
    return text or _refuse("budget", f"must be an amount such as 12e6 or '10e6 EUR', not {one_line(repr(budget))}")


def correlations_of(correlations: Mapping[Pair, float] | None) -> dict[Pair, float]:
    """Return rank correlations by pairs of names in alphabetical order, so that a later one replaces an earlier one."""
    if correlations is None:
        return {}
    if not isinstance(correlations, Mapping):
        _refuse("correlations", f"must be a mapping such as {{('mfu', 'chip_price'): 0.5}}, not {one_line(repr(correlations))}")
    ranks: dict[Pair, float] = {}
    for pair, rank in correlations.items():
        first, second = _pair(pair)
        text = number_text(rank)
        if not text or not -1 <= float(text) <= 1:
            message = f"the rank correlation of {first} and {second} must be a number from -1 to 1"
            _refuse("correlations", f"{message}, not {one_line(repr(rank))}")
        if (first, second) in ranks:
            _refuse("correlations", f"{first} and {second} are correlated twice; keep one")
        ranks[first, second] = float(text)
    return ranks


def _pair(names: object) -> Pair:
    """Return a pair of names in alphabetical order."""
    if not isinstance(names, tuple) or len(names) != 2 or not all(isinstance(name, str) for name in names):
        _refuse("correlations", f"{one_line(repr(names))} must be a pair of names, such as ('mfu', 'chip_price')")
    first, second = sorted(names)
    return first, second


def formulas_of(formulas: Callable[..., Any] | Iterable[Callable[..., Any]]) -> tuple[Callable[..., Any], ...]:
    """Return formulas, of which there may be one alone."""
    listed = (formulas,) if callable(formulas) or not isinstance(formulas, Iterable) else tuple(formulas)
    for each in listed:
        if not (callable(each) and hasattr(each, "__name__")) or isinstance(each, type):
            _refuse("formulas", f"must be functions with units for all values, not {one_line(repr(each))}")
    return listed


def name_argument(issue: Issue) -> Issue:
    """Return an issue with an option of the command line, whose place names the argument of a function instead."""
    name = _ARGUMENTS.get(issue.place.file.partition(" ")[0])
    if name is None:
        return issue
    key = "" if issue.key in (name, "dependence") else issue.key
    return replace(issue, place=Place(name, path=issue.place.path), key=key)


def _refuse(argument: str, message: str) -> NoReturn:
    raise InvalidInputError([Issue(Place(argument), "", message)])
