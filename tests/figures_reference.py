"""The reference of figures in docs/reference/figures.md: `python tests/figures_reference.py` writes it from the registry."""

import sys
from collections.abc import Iterator
from pathlib import Path

from simulator.cli.output import TextTable, to_markdown
from simulator.definitions import DEFINITIONS, EVIDENCE, TERMS, Definition, definitions_of

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "figures.md"

HEAD = """# Figures

Reference, written by `python tests/figures_reference.py` from the registry in `simulator/definitions/`. A test computes every
figure again from the draws by its definition, and says when this page is not up to date.

- **In the tables**: name of the row, header of the column or title of the table, or all that are needed to find the figure; `…`
  is a number. A figure without it is in the JSON alone.
- **In the JSON**: path of the figure with `--format json`; `[]` is any item of a list, `{}` any key of an object. A figure
  without it is in the tables alone.
- **Definition**: over the draws, of which there are N (`draws`). A line, an outcome or a prior has one value in each draw; the
  total cost is the sum of the lines in a draw. A quantile at p is the value at rank p (N - 1), counted from 0, among the sorted
  draws, interpolated linearly, unless another method is given. Percentages of the tables are shares in the JSON, and tables
  convert to display units.
- **Unit**: of the JSON; `1` is a number without unit. Amounts are in the money of the scenario.

`llmcost run SCENARIO -o FILE.nc` saves the draws of all quantities. The figures of the last sections are computed from measured
points: their tests are in `tests/evidence/`.
"""

COLUMNS = ("in the tables", "in the JSON", "definition", "unit")


def reference_text() -> str:
    """Return the page of all figures."""
    outputs = dict.fromkeys(each.output for each in (*DEFINITIONS, *EVIDENCE))
    return "\n".join([HEAD, *(_section(output) for output in outputs)])


def _section(output: str) -> str:
    rows = [_row(each) for each in definitions_of(output)]
    return f"## {output}\n\n{_terms(output)}{to_markdown([TextTable('', COLUMNS, rows)])}"


def _terms(output: str) -> str:
    """Return the list of terms that the definitions of an output share."""
    terms = [f"- **{_escape(term)}**: {_escape(text)}\n" for term, text in TERMS.get(output, {}).items()]
    each = ", per draw" if any(entry.output == output for entry in DEFINITIONS) else ""
    return f"Terms of the definitions{each}:\n\n{''.join(terms)}\n" if terms else ""


def _row(entry: Definition) -> tuple[str, ...]:
    path = f"`{entry.path}`" if entry.path else ""
    return ", ".join(_label_parts(entry.label)), path, _escape(entry.definition), entry.unit


def _label_parts(label: str) -> Iterator[str]:
    """Yield title, row and column of a label; a sign in front of a number is part of it."""
    for part in filter(None, label.split(" | ")):
        yield _escape(part.replace("{}", "…"))


def _escape(text: str) -> str:
    """Return a text in which Markdown has no meaning but that of code between backticks."""
    pieces = text.split("`")
    for place in range(0, len(pieces), 2):
        pieces[place] = pieces[place].replace("<", "&lt;").replace(">", "&gt;").replace("*", "\\*").replace("_", "\\_")
    return "`".join(pieces)


if __name__ == "__main__":
    PAGE.write_text(reference_text(), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE}\n")
