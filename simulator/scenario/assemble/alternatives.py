"""Remedies by other choices: those with which a quantity would be used, or a missing one would not be needed."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from simulator import model
from simulator.core.suggestions import Remedy
from simulator.engine.graph import Formula
from simulator.engine.scenario import TOTAL
from simulator.model import schedule
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.settings import SettingSelection
from simulator.scenario.assemble.specifications import Specifications
from simulator.scenario.assemble.structure import graph_with, has_staff

MOST_IDLE = 5
"""Maximum number of unused quantities that are tried as replacements for a missing one."""

_Changes = Mapping[str, str]


@dataclass(frozen=True)
class Alternatives:
    """The scenario under other choices, evaluated only when a message needs it."""

    context: Context
    selection: SettingSelection
    user_formulas: tuple[Formula, ...]
    specifications: Specifications
    group_inputs: Inputs

    @cached_property
    def input_names(self) -> frozenset[str]:
        """Quantities that are inputs, so that no formula computes them."""
        return frozenset({*self.specifications.by_name, *self.group_inputs.by_name})

    @cached_property
    def times(self) -> tuple[str, ...]:
        """Quantities of the timeline to compute: ends of stated phases, a wait before them, and the escalation of prices."""
        phase_ends = tuple(f"{phase}.end" for phase in self.selection.phases)
        waits = any(name.startswith("lever/") and name.endswith(".wait") for name in self.group_inputs.by_name)
        return (
            *phase_ends,
            *((schedule.ADOPTION_WAIT,) if waits else ()),
            *(("escalation",) if "escalation" in self.specifications.by_name else ()),
        )

    def remedies_using(self, names: list[str], *, before: str = ": it", outcomes: bool = True) -> Iterator[Remedy]:
        """Yield the choices under which one of some names would be used.

        They change one choice, or, if that is not enough, one choice without the quantity that it binds, or two choices.
        """
        single = [
            {choice: option}
            for choice, options in model.CHOICES.items()
            for option in options
            if option != self.context.last(choice)
        ]
        removals = [
            changes | {"without": name}
            for changes in single
            for choice, option in changes.items()
            for name in model.CHOICES[choice][option]
            if name in self.specifications.by_name
        ]
        pairs = [a | b for a, b in combinations(single, 2) if a.keys() != b.keys()]
        by_effort = (
            [changes for changes in change_sets if self.takes_part(names, changes, outcomes=outcomes)]
            for change_sets in (single, removals, pairs)
        )
        for changes in next(filter(None, by_effort), []):
            settings_text = [f"`{key}: {f'[{value}]' if key == 'without' else value}`" for key, value in changes.items()]
            yield Remedy(f"{before} would with {' and '.join(settings_text)}", settings=tuple(changes.items()))

    def takes_part(self, names: Iterable[str], changes: _Changes, *, outcomes: bool = True) -> bool:
        """Whether one of some names is needed for the total, a time or an outcome under changed settings."""
        active_names, key = self.context.active_names, (self._dependencies, tuple(changes.items()), outcomes)
        if key not in active_names:
            active_names[key] = self._find_active(changes, outcomes)
        return not active_names[key].isdisjoint(names)

    @cached_property
    def _dependencies(self) -> Hashable:
        """Everything that `_find_active` reads besides its arguments, and besides the user's formulas."""
        return (
            tuple(self.context.last(choice) for choice in model.CHOICES),
            self.context.line_names,
            self.context.outcome_names,
            has_staff(self.context),
            tuple(self.selection.groups.items()),
            self.selection.timeline and self.selection.timeline.key,
            self.times,
            self.input_names,
        )

    def _find_active(self, changes: _Changes, outcomes: bool) -> frozenset[str]:
        choices = {**self.selection.choices, **{key: changes[key] for key in model.CHOICES if key in changes}}
        inputs = self.input_names - {changes.get("without")}
        graph = graph_with(self.context, self.selection, self.user_formulas, choices, inputs)
        active: set[str] = set()
        pending = [TOTAL, *((*self.times, *self.context.outcome_names) if outcomes else ())]
        while pending:
            name = pending.pop()
            if name not in active and name not in inputs and name in graph.formulas:
                pending += graph.formulas[name].needs
            active.add(name)
        return frozenset(active)

    def remedies_without(self, missing: str) -> list[Remedy]:
        """Return the choices under which a missing quantity is not needed.

        They are the alternatives to the choice that needs it, and the choices under which unused quantities of the scenario
        itself would be used.
        """
        same_choice = [
            Remedy(f"; or choose `{choice}: {option}`", settings=((choice, option),))
            for choice, options in model.CHOICES.items()
            for option in options
            if missing in options.get(self.context.last(choice), {}).values() and option != self.context.last(choice)
        ]
        own_names = (name for name, specification in self.specifications.by_name.items() if specification.own)
        idle = [name for name in own_names if not self.takes_part([name], {})]
        other_choices = (
            remedy
            for name in idle[:MOST_IDLE]
            for remedy in self.remedies_using([name], before=f"; {name} acts on nothing here: it")
        )
        return [remedy for remedy in (*other_choices, *same_choice) if len(remedy.settings) == 1]
