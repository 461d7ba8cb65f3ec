"""A report as one page: HTML that needs nothing else, or Markdown beside its figures."""

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

    # The drawings are made here and escape their texts themselves; all else is escaped by the template.
    return (
        _environment(True)
        .get_template("report.html.jinja")
        .render(report=report, drawings={name: Markup(svg) for name, svg in drawings.items()})
    )


def markdown(report: Report, said: Mapping[str, str]) -> str:
    """Return a report as Markdown with figures as files beside it; `said` are their descriptions, by name."""
    return _environment(False).get_template("report.md.jinja").render(report=report, said=said)


@cache
def _environment(escapes: bool) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=escapes,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"link": link, "plain": plain}
    return made


def link(url: str) -> str:
    """Return an address that may be a link, or nothing: http and https alone, so that no source can run anything."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


def plain(text: Any) -> str:
    """Return text in which Markdown finds nothing to format, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))
