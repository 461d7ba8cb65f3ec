"""Relations between two questions, as data: rows of `tests/relations/`, the scenarios that they apply to, and their evaluation.

A row has states, which are variants of one scenario, and statements about their figures that must hold in every draw under
common random numbers, such as `after.rental_cost == 2 * before.rental_cost`. A row applies to a scenario if the choices of its
first state are those of `when`, if that state can be read, and if it has the quantities of the statements.
"""

import ast
import itertools
import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import paths
import yaml

from simulator.analysis.cashflow import simulate_cash_flow
from simulator.analysis.rent_or_buy import bases_of, rent_or_buy
from simulator.core.errors import InvalidInputError, Issue, LlmcostError
from simulator.core.money import money_power
from simulator.engine.options import RunOptions
from simulator.engine.simulate import point_estimate, simulate
from simulator.scenario import TOTAL, Scenario, library, open_scenario
from simulator.scenario.overrides import OpenScenario, Overrides

FOLDER = Path(__file__).parent / "relations"
DRAWS = 64
TOLERANCE = 1e-9
"""Relative difference of draws that are equal but for rounding."""
STATUS = ("run", "pending", "refused")
TIERS, ORGANISATIONS = ("small-medium", "large", "cutting-edge"), ("startup", "tech-company", "academic", "consortium")
SCOPES = ("", "final-run", "whole-life")
_SCOPED = "large"
"""The tier that is combined with every scope; the others have none."""
RENT_OR_BUY = "rent-or-buy"
CASH_FLOW = "cashflow"
CASH_FIGURES = (
    "dated_cash", "dated_accrual", "present_value", "payment_time", "peak_funding", "monthly_cash", "peak_month", "first_month",
)  # fmt: skip
"""Figures of a cash flow: sums of both views, what payments are worth today, their mean time in months, their largest sum,
payments by draw and month, those of the month with most of them, and the first month, counted in the calendar.
`paid_x` is what is paid of line `x`, 0 where nothing is."""
DISCOUNT_RATE = 0.08
_ALL_LINES, _POINT = "lines", "point"


@dataclass(frozen=True)
class State:
    """A variant of a scenario: settings, factors and terms on quantities, levers and shocks.

    `compare` reads the figures of a comparison, or of a cash flow, in place of those of a run.
    """

    set: tuple[str, ...] = ()
    multiply: Mapping[str, float] = field(default_factory=dict)
    add: Mapping[str, str] = field(default_factory=dict)
    levers: tuple[str, ...] = ()
    shocks: tuple[str, ...] = ()
    compare: str = ""
    set_from: Mapping[str, str] = field(default_factory=dict)
    """Settings whose values are medians of earlier states, such as `before.break_even_price`."""
    fix_inputs: bool = False
    """Whether all inputs are set to their medians."""

    def overrides(self, names: Iterable[str], *, has_adjustments: bool) -> Overrides:
        """Return the options of a state, with the quantities that its statements name as outcomes.

        The factors and terms are added to the adjustments of the scenario, if it has some.
        """
        effects = [f"{{on: {name}, multiply: {factor!r}}}" for name, factor in self.multiply.items()]
        effects += [f"{{on: {name}, add: {term}}}" for name, term in self.add.items()]
        # One adjustment for each effect, so that one without effect is refused.
        rows = [f"change-{n}: {{about: a change, effects: [{effect}]}}" for n, effect in enumerate(effects)]
        sets = [*self.set, f"outcomes=[{', '.join(names)}]"]
        if rows:
            sets.append(f"adjustments={{{', '.join([*(['inherited: all'] if has_adjustments else []), *rows])}}}")
        return Overrides(tuple(sets), self.levers, self.shocks)


