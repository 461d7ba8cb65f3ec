"""A scenario as the engine sees it: distributions, formulas and a plan, with no knowledge of files or of language models."""

import hashlib
from dataclasses import dataclass, field

from simulator.engine.adjustments import Adjustment
from simulator.engine.graph import Graph, Plan
from simulator.engine.inputs import Input, Source

TOTAL = "total_cost"
SPENT = "spent_so_far"


@dataclass(frozen=True, slots=True)
class Progress:
    """A run under way: the share of it that is done, what that has cost, and how exactly the share is known."""

    share_done: float
    spent: float
    tolerance: float


@dataclass(frozen=True)
class Scenario:
    """A scenario after validation: everything that a run needs, in canonical units."""

    name: str
    title: str
    scope: str
    about: str
    money: str
    choices: dict[str, str]
    lines: tuple[str, ...]
    outcomes: tuple[str, ...]
    inputs: dict[str, Input]
    graph: Graph
    plan: Plan
    ranks: dict[tuple[str, str], float]
    adjustments: tuple[Adjustment, ...]
    budget: float | None
    point: float | None
    known: tuple[str, ...]
    assumed: tuple[str, ...]
    sources: tuple[Source, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """Valid but implausible values, with its place."""
    phases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Phases of the schedule in their order, each with the lines that are spent in it."""
    progress: "Progress | None" = None
    unused: tuple[str, ...] = ()
    """Quantities of options that take no part, where that was allowed."""
    skipped: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Outcomes that were asked for and cannot be computed, with what they lack."""
    sobol_order: tuple[str, ...] = ()
    """Names that take the first dimensions of a Sobol sequence, the most important one first; all others are hashed."""

    @property
    def fingerprint(self) -> str:
        """A hash of all that decides the numbers: distributions, which formulas, lines, dependence."""
        inputs = [(name, made.distribution, made.stream) for name, made in sorted(self.inputs.items())]
        steps = [(step.name, step.needs, step.function.__module__, step.function.__qualname__) for step in self.plan.steps]
        parts = (self.lines, self.outcomes, sorted(self.ranks.items()), steps, inputs)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def role(self, name: str) -> str:
        """Return what a quantity is to the reader: total, line, outcome, prior, choice or intermediate."""
        if name == TOTAL:
            return "total"
        if name in self.lines:
            return "line"
        if name in self.inputs:
            return self.inputs[name].role
        return "outcome" if name in self.outcomes else "intermediate"

    def unit(self, name: str) -> str:
        """Return the canonical unit of a quantity."""
        return self.inputs[name].unit.text if name in self.inputs else self.graph.units[name].text
