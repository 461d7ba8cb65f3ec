"""Spreadsheet formulas from expression trees, in functions that Excel and LibreOffice have in common."""

import re
from collections.abc import Callable, Iterable, Mapping

from simulator.engine.compile.expressions import Expression, Number, Operation, Quantity

_CELL = re.compile(r"[A-Za-z]{1,3}\d+|[Rr]\d*(?:[Cc]\d*)?|[Cc]\d*|(?i:true|false)")
_MAX_NAME = 200

_INFIX = {
    "less": ("<", 1), "less_equal": ("<=", 1), "greater": (">", 1), "greater_equal": (">=", 1),
    "equal": ("=", 1), "not_equal": ("<>", 1), "add": ("+", 2), "subtract": ("-", 2), "multiply": ("*", 3), "divide": ("/", 3),
}  # fmt: skip
"""Operators, with how tightly they bind. Powers and signs are always in parentheses: `-2^2` is 4 in a spreadsheet."""

_CALLS: Mapping[str, Callable[..., str]] = {
    "power": lambda a, b: f"POWER({a},{b})",
    "negative": lambda a: f"(-({a}))",
    "absolute": lambda a: f"ABS({a})",
    "exp": lambda a: f"EXP({a})",
    # EXP(x)-1 loses the digits of a small x; the hyperbolic functions do not.
    "expm1": lambda a: f"(2*EXP(({a})/2)*SINH(({a})/2))",
    "log": lambda a: f"LN({a})",
    "log1p": lambda a: f"(2*ATANH(({a})/(2+({a}))))",
    "sqrt": lambda a: f"SQRT({a})",
    "ceil": lambda a: f"(-INT(-({a})))",
    "floor": lambda a: f"INT({a})",
    "minimum": lambda a, b: f"MIN({a},{b})",
    "maximum": lambda a, b: f"MAX({a},{b})",
    "where": lambda condition, a, b: f"IF({condition},{a},{b})",
    "logical_and": lambda a, b: f"AND({a},{b})",
    "logical_or": lambda a, b: f"OR({a},{b})",
    "logical_not": lambda a: f"NOT({a})",
}


def spreadsheet_formula(expression: Expression, names: Mapping[str, str]) -> str:
    """Return the formula of an expression, without the leading `=`.

    Parameters
    ----------
    expression : Expression
        Tree over quantities.
    names : mapping of str to str
        What stands for each quantity: a defined name or a cell reference.

    """
    return _render(expression, names)[0]


def _render(expression: Expression, names: Mapping[str, str]) -> tuple[str, int]:
    """Return the text of an expression, and how tightly its outermost operator binds."""
    if isinstance(expression, Number):
        text = f"{expression.value!r}".upper().removesuffix(".0")
        return (f"({text})" if expression.value < 0 else text), 9
    if isinstance(expression, Quantity):
        return names[expression.name], 9
    assert isinstance(expression, Operation)
    rendered = [_render(each, names) for each in expression.arguments]
    if expression.operator not in _INFIX:
        return _CALLS[expression.operator](*(text for text, _ in rendered)), 9
    sign, binding = _INFIX[expression.operator]
    (left, left_binding), (right, right_binding) = rendered
    is_loose = right_binding < binding or (right_binding == binding and (binding == 1 or sign in "-/"))
    left = f"({left})" if left_binding < binding or (binding == 1 and left_binding == 1) else left
    # A product on the right keeps its parentheses, so that operations happen in the order of the formula.
    right = f"({right})" if is_loose or right_binding == binding else right
    return f"{left}{sign}{right}", binding


def spreadsheet_names(quantities: Iterable[str]) -> dict[str, str]:
    """Return a valid and unique defined name for each quantity, such as `team_fte` for `team.fte` and `FP8_` for `FP8`."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for quantity in quantities:
        base = re.sub(r"[^A-Za-z0-9_]", "_", quantity)[:_MAX_NAME]
        if not re.match(r"[A-Za-z_]", base):
            base = f"_{base}"
        name = f"{base}_" if _CELL.fullmatch(base) else base
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{base}_{number}"
        taken.add(name.casefold())
        names[quantity] = name
    return names
