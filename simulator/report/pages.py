"""A report as one page: self-contained HTML, or Markdown with separate figure files."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from simulator.report.content import Report

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_CODE = re.compile(r"`([^`]+)`")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")


class Drawing(NamedTuple):
    """A figure of a page: `<svg>` elements for a wide and for a narrow screen, and a remark on them."""

    wide: str = ""
    narrow: str = ""
    remark: str = ""


def html(report: Report, drawings: Mapping[str, Drawing]) -> str:
    """Return a report as one self-contained HTML page; `drawings` are its figures, by name."""
    from markupsafe import Markup

    from simulator.figures.colours import page_colours

    # The drawings come from this package and are escaped already; the template escapes everything else.
    marked = {name: Drawing(Markup(each.wide), Markup(each.narrow), each.remark) for name, each in drawings.items()}
    return (
        _environment(True)
        .get_template("report.html.jinja")
        .render(report=report, drawings=marked, light=page_colours(dark=False), dark=page_colours(dark=True))
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
    environment.filters |= {"link": safe_link, "markdown": escape_markdown, "css": css_string, "code": mark_code}
    return environment


def safe_link(url: str) -> str:
    """Return an address if it is safe as a link (http or https), or else an empty text, so that no source can run code."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


def mark_code(text: Any) -> "Markup":
    """Return text, escaped, with what stands between backticks as code."""
    from markupsafe import Markup, escape

    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def css_string(text: Any) -> "Markup":
    """Return text as a string of a style sheet; everything but letters, digits and blanks is an escape."""
    from markupsafe import Markup

    line = " ".join(str(text).split())
    return Markup('"' + "".join(each if each.isalnum() or each == " " else f"\\{ord(each):x} " for each in line) + '"')


def escape_markdown(text: Any) -> str:
    """Return text on one line with the special characters of Markdown escaped, and what stands between backticks as code.

    Code has no escapes, so a bar in it, which would end the cell of a table, makes it text.
    """
    parts = _CODE.split(" ".join(str(text).split()))  # text and code in turn
    return "".join(
        f"`{part}`" if place % 2 and "|" not in part else _SPECIAL.sub(r"\\\1", f"`{part}`" if place % 2 else part)
        for place, part in enumerate(parts)
    )
