"""Inputs and their places; distributions are built only for the specifications that are needed."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from simulator.core.errors import Place
from simulator.core.results import Note
from simulator.engine.graph import Graph, build_plan
from simulator.engine.inputs import Input
from simulator.model.serving.solution import DISAGGREGATED
from simulator.scenario import library
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.medians import evaluate_plan, medians
from simulator.scenario.assemble.specification import Specification
from simulator.scenario.assemble.specifications import Specifications
from simulator.scenario.chips import find_chip
from simulator.scenario.posteriors import NEW, Covariates, Served, is_posterior
from simulator.scenario.served_models import measured_as
from simulator.scenario.serving_posterior import serving_columns

MIXTURE_RATIO = 1.5
"""Ratio of total to active parameters above which a model counts as a mixture of experts."""


class Location(NamedTuple):
    """Place of an input, and whether it is in the scenario itself or on the command line."""

    place: Place
    own: bool


@dataclass(frozen=True, slots=True)
class Inputs:
    """Inputs by quantity, with the locations of those that are given; `invalid` names those whose value is invalid."""

    by_name: Mapping[str, Input] = field(default_factory=dict)
    locations: Mapping[str, Location] = field(default_factory=dict)
    invalid: frozenset[str] = frozenset()

    def __or__(self, other: "Inputs") -> "Inputs":
        """Return the union; the inputs of `other` take precedence."""
        return Inputs({**self.by_name, **other.by_name}, {**self.locations, **other.locations}, self.invalid | other.invalid)


def read_inputs(
    context: Context, graph: Graph, specifications: Specifications, group_inputs: Inputs, needed: Set[str]
) -> Inputs:
    """Return all inputs: those of groups, those needed, and all in the user's files.

    Other rows of the library are not read. Posteriors are read last, because their effects depend on other inputs.
    """
    plain: dict[str, Specification] = {}
    posterior: dict[str, Specification] = {}
    for name, specification in specifications.by_name.items():
        if name in needed or not specification.is_of_library:
            kind = posterior if is_posterior(specification.entry.from_) else plain
            kind[name] = specification
    inputs = group_inputs | _of_specifications(context, graph, plain)
    if not posterior:
        return inputs
    covariates = _covariates(context, graph, inputs)
    readers = {name: replace(each.reader, covariates=covariates) for name, each in posterior.items()}
    return inputs | _of_specifications(
        context, graph, {name: replace(each, reader=readers[name]) for name, each in posterior.items()}
    )


def _of_specifications(context: Context, graph: Graph, specifications: Mapping[str, Specification]) -> Inputs:
    by_name, locations = {}, {}
    for name, each in specifications.items():
        try:
            read = each.reader.input(each.row_of or name, each.entry, graph.units[name], each.origin, each.sources)
            by_name[name] = replace(read, name=name)
            _note_known_price(context, name, each, by_name[name])
            locations[name] = Location(each.place, each.own)
        except ValueError as error:
            context.issues.add_error(each.place, name, error)
    return Inputs(by_name, locations)


def _note_known_price(context: Context, name: str, specification: Specification, read: Input) -> None:
    """Note a price of the user's that is given as a distribution without a spread: prices of records seldom are known."""
    is_number = specification.entry.value is not None or specification.entry.from_ is not None
    if specification.own and not is_number and read.distribution.is_constant and "USD" in read.unit.text:
        text = (
            f"{name}: {read.specification} has no spread, so the price counts as known; give a range, or the number alone if "
            "it is fixed by a contract"
        )
        context.issues.notes.append(Note("no-spread", name, text))


def _covariates(context: Context, graph: Graph, inputs: Inputs) -> Covariates:
    """Return the covariates of posteriors, from the medians of the inputs."""
    chip = context.last("chip") or ""
    active, whole, peak = (_median(graph, inputs, name) for name in ("active_parameters", "total_parameters", "peak_flop_bf16"))
    return Covariates(
        chip,
        library.generation(chip),
        is_mixture_of_experts=bool(active and whole and whole > MIXTURE_RATIO * active),
        peak=peak / 3600 if peak else None,
        year=context.last("year"),
        served=_served(context),
    )


def _served(context: Context) -> Served:
    """Return what is served, by the names of the measured points."""
    columns = serving_columns()
    models, chips = (
        frozenset(name.rpartition("/")[2] for name in columns if f"/{group}/" in name) for group in ("model", "chip")
    )
    chip = find_chip(context.last("serving_chip") or context.last("chip") or "")
    return Served(
        measured_as(context.last("served_model") or "", models),
        chip if chip in chips else NEW,
        context.last("serving_backend") or NEW,
        context.last("placement") == DISAGGREGATED,
    )


def _median(graph: Graph, inputs: Inputs, name: str) -> float | None:
    """Return a quantity with its inputs at their medians, or None if it cannot be computed yet."""
    try:
        steps = build_plan(graph, inputs.by_name, [name])
        value = evaluate_plan(steps, medians(steps, inputs.by_name))[name]
    except ValueError:
        return None
    return float(value) if np.isfinite(value) else None
