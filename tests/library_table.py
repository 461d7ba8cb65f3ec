"""The tables of the library in priors/README.md: read the library, write them (`python tests/library_table.py` does that)."""

import sys
from pathlib import Path

from simulator.cli.output import TextTable, to_markdown
from simulator.engine.inputs import GRADES, Source
from simulator.scenario import InvalidInputError, library, read
from simulator.scenario.catalogue import list_library
from simulator.scenario.entries import describe, sources_of
from simulator.scenario.schema import ChipRow, Entry

README = Path(__file__).resolve().parents[1] / "priors" / "README.md"

HEAD = """# The library of priors

Written by `python tests/library_table.py` from the files beside this one; a test notices when it is not up to date. A
scenario takes a prior by its name behind the slash: `mfu: dense-h100`. `llmcost show mfu/dense-h100` draws one, `llmcost list
priors --stale 365` names those that are older than a year, `llmcost check SCENARIO` lists what a scenario rests on.

p5, p50 and p95 are quantiles of the distribution that is drawn, each of them, also where bounds hold it; `x name` is a factor
from the relative errors. Grades say how sure a value is:

"""

HOW_TO_COMBINE = """
Presets are laid over one another by `extends: [cutting-edge, startup, whole-life]`: a tier, an organisation and a scope.
Where two say the same thing the later wins, so the scope is named last. Those with a title run as they are; so do the tiers,
as if at a technology company.
"""


def written() -> str:
    """Return the page as the library makes it today."""
    grades = "".join(f"- **{grade}**: {meaning}\n" for grade, meaning in GRADES.items())
    parts = [HEAD + grades]
    for file, rows in priors_by_file().items():
        parts.append(section(file.removesuffix(".yaml").capitalize(), PRIORS, rows))
    parts.append(section("Chips", CHIPS, chips()))
    parts.append(section("Presets and scenarios", SCENARIOS, scenarios(), HOW_TO_COMBINE))
    for kind in ("levers", "shocks"):
        parts.append(section(kind.capitalize(), ADJUSTMENTS, adjustments(kind)))
    return "\n".join(parts)


def section(title: str, columns: tuple[str, ...], rows: list[list[str]], about: str = "") -> str:
    """Return a heading with its table."""
    return f"## {title}\n{about}\n{to_markdown([TextTable('', columns, rows)])}"


PRIORS = ("prior", "value", "unit", "date", "grade", "what it is", "source")


def priors_by_file() -> dict[str, list[list[str]]]:
    """Return a row for each prior, under the file that holds it."""
    found: dict[str, list[list[str]]] = {}
    for row in list_library("priors").priors:
        quantity, _, name = row.name.partition("/")
        file = library.row(quantity, name).node.place.file.rpartition("/")[2]
        said = [row.name, row.distribution, row.unit, row.date, row.grade, row.about, sources(row.sources)]
        found.setdefault(file, []).append([cell(text) for text in said])
    return found


CHIPS = ("chip", "what it is", "released", "facts", "also named", "source")


def chips() -> list[list[str]]:
    """Return a row for each chip with its facts and the names that it goes by elsewhere."""
    made = []
    for row in list_library("chips").chips:
        chip = ChipRow.model_validate(library.chips()[row.name].plain())
        facts = [f"{key}: {describe(Entry.model_validate(value))}" for key, value in (chip.model_extra or {}).items()]
        facts += [f"rent, {channel}, {term}: {rent}" for channel, terms in chip.rents.items() for term, rent in terms.items()]
        said_by = sources(sources_of(chip.sources))
        said = [row.name, row.about, row.released, "; ".join(facts), ", ".join(row.aliases), said_by]
        made.append([cell(text) for text in said])
    return made


SCENARIOS = ("name", "title", "scope", "extends", "what it is")


def scenarios() -> list[list[str]]:
    """Return a row for each preset and scenario."""
    made = []
    for row in list_library("scenarios").scenarios:
        said = [row.name, row.title, scope(row.name), ", ".join(row.extends), row.about]
        made.append([cell(text) for text in said])
    return made


def scope(name: str) -> str:
    """Return what the total of a scenario covers, or nothing for a preset that lacks what it needs."""
    try:
        return read(name).scope
    except InvalidInputError:
        return ""


ADJUSTMENTS = ("name", "affects", "grade", "what it is", "source")


def adjustments(kind: str) -> list[list[str]]:
    """Return a row for each lever or shock."""
    return [
        [cell(text) for text in (row.name, ", ".join(row.affects), row.grade, row.about, sources(row.sources))]
        for row in list_library(kind).items()[kind]
    ]


def sources(rows: tuple[Source, ...]) -> str:
    """Return where the figures are from, one after the other."""
    return "; ".join(map(str, rows))


def cell(text: str) -> str:
    """Return a text on one line."""
    return " ".join(str(text).split())


if __name__ == "__main__":
    README.write_text(written(), encoding="utf-8")
    sys.stdout.write(f"wrote {README}\n")
