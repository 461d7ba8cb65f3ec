"""Checks of plausibility: values beyond the plausible range of a quantity, and distributions under which a total has no mean.

The plausible ranges are data (`priors/plausible.yaml`). Valid but implausible values are reported as warnings; values that make
a result meaningless are refused.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from simulator.core.errors import Issue, Place
from simulator.core.formatting import format_quantity
from simulator.core.units import Unit
from simulator.engine.graph import Formula, Plan, evaluate
from simulator.engine.inputs import Input
from simulator.model import schedule
from simulator.scenario import library
from simulator.scenario.entries import Reader, library_entry
from simulator.scenario.schema import PlausibleRow, PossibleLimits
from simulator.scenario.values import distribution_of

PLAUSIBLE_FACTOR = 2.0
"""Factor by which a value may exceed the priors of the library without a warning; for a fraction, a factor on its odds."""
# Standard normal quantiles of 1e-9, 1e-6, 1 - 1e-6 and 1 - 1e-9, between which the growth of a tail is measured.
_TAIL_Z = np.array([-5.9978070, -4.7534243, 4.7534243, 5.9978070])
NO_CHOICES: Mapping[str, str] = MappingProxyType({})
_SMALLEST = 1e-100  # no quantity of a scenario is smaller than this, or larger than its inverse
_WHOLE = 1e-12  # relative difference from a whole number, by the rounding of a conversion
_NO_MEAN, _NO_SD = 0.98, 0.48  # 1 and 1/2, less the error of tables and of a slope from two points


class PlausibilityReport(NamedTuple):
    """The issues and warnings of the checks."""

    issues: list[Issue]
    warnings: list[Issue]


def check(
    plan: Plan,
    inputs: Mapping[str, Input],
    units: Mapping[str, Unit],
    own_places: Mapping[str, Place],
    total: str,
    file: Place,
    choices: Mapping[str, str] = NO_CHOICES,
) -> PlausibilityReport:
    """Check the values that a scenario itself gives (`own_places`), and what follows with every prior at its median."""
    values, extreme_priors = _medians(plan, inputs, own_places, file)
    if extreme_priors:
        return PlausibilityReport(extreme_priors, [])
    input_places = {name: place for name, place in own_places.items() if name in values}
    with np.errstate(all="ignore"):
        evaluate(plan, values)
        values = {name: np.ravel(value)[0] for name, value in values.items()}
        if not all(map(np.isfinite, values.values())):
            return PlausibilityReport([*_explain_undefined(plan, values, input_places)], [])
        tails = [_check_tails(plan, values, inputs[name], place, total) for name, place in input_places.items()]
    found = [issue for issue in tails if issue is not None]
    found += _check_possible(input_places, values, inputs, units, choices)
    names = (*input_places, *(step.name for step in plan.steps if not _is_of_phase(step)))
    own_inputs = {name: inputs[name] for name in input_places if name in inputs}
    limits = [
        warning
        for name in names
        for warning in _check_quantity(name, values, units[name], own_inputs.get(name), input_places.get(name), file, choices)
    ]
    return PlausibilityReport(
        [issue for issue, is_error in found if is_error], [*(issue for issue, is_error in found if not is_error), *limits]
    )


def _medians(
    plan: Plan, inputs: Mapping[str, Input], own_places: Mapping[str, Place], file: Place
) -> tuple[dict[str, Any], list[Issue]]:
    """Return the medians of the inputs, and issues with distributions that are too extreme for their table."""
    values: dict[str, Any] = {}
    extreme_priors = []
    for name in plan.inputs:
        try:
            # Two equal draws, not one number, to detect formulas that work on scalars only.
            values[name] = np.full(2, inputs[name].distribution.middle)
        except ValueError as error:
            extreme_priors.append(Issue(own_places.get(name, file), name, str(error)))
    return values, extreme_priors


def _check_quantity(
    name: str,
    values: Mapping[str, Any],
    unit: Unit,
    own_input: Input | None,
    place: Place | None,
    file: Place,
    choices: Mapping[str, str],
) -> Iterator[Issue]:
    """Yield the warning that a quantity is implausible; computed quantities have no `place`.

    These are checked against limits of their own row only, not against the priors of the library.
    """
    row = _row_of(name.rpartition(".")[2], choices, None if place is None else unit)
    if row is not None and (place is not None or (row.low and row.high and not row.of)):
        yield from _check_limits(name, row, values, unit, own_input, place or file, choices.get("peak", ""))


def _check_possible(
    input_places: Mapping[str, Place],
    values: Mapping[str, Any],
    inputs: Mapping[str, Input],
    units: Mapping[str, Unit],
    choices: Mapping[str, str],
) -> Iterator[tuple[Issue, bool]]:
    """Yield errors for inputs beyond what is possible, and for numbers that are not whole though the quantity is."""
    for name, place in input_places.items():
        row = _row_of(name.rpartition(".")[2], choices, units[name])
        if row is None or name not in inputs:
            continue
        each, value = inputs[name], float(values[name])
        if row.whole and each.distribution.is_constant and abs(value - round(value)) > _WHOLE * abs(value):
            message = f"{each.specification!r} must be a whole number{f' ({row.about})' if row.about else ''}"
            yield Issue(place, name, message), True
        if row.possible is None or (row.of is not None and row.of not in values):
            continue
        scale = 1.0 if row.of is None else float(values[row.of])
        low, high = _possible(row.possible, units[name] if row.of is None else Unit("1"))
        if not low * scale <= value <= high * scale:
            side, limit = ("below", low * scale) if value < low * scale else ("above", high * scale)
            of = "" if row.of is None else f", {limit_text(row.possible, side)} times {row.of}"
            reason = f" ({row.about})" if row.about else ""
            bound = format_quantity(limit, units[name].text)
            message = f"{each.specification!r} is {side} what is possible, {bound}{of}{reason}"
            yield Issue(place, name, message), True


def _possible(limits: PossibleLimits, unit: Unit) -> tuple[float, float]:
    return (
        -math.inf if limits.low is None else limit_of(limits.low, unit),
        math.inf if limits.high is None else limit_of(limits.high, unit),
    )


def limit_text(limits: PossibleLimits, side: str) -> str:
    """Return the limit below or above, as the row states it."""
    return (limits.low if side == "below" else limits.high) or ""


def _is_of_phase(step: Formula) -> bool:
    """Whether a step is a time of one phase: phases may be empty, and what they depend on is checked itself."""
    return "." in step.name and step.function.__module__ == schedule.__name__


@cache
def rows() -> dict[str, PlausibleRow]:
    """Return the plausible ranges of the library, by quantity."""
    return {name: PlausibleRow.model_validate(node.plain()) for name, node in library.plausible_ranges()}


def is_whole(name: str) -> bool:
    """Whether a single number of a quantity must be whole."""
    row = rows().get(name.rpartition(".")[2])
    return row is not None and row.whole


def _row_of(quantity: str, choices: Mapping[str, str], unit: Unit | None = None) -> PlausibleRow | None:
    """Return the plausible range of a quantity under the choices of a scenario, or None if it has none.

    A quantity without a row has that of its unit, if `unit` is given.
    """
    row = rows().get(quantity) or (None if unit is None else rows().get(unit.text))
    for case in row.cases if row is not None else ():
        if case.when.items() <= choices.items():
            return PlausibleRow(low=case.low, high=case.high, about=case.about, possible=row.possible if row else None)
    return row


def _explain_undefined(plan: Plan, values: Mapping[str, Any], input_places: Mapping[str, Place]) -> Iterator[Issue]:
    """Yield issues for the inputs that make a quantity infinite or undefined, such as a utilisation of zero."""
    first_step = next((step for step in plan.steps if not np.isfinite(values[step.name])), plan.steps[-1])
    needs = {step.name: step.needs for step in plan.steps}
    upstream, pending = set(), [first_step.name]
    while pending:
        name = pending.pop()
        if name not in upstream:
            upstream.add(name)
            pending += needs.get(name, ())
    for name, place in input_places.items():
        if name in upstream and not _SMALLEST < abs(values[name]) < 1 / _SMALLEST:
            value = f"{values[name]:.3g}" if values[name] else "zero"
            yield Issue(place, name, f"is {value} at its median, so that {first_step.name} is not a finite number")


def _check_tails(plan: Plan, medians: Mapping[str, Any], prior: Input, place: Place, total: str) -> tuple[Issue, bool] | None:
    """Return the issue with the tails of a distribution and whether it is an error, from the growth of the total along them.

    A total that grows as p^-a, where p is the tail probability, has no mean if a >= 1, and no standard deviation if a >= 1/2.
    """
    if prior.distribution.is_constant:
        return None
    tail_values = np.asarray(prior.distribution.at(_TAIL_Z))
    values = {name: medians[name] for name in plan.inputs} | {prior.name: tail_values}
    evaluate(plan, values)
    totals = np.abs(np.broadcast_to(np.asarray(values[total], dtype=float), tail_values.shape))
    if not np.isfinite(totals).all():
        first_name = next(step.name for step in plan.steps if not np.isfinite(values[step.name]).all())
        return Issue(
            place,
            prior.name,
            f"ranges from {tail_values[0]:.3g} to {tail_values[-1]:.3g}, where {first_name} is not a finite number",
        ), True
    for far, near in ((0, 1), (3, 2)):
        growth = math.log(totals[far] / totals[near]) / math.log(1000) if min(totals[far], totals[near]) > 0 else 0.0
        if growth >= _NO_SD:
            tail = f"its tail towards {tail_values[far]:.3g} is so heavy that the total has no"
            advice = f"bound it with `truncate: {{{'low' if far == 0 else 'high'}: ...}}` or use a narrower distribution"
            if growth >= _NO_MEAN:
                return Issue(place, prior.name, f"{tail} mean; {advice}"), True
            return Issue(place, prior.name, f"{tail} standard deviation, so only its quantiles are meaningful; {advice}"), False
    return None


def _check_limits(
    name: str, row: PlausibleRow, values: Mapping[str, Any], unit: Unit, quantity_input: Input | None, place: Place, peak: str
) -> Iterator[Issue]:
    quantity, value = name.rpartition(".")[2], float(values[name])
    if row.of is not None and row.of not in values:
        return  # the reference quantity of its limits is not used here
    low, high = _limits(quantity, row, values, unit, peak)
    if low <= value <= high:
        return
    side, limit = ("below", low) if value < low else ("above", high)
    if quantity_input is None:
        description = f"is {format_quantity(value, unit.text)} with every prior at its median,"
    elif quantity_input.distribution.is_constant:
        description = (
            f"{quantity_input.specification!r} is"
            if unit.text == "1"
            else f"{quantity_input.specification!r}, {format_quantity(value, unit.text)}, is"
        )
    else:
        description = f"{quantity_input.specification!r}, {format_quantity(value, unit.text)} at its median, is"
    reason = _explain_limits(quantity, row, values, unit, peak)
    yield Issue(
        place, name, f"{description} {side} the plausible {format_quantity(limit, unit.text)}{reason}; check value and unit"
    )


def limits_text(name: str, unit: Unit) -> tuple[str, str]:
    """Return the plausible and the possible limits of a quantity, for the reader."""
    row = _row_of(name.rpartition(".")[2], NO_CHOICES, unit)
    lowest = f"{unit.low:g}" if unit.low > -math.inf else ""
    highest = f"{unit.high:g}" if unit.high < math.inf else ""
    if row is None:
        return _interval(lowest, highest), _interval(lowest, highest)
    of = f" x {row.of}" if row.of else ""
    plausible = _interval(row.low or "library", row.high or "library") + of
    possible = row.possible or PossibleLimits()
    bounds = _interval(possible.low or lowest, possible.high or highest) + (of if row.possible else "")
    return plausible, f"{bounds}, whole" if row.whole else bounds


def _interval(low: str, high: str) -> str:
    if low == high == "library":
        return "library"
    if low and high:
        return f"{low} to {high}"
    return f"from {low}" if low else f"to {high}" if high else "any"


@cache
def limit_of(text: str, unit: Unit) -> float:
    """Return a limit of a row in canonical units."""
    return distribution_of(text, unit, 0.95).quantile(0.5)


def _limits(quantity: str, row: PlausibleRow, values: Mapping[str, Any], unit: Unit, peak: str = "bf16") -> tuple[float, float]:
    """Return the limits of a row in canonical units; where the row has none, they follow from the priors of the library."""
    scale = 1.0 if row.of is None else float(values[row.of])
    target = unit if row.of is None else Unit("1")

    def limit(text: str | None, side: int, factor: float, default: float) -> float:
        if text is not None:
            return limit_of(text, target) * scale
        library_range = _library_range(quantity, unit, peak)
        return default if library_range is None else _extend(library_range[side], factor, unit)

    return limit(row.low, 0, 1 / PLAUSIBLE_FACTOR, -math.inf), limit(row.high, 1, PLAUSIBLE_FACTOR, math.inf)


def _explain_limits(quantity: str, row: PlausibleRow, values: Mapping[str, Any], unit: Unit, peak: str) -> str:
    """Return the basis of the limits of a row, in parentheses."""
    reasons = [row.about] if row.about else []
    if row.of is not None:
        reasons.append(f"{row.low} to {row.high} times {row.of}, {format_quantity(float(values[row.of]), unit.text)}")
    library_range = _library_range(quantity, unit, peak)
    if library_range is not None:
        low, high, count = library_range
        low_text, high_text = format_quantity(low, unit.text), format_quantity(high, unit.text)
        reasons.append(f"the library's {count} priors range from {low_text} to {high_text}")
    return f" ({'; '.join(reasons)})" if reasons else ""


@cache
def _library_range(quantity: str, unit: Unit, peak: str) -> tuple[float, float, int] | None:
    """Return the lowest P5 and the highest P95 of the library's priors of a quantity, and their number.

    Of a utilisation, they are the priors that are shares of the same peak.
    """
    entries = (library_entry(quantity, name) for name in library.rows_of(quantity))
    distributions = [Reader().distribution(quantity, entry, unit) for entry in entries if entry.peak in ("", peak)]
    if not distributions:
        return None
    return (
        min(distribution.exact_quantile(0.05) for distribution in distributions),
        max(distribution.exact_quantile(0.95) for distribution in distributions),
        len(distributions),
    )


def _extend(value: float, factor: float, unit: Unit) -> float:
    if not unit.is_fraction or value in (0.0, 1.0):
        return value * factor
    odds = factor * value / (1 - value)
    return odds / (1 + odds)


def format_warnings(warnings: Sequence[Issue]) -> tuple[str, ...]:
    """Return the distinct warnings as text."""
    return tuple(dict.fromkeys(map(str, warnings)))
