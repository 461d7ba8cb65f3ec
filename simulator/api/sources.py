"""Names of scenarios within a result about several, and in errors."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from simulator.api.arguments import ScenarioLike, scenario_of, short
from simulator.api.values import names_of
from simulator.core.errors import LlmcostError
from simulator.core.suggestions import InvalidValueError
from simulator.scenario import OpenScenario, Scenario
from simulator.scenario.variants import number_duplicates, variant_name


def labels(sources: Sequence[ScenarioLike], names: Sequence[str] | None) -> list[str]:
    """Return the names of scenarios within a result: those of the caller, or their own, numbered where they are repeated."""
    if names is None:
        return number_duplicates([_own_name(source) for source in sources])
    several = list(names_of(names, "names"))
    if isinstance(names, str) or len(several) != len(sources) or len(set(several)) < len(several):
        raise InvalidValueError(f"names must be {len(sources)} different names, one for each scenario, not {short(names)}")
    return several


def _own_name(source: ScenarioLike) -> str:
    if isinstance(source, str | os.PathLike):
        return str(source)
    return variant_name(source) if isinstance(source, OpenScenario) else scenario_of(source).name


@contextmanager
def about(scenario: Scenario, kind: type[LlmcostError]) -> Iterator[None]:
    """Put the name of a scenario before the message of an error that is about it."""
    try:
        yield
    except kind as error:
        raise kind(f"{scenario.name} {error}") from None
