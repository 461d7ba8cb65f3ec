"""Cost lines: which formulas are lines of the total, at which stage of a model's life, and on which basis."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal, TypeVar, get_args

from simulator.core.suggestions import InvalidValueError

Stage = Literal["run", "development", "service"]
Basis = Literal["owned", "purchased", "rented", "granted"]

ARREARS = "arrears"
"""Name of the terms of payment of a line that has no others: invoices in arrears."""

BUILD = "build_cost"
BUILD_MEANING = "the sum of the lines up to the release"
"""A sum that follows from `lines`, and what it means."""

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
    paid : mapping of str to str
        Names of the terms of payment (`priors/payments.yaml`) by option of a choice: the first option that is chosen has the
        terms, and `""` stands for all others.
    noncash : str
        The quantity that is the part of the line which is no payment, such as equity.
    over : str
        When the line accrues, if not evenly over its stage: the name of a phase; `rent`, as the rent does; or the quantity
        that is its time from the start, such as `storage_time`.
    included_in : tuple of str
        Quantities that include what the line pays for, by their definition: where a scenario gives one of them, and another
        line uses it, the line is left out with a note.

    """

    stage: Stage
    basis: tuple[str, ...] = ()
    by_name_only: bool = False
    when: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    is_fixed: bool = False
    paid: Mapping[str, str] = field(default_factory=lambda: {"": ARREARS})
    noncash: str = ""
    over: str = ""
    included_in: tuple[str, ...] = ()

    def terms(self, choices: Mapping[str, str]) -> str:
        """Return the name of the terms of payment under some choices."""
        options = set(choices.values())
        return next((name for option, name in self.paid.items() if not option or option in options), ARREARS)

    def is_part_of(self, choices: Mapping[str, str]) -> bool:
        """Whether the line is a part of `compute` under some choices, if its quantities have values."""
        basis = choices.get("basis", "")
        conditions = self.when.get(basis, {})
        return basis in self.basis and all(choices.get(choice) in options for choice, options in conditions.items())


def line(
    stage: Stage,
    *,
    basis: Basis | Iterable[Basis] = (),
    by_name_only: bool = False,
    when: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None,
    optional: Iterable[Basis] = (),
    is_fixed: bool = False,
    paid: str | Mapping[str, str] = ARREARS,
    noncash: str = "",
    over: str = "",
    included_in: Iterable[str] = (),
) -> Callable[[_Formula], _Formula]:
    """Declare that a formula is a cost line, and at which stage of a model's life it is spent.

    A decorator, which leaves the formula unchanged. The total follows from the lines of a scenario, and its scope from their
    stages: with a line whose stage is not declared, it is only a `total cost`.

    Parameters
    ----------
    stage : {"run", "development", "service"}
        ``run``: chips and their energy; ``development``: what else is spent up to the release; ``service``: what is spent after
        it.
    basis : str or iterable of str
        The bases (``owned``, ``purchased``, ``rented``, ``granted``) on which the line is a part of `compute`.
    by_name_only : bool
        Whether a scenario includes the line only by its name, and not by the name of its stage among its `lines`.
    when : mapping, optional
        By basis, the options of choices under which the line is a part of `compute` there.
    optional : iterable of str
        The bases on which the line is a part of `compute` only where its quantities have values.
    is_fixed : bool
        Whether idle hours of owned chips cost the line too.
    paid : str or mapping
        Name of the terms of payment: ``arrears``, ``monthly``, ``upfront``, ``purchase``, ``commitment``, ``prepayment``,
        ``accrual-only``; or names by option of a choice, as in ``{"owned": "accrual-only", "": "arrears"}``.
    noncash : str
        The quantity that is the part of the line which is no payment.
    over : str
        When the line accrues, if not evenly over its stage: the name of a phase, ``rent``, or the quantity that is its time
        from the start.
    included_in : iterable of str
        Quantities that include what the line pays for: where a scenario gives one of them, and another line uses it, the line
        is left out with a note.

    Returns
    -------
    callable
        A function that returns the formula it is applied to.

    Raises
    ------
    InvalidValueError
        If there is no such stage or basis.

    Examples
    --------
    >>> import llmcost
    >>> from llmcost.units import Fraction, Usd
    >>> @llmcost.line("development")
    ... def contract_cost(chip_cost: Usd, contract_share: Fraction) -> Usd:
    ...     return chip_cost * contract_share
    >>> lines = {"lines": ["inherited", "contract_cost"], "contract_share": "5% to 12%"}
    >>> llmcost.open_scenario("gpt-4", sets=lines, formulas=contract_cost).scenario.scope
    'development cost'

    """
    bases = (basis,) if isinstance(basis, str) else tuple(basis)
    for word, name, words in ((stage, "stage", get_args(Stage)), *((each, "basis", get_args(Basis)) for each in bases)):
        if word not in words:
            raise InvalidValueError(f"{name} must be one of {', '.join(words)}, not {word!r}")

    def declare(formula: _Formula) -> _Formula:
        terms = {"": paid} if isinstance(paid, str) else dict(paid)
        setattr(
            formula,
            _ATTRIBUTE,
            Line(stage, bases, by_name_only, when or {}, tuple(optional), is_fixed, terms, noncash, over, tuple(included_in)),
        )
        return formula

    return declare


def lines_of_modules(modules: Iterable[ModuleType]) -> dict[str, Line]:
    """Return the lines that modules declare, in the order of their formulas."""
    return declared_lines(formula for module in modules for formula in vars(module).values())


def declared_lines(formulas: Iterable[Any]) -> dict[str, Line]:
    """Return the lines among formulas that `line` declares, by name."""
    return {formula.__name__: getattr(formula, _ATTRIBUTE) for formula in formulas if hasattr(formula, _ATTRIBUTE)}
