"""The header of results: what they were computed from."""

from collections.abc import Sequence

from simulator.core.levels import in_percent
from simulator.core.results import Header
from simulator.core.version import tool_version
from simulator.engine.options import RunOptions
from simulator.scenario import Scenario


def header_of(scenario: Scenario, options: RunOptions) -> Header:
    """Return the header of a result about one scenario."""
    return Header(
        scenario=scenario.name,
        title=scenario.title,
        scope=scenario.scope,
        money=scenario.money,
        draws=options.draws,
        seed=options.seed,
        interval=in_percent(options.interval),
        fingerprint=scenario.fingerprint,
        version=tool_version(),
        conversion=_conversion([scenario]),
    )


def header_of_several(scenarios: Sequence[Scenario], options: RunOptions) -> Header:
    """Return the header of a result about several scenarios in one money."""
    return Header(
        money=scenarios[0].money if scenarios else None,
        draws=options.draws,
        seed=options.seed,
        interval=in_percent(options.interval),
        version=tool_version(),
        conversion=_conversion(scenarios),
    )


def _conversion(scenarios: Sequence[Scenario]) -> str | None:
    """Return how the amounts of scenarios were converted, each way once; None where none was."""
    texts = dict.fromkeys(each.conversion.about for each in scenarios if each.conversion is not None and each.conversion.about)
    return "; ".join(texts) or None
