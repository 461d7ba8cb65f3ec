"""JavaScript from expression trees: one function over typed arrays for each shape of an expression."""

from collections.abc import Callable, Mapping

from simulator.engine.compile.expressions import Expression, Number, Operation, Quantity, quantities_of

_INFIX = {
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==", "not_equal": "!=",
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/",
}  # fmt: skip

_CALLS: Mapping[str, Callable[..., str]] = {
    "power": lambda a, b: f"Math.pow({a},{b})",
    "negative": lambda a: f"(-{a})",
    "absolute": lambda a: f"Math.abs({a})",
    "exp": lambda a: f"Math.exp({a})",
    "expm1": lambda a: f"Math.expm1({a})",
    "log": lambda a: f"Math.log({a})",
    "log1p": lambda a: f"Math.log1p({a})",
    "sqrt": lambda a: f"Math.sqrt({a})",
    "ceil": lambda a: f"Math.ceil({a})",
    "floor": lambda a: f"Math.floor({a})",
    "minimum": lambda a, b: f"Math.min({a},{b})",
    "maximum": lambda a, b: f"Math.max({a},{b})",
    "where": lambda condition, a, b: f"({condition}?{a}:{b})",
    "logical_and": lambda a, b: f"({a}&&{b}?1:0)",
    "logical_or": lambda a, b: f"({a}||{b}?1:0)",
    "logical_not": lambda a: f"({a}?0:1)",
}


def javascript_expression(expression: Expression, names: Mapping[str, str]) -> str:
    """Return an expression in JavaScript; `names` has what stands for each quantity.

    Every operation is in parentheses, so that operations happen in the order of the formula.
    """
    if isinstance(expression, Number):
        text = repr(expression.value).removesuffix(".0")
        return f"({text})" if expression.value < 0 else text
    if isinstance(expression, Quantity):
        return names[expression.name]
    assert isinstance(expression, Operation)
    rendered = [javascript_expression(each, names) for each in expression.arguments]
    if expression.operator in _INFIX:
        return f"({_INFIX[expression.operator].join(rendered)})"
    return _CALLS[expression.operator](*rendered)


def javascript_kernel(expression: Expression) -> tuple[str, tuple[str, ...]]:
    """Return a function that computes an expression for `n` draws, and the quantities that its arguments stand for.

    Its arguments are `n`, the array for the results, and one array for each quantity. Expressions of one shape over other
    quantities have the same function.
    """
    quantities = quantities_of(expression)
    arguments = [f"a{number}" for number in range(len(quantities))]
    body = javascript_expression(expression, {name: f"{each}[i]" for name, each in zip(quantities, arguments, strict=True)})
    parameters = ",".join(("n", "o", *arguments))
    return f"({parameters})=>{{for(let i=0;i<n;i++)o[i]={body}}}", quantities
