"""The page as one HTML file: the files of `page/`, the compiled formulas and the data, and a policy that allows no more."""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path

from simulator.core.formatting import interval_name
from simulator.core.version import tool_version
from simulator.report.explorer.content import Explorer
from simulator.report.explorer.data import page_data

PAGE = Path(__file__).parent / "page"
SCRIPTS = ("engine.js", "state.js", "format.js", "charts.js", "controls.js", "export.js", "main.js")
"""Scripts in the order in which the page runs them."""


def document(explorer: Explorer) -> str:
    """Return the page; its script and its style are allowed by their hashes, and nothing can be fetched."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    script, style = script_of(explorer), _read("explorer.css")
    environment = Environment(
        loader=FileSystemLoader(PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    return environment.get_template("explorer.html.jinja").render(
        title=explorer.cases[0].scenario.title,
        script=Markup(script),  # it holds no `<` outside of its own text, see `script_of`
        style=Markup(style),
        script_hash=_hash(script),
        style_hash=_hash(style),
        interval=interval_name(explorer.options.interval),
        replicates=page_replicates(explorer),
        draws=f"{explorer.draws:,}",
        accuracy=_accuracy(explorer),
        provenance=_provenance(explorer),
    )


def script_of(explorer: Explorer) -> str:
    """Return the script of the page: data, compiled formulas and the files of the page.

    The data comes as JSON in which every `<` is escaped, so that no text of a scenario can end the script.
    """
    data = json.dumps(page_data(explorer), separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    data = data.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    kernels = ",\n".join(explorer.pool.kernels)
    parts = [f'"use strict";\nconst DATA = {data};', f"const KERNELS = [\n{kernels}\n];", *map(_read, SCRIPTS)]
    return "\n".join(["(() => {", *parts, "})();"])


def page_replicates(explorer: Explorer) -> int:
    """Return the number of independent replicates in the draws of the page."""
    from simulator.engine.sampling.streams import REPLICATES

    return min(REPLICATES, explorer.draws)


def _accuracy(explorer: Explorer) -> str:
    columns = explorer.pool.columns.columns
    steps = [(column.high - column.low) / 65_535 / 2 for column in columns if column.scale == "log"]
    error = max(steps, default=0.0)
    return (
        f"Draws are stored as 16-bit numbers, each within {100 * error:.2g}% of its value or 1/131,070 of its range. "
        f"The unchanged case is scaled to the report, a run of {explorer.options.draws:,} draws, "
        "and so is every changed case, draw by draw. A fixed input leaves the draws of all others as they are."
    )


def _provenance(explorer: Explorer) -> str:
    return (
        f"llmcost {tool_version()}, seed {explorer.options.seed}. The page computes in the browser with the formulas of "
        "llmcost; it fetches nothing and sends nothing."
    )


@cache
def _read(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
