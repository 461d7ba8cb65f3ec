"""Inputs of a run: the distribution of a quantity, its stream of random numbers, and its sources."""

from dataclasses import dataclass, field

from simulator.core.results import optional
from simulator.core.units import Unit
from simulator.distributions import Distribution

GRADES = {
    "A": "primary source, or several that agree",
    "B": "one credible source, or a clear derivation",
    "C": "secondary source, vendor's claim or expert judgement",
    "D": "assumption: a wide range without evidence",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A citation of the source of a figure.

    Attributes
    ----------
    title : str
    place : str
        Page, table or section; empty where there is none, as are the following.
    url : str
        Web address.
    date : str
        Date of the source or of its retrieval, such as `2026-01`.

    Examples
    --------
    >>> import llmcost
    >>> quote = llmcost.Source("Quote of our cloud", place="line 3", date="2026-05")
    >>> llmcost.Fixed(2.4, unit="USD/chip/hour", source=quote).to_entry()["sources"]
    [{'title': 'Quote of our cloud', 'place': 'line 3', 'date': '2026-05'}]

    """

    title: str
    place: str = optional("")
    url: str = optional("")
    date: str = optional("")

    def __str__(self) -> str:
        return ", ".join(part for part in (self.title, self.place, self.date, self.url) if part)


@dataclass(frozen=True, slots=True)
class Input:
    """A choice (a constant distribution) or a prior, in the canonical unit of its quantity."""

    name: str
    distribution: Distribution
    unit: Unit
    specification: str = ""
    about: str = ""
    sources: tuple[Source, ...] = ()
    date: str = ""
    grade: str = ""
    origin: str = ""
    stream: str = field(default="")

    @property
    def role(self) -> str:
        """`choice` for a known number, `prior` for an uncertain one."""
        return "choice" if self.distribution.is_constant else "prior"

    @property
    def is_assumption(self) -> bool:
        """Whether a prior has no source that a reader could look up, or has grade D."""
        return self.role == "prior" and (not self.sources or self.grade == "D")
