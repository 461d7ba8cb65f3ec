"""`llmcost show`: show one entry of the library or the model, with its sources."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from simulator.core.units import Unit
    from simulator.distributions import Distribution


@click.command(short_help="Show a prior, a quantity, a chip, a lever, a shock or a scenario with its sources.")
@click.argument("name", metavar="NAME")
@click.option("--in", "scenario", metavar="SCENARIO", help="Show a quantity as specified in this scenario.")
def command(name: str, scenario: str | None) -> None:
    """Show NAME: a quantity (`mfu`), a prior (`mfu/all-runs`), a chip, a lever, a shock or a scenario."""
    from simulator import model
    from simulator.core.suggestions import suggest_nearest
    from simulator.scenario import library

    if scenario is not None:
        _show_input(name, scenario)
        return
    quantity, _, row = name.partition("/")
    graph = model.every_graph()
    is_found = False
    if row and row in library.rows().get(quantity, {}):
        _show_prior(quantity, row)
        is_found = True
    if model.lookup_name(name) in graph.units or name in library.rows():
        _show_quantity(name)
        is_found = True
    if name in library.chips():
        _show_chip(name)
        is_found = True
    for kind in ("levers", "shocks"):
        if name in library.names(kind):
            _show_adjustment(kind, name)
            is_found = True
    if name in library.names("scenarios"):
        _show_scenario(name)
        is_found = True
    if not is_found:
        names = [
            *graph.units,
            *library.chips(),
            *library.names("scenarios"),
            *library.names("levers"),
            *library.names("shocks"),
        ]
        names += [f"{quantity}/{row}" for quantity, rows in library.rows().items() for row in rows]
        raise click.UsageError(f"there is no {name!r}{suggest_nearest(name, names)}; see `llmcost list`")


def _lines(pairs: Iterable[tuple[str, str]]) -> None:
    for label, text in pairs:
        if text:
            click.echo(f"  {label + ':':<14} {' '.join(text.split())}")


def _show_prior(quantity: str, row: str) -> None:
    from simulator import model
    from simulator.core.units import Unit
    from simulator.engine.inputs import GRADES
    from simulator.scenario.entries import Reader, describe, library_entry

    unit = model.every_graph().units.get(model.lookup_name(quantity), Unit("1"))
    entry = library_entry(quantity, row)
    try:
        distribution = Reader().distribution(quantity, entry, unit)
    except ValueError as error:
        raise click.UsageError(f"the library's row {quantity}/{row} is broken: {error}") from None
    click.echo(f"{quantity}/{row}: a prior")
    _lines((
        ("about", entry.about), ("specification", describe(entry)), ("date", entry.date),
        ("grade", f"{entry.grade}, {GRADES[entry.grade]}" if entry.grade else ""),
        *(("source", str(source)) for source in _sources(entry.sources)),
        ("", "" if entry.sources else "assumption: no source"),
    ))  # fmt: skip
    _draw(distribution, unit)


def _sources(rows: Any) -> list[Any]:
    from simulator.scenario.entries import sources_of

    return list(sources_of(rows))


def _draw(distribution: "Distribution", unit: "Unit") -> None:
    """Print the quantiles of a distribution, and its density as a text histogram."""
    import numpy as np

    from simulator.core.formatting import format_exact_quantity, format_quantity

    if distribution.is_constant:
        _lines((("value", format_exact_quantity(distribution.quantile(0.5), unit.text)),))
        return
    _lines((f"p{p:g}", format_quantity(distribution.quantile(p / 100), unit.text)) for p in (2.5, 5, 50, 95, 97.5))
    edges = np.linspace(distribution.quantile(0.005), distribution.quantile(0.995), 41)
    below = np.nextafter(edges[0], -np.inf)  # probability mass at the first edge belongs to the first bar
    mass = np.diff([distribution.cdf(float(edge)) for edge in (below, *edges[1:])])
    height = np.round(8 * mass / max(mass.max(), 1e-12)).astype(int)
    for level in range(8, 0, -2):
        click.echo("  " + "".join("#" if h >= level else ":" if h == level - 1 else " " for h in height).rstrip())
    low, high = format_quantity(float(edges[0]), unit.text), format_quantity(float(edges[-1]), unit.text)
    click.echo("  " + "-" * 40)
    click.echo(f"  {low}{high:>{max(1, 40 - len(low))}}")


def _show_quantity(name: str) -> None:
    from simulator import model
    from simulator.scenario import library

    graph, full = model.every_graph(), model.lookup_name(name)
    unit = graph.units.get(full)
    formula = graph.formulas.get(full)
    click.echo(f"{name}: a quantity" + (f" in {unit.text}" if unit and unit.text != "1" else ""))
    bound = [f"{choice}: {option} takes {names[name]}"
             for choice, options in model.CHOICES.items() for option, names in options.items() if name in names]  # fmt: skip
    _lines((
        ("about", formula.about if formula else ""),
        ("formula", f"{formula.function.__module__}.{formula.function.__name__}" if formula and not bound else ""),
        ("needs", ", ".join(formula.needs) if formula else ""),
        *(("chosen by", text) for text in bound),
        ("used by", ", ".join(graph.users(full))),
        ("priors", ", ".join(f"{name}/{row}" for row in library.rows().get(name, {}))),
    ))  # fmt: skip


def _show_chip(name: str) -> None:
    from simulator.scenario import library
    from simulator.scenario.entries import describe
    from simulator.scenario.schema import ChipRow, Entry

    row = ChipRow.model_validate(library.chips()[name].plain())
    click.echo(f"{name}: a chip")
    _lines((
        ("about", row.about), ("also named", ", ".join(row.aliases)), ("released", row.released or ""), ("note", row.note),
        *((key, describe(Entry.model_validate(value))) for key, value in (row.model_extra or {}).items()),
        *(("source", str(source)) for source in _sources(row.sources)),
    ))  # fmt: skip


def _show_adjustment(kind: str, name: str) -> None:
    from simulator.core.formatting import format_percent
    from simulator.engine.inputs import GRADES
    from simulator.scenario import library
    from simulator.scenario.entries import describe
    from simulator.scenario.schema import AdjustmentRow, EffectRow

    node = library.find_file(kind, name)
    row = AdjustmentRow.model_validate(node.plain() if node else {})
    click.echo(f"{name}: a {kind[:-1]}")

    def describe_effect(effect: EffectRow) -> str:
        value = getattr(effect, effect.how)
        distribution = f"the {format_percent(value)} point of its prior" if effect.how == "at" else describe(value)
        return distribution + (" (a side effect)" if effect.side else "")

    effort = row.adoption.effort if row.adoption else None
    _lines((
        ("about", row.about), ("grade", f"{row.grade}, {GRADES[row.grade]}" if row.grade else ""), ("note", row.note),
        *((f"{effect.how.replace('_', ' ')} {effect.on}", describe_effect(effect)) for effect in row.effects),
        ("no effect", f"in {format_percent(row.probability_of_none)} of draws" if row.probability_of_none else ""),
        ("baseline", "already part of every modern run" if row.baseline else ""),
        ("overlaps with", ", ".join(row.group)), ("conditions", row.conditions), ("side effects", row.side_effects),
        ("adoption", describe(effort) if effort else ""),
        *(("source", str(source)) for source in _sources(row.sources)),
    ))  # fmt: skip


def _show_scenario(name: str) -> None:
    from simulator.scenario import library
    from simulator.scenario.schema import Settings, split

    node = library.find_file("scenarios", name)
    settings, quantities = split(node.plain() if node else {})
    row = Settings.model_validate(settings)
    click.echo(f"{name}: a scenario" if row.title else f"{name}: a preset to extend")
    _lines((
        ("title", row.title), ("scope", _scope(name)), ("about", row.about), ("extends", ", ".join(row.extends)),
        ("lines", ", ".join(row.lines or ())), ("money", row.money), ("gives", ", ".join(quantities)),
        *(("known", text) for text in row.known), *(("assumed", text) for text in row.assumed),
        *(("source", str(source)) for source in _sources(row.sources)),
    ))  # fmt: skip
    if row.title:
        click.echo(f"  llmcost check {name} lists every input with its source")


def _scope(name: str) -> str:
    """Return what the total of a scenario covers, or an empty string for a preset that is incomplete."""
    from simulator.core.errors import InvalidInputError
    from simulator.scenario import read

    try:
        return read(name).scope
    except InvalidInputError:
        return ""


def _show_input(name: str, reference: str) -> None:
    from simulator.core.suggestions import suggest_nearest
    from simulator.scenario import read

    inputs = read(reference).inputs
    entry = inputs.get(name)
    if entry is None:
        raise click.UsageError(
            f"{reference} has no input {name!r}{suggest_nearest(name, inputs)}; `llmcost check {reference}` lists its inputs"
        )
    click.echo(f"{name} in {reference}: a {entry.role}")
    _lines((
        ("about", entry.about), ("specification", entry.specification), ("from", entry.origin), ("date", entry.date),
        ("grade", entry.grade),
        *(("source", str(source)) for source in entry.sources), ("", "assumption" if entry.is_assumption else ""),
    ))  # fmt: skip
    _draw(entry.distribution, entry.unit)
