"""A grid file: a scenario file with one key more, which says what is swept. Every cell is a scenario, read in validation."""

import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from pydantic import ValidationError

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.suggestions import nearest
from simulator.engine.inputs import Input
from simulator.engine.sampling.streams import generator
from simulator.engine.scenario import Scenario
from simulator.model import CHOICES
from simulator.scenario.assemble import MOST_ISSUES, Base
from simulator.scenario.entries import Reader, issues_of
from simulator.scenario.layers import Layer, find, layers_of, overlay
from simulator.scenario.remedies import Trials
from simulator.scenario.schema import Entry, Settings
from simulator.scenario.text import Node
from simulator.scenario.values import number

GRID, LIST, HYPERCUBE = "grid", "list", "latin-hypercube"
KINDS = (GRID, LIST, HYPERCUBE)
MOST_CELLS = 100_000
NOTHING = "none"
"""How a cell says that it pulls no lever, or that no shock happens."""
PRIOR = "prior"
"""How a hypercube says that a quantity keeps to the prior that it has."""

_SHELVES = ("levers", "shocks")
_CELL = "cell"


@dataclass(frozen=True)
class Grid:
    """What is swept, and the scenario of each cell, in the order of the grid (the last name changes fastest).

    `dims` names the axes with their labels. On the one axis of a list or a hypercube the labels are numbers, and `along` says
    what each swept name is there; `units` are those of quantities that are swept as numbers.
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
        """What is swept."""
        return tuple(self.along or self.dims)

    def labels(self, cell: int) -> dict[str, str]:
        """Return what each swept name is in a cell."""
        if self.along:
            return {name: labels[cell] for name, labels in self.along.items()}
        shape = [len(labels) for labels in self.dims.values()]
        places = np.unravel_index(cell, shape)
        return {name: labels[int(place)] for (name, labels), place in zip(self.dims.items(), places, strict=True)}


_Cell = dict[str, tuple[str, Node]]
"""A cell as written: for each swept name its label, and its value (a value without keys, items and text is left as it is)."""


def read_grid(
    reference: str,
    *,
    formulas: Iterable[Callable[..., object]] = (),
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Grid:
    """Read a grid file and every scenario in it; raise `InvalidInputError` with the issues of all cells together.

    The file is a scenario (most often `extends:` and nothing else) with one of the keys `grid`, `list` and `latin-hypercube`.
    `seed` places the points of a hypercube. `formulas` are functions that take part like the model's own.
    """
    node, home = find(reference)
    found = [kind for kind in KINDS if kind in (node.keys or {})]
    if len(found) != 1:
        what = f"has {' and '.join(found)}; keep one" if found else f"says nothing to sweep; give it one of {', '.join(KINDS)}"
        raise InvalidInputError([Issue(node.place, "", what)])
    (kind,) = found
    own = _without(node, kind)
    if not own.keys:
        raise InvalidInputError(
            [Issue(node.place, "extends", "is missing: name the scenario to sweep, as in `extends: gpt-4`")]
        )
    base = Base(reference, layers_of(reference, (own, home)), formulas)
    swept = node.child(kind)
    dims, cells = _grid(swept) if kind == GRID else _list(swept) if kind == LIST else _hypercube(swept, base, seed)
    scenarios = _read_cells(base, cells, progress)
    _check_use(swept, cells, scenarios)
    names = dict.fromkeys(name for cell in cells for name in cell)
    along = {} if kind == GRID else {name: tuple(cell[name][0] if name in cell else "" for cell in cells) for name in names}
    units = {name: unit for name in names if (unit := _unit(scenarios, name)) is not None}
    return Grid(scenarios[0].name, scenarios[0].title, kind, dims, along, units, scenarios)


def _without(node: Node, key: str) -> Node:
    assert node.keys is not None
    left = Node(node.place, keys={})
    for name, value in node.keys.items():
        if name != key:
            left.put(name, value, node.key_places[name])
    return left


# --- the cells as written -------------------------------------------------------------------------------------------------


def _grid(node: Node) -> tuple[dict[str, tuple[str, ...]], list[_Cell]]:
    """Every combination of the values of each name."""
    axes = {name: _axis(name, values) for name, values in _named(node, GRID)}
    _check_count(node, math.prod(map(len, axes.values())))
    cells = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    return {name: tuple(label for label, _ in axis) for name, axis in axes.items()}, cells


def _axis(name: str, node: Node) -> list[tuple[str, Node]]:
    """The values of a name with their labels: a list, or a mapping where the reader gives them names."""
    _check_name(name, node)
    if node.items is not None:
        axis = [(_said(value), value) for value in node.items]
    elif node.keys is not None:
        axis = list(node.keys.items())
    else:
        axis = []
    if not axis:
        raise InvalidInputError(
            [Issue(node.place, name, "must be a list of values, such as [0.3, 0.4], or names with a value each")]
        )
    twice = next((label for number, (label, _) in enumerate(axis) if label in [other for other, _ in axis[:number]]), None)
    if twice is not None:
        raise InvalidInputError([Issue(node.place, name, f"has {twice} twice; keep one")])
    return axis


def _list(node: Node) -> tuple[dict[str, tuple[str, ...]], list[_Cell]]:
    """Cells one by one, each with what it changes."""
    if not node.items:
        raise InvalidInputError(
            [Issue(node.place, LIST, "must be a list of cells, such as `- {chip: nvidia-h100-sxm, mfu: 0.4}`")]
        )
    _check_count(node, len(node.items))
    cells = [{name: (_said(value), value) for name, value in _named(item, LIST)} for item in node.items]
    for cell in cells:
        for name, (_, value) in cell.items():
            _check_name(name, value)
    return _numbered(len(cells)), cells


def _hypercube(node: Node, base: Base, seed: int) -> tuple[dict[str, tuple[str, ...]], list[_Cell]]:
    """Points that fill the priors evenly: of every name, one value in each of as many equally likely parts."""
    known = dict(_named(node, HYPERCUBE))
    wrong = [name for name in known if name not in ("cells", "over")]
    if wrong or len(known) < 2:
        said = f"there is no {wrong[0]!r}; " if wrong else ""
        raise InvalidInputError(
            [Issue(node.place, HYPERCUBE, said + "give it `cells: 200` and `over:` with names and their ranges")]
        )
    try:
        count = number(known["cells"].text)
        if count != int(count) or count < 1:
            raise ValueError("must be a whole number above zero")
    except ValueError as error:
        raise InvalidInputError([Issue(known["cells"].place, f"{HYPERCUBE}.cells", str(error))]) from None
    _check_count(node, int(count))
    distributions = _distributions(known["over"], base)
    cells: list[_Cell] = [{} for _ in range(int(count))]
    for name, (place, made) in distributions.items():
        luck = generator(seed, f"sweep/{name}", 0)
        share = (luck.permutation(len(cells)) + luck.random(len(cells))) / len(cells)
        for cell, p in zip(cells, share.tolist(), strict=True):
            said = f"{made.distribution.quantile(p):.17g}"
            cell[name] = said, Node(place, text=said)
    return _numbered(len(cells)), cells


def _distributions(node: Node, base: Base) -> dict[str, tuple[Place, Input]]:
    """The distribution of each name that a hypercube goes over: its own range, or the prior that the scenario has."""
    plain = base.scenario([])
    pairs = [(item.text or "", Node(item.place, text=PRIOR)) for item in node.items] if node.items else _named(node, "over")
    distributions, issues = {}, []
    for name, value in pairs:
        key = f"{HYPERCUBE}.over.{name}"
        try:
            if name not in plain.graph.units:
                known = [each for each in plain.plan.inputs if value.text != PRIOR or plain.role(each) == "prior"]
                raise ValueError(f"there is no such quantity{nearest(name, known)}")
            if value.text == PRIOR:
                if name not in plain.inputs:
                    raise ValueError("is computed here, so it has no prior; give it a range")
                made = plain.inputs[name]
            else:
                made = Reader().input(name, Entry.model_validate(value.plain()), plain.graph.units[name], str(value.place))
            if made.distribution.is_constant:
                raise ValueError("is one number; give it a range")
            distributions[name] = value.place, made
        except ValidationError as error:
            issues += issues_of(error, value, key)
        except ValueError as error:
            issues.append(Issue(value.place, key, str(error)))
    if issues:
        raise InvalidInputError(issues)
    return distributions


def _named(node: Node, key: str) -> Iterable[tuple[str, Node]]:
    if not node.keys:
        raise InvalidInputError([Issue(node.place, key, "must name what is swept, as in `mfu: [0.3, 0.4]`")])
    return node.keys.items()


def _numbered(count: int) -> dict[str, tuple[str, ...]]:
    return {_CELL: tuple(str(cell + 1) for cell in range(count))}


def _check_count(node: Node, count: int) -> None:
    if count > MOST_CELLS:
        raise InvalidInputError([Issue(node.place, "", f"makes {count:,} cells; {MOST_CELLS:,} are the most in one sweep")])


def _check_name(name: str, node: Node) -> None:
    if name == "extends":
        raise InvalidInputError([Issue(node.place, name, "cannot be swept; sweep one scenario in each file")])


def _said(node: Node) -> str:
    """Say a value in one line, as the label of its cell."""
    if node.text is not None:
        return " ".join(node.text.split())
    if node.items is not None:
        return "+".join(_said(item) for item in node.items) or NOTHING
    return ", ".join(f"{key} {_said(value)}" for key, value in (node.keys or {}).items())


# --- the cells as scenarios -----------------------------------------------------------------------------------------------


def _read_cells(base: Base, cells: list[_Cell], progress: Callable[[int, int], None] | None) -> tuple[Scenario, ...]:
    scenarios = []
    faulty: dict[Issue, list[int]] = {}
    for at, cell in enumerate(cells):
        made, outcome = base.assembled(base.with_layers(_layers(cell, base.group_items)))
        if made is not None:
            scenarios.append(made)
        for issue in outcome.issues:
            faulty.setdefault(issue, []).append(at)
        if len(faulty) >= MOST_ISSUES:
            break
        if progress is not None:
            progress(at + 1, len(cells))
    if faulty:
        trials = base.trials()
        told = {issue: _completed(issue, cells[where[0]], base, trials) for issue, where in faulty.items()}
        raise InvalidInputError([_located(told[issue], where, cells) for issue, where in faulty.items()])
    return tuple(scenarios)


def _completed(issue: Issue, cell: _Cell, base: Base, trials: Trials) -> Issue:
    """Return an issue of a cell with what works there in its message."""
    layers = base.with_layers(_layers(cell, base.group_items))
    return trials.completed([issue], layers, base.assembled(layers)[1])[0]


def _layers(cell: _Cell, group_items: Mapping[str, str]) -> list[Layer]:
    """What a cell changes, as the top layer of its scenario."""
    values = {}
    for name, (_, value) in cell.items():
        if name in _SHELVES:
            items = [value] if value.items is None else value.items
            value = Node(value.place, items=[item for item in items if item.text != NOTHING])
        values[name] = value
    top = overlay(values, group_items)
    return [Layer(top, own=True)] if top.keys else []


def _located(issue: Issue, where: list[int], cells: list[_Cell]) -> Issue:
    """Say in which cells an issue is found, where it is not in all of them."""
    if len(where) == len(cells):
        return issue
    first = ", ".join(f"{name} {label}" for name, (label, _) in cells[where[0]].items())
    return Issue(issue.place, issue.key, f"{issue.message} (in {len(where):,} of {len(cells):,} cells, first {first})")


def _check_use(node: Node, cells: list[_Cell], scenarios: tuple[Scenario, ...]) -> None:
    """Refuse a quantity that acts on nothing in any of the cells that give it."""
    used = {name.partition(" before ")[0] for scenario in scenarios for name in scenario.inputs}
    for name in dict.fromkeys(name for cell in cells for name in cell):
        if name not in used and name not in Settings.model_fields and not name.endswith(".people"):
            raise InvalidInputError([Issue(node.place, name, "is swept and acts on nothing in any cell")])


def _unit(scenarios: tuple[Scenario, ...], name: str) -> str | None:
    """The unit of a swept quantity; None for a choice, a lever or another setting."""
    if name in Settings.model_fields or name in CHOICES:
        return None
    return next((scenario.graph.units[name].text for scenario in scenarios if name in scenario.graph.units), None)
