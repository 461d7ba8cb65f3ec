"""When each line of a scenario accrues: over its phases, the term of its contract, or a time of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulator import model
from simulator.analysis.cashflow.profiles import Profile, Segment, at, evenly, scaled, weighted
from simulator.analysis.statistics import Array
from simulator.core.quadrature import mean_of_growth
from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.graph import Formula
from simulator.engine.scenario import SPEND_TO_DATE
from simulator.model.lines import Line, declared_lines
from simulator.model.rental import WITH_RESERVATION
from simulator.model.schedule import COMPUTING, DATA, EXPERIMENTS, FINAL_RUN, POST_TRAINING, SERVING, union
from simulator.scenario import Scenario

MONTH = HOURS_PER_YEAR / 12
RENT = "rent"
QUANTITIES = (
    "final_run_chip_hours", "chip_hours", "post_training_share", "reserved_term", "reserved_use", "rental_price", "deflator",
    "rental_cost", "demand_growth", "growing_share", "serving_price_decline", "service_life", "storage_time", "useful_life",
)  # fmt: skip
"""Quantities that say when lines accrue, where a scenario has them."""


def item_costs(scenario: Scenario, line: str) -> tuple[str, ...]:
    """Return the costs of the items of a group, such as the roles of the staff, of which a line is the sum."""
    for name, formula in scenario.graph.formulas.items():
        if name.partition(" before ")[0] == line and formula.needs and all(need.endswith(".cost") for need in formula.needs):
            return formula.needs
    return ()


def names_needed(scenario: Scenario) -> list[str]:
    """Return the quantities whose draws `Accrual` reads, as far as the scenario has them."""
    times = [f"{phase}.{edge}" for phase in scenario.phases for edge in ("start", "end")]
    costs = [cost for line in scenario.lines for cost in item_costs(scenario, line)]
    durations = [f"{cost.removesuffix('.cost')}.duration" for cost in costs]
    return [*times, *QUANTITIES, *costs, *durations, *supply_parts(scenario)]


def supply_parts(scenario: Scenario) -> tuple[str, ...]:
    """Return the parts of the supply of a fleet that is bought to serve, such as its chips and its energy; none otherwise."""
    return tuple(name for name in scenario.payments if name not in scenario.lines and name in scenario.graph.formulas)


@dataclass(frozen=True)
class Accrual:
    """The times at which the lines of a scenario accrue, from its draws in hours."""

    scenario: Scenario
    draws: Mapping[str, Array]

    @cached_property
    def spans(self) -> dict[str, tuple[Array, Array]]:
        """Start and end of each phase, months."""
        return {
            phase: (self.draws[f"{phase}.start"] / MONTH, self.draws[f"{phase}.end"] / MONTH) for phase in self.scenario.phases
        }

    @cached_property
    def release(self) -> Array:
        """End of all phases before the service, months."""
        last: Array = np.max([self.spans[phase][1] for phase in self._building], axis=0)
        return last

    @property
    def _building(self) -> list[str]:
        return [phase for phase in self.scenario.phases if phase != SERVING] or list(self.scenario.phases)

    @cached_property
    def _declared(self) -> dict[str, Line]:
        formulas: Mapping[str, Formula] = self.scenario.graph.formulas
        return {**model.LINES, **declared_lines(formula.function for formula in formulas.values())}

    def profile(self, line: str) -> Profile:
        """Return when a line accrues."""
        declared = self._declared.get(line, Line("development"))
        naming = [phase for phase, lines in self.scenario.phases.items() if line in lines]
        is_rent = line in ("rental_cost", "idle_cost") or (declared.over == RENT and not naming)
        if line == SPEND_TO_DATE:
            return at(np.zeros(len(self.release)))
        if is_rent and self.has_contract:
            return self._contract if line == "idle_cost" else self._rent
        if naming:
            return self._over_hours(naming) if declared.stage == "run" else self._over_time(naming)
        items = self._items(line)
        if items:
            return items
        if declared.over in self.draws:
            return self._time_of_its_own(declared.over)
        if declared.over in self.scenario.phases:
            return self._over_time([declared.over])
        if declared.stage == "service":
            return self._service(line)
        if declared.stage == "run" or declared.over == RENT:
            return self.computing
        return self._over_time(self._building)

    # --- compute ------------------------------------------------------------------------------------------------------

    @property
    def _computing(self) -> list[str]:
        return [phase for phase in self.scenario.phases if phase in COMPUTING] or self._building

    @cached_property
    def computing(self) -> Profile:
        """The phases of the cluster, by the chip-hours of each."""
        return self._over_hours(self._computing)

    @cached_property
    def _hours(self) -> dict[str, Array]:
        """Chip-hours of each phase in which the cluster works; empty where they are not known."""
        final, whole = self.draws.get("final_run_chip_hours"), self.draws.get("chip_hours")
        if final is None or whole is None:
            return {}
        after = final * self.draws.get("post_training_share", np.zeros(1))
        # What is left is of the experiments; rounding may leave a trace below zero.
        return {FINAL_RUN: final, POST_TRAINING: after, EXPERIMENTS: np.maximum(whole - final - after, 0.0)}

    def _over_hours(self, phases: Sequence[str]) -> Profile:
        """Return a profile by the chip-hours of phases, or by their length where the hours of one are not known."""
        if not all(phase in self._hours for phase in phases):
            return self._over_time(phases)
        return weighted([self.spans[phase] for phase in phases], [self._hours[phase] for phase in phases])

    @cached_property
    def first_hour(self) -> Array:
        """Beginning of the first phase in which the cluster works, months."""
        first: Array = np.min([self.spans[phase][0] for phase in self._computing], axis=0)
        return first

    @property
    def has_contract(self) -> bool:
        """Whether rent is due over the term of a contract that the model has to itself."""
        choices = self.scenario.choices
        is_reserved = choices.get("commitment") in WITH_RESERVATION and choices.get("reservation") != "shared"
        return choices.get("basis") == "rented" and is_reserved and "reserved_term" in self.draws

    @cached_property
    def _contract(self) -> Profile:
        """The term of the contract from the first hour of the cluster, or longer where the schedule holds it longer."""
        last = np.max([self.spans[phase][1] for phase in self._computing], axis=0)
        return evenly(self.first_hour, np.maximum(self.first_hour + self.draws["reserved_term"] / MONTH, last))

    @cached_property
    def _rent(self) -> Profile:
        """The rent under a contract: its hours over the term, and those beyond it when they are used."""
        if not {"reserved_use", "rental_price", "rental_cost"} <= self.draws.keys():
            return self._contract
        contracted = self.draws["reserved_use"] * self.draws["rental_price"] * self.draws.get("deflator", np.ones(1))
        whole = self.draws["rental_cost"]
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(whole > 0, np.clip(contracted / whole, 0.0, 1.0), 1.0)
        return (*scaled(self._contract, share), *scaled(self.computing, 1.0 - share))

    # --- others -------------------------------------------------------------------------------------------------------

    def _over_time(self, phases: Sequence[str]) -> Profile:
        spans = [self.spans[phase] for phase in phases]
        return weighted(spans, [np.maximum(end - start, 0.0) for start, end in spans])

    def _time_of_its_own(self, name: str) -> Profile:
        """Return a profile from the start, or from that of the data phase, over a time that is a quantity."""
        start = np.zeros(len(self.release))
        if name == "storage_time" and DATA in self.spans and not self.scenario.has_derived_schedule:
            start = self.spans[DATA][0]
        return evenly(start, start + self.draws[name] / MONTH)

    def _items(self, line: str) -> Profile:
        """Return the profile of a line that is a sum over roles or tools, each paid for over its time."""
        costs = item_costs(self.scenario, line)
        names = [cost.removesuffix(".cost") for cost in costs]
        if not costs or not all(
            cost in self.draws and f"{name}.duration" in self.draws for cost, name in zip(costs, names, strict=True)
        ):
            return ()
        total = np.sum([self.draws[cost] for cost in costs], axis=0)
        if not total.all():  # where nothing is paid, any time will do
            total = np.where(total == 0, 1.0, total)
        segments: list[Segment] = []
        for cost, name in zip(costs, names, strict=True):
            segments += scaled(self._time_of_item(name), self.draws[cost] / total)
        missing: Array = 1.0 - np.sum([np.asarray(segment.share) for segment in segments], axis=0)
        return (*segments, Segment(self.release, self.release, np.where(np.abs(missing) > 0.5, missing, 0.0)))

    def _time_of_item(self, name: str) -> Profile:
        formula = self.scenario.graph.formulas.get(f"{name}.duration")
        if formula is not None and formula.function is union:
            return self._over_time([need.removesuffix(".start") for need in formula.needs if need.endswith(".start")])
        return evenly(np.zeros(len(self.release)), self.draws[f"{name}.duration"] / MONTH)

    def _service(self, line: str) -> Profile:
        """Return the profile of a line of the service: over its life, requests by their growth."""
        if SERVING in self.spans:
            start, end = self.spans[SERVING]
        else:
            start = self.release
            end = start + self.draws["service_life"] / MONTH if "service_life" in self.draws else start
        end = np.maximum(start, end)
        if line == "serving_cost" and "demand_growth" in self.draws:
            return self._requests(start, end)
        return (Segment(start, end),)

    def _requests(self, start: Array, end: Array) -> Profile:
        """Return the profile of the cost of requests: their number grows until its limit, and each costs less with time."""
        decline = self.draws.get("serving_price_decline", np.zeros(1)) * (end - start) * MONTH
        growth = self.draws["demand_growth"] * (end - start) * MONTH
        growing = self.draws.get("growing_share", np.ones(1)) + 0 * growth
        limit = start + growing * (end - start)
        first, later = (growth - decline) * growing, -decline * (1 - growing)
        amounts = growing * mean_of_growth(first), (1 - growing) * np.exp(first) * mean_of_growth(later)
        shares = amounts[0] / (amounts[0] + amounts[1])
        return (Segment(start, limit, shares, growth=first), Segment(limit, end, 1 - shares, growth=later))
