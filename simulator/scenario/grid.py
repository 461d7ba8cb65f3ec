"""Grid files: a scenario file with one additional key, which defines the sweep. Each cell is a scenario."""

import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.money import BASE, in_currency
from simulator.core.suggestions import suggest_nearest
from simulator.engine.conversion import in_money_of_prices
from simulator.engine.inputs import Input
from simulator.engine.sampling.streams import generator
from simulator.engine.scenario import Scenario
from simulator.model import CHOICES
from simulator.scenario.assemble import MOST_ISSUES, Base
from simulator.scenario.layers import NOT_SET, Assignment, Layer, find_scenario, layers_of, overlay
from simulator.scenario.plain import mapping_name, node_of_mapping
from simulator.scenario.plausibility import is_whole
from simulator.scenario.remedies import Trials
from simulator.scenario.schema import Entry, Settings
from simulator.scenario.schema_issues import issues_of
from simulator.scenario.text import Node
from simulator.scenario.values import number

GRID, LIST, HYPERCUBE = "grid", "list", "latin-hypercube"
KINDS = (GRID, LIST, HYPERCUBE)
MOST_CELLS = 100_000
NOTHING = "none"
"""Label of a cell without levers or shocks."""
PRIOR = "prior"
"""Value in a hypercube for a quantity that keeps its prior."""

_ADJUSTMENT_SETTINGS = ("levers", "shocks")
_CELL = "cell"


