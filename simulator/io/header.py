"""The header of results: what they were computed from."""

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
    )


def header_of_several(money: str, options: RunOptions) -> Header:
    """Return the header of a result about several scenarios."""
    return Header(
        money=money, draws=options.draws, seed=options.seed, interval=in_percent(options.interval), version=tool_version()
    )
