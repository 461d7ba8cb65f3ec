"""Which rows of tables of runs are of one run or one family: by name, and by organisation, architecture and date."""

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simulator.scenario.library import generation

if TYPE_CHECKING:
    from simulator.evidence.published_runs import PublishedRun

WINDOW = 0.25
"""Years within which runs of one organisation and architecture count as one family."""
SAME = 0.02
"""Relative difference up to which parameters, tokens and hours of two rows are the same, rounding included."""
_GENERIC = frozenset({"ai", "inc", "labs", "research", "team", "group", "estimate", "by", "on", "the", "of"})
"""Words that say little about an organisation."""


def organisation_words(text: str) -> frozenset[str]:
    """Return the words that identify an organisation, in lower case."""
    words = re.findall(r"[a-z0-9]+", text.casefold())
    return frozenset(word for word in words if word not in _GENERIC) or frozenset(words)


def is_same_name(first: str, second: str) -> bool:
    """Whether two names differ in case, blanks and punctuation alone."""
    words, others = (re.findall(r"[a-z0-9]+", name.casefold()) for name in (first, second))
    return words == others or first == second


def is_same_run(first: "PublishedRun", second: "PublishedRun") -> bool:
    """Whether two rows describe one run: by name, or by chips, parameters, tokens and hours, whatever they are called.

    Where hours of one are not published, the organisation stands for them.
    """
    if is_same_name(first.case, second.case):
        return True
    sizes = ((first.active_parameters, second.active_parameters), (first.tokens, second.tokens))
    if generation(first.chip) != generation(second.chip) or not all(_is_close(*pair) for pair in sizes):
        return False
    if first.chip_hours and second.chip_hours:
        return _is_close(first.chip_hours, second.chip_hours)
    return bool(organisation_words(first.org) & organisation_words(second.org)) and abs(first.date - second.date) <= WINDOW


def _is_close(a: float | None, b: float | None) -> bool:
    return bool(a and b and abs(a / b - 1) <= SAME)


def is_rounded(a: float, b: float) -> bool:
    """Whether two numbers are the same once the one with more digits is rounded to the digits of the other."""
    digits = min(len(f"{x:.15g}".partition("e")[0].replace(".", "").strip("0")) for x in (a, b))
    return _is_close(a, b) and f"{a:.{max(digits, 1) - 1}e}" == f"{b:.{max(digits, 1) - 1}e}"


@dataclass
class KnownRuns:
    """Runs read so far, found again by what was published of them."""

    _by_size: dict[tuple[object, ...], list["PublishedRun"]] = field(default_factory=dict)

    def find_copy(self, run: "PublishedRun") -> "PublishedRun | None":
        """Return the run read before with the same figures, rounding aside, or None, and remember this one.

        Two runs of one design have other hours, so that only figures that are the same mean the same run.
        """
        figures = (run.active_parameters, run.tokens, run.chip_hours)
        if None in figures:
            return None
        numbers = [x for x in figures if x]
        place = [math.floor(math.log(x) / SAME) for x in numbers]
        for steps in itertools.product((-1, 0, 1), repeat=len(place)):
            key = (generation(run.chip), *(at + step for at, step in zip(place, steps, strict=True)))
            for other in self._by_size.get(key, ()):
                others = (other.active_parameters, other.tokens, other.chip_hours)
                if all(b and is_rounded(a, b) for a, b in zip(numbers, others, strict=True)):
                    return other
        self._by_size.setdefault((generation(run.chip), *place), []).append(run)
        return None


def is_same_family(first: "PublishedRun", second: "PublishedRun") -> bool:
    """Whether two runs are siblings: one organisation, dense or mixture of experts alike, published within `WINDOW`."""
    return bool(
        organisation_words(first.org) & organisation_words(second.org)
        and first.is_mixture_of_experts == second.is_mixture_of_experts
        and abs(first.date - second.date) <= WINDOW
    )


def without_runs(runs: Sequence["PublishedRun"], others: Sequence["PublishedRun"]) -> tuple["PublishedRun", ...]:
    """Return the runs that are not among others, under any name."""
    return tuple(run for run in runs if not any(is_same_run(run, other) for other in others))


def assign_families(runs: Sequence["PublishedRun"], library_runs: Sequence["PublishedRun"]) -> tuple["PublishedRun", ...]:
    """Return runs with the family of the same run in the library, or else of its sibling there."""
    return tuple(replace(run, family=_library_family(run, library_runs) or run.family) for run in runs)


def name_as_library(runs: Sequence["PublishedRun"], library_runs: Sequence["PublishedRun"]) -> tuple["PublishedRun", ...]:
    """Return runs with the name of the same run in the library, so that it is not used to predict them."""
    names = [next((each.case for each in library_runs if is_same_run(run, each)), run.case) for run in runs]
    return tuple(replace(run, case=name) for run, name in zip(runs, names, strict=True))


def _library_family(run: "PublishedRun", library_runs: Sequence["PublishedRun"]) -> str:
    same = next((each.family for each in library_runs if is_same_run(run, each)), "")
    return same or next((each.family for each in library_runs if is_same_family(run, each)), "")
