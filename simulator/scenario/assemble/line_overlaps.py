"""Lines that pay for the same thing: one is part of another by its formula, or they are of two bases of the same chips.

What is part of what follows from the formulas: a quantity is part of an amount that rises by one dollar with each dollar of it.
An amount that is no line and proportional to another, such as the cost of the final run, holds a share of all that is in it.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache, lru_cache, partial
from itertools import combinations
from typing import Any

import numpy as np

from simulator import model
from simulator.core.suggestions import Remedy
from simulator.core.units import Unit
from simulator.engine.graph import Graph
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inheritance import ListedItem
from simulator.scenario.assemble.specification import Specification
from simulator.scenario.entries import entry_with_row
from simulator.scenario.rents import PRICES

_RENTS = ("rental_price", *PRICES.values())
_NEUTRAL = ("deflator", "price_factor")
"""Factors that state an amount in other prices, and leave it the same amount."""
_POINTS = 4

Chain = tuple[str, ...]
"""Names from an amount down to a part of it."""


def without_overlaps(
    context: Context, basis: str | None, graph: Graph, lines: Iterable[str], specifications: Mapping[str, Specification]
) -> tuple[str, ...]:
    """Refuse lines that count something twice, and return the others, whose own issues are reported too."""
    parts = {line: _all_parts(context, graph, line) for line in dict.fromkeys(lines)}
    again: set[str] = set()
    for first, second in combinations(parts, 2):
        common = parts[first].keys() & parts[second].keys()
        if not common or {first, second} & again:
            continue
        part = min(common, key=lambda name: (len(parts[first][name]) + len(parts[second][name]), name))
        surplus = max(second, first, key=lambda line: (_rank(context, line), len(parts[line][part])))
        again.add(surplus)
        held = " and ".join(filter(None, (_held(parts[line][part]) for line in (first, second))))
        what = "is counted already" if part == surplus else f"counts {part} again"
        _report(context, surplus, f"{surplus} {what}: {held}")
    others = {line: each for line, each in parts.items() if line not in again and not _is_own(graph, line)}
    if basis is not None:
        again |= set(_of_other_basis(context, basis, others, _excluded(specifications)))
    return tuple(line for line in parts if line not in again)


def report_repeated(context: Context, repeated: Mapping[str, int]) -> None:
    """Refuse lines that are counted several times by their names, and say by which."""
    listed = context.listed("lines")
    names = [each.name for each in listed]
    general = [name for name in dict.fromkeys(names) if names.count(name) > 1 and name not in context.known_lines]
    for name in general:
        message = f"{name} is named {names.count(name)} times"
        _report_item(context, [each for each in listed if each.name == name][-1], message, "; keep one")
    for line, count in repeated.items():
        items = [each for each in listed if each.name == line]
        if not items and general:
            continue
        message = f"{line} is counted {count} times"
        if len(items) == 1:
            message += ": another name in `lines`, such as `compute`, holds it"
            _report_item(context, items[0], message, "; leave it out")
        elif not items:
            context.issues.add(context.place("lines"), "lines", f"{message}; keep one of the names that hold it")
        else:
            is_of_base = items[0].layer is not items[-1].layer
            by = f", first by {items[0].layer.node.place.file}, which this extends" if is_of_base else ""
            _report_item(context, items[-1], f"{message}{by}", "; leave it out" if is_of_base else "; keep one")


def _report_item(context: Context, item: ListedItem, message: str, remedy: str) -> None:
    """Refuse an item of `lines`, which a working remedy removes."""
    place = item.layer.node.at(("lines", item.number))
    context.issues.add(place, "lines", message, lambda: [Remedy(remedy, remove=place)], remedy)


def _is_own(graph: Graph, line: str) -> bool:
    """Whether the formula of a line is the user's, which need not be of the basis of the library's line of that name."""
    formula = graph.formulas.get(line)
    return formula is not None and not (formula.function.__module__ or "").startswith("simulator.")


def _rank(context: Context, line: str) -> int:
    """Return the number of the layer that names a line, above zero; zero for one that another name stands for."""
    layer = next((each.layer for each in context.listed("lines") if each.name == line), None)
    return 0 if layer is None else 1 + next(number for number, each in enumerate(context.layers) if each is layer)


def _held(chain: Chain) -> str:
    """Describe the chain from an amount to a part of it; empty for the amount itself."""
    first, *others = chain
    return "" if not others else f"{first} holds {', which holds '.join(others)}"


def _of_other_basis(
    context: Context, basis: str, parts: Mapping[str, Mapping[str, Chain]], excluded: Container[str]
) -> Iterator[str]:
    """Yield lines of another basis beside those of the basis, after refusing them: both pay for the same chips."""
    known = context.known_lines
    of_basis = [line for line, each in parts.items() if any(basis in known[name].basis for name in each if name in known)]
    if not of_basis:
        return
    for line, each in parts.items():
        bases = next((known[name].basis for name in each if name in known and known[name].basis), ())
        if not bases or line in of_basis or line in excluded:
            continue
        message = f"{line} pays for {' or '.join(bases)} chips, and {of_basis[0]} for the same chips ({basis})"
        if basis == "rented" and len(bases) > 1:  # a cost of running chips, which an offer may leave out
            message += "; a rent includes it, unless its `excludes` names the line"
        _report(context, line, message)
        yield line


def _excluded(specifications: Mapping[str, Specification]) -> set[str]:
    """Return the lines that the rents of a scenario leave out, as an offer without electricity does."""
    excluded: set[str] = set()
    for name in _RENTS:
        if name in specifications:
            entry = specifications[name].entry
            excluded.update(entry.excludes)
            with suppress(ValueError):  # a row that the library does not have, which is reported where it is read
                excluded.update(entry_with_row(name, entry).excludes)
    return excluded


def _report(context: Context, line: str, message: str) -> None:
    item = next((each for each in context.listed("lines") if each.name == line), None)
    place = context.place("lines")
    remedies = []
    if item is not None:
        place = item.layer.node.at(("lines", item.number))
        remedies = [Remedy(f"; leave out {line}", remove=place)]
    context.issues.add(place, "lines", message, partial(tuple, remedies), f"; leave out {line}")


# --- what is part of what -------------------------------------------------------------------------------------------------


def _all_parts(context: Context, graph: Graph, line: str) -> dict[str, Chain]:
    """Return all that an amount holds, itself included, each with the chain that leads to it."""
    chains: dict[str, Chain] = {line: (line,)}
    pending = [line]
    while pending:
        name = pending.pop(0)
        for part in _parts_of(context, graph, name):
            if part not in chains:
                chains[part] = (*chains[name], part)
                pending.append(part)
    return chains


def _parts_of(context: Context, graph: Graph, name: str) -> Iterator[str]:
    """Yield what an amount adds up, by its formula here and by the general one of which it is a variant."""
    base = model.base_graph()
    formulas = [graph.formulas.get(name), base.formulas.get(name), base.formulas.get(_general_names().get(name, ""))]
    line = context.known_lines.get(name)
    for formula in formulas:
        if formula is not None:
            units = tuple(graph.units.get(need, base.units.get(need, Unit("1"))) for need in formula.needs)
            yield from _added_up(formula.function, formula.needs, units, is_line=line is not None)
    if line is not None and line.noncash:
        yield line.noncash


@cache
def _general_names() -> Mapping[str, str]:
    """Return the general name of each variant of a quantity that a choice selects."""
    return {
        variant: general
        for options in model.CHOICES.values()
        for names in options.values()
        for general, variant in names.items()
    }


@lru_cache(maxsize=2000)
def _added_up(
    function: Callable[..., Any], needs: tuple[str, ...], units: tuple[Unit, ...], *, is_line: bool
) -> tuple[str, ...]:
    """Return the amounts of which a formula is the sum, or of which it holds a share."""
    amounts = [number for number, unit in enumerate(units) if unit.text == "USD"]
    is_share = not is_line and len(amounts) == 1 and (function.__module__ or "").startswith("simulator.model")
    return tuple(needs[number] for number in amounts if _rises_with(function, needs, units, number, is_share=is_share))


def _rises_with(
    function: Callable[..., Any], needs: tuple[str, ...], units: tuple[Unit, ...], number: int, *, is_share: bool
) -> bool:
    """Whether a formula rises by one with each unit of an amount, or with `is_share` in proportion to it."""
    rng = np.random.default_rng(0)
    for _ in range(_POINTS):
        values = [1.0 if need in _NEUTRAL else _value(unit, rng) for need, unit in zip(needs, units, strict=True)]
        more = list(values)
        more[number] = 2 * values[number]
        try:
            with np.errstate(all="ignore"):
                before, after = float(function(*values)), float(function(*more))
        except (ValueError, TypeError, ArithmeticError):  # a formula of the user, which is reported where it is evaluated
            return False
        rise = after - before
        if not (
            np.isclose(rise, values[number], rtol=1e-6) or (is_share and before and np.isclose(after, 2 * before, rtol=1e-6))
        ):
            return False
    return True


def _value(unit: Unit, rng: np.random.Generator) -> float:
    if unit.is_fraction:
        return float(rng.uniform(0.1, 0.9))
    return max(unit.low if np.isfinite(unit.low) else 0.0, 0.0) + float(10 ** rng.uniform(-1, 3))
