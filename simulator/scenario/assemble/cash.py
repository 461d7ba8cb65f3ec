"""Formulas of the cash cost: which lines are no payment, and what is paid that is no line."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np

from simulator import model
from simulator.core.units import Unit
from simulator.engine.graph import Formula, Graph
from simulator.engine.payments import PaymentTerms
from simulator.model.lines import Line
from simulator.scenario.assemble.payments import HARDWARE

USD = Unit("USD", low=float("-inf"))
SHARE = Unit("1", low=float("-inf"))


def noncash_parts(lines: Iterable[str], terms: Mapping[str, PaymentTerms], known: Mapping[str, Line]) -> dict[str, str]:
    """Return the quantity that is the part of each line which is no payment: the line itself, or a part of it."""
    parts = {line: line if not terms[line].is_cash else known[line].noncash if line in known else "" for line in lines}
    return {line: part for line, part in parts.items() if part}


def cash_formulas(
    lines: tuple[str, ...],
    sums: Mapping[str, tuple[str, ...]],
    terms: Mapping[str, PaymentTerms],
    known: Mapping[str, Line],
) -> list[Formula]:
    """Return the formulas of the costs that are no payment, from the parts of `sums`, such as `compute_cost`."""
    never = {line for line, each in terms.items() if not each.is_cash}
    compute, fixed, supply = (sums.get(name, ()) for name in ("compute_cost", "fixed_cost", "supply_cost"))
    formulas = [
        _share("compute_noncash_share", "compute_cost", [line for line in compute if line in never]),
        _share("fixed_noncash_share", "fixed_cost", [line for line in fixed if line in never]),
        _share("supply_noncash_share", "supply_cost", [line for line in supply if line in never]),
        _sum("noncash_cost", noncash_parts(lines, terms, known).values()),
        _share("fleet_surcharge", "basis_hardware_cost", _bought_with_hardware(lines, known)),
    ]
    if not (HARDWARE in terms and terms[HARDWARE].is_cash):
        formulas.append(Formula("fleet_payments", model.nothing, (), USD))
    return formulas


def _bought_with_hardware(lines: Iterable[str], known: Mapping[str, Line]) -> list[str]:
    """Return the lines that a purchase of hardware pays too, such as spares."""
    return [line for line in lines if line in known and "owned" in known[line].basis and known[line].paid.get("") == "purchase"]


def without_what_is_missing(graph: Graph, is_computable: Any) -> Graph:
    """Return the graph with a cash cost that needs neither credits nor a resale value where there are none."""
    if not is_computable(graph, "fleet_proceeds"):
        graph = graph.with_formulas([Formula("fleet_proceeds", model.nothing, (), USD)])
    if not is_computable(graph, "credits_used"):
        needs = ("total_cost", "noncash_cost", "fleet_payments")
        graph = graph.with_formulas([Formula("cash_cost", model.cash.cash_without_credits, needs, USD)])
    return graph


def _sum(name: str, parts: Collection[str]) -> Formula:
    return Formula(name, model.add_up, tuple(parts), USD) if parts else Formula(name, model.nothing, (), USD)


def _share(name: str, whole: str, parts: Collection[str]) -> Formula:
    return Formula(name, share, (whole, *parts), SHARE) if parts else Formula(name, model.nothing, (), SHARE)


def share(whole: Any, *parts: Any) -> Any:
    """Some parts over the whole of them, and nothing of nothing."""
    return np.where(whole == 0, 0, np.divide(model.add_up(*parts), whole))
