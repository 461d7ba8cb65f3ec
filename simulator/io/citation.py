"""How to cite llmcost and the data that its results rest on, from the file CITATION.cff of this version."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from simulator.core.suggestions import InvalidValueError
from simulator.scenario.text import Node, parse, read_text

Form = Literal["text", "bibtex", "cff"]
FORMS: tuple[Form, ...] = get_args(Form)
"""Forms of a citation: plain text, BibTeX entries, and the Citation File Format 1.2.0."""

FILE_NAME = "CITATION.cff"
ARTICLES = ("a", "an", "the")


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of software, an article or data to cite.

    Attributes
    ----------
    kind : str
        Its type in the Citation File Format, such as `software`, `article` or `data`.
    authors : tuple of str
        Each as `Family, Given`, or the name of an organisation.
    title, year, version, url, license : str
        Empty where they do not apply; the licence is an SPDX identifier.
    arxiv : str
        Number on arXiv, or empty.
    scope : str
        What llmcost takes from it.

    """

    kind: str
    authors: tuple[str, ...]
    title: str
    year: str
    version: str = ""
    url: str = ""
    license: str = ""
    arxiv: str = ""
    scope: str = ""

    @property
    def key(self) -> str:
        """The key of its BibTeX entry: first author, year and first word of the title."""
        author = re.split(r"[ ,]", self.authors[0])[0]
        word = next(word for word in re.findall(r"\w+", self.title) if word.lower() not in ARTICLES)
        return f"{author}{self.year}{word}".lower()


def citation_text(form: str = "text") -> str:
    """Return how to cite this version of llmcost and its data, in one of `FORMS`; raise `InvalidValueError` for another."""
    if form not in _WRITERS:
        raise InvalidValueError(f"there is no form {form!r} of a citation; there are {', '.join(FORMS)}")
    return _WRITERS[form]()


def cited_works() -> tuple[Work, ...]:
    """Return llmcost itself, followed by the works that its data come from."""
    root = parse(_source(), FILE_NAME)
    references = root.child("references").items or []
    return tuple(_work(node) for node in (root, *references))


def citation_file() -> Path:
    """Return the path of the file: beside the package in a checkout, inside it once installed."""
    package = Path(__file__).resolve().parents[1]
    installed = package / FILE_NAME
    return installed if installed.is_file() else package.parent / FILE_NAME


def _source() -> str:
    return read_text(citation_file(), FILE_NAME)


def _work(node: Node) -> Work:
    fields = node.plain()
    identifiers = [each["value"] for each in fields.get("identifiers", ())]
    return Work(
        kind=fields["type"],
        authors=tuple(map(_author, fields["authors"])),
        title=fields["title"],
        year=fields.get("year") or fields["date-released"][:4],
        version=fields.get("version", ""),
        url=fields.get("url", ""),
        license=fields.get("license", ""),
        arxiv=next((value.removeprefix("arXiv:") for value in identifiers if value.startswith("arXiv:")), ""),
        scope=fields.get("scope", ""),
    )


def _author(fields: Mapping[str, str]) -> str:
    return fields["name"] if "name" in fields else f"{fields['family-names']}, {fields['given-names']}"


# --- plain text ---------------------------------------------------------------------------------------------------------------


def _plain_text() -> str:
    own, *sources = cited_works()
    lines = [_sentence(own), "", "Data and method that results rest on, to be cited where your results use them:", ""]
    lines += [f"- {_sentence(work)}\n  Used for: {work.scope}." for work in sources]
    lines += ["", "Every other prior names its own source: `llmcost check SCENARIO`, `llmcost show NAME`."]
    return "\n".join(lines) + "\n"


def _sentence(work: Work) -> str:
    parts = [
        f"{_names(work.authors)} ({work.year}). {work.title}",
        f"Version {work.version}" if work.version else "",
        f"arXiv:{work.arxiv}" if work.arxiv else "",
        _licence(work.license),
        work.url,
    ]
    return ". ".join(part for part in parts if part) + ("" if work.url else ".")


def _names(authors: tuple[str, ...]) -> str:
    """Return the authors as `Cottier, B., Rahman, R.`, or the name of an organisation."""
    return ", ".join(re.sub(r", (\w).*", r", \1.", author) for author in authors)


def _licence(identifier: str) -> str:
    """Return the name of a licence as it is written in text: `CC BY 4.0` for `CC-BY-4.0`."""
    name = identifier.replace("-", " ")
    return f"Licence {name}" if name else ""


# --- BibTeX -------------------------------------------------------------------------------------------------------------------


def _bibtex() -> str:
    return "\n".join(map(_entry, cited_works()))


def _entry(work: Work) -> str:
    kind = "software" if work.kind == "software" else "misc"
    # Braces around a whole name keep the words of an organisation from being read as a given and a family name.
    authors = " and ".join(author if ", " in author else f"{{{author}}}" for author in work.authors)
    note = "; ".join(part for part in (_licence(work.license), work.scope) if part)
    fields = {
        "author": authors,
        "title": f"{{{_quoted(work.title)}}}",
        "year": work.year,
        "version": work.version,
        "eprint": work.arxiv,
        "archiveprefix": "arXiv" if work.arxiv else "",
        "url": work.url,
        "note": note,
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{work.key},", *lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    """Return a text with the quotation marks of TeX."""
    return re.sub(r'"([^"]*)"', r"``\1''", text)


_WRITERS: Mapping[str, Callable[[], str]] = {"text": _plain_text, "bibtex": _bibtex, "cff": _source}
