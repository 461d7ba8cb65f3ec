"""A figure as an `<svg>` element for a page: small, in the colours of the page, and with the page's own title and notes.

matplotlib writes a group with an id around every line, all properties of each element, and six decimals; a page with a dozen
figures, each for a wide and for a narrow screen, would be three times as large. What is written here is what a browser draws.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from html import escape

from simulator.figures.colours import COLOUR_NAMES

FONTS = "'DejaVu Sans', Verdana, 'Segoe UI', Arial, sans-serif"
"""Fonts of text in an SVG, the widest first: another font that a reader has is narrower, so that no text leaves its place."""
OWN_TEXTS = ("figure-title", "figure-subtitle", "figure-note")
"""Groups of the texts around the axes, which a page has as text of its own."""

_LINK = "{http://www.w3.org/1999/xlink}href"
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_PATH = re.compile(r"\s*([MLHVCSQTAZz])\s*")
_DOT = re.compile(r"M(\S+) ([^\sL]+)L(\S+) \2(?=M|$)")
_DOT_LENGTH = 0.06
"""Points: the longest line that is a dot."""
_SPACES = re.compile(r"\s+")
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_NO_TURN = re.compile(r"rotate\(-?0 ")
_FONT = re.compile(r"font-family: [^;]+;?\s*")
_PRESENTATION = ("fill", "stroke", "stroke-width", "fill-opacity", "stroke-opacity")
_KEPT = ("x", "y", "width", "height", "transform", "patternUnits")


def compact_svg(text: str, prefix: str, labels: str, role: str, crop: tuple[float, float] | None = None) -> str:
    """Return the `<svg>` element of the text of a figure with its ids and classes under `prefix`.

    `labels` are its first elements and `role` its attributes. With a `crop`, points of the top and of the bottom, the texts
    around the axes are left out.
    """
    root = ET.fromstring(text)
    writer = _Writer(prefix, frozenset(OWN_TEXTS) if crop else frozenset(), _referenced(root))
    body = "".join(writer.element(child) for child in root)
    left, top, width, height = (float(number) for number in root.attrib["viewBox"].split())
    if crop:
        top, height = top + crop[0], height - crop[0] - crop[1]
    box = " ".join(_round(number) for number in (left, top, width, height))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{prefix}" viewBox="{box}" {role}>{labels}'
        f"<style>{writer.rules()}</style>{body}</svg>"
    )


class _Writer:
    """Writes elements of a figure; styles become classes, and ids that nothing refers to are left out."""

    def __init__(self, prefix: str, left_out: frozenset[str], referenced: Mapping[str, str]) -> None:
        self.prefix, self.left_out = prefix, left_out
        self._ids = {old: f"{prefix}-{number}" for number, old in enumerate(referenced, start=1)}
        self._classes: dict[str, str] = {}

    def rules(self) -> str:
        """Return the rules of all classes."""
        own = f"#{self.prefix}"
        rules = [f"{own} *{{stroke-linejoin:round;stroke-linecap:butt}}", f"{own} text{{font-family:{FONTS}}}"]
        rules += [f"{own} .{name}{{{style}}}" for style, name in self._classes.items()]
        return "".join(rules)

    def element(self, element: ET.Element) -> str:
        """Return an element with what is in it."""
        tag = element.tag.rpartition("}")[2]
        if tag in ("metadata", "style") or element.attrib.get("id") in self.left_out:
            return ""
        attributes = self._attributes(element, tag)
        inner = "".join(self.element(child) for child in element)
        if tag == "text":
            inner = escape(element.text or "", quote=False) + inner
        if tag in ("g", "defs") and (not inner or not attributes):
            return f"<defs>{inner}</defs>" if tag == "defs" and inner else inner
        return f"<{tag}{attributes}>{inner}</{tag}>" if inner else f"<{tag}{attributes}/>"

    def _attributes(self, element: ET.Element, tag: str) -> str:
        known = element.attrib
        found: list[tuple[str, str]] = []
        if known.get("id") in self._ids:
            found.append(("id", self._ids[known["id"]]))
        if _LINK in known:
            link = known[_LINK]
            found.append(("href", f"#{self._ids[link[1:]]}" if link.startswith("#") else _SPACES.sub("", link)))
        if "d" in known:
            found.append(("d", _DOT.sub(_as_dot, _round_all(_PATH.sub(r"\1", known["d"])).strip())))
        for name in _KEPT:
            if name in known and not (name == "transform" and _NO_TURN.match(known[name])):
                found.append((name, _round_all(known[name])))
        if "clip-path" in known:
            found.append(("clip-path", self._with_ids(known["clip-path"])))
        style = self._style(known, tag)
        if style:
            name = self._classes.setdefault(style, _letters(len(self._classes)))
            found.append(("class", name))
        return "".join(f' {name}="{escape(value)}"' for name, value in found)

    def _style(self, known: Mapping[str, str], tag: str) -> str:
        """Return the style of an element in one form, with the names of its colours."""
        parts = [f"{name}: {known[name]}" for name in _PRESENTATION if name in known]
        parts += [_FONT.sub("", known["style"])] if "style" in known else []
        style = "; ".join(part for part in parts if part.strip())
        if not style or tag in ("clipPath",):
            return ""
        return self._with_ids(_COLOUR.sub(_with_name, style)).replace(": ", ":").replace("; ", ";").strip("; ")

    def _with_ids(self, text: str) -> str:
        return _REFERENCE.sub(lambda match: f"url(#{self._ids[match[1]]})", text)


def _referenced(root: ET.Element) -> dict[str, str]:
    """Return the ids that something refers to, in the order of the references."""
    found: dict[str, str] = {}
    for element in root.iter():
        link = element.attrib.get(_LINK, "")
        if link.startswith("#"):
            found[link[1:]] = ""
        for value in (element.attrib.get("style", ""), element.attrib.get("clip-path", "")):
            found.update(dict.fromkeys(_REFERENCE.findall(value), ""))
    return found


def _with_name(colour: "re.Match[str]") -> str:
    name = COLOUR_NAMES.get(colour[0])
    return f"var({name}, {colour[0]})" if name else colour[0]


def _as_dot(line: "re.Match[str]") -> str:
    """Return a line that is too short to see as a point, which has round ends too."""
    return f"M{line[1]} {line[2]}h0" if abs(float(line[3]) - float(line[1])) <= _DOT_LENGTH else line[0]


def _letters(number: int) -> str:
    """Return a short class name: a, b, ... z, a1, b1, ..."""
    return "abcdefghijklmnopqrstuvwxyz"[number % 26] + (str(number // 26) if number >= 26 else "")


def _round(number: float) -> str:
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _round_all(text: str) -> str:
    """Return a text whose numbers have two decimals: a hundredth of a point."""
    return _NUMBER.sub(lambda match: _round(float(match[0])), _SPACES.sub(" ", text))


def labels_of(prefix: str, words: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Return the elements of a title and a description, and the attributes that refer to them."""
    shown = [(element, text) for element, text in words if text]
    elements = "".join(f'<{element} id="{prefix}-{element}">{escape(text)}</{element}>' for element, text in shown)
    ids = " ".join(f"{prefix}-{element}" for element, _ in shown)
    return elements, f'role="img" aria-labelledby="{ids}"' if ids else 'role="img"'
