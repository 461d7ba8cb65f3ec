"""Checks of the calculation: the model fits the memory of its chips, the total is finite, and values are plausible."""

from collections.abc import Iterator, Mapping

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.results import Note
from simulator.engine.graph import build_plan
from simulator.engine.scenario import TOTAL
from simulator.scenario import library, plausibility
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.assemble.medians import evaluate_plan, medians
from simulator.scenario.assemble.serving_checks import check_demand, check_layout, check_served_memory
from simulator.scenario.posteriors import NEW, has_evidence, is_posterior, last_generation, load_table
from simulator.scenario.posteriors import years as years_of

_MOST_READABLE = 1e12


def check_meaning(context: Context, choices: Mapping[str, str], inputs: Inputs, calculation: Calculation) -> tuple[str, ...]:
    """Refuse values that make the total meaningless; return warnings about valid but implausible values."""
    _check_memory(context, inputs, calculation)
    check_served_memory(context, inputs, calculation)
    check_layout(context, inputs, calculation)
    check_demand(context, inputs, calculation)
    _note_new_generation(context, calculation)
    return (*_check_year(context, calculation), *_check_plausibility(context, choices, inputs, calculation))


def _check_year(context: Context, calculation: Calculation) -> Iterator[str]:
    """Yield a warning where the year lies outside those of a posterior; note a year on which nothing depends."""
    layer, year = context.layer_of("year"), context.last("year")
    if layer is None or year is None:
        return
    used = sorted({calculation.inputs[name].specification for name in calculation.plan.inputs})
    homes = [each.home for each in context.layers if each.home is not None]
    known = {name: years for name in used if is_posterior(name) and (years := years_of(name, homes[-1] if homes else None))}
    for name, years in known.items():
        if not years.first <= year <= years.last:
            held = years.first if year < years.first else years.last
            yield (
                f"{layer.node.at(('year',))}: year: {year:g} lies outside the evidence of {name}, which is from {years.first} "
                f"to {years.date}; its level is that of {held}"
            )
    if not known and not layer.is_preset:
        text = "year has no effect here: no posterior that depends on time is in use"
        context.issues.notes.append(Note("year-without-effect", "year", text))


def _note_new_generation(context: Context, calculation: Calculation) -> None:
    """Note that no run on chips of this generation is in the evidence of the utilisation in use."""
    name = next((calculation.inputs[each].specification for each in calculation.plan.inputs if each == "mfu"), "")
    if not is_posterior(name):
        return
    homes = [each.home for each in context.layers if each.home is not None]
    table, generation = load_table(name, homes[-1] if homes else None), library.generation(context.last("chip") or "")
    if table.model == "utilisation" and not has_evidence(table, generation):
        subject = f"chips of generation {generation}" if generation != NEW else "these chips"
        text = (
            f"mfu: no published run on {subject} is in the evidence; taken as {last_generation(table)}, the last generation "
            "with runs, and wider"
        )
        context.issues.notes_of_quantities.append(Note("no-evidence", "mfu", text))


def _check_memory(context: Context, inputs: Inputs, calculation: Calculation) -> None:
    """Refuse a model whose training state does not fit the memory of the chips."""
    try:
        steps = build_plan(calculation.graph, calculation.inputs, ["memory_use"])
    except ValueError:
        return
    values = evaluate_plan(steps, medians(steps, calculation.inputs))
    if not values["memory_use"] > 1 or not values["chips"] > 0:  # without chips the total is refused, once
        return
    if "memory_use" in calculation.inputs:
        message = f"{calculation.inputs['memory_use'].specification!r} exceeds the memory of the chips, which is 1"
        context.issues.add(inputs.locations["memory_use"].place, "memory_use", message)
    else:
        place = inputs.locations["chips"].place if "chips" in inputs.locations else context.file
        need, have = values["training_state"] / 1e9, values["chips"] * values["memory"] / 1e9
        texts = [_whole(float(each)) for each in (need, values["chips"], have)]
        message = f"the training state of {texts[0]} GB does not fit {texts[1]} chips with {texts[2]} GB"
        context.issues.add(place, "chips", message)


def _whole(number: float) -> str:
    """Return a number without decimals; with an exponent where it has more digits than anybody reads."""
    return f"{number:,.0f}" if number < _MOST_READABLE else f"{number:.3g}"


def _check_plausibility(
    context: Context, choices: Mapping[str, str], inputs: Inputs, calculation: Calculation
) -> tuple[str, ...]:
    """Refuse values for which the total is not finite or has no mean; return warnings about implausible values."""
    own_places = {
        name: place for name, (place, _) in inputs.locations.items() if not place.file.startswith(library.LIBRARY_LABEL)
    }
    units = {
        name: calculation.inputs[name].unit if name in calculation.inputs else calculation.graph.units[name]
        for name in calculation.plan.names
    }
    try:
        report = plausibility.check(calculation.plan, calculation.inputs, units, own_places, TOTAL, context.file, choices)
    except ValueError as error:  # raised by a formula of the user
        raise InvalidInputError([*context.issues.issues, Issue(Place("--formulas"), "", str(error))]) from None
    context.issues.issues += report.issues
    return plausibility.format_warnings(report.warnings)
