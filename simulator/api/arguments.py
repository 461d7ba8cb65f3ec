"""Arguments of the public API, checked before anything is computed: a scenario in each of its forms, the options of a run."""

import math
import os
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from simulator.core.errors import UnsupportedError
from simulator.core.formatting import one_line
from simulator.core.levels import Level, interval_of, probability_of
from simulator.core.scalars import Number
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import Progress, RunOptions
from simulator.engine.scenario import Scenario
from simulator.engine.simulate import MOST_DRAWS
from simulator.scenario.overrides import OpenScenario, Overrides, open_mapping, open_source
from simulator.scenario.plain import MAPPING_LABEL
from simulator.scenario.values import number as parse_number
from simulator.scenario.variants import open_variant

Word = TypeVar("Word", bound=str)

ScenarioLike: TypeAlias = str | os.PathLike[str] | Mapping[str, object] | OpenScenario | Scenario
"""A scenario: a built-in name, a path, `-`, a mapping with the keys of a file, or a scenario that was opened or read.

A name may be followed by changes, as in `gpt-4:basis=rented`.
"""

Openable: TypeAlias = str | os.PathLike[str] | Mapping[str, object] | OpenScenario
"""A scenario that can be varied: any form of `ScenarioLike` but a `Scenario` of `read`."""

_Source = TypeVar("_Source", Openable, ScenarioLike)

REAL = (int, float, np.integer, np.floating, Decimal)
"""Types of numbers; a boolean, which is an int too, is refused by itself."""

MOST_SEED = 2**63 - 1
MOST_THREADS = 1024


def opened(source: ScenarioLike) -> OpenScenario:
    """Return a scenario that can be varied; raise `UnsupportedError` for a `Scenario`, which cannot."""
    if isinstance(source, OpenScenario):
        return source
    if isinstance(source, Scenario):
        message = f"the Scenario {source.name!r} of `read` cannot be varied: pass its name, its path or `open_scenario(...)`"
        raise UnsupportedError(message)
    if isinstance(source, str):
        return open_variant(source, Overrides(from_python=True))
    return open_source(source)


def several_opened(sources: Iterable[_Source]) -> tuple[_Source, ...]:
    """Return scenarios with the mappings among them opened, so that names and messages tell these apart.

    A mapping has its title as name, or its place among several scenarios: `<dict 2>`.
    """
    listed = tuple(sources)
    places = [f"<dict {place}>" for place in range(1, len(listed) + 1)] if len(listed) > 1 else [MAPPING_LABEL] * len(listed)
    return tuple(
        open_mapping(source, place) if isinstance(source, Mapping) else source
        for source, place in zip(listed, places, strict=True)
    )


def scenario_of(source: ScenarioLike) -> Scenario:
    """Return the scenario of any of the forms; raise `InvalidInputError` with all issues."""
    return source if isinstance(source, Scenario) else opened(source).scenario


def run_options(
    draws: Number = 100_000,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> RunOptions:
    """Return the options of a run; raise `InvalidValueError` for the first one that is invalid."""
    return RunOptions(
        draws=whole_number(draws, "draws", 2, MOST_DRAWS),
        seed=whole_number(seed, "seed", 0, MOST_SEED),
        interval=interval_level(interval),
        threads=None if threads is None else whole_number(threads, "threads", 1, MOST_THREADS),
        progress=progress_of(progress),
    )


def whole_number(value: object, name: str, least: int, most: int) -> int:
    """Return a whole number within limits, which may be written as 1e5, as text, or as a NumPy scalar."""
    limits = f"must be a whole number from {least:,} to {most:,}"
    if isinstance(value, str):
        try:
            value = parse_number(value)
        except ValueError:
            raise InvalidValueError(f"{name} {limits}, not {short(value)}") from None
    if isinstance(value, bool) or not isinstance(value, REAL) or not math.isfinite(value):
        raise InvalidValueError(f"{name} {limits}, not {short(value)}")
    number = int(value)
    if number != value or not least <= number <= most:
        raise InvalidValueError(f"{name} {limits}, not {short(value)}")
    return number


def number_of(value: object, name: str) -> float:
    """Return a finite number, which may be a NumPy scalar."""
    if isinstance(value, bool) or not isinstance(value, REAL) or not math.isfinite(value):
        raise InvalidValueError(f"{name} must be a finite number, not {short(value)}")
    return float(value)


Probabilities: TypeAlias = list[Level] | list[float] | tuple[Level, ...] | NDArray[np.float64]
"""Several probabilities."""


def probabilities_of(p: Level | Probabilities) -> tuple[list[float], bool]:
    """Return one probability or several as a list, and whether it was one."""
    is_single = isinstance(p, str) or not isinstance(p, Iterable) or (isinstance(p, np.ndarray) and p.ndim == 0)
    listed: list[Level] = [p.item() if isinstance(p, np.ndarray) else p] if is_single else list(p)  # type: ignore[arg-type, list-item]
    try:
        return [probability_of(each) for each in listed], is_single
    except ValueError as error:
        raise InvalidValueError(f"p: {error}") from None


def interval_level(interval: Level) -> float:
    """Return the level of a central interval as a probability; `0.9`, `90` and `"90%"` are the same."""
    try:
        return interval_of(interval)
    except ValueError as error:
        raise InvalidValueError(f"interval: {error}") from None


def one_of(value: object, name: str, words: Iterable[Word]) -> Word:
    """Return a word that is one of several."""
    words = tuple(words)
    for word in words:
        if isinstance(value, str) and value == word:
            return word
    raise InvalidValueError(f"{name} must be one of {', '.join(words)}, not {short(value)}")


def short(value: object) -> str:
    """Return a value as a message shows it: in one line, shortened, a NumPy scalar as its number."""
    if isinstance(value, REAL):
        return f"{value}"
    return one_line(repr(value))


def progress_of(progress: Progress) -> Progress:
    """Return a function that reports progress, or None."""
    if progress is not None and not callable(progress):
        raise InvalidValueError(f"progress must be a function of the draws done and their total, not {short(progress)}")
    return progress
