"""Scenarios as the engine sees them: distributions, formulas and a plan, independent of files and of language models."""

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.core.formatting import one_line
from simulator.core.money import Conversion, label_currency
from simulator.core.results import Note
from simulator.engine.actuals import Actuals
from simulator.engine.adjustments import Adjustment
from simulator.engine.graph import Graph, Plan
from simulator.engine.inputs import Input, Source
from simulator.engine.payments import PaymentTerms

TOTAL = "total_cost"
SPEND_TO_DATE = "spent_so_far"


@dataclass(frozen=True, slots=True)
class PausedRun:
    """A run under way: the share that is done, the spend to date, and the relative tolerance of the share."""

    share_done: float
    spend_to_date: float
    tolerance: float


@dataclass(frozen=True, slots=True)
class Event:
    """An event that occurs in some draws, such as a risk of a register: its name, what happens, and how to mitigate it."""

    name: str
    about: str = ""
    mitigation: str = ""


@dataclass(frozen=True)
class Scenario:
    """A validated scenario: everything that a run needs, in canonical units.

    Attributes
    ----------
    name, title, scope, about, money : str
        Its name; title, scope of the total, description, and currency with price level for the reader.
    choices : dict of str to str
        Settings that select formulas, such as `basis`.
    lines, outcomes : tuple of str
        Quantities whose sum is the total, and other quantities to report.
    inputs : dict of str to Input
        Known numbers and priors by quantity, each with `distribution`, `unit`, `specification`, `sources` and `grade`.
    graph, plan : Graph, Plan
        All formulas, and those that the run computes, in their order; `plan.names` are the quantities of a run.
    ranks : dict of (str, str) to float
        Rank correlations of priors.
    adjustments : tuple of Adjustment
        Levers and shocks that are applied.
    budget, point : float or None
        The budget and the point estimate that it states, USD.
    known_facts, assumptions : tuple of str
        For the reader.
    assumption_lines : dict of str to tuple of str
        By assumption, the lines that it is about.
    sources : tuple of Source
        Sources of the scenario as a whole.
    notes, warnings : tuple of Note, tuple of str
        What a reader should know, and implausible values.
    phases : dict of str to tuple of str
        Phases of the schedule in order, each with the lines that it names.
    has_derived_schedule : bool
        Whether the phases follow from the quantities of the scenario, because it has no schedule of its own.
    start_date : datetime.date or None
        The first day of the schedule; None where its months are only numbered.
    events : tuple of Event
        The risks of the register. Event `x` occurs where the quantity `x.occurs` is 1.
    paused_run : PausedRun or None
    actuals : Actuals or None
    unused_options : tuple of str
    uncomputable_outcomes : dict of str to tuple of str
    sobol_order : tuple of str
    setting_origins : dict of str to str
        File and line, or option, that gives each choice.
    reference : str
        The file or the name by which commands find the scenario; empty for one from standard input or from Python.
    replaced : tuple of Note
        What the scenario replaces in the lines and outcomes of what it extends.
    conversion : Conversion or None
    payments : dict of str to PaymentTerms
    budget_plan : tuple of (str, float)

    Examples
    --------
    >>> import llmcost
    >>> scenario = llmcost.read("gpt-4")
    >>> scenario.lines
    ('chip_cost', 'server_cost', 'network_cost', 'energy_cost', 'staff_cost')
    >>> scenario.unit("chip_price")
    'USD/chip'

    """

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
    known_facts: tuple[str, ...]
    assumptions: tuple[str, ...]
    sources: tuple[Source, ...]
    notes: tuple[Note, ...] = ()
    warnings: tuple[str, ...] = ()
    """Valid but implausible values, with their places."""
    phases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Phases of the schedule in order, each with the lines spent in it."""
    has_derived_schedule: bool = False
    start_date: datetime.date | None = None
    events: tuple[Event, ...] = ()
    paused_run: PausedRun | None = None
    actuals: Actuals | None = None
    """What was spent so far; the draws of a run do not depend on it."""
    unused_options: tuple[str, ...] = ()
    """Quantities set by options that have no effect, if that was allowed."""
    uncomputable_outcomes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Requested outcomes that cannot be computed, with the quantities they lack."""
    sobol_order: tuple[str, ...] = ()
    """Names assigned to the first dimensions of a Sobol sequence, the most important first; all others are hashed."""
    setting_origins: dict[str, str] = field(default_factory=dict)
    reference: str = ""
    assumption_lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    replaced: tuple[Note, ...] = ()
    conversion: Conversion | None = None
    """Conversion of all amounts from the money in which the files state them; None where they are in it."""
    payments: dict[str, PaymentTerms] = field(default_factory=dict)
    """Terms of payment by line; those of `hardware` are of a purchase of hardware that lines charge by the hour."""
    budget_plan: tuple[tuple[str, float], ...] = ()
    """Budget by month, USD: a month of the calendar, or its number from 1."""

    def __repr__(self) -> str:
        return f"<Scenario {one_line(self.name)}: {len(self.inputs)} inputs, {len(self.lines)} lines, {one_line(self.money)}>"

    @property
    def currency(self) -> str:
        """The currency of all amounts, such as `USD`."""
        return label_currency(self.money)

    @property
    def fingerprint(self) -> str:
        """Hash of everything that determines the draws: distributions, formulas, lines, dependence and progress."""
        inputs = [(name, each.distribution, each.stream) for name, each in sorted(self.inputs.items())]
        steps = [(step.name, step.needs, step.function.__module__, step.function.__qualname__) for step in self.plan.steps]
        progress = () if self.paused_run is None else (self.paused_run,)
        parts = (self.lines, self.outcomes, sorted(self.ranks.items()), steps, inputs, *progress)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def role(self, name: str) -> str:
        """Return the role of a quantity: total, line, outcome, prior, choice or intermediate."""
        if name == TOTAL:
            return "total"
        if name in self.lines:
            return "line"
        if name in self.inputs:
            return self.inputs[name].role
        return "outcome" if name in self.outcomes else "intermediate"

    def is_indicator(self, name: str) -> bool:
        """Whether a quantity is 1 in some draws and 0 in the others, so that its mean is the share of the draws."""
        return name not in self.inputs and self.graph.units[name].is_indicator

    def unit(self, name: str) -> str:
        """Return the canonical unit of a quantity."""
        return self.inputs[name].unit.text if name in self.inputs else self.graph.units[name].text