@dataclass(frozen=True)
class Row:
    """A relation: what is given, the change, the required effect in words and as statements, and where it applies."""

    subject: str
    id: str
    given: str
    change: str
    effect: str
    status: str = "run"
    missing: str = ""
    """Of a pending row: the subject that the model does not have."""
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    computed: tuple[str, ...] = ()
    """Quantities that the first state must compute, so that none of them is given."""
    used: tuple[str, ...] = ()
    """Quantities on which the total of the first state must depend."""
    without: tuple[str, ...] = ()
    """What a scenario must not have: `schedule`, or `adjustments` of its own."""
    part: str = ""
    """Which part of the relation it is, where one needs several rows."""
    draws: int = DRAWS
    set: tuple[str, ...] = ()
    """Settings of all states."""
    states: Mapping[str, State] = field(default_factory=dict)
    holds: tuple[str, ...] = ()
    unchanged_but: tuple[str, ...] | None = None
    """Lines that may change between the first two states: all others must not."""
    money_times: float | None = None
    """Factor between two states on every quantity that holds money, to the power of money in its unit; nothing else changes."""
    refused: tuple[str, ...] = ()
    """States that must be refused."""
    words: tuple[str, ...] = ()
    """Words of the refusal, which name its reason."""
    text: str = ""
    """Scenario of its own, in place of those of the library."""

    @property
    def label(self) -> str:
        """The name of the row in tables."""
        return f"{self.id} {self.part}".strip()

    @cached_property
    def comparisons(self) -> tuple[ast.Compare, ...]:
        """The statements, parsed."""
        return tuple(_comparison(text) for text in self.holds)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The quantities that the statements and the states name."""
        found = [name for each in self.comparisons for name in _names(each)]
        found += [place.partition(".")[2] for state in self.states.values() for place in state.set_from.values()]
        return tuple(dict.fromkeys(name for name in found if name not in (_ALL_LINES, _POINT)))


def _comparison(text: str) -> ast.Compare:
    node = ast.parse(text, mode="eval").body
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        raise ValueError(f"{text!r} is not one comparison")
    return node


def _names(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id not in ("np", "math"):
            yield each.attr
        elif isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Constant):
            yield each.slice.value


@cache
def load_rows() -> tuple[Row, ...]:
    """Return the rows of all files, in the order of the files and in them."""
    rows = []
    for path in sorted(FOLDER.glob("*.yaml")):
        for plain in yaml.safe_load(path.read_text(encoding="utf-8")):
            plain["states"] = {name: _state(each or {}) for name, each in plain.get("states", {}).items()}
            for key in ("set", "holds", "words", "refused", "computed", "used", "without"):
                plain[key] = tuple(plain.get(key, ()))
            plain["when"] = {
                key: (each,) if isinstance(each, str) else tuple(each) for key, each in plain.get("when", {}).items()
            }
            if "unchanged_but" in plain:
                plain["unchanged_but"] = tuple(plain["unchanged_but"])
            rows.append(Row(path.stem, **plain))
    return tuple(rows)


def _state(plain: dict) -> State:
    for key in ("set", "levers", "shocks"):
        plain[key] = tuple(plain.get(key, ()))
    return State(**plain)


# --- scenarios ------------------------------------------------------------------------------------------------------------


@cache
def _temporary() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="relations-")


def _folder() -> Path:
    """Return a folder for scenarios, which is removed at the end of the process."""
    return Path(_temporary().name)


@cache
def scenario_references() -> Mapping[str, str]:
    """Return the references of the scenarios by name: the library's, tiers in organisations, and those of the reports."""
    folder = _folder()
    references = {name: name for name in library.names("scenarios")}
    combined = itertools.product(TIERS, ORGANISATIONS, SCOPES)
    for tier, organisation, scope in (each for each in combined if each[0] == _SCOPED or not each[2]):
        names = ", ".join(filter(None, (tier, organisation, scope)))
        path = folder / f"{'-'.join(filter(None, (tier, organisation, scope)))}.yaml"
        path.write_text(f"extends: [{names}]\n", encoding="utf-8")
        references[path.stem] = str(path)
    for path in sorted((paths.ROOT / "reports").glob("*.yaml")):
        references[f"report {path.stem}"] = str(path)
    return references


@cache
def _opened(reference: str):
    return open_scenario(reference)


# --- evaluation -----------------------------------------------------------------------------------------------------------


class NotApplicableError(Exception):
    """The row does not apply to the scenario, for the reason in its text."""


class Figures:
    """The draws of a state by quantity; `lines` is the sum of all its lines, and `point` the point estimate."""

    def __init__(
        self,
        draws: Mapping[str, np.ndarray],
        line_names: tuple[str, ...] = (),
        point: float = math.nan,
        units: Mapping[str, str] | None = None,
    ) -> None:
        self.draws, self.line_names, self.point, self.units = draws, line_names, point, units or {}

    def __getattr__(self, name: str) -> np.ndarray:
        return self[name]

    def __getitem__(self, name: str) -> np.ndarray:
        if name == _ALL_LINES:
            return sum(self.draws[line] for line in self.line_names)
        return self.draws[name]


@dataclass(frozen=True)
class Outcome:
    """The outcome of a row on a scenario: `failure` is empty if it holds, `reason` says why it does not apply."""

    row: Row
    scenario: str
    failure: str = ""
    reason: str = ""

    @property
    def has_run(self) -> bool:
        """Whether the row applied."""
        return not self.reason


def evaluate_row(row: Row, name: str, reference: str) -> Outcome:
    """Evaluate a row on a scenario."""
    try:
        failure = _failure(row, reference)
    except NotApplicableError as error:
        return Outcome(row, name, reason=str(error))
    return Outcome(row, name, failure=failure)


