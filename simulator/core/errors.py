"""Errors that users meet, and the issues of an input.

Every exception of this package derives from `LlmcostError`; those that only one module raises are beside it. This module
imports little, so that the command line can load it first.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.core.suggestions import Remedies

MAX_MESSAGE_LENGTH = 600
"""Maximum length of one message in characters."""


class LlmcostError(Exception):
    """Base class of all exceptions that this package defines.

    Examples
    --------
    >>> import llmcost
    >>> try:
    ...     llmcost.run("gpt4")
    ... except llmcost.LlmcostError as error:
    ...     print(error)
    gpt4: no such scenario; did you mean 'gpt-4'?

    """

    __module__ = "llmcost"  # where users import it from, which tracebacks show


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file; lines and columns count from one."""

    file: str
    line: int = 0
    column: int = 0
    path: str = ""
    """Path of keys, for a mapping from Python, which has no lines; `column` is then the order of its values."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem of an input: where it is, what is wrong, and the next step."""

    place: Place
    key: str
    message: str
    remedies: "Remedies" = field(default=tuple, compare=False, repr=False)
    """Candidates for the next step, not yet tried."""
    fallback: str = field(default="", compare=False, repr=False)
    """Text that the message ends with if no remedy works."""
    max_names: int = field(default=1, compare=False, repr=False)
    """Maximum number of working names that the message suggests."""
    missing: str = field(default="", compare=False, repr=False)
    """The required quantity that is missing, if that is the problem."""
    unused: bool = field(default=False, compare=False, repr=False)
    """Whether the problem is an input without effect."""

    def __str__(self) -> str:
        path = self.place.path
        key = path if path.startswith(f"{self.key}.") or path.endswith(f".{self.key}") else self.key
        return escape_unprintable(f"{self.place}: {key}: {self.message}" if key else f"{self.place}: {self.message}")


def escape_unprintable(text: str) -> str:
    """Escape characters that could control a terminal, and shorten long text."""
    text = text if len(text) <= MAX_MESSAGE_LENGTH else f"{text[: MAX_MESSAGE_LENGTH - 100]} ... {text[-90:]}"
    return "".join(letter if letter.isprintable() or letter == "\n" else ascii(letter)[1:-1] for letter in text)


class InvalidInputError(LlmcostError):
    """An input that validation refuses, with all its issues.

    Parameters
    ----------
    issues : list of Issue
        Each has `place`, `key` and `message`; the text of the error has one line for each.

    Examples
    --------
    >>> import llmcost
    >>> try:
    ...     llmcost.read({"extends": "llama-3.1-405b", "mfu": 1.4})
    ... except llmcost.InvalidInputError as error:
    ...     print(error)
    <dict>: mfu: '1.4' lies outside what is possible here (0 to 1): it cannot be above 1

    """

    __module__ = "llmcost"  # where users import it from, which tracebacks show

    def __init__(self, issues: list[Issue]) -> None:
        self.issues = sorted(dict.fromkeys(issues), key=lambda issue: (issue.place.file, issue.place.line, issue.place.column))
        super().__init__("\n".join(map(str, self.issues)))


class UnsupportedError(LlmcostError, ValueError):
    """A question that cannot be answered for a scenario, with the reason and the next step.

    Examples
    --------
    >>> import llmcost
    >>> try:
    ...     llmcost.open_scenario(llmcost.read("gpt-4"))
    ... except llmcost.UnsupportedError as error:
    ...     print(error)
    the Scenario 'gpt-4' of `read` cannot be varied: pass its name, its path or `open_scenario(...)`

    """

    __module__ = "llmcost"  # where users import it from, which tracebacks show


class NonFiniteResultError(LlmcostError):
    """A quantity is not finite in some draws.

    Examples
    --------
    >>> import llmcost
    >>> from llmcost.units import Usd
    >>> def support_cost(rental_cost: Usd) -> Usd:
    ...     return rental_cost * rental_cost / (0 * rental_cost)
    >>> try:
    ...     llmcost.run(llmcost.open_scenario("gpt-4", basis="rented", formulas=support_cost, sets={"lines": ["support_cost"]}))
    ... except llmcost.NonFiniteResultError as error:
    ...     print(str(error).partition(";")[0])
    support_cost: it is not a finite number with every prior at its median

    """

    __module__ = "llmcost"  # where users import it from, which tracebacks show

    @classmethod
    def of(cls, name: str, reason: object) -> "NonFiniteResultError":
        """Return the error for a quantity, with a pointer to its priors."""
        return cls(f"{name}: {reason}; look at the priors behind it (`llmcost show` or `show({name!r})` describes it)")
