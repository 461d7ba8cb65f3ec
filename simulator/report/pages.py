"""A report as one page: self-contained HTML, or Markdown with separate figure files."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from simulator.report.content import Report

if TYPE_CHECKING:
    from jinja2 import Environment

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")


def html(report: Report, drawings: Mapping[str, str]) -> str:
    """Return a report as one self-contained HTML page; `drawings` are its figures as `<svg>` elements, by name."""
    from markupsafe import Markup

    # The drawings come from this package and are escaped already; the template escapes everything else.
    return (
        _environment(True)
        .get_template("report.html.jinja")
        .render(report=report, drawings={name: Markup(svg) for name, svg in drawings.items()})
    )


def markdown(report: Report, descriptions: Mapping[str, str]) -> str:
    """Return a report as Markdown that links to figure files; `descriptions` are their alternative texts, by name."""
    return _environment(False).get_template("report.md.jinja").render(report=report, descriptions=descriptions)


@cache
def _environment(escapes: bool) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=escapes,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"link": safe_link, "markdown": escape_markdown}
    return environment


def safe_link(url: str) -> str:
    """Return an address if it is safe as a link (http or https), or else an empty text, so that no source can run code."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


def escape_markdown(text: Any) -> str:
    """Return text on one line with the special characters of Markdown escaped."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))
