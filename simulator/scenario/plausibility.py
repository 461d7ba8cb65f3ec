"""Valid but implausible values: values beyond what is believed of a quantity, and distributions under which a total has no
mean.

Limits are data (`priors/plausible.yaml`). What lies beyond them is said; what makes a figure meaningless is refused.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from simulator.core.errors import Issue, Place
from simulator.core.formatting import shown
from simulator.core.units import Unit
from simulator.engine.graph import Plan, evaluate
from simulator.engine.inputs import Input
from simulator.scenario import library
from simulator.scenario.entries import Reader, library_entry
from simulator.scenario.schema import PlausibleRow
from simulator.scenario.values import distribution_of

BEYOND = 2.0
"""How far beyond the library's own priors a value may lie before a reader is told: a factor, of a fraction on its odds."""
# Scores of the probabilities 1e-9 and 1e-6, and of what they leave: between them a tail is measured.
_SCORES = np.array([-5.9978070, -4.7534243, 4.7534243, 5.9978070])
_SMALLEST = 1e-100  # no quantity of a scenario is nearer to nothing, or as far from it as one over it
_NO_MEAN, _NO_SPREAD = 0.98, 0.48  # 1 and 1/2, less what tables and two points leave unsure


class Checked(NamedTuple):
    """What is refused, and what is told."""

    issues: list[Issue]
    warnings: list[Issue]


def check(
    planned: Plan, inputs: Mapping[str, Input], units: Mapping[str, Unit], own: Mapping[str, Place], total: str, file: Place
) -> Checked:
    """Look at what a scenario states itself (`own`, with its places) and at what follows with every prior at its median."""
    values: dict[str, Any] = {}
    beyond = []
    for name in planned.inputs:
        try:
            # Two draws alike and not one number, so that a formula which only works on one is found here.
            values[name] = np.full(2, inputs[name].distribution.quantile(0.5))
        except ValueError as error:  # a distribution too extreme for its table
            beyond.append(Issue(own.get(name, file), name, str(error)))
    if beyond:
        return Checked(beyond, [])
    specification = {name: place for name, place in own.items() if name in values}
    with np.errstate(all="ignore"):
        evaluate(planned, values)
        values = {name: np.ravel(value)[0] for name, value in values.items()}
        if not all(map(np.isfinite, values.values())):
            return Checked([*_undefined(planned, values, specification)], [])
        tails = [
            found for name, place in specification.items() if (found := _tail(planned, values, inputs[name], place, total))
        ]
    issues = [issue for issue, refused in tails if refused]
    warnings = [issue for issue, refused in tails if not refused]
    for name in (*specification, *(step.name for step in planned.steps)):
        row = rows().get(name.rpartition(".")[2])
        # What is computed is held to limits of its own alone: priors of the library are as wide as what they are made from.
        if row is not None and (name in specification or (row.low and row.high and not row.of)):
            place = specification.get(name, file)
            warnings += _reweighting(name, row, values, units[name], inputs.get(name) if name in specification else None, place)
    return Checked(issues, warnings)


@cache
def rows() -> dict[str, PlausibleRow]:
    """Return what the library believes of quantities."""
    return {name: PlausibleRow.model_validate(node.plain()) for name, node in library.plausible()}


def _undefined(planned: Plan, values: Mapping[str, Any], specification: Mapping[str, Place]) -> Iterator[Issue]:
    """Yield what makes a quantity no number, such as a utilisation of nothing, or a number of three hundred digits."""
    first = next((step for step in planned.steps if not np.isfinite(values[step.name])), planned.steps[-1])
    needs = {step.name: step.needs for step in planned.steps}
    behind, waiting = set(), [first.name]
    while waiting:
        name = waiting.pop()
        if name not in behind:
            behind.add(name)
            waiting += needs.get(name, ())
    for name, place in specification.items():
        if name in behind and not _SMALLEST < abs(values[name]) < 1 / _SMALLEST:
            value = f"{values[name]:.3g}" if values[name] else "zero"
            yield Issue(place, name, f"is {value} in the middle, so that {first.name} is no finite number")


