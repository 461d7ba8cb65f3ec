"""What may this LLM cost, how sure is that, what drives it, and what would break it?

Two lines: `result = simulator.run(simulator.read("gpt-4"))`, then `print(simulator.headline(result))`.
"""

from importlib import import_module
from typing import Any

_WHERE = {
    "read": ("simulator.scenario", "read"),
    "Scenario": ("simulator.scenario", "Scenario"),
    "InvalidInputError": ("simulator.scenario", "InvalidInputError"),
    "run": ("simulator.engine.simulate", "simulate"),
    "Result": ("simulator.engine.result", "Result"),
    "summarize": ("simulator.engine.summaries", "summarize"),
    "headline": ("simulator.io.summary", "headline"),
    "as_json": ("simulator.io.to_json", "as_json"),
    "to_tree": ("simulator.io.netcdf", "to_tree"),
    "save": ("simulator.io.save", "save"),
}

__all__ = ["InvalidInputError", "Result", "Scenario", "as_json", "headline", "read", "run", "save", "summarize", "to_tree"]


def __getattr__(name: str) -> Any:
    """Load what is asked for on first use: a bare import stays as quick as Python itself."""
    if name not in _WHERE:
        raise AttributeError(f"module 'simulator' has no attribute {name!r}")
    module, attribute = _WHERE[name]
    return getattr(import_module(module), attribute)
