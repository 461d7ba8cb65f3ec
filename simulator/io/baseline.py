"""Comparison of a run with an earlier one, whose JSON was saved."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.core.results import SCHEMA, Plain
from simulator.scenario import TOTAL

if TYPE_CHECKING:
    from simulator.io.run_summary import QuantityStatistics, RunSummary


@dataclass(frozen=True, slots=True)
class Change:
    """A figure in two runs, in the unit of its quantity.

    Attributes
    ----------
    old, new : float
        In the earlier run and in the new one.
    change : float
        The difference.

    """

    old: float
    new: float
    change: float


@dataclass(frozen=True, slots=True)
class QuantityChanges:
    """Changes of the figures of one quantity.

    Attributes
    ----------
    median : Change
    low, high : Change
        Of the bounds of the central interval.
    p80 : Change

    """

    median: Change
    low: Change
    high: Change
    p80: Change


@dataclass(frozen=True, slots=True)
class BaselineComparison:
    """What has changed since an earlier run.

    Attributes
    ----------
    quantities : dict of str to QuantityChanges
        Changes of the total and of each line, USD.
    inputs_changed : tuple of str
        Inputs with another specification.
    run_differs_in : tuple of str
        Options and properties of the run that differ, such as `seed`.
    median_change_mcse : float
        Monte Carlo standard error of the change of the total's median, USD, if the draws are independent.

    """

    quantities: Mapping[str, QuantityChanges]
    inputs_changed: tuple[str, ...]
    run_differs_in: tuple[str, ...]
    median_change_mcse: float


@dataclass(frozen=True, slots=True)
class SavedQuantity:
    """What a comparison needs of a quantity of an earlier run: its figures, and the specification if it was an input."""

    median: float
    low: float
    high: float
    p80: float
    median_error: float
    specification: str | None


@dataclass(frozen=True, slots=True)
class SavedRun:
    """What a comparison needs of an earlier run.

    Attributes
    ----------
    money : str
    quantities : dict of str to SavedQuantity
    options : dict of str to str, number or None
        Options and properties of the run by their keys in the JSON.

    """

    money: str
    quantities: Mapping[str, SavedQuantity]
    options: Mapping[str, Plain]


_OPTIONS = ("draws", "seed", "method", "interval", "version", "scope")
UNREADABLE = "is no result of `llmcost run --format json` that this version can read"


def read_saved_run(data: Plain) -> SavedRun:
    """Return an earlier run from its JSON; raise ValueError where it is none that this version wrote."""
    if not isinstance(data, dict) or data.get("schema") != SCHEMA or not isinstance(data.get("money"), str):
        raise ValueError(UNREADABLE)
    content: dict[str, Any] = data
    try:
        quantities = {name: _saved_quantity(quantity) for name, quantity in content["quantities"].items()}
        quantities[TOTAL]  # an earlier run has a total
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ValueError(UNREADABLE) from None
    return SavedRun(content["money"], quantities, {key: content.get(key) for key in _OPTIONS})


def _saved_quantity(data: Any) -> SavedQuantity:
    median, low, high, p80, error = (
        _finite(figure)
        for figure in (data["median"], data["low"], data["high"], data["quantiles"]["80"], data["mcse"]["median"])
    )
    return SavedQuantity(median, low, high, p80, error, data.get("specification"))


def _finite(figure: Any) -> float:
    if not isinstance(figure, int | float) or not math.isfinite(figure):
        raise ValueError(f"{figure!r} is no finite number")
    return figure


def compare_with_baseline(data: Plain, new: "RunSummary") -> BaselineComparison:
    """Compare the JSON of an earlier run with a new one: values of total and lines, and differences in inputs and options.

    Raises ValueError if the two cannot be compared (another schema, other money, missing quantities).
    """
    old = read_saved_run(data)
    if old.money != new.header.money:
        raise ValueError(f"is in {old.money}, and this run in {new.header.money}; they cannot be compared")
    names = {**old.quantities, **new.quantities}
    return BaselineComparison(
        quantities={
            name: _changes(old.quantities[name], quantity)
            for name, quantity in new.quantities.items()
            if quantity.role in ("total", "line") and name in old.quantities
        },
        inputs_changed=tuple(name for name in names if _specification(old, name) != _specification(new, name)),
        run_differs_in=tuple(key for key, value in _options(new).items() if old.options[key] != value),
        median_change_mcse=math.hypot(old.quantities[TOTAL].median_error, new.total.mcse.median),
    )


def _changes(old: SavedQuantity, new: "QuantityStatistics") -> QuantityChanges:
    pairs = (old.median, new.median), (old.low, new.low), (old.high, new.high), (old.p80, new.p80)
    return QuantityChanges(*(Change(before, after, after - before) for before, after in pairs))


def _specification(run: "SavedRun | RunSummary", name: str) -> str | None:
    quantity = run.quantities.get(name)
    return None if quantity is None else quantity.specification


def _options(run: "RunSummary") -> dict[str, Plain]:
    header = run.header
    return dict(zip(_OPTIONS, (header.draws, header.seed, run.method, header.interval, header.version, header.scope),
                    strict=True))  # fmt: skip
