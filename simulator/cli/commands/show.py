"""`llmcost show`: show one entry of the library or the model, with its sources."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from simulator.cli.command import Answer, Page, outputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.engine.inputs import Source
    from simulator.scenario.descriptions import (
        AdjustmentDescription,
        ChipDescription,
        Description,
        Descriptions,
        DistributionSummary,
        EffectDescription,
        InputDescription,
        PriorDescription,
        QuantityDescription,
        RiskDescription,
        ScenarioDescription,
    )

Pairs = Iterator[tuple[str, str]]
"""Labels and texts, which are left out where they are empty."""

_ANY_WIDTH = 100_000
"""Width of lines where there is no terminal."""
_HANGING = " " * 17
"""Indent of a text behind its label."""
HISTOGRAM_BARS = 40
HISTOGRAM_HEIGHT = 8
"""Height of the highest bar; two units make a line."""


@click.command()
@click.argument("name", metavar="NAME")
@click.option("--in", "reference", metavar="SCENARIO", help="Show a quantity as specified in this scenario.")
@outputs(label=None)
def command(name: str, reference: str | None) -> Answer:
    """Show NAME: a quantity (`mfu`), a prior (`mfu/all-runs`), a chip, a lever, a shock, a risk or a scenario."""
    from simulator.cli.output import terminal_width
    from simulator.scenario import read
    from simulator.scenario.lookup import describe_input, describe_name

    found = describe_name(name) if reference is None else describe_input(name, read(reference), reference)
    return Answer(found, lambda: _page(found), texts={"table": lambda: _text(found, terminal_width())})


def _page(found: "Descriptions") -> Page:
    from simulator.cli.output import TextTable

    tables = []
    for entry in found.entries:
        heading, pairs = _describe(entry, found.reference)
        summary = _distribution_of(entry)
        rows = [*pairs, *(_quantiles(summary) if summary else ())]
        tables.append(TextTable(heading, ("", ""), [(label, " ".join(text.split())) for label, text in rows if text]))
    return Page(tables)


def _text(found: "Descriptions", width: int | None) -> str:
    """Return each entry as labelled lines of a terminal's width, with a histogram of its distribution."""
    from simulator.cli.layout import hanging_lines, wrap

    room = width or _ANY_WIDTH
    lines: list[str] = []
    for entry in found.entries:
        heading, pairs = _describe(entry, found.reference)
        summary = _distribution_of(entry)
        rows = [*pairs, *(_quantiles(summary) if summary else ())]
        lines += wrap(heading, room)
        for label, text in rows:
            plain, first = " ".join(text.split()), f"  {label + ':':<14} "
            if text and len(first) == len(_HANGING):
                lines += hanging_lines(plain, room, first, _HANGING)
            elif text:  # a long label is a part of the text
                lines += hanging_lines(f"{label}: {plain}", room, "  ", _HANGING)
        if summary is not None and summary.value is None:
            lines += _histogram(summary, min(HISTOGRAM_BARS, room - 2))
        if entry.kind == "scenario" and entry.title:
            lines += hanging_lines(f"every input with its source: llmcost check {entry.name}", room, "  ", "  ")
    return "".join(f"{line}\n" for line in lines)


def _describe(entry: "Description", reference: str | None) -> "tuple[str, Pairs]":
    """Return the heading and the facts of an entry."""
    facts: dict[str, Callable[..., Pairs]] = {
        "prior": _prior, "quantity": _quantity, "chip": _chip, "lever": _adjustment, "shock": _adjustment,
        "risk": _risk, "scenario": _scenario, "input": _input,
    }  # fmt: skip
    return _heading(entry, reference), facts[entry.kind](entry)


def _heading(entry: "Description", reference: str | None) -> str:
    if entry.kind == "input":
        return f"{entry.name} in {reference}: a {entry.role}"
    if entry.kind == "quantity":
        within = f" in {reference}" if reference else ""
        return f"{entry.name}{within}: a {'computed ' if reference else ''}quantity" + (
            f" in {entry.unit}" if entry.unit != "1" else ""
        )
    if entry.kind == "scenario" and not entry.title:
        return f"{entry.name}: a preset to extend"
    return f"{entry.name}: a {entry.kind}"


def _distribution_of(entry: "Description") -> "DistributionSummary | None":
    return entry.distribution if entry.kind in ("prior", "input") else None


def _prior(entry: "PriorDescription") -> Pairs:
    yield "definition", entry.definition
    yield "about", entry.about
    yield "specification", entry.specification
    yield "date", entry.date
    yield "grade", _grade(entry.grade)
    yield from _sources(entry.sources)
    yield "", "" if entry.sources else "assumption: no source"


