"""Cost lines: which formulas are lines of the total, at which stage of a model's life, and on which basis."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal, TypeVar

Stage = Literal["run", "development", "service"]

_ATTRIBUTE = "__line__"
_Formula = TypeVar("_Formula", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of a cost line besides its formula.

    Attributes
    ----------
    stage : str
        `run`: chips and their energy; `development`: what else is spent up to the release; `service`: what is spent after it.
    basis : tuple of str
        The bases (`owned`, `purchased`, `rented`) on which the line is a part of `compute`; empty if it is no part of it.
    by_name_only : bool
        Whether the line is included only where a scenario names it. Other lines also follow from the name of their stage
        among the `lines` of a scenario, if all their quantities have values.
    when : mapping of str to tuple of str
        Options of other choices by basis: `{"rented": {"commitment": ("one-year",)}}` includes the line in `compute` of
        rented chips only under a commitment of one year.
    optional : tuple of str
        The bases on which the line is a part of `compute` only if all its quantities have values.
    is_fixed : bool
        Whether idle hours of owned hardware cost it too, as its capital and its site do and its power does not.

    """

    stage: Stage
    basis: tuple[str, ...] = ()
    by_name_only: bool = False
    when: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    is_fixed: bool = False

    def is_part_of(self, choices: Mapping[str, str]) -> bool:
        """Whether the line is a part of `compute` under some choices, if its quantities have values."""
        basis = choices.get("basis", "")
        conditions = self.when.get(basis, {})
        return basis in self.basis and all(choices.get(choice) in options for choice, options in conditions.items())


def line(
    stage: Stage,
    *,
    basis: Iterable[str] = (),
    by_name_only: bool = False,
    when: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None,
    optional: Iterable[str] = (),
    is_fixed: bool = False,
) -> Callable[[_Formula], _Formula]:
    """Declare that a formula is a cost line; the formula itself is unchanged."""

    def declare(formula: _Formula) -> _Formula:
        setattr(formula, _ATTRIBUTE, Line(stage, tuple(basis), by_name_only, when or {}, tuple(optional), is_fixed))
        return formula

    return declare


def lines_of_modules(modules: Iterable[ModuleType]) -> dict[str, Line]:
    """Return the lines that modules declare, in the order of their formulas."""
    return {
        name: getattr(formula, _ATTRIBUTE)
        for module in modules
        for name, formula in vars(module).items()
        if hasattr(formula, _ATTRIBUTE)
    }
