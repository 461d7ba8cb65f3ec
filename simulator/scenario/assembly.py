"""Read a scenario: merge its layers into inputs, a graph and a plan, or refuse it with all its faults."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from simulator import model
from simulator.core.errors import Fault, Place, Rejected
from simulator.core.suggestions import InvalidValueError, Remedies, Remedy, matches, renamed, similar
from simulator.core.units import Unit
from simulator.distributions import Constant, Posterior, Uniform, team_mean
from simulator.engine.adjustments import Act, Adjustment, adjusted, change_unit
from simulator.engine.graph import Formula, Graph, Missing, Plan, evaluate, formula_of, guarded, plan
from simulator.engine.inputs import GRADES, Input, Source
from simulator.engine.sampling.copula import Copula
from simulator.engine.scenario import SPENT, TOTAL, Progress, Scenario
from simulator.scenario import chips, library
from simulator.scenario import plausibility as plausible
from simulator.scenario.entries import Reader, faults_of, sources_of
from simulator.scenario.layers import Layer, command_line, layers_of, members_of, validate
from simulator.scenario.posteriors import Covariates, is_posterior
from simulator.scenario.remedies import Outcome, Trials
from simulator.scenario.schema import SYNONYMS, ActRow, AdjustmentRow, ChipRow, Entry, Settings
from simulator.scenario.scope import scope_of
from simulator.scenario.text import Node
from simulator.scenario.values import law_of

MOST_FAULTS = 1000
MOST_IDLE = 5
"""Quantities that take no part of which a message asks whether they were meant in place of one that is missing."""
QUOTED = {
    "on_demand_price": ("rent", "rental_price", ", or take quotes: `llmcost prior from-quotes`"),
    "chip_price": ("price", "chip_price", ", or take quotes: `llmcost prior from-quotes`"),
}
"""What of a chip comes from quotes: the word for it, and the quantity that a scenario gives in its place."""
MOST_CHIPS = 4
"""Builds of a chip that a message names."""
LEAST_LEFT = 0.05
"""Share of the chip-hours below which a stack of levers is not believed: own reading of the largest claims."""
USD = Unit("USD", low=float("-inf"))


@dataclass(frozen=True, slots=True)
class _Stated:
    """What a layer says of a quantity, before it is made a law."""

    entry: Entry
    reader: Reader
    place: Place
    own: bool
    origin: str
    sources: tuple[Source, ...] = ()


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
    """Read a scenario by built-in name, path, or `-` for standard input; raise `Rejected` with every fault found.

    `sets` are `NAME=VALUE` in the grammar of the file and win over it, as do the other options. `formulas` are functions that
    take part like the model's own and win over them. With `allow_unused`, what is set and takes no part is no mistake: it is
    meant for another reading of the same scenario.
    """
    base = Base(reference, layers_of(reference), formulas, allow_unused=allow_unused)
    overrides = command_line(sets, basis, budget, levers, shocks, base.members)
    return base.scenario([overrides] if overrides is not None else [])


class Base:
    """The layers of a scenario, read and checked once; with others on top they become a scenario, as often as one likes."""

    def __init__(
        self, reference: str, layers: list[Layer], formulas: Iterable[Callable[..., Any]] = (), *, allow_unused: bool = False
    ) -> None:
        self.reference, self.layers, self.formulas, self.allow_unused = reference, layers, tuple(formulas), allow_unused
        self.members = members_of(layers)
        validate(layers)

    def scenario(self, more: list[Layer]) -> Scenario:
        """Return the scenario with more layers on top; raise `Rejected` with every fault found, and remedies that work."""
        layers = self.with_layers(more)
        made, outcome = self.assembled(layers)
        trials = self.trials()
        if made is None:
            raise Rejected(trials.completed(outcome.faults, layers, outcome))
        if outcome.notes:
            noted = trials.completed(outcome.notes, layers, outcome)
            made = replace(made, notes=(*made.notes, *(note.message for note in noted)))
        return made

    def trials(self) -> Trials:
        """Return what tries remedies on this scenario."""
        return Trials.of(lambda layers: self.assembled(layers)[1], self.layers)

    def with_layers(self, more: list[Layer]) -> list[Layer]:
        """Return all layers, those on top checked too."""
        validate(more)
        return [*self.layers, *more]

    def assembled(self, layers: list[Layer]) -> tuple[Scenario | None, Outcome]:
        """Return the scenario of layers, or None, and what is wrong with it; no remedy is tried yet."""
        faults = [fault for layer in layers for fault in layer.faults]
        assembly = _Assembly(self.reference, layers, self.formulas, faults, allow_unused=self.allow_unused)
        try:
            made = assembly.scenario()
        except Rejected as error:
            return None, Outcome(tuple(error.faults), is_planned=assembly.is_planned)
        return made, Outcome((), tuple(assembly.unsure), made.warnings)


def _no_such(key: str, units: Mapping[str, Unit]) -> tuple[str, Remedies, str]:
    """Say that a key is neither a setting nor a quantity, and what it may have been meant to be."""
    listed = "; `llmcost list quantities` shows them"
    return "there is no such quantity or setting", partial(_meant, key, units), listed


def _meant(key: str, units: Mapping[str, Unit]) -> list[Remedy]:
    known = [*units, *Settings.model_fields, *SYNONYMS]
    return renamed(key, dict.fromkeys(SYNONYMS.get(match, match) for match in matches(key.lower(), known)))


def _chips(name: str) -> list[Remedy]:
    return renamed(name, chips.meant(name))


def _of_basis(lines: Iterable[str], choices: Mapping[str, str]) -> tuple[str, ...]:
    """Return lines with those of the basis in the place of `compute`."""
    own = model.COMPUTE_LINES.get(choices.get("basis", ""), ())
    return tuple(part for line in lines for part in (own if line == "compute" else (line,)))


def _in_line(place: Place) -> str:
    return f" in line {place.line}" if place.line and not place.file.startswith("--") else ""


def _downstream(graph: Graph, name: str, stop: Set[str] = frozenset()) -> set[str]:
    """Return a name and all that is computed from it, going no further than the names in `stop`."""
    reached, waiting = {name}, [name]
    while waiting:
        for user in graph.users(waiting.pop()):
            if user not in reached:
                reached.add(user)
                if user not in stop:
                    waiting.append(user)
    return reached


class _Assembly:
    """Merge the layers and build inputs, graph and plan; collects faults so that they are reported together."""

    def __init__(
        self,
        reference: str,
        layers: list[Layer],
        formulas: tuple[Callable[..., Any], ...],
        faults: list[Fault],
        *,
        allow_unused: bool,
    ) -> None:
        self.reference = reference
        self.layers = layers
        self.formulas = formulas
        self.faults = faults
        self.broken = set().union(*(layer.broken for layer in layers))
        self.notes: list[str] = []
        self.unsure: list[Fault] = []  # notes with remedies that are still to be tried
        self.allow_unused = allow_unused
        self.unused: list[str] = []
        self.is_planned = False
        self.own: list[Formula] = []
        self._reached: dict[Any, set[str]] = {}  # by changes of choices
        self.phases: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self.members: dict[str, list[str]] = {}
        self.skipped: dict[str, tuple[str, ...]] = {}
        self.stated: dict[str, _Stated] = {}
        self.inputs: dict[str, Input] = {}
        self.plain = Graph({}, {})  # before any adjustment
        self.places: dict[str, tuple[Place, bool]] = {}  # where an input was given, and whether in the scenario itself
        self.top = next(layer for layer in reversed(layers) if layer.node.place.file != "--set")

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
        return Place(self.top.node.place.file)

    def fault(self, place: Place, key: str, message: str, remedies: Remedies = tuple, otherwise: str = "", **more: Any) -> None:
        self.faults.append(Fault(place, key, message, remedies, otherwise, **more))
        if len(self.faults) >= MOST_FAULTS:
            self._raise()

    def refuse(self, place: Place, key: str, error: ValueError) -> None:
        """Fault a value that cannot be read, with the remedies that the error knows."""
        if isinstance(error, InvalidValueError):
            self.fault(place, key, error.message, lambda: error.remedies)
        else:
            self.fault(place, key, str(error))

    def scenario(self) -> Scenario:
        choices = {key: self.last(key) for key in model.CHOICES if self.last(key) is not None}
        members = self.members = {setting: self._members(setting) for setting in model.GROUPS}
        phases = self.phases = self._phases()
        graph = model.graph(choices, members, {name: after for name, (after, _) in phases.items()})
        graph = self._with_own_formulas(graph)
        lines = self._lines(choices, graph)
        graph = graph.with_formulas(self._sums(choices, lines))
        self._state_inputs(graph)
        for setting, names in members.items():
            self._read_members(graph, setting, names)
        self._read_phases(graph, phases)
        times = self._times()
        outcomes, needed = self._needed(graph, {*self.stated, *self.inputs, *self.broken}, [TOTAL, *times])
        self._read_inputs(graph, needed)
        adjustments = self._adjustments(graph)
        progress = self._progress()
        if progress is not None:
            lines = (*lines, SPENT)
            graph = graph.with_formulas([Formula(TOTAL, model.add_up, lines, USD)], {SPENT: USD})
            self.inputs[SPENT] = Input(SPENT, Constant(progress.spent), USD, about="What the run has cost so far", stream=SPENT)
            adjustments = (*adjustments, self._rest(graph, lines, progress))
        budget, point = self._amount("budget"), self._amount("point")
        self._raise()
        self.is_planned = True
        try:
            graph, inputs = adjusted(graph, self.inputs, adjustments)
        except ValueError as error:
            raise Rejected([Fault(self.place("adjustments"), "", str(error))]) from None
        planned = plan(graph, inputs, [TOTAL, *outcomes, *times])
        self._check_use(graph, inputs, planned, adjustments)
        ranks = self._ranks(planned, inputs)
        self._check_memory(graph, inputs)
        checked = self._check_sense(planned, inputs, graph)
        spent_in = {name: self._spent_in(named, choices, lines) for name, (_, named) in phases.items()}
        self._raise()
        used = {name: inputs[name] for name in planned.inputs}
        name = Path(self.reference).stem if self.reference.endswith((".yaml", ".yml")) else self.reference
        return Scenario(
            name=name,
            title=self.last("title") or name,
            scope=self._scope(planned, inputs, lines, adjustments),
            about=self.last("about"),
            money=self.last("money") or "USD",
            choices=choices | ({"chip": self.last("chip")} if self.last("chip") else {}),
            lines=lines,
            outcomes=outcomes,
            inputs=used,
            graph=graph,
            plan=planned,
            ranks=ranks,
            adjustments=adjustments,
            budget=budget,
            point=point,
            known=self.last("known"),
            assumed=self.last("assumed"),
            sources=sources_of(self.last("sources")),
            notes=tuple(self.notes),
            warnings=plausible.said(checked.warnings),
            phases=spent_in,
            progress=progress,
            unused=tuple(self.unused),
            skipped=self.skipped,
            sobol_order=model.sobol_names(),
        )

    def _times(self) -> list[str]:
        ends = [f"{phase}.end" for phase in self.phases]
        return [*ends, "escalation"] if ends and "escalation" in self.stated else ends

    def _scope(
        self, planned: Plan, inputs: dict[str, Input], lines: tuple[str, ...], adjustments: tuple[Adjustment, ...]
    ) -> str:
        """What the total covers, by what takes part in it."""
        values: dict[str, Any] = {name: np.float64(inputs[name].law.quantile(0.5)) for name in planned.inputs}
        with np.errstate(all="ignore"):
            evaluate(planned, values)
        behind = {TOTAL}
        for step in reversed(planned.steps):
            behind.update(step.needs if step.name in behind else ())

        def counts(factor: str, nothing: float) -> bool:
            uncertain = factor in inputs and not inputs[factor].law.is_constant
            return factor in behind and bool(uncertain or values[factor] != nothing)

        experiments = counts("experiments_factor", 1) or any(made.experiments for made in adjustments)
        return scope_of(
            (line for line in lines if line != SPENT),
            experiments=experiments or (False if "experiments_factor" in behind else None),
            post_training=counts("post_training_share", 0),
        )

    def _sums(self, choices: dict[str, str], lines: tuple[str, ...]) -> list[Formula]:
        """The total, and the sums that formulas of other lines rest on."""
        parts = {
            TOTAL: lines,
            "build_cost": tuple(line for line in lines if line not in model.AFTER_RELEASE),
            "compute_cost": model.COMPUTE_LINES.get(choices.get("basis", ""), ()),
        }
        sums = [Formula(name, model.add_up, names, USD) for name, names in parts.items() if names or name == TOTAL]
        if not any(layer.settings.staff or "staff_cost" in layer.entries for layer in self.layers):
            sums.append(model.NO_STAFF_BURN)  # nobody waits where nobody is paid
        return sums

    def _raise(self) -> None:
        if self.faults:
            raise Rejected(self.faults)

    def _with_own_formulas(self, graph: Graph) -> Graph:
        units = dict(graph.units)
        try:
            own = [formula_of(guarded(function), units) for function in self.formulas]
        except ValueError as error:
            raise Rejected([Fault(Place("--formulas"), "", str(error))]) from None
        replaced = [formula.name for formula in own if formula.name in graph.formulas]
        if replaced:
            self.notes.append(f"your formulas replace the model's: {', '.join(replaced)}")
        self.own = own
        return graph.with_formulas(own, units)

    def _state_inputs(self, graph: Graph) -> None:
        """Merge chips' facts and entries, layer by layer; a later layer wins."""
        chips = library.chips()
        brought = {key for chip in chips.values() for key in chip.keys or () if key not in ChipRow.model_fields}
        for layer in self.layers:
            for name in layer.settings.without:
                if self.stated.pop(name, None) is None:
                    self.fault(layer.node.at(("without",)), "without", f"{name} is not given by what this extends")
            if layer.settings.chip is not None:
                for name in brought & self.stated.keys():
                    del self.stated[name]
                self._state_chip(layer.settings.chip, layer)
            for key, entry in layer.entries.items():
                place = layer.node.key_places[key]
                if key == TOTAL:
                    self.fault(place, key, "is the sum of `lines`; give the quantities that add up to it")
                elif key in graph.units:
                    self.stated[key] = _Stated(entry, layer.reader, place, layer.own, str(place))
                else:
                    self.fault(place, key, *_no_such(key, graph.units))
            for key in layer.broken - graph.units.keys() - Settings.model_fields.keys():
                self.fault(layer.node.key_places[key], key, *_no_such(key, graph.units))

    def _state_chip(self, name: str, layer: Layer) -> None:
        place = layer.node.at(("chip",))
        node = library.chips().get(name)
        if node is None:
            listed = "; `llmcost list chips` shows them"
            self.fault(place, "chip", f"no chip {name!r}", partial(_chips, name), listed, listed=MOST_CHIPS)
            self.broken |= set().union(*(chip.keys or () for chip in library.chips().values()))
            return
        row = ChipRow.model_validate(node.plain())
        for key, value in (row.model_extra or {}).items():
            entry = Entry.model_validate(value)
            self.stated[key] = _Stated(entry, Reader(), place, False, f"chip {name}", sources_of(row.sources))

    def _read_inputs(self, graph: Graph, needed: set[str]) -> None:
        """Make laws of what is needed, and of all that the user's own files say; the library's other rows can wait."""
        chosen = [item for item in self.stated.items() if item[0] in needed or not item[1].place.file.startswith(library.SHOWN)]
        posterior = [item for item in chosen if is_posterior(item[1].entry.from_)]
        self._read_stated(graph, [item for item in chosen if item not in posterior])
        if posterior:
            given = self._covariates(graph)
            self._read_stated(
                graph, [(name, replace(each, reader=replace(each.reader, covariates=given))) for name, each in posterior]
            )

    def _read_stated(self, graph: Graph, items: list[tuple[str, _Stated]]) -> None:
        for name, stated in items:
            try:
                self.inputs[name] = stated.reader.input(name, stated.entry, graph.units[name], stated.origin, stated.sources)
                self.places[name] = stated.place, stated.own
            except ValueError as error:
                self.refuse(stated.place, name, error)

    def _covariates(self, graph: Graph) -> Covariates:
        """Return what posteriors depend on, from the middle of what the scenario gives."""
        chip = self.last("chip") or ""
        parameters, whole = self._middle(graph, "active_parameters"), self._middle(graph, "total_parameters")
        peak = self._middle(graph, "peak_flop_bf16")
        return Covariates(
            chip,
            library.generation(chip),
            bool(parameters and whole and whole > 1.5 * parameters),
            parameters,
            peak / 3600 if peak else None,
            self.last("year"),
        )

    def _middle(self, graph: Graph, name: str) -> float | None:
        """Return a quantity with its inputs at their medians, or None where it cannot be computed yet."""
        try:
            steps = plan(graph, self.inputs, [name])
        except ValueError:
            return None
        values: dict[str, Any] = {each: np.float64(self.inputs[each].law.quantile(0.5)) for each in steps.inputs}
        with np.errstate(all="ignore"):
            evaluate(steps, values)
        return float(values[name]) if np.isfinite(values[name]) else None

    def _members(self, setting: str) -> list[str]:
        """Return the members that the layers name in a group; one name may not stand in two groups."""
        found = list(dict.fromkeys(name for layer in self.layers for name in getattr(layer.settings, setting) or {}))
        for other in model.GROUPS:
            if other == setting:
                return found
            for name in found:
                if any(name in (getattr(layer.settings, other) or {}) for layer in self.layers):
                    self.fault(self.place(setting), f"{setting}.{name}", f"is in `{other}` too; give it another name")
        return found

    def _read_members(self, graph: Graph, setting: str, names: list[str]) -> None:
        """Read the members of a group: what the layers say of each, the later winning."""
        known = model.member_inputs(setting)
        for member in names:
            stated: dict[str, tuple[Entry, Layer]] = {}
            for layer in self.layers:
                for key, entry in (getattr(layer.settings, setting) or {}).get(member, {}).items():
                    stated[key] = entry, layer
            made: dict[str, Input] = {}
            for key, (entry, layer) in stated.items():
                name, place = f"{member}.{key}", layer.node.at((setting, member, key))
                if key not in known:
                    self.fault(place, f"{setting}.{member}", f"there is no {key!r}", partial(similar, key, known))
                    continue
                try:
                    made[key] = layer.reader.input(name, entry, graph.units[name], str(place))
                    self.places[name] = place, layer.own
                except ValueError as error:
                    self.refuse(place, f"{setting}.{member}.{key}", error)
            if setting == "staff":
                made = self._teams(member, made)
            if model.LUCK in known and model.LUCK not in made:
                name = f"{member}.{model.LUCK}"
                made[model.LUCK] = Input(
                    name,
                    Uniform(0.0, 1.0),
                    known[model.LUCK],
                    "0 to 1, all alike",
                    "Whether it happens",
                    (Source("uniform by construction"),),
                    stream=name,
                )
            self.inputs |= {given.name: given for given in made.values()}

    def _teams(self, role: str, made: dict[str, Input]) -> dict[str, Input]:
        """What is stated per person becomes the law of the mean of the role's people."""
        people = made.get("people")
        if people is None:
            return made
        if not people.law.is_constant:
            self.fault(self.places[f"{role}.people"][0], f"staff.{role}.people", "must be one number; spread goes into fte")
            return {}
        count, rho = people.law.quantile(0.5), self.last("team_correlation")
        if count <= 1:
            return made
        note = f"people of a team are taken to differ from the prior together: correlation {rho:g} (assumption)"
        if 0 < rho < 1 and note not in self.notes:
            self.notes.append(note)
        for key in (key for key in model.PER_PERSON if key in made):
            try:
                made[key] = replace(made[key], law=team_mean(made[key].law, count, rho))
            except ValueError as error:
                what = f"has no law of the mean of {count:g} people: {error}"
                self.fault(self.places[f"{role}.{key}"][0], f"staff.{role}.{key}", what)
        return made

    def _phases(self) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return for each phase of the schedule those it comes after and the lines that it names."""
        merged: dict[str, dict[str, Any]] = {}
        for layer in self.layers:
            for name, row in (layer.settings.schedule or {}).items():
                merged.setdefault(name, {}).update({key: getattr(row, key) for key in row.model_fields_set})
        found: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        for name, said in merged.items():
            after = said.get("after")
            if after is None:
                after = tuple(found)[-1:]
            for other in after:
                if other not in merged or other == name:
                    why = "it is this phase" if other == name else "there is no such phase"
                    remedies = partial(similar, other, merged)
                    self.fault(self.place("schedule"), f"schedule.{name}", f"comes after {other!r}; {why}", remedies)
            if any(name in (getattr(layer.settings, group) or {}) for layer in self.layers for group in model.GROUPS):
                self.fault(
                    self.place("schedule"), f"schedule.{name}", "is the name of something else here too; give it another"
                )
            found[name] = tuple(other for other in after if other in merged and other != name), said.get("lines", ())
        return found

    def _read_phases(self, graph: Graph, phases: Mapping[str, Any]) -> None:
        """Read durations and lags of the phases."""
        for layer in self.layers:
            for name, row in (layer.settings.schedule or {}).items():
                for key in ("duration", "lag"):
                    entry, full, place = getattr(row, key), f"{name}.{key}", layer.node.at(("schedule", name, key))
                    if entry is None:
                        continue
                    try:
                        self.inputs[full] = layer.reader.input(full, entry, model.HOUR, str(place))
                        self.places[full] = place, layer.own
                    except ValueError as error:
                        self.refuse(place, f"schedule.{full}", error)

    def _spent_in(self, named: tuple[str, ...], choices: dict[str, str], lines: tuple[str, ...]) -> tuple[str, ...]:
        """Return the lines that a phase names, `compute` as those of the basis; fault what is no line."""
        found = _of_basis(named, choices)
        for name in found:
            if name not in lines:
                remedies = partial(similar, name, lines)
                self.fault(self.place("schedule"), "schedule", f"{name!r} is no line here", remedies)
        return found

    def _progress(self) -> Progress | None:
        row = self.last("progress")
        if row is None:
            return None
        try:
            spent = law_of(row.spent, USD, 0.95)
            if not spent.is_constant or spent.quantile(0.5) <= 0:
                raise ValueError(f"{row.spent!r} must be one amount above zero")
        except ValueError as error:
            self.refuse(self.place("progress"), "progress.spent", error)
            return None
        return Progress(row.share_done, float(spent.quantile(0.5)), row.tolerance)

    def _rest(self, graph: Graph, lines: tuple[str, ...], progress: Progress) -> Adjustment:
        """Leave of each line what is still to come."""
        left = Input("left", Constant(1 - progress.share_done), Unit("1"), stream="left")
        acts = tuple(Act(line, "multiply", left) for line in lines if line != SPENT)
        return Adjustment("to-come", "progress", acts, f"{progress.share_done:.0%} done; the lines are what is still to come")

    def _lines(self, choices: dict[str, str], graph: Graph) -> tuple[str, ...]:
        given, place = self.last("lines"), self.place("lines")
        if not given and "lines" in self.broken:
            return ()
        if not given:
            self.fault(
                place, "lines", "is missing: name the quantities that add up to the total, such as [compute, staff_cost]"
            )
            return ()
        groups = {group.line: setting for setting, group in model.GROUPS.items()}
        lines: list[str] = []
        for line in given:
            if line == "compute":
                if "basis" not in choices:
                    self.fault(place, "basis", f"is missing; choose among {', '.join(model.CHOICES['basis'])}")
                    continue
                lines += model.COMPUTE_LINES[choices["basis"]]
            elif line == TOTAL:
                self.fault(place, "lines", f"{TOTAL} is the sum of the lines; name what adds up to it")
            elif line in groups and line not in graph.formulas and not any(line in layer.entries for layer in self.layers):
                self.fault(place, "lines", f"there is no {line!r} here; a scenario with `{groups[line]}` has it")
            elif line not in graph.units:
                remedies = partial(similar, line, ["compute", *groups, *graph.units])
                self.fault(place, "lines", f"there is no quantity {line!r}", remedies)
            elif graph.units[line].text != "USD":
                self.fault(place, "lines", f"{line} is in {graph.units[line].text}, and lines are in USD")
            else:
                lines.append(line)
        for line in lines:
            if lines.count(line) > 1:
                self.fault(place, "lines", f"{line} is counted {lines.count(line)} times; keep one")
        return tuple(dict.fromkeys(lines))

    def _adjustments(self, graph: Graph) -> tuple[Adjustment, ...]:
        rows: dict[tuple[str, str], tuple[AdjustmentRow, Node, Reader]] = {}
        places: dict[tuple[str, str], Place] = {}
        for layer in self.layers:
            for name, row in layer.settings.adjustments.items():
                places["adjustment", name] = layer.node.at(("adjustments", name))
                rows["adjustment", name] = row, layer.node.child("adjustments", name), layer.reader
            for shelf, names in (("levers", layer.settings.levers), ("shocks", layer.settings.shocks)):
                for number, name in enumerate(names):
                    found, place = library.shelved(shelf, name), layer.node.at((shelf, number))
                    if found is None:
                        known = library.names(shelf)
                        listed = f"; there are {library.listed(known)}"
                        self.fault(place, shelf, f"no {shelf[:-1]} {name!r}", partial(similar, name, known), listed)
                        continue
                    places.setdefault((shelf[:-1], name), place)
                    if (shelf[:-1], name) in rows:
                        self.fault(place, shelf, f"{name} is named twice; it acts once")
                        continue
                    try:
                        rows[shelf[:-1], name] = AdjustmentRow.model_validate(found.plain()), found, Reader()
                    except ValidationError as error:
                        self.faults += faults_of(error, found, name, AdjustmentRow)
        self.plain = graph
        self._check_together({key: row for key, (row, _, _) in rows.items()}, places)
        return tuple(self._adjustment(shelf, name, *row, graph) for (shelf, name), row in rows.items())

    def _check_together(self, rows: Mapping[tuple[str, str], AdjustmentRow], places: Mapping[tuple[str, str], Place]) -> None:
        """Refuse what needs another choice than the scenario's, and levers that save the same thing."""
        holders: dict[str, str] = {}
        for (shelf, name), row in rows.items():
            place = places[shelf, name]
            for choice, option in row.needs.items():
                if self.last(choice) != option:
                    has = f"this has `{choice}: {self.last(choice)}`" if self.last(choice) else "this does not say it"
                    self.fault(place, f"{shelf} {name}", f"needs `{choice}: {option}`, and {has}")
            if self._is_in_baseline(row):
                continue
            overlaps = [group for group in row.group if holders.setdefault(group, name) != name]
            if overlaps:
                said = f"overlaps with {holders[overlaps[0]]} (group {overlaps[0]}), so their savings do not multiply"
                self.fault(place, f"{shelf} {name}", f"{said}; take the better of them: `llmcost levers` ranks them")

    def _is_in_baseline(self, row: AdjustmentRow) -> bool:
        return row.baseline and bool(self.last("baseline") != "bare")

    def _adjustment(self, shelf: str, name: str, row: AdjustmentRow, node: Node, reader: Reader, graph: Graph) -> Adjustment:
        in_baseline = self._is_in_baseline(row)
        acts = [] if in_baseline else [self._act(shelf, name, act, row, node, reader, graph) for act in row.acts]
        if row.quality is not None and not in_baseline:
            act = ActRow(on="training_flop", multiply=row.quality, side=True)
            made = self._act(shelf, name, act, row, node, reader, graph)
            acts.append(made and replace(made, label="quality"))
        sources = sources_of(row.sources)
        adoption = {}
        for key, unit in (("effort", Unit("person*hour")), ("delay", model.HOUR)):
            entry = getattr(row.adoption, key, None)
            if entry is not None:
                try:
                    adoption[key] = reader.input(key, entry, unit, f"{shelf} {name}", sources)
                except ValueError as error:
                    self.fault(node.place, f"{shelf} {name}: adoption.{key}", str(error))
        if shelf == "lever":
            graded = f"grade {row.sure}, {GRADES[row.sure]}" if row.sure else "no grade"
            never = f"; in {100 * row.chance_of_none:g} % of the draws it does nothing" if row.chance_of_none else ""
            if in_baseline:
                never = "; inside every modern baseline, so it changes nothing here (`baseline: bare` counts it)"
            self.notes.append(f"lever {name}: {graded}{never}")
        return Adjustment(
            name,
            shelf,
            tuple(act for act in acts if act),
            row.about,
            sources,
            row.sure,
            row.chance_of_none,
            row.conditions,
            row.side_effects,
            row.named_in,
            row.group,
            in_baseline=in_baseline,
            experiments=row.counts == "experiments",
            **adoption,
        )

    def _act(
        self, shelf: str, name: str, act: ActRow, row: AdjustmentRow, node: Node, reader: Reader, graph: Graph
    ) -> Act | None:
        if act.on not in graph.units:
            remedies = partial(similar, act.on, graph.units)
            self.fault(node.place, f"{shelf} {name}", f"there is no quantity {act.on!r}", remedies)
            return None
        if act.on == TOTAL:
            self.fault(node.place, f"{shelf} {name}", f"acts on {TOTAL}; name the line or the quantity behind it that changes")
            return None
        try:
            change = self._change(act, graph, reader, f"{shelf} {name}", sources_of(row.sources))
        except ValueError as error:
            self.refuse(node.place, f"{shelf} {name}: {act.on}", error)
            return None
        how = "replace" if act.how == "at" else act.how
        return Act(act.on, how, replace(change, sure=change.sure or row.sure, about=change.about or row.about), act.side)

    def _change(self, act: ActRow, graph: Graph, reader: Reader, origin: str, sources: tuple[Source, ...]) -> Input:
        """Return the value of an act; raise ValueError with what is wrong."""
        unit = graph.units[act.on]
        if act.at is not None:
            given = self.inputs.get(act.on)
            if given is None and act.on in graph.formulas and act.on not in self.stated:
                raise ValueError("is computed here, so it has no prior of which to take a point")
            # What is given and takes no part is not made into a law; that the lever acts on nothing is found later.
            value = given.law.quantile(act.at) if given is not None else 1.0
            stated = f"the {100 * act.at:g} % point of its prior"
            return Input(act.on, Constant(value), unit, stated, sources=sources, origin=origin, stream=act.on)
        entry: Entry = getattr(act, act.how)
        if act.how == "at_most" and entry.from_ == "budget":
            limit = self._amount("budget")
            if limit is None:
                raise ValueError("holds it to the budget, and there is none; add --budget AMOUNT")
            return Input(act.on, Constant(limit), unit, "the budget", sources=sources, origin=origin, stream=act.on)
        return reader.input(act.on, entry, change_unit(act.how, unit), origin, sources)

    def _needed(self, graph: Graph, given: set[str], targets: list[str]) -> tuple[tuple[str, ...], set[str]]:
        """Return the outcomes that can be computed and all inputs that take part; fault what is missing for the targets."""
        needed: set[str] = set()
        try:
            needed |= set(plan(graph, given, targets).inputs)
        except Missing as error:
            for name, users in sorted(error.by.items()):
                self._fault_missing(name, sorted(users), graph.units[name])
        except ValueError as error:
            self.fault(Place(self.top.node.place.file), "", str(error))
        outcomes = []
        asked = self.last("outcomes") or ()
        for name in dict.fromkeys((*asked, "memory_use")):
            if name not in graph.units:
                remedies = partial(similar, name, graph.units)
                self.fault(self.place("outcomes"), "outcomes", f"there is no quantity {name!r}", remedies)
                continue
            try:
                needed |= set(plan(graph, given, [name]).inputs)
                outcomes.append(name)
            except Missing as error:
                if name in asked:
                    self.skipped[name] = tuple(sorted(error.by))
            except ValueError:
                pass  # a circle, reported above or on the way to another outcome
        return tuple(name for name in outcomes if name in asked), needed

    def _check_use(self, graph: Graph, inputs: Mapping[str, Input], planned: Plan, adjustments: tuple[Adjustment, ...]) -> None:
        """Refuse keys of the scenario itself, and adjustments, that act on nothing."""
        active = set(planned.names)
        changed = any(layer.node.place.file == "--set" for layer in self.layers)
        for name, (place, own) in self.places.items():
            if changed and place.file.startswith(library.SHOWN):
                continue  # what an option has put aside is no mistake of the file's
            if not own or name not in self.inputs or {name, *(n for n in active if n.startswith(f"{name} before "))} & active:
                continue
            if place.file.startswith("--set") and self.allow_unused:
                self.unused.append(name)
                continue
            shadows, why = self._shadows(graph, planned, name), self._unused(planned, name)
            if shadows or place.file.startswith("--set"):
                self.fault(place, name, f"acts on nothing here{why.message}", why.remedies, why.otherwise, unused=True)
            elif not place.file.startswith(library.SHOWN):
                message = f"{name} is given and acts on nothing here{why.message}"
                self.unsure.append(replace(why, place=place, key=name, message=message))
        for adjustment in adjustments:
            self._check_acts(planned, adjustment)
        self._check_saving(inputs, planned, adjustments)

    def _check_acts(self, planned: Plan, adjustment: Adjustment) -> None:
        """Refuse what acts on nothing; say what is left out, and what reaches no line."""
        title, place = f"{adjustment.shelf} {adjustment.name}", self.place(f"{adjustment.shelf}s")
        idle = [act for act in adjustment.acts if act.on not in planned.names]
        main = [act for act in adjustment.acts if not act.side]
        one_is_enough = adjustment.shelf in ("lever", "shock") and any(act not in idle for act in main)
        for act in idle:
            why = self._unused(planned, act.on)
            if act in main and (self._shadows(self.plain, planned, act.on) or not one_is_enough):
                message = f"acts on {act.on}, which takes no part here{why.message}"
                self.fault(place, title, message, why.remedies, why.otherwise, unused=True)
                return
            what = "the compute that makes up for lost quality" if act.label == "quality" else f"what it does to {act.on}"
            self.unsure.append(
                replace(why, place=place, key=f"{title} {act.on}", message=f"{title}: {what} is left out{why.message}")
            )
        felt = {TOTAL}
        for step in reversed(planned.steps):
            if step.name in felt:
                felt.update(step.needs)
        if main and not any(act.on in felt for act in main):
            remedies = partial(self._choices_for, [act.on for act in main], before="; it", outcomes=False)
            message = f"{title}: what it is for moves outcomes here and no line"
            self.unsure.append(Fault(place, f"{title} moves no line", message, remedies, unused=True))

    def _check_saving(self, inputs: Mapping[str, Input], planned: Plan, adjustments: tuple[Adjustment, ...]) -> None:
        """Say where levers leave less of the compute than any documented stack of them has left at the same quality."""
        levers = [made for made in adjustments if made.shelf == "lever" and made.acts]
        if not levers or "chip_hours" not in planned.names:
            return
        values: dict[str, Any] = {name: np.float64(inputs[name].law.quantile(0.5)) for name in planned.inputs}
        values |= {f"{made.full_name}.luck": np.float64(1) for made in levers if made.chance_of_none}
        neutral = {"multiply": 1.0, "scale_from_one": 1.0, "add": 0.0}
        drawn = {made.name_of(act): neutral[act.how] for made in levers for act in made.acts if act.how in neutral}
        before = values | {name: np.float64(value) for name, value in drawn.items() if name in values}
        with np.errstate(all="ignore"):
            evaluate(planned, values)
            evaluate(planned, before)
        left = values["chip_hours"] / before["chip_hours"]
        if left < LEAST_LEFT:
            self.notes.append(
                f"levers leave {left:.1%} of the chip-hours in the middle; no documented stack of them leaves less than about "
                "8 % at the same quality (DeepSpeed's data library; Marin about 17 %), so this is another model, or too good"
            )

    def _shadows(self, graph: Graph, planned: Plan, name: str) -> list[str]:
        """Return the given quantities that shadow all that a name leads to; none where another choice may use it."""
        given = {name.partition(" before ")[0] for name in planned.inputs}
        return sorted(_downstream(graph, name, given) & given)

    def _unused(self, planned: Plan, name: str) -> Fault:
        """Say why a name takes no part, and with which change it would."""
        shadows = self._shadows(self.plain, planned, name)
        if not shadows:
            nothing = ": no line or outcome of this scenario uses it"
            return Fault(Place(""), name, "", partial(self._choices_for, [name]), nothing, unused=True)
        named = ", ".join(shadows)
        remedies = [
            Remedy(f" (`without: [{named}]` computes it instead)", settings=tuple(("without", each) for each in shadows))
        ]
        places = [self.places[each][0] for each in shadows if each in self.places]
        if len(shadows) == 1 and places and self.places[shadows[0]][1]:  # in the very file, where `without` has no effect
            remedies.append(Remedy(f" (leave it out{_in_line(places[0])} to compute it)", remove=places[0]))
        return Fault(Place(""), name, f": {named} is given and shadows it", lambda: remedies, unused=True)

    def _choices_for(self, names: list[str], *, before: str = ": it", outcomes: bool = True) -> Iterator[Remedy]:
        """Yield the choices with which one of some names would take part.

        One choice changes, or, where one is not enough, one with what the choice binds left out, or two.
        """
        single = [
            {choice: option} for choice, several in model.CHOICES.items() for option in several if option != self.last(choice)
        ]
        freed = [
            changes | {"without": name}
            for changes in single
            for choice, option in changes.items()
            for name in model.CHOICES[choice][option]
            if name in self.stated
        ]
        pairs = [a | b for a, b in combinations(single, 2) if a.keys() != b.keys()]
        several = (
            found for found in ([c for c in each if self._takes_part(names, c, outcomes)] for each in (single, freed, pairs))
        )
        for changes in next(filter(None, several), []):
            shown = [f"`{key}: {f'[{word}]' if key == 'without' else word}`" for key, word in changes.items()]
            yield Remedy(f"{before} would with {' and '.join(shown)}", settings=tuple(changes.items()))

    def _takes_part(self, names: list[str], changes: dict[str, str], outcomes: bool = True) -> bool:
        """Whether one of some names is on the way to the total, a time or an outcome where settings are changed."""
        known = self._reached.setdefault((tuple(changes.items()), outcomes), set())
        if not known:
            choices = {key: changes.get(key, self.last(key)) for key in model.CHOICES}
            choices = {key: option for key, option in choices.items() if option is not None}
            graph = model.graph(choices, self.members, {name: after for name, (after, _) in self.phases.items()})
            graph = graph.with_formulas([*self.own, *self._sums(choices, _of_basis(self.last("lines") or (), choices))])
            given = {*self.stated, *self.inputs} - {changes.get("without")}
            waiting = [TOTAL, *((*self._times(), *(self.last("outcomes") or ())) if outcomes else ())]
            while waiting:
                name = waiting.pop()
                if name not in known and name not in given and name in graph.formulas:
                    waiting += graph.formulas[name].needs
                known.add(name)
        return not known.isdisjoint(names)

    def _instead(self, missing: str) -> list[Remedy]:
        """Return the choices with which what is missing is not needed.

        They are those beside the choice that asks for it, and those with which quantities that the scenario itself gives, and
        that take no part, would do so.
        """
        beside = [
            Remedy(f"; or choose `{choice}: {option}`", settings=((choice, option),))
            for choice, options in model.CHOICES.items()
            for option in options
            if missing in options.get(self.last(choice), {}).values() and option != self.last(choice)
        ]
        idle = [name for name, stated in self.stated.items() if stated.own and not self._takes_part([name], {})]
        found = (each for name in idle[:MOST_IDLE] for each in self._choices_for([name], before=f"; {name} is given: it"))
        return [remedy for remedy in (*found, *beside) if len(remedy.settings) == 1]

    def _fault_missing(self, name: str, users: list[str], unit: Unit) -> None:
        """Fault a quantity that is needed and not given; where other chips bring it, at the chip of the scenario."""
        said = "a plain number" if unit.text == "1" else f"in {unit.text}"
        chip = self.last("chip")
        bringing = any(name in (node.keys or {}) for node in library.chips().values())
        if chip in library.chips() and bringing:
            what, instead_of, quotes = QUOTED.get(name, (name, name, ""))
            message = f"the library has no {what} of {chip}, needed for {', '.join(users)}; give {instead_of} ({said}){quotes}"
            self.fault(self.place("chip"), "chip", message, partial(self._instead, name), missing=name)
        else:
            place = Place(self.top.node.place.file)
            self.fault(
                place, name, f"is needed for {', '.join(users)}; give it ({said})", partial(self._instead, name), missing=name
            )

    def _ranks(self, planned: Plan, inputs: dict[str, Input]) -> dict[tuple[str, str], float]:
        streams = {made.stream: made for name, made in inputs.items() if name in planned.inputs}
        ranks: dict[tuple[str, str], float] = {}
        for layer in self.layers:
            here: set[tuple[str, str]] = set()
            for number, row in enumerate(layer.settings.dependence):
                place = layer.node.at(("dependence", number))
                a, b = sorted(row.between)
                if a == b or (a, b) in here:
                    what = "is tied to itself" if a == b else f"and {b} are tied twice; keep one"
                    self.fault(place, "dependence", f"{a} {what}")
                    continue
                here.add((a, b))
                wrong = [name for name in (a, b) if name not in streams or streams[name].role == "choice"]
                if isinstance(streams.get(a) and streams[a].law, Posterior):
                    wrong.append(a)
                learned = [name for name in (a, b) if name in inputs and isinstance(inputs[name].law, Posterior)]
                if not wrong:
                    ranks[a, b] = row.rank
                elif learned and not layer.own:
                    self.notes.append(
                        f"{a} and {b} are not tied here: {learned[0]} comes from a posterior, whose draws are joint already"
                    )
                elif any(name in self.places and self.places[name][0].file.startswith("--") for name in wrong):
                    # What an option sets to a number is no mistake of the file's.
                    self.notes.append(f"{a} and {b} are not correlated here: {wrong[0]} is set to a known number")
                elif layer.own:
                    known = [name for name, made in streams.items() if made.role == "prior"]
                    why = "is a known number here" if wrong[0] in streams else "is no prior here"
                    if learned:
                        why = "comes from a posterior, whose draws are joint already (give it a prior of its own to tie it)"
                    remedies = partial(similar, wrong[0], known)
                    self.fault(place, "dependence", f"{wrong[0]} {why}, so there is nothing to tie", remedies)
        try:
            Copula(ranks)
        except ValueError as error:
            self.fault(self.place("dependence"), "dependence", str(error))
        return ranks

    def _check_sense(self, planned: Plan, inputs: dict[str, Input], graph: Graph) -> plausible.Checked:
        """Refuse what makes the total meaningless, and return what the reader should look at again."""
        own = {name: place for name, (place, _) in self.places.items() if not place.file.startswith(library.SHOWN)}
        units = {name: inputs[name].unit if name in inputs else graph.units[name] for name in planned.names}
        try:
            checked = plausible.check(planned, inputs, units, own, TOTAL, Place(self.top.node.place.file))
        except ValueError as error:  # of a formula of the user's own
            raise Rejected([*self.faults, Fault(Place("--formulas"), "", str(error))]) from None
        self.faults += checked.faults
        return checked

    def _check_memory(self, graph: Graph, inputs: dict[str, Input]) -> None:
        """Refuse a model whose training state cannot fit the memory of the chips."""
        try:
            steps = plan(graph, inputs, ["memory_use"])
        except ValueError:
            return
        # As numpy's numbers, so that a division by nothing is an infinity here and not an error.
        values: dict[str, Any] = {name: np.float64(inputs[name].law.quantile(0.5)) for name in steps.inputs}
        with np.errstate(all="ignore"):
            evaluate(steps, values)
        if "memory_use" in inputs and values["memory_use"] > 1:
            place, what = self.places["memory_use"][0], "is more memory than the chips have, which is 1"
            self.fault(place, "memory_use", f"{inputs['memory_use'].stated!r} {what}")
        elif values["memory_use"] > 1:
            place = self.places.get("chips", (Place(self.top.node.place.file), True))[0]
            need, have = values["training_state"] / 1e9, values["chips"] * values["memory"] / 1e9
            self.fault(
                place,
                "chips",
                f"the training state of {need:,.0f} GB does not fit {values['chips']:,.0f} chips with {have:,.0f} GB",
            )

    def _amount(self, key: str) -> float | None:
        text = self.last(key)
        if text is None:
            return None
        try:
            law = law_of(text, USD, 0.95)
        except ValueError as error:
            self.refuse(self.place(key), key, error)
            return None
        if not law.is_constant or law.quantile(0.5) <= 0:
            self.fault(self.place(key), key, f"{text!r} must be one amount above zero")
            return None
        return law.quantile(0.5)