def _quantity(entry: "QuantityDescription") -> Pairs:
    yield "definition", entry.definition
    yield "about", "" if entry.about == entry.definition else entry.about
    yield "formula", entry.formula
    yield "needs", ", ".join(entry.needs)
    for selection in entry.selections:
        yield "chosen by", f"{selection.setting}: {selection.option} takes {selection.quantity}"
    yield "used by", ", ".join(entry.users)
    yield "priors", ", ".join(entry.priors)


def _chip(entry: "ChipDescription") -> Pairs:
    yield "about", entry.about
    yield "also named", ", ".join(entry.aliases)
    yield "released", entry.released
    yield "note", entry.note
    yield from entry.facts.items()
    yield from _sources(entry.sources)


def _adjustment(entry: "AdjustmentDescription") -> Pairs:
    from simulator.core.formatting import share_of_draws

    yield "about", entry.about
    yield "grade", _grade(entry.grade)
    yield "note", entry.note
    for effect in entry.effects:
        yield f"{effect.how.replace('_', ' ')} {effect.on}", _effect(effect)
    for key, value in entry.choice.items():
        yield f"selects {key}", value
    yield "adds lines", ", ".join(entry.lines)
    yield "reports", ", ".join(entry.outcomes)
    yield "no effect", f"in {share_of_draws(entry.probability_of_none)}" if entry.probability_of_none else ""
    yield "baseline", "already part of every modern run" if entry.baseline else ""
    yield "overlaps with", ", ".join(entry.group)
    yield "applies where", entry.conditions
    yield "side effects", entry.side_effects
    yield "adoption", ", ".join(filter(None, (entry.adoption_effort, entry.adoption_delay)))
    yield "probability", entry.probability
    yield "mitigation", entry.mitigation
    yield from _sources(entry.sources)


def _risk(entry: "RiskDescription") -> Pairs:
    yield "about", entry.about
    yield "grade", _grade(entry.grade)
    for key, text in entry.facts.items():
        yield key.replace("_", " "), text
    yield "rows", ", ".join(entry.rows)
    yield "mitigation", entry.mitigation
    yield from _sources(entry.sources)


def _effect(effect: "EffectDescription") -> str:
    from simulator.core.formatting import format_percent

    by = f"the {format_percent(float(effect.by))} point of its prior" if effect.how == "at" else effect.by
    return by + (" (a side effect)" if effect.side else "")


def _scenario(entry: "ScenarioDescription") -> Pairs:
    yield "title", entry.title
    yield "scope", entry.scope
    yield "about", entry.about
    yield "extends", ", ".join(entry.extends)
    yield "lines", ", ".join(entry.lines)
    yield "money", entry.money
    yield "gives", ", ".join(entry.gives)
    for text in entry.known:
        yield "known", text
    for text in entry.assumed:
        yield "assumed", text
    yield from _sources(entry.sources)


def _input(entry: "InputDescription") -> Pairs:
    yield "definition", entry.definition
    yield "about", entry.about
    yield "specification", entry.specification
    yield "from", entry.origin
    yield "date", entry.date
    yield "grade", entry.grade
    yield from _sources(entry.sources)
    yield "", "assumption" if entry.assumption else ""


def _grade(grade: str) -> str:
    from simulator.engine.inputs import GRADES

    return f"{grade}, {GRADES[grade]}" if grade else ""


def _sources(sources: "tuple[Source, ...]") -> Pairs:
    for source in sources:
        yield "source", str(source)


def _quantiles(summary: "DistributionSummary") -> Pairs:
    from simulator.core.formatting import format_exact_quantity, format_quantity

    if summary.value is not None:
        yield "value", format_exact_quantity(summary.value, summary.unit)
    for percent, value in (summary.quantiles or {}).items():
        yield f"p{percent}", format_quantity(value, summary.unit)


def _histogram(summary: "DistributionSummary", bars: int) -> list[str]:
    """Return the density of a distribution between its 0.5% and 99.5% quantiles, as lines of text."""
    import numpy as np

    from simulator.core.formatting import format_quantity

    distribution = summary.distribution
    edges = np.linspace(distribution.quantile(0.005), distribution.quantile(0.995), bars + 1)
    below = np.nextafter(edges[0], -np.inf)  # probability mass at the first edge belongs to the first bar
    mass = np.diff([distribution.cdf(float(edge)) for edge in (below, *edges[1:])])
    heights = np.round(HISTOGRAM_HEIGHT * mass / max(mass.max(), 1e-12)).astype(int)
    lines = [
        "  " + "".join("#" if height >= level else ":" if height == level - 1 else " " for height in heights).rstrip()
        for level in range(HISTOGRAM_HEIGHT, 0, -2)
    ]
    low, high = format_quantity(float(edges[0]), summary.unit), format_quantity(float(edges[-1]), summary.unit)
    return [*lines, "  " + "-" * bars, f"  {low}{high:>{max(1 + len(high), bars - len(low))}}"]
