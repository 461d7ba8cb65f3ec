"""Expression trees of formulas, which every target of the compiler translates.

A formula is called once with expressions in place of numbers, and records the operations on them. So a formula compiles if it
is a function of its arguments made of these, in any combination:

- arithmetic: `+ - * / ** abs`, and comparisons `< <= > >= == !=`, joined by `&`, `|` and `~`;
- of numpy: `exp expm1 log log1p sqrt abs ceil floor square power minimum maximum clip where`, and the functions of the
  operators, such as `divide` and `logical_and`; `zeros_like`, `ones_like` and `full_like`;
- calls of functions that are made of these, loops over the arguments, names, and `if` on what is no quantity.

It does not compile if it tests a quantity with `if`, `and` or `min`, indexes draws, or calls anything else with a quantity.
"""

import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.core.errors import LlmcostError
from simulator.core.units import Value


class UncompilableFormulaError(LlmcostError, ValueError):
    """A formula that is not in the subset of Python that compiles."""


class Expression:
    """A node of an expression tree. Nodes are compared by identity, because a node may have several users."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __add__(self, other: Any) -> "Expression":
        return operation("add", self, other)

    def __radd__(self, other: Any) -> "Expression":
        return operation("add", other, self)

    def __sub__(self, other: Any) -> "Expression":
        return operation("subtract", self, other)

    def __rsub__(self, other: Any) -> "Expression":
        return operation("subtract", other, self)

    def __mul__(self, other: Any) -> "Expression":
        return operation("multiply", self, other)

    def __rmul__(self, other: Any) -> "Expression":
        return operation("multiply", other, self)

    def __truediv__(self, other: Any) -> "Expression":
        return operation("divide", self, other)

    def __rtruediv__(self, other: Any) -> "Expression":
        return operation("divide", other, self)

    def __pow__(self, other: Any) -> "Expression":
        return operation("power", self, other)

    def __rpow__(self, other: Any) -> "Expression":
        return operation("power", other, self)

    def __neg__(self) -> "Expression":
        return operation("negative", self)

    def __pos__(self) -> "Expression":
        return self

    def __abs__(self) -> "Expression":
        return operation("absolute", self)

    def __lt__(self, other: Any) -> "Expression":
        return operation("less", self, other)

    def __le__(self, other: Any) -> "Expression":
        return operation("less_equal", self, other)

    def __gt__(self, other: Any) -> "Expression":
        return operation("greater", self, other)

    def __ge__(self, other: Any) -> "Expression":
        return operation("greater_equal", self, other)

    def __eq__(self, other: object) -> "Expression":  # type: ignore[override]
        return operation("equal", self, other)

    def __ne__(self, other: object) -> "Expression":  # type: ignore[override]
        return operation("not_equal", self, other)

    def __and__(self, other: Any) -> "Expression":
        return operation("logical_and", self, other)

    def __rand__(self, other: Any) -> "Expression":
        return operation("logical_and", other, self)

    def __or__(self, other: Any) -> "Expression":
        return operation("logical_or", self, other)

    def __ror__(self, other: Any) -> "Expression":
        return operation("logical_or", other, self)

    def __invert__(self) -> "Expression":
        return operation("logical_not", self)

    def __bool__(self) -> bool:
        raise UncompilableFormulaError("it tests a quantity with `if`, `and`, `or`, `min` or `max`; use np.where or np.minimum")

    def __float__(self) -> float:
        raise UncompilableFormulaError("it makes a plain number of a quantity, as `float` and `math` do; use numpy")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *arguments: Any, **options: Any) -> "Expression":
        """Record a numpy operation."""
        name = _UFUNCS.get(ufunc.__name__, ufunc.__name__)
        if method != "__call__" or options or name not in (*OPERATORS, "square"):
            what = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
            raise UncompilableFormulaError(f"it calls np.{what}{' with options' if options else ''}")
        if name == "square":
            return operation("multiply", arguments[0], arguments[0])
        return operation(name, *arguments)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> "Expression":
        """Record a numpy function that is no elementwise operation of its own."""
        build = _FUNCTIONS.get(function.__name__)
        if build is None or options:
            raise UncompilableFormulaError(f"it calls np.{function.__name__}{' with options' if options else ''}")
        try:
            return build(*arguments)
        except TypeError:
            raise UncompilableFormulaError(f"it calls np.{function.__name__} with {len(arguments)} arguments") from None


@dataclass(frozen=True, slots=True, eq=False)
class Number(Expression):
    """A constant."""

    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Quantity(Expression):
    """A quantity by name: an input, or the result of an earlier step."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Operation(Expression):
    """An operation of `OPERATORS` on expressions. Its depth is the number of operations on its longest path."""

    operator: str
    arguments: tuple[Expression, ...]
    depth: int


OPERATORS: Mapping[str, Callable[..., Any]] = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide, "power": np.power,
    "negative": np.negative, "absolute": np.absolute, "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p,
    "sqrt": np.sqrt, "ceil": np.ceil, "floor": np.floor, "minimum": np.minimum, "maximum": np.maximum, "where": np.where,
    "less": np.less, "less_equal": np.less_equal, "greater": np.greater, "greater_equal": np.greater_equal,
    "equal": np.equal, "not_equal": np.not_equal,
    "logical_and": np.logical_and, "logical_or": np.logical_or, "logical_not": np.logical_not,
}  # fmt: skip
"""The operations of expression trees, each with the function of numpy that it stands for."""

