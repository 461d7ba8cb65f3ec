"""The reference of quantities in docs/reference/quantities.md: `python tests/quantities_reference.py` writes it."""

import sys
from pathlib import Path

from simulator import model
from simulator.cli.output import TextTable, to_markdown
from simulator.core.customary import bare_unit, in_words
from simulator.core.units import Unit
from simulator.scenario.plausibility import limits_text, rows
from simulator.scenario.quantity_definitions import definition_of

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "quantities.md"

HEAD = """# Quantities

Reference, written by `python tests/quantities_reference.py` from the model, `priors/quantities.yaml` and
`priors/plausible.yaml`; a test says when it is outdated. `llmcost show NAME` adds the formula of a quantity, what uses it, and
its priors in the library.

- **Unit of a bare number**: the unit in which a number without unit is read. `none` means that a number needs a unit, because
  people use several; zero needs none.
- **Units in use**: what is proposed where a unit is missing. Any unit of the same dimension is accepted.
- **Plausible**: limits of a value that a scenario states; beyond them it is reported as a warning. `library` stands for twice
  the range of the library's own priors.
- **Possible**: limits beyond which a value is refused. `whole` is a quantity whose single numbers must be whole.

Quantities of an item of a group have its name, as in `team.salary` for `role.salary` here.
"""
COLUMNS = ("quantity", "what it is", "unit of a bare number", "units in use", "plausible", "possible")


def quantities() -> dict[str, Unit]:
    """Return the quantities that a scenario may give, with their units."""
    return dict(sorted(model.every_graph().units.items()))


def reference_text() -> str:
    """Return the page of all quantities."""
    table = [_row(name, unit) for name, unit in quantities().items()]
    return f"{HEAD}\n{to_markdown([TextTable('', COLUMNS, table)])}\n"


def _row(name: str, unit: Unit) -> tuple[str, ...]:
    plausible, possible = limits_text(name, unit)
    bare = bare_unit(unit.text)
    number = "a plain number"
    return (
        f"`{name}`",
        definition_of(name),
        (number if bare == "1" else bare) or "none",
        number if unit.text == "1" else in_words(unit.text),
        plausible,
        possible,
    )


def without_limits() -> list[str]:
    """Return the quantities without plausible limits."""
    return [
        name
        for name, unit in quantities().items()
        if name.rpartition(".")[2] not in rows() and unit.text not in rows() and not unit.is_fraction
    ]


if __name__ == "__main__":
    PAGE.write_text(reference_text(), encoding="utf-8")
    sys.exit(0)
