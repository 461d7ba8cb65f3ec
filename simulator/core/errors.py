"""What is wrong with an input, where, and the next step. Light, so that the command line can know it before all else."""

from dataclasses import dataclass, field

from simulator.core.suggestions import Remedies

LONGEST = 600
"""Letters of one message at most."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file; lines and columns count from one."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with an input: where, what, and the next step."""

    place: Place
    key: str
    message: str
    remedies: Remedies = field(default=tuple, compare=False, repr=False)
    """Candidates for the next step, before they are tried."""
    otherwise: str = field(default="", compare=False, repr=False)
    """What the message says where none of them works."""
    listed: int = field(default=1, compare=False, repr=False)
    """How many names that work the message lists."""
    missing: str = field(default="", compare=False, repr=False)
    """The quantity that is needed and not given, where that is what is wrong."""
    unused: bool = field(default=False, compare=False, repr=False)
    """Whether what is wrong is that something takes no part."""

    def __str__(self) -> str:
        return printable(f"{self.place}: {self.key}: {self.message}" if self.key else f"{self.place}: {self.message}")


def printable(text: str) -> str:
    """Return text without the power to rule a terminal, and not long: what is not seen is written out."""
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 100]} ... {text[-90:]}"
    return "".join(letter if letter.isprintable() or letter == "\n" else ascii(letter)[1:-1] for letter in text)


class InvalidInputError(Exception):
    """An input that is refused in validation, with all its issues."""

    def __init__(self, issues: list[Issue]) -> None:
        self.issues = sorted(dict.fromkeys(issues), key=lambda issue: (issue.place.file, issue.place.line, issue.place.column))
        super().__init__("\n".join(map(str, self.issues)))