_UFUNCS = {"true_divide": "divide", "fabs": "absolute", "float_power": "power",
           "bitwise_and": "logical_and", "bitwise_or": "logical_or", "invert": "logical_not"}  # fmt: skip

_FUNCTIONS: Mapping[str, Callable[..., Expression]] = {
    "where": lambda condition, a, b: operation("where", condition, a, b),
    "clip": lambda value, low, high: operation("minimum", operation("maximum", value, low), high),
    "zeros_like": lambda like: Number(0.0),
    "ones_like": lambda like: Number(1.0),
    "full_like": lambda like, value: as_expression(value),
}


def as_expression(value: Any) -> Expression:
    """Return an expression as it is, and a finite number as a constant."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, np.ndarray) and value.ndim == 0 and isinstance(value.item(), Expression):
        inner: Expression = value.item()
        return inner
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise UncompilableFormulaError(f"it computes with {type(value).__name__}, which is no number") from None
    if not math.isfinite(number):
        raise UncompilableFormulaError(f"it computes with {number}, which is no finite number")
    return Number(number)


def operation(name: str, *values: Any) -> Expression:
    """Return the tree of an operation; a neutral or constant one is simplified, as quantities are finite."""
    arguments = tuple(map(as_expression, values))
    numbers = [each.value for each in arguments if isinstance(each, Number)]
    if len(numbers) == len(arguments):
        with np.errstate(all="ignore"):
            constant = float(OPERATORS[name](*numbers))
        if math.isfinite(constant):
            return Number(constant)
    if numbers and len(arguments) == 2:
        simple = _simplify(name, *arguments)
        if simple is not None:
            return simple
    depth = 1 + max(each.depth if isinstance(each, Operation) else 0 for each in arguments)
    return Operation(name, arguments, depth)


def _simplify(name: str, first: Expression, second: Expression) -> Expression | None:
    """Return the simpler equivalent of an operation with a constant, or None."""
    if name == "multiply" and (_is(first, 0) or _is(second, 0)):
        return Number(0.0)
    if (name == "multiply" and _is(first, 1)) or (name == "add" and _is(first, 0)):
        return second
    if (name in ("multiply", "divide", "power") and _is(second, 1)) or (name in ("add", "subtract") and _is(second, 0)):
        return first
    return None


def _is(expression: Expression, value: float) -> bool:
    return isinstance(expression, Number) and expression.value == value


def trace(function: Callable[..., Any], needs: Sequence[str]) -> Expression:
    """Return the expression tree of a formula over the quantities it needs, or raise `UncompilableFormulaError`."""
    name = getattr(function, "__name__", "formula")
    is_own = hasattr(function, "__wrapped__")  # by `guard_formula`, whose checks need numbers
    try:
        tree = as_expression(inspect.unwrap(function)(*map(Quantity, needs)))
    except UncompilableFormulaError as error:
        raise UncompilableFormulaError(f"formula {name} does not compile: {error}") from None
    except Exception as error:  # a function of the user may raise anything
        raise UncompilableFormulaError(f"formula {name} does not compile: {type(error).__name__}: {error}") from None
    if is_own and not _agrees(function, needs, tree):
        raise UncompilableFormulaError(
            f"formula {name} does not compile: its result depends on more than its arguments, or on the draws as a whole"
        )
    return tree


def _agrees(function: Callable[..., Any], needs: Sequence[str], tree: Expression) -> bool:
    """Whether a function and its tree give the same numbers, at points of several orders of magnitude."""
    points = np.exp(np.random.default_rng(0).uniform(-7, 7, (len(needs), 64)))
    with np.errstate(all="ignore"):
        expected = function(*points)
        values: dict[str, Value] = dict(zip(needs, points, strict=True))
        return np.allclose(np.asarray(evaluate(tree, values)), expected, rtol=1e-9, atol=0, equal_nan=True)


def walk(tree: Expression) -> Iterator[Expression]:
    """Yield every node of a tree once, arguments before their users."""
    seen: set[int] = set()
    stack = [(tree, False)]
    while stack:
        node, is_done = stack.pop()
        if is_done:
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            if isinstance(node, Operation):
                stack += [(each, False) for each in reversed(node.arguments)]


def quantities_of(tree: Expression) -> tuple[str, ...]:
    """Return the quantities that a tree reads, each once, in the order of their use."""
    return tuple(dict.fromkeys(node.name for node in walk(tree) if isinstance(node, Quantity)))


def substitute(tree: Expression, expressions: Mapping[str, Expression]) -> Expression:
    """Return a tree in which expressions stand for some quantities, simplified."""
    results: dict[int, Expression] = {}
    for node in walk(tree):
        if isinstance(node, Operation):
            arguments = [results[id(each)] for each in node.arguments]
            is_same = all(new is old for new, old in zip(arguments, node.arguments, strict=True))
            results[id(node)] = node if is_same else operation(node.operator, *arguments)
        else:
            results[id(node)] = expressions.get(node.name, node) if isinstance(node, Quantity) else node
    return results[id(tree)]


def evaluate(tree: Expression, values: Mapping[str, Value]) -> Value:
    """Return the value of a tree with numpy, the reference of all targets."""
    results: dict[int, Any] = {}
    with np.errstate(all="ignore"):
        for node in walk(tree):
            if isinstance(node, Operation):
                results[id(node)] = OPERATORS[node.operator](*[results[id(each)] for each in node.arguments])
            else:
                results[id(node)] = node.value if isinstance(node, Number) else values[node.name]  # type: ignore[attr-defined]
    value: Value = results[id(tree)]
    return value