def _failure(row: Row, reference: str) -> str:
    """Return what does not hold, or an empty text."""
    figures: dict[str, Figures] = {}
    failures = []
    for number, (name, state) in enumerate(row.states.items()):
        try:
            figures[name] = _figures(row, state, reference, figures, is_first=number == 0, is_refused=name in row.refused)
        except NotApplicableError:
            raise
        except LlmcostError as error:
            text = " ".join(str(error).split())
            if name in row.refused:
                lacking = [word for word in row.words if word not in text]
                failures += [f"{name} is refused without {lacking}: {text}"] if lacking else []
            elif number == 0:
                raise NotApplicableError(text[:160]) from None
            else:
                return f"{name} is refused: {text}"
        else:
            failures += [f"{name} is not refused"] if name in row.refused else []
    failures += [text for each, text in zip(row.comparisons, row.holds, strict=True) if not holds(each, figures)]
    if row.unchanged_but is not None:
        failures += _changed_lines(row, *list(figures.values())[:2])
    if row.money_times is not None:
        failures += _not_scaled(row.money_times, *list(figures.values())[:2])
    return "; ".join(failures)


def _figures(
    row: Row, state: State, reference: str, earlier: Mapping[str, Figures], *, is_first: bool, is_refused: bool
) -> Figures:
    medians = {name: float(np.median(earlier[place][key])) for name, (place, key) in _split_places(state.set_from)}
    sets = (*row.set, *state.set, *(f"{name}={value!r}" for name, value in medians.items()))
    has_adjustments = any(layer.settings.adjustments for layer in _opened(reference).base.layers)
    variant = State(sets, state.multiply, state.add, state.levers, state.shocks)
    overrides = variant.overrides(_quantities(row), has_adjustments=has_adjustments)
    if state.compare == RENT_OR_BUY:
        return _rent_or_buy(row, overrides, reference, is_first=is_first)
    opened = _opened(reference).with_(sets=overrides.sets, levers=overrides.levers, shocks=overrides.shocks)
    if state.fix_inputs:
        # Medians as effects: written as a value, one that is no whole number of chips would be refused.
        effects = ", ".join(f"{{on: {name}, at: 0.5}}" for name in opened.scenario.inputs)
        opened = opened.with_(sets=[f"adjustments={{medians: {{about: a change, effects: [{effects}]}}}}"])
    scenario = opened.scenario if is_refused else _without_remedies(opened)
    if is_first:
        _check_applies(row, scenario)
    kept = (*scenario.lines, *_quantities(row)) if row.money_times is None else scenario.plan.names
    result = simulate(scenario, row.draws, keep=dict.fromkeys(kept))
    units = {name: scenario.unit(name) for name in kept}
    draws = result.retained_draws if state.compare != CASH_FLOW else result.retained_draws | _cash_flow(scenario, row)
    return Figures(draws, scenario.lines, point_estimate(replace(scenario, point=None)), units)


def _without_remedies(opened: OpenScenario) -> Scenario:
    """Return a scenario, or raise its first issue as it is.

    Most scenarios do not apply to a row because they are refused, and the remedies that a refusal tries take most of the time.
    """
    found = opened.try_scenario()
    if isinstance(found, Issue):
        raise InvalidInputError([found])
    return found


def _quantities(row: Row) -> list[str]:
    """Return the names of a row that are quantities of a scenario."""
    return [name for name in row.names if name not in CASH_FIGURES and not name.startswith("paid_")]


def _cash_flow(scenario: Scenario, row: Row) -> dict[str, np.ndarray]:
    """Return the figures of a cash flow."""
    options = RunOptions(row.draws)
    cash = simulate_cash_flow(scenario, options, rate=DISCOUNT_RATE)
    paid = cash.total.sum(axis=1)
    lines = [name.removeprefix("paid_") for name in row.names if name.startswith("paid_")]
    return {
        "dated_cash": paid,
        "dated_accrual": simulate_cash_flow(scenario, options, view="accrual").total.sum(axis=1),
        "present_value": cash.present_value,
        "payment_time": (cash.total * np.arange(cash.months)).sum(axis=1) / np.where(paid == 0, 1, paid),
        "peak_funding": np.cumsum(cash.total, axis=1).max(axis=1),
        "monthly_cash": cash.total,
        "peak_month": cash.total.max(axis=1),
        "first_month": np.full(row.draws, 0 if cash.start is None else 12 * cash.start.year + cash.start.month - 1),
        **{f"paid_{line}": cash.by_line[line].sum(axis=1) if line in cash.by_line else 0 * paid for line in lines},
    }


def _split_places(places: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, str]]]:
    for name, place in places.items():
        state, _, quantity = place.partition(".")
        yield name, (state, quantity)


