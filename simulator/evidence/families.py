"""Which rows of tables of runs are of one run or one family: by name, and by organisation, architecture and date."""

import re
from collections.abc import Sequence
from dataclasses import replace

from simulator.evidence.published_runs import PublishedRun
from simulator.evidence.table_rows import normalise_name

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


def is_same_run(first: PublishedRun, second: PublishedRun) -> bool:
    """Whether two rows describe one run: by name, or by chip, parameters, tokens and hours, whatever they are called."""
    if normalise_name(first.case) == normalise_name(second.case):
        return True
    pairs = (
        (first.active_parameters, second.active_parameters),
        (first.tokens, second.tokens),
        (first.chip_hours, second.chip_hours),
    )
    return first.chip == second.chip and all(a and b and abs(a / b - 1) <= SAME for a, b in pairs)


def is_same_family(first: PublishedRun, second: PublishedRun) -> bool:
    """Whether two runs are siblings: one organisation, dense or mixture of experts alike, published within `WINDOW`."""
    return bool(
        organisation_words(first.org) & organisation_words(second.org)
        and first.is_mixture_of_experts == second.is_mixture_of_experts
        and abs(first.date - second.date) <= WINDOW
    )


def without_runs(runs: Sequence[PublishedRun], others: Sequence[PublishedRun]) -> tuple[PublishedRun, ...]:
    """Return the runs that are not among others, under any name."""
    return tuple(run for run in runs if not any(is_same_run(run, other) for other in others))


def assign_families(runs: Sequence[PublishedRun], library_runs: Sequence[PublishedRun]) -> tuple[PublishedRun, ...]:
    """Return runs with the family of the same run in the library, or else of its sibling there."""
    return tuple(replace(run, family=_library_family(run, library_runs) or run.family) for run in runs)


def name_as_library(runs: Sequence[PublishedRun], library_runs: Sequence[PublishedRun]) -> tuple[PublishedRun, ...]:
    """Return runs with the name of the same run in the library, so that it is not used to predict them."""
    names = [next((each.case for each in library_runs if is_same_run(run, each)), run.case) for run in runs]
    return tuple(replace(run, case=name) for run, name in zip(runs, names, strict=True))


def _library_family(run: PublishedRun, library_runs: Sequence[PublishedRun]) -> str:
    same = next((each.family for each in library_runs if is_same_run(run, each)), "")
    return same or next((each.family for each in library_runs if is_same_family(run, each)), "")
