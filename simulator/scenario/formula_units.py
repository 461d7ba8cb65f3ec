"""The units of a user's formulas, checked by evaluating each once with units.

A number in a formula may stand for an amount with a unit, such as 1e6 USD. Units of a formula with such numbers are not known,
so that a contradiction is a note there, and an error where there are none.
"""

import contextlib
import inspect
import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

from simulator.core import units
from simulator.core.units import Unit
from simulator.engine.graph import Formula

_NEUTRAL = frozenset({0, 1, -1, 2, -2, 0.5})
"""Numbers that are no amounts: signs, differences from one, powers and halves."""


class UnitFinding(NamedTuple):
    """What is wrong with the units of a formula, and whether that is certain."""

    message: str
    is_error: bool


def check_units(function: Callable[..., Any], formula: Formula, unit_of: Mapping[str, Unit]) -> UnitFinding | None:
    """Return what is wrong with the units of a formula, or None."""
    texts = tuple(unit_of[name].text for name in formula.needs)
    lows = tuple(unit_of[name].low for name in formula.needs)
    try:
        return _check(function, texts, lows, formula.unit.text, formula.name)
    except TypeError:  # a callable object without a hash
        return _check.__wrapped__(function, texts, lows, formula.unit.text, formula.name)


@lru_cache(maxsize=512)
def _check(
    function: Callable[..., Any], texts: tuple[str, ...], lows: tuple[float, ...], target: str, name: str
) -> UnitFinding | None:
    problem, is_certain = _contradiction(function, texts, lows, target)
    if not problem:
        return None
    amounts = list(dict.fromkeys(f"{number:g}" for number in _numbers(function) if number not in _NEUTRAL))
    if not amounts and is_certain:
        return UnitFinding(f"formula {name}: {problem}", is_error=True)
    if not amounts:
        return UnitFinding(f"the units of formula {name} are not checked: {problem}", is_error=False)
    listed = ", ".join(amounts[:3]) + (" and others" if amounts[3:] else "")
    reason = f"because it holds the numbers {listed}; give them as parameters with units"
    return UnitFinding(f"the units of formula {name} are not known, {reason}", is_error=False)


def _contradiction(
    function: Callable[..., Any], texts: tuple[str, ...], lows: tuple[float, ...], target: str
) -> tuple[str, bool]:
    """Return what is wrong with the units of a result, and whether it is the units; an empty text if nothing is."""
    try:
        registry = units.registry()
        values = [np.array([0.6, 0.7]) + max(low, 0.0) for low in lows]
        arguments = [registry.Quantity(value, _pint_unit(text)) for value, text in zip(values, texts, strict=True)]
        wanted = registry.Quantity(1.0, _pint_unit(target))
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            warnings.simplefilter("error")
            result = function(*arguments)
        if not hasattr(result, "dimensionality"):
            numbers = np.asarray(result, dtype=float)
            if not np.any(numbers[np.isfinite(numbers)]):
                return "", True  # zero and undefined values have any unit
            result = registry.Quantity(result, "dimensionless")
        if result.dimensionality == wanted.dimensionality:
            return "", True
        return f"returns {_readable(result)}, and is annotated with {'a plain number' if target == '1' else target}", True
    except (Exception, SystemExit) as error:
        if type(error).__name__ == "DimensionalityError":
            return f"adds, compares or transforms values of different units: {' '.join(str(error).split())}", True
        return f"with units it fails ({type(error).__name__})", False


def _pint_unit(text: str) -> str:
    return "dimensionless" if text == "1" else text


def _readable(result: Any) -> str:
    return "a plain number" if result.dimensionless else str(result.units).replace(" ", "")


def _numbers(function: Callable[..., Any]) -> Iterator[float]:
    """Yield the numbers in the code of a function, and those of its module and its closure that it names."""
    plain = inspect.unwrap(function)
    code = getattr(plain, "__code__", None)
    if code is None:
        yield float("nan")  # unknown code
        return
    yield from _numbers_of_code(code)
    cells = inspect.getclosurevars(plain)
    for value in (*cells.globals.values(), *cells.nonlocals.values()):
        if type(value) is not bool and isinstance(value, int | float | np.number | np.ndarray):
            yield from np.ravel(np.asarray(value, dtype=float)).tolist()[:10]


def _numbers_of_code(code: CodeType) -> Iterator[float]:
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from _numbers_of_code(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield float(value)
        elif isinstance(value, tuple):
            yield from (float(each) for each in value if isinstance(each, int | float) and not isinstance(each, bool))
