"""The result of a sweep: the statistics of every cell."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.core.csv_text import Cell
from simulator.core.files import check_output_file
from simulator.core.results import AnalysisResult, hidden, renamed
from simulator.engine.summaries import BudgetAssessment
from simulator.scenario import TOTAL, Scenario
from simulator.scenario.grid import Grid
from simulator.scenario.values import number

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, slots=True, kw_only=True)
class CellQuantity:
    """Statistics of one quantity of a cell, in its canonical unit.

    Attributes
    ----------
    unit, role : str
        The canonical unit, and whether it is the total, a line or an outcome.
    mean, sd : float or None
        Mean and standard deviation.
    median : float
    low, high : float
        Bounds of the central interval.
    p2_5, p5, p10, p20, p50, p70, p80, p90, p95, p97_5 : float
        Quantiles by percent; `p2.5` and `p97.5` in the JSON.
    mcse_mean : float or None
    mcse_median, mcse_low, mcse_high : float
        Monte Carlo standard errors of mean, median and bounds.

    """

    unit: str
    role: str
    mean: float | None
    sd: float | None
    median: float
    low: float
    high: float
    p2_5: float = renamed("p2.5")
    p5: float
    p10: float
    p20: float
    p50: float
    p70: float
    p80: float
    p90: float
    p95: float
    p97_5: float = renamed("p97.5")
    mcse_mean: float | None
    mcse_median: float
    mcse_low: float
    mcse_high: float

    @classmethod
    def of(cls, unit: str, role: str, values: Iterable[float | None]) -> "CellQuantity":
        """Return the statistics of a quantity from their values in the order of `STATISTICS`."""
        names = (each.name for each in fields(cls)[2:])
        figures: Mapping[str, Any] = dict(zip(names, values, strict=True))
        return cls(unit=unit, role=role, **figures)

    def values(self) -> tuple[float | None, ...]:
        """Return the statistics in the order of `STATISTICS`."""
        return tuple(getattr(self, each.name) for each in fields(self)[2:])

    def statistic(self, name: str) -> float | None:
        """Return one of `STATISTICS`."""
        return self.values()[STATISTICS.index(name)]


STATISTICS: tuple[str, ...] = tuple(each.metadata.get("key", each.name) for each in fields(CellQuantity)[2:])
"""Names of the statistics of a quantity, as in the JSON."""


@dataclass(frozen=True, kw_only=True)
class CellStatistics:
    """Statistics of one cell.

    Attributes
    ----------
    draws : int
    point_estimate : float
        Total with every prior at its median, or that of the scenario, USD.
    budget : BudgetAssessment or None
        None without a budget.
    quantities : dict of str to CellQuantity
        The total, lines and outcomes by name.

    """

    draws: int
    point_estimate: float
    budget: BudgetAssessment | None
    quantities: Mapping[str, CellQuantity]


@dataclass(frozen=True, kw_only=True)
class CellLabels:
    """The label of each swept name in a cell, and the fingerprint of its scenario."""

    at: Mapping[str, str]
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class SweepCell(CellStatistics, CellLabels):
    """One cell of a sweep.

    Attributes
    ----------
    at : dict of str to str
        The value of each swept name, with its unit as in a scenario file; empty where a list leaves a name as it is.
    fingerprint : str
        Hash of everything in its scenario that the figures depend on.
    draws, point_estimate, budget, quantities
        As in `CellStatistics`.

    """


@dataclass(frozen=True, slots=True)
class Variable:
    """A name that is swept.

    Attributes
    ----------
    name : str
    unit : str or None
        Unit of a quantity; None for a choice, a lever or another setting.
    values : tuple of str
        Its values: those of its axis in a grid, and one for each cell in a list or a hypercube. Those of a grid and a list are
        as they are written, and those of a hypercube in `unit`.

    """

    name: str
    unit: str | None
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SweepResult(AnalysisResult):
    """The statistics of every cell of a grid, in its order.

    Attributes
    ----------
    kind : str
        `grid`, `list` or `latin-hypercube`.
    method : str
        Sampling method.
    variables : tuple of Variable
        The swept names; the last one changes fastest in a grid.
    cells : tuple of SweepCell
    grid : Grid
        The scenarios of the cells; not in the data.

    Examples
    --------
    >>> import llmcost
    >>> result = llmcost.sweep({"extends": "gpt-4", "grid": {"chips": [16000, 32000]}}, draws=2000)
    >>> medians = result.statistic("total_cost", "median")
    >>> medians[0] < medians[1]
    True

    """

    kind: str
    method: str
    variables: tuple[Variable, ...]
    cells: tuple[SweepCell, ...]
    grid: Grid = hidden()

    def statistic(self, quantity: str, statistic: str) -> list[float | None]:
        """Return one of `STATISTICS` of a quantity in every cell; None where a cell lacks the quantity."""
        return [cell.quantities[quantity].statistic(statistic) if quantity in cell.quantities else None for cell in self.cells]

    def extremes(self, quantity: str, statistic: str = "median") -> tuple[int, int]:
        """Return the places of the cells with the lowest and the highest value of a statistic."""
        values = {place: value for place, value in enumerate(self.statistic(quantity, statistic)) if value is not None}
        return min(values, key=values.__getitem__), max(values, key=values.__getitem__)

    def to_xarray(self) -> "xr.Dataset":
        """Return all figures with the swept names as coordinates: `figures` by quantity and statistic."""
        from simulator.analysis.sweep.files import to_dataset

        return to_dataset(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the figures in the format of the path's suffix: .nc, .zarr, .csv or .json."""
        from simulator.analysis.sweep.files import SUFFIXES, check_output, save

        path = Path(path)
        check_output_file(path, SUFFIXES)
        check_output(path)
        save(self, path)

    def table(self) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Return one row for each quantity of each cell."""
        names = [variable.name for variable in self.variables]
        columns = ("cell", *names, "quantity", "role", "unit", *STATISTICS, "probability_within_budget")
        rows: list[tuple[Cell, ...]] = []
        for place, cell in enumerate(self.cells, start=1):
            labels = [number(label) if is_number(label) else label for label in self.grid.labels(place - 1).values()]
            within = None if cell.budget is None else cell.budget.probability_within
            for name, figures in cell.quantities.items():
                row = (place, *labels, name, figures.role, figures.unit, *figures.values())
                rows.append((*row, within if name == TOTAL else None))
        return columns, rows


def is_number(label: str) -> bool:
    """Whether the label of a cell is a number."""
    try:
        number(label)
    except ValueError:
        return False
    return True


def reported_quantities(scenarios: Iterable[Scenario]) -> list[str]:
    """Return the quantities that a sweep reports in any of its cells, the total first."""
    return list(dict.fromkeys(name for scenario in scenarios for name in (TOTAL, *scenario.lines, *scenario.outcomes)))
