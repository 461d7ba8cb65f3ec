"""Remedies by other choices: with which of them a quantity would take part, or one that is missing would not be needed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from simulator import model
from simulator.core.suggestions import Remedy
from simulator.engine.graph import Formula
from simulator.engine.scenario import TOTAL
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.settings import Selection
from simulator.scenario.assemble.specifications import Specifications
from simulator.scenario.assemble.structure import graph_with

MOST_IDLE = 5
"""Quantities that take no part of which a message asks whether they were meant in place of one that is missing."""

_Changes = Mapping[str, str]


@dataclass(frozen=True)
class Alternatives:
    """What the scenario would be with other choices, looked up only where a message needs it."""

    context: Context
    selection: Selection
    own: tuple[Formula, ...]
    specifications: Specifications
    group_inputs: Inputs
    _names: dict[tuple[tuple[tuple[str, str], ...], bool], frozenset[str]] = field(default_factory=dict, repr=False)
    """What takes part, by changes of choices and whether outcomes count."""

    @cached_property
    def given(self) -> frozenset[str]:
        """Quantities that are given, so that no formula computes them."""
        return frozenset({*self.specifications.by_name, *self.group_inputs.by_name})

    @cached_property
    def times(self) -> tuple[str, ...]:
        """Quantities of the schedule that are computed: ends of phases, and the escalation of prices until then."""
        ends = tuple(f"{phase}.end" for phase in self.selection.phases)
        return (*ends, "escalation") if ends and "escalation" in self.specifications.by_name else ends

    def using(self, names: list[str], *, before: str = ": it", outcomes: bool = True) -> Iterator[Remedy]:
        """Yield the choices with which one of some names would take part.

        One choice changes, or, where one is not enough, one with what the choice binds left out, or two.
        """
        single = [
            {choice: option}
            for choice, options in model.CHOICES.items()
            for option in options
            if option != self.context.last(choice)
        ]
        freed = [
            changes | {"without": name}
            for changes in single
            for choice, option in changes.items()
            for name in model.CHOICES[choice][option]
            if name in self.specifications.by_name
        ]
        pairs = [a | b for a, b in combinations(single, 2) if a.keys() != b.keys()]
        by_effort = (
            [changes for changes in several if self.takes_part(names, changes, outcomes=outcomes)]
            for several in (single, freed, pairs)
        )
        for changes in next(filter(None, by_effort), []):
            shown = [f"`{key}: {f'[{value}]' if key == 'without' else value}`" for key, value in changes.items()]
            yield Remedy(f"{before} would with {' and '.join(shown)}", settings=tuple(changes.items()))

    def takes_part(self, names: Iterable[str], changes: _Changes, *, outcomes: bool = True) -> bool:
        """Whether one of some names is on the way to the total, a time or an outcome where settings are changed."""
        key = tuple(changes.items()), outcomes
        if key not in self._names:
            self._names[key] = self._taking_part(changes, outcomes)
        return not self._names[key].isdisjoint(names)

    def _taking_part(self, changes: _Changes, outcomes: bool) -> frozenset[str]:
        choices = {key: changes.get(key, self.context.last(key)) for key in model.CHOICES}
        choices = {key: option for key, option in choices.items() if option is not None}
        graph = graph_with(self.context, self.selection, self.own, choices)
        given = self.given - {changes.get("without")}
        found: set[str] = set()
        waiting = [TOTAL, *((*self.times, *(self.context.last("outcomes") or ())) if outcomes else ())]
        while waiting:
            name = waiting.pop()
            if name not in found and name not in given and name in graph.formulas:
                waiting += graph.formulas[name].needs
            found.add(name)
        return frozenset(found)

    def without(self, missing: str) -> list[Remedy]:
        """Return the choices with which what is missing is not needed.

        They are those beside the choice that needs it, and those with which quantities that the scenario itself gives, and
        that take no part, would do so.
        """
        beside = [
            Remedy(f"; or choose `{choice}: {option}`", settings=((choice, option),))
            for choice, options in model.CHOICES.items()
            for option in options
            if missing in options.get(self.context.last(choice), {}).values() and option != self.context.last(choice)
        ]
        own = (name for name, each in self.specifications.by_name.items() if each.own)
        idle = [name for name in own if not self.takes_part([name], {})]
        found = (each for name in idle[:MOST_IDLE] for each in self.using([name], before=f"; {name} is given: it"))
        return [remedy for remedy in (*found, *beside) if len(remedy.settings) == 1]
