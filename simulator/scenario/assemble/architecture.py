"""The utilisation of a mixture of experts: a row of a preset that was measured on other models gives way to one of mixtures."""

from dataclasses import replace

from simulator.core.results import Note
from simulator.scenario import library
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.following import place_text
from simulator.scenario.assemble.precision import is_mixture
from simulator.scenario.assemble.specification import Specification
from simulator.scenario.assemble.specifications import Specifications
from simulator.scenario.assemble.utilisation import in_force
from simulator.scenario.entries import describe, library_entry
from simulator.scenario.posteriors import is_posterior
from simulator.scenario.schema import Entry

MIXTURE_ROWS = {("mfu", "hopper"): "moe-hopper", ("effective_utilisation", "hopper"): "hopper-moe"}
"""Rows of the library that were measured on mixtures of experts, by quantity and generation of the chip."""


def use_mixture_row(context: Context, specifications: Specifications) -> Specifications:
    """Return specifications with the utilisation of a mixture of experts, where the model is one and a preset has another."""
    by_name = specifications.by_name
    name = in_force(by_name)
    if name is None or not is_mixture(by_name) or _is_of_mixtures(name, by_name[name]):
        return specifications
    utilisation = by_name[name]
    row = MIXTURE_ROWS.get((name, library.generation(context.last("chip") or "")))
    if row is None or not utilisation.is_of_library:
        advice = "" if row is None else f"; {name}: {row} is for mixtures on these chips"
        measured = f"{describe(utilisation.entry)} was measured on other models than mixtures of experts"
        text = f"{name}: {measured}, which this is{advice}"
        context.issues.notes_of_quantities.append(Note("architecture", name, text))
        return specifications
    before = f"{describe(utilisation.entry)} ({place_text(utilisation.place)})"
    text = f"{name} follows the model, which is a mixture of experts: {row}, in place of {before}"
    context.issues.notes_of_quantities.append(Note("follows", name, text))
    return replace(specifications, by_name={**by_name, name: replace(utilisation, entry=Entry.model_validate({"from": row}))})


def _is_of_mixtures(name: str, utilisation: Specification) -> bool:
    """Whether a utilisation is of mixtures of experts: stated for this run, computed for its model, or a row of such runs."""
    entry = utilisation.entry
    if entry.from_ is None or is_posterior(entry.from_):
        return True
    try:
        return "mixture" in (entry.architecture, library_entry(utilisation.row_of or name, entry.from_).architecture)
    except ValueError:
        return True  # there is no such row, which is reported when it is read
