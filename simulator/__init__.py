"""Estimate what an LLM costs, with uncertainty, its drivers and stress tests.

Two lines suffice: `result = simulator.run(simulator.read("gpt-4"))`, then `print(simulator.headline(result))`.
"""

from importlib import import_module
from typing import Any

_LOCATIONS = {
    "read": ("simulator.scenario", "read"),
    "Scenario": ("simulator.scenario", "Scenario"),
    "open_scenario": ("simulator.scenario", "open_scenario"),
    "Overrides": ("simulator.scenario", "Overrides"),
    "InvalidInputError": ("simulator.scenario", "InvalidInputError"),
    "LlmcostError": ("simulator.core.errors", "LlmcostError"),
    "RunOptions": ("simulator.engine.options", "RunOptions"),
    "run": ("simulator.engine.simulate", "simulate"),
    "SimulationResult": ("simulator.engine.result", "SimulationResult"),
    "summarize": ("simulator.engine.summaries", "summarize"),
    "headline": ("simulator.io.summary", "headline"),
    "summarize_run": ("simulator.io.run_summary", "summarize_run"),
    "to_tree": ("simulator.io.netcdf", "to_tree"),
    "save": ("simulator.io.save", "save"),
}

__all__ = [
    "InvalidInputError",
    "LlmcostError",
    "Overrides",
    "RunOptions",
    "Scenario",
    "SimulationResult",
    "headline",
    "open_scenario",
    "read",
    "run",
    "save",
    "summarize",
    "summarize_run",
    "to_tree",
]


def __getattr__(name: str) -> Any:
    """Import an attribute on first use, so that importing the package is fast."""
    if name not in _LOCATIONS:
        raise AttributeError(f"module 'simulator' has no attribute {name!r}")
    module, attribute = _LOCATIONS[name]
    return getattr(import_module(module), attribute)