def _tail(planned: Plan, middle: Mapping[str, Any], given: Input, place: Place, total: str) -> tuple[Issue, bool] | None:
    """Return what is wrong with the tails of a distribution, and whether it is refused: how fast the total grows towards them.

    A total that grows like p^-a as the probability p of what lies beyond goes to zero has no mean from a = 1 on, and no
    standard deviation from a = 1/2 on.
    """
    if given.distribution.is_constant:
        return None
    ends = np.asarray(given.distribution.at(_SCORES))
    values = {name: middle[name] for name in planned.inputs} | {given.name: ends}
    evaluate(planned, values)
    totals = np.abs(np.broadcast_to(np.asarray(values[total], dtype=float), ends.shape))
    if not np.isfinite(totals).all():
        first = next(step.name for step in planned.steps if not np.isfinite(values[step.name]).all())
        return Issue(
            place, given.name, f"reaches from {ends[0]:.3g} to {ends[-1]:.3g}, where {first} is no finite number"
        ), True
    for far, near in ((0, 1), (3, 2)):
        growth = math.log(totals[far] / totals[near]) / math.log(1000) if min(totals[far], totals[near]) > 0 else 0.0
        if growth >= _NO_SPREAD:
            tail = f"its tail towards {ends[far]:.3g} is so heavy that the total has no"
            way = f"hold it with `truncate: {{{'low' if far == 0 else 'high'}: ...}}` or take a narrower distribution"
            if growth >= _NO_MEAN:
                return Issue(place, given.name, f"{tail} mean; {way}"), True
            return Issue(place, given.name, f"{tail} standard deviation: only quantiles hold; {way}"), False
    return None


def _reweighting(
    name: str, row: PlausibleRow, values: Mapping[str, Any], unit: Unit, given: Input | None, place: Place
) -> Iterator[Issue]:
    quantity, value = name.rpartition(".")[2], float(values[name])
    if row.of is not None and row.of not in values:
        return  # what its limits hang on takes no part here
    low, high = _limits(quantity, row, values, unit)
    if low <= value <= high:
        return
    side, limit = ("below", low) if value < low else ("above", high)
    if given is None:
        what = f"comes to {shown(value, unit.text)} with every prior at its median, which is"
    elif given.distribution.is_constant:
        what = f"{given.specification!r} is" if unit.text == "1" else f"{given.specification!r}, {shown(value, unit.text)}, is"
    else:
        what = f"{given.specification!r}, {shown(value, unit.text)} in the middle, is"
    because = _because(quantity, row, values, unit)
    yield Issue(place, name, f"{what} {side} the plausible {shown(limit, unit.text)}{because}; check value and unit")


def limit_of(specification: str, unit: Unit) -> float:
    """Return a limit of a row in canonical units."""
    return distribution_of(specification, unit, 0.95).quantile(0.5)


def _limits(quantity: str, row: PlausibleRow, values: Mapping[str, Any], unit: Unit) -> tuple[float, float]:
    """Return the limits of a row in canonical units. The library's own span is only asked where the row says nothing."""
    scale = 1.0 if row.of is None else float(values[row.of])
    target = unit if row.of is None else Unit("1")

    def limit(specification: str | None, end: int, factor: float, none: float) -> float:
        if specification is not None:
            return limit_of(specification, target) * scale
        span = _span(quantity, unit)
        return none if span is None else _beyond(span[end], factor, unit)

    return limit(row.low, 0, 1 / BEYOND, -math.inf), limit(row.high, 1, BEYOND, math.inf)


def _because(quantity: str, row: PlausibleRow, values: Mapping[str, Any], unit: Unit) -> str:
    """Say in brackets what the limits of a row rest on."""
    said = [row.about] if row.about else []
    if row.of is not None:
        said.append(f"{row.low} to {row.high} times {row.of}, {shown(float(values[row.of]), unit.text)}")
    span = _span(quantity, unit)
    if span is not None:
        said.append(f"the library's {span[2]} priors go from {shown(span[0], unit.text)} to {shown(span[1], unit.text)}")
    return f" ({'; '.join(said)})" if said else ""


@cache
def _span(quantity: str, unit: Unit) -> tuple[float, float, int] | None:
    """Return the lowest 5 % and the highest 95 % point of the library's priors of a quantity, and their number."""
    named = library.rows_of(quantity)
    if not named:
        return None
    distributions = [Reader().distribution(quantity, library_entry(quantity, name), unit) for name in named]
    return (
        min(distribution.exact_quantile(0.05) for distribution in distributions),
        max(distribution.exact_quantile(0.95) for distribution in distributions),
        len(distributions),
    )


def _beyond(value: float, factor: float, unit: Unit) -> float:
    if not unit.is_fraction or value in (0.0, 1.0):
        return value * factor
    odds = factor * value / (1 - value)
    return odds / (1 + odds)


def said(warnings: Sequence[Issue]) -> tuple[str, ...]:
    """Return warnings as text, each once."""
    return tuple(dict.fromkeys(map(str, warnings)))
