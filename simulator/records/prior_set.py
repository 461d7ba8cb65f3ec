"""The priors derived from one file of records, and the scenario file that they become."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from simulator.core.files import check_output_file, write_text_atomically
from simulator.core.results import AnalysisResult, Plain
from simulator.scenario.text import INVISIBLE

Distribution: TypeAlias = Mapping[str, Plain]
"""A distribution in the grammar of a scenario: `{"lognormal": {"p5": 1.0, "p95": 3.0}}`."""


@dataclass(frozen=True, slots=True)
class RecordPrior:
    """A quantity derived from records.

    Attributes
    ----------
    quantity : str
        Its name in a scenario.
    distribution : mapping
        Its distribution in the grammar of a scenario, in `unit`.
    unit : str
    about : str
        What it was computed from.
    date : str
        ISO date of the newest record; empty where none is dated.
    grade : str
        Grade of the evidence: A for own records, B where the library's dispersion is used, C for the list of one vendor.
    chip : str
        The chip whose price it is; empty for what is not of one chip.
    channel : str
        Who sells at the price: neocloud, hyperscaler or marketplace; empty where the records do not tell.

    """

    quantity: str
    distribution: Distribution
    unit: str
    about: str
    date: str = ""
    grade: str = "A"
    chip: str = ""
    channel: str = ""


@dataclass(frozen=True, kw_only=True)
class PriorSet(AnalysisResult):
    """The priors derived from one file, with their common source.

    Attributes
    ----------
    priors : tuple of RecordPrior
    title : str
        Name of the file.
    place : str
        The rows used, and the beginning of the SHA-256 of the file.
    date : str
        ISO date of the newest record; empty where none is dated.

    Examples
    --------
    >>> import llmcost
    >>> from pathlib import Path
    >>> rows = ["vendor,chip,price (USD/chip/hour),term", "North,H100,2.10,1 year", "South,H100,2.45,1 year"]
    >>> _ = Path("offers.csv").write_text(chr(10).join(rows))
    >>> prices = llmcost.priors_from_quotes("offers.csv")
    >>> prices.save("prices.yaml")
    >>> prices.to_yaml().splitlines()[0].startswith("# Written by llmcost from offers.csv")
    True

    """

    priors: tuple[RecordPrior, ...]
    title: str
    place: str
    date: str

    def to_yaml(self) -> str:
        """Return the priors as the text of a file that a scenario can extend."""
        return format_priors(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the priors as a file that a scenario can extend (.yaml), or as data (.json, .csv)."""
        texts = {".yaml": self.to_yaml, ".yml": self.to_yaml, ".json": self.to_json, ".csv": self.to_csv}
        path = Path(path)
        check_output_file(path, tuple(texts))
        write_text_atomically(path, texts[path.suffix]())


def format_priors(prior_set: PriorSet, command_name: str = "") -> str:
    """Return the priors as YAML in the grammar of a scenario, with their sources, below the notes for the reader."""
    author = f"`llmcost prior {command_name}`" if command_name else "llmcost"
    parts = [f"# Written by {author} from {_plain(prior_set.title)}: {prior_set.place}."]
    parts += ["# Use it in a scenario with `extends: [gpt-4, THIS-FILE.yaml]`."]
    parts += [f"# {_plain(note.text)}" for note in prior_set.notes]
    for prior in prior_set.priors:
        ((family, distribution),) = prior.distribution.items()
        date_field = f", date: {prior_set.date}" if prior_set.date else ""
        source = f"{{title: {_quoted(prior_set.title)}, place: {_quoted(prior_set.place)}{date_field}}}"
        fields = {
            family: _flow(distribution),
            "unit": prior.unit,
            "chip": prior.chip,
            "channel": prior.channel,
            "about": _quoted(prior.about),
            "date": prior.date,
            "grade": prior.grade,
        }
        parts += ["", f"{prior.quantity}:"]
        parts += [f"  {key}: {value}" for key, value in (fields | {"sources": source}).items() if value]
    return "\n".join(parts) + "\n"


def format_distribution(prior: RecordPrior) -> str:
    """Return the distribution of a prior in one line of YAML."""
    return _flow(dict(prior.distribution))


def _flow(value: Plain) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return repr(value)


def _plain(text: str) -> str:
    """Return text from a user's file or its name with line ends and control characters replaced by `?`."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _quoted(text: str) -> str:
    """Return text as a YAML scalar in double quotes, with `?` for the invisible characters that scenarios must not contain."""
    plain = INVISIBLE.sub("?", text[:1900]).encode("utf-8", "replace").decode("utf-8")
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in plain) + '"'
