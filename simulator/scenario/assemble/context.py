"""The context of all stages: layers and options of one reading, and the collector of its issues and notes."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.results import Note
from simulator.core.suggestions import InvalidValueError, Remedies
from simulator.model import LINES
from simulator.model.lines import Line, declared_lines
from simulator.scenario.entries import Reader
from simulator.scenario.layers import INHERITED, Layer
from simulator.scenario.remedies import NoteWithRemedies
from simulator.scenario.schema import Settings

MOST_ISSUES = 1000


@dataclass
class Issues:
    """Collects issues, which are reported together, and notes for the reader."""

    issues: list[Issue] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    notes_with_remedies: list[NoteWithRemedies] = field(default_factory=list)
    """Notes whose remedies are not tried yet."""

    def add(self, place: Place, key: str, message: str, remedies: Remedies = tuple, fallback: str = "", **more: Any) -> None:
        """Add an issue; raise `InvalidInputError` if there are very many."""
        self.issues.append(Issue(place, key, message, remedies, fallback, **more))
        if len(self.issues) >= MOST_ISSUES:
            self.raise_if_any()

    def add_error(self, place: Place, key: str, error: ValueError) -> None:
        """Add the error of an invalid value as an issue, with its remedies."""
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
    """One reading of a scenario: its reference, layers (bases first), options, and the collector of issues."""

    reference: str
    layers: tuple[Layer, ...]
    formulas: tuple[Callable[..., Any], ...]
    allow_unused: bool
    issues: Issues
    reader: Reader = field(default_factory=Reader)
    """Reads entries of the library: facts of a chip, levers, shocks."""
    active_names: dict[Hashable, frozenset[str]] = field(default_factory=dict, repr=False)
    """Names that are used under other choices, which variants of a scenario that differ in levers or shocks share."""

    def last(self, key: str) -> Any:
        """Return a setting from the last layer that has it, or its default."""
        for layer in reversed(self.layers):
            if key in layer.settings.model_fields_set:
                return getattr(layer.settings, key)
        return Settings.model_fields[key].default

    @cached_property
    def line_names(self) -> tuple[str, ...]:
        """The names among `lines`, with `inherited` replaced by the lines of the layers below."""
        names: tuple[str, ...] = ()
        for layer in self.layers:
            below = names
            for name in layer.settings.lines or ():
                if name == INHERITED and not below:
                    message = "there is nothing to inherit: what this extends has no `lines`; name the lines"
                    self.issues.add(layer.node.at(("lines",)), "lines", message)
            if layer.settings.lines is not None:
                own = layer.settings.lines
                names = tuple(part for name in own for part in (below if name == INHERITED else (name,)))
        return names

    @cached_property
    def known_lines(self) -> dict[str, Line]:
        """The lines whose stage is known: those of the model, and those that formulas of the user declare."""
        return {**LINES, **declared_lines(self.formulas)}

    def compute_lines(self, choices: Mapping[str, str]) -> tuple[str, ...]:
        """Return the lines that `compute` stands for under some choices, also those that need quantities without values."""
        return tuple(name for name, each in self.known_lines.items() if each.is_part_of(choices))

    def place(self, key: str) -> Place:
        """Return the place of a setting in the last layer that has it."""
        for layer in reversed(self.layers):
            if key in layer.settings.model_fields_set:
                return layer.node.at((key,))
        return self.file

    @cached_property
    def file(self) -> Place:
        """The file of the scenario itself, or the options of the command line that stand for it."""
        return Place(next(layer.node.place.file for layer in reversed(self.layers) if layer.node.place.file != "--set"))

    @cached_property
    def invalid_keys(self) -> frozenset[str]:
        """Keys that do not match the schema."""
        return frozenset().union(*(layer.invalid_keys for layer in self.layers))
