"""What every stage has: the layers and options of one reading, and the collector of its issues and notes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.suggestions import InvalidValueError, Remedies
from simulator.scenario.entries import Reader
from simulator.scenario.layers import Layer
from simulator.scenario.schema import Settings

MOST_ISSUES = 1000


@dataclass
class Issues:
    """Collects what is wrong, so that it is reported together, and what the reader should know."""

    issues: list[Issue] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    with_remedies: list[Issue] = field(default_factory=list)
    """Notes with remedies that are still to be tried."""

    def add(self, place: Place, key: str, message: str, remedies: Remedies = tuple, otherwise: str = "", **more: Any) -> None:
        """Add an issue; raise `InvalidInputError` where there are very many."""
        self.issues.append(Issue(place, key, message, remedies, otherwise, **more))
        if len(self.issues) >= MOST_ISSUES:
            self.raise_if_any()

    def add_error(self, place: Place, key: str, error: ValueError) -> None:
        """Add a value that cannot be read, with the remedies that the error knows."""
        if isinstance(error, InvalidValueError):
            self.add(place, key, error.message, lambda: error.remedies)
        else:
            self.add(place, key, str(error))

    def raise_if_any(self) -> None:
        """Raise `InvalidInputError` with the issues collected so far, if there are any."""
        if self.issues:
            raise InvalidInputError(self.issues)


@dataclass(frozen=True)
class Context:
    """One reading of a scenario: what it is called, its layers (bases first), options, and the collector of issues."""

    reference: str
    layers: tuple[Layer, ...]
    formulas: tuple[Callable[..., Any], ...]
    allow_unused: bool
    issues: Issues
    reader: Reader = field(default_factory=Reader)
    """Reads what the library brings: facts of a chip, levers, shocks."""

    def last(self, key: str) -> Any:
        """Return a setting from the last layer that gives it."""
        for layer in reversed(self.layers):
            if key in layer.settings.model_fields_set:
                return getattr(layer.settings, key)
        return Settings.model_fields[key].default

    def place(self, key: str) -> Place:
        """Return where a setting was given."""
        for layer in reversed(self.layers):
            if key in layer.settings.model_fields_set:
                return layer.node.at((key,))
        return self.file

    @cached_property
    def file(self) -> Place:
        """The file of the scenario itself, or the options of the command that are most like one."""
        return Place(next(layer.node.place.file for layer in reversed(self.layers) if layer.node.place.file != "--set"))

    @cached_property
    def not_finite(self) -> frozenset[str]:
        """Keys that the shape of a file refuses."""
        return frozenset().union(*(layer.not_finite for layer in self.layers))