def _check_applies(row: Row, scenario: Scenario) -> None:
    """Raise `NotApplicableError` if the first state has another choice than `when`, or lacks or gives a quantity."""
    for choice, options in row.when.items():
        if scenario.choices.get(choice) not in options:
            raise NotApplicableError(f"{choice} is {scenario.choices.get(choice)}")
    missing = sorted({*_quantities(row)} - {*scenario.plan.names})
    if missing:
        raise NotApplicableError(f"no {missing[0]} here")
    present = {
        "schedule": not scenario.has_derived_schedule,
        "adjustments": any(each.kind == "adjustment" for each in scenario.adjustments),
    }
    excluded = [name for name in row.without if present[name]]
    if excluded:
        raise NotApplicableError(f"has {excluded[0]}")
    given = sorted({*row.computed} - {step.name for step in scenario.plan.steps})
    if given:
        raise NotApplicableError(f"{given[0]} is given here")
    _check_used(row, scenario)


def _check_used(row: Row, scenario: Scenario) -> None:
    """Raise `NotApplicableError` if the total does not depend on a quantity that it must depend on."""
    unused = sorted({*row.used} - _dependencies(scenario))
    if unused:
        raise NotApplicableError(f"the total does not depend on {unused[0]} here")


def _dependencies(scenario: Scenario) -> set[str]:
    """Return the quantities on which the total depends."""
    names = {TOTAL}
    for step in reversed(scenario.plan.steps):
        if step.name in names:
            names.update(step.needs)
    return names


def _rent_or_buy(row: Row, overrides: Overrides, reference: str, *, is_first: bool) -> Figures:
    """Return the medians of a comparison of rent and purchase."""
    sets = tuple(each for each in overrides.sets if not each.startswith("outcomes="))
    opened = open_scenario(reference, replace(overrides, sets=sets))
    if is_first:
        _check_used(row, opened.scenario)
    result = rent_or_buy(bases_of(opened), RunOptions(row.draws))
    return Figures({name: np.asarray(getattr(result, name).median) for name in row.names})


_OPERATORS = {
    ast.Eq: lambda a, b: np.allclose(a, b, rtol=TOLERANCE, atol=0),
    ast.LtE: lambda a, b: np.all(a <= b + TOLERANCE * np.abs(b)),
    ast.GtE: lambda a, b: np.all(a >= b - TOLERANCE * np.abs(b)),
    ast.Lt: lambda a, b: np.all(a < b),
    ast.Gt: lambda a, b: np.all(a > b),
}


def holds(comparison: ast.Compare, figures: Mapping[str, Figures]) -> bool:
    scope = {**figures, "np": np, "math": math}
    left, right = (
        eval(compile(ast.Expression(side), "<relation>", "eval"), {"__builtins__": {}}, scope)  # statements of our own files
        for side in (comparison.left, comparison.comparators[0])
    )
    return bool(_OPERATORS[type(comparison.ops[0])](np.asarray(left, dtype=float), np.asarray(right, dtype=float)))


def _changed_lines(row: Row, before: Figures, after: Figures) -> list[str]:
    allowed = set(row.unchanged_but or ())
    if set(before.line_names) - allowed != set(after.line_names) - allowed:
        return [f"lines differ: {sorted(set(before.line_names) ^ set(after.line_names))}"]
    names = [name for name in before.line_names if name not in allowed]
    return [f"{name} changes" for name in names if not np.allclose(before[name], after[name], rtol=TOLERANCE, atol=0)]


def _not_scaled(factor: float, before: Figures, after: Figures) -> list[str]:
    """Return the quantities that are not the earlier ones times the factor to the power of money in their unit."""
    if set(before.draws) != set(after.draws):
        return [f"quantities differ: {sorted(set(before.draws) ^ set(after.draws))}"]
    expected = {name: before[name] * factor ** money_power(unit) for name, unit in before.units.items()}
    failures = [name for name, value in expected.items() if not np.allclose(after[name], value, rtol=TOLERANCE, atol=0)]
    failures += [] if math.isclose(after.point, factor * before.point, rel_tol=TOLERANCE) else ["the point estimate"]
    changed = [name for name, unit in before.units.items() if (unit == after.units[name]) == bool(money_power(unit))]
    return [*(f"{name} is not scaled" for name in failures), *(f"{name} has another unit" for name in changed)]


def references_of(row: Row) -> Mapping[str, str]:
    """Return the scenarios of a row: its own, or all."""
    if row.text:
        path = _folder() / f"{row.id}.yaml"
        path.write_text(row.text, encoding="utf-8")
        return {row.id: str(path)}
    return scenario_references()


def evaluate_everywhere(row: Row) -> list[Outcome]:
    """Evaluate a row on each of its scenarios."""
    return [evaluate_row(row, name, reference) for name, reference in references_of(row).items()]
