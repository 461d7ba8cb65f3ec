"""Options that override parts of a scenario, and a scenario that is read once and varied cheaply."""

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from simulator.core.errors import Issue
from simulator.engine.scenario import Scenario
from simulator.scenario.assemble.pipeline import Base
from simulator.scenario.layers import Layer, command_line_layer, layers_of


@dataclass(frozen=True, slots=True)
class Overrides:
    """What is set on top of a scenario file.

    Attributes
    ----------
    sets : tuple of str
        `NAME=VALUE` in the grammar of the file.
    levers, shocks : tuple of str
        Names of the library that are applied.
    basis : str or None
        `owned`, `purchased` or `rented`.
    budget : str or None
        The budget, such as `12e6`.
    formulas : tuple of callable
        Functions that are added to those of the model and override them.
    allow_unused : bool
        Whether a setting without effect is no error, for settings that apply to another reading of the same scenario.

    """

    sets: tuple[str, ...] = ()
    levers: tuple[str, ...] = ()
    shocks: tuple[str, ...] = ()
    basis: str | None = None
    budget: str | None = None
    formulas: tuple[Callable[..., Any], ...] = ()
    allow_unused: bool = False


NO_OVERRIDES = Overrides()
"""The scenario as its file has it."""


class OpenScenario:
    """A scenario whose files were read and validated once; `scenario` is the scenario, `with_` a variant of it.

    Examples
    --------
    >>> gpt4 = open_scenario("gpt-4")
    >>> rented = gpt4.with_(basis="rented")
    >>> rented.scenario.name
    'gpt-4'

    """

    def __init__(self, base: Base, overrides: Overrides) -> None:
        self.base, self.overrides = base, overrides

    def __repr__(self) -> str:
        return f"OpenScenario({self.base.reference!r}, {self.overrides})"

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario; raises `InvalidInputError` with all issues."""
        return self.base.scenario(self._layers())

    def scenario_or_issue(self, notes_on: str = "") -> Scenario | Issue:
        """Return the scenario, or its first issue, in less time than all issues of `scenario` take.

        Of the notes that propose a change of the scenario, only those on the adjustment with the full name `notes_on` are
        included, such as `lever/spot-instances`.
        """
        return self.base.scenario_or_issue(self._layers(), notes_on)

    def _layers(self) -> list[Layer]:
        """Return the layer of the overrides, if there are any."""
        layer = command_line_layer(
            self.overrides.sets,
            self.overrides.basis,
            self.overrides.budget,
            self.overrides.levers,
            self.overrides.shocks,
            self.base.group_items,
        )
        return [] if layer is None else [layer]

    def with_(
        self,
        *,
        sets: Iterable[str] = (),
        levers: Iterable[str] = (),
        shocks: Iterable[str] = (),
        basis: str | None = None,
        budget: str | None = None,
    ) -> "OpenScenario":
        """Return the same files with more overrides: settings, levers and shocks are added, basis and budget replaced."""
        mine = self.overrides
        return OpenScenario(
            self.base,
            replace(
                mine,
                sets=(*mine.sets, *sets),
                levers=(*mine.levers, *levers),
                shocks=(*mine.shocks, *shocks),
                basis=basis if basis is not None else mine.basis,
                budget=budget if budget is not None else mine.budget,
            ),
        )

    def allow_unused(self) -> "OpenScenario":
        """Return the same scenario, in which a setting without effect is no error, as its variants may not need it."""
        base = copy(self.base)
        base.allow_unused = True
        return OpenScenario(base, self.overrides)

    def without_shocks(self) -> "OpenScenario":
        """Return the same scenario without the shocks of its overrides."""
        return OpenScenario(self.base, replace(self.overrides, shocks=()))


def open_scenario(reference: str, overrides: Overrides = NO_OVERRIDES) -> OpenScenario:
    """Read a scenario by built-in name, path, or `-` for standard input, and validate its files.

    Raises `InvalidInputError` for files that cannot be read; what concerns the scenario as a whole is raised by `scenario`.
    """
    base = Base(reference, layers_of(reference), overrides.formulas, allow_unused=overrides.allow_unused)
    return OpenScenario(base, overrides)


def read(
    reference: str,
    *,
    sets: Iterable[str] = (),
    levers: Iterable[str] = (),
    shocks: Iterable[str] = (),
    basis: str | None = None,
    budget: str | None = None,
    formulas: Iterable[Callable[..., Any]] = (),
    allow_unused: bool = False,
) -> Scenario:
    """Read a scenario; the options are those of `Overrides`. Raises `InvalidInputError` with all issues."""
    overrides = Overrides(tuple(sets), tuple(levers), tuple(shocks), basis, budget, tuple(formulas), allow_unused)
    return open_scenario(reference, overrides).scenario
