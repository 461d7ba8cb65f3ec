"""Comparison of a run with an earlier one, whose JSON was saved."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.core.errors import UnsupportedError
from simulator.core.results import Plain
from simulator.io.saved_run import SavedQuantity, SavedRun, read_saved_run

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


_OPTIONS = ("draws", "seed", "method", "interval", "version", "scope")


def compare_with_baseline(data: Plain, new: "RunSummary") -> BaselineComparison:
    """Compare the JSON of an earlier run with a new one: values of total and lines, and differences in inputs and options.

    Raises `InvalidValueError` if the earlier one cannot be read, and `UnsupportedError` if the two are in different money.
    """
    old = read_saved_run(data)
    if old.money != new.header.money:
        message = f"is in {old.money}, and this run in {new.header.money}; they cannot be compared"
        raise UnsupportedError(f"{message}: convert this run, as in --money '{old.money}'")
    names = {**old.quantities, **new.quantities}
    return BaselineComparison(
        quantities={
            name: _changes(old.quantities[name], quantity)
            for name, quantity in new.quantities.items()
            if quantity.role in ("total", "line") and name in old.quantities
        },
        inputs_changed=tuple(name for name in names if _specification(old, name) != _specification(new, name)),
        run_differs_in=tuple(key for key, value in _options(new).items() if getattr(old, key) != value),
        median_change_mcse=math.hypot(old.total.mcse.median, new.total.mcse.median),
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