@dataclass(frozen=True)
class Grid:
    """A sweep and the scenario of each cell, in the order of the grid (the last name changes fastest).

    `dims` maps each axis to its labels. The single axis of a list or a hypercube has numbers as labels, and `along` maps each
    swept name to its values along it. `units` are those of the quantities that are swept as numbers.
    """

    name: str
    title: str
    kind: str
    dims: dict[str, tuple[str, ...]]
    along: dict[str, tuple[str, ...]]
    units: dict[str, str]
    scenarios: tuple[Scenario, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The swept names."""
        return tuple(self.along or self.dims)

    def values_of(self, name: str) -> tuple[str, ...]:
        """Return the labels of a swept name: of its axis in a grid, and of each cell in a list or a hypercube."""
        return tuple(self.dims.get(name) or self.along[name])

    def labels(self, cell: int) -> dict[str, str]:
        """Return the label of each swept name in a cell."""
        if self.along:
            return {name: labels[cell] for name, labels in self.along.items()}
        shape = [len(labels) for labels in self.dims.values()]
        places = np.unravel_index(cell, shape)
        return {name: labels[int(place)] for (name, labels), place in zip(self.dims.items(), places, strict=True)}


_Cell = dict[str, tuple[str, Node]]
"""A cell as written: for each swept name, its label and its value."""


def read_grid(
    source: str | Mapping[str, object],
    *,
    formulas: Iterable[Callable[..., object]] = (),
    sets: Iterable[Assignment] = (),
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Grid:
    """Read a grid file and every scenario in it; raise `InvalidInputError` with the issues of all cells.

    The file, or a mapping with its keys, is a scenario (usually only `extends:`) with one of the keys `grid`, `list` and
    `latin-hypercube`. `seed` determines the points of a hypercube. `formulas` are added to those of the model, and `sets`
    are settings on top of the file.
    """
    reference = source if isinstance(source, str) else mapping_name(source)
    node, home = find_scenario(source) if isinstance(source, str) else (node_of_mapping(_with_lists(source)), Path.cwd())
    kinds = [kind for kind in KINDS if kind in (node.keys or {})]
    if len(kinds) != 1:
        message = f"has {' and '.join(kinds)}; keep one" if kinds else f"defines no sweep; add one of {', '.join(KINDS)}"
        raise InvalidInputError([Issue(node.place, "", message)])
    (kind,) = kinds
    scenario_node = _remove_key(node, kind)
    if not scenario_node.keys:
        raise InvalidInputError(
            [Issue(node.place, "extends", "is missing: name the scenario to sweep, as in `extends: gpt-4`")]
        )
    base = Base(reference, layers_of(reference, (scenario_node, home)), formulas)
    if settings := overlay({each.name: each.value for each in sets}, base.group_items).keys:
        base = base.including([Layer(Node(Place("--set"), keys=settings), own=True)])
    return _sweep(base, kind, node.child(kind), seed, progress)


def grid_of_scenario(base: Base, values: Mapping[str, object], *, progress: Callable[[int, int], None] | None = None) -> Grid:
    """Return all combinations of the values of each name, over a scenario; raise `InvalidInputError` with all issues."""
    node = node_of_mapping(_with_lists({GRID: values}), "grid")
    return _sweep(base, GRID, node.child(GRID), 0, progress)


def _with_lists(source: Mapping[str, object]) -> dict[str, object]:
    """Return a mapping in which the values of a grid are lists: arrays, series and ranges are values to sweep, not data."""
    axes = source.get(GRID)
    if not isinstance(axes, Mapping):
        return dict(source)
    return {**source, GRID: {name: _list_of(values) for name, values in axes.items()}}


def _list_of(values: object) -> object:
    is_array = not isinstance(values, type) and hasattr(values, "__array__") and np.ndim(values) == 1
    return list(values) if is_array or isinstance(values, range) else values  # type: ignore[call-overload]


def _sweep(base: Base, kind: str, sweep_node: Node, seed: int, progress: Callable[[int, int], None] | None) -> Grid:
    """Return the sweep that a node defines over a scenario."""
    dims, cells = (
        _grid(sweep_node) if kind == GRID else _list(sweep_node) if kind == LIST else _hypercube(sweep_node, base, seed)
    )
    scenarios = _read_cells(base, cells, progress)
    _check_money(sweep_node, scenarios)
    _check_use(sweep_node, cells, scenarios)
    names = dict.fromkeys(name for cell in cells for name in cell)
    along = {} if kind == GRID else {name: tuple(cell[name][0] if name in cell else "" for cell in cells) for name in names}
    units = {name: unit for name in names if (unit := _unit(scenarios, name)) is not None}
    return Grid(scenarios[0].name, scenarios[0].title, kind, dims, along, units, scenarios)


def _remove_key(node: Node, key: str) -> Node:
    assert node.keys is not None
    remainder = Node(node.place, keys={})
    for name, value in node.keys.items():
        if name != key:
            remainder.put(name, value, node.key_places[name])
    return remainder


# --- the cells as written -------------------------------------------------------------------------------------------------


def _grid(node: Node) -> tuple[dict[str, tuple[str, ...]], list[_Cell]]:
    """Return the axes, and a cell for every combination of the values of each name."""
    axes = {name: _axis(name, values) for name, values in _require_items(node, GRID)}
    _check_count(node, math.prod(map(len, axes.values())))
    cells = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    return {name: tuple(label for label, _ in axis) for name, axis in axes.items()}, cells


def _axis(name: str, node: Node) -> list[tuple[str, Node]]:
    """Return the values of a name with their labels, from a list or from a mapping of labels to values."""
    _check_name(name, node)
    if node.items is not None:
        axis = [(_format_label(value), value) for value in node.items]
    elif node.keys is not None:
        axis = list(node.keys.items())
    else:
        axis = []
    if not axis:
        raise InvalidInputError(
            [Issue(node.place, name, "must be a list of values, such as [0.3, 0.4], or names with a value each")]
        )
    duplicate = next((label for number, (label, _) in enumerate(axis) if label in [other for other, _ in axis[:number]]), None)
    if duplicate is not None:
        raise InvalidInputError([Issue(node.place, name, f"has {duplicate} twice; keep one")])
    return axis


def _list(node: Node) -> tuple[dict[str, tuple[str, ...]], list[_Cell]]:
    """Return the axis and the cells of a list, each with its changes."""
    if not node.items:
        raise InvalidInputError(
            [Issue(node.place, LIST, "must be a list of cells, such as `- {chip: nvidia-h100-sxm, mfu: 0.4}`")]
        )
    _check_count(node, len(node.items))
    cells = [{name: (_format_label(value), value) for name, value in _require_items(item, LIST)} for item in node.items]
    for cell in cells:
        for name, (_, value) in cell.items():
            _check_name(name, value)
    return _cell_axis(len(cells)), cells


def _hypercube(node: Node, base: Base, seed: int) -> tuple[dict[str, tuple[str, ...]], list[_Cell]]:
    """Return a Latin hypercube of the priors: each name has one value in each of as many equally likely intervals as cells."""
    options = dict(_require_items(node, HYPERCUBE))
    unknown_options = [name for name in options if name not in ("cells", "over")]
    if unknown_options or len(options) < 2:
        prefix = f"there is no {unknown_options[0]!r}; " if unknown_options else ""
        raise InvalidInputError(
            [Issue(node.place, HYPERCUBE, prefix + "give it `cells: 200` and `over:` with names and their ranges")]
        )
    try:
        cell_count = number(options["cells"].text)
        if cell_count != int(cell_count) or cell_count < 1:
            raise ValueError("must be a whole number above zero")
    except ValueError as error:
        raise InvalidInputError([Issue(options["cells"].place, f"{HYPERCUBE}.cells", str(error))]) from None
    _check_count(node, int(cell_count))
    distributions = _distributions(options["over"], base)
    cells: list[_Cell] = [{} for _ in range(int(cell_count))]
    for name, (place, quantity_input) in distributions.items():
        rng = generator(seed, f"sweep/{name}", 0)
        probabilities = (rng.permutation(len(cells)) + rng.random(len(cells))) / len(cells)
        for cell, p in zip(cells, probabilities.tolist(), strict=True):
            value, unit = quantity_input.distribution.quantile(p), quantity_input.unit.text
            text = f"{round(value) if is_whole(name) else value:.17g}"
            cell[name] = text, Node(place, text=text if unit == "1" else f"{text} {unit}")
    return _cell_axis(len(cells)), cells


def _distributions(node: Node, base: Base) -> dict[str, tuple[Place, Input]]:
    """Return the distribution of each name in a hypercube: its own range, or the prior of the scenario."""
    scenario = in_money_of_prices(base.scenario([]))  # values of a cell are read as amounts of a file
    pairs = (
        [(item.text or "", Node(item.place, text=PRIOR)) for item in node.items] if node.items else _require_items(node, "over")
    )
    distributions, issues = {}, []
    for name, value in pairs:
        key = f"{HYPERCUBE}.over.{name}"
        try:
            if name not in scenario.graph.units:
                candidates = [
                    quantity for quantity in scenario.plan.inputs if value.text != PRIOR or scenario.role(quantity) == "prior"
                ]
                raise ValueError(f"there is no such quantity{suggest_nearest(name, candidates)}")
            if value.text == PRIOR:
                if name not in scenario.inputs:
                    raise ValueError("is computed here, so it has no prior; give it a range")
                quantity_input = scenario.inputs[name]
            else:
                quantity_input = base.layers[-1].reader.input(
                    name, Entry.model_validate(value.plain()), scenario.graph.units[name], str(value.place)
                )
            if quantity_input.distribution.is_constant:
                raise ValueError("is one number; give it a range")
            distributions[name] = value.place, quantity_input
        except ValidationError as error:
            issues += issues_of(error, value, key)
        except ValueError as error:
            issues.append(Issue(value.place, key, str(error)))
    if issues:
        raise InvalidInputError(issues)
    return distributions


def _require_items(node: Node, key: str) -> Iterable[tuple[str, Node]]:
    if not node.keys:
        raise InvalidInputError([Issue(node.place, key, "must name the quantities to sweep, as in `mfu: [0.3, 0.4]`")])
    return node.keys.items()


def _cell_axis(count: int) -> dict[str, tuple[str, ...]]:
    return {_CELL: tuple(str(cell + 1) for cell in range(count))}


def _check_count(node: Node, count: int) -> None:
    if count > MOST_CELLS:
        raise InvalidInputError([Issue(node.place, "", f"has {count:,} cells; the limit for one sweep is {MOST_CELLS:,}")])


def _check_name(name: str, node: Node) -> None:
    if name == "extends":
        raise InvalidInputError([Issue(node.place, name, "cannot be swept; write one file for each scenario")])
    if name in NOT_SET:
        raise InvalidInputError([Issue(node.place, name, f"cannot be swept; {NOT_SET[name]}")])


def _format_label(node: Node) -> str:
    """Return a value as one line, for the label of its cell."""
    if node.text is not None:
        return " ".join(node.text.split())
    if node.items is not None:
        return "+".join(_format_label(item) for item in node.items) or NOTHING
    return ", ".join(f"{key} {_format_label(value)}" for key, value in (node.keys or {}).items())


# --- the cells as scenarios -----------------------------------------------------------------------------------------------


def _read_cells(base: Base, cells: list[_Cell], progress: Callable[[int, int], None] | None) -> tuple[Scenario, ...]:
    scenarios = []
    cells_of_issue: dict[Issue, list[int]] = {}
    for index, cell in enumerate(cells):
        scenario, report = base.try_assemble(base.with_layers(_layers(cell, base.group_items)))
        if scenario is not None:
            scenarios.append(scenario)
        for issue in report.issues:
            cells_of_issue.setdefault(issue, []).append(index)
        if len(cells_of_issue) >= MOST_ISSUES:
            break
        if progress is not None:
            progress(index + 1, len(cells))
    if cells_of_issue:
        trials = base.trials()
        completed_issues = {
            issue: _complete_issue(issue, cells[indices[0]], base, trials) for issue, indices in cells_of_issue.items()
        }
        raise InvalidInputError(
            [_with_cells(completed_issues[issue], indices, cells) for issue, indices in cells_of_issue.items()]
        )
    return tuple(scenarios)


def _complete_issue(issue: Issue, cell: _Cell, base: Base, trials: Trials) -> Issue:
    """Return an issue of a cell, its message completed with a remedy that works there."""
    layers = base.with_layers(_layers(cell, base.group_items))
    return trials.complete([issue], layers, base.try_assemble(layers)[1])[0]


def _layers(cell: _Cell, group_items: Mapping[str, str]) -> list[Layer]:
    """Return the changes of a cell as the top layer of its scenario."""
    values = {}
    for name, (_, value) in cell.items():
        if name in _ADJUSTMENT_SETTINGS:
            items = [value] if value.items is None else value.items
            value = Node(value.place, items=[item for item in items if item.text != NOTHING])
        values[name] = value
    top = overlay(values, group_items)
    return [Layer(top, own=True)] if top.keys else []


def _with_cells(issue: Issue, indices: list[int], cells: list[_Cell]) -> Issue:
    """Add to an issue the cells that have it, unless all of them do."""
    if len(indices) == len(cells):
        return issue
    first_cell = ", ".join(f"{name} {label}" for name, (label, _) in cells[indices[0]].items())
    return Issue(issue.place, issue.key, f"{issue.message} (in {len(indices):,} of {len(cells):,} cells, first {first_cell})")


def _check_use(node: Node, cells: list[_Cell], scenarios: tuple[Scenario, ...]) -> None:
    """Refuse a swept quantity that has no effect in any cell."""
    used_names = {name.partition(" before ")[0] for scenario in scenarios for name in scenario.inputs}
    for name in dict.fromkeys(name for cell in cells for name in cell):
        if name not in used_names and name not in Settings.model_fields and not name.endswith(".people"):
            raise InvalidInputError([Issue(node.place, name, "is swept but has no effect in any cell")])


def _check_money(node: Node, scenarios: tuple[Scenario, ...]) -> None:
    """Refuse cells in different money, whose amounts one table cannot hold."""
    money = list(dict.fromkeys(scenario.money for scenario in scenarios))
    if len(money) > 1:
        message = f"cells are in different money, {money[0]} and {money[1]}; set one for all cells: `money: {money[0]}`"
        raise InvalidInputError([Issue(node.place, "money", message)])


def _unit(scenarios: tuple[Scenario, ...], name: str) -> str | None:
    """Return the unit of a swept quantity, in the currency of the prices; None for a choice, a lever or another setting."""
    if name in Settings.model_fields or name in CHOICES:
        return None
    units = (scenario.graph.units[name].text for scenario in scenarios if name in scenario.graph.units)
    return next((in_currency(unit, BASE) for unit in units), None)
